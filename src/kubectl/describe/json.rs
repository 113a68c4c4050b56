//! Reads API objects the way Go's typed structs would show them: what is missing, null or of a wrong type is the zero
//! value. Nothing here fails, whatever the object looks like.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kubectl::print;
use crate::resource::Time;

static NULL: Value = Value::Null;

/// Loose reading of a JSON object; paths are field names joined by dots.
pub(super) trait Json {
    /// The value at `path`, null if there is none.
    fn at(&self, path: &str) -> &Value;
    /// The string at `path`.
    fn text(&self, path: &str) -> &str;
    /// The integer at `path`.
    fn int(&self, path: &str) -> i64;
    /// The boolean at `path`.
    fn flag(&self, path: &str) -> bool;
    /// Whether a pointer at `path` would not be nil.
    fn has(&self, path: &str) -> bool;
    /// The elements of the list at `path`.
    fn items(&self, path: &str) -> &[Value];
    /// The strings of the list at `path`.
    fn words(&self, path: &str) -> Vec<&str>;
    /// The map of strings at `path`.
    fn map(&self, path: &str) -> BTreeMap<&str, &str>;
}

impl Json for Value {
    fn at(&self, path: &str) -> &Value {
        path.split('.').try_fold(self, |value, field| value.get(field)).unwrap_or(&NULL)
    }

    fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_default()
    }

    fn int(&self, path: &str) -> i64 {
        self.at(path).as_i64().unwrap_or_default()
    }

    fn flag(&self, path: &str) -> bool {
        self.at(path).as_bool().unwrap_or_default()
    }

    fn has(&self, path: &str) -> bool {
        !self.at(path).is_null()
    }

    fn items(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map_or(&[], Vec::as_slice)
    }

    fn words(&self, path: &str) -> Vec<&str> {
        self.items(path).iter().map(|v| v.as_str().unwrap_or_default()).collect()
    }

    fn map(&self, path: &str) -> BTreeMap<&str, &str> {
        let entries = self.at(path).as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
    }
}

/// A list of strings as Go's `%v` prints it: `[a b]`.
pub(super) fn bracketed(words: &[&str]) -> String {
    format!("[{}]", words.join(" "))
}

/// An `IntOrString`.
pub(super) fn int_or_string(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.as_i64().unwrap_or_default().to_string(),
    }
}

/// A quantity, which the API server has made canonical already; a missing one is zero.
pub(super) fn quantity(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => "0".to_string(),
    }
}

/// The time in a field, `None` if there is none.
pub(super) fn time(value: &Value) -> Option<Time> {
    value.as_str().and_then(Time::parse)
}

/// A time in the form of RFC 1123 with a numeric zone; Go's zero time if there is none.
pub(super) fn date(value: &Value) -> String {
    time(value).map_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_string(), Time::rfc1123)
}

/// The age at `now` of the time in a field, `<unknown>` if there is none.
pub(super) fn age(now: Time, value: &Value) -> String {
    print::age(now, value.as_str())
}

/// `True` or `False`.
pub(super) fn title_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// `Kind/name` of the controlling owner, empty if there is none.
pub(super) fn controller(object: &Value) -> String {
    controller_reference(object).map(|r| format!("{}/{}", r.text("kind"), r.text("name"))).unwrap_or_default()
}

/// The reference to the controlling owner.
pub(super) fn controller_reference(object: &Value) -> Option<&Value> {
    object.items("metadata.ownerReferences").iter().find(|r| r.flag("controller"))
}
