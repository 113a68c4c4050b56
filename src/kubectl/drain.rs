//! `kubectl cordon`, `uncordon` and `drain`: nodes are closed to new Pods, and emptied (`k8s.io/kubectl/pkg/cmd/drain`,
//! `k8s.io/kubectl/pkg/drain`; rules N11 to N14).

mod evict;
mod filters;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::error::{CmdError, message, usage};
use super::flags::{CHUNK_SIZE, Command, DRY_RUN, Flag, Parsed, SELECTOR};
use super::io::Io;
use super::print::go::quote;
use super::print::value::{flag, text};
use super::printer::{DryRun, Printer};
use super::resource::{Builder, Info};
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::Kind;
use crate::resource::selector::Selector;
use filters::{Pods, Verdict};

static CORDON: Command = Command {
    path: "kubectl cordon",
    usage: "NODE",
    about: "Mark node as unschedulable.",
    flags: &[SELECTOR, DRY_RUN],
    required: &[],
};

static UNCORDON: Command = Command {
    path: "kubectl uncordon",
    usage: "NODE",
    about: "Mark node as schedulable.",
    flags: &[SELECTOR, DRY_RUN],
    required: &[],
};

static DRAIN: Command = Command {
    path: "kubectl drain",
    usage: "NODE",
    about: "Drain node in preparation for maintenance: mark it unschedulable, and evict its Pods.",
    flags: &[
        &[
            Flag::bool("force", "Continue even if there are pods that do not declare a controller"),
            Flag::bool("ignore-daemonsets", "Ignore DaemonSet-managed pods"),
            Flag::bool("delete-emptydir-data", "Continue even if there are pods using emptyDir, whose data is lost"),
            Flag::int("grace-period", "Seconds each pod has to end; its own if negative").default("-1"),
            Flag::duration("timeout", "How long to wait before giving up, zero means infinite"),
            Flag::string("pod-selector", "Label selector to filter pods on the node"),
            Flag::bool("disable-eviction", "Delete instead of evicting, which asks no PodDisruptionBudget"),
            Flag::int(
                "skip-wait-for-delete-timeout",
                "If a pod was to be gone more than N seconds ago, skip waiting for it; N must be greater than 0",
            ),
        ],
        CHUNK_SIZE,
        DRY_RUN,
        SELECTOR,
    ],
    required: &[],
};

/// What the flags ask for.
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Debug)]
struct Drainer {
    force: bool,
    ignore_daemonsets: bool,
    delete_emptydir_data: bool,
    disable_eviction: bool,
    grace_period: i64,
    timeout: SignedDuration,
    skip_wait_after: i64,
    pod_selector: String,
    dry_run: DryRun,
}

/// `kubectl cordon`.
pub fn cordon(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = CORDON.parse(args, io)?;
    let (drainer, nodes) = complete(&line, api, io)?;
    drainer.cordon_all(&nodes, true, api, io);
    Ok(())
}

/// `kubectl uncordon`.
pub fn uncordon(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = UNCORDON.parse(args, io)?;
    let (drainer, nodes) = complete(&line, api, io)?;
    drainer.cordon_all(&nodes, false, api, io);
    Ok(())
}

/// `kubectl drain`.
pub fn drain(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = DRAIN.parse(args, io)?;
    let (drainer, nodes) = complete(&line, api, io)?;
    drainer.cordon_all(&nodes, true, api, io);
    let (mut failures, mut pending) = (Vec::new(), Vec::new());
    for node in &nodes {
        match drainer.drain(node, api, io) {
            Ok(()) => drainer.say(&node.object, "drained", io),
            // Nothing will ever change any more: a real kubectl would still wait here.
            Err(endless @ CmdError::Verbatim(..)) => return Err(endless),
            Err(error) => {
                io.err(format_args!(
                    "error: unable to drain node {} due to error: {error}, continuing command...\n",
                    quote(&node.name)
                ));
                failures.push(error);
                pending.push(&node.name);
            }
        }
    }
    if !pending.is_empty() {
        io.err("There are pending nodes to be drained:\n");
        for name in pending {
            io.err(format_args!(" {name}\n"));
        }
    }
    CmdError::aggregate(failures)
}

