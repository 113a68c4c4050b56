//! Columns of Services, their endpoints, and Ingresses (S114).

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::value::{format_labels, int, items, text};
use super::{AGE, NAME, Spec, age_of, col, name, three_of, wide};
use crate::resource::Time;

pub(super) const SERVICE: Spec = Spec {
    columns: &[NAME, col("Type"), col("Cluster-IP"), col("External-IP"), col("Port(s)"), AGE, wide("Selector")],
    cells: service,
};

fn service(object: &Value, now: Time) -> Vec<String> {
    let cluster_ip = items(object, "/spec/clusterIPs").first().and_then(Value::as_str).unwrap_or("<none>");
    let ports: Vec<String> = items(object, "/spec/ports").iter().map(service_port).collect();
    vec![
        name(object),
        text(object, "/spec/type").to_string(),
        cluster_ip.to_string(),
        external_ip(object),
        if ports.is_empty() { "<none>".to_string() } else { ports.join(",") },
        age_of(object, now),
        format_labels(object, "/spec/selector"),
    ]
}

fn service_port(port: &Value) -> String {
    let (number, node_port, protocol) = (int(port, "/port"), int(port, "/nodePort"), text(port, "/protocol"));
    if node_port > 0 { format!("{number}:{node_port}/{protocol}") } else { format!("{number}/{protocol}") }
}

fn external_ip(object: &Value) -> String {
    let external: Vec<&str> = items(object, "/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match text(object, "/spec/type") {
        "ClusterIP" | "NodePort" if external.is_empty() => "<none>".to_string(),
        "ClusterIP" | "NodePort" => external.join(","),
        "LoadBalancer" => {
            let balancer = load_balancer(object);
            let all: Vec<&str> = balancer.iter().map(String::as_str).chain(external).collect();
            if all.is_empty() { "<pending>".to_string() } else { all.join(",") }
        }
        "ExternalName" => text(object, "/spec/externalName").to_string(),
        _ => "<unknown>".to_string(),
    }
}

fn load_balancer(object: &Value) -> BTreeSet<String> {
    let ingress = items(object, "/status/loadBalancer/ingress").iter();
    let address = |i: &Value| match text(i, "/ip") {
        "" => text(i, "/hostname").to_string(),
        ip => ip.to_string(),
    };
    ingress.map(address).filter(|a| !a.is_empty()).collect()
}

pub(super) const ENDPOINTS: Spec = Spec {
    columns: &[NAME, col("Endpoints"), AGE],
    cells: |o, now| vec![name(o), endpoint_addresses(o), age_of(o, now)],
};

/// The `ip:port` pairs of an Endpoints object, three at most.
fn endpoint_addresses(object: &Value) -> String {
    let mut all = Vec::new();
    for subset in items(object, "/subsets") {
        let addresses = || items(subset, "/addresses").iter().map(|a| text(a, "/ip"));
        if items(subset, "/ports").is_empty() {
            all.extend(addresses().map(str::to_string));
        }
        for port in items(subset, "/ports") {
            all.extend(addresses().map(|ip| join_host_port(ip, int(port, "/port"))));
        }
    }
    let empty = if items(object, "/subsets").is_empty() { "<none>" } else { "" };
    three_of(&all, all.len(), empty)
}

fn join_host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

pub(super) const ENDPOINT_SLICE: Spec = Spec {
    columns: &[NAME, col("AddressType"), col("Ports"), col("Endpoints"), AGE],
    cells: |o, now| {
        let addresses: Vec<String> = items(o, "/endpoints")
            .iter()
            .flat_map(|e| items(e, "/addresses"))
            .filter_map(Value::as_str)
            .map(str::to_string)
            .collect();
        let ports: Vec<String> = items(o, "/ports").iter().map(slice_port).collect();
        vec![
            name(o),
            text(o, "/addressType").to_string(),
            unset_if_empty(three_of(&ports, ports.len(), "")),
            unset_if_empty(three_of(&addresses, addresses.len(), "")),
            age_of(o, now),
        ]
    },
};

fn slice_port(port: &Value) -> String {
    match (port.get("port").and_then(Value::as_i64), port.get("name").and_then(Value::as_str)) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.to_string(),
        (None, None) => "*".to_string(),
    }
}

fn unset_if_empty(text: String) -> String {
    if text.is_empty() { "<unset>".to_string() } else { text }
}

pub(super) const INGRESS: Spec = Spec {
    columns: &[NAME, col("Class"), col("Hosts"), col("Address"), col("Ports"), AGE],
    cells: |o, now| {
        let class = o.pointer("/spec/ingressClassName").and_then(Value::as_str).unwrap_or("<none>");
        let addresses: Vec<String> = load_balancer(o).into_iter().collect();
        let ports = if items(o, "/spec/tls").is_empty() { "80" } else { "80, 443" };
        vec![name(o), class.to_string(), ingress_hosts(o), addresses.join(","), ports.to_string(), age_of(o, now)]
    },
};

/// Rules without a host take no place of the three shown, but count among those left out.
fn ingress_hosts(object: &Value) -> String {
    const MAX: usize = 3;
    let rules = items(object, "/spec/rules");
    let mut shown: Vec<&str> = Vec::new();
    let mut more = false;
    for rule in rules {
        more |= shown.len() == MAX;
        let host = text(rule, "/host");
        if !more && !host.is_empty() {
            shown.push(host);
        }
    }
    match (shown.is_empty(), more) {
        (true, _) => "*".to_string(),
        (false, false) => shown.join(","),
        (false, true) => format!("{} + {} more...", shown.join(","), rules.len() - MAX),
    }
}
