//! Volumes of Pods, and the mounts and devices of containers that use them (`ValidateVolumes`, `ValidateVolumeMounts`,
//! `ValidateVolumeDevices` in `pkg/apis/core/validation`). Retired in-tree sources are counted but not looked into.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::errors::{Errors, Path, integer, is_true, list, nothing, present, text};
use super::{env, names, quantity, selector, storage};

/// The good volumes of a Pod by name.
pub(super) type Volumes<'a> = BTreeMap<&'a str, &'a Value>;

/// Sources in the order in which the server looks for them, with the name it uses for a second one.
const SOURCES: [(&str, &str); 30] = [
    ("emptyDir", "emptyDir"),
    ("hostPath", "hostPath"),
    ("gitRepo", "gitRepo"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistentVolumeClaim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    ("cephfs", "cephFS"),
    ("quobyte", "quobyte"),
    ("downwardAPI", "downwarAPI"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("configMap", "configMap"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scaleIO", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
];
const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
const VOLUME_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// All volumes; the bad ones are left out of what containers may mount. `pod_name` is empty in a template.
pub(super) fn volumes<'a>(
    volumes: impl Iterator<Item = &'a Value>,
    pod_name: &str,
    is_pod: bool,
    at: &Path,
    errors: &mut Errors,
) -> Volumes<'a> {
    let mut good = Volumes::new();
    for (i, volume) in volumes.enumerate() {
        let (at, name, before) = (at.index(i), text(volume, "name"), errors.0.len());
        source(volume, pod_name, is_pod, &at, errors);
        if name.is_empty() {
            errors.required(&at.child("name"), "");
        } else {
            errors.each(&at.child("name"), name, names::dns_label(name));
        }
        if good.contains_key(name) {
            errors.duplicate(&at.child("name"), name);
        }
        if errors.0.len() == before {
            good.insert(name, volume);
        }
    }
    good
}

fn source(volume: &Value, pod_name: &str, is_pod: bool, at: &Path, errors: &mut Errors) {
    let mut found = false;
    for (sort, second) in SOURCES {
        let Some(source) = present(volume, sort) else { continue };
        if found && sort != "emptyDir" {
            errors.forbidden(&at.child(second), "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        one_source(sort, source, is_pod, &at.child(sort), errors);
        let name = text(volume, "name");
        if sort == "ephemeral" && !pod_name.is_empty() && !name.is_empty() {
            let claim = format!("{pod_name}-{name}");
            for message in names::dns_subdomain(&claim) {
                errors.invalid(&at.child("name"), name, format!("PVC name \"{claim}\": {message}"));
            }
        }
    }
    if !found {
        errors.required(at, "must specify a volume type");
    }
}

fn one_source(sort: &str, source: &Value, is_pod: bool, at: &Path, errors: &mut Errors) {
    match sort {
        "emptyDir" if quantity::amount(text(source, "sizeLimit")) < 0 => {
            errors.forbidden(&at.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
        }
        "hostPath" => host_path(source, at, errors),
        "secret" => files(source, "secretName", at, errors),
        "configMap" => files(source, "name", at, errors),
        "nfs" => nfs(source, at, errors),
        "persistentVolumeClaim" if text(source, "claimName").is_empty() => {
            errors.required(&at.child("claimName"), "");
        }
        "downwardAPI" => {
            mode(source, "defaultMode", at, errors);
            for file in list(source, "items") {
                downward_file(file, at, errors);
            }
        }
        "projected" => projected(source, at, errors),
        "csi" => csi_driver(text(source, "driver"), &at.child("driver"), errors),
        "ephemeral" => match present(source, "volumeClaimTemplate") {
            None => errors.required(&at.child("volumeClaimTemplate"), ""),
            Some(template) => {
                let at = at.child("volumeClaimTemplate");
                let (meta, meta_at) = (template.get("metadata").unwrap_or(nothing()), at.child("metadata"));
                selector::annotations(meta, "annotations", &meta_at.child("annotations"), errors);
                selector::labels(meta, "labels", &meta_at.child("labels"), errors);
                storage::claim_spec(template.get("spec").unwrap_or(nothing()), &at.child("spec"), errors);
            }
        },
        "image" => {
            if is_pod && text(source, "reference").is_empty() {
                errors.required(&at.child("reference"), "");
            }
            let policy = text(source, "pullPolicy");
            errors.choice(&at.child("pullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
        }
        _ => {}
    }
}

/// A directory of the node.
pub(super) fn host_path(source: &Value, at: &Path, errors: &mut Errors) {
    let path = text(source, "path");
    if path.is_empty() {
        return errors.required(&at.child("path"), "");
    }
    no_backsteps(path, &at.child("path"), errors);
    let sort = text(source, "type");
    if !HOST_PATH_TYPES.contains(&sort) {
        errors.not_supported(&at.child("type"), sort, &HOST_PATH_TYPES);
    }
}

/// An NFS export.
pub(super) fn nfs(source: &Value, at: &Path, errors: &mut Errors) {
    for member in ["server", "path"] {
        if text(source, member).is_empty() {
            errors.required(&at.child(member), "");
        }
    }
    let path = text(source, "path");
    if !path.starts_with('/') {
        errors.invalid(&at.child("path"), path, "must be an absolute path");
    }
}

/// The name of a CSI driver.
pub(super) fn csi_driver(driver: &str, at: &Path, errors: &mut Errors) {
    if driver.is_empty() {
        return errors.required(at, "");
    }
    if driver.len() > 63 {
        errors.too_long(at, 63);
    }
    errors.each(at, driver, names::dns_subdomain(&driver.to_lowercase()));
}

fn mode(source: &Value, member: &str, at: &Path, errors: &mut Errors) {
    let mode = integer(source, member);
    if !(0..=0o777).contains(&mode) {
        errors.invalid(&at.child(member), mode, MODE);
    }
}

/// A Secret or `ConfigMap` as files.
fn files(source: &Value, name: &str, at: &Path, errors: &mut Errors) {
    if text(source, name).is_empty() {
        errors.required(&at.child(name), "");
    }
    mode(source, "defaultMode", at, errors);
    for (i, item) in list(source, "items").iter().enumerate() {
        key_to_path(item, &at.child("items").index(i), errors);
    }
}

fn key_to_path(item: &Value, at: &Path, errors: &mut Errors) {
    for member in ["key", "path"] {
        if text(item, member).is_empty() {
            errors.required(&at.child(member), "");
        }
    }
    local_path(text(item, "path"), &at.child("path"), errors);
    mode(item, "mode", at, errors);
}

fn downward_file(file: &Value, at: &Path, errors: &mut Errors) {
    if text(file, "path").is_empty() {
        errors.required(&at.child("path"), "");
    }
    local_path(text(file, "path"), &at.child("path"), errors);
    match (present(file, "fieldRef"), present(file, "resourceFieldRef")) {
        (Some(reference), resource) => {
            env::field_ref(reference, &VOLUME_FIELDS, &at.child("fieldRef"), errors);
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(at, "resource", detail);
            }
        }
        (None, Some(reference)) => {
            env::resource_field_ref(reference, true, &at.child("resourceFieldRef"), errors);
        }
        (None, None) => errors.required(at, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file, "mode", at, errors);
}

fn projected(source: &Value, at: &Path, errors: &mut Errors) {
    mode(source, "defaultMode", at, errors);
    let mut paths = BTreeSet::new();
    for (i, part) in list(source, "sources").iter().enumerate() {
        let (list_at, mut sorts) = (at.child("sources"), 0);
        let part_at = list_at.index(i);
        for sort in ["secret", "configMap"] {
            let Some(files) = present(part, sort) else { continue };
            sorts += 1;
            let files_at = part_at.child(sort);
            if text(files, "name").is_empty() {
                errors.required(&files_at.child("name"), "");
            }
            for (j, item) in list(files, "items").iter().enumerate() {
                key_to_path(item, &files_at.child("items").index(j), errors);
                let path = text(item, "path");
                if !path.is_empty() && !paths.insert(path) {
                    errors.invalid(at, text(files, "name"), "conflicting duplicate paths");
                }
            }
        }
        if let Some(downward) = present(part, "downwardAPI") {
            sorts += 1;
            for file in list(downward, "items") {
                downward_file(file, &part_at.child("downwardAPI"), errors);
                let path = text(file, "path");
                if !path.is_empty() && !paths.insert(path) {
                    errors.invalid(at, path, "conflicting duplicate paths");
                }
            }
        }
        if let Some(token) = present(part, "serviceAccountToken") {
            sorts += 1;
            service_account_token(token, at, &part_at.child("serviceAccountToken"), errors);
        }
        sorts += ["clusterTrustBundle", "podCertificate"].iter().filter(|s| present(part, s).is_some()).count();
        if sorts > 1 {
            errors.forbidden(&part_at, "may not specify more than 1 volume type per source");
        }
    }
}

fn service_account_token(token: &Value, volume_at: &Path, at: &Path, errors: &mut Errors) {
    let seconds = integer(token, "expirationSeconds");
    if seconds < 600 {
        let detail = "may not specify a duration less than 10 minutes";
        errors.invalid(&at.child("expirationSeconds"), seconds, detail);
    }
    if seconds > 1 << 32 {
        let detail = "may not specify a duration larger than 2^32 seconds";
        errors.invalid(&at.child("expirationSeconds"), seconds, detail);
    }
    let path = text(token, "path");
    if path.is_empty() {
        errors.required(&volume_at.child("path"), "");
    } else {
        local_path(path, &volume_at.child("path"), errors);
    }
}

/// No `..` among the parts of a path.
pub(super) fn no_backsteps(path: &str, at: &Path, errors: &mut Errors) {
    if path.split('/').any(|part| part == "..") {
        errors.invalid(at, path, "must not contain '..'");
    }
}

/// A path that stays below where it starts.
pub(super) fn local_descending(path: &str, at: &Path, errors: &mut Errors) {
    if path.starts_with('/') {
        errors.invalid(at, path, "must be a relative path");
    }
    no_backsteps(path, at, errors);
}

fn local_path(path: &str, at: &Path, errors: &mut Errors) {
    local_descending(path, at, errors);
    if path.starts_with("..") && !path.starts_with("../") {
        errors.invalid(at, path, "must not start with '..'");
    }
}

/// `volumeMounts`.
pub(super) fn mounts(container: &Value, volumes: &Volumes, at: &Path, errors: &mut Errors) {
    let devices = list(container, "volumeDevices");
    let mut paths = BTreeSet::new();
    for (i, mount) in list(container, "volumeMounts").iter().enumerate() {
        let (item, name, path) = (at.index(i), text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            errors.required(&item.child("name"), "");
        }
        if !volumes.contains_key(name) {
            errors.not_found(&item.child("name"), name);
        }
        if path.is_empty() {
            errors.required(&item.child("mountPath"), "");
        }
        if !paths.insert(path) {
            errors.invalid(&item.child("mountPath"), path, "must be unique");
        }
        if devices.iter().any(|device| text(device, "name") == name) {
            errors.invalid(&item.child("name"), name, "must not already exist in volumeDevices");
        }
        if devices.iter().any(|device| text(device, "devicePath") == path) {
            let detail = "must not already exist as a path in volumeDevices";
            errors.invalid(&item.child("mountPath"), path, detail);
        }
        let (sub, expression) = (text(mount, "subPath"), text(mount, "subPathExpr"));
        if !sub.is_empty() {
            local_descending(sub, &at.child("subPath"), errors);
        }
        if !expression.is_empty() {
            if !sub.is_empty() {
                let detail = "subPathExpr and subPath are mutually exclusive";
                errors.invalid(&item.child("subPathExpr"), expression, detail);
            }
            local_descending(expression, &at.child("subPathExpr"), errors);
        }
        propagation(mount, container, at, errors);
    }
}

fn propagation(mount: &Value, container: &Value, at: &Path, errors: &mut Errors) {
    let propagation = mount.get("mountPropagation").and_then(Value::as_str);
    if let Some(propagation) = propagation {
        let supported = ["Bidirectional", "HostToContainer", "None"];
        let at = at.child("mountPropagation");
        if !supported.contains(&propagation) {
            errors.not_supported(&at, propagation, &supported);
        }
        let privileged = present(container, "securityContext").is_some_and(|c| is_true(c, "privileged"));
        if propagation == "Bidirectional" && !privileged {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            errors.forbidden(&at, detail);
        }
    }
    let Some(recursive) = mount.get("recursiveReadOnly").and_then(Value::as_str) else { return };
    let at = at.child("recursiveReadOnly");
    match recursive {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !is_true(mount, "readOnly") {
                errors.forbidden(&at, "may only be specified when readOnly is true");
            }
            if propagation.is_some_and(|p| p != "None") {
                errors.forbidden(&at, "may only be specified when mountPropagation is None or not specified");
            }
        }
        other => errors.not_supported(&at, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// `volumeDevices`.
pub(super) fn devices(container: &Value, volumes: &Volumes, at: &Path, errors: &mut Errors) {
    let mounts = list(container, "volumeMounts");
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for (i, device) in list(container, "volumeDevices").iter().enumerate() {
        let (at, name, path) = (at.index(i), text(device, "name"), text(device, "devicePath"));
        if name.is_empty() {
            errors.required(&at.child("name"), "");
        }
        if names.contains(name) {
            errors.invalid(&at.child("name"), name, "must be unique");
        }
        match volumes.get(name) {
            None => errors.not_found(&at.child("name"), name),
            Some(v) if present(v, "persistentVolumeClaim").or(present(v, "ephemeral")).is_none() => {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid(&at.child("name"), name, detail);
            }
            Some(_) => {}
        }
        if path.is_empty() {
            errors.required(&at.child("devicePath"), "");
        }
        if paths.contains(path) {
            errors.invalid(&at.child("devicePath"), path, "must be unique");
        }
        if path.split('/').any(|part| part == "..") {
            errors.invalid(&at.child("devicePath"), path, "can not contain backsteps ('..')");
        } else {
            paths.insert(path);
        }
        if mounts.iter().any(|mount| text(mount, "name") == name) {
            errors.invalid(&at.child("name"), name, "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| text(mount, "mountPath") == path) {
            let detail = "must not already exist as a path in volumeMounts";
            errors.invalid(&at.child("devicePath"), path, detail);
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}
