//! How far a learner is: what is kept between two commands, as text. Where it is kept is for others to know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of what is written.
const FORMAT: u32 = 1;
/// The name of the file that holds it.
pub const FILE: &str = "lessons.json";

/// All that is known of a learner's lessons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The version of the format.
    format: u32,
    /// The lesson that was taken last.
    pub current: Option<String>,
    /// The lessons by name.
    pub lessons: BTreeMap<String, Record>,
}

/// How far a lesson is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The step that comes next, from 0; as many as there are steps when it is done.
    pub step: usize,
    /// How many steps the lesson had.
    pub steps: usize,
    /// The step that has begun.
    pub begun: Option<Begun>,
    /// How many hints of it were seen.
    pub hints: usize,
    /// How many cells and questions were right at once.
    pub right: usize,
    /// Of how many.
    pub asked: usize,
    /// How often the lesson was finished.
    pub finished: u32,
    /// The file it is in, if it did not come with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The lab when a step began: what was there then is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// How many inputs it had.
    pub inputs: usize,
    /// How many changes its history had.
    pub change: u32,
    /// The lines typed since, here.
    pub typed: Vec<String>,
}

impl Default for Book {
    fn default() -> Book {
        Book { format: FORMAT, current: None, lessons: BTreeMap::new() }
    }
}

impl Book {
    /// Reads what was written; nothing written is an empty book.
    pub fn read(text: Option<&str>) -> Result<Book, String> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let Some(text) = text else { return Ok(Book::default()) };
        let damaged = |error: serde_json::Error| format!("it is damaged ({error})");
        let Head { format } = serde_json::from_str(text).map_err(damaged)?;
        if format > FORMAT {
            return Err(format!("it has format {format}, this sts-lab reads up to {FORMAT}: a newer sts-lab wrote it"));
        }
        serde_json::from_str(text).map_err(damaged)
    }

    /// The book as text.
    #[must_use]
    pub fn text(&self) -> String {
        // Numbers and texts: nothing that JSON lacks.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Record {
    /// Whether it has begun and is not done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        (self.step > 0 || self.begun.is_some()) && !self.is_done()
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.steps > 0 && self.step >= self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let mut book = Book::default();
        assert_eq!(Book::read(None), Ok(Book::default()));
        book.current = Some("first-set".into());
        let begun = Begun { inputs: 2, change: 40, typed: vec!["kubectl get pods".into()] };
        let record =
            Record { step: 3, steps: 9, begun: Some(begun), hints: 1, right: 4, asked: 6, finished: 0, file: None };
        assert!(record.is_open() && !record.is_done());
        book.lessons.insert("first-set".into(), record);
        assert_eq!(Book::read(Some(&book.text())), Ok(book.clone()));
        let newer = book.text().replace("\"format\": 1", "\"format\": 2");
        assert!(Book::read(Some(&newer)).is_err_and(|why| why.contains("newer")));
        assert!(Book::read(Some(&book.text()[..40])).is_err_and(|why| why.contains("damaged")));
    }
}
