//! `kubectl describe pod` (`describe.go`, `describePod`; S136), and the parts that Pod templates share with it.

use serde_json::Value;

use super::containers::{self, Block};
use super::json::{self, Json, date};
use super::writer::{Writer, put};
use super::{amount, volumes};
use crate::kubectl::print::value::format_label_selector;
use crate::resource::Time;

/// Writes the description of a Pod, without its Events.
pub(super) fn write(w: &mut Writer, pod: &Value, now: Time) {
    identity(w, pod);
    condition_of_life(w, pod, now);
    address(w, pod);
    if pod.has("spec.resources") {
        put!(w, 0, "Resources:\n");
        containers::resources(w, pod.at("spec.resources"), 1);
    }
    let blocks = [
        ("Init Containers", "spec.initContainers", "status.initContainerStatuses"),
        ("Containers", "spec.containers", "status.containerStatuses"),
        ("Ephemeral Containers", "spec.ephemeralContainers", "status.ephemeralContainerStatuses"),
    ];
    for (label, spec, status) in blocks {
        let containers = pod.items(spec);
        if label == "Containers" || !containers.is_empty() {
            Block { label, containers, statuses: pod.items(status), pod: Some(pod), space: "" }.write(w);
        }
    }
    conditions(w, pod);
    volumes::write(w, pod.items("spec.volumes"), "");
    put!(w, 0, "QoS Class:\t{}\n", amount::qos_class(pod));
    w.labels("", "Node-Selectors", &pod.map("spec.nodeSelector"));
    tolerations(w, "Tolerations", pod.items("spec.tolerations"));
    topology_spread(w, pod.items("spec.topologySpreadConstraints"), "");
    scheduling_group(w, pod.at("spec"), "");
}

fn identity(w: &mut Writer, pod: &Value) {
    put!(w, 0, "Name:\t{}\n", pod.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", pod.text("metadata.namespace"));
    if pod.has("spec.priority") {
        put!(w, 0, "Priority:\t{}\n", pod.int("spec.priority"));
    }
    let optional = [
        ("Priority Class Name", "spec.priorityClassName"),
        ("Runtime Class Name", "spec.runtimeClassName"),
        ("Service Account", "spec.serviceAccountName"),
    ];
    for (title, path) in optional {
        if !pod.text(path).is_empty() {
            put!(w, 0, "{title}:\t{}\n", pod.text(path));
        }
    }
    match pod.text("spec.nodeName") {
        "" => put!(w, 0, "Node:\t<none>\n"),
        node => put!(w, 0, "Node:\t{node}/{}\n", pod.text("status.hostIP")),
    }
    if pod.has("status.startTime") {
        put!(w, 0, "Start Time:\t{}\n", date(pod.at("status.startTime")));
    }
    w.labels("", "Labels", &pod.map("metadata.labels"));
    w.annotations("Annotations", &pod.map("metadata.annotations"));
}

fn condition_of_life(w: &mut Writer, pod: &Value, now: Time) {
    let phase = pod.text("status.phase");
    if pod.has("metadata.deletionTimestamp") && !matches!(phase, "Failed" | "Succeeded") {
        put!(w, 0, "Status:\tTerminating (lasts {})\n", json::age(now, pod.at("metadata.deletionTimestamp")));
        put!(w, 0, "Termination Grace Period:\t{}s\n", pod.int("metadata.deletionGracePeriodSeconds"));
    } else {
        put!(w, 0, "Status:\t{phase}\n");
    }
    for (title, path) in [("Reason", "status.reason"), ("Message", "status.message")] {
        if !pod.text(path).is_empty() {
            put!(w, 0, "{title}:\t{}\n", pod.text(path));
        }
    }
    let profile = pod.at("spec.securityContext.seccompProfile");
    if !profile.is_null() {
        put!(w, 0, "SeccompProfile:\t{}\n", profile.text("type"));
        if profile.text("type") == "Localhost" {
            put!(w, 0, "LocalhostProfile:\t{}\n", profile.text("localhostProfile"));
        }
    }
}

fn address(w: &mut Writer, pod: &Value) {
    put!(w, 0, "IP:\t{}\n", pod.text("status.podIP"));
    let addresses = pod.items("status.podIPs");
    put!(w, 0, "IPs:{}\n", if addresses.is_empty() { "\t<none>" } else { "" });
    for address in addresses {
        put!(w, 1, "IP:\t{}\n", address.text("ip"));
    }
    let controller = json::controller(pod);
    if !controller.is_empty() {
        put!(w, 0, "Controlled By:\t{controller}\n");
    }
    if !pod.text("status.nominatedNodeName").is_empty() {
        put!(w, 0, "NominatedNodeName:\t{}\n", pod.text("status.nominatedNodeName"));
    }
}

fn conditions(w: &mut Writer, pod: &Value) {
    let conditions = pod.items("status.conditions");
    let gates = pod.items("spec.readinessGates");
    if !gates.is_empty() {
        put!(w, 0, "Readiness Gates:\n  Type\tStatus\n");
    }
    for gate in gates {
        let kind = gate.text("conditionType");
        let status = conditions.iter().find(|c| c.text("type") == kind).map_or("<none>", |c| c.text("status"));
        put!(w, 1, "{kind} \t{status} \n");
    }
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n  Type\tStatus\n");
    }
    for condition in conditions {
        put!(w, 1, "{} \t{} \n", condition.text("type"), condition.text("status"));
    }
}

