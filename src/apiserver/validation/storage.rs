//! Claims, volumes and classes (V1, V2, V4–V6, V50; `pkg/apis/core/validation`, `pkg/apis/storage/validation`).
//! Whether a class allows expansion (V49) needs the class and is the caller's.

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, Path, entries, list, nothing, present, same, text, texts};
use super::{diff, internal, meta, names, quantity, scheduling, selector, volume};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn access_modes(spec: &Value, at: &Path, errors: &mut Errors) {
    let at = at.child("accessModes");
    for mode in texts(spec, "accessModes").filter(|mode| !MODES.contains(mode)) {
        errors.not_supported(&at, mode, &MODES);
    }
    let (mut alone, mut other) = (false, false);
    for mode in texts(spec, "accessModes") {
        alone |= mode == "ReadWriteOncePod";
        other |= mode != "ReadWriteOncePod" && MODES.contains(&mode);
    }
    if alone && other {
        errors.forbidden(&at, "may not use ReadWriteOncePod with other access modes");
    }
}

fn volume_mode(spec: &Value, at: &Path, errors: &mut Errors) {
    if let Some(mode) = spec.get("volumeMode").and_then(Value::as_str)
        && !["Block", "Filesystem"].contains(&mode)
    {
        errors.not_supported(&at.child("volumeMode"), mode, &["Block", "Filesystem"]);
    }
}

fn named(spec: &Value, member: &str, at: &Path, errors: &mut Errors) {
    let name = text(spec, member);
    if !name.is_empty() {
        errors.each(&at.child(member), name, names::dns_subdomain(name));
    }
}

/// The spec of a claim or of a claim template (V4).
pub(super) fn claim_spec(spec: &Value, at: &Path, errors: &mut Errors) {
    if list(spec, "accessModes").is_empty() {
        errors.required(&at.child("accessModes"), "at least 1 access mode is required");
    }
    if let Some(selector) = present(spec, "selector") {
        selector::selector(selector, &at.child("selector"), errors);
    }
    access_modes(spec, at, errors);
    let resources_at = at.child("resources");
    let storage_at = resources_at.key("storage");
    match storage_request(spec) {
        None => errors.required(&storage_at, ""),
        Some(size) => drop(quantity::positive(size, &storage_at, errors)),
    }
    named(spec, "storageClassName", at, errors);
    volume_mode(spec, at, errors);
    for member in ["dataSource", "dataSourceRef"] {
        if let Some(source) = present(spec, member) {
            data_source(source, &at.child(member), errors);
        }
    }
    if let (Some(source), Some(reference)) = (present(spec, "dataSource"), present(spec, "dataSourceRef")) {
        let differs = ["apiGroup", "kind", "name"].iter().any(|member| source.get(*member) != reference.get(*member));
        if !text(reference, "namespace").is_empty() {
            let detail = "may not be specified when dataSourceRef.namespace is specified";
            errors.invalid_shown(at, "{}".to_string(), detail);
        } else if differs {
            errors.invalid_shown(at, "{}".to_string(), "must match dataSourceRef");
        }
    }
    named(spec, "volumeAttributesClassName", at, errors);
}

fn storage_request(spec: &Value) -> Option<&str> {
    spec.get("resources")?.get("requests")?.get("storage")?.as_str()
}

fn data_source(source: &Value, at: &Path, errors: &mut Errors) {
    for member in ["name", "kind"] {
        if text(source, member).is_empty() {
            errors.required(&at.child(member), "");
        }
    }
    let (group, kind) = (text(source, "apiGroup"), text(source, "kind"));
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        errors.invalid(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }
    named(source, "apiGroup", at, errors);
    let namespace = text(source, "namespace");
    if !namespace.is_empty() {
        errors.each(&at.child("namespace"), namespace, names::dns_label(namespace));
    }
}

/// A new claim.
pub(super) fn create_claim(claim: &Value, errors: &mut Errors) {
    meta::create(claim, true, names::dns_subdomain, errors);
    claim_spec(claim.get("spec").unwrap_or(nothing()), &Path::new("spec"), errors);
}

