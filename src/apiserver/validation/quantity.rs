//! Comparisons of quantities that decoding has made canonical, and the rules for resource lists
//! (`validateResourceRequirements`, `ValidateResourceQuantityValue` in `pkg/apis/core/validation/validation.go`).

use std::cmp::Ordering;

use serde_json::Value;

use super::super::defaults::billionths;
use super::errors::{Errors, NEGATIVE, Path, entries, list, nothing, text};
use super::names;

const BILLION: i128 = 1_000_000_000;
const STANDARD: [&str; 20] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
const COUNTED: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// A quantity in billionths; 0 if it is malformed, which decoding refuses.
pub(super) fn amount(text: &str) -> i128 {
    billionths(text).unwrap_or(0)
}

/// Whether a quantity has a part below one.
pub(super) fn is_fractional(text: &str) -> bool {
    amount(text) % BILLION != 0
}

/// `must be greater than zero`.
pub(super) fn positive(quantity: &str, at: &Path, errors: &mut Errors) -> bool {
    let good = amount(quantity) > 0;
    if !good {
        errors.invalid(at, quantity, "must be greater than zero");
    }
    good
}

/// Not negative, and whole where the resource is counted.
pub(super) fn value(name: &str, quantity: &str, at: &Path, errors: &mut Errors) {
    if amount(quantity) < 0 {
        errors.invalid(at, quantity, NEGATIVE);
    }
    if (COUNTED.contains(&name) || is_extended(name)) && is_fractional(quantity) {
        errors.invalid(at, quantity, "must be an integer");
    }
}

fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && names::qualified_name(&format!("requests.{name}")).is_empty()
}

fn overcommits(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

/// The name of any resource: `cpu`, `example.com/gpu`. Tells whether it is good.
fn resource_name(name: &str, at: &Path, errors: &mut Errors) -> bool {
    let before = errors.0.len();
    errors.each(at, name, names::qualified_name(name));
    let huge = is_huge_page(name) || name.starts_with("requests.hugepages-");
    if errors.0.len() == before && !name.contains('/') && !STANDARD.contains(&name) && !huge {
        errors.invalid(at, name, "must be a standard resource type or fully qualified");
    }
    errors.0.len() == before
}

fn container_resource_name(name: &str, at: &Path, errors: &mut Errors) {
    resource_name(name, at, errors);
    if !name.contains('/') {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_page(name) {
            errors.invalid(at, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(at, name, "doesn't follow extended resource name standard");
    }
}

fn pod_resource_name(name: &str, at: &Path, errors: &mut Errors) {
    if resource_name(name, at, errors) && !matches!(name, "cpu" | "memory") && !is_huge_page(name) {
        errors.not_supported(at, name, &["cpu", "memory"]);
    }
}

/// A resource a `ResourceQuota` may limit.
pub(super) fn quota_resource_name(name: &str, at: &Path, errors: &mut Errors) {
    resource_name(name, at, errors);
    let huge = is_huge_page(name) || name.starts_with("requests.hugepages-");
    if !name.contains('/') && !huge && (!STANDARD.contains(&name) || name == "storage") {
        errors.invalid(at, name, "must be a standard resource for quota");
    }
}

/// What `resources` belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Container,
    Pod,
}

/// Requests and limits. `claims` are the names of the Pod's resource claims.
pub(super) fn requirements(resources: &Value, holder: Holder, claims: &[&str], at: &Path, errors: &mut Errors) {
    if resources.as_object().is_none_or(serde_json::Map::is_empty) {
        return;
    }
    let name_rule = if holder == Holder::Container { container_resource_name } else { pod_resource_name };
    let (limits_at, requests_at) = (at.child("limits"), at.child("requests"));
    let (mut computes, mut huge) = (false, false);
    let mut check = |name: &str, quantity: &str, at: &Path, errors: &mut Errors| {
        name_rule(name, at, errors);
        value(name, quantity, at, errors);
        computes |= matches!(name, "cpu" | "memory");
        huge |= is_huge_page(name);
    };
    for (name, quantity) in entries(resources, "limits") {
        check(name, quantity, &limits_at.key(name), errors);
        huge_page_multiple(name, quantity, &limits_at.key(name), errors);
    }
    let limits = resources.get("limits").unwrap_or(nothing());
    for (name, quantity) in entries(resources, "requests") {
        check(name, quantity, &requests_at.key(name), errors);
        match limits.get(name).and_then(Value::as_str) {
            Some(limit) => match amount(quantity).cmp(&amount(limit)) {
                Ordering::Equal => {}
                _ if !overcommits(name) => {
                    errors.invalid(&requests_at, quantity, format!("must be equal to {name} limit of {limit}"));
                }
                Ordering::Greater => {
                    let detail = format!("must be less than or equal to {name} limit of {limit}");
                    errors.invalid(&requests_at, quantity, detail);
                }
                Ordering::Less => {}
            },
            None if !overcommits(name) => {
                errors.required(&limits_at, "Limit must be set for non overcommitable resources");
            }
            None => {}
        }
        huge_page_multiple(name, quantity, &requests_at.key(name), errors);
    }
    if huge && !computes {
        errors.forbidden(at, "HugePages require cpu or memory");
    }
    claim_names(resources, claims, &at.child("claims"), errors);
}

fn huge_page_multiple(name: &str, quantity: &str, at: &Path, errors: &mut Errors) {
    let Some(size) = name.strip_prefix("hugepages-") else { return };
    let size_amount = amount(size);
    if size_amount <= 0 || is_fractional(size) || amount(quantity) % size_amount != 0 {
        errors.invalid(at, quantity, format!("{quantity} is not positive integer multiple of {name}"));
    }
}

fn claim_names(resources: &Value, claims: &[&str], at: &Path, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (i, claim) in list(resources, "claims").iter().enumerate() {
        let name = text(claim, "name");
        if name.is_empty() {
            errors.required(&at.index(i), "");
            continue;
        }
        if seen.contains(&name) {
            errors.duplicate(&at.index(i), name);
        }
        seen.push(name);
        if !claims.contains(&name) {
            errors.not_found(&at.index(i), name);
            let mut sorted = claims.to_vec();
            sorted.sort_unstable();
            let which =
                if sorted.is_empty() { " which is empty".to_string() } else { format!(": {}", sorted.join(", ")) };
            if let Some(last) = errors.0.last_mut() {
                last.detail = format!("must be one of the names in pod.spec.resourceClaims{which}");
            }
        }
    }
}
