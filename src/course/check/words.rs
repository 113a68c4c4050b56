//! Conditions over text: what a line prints, what was typed.

use regex::Regex;

use super::{Output, Typed, Wanted};
use crate::view::words::cut;

/// A regular expression with the text it was made of.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a regular expression.
    pub fn new(text: &str) -> Result<Pattern, String> {
        let told = |error: regex::Error| format!("{text:?} is no regular expression: {error}");
        regex::RegexBuilder::new(text).size_limit(1 << 20).build().map(Pattern).map_err(told)
    }

    /// Whether it is found in a text.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The text it was made of.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Judges what a line printed.
pub(super) fn output(wanted: &Output, text: &str) -> Result<(), String> {
    let line = &wanted.of;
    let shown = || match text.trim() {
        "" => "it prints nothing".to_string(),
        text => format!("it prints {:?}", cut(text, 160)),
    };
    for want in &wanted.wants {
        let fails = match want {
            Wanted::Contains(part) if !text.contains(part.as_str()) => Some(format!("should print {part:?}")),
            Wanted::Lacks(part) if text.contains(part.as_str()) => Some(format!("should not print {part:?}")),
            Wanted::Equals(all) if text.trim() != all.trim() => Some(format!("should print exactly {:?}", all.trim())),
            Wanted::Matches(pattern) if !pattern.is_in(text) => {
                Some(format!("should print what matches `{}`", pattern.as_str()))
            }
            _ => None,
        };
        if let Some(fails) = fails {
            return Err(format!("`{line}` {fails}; {}", shown()));
        }
    }
    Ok(())
}

/// Judges what was typed.
pub(super) fn typed(wanted: &Typed, lines: &[String]) -> Result<(), String> {
    match wanted {
        Typed::Matches(pattern) if !lines.iter().any(|line| pattern.is_in(line)) => {
            Err(format!("no line that was typed matches `{}`", pattern.as_str()))
        }
        Typed::Lacks(pattern) => match lines.iter().find(|line| pattern.is_in(line)) {
            Some(line) => Err(format!("`{}` was typed", cut(line, 100))),
            None => Ok(()),
        },
        Typed::Matches(_) => Ok(()),
    }
}
