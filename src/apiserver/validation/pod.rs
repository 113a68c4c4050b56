//! Pod specs, Pods and Pod templates (`ValidatePodSpec`, `ValidatePodCreate`, `ValidatePodUpdate`,
//! `ValidatePodTemplateSpec` in `pkg/apis/core/validation`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::container::{self, PodContext};
use super::errors::{Errors, Path, integer, is_true, list, nothing, present, same, text, texts};
use super::quantity::{self, Holder};
use super::volume::Volumes;
use super::{diff, internal, ip, meta, names, scheduling, security, selector, volume};

/// What a Pod spec stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A template; a `StatefulSet`'s puts its claims among the volumes and sets hostname and subdomain itself.
    Template { claims: Option<&'a [Value]> },
    /// A Pod of this name.
    Pod(&'a str),
}

/// A Pod spec.
pub(super) fn spec(spec: &Value, place: Place, at: &Path, errors: &mut Errors) {
    let grace_period = spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
    if grace_period.is_none() {
        errors.required(&at.child("terminationGracePeriodSeconds"), "");
    }
    let claim_volumes: Vec<Value>;
    let is_pod = matches!(place, Place::Pod(_));
    let volumes_at = at.child("volumes");
    let volumes = match place {
        Place::Template { claims: Some(claims) } if !claims.is_empty() => {
            claim_volumes = volumes_of_claims(claims);
            let shadowed = |v: &&Value| !claim_volumes.iter().any(|c| c["name"] == text(v, "name"));
            let all = claim_volumes.iter().chain(list(spec, "volumes").iter().filter(shadowed));
            volume::volumes(all, "", is_pod, &volumes_at, errors)
        }
        Place::Template { .. } => volume::volumes(list(spec, "volumes").iter(), "", is_pod, &volumes_at, errors),
        Place::Pod(name) => volume::volumes(list(spec, "volumes").iter(), name, is_pod, &volumes_at, errors),
    };
    let claims = container::claim_names(spec);
    let pod = PodContext {
        volumes: &volumes,
        claims: &claims,
        grace_period,
        os: present(spec, "os").map_or("", |os| text(os, "name")),
        restart_policy: text(spec, "restartPolicy"),
        host_users: spec.get("hostUsers") != Some(&Value::Bool(false)),
    };
    container::containers(spec, &pod, &at.child("containers"), errors);
    container::init_containers(spec, &pod, &at.child("initContainers"), errors);
    container::ephemeral_containers(spec, &pod, &at.child("ephemeralContainers"), errors);
    if let Some(resources) = present(spec, "resources") {
        quantity::requirements(resources, Holder::Pod, &claims, &at.child("resources"), errors);
    }
    policies(spec, is_pod, at, errors);
    placement(spec, at, errors);
    identity(spec, matches!(place, Place::Template { claims: Some(_) }), at, errors);
    file_key_volumes(spec, &volumes, at, errors);
}

/// A `StatefulSet`'s claims as the volumes they will be; of two with one name the later stays.
fn volumes_of_claims(claims: &[Value]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for claim in claims {
        let name = claim.get("metadata").map_or("", |m| text(m, "name"));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().map(|name| json!({"name": name, "persistentVolumeClaim": {"claimName": name}})).collect()
}

fn policies(spec: &Value, is_pod: bool, at: &Path, errors: &mut Errors) {
    if is_true(spec, "hostNetwork") {
        for (i, container) in list(spec, "containers").iter().enumerate() {
            for (j, port) in list(container, "ports").iter().enumerate() {
                let host = integer(port, "hostPort");
                if (is_pod || host != 0) && host != integer(port, "containerPort") {
                    let (containers, detail) =
                        (at.child("containers"), "must match `containerPort` when `hostNetwork` is true");
                    let ports = containers.index(i);
                    errors.invalid(&ports.child("ports").index(j).child("hostPort"), host, detail);
                }
            }
        }
    }
    let restart = text(spec, "restartPolicy");
    errors.choice(&at.child("restartPolicy"), restart, &["Always", "OnFailure", "Never"]);
    let dns = text(spec, "dnsPolicy");
    let known = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.choice(&at.child("dnsPolicy"), dns, &known);
    selector::labels(spec, "nodeSelector", &at.child("nodeSelector"), errors);
    if let Some(context) = present(spec, "securityContext") {
        security::pod(context, spec, &at.child("securityContext"), errors);
    }
}

fn placement(spec: &Value, at: &Path, errors: &mut Errors) {
    if let Some(affinity) = present(spec, "affinity") {
        scheduling::affinity(affinity, &at.child("affinity"), errors);
    }
    dns_config(spec, &at.child("dnsConfig"), errors);
    for (i, gate) in list(spec, "readinessGates").iter().enumerate() {
        let sort = text(gate, "conditionType");
        let gates = at.child("readinessGates");
        errors.each(&gates.index(i).child("conditionType"), sort, names::qualified_name(sort));
    }
    let mut seen = BTreeSet::new();
    for (i, gate) in list(spec, "schedulingGates").iter().enumerate() {
        let (gates, name) = (at.child("schedulingGates"), text(gate, "name"));
        errors.each(&gates.index(i), name, names::qualified_name(name));
        if !seen.insert(name) {
            errors.duplicate(&gates.index(i), name);
        }
    }
    scheduling::topology_spread(spec, &at.child("topologySpreadConstraints"), errors);
    if spec.get("hostUsers") == Some(&Value::Bool(false)) {
        for (member, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
            if is_true(spec, member) {
                errors.forbidden(&at.child(shown), "when `hostUsers` is false");
            }
        }
    }
    hostname_override(spec, at, errors);
}

fn hostname_override(spec: &Value, at: &Path, errors: &mut Errors) {
    let Some(name) = spec.get("hostnameOverride").and_then(Value::as_str) else { return };
    let at = at.child("hostnameOverride");
    if is_true(spec, "setHostnameAsFQDN") {
        errors.forbidden(&at, "may not be specified when setHostnameAsFQDN is true");
    }
    if is_true(spec, "hostNetwork") {
        errors.forbidden(&at, "may not be specified when hostNetwork is true");
    }
    if name.len() > 64 {
        errors.too_long(&at, 64);
    }
    errors.each(&at, name, names::dns_subdomain(name));
}

/// The names of a Pod and of what it refers to; `own_names` if they are set by the controller.
fn identity(spec: &Value, own_names: bool, at: &Path, errors: &mut Errors) {
    let mut named = |member: &str, rule: fn(&str) -> Vec<String>| {
        let name = text(spec, member);
        if !name.is_empty() {
            errors.each(&at.child(member), name, rule(name));
        }
    };
    named("serviceAccountName", names::dns_subdomain);
    named("nodeName", names::dns_subdomain);
    if let Some(seconds) = spec.get("activeDeadlineSeconds").and_then(Value::as_i64) {
        for message in names::in_range(seconds, 1, i64::from(i32::MAX)) {
            errors.invalid(&at.child("activeDeadlineSeconds"), seconds, message);
        }
    }
    if !own_names {
        for member in ["hostname", "subdomain"] {
            let name = text(spec, member);
            if !name.is_empty() {
                errors.each(&at.child(member), name, names::dns_label(name));
            }
        }
    }
    scheduling::tolerations(spec, &at.child("tolerations"), errors);
    for (i, alias) in list(spec, "hostAliases").iter().enumerate() {
        let aliases = at.child("hostAliases");
        let at = aliases.index(i);
        ip::legacy(text(alias, "ip"), &at.child("ip"), errors);
        for (j, name) in texts(alias, "hostnames").enumerate() {
            errors.each(&at.child("hostnames").index(j), name, names::dns_subdomain(name));
        }
    }
    let mut named = |member: &str| {
        if let Some(name) = spec.get(member).and_then(Value::as_str).filter(|n| !n.is_empty()) {
            errors.each(&at.child(member), name, names::dns_subdomain(name));
        }
    };
    named("priorityClassName");
    named("runtimeClassName");
    if let Some(policy) = spec.get("preemptionPolicy").and_then(Value::as_str) {
        errors.choice(&at.child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
    if let Some(os) = present(spec, "os") {
        let name = text(os, "name");
        if name.is_empty() {
            errors.required(&at.child("os").child("name"), "");
        } else if !["linux", "windows"].contains(&name) {
            errors.not_supported(&at.child("os"), name, &["linux", "windows"]);
        }
    }
}

fn dns_config(spec: &Value, at: &Path, errors: &mut Errors) {
    let config = present(spec, "dnsConfig");
    if text(spec, "dnsPolicy") == "None" {
        match config {
            None => return errors.required(at, "must provide `dnsConfig` when `dnsPolicy` is None"),
            Some(config) if list(config, "nameservers").is_empty() => {
                let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
                return errors.required(&at.child("nameservers"), detail);
            }
            Some(_) => {}
        }
    }
    let Some(config) = config else { return };
    let (servers, searches) = (list(config, "nameservers"), list(config, "searches"));
    if servers.len() > 3 {
        let detail = "must not have more than 3 nameservers";
        errors.invalid(&at.child("nameservers"), servers.to_vec(), detail);
    }
    for (i, server) in texts(config, "nameservers").enumerate() {
        ip::legacy(server, &at.child("nameservers").index(i), errors);
    }
    if searches.len() > 32 {
        errors.invalid(&at.child("searches"), searches.to_vec(), "must not have more than 32 search paths");
    }
    let length: usize = texts(config, "searches").map(|s| s.len() + 1).sum();
    if length > 2049 {
        let detail = "must not have more than 2048 characters (including spaces) in the search list";
        errors.invalid(&at.child("searches"), searches.to_vec(), detail);
    }
    for (i, search) in texts(config, "searches").enumerate().filter(|(_, s)| *s != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        errors.each(&at.child("searches").index(i), search, names::dns_subdomain_with_underscore(search));
    }
    for (i, option) in list(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            errors.required(&at.child("options").index(i), "must not be empty");
        }
    }
}

fn file_key_volumes(spec: &Value, volumes: &Volumes, at: &Path, errors: &mut Errors) {
    container::visit(spec, at, |container, at| {
        for (i, variable) in list(container, "env").iter().enumerate() {
            let reference = present(variable, "valueFrom").and_then(|from| present(from, "fileKeyRef"));
            let Some(name) = reference.map(|r| text(r, "volumeName")) else { continue };
            let (env_at, detail) = (at.child("env"), "referenced volume must be of type emptyDir");
            let from_at = env_at.index(i);
            let from_at = from_at.child("valueFrom");
            let key_at = from_at.child("fileKeyRef");
            match volumes.get(name) {
                None => errors.not_found(&key_at.child("volumeName"), name),
                Some(v) if present(v, "emptyDir").is_none() => {
                    errors.invalid(&key_at.child("volumeName"), name, detail);
                }
                Some(_) => {}
            }
        }
    });
}

/// Annotations that mean something for a Pod.
pub(super) fn annotations(meta: &Value, spec: &Value, at: &Path, errors: &mut Errors) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    let Some(annotations) = present(meta, "annotations") else { return };
    if let Some(mirror) = annotations.get(MIRROR).and_then(Value::as_str)
        && text(spec, "nodeName").is_empty()
    {
        errors.invalid(&at.key(MIRROR), mirror, "must set spec.nodeName if mirror pod annotation is set");
    }
    if let Some(cost) = annotations.get(COST).and_then(Value::as_str) {
        let digits = cost.strip_prefix('-').unwrap_or(cost);
        let canonical = digits == "0" && cost == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
        if !canonical || cost.parse::<i32>().is_err() {
            errors.invalid(&at.key(COST), cost, "must be a 32bit integer");
        }
    }
}

/// A Pod template at `at` (`spec.template`), without its match with a selector.
pub(super) fn template(template: &Value, claims: Option<&[Value]>, at: &Path, errors: &mut Errors) {
    let (_, pod_spec) = parts(template);
    template_metadata(template, at, errors);
    spec(pod_spec, Place::Template { claims }, &at.child("spec"), errors);
    if !list(pod_spec, "ephemeralContainers").is_empty() {
        let at = at.child("spec");
        errors.forbidden(&at.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}

/// The labels and annotations of a template.
pub(super) fn template_metadata(template: &Value, at: &Path, errors: &mut Errors) {
    let (meta, pod_spec) = parts(template);
    selector::labels(meta, "labels", &at.child("labels"), errors);
    selector::annotations(meta, "annotations", &at.child("annotations"), errors);
    annotations(meta, pod_spec, &at.child("annotations"), errors);
}

fn parts(object: &Value) -> (&Value, &Value) {
    (object.get("metadata").unwrap_or(nothing()), object.get("spec").unwrap_or(nothing()))
}

fn metadata_and_spec(pod: &Value, errors: &mut Errors) {
    let (pod_meta, pod_spec) = parts(pod);
    let (meta_at, at) = (Path::new("metadata"), Path::new("spec"));
    meta::create(pod, true, names::dns_subdomain, errors);
    annotations(pod_meta, pod_spec, &meta_at.child("annotations"), errors);
    spec(pod_spec, Place::Pod(text(pod_meta, "name")), &at, errors);
    if text(pod_spec, "serviceAccountName").is_empty() {
        for (i, volume) in list(pod_spec, "volumes").iter().enumerate() {
            let Some(projected) = present(volume, "projected") else { continue };
            for (j, source) in list(projected, "sources").iter().enumerate() {
                if present(source, "serviceAccountToken").is_some() {
                    let field = format!("spec.volumes[{i}].projected.sources[{j}].serviceAccountToken");
                    errors.forbidden(&Path::new(&field), "must not be specified when serviceAccountName is not set");
                }
            }
        }
    }
    for member in ["containers", "initContainers"] {
        for (i, container) in list(pod_spec, member).iter().enumerate() {
            container::image_whitespace(container, &at.child(member).index(i), errors);
        }
    }
}

/// A new Pod.
pub(super) fn create(pod: &Value, errors: &mut Errors) {
    metadata_and_spec(pod, errors);
    let (_, spec) = parts(pod);
    let at = Path::new("spec");
    if !list(spec, "ephemeralContainers").is_empty() {
        errors.forbidden(&at.child("ephemeralContainers"), "cannot be set on create");
    }
    if !text(spec, "nodeName").is_empty() && !list(spec, "schedulingGates").is_empty() {
        errors.forbidden(&at.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}

const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
                         `spec.tolerations` (only additions to existing tolerations),\
                         `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A changed Pod: only a few fields of the spec may differ.
pub(super) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    meta::update(new, old, errors);
    metadata_and_spec(new, errors);
    let ((_, spec), (_, old_spec)) = (parts(new), parts(old));
    let at = Path::new("spec");
    for member in ["containers", "initContainers"] {
        if list(spec, member).len() != list(old_spec, member).len() {
            return errors.forbidden(&at.child(member), "pod updates may not add or remove containers");
        }
        for (i, container) in list(spec, member).iter().enumerate() {
            if text(container, "image").is_empty() {
                errors.required(&at.child(member).index(i).child("image"), "");
            }
            container::image_whitespace(container, &at.child(member).index(i), errors);
        }
    }
    if !deadline(spec, old_spec, &at, errors) {
        return;
    }
    only_added_tolerations(spec, old_spec, &at.child("tolerations"), errors);
    let old_gates: Vec<&str> = list(old_spec, "schedulingGates").iter().map(|gate| text(gate, "name")).collect();
    for (i, gate) in list(spec, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        if !old_gates.contains(&name) {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.forbidden(&at.child("schedulingGates").index(i).child("name"), detail);
        }
    }
    let munged = munged(spec, old_spec);
    if !same(Some(&munged), Some(old_spec)) {
        let changes = diff::unified(&internal::pretty(old_spec, "PodSpec"), &internal::pretty(&munged, "PodSpec"));
        errors.forbidden(&at, format!("pod updates may not change fields other than {UPDATABLE}\n{changes}"));
    }
}

/// Whether the deadline is one that may follow the old.
fn deadline(spec: &Value, old: &Value, at: &Path, errors: &mut Errors) -> bool {
    let at = at.child("activeDeadlineSeconds");
    let seconds = |spec: &Value| spec.get("activeDeadlineSeconds").and_then(Value::as_i64);
    match (seconds(spec), seconds(old)) {
        (Some(new), _) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            errors.invalid(&at, new, names::range_error(0, i64::from(i32::MAX)));
            false
        }
        (Some(new), Some(old)) if old < new => {
            errors.invalid(&at, new, "must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            errors.invalid(&at, Value::Null, "must not update from a positive integer to nil value");
            true
        }
        _ => true,
    }
}

fn only_added_tolerations(spec: &Value, old: &Value, at: &Path, errors: &mut Errors) {
    let without_seconds = |toleration: &Value| {
        let mut toleration = toleration.clone();
        if let Some(fields) = toleration.as_object_mut() {
            fields.remove("tolerationSeconds");
        }
        toleration
    };
    let new: Vec<Value> = list(spec, "tolerations").iter().map(without_seconds).collect();
    if list(old, "tolerations").iter().any(|toleration| !new.contains(&without_seconds(toleration))) {
        return errors.forbidden(at, "existing toleration can not be modified except its tolerationSeconds");
    }
    scheduling::tolerations(spec, at, errors);
}

/// The new spec with what may change put back to the old.
fn munged(spec: &Value, old: &Value) -> Value {
    let mut munged = spec.clone();
    let Some(fields) = munged.as_object_mut() else { return munged };
    for member in ["containers", "initContainers"] {
        let Some(containers) = fields.get_mut(member).and_then(Value::as_array_mut) else { continue };
        for (container, old) in containers.iter_mut().zip(list(old, member)) {
            if let Some(container) = container.as_object_mut() {
                container.insert("image".to_string(), text(old, "image").into());
            }
        }
    }
    let mut keep = |member: &str| match old.get(member) {
        Some(value) => drop(fields.insert(member.to_string(), value.clone())),
        None => drop(fields.remove(member)),
    };
    ["activeDeadlineSeconds", "schedulingGates", "tolerations"].into_iter().for_each(&mut keep);
    if integer(old, "terminationGracePeriodSeconds") < 0 && integer(spec, "terminationGracePeriodSeconds") == 1 {
        keep("terminationGracePeriodSeconds");
    }
    if !list(old, "schedulingGates").is_empty() {
        ["nodeSelector", "affinity"].into_iter().for_each(keep);
    }
    munged
}
