//! Containers: names, images, ports, mounts, and how a Pod's containers get on together
//! (`validateContainers`, `validateInitContainers`, `validateContainerCommon` in `pkg/apis/core/validation`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, Path, integer, list, nothing, present, text, texts};
use super::quantity::{self, Holder};
use super::volume::{self, Volumes};
use super::{env, names, probe, security};

const RESTART_POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];

/// What a container needs to know of its Pod.
pub(super) struct PodContext<'a> {
    pub(super) volumes: &'a Volumes<'a>,
    pub(super) claims: &'a [&'a str],
    pub(super) grace_period: Option<i64>,
    pub(super) os: &'a str,
    pub(super) restart_policy: &'a str,
    pub(super) host_users: bool,
}

/// `spec.containers`.
pub(super) fn containers(spec: &Value, pod: &PodContext, at: &Path, errors: &mut Errors) {
    let containers = list(spec, "containers");
    if containers.is_empty() {
        return errors.required(at, "");
    }
    let mut seen = BTreeSet::new();
    for (i, container) in containers.iter().enumerate() {
        let at = at.index(i);
        common(container, pod, &at, errors);
        if !seen.insert(text(container, "name")) {
            errors.duplicate(&at.child("name"), text(container, "name"));
        }
        lifecycle_and_probes(container, pod, &at, errors);
        restart_policy(container, &at, errors);
    }
    host_ports(containers, at, errors);
}

fn lifecycle_and_probes(container: &Value, pod: &PodContext, at: &Path, errors: &mut Errors) {
    if let Some(lifecycle) = present(container, "lifecycle") {
        probe::lifecycle(lifecycle, pod.grace_period, pod.os, &at.child("lifecycle"), errors);
    }
    for sort in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = present(container, sort) {
            probe::probe(probe, sort, &at.child(sort), errors);
        }
    }
}

/// `spec.initContainers`.
pub(super) fn init_containers(spec: &Value, pod: &PodContext, at: &Path, errors: &mut Errors) {
    let mut seen: BTreeSet<&str> = list(spec, "containers").iter().map(|c| text(c, "name")).collect();
    for (i, container) in list(spec, "initContainers").iter().enumerate() {
        let item = at.index(i);
        common(container, pod, &item, errors);
        restart_policy(container, &item, errors);
        let name = text(container, "name");
        if seen.contains(name) {
            errors.duplicate(&item.child("name"), name);
        } else if !name.is_empty() {
            seen.insert(name);
        }
        host_ports(std::slice::from_ref(container), at, errors);
        let sidecar = text(container, "restartPolicy") == "Always";
        if sidecar {
            lifecycle_and_probes(container, pod, &item, errors);
        } else {
            for member in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if present(container, member).is_some() {
                    let detail = "may not be set for init containers without restartPolicy=Always";
                    errors.forbidden(&item.child(member), detail);
                }
            }
            for (j, policy) in list(container, "resizePolicy").iter().enumerate() {
                if text(policy, "restartPolicy") == "RestartContainer" {
                    let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                    let at = item.child("resizePolicy");
                    errors.invalid(&at.index(j).child("restartPolicy"), "RestartContainer", detail);
                }
            }
        }
    }
}

/// `spec.ephemeralContainers`.
pub(super) fn ephemeral_containers(spec: &Value, pod: &PodContext, at: &Path, errors: &mut Errors) {
    const FORBIDDEN: [&str; 6] =
        ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "restartPolicy"];
    let both = list(spec, "containers").iter().chain(list(spec, "initContainers"));
    let others: BTreeSet<&str> = both.map(|c| text(c, "name")).collect();
    let mut seen = others.clone();
    for (i, container) in list(spec, "ephemeralContainers").iter().enumerate() {
        let at = at.index(i);
        common(container, pod, &at, errors);
        image_whitespace(container, &at, errors);
        if !seen.insert(text(container, "name")) {
            errors.duplicate(&at.child("name"), text(container, "name"));
        }
        let target = text(container, "targetContainerName");
        if !target.is_empty() && !others.contains(target) {
            errors.not_found(&at.child("targetContainerName"), target);
        }
        for member in FORBIDDEN {
            if present(container, member).is_some() {
                errors.forbidden(&at.child(member), "cannot be set for an Ephemeral Container");
            }
        }
        if present(container, "resources").is_some_and(|r| r.as_object().is_some_and(|r| !r.is_empty())) {
            errors.forbidden(&at.child("resources"), "cannot be set for an Ephemeral Container");
        }
    }
}

/// An image must not begin or end with white space; checked in Pods only.
pub(super) fn image_whitespace(container: &Value, at: &Path, errors: &mut Errors) {
    let image = text(container, "image");
    if image.trim().len() != image.len() {
        errors.invalid(&at.child("image"), image, "must not have leading or trailing whitespace");
    }
}

