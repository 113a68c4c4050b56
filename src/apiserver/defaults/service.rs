//! Defaults of Services (D1) and what an update keeps of the allocated addresses and ports
//! (`pkg/apis/core/v1/defaults.go`, `pkg/registry/core/service/{strategy,storage/alloc,storage/storage}.go`).
//! Addresses and node ports are allocated by the caller.

use serde_json::{Value, json};

use super::fields::{Fields, child_or_new, fill, fill_pointer, items, keep, text, unset};

const ALLOCATED: [&str; 2] = ["clusterIP", "clusterIPs"];

/// Versioned defaults.
pub(super) fn service(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    fill(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => {
            spec.remove("sessionAffinityConfig");
        }
        "ClientIP" => {
            let client = child_or_new(child_or_new(spec, "sessionAffinityConfig"), "clientIP");
            fill_pointer(client, "timeoutSeconds", 10_800);
        }
        _ => {}
    }
    fill(spec, "type", "ClusterIP");
    for port in items(spec, "ports") {
        fill(port, "protocol", "TCP");
        if unset(port, "targetPort") || port["targetPort"] == json!(0) {
            let number = port.get("port").cloned().unwrap_or_else(|| 0.into());
            port.insert("targetPort".to_string(), number);
        }
    }
    if externally_accessible(spec) {
        fill(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(text(spec, "type"), "ClusterIP" | "NodePort" | "LoadBalancer") {
        fill_pointer(spec, "internalTrafficPolicy", "Cluster");
    }
    if text(spec, "type") == "LoadBalancer" {
        fill_pointer(spec, "allocateLoadBalancerNodePorts", true);
    }
    let balanced = text(spec, "type") == "LoadBalancer";
    let balancer = child_or_new(child_or_new(object, "status"), "loadBalancer");
    for entry in items(balancer, "ingress").filter(|entry| balanced && !text(entry, "ip").is_empty()) {
        fill_pointer(entry, "ipMode", "VIP");
    }
}

/// Whether traffic from outside the cluster may come in (`pkg/api/v1/service/util.go`).
fn externally_accessible(spec: &Fields) -> bool {
    let external_ips = spec.get("externalIPs").and_then(Value::as_array).is_some_and(|ips| !ips.is_empty());
    match text(spec, "type") {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => external_ips,
        _ => false,
    }
}

/// Creation: `clusterIPs` follows `clusterIP`, then the families.
pub(super) fn prepare_for_create(object: &mut Fields) {
    object.insert("status".to_string(), json!({"loadBalancer": {}}));
    let spec = child_or_new(object, "spec");
    if !text(spec, "clusterIP").is_empty() && list(spec, "clusterIPs").is_empty() {
        let ip = spec["clusterIP"].clone();
        spec.insert("clusterIPs".to_string(), json!([ip]));
    }
    families(spec, None);
}

fn list<'a>(spec: &'a Fields, key: &str) -> &'a [Value] {
    spec.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The IP families of a cluster that has only IPv4.
fn families(spec: &mut Fields, old: Option<&Fields>) {
    if text(spec, "type") == "ExternalName" {
        return;
    }
    let selectorless = spec.get("selector").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty);
    let unbound = text(spec, "clusterIP") == "None" && selectorless;
    if unset(spec, "ipFamilyPolicy") {
        let inherited = old.map(|o| text(o, "ipFamilyPolicy")).filter(|p| !p.is_empty());
        let policy = inherited.unwrap_or(if unbound { "RequireDualStack" } else { "SingleStack" }).to_string();
        spec.insert("ipFamilyPolicy".to_string(), policy.into());
    }
    if list(spec, "ipFamilies").is_empty() {
        let v6 = |ip: &Value| ip.as_str().is_some_and(|ip| ip.contains(':'));
        let addresses = list(spec, "clusterIPs").iter().filter(|ip| ip.as_str() != Some("None"));
        let mut families: Vec<&str> = addresses.map(|ip| if v6(ip) { "IPv6" } else { "IPv4" }).collect();
        if families.is_empty() {
            families.push("IPv4");
        }
        spec.insert("ipFamilies".to_string(), json!(families));
    }
    if unbound && text(spec, "ipFamilyPolicy") != "SingleStack" && list(spec, "ipFamilies").len() == 1 {
        let other = if list(spec, "ipFamilies")[0] == "IPv4" { "IPv6" } else { "IPv4" };
        let first = spec["ipFamilies"][0].clone();
        spec.insert("ipFamilies".to_string(), json!([first, other]));
    }
}

