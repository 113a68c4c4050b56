//! The volume controllers: binding claims to volumes, provisioning, reclaim, protection, expansion (rules V7 to V35 and
//! V49 to V52), and attaching volumes to nodes (V37 to V40). One type holds what they all look up; what each of them
//! decides is in a file of its own. What a cluster's storage drivers do is in [`driver`], `external` and `expansion`.
//!
//! Upstream: `pkg/controller/volume/{persistentvolume,pvcprotection,pvprotection,expand,attachdetach}`.

pub mod attach_detach;
mod binder;
mod by_claim;
pub mod driver;
mod expansion;
mod external;
pub mod index;
pub mod names;
mod protection;
mod provisioner;
mod reclaim;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::ClusterConfig;
use super::context::Context;
use super::faults::Fault;
use super::queue::{Item, Task, Worker};
use crate::resource::meta::{BySlot, Details, Text};
use crate::resource::model::{ClaimPhase, Phase, VolumeSpec};
use crate::resource::siblings::Siblings;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Store, WatchEvent};
use attach_detach::AttachDetach;
use driver::Drivers;
use expansion::Stage;
use serde::{Deserialize, Serialize};

/// How long after a write these controllers look at it.
const REACTION: Duration = Duration::from_millis(2);
/// How long after a claim was made it is looked at: before the scheduler sees the Pod that was made with it (rule V17).
const FIRST_LOOK: Duration = Duration::from_micros(500);
/// How long a provisioner takes to make a volume, or to delete one.
const PROVISIONING: Duration = Duration::from_millis(20);
/// How often claims that wait are looked at again (rule V11).
const RESYNC: Duration = Duration::from_secs(15);

/// A claim's namespace and name.
type ClaimKey = (Text, Text);

/// What the volume controllers remember: indexes over the objects they have seen, and what is under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    /// Claims that no sync could help; they are tried again every [`RESYNC`].
    waiting: BySlot<()>,
    /// Claims that were seen before any Pod that uses them, until their first sync.
    unused: BySlot<()>,
    /// Claims that grow, with what their growth waits for.
    growing: BTreeMap<ClaimKey, Stage>,
    /// The spec of provisioned volumes, shared by all of one class and size.
    #[serde(skip)]
    specs: BTreeMap<provisioner::SpecKey, Arc<VolumeSpec>>,
    /// The details of the last provisioned volumes: of those that are deleted with their claims, and of others.
    #[serde(skip)]
    details: Option<[Arc<Details>; 2]>,
    #[serde(skip)]
    siblings: Siblings,
    /// The storage drivers of the cluster.
    drivers: Drivers,
    /// Claims for which a driver makes a volume at this moment.
    making: BTreeSet<ClaimKey>,
    /// Until when drivers are at work.
    busy_until: Time,
    attach_detach: AttachDetach,
}

