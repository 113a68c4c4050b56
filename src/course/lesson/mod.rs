//! Lessons as they are taken: the steps, one after another, with what the learner says to each; and lessons held to what
//! they say.

pub mod markdown;
pub mod proof;
pub mod score;
pub mod truth;
