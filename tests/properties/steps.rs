//! What must hold of single writes, of sets at any time, and of a world at rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sts_lab::cluster::Cluster;
use sts_lab::cluster::queue::Worker;
use sts_lab::cluster::statefulset::identity::{self, REVISION, parse_pod_name};
use sts_lab::resource::kind::ALL;
use sts_lab::resource::meta::{Text, Uid};
use sts_lab::resource::model::{
    ConditionStatus, ConditionType, Phase, Pod, StatefulSet, StatefulSetSpec, UpdateStrategy,
};
use sts_lab::resource::{Kind, Object, Time};
use sts_lab::store::{Actor, Change, Milestone};

use super::world::NAMESPACE;

/// A Pod as it was before a task.
#[derive(Clone, Debug)]
pub struct PodView {
    uid: Uid,
    owner: Option<Uid>,
    phase: Phase,
    ready_since: Option<Time>,
    terminating: bool,
    revision: String,
}

impl PodView {
    /// The view of a Pod.
    pub fn of(object: &Object) -> Option<PodView> {
        let pod = object.pod()?;
        let ready = pod.status.condition(&ConditionType::Ready).filter(|c| c.status == ConditionStatus::True);
        Some(PodView {
            uid: object.meta.uid,
            owner: object.meta.controller().map(|owner| owner.uid),
            phase: pod.status.phase,
            ready_since: ready.map(|c| c.last_transition),
            terminating: object.meta.terminating(),
            revision: object.meta.labels.get(REVISION).unwrap_or_default().to_string(),
        })
    }

    fn available(&self, spec: &StatefulSetSpec, now: Time) -> bool {
        let min = Duration::from_secs(spec.min_ready_seconds.unsigned_abs());
        self.ready_since.is_some_and(|since| since + min <= now)
    }

    fn well(&self, spec: &StatefulSetSpec, now: Time) -> bool {
        self.phase == Phase::Running && self.available(spec, now) && !self.terminating
    }
}

fn set_of<'a>(cluster: &'a Cluster, name: &str) -> Option<(&'a Object, &'a StatefulSet)> {
    let object = cluster.api.store.get(Kind::StatefulSet, NAMESPACE, name)?;
    Some((object, object.stateful_set()?))
}

/// The Pods that were a set's when it decided.
fn members<'a>(cluster: &Cluster, set: &Object, before: &'a BTreeMap<Text, PodView>) -> BTreeMap<i64, &'a PodView> {
    let is_member = |(name, view): &(&Text, &PodView)| {
        let now = cluster.api.store.get(Kind::Pod, NAMESPACE, name).filter(|pod| pod.meta.uid == view.uid);
        let owner = now.map_or(view.owner, |pod| pod.meta.controller().map(|owner| owner.uid));
        owner == Some(set.meta.uid)
    };
    let ordinal = |(name, view): (&'a Text, &'a PodView)| {
        let (parent, ordinal) = parse_pod_name(name)?;
        (*parent == *set.meta.name).then_some((ordinal, view))
    };
    before.iter().filter(is_member).filter_map(ordinal).collect()
}

/// A write of a task: the set controller makes and deletes Pods in order, and only users delete claims that are retained.
pub fn check_change(
    cluster: &Cluster,
    change: &Change<'_>,
    before: &BTreeMap<Text, PodView>,
    deleting: &BTreeSet<Text>,
) {
    let has = |wanted: fn(&Milestone) -> bool| change.milestones.iter().any(wanted);
    let going = has(|m| matches!(m, Milestone::Terminating));
    if change.kind == Kind::PersistentVolumeClaim && going {
        let set = parse_pod_name(change.name).and_then(|(stem, _)| stem.rsplit_once('-')).map(|(_, set)| set);
        assert!(set.is_some_and(|set| deleting.contains(set)), "{} was retained, and deleted", change.name);
    }
    if change.kind != Kind::Pod || change.actor != Actor::StatefulSetController {
        return;
    }
    let Some((parent, ordinal)) = parse_pod_name(change.name) else { return };
    let Some((object, set)) = set_of(cluster, parent) else { panic!("{} was written for no set", change.name) };
    let pods = members(cluster, object, before);
    if has(|m| matches!(m, Milestone::Created(_))) {
        check_creation(cluster, object, &set.spec, ordinal, &pods);
    }
    let gone = has(|m| matches!(m, Milestone::Deleted));
    let was_going = before.get(change.name).is_none_or(|pod| pod.terminating);
    if (going || gone) && !was_going {
        check_deletion(cluster, object, set, ordinal, &pods);
    }
}

