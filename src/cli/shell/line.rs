//! The line that is typed: editing, history, completion. The only file that knows the crate that does it.

use std::path::{Path, PathBuf};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::{History as _, MemHistory};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, CompletionType, Config, Context, Helper};

use super::super::desk::{Labs, Room};
use super::complete::{Ask, Known, complete};
use super::history::History;
use crate::container::prompt_of;

/// Reads lines.
pub struct Editor {
    inner: rustyline::Editor<Typing, MemHistory>,
    history: History,
}

impl Editor {
    /// A prompt with a history.
    pub fn new(history: History, color: bool) -> anyhow::Result<Editor> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .build();
        let mut lines = MemHistory::with_config(&config);
        for line in &history.lines {
            lines.add(line)?;
        }
        let mut inner = rustyline::Editor::with_history(config, lines)?;
        inner.set_helper(Some(Typing::default()));
        Ok(Editor { inner, history })
    }

    /// What can be completed from now on, in which folder.
    pub fn know(&mut self, known: Known, directory: &str) {
        self.inner.set_helper(Some(Typing { known, directory: directory.into() }));
    }

    /// One line, or as many as a command takes.
    pub fn read(&mut self, prompt: &str) -> Result<String, ReadlineError> {
        let line = self.inner.readline(prompt)?;
        if !line.trim().is_empty() && self.inner.add_history_entry(line.as_str())? {
            self.history.add(&line);
        }
        Ok(line)
    }
}

/// What helps while a line is typed.
#[derive(Default)]
struct Typing {
    known: Known,
    directory: PathBuf,
}

impl Helper for Typing {}

impl Highlighter for Typing {}

impl Hinter for Typing {
    type Hint = String;
}

impl Validator for Typing {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let more = text.ends_with('\\') || prompt_of(text);
        Ok(if more { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Typing {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(complete(&line[..pos], &self.known, self))
    }
}

impl Ask for Typing {
    fn files(&self, prefix: &str) -> Vec<String> {
        let (folder, _) =
            prefix.rsplit_once('/').map_or(("", prefix), |(folder, rest)| (&prefix[..=folder.len()], rest));
        let place = self.directory.join(Path::new(folder));
        let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
        let name = |entry: std::fs::DirEntry| {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some(format!("{folder}{}{slash}", entry.file_name().into_string().ok()?))
        };
        entries.filter_map(name).filter(|name| !name[folder.len()..].starts_with('.')).collect()
    }

    fn flags(&self, kubectl: bool, verb: &str) -> Vec<String> {
        let room = Room::kept(Vec::new(), PathBuf::from("/"), None, Labs::Disk);
        let words = if kubectl { vec!["sts-lab", "kubectl", verb, "--help"] } else { vec!["sts-lab", verb, "--help"] };
        super::super::line(words.into_iter().map(Into::into).collect(), &room);
        let (printed, _) = room.leave();
        let text: String = printed.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect();
        let begins = |word: &&str| word.starts_with("--") && word.len() > 2;
        let name = |word: &str| {
            let end = word[2..].find(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(word.len(), |at| at + 2);
            format!("{}{}", &word[..end], if word[end..].starts_with('=') { "=" } else { "" })
        };
        text.split([' ', '\n', '[', '`', ',']).filter(begins).map(name).collect()
    }
}
