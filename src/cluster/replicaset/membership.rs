//! The Pods of a `ReplicaSet`, counted as they come, change and go, and the orphans that it may adopt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Controller, enqueue};
use crate::apiserver::ApiServer;
use crate::cluster::context::Context;
use crate::cluster::pod_control::controller_of;
use crate::resource::meta::{Text, Uid};
use crate::resource::model::{ConditionStatus, ConditionType, ReplicaSetSpec};
use crate::resource::{Kind, Object, Time};
use crate::store::WatchEvent;

/// What counts of one Pod.
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Member {
    /// Neither ended nor asked to go.
    active: bool,
    /// Asked to go, and not ended.
    terminating: bool,
    /// Since when its Ready condition is True, if it is.
    ready_since: Option<Time>,
    /// Whether it has all labels of the template.
    labeled: bool,
    /// Whether the selector matches it.
    selected: bool,
}

/// How many Pods of each sort there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Active Pods.
    pub active: i64,
    /// Of these, those with all labels of the template.
    pub labeled: i64,
    /// Those that are Ready.
    pub ready: i64,
    /// Those that have been Ready for `minReadySeconds`.
    pub available: i64,
    /// Pods on their way out.
    pub terminating: i64,
}

/// The Pods of one set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Members {
    pub uid: Uid,
    #[serde(with = "crate::resource::stored::shared")]
    spec: Arc<ReplicaSetSpec>,
    pods: BTreeMap<Text, Member>,
    counts: Counts,
    /// Ready Pods that are not available yet, by the time they will be.
    immature: BTreeSet<(Time, Text)>,
    /// Active Pods that the set controls and no longer selects.
    strays: BTreeSet<Text>,
    /// Pods without a controller that the set selects.
    orphans: BTreeSet<Text>,
}

impl Members {
    /// Those of a new set, which can have orphans only.
    pub fn new(set: &Object, spec: &Arc<ReplicaSetSpec>, api: &ApiServer) -> Members {
        let mut members = Members {
            uid: set.meta.uid,
            spec: Arc::clone(spec),
            pods: BTreeMap::new(),
            counts: Counts::default(),
            immature: BTreeSet::new(),
            strays: BTreeSet::new(),
            orphans: BTreeSet::new(),
        };
        members.look(&set.meta.namespace, api);
        members
    }

    /// Takes note of a new spec; `true` if it is about other Pods, which are then counted anew.
    pub fn update(&mut self, spec: &Arc<ReplicaSetSpec>, api: &ApiServer) -> bool {
        if Arc::ptr_eq(&self.spec, spec) {
            return false;
        }
        let old = std::mem::replace(&mut self.spec, Arc::clone(spec));
        let other = old.json["template"] != spec.json["template"];
        if other || old.min_ready_seconds != spec.min_ready_seconds {
            let namespace = api.store.by_uid(self.uid).map(|set| set.meta.namespace.clone()).unwrap_or_default();
            self.look(&namespace, api);
        }
        other
    }

    /// Looks at every Pod of the namespace.
    fn look(&mut self, namespace: &str, api: &ApiServer) {
        self.pods.clear();
        self.immature.clear();
        self.strays.clear();
        self.orphans.clear();
        self.counts = Counts::default();
        for pod in api.store.in_namespace(Kind::Pod, namespace) {
            match pod.meta.controller() {
                Some(owner) if owner.uid == self.uid => {
                    self.put(pod);
                }
                None if self.selects(pod) => {
                    self.orphans.insert(pod.meta.name.clone());
                }
                _ => {}
            }
        }
    }

    pub fn selects(&self, pod: &Object) -> bool {
        self.spec.selector.matches(|key| pod.meta.labels.get(key))
    }

    fn min_ready(&self) -> Duration {
        Duration::from_secs(self.spec.min_ready_seconds.unsigned_abs())
    }

