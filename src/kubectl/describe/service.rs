//! `kubectl describe` of Services and what stands behind them: `EndpointSlice`s and Endpoints (S138; `describe.go`,
//! `describeService`, `describeEndpointSliceV1`, `describeEndpoints`).

use serde_json::Value;

use super::json::{Json, int_or_string};
use super::quote::host_port;
use super::writer::{Writer, put};
use crate::kubectl::print::value::format_labels;

/// How many addresses a line shows before it only counts them.
const MOST_ADDRESSES: usize = 3;

/// Writes the description of a Service; `slices` are its `EndpointSlice`s.
pub(super) fn service(w: &mut Writer, service: &Value, slices: &[Value]) {
    let spec = service.at("spec");
    put!(w, 0, "Name:\t{}\n", service.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", service.text("metadata.namespace"));
    w.labels("", "Labels", &service.map("metadata.labels"));
    w.annotations("Annotations", &service.map("metadata.annotations"));
    put!(w, 0, "Selector:\t{}\n", format_labels(spec, "/selector"));
    put!(w, 0, "Type:\t{}\n", spec.text("type"));
    optional(w, spec, "IP Family Policy", "ipFamilyPolicy");
    put!(w, 0, "IP Families:\t{}\n", joined(spec, "ipFamilies"));
    put!(w, 0, "IP:\t{}\n", spec.text("clusterIP"));
    put!(w, 0, "IPs:\t{}\n", joined(spec, "clusterIPs"));
    if !spec.items("externalIPs").is_empty() {
        put!(w, 0, "External IPs:\t{}\n", joined(spec, "externalIPs"));
    }
    optional(w, spec, "Desired LoadBalancer IP", "loadBalancerIP");
    optional(w, spec, "External Name", "externalName");
    let ingress = service.items("status.loadBalancer.ingress");
    if !ingress.is_empty() {
        let all: Vec<String> = ingress.iter().map(load_balancer).collect();
        put!(w, 0, "LoadBalancer Ingress:\t{}\n", all.join(", "));
    }
    for port in spec.items("ports") {
        write_port(w, port, slices);
    }
    put!(w, 0, "Session Affinity:\t{}\n", spec.text("sessionAffinity"));
    optional(w, spec, "External Traffic Policy", "externalTrafficPolicy");
    optional(w, spec, "Internal Traffic Policy", "internalTrafficPolicy");
    if spec.int("healthCheckNodePort") != 0 {
        put!(w, 0, "HealthCheck NodePort:\t{}\n", spec.int("healthCheckNodePort"));
    }
    if !spec.items("loadBalancerSourceRanges").is_empty() {
        put!(w, 0, "LoadBalancer Source Ranges:\t{}\n", joined(spec, "loadBalancerSourceRanges"));
    }
    optional(w, spec, "Traffic Distribution", "trafficDistribution");
}

fn write_port(w: &mut Writer, port: &Value, slices: &[Value]) {
    let name = if port.text("name").is_empty() { "<unset>" } else { port.text("name") };
    let protocol = port.text("protocol");
    put!(w, 0, "Port:\t{name}\t{}/{protocol}\n", port.int("port"));
    put!(w, 0, "TargetPort:\t{}/{protocol}\n", int_or_string(port.at("targetPort")));
    optional(w, port, "AppProtocol", "appProtocol");
    if port.int("nodePort") != 0 {
        put!(w, 0, "NodePort:\t{name}\t{}/{protocol}\n", port.int("nodePort"));
    }
    put!(w, 0, "Endpoints:\t{}\n", addresses(slices, port.text("name")));
}

fn optional(w: &mut Writer, spec: &Value, title: &str, field: &str) {
    if !spec.text(field).is_empty() {
        put!(w, 0, "{title}:\t{}\n", spec.text(field));
    }
}

fn joined(spec: &Value, field: &str) -> String {
    let words = spec.words(field);
    if words.is_empty() { "<none>".to_string() } else { words.join(",") }
}

fn load_balancer(ingress: &Value) -> String {
    match (ingress.text("ip"), ingress.text("ipMode")) {
        ("", _) => ingress.text("hostname").to_string(),
        (ip, "") => ip.to_string(),
        (ip, mode) => format!("{ip} ({mode})"),
    }
}

/// The ready addresses behind the port of this name: at most three, then how many more there are; `<none>` if there is
/// no slice at all (`describe.go`, `formatEndpointSlices`).
pub(super) fn addresses(slices: &[Value], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_string();
    }
    let (mut shown, mut count, mut more) = (Vec::new(), 0, false);
    let mut add = |slice: &Value, port: Option<i64>| {
        for endpoint in slice.items("endpoints") {
            more |= shown.len() == MOST_ADDRESSES;
            if endpoint.at("conditions.ready").as_bool() == Some(false) {
                continue;
            }
            count += 1;
            if !more {
                let address = endpoint.words("addresses").first().copied().unwrap_or_default();
                shown.push(port.map_or_else(|| address.to_string(), |port| host_port(address, &port.to_string())));
            }
        }
    };
    for slice in slices {
        let ports = slice.items("ports");
        if ports.is_empty() {
            add(slice, None);
        }
        for port in ports.iter().filter(|port| port.text("name") == port_name) {
            add(slice, Some(port.int("port")));
        }
    }
    let list = shown.join(",");
    if more { format!("{list} + {} more...", count - MOST_ADDRESSES) } else { list }
}