fn check_creation(
    cluster: &Cluster,
    object: &Object,
    spec: &StatefulSetSpec,
    ordinal: i64,
    pods: &BTreeMap<i64, &PodView>,
) {
    let name = &object.meta.name;
    assert!(spec.in_range(ordinal) && !object.meta.terminating(), "{name}-{ordinal} is not wanted");
    if spec.parallel {
        return;
    }
    for lower in spec.start..ordinal {
        let well = pods.get(&lower).is_some_and(|pod| pod.well(spec, cluster.now));
        assert!(well, "{name}-{ordinal} came before {name}-{lower} was available");
    }
}

fn check_deletion(cluster: &Cluster, object: &Object, set: &StatefulSet, ordinal: i64, pods: &BTreeMap<i64, &PodView>) {
    let (name, spec, now) = (&object.meta.name, &set.spec, cluster.now);
    // Made and deleted in one sync: see the regression test of that name.
    let Some(pod) = pods.get(&ordinal) else { return };
    let in_range = spec.in_range(ordinal);
    if in_range && matches!(pod.phase, Phase::Failed | Phase::Succeeded) {
        return;
    }
    let unwell: Vec<i64> =
        (spec.start..=spec.end()).filter(|o| pods.get(o).is_none_or(|pod| !pod.well(spec, now))).collect();
    if in_range {
        let UpdateStrategy::RollingUpdate(_) = spec.update else {
            panic!("{name}-{ordinal} was deleted under OnDelete")
        };
        assert_ne!(pod.revision, *set.status.update_revision, "{name}-{ordinal} was up to date");
        assert!(ordinal >= spec.start + spec.partition(), "{name}-{ordinal} is below the partition");
        let waits = |o: &i64| if spec.parallel { *o > ordinal } else { *o != ordinal };
        let unwell =
            unwell.iter().find(|o| waits(o) && pods.get(o).is_none_or(|p| p.terminating || !p.available(spec, now)));
        assert_eq!(unwell, None, "{name}-{ordinal} was updated while another was not available");
        if !spec.parallel {
            assert!(pods.keys().all(|o| spec.in_range(*o)), "{name}-{ordinal} was updated before the scale-down ended");
        }
    } else if !spec.parallel {
        let higher = pods.keys().filter(|o| !spec.in_range(**o)).find(|o| **o > ordinal);
        assert_eq!(higher, None, "{name}-{ordinal} went before a higher one");
        assert_eq!(unwell.first(), None, "{name}-{ordinal} went while one of the range was not available");
    }
}

/// A set's status counts Pods: rule S86.
pub fn check_set(object: &Object) {
    let Some(set) = object.stateful_set() else { return };
    let status = &set.status;
    let name = &object.meta.name;
    assert!(0 <= status.available && status.available <= status.ready, "{name}: {status:?}");
    assert!(status.ready <= status.replicas, "{name}: {status:?}");
    assert!(0 <= status.current && status.current <= status.replicas, "{name}: {status:?}");
    assert!(0 <= status.updated && status.updated <= status.replicas, "{name}: {status:?}");
    assert!(status.observed_generation <= object.meta.generation, "{name}: {status:?}");
}

