//! Where a Pod may run: affinity, tolerations, topology spread (`validateAffinity`, `ValidateTolerations`,
//! `validateTopologySpreadConstraints` in `pkg/apis/core/validation`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, Path, entries, integer, list, present, text, texts};
use super::{names, selector};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// `spec.affinity`.
pub(super) fn affinity(affinity: &Value, at: &Path, errors: &mut Errors) {
    if let Some(node) = present(affinity, "nodeAffinity") {
        let at = at.child("nodeAffinity");
        if let Some(selector) = present(node, REQUIRED) {
            node_selector(selector, &at.child(REQUIRED), errors);
        }
        for (i, term) in list(node, PREFERRED).iter().enumerate() {
            let (list_at, weight) = (at.child(PREFERRED), integer(term, "weight"));
            let at = list_at.index(i);
            self::weight(weight, &at, errors);
            if let Some(preference) = present(term, "preference") {
                node_selector_term(preference, false, &at.child("preference"), errors);
            }
        }
    }
    for sort in ["podAffinity", "podAntiAffinity"] {
        let Some(rules) = present(affinity, sort) else { continue };
        let at = at.child(sort);
        for (i, term) in list(rules, REQUIRED).iter().enumerate() {
            pod_term(term, &at.child(REQUIRED).index(i), errors);
        }
        for (i, weighted) in list(rules, PREFERRED).iter().enumerate() {
            let list_at = at.child(PREFERRED);
            let at = list_at.index(i);
            weight(integer(weighted, "weight"), &at, errors);
            let term = weighted.get("podAffinityTerm").unwrap_or(super::errors::nothing());
            pod_term(term, &at.child("podAffinityTerm"), errors);
        }
    }
}

fn weight(weight: i64, at: &Path, errors: &mut Errors) {
    if !(1..=100).contains(&weight) {
        errors.invalid(&at.child("weight"), weight, "must be in the range 1-100");
    }
}

/// A `NodeSelector`, of a Pod or of a volume.
pub(super) fn node_selector(selector: &Value, at: &Path, errors: &mut Errors) {
    let terms = list(selector, "nodeSelectorTerms");
    let at = at.child("nodeSelectorTerms");
    if terms.is_empty() {
        errors.required(&at, "must have at least one node selector term");
    }
    for (i, term) in terms.iter().enumerate() {
        node_selector_term(term, true, &at.index(i), errors);
    }
}

fn node_selector_term(term: &Value, strict: bool, at: &Path, errors: &mut Errors) {
    for (i, requirement) in list(term, "matchExpressions").iter().enumerate() {
        let list_at = at.child("matchExpressions");
        let at = list_at.index(i);
        let (operator, values) = (text(requirement, "operator"), list(requirement, "values").len());
        if matches!(operator, "Gt" | "Lt") {
            if values != 1 {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&at.child("values"), detail);
            }
        } else {
            selector::operator_and_values(operator, values, &at, errors);
        }
        errors.each(&at.child("key"), text(requirement, "key"), names::qualified_name(text(requirement, "key")));
        for (j, value) in texts(requirement, "values").enumerate().filter(|_| strict) {
            errors.each(&at.child("values").index(j), value, names::label_value(value));
        }
    }
    for (i, requirement) in list(term, "matchFields").iter().enumerate() {
        node_field(requirement, &at.child("matchFields").index(i), errors);
    }
}

fn node_field(requirement: &Value, at: &Path, errors: &mut Errors) {
    let (operator, key) = (text(requirement, "operator"), text(requirement, "key"));
    if !["In", "NotIn"].contains(&operator) {
        errors.invalid(&at.child("operator"), operator, "not a valid selector operator");
    } else if list(requirement, "values").len() != 1 {
        let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
        errors.required(&at.child("values"), detail);
    }
    if key == "metadata.name" {
        for (i, value) in texts(requirement, "values").enumerate() {
            errors.each(&at.child("values").index(i), value, names::dns_subdomain(value));
        }
    } else {
        errors.invalid(&at.child("key"), key, "not a valid field selector key");
    }
}

fn pod_term(term: &Value, at: &Path, errors: &mut Errors) {
    for member in ["labelSelector", "namespaceSelector"] {
        if let Some(selector) = present(term, member) {
            selector::selector(selector, &at.child(member), errors);
        }
    }
    for namespace in texts(term, "namespaces") {
        errors.each(&at.child("namespace"), namespace, names::dns_label(namespace));
    }
    label_keys(term, at, errors);
    let key = text(term, "topologyKey");
    if key.is_empty() {
        errors.required(&at.child("topologyKey"), "can not be empty");
    }
    errors.each(&at.child("topologyKey"), key, names::qualified_name(key));
}

