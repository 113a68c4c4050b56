//! Questions, asked again when they are about to be forgotten: [`fsrs`] says when, [`cards`] is what somebody knows.

pub mod cards;
pub mod check;
pub mod deck;
pub mod export;
pub mod fsrs;
pub mod mark;
pub mod mock;
pub mod pick;
pub mod proof;
pub mod question;
pub mod screen;
pub mod session;

#[cfg(test)]
mod tests;
