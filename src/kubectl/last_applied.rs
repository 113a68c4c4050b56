//! The annotation `kubectl.kubernetes.io/last-applied-configuration`: what was applied last, as JSON text in an
//! annotation of the object (`k8s.io/kubectl/pkg/util/apply.go`).

use serde_json::{Map, Value};

use super::print::go;

/// The key of the annotation.
pub const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What the annotation holds, if the object has it.
#[must_use]
pub fn of(object: &Value) -> Option<&str> {
    object["metadata"]["annotations"][ANNOTATION].as_str()
}

/// The text the annotation of this configuration has: the object itself without the annotation, on one line.
#[must_use]
pub fn text(object: &Value) -> String {
    let mut object = object.clone();
    if let Some(annotations) = annotations(&mut object) {
        annotations.remove(ANNOTATION);
    }
    go::json(&object) + "\n"
}

/// The object with the annotation of its own configuration.
#[must_use]
pub fn annotated(object: &Value) -> Value {
    let text = text(object);
    let mut object = object.clone();
    set(&mut object, text);
    object
}

/// Writes the annotation.
pub fn set(object: &mut Value, text: String) {
    if let Some(annotations) = annotations(object) {
        annotations.insert(ANNOTATION.into(), text.into());
    }
}

/// Writes the annotation if `create`, else only if the object has it already (`CreateOrUpdateAnnotation`).
pub fn create_or_update(create: bool, object: &mut Value) {
    if create || of(object).is_some_and(|text| !text.is_empty()) {
        *object = annotated(object);
    }
}

/// The object's annotations, made if missing: the configuration is encoded with `"annotations":{}` at the least.
fn annotations(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let mut at = object;
    for key in ["metadata", "annotations"] {
        at = at.as_object_mut()?.entry(key).or_insert(Value::Null);
        if at.is_null() {
            *at = Map::new().into();
        }
    }
    at.as_object_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_configuration_as_text() {
        let object = json!({"kind": "X", "metadata": {"name": "a"}, "spec": {"args": ["<&>"], "n": 1.0}});
        let expect = "{\"kind\":\"X\",\"metadata\":{\"annotations\":{},\"name\":\"a\"},\
                      \"spec\":{\"args\":[\"\\u003c\\u0026\\u003e\"],\"n\":1}}\n";
        assert_eq!(text(&object), expect);
        let once = annotated(&object);
        assert_eq!(of(&once), Some(expect));
        assert_eq!(annotated(&once), once);
    }

    #[test]
    fn annotated_only_on_demand() {
        let mut object = json!({"metadata": {"annotations": {"a": "b"}}});
        create_or_update(false, &mut object);
        assert_eq!(of(&object), None);
        create_or_update(true, &mut object);
        object["spec"] = 1.into();
        create_or_update(false, &mut object);
        assert_eq!(of(&object), Some("{\"metadata\":{\"annotations\":{\"a\":\"b\"}},\"spec\":1}\n"));
    }
}
