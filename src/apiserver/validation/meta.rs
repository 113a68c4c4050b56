//! `ObjectMeta` (`k8s.io/apimachinery/pkg/api/validation/objectmeta.go`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, NEGATIVE, Path, integer, is_true, list, nothing, present, same, text, texts};
use super::{names, selector};

/// A rule for names.
pub(super) type NameRule = fn(&str) -> Vec<String>;

/// The metadata of a new object.
pub(super) fn create(object: &Value, namespaced: bool, rule: NameRule, errors: &mut Errors) {
    let meta = object.get("metadata").unwrap_or(nothing());
    let at = Path::new("metadata");
    let generate_name = text(meta, "generateName");
    if !generate_name.is_empty() {
        let messages = rule(&names::mask_trailing_dash(generate_name));
        errors.each(&at.child("generateName"), generate_name, messages);
    }
    let name = text(meta, "name");
    if name.is_empty() {
        errors.required(&at.child("name"), "name or generateName is required");
    } else {
        errors.each(&at.child("name"), name, rule(name));
    }
    let namespace = text(meta, "namespace");
    match (namespaced, namespace.is_empty()) {
        (true, true) => errors.required(&at.child("namespace"), ""),
        (true, false) => errors.each(&at.child("namespace"), namespace, names::dns_label(namespace)),
        (false, false) => errors.forbidden(&at.child("namespace"), "not allowed on this type"),
        (false, true) => {}
    }
    let generation = integer(meta, "generation");
    if generation < 0 {
        errors.invalid(&at.child("generation"), generation, NEGATIVE);
    }
    selector::labels(meta, "labels", &at.child("labels"), errors);
    selector::annotations(meta, "annotations", &at.child("annotations"), errors);
    owners(meta, &at.child("ownerReferences"), errors);
    finalizers(meta, &at.child("finalizers"), errors);
}

fn owners(meta: &Value, at: &Path, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in list(meta, "ownerReferences") {
        let api_version = text(owner, "apiVersion");
        if api_version.is_empty() || api_version.matches('/').count() > 1 {
            errors.invalid(&at.child("apiVersion"), api_version, "version must not be empty");
        }
        for member in ["kind", "name", "uid"] {
            if text(owner, member).is_empty() {
                errors.invalid(&at.child(member), "", "must not be empty");
            }
        }
        if api_version == "v1" && text(owner, "kind") == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            errors.invalid_shown(at, owner_shown(owner), detail);
        }
        if is_true(owner, "controller") {
            let this = format!("{}/{}", text(owner, "kind"), text(owner, "name"));
            match &controller {
                Some(first) => {
                    let all: Vec<String> = list(meta, "ownerReferences").iter().map(owner_shown).collect();
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} \
                         and {this}"
                    );
                    errors.invalid_shown(at, format!("[{}]", all.join(",")), &detail);
                }
                None => controller = Some(this),
            }
        }
    }
}

/// An owner reference as Go prints it.
fn owner_shown(owner: &Value) -> String {
    let members = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let parts: Vec<String> =
        members.iter().filter_map(|m| owner.get(m).map(|value| format!("\"{m}\":{value}"))).collect();
    format!("{{{}}}", parts.join(","))
}

fn finalizers(meta: &Value, at: &Path, errors: &mut Errors) {
    let mut conflicting = 0;
    for finalizer in texts(meta, "finalizers") {
        errors.each(at, finalizer, names::qualified_name(finalizer));
        conflicting |= match finalizer {
            "orphan" => 1,
            "foregroundDeletion" => 2,
            _ => 0,
        };
    }
    if conflicting == 3 {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(at, list(meta, "finalizers").to_vec(), detail);
    }
}

/// The metadata of a changed object.
pub(super) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old) = (new.get("metadata").unwrap_or(nothing()), old.get("metadata").unwrap_or(nothing()));
    let at = Path::new("metadata");
    if present(old, "deletionTimestamp").is_some() {
        let had: BTreeSet<&str> = texts(old, "finalizers").collect();
        let extra: BTreeSet<&str> = texts(new, "finalizers").filter(|f| !had.contains(f)).collect();
        if !extra.is_empty() {
            let quoted: Vec<String> = extra.iter().map(|f| format!("{f:?}")).collect();
            errors.forbidden(
                &at.child("finalizers"),
                format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers \
                     []string{{{}}}",
                    quoted.join(", ")
                ),
            );
        }
    }
    if integer(new, "generation") < integer(old, "generation") {
        errors.invalid(&at.child("generation"), integer(new, "generation"), "must not be decremented");
    }
    let fixed = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"];
    for member in fixed {
        if !same(new.get(member), old.get(member)) {
            let value = new.get(member).cloned().unwrap_or_else(|| match member {
                "name" | "namespace" | "uid" => Value::from(""),
                _ => Value::Null,
            });
            errors.invalid(&at.child(member), value, "field is immutable");
        }
    }
    selector::labels(new, "labels", &at.child("labels"), errors);
    selector::annotations(new, "annotations", &at.child("annotations"), errors);
    owners(new, &at.child("ownerReferences"), errors);
}