/// `matchLabelKeys` and `mismatchLabelKeys` beside a label selector.
fn label_keys(term: &Value, at: &Path, errors: &mut Errors) {
    let selector = present(term, "labelSelector");
    for member in ["matchLabelKeys", "mismatchLabelKeys"] {
        if selector.is_none() && !list(term, member).is_empty() {
            errors.forbidden(&at.child(member), "must not be specified when labelSelector is not set");
        } else {
            for (i, key) in texts(term, member).enumerate() {
                errors.each(&at.child(member).index(i), key, names::qualified_name(key));
            }
        }
    }
    let keys: Vec<&str> = texts(term, "matchLabelKeys").collect();
    if let Some(selector) = selector {
        let mut seen: BTreeSet<&str> = entries(selector, "matchLabels").map(|(key, _)| key).collect();
        for expression in list(selector, "matchExpressions") {
            let key = text(expression, "key");
            if let Some(i) = keys.iter().rposition(|k| *k == key).filter(|_| seen.contains(key)) {
                errors.invalid(&at.index(i), key, "exists in both matchLabelKeys and labelSelector");
            }
            seen.insert(key);
        }
    }
    for (i, key) in keys.iter().enumerate() {
        if texts(term, "mismatchLabelKeys").any(|other| other == *key) {
            let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
            errors.invalid(&at.child("matchLabelKeys").index(i), *key, detail);
        }
    }
}

/// `spec.tolerations`.
pub(super) fn tolerations(spec: &Value, at: &Path, errors: &mut Errors) {
    for (i, toleration) in list(spec, "tolerations").iter().enumerate() {
        let at = at.index(i);
        let member = |name| text(toleration, name);
        let (key, operator, value, effect) = (member("key"), member("operator"), member("value"), member("effect"));
        if !key.is_empty() {
            errors.each(&at.child("key"), key, names::qualified_name(key));
        } else if operator != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(&at.child("operator"), operator, detail);
        }
        if present(toleration, "tolerationSeconds").is_some() && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(&at.child("effect"), effect, detail);
        }
        match operator {
            "Equal" | "" => {
                let messages = names::label_value(value);
                if !messages.is_empty() {
                    errors.invalid(&at.child("operator"), value, messages.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                errors.invalid(&at.child("operator"), value, "value must be empty when `operator` is 'Exists'");
            }
            "Exists" => {}
            "Lt" | "Gt" => {
                errors.not_supported(&at.child("operator"), operator, &["Equal", "Exists", "Lt", "Gt"]);
            }
            _ => errors.not_supported(&at.child("operator"), operator, &["Equal", "Exists"]),
        }
        if !effect.is_empty() && !EFFECTS.contains(&effect) {
            errors.not_supported(&at.child("effect"), effect, &EFFECTS);
        }
    }
}

/// `spec.taints` of a Node.
pub(super) fn taints(spec: &Value, at: &Path, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (i, taint) in list(spec, "taints").iter().enumerate() {
        let at = at.index(i);
        let (key, value, effect) = (text(taint, "key"), text(taint, "value"), text(taint, "effect"));
        errors.each(&at.child("key"), key, names::qualified_name(key));
        let messages = names::label_value(value);
        if !messages.is_empty() {
            errors.invalid(&at.child("value"), value, messages.join(";"));
        }
        errors.choice(&at.child("effect"), effect, &EFFECTS);
        if !seen.insert((effect, key)) {
            errors.duplicate(&at, Value::Null);
            if let Some(last) = errors.0.last_mut() {
                last.shown = Some(super::internal::render(taint, "Taint"));
                last.detail = "taints must be unique by key and effect pair".to_string();
            }
        }
    }
}

/// `spec.topologySpreadConstraints`.
pub(super) fn topology_spread(spec: &Value, at: &Path, errors: &mut Errors) {
    let constraints = list(spec, "topologySpreadConstraints");
    for (i, constraint) in constraints.iter().enumerate() {
        let at = at.index(i);
        let (key, action) = (text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable"));
        let skew = integer(constraint, "maxSkew");
        if skew <= 0 {
            errors.invalid(&at.child("maxSkew"), skew, "must be greater than zero");
        }
        if key.is_empty() {
            errors.required(&at.child("topologyKey"), "can not be empty");
        }
        if !["DoNotSchedule", "ScheduleAnyway"].contains(&action) {
            errors.not_supported(&at.child("whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let again = |other: &Value| text(other, "topologyKey") == key && text(other, "whenUnsatisfiable") == action;
        if constraints[i + 1..].iter().any(again) {
            errors.duplicate(&at.child("{topologyKey, whenUnsatisfiable}"), format!("{{{key}, {action}}}"));
        }
        if let Some(domains) = constraint.get("minDomains").and_then(Value::as_i64) {
            if domains <= 0 {
                errors.invalid(&at.child("minDomains"), domains, "must be greater than zero");
            }
            if action != "DoNotSchedule" {
                let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                errors.invalid(&at.child("minDomains"), domains, detail);
            }
        }
        for member in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(policy) = constraint.get(member).and_then(Value::as_str)
                && !["Honor", "Ignore"].contains(&policy)
            {
                errors.not_supported(&at.child(member), policy, &["Honor", "Ignore"]);
            }
        }
        label_keys(constraint, &at, errors);
        if let Some(selector) = present(constraint, "labelSelector") {
            selector::selector(selector, &at.child("labelSelector"), errors);
        }
    }
}
