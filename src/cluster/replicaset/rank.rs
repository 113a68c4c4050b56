//! Which Pods go first when there are too many (rule R9; upstream `ActivePodsWithRanks`).

use std::cmp::{Ordering, Reverse};

use crate::resource::meta::{Text, Uid};
use crate::resource::model::{ConditionStatus, ConditionType, Phase, Pod};
use crate::resource::{Object, Time};

/// The annotation that makes a Pod cheaper or dearer to delete.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What counts of a Pod when some have to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: Text,
    /// Its uid.
    pub uid: Uid,
    /// Whether it has a node.
    pub assigned: bool,
    /// Its phase.
    pub phase: Phase,
    /// Since which second it is Ready, if it is.
    pub ready_since: Option<Time>,
    /// What it costs to delete it.
    pub cost: i64,
    /// How many Pods of its kin are on its node, itself among them.
    pub siblings: usize,
    /// The most restarts of one of its containers, and of one of its sidecars.
    pub restarts: (i64, i64),
    /// In which second it was made.
    pub created: Time,
}

impl Candidate {
    /// A Pod with so many of its kin on its node.
    #[must_use]
    pub fn new(object: &Object, pod: &Pod, siblings: usize) -> Candidate {
        let ready = pod.status.condition(&ConditionType::Ready).filter(|c| c.status == ConditionStatus::True);
        let most = |counts: &mut dyn Iterator<Item = i64>| counts.max().unwrap_or(0);
        let sidecar = |name: &Text| pod.template.init_containers.iter().any(|c| c.sidecar && c.name == *name);
        let init = &pod.status.init_containers;
        Candidate {
            name: object.meta.name.clone(),
            uid: object.meta.uid,
            assigned: pod.node.is_some(),
            phase: pod.status.phase,
            ready_since: ready.map(|condition| condition.last_transition.to_the_second()),
            cost: object.meta.annotations.get(DELETION_COST).map_or(0, deletion_cost),
            siblings,
            restarts: (
                most(&mut pod.status.containers.iter().map(|c| c.restart_count)),
                most(&mut init.iter().filter(|c| sidecar(&c.name)).map(|c| c.restart_count)),
            ),
            created: object.meta.created.to_the_second(),
        }
    }
}

/// A cost as the API server accepts it: 32 bits, no plus sign, no leading zeros; anything else costs nothing.
fn deletion_cost(text: &str) -> i64 {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = text == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
    text.parse::<i32>().ok().filter(|_| plain).map_or(0, i64::from)
}

/// Puts those that go first to the front.
pub fn sort(candidates: &mut [Candidate], now: Time) {
    candidates.sort_by(|a, b| order(a, b, now));
}

fn order(a: &Candidate, b: &Candidate, now: Time) -> Ordering {
    let (first, second) = (key(a), key(b));
    first
        .cmp(&second)
        .then_with(|| by_age(a.ready_since, b.ready_since, (a, b), now))
        .then_with(|| b.restarts.cmp(&a.restarts))
        .then_with(|| by_age(Some(a.created), Some(b.created), (a, b), now))
}

fn key(pod: &Candidate) -> (bool, u8, bool, i64, Reverse<usize>) {
    let phase = match pod.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        _ => 2,
    };
    (pod.assigned, phase, pod.ready_since.is_some(), pod.cost, Reverse(pod.siblings))
}

/// The younger first. Ages count by the power of two they are in; within one the uid decides.
fn by_age(a: Option<Time>, b: Option<Time>, pods: (&Candidate, &Candidate), now: Time) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return Ordering::Equal };
    if a == b {
        return Ordering::Equal;
    }
    let rank = |time: Time| {
        let nanoseconds = i128::from(now.0 - time.0) * 1000;
        if nanoseconds > 0 { i64::from(nanoseconds.ilog2()) } else { -1 }
    };
    rank(a).cmp(&rank(b)).then_with(|| pods.0.uid.cmp(&pods.1.uid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str) -> Candidate {
        Candidate {
            name: name.into(),
            uid: Uid::new(1),
            assigned: true,
            phase: Phase::Running,
            ready_since: Some(Time(0)),
            cost: 0,
            siblings: 1,
            restarts: (0, 0),
            created: Time(0),
        }
    }

    #[track_caller]
    fn check(mut pods: Vec<Candidate>, now_seconds: i64) {
        let expect: Vec<Text> = pods.iter().map(|p| p.name.clone()).collect();
        pods.reverse();
        sort(&mut pods, Time(now_seconds * 1_000_000));
        assert_eq!(pods.iter().map(|p| p.name.clone()).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn r9_each_criterion_in_its_place() {
        let at = |seconds: i64| Time(seconds * 1_000_000);
        check(
            vec![
                Candidate { assigned: false, phase: Phase::Pending, ready_since: None, cost: 9, ..pod("unassigned") },
                Candidate { phase: Phase::Pending, ready_since: None, cost: 8, ..pod("pending") },
                Candidate { phase: Phase::Unknown, ready_since: None, cost: 7, ..pod("unknown") },
                Candidate { ready_since: None, cost: 6, ..pod("not-ready") },
                Candidate { cost: -1, ..pod("cheap") },
                Candidate { siblings: 3, ..pod("crowded") },
                Candidate { ready_since: Some(at(90)), restarts: (5, 0), ..pod("young") },
                Candidate { restarts: (2, 0), ..pod("restarted") },
                Candidate { restarts: (0, 1), ..pod("sidecar") },
                Candidate { created: at(95), ..pod("new") },
                pod("old"),
                Candidate { cost: 1, ..pod("dear") },
            ],
            100,
        );
    }

    #[test]
    fn r9_ages_count_on_a_scale_of_powers_of_two() {
        let at = |seconds: i64| Time(seconds * 1_000_000);
        // 60 s and 50 s are both between 2^35 and 2^36 ns: the uid decides.
        let [older, younger] = [("older", 40, 1), ("younger", 50, 2)].map(|(name, since, uid)| Candidate {
            ready_since: Some(at(since)),
            uid: Uid::new(uid),
            ..pod(name)
        });
        check(vec![older.clone(), younger.clone()], 100);
        // 60 s later 120 s are more than 2^36 ns, 110 s are too; 20 s are not.
        check(vec![Candidate { ready_since: Some(at(140)), ..younger }, older], 160);
    }

    #[test]
    fn r9_costs_that_the_server_would_refuse_cost_nothing() {
        assert_eq!(["10", "-10", "+10", "010", "x", "0", "99999999999"].map(deletion_cost), [10, -10, 0, 0, 0, 0, 0]);
    }
}
