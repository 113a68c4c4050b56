//! `kubectl apply set-last-applied`: writes what a file says into the annotation, and changes nothing else.

use serde_json::{Value, json};

use crate::apiserver::{Api, Options, PatchType, Request};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, DRY_RUN, Flag, PRINT};
use crate::kubectl::io::Io;
use crate::kubectl::last_applied::{self, ANNOTATION};
use crate::kubectl::print::go;
use crate::kubectl::printer::{DryRun, Printer};
use crate::kubectl::resource::{Builder, FilenameOptions, Info};

static COMMAND: Command = Command {
    path: "kubectl apply set-last-applied",
    usage: "-f FILENAME [flags]",
    about: "Set the last-applied-configuration annotation of live objects to the contents of a file.",
    flags: &[
        PRINT,
        DRY_RUN,
        &[
            Flag::bool("create-annotation", "Write the annotation even if the object has none"),
            Flag::slice("filename", "File, directory or - (standard input)").short('f'),
        ],
    ],
    required: &[],
};

/// Runs the verb.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let mut printer = Printer::of(&line, io)?.dry_run(dry_run);
    let files = FilenameOptions { filenames: line.list("filename").to_vec(), ..FilenameOptions::default() };
    let resources = Builder::for_line(&line).filenames(line.namespace_given(), &files, io).flatten().build();
    let mut changes: Vec<(Info, Value)> = Vec::new();
    resources.visit(api, io, &mut |mut info, api, io| {
        let text = go::json(&info.object);
        info.get(api, io).map_err(|error| {
            if error.is_not_found() {
                return error;
            }
            let doing = format!("retrieving current configuration of:\n{}\nfrom server for:", info.describe());
            error.with_source(&doing, &info.source)
        })?;
        let original = last_applied::of(&info.object);
        if original.is_none() && !line.bool("create-annotation") {
            return Err(message(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the \
                 command with --create-annotation",
                info.name
            )));
        }
        if original.is_some_and(|original| original.trim_end() == text) {
            io.out(format_args!("set-last-applied {}: no changes required.\n", info.name));
        } else {
            changes.push((info, json!({"metadata": {"annotations": {ANNOTATION: text}}})));
        }
        Ok(())
    })?;
    for (mut info, patch) in changes {
        if dry_run != DryRun::Client {
            let options = Options { dry_run: dry_run.is_server(), ..Options::default() };
            let request = Request::patch(info.kind()?, &info.namespace, &info.name, PatchType::Merge, patch);
            info.refresh(io.send(api, request.with(options))?.object);
        }
        printer.print(&info.object, "configured", io)?;
    }
    Ok(())
}
