//! Why something happened, in words: from what was written, who wrote it, and what that was a consequence of.

mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use words::{accompanies, who};
use words::{of_volume, revision_of, what, why_waiting};

use super::since::{Name, Since};
use super::style::Tone;
use crate::cluster::Cluster;
use crate::resource::model::{Event, PolicyAction, StatefulSetSpec};
use crate::resource::{Kind, Time};
use crate::store::{Actor, Cause, Change, ChangeId, Milestone, Word};

/// One step of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub time: Time,
    /// What happened; empty for what is not worth a line.
    pub what: String,
    /// Why.
    pub why: String,
    /// Whether that is good.
    pub tone: Tone,
}

/// What lets a set go on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unblocked {
    Ready(String),
    Gone(String),
}

/// Reads a history from its beginning on, and knows at each change what led to it.
#[derive(Debug)]
pub struct Reasons<'a> {
    cluster: &'a Cluster,
    since: &'a Since,
    /// What last let each set go on.
    unblocked: BTreeMap<Name, Unblocked>,
    /// Pods that were asked to go and are still there.
    terminating: BTreeSet<Name>,
    /// Pods that were there and are gone, and their revision.
    gone: BTreeMap<Name, String>,
    revisions: BTreeMap<Name, String>,
    /// Pods that have a node.
    on_nodes: BTreeSet<Name>,
    /// The first change that each command made to each object.
    firsts: BTreeMap<(u32, Kind, Name), ChangeId>,
}

