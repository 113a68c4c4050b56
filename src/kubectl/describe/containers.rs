//! The containers of a Pod or of a Pod template: image, ports, command, state, resources, probes, environment, mounts
//! (`describe.go`, `describeContainers`).

use serde_json::Value;

use super::json::{self, Json, date, quantity, title_bool};
use super::probe;
use super::writer::{Writer, put};
use super::{env, quote};

/// A block of containers: of a Pod if `pod` is given, else of a template.
pub(super) struct Block<'a> {
    /// Its heading.
    pub label: &'a str,
    /// `spec.containers` or the like.
    pub containers: &'a [Value],
    /// `status.containerStatuses` or the like.
    pub statuses: &'a [Value],
    /// The Pod, from which `fieldRef` is resolved.
    pub pod: Option<&'a Value>,
    /// What comes before the heading.
    pub space: &'a str,
}

impl Block<'_> {
    /// Writes the block.
    pub fn write(&self, w: &mut Writer) {
        let none = if self.containers.is_empty() { " <none>" } else { "" };
        put!(w, 0, "{}{}:{none}\n", self.space, self.label);
        for container in self.containers {
            let status = self.statuses.iter().rev().find(|s| s.text("name") == container.text("name"));
            self.basics(w, container, status);
            command(w, container);
            if let Some(status) = status {
                state(w, "State", status.at("state"));
                if status.has("lastState.terminated") {
                    state(w, "Last State", status.at("lastState"));
                }
                put!(w, 2, "Ready:\t{}\n", title_bool(status.flag("ready")));
                put!(w, 2, "Restart Count:\t{}\n", status.int("restartCount"));
            }
            resources(w, container.at("resources"), 2);
            probe::write(w, container);
            env::write(w, container, self.pod);
            mounts(w, container);
        }
    }

    fn basics(&self, w: &mut Writer, container: &Value, status: Option<&Value>) {
        let indent = if self.space.is_empty() { "" } else { " " };
        put!(w, 1, "{indent}{}:\n", container.text("name"));
        if let Some(status) = status {
            put!(w, 2, "Container ID:\t{}\n", status.text("containerID"));
        }
        put!(w, 2, "Image:\t{}\n", container.text("image"));
        if let Some(status) = status {
            put!(w, 2, "Image ID:\t{}\n", status.text("imageID"));
        }
        for (title, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
            let ports = ports(container, field);
            let plural = if ports.contains(',') { "s" } else { "" };
            put!(w, 2, "{title}{plural}:\t{ports}\n");
        }
        let profile = container.at("securityContext.seccompProfile");
        if !profile.is_null() {
            put!(w, 2, "SeccompProfile:\t{}\n", profile.text("type"));
            if profile.text("type") == "Localhost" {
                put!(w, 3, "LocalhostProfile:\t{}\n", profile.text("localhostProfile"));
            }
        }
    }
}

fn ports(container: &Value, field: &str) -> String {
    let one = |port: &Value| {
        let name = port.text("name");
        let text = format!("{}/{}", port.int(field), port.text("protocol"));
        if name.is_empty() { text } else { format!("{text} ({name})") }
    };
    let all: Vec<String> = container.items("ports").iter().map(one).collect();
    if all.is_empty() { "<none>".to_string() } else { all.join(", ") }
}

fn command(w: &mut Writer, container: &Value) {
    for (title, field) in [("Command", "command"), ("Args", "args")] {
        let words = container.words(field);
        if !words.is_empty() {
            put!(w, 2, "{title}:\n");
        }
        for line in words.iter().flat_map(|word| word.split('\n')) {
            put!(w, 3, "{line}\n");
        }
    }
}

fn state(w: &mut Writer, title: &str, state: &Value) {
    let reason = |w: &mut Writer, at: &Value| {
        for (title, field) in [("Reason", "reason"), ("Message", "message")] {
            let text = at.text(field);
            if !text.is_empty() {
                put!(w, 3, "{title}:\t{text}\n");
            }
        }
    };
    if state.has("running") {
        put!(w, 2, "{title}:\tRunning\n");
        put!(w, 3, "Started:\t{}\n", date(state.at("running.startedAt")));
    } else if state.has("waiting") || !state.has("terminated") {
        put!(w, 2, "{title}:\tWaiting\n");
        let why = state.text("waiting.reason");
        if !why.is_empty() {
            put!(w, 3, "Reason:\t{why}\n");
        }
    } else {
        let end = state.at("terminated");
        put!(w, 2, "{title}:\tTerminated\n");
        reason(w, end);
        put!(w, 3, "Exit Code:\t{}\n", end.int("exitCode"));
        if end.int("signal") > 0 {
            put!(w, 3, "Signal:\t{}\n", end.int("signal"));
        }
        put!(w, 3, "Started:\t{}\n", date(end.at("startedAt")));
        put!(w, 3, "Finished:\t{}\n", date(end.at("finishedAt")));
    }
}

