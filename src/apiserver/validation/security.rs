//! Security contexts of Pods and containers (`validatePodSpecSecurityContext`, `ValidateSecurityContext` in
//! `pkg/apis/core/validation`). Windows options and sysctl namespaces are not looked into.

use std::collections::BTreeSet;

use serde_json::Value;

use super::container::adds_capability;
use super::errors::{Errors, Path, is_true, list, present, text};
use super::names;
use super::volume::local_descending;

const MAX_ID: i64 = i32::MAX as i64;

fn id(context: &Value, member: &str, at: &Path, errors: &mut Errors) {
    if let Some(id) = context.get(member).and_then(Value::as_i64) {
        for message in names::in_range(id, 0, MAX_ID) {
            errors.invalid(&at.child(member), id, message);
        }
    }
}

/// `spec.securityContext`; `spec` is the Pod spec it belongs to.
pub(super) fn pod(context: &Value, spec: &Value, at: &Path, errors: &mut Errors) {
    for member in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(context, member, at, errors);
    }
    for (i, group) in list(context, "supplementalGroups").iter().filter_map(Value::as_i64).enumerate() {
        for message in names::in_range(group, 0, MAX_ID) {
            errors.invalid(&at.child("supplementalGroups").index(i), group, message);
        }
    }
    if is_true(spec, "shareProcessNamespace") && is_true(spec, "hostPID") {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&at.child("shareProcessNamespace"), true, detail);
    }
    sysctls(context, &at.child("sysctls"), errors);
    one_of(context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"], at, errors);
    profiles(context, at, errors);
    one_of(context, "supplementalGroupsPolicy", &["Merge", "Strict"], at, errors);
    one_of(context, "seLinuxChangePolicy", &["Recursive"], at, errors);
}

fn one_of(context: &Value, member: &str, supported: &[&str], at: &Path, errors: &mut Errors) {
    if let Some(value) = context.get(member).and_then(Value::as_str)
        && !supported.contains(&value)
    {
        errors.not_supported(&at.child(member), value, supported);
    }
}

fn sysctls(context: &Value, at: &Path, errors: &mut Errors) {
    const PATTERN: &str = r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    let mut seen = BTreeSet::new();
    for (i, sysctl) in list(context, "sysctls").iter().enumerate() {
        let (at, name) = (at.index(i), text(sysctl, "name"));
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let segment = |part: &str| {
            part.bytes().all(|b| word(b) || matches!(b, b'-' | b'_'))
                && part.bytes().next().is_some_and(word)
                && part.bytes().last().is_some_and(word)
        };
        if name.is_empty() {
            errors.required(&at.child("name"), "");
        } else if name.len() > 253 || !name.split(['.', '/']).all(segment) {
            let detail = format!("must have at most 253 characters and match regex {PATTERN}");
            errors.invalid(&at.child("name"), name, detail);
        } else if seen.contains(name) {
            errors.duplicate(&at.child("name"), name);
        }
        seen.insert(name);
    }
}

/// Seccomp and `AppArmor` profiles, which Pods and containers have alike.
fn profiles(context: &Value, at: &Path, errors: &mut Errors) {
    if let Some(profile) = present(context, "seccompProfile") {
        seccomp(profile, &at.child("seccompProfile"), errors);
    }
    if let Some(profile) = present(context, "appArmorProfile") {
        app_armor(profile, &at.child("appArmorProfile"), errors);
    }
}

const PROFILE_TYPES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

fn seccomp(profile: &Value, at: &Path, errors: &mut Errors) {
    let sort = text(profile, "type");
    if sort.is_empty() {
        errors.required(&at.child("type"), "type is required when seccompProfile is set");
    } else if !PROFILE_TYPES.contains(&sort) {
        errors.not_supported(&at.child("type"), sort, &PROFILE_TYPES);
    }
    let path = present(profile, "localhostProfile").and_then(Value::as_str);
    match (sort == "Localhost", path) {
        (true, None) => {
            errors.required(&at.child("localhostProfile"), "must be set when seccomp type is Localhost");
        }
        (true, Some(path)) => local_descending(path, &at.child("localhostProfile"), errors),
        (false, Some(path)) => {
            let (sort, path) = (Value::from(sort), Value::from(path));
            let shown = format!("{{\"Type\":{sort},\"LocalhostProfile\":{path}}}");
            errors.invalid_shown(
                &at.child("localhostProfile"),
                shown,
                "can only be set when seccomp type is Localhost",
            );
        }
        (false, None) => {}
    }
}

fn app_armor(profile: &Value, at: &Path, errors: &mut Errors) {
    const NEEDED: &str = "must be set when AppArmor type is Localhost";
    let path = present(profile, "localhostProfile").and_then(Value::as_str);
    let path_at = at.child("localhostProfile");
    match (text(profile, "type"), path) {
        ("Localhost", None) => errors.required(&path_at, NEEDED),
        ("Localhost", Some(path)) => {
            if path.trim() != path {
                errors.invalid(&path_at, path, "must not be padded with whitespace");
            } else if path.is_empty() {
                errors.required(&path_at, NEEDED);
            }
            if path.len() > 4095 {
                errors.too_long(&path_at, 4095);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(path)) => {
            errors.invalid(&path_at, path, "can only be set when AppArmor type is Localhost");
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => errors.required(&at.child("type"), "type is required when appArmorProfile is set"),
        (other, _) => errors.not_supported(&at.child("type"), other, &PROFILE_TYPES),
    }
}

/// A container's `securityContext`.
pub(super) fn container(context: &Value, host_users: bool, at: &Path, errors: &mut Errors) {
    id(context, "runAsUser", at, errors);
    id(context, "runAsGroup", at, errors);
    if let Some(mount) = context.get("procMount").and_then(Value::as_str) {
        if !["Default", "Unmasked"].contains(&mount) {
            errors.not_supported(&at.child("procMount"), mount, &["Default", "Unmasked"]);
        }
        if host_users && mount == "Unmasked" {
            errors.invalid(&at.child("procMount"), mount, "`hostUsers` must be false to use `Unmasked`");
        }
    }
    if let Some(profile) = present(context, "seccompProfile") {
        seccomp(profile, &at.child("seccompProfile"), errors);
    }
    if context.get("allowPrivilegeEscalation") == Some(&Value::Bool(false)) {
        if is_true(context, "privileged") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid_shown(at, shown(context), detail);
        }
        if adds_capability(context, "CAP_SYS_ADMIN") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.invalid_shown(at, shown(context), detail);
        }
    }
    if let Some(profile) = present(context, "appArmorProfile") {
        app_armor(profile, &at.child("appArmorProfile"), errors);
    }
}

/// A container's security context as Go prints it: every field of the internal type, in its order.
fn shown(context: &Value) -> String {
    super::internal::render(context, "SecurityContext")
}
