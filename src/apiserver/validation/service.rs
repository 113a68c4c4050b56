//! Services (D2–D4; `validateService`, `ValidateServiceUpdate` in `pkg/apis/core/validation`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::container::port_number;
use super::errors::{Errors, Path, integer, list, nothing, present, same, text, texts};
use super::{ip, meta, names, probe, selector};

fn spec_of(service: &Value) -> &Value {
    service.get("spec").unwrap_or(nothing())
}

fn is_headless(spec: &Value) -> bool {
    list(spec, "clusterIPs") == [Value::from("None")]
}

/// A new Service.
pub(super) fn create(service: &Value, errors: &mut Errors) {
    meta::create(service, true, names::dns_label, errors);
    check(spec_of(service), None, errors);
}

/// A changed Service.
pub(super) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    meta::update(new, old, errors);
    let (spec, old_spec) = (spec_of(new), spec_of(old));
    changed_addresses(spec, old_spec, errors);
    changed_families(spec, old_spec, errors);
    let balanced = |spec: &Value| text(spec, "type") == "LoadBalancer";
    if balanced(spec) && balanced(old_spec) && !same(spec.get("loadBalancerClass"), old_spec.get("loadBalancerClass")) {
        let class = spec.get("loadBalancerClass").cloned().unwrap_or(Value::Null);
        errors.invalid(&Path::new("spec.loadBalancerClass"), class, "may not change once set");
    }
    load_balancer_class(spec, errors);
    let health_port = |spec: &Value| integer(spec, "healthCheckNodePort");
    if needs_health_check(spec) && needs_health_check(old_spec) && health_port(spec) != health_port(old_spec) {
        errors.forbidden(&Path::new("spec.healthCheckNodePort"), "field is immutable");
    }
    check(spec, Some(old_spec), errors);
}

fn changed_addresses(spec: &Value, old: &Value, errors: &mut Errors) {
    let external = |spec: &Value| text(spec, "type") == "ExternalName";
    if external(spec) || external(old) || (is_headless(spec) && is_headless(old)) {
        return;
    }
    let (new, old) = (list(spec, "clusterIPs"), list(old, "clusterIPs"));
    let at = Path::new("spec.clusterIPs");
    let mut changed = |i: usize, detail: &str| errors.invalid(&at.index(i), new.to_vec(), detail);
    if new.len() == old.len() {
        for i in (0..old.len()).filter(|i| old[*i] != new[*i]) {
            changed(i, "may not change once set");
        }
        return;
    }
    if new.is_empty() {
        changed(0, "primary clusterIP can not be unset");
    } else if old.first().is_some_and(|first| *first != new[0]) {
        changed(0, "may not change once set");
    }
    if old.len() > 1 && new.len() == 1 && text(spec, "ipFamilyPolicy") != "SingleStack" {
        let policy = spec.get("ipFamilyPolicy").cloned().unwrap_or(Value::Null);
        let detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        errors.invalid(&Path::new("spec.ipFamilyPolicy"), policy, detail);
    }
}

fn changed_families(spec: &Value, old: &Value, errors: &mut Errors) {
    let external = |spec: &Value| text(spec, "type") == "ExternalName";
    if external(spec) || external(old) || is_headless(spec) || is_headless(old) {
        return;
    }
    let (new, old) = (list(spec, "ipFamilies"), list(old, "ipFamilies"));
    let at = Path::new("spec.ipFamilies");
    if new.len() == old.len() {
        for _ in new.iter().zip(old).filter(|(new, old)| new != old) {
            errors.invalid(&at.index(0), new.to_vec(), "may not change once set");
        }
    } else if let (Some(first), Some(before)) = (new.first(), old.first())
        && first != before
    {
        errors.invalid(&at.index(0), list(spec, "clusterIPs").to_vec(), "may not change once set");
    }
}

fn check(spec: &Value, old: Option<&Value>, errors: &mut Errors) {
    let at = Path::new("spec");
    let (sort, headless) = (text(spec, "type"), is_headless(spec));
    let ports = list(spec, "ports");
    if ports.is_empty() && !headless && sort != "ExternalName" {
        errors.required(&at.child("ports"), "");
    }
    match sort {
        "LoadBalancer" | "NodePort" if headless => {
            let detail = format!("may not be set to 'None' for {sort} services");
            errors.invalid(&at.child("clusterIPs").index(0), "None", detail);
        }
        "ExternalName" => external_name(spec, &at, errors),
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for (i, port) in ports.iter().enumerate() {
        service_port(port, ports.len() > 1, &mut seen, &at.child("ports").index(i), errors);
    }
    selector::labels(spec, "selector", &at.child("selector"), errors);
    affinity(spec, &at, errors);
    if sort != "ExternalName" {
        addresses(spec, old, &at, errors);
    }
    for (i, address) in texts(spec, "externalIPs").enumerate() {
        if !old.is_some_and(|old| texts(old, "externalIPs").any(|known| known == address)) {
            ip::legacy(address, &at.child("externalIPs").index(i), errors);
        }
    }
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    errors.choice(&at.child("type"), sort, &types);
    port_numbers(ports, sort, &at.child("ports"), errors);
    load_balancer(spec, sort, old, &at, errors);
    traffic(spec, &at, errors);
}

fn external_name(spec: &Value, at: &Path, errors: &mut Errors) {
    for member in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if present(spec, member).is_some_and(|v| v.as_array().is_none_or(|v| !v.is_empty())) {
            errors.forbidden(&at.child(member), "may not be set for ExternalName services");
        }
    }
    let name = text(spec, "externalName");
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        errors.required(&at.child("externalName"), "");
    } else {
        errors.each(&at.child("externalName"), name, names::dns_subdomain(name));
    }
}

