//! Labels, annotations and label selectors (`pkg/apis/meta/v1/validation`, `pkg/labels/selector.go`).

use serde_json::Value;

use super::errors::{Errors, Path, entries, list, text, texts};
use super::names;

/// Every key and value of a map of labels.
pub(super) fn labels(object: &Value, member: &str, at: &Path, errors: &mut Errors) {
    for (key, value) in entries(object, member) {
        errors.each(at, key, names::qualified_name(key));
        errors.each(at, value, names::label_value(value));
    }
}

/// Every key of a map of annotations, in lower case, and their size.
pub(super) fn annotations(object: &Value, member: &str, at: &Path, errors: &mut Errors) {
    const LIMIT: usize = 256 * 1024;
    let mut size = 0;
    for (key, value) in entries(object, member) {
        size += key.len() + value.len();
        if key.bytes().any(|b| b.is_ascii_uppercase()) {
            errors.each(at, key, names::qualified_name(&key.to_lowercase()));
        } else {
            errors.each(at, key, names::qualified_name(key));
        }
    }
    if size > LIMIT {
        errors.too_long(at, LIMIT);
    }
}

/// A label selector, strictly.
pub(super) fn selector(selector: &Value, at: &Path, errors: &mut Errors) {
    labels(selector, "matchLabels", &at.child("matchLabels"), errors);
    for (i, requirement) in list(selector, "matchExpressions").iter().enumerate() {
        self::requirement(requirement, &at.child("matchExpressions").index(i), errors);
    }
}

fn requirement(requirement: &Value, at: &Path, errors: &mut Errors) {
    let values = list(requirement, "values");
    let operator = text(requirement, "operator");
    operator_and_values(operator, values.len(), at, errors);
    errors.each(&at.child("key"), text(requirement, "key"), names::qualified_name(text(requirement, "key")));
    for (i, value) in texts(requirement, "values").enumerate() {
        errors.each(&at.child("values").index(i), value, names::label_value(value));
    }
}

/// Whether an operator that all selectors know has the values it needs.
pub(super) fn operator_and_values(operator: &str, values: usize, at: &Path, errors: &mut Errors) {
    match operator {
        "In" | "NotIn" if values == 0 => {
            errors.required(&at.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if values > 0 => {
            errors.forbidden(&at.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => errors.invalid(&at.child("operator"), other, "not a valid selector operator"),
    }
}

/// Whether a selector selects by anything.
pub(super) fn is_empty(selector: &Value) -> bool {
    entries(selector, "matchLabels").next().is_none() && list(selector, "matchExpressions").is_empty()
}

/// Whether a selector can be used at all: `LabelSelectorAsSelector` gives no error.
pub(super) fn is_usable(selector: &Value) -> bool {
    let mut errors = Errors::default();
    self::selector(selector, &Path::new(""), &mut errors);
    errors.0.is_empty()
}

/// Whether a usable selector selects these labels.
pub(super) fn matches(selector: &Value, labels: &Value) -> bool {
    entries(selector, "matchLabels").all(|(key, value)| labels.get(key).and_then(Value::as_str) == Some(value))
        && list(selector, "matchExpressions").iter().all(|requirement| {
            let label = labels.get(text(requirement, "key")).and_then(Value::as_str);
            let among = label.is_some_and(|label| texts(requirement, "values").any(|value| value == label));
            match text(requirement, "operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => label.is_some(),
                _ => label.is_none(),
            }
        })
}

/// A selector as Go prints it: `matchLabels` before `matchExpressions`.
pub(super) fn shown(selector: Option<&Value>) -> String {
    let Some(selector) = selector.filter(|s| !s.is_null()) else { return "null".to_string() };
    let parts: Vec<String> = ["matchLabels", "matchExpressions"]
        .iter()
        .filter_map(|member| selector.get(member).map(|value| format!("\"{member}\":{value}")))
        .collect();
    format!("{{{}}}", parts.join(","))
}