/// Reads the flags, and the nodes they and the arguments name.
fn complete(line: &Parsed, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(Drainer, Vec<Info>), CmdError> {
    let path = line.command().path;
    let verb = path.trim_start_matches("kubectl ");
    if line.args.is_empty() && !line.changed("selector") {
        return Err(usage(path, &format!("USAGE: {verb} NODE [flags]")));
    }
    if !line.args.is_empty() && !line.str("selector").is_empty() {
        return Err(usage(path, "error: cannot specify both a node name and a --selector option"));
    }
    let dry_run = DryRun::of(line, api, io)?;
    if Selector::parse(line.str("pod-selector")).is_err() {
        return Err(message("--pod-selector=<pod_selector> must be a valid label selector"));
    }
    let drainer = Drainer {
        force: line.bool("force"),
        ignore_daemonsets: line.bool("ignore-daemonsets"),
        delete_emptydir_data: line.bool("delete-emptydir-data"),
        disable_eviction: line.bool("disable-eviction"),
        grace_period: line.int("grace-period"),
        timeout: line.duration("timeout"),
        skip_wait_after: line.int("skip-wait-for-delete-timeout"),
        pod_selector: line.str("pod-selector").to_string(),
        dry_run,
    };
    Ok((drainer, nodes(line, api, io)?))
}

fn nodes(line: &Parsed, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Vec<Info>, CmdError> {
    let mut builder = Builder::for_line(line).resource_names("nodes", &line.args).single_resource_type().flatten();
    if !line.str("selector").is_empty() {
        builder = builder.label_selector(line.str("selector")).type_or_name_args(false, &["nodes".to_string()]);
    }
    let resources = builder.build();
    resources.check()?;
    let mut nodes = Vec::new();
    resources.visit(api, io, &mut |info, _, _| {
        let kind = info.kind()?;
        if kind != Kind::Node {
            let named = kind.info();
            return Err(message(format!(
                "error: expected resource of type node, got \"{}/{}, Resource={}\"",
                named.group, named.version, named.plural
            )));
        }
        nodes.push(info);
        Ok(())
    })?;
    Ok(nodes)
}

impl Drainer {
    fn say(&self, object: &Value, operation: &str, io: &mut Io<'_>) {
        let mut printer = Printer::of_operation().dry_run(self.dry_run);
        // Names and operations can always be printed.
        let _ = printer.print(object, operation, io);
    }

    /// Closes the nodes to new Pods, or opens them; failures are told and passed over.
    fn cordon_all(&self, nodes: &[Info], closed: bool, api: &mut dyn Api, io: &mut Io<'_>) {
        let un = if closed { "" } else { "un" };
        for node in nodes {
            if flag(&node.object, "/spec/unschedulable") == closed {
                self.say(&node.object, &format!("already {un}cordoned"), io);
                continue;
            }
            if self.dry_run != DryRun::Client {
                let wanted = if closed { Value::Bool(true) } else { Value::Null };
                let patch = json!({"spec": {"unschedulable": wanted}});
                let options = Options { dry_run: self.dry_run.is_server(), ..Options::default() };
                let request = Request::patch(Kind::Node, "", &node.name, PatchType::Strategic, patch).with(options);
                if let Err(status) = io.send(api, request) {
                    io.err(format_args!("error: unable to {un}cordon node {}: {status}\n", quote(&node.name)));
                    continue;
                }
            }
            self.say(&node.object, &format!("{un}cordoned"), io);
        }
    }

    /// Empties one node.
    fn drain(&self, node: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let pods = self.pods_for_deletion(&node.name, api, io)?;
        if !pods.failures().is_empty() {
            return CmdError::aggregate(pods.failures());
        }
        if let Some(warnings) = pods.warnings() {
            io.err(format_args!("Warning: {warnings}\n"));
        }
        let pods = pods.to_delete();
        if self.dry_run == DryRun::Client {
            for pod in &pods {
                let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
                io.out(format_args!("evicting pod {namespace}/{name} (dry run)\n"));
            }
            return Ok(());
        }
        if pods.is_empty() {
            return Ok(());
        }
        let result = if self.disable_eviction { self.delete(&pods, api, io) } else { self.evict(&pods, api, io) };
        match result {
            Err(error) if !matches!(error, CmdError::Verbatim(..)) => {
                self.tell_pending(&node.name, &error, api, io);
                Err(error)
            }
            other => other,
        }
    }

    /// What is still on the node after a failure.
    fn tell_pending(&self, node: &str, error: &CmdError, api: &mut dyn Api, io: &mut Io<'_>) {
        let left = self.pods_for_deletion(node, api, io);
        let (pods, failures) = match left {
            Ok(pods) => (pods.to_delete(), pods.failures()),
            Err(failure) => (Vec::new(), vec![failure]),
        };
        if !pods.is_empty() {
            let node = quote(node);
            io.err(format_args!("There are pending pods in node {node} when an error occurred: {error}\n"));
            for pod in pods {
                io.err(format_args!("pod/{}\n", text(&pod, "/metadata/name")));
            }
        }
        if let Err(failures) = CmdError::aggregate(failures) {
            io.err(format_args!("Following errors occurred while getting the list of pods to delete:\n{failures}"));
        }
    }

    /// The Pods on a node, and what is to become of each.
    fn pods_for_deletion(&self, node: &str, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Pods, CmdError> {
        let options = Options {
            label_selector: Some(self.pod_selector.clone()).filter(|s| !s.trim().is_empty()),
            field_selector: Some(format!("spec.nodeName={node}")),
            ..Options::default()
        };
        let answer = io.send(api, Request::list(Kind::Pod, None).with(options))?;
        let mut pods = Pods::default();
        for pod in answer.object["items"].as_array().into_iter().flatten() {
            let verdict = self.judge(pod, api, io);
            pods.add(pod.clone(), verdict);
        }
        Ok(pods)
    }

    /// Runs a Pod through the filters, until one keeps it; what the last one said counts.
    fn judge(&self, pod: &Value, api: &mut dyn Api, io: &mut Io<'_>) -> Verdict {
        let now = api.now();
        let mut verdict = filters::deleted(pod, self.skip_wait_after, now);
        if verdict.deletes() {
            verdict = self.judge_daemon_pod(pod, api, io);
        }
        if verdict.deletes() {
            verdict = filters::mirror(pod);
        }
        if verdict.deletes() {
            verdict = filters::local_storage(pod, self.delete_emptydir_data);
        }
        if verdict.deletes() {
            verdict = filters::unreplicated(pod, self.force);
        }
        verdict
    }

    /// Pods of a DaemonSet stay; they would come back at once.
    fn judge_daemon_pod(&self, pod: &Value, api: &mut dyn Api, io: &mut Io<'_>) -> Verdict {
        let Some(owner) = filters::daemon_set(pod) else { return Verdict::Delete };
        let found = io.send(api, Request::get(Kind::DaemonSet, text(pod, "/metadata/namespace"), owner));
        match found {
            Err(status) if status.is_not_found() && self.force => Verdict::DeleteWith(status.message),
            Err(status) => Verdict::Refuse(status.message),
            Ok(_) if !self.ignore_daemonsets => Verdict::Refuse(filters::DAEMON_SET_FATAL.to_string()),
            Ok(_) => Verdict::KeepWith(filters::DAEMON_SET_WARNING.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
