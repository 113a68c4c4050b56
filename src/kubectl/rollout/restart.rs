//! `kubectl rollout restart`, `pause` and `resume`: each computes a change of the object, and patches it (S129, S130).

use serde_json::{Value, json};

use super::super::error::{CmdError, message};
use super::super::flags::{Command, FILENAME, PRINT, SELECTOR, field_manager};
use super::super::io::Io;
use super::super::print::value::flag;
use super::super::printer::Printer;
use super::{none_found, require_resource, resources};
use crate::apiserver::patch::two_way_json;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::{Kind, Time};

static RESTART: Command = Command {
    path: "kubectl rollout restart",
    usage: "RESOURCE [flags]",
    about: "Restart a resource: its Pods are replaced as in a rollout.",
    flags: &[FILENAME, &[field_manager("kubectl-rollout")], SELECTOR, PRINT],
    required: &[],
};

static PAUSE: Command = Command {
    path: "kubectl rollout pause",
    usage: "RESOURCE [flags]",
    about: "Mark the provided resource as paused; only Deployments support it.",
    flags: &[PRINT, FILENAME, &[field_manager("kubectl-rollout")], SELECTOR],
    required: &[],
};

static RESUME: Command = Command {
    path: "kubectl rollout resume",
    usage: "RESOURCE [flags]",
    about: "Resume a paused resource; only Deployments support it.",
    flags: &[FILENAME, &[field_manager("kubectl-rollout")], SELECTOR, PRINT],
    required: &[],
};

/// How an object is changed: the changed object, or why it cannot be.
type Change = fn(Kind, &Value, Time) -> Result<Value, &'static str>;

/// `kubectl rollout restart`.
pub fn restart(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    change(&RESTART, restarted, ("restarted", None), args, api, io)
}

/// `kubectl rollout pause`.
pub fn pause(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    change(&PAUSE, paused, ("paused", Some("already paused")), args, api, io)
}

/// `kubectl rollout resume`.
pub fn resume(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    change(&RESUME, resumed, ("resumed", Some("already resumed")), args, api, io)
}

fn restarted(kind: Kind, object: &Value, now: Time) -> Result<Value, &'static str> {
    match kind {
        Kind::Deployment if flag(object, "/spec/paused") => {
            Err("can't restart paused deployment (run rollout resume first)")
        }
        Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet => {
            let mut object = object.clone();
            object["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
                now.rfc3339().into();
            Ok(object)
        }
        _ => Err("restarting is not supported"),
    }
}

fn paused(kind: Kind, object: &Value, _: Time) -> Result<Value, &'static str> {
    match kind {
        Kind::Deployment if flag(object, "/spec/paused") => Err("is already paused"),
        Kind::Deployment => {
            let mut object = object.clone();
            object["spec"]["paused"] = true.into();
            Ok(object)
        }
        _ => Err("pausing is not supported"),
    }
}

fn resumed(kind: Kind, object: &Value, _: Time) -> Result<Value, &'static str> {
    match kind {
        Kind::Deployment if !flag(object, "/spec/paused") => Err("is not paused"),
        Kind::Deployment => {
            let mut object = object.clone();
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove("paused");
            }
            Ok(object)
        }
        _ => Err("resuming is not supported"),
    }
}

fn change(
    command: &'static Command,
    change: Change,
    (said, said_without_change): (&str, Option<&str>),
    args: &[String],
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let line = command.parse(args, io)?;
    require_resource(&line)?;
    let (infos, outcome) = resources(&line, io)?.infos(api, io);
    let mut errors: Vec<CmdError> = outcome.err().into_iter().collect();
    if infos.is_empty() && errors.is_empty() {
        none_found(&line, io);
        return Ok(());
    }
    let mut printer = Printer::of(&line, io)?;
    for info in infos {
        let kind = info.kind()?;
        let changed = match change(kind, &info.object, api.now()) {
            Ok(changed) => changed,
            Err(why) => {
                errors.push(message(format!("error: {} {:?} {why}", kind.resource(), info.name)));
                continue;
            }
        };
        // Only maps differ, so that the merge patch is the strategic one too.
        let patch = two_way_json(&info.object, &changed);
        if patch == json!({}) {
            match said_without_change {
                Some(said) => errors.extend(printer.print(&info.object, said, io).err()),
                None => errors.push(message(format!(
                    "failed to create patch for {}: if restart has already been triggered within the past second, \
                     please wait before attempting to trigger another",
                    info.name
                ))),
            }
            continue;
        }
        let options = Options { field_manager: Some(line.str("field-manager").to_string()), ..Options::default() };
        let request = Request::patch(kind, &info.namespace, &info.name, PatchType::Strategic, patch).with(options);
        match io.send(api, request) {
            Ok(response) => errors.extend(printer.print(&response.object, said, io).err()),
            Err(status) => errors.push(message(format!("failed to patch: {status}"))),
        }
    }
    CmdError::aggregate(errors)
}
