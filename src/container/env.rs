//! The environment of a container as a kubelet makes it when it starts it (`pkg/kubelet/kubelet_pods.go`,
//! `pkg/kubelet/envvars`): what the manifest says, then the Services there were. It never changes afterwards (rule P31).

use std::collections::BTreeMap;

use serde_json::Value;

use super::inside::{Around, Inside};
use super::projected::decoded;
use crate::resource::quantity::Quantity;
use crate::resource::{Kind, Object, Time};

/// Where every image looks for programs.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The address of the API server in every Pod of the lab.
pub const API_SERVER: &str = "10.96.0.1";

/// The environment of a container.
pub(super) fn of(inside: &Inside, around: Around<'_>) -> Vec<(String, String)> {
    let mut services = services(inside, around);
    let mut out: Vec<(String, String)> = vec![("PATH".into(), PATH.into())];
    out.push(("HOSTNAME".into(), inside.hostname().into()));
    let mut known: BTreeMap<String, String> = services.clone();
    let mut put = |name: String, value: String, known: &mut BTreeMap<String, String>| {
        services.remove(&name);
        known.insert(name.clone(), value.clone());
        out.retain(|(own, _)| *own != name);
        out.push((name, value));
    };
    for from in list(&inside.spec["envFrom"]) {
        let prefix = from["prefix"].as_str().unwrap_or_default();
        for (kind, key) in [(Kind::ConfigMap, "configMapRef"), (Kind::Secret, "secretRef")] {
            let data = data(inside, around, kind, from[key]["name"].as_str().unwrap_or_default());
            for (name, value) in data.unwrap_or_default() {
                put(format!("{prefix}{name}"), value, &mut known);
            }
        }
    }
    for variable in list(&inside.spec["env"]) {
        let name = variable["name"].as_str().unwrap_or_default().to_string();
        let value = match &variable["valueFrom"] {
            Value::Null => Some(substitute(variable["value"].as_str().unwrap_or_default(), &known)),
            from => value_from(inside, around, from),
        };
        if let Some(value) = value {
            put(name, value, &mut known);
        }
    }
    out.extend(services);
    out.push(("HOME".into(), "/root".into()));
    out
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// `$(NAME)` in a text (`third_party/forked/golang/expansion`): what is not known stays as it is.
pub(super) fn substitute(text: &str, known: &BTreeMap<String, String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            (out, rest) = (out + "$", after);
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match known.get(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

/// The data of a ConfigMap or Secret as they were when the container started.
fn data(inside: &Inside, around: Around<'_>, kind: Kind, name: &str) -> Option<BTreeMap<String, String>> {
    data_at(around, kind, inside.namespace(), name, inside.started)
}

/// The data of a ConfigMap or Secret at a moment.
pub(super) fn data_at(
    around: Around<'_>,
    kind: Kind,
    namespace: &str,
    name: &str,
    at: Time,
) -> Option<BTreeMap<String, String>> {
    if let Some(earlier) = around.disks.earlier(kind, namespace, name, at) {
        return Some(decoded(kind, earlier));
    }
    let object = around.store.get(kind, namespace, name)?;
    Some(decoded(kind, &object.to_json()))
}

fn value_from(inside: &Inside, around: Around<'_>, from: &Value) -> Option<String> {
    for (kind, key) in [(Kind::ConfigMap, "configMapKeyRef"), (Kind::Secret, "secretKeyRef")] {
        if let Some(reference) = from.get(key) {
            let data = data(inside, around, kind, reference["name"].as_str().unwrap_or_default())?;
            return data.get(reference["key"].as_str().unwrap_or_default()).cloned();
        }
    }
    if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
        return field(inside, around, path);
    }
    from.get("resourceFieldRef").and_then(|reference| resource(inside, reference))
}

/// `fieldRef` (rule P30): a field of the Pod.
pub(super) fn field(inside: &Inside, around: Around<'_>, path: &str) -> Option<String> {
    let (meta, pod) = (&inside.pod.meta, inside.body());
    let subscript = |map: &str| path.strip_prefix(map)?.strip_prefix("['")?.strip_suffix("']");
    if let Some(key) = subscript("metadata.labels") {
        return Some(meta.labels.get(key).unwrap_or_default().to_string());
    }
    if let Some(key) = subscript("metadata.annotations") {
        return Some(meta.annotations.get(key).unwrap_or_default().to_string());
    }
    let spec = |key: &str| pod.template.spec.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    Some(match path {
        "metadata.name" => meta.name.to_string(),
        "metadata.namespace" => meta.namespace.to_string(),
        "metadata.uid" => meta.uid.to_string(),
        "metadata.labels" => pairs(meta.labels.iter()),
        "metadata.annotations" => pairs(meta.annotations.iter()),
        "spec.nodeName" => pod.node.as_deref().unwrap_or_default().to_string(),
        "spec.serviceAccountName" => spec("serviceAccountName"),
        "status.podIP" | "status.podIPs" => inside.address(),
        "status.hostIP" | "status.hostIPs" => {
            let node = around.store.get(Kind::Node, "", pod.node.as_deref()?)?;
            let addresses = node.plain()?.get("status")?["addresses"].as_array()?;
            addresses.iter().find(|a| a["type"] == "InternalIP")?["address"].as_str()?.to_string()
        }
        _ => return None,
    })
}

/// Labels or annotations as a downward API file has them.
fn pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let lines: Vec<String> = pairs.map(|(key, value)| format!("{key}={value:?}")).collect();
    lines.join("\n")
}

/// `resourceFieldRef`: `limits.memory` and the like, divided and rounded up. Without a limit it is what the node has,
/// which is left out here.
fn resource(inside: &Inside, reference: &Value) -> Option<String> {
    let (list, name) = reference["resource"].as_str()?.split_once('.')?;
    let own = inside.spec["resources"][list][name].as_str().and_then(|text| Quantity::parse(text).ok())?;
    let divisor = reference["divisor"].as_str().and_then(|text| Quantity::parse(text).ok());
    let divisor = divisor.filter(|divisor| !divisor.is_zero());
    let (own, divisor) = match name {
        "cpu" => (own.milli_value(), divisor.map_or(1000, Quantity::milli_value)),
        _ => (own.value(), divisor.map_or(1, Quantity::value)),
    };
    Some(((own + divisor - 1) / divisor.max(1)).to_string())
}

/// The variables of the Services that had an address when the container started.
fn services(inside: &Inside, around: Around<'_>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    service("kubernetes", API_SERVER, &[("https".into(), 443, "tcp".into())], &mut out);
    if inside.body().template.spec.get("enableServiceLinks") == Some(&Value::Bool(false)) {
        return out;
    }
    for object in around.store.in_namespace(Kind::Service, inside.namespace()) {
        if object.meta.created <= inside.started {
            of_service(object, &mut out);
        }
    }
    out
}

fn of_service(object: &Object, out: &mut BTreeMap<String, String>) {
    let Some(spec) = object.plain().and_then(|body| body.get("spec")) else { return };
    let Some(address) = spec["clusterIP"].as_str().filter(|ip| !ip.is_empty() && *ip != "None") else { return };
    let port = |port: &Value| {
        let name = port["name"].as_str().unwrap_or_default().to_string();
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_lowercase();
        (name, port["port"].as_i64().unwrap_or(0), protocol)
    };
    let ports: Vec<(String, i64, String)> = list(&spec["ports"]).map(port).collect();
    service(&object.meta.name, address, &ports, out);
}

fn service(name: &str, address: &str, ports: &[(String, i64, String)], out: &mut BTreeMap<String, String>) {
    let upper = |text: &str| text.to_uppercase().replace('-', "_");
    let prefix = upper(name);
    let Some((_, first, protocol)) = ports.first() else { return };
    out.insert(format!("{prefix}_SERVICE_HOST"), address.into());
    out.insert(format!("{prefix}_SERVICE_PORT"), first.to_string());
    out.insert(format!("{prefix}_PORT"), format!("{protocol}://{address}:{first}"));
    for (name, port, protocol) in ports {
        if !name.is_empty() {
            out.insert(format!("{prefix}_SERVICE_PORT_{}", upper(name)), port.to_string());
        }
        let own = format!("{prefix}_PORT_{port}_{}", upper(protocol));
        out.insert(own.clone(), format!("{protocol}://{address}:{port}"));
        out.insert(format!("{own}_PROTO"), protocol.clone());
        out.insert(format!("{own}_PORT"), port.to_string());
        out.insert(format!("{own}_ADDR"), address.into());
    }
}
