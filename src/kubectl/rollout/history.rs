//! `kubectl rollout history`: the revisions of a workload, or the Pod template of one (R11, S131).

use super::super::describe;
use super::super::error::{CmdError, message};
use super::super::flags::{Command, FILENAME, Flag, PRINT, SELECTOR};
use super::super::io::Io;
use super::super::printer::Printer;
use super::super::resource::Info;
use super::revisions::{History, check_kind};
use super::{require_resource, resources};
use crate::apiserver::Api;

static COMMAND: Command = Command {
    path: "kubectl rollout history",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    about: "View previous rollout revisions and configurations.",
    flags: &[
        &[Flag::int("revision", "See the details, including the Pod template, of this revision")],
        SELECTOR,
        FILENAME,
        PRINT,
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    require_resource(&line)?;
    let revision = line.int("revision");
    if revision < 0 {
        return Err(message(format!("revision must be a positive integer: {revision}")));
    }
    let resources = resources(&line, io)?;
    let mut printer = Printer::of(&line, io)?;
    resources.visit(api, io, &mut |info, api, io| {
        check_kind(info.kind()?, "history viewer", "history")?;
        let history = History::read(&info, api, io)?;
        if line.changed("output") {
            return objects(&history, revision, &mut printer, io);
        }
        view(&info, &history, revision, &mut printer, io)
    })
}

/// `-o`: the revisions as objects.
fn objects(history: &History, revision: i64, printer: &mut Printer, io: &mut Io<'_>) -> Result<(), CmdError> {
    let revisions = history.by_number();
    if revision > 0 {
        let found = revisions.get(&revision).ok_or_else(|| message("unable to find the specified revision"))?;
        return printer.print(&history.applied(found), "", io);
    }
    revisions.values().try_for_each(|r| printer.print(&history.applied(r), "", io))
}

/// The table of revisions, or the Pod template of one, behind the name of the object.
fn view(info: &Info, history: &History, revision: i64, printer: &mut Printer, io: &mut Io<'_>) -> Result<(), CmdError> {
    let revisions = history.by_number();
    if revision == 0 || revisions.is_empty() {
        let head = if revision == 0 { String::new() } else { format!("with revision #{revision}") };
        return printer.print(&info.object, &format!("{head}\n{}", history.table()), io);
    }
    let found = revisions.get(&revision).ok_or_else(|| message("unable to find the specified revision"))?;
    let template = describe::pod_template(&history.template(found));
    printer.print(&info.object, &format!("with revision #{revision}\n{template}"), io)
}
