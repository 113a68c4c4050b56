//! Exercises: a task in a lab of the student's own, checks with points, and a submission that is the journal. Each student
//! gets a variant, chosen by name. What becomes of a submission, `grade` says.

mod document;
pub mod lint;
mod loaded;
pub mod skeleton;
mod submission;
#[cfg(test)]
mod tests;
mod variant;

pub use document::{Attempt, Credit, Exercise, Forbidden, Hidden, Limits};
pub use loaded::Loaded;
pub use submission::{MOST_BYTES, Submission, SubmissionHead, Unreadable};
pub use variant::{Variant, Variants};