    /// Notes a Pod that the set controls, as it is now; `true` if it counts for anything else than before.
    fn put(&mut self, object: &Object) -> bool {
        let Some(pod) = object.pod() else { return false };
        let ready = pod.status.condition(&ConditionType::Ready).filter(|c| c.status == ConditionStatus::True);
        let labels = &object.meta.labels;
        let ended = pod.status.phase.is_terminal();
        let member = Member {
            active: !ended && !object.meta.terminating(),
            terminating: !ended && object.meta.terminating(),
            ready_since: ready.map(|condition| condition.last_transition),
            labeled: self.spec.template_labels.iter().all(|(key, value)| labels.get(key) == Some(value)),
            selected: self.selects(object),
        };
        let name = &object.meta.name;
        if self.pods.get(name) == Some(&member) {
            return false;
        }
        self.remove(name);
        self.count(name, &member, 1);
        if member.active && !member.selected {
            self.strays.insert(name.clone());
        }
        self.pods.insert(name.clone(), member);
        true
    }

    fn remove(&mut self, name: &Text) -> bool {
        let Some(member) = self.pods.remove(name) else { return false };
        self.count(name, &member, -1);
        self.strays.remove(name);
        true
    }

    fn count(&mut self, name: &Text, member: &Member, sign: i64) {
        if !member.selected {
            return;
        }
        self.counts.terminating += sign * i64::from(member.terminating);
        if !member.active {
            return;
        }
        self.counts.active += sign;
        self.counts.labeled += sign * i64::from(member.labeled);
        let Some(since) = member.ready_since else { return };
        self.counts.ready += sign;
        let due = (since + self.min_ready(), name.clone());
        if sign < 0 {
            self.counts.available -= i64::from(!self.immature.remove(&due));
        } else if self.min_ready().is_zero() {
            self.counts.available += 1;
        } else {
            self.immature.insert(due);
        }
    }

    /// The counts at a time.
    pub fn counts(&mut self, now: Time) -> Counts {
        while self.immature.first().is_some_and(|(due, _)| *due <= now) {
            self.immature.pop_first();
            self.counts.available += 1;
        }
        self.counts
    }

    /// When the next Pod becomes available by time alone.
    pub fn next_maturity(&self) -> Option<Time> {
        self.immature.first().map(|(due, _)| *due)
    }

    /// The names of the active Pods.
    pub fn active(&self) -> impl Iterator<Item = &Text> {
        self.pods.iter().filter(|(_, member)| member.active && member.selected).map(|(name, _)| name)
    }

    /// Notes a Pod that the set has just adopted.
    pub fn adopt(&mut self, pod: &Object) {
        self.orphans.remove(&pod.meta.name);
        self.put(pod);
    }

    /// Pods to release, and Pods to adopt if they still can be; the former are not asked for again.
    pub fn claims(&mut self) -> (BTreeSet<Text>, Vec<Text>) {
        (std::mem::take(&mut self.strays), self.orphans.iter().cloned().collect())
    }
}

impl Controller {
    pub(super) fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let (old, new) = (event.old.as_deref(), event.new.as_deref());
        let owner = |pod: Option<&Object>| pod.and_then(|pod| controller_of(pod, Kind::ReplicaSet)).map(|o| o.uid);
        let moved = owner(old) != owner(new);
        if let Some(pod) = old.filter(|_| moved) {
            if let Some((name, known)) = self.set_of(pod) {
                known.members.remove(&pod.meta.name);
                enqueue(&name, context);
            }
        }
        if let Some(pod) = new {
            if let Some((name, known)) = self.set_of(pod) {
                // A sync that still makes Pods looks at them when it is done.
                if known.members.put(pod) && known.creation.is_none() {
                    enqueue(&name, context);
                }
            }
        }
        let orphan = |pod: Option<&Object>| pod.is_some_and(|pod| pod.meta.controller().is_none());
        if orphan(old) || orphan(new) {
            self.observe_orphan(event, new.filter(|pod| pod.meta.controller().is_none()), context);
        }
    }

    /// A Pod without a controller, or one that now has one or is gone, concerns every set that selects it.
    fn observe_orphan(&mut self, event: &WatchEvent, orphan: Option<&Object>, context: &mut Context<'_>) {
        let meta = &event.object().meta;
        for (name, known) in self.sets.get_mut(&meta.namespace).into_iter().flatten() {
            let wanted = orphan.is_some_and(|pod| known.members.selects(pod));
            if !wanted {
                known.members.orphans.remove(&meta.name);
            } else if known.members.orphans.insert(meta.name.clone()) {
                enqueue(&(meta.namespace.clone(), name.clone()), context);
            }
        }
    }
}
