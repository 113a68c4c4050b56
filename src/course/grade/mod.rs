//! Grading: a submission's journal is carried out again from the exercise's own start, and judged by the exercise's
//! checks. Nothing that a submission says of outcomes is believed. It reads no disk and starts no thread; the same
//! submission comes to the same grade everywhere.

pub mod alike;
mod budget;
mod files;
mod ground;
mod one;
mod replay;
pub mod report;
#[cfg(test)]
mod tests;
mod typed;

pub use files::Shipped;
pub use ground::Ground;
pub use one::{Grade, Remark, Standing, grade, note_repeats, unreadable};
pub use typed::line_of;
