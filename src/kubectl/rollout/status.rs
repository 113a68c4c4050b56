//! `kubectl rollout status`: prints what a rollout waits for at every change of its object, until it is done.

use super::super::error::{CmdError, message};
use super::super::flags::{Command, FILENAME, Flag, SELECTOR};
use super::super::io::Io;
use super::super::resource::Info;
use super::super::until;
use super::viewer::{Viewer, viewer};
use super::{none_found, require_resource, resources};
use crate::apiserver::Api;
use crate::resource::Time;

static COMMAND: Command = Command {
    path: "kubectl rollout status",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    about: "Show the status of the rollout.",
    flags: &[
        FILENAME,
        &[
            Flag::bool("watch", "Watch the status of the rollout until it's done").short('w').default("true"),
            Flag::int("revision", "Pin to a specific revision; 0 is the last one"),
            Flag::duration("timeout", "How long to wait before ending the watch; zero means for ever"),
        ],
        SELECTOR,
    ],
    required: &[],
};

/// What to look at, and for how long.
struct Watch {
    view: Viewer,
    revision: i64,
    keep_on: bool,
    deadline: Option<Time>,
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    require_resource(&line)?;
    let revision = line.int("revision");
    if revision < 0 {
        return Err(message(format!("revision must be a positive integer: {revision}")));
    }
    let mut found = false;
    resources(&line, io)?.visit(api, io, &mut |info, api, io| {
        found = true;
        let view = viewer(info.kind()?)?;
        let deadline = until::deadline(api, line.duration("timeout"));
        follow(&info, &Watch { view, revision, keep_on: line.bool("watch"), deadline }, api, io)
    })?;
    if !found {
        none_found(&line, io);
    }
    Ok(())
}

/// Prints the status at every version of the object until it is done.
fn follow(info: &Info, watch: &Watch, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let mut seen = None;
    loop {
        let object = match io.send(api, info.get_request()?) {
            Ok(response) if response.object["metadata"]["uid"] == info.object["metadata"]["uid"] => response.object,
            Ok(_) => return Err(message("object has been deleted")),
            Err(status) if status.is_not_found() => return Err(message("object has been deleted")),
            Err(status) => return Err(status.into()),
        };
        let version = object["metadata"]["resourceVersion"].clone();
        if seen.as_ref() != Some(&version) {
            let (text, done) = (watch.view)(&object, watch.revision)?;
            io.out(text);
            if done || !watch.keep_on {
                return Ok(());
            }
            seen = Some(version);
        }
        until::change(api, watch.deadline, || message("timed out waiting for the condition"))?;
    }
}
