//! Defaults of the kinds that have few, from `ConfigMap` to Event
//! (`pkg/apis/{core,scheduling,discovery}/v1/defaults.go`).

use serde_json::{Value, json};

use super::fields::{Fields, child, child_or_new, fill, fill_pointer, items, text};
use super::resources::round_list;

/// A Secret: its type, and `stringData` merged into `data`.
pub(super) fn secret(object: &mut Fields) {
    fill(object, "type", "Opaque");
    let Some(Value::Object(plain)) = object.remove("stringData") else { return };
    if plain.is_empty() {
        return;
    }
    let data = child_or_new(object, "data");
    for (key, value) in plain {
        data.insert(key, base64(value.as_str().unwrap_or_default().as_bytes()).into());
    }
}

/// Standard base64 with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (i, b)| bits | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let sextet = (bits >> (18 - 6 * i)) & 63;
            out.push(if i <= chunk.len() { ALPHABET[sextet as usize] as char } else { '=' });
        }
    }
    out
}

/// A Namespace: its own name as a label.
pub(super) fn namespace(object: &mut Fields) {
    let name = object.get("metadata").and_then(|m| m.get("name")).and_then(Value::as_str).unwrap_or_default();
    if !name.is_empty() {
        let name = name.to_string();
        let labels = child_or_new(child_or_new(object, "metadata"), "labels");
        labels.insert("kubernetes.io/metadata.name".to_string(), name.into());
    }
    fill(child_or_new(object, "status"), "phase", "Active");
}

/// A new Namespace is active and has the finalizer that empties it.
pub(super) fn create_namespace(object: &mut Fields) {
    object.insert("status".to_string(), json!({"phase": "Active"}));
    let finalizers = child_or_new(object, "spec").entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(list) = finalizers
        && !list.iter().any(|f| f == "kubernetes")
    {
        list.push("kubernetes".into());
    }
}

/// A Node: allocatable is the capacity if not given.
pub(super) fn node(object: &mut Fields) {
    child_or_new(object, "spec");
    let status = child_or_new(object, "status");
    round_list(status, "capacity");
    round_list(status, "allocatable");
    if let Some(capacity) = status.get("capacity").cloned() {
        fill_pointer(status, "allocatable", capacity);
    }
}

/// A `ResourceQuota`.
pub(super) fn resource_quota(object: &mut Fields) {
    round_list(child_or_new(object, "spec"), "hard");
    let status = child_or_new(object, "status");
    round_list(status, "hard");
    round_list(status, "used");
}

/// A `LimitRange`: the limits of containers follow from each other.
pub(super) fn limit_range(object: &mut Fields) {
    const LISTS: [&str; 5] = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];
    for item in items(child_or_new(object, "spec"), "limits") {
        for list in LISTS {
            round_list(item, list);
        }
        if text(item, "type") != "Container" {
            continue;
        }
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let Some(list) = child(item, from).cloned() else { continue };
            for (name, quantity) in list {
                child_or_new(item, to).entry(name).or_insert(quantity);
            }
        }
    }
}

/// A `PriorityClass`.
pub(super) fn priority_class(object: &mut Fields) {
    fill_pointer(object, "preemptionPolicy", "PreemptLowerPriority");
}

/// An `EndpointSlice`: names and protocols of its ports.
pub(super) fn endpoint_slice(object: &mut Fields) {
    for port in items(object, "ports") {
        fill_pointer(port, "name", "");
        fill_pointer(port, "protocol", "TCP");
    }
}

/// An Endpoints object: protocols of its ports.
pub(super) fn endpoints(object: &mut Fields) {
    for subset in items(object, "subsets") {
        for port in items(subset, "ports") {
            fill(port, "protocol", "TCP");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_of_rfc_4648() {
        for (input, expect) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(input.as_bytes()), expect, "{input}");
        }
    }
}
