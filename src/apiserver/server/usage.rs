//! What an object counts for in a quota, and which quotas it counts in.
//!
//! Upstream: `pkg/quota/v1/evaluator/core` (`pods.go`, `services.go`, `persistent_volume_claims.go`), and for everything
//! else the object count of `staging/src/k8s.io/apiserver/pkg/quota/v1/generic`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::apiserver::defaults;
use crate::resource::quantity::{Format, Quantity};
use crate::resource::{Kind, Time};

/// Amounts by the name of a resource.
pub type Amounts = BTreeMap<String, Quantity>;

/// What Pods are charged for besides their number, under the names that quotas have for it.
const COMPUTE: [(&str, &str, &[&str]); 6] = [
    ("requests", "cpu", &["cpu", "requests.cpu"]),
    ("requests", "memory", &["memory", "requests.memory"]),
    ("requests", "ephemeral-storage", &["ephemeral-storage", "requests.ephemeral-storage"]),
    ("limits", "cpu", &["limits.cpu"]),
    ("limits", "memory", &["limits.memory"]),
    ("limits", "ephemeral-storage", &["limits.ephemeral-storage"]),
];
/// What every container must name if a quota counts it.
const NAMED: [&str; 6] = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// The amounts of a JSON object such as `spec.hard`.
#[must_use]
pub fn amounts(value: &Value) -> Amounts {
    let list = value.as_object().into_iter().flatten();
    list.filter_map(|(name, amount)| Some((name.clone(), quantity(amount)?))).collect()
}

/// A quantity as JSON has it: a string, or a number.
fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(number) => Quantity::parse(&number.to_string()).ok(),
        _ => None,
    }
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A list of resources summed over a Pod: its containers and sidecars, or an init container and the sidecars before it if
/// that is more.
#[must_use]
pub fn of_containers(spec: &Value, list: &str, resource: &str) -> Option<Quantity> {
    let of = |container: &Value| quantity(&container["resources"][list][resource]);
    let add = |sum: Option<Quantity>, more: Option<Quantity>| match (sum, more) {
        (Some(sum), Some(more)) => Some(sum.plus(more)),
        (sum, more) => sum.or(more),
    };
    let mut running = items(spec, "containers").iter().map(of).fold(None, add);
    let (mut sidecars, mut most) = (None, None::<Quantity>);
    for init in items(spec, "initContainers") {
        let at_once = if init["restartPolicy"] == "Always" {
            running = add(running, of(init));
            sidecars = add(sidecars, of(init));
            sidecars
        } else {
            add(sidecars, of(init))
        };
        most = most.max(at_once);
    }
    running.max(most)
}

/// What an object counts for.
#[must_use]
pub fn usage(kind: Kind, object: &Value, now: Time) -> Amounts {
    let mut out = Amounts::new();
    let one = Quantity::new(1, Format::DecimalSi);
    let number = |count: usize| Quantity::new(count as i64, Format::DecimalSi);
    let info = kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
    out.insert(format!("count/{}{group}", info.plural), one);
    let spec = &object["spec"];
    match kind {
        Kind::Pod if runs(object, now) => {
            out.insert("pods".into(), one);
            for (list, resource, names) in COMPUTE {
                let Some(sum) = of_containers(spec, list, resource) else { continue };
                out.extend(names.iter().map(|name| ((*name).to_string(), sum)));
            }
        }
        Kind::Service => {
            out.insert("services".into(), one);
            let ports = items(spec, "ports");
            let taken = ports.iter().filter(|port| port["nodePort"].as_i64().unwrap_or(0) != 0).count();
            let balanced = spec["type"] == "LoadBalancer";
            let nodes = if spec["type"] == "NodePort" { ports.len() } else { taken };
            out.insert("services.nodeports".into(), number(nodes));
            out.insert("services.loadbalancers".into(), number(usize::from(balanced)));
        }
        Kind::PersistentVolumeClaim => {
            out.insert("persistentvolumeclaims".into(), one);
            let class = spec["storageClassName"].as_str().filter(|class| !class.is_empty());
            let class = class.map(|class| format!("{class}.storageclass.storage.k8s.io/"));
            out.extend(class.iter().map(|class| (format!("{class}persistentvolumeclaims"), one)));
            if let Some(size) = quantity(&spec["resources"]["requests"]["storage"]) {
                out.insert("requests.storage".into(), size);
                out.extend(class.iter().map(|class| (format!("{class}requests.storage"), size)));
            }
        }
        Kind::ConfigMap | Kind::Secret | Kind::ResourceQuota => {
            out.insert(info.plural.into(), one);
        }
        _ => {}
    }
    out
}