/// Limits and requests, at a level.
pub(super) fn resources(w: &mut Writer, resources: &Value, level: usize) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let Some(list) = resources.at(field).as_object().filter(|list| !list.is_empty()) else { continue };
        put!(w, level, "{title}:\n");
        for (name, amount) in list {
            put!(w, level + 1, "{name}:\t{}\n", quantity(amount));
        }
    }
}

fn mounts(w: &mut Writer, container: &Value) {
    let mut mounts: Vec<&Value> = container.items("volumeMounts").iter().collect();
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    put!(w, 2, "Mounts:{none}\n");
    mounts.sort_by_key(|m| m.text("mountPath"));
    for mount in mounts {
        let access = if mount.flag("readOnly") { "ro" } else { "rw" };
        let path = Some(mount.text("subPath")).filter(|p| !p.is_empty());
        let path = path.map(|p| format!(",path={}", quote::go(p))).unwrap_or_default();
        put!(w, 3, "{} from {} ({access}{path})\n", mount.text("mountPath"), mount.text("name"));
    }
    let mut devices: Vec<&Value> = container.items("volumeDevices").iter().collect();
    if devices.is_empty() {
        return;
    }
    put!(w, 2, "Devices:{none}\n");
    devices.sort_by_key(|d| d.text("devicePath"));
    for device in devices {
        put!(w, 3, "{} from {}\n", device.text("devicePath"), device.text("name"));
    }
}

/// The block of a Pod template (`describe.go`, `DescribePodTemplate`).
pub(super) fn template(w: &mut Writer, template: &Value) {
    put!(w, 0, "Pod Template:\n");
    w.labels("", "  Labels", &template.map("metadata.labels"));
    let annotations = template.map("metadata.annotations");
    if !annotations.is_empty() {
        w.annotations("  Annotations", &annotations);
    }
    let spec = template.at("spec");
    if !spec.text("serviceAccountName").is_empty() {
        put!(w, 1, "Service Account:\t{}\n", spec.text("serviceAccountName"));
    }
    for (label, field, always) in [("Init Containers", "initContainers", false), ("Containers", "containers", true)] {
        let containers = spec.items(field);
        if always || !containers.is_empty() {
            Block { label, containers, statuses: &[], pod: None, space: "  " }.write(w);
        }
    }
    super::volumes::write(w, spec.items("volumes"), "  ");
    super::pod::topology_spread(w, spec.items("topologySpreadConstraints"), "  ");
    if !spec.text("priorityClassName").is_empty() {
        put!(w, 1, "Priority Class Name:\t{}\n", spec.text("priorityClassName"));
    }
    w.labels("", "  Node-Selectors", &spec.map("nodeSelector"));
    super::pod::tolerations(w, "  Tolerations", spec.items("tolerations"));
    super::pod::scheduling_group(w, spec, "  ");
}

/// How many Pods a controller has in each phase.
#[derive(Default)]
pub(super) struct Phases {
    running: usize,
    waiting: usize,
    succeeded: usize,
    failed: usize,
}

impl Phases {
    /// Counts those of `pods` that the owner with this uid controls.
    pub fn count(pods: &[Value], owner_uid: &str) -> Phases {
        let mut phases = Phases::default();
        let owned = |pod: &&Value| json::controller_reference(pod).is_some_and(|r| r.text("uid") == owner_uid);
        for pod in pods.iter().filter(owned) {
            match pod.text("status.phase") {
                "Running" => phases.running += 1,
                "Pending" => phases.waiting += 1,
                "Succeeded" => phases.succeeded += 1,
                "Failed" => phases.failed += 1,
                _ => {}
            }
        }
        phases
    }
}

impl std::fmt::Display for Phases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Phases { running, waiting, succeeded, failed } = self;
        write!(f, "{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
    }
}
