//! `ConfigMaps` and Secrets that Pods refer to and that were not exported: made up with the keys that are asked for, since
//! Pods could not start again without them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Objects;
use crate::resource::Kind;
use crate::view::words;

/// What is referred to: kind, namespace and name, with the keys.
type Wanted = BTreeMap<(Kind, String, String), BTreeSet<String>>;

/// Stand-ins for what is missing, if the file has no object of that kind at all; and what is to be said of it.
pub(super) fn stand_ins(objects: &Objects, notices: &mut Vec<String>) -> Vec<(Kind, Value)> {
    let mut wanted = Wanted::new();
    for ((kind, namespace, _), object) in objects {
        let spec = match kind {
            Kind::Pod => &object["spec"],
            Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
                &object["spec"]["template"]["spec"]
            }
            _ => continue,
        };
        refer(spec, namespace, &mut wanted);
    }
    let mut out = Vec::new();
    for (kind, short) in [(Kind::ConfigMap, "cm"), (Kind::Secret, "secret")] {
        if objects.keys().any(|(other, ..)| *other == kind) {
            continue;
        }
        let made: Vec<(Kind, Value)> =
            wanted.iter().filter(|((other, ..), _)| *other == kind).map(|(key, keys)| stand_in(key, keys)).collect();
        if !made.is_empty() {
            let noun = kind.info().name;
            notices.push(format!(
                "{} that Pods refer to made up, with their keys and without values; add `{short}` to the export",
                words::count(made.len(), noun)
            ));
        }
        out.extend(made);
    }
    out
}

fn stand_in((kind, namespace, name): &(Kind, String, String), keys: &BTreeSet<String>) -> (Kind, Value) {
    let data: Map<String, Value> = keys.iter().map(|key| (key.clone(), "".into())).collect();
    let mut object = json!({"metadata": {"name": name, "namespace": namespace}, "data": data});
    if *kind == Kind::Secret {
        object["type"] = "Opaque".into();
    }
    (*kind, object)
}

/// Finds what a Pod's spec refers to.
fn refer(spec: &Value, namespace: &str, wanted: &mut Wanted) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut want = |kind: Kind, name: &Value, keys: Vec<String>| {
        if let Some(name) = name.as_str().filter(|name| !name.is_empty()) {
            wanted.entry((kind, namespace.to_string(), name.to_string())).or_default().extend(keys);
        }
    };
    let key = |reference: &Value| reference["key"].as_str().map(String::from).into_iter().collect::<Vec<_>>();
    let items = |source: &Value| list(&source["items"]).iter().flat_map(key).collect::<Vec<_>>();
    for container in list(&spec["containers"]).iter().chain(&list(&spec["initContainers"])) {
        for from in list(&container["env"]).iter().map(|env| &env["valueFrom"]) {
            let (map, secret) = (&from["configMapKeyRef"], &from["secretKeyRef"]);
            want(Kind::ConfigMap, &map["name"], key(map));
            want(Kind::Secret, &secret["name"], key(secret));
        }
        for from in list(&container["envFrom"]) {
            want(Kind::ConfigMap, &from["configMapRef"]["name"], Vec::new());
            want(Kind::Secret, &from["secretRef"]["name"], Vec::new());
        }
    }
    for volume in list(&spec["volumes"]) {
        want(Kind::ConfigMap, &volume["configMap"]["name"], items(&volume["configMap"]));
        want(Kind::Secret, &volume["secret"]["secretName"], items(&volume["secret"]));
        for source in list(&volume["projected"]["sources"]) {
            want(Kind::ConfigMap, &source["configMap"]["name"], items(&source["configMap"]));
            want(Kind::Secret, &source["secret"]["name"], items(&source["secret"]));
        }
    }
}
