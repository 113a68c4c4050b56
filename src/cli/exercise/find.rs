//! Exercises as they are named: one that ships, or the folder or file of one's own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use crate::cli::desk::Desk;
use crate::course::content::{Kind, Library, Source, is_name};
use crate::course::exercise::{Exercise, Loaded, Variant};
use crate::manifest::did_you_mean;

/// Whether what was typed is a path rather than a name.
pub fn is_path(desk: &Desk<'_>, name: &str) -> bool {
    name.contains(['/', '\\', '.']) || !is_name(name) || desk.dir().join(name).join("exercise.yaml").is_file()
}

/// An exercise by its name, its folder or its file.
pub fn find(desk: &Desk<'_>, name: &str) -> anyhow::Result<Loaded> {
    if !is_path(desk, name) {
        return shipped(name);
    }
    let path = desk.dir().join(name);
    let file = if path.is_dir() { path.join("exercise.yaml") } else { path };
    let shown = if Path::new(name).join("exercise.yaml") == Path::new(name) || !desk.dir().join(name).is_dir() {
        PathBuf::from(name)
    } else {
        Path::new(name).join("exercise.yaml")
    };
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", shown.display()))?;
    let hidden = file.with_file_name("hidden.yaml");
    let hidden = match std::fs::read_to_string(&hidden) {
        Ok(text) => Some(Source::new(shown.with_file_name("hidden.yaml").to_string_lossy(), text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(anyhow!(error).context(format!("cannot read {}", hidden.display()))),
    };
    loaded(Source::new(shown.to_string_lossy(), text), hidden)
}

pub fn shipped(name: &str) -> anyhow::Result<Loaded> {
    let library = Library::shipped();
    let sources: Vec<&Source> = library.of(Kind::Exercise).collect();
    let Some(source) = sources.iter().find(|source| source.folder() == name) else {
        let names = sources.iter().map(|source| source.folder());
        match did_you_mean(name, names) {
            Some(meant) => bail!("there is no exercise {name}: did you mean {meant}?"),
            None => bail!("there is no exercise {name}; `sts-lab exercise list` shows what there is"),
        }
    };
    loaded((*source).clone(), None)
}

pub fn loaded(source: Source, hidden: Option<Source>) -> anyhow::Result<Loaded> {
    Loaded::new(source, hidden).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("{}", told.join("\n"))
    })
}

/// The exercise of a variant; [`Loaded::new`] has read one already.
pub fn exercise_of(loaded: &Loaded, variant: &Variant) -> anyhow::Result<Exercise> {
    loaded.exercise(variant).map_err(|errors| anyhow!("{}", errors[0]))
}
