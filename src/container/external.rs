//! Connections that come to a Service from outside, made from a container: to a port of a node, to the address of a load
//! balancer, to an external IP. What a kube-proxy makes of them depends on where the container is: traffic of Pods that
//! does not leave their node follows neither traffic policy (`pkg/proxy/iptables/proxier.go`).

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::Value;

use super::inside::{Around, Inside};
use super::network::{Failure, Peer, Way, forward, node_is_down};
use crate::dns::address_of_hostname;
use crate::resource::{Kind, Object};

/// Connects to an address that is no Pod's and no Service's own; `None` if it is nobody's.
pub(super) fn connect(
    inside: &Inside,
    around: Around<'_>,
    address: &str,
    port: i64,
    turn: u64,
) -> Option<Result<Peer, Failure>> {
    if let Some(node) = around.store.all(Kind::Node).find(|node| has_address(node, address)) {
        return Some(of_node(inside, around, node, address, port, turn));
    }
    let mut services = around.store.all(Kind::Service);
    let (service, door) = services.find_map(|service| Some((service, door(service, address)?)))?;
    Some(of_door(inside, around, service, door, address, port, turn))
}

/// Whether it is the address of a node that answers.
pub(super) fn is_node(around: Around<'_>, address: &str) -> bool {
    let mut nodes = around.store.all(Kind::Node);
    nodes.any(|node| has_address(node, address) && !node_is_down(around, &node.meta.name))
}

/// Whether a node has this address.
fn has_address(node: &Object, address: &str) -> bool {
    let listed = node.plain().and_then(|body| body.get("status")?["addresses"].as_array());
    listed.into_iter().flatten().any(|own| own["type"] != "Hostname" && own["address"] == address)
}

/// How somebody from outside comes to a Service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// By its load balancer's address, which every kube-proxy takes for its own.
    Balancer,
    /// By a load balancer that only has a hostname: through the cloud.
    Cloud,
    ExternalIp,
}

fn door(service: &Object, address: &str) -> Option<Door> {
    let body = service.plain()?;
    let external = body.get("spec").and_then(|spec| spec["externalIPs"].as_array());
    if external.into_iter().flatten().any(|ip| ip == address) {
        return Some(Door::ExternalIp);
    }
    let ingress = body.get("status").and_then(|status| status["loadBalancer"]["ingress"].as_array());
    ingress.into_iter().flatten().find_map(|entry| {
        let behind = |hostname: &str| address_of_hostname(hostname).to_string() == address;
        match (entry["ip"].as_str(), entry["hostname"].as_str()) {
            (Some(ip), _) if ip == address => {
                Some(if entry["ipMode"] == "Proxy" { Door::Cloud } else { Door::Balancer })
            }
            (None, Some(hostname)) if behind(hostname) => Some(Door::Cloud),
            _ => None,
        }
    })
}

fn spec(service: &Object) -> &Value {
    service.plain().and_then(|body| body.get("spec")).unwrap_or(&Value::Null)
}

fn port_of<'s>(service: &'s Object, key: &str, port: i64) -> Option<&'s Value> {
    spec(service)["ports"].as_array()?.iter().find(|own| own[key] == port)
}

fn of_node(
    inside: &Inside,
    around: Around<'_>,
    node: &Arc<Object>,
    address: &str,
    port: i64,
    turn: u64,
) -> Result<Peer, Failure> {
    let name = &node.meta.name;
    if node_is_down(around, name) {
        return Err(Failure::Silent(address.into(), format!("Node {name} does not answer")));
    }
    let mut services = around.store.all(Kind::Service);
    let Some((service, own)) = services.find_map(|service| Some((service, port_of(service, "nodePort", port)?))) else {
        let why = format!("no Service has the node port {port}, and nothing else listens on Node {name}");
        return Err(Failure::Refused(address.into(), why));
    };
    let local = spec(service)["externalTrafficPolicy"] == "Local" && inside.body().node.as_deref() != Some(&**name);
    let only_on = local.then(|| &**name);
    forward(around, &Way { service, port: own, address, only_on }, turn)
}

fn of_door(
    inside: &Inside,
    around: Around<'_>,
    service: &Arc<Object>,
    door: Door,
    address: &str,
    port: i64,
    turn: u64,
) -> Result<Peer, Failure> {
    let name = &service.meta.name;
    let silent = |why: String| Err(Failure::Silent(address.into(), why));
    let Some(own) = port_of(service, "port", port) else {
        return silent(format!("Service {name} has no port {port}: nothing is forwarded"));
    };
    if door == Door::Balancer {
        let ranges = spec(service)["loadBalancerSourceRanges"].as_array().into_iter().flatten();
        let ranges: Vec<&str> = ranges.filter_map(Value::as_str).collect();
        let from = inside.address();
        if !ranges.is_empty() && !ranges.iter().any(|range| is_in(&from, range)) {
            let ranges = ranges.join(", ");
            return silent(format!("Service {name} lets only {ranges} in (loadBalancerSourceRanges), not {from}"));
        }
    }
    forward(around, &Way { service, port: own, address, only_on: None }, turn)
}

/// Whether an address is in a range such as `10.0.0.0/8`.
fn is_in(address: &str, range: &str) -> bool {
    let number = |text: &str| text.trim().parse::<Ipv4Addr>().ok().map(u32::from);
    let Some((first, bits)) = range.split_once('/') else { return false };
    let (Some(address), Some(first), Ok(bits)) = (number(address), number(first), bits.trim().parse::<u32>()) else {
        return false;
    };
    let others = u32::MAX.checked_shr(bits).unwrap_or(0);
    address & !others == first & !others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert!(is_in("10.244.0.3", "10.244.0.0/16") && !is_in("10.245.0.3", "10.244.0.0/16"));
        assert!(
            is_in("10.1.2.3", "0.0.0.0/0") && is_in("10.1.2.3", "10.1.2.3/32") && !is_in("10.1.2.4", "10.1.2.3/32")
        );
        assert!(!is_in("10.1.2.3", "fd00::/8"));
    }
}