/// A changed claim (V6, V50).
pub(super) fn update_claim(new: &Value, old: &Value, errors: &mut Errors) {
    meta::update(new, old, errors);
    create_claim(new, errors);
    let (spec, old_spec) = (new.get("spec").unwrap_or(nothing()), old.get("spec").unwrap_or(nothing()));
    let (mut now, mut before) = (spec.clone(), old_spec.clone());
    let copy = |to: &mut Value, from: &Value, member: &str| {
        let Some(fields) = to.as_object_mut() else { return };
        match from.get(member) {
            Some(value) => drop(fields.insert(member.to_string(), value.clone())),
            None => drop(fields.remove(member)),
        }
    };
    if text(&before, "volumeName").is_empty() {
        copy(&mut before, &now, "volumeName");
    }
    let class = |claim: &Value| Some(claim.get("metadata")?.get("annotations")?.get(BETA_CLASS)?.as_str()?.to_string());
    if class(new) != class(old) {
        let field = format!("metadata.annotations[{BETA_CLASS}]");
        errors.invalid(&Path::new(&field), class(new).unwrap_or_default(), "field is immutable");
    }
    let named_now = spec.get("storageClassName").and_then(Value::as_str);
    if let Some(name) = named_now.filter(|_| present(old_spec, "storageClassName").is_none())
        && class(old).is_none_or(|class| class == name)
    {
        copy(&mut now, old_spec, "storageClassName");
    }
    if new.get("status").is_some_and(|s| text(s, "phase") == "Bound") {
        let size = storage_request(old_spec).map_or(Value::Null, Value::from);
        if let Some(requests) = now.pointer_mut("/resources/requests").and_then(Value::as_object_mut) {
            requests.insert("storage".to_string(), size);
        }
        copy(&mut now, old_spec, "volumeAttributesClassName");
    }
    if !same(Some(&now), Some(&before)) {
        let pretty = |spec: &Value| internal::pretty(spec, "PersistentVolumeClaimSpec");
        let changes = diff::unified(&pretty(&before), &pretty(&now));
        errors.forbidden(
            &Path::new("spec"),
            format!(
                "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound \
                 claims\n{changes}"
            ),
        );
    }
    let size = |spec: &Value| quantity::amount(storage_request(spec).unwrap_or("0"));
    let actual = old.pointer("/status/capacity/storage").and_then(Value::as_str).unwrap_or("0");
    if size(spec) < size(old_spec) && size(spec) <= quantity::amount(actual) {
        let at = Path::new("spec.resources.requests.storage");
        errors.forbidden(&at, "field can not be less than status.capacity");
    }
    errors.immutable(spec, old_spec, "volumeMode", &Path::new("volumeMode"));
}

