//! `kubectl set serviceaccount`: changes the service account of Pods (`set_serviceaccount.go`).

use super::super::error::{CmdError, message};
use super::super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, RECORD, field_manager};
use super::super::io::Io;
use super::super::printer::{DryRun, Printer};
use super::super::record;
use super::{Change, Patcher, infos, kind_of, pod_spec};
use crate::apiserver::Api;

static COMMAND: Command = Command {
    path: "kubectl set serviceaccount",
    usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    about: "Update the service account of pod template resources.",
    flags: &[
        PRINT,
        RECORD,
        FILENAME,
        &[
            Flag::bool("all", "Select all resources, in the namespace of the specified types"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
        ],
        DRY_RUN,
        &[field_manager("kubectl-set")],
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    if line.bool("local") && dry_run.is_server() {
        return Err(message("cannot specify --local and --dry-run=server - did you mean --dry-run=client?"));
    }
    let printer = Printer::of(&line, io)?.dry_run(dry_run);
    let Some((account, objects)) = line.args.split_last() else {
        return Err(message("serviceaccount is required"));
    };
    let changes = infos(&line, objects, api, io)?.into_iter().map(|info| {
        let mut object = info.object.clone();
        let after = kind_of(&info).map_err(|why| why.to_string()).and_then(pod_spec).map(|pointer| {
            if let Some(spec) = object.pointer_mut(pointer) {
                spec["serviceAccountName"] = account.as_str().into();
            }
            record::record(&line, &mut object);
            object
        });
        Change { info, after }
    });
    let mut patcher = Patcher {
        line: &line,
        dry_run,
        printer,
        operation: "serviceaccount updated",
        failure: "failed to patch ServiceAccountName ",
        sends_nothing: true,
    };
    let mut errors = Vec::new();
    patcher.patch(changes.collect(), &mut errors, &|| Ok(()), api, io)?;
    CmdError::aggregate(errors)
}
