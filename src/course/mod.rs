//! Learning: lessons, drills, myths, exercises and grading, as data that is run on labs.
//!
//! Nothing here prints, reads the environment or knows the wall clock: what a learner sees and types goes through traits
//! and parameters that the command line fills in; what runs lines is handed in as a [`stage::Stages`].

pub mod check;
pub mod content;
pub mod drill;
pub mod exercise;
pub mod grade;
pub mod learner;
pub mod lesson;
pub mod mistakes;
pub mod myth;
pub mod script;
pub mod stage;
