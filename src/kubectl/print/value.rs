//! Reading JSON objects the way the printers do: a missing field is the empty value of its type.

use serde_json::Value;

/// The text at a JSON pointer, empty if there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The text at a JSON pointer, `otherwise` if there is none or it is empty.
#[must_use]
pub fn text_or<'a>(value: &'a Value, pointer: &str, otherwise: &'a str) -> &'a str {
    match text(value, pointer) {
        "" => otherwise,
        found => found,
    }
}

/// The integer at a JSON pointer, 0 if there is none.
#[must_use]
pub fn int(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// Whether `true` stands at a JSON pointer.
#[must_use]
pub fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The elements of the array at a JSON pointer, none if there is no array.
#[must_use]
pub fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The members of the object at a JSON pointer whose values are text, sorted by name.
pub fn members<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
    let map = value.pointer(pointer).and_then(Value::as_object);
    map.into_iter().flatten().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or("")))
}

/// A text of `metadata.annotations`, `None` if it is not there.
#[must_use]
pub fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// `k=v,k=v`, or `<none>` (upstream `labels.FormatLabels`).
#[must_use]
pub fn format_labels(value: &Value, pointer: &str) -> String {
    let mut pairs: Vec<String> = members(value, pointer).map(|(k, v)| format!("{k}={v}")).collect();
    // Upstream sorts the pairs, not the keys: `a-b=1` comes before `a=1`.
    pairs.sort_unstable();
    if pairs.is_empty() { "<none>".to_string() } else { pairs.join(",") }
}

/// A `metav1.LabelSelector` in selector syntax, `otherwise` if it is empty or absent
/// (upstream `metav1.FormatLabelSelector`).
#[must_use]
pub fn format_label_selector(value: &Value, pointer: &str, otherwise: &str) -> String {
    let Some(selector) = value.pointer(pointer) else { return otherwise.to_string() };
    let mut requirements: Vec<(&str, String)> =
        members(selector, "/matchLabels").map(|(k, v)| (k, format!("{k}={v}"))).collect();
    for expression in items(selector, "/matchExpressions") {
        let key = text(expression, "/key");
        let mut values: Vec<&str> = items(expression, "/values").iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let shown = match text(expression, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_string(),
            _ => format!("!{key}"),
        };
        requirements.push((key, shown));
    }
    requirements.sort_by(|a, b| a.0.cmp(b.0));
    let all: Vec<String> = requirements.into_iter().map(|(_, shown)| shown).collect();
    if all.is_empty() { otherwise.to_string() } else { all.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors() {
        let check = |selector: Value, text: &str| {
            assert_eq!(format_label_selector(&json!({"s": selector}), "/s", "<none>"), text);
        };
        check(json!({}), "<none>");
        check(json!({"matchLabels": {"b": "2", "a": "1"}}), "a=1,b=2");
        check(
            json!({"matchLabels": {"b": "2"}, "matchExpressions": [
                {"key": "c", "operator": "NotIn", "values": ["y", "x"]},
                {"key": "a", "operator": "Exists"},
                {"key": "d", "operator": "DoesNotExist"},
                {"key": "e", "operator": "In", "values": ["x"]},
            ]}),
            "a,b=2,c notin (x,y),!d,e in (x)",
        );
    }

    #[test]
    fn a_missing_field_is_empty() {
        let object = json!({"a": {"b": 1}});
        assert_eq!(text(&object, "/a/b"), "");
        assert_eq!(int(&object, "/a/b"), 1);
        assert_eq!(items(&object, "/a"), &[] as &[Value]);
        assert_eq!(format_labels(&object, "/none"), "<none>");
        assert_eq!(format_labels(&json!({"l": {"a": "1", "a-b": "2"}}), "/l"), "a-b=2,a=1");
    }
}