/// Writes the description of an `EndpointSlice`.
pub(super) fn endpoint_slice(w: &mut Writer, slice: &Value) {
    put!(w, 0, "Name:\t{}\n", slice.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", slice.text("metadata.namespace"));
    w.labels("", "Labels", &slice.map("metadata.labels"));
    w.annotations("Annotations", &slice.map("metadata.annotations"));
    put!(w, 0, "AddressType:\t{}\n", slice.text("addressType"));
    let ports = slice.items("ports");
    if ports.is_empty() {
        put!(w, 0, "Ports: <unset>\n");
    } else {
        put!(w, 0, "Ports:\n");
        put!(w, 1, "Name\tPort\tProtocol\n");
        put!(w, 1, "----\t----\t--------\n");
    }
    for port in ports {
        let name = if port.text("name").is_empty() { "<unset>" } else { port.text("name") };
        let number = port.at("port").as_i64().map_or_else(|| "<unset>".to_string(), |n| n.to_string());
        put!(w, 1, "{name}\t{number}\t{}\n", port.text("protocol"));
    }
    let endpoints = slice.items("endpoints");
    put!(w, 0, "Endpoints:{}\n", if endpoints.is_empty() { " <none>" } else { "" });
    for endpoint in endpoints {
        write_endpoint(w, endpoint);
    }
}

fn write_endpoint(w: &mut Writer, endpoint: &Value) {
    let addresses = endpoint.words("addresses").join(", ");
    put!(w, 1, "- Addresses:\t{}\n", if addresses.is_empty() { "<none>" } else { &addresses });
    put!(w, 2, "Conditions:\n");
    let ready = endpoint.at("conditions.ready").as_bool();
    put!(w, 3, "Ready:\t{}\n", ready.map_or_else(|| "<unset>".to_string(), |ready| ready.to_string()));
    let or_unset = |field| endpoint.at(field).as_str().unwrap_or("<unset>");
    put!(w, 2, "Hostname:\t{}\n", or_unset("hostname"));
    let target = endpoint.at("targetRef");
    if !target.is_null() {
        put!(w, 2, "TargetRef:\t{}/{}\n", target.text("kind"), target.text("name"));
    }
    put!(w, 2, "NodeName:\t{}\n", or_unset("nodeName"));
    put!(w, 2, "Zone:\t{}\n", or_unset("zone"));
}

/// Writes the description of an Endpoints object.
pub(super) fn endpoints(w: &mut Writer, endpoints: &Value) {
    put!(w, 0, "Name:\t{}\n", endpoints.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", endpoints.text("metadata.namespace"));
    w.labels("", "Labels", &endpoints.map("metadata.labels"));
    w.annotations("Annotations", &endpoints.map("metadata.annotations"));
    put!(w, 0, "Subsets:\n");
    for subset in endpoints.items("subsets") {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let ips: Vec<&str> = subset.items(field).iter().map(|a| a.text("ip")).collect();
            let ips = ips.join(",");
            put!(w, 1, "{title}:\t{}\n", if ips.is_empty() { "<none>" } else { &ips });
        }
        let ports = subset.items("ports");
        if !ports.is_empty() {
            put!(w, 1, "Ports:\n");
            put!(w, 2, "Name\tPort\tProtocol\n");
            put!(w, 2, "----\t----\t--------\n");
        }
        for port in ports {
            let name = if port.text("name").is_empty() { "<unset>" } else { port.text("name") };
            put!(w, 2, "{name}\t{}\t{}\n", port.int("port"), port.text("protocol"));
        }
        put!(w, 0, "\n");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// S138: blank when slices hold no ready address, `<none>` without any slice, at most three addresses.
    #[test]
    fn addresses_behind_a_port() {
        let slice = |ready: &[bool]| {
            let endpoint = |(i, ready): (usize, &bool)| json!({"addresses": [format!("10.0.0.{i}")], "conditions": {"ready": ready}});
            json!({"ports": [{"name": "web", "port": 80}, {"name": "x", "port": 81}],
                "endpoints": ready.iter().enumerate().map(endpoint).collect::<Vec<_>>()})
        };
        assert_eq!(addresses(&[], "web"), "<none>");
        assert_eq!(addresses(&[slice(&[false])], "web"), "");
        assert_eq!(addresses(&[slice(&[true, false, true])], "x"), "10.0.0.0:81,10.0.0.2:81");
        assert_eq!(addresses(&[slice(&[true; 5])], "web"), "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more...");
        assert_eq!(
            addresses(&[slice(&[true, true, true, false])], "web"),
            "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 0 more..."
        );
        let headless = json!({"endpoints": [{"addresses": ["fd00::1"]}]});
        assert_eq!(addresses(&[headless], ""), "fd00::1");
        let v6 = json!({"ports": [{"name": "", "port": 80}], "endpoints": [{"addresses": ["fd00::1"]}]});
        assert_eq!(addresses(&[v6], ""), "[fd00::1]:80");
    }
}
