//! Myths: claims about `StatefulSets` that people repeat, each decided by experiments. The verdict is what the cases come
//! to, never what the file says; that the file says the same is what `myth check` is for.

mod document;
pub mod screen;
mod trial;

pub use document::{Case, Myth, Numbered, Verdict, find, read};
pub use trial::{Outcome, Trial, run};

#[cfg(test)]
mod tests;