/// Whether a Pod still counts as one: it has not ended, and its time to go is not over.
fn runs(pod: &Value, now: Time) -> bool {
    if matches!(pod["status"]["phase"].as_str(), Some("Failed" | "Succeeded")) {
        return false;
    }
    let meta = &pod["metadata"];
    let going = meta["deletionTimestamp"].as_str().and_then(Time::parse);
    let grace = meta["deletionGracePeriodSeconds"].as_u64().unwrap_or(0);
    going.is_none_or(|at| now <= at + Duration::from_secs(grace))
}

/// Whether a quota that limits these resources looks at objects of a kind at all.
#[must_use]
pub fn covers(kind: Kind, resource: &str) -> bool {
    let info = kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
    let own = match kind {
        Kind::Pod => resource == "pods" || COMPUTE.iter().any(|(_, _, names)| names.contains(&resource)),
        Kind::Service => matches!(resource, "services" | "services.nodeports" | "services.loadbalancers"),
        Kind::PersistentVolumeClaim => {
            matches!(resource, "persistentvolumeclaims" | "requests.storage")
                || resource.contains(".storageclass.storage.k8s.io/")
        }
        Kind::ConfigMap | Kind::Secret | Kind::ResourceQuota => resource == info.plural,
        _ => false,
    };
    own || resource == format!("count/{}{group}", info.plural)
}

/// Whether an object is in the scopes of a quota.
#[must_use]
pub fn in_scope(quota: &Value, kind: Kind, object: &Value) -> bool {
    let spec = &quota["spec"];
    let scopes = items(spec, "scopes").iter().filter_map(Value::as_str).map(|scope| (scope, "Exists", &Value::Null));
    let selected = items(&spec["scopeSelector"], "matchExpressions").iter().map(|selector| {
        let text = |key: &str| selector[key].as_str().unwrap_or_default();
        (text("scopeName"), text("operator"), &selector["values"])
    });
    scopes
        .chain(selected)
        .all(|(scope, operator, values)| kind == Kind::Pod && pod_in_scope(&object["spec"], scope, operator, values))
}

fn pod_in_scope(spec: &Value, scope: &str, operator: &str, values: &Value) -> bool {
    let terminating = spec["activeDeadlineSeconds"].as_i64().is_some();
    let best_effort = || defaults::qos_class(spec) == "BestEffort";
    match scope {
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        "BestEffort" => best_effort(),
        "NotBestEffort" => !best_effort(),
        "PriorityClass" => {
            let class = spec["priorityClassName"].as_str().filter(|class| !class.is_empty());
            let listed = class.is_some_and(|class| values.as_array().is_some_and(|all| all.iter().any(|v| v == class)));
            match operator {
                "In" => listed,
                "NotIn" => !listed,
                "DoesNotExist" => class.is_none(),
                _ => class.is_some(),
            }
        }
        "CrossNamespacePodAffinity" => {
            let affinity = ["podAffinity", "podAntiAffinity"].map(|key| spec["affinity"][key].to_string());
            affinity.iter().any(|text| text.contains("\"namespaces\":[\"") || text.contains("\"namespaceSelector\":{"))
        }
        _ => false,
    }
}

