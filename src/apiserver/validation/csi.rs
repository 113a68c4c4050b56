//! Validation of CSIDrivers, CSINodes and VolumeAttachments (`pkg/apis/storage/validation`).

use serde_json::Value;

use super::errors::{Errors, Path, integer, list, present, text};
use super::{meta, names};

/// A CSIDriver.
pub(super) fn driver(driver: &Value, old: Option<&Value>, errors: &mut Errors) {
    if old.is_none() {
        meta::create(driver, false, names::dns_subdomain, errors);
    }
    let (spec, at) = (&driver["spec"], Path::new("spec"));
    let policy = text(spec, "fsGroupPolicy");
    let policies = ["File", "None", "ReadWriteOnceWithFSType"];
    if !policy.is_empty() && !policies.contains(&policy) {
        errors.not_supported(&at.child("fsGroupPolicy"), policy, &policies);
    }
    for (index, mode) in list(spec, "volumeLifecycleModes").iter().filter_map(Value::as_str).enumerate() {
        if !["Ephemeral", "Persistent"].contains(&mode) {
            let modes = at.child("volumeLifecycleModes");
            errors.not_supported(&modes.index(index), mode, &["Ephemeral", "Persistent"]);
        }
    }
    if let Some(old) = old {
        // The name of the first is upstream's own slip.
        errors.immutable(spec, &old["spec"], "attachRequired", &at.child("attachedRequired"));
        errors.immutable(spec, &old["spec"], "volumeLifecycleModes", &at.child("volumeLifecycleModes"));
    }
}

/// A CSINode.
pub(super) fn node(node: &Value, old: Option<&Value>, errors: &mut Errors) {
    if old.is_none() {
        meta::create(node, false, names::dns_subdomain, errors);
    }
    let spec = Path::new("spec");
    let drivers = spec.child("drivers");
    let mut known: Vec<&str> = Vec::new();
    for (index, driver) in list(&node["spec"], "drivers").iter().enumerate() {
        let at = drivers.index(index);
        let name = text(driver, "name");
        driver_name(&at.child("name"), name, errors);
        if text(driver, "nodeID").is_empty() {
            errors.required(&at.child("nodeID"), "");
        }
        if let Some(allocatable) = present(driver, "allocatable").filter(|a| integer(a, "count") < 0) {
            let of = at.child("allocatable");
            errors.non_negative(allocatable, "count", &of.child("count"));
        }
        if known.contains(&name) {
            errors.duplicate(&at.child("name"), name);
        }
        known.push(name);
    }
}

/// A VolumeAttachment.
pub(super) fn attachment(attachment: &Value, old: Option<&Value>, errors: &mut Errors) {
    if old.is_none() {
        meta::create(attachment, false, names::dns_subdomain, errors);
    }
    let (spec, at) = (&attachment["spec"], Path::new("spec"));
    driver_name(&at.child("attacher"), text(spec, "attacher"), errors);
    let source = at.child("source");
    let both = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (present(&spec["source"], "inlineVolumeSpec"), present(&spec["source"], "persistentVolumeName")) {
        (None, None) => errors.required(&source, both),
        (Some(_), Some(_)) => errors.forbidden(&source, both),
        (None, Some(name)) if name == "" => {
            errors.required(&source.child("persistentVolumeName"), "must specify non empty persistentVolumeName");
        }
        _ => {}
    }
    if text(spec, "nodeName").is_empty() {
        errors.required(&at.child("nodeName"), "");
    }
    if let Some(old) = old {
        errors.immutable(attachment, old, "spec", &at);
    }
}

fn driver_name(at: &Path, name: &str, errors: &mut Errors) {
    if name.is_empty() {
        return errors.required(at, "");
    }
    if name.len() > 63 {
        errors.too_long(at, 63);
    }
    errors.each(at, name, names::dns_subdomain(&name.to_lowercase()));
}
