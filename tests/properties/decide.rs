//! `decide` and `Replicas` answer from indexes what [`super::plain`] finds by walking lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use sts_lab::cluster::statefulset::decide::{Action, DeleteReason, View, decide};
use sts_lab::cluster::statefulset::replicas::{Replica, Replicas};
use sts_lab::resource::Time;
use sts_lab::resource::meta::{Hint, Text, Uid};
use sts_lab::resource::model::{Phase, StatefulSetSpec, StatefulSetStatus};

use super::config;
use super::plain::World;

const NAMES: [&str; 3] = ["web-current", "web-update", "web-other"];
/// Ordinals of Pods are below this one.
const ORDINALS: i64 = 14;

/// The time of a second of the world.
fn at(second: u64) -> Time {
    Time::LAB_START + Duration::from_secs(second)
}

fn spec_json() -> impl Strategy<Value = Value> {
    let strategy = prop_oneof![
        1 => Just(json!({"type": "RollingUpdate"})),
        1 => Just(json!({"type": "OnDelete"})),
        4 => (0..=9).prop_map(|partition| json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}})),
        2 => Just(json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})),
    ];
    let min_ready = prop_oneof![Just(0), Just(5)];
    (0..=8, 0..=3, any::<bool>(), strategy, min_ready).prop_map(|(replicas, start, parallel, strategy, min_ready)| {
        let policy = if parallel { "Parallel" } else { "OrderedReady" };
        json!({"replicas": replicas, "ordinals": {"start": start}, "podManagementPolicy": policy,
            "updateStrategy": strategy, "minReadySeconds": min_ready})
    })
}

/// Pods are mostly well, or random worlds would all be stuck at the first.
fn replica() -> impl Strategy<Value = Replica> {
    let phase = prop_oneof![
        12 => Just(Phase::Running),
        2 => Just(Phase::Pending),
        1 => Just(Phase::Failed),
        1 => Just(Phase::Succeeded),
        1 => Just(Phase::Unknown),
    ];
    let ready = prop_oneof![1 => Just(None), 6 => (0..=10_u64).prop_map(Some)];
    let revision = prop_oneof![3 => Just(0), 3 => Just(1), 1 => Just(2)];
    (phase, ready, prop::bool::weighted(0.1), revision, prop::bool::weighted(0.9), 1..4_u128).prop_map(
        |(phase, ready, terminating, revision, identity, uid)| Replica {
            uid: Uid::new(uid),
            hint: Hint::default(),
            phase,
            ready_since: ready.map(at),
            terminating,
            revision: NAMES[revision].into(),
            identity,
        },
    )
}

/// A set whose spec, revisions and Pods are one moment of some cluster.
#[derive(Clone, Debug)]
struct Moment {
    spec: Arc<StatefulSetSpec>,
    status_current: i64,
    settled: bool,
    pods: BTreeMap<i64, Replica>,
    checked: BTreeSet<i64>,
}

impl Moment {
    fn update(&self) -> Text {
        NAMES[usize::from(!self.settled)].into()
    }

    fn world(&self) -> World<'_> {
        World {
            spec: &self.spec,
            status_current: self.status_current,
            current: NAMES[0].into(),
            update: self.update(),
            pods: self.pods.clone(),
            checked: self.checked.clone(),
            now: at(10),
        }
    }

    fn replicas(&self) -> Replicas {
        let mut replicas = Replicas::default();
        prepare(&mut replicas, &self.spec, at(10));
        for (ordinal, pod) in &self.pods {
            replicas.put(*ordinal, pod.clone());
        }
        prepare(&mut replicas, &self.spec, at(10));
        for ordinal in &self.checked {
            replicas.checked(*ordinal);
        }
        replicas
    }

    /// Both ways agree on what to do and on what there is.
    fn check(&self, replicas: &Replicas) {
        let (world, update) = (self.world(), self.update());
        let status = StatefulSetStatus { current: self.status_current, ..StatefulSetStatus::default() };
        let view = View { spec: &self.spec, status: &status, current: &NAMES[0].into(), update: &update, replicas };
        assert_eq!(decide(view), world.decide());
        assert_eq!(*replicas.counts(), world.counts());
    }
}

fn prepare(replicas: &mut Replicas, spec: &StatefulSetSpec, now: Time) {
    replicas.prepare(spec.start..=spec.end(), Duration::from_secs(spec.min_ready_seconds.unsigned_abs()), now);
}

fn moment() -> impl Strategy<Value = Moment> {
    let pods = prop::collection::btree_map(0..ORDINALS, replica(), 0..=14);
    let checked = prop::collection::btree_set(0..ORDINALS, 0..=14);
    (spec_json(), 0..=8_i64, prop::bool::weighted(0.3), pods, checked).prop_map(
        |(spec, status_current, settled, pods, checked)| {
            let checked = checked.into_iter().filter(|ordinal| pods.contains_key(ordinal)).collect();
            Moment { spec: StatefulSetSpec::new(spec), status_current, settled, pods, checked }
        },
    )
}

/// What happens to the Pods between two syncs.
#[derive(Clone, Debug)]
enum Change {
    Put(i64, Replica),
    Remove(i64),
    Checked(i64),
    Uncheck(i64),
    UncheckAll,
    /// A sync begins, under another spec and after some seconds.
    Sync(Value, u64),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        8 => (0..ORDINALS, replica()).prop_map(|(ordinal, pod)| Change::Put(ordinal, pod)),
        3 => (0..ORDINALS).prop_map(Change::Remove),
        4 => (0..ORDINALS).prop_map(Change::Checked),
        1 => (0..ORDINALS).prop_map(Change::Uncheck),
        1 => Just(Change::UncheckAll),
        4 => (spec_json(), 0..8_u64).prop_map(|(spec, seconds)| Change::Sync(spec, seconds)),
    ]
}

