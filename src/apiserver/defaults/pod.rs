//! Defaults of Pod specs: those every template has (S11–S13, they feed the revision hash) and those only a created Pod
//! gets (S15). Sources: `pkg/apis/core/v1/defaults.go`, the Priority and `DefaultTolerationSeconds` admission plugins,
//! `pkg/registry/core/pod/strategy.go`. No `ServiceAccount` admission: Pods get no token volume.

use serde_json::{Value, json};

use super::fields::{Fields, child, child_or_new, fill, fill_number, fill_pointer, items, text};
use super::resources::round_list;
use super::volume;

const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// A Pod template: its metadata and its spec.
pub(super) fn template(template: &mut Fields) {
    child_or_new(template, "metadata");
    spec(child_or_new(template, "spec"));
}

/// A Pod spec, in a template or in a Pod.
pub(super) fn spec(spec: &mut Fields) {
    fill(spec, "dnsPolicy", "ClusterFirst");
    fill(spec, "restartPolicy", "Always");
    fill_pointer(spec, "securityContext", json!({}));
    fill_pointer(spec, "terminationGracePeriodSeconds", 30);
    fill(spec, "schedulerName", "default-scheduler");
    service_account(spec);
    for one in items(spec, "volumes") {
        volume::volume(one);
    }
    for list in CONTAINER_LISTS {
        for one in items(spec, list) {
            container(one);
        }
    }
    round_list(spec, "overhead");
    if let Some(resources) = child(spec, "resources") {
        round_list(resources, "limits");
        round_list(resources, "requests");
    }
}

/// The deprecated `serviceAccount` always mirrors `serviceAccountName`.
fn service_account(spec: &mut Fields) {
    let name = if unset_text(spec, "serviceAccountName") { "serviceAccount" } else { "serviceAccountName" };
    if let Some(name) = spec.get(name).filter(|n| n.as_str().is_some_and(|n| !n.is_empty())).cloned() {
        spec.insert("serviceAccountName".to_string(), name.clone());
        spec.insert("serviceAccount".to_string(), name);
    }
}

fn unset_text(fields: &Fields, key: &str) -> bool {
    text(fields, key).is_empty()
}

fn container(container: &mut Fields) {
    let policy = volume::pull_policy(text(container, "image"));
    fill(container, "imagePullPolicy", policy);
    fill(container, "terminationMessagePath", "/dev/termination-log");
    fill(container, "terminationMessagePolicy", "File");
    for port in items(container, "ports") {
        fill(port, "protocol", "TCP");
    }
    for env in items(container, "env") {
        let Some(from) = child(env, "valueFrom") else { continue };
        if let Some(reference) = child(from, "fieldRef") {
            fill(reference, "apiVersion", "v1");
        }
        if let Some(reference) = child(from, "fileKeyRef") {
            fill_pointer(reference, "optional", false);
        }
    }
    let resources = child_or_new(container, "resources");
    round_list(resources, "limits");
    round_list(resources, "requests");
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = child(container, name) {
            self::probe(probe);
        }
    }
    if let Some(lifecycle) = child(container, "lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(action) = child(lifecycle, hook).and_then(|h| child(h, "httpGet")) {
                http_get(action);
            }
        }
    }
}

fn probe(probe: &mut Fields) {
    fill_number(probe, "timeoutSeconds", 1);
    fill_number(probe, "periodSeconds", 10);
    fill_number(probe, "successThreshold", 1);
    fill_number(probe, "failureThreshold", 3);
    if let Some(action) = child(probe, "httpGet") {
        http_get(action);
    }
    if let Some(action) = child(probe, "grpc") {
        fill_pointer(action, "service", "");
    }
}

fn http_get(action: &mut Fields) {
    fill(action, "path", "/");
    fill(action, "scheme", "HTTP");
}

/// What versioned defaulting adds to a Pod, and to no template.
pub(super) fn pod(pod: &mut Fields) {
    let spec = child_or_new(pod, "spec");
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            if let Some(resources) = child(container, "resources") {
                requests_from_limits(resources);
            }
        }
    }
    fill_pointer(spec, "enableServiceLinks", true);
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        for list in ["containers", "initContainers"] {
            for container in items(spec, list) {
                host_ports(container);
            }
        }
    }
    self::spec(spec);
    if spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64).is_some_and(|s| s < 0) {
        spec.insert("terminationGracePeriodSeconds".to_string(), 1.into());
    }
}