fn service_port<'a>(port: &'a Value, named: bool, seen: &mut BTreeSet<&'a str>, at: &Path, errors: &mut Errors) {
    let name = text(port, "name");
    if !name.is_empty() {
        errors.each(&at.child("name"), name, names::dns_label(name));
        if !seen.insert(name) {
            errors.duplicate(&at.child("name"), name);
        }
    } else if named {
        errors.required(&at.child("name"), "");
    }
    port_number(integer(port, "port"), &at.child("port"), errors);
    errors.choice(&at.child("protocol"), text(port, "protocol"), &["SCTP", "TCP", "UDP"]);
    probe::port(port.get("targetPort"), &at.child("targetPort"), errors);
    if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
        errors.each(&at.child("appProtocol"), protocol, names::qualified_name(protocol));
    }
}

fn affinity(spec: &Value, at: &Path, errors: &mut Errors) {
    let affinity = text(spec, "sessionAffinity");
    errors.choice(&at.child("sessionAffinity"), affinity, &["ClientIP", "None"]);
    let at = at.child("sessionAffinityConfig");
    let config = present(spec, "sessionAffinityConfig");
    if affinity == "None" && config.is_some() {
        errors.forbidden(&at, "must not be set when session affinity is None");
    }
    if affinity == "ClientIP" {
        let seconds = config.and_then(|c| c.pointer("/clientIP/timeoutSeconds")).and_then(Value::as_i64);
        match seconds {
            None => errors.required(&at, "when session affinity type is ClientIP"),
            Some(seconds) if !(1..=86_400).contains(&seconds) => {
                let detail = "must be greater than 0 and less than 86400";
                let at = at.child("clientIP");
                errors.invalid(&at.child("timeoutSeconds"), seconds, detail);
            }
            Some(_) => {}
        }
    }
}

fn addresses(spec: &Value, old: Option<&Value>, at: &Path, errors: &mut Errors) {
    let (ip, ips) = (text(spec, "clusterIP"), list(spec, "clusterIPs"));
    let ips_at = at.child("clusterIPs");
    if ip.is_empty() && !ips.is_empty() {
        errors.invalid(&ips_at, ips.to_vec(), "must be empty when `clusterIP` is not specified");
    } else if !ip.is_empty() && ips.is_empty() {
        errors.required(&ips_at, "");
    } else if ips.first().is_some_and(|first| *first != *ip) {
        errors.invalid(&ips_at, ips.to_vec(), "first value must match `clusterIP`");
    }
    let families: Vec<&str> = texts(spec, "ipFamilies").collect();
    for (i, family) in families.iter().enumerate() {
        let at = at.child("ipFamilies");
        if !["IPv4", "IPv6"].contains(family) {
            errors.not_supported(&at.index(i), *family, &["IPv4", "IPv6"]);
        }
        if families[..i].contains(family) {
            errors.duplicate(&at.index(i), *family);
        }
    }
    if let Some(policy) = spec.get("ipFamilyPolicy").and_then(Value::as_str) {
        let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
        if !policies.contains(&policy) {
            errors.not_supported(&at.child("ipFamilyPolicy"), policy, &policies);
        }
    }
    let before = errors.0.len();
    for (i, address) in texts(spec, "clusterIPs").enumerate() {
        if i == 0 && address == "None" {
            if ips.len() > 1 {
                errors.invalid(&ips_at, ips.to_vec(), "'None' must be the first and only value");
            }
        } else if !old.is_some_and(|old| texts(old, "clusterIPs").any(|known| known == address)) {
            ip::legacy(address, &ips_at.index(i), errors);
        }
    }
    let bad = errors.0.len() > before;
    if ips.len() > 2 {
        errors.invalid(&ips_at, ips.to_vec(), "may only hold up to 2 values");
    }
    if bad || is_headless(spec) {
        return;
    }
    let v6: Vec<bool> = texts(spec, "clusterIPs").map(|ip| ip.contains(':')).collect();
    if v6.len() > 1 && v6.iter().all(|is_v6| *is_v6 == v6[0]) {
        errors.invalid(&ips_at, ips.to_vec(), "may specify no more than one IP for each IP family");
    }
    for (i, (address, family)) in texts(spec, "clusterIPs").zip(&families).enumerate() {
        let expected = match (*family, address.contains(':')) {
            ("IPv4", true) => "IPv4",
            ("IPv6", false) => "IPv6",
            _ => continue,
        };
        let detail = format!("expected an {expected} value as indicated by `ipFamilies[{i}]`");
        errors.invalid(&ips_at.index(i), address, detail);
    }
}

