//! JSON patch (RFC 6902) and JSON merge patch (RFC 7386), applied and computed; kubectl computes the latter for kinds
//! it has no Go type for (`k8s.io/apimachinery/pkg/util/jsonmergepatch`).

use serde_json::{Map, Value};

use super::list::go_type;
use super::{PatchError, Result};
use crate::apiserver::Status;
use crate::resource::gojson;

/// The most operations a JSON patch may have.
const OPERATIONS_LIMIT: usize = 10_000;

/// Merges `patch` into `current`.
pub(super) fn merge(current: &Value, patch: &Value) -> Value {
    let mut merged = current.clone();
    merge_into(&mut merged, patch);
    merged
}

fn merge_into(current: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *current = patch.clone();
        return;
    };
    if !current.is_object() {
        *current = Value::Object(Map::new());
    }
    let Value::Object(merged) = current else { return };
    for (key, value) in patch {
        if value.is_null() {
            merged.remove(key);
        } else {
            merge_into(merged.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// Checks the form of a JSON patch; returns its strict errors.
pub(super) fn check(patch: &Value) -> Result<Vec<String>, Status> {
    let refuse = |error: String| Status::bad_request(format!("error decoding patch: json: cannot unmarshal {error}"));
    let Value::Array(operations) = patch else {
        return Err(refuse(format!("{} into Go value of type []handlers.jsonPatchOp", gojson::type_of(patch))));
    };
    let mut strict = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let Value::Object(operation) = operation else {
            let found = gojson::type_of(operation);
            return Err(refuse(format!("{found} into Go value of type handlers.jsonPatchOp")));
        };
        for (key, value) in operation {
            match key.as_str() {
                "op" | "path" | "from" if value.is_string() || value.is_null() => {}
                "op" | "path" | "from" => {
                    let found = gojson::type_of(value);
                    return Err(refuse(format!("{found} into Go struct field jsonPatchOp.{key} of type string")));
                }
                "value" => {}
                _ => strict.push(format!("json patch unknown field \"[{index}].{key}\"")),
            }
        }
    }
    if operations.len() > OPERATIONS_LIMIT {
        let found = operations.len();
        let text = format!("The allowed maximum operations in a JSON patch is {OPERATIONS_LIMIT}, got {found}");
        return Err(Status::new(413, "RequestEntityTooLarge", format!("Request entity too large: {text}")));
    }
    Ok(strict)
}

/// Applies a JSON patch; all its operations or none.
pub(super) fn apply(current: &Value, patch: &Value) -> Result<Value> {
    let inapplicable = |error: String| PatchError::Inapplicable(error);
    let operations: json_patch::Patch =
        serde_json::from_value(patch.clone()).map_err(|error| inapplicable(error.to_string()))?;
    let mut patched = current.clone();
    json_patch::patch(&mut patched, &operations).map_err(|error| inapplicable(error.to_string()))?;
    Ok(patched)
}

/// The merge patch that makes `modified` of `original`: kubectl's label, annotate and scale.
#[must_use]
pub fn two_way(original: &Value, modified: &Value) -> Value {
    let empty = Map::new();
    Value::Object(difference(original.as_object().unwrap_or(&empty), modified.as_object().unwrap_or(&empty)))
}

fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, new) in new {
        match (old.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let below = difference(old, new);
                if !below.is_empty() {
                    patch.insert(key.clone(), Value::Object(below));
                }
            }
            (Some(old), new) if old == new => {}
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// The merge patch of `kubectl apply` for such a kind: what differs between `current` and `modified`, and what was in
/// `original` but is no more.
pub fn three_way(original: &Value, modified: &Value, current: &Value) -> Result<Value, PatchError> {
    let changes = only(&two_way(current, modified), false);
    let deletions = only(&two_way(original, modified), true);
    if conflict(&changes, &deletions) {
        let yaml = |value: &Value| serde_yaml::to_string(value).unwrap_or_else(|e| e.to_string());
        return Err(PatchError::Other(format!(
            "patch:\n{}\nconflicts with changes made from original to current:\n{}\n",
            yaml(&changes),
            yaml(&deletions)
        )));
    }
    Ok(merge_patches(&deletions, &changes))
}

/// The nulls of a patch, or all but its nulls.
fn only(patch: &Value, nulls: bool) -> Value {
    let mut kept = Map::new();
    for (key, value) in patch.as_object().into_iter().flatten() {
        match value {
            Value::Null if nulls => {
                kept.insert(key.clone(), Value::Null);
            }
            Value::Object(map) if !map.is_empty() => {
                let below = only(value, nulls);
                if below.as_object().is_some_and(|map| !map.is_empty()) {
                    kept.insert(key.clone(), below);
                }
            }
            Value::Null => {}
            _ if nulls => {}
            _ => {
                kept.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(kept)
}

fn conflict(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.iter().any(|(key, left)| right.get(key).is_some_and(|right| conflict(left, right)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() != right.len() || left.iter().zip(right).any(|(left, right)| conflict(left, right))
        }
        _ => go_type(left) != go_type(right) || left != right,
    }
}

/// Two patches as one: nulls stay.
fn merge_patches(first: &Value, second: &Value) -> Value {
    let (Value::Object(first), Value::Object(second)) = (first, second) else { return second.clone() };
    let mut merged = first.clone();
    for (key, value) in second {
        let both = merged.get(key).map_or_else(|| value.clone(), |below| merge_patches(below, value));
        merged.insert(key.clone(), both);
    }
    Value::Object(merged)
}
