//! The scheduler: gives each Pod a node, or says why it cannot (rules K1 to K14, V18). It takes one Pod at a time, in
//! the order they came; Pods that found no node are tried again when something changes that may help them, at once
//! instead of after upstream's back-off, and every five minutes. It does not preempt.
//!
//! Upstream: `pkg/scheduler`.

mod filter;
mod limits;
mod message;
mod nodes;
mod queue;
pub(super) mod requirements;
#[cfg(test)]
mod rules;
mod score;
mod terms;
#[cfg(test)]
mod tests;
mod voice;
mod volumes;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub use nodes::ZONE;
pub use requirements::{Taint, Toleration, node_selector_matches};

use rustc_hash::FxHashMap;

use super::ClusterConfig;
use super::context::Context;
use super::queue::{Item, Worker};
use super::volume::names::BIND_COMPLETED;
use crate::resource::hash::Hashed;
use crate::resource::meta::{BySlot, Id, Text, Uid};
use crate::resource::model::{ClaimPhase, Pod, VolumePhase};
use crate::resource::siblings::Siblings;
use crate::resource::{Kind, Object, Time};
use crate::store::WatchEvent;
use filter::{Candidate, Hope};
use limits::Limits;
use message::Diagnosis;
use nodes::Nodes;
use queue::Unschedulable;
use requirements::{RequirementCache, Requirements};
use serde::{Deserialize, Serialize};
use terms::Terms;
use voice::Voice;
use volumes::{Plan, Progress, Volumes};

/// How long after a write the scheduler looks at it.
const REACTION: Duration = Duration::from_millis(1);
/// How long a Pod waits for its claims before it looks for a node again (rule V18).
const BIND_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a Pod that found no node waits at most before it is tried again (rule K7).
const FLUSH: Duration = Duration::from_secs(300);
/// With more nodes than this, the scheduler is content with the best of a part of them.
const FEW_NODES: usize = 100;

/// A Pod that has chosen a node and waits for its claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Assumed {
    slot: usize,
    node: Text,
    #[serde(with = "crate::resource::stored::shared")]
    requirements: Arc<Requirements>,
    owner: Option<Uid>,
    since: Time,
}

/// What the scheduler remembers of the cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scheduler {
    nodes: Nodes,
    terms: Terms,
    templates: RequirementCache,
    waiting: Unschedulable,
    assumed: BySlot<Box<Assumed>>,
    /// Claims for one Pod alone, and the Pods on nodes that use them.
    exclusive: FxHashMap<Hashed<(Text, Text)>, BTreeSet<Text>>,
    /// Pods that were bound and counted in this step, before their writes are seen.
    ahead: Vec<Id>,
    /// What has changed since the waiting Pods were last tried.
    news: Hope,
    /// Where the search for a node begins, if there are many.
    next_slot: usize,
    voice: Voice,
    #[serde(skip)]
    siblings: Siblings,
    limits: Limits,
}

/// The node of a Pod that counts on it: it has one and has not ended.
fn counted(object: &Object) -> Option<&Text> {
    let pod = object.pod()?;
    pod.node.as_ref().filter(|_| !pod.status.phase.is_terminal())
}

