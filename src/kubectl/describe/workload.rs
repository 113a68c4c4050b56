//! `kubectl describe` of the workloads (S135; `describe.go`, `describeStatefulSet`, `describeDeployment`,
//! `describeReplicaSet`, `describeDaemonSet`).

use serde_json::Value;

use super::containers::{self, Phases};
use super::json::{self, Json, date, int_or_string};
use super::storage;
use super::writer::{Writer, put};
use crate::kubectl::print::value::{format_label_selector, format_labels};

/// Writes the description of a `StatefulSet`; `pods` are those its selector selects.
pub(super) fn stateful_set(w: &mut Writer, set: &Value, pods: &[Value]) {
    put!(w, 0, "Name:\t{}\n", set.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", set.text("metadata.namespace"));
    put!(w, 0, "CreationTimestamp:\t{}\n", date(set.at("metadata.creationTimestamp")));
    put!(w, 0, "Selector:\t{}\n", format_label_selector(set, "/spec/selector", ""));
    w.labels("", "Labels", &set.map("metadata.labels"));
    w.annotations("Annotations", &set.map("metadata.annotations"));
    put!(w, 0, "Replicas:\t{} desired | {} total\n", set.int("spec.replicas"), set.int("status.replicas"));
    put!(w, 0, "Update Strategy:\t{}\n", set.text("spec.updateStrategy.type"));
    let rolling = set.at("spec.updateStrategy.rollingUpdate");
    if rolling.has("partition") {
        put!(w, 1, "Partition:\t{}\n", rolling.int("partition"));
        if rolling.has("maxUnavailable") {
            put!(w, 1, "MaxUnavailable:\t{}\n", int_or_string(rolling.at("maxUnavailable")));
        }
    }
    put!(w, 0, "Pods Status:\t{}\n", Phases::count(pods, set.text("metadata.uid")));
    containers::template(w, set.at("spec.template"));
    storage::claim_templates(w, set.items("spec.volumeClaimTemplates"));
}

/// Writes the description of a Deployment; `replica_sets` are those its selector selects.
pub(super) fn deployment(w: &mut Writer, deployment: &Value, replica_sets: &[Value]) {
    put!(w, 0, "Name:\t{}\n", deployment.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", deployment.text("metadata.namespace"));
    put!(w, 0, "CreationTimestamp:\t{}\n", date(deployment.at("metadata.creationTimestamp")));
    w.labels("", "Labels", &deployment.map("metadata.labels"));
    w.annotations("Annotations", &deployment.map("metadata.annotations"));
    put!(w, 0, "Selector:\t{}\n", format_label_selector(deployment, "/spec/selector", ""));
    let status = deployment.at("status");
    put!(
        w,
        0,
        "Replicas:\t{} desired | {} updated | {} total | {} available | {} unavailable\n",
        deployment.int("spec.replicas"),
        status.int("updatedReplicas"),
        status.int("replicas"),
        status.int("availableReplicas"),
        status.int("unavailableReplicas")
    );
    put!(w, 0, "StrategyType:\t{}\n", deployment.text("spec.strategy.type"));
    put!(w, 0, "MinReadySeconds:\t{}\n", deployment.int("spec.minReadySeconds"));
    let rolling = deployment.at("spec.strategy.rollingUpdate");
    if !rolling.is_null() {
        let show = |field| if rolling.has(field) { int_or_string(rolling.at(field)) } else { "<nil>".to_string() };
        let (unavailable, surge) = (show("maxUnavailable"), show("maxSurge"));
        put!(w, 0, "RollingUpdateStrategy:\t{unavailable} max unavailable, {surge} max surge\n");
    }
    containers::template(w, deployment.at("spec.template"));
    conditions(w, deployment);
    let (old, new) = old_and_new(deployment, replica_sets);
    if !old.is_empty() || new.is_some() {
        put!(w, 0, "OldReplicaSets:\t{}\n", created(&old));
        put!(w, 0, "NewReplicaSet:\t{}\n", created(&new.into_iter().collect::<Vec<_>>()));
    }
}

/// Writes the description of a `ReplicaSet`; `pods` are those its selector selects.
pub(super) fn replica_set(w: &mut Writer, set: &Value, pods: &[Value]) {
    put!(w, 0, "Name:\t{}\n", set.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", set.text("metadata.namespace"));
    put!(w, 0, "Selector:\t{}\n", format_label_selector(set, "/spec/selector", "<none>"));
    w.labels("", "Labels", &set.map("metadata.labels"));
    w.annotations("Annotations", &set.map("metadata.annotations"));
    let controller = json::controller(set);
    if !controller.is_empty() {
        put!(w, 0, "Controlled By:\t{controller}\n");
    }
    put!(w, 0, "Replicas:\t{} current / {} desired\n", set.int("status.replicas"), set.int("spec.replicas"));
    put!(w, 0, "Pods Status:\t");
    w.end(&Phases::count(pods, set.text("metadata.uid")).to_string());
    containers::template(w, set.at("spec.template"));
    conditions(w, set);
}

/// Writes the description of a `DaemonSet`; `pods` are those its selector selects.
pub(super) fn daemon_set(w: &mut Writer, set: &Value, pods: &[Value]) {
    put!(w, 0, "Name:\t{}\n", set.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", set.text("metadata.namespace"));
    put!(w, 0, "Selector:\t{}\n", format_label_selector(set, "/spec/selector", ""));
    put!(w, 0, "Node-Selector:\t{}\n", format_labels(set, "/spec/template/spec/nodeSelector"));
    w.labels("", "Labels", &set.map("metadata.labels"));
    w.annotations("Annotations", &set.map("metadata.annotations"));
    let status = set.at("status");
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        put!(w, 0, "{title}: {}\n", status.int(field));
    }
    put!(w, 0, "Pods Status:\t{}\n", Phases::count(pods, set.text("metadata.uid")));
    containers::template(w, set.at("spec.template"));
}

fn conditions(w: &mut Writer, object: &Value) {
    let conditions = object.items("status.conditions");
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n  Type\tStatus\tReason\n");
        put!(w, 1, "----\t------\t------\n");
    }
    for condition in conditions {
        put!(w, 1, "{} \t{}\t{}\n", condition.text("type"), condition.text("status"), condition.text("reason"));
    }
}

/// The `ReplicaSet`s a Deployment controls: all but the one with its template, oldest first, and that one
/// (`kubectl/pkg/util/deployment`).
fn old_and_new<'a>(deployment: &Value, replica_sets: &'a [Value]) -> (Vec<&'a Value>, Option<&'a Value>) {
    let uid = deployment.text("metadata.uid");
    let owned = |set: &&Value| json::controller_reference(set).is_some_and(|r| r.text("uid") == uid);
    let mut sets: Vec<&Value> = replica_sets.iter().filter(owned).collect();
    sets.sort_by_key(|set| (json::time(set.at("metadata.creationTimestamp")), set.text("metadata.name")));
    let wanted = comparable(deployment.at("spec.template"));
    let new = sets.iter().position(|set| comparable(set.at("spec.template")) == wanted).map(|i| sets.remove(i));
    (sets, new)
}

/// A template without its hash label and without what is empty, which Kubernetes counts as equal to what is missing.
fn comparable(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    prune(&mut template);
    template
}

fn prune(value: &mut Value) {
    let empty = |v: &Value| {
        v.is_null() || v.as_array().is_some_and(Vec::is_empty) || v.as_object().is_some_and(serde_json::Map::is_empty)
    };
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|_, v| !empty(v));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn created(sets: &[&Value]) -> String {
    let one = |set: &&Value| {
        let (name, has, wants) = (set.text("metadata.name"), set.int("status.replicas"), set.int("spec.replicas"));
        format!("{name} ({has}/{wants} replicas created)")
    };
    let all: Vec<String> = sets.iter().map(one).collect();
    if all.is_empty() { "<none>".to_string() } else { all.join(", ") }
}
