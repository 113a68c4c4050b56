//! What the controller knows of a set's Pods, kept so that each question of a sync is answered in O(log n): which
//! ordinal is missing, which one is the first not available, which is the highest outdated one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::resource::Object;
use crate::resource::Time;
use crate::resource::meta::{Hint, Text, Uid};
use crate::resource::model::{ConditionStatus, ConditionType, Phase, Pod};

use super::by_ordinal::ByOrdinal;
use super::identity;
use super::ordinals::Ordinals;

#[expect(clippy::reversed_empty_ranges, reason = "a range without ordinals")]
const EMPTY: RangeInclusive<i64> = 0..=-1;

/// What counts of one Pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// The Pod's uid.
    pub uid: Uid,
    /// Where the Pod is.
    pub hint: Hint,
    /// Its phase.
    pub phase: Phase,
    /// Since when its Ready condition is True, if it is.
    pub ready_since: Option<Time>,
    /// Whether it was asked to go.
    pub terminating: bool,
    /// Its revision label, empty if it has none.
    pub revision: Text,
    /// Whether its pod-name label is its name (rule S54).
    pub identity: bool,
}

impl Replica {
    /// What counts of this Pod.
    #[must_use]
    pub fn of(object: &Object) -> Option<Replica> {
        let (labels, name) = (&object.meta.labels, &object.meta.name);
        let revision = labels.get_text(identity::REVISION).cloned().unwrap_or_default();
        let identity = labels.get(identity::POD_NAME) == Some(name);
        Some(Replica { revision, identity, ..Replica::unlabelled(object, object.pod()?) })
    }

    /// The same, but for what labels say.
    fn unlabelled(object: &Object, pod: &Pod) -> Replica {
        let ready = pod.status.condition(&ConditionType::Ready).filter(|c| c.status == ConditionStatus::True);
        Replica {
            uid: object.meta.uid,
            hint: object.meta.hint(),
            phase: pod.status.phase,
            ready_since: ready.map(|c| c.last_transition),
            terminating: object.meta.terminating(),
            revision: Text::default(),
            identity: false,
        }
    }

    /// Running phase and Ready condition (rule S27).
    #[must_use]
    pub fn running_and_ready(&self) -> bool {
        self.phase == Phase::Running && self.ready_since.is_some()
    }
}

/// How many Pods of each sort there are: what a status is made of (rule S86).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All Pods.
    pub replicas: i64,
    /// Running and Ready ones.
    pub ready: i64,
    /// Of these, those that are available.
    pub available: i64,
    /// Not terminating ones, by revision.
    pub by_revision: BTreeMap<Text, i64>,
}

/// The claimed Pods of a set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Replicas {
    pods: ByOrdinal<Replica>,
    counts: Counts,
    min_ready: Duration,
    range: Option<RangeInclusive<i64>>,
    /// Ordinals of the range that have no Pod.
    missing: Ordinals,
    /// Pods that ended.
    ended: Ordinals,
    /// Pods whose Ready condition is not True.
    unready: Ordinals,
    /// Pods that are Ready but not Running, which no kubelet does but a patch can.
    not_running: Ordinals,
    /// Pods that were asked to go.
    terminating: Ordinals,
    /// Ready Pods that are not available yet, and when each will be.
    immature: Ordinals,
    matures: BTreeSet<(Time, i64)>,
    /// Pods by revision: what is outdated is all but one of these.
    revisions: BTreeMap<Text, Ordinals>,
    /// Pods whose identity, claims or claims' owners have to be looked at.
    unchecked: Ordinals,
}

/// Which of the lists a Pod is on: unready, not running, ended, terminating.
fn lists(replica: &Replica) -> [bool; 4] {
    let ready = replica.ready_since.is_some();
    [!ready, ready && replica.phase != Phase::Running, replica.phase.is_terminal(), replica.terminating]
}

impl Replicas {
    /// One Pod.
    #[must_use]
    pub fn get(&self, ordinal: i64) -> Option<&Replica> {
        self.pods.get(ordinal)
    }

