//! The on-call table: each row of `docs/on-call.md` is one sequence of commands that produces a symptom in the lab. A test
//! plays the row's commands as they are documented, from the project's folder and in a lab of its own, and then asks what
//! a person on call would ask: the events, the states, and `why`.

#![allow(missing_docs, reason = "tests say what they are by their names")]

mod bench;
mod network;
mod pods;
mod storage;
#[path = "../common/words.rs"]
mod words;