/// The tolerations in the order of their keys.
pub(super) fn tolerations(w: &mut Writer, title: &str, tolerations: &[Value]) {
    let mut sorted: Vec<&Value> = tolerations.iter().collect();
    sorted.sort_by_key(|t| t.text("key"));
    let entries: Vec<String> = sorted.into_iter().map(toleration).collect();
    w.lines("", title, &entries);
}

fn toleration(toleration: &Value) -> String {
    let (key, value, effect) = (toleration.text("key"), toleration.text("value"), toleration.text("effect"));
    let mut text = key.to_string();
    if !value.is_empty() {
        text.extend(["=", value]);
    }
    if !effect.is_empty() {
        text.extend([":", effect]);
    }
    if toleration.text("operator") == "Exists" && value.is_empty() {
        text += if key.is_empty() && effect.is_empty() { "op=Exists" } else { " op=Exists" };
    }
    if toleration.has("tolerationSeconds") {
        text.extend([" for ", &toleration.int("tolerationSeconds").to_string(), "s"]);
    }
    text
}

/// The topology spread constraints in the order of their keys; nothing if there is none.
pub(super) fn topology_spread(w: &mut Writer, constraints: &[Value], space: &str) {
    if constraints.is_empty() {
        return;
    }
    let mut sorted: Vec<&Value> = constraints.iter().collect();
    sorted.sort_by_key(|c| c.text("topologyKey"));
    let entry = |c: &Value| {
        let (key, otherwise, skew) = (c.text("topologyKey"), c.text("whenUnsatisfiable"), c.int("maxSkew"));
        let text = format!("{key}:{otherwise} when max skew {skew} is exceeded");
        if c.has("labelSelector") {
            format!("{text} for selector {}", format_label_selector(c, "/labelSelector", "<none>"))
        } else {
            text
        }
    };
    let entries: Vec<String> = sorted.into_iter().map(entry).collect();
    w.lines(space, "Topology Spread Constraints", &entries);
}

/// The scheduling group of a Pod spec, if it has one.
pub(super) fn scheduling_group(w: &mut Writer, spec: &Value, space: &str) {
    if spec.has("schedulingGroup") {
        put!(w, 0, "{space}SchedulingGroup:\n");
        put!(w, 1, "PodGroupName:\t{}\n", spec.text("schedulingGroup.podGroupName"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tolerations_as_words() {
        for (input, expect) in [
            (json!({"key": "k", "operator": "Exists"}), "k op=Exists"),
            (json!({"operator": "Exists"}), "op=Exists"),
            (json!({"operator": "Exists", "effect": "NoSchedule"}), ":NoSchedule op=Exists"),
            (
                json!({"key": "k", "value": "v", "effect": "NoExecute", "tolerationSeconds": 30}),
                "k=v:NoExecute for 30s",
            ),
            (json!({"key": "k", "operator": "Equal"}), "k"),
        ] {
            assert_eq!(toleration(&input), expect);
        }
    }

    #[test]
    fn spread_constraints_line_up() {
        let mut w = Writer::default();
        let one = json!({"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1,
            "labelSelector": {"matchLabels": {"app": "web"}}});
        let two = json!({"topologyKey": "host", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 2});
        topology_spread(&mut w, &[one, two], "  ");
        let expect = "\
\x20 Topology Spread Constraints:  host:ScheduleAnyway when max skew 2 is exceeded
                                zone:DoNotSchedule when max skew 1 is exceeded for selector app=web
";
        assert_eq!(w.aligned(), expect);
    }
}
