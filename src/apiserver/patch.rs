//! Patches of all types: applied as the API server applies them, and computed as kubectl's `apply`, `edit` and `set`
//! compute them (spec/api.md parts 12 and 13; `k8s.io/apimachinery/pkg/util/strategicpatch`). Server-side apply is not
//! here.

mod diff;
mod json;
mod list;
mod lookup;
mod merge;

use serde_json::{Map, Value};

use super::decode::{self, Decoded, convert_patched, decode_patched};
use super::{FieldValidation, PatchType, Status};
use crate::resource::Kind;
use crate::resource::schema::Struct;
use diff::DiffOptions;
use lookup::Schema;
use merge::MergeOptions;

pub use json::{three_way as three_way_json, two_way as two_way_json};

const DIRECTIVE: &str = "$patch";
const DELETE: &str = "delete";
const REPLACE: &str = "replace";
const MERGE: &str = "merge";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_PRIMITIVES: &str = "$deleteFromPrimitiveList";
const ELEMENT_ORDER: &str = "$setElementOrder";

/// Why a patch cannot be applied or computed; Display is upstream's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch has not the form of a patch: the server answers 400.
    #[error("{0}")]
    Malformed(String),
    /// The patch cannot apply to this object: the server answers 422.
    #[error("{0}")]
    Inapplicable(String),
    /// Anything else: the server answers 500.
    #[error("{0}")]
    Other(String),
}

type Result<T, E = PatchError> = std::result::Result<T, E>;

impl PatchError {
    fn other(text: impl Into<String>) -> PatchError {
        PatchError::Other(text.into())
    }

    fn no_merge_key(map: &Map<String, Value>, key: &str) -> PatchError {
        let map = decode::go_text(&Value::Object(map.clone()));
        PatchError::Other(format!("map: {map} does not contain declared merge key: {key}"))
    }

    fn bad_type(expected: &str, found: &Value) -> PatchError {
        PatchError::Other(format!("expected a {expected}, but received a {}", list::go_type(found)))
    }

    fn status(self) -> Status {
        match self {
            PatchError::Malformed(text) => Status::bad_request(text),
            PatchError::Inapplicable(_) => {
                Status::new(422, "Invalid", "the server rejected our request due to an error in our request")
            }
            PatchError::Other(text) => Status::new(500, "", text),
        }
    }
}

/// Applies a patch to an object and decodes the result; defaults and validation come after this.
pub fn apply(
    kind: Kind,
    patch_type: PatchType,
    current: &Value,
    patch: &Value,
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    apply_as(Struct::of(kind), &kind.api_version(), patch_type, current, patch, validation)
}

/// The same for an object that is no kind of its own (`autoscaling.Scale`).
pub fn apply_as(
    root: &'static Struct,
    api_version: &str,
    patch_type: PatchType,
    current: &Value,
    patch: &Value,
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    match patch_type {
        PatchType::Strategic => {
            let mut rest = patch.clone();
            let patched = strategic_map(root, current, &mut rest).map_err(PatchError::status)?;
            convert_patched(root, api_version, patched, &rest, validation)
        }
        PatchType::Merge => {
            if !patch.is_object() {
                let error = lookup::not_a_map(patch);
                return Err(Status::bad_request(format!("error decoding patch: {error}")));
            }
            let merged = || json::merge(current, patch);
            decode_patched(root, api_version, merged(), Vec::new(), validation, merged)
        }
        PatchType::Json => {
            let strict = json::check(patch)?;
            let patched = json::apply(current, patch).map_err(PatchError::status)?;
            let again = patched.clone();
            decode_patched(root, api_version, patched, strict, validation, || again)
        }
        PatchType::Apply => {
            Err(Status::bad_request("this lab does not model server-side apply of a part of an object"))
        }
    }
}

/// The object that a strategic merge patch makes of `original`, before it is decoded.
pub fn strategic(kind: Kind, original: &Value, patch: &Value) -> Result<Value, PatchError> {
    strategic_map(Struct::of(kind), original, &mut patch.clone())
}

/// Merges `patch` into `original`; what the merging leaves of the patch is what error messages show.
fn strategic_map(root: &'static Struct, original: &Value, patch: &mut Value) -> Result<Value> {
    let error = lookup::not_a_map(patch);
    let Value::Object(map) = patch else { return Err(PatchError::Malformed(error)) };
    let original = original.as_object().cloned().unwrap_or_default();
    let options = MergeOptions { merge_lists: true, drop_unmatched_nulls: true };
    merge::maps(original, map, &Schema::root(root), options).map(Value::Object)
}

fn object(value: &Value) -> Result<Map<String, Value>> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map.clone()),
        _ => Err(PatchError::Malformed("invalid JSON document".into())),
    }
}

/// The strategic merge patch that makes `modified` of `original` (`CreateTwoWayMergePatch`: kubectl edit, set).
pub fn two_way_strategic(kind: Kind, original: &Value, modified: &Value) -> Result<Value, PatchError> {
    let options = DiffOptions { element_order: true, ..DiffOptions::default() };
    diff::maps(&mut object(original)?, &object(modified)?, &Schema::root(Struct::of(kind)), options).map(Value::Object)
}

/// The strategic merge patch of `kubectl apply` (`CreateThreeWayMergePatch`): what differs between `current` and
/// `modified`, and what was in `original`, last applied, but is no more. Null stands for no document. Unless
/// `overwrite`, changes of `current` that the patch would undo are an error.
pub fn three_way_strategic(
    kind: Kind,
    original: &Value,
    modified: &Value,
    current: &Value,
    overwrite: bool,
) -> Result<Value, PatchError> {
    let schema = Schema::root(Struct::of(kind));
    let (mut original, modified, mut current) = (object(original)?, object(modified)?, object(current)?);
    let both = DiffOptions { element_order: true, ..DiffOptions::default() };
    let mut delta = diff::maps(&mut current, &modified, &schema, DiffOptions { ignore_deletions: true, ..both })?;
    let deletions = diff::maps(&mut original, &modified, &schema, DiffOptions { ignore_changes: true, ..both })?;
    let options = MergeOptions { merge_lists: false, drop_unmatched_nulls: false };
    let patch = merge::maps(deletions, &mut delta, &schema, options)?;
    if !overwrite {
        let changed = diff::maps(&mut original, &current, &schema, DiffOptions::default())?;
        if diff::maps_conflict(&patch, &changed, &schema)? {
            let yaml = |map: Map<String, Value>| serde_yaml::to_string(&map).unwrap_or_else(|e| e.to_string());
            return Err(PatchError::Other(format!(
                "patch:\n{}\nconflicts with changes made from original to current:\n{}\n",
                yaml(patch),
                yaml(changed)
            )));
        }
    }
    Ok(Value::Object(patch))
}

#[cfg(test)]
mod tests;
