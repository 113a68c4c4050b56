//! To be written.

pub mod print;
