//! Lessons as they are taken: the steps, one after another, with what the learner says to each; and lessons held to what
//! they say.

mod ask;
pub mod markdown;
mod play;
mod predict;
pub mod progress;
pub mod proof;
pub mod score;
mod solution;
pub mod truth;

pub use play::{End, Keeper, Player, findings, next_hint, plain, told};