/// Nothing hangs about when nothing is written any more.
pub fn check_rest(cluster: &Cluster) {
    let store = &cluster.api.store;
    for info in ALL {
        for object in store.all(info.kind) {
            let held = object.meta.terminating();
            for owner in &object.meta.owners {
                let there = store.by_uid(owner.uid).is_some();
                assert!(there || held, "{} {} has an owner that is gone: {owner:?}", info.name, object.meta.name);
            }
        }
    }
    assert!(cluster.pending().iter().all(|(_, task)| task.worker != Worker::Garbage), "the collector is not done");
}

/// Whether somebody else has a name that the set needs (rule S35), or a Pod that it adopted lacks its claims, which nobody
/// can give it any more (rule S55).
fn is_stuck(cluster: &Cluster, object: &Object, set: &StatefulSet) -> bool {
    (set.spec.start..=set.spec.end()).any(|ordinal| {
        let name = identity::pod_name(&object.meta.name, ordinal);
        let Some(pod) = cluster.api.store.get(Kind::Pod, NAMESPACE, &name) else { return false };
        let owned = pod.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid);
        let claims: Vec<Text> = pod.pod().into_iter().flat_map(Pod::claims).map(|claim| claim.claim.clone()).collect();
        let mut wanted = set.spec.claim_templates.iter();
        !owned || !wanted.all(|t| claims.contains(&identity::claim_name(&t.name, &object.meta.name, ordinal)))
    })
}

/// Whether a set of this name is there and cannot become what its spec says.
pub fn is_held_up(cluster: &Cluster, name: &str) -> bool {
    set_of(cluster, name).is_some_and(|(object, set)| is_stuck(cluster, object, set))
}

/// Whether a set has what its spec says, if nothing holds it up for ever.
pub fn check_reached(cluster: &Cluster, name: &str) {
    let Some((object, set)) = set_of(cluster, name) else { return };
    let store = &cluster.api.store;
    let owned = |pod: &Object| pod.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid);
    let wanted: Vec<Text> = (set.spec.start..=set.spec.end()).map(|o| identity::pod_name(name, o)).collect();
    if object.meta.terminating() || is_stuck(cluster, object, set) {
        return;
    }
    let mut pods: Vec<(i64, Text)> = store
        .in_namespace(Kind::Pod, NAMESPACE)
        .filter(|pod| owned(pod))
        .filter_map(|pod| Some((parse_pod_name(&pod.meta.name)?.1, pod.meta.name.clone())))
        .collect();
    pods.sort();
    let pods: Vec<Text> = pods.into_iter().map(|(_, name)| name).collect();
    assert_eq!(pods, wanted, "Pods of {name}, {:?}", set.status);
    let status = &set.status;
    let all = set.spec.replicas;
    assert_eq!((status.replicas, status.ready, status.available), (all, all, all), "{name}: {status:?}");
    assert_eq!(status.observed_generation, object.meta.generation);
    if let UpdateStrategy::RollingUpdate(_) = set.spec.update {
        let outdated = (all - set.spec.partition()).max(0);
        assert!(status.updated >= outdated, "{name}: {status:?}");
        for (ordinal, pod) in (set.spec.start..).zip(&pods).skip(set.spec.partition() as usize) {
            let pod = store.get(Kind::Pod, NAMESPACE, pod).expect("it was listed");
            assert_eq!(pod.meta.labels.get(REVISION), Some(&*status.update_revision), "{name}-{ordinal}");
        }
    }
    let live = |revision: &str| {
        let of_pod = |pod: &Text| store.get(Kind::Pod, NAMESPACE, pod).and_then(|p| p.meta.labels.get(REVISION));
        *revision == *status.current_revision
            || *revision == *status.update_revision
            || pods.iter().any(|pod| of_pod(pod) == Some(revision))
    };
    let history = store.dependents(object.meta.uid).into_iter().filter(|key| key.kind == Kind::ControllerRevision);
    let old = history.filter(|key| !live(&key.name)).count() as i64;
    assert!(old <= set.spec.history_limit, "{name} keeps {old} old revisions");
}