fn same(new: &Fields, old: &Fields, keys: &[&str]) -> bool {
    keys.iter().all(|key| new.get(*key) == old.get(*key))
}

/// Update: keeps allocated values the client left out, then wipes what the new type has no use for.
pub(super) fn prepare_for_update(object: &mut Fields, old: &Value) {
    let empty = Fields::new();
    let old_spec = old.get("spec").and_then(Value::as_object).unwrap_or(&empty);
    let spec = child_or_new(object, "spec");
    keep_addresses(spec, old_spec);
    keep_node_ports(spec, old_spec);
    families(spec, Some(old_spec));
    let external = |spec: &Fields| text(spec, "type") == "ExternalName";
    if external(spec) && !external(old_spec) {
        if same(spec, old_spec, &ALLOCATED) {
            for key in ALLOCATED {
                spec.remove(key);
            }
        }
        for key in ["ipFamilies", "ipFamilyPolicy"] {
            if same(spec, old_spec, &[key]) {
                spec.remove(key);
            }
        }
    }
    let node_ports = |spec: &Fields| matches!(text(spec, "type"), "NodePort" | "LoadBalancer");
    if node_ports(old_spec) && !node_ports(spec) && no_new_node_ports(spec, old_spec) {
        for port in items(spec, "ports") {
            port.remove("nodePort");
        }
    }
    let balanced = |spec: &Fields| text(spec, "type") == "LoadBalancer";
    let local = |spec: &Fields| balanced(spec) && text(spec, "externalTrafficPolicy") == "Local";
    let wiped = [
        ("healthCheckNodePort", local(old_spec) && !local(spec)),
        ("allocateLoadBalancerNodePorts", balanced(old_spec) && !balanced(spec)),
        ("loadBalancerClass", balanced(old_spec) && !balanced(spec)),
        ("externalTrafficPolicy", externally_accessible(old_spec) && !externally_accessible(spec)),
    ];
    for (key, useless) in wiped {
        if useless && same(spec, old_spec, &[key]) {
            spec.remove(key);
        }
    }
    let balanced = balanced(spec);
    if !balanced {
        child_or_new(object, "status").insert("loadBalancer".to_string(), json!({}));
    }
}

fn keep_addresses(spec: &mut Fields, old: &Fields) {
    if text(spec, "type") == "ExternalName" || text(old, "type") == "ExternalName" {
        if !text(spec, "clusterIP").is_empty() && list(spec, "clusterIPs").is_empty() {
            spec.insert("clusterIPs".to_string(), json!([spec["clusterIP"]]));
        }
        return;
    }
    if unset(spec, "clusterIP") {
        keep(spec, old, "clusterIP");
    }
    if list(spec, "clusterIPs").is_empty() && !list(old, "clusterIPs").is_empty() {
        keep(spec, old, "clusterIPs");
    }
    let changed = text(spec, "clusterIP") != text(old, "clusterIP");
    if changed && spec.get("clusterIPs") == old.get("clusterIPs") {
        spec.insert("clusterIPs".to_string(), json!([text(spec, "clusterIP")]));
    }
}

fn node_port(port: &Value) -> i64 {
    port.get("nodePort").and_then(Value::as_i64).unwrap_or(0)
}

fn no_new_node_ports(spec: &Fields, old: &Fields) -> bool {
    let had: Vec<i64> = list(old, "ports").iter().map(node_port).collect();
    list(spec, "ports").iter().map(node_port).all(|port| port == 0 || had.contains(&port))
}

fn keep_node_ports(spec: &mut Fields, old: &Fields) {
    let needs = |spec: &Fields| match text(spec, "type") {
        "NodePort" => true,
        "LoadBalancer" => spec.get("allocateLoadBalancerNodePorts") != Some(&Value::Bool(false)),
        _ => false,
    };
    if !needs(spec) || !needs(old) {
        return;
    }
    let given: Vec<i64> = list(spec, "ports").iter().map(node_port).filter(|port| *port != 0).collect();
    for port in items(spec, "ports") {
        if port.get("nodePort").and_then(Value::as_i64).unwrap_or(0) != 0 {
            continue;
        }
        let name = text(port, "name").to_string();
        let before = list(old, "ports").iter().rev().find(|p| p["name"].as_str().unwrap_or_default() == name);
        if let Some(number) = before.map(node_port).filter(|n| *n != 0 && !given.contains(n)) {
            port.insert("nodePort".to_string(), number.into());
        }
    }
}
