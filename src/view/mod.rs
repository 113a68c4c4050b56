//! The lab's own tables: what a command did, in which order and why; Pods, claims, DNS names; what went and what stayed.
//!
//! Views are pure: they read a [`Cluster`](crate::cluster::Cluster) or its store and return [`section::Section`]s or
//! text. Nothing here prints, asks the terminal or changes anything.

pub mod ailment;
pub mod answer;
mod around;
pub mod blame;
pub mod breakage;
pub mod claims;
mod external;
pub mod gone;
pub mod log;
pub mod names;
mod nodes;
pub mod order;
pub mod pods;
pub mod reason;
pub mod rest;
pub mod screen;
pub mod section;
pub mod sequence;
pub mod since;
pub mod status;
pub mod steps;
mod storage;
pub mod style;
mod symptom;
pub mod table;
pub mod taken_over;
pub mod waiting;
pub mod why;
pub mod words;
mod workloads;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
