//! Limit ranges: what containers get that do not say what they need, and what is too little or too much.
//!
//! Upstream: `plugin/pkg/admission/limitranger/admission.go`. The order of several complaints is that of names, where the
//! real one has none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ApiServer;
use super::usage::of_containers;
use crate::apiserver::{Status, defaults};
use crate::resource::quantity::Quantity;
use crate::resource::{Kind, Object};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

impl ApiServer {
    fn limit_ranges(&self, namespace: &str) -> Vec<Value> {
        if self.store.has_none(Kind::LimitRange) {
            return Vec::new();
        }
        let ranges = self.store.in_namespace(Kind::LimitRange, namespace).filter_map(|range| range.plain());
        ranges
            .flat_map(|range| range.get("spec").map(|spec| items(spec, "limits").to_vec()).unwrap_or_default())
            .collect()
    }

    /// Gives the containers of a new Pod the defaults of its namespace.
    pub(super) fn default_limits(&self, kind: Kind, namespace: &str, value: &mut Value) {
        if kind != Kind::Pod {
            return;
        }
        let limits = self.limit_ranges(namespace);
        if limits.is_empty() {
            return;
        }
        // Each range is asked in its turn; what an earlier one gave counts as given.
        for limit in limits.iter().filter(|limit| limit["type"] == "Container") {
            give_defaults(value, limit);
        }
        value["status"]["qosClass"] = defaults::qos_class(&value["spec"]).into();
    }

    /// The same for the Pod of a controller.
    pub(super) fn default_limits_of(&self, object: &mut Object) {
        if object.kind() != Kind::Pod || self.limit_ranges(&object.meta.namespace).is_empty() {
            return;
        }
        let mut value = object.to_json();
        self.default_limits(Kind::Pod, &object.meta.namespace, &mut value);
        let mut new = Object::from_json(Kind::Pod, &value);
        new.meta.owners.clone_from(&object.meta.owners);
        *object = new;
    }

    /// What the ranges of its namespace refuse in a new object, or in a claim that changes.
    pub(super) fn check_limits(&self, object: &Object) -> Result<(), Status> {
        let kind = object.kind();
        if !matches!(kind, Kind::Pod | Kind::PersistentVolumeClaim) {
            return Ok(());
        }
        let limits = self.limit_ranges(&object.meta.namespace);
        if limits.is_empty() {
            return Ok(());
        }
        let value = object.to_json();
        let errors: Vec<String> = limits.iter().flat_map(|limit| complaints(kind, limit, &value["spec"])).collect();
        match errors.as_slice() {
            [] => Ok(()),
            [one] => Err(Status::forbidden(kind, &object.meta.name, one)),
            many => Err(Status::forbidden(kind, &object.meta.name, &format!("[{}]", many.join(", ")))),
        }
    }
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn give_defaults(pod: &mut Value, limit: &Value) {
    let mut told = Vec::new();
    for (list, word) in [("containers", "container"), ("initContainers", "init container")] {
        for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
            let name = container["name"].as_str().unwrap_or_default().to_string();
            for (from, to, what) in [("defaultRequest", "requests", "request"), ("default", "limits", "limit")] {
                let given = give(&mut container["resources"], &limit[from], to);
                if !given.is_empty() {
                    told.push(format!("{} {what} for {word} {name}", given.join(", ")));
                }
            }
        }
    }
    if told.is_empty() {
        return;
    }
    let before = pod["metadata"]["annotations"][ANNOTATION].as_str().map(|text| format!("{text}; "));
    let text = before.unwrap_or_else(|| "LimitRanger plugin set: ".into()) + &told.join("; ");
    if !pod["metadata"]["annotations"].is_object() {
        pod["metadata"]["annotations"] = json!({});
    }
    pod["metadata"]["annotations"][ANNOTATION] = text.into();
}

/// Puts what is not there yet; the names of it.
fn give(resources: &mut Value, defaults: &Value, to: &str) -> Vec<String> {
    let mut given = Vec::new();
    for (name, amount) in defaults.as_object().into_iter().flatten() {
        if resources[to].get(name).is_none() {
            if !resources[to].is_object() {
                resources[to] = Value::Object(Map::new());
            }
            resources[to][name] = amount.clone();
            given.push(name.clone());
        }
    }
    given.sort();
    given
}

type Amounts = BTreeMap<String, Quantity>;

fn complaints(kind: Kind, limit: &Value, spec: &Value) -> Vec<String> {
    let listed = |resources: &Value, list: &str| super::usage::amounts(&resources[list]);
    let mut out = Vec::new();
    match (limit["type"].as_str().unwrap_or_default(), kind) {
        ("Container", Kind::Pod) => {
            for container in items(spec, "containers").iter().chain(items(spec, "initContainers")) {
                let own = &container["resources"];
                check("Container", limit, &listed(own, "requests"), &listed(own, "limits"), &mut out);
            }
        }
        ("Pod", Kind::Pod) => {
            let sum = |list: &str| -> Amounts {
                let names = ["min", "max", "maxLimitRequestRatio"].into_iter().filter_map(|key| limit[key].as_object());
                let names = names.flat_map(|map| map.keys());
                names.filter_map(|name| Some((name.clone(), of_containers(spec, list, name)?))).collect()
            };
            check("Pod", limit, &sum("requests"), &sum("limits"), &mut out);
        }
        (word @ "PersistentVolumeClaim", Kind::PersistentVolumeClaim) => {
            let requests = listed(&spec["resources"], "requests");
            for (name, least) in super::usage::amounts(&limit["min"]) {
                out.extend(too_little(word, &name, least, &requests, &Amounts::new()));
            }
            for (name, most) in super::usage::amounts(&limit["max"]) {
                let say = |how: String| Some(format!("maximum {name} usage per {word} is {most}{how}"));
                out.extend(match requests.get(&name) {
                    None => say(".  No request is specified".into()),
                    Some(request) if *request > most => say(format!(", but request is {request}")),
                    Some(_) => None,
                });
            }
        }
        _ => {}
    }
    out
}

