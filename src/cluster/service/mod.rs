//! The service controller, as a cloud controller manager runs it: it has the cloud make a load balancer for each Service
//! of that type, and a finalizer holds the Service until the balancer is gone. It does one thing after another, as
//! upstream's one worker does. In a cluster whose profile has no load balancers it does not run, and such Services stay
//! `<pending>` without a word.
//!
//! Upstream: `k8s.io/cloud-provider/controllers/service/controller.go`.

mod changes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ClusterConfig;
use super::context::Context;
use super::profile::LoadBalancers;
use super::queue::{Item, Worker};
use crate::resource::meta::{Text, Uid};
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Store, WatchEvent};
pub use changes::{FINALIZER, wants_load_balancer};
use changes::{needs_cleanup, needs_update, node_set_changes, takes_traffic};

const ACTOR: Actor = Actor::ServiceController;
/// How long after a write the controller looks at it.
const REACTION: Duration = Duration::from_millis(2);
/// How long it waits after a first failure, and after many (`minRetryDelay`, `maxRetryDelay`).
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LAST_RETRY: Duration = Duration::from_secs(300);

/// What the cloud was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Work {
    Ensure,
    Delete,
}

/// A load balancer that is there, or that the cloud is at work on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Balancer {
    /// Its Service.
    service: Uid,
    /// Its address or hostname, once it is made.
    address: Option<Text>,
    work: Option<Work>,
    /// The nodes that it was told of.
    nodes: BTreeSet<Text>,
    /// How often in a row the cloud could not make it.
    failures: u32,
}

type Key = (Text, Text);

/// The controller, and what it knows of the cloud.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    #[serde(with = "crate::resource::stored::json")]
    cloud: Option<Arc<LoadBalancers>>,
    balancers: BTreeMap<Key, Balancer>,
    /// Until when the cloud is at work.
    busy_until: Time,
}

