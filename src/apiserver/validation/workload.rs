//! Deployments, `ReplicaSet`s and `DaemonSet`s, and what all workloads share: selectors that fit the template, numbers
//! that may be percentages (R3; `pkg/apis/apps/validation/validation.go`).

use serde_json::Value;

use super::errors::{Errors, NEGATIVE, Path, integer, nothing, present, same, text};
use super::{internal, meta, names, pod, selector};

/// A selector is there, well-formed and not empty; `kind` is how the message calls the owner.
pub(super) fn required_selector(spec: &Value, kind: &str, at: &Path, errors: &mut Errors) {
    let at = at.child("selector");
    match present(spec, "selector") {
        None => errors.required(&at, ""),
        Some(selector) => {
            selector::selector(selector, &at, errors);
            if selector::is_empty(selector) {
                let detail = format!("empty selector is invalid for {kind}");
                errors.invalid_shown(&at, selector::shown(Some(selector)), &detail);
            }
        }
    }
}

/// The template's labels are among those the selector selects; an empty selector is not asked, an absent one fits none.
pub(super) fn template_matches(selector: Option<&Value>, template: &Value, at: &Path, errors: &mut Errors) {
    let meta = template.get("metadata").unwrap_or(nothing());
    let labels = meta.get("labels").unwrap_or(nothing());
    if selector.is_none_or(|s| !selector::matches(s, labels)) {
        let value = present(meta, "labels").cloned().unwrap_or(Value::Null);
        let at = at.child("metadata");
        errors.invalid(&at.child("labels"), value, "`selector` does not match template `labels`");
    }
}

/// Pods of workloads restart always and have no deadline.
pub(super) fn always_restarts(spec: &Value, kind: &str, at: &Path, errors: &mut Errors) {
    let pod_spec = spec.get("template").and_then(|t| t.get("spec")).unwrap_or(nothing());
    let at = at.child("template");
    let at = at.child("spec");
    let policy = text(pod_spec, "restartPolicy");
    if policy != "Always" {
        errors.not_supported(&at.child("restartPolicy"), policy, &["Always"]);
    }
    if present(pod_spec, "activeDeadlineSeconds").is_some() {
        let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.forbidden(&at.child("activeDeadlineSeconds"), detail);
    }
}

/// A whole number from 0 or a percentage.
pub(super) fn positive_int_or_percent(value: &Value, at: &Path, errors: &mut Errors) {
    match value {
        Value::String(percent) => errors.each(at, percent, names::percent(percent)),
        number => {
            let number = number.as_i64().unwrap_or(0);
            if number < 0 {
                errors.invalid(at, number, NEGATIVE);
            }
        }
    }
}

fn percent(value: &Value) -> Option<i64> {
    let text = value.as_str().filter(|text| names::percent(text).is_empty())?;
    Some(text[..text.len() - 1].parse().unwrap_or(i64::MAX))
}

/// The number, whether it counts or is a percentage; 0 if it is neither.
pub(super) fn int_or_percent(value: &Value) -> i64 {
    percent(value).or(value.as_i64()).unwrap_or_else(|| value.as_str().and_then(|t| t.parse().ok()).unwrap_or(0))
}

/// A percentage is at most 100%.
pub(super) fn at_most_100_percent(value: &Value, at: &Path, errors: &mut Errors) {
    if percent(value).is_some_and(|percent| percent > 100) {
        errors.invalid(at, value.clone(), "must not be greater than 100%");
    }
}

/// `collisionCount` never goes down.
pub(super) fn collision_count(status: &Value, old: &Value, at: &Path, errors: &mut Errors) {
    let count = |status: &Value| status.get("collisionCount").and_then(Value::as_i64);
    if count(old).is_some_and(|old| count(status).is_none_or(|new| new < old)) {
        let value = count(status).unwrap_or(0);
        errors.invalid(&at.child("collisionCount"), value, "cannot be decremented");
    }
}

