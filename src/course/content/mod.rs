//! What is taught, as data: the formats of `lessons/` as types, and reading them with errors that name file, line and
//! field, and what to do. `lessons/README.md` describes them for authors. Nothing here runs anything.

mod common;
mod document;
mod error;
mod faults;
mod lesson;
mod library;
mod rows;
mod step;
#[cfg(test)]
mod tests;
mod track;

pub use super::check::{Check, Condition};
pub use common::{File, LabSpec, Level, Line, Start};
pub use document::{Document, Fault, Kind, parse};
pub use error::ContentError;
pub use faults::accepts;
pub use lesson::{Lesson, is_name};
pub use library::{EMBEDDED, Library, Source};
pub use rows::{Row, Rows};
pub use step::{Action, Ask, Attempt, Choice, Do, Mistake, Predict, Question, Show, Step, Truth};
pub use track::Track;

/// The version of the formats that this program reads.
pub const FORMAT: u32 = 1;