/// What containers of a Pod do not name though a quota counts it: `limits.cpu for: app; requests.cpu for: app`.
#[must_use]
pub fn unnamed(spec: &Value, counted: &[&str]) -> Option<String> {
    if spec["resources"].is_object() {
        return None;
    }
    let mut lacking: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for container in items(spec, "containers").iter().chain(items(spec, "initContainers")) {
        for (list, resource, names) in COMPUTE {
            if quantity(&container["resources"][list][resource]).is_some() {
                continue;
            }
            for name in names.iter().filter(|name| NAMED.contains(name) && counted.contains(name)) {
                lacking.entry(name).or_default().push(container["name"].as_str().unwrap_or_default());
            }
        }
    }
    let told: Vec<String> = lacking
        .into_iter()
        .map(|(name, mut containers)| {
            containers.sort_unstable();
            format!("{name} for: {}", containers.join(","))
        })
        .collect();
    (!told.is_empty()).then(|| format!("must specify {}", told.join("; ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(amounts: &Amounts) -> String {
        amounts.iter().map(|(name, amount)| format!("{name}={amount}")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn pods_count_what_their_containers_ask_for_together() {
        let container =
            |cpu: &str| json!({"name": cpu, "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": "1"}}});
        let pod = json!({"spec": {"containers": [container("100m"), container("200m")], "initContainers": [
            {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}}, container("500m")]}});
        let used = usage(Kind::Pod, &pod, Time::LAB_START);
        assert_eq!(shown(&used), "count/pods=1,cpu=550m,limits.cpu=2,pods=1,requests.cpu=550m");
        let mut ended = pod.clone();
        ended["status"] = json!({"phase": "Failed"});
        assert_eq!(shown(&usage(Kind::Pod, &ended, Time::LAB_START)), "count/pods=1");
    }

    #[test]
    fn claims_and_services_count_under_several_names() {
        let claim = json!({"spec": {"storageClassName": "gold", "resources": {"requests": {"storage": "5Gi"}}}});
        let expected = "count/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,\
                        gold.storageclass.storage.k8s.io/requests.storage=5Gi,persistentvolumeclaims=1,requests.storage=5Gi";
        assert_eq!(shown(&usage(Kind::PersistentVolumeClaim, &claim, Time::LAB_START)), expected);
        let service = json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 1, "nodePort": 30001}]}});
        let expected = "count/services=1,services=1,services.loadbalancers=1,services.nodeports=1";
        assert_eq!(shown(&usage(Kind::Service, &service, Time::LAB_START)), expected);
        assert_eq!(shown(&usage(Kind::StatefulSet, &json!({}), Time::LAB_START)), "count/statefulsets.apps=1");
        assert!(covers(Kind::Deployment, "count/deployments.apps") && !covers(Kind::Pod, "services"));
    }

    #[test]
    fn what_is_counted_must_be_named() {
        let spec = json!({"containers": [{"name": "b"}, {"name": "a", "resources": {"limits": {"cpu": "1"}}}]});
        let told = unnamed(&spec, &["limits.cpu", "requests.memory", "pods", "requests.ephemeral-storage"]);
        assert_eq!(told.as_deref(), Some("must specify limits.cpu for: b; requests.memory for: a,b"));
        assert_eq!(unnamed(&spec, &["pods"]), None);
    }

    #[test]
    fn scopes() {
        let quota = |scope: &str| json!({"spec": {"scopes": [scope]}});
        let pod = json!({"spec": {"containers": [{"name": "a"}]}});
        for (scope, there) in
            [("BestEffort", true), ("NotBestEffort", false), ("Terminating", false), ("PriorityClass", false)]
        {
            assert_eq!(in_scope(&quota(scope), Kind::Pod, &pod), there, "{scope}");
        }
        let selector = json!({"spec": {"scopeSelector": {"matchExpressions": [
            {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}}});
        let high = json!({"spec": {"priorityClassName": "high", "containers": []}});
        assert!(in_scope(&selector, Kind::Pod, &high) && !in_scope(&selector, Kind::Pod, &pod));
    }
}
