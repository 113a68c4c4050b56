//! The inside of a container: files on its mounts, its environment, a small shell, the names and peers it would reach,
//! and what its command would have written. No program of an image runs here; what the lab does not know it says.
//!
//! Everything is worked out when somebody asks (`kubectl exec`, `kubectl logs`). What is kept is only what was written
//! on disks ([`crate::cluster::disk`]).

mod commands;
mod env;
mod external;
mod files;
mod inside;
mod logs;
mod mounts;
mod network;
mod process;
mod programs;
mod projected;
mod replay;
mod resolver;
mod shell;
mod streams;
mod words;

pub use commands::lived;
pub use files::{Entry, Errno, Files, absolute};
pub use inside::{Around, Inside, status_of};
pub use logs::{LogLine, Written, written};
pub use process::exec;
pub use shell::{Outside, Shell, State, World, prompt_of};
pub use streams::{Input, Output};
pub use words::{plain, words};
