//! A Service as DNS sees it: its kind of address, its ports and its endpoints.

use serde_json::Value;

use super::ZONE;
use crate::resource::meta::Labels;
use crate::resource::model::EndpointSlice;
use crate::resource::{Kind, Object};
use crate::store::Store;

/// A Service.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    store: &'a Store,
    object: &'a Object,
}

/// A port of a Service or of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// Its name, empty if it has none.
    pub(super) name: String,
    /// `tcp`, `udp` or `sctp`.
    pub(super) protocol: String,
    /// The number.
    pub(super) number: i64,
}

impl<'a> Service<'a> {
    /// The Service of this name.
    #[must_use]
    pub fn find(store: &'a Store, namespace: &str, name: &str) -> Option<Service<'a>> {
        store.get(Kind::Service, namespace, name).map(|object| Service { store, object })
    }

    /// All Services, by namespace and name.
    pub fn all(store: &'a Store) -> impl Iterator<Item = Service<'a>> {
        store.all(Kind::Service).map(move |object| Service { store, object })
    }

    /// Its namespace.
    #[must_use]
    pub fn namespace(&self) -> &'a str {
        &self.object.meta.namespace
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.object.meta.name
    }

    /// A member of its spec.
    fn spec(&self, key: &str) -> &'a Value {
        self.object.plain().and_then(|body| body.get("spec")).map_or(&Value::Null, |spec| &spec[key])
    }

    /// `NAME.NAMESPACE.svc.cluster.local`.
    #[must_use]
    pub fn fqdn(&self) -> String {
        format!("{}.{}.svc.{ZONE}", self.name(), self.namespace())
    }

    /// Whether it has no address of its own (`clusterIP: None`).
    #[must_use]
    pub fn is_headless(&self) -> bool {
        self.spec("clusterIP") == "None"
    }

    /// The name it stands for, if its type is `ExternalName`.
    #[must_use]
    pub fn external_name(&self) -> Option<&'a str> {
        self.spec("externalName").as_str().filter(|_| self.spec("type") == "ExternalName")
    }

    /// The same, as the name that DNS has for it: an address there is no name, and `CoreDNS` leaves it out.
    #[must_use]
    pub fn alias(&self) -> Option<&'a str> {
        let name = self.external_name()?.trim_end_matches('.');
        Some(name).filter(|name| name.parse::<std::net::IpAddr>().is_err())
    }

    /// Its own address.
    #[must_use]
    pub fn cluster_ip(&self) -> Option<&'a str> {
        self.spec("clusterIP").as_str().filter(|ip| !ip.is_empty() && *ip != "None")
    }

    /// Whether Pods count as ready before they are.
    #[must_use]
    pub fn publishes_not_ready(&self) -> bool {
        self.spec("publishNotReadyAddresses") == true
    }

    /// The labels a Pod needs to be behind it; none if it has no selector.
    #[must_use]
    pub fn selector(&self) -> Labels {
        Labels::from_json(Some(self.spec("selector")))
    }

    /// Whether a Pod is behind it (rule D5).
    #[must_use]
    pub fn selects(&self, pod: &Object) -> bool {
        let selector = self.selector();
        !selector.is_empty()
            && pod.meta.namespace == self.object.meta.namespace
            && selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value))
    }

    /// Its ports.
    pub(super) fn ports(&self) -> Vec<Port> {
        ports(self.spec("ports"))
    }

    /// Its slices.
    pub(super) fn slices(&self) -> impl Iterator<Item = (&'a EndpointSlice, Vec<Port>)> {
        let name = self.name();
        let of_service =
            move |slice: &&'a std::sync::Arc<Object>| slice.meta.labels.get("kubernetes.io/service-name") == Some(name);
        let slices = self.store.in_namespace(Kind::EndpointSlice, self.namespace()).filter(of_service);
        slices.filter_map(|object| {
            let slice = object.endpoint_slice()?;
            Some((slice, ports(&slice.ports)))
        })
    }

    /// How many endpoints it has, and how many of them are ready.
    #[must_use]
    pub fn endpoints(&self) -> (usize, usize) {
        let all = self.slices().flat_map(|(slice, _)| slice.endpoints.iter());
        all.fold((0, 0), |(count, ready), endpoint| (count + 1, ready + usize::from(endpoint.ready)))
    }
}

fn ports(list: &Value) -> Vec<Port> {
    let port = |port: &Value| Port {
        name: port["name"].as_str().unwrap_or_default().to_string(),
        protocol: port["protocol"].as_str().unwrap_or("TCP").to_lowercase(),
        number: port["port"].as_i64().unwrap_or(0),
    };
    list.as_array().into_iter().flatten().map(port).collect()
}