/// The template of a Deployment or `ReplicaSet`, with its selector.
fn replica_template(spec: &Value, at: &Path, errors: &mut Errors) {
    let selector = present(spec, "selector");
    if selector.is_some_and(|s| !selector::is_usable(s)) {
        let shown = selector::shown(selector);
        return errors.invalid_shown(&at.child("selector"), shown, "invalid label selector");
    }
    let template = spec.get("template").unwrap_or(nothing());
    template_matches(selector, template, &at.child("template"), errors);
    pod::template(template, None, &at.child("template"), errors);
    always_restarts(spec, "ReplicaSet", at, errors);
}

fn spec_of(object: &Value) -> &Value {
    object.get("spec").unwrap_or(nothing())
}

/// A new Deployment, or a changed one if there is an old.
pub(super) fn deployment(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    metadata(object, old, errors);
    let (spec, at) = (spec_of(object), Path::new("spec"));
    errors.non_negative(spec, "replicas", &at);
    required_selector(spec, "deployment", &at, errors);
    replica_template(spec, &at, errors);
    deployment_strategy(spec.get("strategy").unwrap_or(nothing()), &at.child("strategy"), errors);
    errors.non_negative(spec, "minReadySeconds", &at);
    errors.non_negative(spec, "revisionHistoryLimit", &at);
    if let Some(seconds) = spec.get("progressDeadlineSeconds").and_then(Value::as_i64) {
        errors.non_negative(spec, "progressDeadlineSeconds", &at);
        if seconds <= integer(spec, "minReadySeconds") {
            let detail = "must be greater than minReadySeconds";
            errors.invalid(&at.child("progressDeadlineSeconds"), seconds, detail);
        }
    }
    if let Some(old) = old {
        immutable_selector(spec, spec_of(old), &at, errors);
    }
}

fn metadata(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    match old {
        None => meta::create(object, true, names::dns_subdomain, errors),
        Some(old) => meta::update(object, old, errors),
    }
}

fn immutable_selector(spec: &Value, old: &Value, at: &Path, errors: &mut Errors) {
    if !same(spec.get("selector"), old.get("selector")) {
        let shown = selector::shown(spec.get("selector"));
        errors.invalid_shown(&at.child("selector"), shown, "field is immutable");
    }
}

fn deployment_strategy(strategy: &Value, at: &Path, errors: &mut Errors) {
    let rolling = present(strategy, "rollingUpdate");
    let rolling_at = at.child("rollingUpdate");
    match (text(strategy, "type"), rolling) {
        ("Recreate", Some(_)) => {
            errors.forbidden(&rolling_at, "may not be specified when strategy `type` is 'Recreate'");
        }
        ("Recreate", None) => {}
        ("RollingUpdate", None) => errors.required(&rolling_at, "this should be defaulted and never be nil"),
        ("RollingUpdate", Some(rolling)) => {
            let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
            let unavailable_at = rolling_at.child("maxUnavailable");
            positive_int_or_percent(unavailable, &unavailable_at, errors);
            positive_int_or_percent(surge, &rolling_at.child("maxSurge"), errors);
            if int_or_percent(unavailable) == 0 && int_or_percent(surge) == 0 {
                errors.invalid(&unavailable_at, unavailable.clone(), "may not be 0 when `maxSurge` is 0");
            }
            at_most_100_percent(unavailable, &unavailable_at, errors);
        }
        _ => unknown_strategy(strategy, "DeploymentStrategy", &["Recreate", "RollingUpdate"], at, errors),
    }
}

fn unknown_strategy(strategy: &Value, kind: &str, supported: &[&str], at: &Path, errors: &mut Errors) {
    errors.not_supported(at, Value::Null, supported);
    if let Some(last) = errors.0.last_mut() {
        last.shown = Some(internal::render(strategy, kind));
    }
}

