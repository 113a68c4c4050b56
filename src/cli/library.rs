//! The files of lessons, questions, myths and exercises that a command works with: those that come with the program, or
//! files and folders that somebody names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::desk::Desk;
use crate::course::content::{ContentError, Library, Source};

/// How deep folders lie in each other at most.
const DEEPEST: usize = 8;

/// The library of these files and folders; the shipped one if there are none.
pub fn library(desk: &Desk<'_>, paths: &[String]) -> anyhow::Result<Library> {
    if paths.is_empty() {
        return Ok(Library::shipped());
    }
    let mut sources = Vec::new();
    for path in paths {
        let files = files(&desk.dir().join(path), 0).with_context(|| format!("cannot read {path}"))?;
        if files.is_empty() {
            bail!("there is no YAML file in {path}");
        }
        for file in files {
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let shown = file.strip_prefix(desk.dir()).unwrap_or(&file);
            sources.push(Source::new(shown.to_string_lossy(), text));
        }
    }
    Ok(Library { sources })
}

/// A file, or the YAML files of a folder and of those in it, by their paths.
fn files(path: &Path, depth: usize) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let mut out = Vec::new();
    for entry in entries {
        if entry.is_dir() && depth < DEEPEST {
            out.extend(files(&entry, depth + 1)?);
        } else if entry.extension().is_some_and(|kind| kind == "yaml") {
            out.push(entry);
        }
    }
    Ok(out)
}

/// What is wrong with content, as one error.
pub fn refused(errors: Vec<ContentError>) -> anyhow::Error {
    anyhow::anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}