proptest! {
    #![proptest_config(config(6000))]

    #[test]
    fn decide_agrees_with_the_plain_one(moment in moment()) {
        moment.check(&moment.replicas());
    }
}

proptest! {
    #![proptest_config(config(800))]

    /// What is kept up to date change by change is what one finds who looks at every Pod again.
    #[test]
    fn replicas_kept_agree_with_replicas_rebuilt(changes in prop::collection::vec(change(), 1..60)) {
        follow(&changes);
    }
}

fn follow(changes: &[Change]) {
    let mut kept = Replicas::default();
    let mut pods: BTreeMap<i64, Replica> = BTreeMap::new();
    // Pods that came, or changed their identity, since they were last looked at.
    let mut due: BTreeSet<i64> = BTreeSet::new();
    let mut second = 10;
    for change in changes {
        match change {
            Change::Put(ordinal, pod) => {
                let old = pods.insert(*ordinal, pod.clone());
                if old.is_none_or(|old| (old.uid, old.identity) != (pod.uid, pod.identity)) {
                    due.insert(*ordinal);
                }
                kept.put(*ordinal, pod.clone());
            }
            Change::Remove(ordinal) => {
                pods.remove(ordinal);
                due.remove(ordinal);
                kept.remove(*ordinal);
            }
            Change::Checked(ordinal) => {
                due.remove(ordinal);
                kept.checked(*ordinal);
            }
            Change::Uncheck(ordinal) => {
                if pods.contains_key(ordinal) {
                    due.insert(*ordinal);
                }
                kept.uncheck(*ordinal);
            }
            Change::UncheckAll => {
                due.extend(pods.keys());
                kept.uncheck_all();
            }
            Change::Sync(spec, seconds) => {
                second += seconds;
                let spec = StatefulSetSpec::new(spec.clone());
                prepare(&mut kept, &spec, at(second));
                assert!(due.iter().all(|o| kept.next_unchecked(*o, *o).is_some()), "{due:?} of {kept:?}");
                let checked = pods.keys().copied().filter(|o| kept.next_unchecked(*o, *o).is_none()).collect();
                let world = World {
                    spec: &spec,
                    status_current: 2,
                    current: NAMES[0].into(),
                    update: NAMES[1].into(),
                    pods: pods.clone(),
                    checked,
                    now: at(second),
                };
                let status = StatefulSetStatus { current: 2, ..StatefulSetStatus::default() };
                let (current, update) = (NAMES[0].into(), NAMES[1].into());
                let view = View { spec: &spec, status: &status, current: &current, update: &update, replicas: &kept };
                assert_eq!(decide(view), world.decide());
                assert_eq!(*kept.counts(), world.counts());
                let next = pods.values().filter_map(|pod| pod.ready_since);
                let next = next.map(|t| t + Duration::from_secs(spec.min_ready_seconds.unsigned_abs()));
                let next = next.filter(|t| spec.min_ready_seconds > 0 && *t > at(second)).min();
                assert_eq!(kept.next_maturity(), next);
                assert!(NAMES.iter().all(|n| kept.has_revision(n) == pods.values().any(|pod| *pod.revision == **n)));
            }
        }
    }
}

fn healthy(revision: usize) -> Replica {
    let ready_since = Some(at(0));
    let revision = NAMES[revision].into();
    Replica {
        uid: Uid::new(1),
        hint: Hint::default(),
        phase: Phase::Running,
        ready_since,
        terminating: false,
        revision,
        identity: true,
    }
}

fn parallel(replicas: i64, strategy: &Value, pods: Vec<(i64, Replica)>, status_current: i64) -> Moment {
    let spec = json!({"replicas": replicas, "podManagementPolicy": "Parallel", "updateStrategy": strategy});
    let checked = pods.iter().map(|(ordinal, _)| *ordinal).collect();
    let pods = pods.into_iter().collect();
    Moment { spec: StatefulSetSpec::new(spec), status_current, settled: false, pods, checked }
}

/// Without `rollingUpdate` a missing Pod below `currentReplicas` is made at the old revision (rule S79), and the same
/// sync's update pass, which reads the list from before, deletes it again.
#[test]
fn a_pod_made_at_the_old_revision_goes_in_the_same_sync() {
    let moment = parallel(3, &json!({"type": "RollingUpdate"}), vec![(0, healthy(0)), (2, healthy(1))], 2);
    let current: Text = NAMES[0].into();
    let expected = [Action::Create(1, current), Action::Delete(1, DeleteReason::Outdated)];
    assert_eq!(moment.world().decide().actions, expected);
    moment.check(&moment.replicas());
}

/// A Pod that ended and is outdated is deleted by the replica pass and by the update pass, which counts it once more.
#[test]
fn an_ended_outdated_pod_is_deleted_twice() {
    let ended = Replica { phase: Phase::Failed, ready_since: None, ..healthy(0) };
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
    let moment = parallel(1, &strategy, vec![(0, ended)], 1);
    let expected = [Action::Delete(0, DeleteReason::Ended), Action::Delete(0, DeleteReason::Outdated)];
    assert_eq!(moment.world().decide().actions, expected);
    moment.check(&moment.replicas());
}
