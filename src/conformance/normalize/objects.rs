//! An object without what depends on timing or on how the recordings were made.

use serde_json::{Value, json};

use super::super::diff::python;
use super::super::regex::regex;

regex! {
    PROVISIONED_PATH = "^/tmp/hostpath_pv/.*$";
}

const OF_THE_MACHINE: [&str; 7] =
    ["machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "swap", "kubeProxyVersion"];

/// The object, canonical.
pub(super) fn canonical(mut object: Value) -> Value {
    match object["kind"].as_str() {
        Some("EndpointSlice") => endpoint_slice(&mut object),
        Some("Pod") => pod(&mut object),
        Some("PersistentVolume") => {
            let path = object.pointer_mut("/spec/hostPath/path");
            if let Some(path) = path.filter(|path| path.as_str().is_some_and(|path| PROVISIONED_PATH.is_match(path))) {
                *path = "<hostPath>".into();
            }
        }
        Some("Node") => {
            remove(&mut object, "/status/nodeInfo", &OF_THE_MACHINE);
            let annotation = "volumes.kubernetes.io/controller-managed-attach-detach";
            remove(&mut object, "/metadata/annotations", &[annotation]);
        }
        _ => {}
    }
    object
}

/// Removes members of the map at a path, if there is one.
fn remove(object: &mut Value, path: &str, keys: &[&str]) {
    if let Some(Value::Object(map)) = object.pointer_mut(path) {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn endpoint_slice(object: &mut Value) {
    remove(object, "/metadata", &["generation"]);
    remove(object, "/metadata/annotations", &["endpoints.kubernetes.io/last-change-trigger-time"]);
    let empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
    if object.pointer("/metadata/annotations").is_some_and(empty) {
        remove(object, "/metadata", &["annotations"]);
    }
    if let Some(Value::Array(endpoints)) = object.get_mut("endpoints") {
        let name = |endpoint: &Value| endpoint["targetRef"]["name"].as_str().unwrap_or_default().to_string();
        endpoints.sort_by_cached_key(|endpoint| (name(endpoint), python(endpoint)));
    }
}

fn pod(object: &mut Value) {
    let Some(Value::Object(status)) = object.get_mut("status") else { return };
    if let Some(address) = status.get_mut("hostIP") {
        *address = "<hostIP>".into();
    }
    if let Some(addresses) = status.get_mut("hostIPs") {
        *addresses = json!([{"ip": "<hostIP>"}]);
    }
    for list in ["containerStatuses", "initContainerStatuses"] {
        for container in status.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(id) = container.get_mut("imageID").filter(|id| id.as_str().is_some_and(|id| !id.is_empty())) {
                *id = "<imageID>".into();
            }
        }
    }
}