impl Controller {
    /// The controllers of a cluster.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> Controller {
        let drivers = Drivers::new(config);
        Controller { attach_detach: AttachDetach::new(&drivers), drivers, ..Controller::default() }
    }

    /// Until when drivers are at work on something, as far as is known.
    #[must_use]
    pub fn busy_until(&self) -> Time {
        self.busy_until.max(self.attach_detach.busy_until)
    }

    /// The storage drivers of the cluster.
    #[must_use]
    pub fn drivers(&self) -> &Drivers {
        &self.drivers
    }

    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context) {
        self.attach_detach.observe(event, context);
        match event.kind() {
            Kind::Pod => self.observe_pod(event, context),
            Kind::PersistentVolumeClaim => self.observe_claim(event, context),
            Kind::PersistentVolume => self.observe_volume(event, context),
            _ => {}
        }
    }

    /// Runs one task.
    pub fn run(&mut self, task: &Task, context: &mut Context) {
        match (task.worker, &task.item) {
            (Worker::Claim, Item::Object(id)) => self.sync_claim(*id, context),
            (Worker::Claim, _) => self.resync(context),
            (Worker::Volume, Item::Object(id)) => self.sync_volume(*id, context),
            (Worker::Provision, Item::Object(id)) => {
                let Some(object) = context.api.store.by_id(*id).cloned() else { return };
                match object.volume() {
                    Some(volume) => self.delete_asset(&object, volume, context),
                    None => self.provision(&object, context),
                }
            }
            (Worker::ClaimProtection, Item::Name(namespace, name)) => {
                self.release_claim(namespace, name, context);
            }
            (Worker::VolumeProtection, Item::Name(_, name)) => protection::release_volume(name, context),
            (Worker::AttachDetach, Item::Name(_, name)) => self.attach_detach.sync(name, context),
            (Worker::Expander, Item::Name(namespace, name)) => self.expand(namespace, name, context),
            _ => {}
        }
    }

    /// Takes note of a fault that begins or ends.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context) {
        if matches!(fault, Fault::Resizer { works: true } | Fault::Clear) {
            self.resume_expansions(context);
        }
        if matches!(fault, Fault::Driver { up: true, .. } | Fault::Clear) {
            self.resume_drivers(context);
            self.resume_expansions(context);
        }
        self.attach_detach.fault(fault, context);
    }

    fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context) {
        let pod = event.object();
        let Some(body) = pod.pod() else { return };
        let (was, is) = (event.old.as_deref(), event.new.as_deref());
        match (was, is) {
            (Some(_), None) => {
                for volume in body.claims() {
                    protection::check_claim(&pod.meta.namespace, &volume.claim, context);
                }
            }
            (Some(_), Some(_)) if !self.growing.is_empty() && body.status.phase == Phase::Running => {
                for volume in body.claims() {
                    self.pod_runs(&pod.meta.namespace, &volume.claim, context);
                }
            }
            _ => {}
        }
    }

    fn observe_claim(&mut self, event: &WatchEvent, context: &mut Context) {
        let claim = event.object();
        let key = (claim.meta.namespace.clone(), claim.meta.name.clone());
        let Some(new) = event.new.as_deref() else { return self.forget_claim(claim, &key, context) };
        if new.meta.terminating() {
            protection::check_claim(&key.0, &key.1, context);
        }
        self.observe_size(event.old.as_deref(), new, &key, context);
        let delay = match event.old.as_deref() {
            None => {
                let delayed = names::delays_binding(&context.api.store, &names::class_of(new));
                if delayed && context.indexes.users.of(&new.meta).next().is_none() {
                    self.unused.insert(&new.meta, ());
                }
                FIRST_LOOK
            }
            Some(old) if own_write(event, context) || same_binding(old, new) => return,
            Some(_) => REACTION,
        };
        context.enqueue(Worker::Claim, Item::Object(new.meta.id()), delay);
    }

    fn forget_claim(&mut self, claim: &Object, key: &ClaimKey, context: &mut Context) {
        self.waiting.remove(&claim.meta);
        self.unused.remove(&claim.meta);
        self.growing.remove(key);
        self.making.remove(key);
        if let Some(volume) = claim.claim().and_then(|body| index::volume_of(body, &context.api.store)) {
            let item = Item::Object(volume.meta.id());
            context.enqueue(Worker::Volume, item, REACTION);
        }
    }

    fn observe_volume(&mut self, event: &WatchEvent, context: &mut Context) {
        let volume = event.object();
        let Some(new) = event.new.as_deref() else { return look_at_claim(volume, context) };
        if new.meta.terminating() {
            let item = Item::Name(Text::default(), new.meta.name.clone());
            context.enqueue(Worker::VolumeProtection, item, REACTION);
        }
        if !own_write(event, context) {
            context.enqueue(Worker::Volume, Item::Object(new.meta.id()), REACTION);
        } else if event.old.is_none() {
            look_at_claim(volume, context);
        }
    }

    /// Looks at everything that waits once more (rule V11).
    fn resync(&mut self, context: &mut Context) {
        let mut claims: Vec<Arc<Object>> = self.waiting_claims(&context.api.store).cloned().collect();
        self.waiting = BySlot::default();
        claims.sort_unstable_by(|a, b| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
        for claim in claims {
            self.sync_claim(claim.meta.id(), context);
        }
    }

    /// The claims that wait, in the order of their places.
    fn waiting_claims<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = &'a Arc<Object>> + use<'a> {
        self.waiting.slots().filter_map(|slot| store.at(slot))
    }

    /// Notes that a claim waits for something that may come by itself.
    fn wait(&mut self, claim: &Object, context: &mut Context) {
        self.waiting.insert(&claim.meta, ());
        context.enqueue(Worker::Claim, Item::All, RESYNC);
    }
}

/// Has a look at the claim that a volume names.
fn look_at_claim(volume: &Object, context: &mut Context) {
    let Some(named) = volume.volume().and_then(|v| v.claim.as_ref()) else { return };
    if let Some(id) = index::claim_of(named, &context.api.store).map(|claim| claim.meta.id()) {
        context.enqueue(Worker::Claim, Item::Object(id), REACTION);
    }
}

/// Whether this controller itself wrote, and so has done all that follows from it.
fn own_write(event: &WatchEvent, context: &Context) -> bool {
    context.api.store.history.actor(event.change) == Some(Actor::PersistentVolumeController)
}

/// Whether nothing changed that binding depends on.
fn same_binding(old: &Object, new: &Object) -> bool {
    let (Some(a), Some(b)) = (old.claim(), new.claim()) else { return false };
    let bound = b.status.phase == ClaimPhase::Bound;
    a.volume == b.volume
        && a.status.phase == b.status.phase
        && (bound || a.spec == b.spec)
        && old.meta.annotations == new.meta.annotations
}
