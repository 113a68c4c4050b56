//! Values of Secrets are not shown in a diff, only that they differ (`Masker` of upstream's `diff.go`).

use serde_json::Value;

const SAME: &str = "***";
const BEFORE: &str = "*** (before)";
const AFTER: &str = "*** (after)";

/// Masks the data of two versions of a Secret.
pub(super) fn secrets(from: &mut Value, to: &mut Value) {
    let mut empty = (serde_json::Map::new(), serde_json::Map::new());
    let from = from.get_mut("data").and_then(Value::as_object_mut).unwrap_or(&mut empty.0);
    let to = to.get_mut("data").and_then(Value::as_object_mut).unwrap_or(&mut empty.1);
    for (key, value) in from.iter_mut() {
        match to.get_mut(key) {
            Some(other) if other != value => (*value, *other) = (BEFORE.into(), AFTER.into()),
            _ => *value = SAME.into(),
        }
    }
    for (key, value) in to.iter_mut() {
        if from.get(key).is_none_or(|masked| masked == SAME) {
            *value = SAME.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn only_differences_show() {
        let mut from = json!({"data": {"a": "1", "b": "2", "c": "3"}});
        let mut to = json!({"data": {"a": "1", "b": "x", "d": "4"}});
        super::secrets(&mut from, &mut to);
        assert_eq!(from, json!({"data": {"a": "***", "b": "*** (before)", "c": "***"}}));
        assert_eq!(to, json!({"data": {"a": "***", "b": "*** (after)", "d": "***"}}));
        let (mut nothing, mut new) = (serde_json::Value::Null, json!({"data": {"a": "1"}}));
        super::secrets(&mut nothing, &mut new);
        assert_eq!((nothing, new), (serde_json::Value::Null, json!({"data": {"a": "***"}})));
    }
}
