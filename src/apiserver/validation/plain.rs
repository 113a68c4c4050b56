//! Budgets, configuration, Namespaces, Nodes, quotas and priority classes (N15; `pkg/apis/core/validation`,
//! `pkg/apis/policy/validation`, `pkg/apis/scheduling/validation`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, Path, entries, integer, is_true, list, nothing, present, text, texts};
use super::{internal, meta, names, quantity, scheduling, selector, workload};

const MAX_DATA: usize = 1024 * 1024;

/// The spec of a `PodDisruptionBudget`, new or changed.
pub(super) fn disruption_budget(object: &Value, errors: &mut Errors) {
    let (spec, at) = (object.get("spec").unwrap_or(nothing()), Path::new("spec"));
    let numbers = ["minAvailable", "maxUnavailable"];
    if numbers.iter().all(|member| present(spec, member).is_some()) {
        let shown = internal::render(spec, "PodDisruptionBudgetSpec");
        errors.invalid_shown(&at, shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for member in numbers {
        if let Some(value) = present(spec, member) {
            workload::positive_int_or_percent(value, &at.child(member), errors);
            workload::at_most_100_percent(value, &at.child(member), errors);
        }
    }
    if let Some(selector) = present(spec, "selector") {
        selector::selector(selector, &at.child("selector"), errors);
    }
    if let Some(policy) = spec.get("unhealthyPodEvictionPolicy").and_then(Value::as_str) {
        let policies = ["AlwaysAllow", "IfHealthyBudget"];
        if !policies.contains(&policy) {
            errors.not_supported(&at.child("unhealthyPodEvictionPolicy"), policy, &policies);
        }
    }
}

/// The size of base64 text once decoded.
fn decoded_len(text: &str) -> usize {
    text.len() / 4 * 3 - text.bytes().rev().take_while(|b| *b == b'=').count().min(text.len())
}

/// A `ConfigMap`, new or changed.
pub(super) fn config_map(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    if let Some(old) = old {
        immutable_data(object, old, &["data", "binaryData"], errors);
    }
    meta::create(object, true, names::dns_subdomain, errors);
    let binary = object.get("binaryData").unwrap_or(nothing());
    let mut size = 0;
    let data_at = Path::new("data");
    for (key, value) in entries(object, "data") {
        errors.each(&data_at.key(key), key, names::config_map_key(key));
        if binary.get(key).is_some() {
            errors.invalid(&data_at.key(key), key, "duplicate of key present in binaryData");
        }
        size += value.len();
    }
    for (key, value) in entries(object, "binaryData") {
        errors.each(&Path::new("binaryData").key(key), key, names::config_map_key(key));
        size += decoded_len(value);
    }
    if size > MAX_DATA {
        errors.too_long(&Path::new("[]"), MAX_DATA);
    }
}

fn immutable_data(new: &Value, old: &Value, members: &[&str], errors: &mut Errors) {
    const DETAIL: &str = "field is immutable when `immutable` is set";
    if !is_true(old, "immutable") {
        return;
    }
    if !is_true(new, "immutable") {
        errors.forbidden(&Path::new("immutable"), DETAIL);
    }
    for member in members {
        if new.get(member) != old.get(member) {
            errors.forbidden(&Path::new(member), DETAIL);
        }
    }
}

/// A Secret, new or changed.
pub(super) fn secret(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    if let Some(old) = old {
        errors.immutable(object, old, "type", &Path::new("type"));
        immutable_data(object, old, &["data"], errors);
    }
    meta::create(object, true, names::dns_subdomain, errors);
    let at = Path::new("data");
    let mut size = 0;
    for (key, value) in entries(object, "data") {
        errors.each(&at.key(key), key, names::config_map_key(key));
        size += decoded_len(value);
    }
    if size > MAX_DATA {
        errors.too_long(&at, MAX_DATA);
    }
    let data = object.get("data").unwrap_or(nothing());
    let mut needs = |keys: &[&str]| {
        for key in keys.iter().filter(|key| data.get(**key).is_none()) {
            errors.required(&at.key(key), "");
        }
    };
    match text(object, "type") {
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            let annotations = object.get("metadata").and_then(|m| m.get("annotations")).unwrap_or(nothing());
            if text(annotations, NAME).is_empty() {
                errors.required(&Path::new("metadata.annotations").key(NAME), "");
            }
        }
        "kubernetes.io/dockercfg" => needs(&[".dockercfg"]),
        "kubernetes.io/dockerconfigjson" => needs(&[".dockerconfigjson"]),
        "kubernetes.io/basic-auth" if data.get("username").is_none() && data.get("password").is_none() => {
            needs(&["username", "password"]);
        }
        "kubernetes.io/ssh-auth" if text(data, "ssh-privatekey").is_empty() => {
            errors.required(&at.key("ssh-privatekey"), "");
        }
        "kubernetes.io/tls" => needs(&["tls.crt", "tls.key"]),
        _ => {}
    }
}

/// A new Namespace.
pub(super) fn create_namespace(object: &Value, errors: &mut Errors) {
    meta::create(object, false, names::dns_label, errors);
    let at = Path::new("spec.finalizers");
    for finalizer in texts(object.get("spec").unwrap_or(nothing()), "finalizers") {
        errors.each(&at, finalizer, names::qualified_name(finalizer));
        if !finalizer.contains('/') && !["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&at, finalizer, detail);
        }
    }
}

/// A Node, new or changed.
pub(super) fn node(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    match old {
        None => meta::create(object, false, names::dns_subdomain, errors),
        Some(old) => meta::update(object, old, errors),
    }
    let spec = object.get("spec").unwrap_or(nothing());
    if old.is_none() {
        scheduling::taints(spec, &Path::new("metadata.taints"), errors);
    }
    let status = object.get("status").unwrap_or(nothing());
    for member in ["capacity", "allocatable"] {
        for (name, amount) in entries(status, member) {
            quantity::value(name, amount, &Path::new(&format!("status.{member}.{name}")), errors);
        }
    }
    let Some(old) = old.map(|old| old.get("spec").unwrap_or(nothing())) else { return };
    if !list(old, "podCIDRs").is_empty() && list(old, "podCIDRs") != list(spec, "podCIDRs") {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        errors.forbidden(&Path::new("spec.podCIDRs"), detail);
    }
    let provider = text(old, "providerID");
    if !provider.is_empty() && provider != text(spec, "providerID") {
        let detail = "node updates may not change providerID except from \"\" to valid";
        errors.forbidden(&Path::new("spec.providerID"), detail);
    }
    scheduling::taints(spec, &Path::new("metadata.taints"), errors);
}

/// A `ResourceQuota`, new or changed.
pub(super) fn resource_quota(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    const SCOPES: [&str; 7] = [
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    match old {
        None => meta::create(object, true, names::dns_subdomain, errors),
        Some(old) => meta::update(object, old, errors),
    }
    let spec = object.get("spec").unwrap_or(nothing());
    let hard_at = Path::new("spec.hard");
    for (name, amount) in entries(spec, "hard") {
        let at = hard_at.key(name);
        quantity::quota_resource_name(name, &at, errors);
        quantity::value(name, amount, &at, errors);
    }
    let scopes_at = Path::new("spec.scopes");
    let scopes: BTreeSet<&str> = texts(spec, "scopes").collect();
    let mut bad = |detail: &str| errors.invalid(&scopes_at, list(spec, "scopes").to_vec(), detail);
    if scopes.iter().any(|scope| !SCOPES.contains(scope)) {
        bad("unsupported scope");
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if scopes.contains(one) && scopes.contains(other) {
            bad("conflicting scopes");
        }
    }
    if old.is_some_and(|old| texts(old.get("spec").unwrap_or(nothing()), "scopes").collect::<BTreeSet<_>>() != scopes) {
        bad("field is immutable");
    }
}

/// A `LimitRange`, new or changed: bounds that agree with each other.
pub(super) fn limit_range(object: &Value, errors: &mut Errors) {
    meta::create(object, true, names::dns_subdomain, errors);
    let spec = object.get("spec").unwrap_or(nothing());
    let limits_at = Path::new("spec.limits");
    let mut seen = BTreeSet::new();
    for (i, limit) in list(spec, "limits").iter().enumerate() {
        let (at, sort) = (limits_at.index(i), text(limit, "type"));
        let messages = names::qualified_name(sort);
        if messages.is_empty() && !sort.contains('/') && !["Pod", "Container", "PersistentVolumeClaim"].contains(&sort)
        {
            errors.invalid(&at.child("type"), sort, "must be a standard limit type or fully qualified");
        }
        errors.each(&at.child("type"), sort, messages);
        if !seen.insert(sort) {
            errors.duplicate(&at.child("type"), sort);
        }
        if sort == "Pod" {
            for member in ["default", "defaultRequest"] {
                if entries(limit, member).next().is_some() {
                    errors.forbidden(&at.child(member), "may not be specified when `type` is 'Pod'");
                }
            }
        }
        let bounds_storage = ["min", "max"].iter().any(|m| limit.get(*m).is_some_and(|l| l.get("storage").is_some()));
        if sort == "PersistentVolumeClaim" && !bounds_storage {
            let detail = "either minimum or maximum storage value is required, but neither was provided";
            errors.required(&at.child("limits"), detail);
        }
        limits_agree(limit, &at, errors);
    }
}

/// Pairs that must not be the wrong way round: the lower, the upper, where it is reported, whose value, their names.
const LIMIT_PAIRS: [(&str, &str, &str, &str, &str, &str); 6] = [
    ("min", "max", "min", "min", "min", "max"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", "min", "default request"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", "default request", "max"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", "default request", "default limit"),
    ("min", "default", "default", "min", "min", "default"),
    ("default", "max", "default", "max", "default", "max"),
];

fn limits_agree(limit: &Value, at: &Path, errors: &mut Errors) {
    let lists = ["max", "min", "default", "defaultRequest"];
    let resources: BTreeSet<&str> = lists.iter().flat_map(|l| entries(limit, l)).map(|(name, _)| name).collect();
    for resource in resources {
        let amount = |list: &str| limit.get(list).and_then(|l| l.get(resource)).and_then(Value::as_str);
        for (low, high, reported, shown, low_name, high_name) in LIMIT_PAIRS {
            let (Some(low), Some(high)) = (amount(low), amount(high)) else { continue };
            if quantity::amount(low) > quantity::amount(high) {
                let detail = format!("{low_name} value {low} is greater than {high_name} value {high}");
                let at = at.child(reported);
                errors.invalid(&at.key(resource), amount(shown).unwrap_or_default(), detail);
            }
        }
    }
}

/// A `PriorityClass`, new or changed.
pub(super) fn priority_class(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    if let Some(old) = old {
        meta::update(object, old, errors);
        if integer(object, "value") != integer(old, "value") {
            errors.forbidden(&Path::new("value"), "may not be changed in an update.");
        }
        errors.immutable(object, old, "preemptionPolicy", &Path::new("preemptionPolicy"));
        return;
    }
    meta::create(object, false, names::dns_subdomain, errors);
    let name = object.get("metadata").map_or("", |m| text(m, "name"));
    let value = integer(object, "value");
    if name.starts_with("system-") {
        let known = match name {
            "system-node-critical" => Some(2_000_001_000),
            "system-cluster-critical" => Some(2_000_000_000),
            _ => None,
        };
        let error = match known {
            None => format!("{name} is not a known system priority class"),
            Some(known) if known != value => format!("value of {name} PriorityClass must be {known}"),
            Some(_) if is_true(object, "globalDefault") => {
                format!("globalDefault of {name} PriorityClass must be false")
            }
            Some(_) => return,
        };
        errors.forbidden(
            &Path::new("metadata.name"),
            format!("priority class names with 'system-' prefix are reserved for system use only. error: {error}"),
        );
    } else if value > 1_000_000_000 {
        let detail = "maximum allowed value of a user defined priority is 1000000000";
        errors.forbidden(&Path::new("value"), detail);
    }
    if let Some(policy) = object.get("preemptionPolicy").and_then(Value::as_str) {
        errors.choice(&Path::new("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
}
