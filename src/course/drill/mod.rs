//! Questions, asked again when they are about to be forgotten: [`fsrs`] says when, [`cards`] is what somebody knows.

pub mod cards;
pub mod fsrs;
