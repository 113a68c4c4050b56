//! Columns of Pods: what STATUS, READY and RESTARTS say (S118–S124).

use serde_json::Value;

use super::super::duration::age;
use super::super::value::{flag, int, items, text, text_or};
use super::{AGE, NAME, Spec, age_of, col, name, wide};
use crate::resource::Time;

pub(super) const POD: Spec = Spec {
    columns: &[
        NAME,
        col("Ready"),
        col("Status"),
        col("Restarts"),
        AGE,
        wide("IP"),
        wide("Node"),
        wide("Nominated Node"),
        wide("Readiness Gates"),
    ],
    cells: pod,
};

fn pod(object: &Value, now: Time) -> Vec<String> {
    let state = PodState::of(object);
    let restarts = match state.restarts.last {
        Some(last) if state.restarts.count != 0 => {
            format!("{} ({} ago)", state.restarts.count, age(now, Some(&last.rfc3339())))
        }
        _ => state.restarts.count.to_string(),
    };
    let ip = items(object, "/status/podIPs").first().map_or("", |ip| text(ip, "/ip"));
    vec![
        name(object),
        format!("{}/{}", state.ready, state.total),
        state.reason,
        restarts,
        age_of(object, now),
        if ip.is_empty() { "<none>" } else { ip }.to_string(),
        text_or(object, "/spec/nodeName", "<none>").to_string(),
        text_or(object, "/status/nominatedNodeName", "<none>").to_string(),
        readiness_gates(object),
    ]
}

fn readiness_gates(object: &Value) -> String {
    let gates = items(object, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_string();
    }
    let met = gates.iter().filter(|g| condition(object, text(g, "/conditionType")) == Some("True")).count();
    format!("{met}/{}", gates.len())
}

/// The status of the first condition of this type.
fn condition<'a>(pod: &'a Value, kind: &str) -> Option<&'a str> {
    items(pod, "/status/conditions").iter().find(|c| text(c, "/type") == kind).map(|c| text(c, "/status"))
}

/// How often containers were restarted, and when last.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i64,
    last: Option<Time>,
}

impl Restarts {
    fn add(&mut self, status: &Value) {
        self.count += int(status, "/restartCount");
        self.last = self.last.max(Time::parse(text(status, "/lastState/terminated/finishedAt")));
    }
}

/// The cells of a Pod that are read from its containers.
struct PodState {
    reason: String,
    ready: usize,
    total: usize,
    restarts: Restarts,
}

impl PodState {
    fn of(pod: &Value) -> PodState {
        let phase = text(pod, "/status/phase");
        let status_reason = text(pod, "/status/reason");
        let gated = |c: &Value| text(c, "/type") == "PodScheduled" && text(c, "/reason") == "SchedulingGated";
        let sidecars = items(pod, "/spec/initContainers").iter().filter(|c| is_sidecar(c)).count();
        let mut state = PodState {
            reason: if status_reason.is_empty() { phase } else { status_reason }.to_string(),
            ready: 0,
            total: items(pod, "/spec/containers").len() + sidecars,
            restarts: Restarts::default(),
        };
        if items(pod, "/status/conditions").iter().any(gated) {
            state.reason = "SchedulingGated".to_string();
        }
        let (initializing, sidecar_restarts) = state.read_init_containers(pod);
        if !initializing || condition(pod, "Initialized") == Some("True") {
            state.restarts = sidecar_restarts;
            state.read_containers(pod);
        }
        if pod.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string) {
            if status_reason == "NodeLost" {
                state.reason = "Unknown".to_string();
            } else if !matches!(phase, "Succeeded" | "Failed") {
                state.reason = "Terminating".to_string();
            }
        }
        state
    }

    /// S120: the first init container that has not finished decides. Returns whether there is one, and the restarts
    /// of sidecars.
    fn read_init_containers(&mut self, pod: &Value) -> (bool, Restarts) {
        let specs = items(pod, "/spec/initContainers");
        let mut sidecar_restarts = Restarts::default();
        for (index, status) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
            let sidecar = specs.iter().any(|c| text(c, "/name") == text(status, "/name") && is_sidecar(c));
            self.restarts.add(status);
            if sidecar {
                sidecar_restarts.add(status);
            }
            let terminated = status.pointer("/state/terminated").filter(|t| t.is_object());
            let waiting = text(status, "/state/waiting/reason");
            if terminated.is_some_and(|t| int(t, "/exitCode") == 0) {
                continue;
            }
            if sidecar && flag(status, "/started") {
                self.ready += usize::from(flag(status, "/ready"));
                continue;
            }
            self.reason = match terminated {
                Some(terminated) => format!("Init:{}", termination(terminated)),
                None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
                None => format!("Init:{index}/{}", specs.len()),
            };
            return (true, sidecar_restarts);
        }
        (false, sidecar_restarts)
    }

    /// S121: from the last container to the first, each overwriting.
    fn read_containers(&mut self, pod: &Value) {
        let mut running = false;
        let mut error = None;
        for status in items(pod, "/status/containerStatuses").iter().rev() {
            self.restarts.add(status);
            let waiting = text(status, "/state/waiting/reason");
            let terminated = status.pointer("/state/terminated").filter(|t| t.is_object());
            if !waiting.is_empty() {
                self.reason = waiting.to_string();
            } else if let Some(terminated) = terminated {
                self.reason = termination(terminated);
                if int(terminated, "/exitCode") != 0 {
                    error = Some(self.reason.clone());
                }
            } else if flag(status, "/ready") && status.pointer("/state/running").is_some_and(Value::is_object) {
                running = true;
                self.ready += 1;
            }
        }
        if self.reason != "Completed" {
            return;
        }
        if running && condition(pod, "Ready") == Some("True") {
            self.reason = "Running".to_string();
        } else if let Some(error) = error {
            self.reason = error;
        } else if running {
            self.reason = "NotReady".to_string();
        }
    }
}

fn is_sidecar(container: &Value) -> bool {
    text(container, "/restartPolicy") == "Always"
}

fn termination(terminated: &Value) -> String {
    match (text(terminated, "/reason"), int(terminated, "/signal")) {
        ("", 0) => format!("ExitCode:{}", int(terminated, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_string(),
    }
}
