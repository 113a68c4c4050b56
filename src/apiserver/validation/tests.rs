//! Whole messages, as a real control plane said them (S16–S22, V2, V4–V6, D2–D4, N15, R3). A case changes one thing
//! in an object that is good.

use serde_json::{Value, json};

use super::super::defaults;
use super::*;

mod others;
mod pod;
mod statefulset;
mod storage;

fn set() -> Value {
    json!({
        "metadata": {"name": "v", "namespace": "default"},
        "spec": {
            "serviceName": "v", "replicas": 1, "selector": {"matchLabels": {"app": "v"}},
            "template": {
                "metadata": {"labels": {"app": "v"}},
                "spec": {"containers": [{"name": "c", "image": "nginx:1.27",
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]},
            },
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
        },
    })
}

/// The object with the value at a JSON pointer replaced, added or (null) removed.
fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = if parent.is_empty() { &mut object } else { ensure(&mut object, parent) };
    match parent {
        Value::Array(items) => items[member.parse::<usize>().expect("an index")] = value,
        Value::Object(members) if value.is_null() => drop(members.remove(member)),
        other => other[member] = value,
    }
    object
}

fn ensure<'a>(object: &'a mut Value, pointer: &str) -> &'a mut Value {
    pointer.split('/').skip(1).fold(object, |at, step| match step.parse::<usize>() {
        Ok(index) if at.is_array() => &mut at[index],
        _ => {
            if at.get(step).is_none() {
                at[step] = json!({});
            }
            &mut at[step]
        }
    })
}

fn defaulted(kind: Kind, mut object: Value) -> Value {
    defaults::apply(kind, &mut object);
    object
}

fn texts(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn check(kind: Kind, object: Value, expect: &[&str]) {
    let object = defaulted(kind, object);
    assert_eq!(texts(&create(kind, &object)), expect, "{object}");
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
                     start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
                     validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NO_MATCH: &str = "spec.template.metadata.labels: Invalid value: {\"app\":\"v\"}: `selector` does not match \
                        template `labels`";

fn check_update(kind: Kind, old: &Value, changes: &[(&str, Value)], expect: &[&str]) {
    let old = defaulted(kind, old.clone());
    let mut new = old.clone();
    for (pointer, value) in changes {
        new = with(new, pointer, value.clone());
    }
    defaults::prepare_for_update(kind, &mut new, &old);
    assert_eq!(texts(&update(kind, &new, &old)), expect, "{changes:?}");
}

fn service(spec: Value) -> Value {
    json!({"metadata": {"name": "s", "namespace": "default"}, "spec": spec})
}
