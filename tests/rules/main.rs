//! The rules of a real control plane, one test each: what is said of `StatefulSet`s in the numbered list of facts that
//! the project's behaviour was taken from. A test names its rules; `S` rules are about sets, `V` about volumes, `G`
//! about garbage collection, `P` about Pods, `N` about nodes and budgets, `R` about other workloads; rows are those of the
//! list's scenario table.

#![allow(missing_docs, reason = "tests say what they are by their names")]

mod api;
mod claims;
mod deletion;
mod disruption;
mod events;
mod inside;
mod kubectl;
mod membership;
mod namespaces;
mod network;
mod nodes;
mod pods;
mod quotas;
mod retention;
mod revisions;
mod scaling;
mod status;
mod updates;
mod walks;
mod workloads;
mod world;
