//! Small helpers to fill absent members of JSON objects. An empty string counts as absent, as for Go's `omitempty`.

use serde_json::{Map, Value};

/// A JSON object.
pub(super) type Fields = Map<String, Value>;

/// Whether the member is absent, null or the empty string.
pub(super) fn unset(fields: &Fields, key: &str) -> bool {
    match fields.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// Sets the member if it is absent, null or the empty string.
pub(super) fn fill(fields: &mut Fields, key: &str, value: impl Into<Value>) {
    if unset(fields, key) {
        fields.insert(key.to_string(), value.into());
    }
}

/// Sets the member if it is absent or null: for Go's pointers, whose empty string is a value.
pub(super) fn fill_pointer(fields: &mut Fields, key: &str, value: impl Into<Value>) {
    if fields.get(key).is_none_or(Value::is_null) {
        fields.insert(key.to_string(), value.into());
    }
}

/// Sets the number if it is absent or zero.
pub(super) fn fill_number(fields: &mut Fields, key: &str, value: i64) {
    if fields.get(key).is_none_or(|v| v.is_null() || v.as_i64() == Some(0)) {
        fields.insert(key.to_string(), value.into());
    }
}

/// The member as a string, empty if it is none.
pub(super) fn text<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The member, if it is an object.
pub(super) fn child<'a>(fields: &'a mut Fields, key: &str) -> Option<&'a mut Fields> {
    fields.get_mut(key).and_then(Value::as_object_mut)
}

/// The member as an object; whatever else stands there becomes an empty one.
pub(super) fn child_or_new<'a>(fields: &'a mut Fields, key: &str) -> &'a mut Fields {
    if !fields.get(key).is_some_and(Value::is_object) {
        fields.insert(key.to_string(), Value::Object(Map::new()));
    }
    match fields.get_mut(key) {
        Some(Value::Object(child)) => child,
        _ => unreachable!("an object stands there now"),
    }
}

/// The objects in the list of this name; nothing if it is no list.
pub(super) fn items<'a>(fields: &'a mut Fields, key: &str) -> impl Iterator<Item = &'a mut Fields> + use<'a> {
    fields.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Copies a member of `old` into `new`, or removes it there if `old` has none.
pub(super) fn keep(new: &mut Fields, old: &Fields, key: &str) {
    match old.get(key) {
        Some(value) => new.insert(key.to_string(), value.clone()),
        None => new.remove(key),
    };
}