fn common(container: &Value, pod: &PodContext, at: &Path, errors: &mut Errors) {
    let name = text(container, "name");
    if name.is_empty() {
        errors.required(&at.child("name"), "");
    } else {
        errors.each(&at.child("name"), name, names::dns_label(name));
    }
    if text(container, "image").is_empty() {
        errors.required(&at.child("image"), "");
    }
    let policy = text(container, "terminationMessagePolicy");
    errors.choice(&at.child("terminationMessagePolicy"), policy, &["File", "FallbackToLogsOnError"]);
    ports(container, &at.child("ports"), errors);
    env::env(container, &at.child("env"), errors);
    env::env_from(container, &at.child("envFrom"), errors);
    volume::mounts(container, pod.volumes, &at.child("volumeMounts"), errors);
    volume::devices(container, pod.volumes, &at.child("volumeDevices"), errors);
    let pull = text(container, "imagePullPolicy");
    errors.choice(&at.child("imagePullPolicy"), pull, &["Always", "IfNotPresent", "Never"]);
    let resources = container.get("resources").unwrap_or(nothing());
    quantity::requirements(resources, Holder::Container, pod.claims, &at.child("resources"), errors);
    resize_policy(container, pod.restart_policy, &at.child("resizePolicy"), errors);
    if let Some(context) = present(container, "securityContext") {
        security::container(context, pod.host_users, &at.child("securityContext"), errors);
    }
}

fn ports(container: &Value, at: &Path, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (i, port) in list(container, "ports").iter().enumerate() {
        let at = at.index(i);
        let name = text(port, "name");
        if !name.is_empty() {
            let messages = names::port_name(name);
            if messages.is_empty() && !seen.insert(name) {
                errors.duplicate(&at.child("name"), name);
            }
            errors.each(&at.child("name"), name, messages);
        }
        let number = integer(port, "containerPort");
        if number == 0 {
            errors.required(&at.child("containerPort"), "");
        } else {
            port_number(number, &at.child("containerPort"), errors);
        }
        let host = integer(port, "hostPort");
        if host != 0 {
            port_number(host, &at.child("hostPort"), errors);
        }
        errors.choice(&at.child("protocol"), text(port, "protocol"), &["SCTP", "TCP", "UDP"]);
    }
}

/// A number from 1 to 65535.
pub(super) fn port_number(number: i64, at: &Path, errors: &mut Errors) {
    for message in names::port_number(number) {
        errors.invalid(at, number, message);
    }
}

/// Each host port at most once.
fn host_ports(containers: &[Value], at: &Path, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (i, container) in containers.iter().enumerate() {
        for (j, port) in list(container, "ports").iter().enumerate() {
            let number = integer(port, "hostPort");
            if number == 0 {
                continue;
            }
            let key = format!("{}/{}/{number}", text(port, "protocol"), text(port, "hostIP"));
            if !seen.contains(&key) {
                seen.insert(key);
                continue;
            }
            let (at, ports) = (at.index(i), "ports");
            errors.duplicate(&at.child(ports).index(j).child("hostPort"), key);
        }
    }
}

fn resize_policy(container: &Value, pod_restart_policy: &str, at: &Path, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (i, policy) in list(container, "resizePolicy").iter().enumerate() {
        let (resource, restart) = (text(policy, "resourceName"), text(policy, "restartPolicy"));
        if !seen.insert(resource) {
            errors.duplicate(&at.index(i), resource);
        }
        errors.choice(at, resource, &["cpu", "memory"]);
        errors.choice(at, restart, &["NotRequired", "RestartContainer"]);
        if pod_restart_policy == "Never" && restart != "NotRequired" {
            errors.invalid(at, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
        }
    }
}

/// A container's own restart policy and rules (gate `ContainerRestartRules`, on since 1.35).
fn restart_policy(container: &Value, at: &Path, errors: &mut Errors) {
    let rules = list(container, "restartPolicyRules");
    match present(container, "restartPolicy").and_then(Value::as_str) {
        None if rules.is_empty() => return,
        None => {
            errors.required(&at.child("restartPolicy"), "must specify restartPolicy when restart rules are used");
        }
        Some(policy) if !RESTART_POLICIES.contains(&policy) => {
            errors.not_supported(&at.child("restartPolicy"), policy, &RESTART_POLICIES);
        }
        Some(_) => {}
    }
    if rules.len() > 20 {
        errors.too_many(&at.child("restartPolicyRules"), rules.len(), 20);
    }
    for (i, rule) in rules.iter().enumerate() {
        let (rules_at, action) = (at.child("restartPolicyRules"), text(rule, "action"));
        let at = rules_at.index(i);
        if !["Restart", "RestartAllContainers"].contains(&action) {
            errors.not_supported(&at.child("action"), action, &["Restart", "RestartAllContainers"]);
        }
        let Some(codes) = present(rule, "exitCodes") else {
            errors.required(&at.child("exitCodes"), "must be specified");
            continue;
        };
        let codes_at = at.child("exitCodes");
        let operator = text(codes, "operator");
        if !["In", "NotIn"].contains(&operator) {
            errors.not_supported(&codes_at.child("operator"), operator, &["In", "NotIn"]);
        }
        if list(codes, "values").len() > 255 {
            errors.too_many(&codes_at.child("values"), list(codes, "values").len(), 255);
        }
    }
}

/// Every container of a Pod spec with its path, init containers first.
pub(super) fn visit(spec: &Value, at: &Path, mut visitor: impl FnMut(&Value, &Path)) {
    for member in ["initContainers", "containers", "ephemeralContainers"] {
        for (i, container) in list(spec, member).iter().enumerate() {
            visitor(container, &at.child(member).index(i));
        }
    }
}

/// Names of a Pod's resource claims.
pub(super) fn claim_names(spec: &Value) -> Vec<&str> {
    let unique: BTreeSet<&str> = list(spec, "resourceClaims").iter().map(|c| text(c, "name")).collect();
    unique.into_iter().collect()
}

/// Whether any container is allowed a capability, for messages about privilege.
pub(super) fn adds_capability(context: &Value, capability: &str) -> bool {
    present(context, "capabilities").is_some_and(|c| texts(c, "add").any(|added| added == capability))
}
