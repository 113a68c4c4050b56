//! `StatefulSet`s and their revisions (S16–S22; `pkg/apis/apps/validation/validation.go`). The order of the checks is
//! the order of the messages.

use serde_json::Value;

use super::errors::{Errors, NEGATIVE, Path, integer, list, nothing, present, same, text};
use super::{internal, meta, names, pod, selector, storage, workload};

/// What an update tolerates of what is already stored (S19).
#[derive(Clone, Copy, Default)]
struct Tolerance {
    update: bool,
    template: bool,
}

/// A new set.
pub(super) fn create(object: &Value, errors: &mut Errors) {
    meta::create(object, true, names::dns_label, errors);
    spec(object.get("spec").unwrap_or(nothing()), Tolerance::default(), errors);
}

/// A changed set.
pub(super) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    const MUTABLE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    meta::update(new, old, errors);
    let (new_spec, old_spec) = (new.get("spec").unwrap_or(nothing()), old.get("spec").unwrap_or(nothing()));
    // What is wrong with a template that did not change was wrong before, and then it is tolerated; so it need not be
    // looked at.
    let kept =
        ["template", "selector", "volumeClaimTemplates"].iter().all(|key| new_spec.get(key) == old_spec.get(key));
    let tolerated = kept || {
        let mut stored = Errors::default();
        spec(old_spec, Tolerance { update: true, template: false }, &mut stored);
        !stored.0.is_empty()
    };
    spec(new_spec, Tolerance { update: true, template: tolerated }, errors);
    let keys = |spec: &Value| spec.as_object().map_or_else(Vec::new, |s| s.keys().cloned().collect());
    let changed = |key: &String| !MUTABLE.contains(&key.as_str()) && !same(new_spec.get(key), old_spec.get(key));
    if keys(new_spec).iter().chain(&keys(old_spec)).any(changed) {
        errors.forbidden(
            &Path::new("spec"),
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
             'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

fn spec(spec: &Value, tolerance: Tolerance, errors: &mut Errors) {
    let at = Path::new("spec");
    match text(spec, "podManagementPolicy") {
        "" => errors.required(&at.child("podManagementPolicy"), ""),
        "OrderedReady" | "Parallel" => {}
        other => {
            errors.invalid(&at.child("podManagementPolicy"), other, "must be 'OrderedReady' or 'Parallel'");
        }
    }
    update_strategy(spec.get("updateStrategy").unwrap_or(nothing()), &at.child("updateStrategy"), errors);
    if let Some(policy) = present(spec, "persistentVolumeClaimRetentionPolicy") {
        for member in ["whenDeleted", "whenScaled"] {
            let value = text(policy, member);
            if !["Retain", "Delete"].contains(&value) {
                let at = at.child("persistentVolumeClaimRetentionPolicy");
                errors.not_supported(&at.child(member), value, &["Retain", "Delete"]);
            }
        }
    }
    let claims = list(spec, "volumeClaimTemplates");
    if !tolerance.update {
        for (i, claim) in claims.iter().enumerate() {
            let (templates, spec) = (at.child("volumeClaimTemplates"), claim.get("spec").unwrap_or(nothing()));
            storage::claim_spec(spec, &templates.index(i).child("spec"), errors);
        }
    }
    errors.non_negative(spec, "replicas", &at);
    errors.non_negative(spec, "minReadySeconds", &at);
    if let Some(ordinals) = present(spec, "ordinals") {
        errors.non_negative(ordinals, "start", &at.child("ordinals"));
    }
    let service = text(spec, "serviceName");
    if !tolerance.update && !service.is_empty() {
        errors.each(&at.child("serviceName"), service, names::dns_label(service));
    }
    selector_and_template(spec, claims, tolerance, &at, errors);
    workload::always_restarts(spec, "StatefulSet", &at, errors);
}

fn update_strategy(strategy: &Value, at: &Path, errors: &mut Errors) {
    let rolling = present(strategy, "rollingUpdate");
    let rolling_at = at.child("rollingUpdate");
    match (text(strategy, "type"), rolling) {
        ("", _) => errors.required(at, ""),
        ("OnDelete", Some(rolling)) => {
            let shown = internal::render(rolling, "RollingUpdateStatefulSetStrategy");
            errors.invalid_shown(&rolling_at, shown, "only allowed for updateStrategy 'RollingUpdate'");
        }
        ("RollingUpdate", Some(rolling)) => {
            errors.non_negative(rolling, "partition", &rolling_at);
            if let Some(unavailable) = present(rolling, "maxUnavailable") {
                let at = rolling_at.child("maxUnavailable");
                workload::positive_int_or_percent(unavailable, &at, errors);
                if workload::int_or_percent(unavailable) == 0 {
                    errors.invalid(&at, unavailable.clone(), "cannot be 0");
                }
                workload::at_most_100_percent(unavailable, &at, errors);
            }
        }
        ("OnDelete" | "RollingUpdate", None) => {}
        _ => {
            let shown = internal::render(strategy, "StatefulSetUpdateStrategy");
            errors.invalid_shown(at, shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

fn selector_and_template(spec: &Value, claims: &[Value], tolerance: Tolerance, at: &Path, errors: &mut Errors) {
    workload::required_selector(spec, "statefulset", at, errors);
    let selector = present(spec, "selector");
    if selector.is_some_and(|s| !selector::is_usable(s)) {
        return errors.invalid_shown(&at.child("selector"), selector::shown(selector), "");
    }
    let template = spec.get("template").unwrap_or(nothing());
    workload::template_matches(selector, template, &at.child("template"), errors);
    if tolerance.template {
        pod::template_metadata(template, &at.child("template"), errors);
    } else {
        pod::template(template, Some(claims), &at.child("template"), errors);
    }
}

/// A new status (S21).
pub(super) fn status_update(new: &Value, old: &Value, errors: &mut Errors) {
    const COUNTS: [&str; 7] = [
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ];
    let (status, old_status) = (new.get("status").unwrap_or(nothing()), old.get("status").unwrap_or(nothing()));
    let at = Path::new("status");
    for member in COUNTS {
        errors.non_negative(status, member, &at);
    }
    for member in ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] {
        let value = integer(status, member);
        if value > integer(status, "replicas") {
            errors.invalid(&at.child(member), value, "cannot be greater than status.replicas");
        }
    }
    let available = integer(status, "availableReplicas");
    if available > integer(status, "readyReplicas") {
        let detail = "cannot be greater than status.readyReplicas";
        errors.invalid(&at.child("availableReplicas"), available, detail);
    }
    meta::update(new, old, errors);
    workload::collision_count(status, old_status, &at, errors);
}

fn revision(object: &Value, errors: &mut Errors) {
    meta::create(object, true, names::dns_subdomain, errors);
    let revision = integer(object, "revision");
    if revision < 0 {
        errors.invalid(&Path::new("revision"), revision, NEGATIVE);
    }
}

/// A new `ControllerRevision` (S22).
pub(super) fn create_revision(object: &Value, errors: &mut Errors) {
    revision(object, errors);
    match present(object, "data") {
        None => errors.required(&Path::new("data"), "data is mandatory"),
        Some(data) if !data.is_object() => {
            errors.required(&Path::new("data"), "data must be a valid JSON object");
        }
        Some(_) => {}
    }
}

/// A changed `ControllerRevision`: its data stays.
pub(super) fn update_revision(new: &Value, old: &Value, errors: &mut Errors) {
    meta::update(new, old, errors);
    revision(new, errors);
    errors.immutable(new, old, "data", &Path::new("data"));
}
