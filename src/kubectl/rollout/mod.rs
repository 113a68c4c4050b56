//! `kubectl rollout`: status, history, undo, restart, pause, resume (`k8s.io/kubectl/pkg/cmd/rollout`). What each says
//! of an object is pure (`viewer`, `revisions`, `template`); the verbs around it read, wait, and patch.

mod history;
mod restart;
mod revisions;
mod status;
mod undo;
pub mod viewer;

use super::error::{CmdError, message};
use super::flags::Parsed;
use super::io::Io;
use super::resource::{Builder, FilenameOptions, Resources};
use super::verbs::subcommand;
use crate::apiserver::Api;

/// `kubectl rollout SUBCOMMAND`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let names = ["history", "pause", "restart", "resume", "status", "undo"];
    let (name, rest) = subcommand("kubectl rollout", args, &names, io)?;
    match name {
        "history" => history::run(&rest, api, io),
        "pause" => restart::pause(&rest, api, io),
        "restart" => restart::restart(&rest, api, io),
        "resume" => restart::resume(&rest, api, io),
        "status" => status::run(&rest, api, io),
        _ => undo::run(&rest, api, io),
    }
}

/// Fails if the command line names nothing.
fn require_resource(line: &Parsed) -> Result<(), CmdError> {
    if line.args.is_empty() && FilenameOptions::of(line).is_empty() {
        return Err(message("required resource not specified"));
    }
    Ok(())
}

/// The objects every verb of `rollout` works on.
fn resources(line: &Parsed, io: &mut Io<'_>) -> Result<Resources, CmdError> {
    let resources = Builder::for_line(line)
        .label_selector(line.str("selector"))
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .type_or_name_args(true, &line.args)
        .continue_on_error()
        .latest()
        .flatten()
        .build();
    resources.check()?;
    Ok(resources)
}

/// Says on standard error that a namespace had nothing that was asked for.
fn none_found(line: &Parsed, io: &mut Io<'_>) {
    io.err(format_args!("No resources found in {} namespace.\n", line.namespace()));
}

#[cfg(test)]
mod tests;