impl<'a> Reasons<'a> {
    /// At the first change since a command.
    #[must_use]
    pub fn new(cluster: &'a Cluster, since: &'a Since) -> Reasons<'a> {
        let pods = since.objects.iter().filter(|object| object.kind() == Kind::Pod);
        let name = |object: &crate::resource::Object| super::since::name_of(object);
        let revision = |object: &crate::resource::Object| {
            object.meta.labels.get("controller-revision-hash").unwrap_or_default().to_string()
        };
        Reasons {
            cluster,
            since,
            unblocked: BTreeMap::new(),
            terminating: pods.clone().filter(|pod| pod.meta.terminating()).map(|pod| name(pod)).collect(),
            gone: BTreeMap::new(),
            on_nodes: pods
                .clone()
                .filter(|pod| pod.pod().is_some_and(|p| p.node.is_some()))
                .map(|pod| name(pod))
                .collect(),
            firsts: BTreeMap::new(),
            revisions: pods.map(|pod| (name(pod), revision(pod))).collect(),
        }
    }

    /// What a milestone says, and why it came to be. Milestones come in the order of the history.
    pub fn step(&mut self, change: &Change<'_>, milestone: &Milestone) -> Step {
        let (what, tone) = what(change, milestone);
        let why = if change.actor == Actor::User {
            self.asked(change, milestone)
        } else if self.is_first_of_a_fault(change) {
            "your fault command".into()
        } else {
            match change.kind {
                Kind::Pod => self.of_pod(change, milestone),
                Kind::PersistentVolumeClaim => self.of_claim(change, milestone),
                Kind::PersistentVolume => of_volume(milestone),
                Kind::ControllerRevision if matches!(milestone, Milestone::Created(_)) => {
                    "the template is a new one".into()
                }
                Kind::StatefulSet if *milestone == Milestone::Deleted => "nothing holds it any more".into(),
                Kind::EndpointSlice if matches!(milestone, Milestone::Created(_)) => "a Service has a selector".into(),
                Kind::Node => super::nodes::why(change, milestone),
                _ => String::new(),
            }
        };
        let why = if let Milestone::Said(event) = milestone { event.message.to_string() } else { why };
        self.note(change, milestone);
        let what = match milestone {
            Milestone::Updated(_) if change.kind == Kind::StatefulSet => self.changed(change),
            _ => what,
        };
        Step { time: change.time, what, why, tone }
    }

    /// Whether a change is the first that a person's command made to an object. What a kubelet does later because of it
    /// (it starts a container again, asks a probe) has reasons of its own.
    fn is_first_of_a_fault(&mut self, change: &Change<'_>) -> bool {
        let Cause::Input(input) = change.cause else { return false };
        let object = (input, change.kind, (change.namespace.to_string(), change.name.to_string()));
        *self.firsts.entry(object).or_insert(change.id) == change.id || change.actor != Actor::Kubelet
    }

    /// Whether the Pod of a change was asked to go before it.
    #[must_use]
    pub fn is_terminating(&self, change: &Change<'_>) -> bool {
        self.terminating.contains(&(change.namespace.to_string(), change.name.to_string()))
    }

    /// Whether the set of a revision was there before the command.
    #[must_use]
    pub fn is_known(&self, change: &Change<'_>) -> bool {
        let set = change.name.rsplit_once('-').map_or("", |(set, _)| set);
        self.since.sets.contains_key(&(change.namespace.to_string(), set.to_string()))
    }

    /// Whether what a warning is about is still not as it should be.
    #[must_use]
    pub fn is_unresolved(&self, event: &Event) -> bool {
        let store = &self.cluster.api.store;
        match &*event.about.of.kind {
            "Pod" => {
                let pod = store.get(Kind::Pod, &event.about.namespace, &event.about.name);
                let waits = pod.and_then(|pod| pod.pod()).is_some_and(|pod| !pod.status.is_ready());
                waits && &*event.reason != "BackOff" && &*event.reason != "Failed"
            }
            "StatefulSet" => {
                let set = store.get(Kind::StatefulSet, &event.about.namespace, &event.about.name);
                set.and_then(|set| set.stateful_set()).is_some_and(|set| set.status.replicas < set.spec.replicas)
            }
            _ => false,
        }
    }

    /// Keeps what later steps ask for.
    fn note(&mut self, change: &Change<'_>, milestone: &Milestone) {
        if change.kind != Kind::Pod {
            return;
        }
        let pod: Name = (change.namespace.to_string(), change.name.to_string());
        let set = self.since.set_of_pod(self.cluster, &pod.0, &pod.1).map(|(set, _)| set);
        let unblocked = match milestone {
            Milestone::Word(Word::Ready) => Some(Unblocked::Ready(pod.1.clone())),
            Milestone::Deleted => Some(Unblocked::Gone(pod.1.clone())),
            _ => None,
        };
        if let (Some(set), Some(unblocked)) = (set, unblocked) {
            self.unblocked.insert(set, unblocked);
        }
        match milestone {
            Milestone::Terminating => {
                self.terminating.insert(pod);
            }
            Milestone::Deleted => {
                self.terminating.remove(&pod);
                let revision = self.revisions.remove(&pod).unwrap_or_default();
                self.gone.insert(pod, revision);
            }
            Milestone::Created(created) => {
                self.on_nodes.remove(&pod);
                self.revisions.insert(pod, revision_of(created));
            }
            Milestone::Scheduled(_) => {
                self.on_nodes.insert(pod);
            }
            _ => {}
        }
    }

    fn asked(&self, change: &Change<'_>, milestone: &Milestone) -> String {
        let runs = self.on_nodes.contains(&(change.namespace.to_string(), change.name.to_string()));
        match (change.kind, milestone) {
            (Kind::Pod, Milestone::Deleted) if runs => "you forced it: nobody waited for its containers".into(),
            (_, Milestone::Deleted | Milestone::Terminating) => "you deleted it".into(),
            (Kind::StatefulSet, Milestone::Updated(_)) => "you changed it".into(),
            _ => "you asked for it".into(),
        }
    }

    /// What a person changed of a set.
    fn changed(&self, change: &Change<'_>) -> String {
        let name: Name = (change.namespace.to_string(), change.name.to_string());
        let (before, now) = (self.since.spec_before(&name), self.since.set(self.cluster, &name).map(|set| &set.spec));
        let (Some(before), Some(now)) = (before, now) else { return format!("StatefulSet {} changed", name.1) };
        let mut parts = Vec::new();
        for (word, was, is) in [
            ("replicas", before.replicas, now.replicas),
            ("partition", before.partition(), now.partition()),
            ("minReadySeconds", before.min_ready_seconds, now.min_ready_seconds),
            ("ordinals.start", before.start, now.start),
        ] {
            if was != is {
                parts.push(format!("{word} {was} → {is}"));
            }
        }
        let policies = [
            ("whenScaled", before.when_scaled, now.when_scaled),
            ("whenDeleted", before.when_deleted, now.when_deleted),
        ];
        for (word, _, is) in policies.into_iter().filter(|(_, was, is)| was != is) {
            parts.push(format!("{word}: {}", if is == PolicyAction::Delete { "Delete" } else { "Retain" }));
        }
        if before.json["template"] != now.json["template"] {
            parts.push("new template".into());
        }
        let parts = if parts.is_empty() { "changed".into() } else { parts.join(", ") };
        format!("StatefulSet {}: {parts}", name.1)
    }

    fn of_pod(&self, change: &Change<'_>, milestone: &Milestone) -> String {
        let pod: Name = (change.namespace.to_string(), change.name.to_string());
        let set = self.since.set_of_pod(self.cluster, &pod.0, &pod.1);
        let spec = set.as_ref().and_then(|(set, ordinal)| Some((set, *ordinal, self.since.set(self.cluster, set)?)));
        match (milestone, change.actor) {
            (Milestone::Created(created), Actor::StatefulSetController) => match spec {
                Some((set, ordinal, sts)) => {
                    self.why_created(change, &pod, set, ordinal, &sts.spec, &revision_of(created))
                }
                None => String::new(),
            },
            (Milestone::Terminating | Milestone::Deleted, Actor::StatefulSetController) => match spec {
                Some((set, ordinal, sts)) => {
                    let outdated = self.revisions.get(&pod).is_some_and(|r| **r != *sts.status.update_revision);
                    self.why_stopped(change, set, ordinal, &sts.spec, outdated)
                }
                None => String::new(),
            },
            (Milestone::Created(_), Actor::ReplicaSetController) => self.why_replicated(change),
            (Milestone::Terminating | Milestone::Deleted, Actor::ReplicaSetController) => {
                "its ReplicaSet has too many".into()
            }
            (Milestone::Created(_), Actor::DaemonSetController) => "its node had none".into(),
            (Milestone::Terminating | Milestone::Deleted, Actor::DaemonSetController) => {
                "its template is an old one, or its node does not take it".into()
            }
            (Milestone::Terminating | Milestone::Deleted, Actor::GarbageCollector) => "its owner is gone".into(),
            (Milestone::Terminating, Actor::TaintEvictionController) => {
                "its node has a taint that it does not bear".into()
            }
            (Milestone::Word(Word::Unready), Actor::NodeController) => "its node does not answer".into(),
            (Milestone::Deleted, Actor::Kubelet) => "its containers have stopped".into(),
            (Milestone::Deleted, Actor::PodGarbageCollector) => "its node is gone".into(),
            (_, Actor::NamespaceController) => "its namespace is going".into(),
            (Milestone::Word(Word::Ready), _) => self.why_ready(&pod),
            (Milestone::Word(Word::Unready), _) => "a container is not ready any more".into(),
            (Milestone::Scheduled(_), _) => "the scheduler chose the node".into(),
            (Milestone::Waiting(reason), _) => why_waiting(reason).into(),
            _ => String::new(),
        }
    }

    /// A `ReplicaSet` made a Pod: in place of one that is going, or because it wants more.
    fn why_replicated(&self, change: &Change<'_>) -> String {
        let cause = match change.cause {
            Cause::Change(id) => self.cluster.api.store.history.get(id),
            _ => None,
        };
        let goes = |cause: &Change<'_>| {
            cause.kind == Kind::Pod
                && cause.milestones.iter().any(|m| matches!(m, Milestone::Terminating | Milestone::Deleted))
        };
        match cause.filter(goes) {
            Some(cause) => format!("in place of {}, which need not be gone", cause.name),
            None => "its ReplicaSet wants more; it waits for nobody".into(),
        }
    }

    fn why_created(
        &self,
        change: &Change<'_>,
        pod: &Name,
        set: &Name,
        ordinal: i64,
        spec: &StatefulSetSpec,
        revision: &str,
    ) -> String {
        if let Some(old) = self.gone.get(pod) {
            let short = revision.rsplit('-').next().unwrap_or_default();
            let new = if old == revision { String::new() } else { format!("; now revision {short}") };
            let claims = if spec.claim_templates.is_empty() { "" } else { " and claims" };
            return format!("again: same name{claims}{new}");
        }
        if spec.parallel {
            return "Parallel: waits for nobody".into();
        }
        match self.decisive(change, set) {
            Some(Unblocked::Ready(before)) if spec.min_ready_seconds > 0 => {
                format!("{before} has been Ready for {} s", spec.min_ready_seconds)
            }
            Some(Unblocked::Ready(before)) => format!("{before} is Running and Ready"),
            Some(Unblocked::Gone(before)) => format!("{before} is gone"),
            None if ordinal == spec.start => "first ordinal: waits for nobody".into(),
            None => format!("{}-{} is Ready: next ordinal", set.1, ordinal - 1),
        }
    }

    fn why_stopped(
        &self,
        change: &Change<'_>,
        set: &Name,
        ordinal: i64,
        spec: &StatefulSetSpec,
        outdated: bool,
    ) -> String {
        let before = self.decisive(change, set);
        if !spec.in_range(ordinal) {
            return match before {
                _ if spec.parallel => format!("replicas is {}; Parallel: waits for nobody", spec.replicas),
                Some(Unblocked::Gone(before)) => format!("{before} is gone: next lower ordinal"),
                Some(Unblocked::Ready(before)) => format!("{before} is Ready"),
                None => format!("replicas is {}: highest ordinal first", spec.replicas),
            };
        }
        if outdated {
            return match before {
                Some(Unblocked::Ready(before)) => format!("old revision; {before} is Ready again"),
                _ => "old revision; highest ordinal first".into(),
            };
        }
        "it had ended: a new one takes its place".into()
    }

    /// What let the set go on at a change: the nearest cause of it that did, else what last did.
    fn decisive(&self, change: &Change<'_>, set: &Name) -> Option<Unblocked> {
        let history = &self.cluster.api.store.history;
        let mut cause = change.cause;
        while let Cause::Change(id) = cause {
            let Some(earlier) = history.get(id).filter(|_| id >= self.since.change) else { break };
            let of_set = earlier.kind == Kind::Pod
                && self.since.set_of_pod(self.cluster, earlier.namespace, earlier.name).is_some_and(|(s, _)| s == *set);
            if of_set && earlier.milestones.contains(&Milestone::Word(Word::Ready)) {
                return Some(Unblocked::Ready(earlier.name.to_string()));
            }
            if of_set && earlier.milestones.contains(&Milestone::Deleted) {
                return Some(Unblocked::Gone(earlier.name.to_string()));
            }
            cause = earlier.cause;
        }
        self.unblocked.get(set).cloned()
    }

    fn why_ready(&self, pod: &Name) -> String {
        let object = self.cluster.api.store.get(Kind::Pod, &pod.0, &pod.1);
        let Some(pod) = object.and_then(|object| object.pod()) else { return "its containers are ready".into() };
        let containers = &pod.template.containers;
        match (containers.iter().any(|c| c.readiness_probe), containers.len()) {
            (true, _) => "its readiness probe succeeded".into(),
            (false, 1) => "its container runs (no readiness probe)".into(),
            (false, n) => format!("its {n} containers run (no readiness probes)"),
        }
    }

    fn of_claim(&self, change: &Change<'_>, milestone: &Milestone) -> String {
        let name = (change.namespace.to_string(), change.name.to_string());
        match (milestone, change.actor) {
            (Milestone::Terminating, Actor::GarbageCollector) => "its owner is gone".into(),
            (Milestone::Created(_), _) => "a Pod of the set needs it; it is made before the Pod".into(),
            (Milestone::Word(Word::Bound), _) => "it has a volume".into(),
            (Milestone::Word(Word::Lost), _) => "its volume is gone".into(),
            (Milestone::Resized(_) | Milestone::ResizeRequested(_), _) => "its volume has grown".into(),
            (Milestone::Deleted, _) => {
                let set = self.since.set_of_claim(self.cluster, &name.0, &name.1);
                let spec = set.and_then(|(set, ordinal)| {
                    let gone = Since::set(self.since, self.cluster, &set).is_some()
                        && self.cluster.api.store.get(Kind::StatefulSet, &set.0, &set.1).is_none();
                    Some((self.since.set(self.cluster, &set)?.spec.clone(), ordinal, gone))
                });
                match spec {
                    Some((spec, _, true)) if spec.when_deleted == PolicyAction::Delete => {
                        "the set is gone (whenDeleted: Delete), and no Pod uses it any more".into()
                    }
                    Some((spec, ordinal, _)) if spec.when_scaled == PolicyAction::Delete && !spec.in_range(ordinal) => {
                        "its Pod went in a scale-down (whenScaled: Delete)".into()
                    }
                    _ => "no Pod uses it any more".into(),
                }
            }
            _ => String::new(),
        }
    }
}