fn check(word: &str, limit: &Value, requests: &Amounts, limits: &Amounts, out: &mut Vec<String>) {
    for (name, least) in super::usage::amounts(&limit["min"]) {
        out.extend(too_little(word, &name, least, requests, limits));
    }
    for (name, most) in super::usage::amounts(&limit["max"]) {
        out.extend(too_much(word, &name, most, requests, limits));
    }
    for (name, ratio) in super::usage::amounts(&limit["maxLimitRequestRatio"]) {
        out.extend(too_far_apart(word, &name, ratio, requests.get(&name), limits.get(&name)));
    }
}

fn too_little(word: &str, name: &str, least: Quantity, requests: &Amounts, limits: &Amounts) -> Option<String> {
    let begin = format!("minimum {name} usage per {word} is {least}");
    match (requests.get(name), limits.get(name)) {
        (None, _) => Some(format!("{begin}.  No request is specified")),
        (Some(request), _) if *request < least => Some(format!("{begin}, but request is {request}")),
        (_, Some(limit)) if *limit < least => Some(format!("{begin}, but limit is {limit}")),
        _ => None,
    }
}

fn too_much(word: &str, name: &str, most: Quantity, requests: &Amounts, limits: &Amounts) -> Option<String> {
    let begin = format!("maximum {name} usage per {word} is {most}");
    match (requests.get(name), limits.get(name)) {
        (_, None) => Some(format!("{begin}.  No limit is specified")),
        (_, Some(limit)) if *limit > most => Some(format!("{begin}, but limit is {limit}")),
        (Some(request), _) if *request > most => Some(format!("{begin}, but request is {request}")),
        _ => None,
    }
}

fn too_far_apart(
    word: &str,
    name: &str,
    ratio: Quantity,
    request: Option<&Quantity>,
    limit: Option<&Quantity>,
) -> Option<String> {
    let begin = format!("{name} max limit to request ratio per {word} is {ratio}");
    let there = |amount: Option<&Quantity>| amount.filter(|amount| !amount.is_zero()).copied();
    let Some(request) = there(request) else {
        return Some(format!("{begin}, but no request is specified or request is 0"));
    };
    let Some(limit) = there(limit) else {
        return Some(format!("{begin}, but no limit is specified or limit is 0"));
    };
    let found = limit.milli_value() as f64 / request.milli_value() as f64;
    let allowed = ratio.milli_value() as f64 / 1000.0;
    (found > allowed).then(|| format!("{begin}, but provided ratio is {found:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_in_kubernetes_words() {
        let limit = json!({"type": "Container", "min": {"memory": "64Mi"}, "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "2"}});
        let container = |requests: Value, limits: Value| json!({"containers": [{"name": "c", "resources": {"requests": requests, "limits": limits}}]});
        for (spec, expected) in [
            (container(json!({"cpu": "1", "memory": "64Mi"}), json!({"cpu": "1"})), vec![]),
            (
                container(json!({"cpu": "500m"}), json!({"cpu": "2"})),
                vec![
                    "minimum memory usage per Container is 64Mi.  No request is specified",
                    "maximum cpu usage per Container is 1, but limit is 2",
                    "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
                ],
            ),
            (
                container(json!({"memory": "1Mi"}), json!({})),
                vec![
                    "minimum memory usage per Container is 64Mi, but request is 1Mi",
                    "maximum cpu usage per Container is 1.  No limit is specified",
                    "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
                ],
            ),
        ] {
            assert_eq!(complaints(Kind::Pod, &limit, &spec), expected);
        }
        let claims = json!({"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}, "min": {"storage": "1Gi"}});
        let claim = |size: &str| json!({"resources": {"requests": {"storage": size}}});
        let said = complaints(Kind::PersistentVolumeClaim, &claims, &claim("5Gi"));
        assert_eq!(said, ["maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi"]);
        assert!(complaints(Kind::PersistentVolumeClaim, &claims, &claim("1Gi")).is_empty());
    }

    #[test]
    fn defaults_are_given_and_told() {
        let limit =
            json!({"type": "Container", "default": {"cpu": "1", "memory": "1Gi"}, "defaultRequest": {"cpu": "100m"}});
        let mut pod = json!({"metadata": {}, "spec": {"containers": [
            {"name": "a", "resources": {}}, {"name": "b", "resources": {"limits": {"cpu": "2", "memory": "2Gi"}}}]}});
        give_defaults(&mut pod, &limit);
        assert_eq!(
            pod["metadata"]["annotations"][ANNOTATION],
            "LimitRanger plugin set: cpu request for container a; cpu, memory limit for container a; cpu request for container b"
        );
        assert_eq!(
            pod["spec"]["containers"][1]["resources"],
            json!({"limits": {"cpu": "2", "memory": "2Gi"}, "requests": {"cpu": "100m"}})
        );
    }
}
