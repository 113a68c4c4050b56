//! Columns of nodes, namespaces, events, and what Pods are configured by.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::duration::age;
use super::super::value::{flag, int, items, members, text, text_or};
use super::{AGE, Column, NAME, Spec, age_of, col, name, wide};
use crate::resource::Time;

pub(super) const CONFIG_MAP: Spec = Spec {
    columns: &[NAME, col("Data"), AGE],
    cells: |o, now| {
        let data = members(o, "/data").count() + members(o, "/binaryData").count();
        vec![name(o), data.to_string(), age_of(o, now)]
    },
};

pub(super) const SECRET: Spec = Spec {
    columns: &[NAME, col("Type"), col("Data"), AGE],
    cells: |o, now| {
        vec![name(o), text(o, "/type").to_string(), members(o, "/data").count().to_string(), age_of(o, now)]
    },
};

pub(super) const SERVICE_ACCOUNT: Spec = Spec { columns: &[NAME, AGE], cells: |o, now| vec![name(o), age_of(o, now)] };

pub(super) const LIMIT_RANGE: Spec = Spec {
    columns: &[NAME, col("Created At")],
    cells: |o, _| vec![name(o), text(o, "/metadata/creationTimestamp").to_string()],
};

pub(super) const NAMESPACE: Spec = Spec {
    columns: &[NAME, col("Status"), AGE],
    cells: |o, now| vec![name(o), text(o, "/status/phase").to_string(), age_of(o, now)],
};

pub(super) const PRIORITY_CLASS: Spec = Spec {
    columns: &[NAME, col("Value"), col("Global-Default"), AGE, col("PreemptionPolicy")],
    cells: |o, now| {
        vec![
            name(o),
            int(o, "/value").to_string(),
            flag(o, "/globalDefault").to_string(),
            age_of(o, now),
            text(o, "/preemptionPolicy").to_string(),
        ]
    },
};

pub(super) const RESOURCE_QUOTA: Spec =
    Spec { columns: &[NAME, col("Request"), col("Limit"), AGE], cells: resource_quota };

fn resource_quota(object: &Value, now: Time) -> Vec<String> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in members(object, "/status/hard") {
        let used = object.pointer("/status/used").and_then(|u| u.get(resource)).and_then(Value::as_str).unwrap_or("0");
        let list = if resource.starts_with("limits.") { &mut limits } else { &mut requests };
        list.push(format!("{resource}: {used}/{hard}"));
    }
    vec![name(object), requests.join(", "), limits.join(", "), age_of(object, now)]
}

pub(super) const NODE: Spec = Spec {
    columns: &[
        NAME,
        col("Status"),
        col("Roles"),
        AGE,
        col("Version"),
        wide("Internal-IP"),
        wide("External-IP"),
        wide("OS-Image"),
        wide("Kernel-Version"),
        wide("Container-Runtime"),
    ],
    cells: node,
};

fn node(object: &Value, now: Time) -> Vec<String> {
    let ready = items(object, "/status/conditions").iter().rfind(|c| text(c, "/type") == "Ready");
    let mut status = match ready.map(|c| text(c, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_string();
    if flag(object, "/spec/unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = items(object, "/status/addresses").iter().find(|a| text(a, "/type") == kind);
        found.map_or("<none>", |a| text(a, "/address")).to_string()
    };
    let info = |field: &str| text(object, &format!("/status/nodeInfo/{field}"));
    let known = |field: &str| if info(field).is_empty() { "<unknown>" } else { info(field) };
    let mut kernel = known("kernelVersion").to_string();
    if !info("architecture").is_empty() {
        kernel = format!("{kernel} ({})", info("architecture"));
    }
    vec![
        name(object),
        status,
        node_roles(object),
        age_of(object, now),
        info("kubeletVersion").to_string(),
        address("InternalIP"),
        address("ExternalIP"),
        known("osImage").to_string(),
        kernel,
        known("containerRuntimeVersion").to_string(),
    ]
}

fn node_roles(object: &Value) -> String {
    let mut roles = BTreeSet::new();
    for (key, value) in members(object, "/metadata/labels") {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.insert(role);
        } else if key == "kubernetes.io/role" {
            roles.insert(value);
        }
    }
    roles.remove("");
    let roles: Vec<&str> = roles.into_iter().collect();
    if roles.is_empty() { "<none>".to_string() } else { roles.join(",") }
}

pub(super) const EVENT: Spec = Spec {
    columns: &[
        col("Last Seen"),
        col("Type"),
        col("Reason"),
        col("Object"),
        wide("Subobject"),
        wide("Source"),
        col("Message"),
        wide("First Seen"),
        wide("Count"),
        Column { name: "Name", wide: true, is_name: true },
    ],
    cells: event,
};

fn event(object: &Value, now: Time) -> Vec<String> {
    let time = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let first = age(now, time("/firstTimestamp").or_else(|| time("/eventTime")));
    let mut last = time("/lastTimestamp").map_or_else(|| first.clone(), |t| age(now, Some(t)));
    let mut count = int(object, "/count");
    if object.pointer("/series").is_some_and(Value::is_object) {
        last = age(now, time("/series/lastObservedTime"));
        count = int(object, "/series/count");
    } else if count == 0 {
        count = 1;
    }
    let mut target = text(object, "/involvedObject/kind").to_lowercase();
    if !text(object, "/involvedObject/name").is_empty() {
        target = format!("{target}/{}", text(object, "/involvedObject/name"));
    }
    let mut source = text_or(object, "/source/component", text(object, "/reportingComponent")).to_string();
    let instance = text_or(object, "/source/host", text(object, "/reportingInstance"));
    if !instance.is_empty() {
        source = format!("{source}, {instance}");
    }
    vec![
        last,
        text(object, "/type").to_string(),
        text(object, "/reason").to_string(),
        target,
        text(object, "/involvedObject/fieldPath").to_string(),
        source,
        text(object, "/message").trim().to_string(),
        first,
        count.to_string(),
        name(object),
    ]
}
