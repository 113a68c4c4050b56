//! What the world was before a command, as far as the views of what the command did have to know it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cluster::Cluster;
use crate::cluster::statefulset::identity;
use crate::dns::{Record, records};
use crate::resource::model::{StatefulSet, StatefulSetSpec};
use crate::resource::{Kind, Object, Time};
use crate::store::{Change, ChangeId, Milestone};

/// A namespace and a name.
pub type Name = (String, String);

/// Pods beyond which DNS names are not compared: nobody reads so many.
const MANY: usize = 2000;

/// The world before a command.
#[derive(Clone, Debug)]
pub struct Since {
    /// The first change of the command.
    pub change: ChangeId,
    /// When it began.
    pub time: Time,
    /// The sets there were.
    pub sets: BTreeMap<Name, Arc<Object>>,
    /// The Pods, claims, volumes and Services there were.
    pub objects: Vec<Arc<Object>>,
    /// The DNS records there were.
    pub records: Vec<Record>,
}

impl Since {
    /// The world as it is now.
    #[must_use]
    pub fn now(cluster: &Cluster) -> Since {
        let store = &cluster.api.store;
        let kinds = [
            Kind::StatefulSet,
            Kind::Pod,
            Kind::PersistentVolumeClaim,
            Kind::PersistentVolume,
            Kind::Service,
            Kind::ConfigMap,
            Kind::Secret,
        ];
        Since {
            change: store.history.len() as ChangeId,
            time: cluster.now,
            sets: store.all(Kind::StatefulSet).map(|set| (name_of(set), Arc::clone(set))).collect(),
            objects: kinds.into_iter().flat_map(|kind| store.all(kind).cloned()).collect(),
            records: if store.count(Kind::Pod) > MANY { Vec::new() } else { records(store) },
        }
    }

    /// The beginning of the lab, when nothing was there.
    #[must_use]
    pub fn begin(cluster: &Cluster) -> Since {
        Since { change: 0, time: cluster.start, sets: BTreeMap::new(), objects: Vec::new(), records: Vec::new() }
    }

    /// The changes that the command led to.
    #[must_use]
    pub fn changes<'a>(&self, cluster: &'a Cluster) -> impl DoubleEndedIterator<Item = Change<'a>> + use<'a> {
        cluster.api.store.history.since(self.change)
    }

    /// A set as it is now or, if it is gone, as it was.
    #[must_use]
    pub fn set<'a>(&'a self, cluster: &'a Cluster, name: &Name) -> Option<&'a StatefulSet> {
        let now = cluster.api.store.get(Kind::StatefulSet, &name.0, &name.1);
        now.or_else(|| self.sets.get(name)).and_then(|object| object.stateful_set())
    }

    /// A set's spec before the command.
    #[must_use]
    pub fn spec_before(&self, name: &Name) -> Option<&Arc<StatefulSetSpec>> {
        self.sets.get(name).and_then(|object| object.stateful_set()).map(|set| &set.spec)
    }

    /// The set that a Pod's name says, if there is or was one, and the ordinal.
    #[must_use]
    pub fn set_of_pod(&self, cluster: &Cluster, namespace: &str, pod: &str) -> Option<(Name, i64)> {
        let (stem, ordinal) = identity::parse_pod_name(pod)?;
        let name = (namespace.to_string(), stem.to_string());
        self.set(cluster, &name).map(|_| (name, ordinal))
    }

    /// The set and the ordinal that a claim's name says.
    #[must_use]
    pub fn set_of_claim(&self, cluster: &Cluster, namespace: &str, claim: &str) -> Option<(Name, i64)> {
        let (stem, ordinal) = identity::parse_pod_name(claim)?;
        let sets = stem.match_indices('-').map(|(at, _)| (at, (namespace.to_string(), stem[at + 1..].to_string())));
        let mut fitting = sets.filter(|(at, name)| {
            let templates = self.set(cluster, name).map(|set| &set.spec.claim_templates);
            templates.is_some_and(|list| list.iter().any(|template| *template.name == stem[..*at]))
        });
        fitting.next().map(|(_, name)| (name, ordinal))
    }

    /// The sets that the command changed, or whose Pods or claims it changed, in order.
    #[must_use]
    pub fn touched(&self, cluster: &Cluster) -> Vec<Name> {
        let mut names = BTreeSet::new();
        for change in self.changes(cluster) {
            if change.milestones.iter().all(|m| matches!(m, Milestone::Said(_))) {
                continue;
            }
            match change.kind {
                Kind::StatefulSet => {
                    names.insert((change.namespace.to_string(), change.name.to_string()));
                }
                Kind::Pod => {
                    names.extend(self.set_of_pod(cluster, change.namespace, change.name).map(|(name, _)| name));
                }
                Kind::PersistentVolumeClaim => {
                    names.extend(self.set_of_claim(cluster, change.namespace, change.name).map(|(name, _)| name));
                }
                _ => {}
            }
        }
        names.into_iter().collect()
    }

    /// Whether an object of before is gone; one made anew under the same name is not.
    #[must_use]
    pub fn is_gone(cluster: &Cluster, object: &Object) -> bool {
        cluster.api.store.get(object.kind(), &object.meta.namespace, &object.meta.name).is_none()
    }
}

/// An object's namespace and name.
#[must_use]
pub fn name_of(object: &Object) -> Name {
    (object.meta.namespace.to_string(), object.meta.name.to_string())
}
