//! Lessons as they are taken: the steps, one after another, with what the learner says to each.

pub mod markdown;
pub mod score;
