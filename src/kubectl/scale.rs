//! `kubectl scale`: sets the size of workloads through their scale subresource (`k8s.io/kubectl/pkg/cmd/scale`,
//! `k8s.io/kubectl/pkg/scale`; S127).

use std::time::Duration;

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SELECTOR};
use super::io::Io;
use super::print::value::{int, text};
use super::printer::{DryRun, Printer};
use super::resource::{Builder, FilenameOptions, Info};
use super::{record, until};
use crate::apiserver::{Api, Options, PatchType, Request, Status, Subresource};
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl scale",
    usage: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    about: "Set a new size for a deployment, replica set, or stateful set.",
    flags: &[
        RECORD,
        PRINT,
        &[
            Flag::bool("all", "Select all resources in the namespace of the specified types"),
            Flag::string("resource-version", "Scale only if the object has this resource version"),
            Flag::int("current-replicas", "Scale only if this is the current size; -1 for no condition").default("-1"),
            Flag::int("replicas", "The new desired number of replicas. Required"),
            Flag::duration("timeout", "How long to wait until the scale is reached; zero means don't wait"),
        ],
        FILENAME,
        DRY_RUN,
        SELECTOR,
    ],
    required: &["replicas"],
};

/// How long kubectl tries again when somebody else changed the object meanwhile.
const CONFLICT_TIMEOUT: Duration = Duration::from_secs(300);
const CONFLICT_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    line.require()?;
    let dry_run = DryRun::of(&line, api, io)?;
    let mut printer = Printer::of(&line, io)?.dry_run(dry_run);
    if line.int("replicas") < 0 {
        return Err(message("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"));
    }
    if line.int("current-replicas") < -1 {
        return Err(message("The --current-replicas must specify an integer of -1 or greater"));
    }
    let resources = Builder::for_line(&line)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(&line), io)
        .type_or_name_args(line.bool("all"), &line.args)
        .flatten()
        .label_selector(line.str("selector"))
        .build();
    resources.check()?;
    let (infos, outcome) = resources.infos(api, io);
    if !line.str("resource-version").is_empty() && infos.len() > 1 {
        return Err(message("cannot use --resource-version with multiple resources"));
    }
    if infos.is_empty() {
        outcome?;
        return Err(message("no objects passed to scale"));
    }
    for info in infos {
        scale_one(info, &line, dry_run, &mut printer, api, io)?;
    }
    outcome
}

fn scale_one(
    mut info: Info,
    line: &Parsed,
    dry_run: DryRun,
    printer: &mut Printer,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let wanted = line.int("replicas");
    if dry_run == DryRun::Client {
        set_replicas(&mut info.object, wanted);
        return printer.print(&info.object, "scaled", io);
    }
    let size = scale(&info, line, dry_run, api, io)?;
    if dry_run == DryRun::None {
        let timeout = line.duration("timeout");
        if !timeout.is_zero() {
            reached(&info, wanted, timeout, api, io)?;
        }
    }
    set_replicas(&mut info.object, size);
    if let Some(patch) = record::merge_patch(line, &info.object) {
        // A failure to note the cause is only logged, at a level nobody sees.
        let _ = io.send(api, Request::patch(info.kind()?, &info.namespace, &info.name, PatchType::Merge, patch));
    }
    printer.print(&info.object, "scaled", io)
}

/// Only the built-in groups are known to have their size at `spec.replicas`.
fn set_replicas(object: &mut Value, size: i64) {
    let version = text(object, "/apiVersion");
    if version.starts_with("apps/") || !version.contains('/') {
        object["spec"]["replicas"] = size.into();
    }
}

/// Sends the scale, again while somebody else is quicker, and returns the size it got.
fn scale(info: &Info, line: &Parsed, dry_run: DryRun, api: &mut dyn Api, io: &mut Io<'_>) -> Result<i64, CmdError> {
    let deadline = api.now() + CONFLICT_TIMEOUT;
    loop {
        match attempt(info, line, dry_run, api, io) {
            Err(CmdError::Status(status)) if status.reason == "Conflict" => {
                let next = api.now() + CONFLICT_INTERVAL;
                if next > deadline {
                    return Err(message("context deadline exceeded"));
                }
                until::pass(api, next);
            }
            other => return other,
        }
    }
}

fn attempt(info: &Info, line: &Parsed, dry_run: DryRun, api: &mut dyn Api, io: &mut Io<'_>) -> Result<i64, CmdError> {
    let kind = info.kind()?;
    if !matches!(kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet) {
        return Err(Status::new(404, "NotFound", "the server could not find the requested resource").into());
    }
    let (wanted, expected, version) =
        (line.int("replicas"), line.int("current-replicas"), line.str("resource-version"));
    let options = Options { dry_run: dry_run.is_server(), ..Options::default() };
    let request = if expected == -1 && version.is_empty() {
        let patch = json!({"spec": {"replicas": wanted}});
        Request::patch(kind, &info.namespace, &info.name, PatchType::Merge, patch)
    } else {
        let mut scale = read(info, api, io)?;
        let size = int(&scale, "/spec/replicas");
        if expected != -1 && size != expected {
            return Err(message(format!("Expected replicas to be {expected}, was {size}")));
        }
        let actual = text(&scale, "/metadata/resourceVersion");
        if !version.is_empty() && version != actual {
            return Err(message(format!("Expected resource version to be {version}, was {actual}")));
        }
        scale["spec"]["replicas"] = wanted.into();
        Request::update(kind, &info.namespace, &info.name, scale)
    };
    let answer = io.send(api, request.subresource(Subresource::Scale).with(options))?;
    Ok(int(&answer.object, "/spec/replicas"))
}

