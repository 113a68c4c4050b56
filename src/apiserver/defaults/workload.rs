//! Defaults of the `apps/v1` kinds (S1, S8, S15a, R3; `pkg/apis/apps/v1/defaults.go` and the strategies in
//! `pkg/registry/apps`).

use serde_json::Value;

use super::fields::{Fields, child, child_or_new, fill, fill_pointer, items, text};
use super::{pod, volume};

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// A `StatefulSet`.
pub(super) fn stateful_set(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    fill(spec, "podManagementPolicy", "OrderedReady");
    fill_pointer(spec, "serviceName", "");
    let strategy = child_or_new(spec, "updateStrategy");
    if text(strategy, "type").is_empty() {
        strategy.insert("type".to_string(), "RollingUpdate".into());
        child_or_new(strategy, "rollingUpdate");
    }
    if text(strategy, "type") == "RollingUpdate"
        && let Some(rolling) = child(strategy, "rollingUpdate")
    {
        fill_pointer(rolling, "partition", 0);
    }
    let retention = child_or_new(spec, "persistentVolumeClaimRetentionPolicy");
    fill(retention, "whenDeleted", "Retain");
    fill(retention, "whenScaled", "Retain");
    fill_pointer(spec, "replicas", 1);
    fill_pointer(spec, "revisionHistoryLimit", 10);
    pod::template(child_or_new(spec, "template"));
    for claim in items(spec, "volumeClaimTemplates") {
        claim.insert("apiVersion".to_string(), "v1".into());
        claim.insert("kind".to_string(), "PersistentVolumeClaim".into());
        child_or_new(claim, "metadata");
        volume::claim_spec(child_or_new(claim, "spec"));
        fill(child_or_new(claim, "status"), "phase", "Pending");
    }
}

/// Drops `maxUnavailable`: its gate is off in 1.36 (S3), unless the stored set already has it.
pub(super) fn drop_max_unavailable(object: &mut Fields, old: Option<&Value>) {
    let in_use = old.and_then(|o| o.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable"));
    if in_use.is_some_and(|v| !v.is_null()) {
        return;
    }
    let strategy = child(object, "spec").and_then(|s| child(s, "updateStrategy"));
    if let Some(rolling) = strategy.and_then(|s| child(s, "rollingUpdate")) {
        rolling.remove("maxUnavailable");
    }
}

/// A Deployment.
pub(super) fn deployment(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    fill_pointer(spec, "replicas", 1);
    let strategy = child_or_new(spec, "strategy");
    fill(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = child_or_new(strategy, "rollingUpdate");
        fill_pointer(rolling, "maxUnavailable", "25%");
        fill_pointer(rolling, "maxSurge", "25%");
    }
    fill_pointer(spec, "revisionHistoryLimit", 10);
    fill_pointer(spec, "progressDeadlineSeconds", 600);
    pod::template(child_or_new(spec, "template"));
}

/// A `ReplicaSet`.
pub(super) fn replica_set(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    fill_pointer(spec, "replicas", 1);
    pod::template(child_or_new(spec, "template"));
}

/// A `DaemonSet`.
pub(super) fn daemon_set(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    let strategy = child_or_new(spec, "updateStrategy");
    fill(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = child_or_new(strategy, "rollingUpdate");
        fill_pointer(rolling, "maxUnavailable", 1);
        fill_pointer(rolling, "maxSurge", 0);
    }
    fill_pointer(spec, "revisionHistoryLimit", 10);
    pod::template(child_or_new(spec, "template"));
}

/// The annotation that counts a `DaemonSet`'s templates: 1 on creation, one more with each other template.
pub(super) fn template_generation(object: &mut Fields, old: Option<&Value>) {
    let count = |object: Option<&Value>| {
        let annotation = object.and_then(|o| o.get("metadata")?.get("annotations")?.get(TEMPLATE_GENERATION)?.as_str());
        annotation.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0)
    };
    let template = |spec: Option<&Value>| spec.and_then(|s| s.get("template")).cloned();
    let generation = match old {
        None => {
            let asked = object.get("metadata").and_then(|m| m.get("annotations")?.get(TEMPLATE_GENERATION)?.as_str());
            asked.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0).max(1)
        }
        Some(old) if template(old.get("spec")) == template(object.get("spec")) => count(Some(old)),
        Some(old) => count(Some(old)) + 1,
    };
    let annotations = child_or_new(child_or_new(object, "metadata"), "annotations");
    annotations.insert(TEMPLATE_GENERATION.to_string(), Value::String(generation.to_string()));
}
