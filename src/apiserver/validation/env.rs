//! Environment variables and where their values come from (`ValidateEnv`, `ValidateEnvFrom` in
//! `pkg/apis/core/validation`).

use serde_json::Value;

use super::errors::{Errors, Path, list, present, text};
use super::volume::no_backsteps;
use super::{names, quantity};

const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const KNOWN_FIELDS: [&str; 14] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCE_FIELDS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const SIZES: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
const ONE_ONLY: &str = "may not have more than one field specified at a time";

/// `env`.
pub(super) fn env(container: &Value, at: &Path, errors: &mut Errors) {
    for (i, variable) in list(container, "env").iter().enumerate() {
        let (at, name) = (at.index(i), text(variable, "name"));
        if name.is_empty() {
            errors.required(&at.child("name"), "");
        } else {
            errors.each(&at.child("name"), name, names::env_var_name(name));
        }
        if let Some(from) = present(variable, "valueFrom") {
            value_from(from, !text(variable, "value").is_empty(), &at.child("valueFrom"), errors);
        }
    }
}

fn value_from(from: &Value, has_value: bool, at: &Path, errors: &mut Errors) {
    let mut sources = 0;
    if let Some(reference) = present(from, "fieldRef") {
        sources += 1;
        field_ref(reference, &ENV_FIELDS, &at.child("fieldRef"), errors);
    }
    if let Some(reference) = present(from, "resourceFieldRef") {
        sources += 1;
        resource_field_ref(reference, false, &at.child("resourceFieldRef"), errors);
    }
    for member in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = present(from, member) {
            sources += 1;
            key_ref(reference, &at.child(member), errors);
        }
    }
    if let Some(reference) = present(from, "fileKeyRef") {
        sources += 1;
        file_key_ref(reference, &at.child("fileKeyRef"), errors);
    }
    if sources == 0 {
        let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or \
                      `fileKeyRef`";
        errors.invalid(at, "", detail);
    } else if has_value {
        errors.invalid(at, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.invalid(at, "", ONE_ONLY);
    }
}

/// A field of the Pod itself, one of `supported`.
pub(super) fn field_ref(reference: &Value, supported: &[&str], at: &Path, errors: &mut Errors) {
    let (version, path) = (text(reference, "apiVersion"), text(reference, "fieldPath"));
    for (member, value) in [("apiVersion", version), ("fieldPath", path)] {
        if value.is_empty() {
            return errors.required(&at.child(member), "");
        }
    }
    let mut unconvertible = |why: String| {
        errors.invalid(&at.child("fieldPath"), path, format!("error converting fieldPath: {why}"));
    };
    if version != "v1" {
        return unconvertible(format!("unsupported pod version: {version}"));
    }
    let subscripted = path.strip_suffix("']").and_then(|start| start.split_once("['"));
    match subscripted {
        Some(("metadata.annotations", key)) => {
            let key = key.to_lowercase();
            errors.each(at, &key, names::qualified_name(&key));
        }
        Some(("metadata.labels", key)) => errors.each(at, key, names::qualified_name(key)),
        Some(_) => unconvertible(format!("field label does not support subscript: {path}")),
        None => {
            let internal = if path == "spec.host" { "spec.nodeName" } else { path };
            if !KNOWN_FIELDS.contains(&internal) {
                unconvertible(format!("field label not supported: {path}"));
            } else if !supported.contains(&internal) {
                errors.not_supported(&at.child("fieldPath"), internal, supported);
            }
        }
    }
}

/// A resource of a container.
pub(super) fn resource_field_ref(reference: &Value, in_volume: bool, at: &Path, errors: &mut Errors) {
    let resource = text(reference, "resource");
    let huge = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
    if in_volume && text(reference, "containerName").is_empty() {
        errors.required(&at.child("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&at.child("resource"), "");
    } else if !RESOURCE_FIELDS.contains(&resource) && !huge {
        errors.not_supported(&at.child("resource"), resource, &RESOURCE_FIELDS);
    }
    let divisor = text(reference, "divisor");
    if divisor.is_empty() || quantity::amount(divisor) == 0 {
        return;
    }
    let (good, what) = match resource.split_once('.').map_or("", |(_, name)| name) {
        "cpu" => {
            if !["1m", "1"].contains(&divisor) {
                let detail = "only divisor's values 1m and 1 are supported with the cpu resource";
                errors.invalid(&at.child("divisor"), resource, detail);
            }
            return;
        }
        "memory" => (SIZES.contains(&divisor), "memory"),
        "ephemeral-storage" => (SIZES.contains(&divisor), "local ephemeral storage"),
        _ if huge => (SIZES.contains(&divisor), "hugepages"),
        _ => return,
    };
    if !good {
        let detail = format!("only divisor's values {} are supported with the {what} resource", SIZES.join(", "));
        errors.invalid(&at.child("divisor"), resource, detail);
    }
}

fn key_ref(reference: &Value, at: &Path, errors: &mut Errors) {
    let (name, key) = (text(reference, "name"), text(reference, "key"));
    errors.each(&at.child("name"), name, names::dns_subdomain(name));
    if key.is_empty() {
        errors.required(&at.child("key"), "");
    } else {
        errors.each(&at.child("key"), key, names::config_map_key(key));
    }
}

fn file_key_ref(reference: &Value, at: &Path, errors: &mut Errors) {
    let (key, volume, path) = (text(reference, "key"), text(reference, "volumeName"), text(reference, "path"));
    if key.is_empty() {
        errors.required(&at.child("key"), "");
    } else {
        errors.each(&at.child("key"), key, names::env_var_name(key));
    }
    if volume.is_empty() {
        errors.required(&at.child("volumeName"), "");
    } else {
        errors.each(&at.child("volumeName"), volume, names::dns_label(volume));
    }
    if path.is_empty() {
        errors.required(&at.child("path"), "");
    } else {
        no_backsteps(path, &at.child("path"), errors);
    }
}

/// `envFrom`.
pub(super) fn env_from(container: &Value, at: &Path, errors: &mut Errors) {
    for (i, from) in list(container, "envFrom").iter().enumerate() {
        let (item, prefix) = (at.index(i), text(from, "prefix"));
        if !prefix.is_empty() {
            errors.each(&item.child("prefix"), prefix, names::env_var_name(prefix));
        }
        let mut sources = 0;
        for member in ["configMapRef", "secretRef"] {
            let Some(reference) = present(from, member) else { continue };
            sources += 1;
            let (at, name) = (item.child(member), text(reference, "name"));
            if name.is_empty() {
                errors.required(&at.child("name"), "");
            } else {
                errors.each(&at.child("name"), name, names::dns_subdomain(&names::mask_trailing_dash(name)));
            }
        }
        match sources {
            0 => errors.invalid(at, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(at, "", ONE_ONLY),
        }
    }
}
