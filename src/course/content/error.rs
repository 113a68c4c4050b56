//! What is wrong with a file of content: where, what, and what to do.

use std::fmt;
use std::sync::Arc;

use crate::manifest::{self, did_you_mean};

/// A file that cannot be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentError {
    /// The file.
    pub file: String,
    /// Line and column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// The field, as a path from the top of the file; empty for the file as a whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The line of the text that it is about.
    pub line: Option<String>,
}

impl ContentError {
    /// From what the YAML reader says.
    pub fn from_yaml(file: &str, text: &str, error: &serde_yaml::Error) -> ContentError {
        let words = error.to_string();
        let place = error.location().map(|at| (at.line(), at.column()));
        let words = match words.rfind(" at line ") {
            Some(at) if place.is_some() => words[..at].to_string(),
            _ => words,
        };
        if let Some((field, message)) = words.split_once(FIELD).and_then(|(_, rest)| rest.split_once(FIELD)) {
            let (field, message, help, line) = (field.into(), message.into(), None, None);
            return ContentError { file: file.into(), place: None, field, message, help, line }.located(text);
        }
        let (field, message) = split_path(&words);
        let help = help(message);
        let message = help.as_ref().and_then(|_| message.split_once(", expected")).map_or(message, |(first, _)| first);
        let line = place.and_then(|(line, _)| text.lines().nth(line - 1)).map(ToString::to_string);
        ContentError { file: file.into(), place, field: field.into(), message: message.into(), help, line }
    }

    /// With the place of its field in the text.
    #[must_use]
    pub fn located(self, text: &str) -> ContentError {
        let (documents, _) = manifest::parse(Arc::new(manifest::Source::new(self.file.as_str(), text)));
        let span = documents.first().and_then(|document| document.locate(&self.field));
        let line = span.as_ref().and_then(|span| text.lines().nth(span.line - 1)).map(ToString::to_string);
        ContentError { place: span.map(|span| (span.line, span.column)), line, ..self }
    }
}

/// Around the path of a field in a message: the YAML reader knows only where the list began that it has read.
const FIELD: char = '\u{1}';

/// A message that knows its field.
pub(super) fn placed(field: &str, message: &str) -> String {
    format!("{FIELD}{field}{FIELD}{message}")
}

/// The path that the YAML reader puts before its message, and the message.
fn split_path(words: &str) -> (&str, &str) {
    match words.split_once(": ") {
        Some((path, rest)) if !path.contains([' ', '`']) => (path, rest),
        _ => ("", words),
    }
}

/// What to do about a field or word that nobody knows.
fn help(message: &str) -> Option<String> {
    let (first, expected) = message.split_once(", expected ")?;
    let unknown = first.strip_prefix("unknown field `").or_else(|| first.strip_prefix("unknown variant `"))?;
    let unknown = unknown.trim_end_matches('`');
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let all = || match known.as_slice() {
        [] => "there are no fields here".to_string(),
        [one] => format!("the one there is: {one}"),
        many => format!("one of: {}", many.join(", ")),
    };
    Some(match did_you_mean(unknown, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => all(),
    })
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        let field = if self.field.is_empty() { String::new() } else { format!("{}: ", self.field) };
        write!(f, ": {field}{}", self.message)?;
        if let Some((line, (number, _))) = self.line.as_ref().zip(self.place) {
            write!(f, "\n  {number} | {}", line.trim_end())?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ContentError {}