fn read(info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
    let request = Request::get(info.kind()?, &info.namespace, &info.name);
    Ok(io.send(api, request.subresource(Subresource::Scale))?.object)
}

/// `--timeout`: looks once a second until the status has the size.
fn reached(
    info: &Info,
    wanted: i64,
    timeout: jiff::SignedDuration,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let deadline = api.now() + timeout.unsigned_abs();
    loop {
        let scale = read(info, api, io)?;
        let (spec, status) = (int(&scale, "/spec/replicas"), int(&scale, "/status/replicas"));
        // Somebody else set another size meanwhile: what was asked for is over.
        if spec != wanted || status == wanted {
            return Ok(());
        }
        let next = api.now() + CONFLICT_INTERVAL;
        if timeout.is_negative() || next > deadline {
            until::pass(api, deadline);
            return Err(message(format!("timed out waiting for {:?} to be synced", info.name)));
        }
        until::pass(api, next);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, Fake};
    use super::*;
    use crate::apiserver::Verb;

    fn bench() -> Bench {
        let set = |name: &str| {
            format!(
                "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: {name}, labels: {{app: x}}}}, \
                 spec: {{replicas: 4}}, status: {{replicas: 4}}}}"
            )
        };
        Bench::new(Fake::with(&[&set("web"), &set("db"), "{apiVersion: v1, kind: Pod, metadata: {name: p}}"]))
    }

    #[test]
    fn wrong_command_lines() {
        let mut bench = bench();
        let negative = "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n";
        bench.check("scale sts web --replicas=-1", (1, "", negative));
        bench.check("scale sts web", (1, "", "error: required flag(s) \"replicas\" not set\n"));
        let missing = "Error from server (NotFound): statefulsets.apps \"nope\" not found\n";
        bench.check("scale sts nope --replicas=1", (1, "", missing));
        let current = "error: The --current-replicas must specify an integer of -1 or greater\n";
        bench.check("scale sts web --replicas=1 --current-replicas=-2", (1, "", current));
        bench.check("scale sts -l a=b --replicas=1", (1, "", "error: no objects passed to scale\n"));
        let several = "error: cannot use --resource-version with multiple resources\n";
        bench.check("scale sts web db --replicas=1 --resource-version=1", (1, "", several));
        let pod = "Error from server (NotFound): the server could not find the requested resource\n";
        bench.check("scale pod p --replicas=1", (1, "", pod));
    }

    #[test]
    fn one_and_several() {
        let mut bench = bench();
        bench.check("scale sts web --replicas=2", (0, "statefulset.apps/web scaled\n", ""));
        let request = bench.api.requests.last().unwrap();
        assert_eq!(request.verb, Verb::Patch(PatchType::Merge));
        assert_eq!(request.subresource, Some(Subresource::Scale));
        assert_eq!(request.body, json!({"spec": {"replicas": 2}}));
        let both = "statefulset.apps/db scaled\nstatefulset.apps/web scaled\n";
        bench.check("scale sts --all --replicas=0", (0, both, ""));
        bench.check("scale sts -l app=x --replicas=0", (0, both, ""));
        bench.check("scale sts/web --replicas=1 --dry-run=client", (0, "statefulset.apps/web scaled (dry run)\n", ""));
        let server = "statefulset.apps/web scaled (server dry run)\n";
        bench.check("scale sts/web --replicas=1 --dry-run=server", (0, server, ""));
        let missing = "Error from server (NotFound): statefulsets.apps \"nope\" not found\n";
        bench.check("scale sts nope web --replicas=1", (1, "statefulset.apps/web scaled\n", missing));
    }

    #[test]
    fn preconditions() {
        let mut bench = bench();
        let size = "error: Expected replicas to be 9, was 4\n";
        bench.check("scale sts web --replicas=1 --current-replicas=9", (1, "", size));
        let version = "error: Expected resource version to be 77, was 1\n";
        bench.check("scale sts web --replicas=1 --resource-version=77", (1, "", version));
        bench.check("scale sts web --replicas=1 --current-replicas=4", (0, "statefulset.apps/web scaled\n", ""));
        assert_eq!(bench.api.requests.last().unwrap().verb, Verb::Update);
    }

    #[test]
    fn a_timeout_waits_for_the_status() {
        let mut bench = bench();
        let late = "error: timed out waiting for \"web\" to be synced\n";
        bench.check("scale sts web --replicas=1 --timeout=3s", (1, "", late));
        assert_eq!(bench.api.clock, Duration::from_secs(3));
        bench.check("scale sts web --replicas=4 --timeout=3s", (0, "statefulset.apps/web scaled\n", ""));
        assert_eq!(bench.api.clock, Duration::from_secs(3));
    }

    #[test]
    fn the_cause_is_recorded() {
        let mut bench = bench();
        let warning = "Flag --record has been deprecated, --record will be removed in the future\n";
        bench.check("scale sts/web --replicas=4 --record", (0, "statefulset.apps/web scaled\n", warning));
        let cause = "kubectl scale sts/web --replicas=4 --record=true";
        let body = json!({"metadata": {"annotations": {"kubernetes.io/change-cause": cause}}});
        assert_eq!(bench.api.requests.last().unwrap().body, body);
    }
}
