//! Columns of the kinds that own Pods, of their revisions, and of disruption budgets (S112, S115).

use serde_json::Value;

use super::super::value::{flag, format_label_selector, format_labels, int, items, text};
use super::{AGE, NAME, Spec, age_of, col, name, wide};
use crate::resource::Time;

pub(super) const STATEFUL_SET: Spec = Spec {
    columns: &[NAME, col("Ready"), AGE, wide("Containers"), wide("Images")],
    cells: |o, now| {
        let [containers, images] = container_cells(o);
        vec![name(o), ready_of_desired(o), age_of(o, now), containers, images]
    },
};

pub(super) const DEPLOYMENT: Spec = Spec {
    columns: &[
        NAME,
        col("Ready"),
        col("Up-to-date"),
        col("Available"),
        AGE,
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |o, now| {
        let [containers, images] = container_cells(o);
        vec![
            name(o),
            ready_of_desired(o),
            int(o, "/status/updatedReplicas").to_string(),
            int(o, "/status/availableReplicas").to_string(),
            age_of(o, now),
            containers,
            images,
            format_label_selector(o, "/spec/selector", ""),
        ]
    },
};

pub(super) const REPLICA_SET: Spec = Spec {
    columns: &[
        NAME,
        col("Desired"),
        col("Current"),
        col("Ready"),
        AGE,
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |o, now| {
        let [containers, images] = container_cells(o);
        vec![
            name(o),
            int(o, "/spec/replicas").to_string(),
            int(o, "/status/replicas").to_string(),
            int(o, "/status/readyReplicas").to_string(),
            age_of(o, now),
            containers,
            images,
            format_label_selector(o, "/spec/selector", "<none>"),
        ]
    },
};

pub(super) const DAEMON_SET: Spec = Spec {
    columns: &[
        NAME,
        col("Desired"),
        col("Current"),
        col("Ready"),
        col("Up-to-date"),
        col("Available"),
        col("Node Selector"),
        AGE,
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: daemon_set,
};

fn daemon_set(object: &Value, now: Time) -> Vec<String> {
    let [containers, images] = container_cells(object);
    vec![
        name(object),
        int(object, "/status/desiredNumberScheduled").to_string(),
        int(object, "/status/currentNumberScheduled").to_string(),
        int(object, "/status/numberReady").to_string(),
        int(object, "/status/updatedNumberScheduled").to_string(),
        int(object, "/status/numberAvailable").to_string(),
        format_labels(object, "/spec/template/spec/nodeSelector"),
        age_of(object, now),
        containers,
        images,
        format_label_selector(object, "/spec/selector", "<none>"),
    ]
}

pub(super) const CONTROLLER_REVISION: Spec = Spec {
    columns: &[NAME, col("Controller"), col("Revision"), AGE],
    cells: |o, now| vec![name(o), controller(o), int(o, "/revision").to_string(), age_of(o, now)],
};

/// `statefulset.apps/web`: the controller an object belongs to.
fn controller(object: &Value) -> String {
    let owners = items(object, "/metadata/ownerReferences");
    let Some(owner) = owners.iter().find(|o| flag(o, "/controller")) else { return "<none>".to_string() };
    let kind = text(owner, "/kind").to_lowercase();
    match text(owner, "/apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{}/{}", group.to_lowercase(), text(owner, "/name")),
        None => format!("{kind}/{}", text(owner, "/name")),
    }
}

pub(super) const POD_DISRUPTION_BUDGET: Spec = Spec {
    columns: &[NAME, col("Min Available"), col("Max Unavailable"), col("Allowed Disruptions"), AGE],
    cells: |o, now| {
        vec![
            name(o),
            int_or_percent(o, "/spec/minAvailable"),
            int_or_percent(o, "/spec/maxUnavailable"),
            int(o, "/status/disruptionsAllowed").to_string(),
            age_of(o, now),
        ]
    },
};

fn int_or_percent(object: &Value, pointer: &str) -> String {
    match object.pointer(pointer) {
        Some(Value::String(percent)) => percent.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => "N/A".to_string(),
    }
}

fn ready_of_desired(object: &Value) -> String {
    format!("{}/{}", int(object, "/status/readyReplicas"), int(object, "/spec/replicas"))
}

fn container_cells(object: &Value) -> [String; 2] {
    ["/name", "/image"].map(|field| {
        let all: Vec<&str> = items(object, "/spec/template/spec/containers").iter().map(|c| text(c, field)).collect();
        all.join(",")
    })
}
