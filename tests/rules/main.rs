//! The rules of a real control plane, one test each: what is said of `StatefulSet`s in the numbered list of facts that
//! the project's behaviour was taken from. A test names its rules; `S` rules are about sets, `V` about volumes, `G`
//! about garbage collection, `P` about Pods, rows are those of the scenario table.

#![allow(missing_docs, reason = "tests say what they are by their names")]

mod walks;
mod world;
