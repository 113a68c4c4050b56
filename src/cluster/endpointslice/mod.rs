//! The endpoint slice controller: which Pods are behind each Service, in slices of at most a hundred (rules D6 to D9). It
//! remembers where each Pod's endpoint is, so that a Pod's change touches one slice only.
//!
//! Upstream: `pkg/controller/endpointslice`, `k8s.io/endpointslice` (`reconciler.go`).

mod changes;
mod endpoint;
mod members;
mod placing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::Context;
use super::queue::{Item, Worker};
use crate::resource::meta::{Hint, Labels, OwnerReference, Text, Uid};
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, WatchEvent};
use endpoint::{ServicePort, wants_look};
use members::Members;

const ACTOR: Actor = Actor::EndpointSliceController;
/// How long after a write the controller looks at it.
const REACTION: Duration = Duration::from_millis(2);
/// How many endpoints a slice holds.
const MAX_ENDPOINTS: usize = 100;

const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const HEADLESS: &str = "service.kubernetes.io/headless";
const CONTROLLER: &str = "endpointslice-controller.k8s.io";
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// What a Service says about its slices.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ServiceSpec {
    name: Text,
    namespace: Text,
    uid: Uid,
    created: Time,
    selector: Labels,
    ports: Vec<ServicePort>,
    /// The ports of every slice, if they do not depend on the Pods.
    #[serde(with = "crate::resource::stored::json")]
    fixed_ports: Option<Arc<Value>>,
    publish_not_ready: bool,
    /// The labels of its slices.
    labels: Labels,
    owner: OwnerReference,
}

impl ServiceSpec {
    /// Reads a Service; `None` if it has no slices of this controller.
    fn new(service: &Object) -> Option<ServiceSpec> {
        let spec = service.plain()?.get("spec")?;
        let selector = Labels::from_json(spec.get("selector"));
        if selector.is_empty() || spec["type"] == "ExternalName" {
            return None;
        }
        let headless = spec["clusterIP"].as_str().is_none_or(|ip| ip.is_empty() || ip == "None");
        let own: [(Text, Text); 2] =
            [(SERVICE_NAME.into(), service.meta.name.clone()), (MANAGED_BY.into(), CONTROLLER.into())];
        let labels = service.meta.labels.without(HEADLESS).with(own);
        let labels = if headless { labels.with([(Text::from(HEADLESS), Text::default())]) } else { labels };
        let ports: Vec<ServicePort> = spec["ports"].as_array().into_iter().flatten().map(ServicePort::new).collect();
        Some(ServiceSpec {
            name: service.meta.name.clone(),
            namespace: service.meta.namespace.clone(),
            uid: service.meta.uid,
            created: service.meta.created,
            selector,
            fixed_ports: endpoint::fixed(&ports),
            ports,
            publish_not_ready: spec["publishNotReadyAddresses"] == true,
            labels,
            owner: OwnerReference::controller(Kind::Service, service.meta.name.clone(), service.meta.uid),
        })
    }

    fn selects(&self, pod: &Object) -> bool {
        self.selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value))
    }
}

/// The ports of a slice, which all its endpoints share, by their place in [`Service::port_sets`].
type PortSet = usize;

/// One slice, as it is in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slice {
    ports: PortSet,
    endpoints: usize,
}

/// A Service and its slices.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Service {
    spec: Arc<ServiceSpec>,
    members: Members,
    slices: BTreeMap<Text, Slice>,
    /// The port sets that slices have had, in the order they came.
    #[serde(with = "crate::resource::stored::json")]
    port_sets: Vec<Arc<Value>>,
    /// The slices of each port set, by how full they are.
    by_size: BTreeMap<PortSet, BTreeSet<(usize, Text)>>,
    /// Pods to look at, one perhaps several times, and where they were.
    changed: Vec<(Text, Hint)>,
    /// Whether the slices in the store may be other than remembered, so that everything is to be looked at.
    unknown: bool,
    /// Whether no sync has been yet.
    new: bool,
}

/// All Services with a selector, by namespace and name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    services: BTreeMap<Text, BTreeMap<Text, Service>>,
}

impl Controller {
    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context) {
        match event.kind() {
            Kind::Pod => self.observe_pod(event, context),
            Kind::Service => self.observe_service(event, context),
            Kind::EndpointSlice => self.observe_slice(event, context),
            _ => {}
        }
    }

    fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context) {
        let (old, new) = (event.old.as_deref(), event.new.as_deref());
        let pod = event.object();
        let Some(services) = self.services.get_mut(&pod.meta.namespace) else { return };
        if new.is_none() {
            for service in services.values_mut() {
                service.members.forget_place(&pod.meta);
            }
        }
        if !wants_look(old, new) {
            return;
        }
        for (name, service) in services {
            let selected = [old, new].into_iter().flatten().any(|p| service.spec.selects(p));
            if selected {
                service.changed.push((pod.meta.name.clone(), pod.meta.hint()));
                let item = Item::Name(pod.meta.namespace.clone(), name.clone());
                context.enqueue(Worker::EndpointSlice, item, REACTION);
            }
        }
    }

    fn observe_service(&mut self, event: &WatchEvent, context: &mut Context) {
        let meta = &event.object().meta;
        let services = self.services.entry(meta.namespace.clone()).or_default();
        let Some(spec) = event.new.as_deref().and_then(ServiceSpec::new) else {
            services.remove(&meta.name);
            if services.is_empty() {
                self.services.remove(&meta.namespace);
            }
            return;
        };
        let known = services.get(&meta.name).filter(|s| s.spec.uid == spec.uid);
        let new = known.is_none_or(|s| s.new);
        let service = Service {
            spec: Arc::new(spec),
            members: Members::default(),
            slices: BTreeMap::new(),
            port_sets: Vec::new(),
            by_size: BTreeMap::new(),
            changed: Vec::new(),
            unknown: true,
            new,
        };
        services.insert(meta.name.clone(), service);
        let item = Item::Name(meta.namespace.clone(), meta.name.clone());
        context.enqueue(Worker::EndpointSlice, item, REACTION);
    }

    /// A slice that somebody else changed or deleted is put right.
    fn observe_slice(&mut self, event: &WatchEvent, context: &mut Context) {
        if context.api.store.history.actor(event.change) == Some(ACTOR) {
            return;
        }
        let meta = &event.object().meta;
        let Some(name) = meta.labels.get_text(SERVICE_NAME) else { return };
        let service = self.services.get_mut(&meta.namespace).and_then(|s| s.get_mut(name));
        let Some(service) = service.filter(|s| meta.owners.iter().any(|o| o.uid == s.spec.uid)) else { return };
        service.unknown = true;
        context.enqueue(Worker::EndpointSlice, Item::Name(meta.namespace.clone(), name.clone()), REACTION);
    }

    /// Brings a Service's slices up to date.
    pub fn sync(&mut self, item: &Item, context: &mut Context) {
        let Item::Name(namespace, name) = item else { return };
        let Some(service) = self.services.get_mut(namespace).and_then(|s| s.get_mut(name)) else { return };
        // A Service that is going takes its slices along; new ones would only be in the way.
        if context.api.store.get(Kind::Service, namespace, name).is_none_or(|s| s.meta.terminating()) {
            return;
        }
        service.sync(context);
    }
}