/// A new `ReplicaSet`, or a changed one.
pub(super) fn replica_set(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    metadata(object, old, errors);
    let (spec, at) = (spec_of(object), Path::new("spec"));
    errors.non_negative(spec, "replicas", &at);
    errors.non_negative(spec, "minReadySeconds", &at);
    required_selector(spec, "deployment", &at, errors);
    replica_template(spec, &at, errors);
    if let Some(old) = old {
        immutable_selector(spec, spec_of(old), &at, errors);
    }
}

/// A new `DaemonSet`, or a changed one.
pub(super) fn daemon_set(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    metadata(object, old, errors);
    let (spec, at) = (spec_of(object), Path::new("spec"));
    if let Some(old) = old {
        immutable_selector(spec, spec_of(old), &at, errors);
    }
    let (selector, template) = (present(spec, "selector"), spec.get("template").unwrap_or(nothing()));
    if let Some(selector) = selector {
        selector::selector(selector, &at.child("selector"), errors);
    }
    if selector.is_none_or(selector::is_usable) {
        template_matches(selector, template, &at.child("template"), errors);
    }
    if let Some(selector) = selector.filter(|s| selector::is_empty(s)) {
        let shown = selector::shown(Some(selector));
        errors.invalid_shown(&at.child("selector"), shown, "empty selector is invalid for daemonset");
    }
    pod::template(template, None, &at.child("template"), errors);
    always_restarts(spec, "DaemonSet", &at, errors);
    errors.non_negative(spec, "minReadySeconds", &at);
    daemon_strategy(spec.get("updateStrategy").unwrap_or(nothing()), &at.child("updateStrategy"), errors);
    errors.non_negative(spec, "revisionHistoryLimit", &at);
}

fn daemon_strategy(strategy: &Value, at: &Path, errors: &mut Errors) {
    let rolling_at = at.child("rollingUpdate");
    match (text(strategy, "type"), present(strategy, "rollingUpdate")) {
        ("OnDelete", _) => {}
        ("RollingUpdate", None) => errors.required(&rolling_at, ""),
        ("RollingUpdate", Some(rolling)) => {
            let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
            let (unavailable_at, surge_at) = (rolling_at.child("maxUnavailable"), rolling_at.child("maxSurge"));
            positive_int_or_percent(unavailable, &unavailable_at, errors);
            positive_int_or_percent(surge, &surge_at, errors);
            at_most_100_percent(unavailable, &unavailable_at, errors);
            at_most_100_percent(surge, &surge_at, errors);
            match (int_or_percent(unavailable) != 0, int_or_percent(surge) != 0) {
                (true, true) => {
                    let detail = "may not be set when maxUnavailable is non-zero";
                    errors.invalid(&surge_at, surge.clone(), detail);
                }
                (false, false) => errors.required(&unavailable_at, "cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => unknown_strategy(strategy, "DaemonSetUpdateStrategy", &["RollingUpdate", "OnDelete"], at, errors),
    }
}

/// A new status of a Deployment, `ReplicaSet` or `DaemonSet`.
pub(super) fn status_update(new: &Value, old: &Value, errors: &mut Errors) {
    const COUNTS: [&str; 16] = [
        "observedGeneration",
        "replicas",
        "fullyLabeledReplicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ];
    meta::update(new, old, errors);
    let (status, old_status) = (new.get("status").unwrap_or(nothing()), old.get("status").unwrap_or(nothing()));
    let at = Path::new("status");
    for member in COUNTS {
        errors.non_negative(status, member, &at);
    }
    for member in ["fullyLabeledReplicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
        let value = integer(status, member);
        if value > integer(status, "replicas") {
            errors.invalid(&at.child(member), value, "cannot be greater than status.replicas");
        }
    }
    let available = integer(status, "availableReplicas");
    if available > integer(status, "readyReplicas") {
        errors.invalid(&at.child("availableReplicas"), available, "cannot be greater than readyReplicas");
    }
    collision_count(status, old_status, &at, errors);
}
