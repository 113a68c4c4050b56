//! `kubectl rollout undo`: brings an earlier Pod template back (S131, R10;
//! `k8s.io/kubectl/pkg/polymorphichelpers/rollback.go`).

use serde_json::{Map, Value, json};

use super::super::describe;
use super::super::error::{CmdError, message};
use super::super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, SELECTOR};
use super::super::io::Io;
use super::super::last_applied::ANNOTATION as LAST_APPLIED;
use super::super::print::value::{annotation, flag, members, text};
use super::super::printer::{DryRun, Printer};
use super::super::resource::Info;
use super::revisions::{History, TEMPLATE_HASH, check_kind};
use super::viewer::REVISION;
use super::{require_resource, resources};
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::Kind;

/// Annotations that stay as the Deployment has them.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

static COMMAND: Command = Command {
    path: "kubectl rollout undo",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    about: "Roll back to a previous rollout.",
    flags: &[
        &[Flag::int("to-revision", "The revision to roll back to; 0 is the one before the last")],
        FILENAME,
        DRY_RUN,
        SELECTOR,
        PRINT,
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    require_resource(&line)?;
    let resources = resources(&line, io)?;
    let to = line.int("to-revision");
    resources.visit(api, io, &mut |info, api, io| {
        if annotation(&info.object, LAST_APPLIED).is_some() {
            io.err(format_args!(
                "Warning: resource {} was previously managed with 'kubectl apply'. Rolling back will not update the \
                 {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
                 Consider using 'kubectl apply' with your previous configuration file instead.\n",
                info.object_name()
            ));
        }
        check_kind(info.kind()?, "rollbacker", "rollbacker")?;
        let result = rollback(&info, to, dry_run, api, io)?;
        Printer::of(&line, io)?.dry_run(dry_run).print(&info.object, &result, io)
    })
}

fn not_found(revision: i64) -> CmdError {
    message(format!("unable to find specified revision {revision} in history"))
}

/// Rolls back, and says what was done.
fn rollback(info: &Info, to: i64, dry_run: DryRun, api: &mut dyn Api, io: &mut Io<'_>) -> Result<String, CmdError> {
    if to < 0 {
        return Err(not_found(to));
    }
    let history = History::read(info, api, io)?;
    let revision = chosen(&history, to)?;
    let deployment = history.kind == Kind::Deployment;
    if dry_run == DryRun::Client {
        let template = describe::pod_template(&history.template(revision));
        return Ok(if deployment { template } else { format!("will roll back to {template}") });
    }
    if deployment && flag(&history.object, "/spec/paused") {
        return Err(message(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    if is_current(&history, revision) {
        return Ok(format!("skipped rollback (current template already matches revision {to})"));
    }
    let (patch_type, patch) = if deployment {
        (PatchType::Json, deployment_patch(&history, revision))
    } else {
        (PatchType::Strategic, revision["data"].clone())
    };
    let options = Options { dry_run: dry_run == DryRun::Server, ..Options::default() };
    io.send(api, Request::patch(history.kind, &info.namespace, &info.name, patch_type, patch).with(options))
        .map_err(|status| message(format!("failed restoring revision {to}: {status}")))?;
    Ok("rolled back".to_string())
}

/// The revision to go to: the one of that number, or the one before the last.
fn chosen(history: &History, to: i64) -> Result<&Value, CmdError> {
    if to > 0 {
        let found = history.revisions.iter().find(|r| history.number(r) == Some(to));
        return found.ok_or_else(|| not_found(to));
    }
    let mut all: Vec<(i64, &Value)> = history.revisions.iter().filter_map(|r| Some((history.number(r)?, r))).collect();
    all.sort_by_key(|(number, _)| *number);
    if let [.., (_, previous), _] = all.as_slice() {
        return Ok(previous);
    }
    let name = text(&history.object, "/metadata/name");
    Err(message(match history.kind {
        Kind::Deployment => format!("no rollout history found for deployment {name:?}"),
        _ => "no last revision to roll back to".to_string(),
    }))
}

/// Whether the workload has that template already.
fn is_current(history: &History, revision: &Value) -> bool {
    let current = history.object["spec"]["template"].clone();
    if history.kind == Kind::Deployment {
        return unhashed(current) == unhashed(revision["spec"]["template"].clone());
    }
    let mut template = current;
    if template.is_object() {
        template["$patch"] = "replace".into();
    }
    json!({"spec": {"template": template}}) == revision["data"]
}

/// A template without the label of its `ReplicaSet`.
fn unhashed(mut template: Value) -> Value {
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(TEMPLATE_HASH);
    }
    template
}

/// Replaces the Deployment's template by the `ReplicaSet`'s, and its annotations, but for those that are its own.
fn deployment_patch(history: &History, revision: &Value) -> Value {
    let kept = members(&history.object, "/metadata/annotations").filter(|(key, _)| KEPT.contains(key));
    let taken = members(revision, "/metadata/annotations").filter(|(key, _)| !KEPT.contains(key));
    let annotations: Map<String, Value> = kept.chain(taken).map(|(k, v)| (k.to_string(), v.into())).collect();
    json!([
        {"op": "replace", "path": "/spec/template", "value": unhashed(revision["spec"]["template"].clone())},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ])
}