impl Scheduler {
    /// The scheduler of a cluster.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> Scheduler {
        Scheduler { limits: Limits::new(config), ..Scheduler::default() }
    }

    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context) {
        match event.kind() {
            Kind::Pod => self.observe_pod(event, context),
            Kind::Node => {
                if event.new.as_ref().is_some_and(|node| self.nodes.put(node)) {
                    self.wake(Hope::NODE, context);
                } else if event.new.is_none() {
                    self.nodes.remove(&event.object().meta.name);
                }
            }
            Kind::PersistentVolumeClaim => self.observe_claim(event, context),
            Kind::PersistentVolume => {
                let phase = |o: &Option<Arc<Object>>| o.as_deref().and_then(Object::volume).map(|v| v.phase);
                let available = phase(&event.new) == Some(VolumePhase::Available);
                if event.old.is_none() || available && phase(&event.old) != phase(&event.new) {
                    self.wake(Hope::VOLUME, context);
                }
            }
            Kind::StorageClass => self.wake(Hope::VOLUME, context),
            _ => {}
        }
    }

    fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context) {
        let (old, new) = (event.old.as_deref(), event.new.as_deref());
        let (was, is) = (old.and_then(counted), new.and_then(counted));
        let counted_ahead = was.is_none() && is.is_some() && self.take_ahead(event.object());
        if (was.is_some() || is.is_some()) && !counted_ahead {
            self.recount(old.filter(|_| was.is_some()), new.filter(|_| is.is_some()), context);
        }
        let Some(new) = new else {
            let gone = event.object();
            self.waiting.remove(gone.meta.id());
            if let Some(assumed) = self.assumed.remove(&gone.meta) {
                self.nodes.charge(assumed.slot, &assumed.requirements, assumed.owner, -1);
                if let Some(pod) = gone.pod() {
                    self.limits.charge(&gone.meta.namespace, pod, &assumed.node, -1, &context.api.store);
                    self.count_exclusive(gone, pod, -1);
                }
                self.wake(Hope::ABSENCE, context);
            }
            return;
        };
        let Some(pod) = new.pod().filter(|p| p.node.is_none()) else { return };
        let edited = old.is_some_and(|o| {
            o.meta.labels != new.meta.labels || o.pod().is_some_and(|p| !Arc::ptr_eq(&p.template, &pod.template))
        });
        if old.is_none() || edited {
            context.enqueue(Worker::Scheduler, Item::Object(new.meta.id()), REACTION);
        }
    }

    /// Whether a Pod's node was counted when it was written.
    fn take_ahead(&mut self, object: &Object) -> bool {
        let found = self.ahead.iter().position(|id| *id == object.meta.id());
        found.is_some_and(|index| {
            self.ahead.swap_remove(index);
            true
        })
    }

    /// Keeps the counts up to date with a Pod that came to a node, changed there, or left it.
    fn recount(&mut self, was: Option<&Object>, is: Option<&Object>, context: &mut Context) {
        let mut told = false;
        if let (Some(was), Some(is)) = (was, is) {
            let same_labels = was.meta.labels == is.meta.labels;
            let same_owner = was.meta.controller().map(|o| o.uid) == is.meta.controller().map(|o| o.uid);
            told = same_labels
                && was.meta.terminating() == is.meta.terminating()
                && was.pod().map(|p| &p.template) == is.pod().map(|p| &p.template);
            if told && same_owner {
                return;
            }
        }
        for (object, sign) in [(was, -1), (is, 1)] {
            let Some((object, pod)) = object.and_then(|o| Some((o, o.pod()?))) else { continue };
            let Some(node) = &pod.node else { continue };
            let requirements = self.templates.of(&pod.template);
            let slot = self.nodes.slot(node);
            self.nodes.charge(slot, &requirements, object.meta.controller().map(|o| o.uid), sign);
            self.terms.count(&object.meta, &requirements, slot, sign, &context.api.store);
            self.count_exclusive(object, pod, sign);
            self.limits.charge(&object.meta.namespace, pod, node, sign, &context.api.store);
        }
        if told {
            // Another owner alone is nothing that Pods wait for.
            return;
        }
        let news = match (was, is) {
            (_, None) => Hope::ROOM.or(Hope::COMPANY).or(Hope::ABSENCE),
            (Some(_), Some(_)) => Hope::COMPANY.or(Hope::ABSENCE),
            (None, Some(_)) => Hope::COMPANY,
        };
        self.wake(news, context);
    }

    fn count_exclusive(&mut self, object: &Object, pod: &Pod, sign: i64) {
        if self.exclusive.is_empty() {
            return;
        }
        for volume in pod.claims() {
            let claim = Hashed::new((object.meta.namespace.clone(), volume.claim.clone()));
            let Some(users) = self.exclusive.get_mut(&claim) else { continue };
            if sign > 0 {
                users.insert(object.meta.name.clone());
            } else {
                users.remove(&object.meta.name);
            }
        }
    }

    fn observe_claim(&mut self, event: &WatchEvent, context: &mut Context) {
        let claim = event.object();
        let alone = claim.claim().is_some_and(|c| c.spec.access_modes.iter().any(|m| **m == *volumes::EXCLUSIVE));
        match (&event.old, &event.new) {
            (None, Some(_)) if alone => {
                self.exclusive.entry(key_of(claim)).or_default();
            }
            (Some(_), None) if !self.exclusive.is_empty() => {
                self.exclusive.remove(&key_of(claim));
            }
            _ => {}
        }
        if !claim_news(event.old.as_deref(), event.new.as_deref()) {
            return;
        }
        if self.waiting.is_empty() {
            return;
        }
        let users = context.indexes.users.of(&claim.meta).filter(|id| self.waiting.has(*id));
        let mut waiting: Vec<&Arc<Object>> = users.filter_map(|id| context.api.store.by_id(id)).collect();
        waiting.sort_unstable_by(|a, b| a.meta.name.cmp(&b.meta.name));
        for id in waiting.into_iter().map(|pod| pod.meta.id()).collect::<Vec<Id>>() {
            context.enqueue(Worker::Scheduler, Item::Object(id), REACTION);
        }
    }

    /// Queues another try for the Pods that this may help.
    fn wake(&mut self, hope: Hope, context: &mut Context) {
        if self.waiting.hopes_for(hope) {
            self.news = self.news.or(hope);
            context.enqueue(Worker::Scheduler, Item::All, REACTION);
        }
    }

    /// Looks for a node for one Pod, or for those that wait.
    pub fn schedule(&mut self, item: &Item, context: &mut Context) {
        match item {
            Item::Object(id) => {
                self.attempt(*id, context);
            }
            _ => self.retry(context),
        }
    }

    /// Tries the waiting Pods that the news may help. Where one fails for a reason that its whole template shares, its
    /// siblings are not tried.
    fn retry(&mut self, context: &mut Context) {
        let news = std::mem::take(&mut self.news);
        let news = if news == Hope::default() { Hope(u8::MAX) } else { news };
        for group in self.waiting.groups() {
            let mut place = 0;
            while let Some((at, id)) = self.waiting.next(group, place, news) {
                place = at;
                if self.attempt(id, context).is_some_and(Hope::of_template) {
                    break;
                }
            }
        }
        if !self.waiting.is_empty() {
            context.enqueue(Worker::Scheduler, Item::All, FLUSH);
        }
    }

    /// Looks for a node for a Pod; if there is none, the answer is what may help.
    fn attempt(&mut self, id: Id, context: &mut Context) -> Option<Hope> {
        let object = context.api.store.by_id(id).cloned();
        let pod = object.as_ref().and_then(|o| Some((o, o.pod()?)));
        let unassigned =
            pod.filter(|(o, p)| p.node.is_none() && !p.status.phase.is_terminal() && !o.meta.terminating());
        let Some((object, pod)) = unassigned else {
            self.waiting.remove(id);
            return None;
        };
        if self.assumed.get(id).is_some() {
            return self.finish(object, pod, context);
        }
        let requirements = self.templates.of(&pod.template);
        if !requirements.ours {
            return None;
        }
        if requirements.gated {
            Voice::gate(object, context);
            return None;
        }
        match self.find_node(object, pod, &requirements, context) {
            Ok((slot, plan)) if plan.is_empty() => {
                self.waiting.remove(id);
                let node = self.nodes.get(slot).and_then(|n| n.object.clone());
                if let Some(node) = node {
                    self.bind(object, &node, context);
                }
                None
            }
            Ok((slot, plan)) => {
                self.assume(object, pod, slot, &requirements, &plan, context);
                None
            }
            Err(diagnosis) => Some(self.fail(object, &requirements, &diagnosis, context)),
        }
    }

    fn find_node(
        &mut self,
        object: &Object,
        pod: &Pod,
        requirements: &Requirements,
        context: &Context,
    ) -> Result<(usize, Plan), Diagnosis> {
        let store = &context.api.store;
        if self.nodes.len() == 0 {
            return Err(Diagnosis::no_nodes());
        }
        let mut volumes = match Volumes::look_up(&object.meta.namespace, pod, store) {
            Ok(volumes) => volumes,
            Err(why) => return Err(Diagnosis::all_nodes(self.nodes.len(), why)),
        };
        if self.is_taken(object, pod) {
            volumes.set_taken();
        }
        if !self.limits.is_empty() {
            volumes.set_full(self.limits.full_for(&object.meta.namespace, pod, store));
        }
        volumes.plan(self.nodes.iter().filter_map(|(_, n)| n.object.as_ref()), &context.indexes.free, store);
        let candidate = Candidate::new(&object.meta, requirements, volumes, &mut self.terms, &mut self.nodes, store);
        let mut diagnosis = Diagnosis::new(self.nodes.len(), requirements.preempts);
        let slots = feasible(&self.nodes, &candidate, &mut self.next_slot, &mut diagnosis);
        let best = score::best(&slots, &object.meta, requirements, &mut self.terms, &mut self.nodes, store);
        let Some(slot) = best else { return Err(diagnosis) };
        let name = self.nodes.get(slot).map(|n| n.name.clone()).unwrap_or_default();
        Ok((slot, candidate.volumes.plan_for(&name)))
    }

    /// Whether another Pod on a node has one of the Pod's claims for itself alone (rule V41).
    fn is_taken(&self, object: &Object, pod: &Pod) -> bool {
        !self.exclusive.is_empty()
            && pod.claims().any(|volume| {
                let users = self.exclusive.get(&Hashed::new((object.meta.namespace.clone(), volume.claim.clone())));
                users.is_some_and(|users| users.iter().any(|user| *user != object.meta.name))
            })
    }

    /// Reserves the node while the Pod's claims are bound (rule V18).
    #[allow(clippy::too_many_arguments)]
    fn assume(
        &mut self,
        object: &Object,
        pod: &Pod,
        slot: usize,
        requirements: &Arc<Requirements>,
        plan: &Plan,
        context: &mut Context,
    ) {
        let Some(node) = self.nodes.get(slot).map(|n| n.name.clone()) else { return };
        volumes::bind(plan, &node, &mut self.siblings, context);
        let owner = object.meta.controller().map(|o| o.uid);
        self.nodes.charge(slot, requirements, owner, 1);
        self.limits.charge(&object.meta.namespace, pod, &node, 1, &context.api.store);
        self.count_exclusive(object, pod, 1);
        let assumed = Assumed { slot, node, requirements: Arc::clone(requirements), owner, since: context.now };
        self.assumed.insert(&object.meta, Box::new(assumed));
        self.waiting.insert(object.meta.id(), requirements.priority, requirements.id, Hope::CLAIM);
        context.enqueue(Worker::Scheduler, Item::Object(object.meta.id()), BIND_TIMEOUT);
    }

    /// Binds a Pod to the node it has reserved once its claims are bound, or gives the node up.
    fn finish(&mut self, object: &Object, pod: &Pod, context: &mut Context) -> Option<Hope> {
        let (id, namespace) = (object.meta.id(), &object.meta.namespace);
        let assumed = self.assumed.get(id)?;
        let left = BIND_TIMEOUT.saturating_sub(context.now.since(assumed.since));
        let mut progress = volumes::progress(namespace, pod, &assumed.node, &context.api.store);
        if progress == Progress::Waiting && left.is_zero() {
            progress = Progress::Failed("context deadline exceeded".into());
        }
        if progress == Progress::Waiting {
            context.enqueue(Worker::Scheduler, Item::Object(id), left);
            return None;
        }
        let assumed = self.assumed.remove(id)?;
        self.nodes.charge(assumed.slot, &assumed.requirements, assumed.owner, -1);
        self.limits.charge(namespace, pod, &assumed.node, -1, &context.api.store);
        self.count_exclusive(object, pod, -1);
        let node = self.nodes.get(assumed.slot).and_then(|n| n.object.clone());
        match (progress, node) {
            (Progress::Failed(why), _) => {
                let message = format!("running PreBind plugin \"VolumeBinding\": binding volumes: {why}");
                let diagnosis = Diagnosis::message(message, Hope::CLAIM.or(Hope::VOLUME));
                Some(self.fail(object, &assumed.requirements, &diagnosis, context))
            }
            (_, Some(node)) => {
                self.waiting.remove(id);
                self.bind(object, &node, context);
                None
            }
            (_, None) => self.attempt(id, context),
        }
    }

    /// Gives a Pod its node, and counts it there at once: the next Pod may be tried in the same step.
    fn bind(&mut self, object: &Object, node: &Object, context: &mut Context) {
        if let Some(bound) = self.voice.bind(object, node, context) {
            self.recount(None, Some(&bound), context);
            self.ahead.push(bound.meta.id());
        }
    }

    fn fail(
        &mut self,
        object: &Object,
        requirements: &Requirements,
        diagnosis: &Diagnosis,
        context: &mut Context,
    ) -> Hope {
        self.voice.refuse(object, diagnosis.text(), context);
        self.waiting.insert(object.meta.id(), requirements.priority, requirements.id, diagnosis.hope());
        context.enqueue(Worker::Scheduler, Item::All, FLUSH);
        diagnosis.hope()
    }
}