fn requests_from_limits(resources: &mut Fields) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    if limits.is_empty() {
        return;
    }
    let requests = child_or_new(resources, "requests");
    for (name, limit) in limits {
        requests.entry(name).or_insert(limit);
    }
}

fn host_ports(container: &mut Fields) {
    for port in items(container, "ports") {
        if let Some(number) = port.get("containerPort").and_then(Value::as_i64) {
            fill_number(port, "hostPort", number);
        }
    }
}

/// What admission adds to a Pod on creation and on update: the tolerations of 300 s.
pub(super) fn tolerations(pod: &mut Fields) {
    let spec = child_or_new(pod, "spec");
    let tolerates = |key: &str| {
        spec.get("tolerations").and_then(Value::as_array).is_some_and(|list| {
            list.iter().any(|toleration| {
                let member = |name| toleration.get(name).and_then(Value::as_str).unwrap_or_default();
                ["", key].contains(&member("key")) && ["", "NoExecute"].contains(&member("effect"))
            })
        })
    };
    let missing: Vec<&str> = [NOT_READY, UNREACHABLE].into_iter().filter(|key| !tolerates(key)).collect();
    for key in missing {
        let list = spec.entry("tolerations").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
}

/// What the Priority plugin adds on creation; a class looked up by the caller beforehand stays.
pub(super) fn priority(pod: &mut Fields) {
    let spec = child_or_new(pod, "spec");
    let value = match text(spec, "priorityClassName") {
        "system-cluster-critical" => 2_000_000_000,
        "system-node-critical" => 2_000_001_000,
        _ => 0,
    };
    fill_pointer(spec, "priority", value);
    fill_pointer(spec, "preemptionPolicy", "PreemptLowerPriority");
}

/// The first status of a Pod, and the selectors that `matchLabelKeys` extend.
pub(super) fn prepare_for_create(pod: &mut Fields) {
    let class = super::qos_class(pod.get("spec").unwrap_or(&Value::Null));
    let mut status = json!({"phase": "Pending", "qosClass": class});
    let gated = pod.get("spec").and_then(|s| s.get("schedulingGates")).and_then(Value::as_array);
    if gated.is_some_and(|gates| !gates.is_empty()) {
        status["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "lastProbeTime": null,
            "lastTransitionTime": null, "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]);
    }
    pod.insert("status".to_string(), status);
    match_label_keys(pod);
}

fn match_label_keys(pod: &mut Fields) {
    const KEYS: [(&str, &str); 2] = [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")];
    let has_keys = |spec: &Value| spec.get("affinity").is_some() || spec.get("topologySpreadConstraints").is_some();
    if !pod.get("spec").is_some_and(has_keys) {
        return;
    }
    let labels = pod.get("metadata").and_then(|m| m.get("labels")).and_then(Value::as_object).cloned();
    let labels = labels.unwrap_or_default();
    let spec = child_or_new(pod, "spec");
    for constraint in items(spec, "topologySpreadConstraints") {
        extend_selector(constraint, &[("matchLabelKeys", "In")], &labels);
    }
    let Some(affinity) = child(spec, "affinity") else { return };
    for sort in ["podAffinity", "podAntiAffinity"] {
        let Some(rules) = child(affinity, sort) else { continue };
        for weighted in items(rules, "preferredDuringSchedulingIgnoredDuringExecution") {
            if let Some(term) = child(weighted, "podAffinityTerm") {
                extend_selector(term, &KEYS, &labels);
            }
        }
        for term in items(rules, "requiredDuringSchedulingIgnoredDuringExecution") {
            extend_selector(term, &KEYS, &labels);
        }
    }
}

fn extend_selector(term: &mut Fields, lists: &[(&str, &str)], labels: &Fields) {
    for (list, operator) in lists {
        let keys = term.get(*list).and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(selector) = child(term, "labelSelector") else { return };
        for key in keys.iter().filter_map(Value::as_str) {
            let Some(value) = labels.get(key) else { continue };
            let requirement = json!({"key": key, "operator": operator, "values": [value]});
            let expressions = selector.entry("matchExpressions").or_insert_with(|| json!([]));
            if let Some(expressions) = expressions.as_array_mut().filter(|e| !e.contains(&requirement)) {
                expressions.push(requirement);
            }
        }
    }
}
