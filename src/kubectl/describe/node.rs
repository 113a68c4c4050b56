//! `kubectl describe node` (`describe.go`, `describeNode`), with the Pods on it and the resources they take.

use std::collections::BTreeSet;

use serde_json::Value;

use super::amount::{self, Amounts};
use super::json::{self, Json, date, quantity};
use super::writer::{Writer, put};
use crate::resource::Time;
use crate::resource::quantity::Quantity;

/// Writes the description of a Node; `pods` are those on it that have not ended.
pub(super) fn write(w: &mut Writer, node: &Value, pods: &[Value], now: Time) {
    put!(w, 0, "Name:\t{}\n", node.text("metadata.name"));
    put!(w, 0, "Roles:\t{}\n", roles(node));
    w.labels("", "Labels", &node.map("metadata.labels"));
    w.annotations("Annotations", &node.map("metadata.annotations"));
    put!(w, 0, "CreationTimestamp:\t{}\n", date(node.at("metadata.creationTimestamp")));
    taints(w, node);
    put!(w, 0, "Unschedulable:\t{}\n", node.flag("spec.unschedulable"));
    lease(w, node);
    conditions(w, node);
    put!(w, 0, "Addresses:\n");
    for address in node.items("status.addresses") {
        put!(w, 1, "{}:\t{}\n", address.text("type"), address.text("address"));
    }
    for (title, field) in [("Capacity", "status.capacity"), ("Allocatable", "status.allocatable")] {
        let Some(resources) = node.at(field).as_object().filter(|r| !r.is_empty()) else { continue };
        put!(w, 0, "{title}:\n");
        for (name, amount) in resources {
            put!(w, 1, "{name}:\t{}\n", quantity(amount));
        }
    }
    system_info(w, node);
    resources(w, node, pods, now);
}

fn roles(node: &Value) -> String {
    let role = |(key, value): (&str, &str)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) => Some(role.to_string()).filter(|r| !r.is_empty()),
        None => Some(value.to_string()).filter(|v| key == "kubernetes.io/role" && !v.is_empty()),
    };
    let roles: BTreeSet<String> = node.map("metadata.labels").into_iter().filter_map(role).collect();
    if roles.is_empty() { "<none>".to_string() } else { roles.into_iter().collect::<Vec<_>>().join(",") }
}

fn taints(w: &mut Writer, node: &Value) {
    let mut taints: Vec<&Value> = node.items("spec.taints").iter().collect();
    taints.sort_by_key(|t| format!("{},{}", t.text("effect"), t.text("key")));
    let entry = |taint: &&Value| match (taint.text("key"), taint.text("value"), taint.text("effect")) {
        (key, "", "") => key.to_string(),
        (key, value, "") => format!("{key}={value}:"),
        (key, "", effect) => format!("{key}:{effect}"),
        (key, value, effect) => format!("{key}={value}:{effect}"),
    };
    let entries: Vec<String> = taints.iter().map(entry).collect();
    w.lines("", "Taints", &entries);
}

/// The lease of a kubelet is renewed with its heartbeats; a lab keeps the heartbeats only, in the Node's conditions.
fn lease(w: &mut Writer, node: &Value) {
    let ready = node.items("status.conditions").iter().find(|c| c.text("type") == "Ready");
    let heartbeat = ready.map(|c| c.at("lastHeartbeatTime")).filter(|time| !time.is_null());
    let heartbeat = heartbeat.map_or_else(|| "<unset>".to_string(), date);
    put!(w, 0, "Lease:\n");
    put!(w, 1, "HolderIdentity:\t{}\n", node.text("metadata.name"));
    put!(w, 1, "AcquireTime:\t<unset>\n");
    put!(w, 1, "RenewTime:\t{}\n", heartbeat);
}