fn port_numbers(ports: &[Value], sort: &str, at: &Path, errors: &mut Errors) {
    let (mut node_ports, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    let node_port = |port: &Value| integer(port, "nodePort");
    if sort == "ClusterIP" {
        for i in (0..ports.len()).filter(|i| node_port(&ports[*i]) != 0) {
            errors.forbidden(&at.index(i).child("nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
    }
    for (i, port) in ports.iter().enumerate().filter(|(_, port)| node_port(port) != 0) {
        if !node_ports.insert((text(port, "protocol"), node_port(port))) {
            errors.duplicate(&at.index(i).child("nodePort"), node_port(port));
        }
    }
    for (i, port) in ports.iter().enumerate() {
        if !numbers.insert((text(port, "protocol"), integer(port, "port"))) {
            errors.duplicate(&at.index(i), Value::Null);
            let key = json!({"protocol": port["protocol"], "port": port["port"]});
            if let Some(last) = errors.0.last_mut() {
                last.shown = Some(super::internal::render(&key, "ServicePort"));
            }
        }
    }
}

fn load_balancer(spec: &Value, sort: &str, old: Option<&Value>, at: &Path, errors: &mut Errors) {
    const ONLY: &str = "may only be used when `type` is 'LoadBalancer'";
    let balanced = sort == "LoadBalancer";
    let ranges_at = at.child("LoadBalancerSourceRanges");
    if !list(spec, "loadBalancerSourceRanges").is_empty() && !balanced {
        errors.forbidden(&ranges_at, ONLY);
    }
    for (i, range) in texts(spec, "loadBalancerSourceRanges").map(str::trim).enumerate() {
        if !old.is_some_and(|old| texts(old, "loadBalancerSourceRanges").any(|known| known.trim() == range)) {
            ip::legacy_cidr(range, &ranges_at.index(i), errors);
        }
    }
    let allocates = present(spec, "allocateLoadBalancerNodePorts").is_some();
    if allocates && !balanced {
        errors.forbidden(&at.child("allocateLoadBalancerNodePorts"), ONLY);
    }
    if !allocates && balanced {
        errors.required(&Path::new("allocateLoadBalancerNodePorts"), "");
    }
    load_balancer_class(spec, errors);
}

fn load_balancer_class(spec: &Value, errors: &mut Errors) {
    let Some(class) = spec.get("loadBalancerClass").and_then(Value::as_str) else { return };
    let at = Path::new("spec.loadBalancerClass");
    if text(spec, "type") == "LoadBalancer" {
        errors.each(&at, class, names::qualified_name(class));
    } else {
        errors.forbidden(&at, "may only be used when `type` is 'LoadBalancer'");
    }
}

fn needs_health_check(spec: &Value) -> bool {
    text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local"
}

fn traffic(spec: &Value, at: &Path, errors: &mut Errors) {
    let (sort, policy) = (text(spec, "type"), text(spec, "externalTrafficPolicy"));
    let accessible =
        matches!(sort, "LoadBalancer" | "NodePort") || sort == "ClusterIP" && !list(spec, "externalIPs").is_empty();
    let policy_at = at.child("externalTrafficPolicy");
    if accessible {
        errors.choice(&policy_at, policy, &["Cluster", "Local"]);
    } else if !policy.is_empty() {
        errors.invalid(&policy_at, policy, "may only be set for externally-accessible services");
    }
    let (health, health_at) = (integer(spec, "healthCheckNodePort"), at.child("healthCheckNodePort"));
    if !needs_health_check(spec) && health != 0 {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.invalid(&health_at, health, detail);
    } else if needs_health_check(spec) && health != 0 {
        port_number(health, &health_at, errors);
    }
    match spec.get("internalTrafficPolicy").and_then(Value::as_str) {
        None if matches!(sort, "NodePort" | "LoadBalancer" | "ClusterIP") => {
            errors.required(&at.child("internalTrafficPolicy"), "");
        }
        Some(policy) if !["Cluster", "Local"].contains(&policy) => {
            errors.not_supported(&at.child("internalTrafficPolicy"), policy, &["Cluster", "Local"]);
        }
        _ => {}
    }
    let distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if let Some(distribution) = spec.get("trafficDistribution").and_then(Value::as_str)
        && !distributions.contains(&distribution)
    {
        errors.not_supported(&at.child("trafficDistribution"), distribution, &distributions);
    }
}