/// The sources a volume can have, as the server orders them.
const SOURCES: [(&str, &str); 22] = [
    ("hostPath", "hostPath"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("nfs", "nfs"),
    ("rbd", "rbd"),
    ("quobyte", "quobyte"),
    ("cephfs", "cephFS"),
    ("iscsi", "iscsi"),
    ("cinder", "cinder"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("scaleIO", "scaleIO"),
    ("local", "local"),
    ("storageos", "storageos"),
    ("csi", "csi"),
];

/// A new volume (V5).
pub(super) fn create_volume(object: &Value, errors: &mut Errors) {
    meta::create(object, false, names::dns_subdomain, errors);
    let (spec, at) = (object.get("spec").unwrap_or(nothing()), Path::new("spec"));
    if list(spec, "accessModes").is_empty() {
        errors.required(&at.child("accessModes"), "");
    }
    access_modes(spec, &at, errors);
    capacity(spec, &at.child("capacity"), errors);
    let policy = text(spec, "persistentVolumeReclaimPolicy");
    let policies = ["Delete", "Recycle", "Retain"];
    if !policy.is_empty() && !policies.contains(&policy) {
        errors.not_supported(&at.child("persistentVolumeReclaimPolicy"), policy, &policies);
    }
    let affinity = present(spec, "nodeAffinity");
    if let Some(affinity) = affinity {
        let at = at.child("nodeAffinity");
        match present(affinity, "required") {
            Some(required) => scheduling::node_selector(required, &at.child("required"), errors),
            None => errors.required(&at.child("required"), "must specify required node constraints"),
        }
    }
    let mut found = false;
    for (sort, shown) in SOURCES {
        let Some(source) = present(spec, sort) else { continue };
        if found {
            errors.forbidden(&at.child(shown), "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        volume_source(sort, source, affinity.is_some(), &at, errors);
    }
    if !found {
        errors.required(&at, "must specify a volume type");
    }
    let path = spec.pointer("/hostPath/path").and_then(Value::as_str);
    if path == Some("/") && policy == "Recycle" {
        let detail = "may not be 'recycle' for a hostPath mount of '/'";
        errors.forbidden(&at.child("persistentVolumeReclaimPolicy"), detail);
    }
    named(spec, "storageClassName", &at, errors);
    volume_mode(spec, &at, errors);
}

fn capacity(spec: &Value, at: &Path, errors: &mut Errors) {
    let capacity = present(spec, "capacity").unwrap_or(nothing());
    let count = entries(spec, "capacity").count();
    if count == 0 {
        errors.required(at, "");
    }
    if capacity.get("storage").is_none() || count > 1 {
        let value = if count == 0 { Value::Null } else { capacity.clone() };
        errors.not_supported(at, value, &["storage"]);
    }
    for (name, size) in entries(spec, "capacity") {
        quantity::positive(size, &at.key(name), errors);
    }
}

fn volume_source(sort: &str, source: &Value, has_affinity: bool, at: &Path, errors: &mut Errors) {
    let source_at = at.child(sort);
    match sort {
        "hostPath" => volume::host_path(source, &source_at, errors),
        "nfs" => volume::nfs(source, &source_at, errors),
        "local" => {
            let path = text(source, "path");
            if path.is_empty() {
                errors.required(&source_at.child("path"), "");
            } else {
                volume::no_backsteps(path, &source_at.child("path"), errors);
            }
            if !has_affinity {
                errors.required(&at.child("nodeAffinity"), "Local volume requires node affinity");
            }
        }
        "csi" => {
            volume::csi_driver(text(source, "driver"), &source_at.child("driver"), errors);
            if text(source, "volumeHandle").is_empty() {
                errors.required(&source_at.child("volumeHandle"), "");
            }
        }
        _ => {}
    }
}

/// A changed volume: its source, mode and affinity stay (V5).
pub(super) fn update_volume(new: &Value, old: &Value, errors: &mut Errors) {
    create_volume(new, errors);
    let (spec, old_spec) = (new.get("spec").unwrap_or(nothing()), old.get("spec").unwrap_or(nothing()));
    if SOURCES.iter().any(|(sort, _)| !same(spec.get(*sort), old_spec.get(*sort)) || moved(spec, old_spec, sort)) {
        let pretty = |spec: &Value| internal::pretty(spec, "PersistentVolumeSource");
        let changes = diff::unified(&pretty(old_spec), &pretty(spec));
        let detail = format!("spec.persistentvolumesource is immutable after creation\n{changes}");
        errors.forbidden(&Path::new("spec.persistentvolumesource"), detail);
    }
    errors.immutable(spec, old_spec, "volumeMode", &Path::new("volumeMode"));
    if present(old_spec, "nodeAffinity").is_some() {
        errors.immutable(spec, old_spec, "nodeAffinity", &Path::new("nodeAffinity"));
    }
}

/// Whether a source is there in only one of the specs: an empty source is not the same as none.
fn moved(spec: &Value, old: &Value, sort: &str) -> bool {
    present(spec, sort).is_some() != present(old, sort).is_some()
}

/// A new class (V2).
pub(super) fn create_class(class: &Value, errors: &mut Errors) {
    meta::create(class, false, names::dns_subdomain, errors);
    let provisioner = text(class, "provisioner");
    if provisioner.is_empty() {
        errors.required(&Path::new("provisioner"), "");
    } else {
        let lower = provisioner.to_lowercase();
        errors.each(&Path::new("provisioner"), &lower, names::qualified_name(&lower));
    }
    let parameters = Path::new("parameters");
    if entries(class, "parameters").count() > 512 {
        errors.too_long(&parameters, 512);
    }
    let mut size = 0;
    for (key, value) in entries(class, "parameters") {
        if key.is_empty() {
            errors.invalid(&parameters, key, "field can not be empty.");
        }
        size += key.len() + value.len();
    }
    if size > 256 * 1024 {
        errors.too_long(&parameters, 256 * 1024);
    }
    let mut choice = |member: &str, supported: &[&str]| {
        let value = text(class, member);
        if !value.is_empty() && !supported.contains(&value) {
            errors.not_supported(&Path::new(member), value, supported);
        }
    };
    choice("reclaimPolicy", &["Delete", "Retain"]);
    choice("volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]);
    allowed_topologies(class, errors);
}

fn allowed_topologies(class: &Value, errors: &mut Errors) {
    let at = Path::new("allowedTopologies");
    for (i, term) in list(class, "allowedTopologies").iter().enumerate() {
        let term_at = at.index(i);
        let mut keys = BTreeSet::new();
        for (j, expression) in list(term, "matchLabelExpressions").iter().enumerate() {
            let expressions = term_at.child("matchLabelExpressions");
            let at = expressions.index(j);
            let key = text(expression, "key");
            if list(expression, "values").is_empty() {
                errors.required(&at.child("values"), "");
            }
            let mut values = BTreeSet::new();
            for (k, value) in texts(expression, "values").enumerate() {
                if !values.insert(value) {
                    errors.duplicate(&at.child("values").index(k), value);
                }
            }
            errors.each(&at.child("key"), key, names::qualified_name(key));
            if !keys.insert(key) {
                errors.duplicate(&at.child("key"), key);
            }
        }
    }
}

/// A changed class (V1).
pub(super) fn update_class(new: &Value, old: &Value, errors: &mut Errors) {
    meta::update(new, old, errors);
    for member in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        errors.immutable(new, old, member, &Path::new(member));
    }
}