fn conditions(w: &mut Writer, node: &Value) {
    let conditions = node.items("status.conditions");
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n");
        put!(w, 1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    }
    for c in conditions {
        let (heartbeat, transition) = (date(c.at("lastHeartbeatTime")), date(c.at("lastTransitionTime")));
        let (kind, status, reason, message) = (c.text("type"), c.text("status"), c.text("reason"), c.text("message"));
        put!(w, 1, "{kind} \t{status} \t{heartbeat} \t{transition} \t{reason} \t{message}\n");
    }
}

fn system_info(w: &mut Writer, node: &Value) {
    put!(w, 0, "System Info:\n");
    let info = node.at("status.nodeInfo");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        put!(w, 1, "{title}:\t{}\n", info.text(field));
    }
    let cidrs = node.words("spec.podCIDRs").join(",");
    let provider = node.text("spec.providerID");
    for (title, text) in [("PodCIDR", node.text("spec.podCIDR")), ("PodCIDRs", &cidrs), ("ProviderID", provider)] {
        if !text.is_empty() {
            put!(w, 0, "{title}:\t{text}\n");
        }
    }
}

fn resources(w: &mut Writer, node: &Value, pods: &[Value], now: Time) {
    let mut allocatable = amount::amounts(node, "status.allocatable");
    if allocatable.is_empty() {
        allocatable = amount::amounts(node, "status.capacity");
    }
    put!(w, 0, "Non-terminated Pods:\t({} in total)\n", pods.len());
    put!(w, 1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n");
    put!(w, 1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
    for pod in pods {
        put!(w, 1, "{}\t{}\t", pod.text("metadata.namespace"), pod.text("metadata.name"));
        let (requests, limits) = (amount::of_pod(pod, "requests", true), amount::of_pod(pod, "limits", true));
        for name in ["cpu", "memory"] {
            for side in [&requests, &limits] {
                put!(w, 0, "\t{}", with_share(side, name, &allocatable));
            }
        }
        put!(w, 0, "\t{}\n", json::age(now, pod.at("metadata.creationTimestamp")));
    }
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        amount::add(&mut requests, &amount::of_pod(pod, "requests", false));
        amount::add(&mut limits, &amount::of_pod(pod, "limits", false));
    }
    put!(w, 0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
    put!(w, 1, "Resource\tRequests\tLimits\n");
    put!(w, 1, "--------\t--------\t------\n");
    let huge = allocatable.keys().map(String::as_str).filter(|name| amount::is_huge_page(name));
    for name in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(huge) {
        let share = |side| {
            let text = with_share(side, name, &allocatable);
            // Unlike the rows of Pods, the totals guard against a Node without the resource.
            if whole(name, &amount::get(&allocatable, name)) == 0 { with_percent(side, name, 0) } else { text }
        };
        put!(w, 1, "{name}\t{}\t{}\n", share(&requests), share(&limits));
    }
    let standard =
        |name: &str| matches!(name, "cpu" | "memory" | "ephemeral-storage" | "pods") || amount::is_huge_page(name);
    for name in allocatable.keys().filter(|name| !standard(name)) {
        put!(w, 1, "{name}\t{}\t{}\n", amount::get(&requests, name), amount::get(&limits, name));
    }
}

/// The size of an amount for a ratio: thousandths of a CPU, whole units of anything else.
fn whole(name: &str, amount: &Quantity) -> i64 {
    if name == "cpu" { amount.milli_value() } else { amount.value() }
}

fn with_share(amounts: &Amounts, name: &str, allocatable: &Amounts) -> String {
    let part = whole(name, &amount::get(amounts, name)) as f64;
    let share = part / whole(name, &amount::get(allocatable, name)) as f64 * 100.0;
    // What Go makes of a ratio that is no number.
    with_percent(amounts, name, if share.is_finite() { share as i64 } else { i64::MIN })
}

fn with_percent(amounts: &Amounts, name: &str, percent: i64) -> String {
    format!("{} ({percent}%)", amount::get(amounts, name))
}