/// The nodes a Pod may run on. Of many nodes only as many are looked at as upstream does, going round.
fn feasible(nodes: &Nodes, candidate: &Candidate, next: &mut usize, diagnosis: &mut Diagnosis) -> Vec<usize> {
    let (slots, enough) = (nodes.slots(), enough(nodes.len()));
    let mut out = Vec::new();
    let start = if nodes.len() > FEW_NODES { *next % slots } else { 0 };
    for offset in 0..slots {
        let slot = (start + offset) % slots;
        let Some(node) = nodes.get(slot) else { continue };
        match candidate.reject(node) {
            Some(rejection) => diagnosis.add(rejection),
            None => out.push(slot),
        }
        if out.len() == enough {
            *next = slot + 1;
            break;
        }
    }
    out
}

/// How many possible nodes are enough: all of a few, and of more a share that falls from a half to a twentieth.
fn enough(nodes: usize) -> usize {
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    if nodes <= FEW_NODES { nodes } else { (nodes * percent / 100).max(FEW_NODES) }
}

/// A claim by its namespace and name.
fn key_of(object: &Object) -> Hashed<(Text, Text)> {
    Hashed::new((object.meta.namespace.clone(), object.meta.name.clone()))
}

/// Whether a claim has come to a point that Pods may wait for: it is there, bound, lost, going, or gone.
fn claim_news(old: Option<&Object>, new: Option<&Object>) -> bool {
    let state = |object: Option<&Object>| {
        let object = object?;
        let bound = object.meta.annotations.get(BIND_COMPLETED).is_some();
        let lost = object.claim().is_some_and(|c| c.status.phase == ClaimPhase::Lost);
        Some((bound, lost, object.meta.terminating()))
    };
    state(old) != state(new)
}
