//! JSON merge patches (RFC 7386) between two versions of an object, as kubectl computes them where it does not know
//! the schema (`jsonpatch.CreateMergePatch`).

use serde_json::{Map, Value};

/// The patch that makes `modified` out of `original`; empty if they are equal.
#[must_use]
pub fn create(original: &Value, modified: &Value) -> Value {
    let (Some(original), Some(modified)) = (original.as_object(), modified.as_object()) else {
        return modified.clone();
    };
    let mut patch = Map::new();
    for (key, new) in modified {
        match original.get(key) {
            Some(old) if old == new => {}
            Some(old) if old.is_object() && new.is_object() => {
                patch.insert(key.clone(), create(old, new));
            }
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    patch.extend(original.keys().filter(|key| !modified.contains_key(*key)).map(|key| (key.clone(), Value::Null)));
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs() {
        let original = json!({"kept": 1, "gone": 2, "list": [1, 2], "deep": {"a": 1, "b": {"c": 1}}, "kind": "A"});
        let modified = json!({"kept": 1, "list": [2], "deep": {"a": 1, "b": {"c": 2}, "n": {}}, "kind": {"x": 1}});
        let patch = create(&original, &modified);
        assert_eq!(patch, json!({"gone": null, "list": [2], "deep": {"b": {"c": 2}, "n": {}}, "kind": {"x": 1}}));
        let mut patched = original.clone();
        json_patch::merge(&mut patched, &patch);
        assert_eq!(patched, modified);
        assert_eq!(create(&original, &original), json!({}));
    }
}