    /// All Pods, by ordinal.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, &Replica)> {
        self.pods.iter()
    }

    /// The counts.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Notes a Pod as it is now.
    pub fn put(&mut self, ordinal: i64, replica: Replica) {
        let known = self.pods.get(ordinal);
        let new = known.is_none_or(|old| old.uid != replica.uid || old.identity != replica.identity);
        if new {
            self.unchecked.insert(ordinal);
        }
        if known == Some(&replica) {
            return;
        }
        if known.is_some_and(|old| old.uid == replica.uid && old.revision == replica.revision) {
            return self.change(ordinal, replica);
        }
        self.remove(ordinal);
        self.counts.replicas += 1;
        self.counts.ready += i64::from(replica.running_and_ready());
        if !replica.terminating {
            *self.counts.by_revision.entry(replica.revision.clone()).or_default() += 1;
        }
        self.ripen(ordinal, &replica);
        self.list(ordinal, [false; 4], lists(&replica));
        self.revisions.entry(replica.revision.clone()).or_default().insert(ordinal);
        self.missing.remove(ordinal);
        self.pods.insert(ordinal, replica);
    }

    /// Notes what a known Pod has become whose labels are the same. `false` if it is not known under this ordinal.
    pub fn update(&mut self, ordinal: i64, object: &Object) -> bool {
        let known = self.pods.get(ordinal).filter(|known| known.uid == object.meta.uid);
        let Some((known, pod)) = known.zip(object.pod()) else { return false };
        let replica =
            Replica { revision: known.revision.clone(), identity: known.identity, ..Replica::unlabelled(object, pod) };
        if *known != replica {
            self.change(ordinal, replica);
        }
        true
    }

    /// A Pod of the same revision is in another state than before.
    fn change(&mut self, ordinal: i64, replica: Replica) {
        let Some(known) = self.pods.get_mut(ordinal) else { return };
        let old = std::mem::replace(known, replica.clone());
        self.counts.ready += i64::from(replica.running_and_ready()) - i64::from(old.running_and_ready());
        if old.terminating != replica.terminating {
            let count = self.counts.by_revision.entry(replica.revision.clone()).or_default();
            *count += if replica.terminating { -1 } else { 1 };
            self.counts.by_revision.retain(|_, count| *count > 0);
        }
        self.unripen(ordinal, &old);
        self.ripen(ordinal, &replica);
        self.list(ordinal, lists(&old), lists(&replica));
    }

    /// Counts a Ready Pod as available, or notes when it will be.
    fn ripen(&mut self, ordinal: i64, replica: &Replica) {
        match replica.ready_since {
            Some(since) if self.min_ready > Duration::ZERO => {
                self.immature.insert(ordinal);
                self.matures.insert((since + self.min_ready, ordinal));
            }
            _ => self.counts.available += i64::from(replica.running_and_ready()),
        }
    }

    fn unripen(&mut self, ordinal: i64, old: &Replica) {
        let Some(since) = old.ready_since else { return };
        let immature = self.min_ready > Duration::ZERO && self.immature.remove(ordinal);
        if immature {
            self.matures.remove(&(since + self.min_ready, ordinal));
        }
        self.counts.available -= i64::from(!immature && old.running_and_ready());
    }

    /// Moves a Pod between the lists of those in some state.
    fn list(&mut self, ordinal: i64, was: [bool; 4], is: [bool; 4]) {
        let lists = [&mut self.unready, &mut self.not_running, &mut self.ended, &mut self.terminating];
        for ((list, was), is) in lists.into_iter().zip(was).zip(is) {
            match (was, is) {
                (false, true) => {
                    list.insert(ordinal);
                }
                (true, false) => {
                    list.remove(ordinal);
                }
                _ => {}
            }
        }
    }

    /// Forgets a Pod.
    pub fn remove(&mut self, ordinal: i64) {
        let Some(old) = self.pods.remove(ordinal) else { return };
        self.counts.replicas -= 1;
        self.counts.ready -= i64::from(old.running_and_ready());
        if !old.terminating {
            if let Some(count) = self.counts.by_revision.get_mut(&old.revision) {
                *count -= 1;
            }
            self.counts.by_revision.retain(|_, count| *count > 0);
        }
        self.unripen(ordinal, &old);
        self.list(ordinal, lists(&old), [false; 4]);
        if let Some(set) = self.revisions.get_mut(&old.revision) {
            set.remove(ordinal);
            if set.is_empty() {
                self.revisions.remove(&old.revision);
            }
        }
        if self.range.as_ref().is_some_and(|range| range.contains(&ordinal)) {
            self.missing.insert(ordinal);
        }
    }

    /// Takes note of the range of ordinals, of `minReadySeconds` and of the time, before a sync asks its questions.
    pub fn prepare(&mut self, range: RangeInclusive<i64>, min_ready: Duration, now: Time) {
        if min_ready != self.min_ready {
            let pods = std::mem::take(&mut self.pods);
            let unchecked = self.unchecked.clone();
            *self = Replicas { min_ready, ..Replicas::default() };
            for (ordinal, replica) in pods.iter() {
                self.put(ordinal, replica.clone());
            }
            self.unchecked = unchecked;
        }
        while let Some((time, ordinal)) = self.matures.first().copied().filter(|(time, _)| *time <= now) {
            self.matures.remove(&(time, ordinal));
            self.immature.remove(ordinal);
            self.counts.available += i64::from(self.pods.get(ordinal).is_some_and(Replica::running_and_ready));
        }
        if self.range.as_ref() != Some(&range) {
            self.set_range(range);
        }
    }

    /// Only what is new is looked at, so that scaling by one costs one.
    fn set_range(&mut self, range: RangeInclusive<i64>) {
        let old = self.range.replace(range.clone()).unwrap_or(EMPTY);
        self.missing.retain(&range);
        let pieces = if old.is_empty() {
            [range.clone(), EMPTY]
        } else {
            [*range.start()..=(*range.end()).min(old.start() - 1), (*range.start()).max(old.end() + 1)..=*range.end()]
        };
        for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
            self.missing.insert_all(piece.clone());
            for (ordinal, _) in self.pods.range(piece) {
                self.missing.remove(ordinal);
            }
        }
        // Whose claims belong to whom depends on the range.
        for (ordinal, _) in self.pods.iter().filter(|(ordinal, _)| old.contains(ordinal) != range.contains(ordinal)) {
            self.unchecked.insert(ordinal);
        }
    }

    /// Marks a Pod as one whose identity and claims have to be looked at.
    pub fn uncheck(&mut self, ordinal: i64) {
        self.unchecked.insert(ordinal);
    }

    /// Marks all Pods so.
    pub fn uncheck_all(&mut self) {
        self.pods.iter().for_each(|(ordinal, _)| self.unchecked.insert(ordinal));
    }

    /// Notes that a Pod's identity and claims are as they should be.
    pub fn checked(&mut self, ordinal: i64) {
        self.unchecked.remove(ordinal);
    }

    /// The next Pod at or after an ordinal that has to be looked at.
    #[must_use]
    pub fn next_unchecked(&self, from: i64, to: i64) -> Option<i64> {
        self.unchecked.range(from..=to).find(|ordinal| self.pods.get(*ordinal).is_some())
    }

    /// The next ordinal without a Pod.
    #[must_use]
    pub fn next_missing(&self, from: i64) -> Option<i64> {
        self.missing.first(from..=i64::MAX)
    }

    /// The highest ordinal of `range` without a Pod.
    #[must_use]
    pub fn last_missing(&self, range: &RangeInclusive<i64>) -> Option<i64> {
        self.missing.last(range.clone())
    }

    /// The next Pod that ended.
    #[must_use]
    pub fn next_ended(&self, from: i64, to: i64) -> Option<i64> {
        self.ended.first(from..=to)
    }

    /// The lowest ordinal of `range` at which an ordered set has to stop: no Pod, or one that ended, is terminating, not
    /// Running and Ready, or not available.
    #[must_use]
    pub fn first_blocking(&self, range: &RangeInclusive<i64>) -> Option<i64> {
        let sets = [&self.missing, &self.ended, &self.unready, &self.not_running, &self.terminating, &self.immature];
        sets.iter().filter_map(|set| set.first(range.clone())).min()
    }

    /// The lowest ordinal of `range` whose Pod is missing, not available or terminating (rule S27).
    #[must_use]
    pub fn first_unavailable(&self, range: &RangeInclusive<i64>) -> Option<i64> {
        let sets = [&self.missing, &self.unready, &self.terminating, &self.immature];
        sets.iter().filter_map(|set| set.first(range.clone())).min()
    }

    /// The highest such ordinal.
    #[must_use]
    pub fn last_unavailable(&self, range: &RangeInclusive<i64>) -> Option<i64> {
        let sets = [&self.missing, &self.unready, &self.terminating, &self.immature];
        sets.iter().filter_map(|set| set.last(range.clone())).max()
    }

    /// The highest ordinal of `range` whose Pod has another revision and is not terminating.
    #[must_use]
    pub fn last_outdated(&self, range: &RangeInclusive<i64>, update: &str) -> Option<i64> {
        let others = self.revisions.iter().filter(|(revision, _)| ***revision != *update);
        let highest = |set: &Ordinals| set.range(range.clone()).rev().find(|o| !self.terminating.contains(*o));
        others.filter_map(|(_, set)| highest(set)).max()
    }

    /// Whether a Pod is available: Ready for long enough. Phase and termination do not count here.
    #[must_use]
    pub fn is_available(&self, ordinal: i64) -> bool {
        self.pods.get(ordinal).is_some_and(|r| r.ready_since.is_some()) && !self.immature.contains(ordinal)
    }

    /// The Pods outside `range`, highest ordinal first.
    pub fn condemned<'a>(&'a self, range: &RangeInclusive<i64>) -> impl Iterator<Item = (i64, &'a Replica)> + use<'a> {
        let (start, end) = if range.is_empty() { (0, -1) } else { (*range.start(), *range.end()) };
        let above = self.pods.range(end.saturating_add(1)..=i64::MAX).rev();
        let below = self.pods.range(0..=start.min(end + 1) - 1).rev();
        above.chain(below)
    }

    /// When the next Pod becomes available by time alone.
    #[must_use]
    pub fn next_maturity(&self) -> Option<Time> {
        self.matures.first().map(|(time, _)| *time)
    }

    /// Whether any claimed Pod has this revision.
    #[must_use]
    pub fn has_revision(&self, revision: &str) -> bool {
        self.revisions.contains_key(revision)
    }
}
