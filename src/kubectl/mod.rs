//! kubectl's verbs and its exact text: what kubectl 1.36.2 would print, to the byte, and its exit code. Nothing here
//! knows a disk beyond the files a command names, a wall clock, or a terminal; a verb talks to the cluster through
//! [`Api`] alone.
//!
//! # How a verb is built
//!
//! A verb is a file (or folder) here with one entry of type [`Run`]:
//!
//! ```text
//! static COMMAND: Command = Command {
//!     path: "kubectl scale", usage: "...", about: "...", flags: &[FILENAME, DRY_RUN, &[...]], required: &["replicas"],
//! };
//!
//! pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
//!     let line = COMMAND.parse(args, io)?;        // unknown flags, --help, deprecated flags
//!     line.require()?;                            // required flags
//!     ...
//! }
//! ```
//!
//! and a row in the table of [`verbs`]. It returns its failure as a [`CmdError`], which only [`run`] prints; failures
//! it must print itself first end as [`CmdError::Exit`]. Requests go through [`Io::send`], which shows the warnings of
//! the server. Objects named by arguments or files come from [`resource::Builder`]. A verb with words of its own below
//! it (`rollout status`) finds them with [`verbs::subcommand`].

mod annotate;
pub mod apply;
mod attach;
mod auth;
pub mod create;
pub mod delete;
pub mod describe;
mod diff;
mod discovery;
mod drain;
mod edit;
pub mod error;
pub mod events;
mod exec;
mod explain;
mod expose;
pub mod flags;
mod generated;
pub mod get;
mod in_pod;
pub mod io;
mod label;
pub mod last_applied;
mod logs;
mod pairs;
mod patch;
pub mod print;
pub mod printer;
mod record;
pub mod replace;
pub mod resource;
mod rollout;
mod run;
mod scale;
mod selector;
mod set;
mod taint;
mod typed_json;
mod until;
pub mod verbs;
mod version;
mod wait;

#[cfg(test)]
pub mod testing;

pub use error::CmdError;
pub use io::Io;
pub use verbs::Run;

use crate::apiserver::Api;

/// Runs one kubectl command, `args` being what follows the word `kubectl`, and returns its exit code.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> i32 {
    let result = verbs::dispatch(args, api, io).and_then(|()| verbs::warnings_as_errors(args, io));
    let Err(error) = result else { return 0 };
    if let CmdError::Help(text) = &error {
        io.out(text);
    }
    let (text, code) = error.report();
    io.err(text);
    code
}
