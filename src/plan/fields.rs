//! What differs between two versions of an object, field by field. Elements of lists are told apart by their name where
//! they have one, as a person reads them. What a server keeps for itself is left out.

use serde::Serialize;
use serde_json::{Map, Value};

/// One field that changes. A field that comes has no old value, one that goes no new one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where it is: `spec.template.spec.containers[nginx].image`.
    pub path: String,
    /// Its value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// Its value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// Members of `metadata` that the server writes, and nobody asks for.
const SERVERS_OWN: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Annotations in which programs keep their own notes.
const NOTES: &[&str] = &["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"];
/// Members that tell the elements of a list apart, most telling first.
const NAMES: &[&str] = &["name", "key", "type", "mountPath", "containerPort", "port", "topologyKey", "ip", "uid"];

/// The fields that differ between two versions of an object.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut out = Vec::new();
    walk("", Some(&own(old)), Some(&own(new)), &mut out);
    out
}

/// An object without its status and what the server writes into its metadata.
fn own(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.remove("status");
    }
    if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.retain(|key, _| !SERVERS_OWN.contains(&key.as_str()));
        if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            notes.retain(|key, _| !NOTES.contains(&key.as_str()));
        }
        if meta.get("annotations").and_then(Value::as_object).is_some_and(Map::is_empty) {
            meta.remove("annotations");
        }
    }
    value
}

fn walk(path: &str, old: Option<&Value>, new: Option<&Value>, out: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                walk(&member(path, key), old.get(key), new.get(key), out);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if lists(path, old, new, out) => {}
        (old, new) => out.push(FieldChange { path: path.to_string(), old: old.cloned(), new: new.cloned() }),
    }
}

/// Compares lists element by element; `false` if they are better compared as a whole.
fn lists(path: &str, old: &[Value], new: &[Value], out: &mut Vec<FieldChange>) -> bool {
    if let Some(name) = NAMES.iter().find(|name| tells_apart(name, old) && tells_apart(name, new)) {
        let find = |list: &'_ [Value], id: &Value| list.iter().find(|item| item[*name] == *id).cloned();
        let added = new.iter().filter(|item| find(old, &item[*name]).is_none());
        for item in old.iter().chain(added) {
            let id = &item[*name];
            let label = id.as_str().map_or_else(|| id.to_string(), ToString::to_string);
            walk(&format!("{path}[{label}]"), find(old, id).as_ref(), find(new, id).as_ref(), out);
        }
        return true;
    }
    let objects = |list: &[Value]| list.iter().all(Value::is_object);
    if old.len() == new.len() && objects(old) && objects(new) {
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            walk(&format!("{path}[{index}]"), Some(old), Some(new), out);
        }
        return true;
    }
    false
}

/// Whether every element has this member, and each another value of it.
fn tells_apart(name: &str, list: &[Value]) -> bool {
    let ids: Vec<&Value> = list.iter().filter_map(|item| item.get(name)).collect();
    ids.len() == list.len() && ids.iter().enumerate().all(|(at, id)| !ids[..at].contains(id))
}

/// The path of a member; a name with dots of its own stands in brackets.
fn member(path: &str, key: &str) -> String {
    match (path.is_empty(), key.contains(['.', '/'])) {
        (_, true) => format!("{path}[{key}]"),
        (true, false) => key.to_string(),
        (false, false) => format!("{path}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(old: &Value, new: &Value, expect: &[(&str, Value, Value)]) {
        let told: Vec<(String, Value, Value)> = changes(old, new)
            .into_iter()
            .map(|change| (change.path, change.old.unwrap_or_default(), change.new.unwrap_or_default()))
            .collect();
        let expect: Vec<_> =
            expect.iter().map(|(path, old, new)| (path.to_string(), old.clone(), new.clone())).collect();
        assert_eq!(told, expect);
    }

    #[test]
    fn elements_are_told_apart_by_name() {
        let set = |image: &str, port: i64| {
            json!({"spec": {"containers": [{"name": "log", "image": "fluentd"},
                {"name": "nginx", "image": image, "ports": [{"containerPort": port}]}]}})
        };
        check(
            &set("nginx:1.21", 80),
            &set("nginx:1.22", 80),
            &[("spec.containers[nginx].image", json!("nginx:1.21"), json!("nginx:1.22"))],
        );
        check(
            &set("n", 80),
            &set("n", 81),
            &[
                ("spec.containers[nginx].ports[80]", json!({"containerPort": 80}), Value::Null),
                ("spec.containers[nginx].ports[81]", Value::Null, json!({"containerPort": 81})),
            ],
        );
    }

    #[test]
    fn lists_without_names_count_as_a_whole() {
        check(&json!({"args": ["a"]}), &json!({"args": ["a", "b"]}), &[("args", json!(["a"]), json!(["a", "b"]))]);
    }

    #[test]
    fn what_the_server_writes_is_left_out() {
        let with = |generation: i64, note: &str| {
            json!({"metadata": {"generation": generation, "labels": {"a.b/c": note}, "annotations":
                {"kubectl.kubernetes.io/last-applied-configuration": note}}, "status": {"replicas": generation}})
        };
        check(&with(1, "x"), &with(2, "y"), &[("metadata.labels[a.b/c]", json!("x"), json!("y"))]);
        check(&json!({"metadata": {}}), &json!({"metadata": {"annotations": {NOTES[0]: "x"}}}), &[]);
    }
}
