//! A section: one table with its name, the sentence that says what it shows and why it is so, and what is left to say
//! below it.

use std::ops::Range;

use serde_json::{Value, json};

use super::style::{Look, Tone};
use super::table::Table;

/// Rows of a long table that are shown at its beginning.
const HEAD: usize = 12;
/// Rows of a long table that are shown at its end.
const TAIL: usize = 6;

/// A section of a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// One word in capitals.
    pub title: &'static str,
    /// What it shows and why it is so.
    pub about: String,
    /// The table.
    pub table: Table,
    /// Lines below the table.
    pub notes: Vec<String>,
}

impl Section {
    /// A section without rows yet.
    #[must_use]
    pub fn new(title: &'static str, about: impl Into<String>, columns: &[&'static str]) -> Section {
        Section { title, about: about.into(), table: Table::new(columns), notes: Vec::new() }
    }

    /// Notes that rows were left out of the table, and where they are.
    pub fn left_out(&mut self, count: usize, command: &str) {
        if count > 0 {
            self.table.gap(HEAD);
            self.notes.push(format!("… {count} more: {command}"));
        }
    }

    /// The section as text.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let mut out = look.beside(self.title, Tone::Strong, &self.about);
        if !self.table.is_empty() {
            out.push_str(&self.table.render(look));
        }
        for note in &self.notes {
            out.push_str(&look.wrap(note, 2));
            out.push('\n');
        }
        out
    }

    /// The section as JSON: its sentence, its rows and its notes.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"about": self.about, "rows": self.table.to_json(), "notes": self.notes})
    }
}

/// Which of `count` rows are shown: a beginning, an end, and how many are left out between them.
#[must_use]
pub fn fold(count: usize) -> (Range<usize>, Range<usize>, usize) {
    if count <= HEAD + TAIL + 2 {
        return (0..count, count..count, 0);
    }
    (0..HEAD, count - TAIL..count, count - HEAD - TAIL)
}

/// How much of a long list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Its beginning and its end: for people.
    Folded,
    /// All of it: for programs.
    Whole,
}

impl Extent {
    /// The items that are shown, and how many are left out.
    pub fn of<T>(self, list: &[T]) -> (impl Iterator<Item = &T>, usize) {
        let (head, tail, left_out) = match self {
            Extent::Folded => fold(list.len()),
            Extent::Whole => (0..list.len(), list.len()..list.len(), 0),
        };
        (list[head].iter().chain(&list[tail]), left_out)
    }
}

/// The items of a long list that are shown, and how many are left out.
pub fn folded<T>(list: &[T]) -> (impl Iterator<Item = &T>, usize) {
    Extent::Folded.of(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_title_does_not_run_into_its_sentence() {
        let look = Look { width: 30, ..Look::PLAIN };
        let text = look.beside("WORKLOADS", Tone::Strong, "Their Pods are interchangeable.");
        assert_eq!(text, "WORKLOADS Their Pods are\n          interchangeable.\n");
    }

    #[test]
    fn a_sentence_stands_beside_its_title() {
        let mut section =
            Section::new("PODS", "one Pod for each ordinal, with the name SET-ORDINAL and its claims", &["NAME"]);
        section.table.row(["web-0".into()]);
        section.left_out(3, "sts-lab get pods");
        let text = section.render(Look { width: 50, color: false });
        let expect = "PODS    one Pod for each ordinal, with the name\n        SET-ORDINAL and its claims\nNAME\nweb-0\n\
                      …\n… 3 more: sts-lab get pods\n";
        assert_eq!(text, expect);
        assert_eq!(section.to_json()["rows"][0]["name"], "web-0");
    }

    #[test]
    fn only_long_lists_are_folded() {
        assert_eq!(folded(&[1; 20]).1, 0);
        let list: Vec<usize> = (0..1000).collect();
        let (shown, left_out) = folded(&list);
        assert_eq!((shown.last(), left_out), (Some(&999), 982));
    }
}
