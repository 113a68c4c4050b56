//! Questions, asked again when they are about to be forgotten: [`fsrs`] says when, [`cards`] is what somebody knows.

pub mod cards;
pub mod deck;
pub mod fsrs;
pub mod mark;
pub mod pick;
pub mod proof;
pub mod question;
