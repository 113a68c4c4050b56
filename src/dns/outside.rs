//! What the lab knows of the DNS outside the cluster, to which the cluster's server passes on what is not its own: the
//! names of the cluster's machines, and the hostnames of its load balancers.

use std::net::Ipv4Addr;

use super::{Outcome, Record, Type};
use crate::resource::hash::mix;
use crate::resource::{Kind, Object};
use crate::store::Store;

/// Whose name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A node.
    Node,
    /// A Service's load balancer.
    LoadBalancer,
}

/// The answer to a full name outside the cluster's zone.
pub(super) fn lookup(store: &Store, name: &str, kind: Type) -> Outcome {
    match known(store, name) {
        None => Outcome::Forwarded,
        Some((_, data)) if kind == Type::A => {
            let service = (String::new(), String::new());
            Outcome::Answer(vec![Record { name: name.into(), kind, data, service, pod: None, promised: true }])
        }
        Some(_) => Outcome::NoData,
    }
}

/// Whose name it is, and its address.
pub(super) fn known(store: &Store, name: &str) -> Option<(Owner, String)> {
    if let Some(address) = store.get(Kind::Node, "", name).and_then(|node| address_of_node(node)) {
        return Some((Owner::Node, address));
    }
    let has_it = store.all(Kind::Service).any(|service| hostnames(service).any(|own| own == name));
    has_it.then(|| (Owner::LoadBalancer, address_of_hostname(name).to_string()))
}

fn address_of_node(node: &Object) -> Option<String> {
    let listed = node.plain()?.get("status")?["addresses"].as_array()?;
    let own = listed.iter().find(|address| address["type"] == "InternalIP")?;
    own["address"].as_str().map(str::to_string)
}

/// The hostnames of a Service's load balancer.
fn hostnames(service: &Object) -> impl Iterator<Item = &str> {
    let ingress = service.plain().and_then(|body| body.get("status")?["loadBalancer"]["ingress"].as_array());
    ingress.into_iter().flatten().filter_map(|entry| entry["hostname"].as_str())
}

/// The address behind a load balancer's hostname. A cloud has its own; the lab's are of 198.18.0.0/15, which is for tests.
#[must_use]
pub fn address_of_hostname(hostname: &str) -> Ipv4Addr {
    let sum = hostname.bytes().fold(0, |sum, byte| mix(sum ^ u64::from(byte)));
    Ipv4Addr::from(0xc612_0000 | ((sum % 0x0001_ffff) as u32 + 1))
}