impl Controller {
    /// The controller of a cluster.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> Controller {
        let cloud = config.profile.as_ref().and_then(|profile| profile.load_balancer.clone());
        Controller { cloud: cloud.map(Arc::new), ..Controller::default() }
    }

    /// Who gives load balancers, as the cluster's profile says it.
    #[must_use]
    pub fn cloud(&self) -> Option<&LoadBalancers> {
        self.cloud.as_deref()
    }

    /// Until when the cloud is at work.
    #[must_use]
    pub fn busy_until(&self) -> Time {
        self.busy_until
    }

    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        if !self.cloud.as_ref().is_some_and(|cloud| cloud.are_given()) {
            return;
        }
        match event.kind() {
            Kind::Service => self.observe_service(event, context),
            Kind::Node if !self.balancers.is_empty() && node_set_changes(event) => {
                context.enqueue(Worker::Service, Item::All, REACTION);
            }
            _ => {}
        }
    }

    fn observe_service(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let meta = &event.object().meta;
        let key = (meta.namespace.clone(), meta.name.clone());
        let Some(new) = event.new.as_deref() else {
            self.balancers.remove(&key);
            return;
        };
        let wanted = match event.old.as_deref() {
            // A Service that comes with its address, as one of another cluster's state does, has its balancer already.
            None if wants_load_balancer(new) && address_of(new).is_some() => {
                let (address, nodes) = (address_of(new), nodes(&context.api.store));
                let balancer = Balancer { service: meta.uid, address, nodes, ..Balancer::default() };
                self.balancers.insert(key.clone(), balancer);
                needs_cleanup(new)
            }
            None => wants_load_balancer(new) || needs_cleanup(new),
            Some(old) => needs_update(old, new) || needs_cleanup(new),
        };
        if wanted {
            context.enqueue(Worker::Service, Item::Name(key.0, key.1), REACTION);
        }
    }

    /// Looks at one Service, or at the nodes behind all balancers.
    pub fn sync(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Name(namespace, name) = item else { return self.sync_nodes(context) };
        if context.now < self.busy_until {
            let delay = self.busy_until.since(context.now);
            return context.enqueue(Worker::Service, item.clone(), delay);
        }
        let Some(service) = context.api.store.get(Kind::Service, namespace, name).cloned() else { return };
        let Some(cloud) = self.cloud.clone() else { return };
        let key = (namespace.clone(), name.clone());
        let (work, seconds) = if needs_cleanup(&service) || !wants_load_balancer(&service) {
            if self.balancers.get(&key).is_none_or(|balancer| balancer.address.is_none()) {
                return self.deleted(&key, &service, context);
            }
            context.event(ACTOR, &service, false, "DeletingLoadBalancer", "Deleting load balancer");
            (Work::Delete, cloud.delete_seconds)
        } else {
            self.begin(&key, &service, context);
            (Work::Ensure, cloud.seconds)
        };
        self.balancers.entry(key).or_default().work = Some(work);
        let takes = Duration::from_secs(seconds);
        self.busy_until = context.now + takes;
        context.enqueue(Worker::LoadBalancer, item.clone(), takes);
    }

    /// Says that a balancer is to be made, and holds the Service.
    fn begin(&mut self, key: &Key, service: &Object, context: &mut Context<'_>) {
        context.event(ACTOR, service, false, "EnsuringLoadBalancer", "Ensuring load balancer");
        if !service.meta.finalizers.iter().any(|finalizer| **finalizer == *FINALIZER) {
            let mut held = service.clone();
            held.meta.resource_version = 0;
            held.meta.finalizers.push(FINALIZER.into());
            let write = context.write(ACTOR);
            // It may have gone; then there is nothing to hold.
            let _ = context.api.update(held, write);
        }
        let nodes = nodes(&context.api.store);
        if nodes.is_empty() {
            no_nodes(service, context);
        }
        let balancer = self.balancers.entry(key.clone()).or_default();
        (balancer.service, balancer.nodes) = (service.meta.uid, nodes);
    }

    /// The cloud has done what it was asked.
    pub fn done(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Name(namespace, name) = item else { return };
        let key = (namespace.clone(), name.clone());
        let work = self.balancers.get_mut(&key).and_then(|balancer| balancer.work.take());
        let Some(service) = context.api.store.get(Kind::Service, namespace, name).cloned() else { return };
        match work {
            Some(Work::Ensure) => self.ensured(&key, &service, context),
            Some(Work::Delete) => self.deleted(&key, &service, context),
            None => {}
        }
    }

    fn ensured(&mut self, key: &Key, service: &Object, context: &mut Context<'_>) {
        match self.address(key, service) {
            Ok(address) => {
                if let Some(balancer) = self.balancers.get_mut(key) {
                    (balancer.address, balancer.failures) = (Some(address.as_str().into()), 0);
                }
                context.event(ACTOR, service, false, "EnsuredLoadBalancer", "Ensured load balancer");
                if wants_load_balancer(service) {
                    write_address(service, Some(&address), context);
                }
            }
            Err(why) => {
                let message = format!("Error syncing load balancer: failed to ensure load balancer: {why}");
                context.event(ACTOR, service, true, "SyncLoadBalancerFailed", message);
                let Some(balancer) = self.balancers.get_mut(key) else { return };
                let delay = (FIRST_RETRY * 2u32.pow(balancer.failures.min(10))).min(LAST_RETRY);
                balancer.failures += 1;
                context.enqueue(Worker::Service, Item::Name(key.0.clone(), key.1.clone()), delay);
            }
        }
    }

    /// The address that a Service's balancer has, or gets.
    fn address(&self, key: &Key, service: &Object) -> Result<String, String> {
        let Some(cloud) = &self.cloud else { return Err(String::new()) };
        let wanted = spec(service)["loadBalancerIP"].as_str().filter(|ip| !ip.is_empty());
        let own = self.balancers.get(key).and_then(|balancer| balancer.address.as_deref());
        if let Some(own) = own.filter(|own| wanted.is_none_or(|wanted| wanted == *own) || cloud.hostname.is_some()) {
            return Ok(own.to_string());
        }
        let others = || self.balancers.iter().filter(|(other, _)| *other != key);
        let is_taken = |address: &str| others().any(|(_, other)| other.address.as_deref() == Some(address));
        cloud.give(service.meta.uid, wanted, is_taken)
    }

    /// The balancer is gone: so may its Service.
    fn deleted(&mut self, key: &Key, service: &Object, context: &mut Context<'_>) {
        self.balancers.remove(key);
        let write = context.write(ACTOR);
        context.api.remove_finalizer(service, FINALIZER, write);
        context.event(ACTOR, service, false, "DeletedLoadBalancer", "Deleted load balancer");
        if let Some(left) = context.api.store.get(Kind::Service, &key.0, &key.1).cloned() {
            write_address(&left, None, context);
        }
    }

    /// Tells balancers of nodes that came or went.
    fn sync_nodes(&mut self, context: &mut Context<'_>) {
        let now = nodes(&context.api.store);
        for (key, balancer) in &mut self.balancers {
            if balancer.nodes == now {
                continue;
            }
            balancer.nodes.clone_from(&now);
            let service = context.api.store.get(Kind::Service, &key.0, &key.1).cloned();
            let Some(service) = service.filter(|service| wants_load_balancer(service)) else { continue };
            if now.is_empty() {
                no_nodes(&service, context);
            } else {
                let message = "Updated load balancer with new hosts";
                context.event(ACTOR, &service, false, "UpdatedLoadBalancer", message);
            }
        }
    }
}

fn no_nodes(service: &Object, context: &mut Context<'_>) {
    let message = "There are no available nodes for LoadBalancer";
    context.event(ACTOR, service, true, "UnAvailableLoadBalancer", message);
}

/// The spec of a Service.
fn spec(service: &Object) -> &Value {
    service.plain().and_then(|body| body.get("spec")).unwrap_or(&Value::Null)
}

/// The address that stands in a Service's status.
fn address_of(service: &Object) -> Option<Text> {
    let ingress = service.plain()?.get("status")?["loadBalancer"]["ingress"].as_array()?.first()?;
    ["ip", "hostname"].into_iter().find_map(|key| ingress[key].as_str()).map(Text::from)
}

/// The nodes that balancers lead to.
fn nodes(store: &Store) -> BTreeSet<Text> {
    store.all(Kind::Node).filter(|node| takes_traffic(node)).map(|node| node.meta.name.clone()).collect()
}

/// Writes the address into a Service's status, or takes it out.
fn write_address(service: &Object, address: Option<&str>, context: &mut Context<'_>) {
    let status = match address {
        None => json!({}),
        Some(ip) if ip.parse::<std::net::IpAddr>().is_ok() => json!({"ingress": [{"ip": ip, "ipMode": "VIP"}]}),
        Some(hostname) => json!({"ingress": [{"hostname": hostname}]}),
    };
    let before = service.plain().and_then(|body| body.get("status")?.get("loadBalancer").cloned());
    if before.unwrap_or_else(|| json!({})) == status {
        return;
    }
    // A Service that went in the meantime needs none.
    let _ = context.update_status(ACTOR, service, |body| {
        if let Body::Plain(_, body) = body {
            Arc::make_mut(body).entry("status").or_insert_with(|| json!({}))["loadBalancer"] = status;
        }
    });
}
