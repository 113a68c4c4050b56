//! How fast nodes may be tainted `NoExecute`: one every ten seconds in a zone, more slowly or not at all while much of
//! the zone is down, and never while no node is Ready (rule N4).
//!
//! Upstream: `handleDisruption` of `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, and
//! `pkg/controller/nodelifecycle/scheduler/rate_limited_queue.go`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::object;
use crate::resource::meta::Text;
use crate::resource::{Kind, Object, Time};
use crate::store::Store;

/// The time between two nodes of a zone.
const USUAL: Duration = Duration::from_secs(10);
/// The same while much of a large zone is down.
const REDUCED: Duration = Duration::from_secs(100);
/// Up to this many nodes a zone that is partly down is left alone.
const LARGE: usize = 50;
/// Nodes with this label do not count.
const EXCLUDED: &str = "node.kubernetes.io/exclude-disruption";

/// How a zone is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Not looked at yet.
    #[default]
    Initial,
    /// Most of its nodes are Ready.
    Normal,
    /// At least three nodes, and 55 % of them, are not.
    Partial,
    /// No node is Ready.
    Full,
}

/// Lets one node through at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Limiter {
    /// `None` lets none through.
    interval: Option<Duration>,
    next: Time,
}

impl Limiter {
    fn accepts(&mut self, now: Time) -> bool {
        let Some(interval) = self.interval.filter(|_| self.next <= now) else { return false };
        self.next = now + interval;
        true
    }

    /// A limiter that was exhausted begins exhausted with its new interval.
    fn swap(&mut self, interval: Option<Duration>, now: Time) {
        if self.interval == interval {
            return;
        }
        let exhausted = !self.accepts(now);
        self.interval = interval;
        self.next = if exhausted { now + interval.unwrap_or_default() } else { now };
    }
}

/// One zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Zone {
    state: State,
    limiter: Limiter,
    /// The nodes that wait for their taint.
    queue: VecDeque<Text>,
}

impl Default for Zone {
    fn default() -> Zone {
        let limiter = Limiter { interval: Some(USUAL), next: Time::default() };
        Zone { state: State::default(), limiter, queue: VecDeque::new() }
    }
}

type Name = (Text, Text);

/// All zones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Zones {
    zones: BTreeMap<Name, Zone>,
    /// Whether no node was Ready when they were last looked at.
    all_down: bool,
}

/// What a look at the zones calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing.
    Same,
    /// No node is Ready any more: evictions stop.
    AllDown,
    /// Some node is Ready again.
    SomeUp,
}

fn zone_of(node: &Object) -> Name {
    let label = |key: &str| node.meta.labels.get_text(key).cloned().unwrap_or_default();
    (label("topology.kubernetes.io/region"), label("topology.kubernetes.io/zone"))
}

impl Zones {
    /// Puts a node into its zone's queue; `false` if it waits there already.
    pub fn add(&mut self, node: &Object) -> bool {
        let queue = &mut self.zones.entry(zone_of(node)).or_default().queue;
        let new = !queue.contains(&node.meta.name);
        if new {
            queue.push_back(node.meta.name.clone());
        }
        new
    }

    /// Takes a node out of the queues.
    pub fn remove(&mut self, name: &str) {
        for zone in self.zones.values_mut() {
            zone.queue.retain(|waiting| **waiting != *name);
        }
    }

    /// The nodes whose turn it is, and when the next one's will be.
    pub fn take(&mut self, now: Time) -> (Vec<Text>, Option<Time>) {
        let (mut out, mut next) = (Vec::new(), None);
        for zone in self.zones.values_mut() {
            while !zone.queue.is_empty() && zone.limiter.accepts(now) {
                out.extend(zone.queue.pop_front());
            }
            if !zone.queue.is_empty() && zone.limiter.interval.is_some() {
                let due = zone.limiter.next;
                next = Some(next.map_or(due, |known: Time| known.min(due)));
            }
        }
        (out, next)
    }

    /// Looks how the zones are, and sets their limits.
    pub fn look(&mut self, store: &Store, now: Time) -> Turn {
        let mut counts: BTreeMap<Name, (usize, usize)> = BTreeMap::new();
        for node in store.all(Kind::Node).filter(|node| node.meta.labels.get(EXCLUDED).is_none()) {
            let count = counts.entry(zone_of(node)).or_default();
            if object::ready(node) == Some("True") {
                count.0 += 1;
            } else {
                count.1 += 1;
            }
        }
        self.zones.retain(|name, zone| counts.contains_key(name) || !zone.queue.is_empty());
        let all_down = !counts.is_empty() && counts.values().all(|(ready, _)| *ready == 0);
        let was_down = std::mem::replace(&mut self.all_down, all_down);
        for (name, (ready, not_ready)) in counts {
            let zone = self.zones.entry(name).or_default();
            zone.state = state(ready, not_ready);
            let interval = match zone.state {
                _ if all_down => None,
                State::Partial if ready + not_ready > LARGE => Some(REDUCED),
                State::Partial => None,
                _ => Some(USUAL),
            };
            zone.limiter.swap(interval, now);
        }
        match (was_down, all_down) {
            (false, true) => Turn::AllDown,
            (true, false) => Turn::SomeUp,
            _ => Turn::Same,
        }
    }
}

fn state(ready: usize, not_ready: usize) -> State {
    if ready == 0 && not_ready > 0 {
        State::Full
    } else if not_ready > 2 && not_ready * 100 >= (not_ready + ready) * 55 {
        State::Partial
    } else {
        State::Normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_states_of_a_zone() {
        let cases = [
            (3, 0, State::Normal),
            (1, 2, State::Normal),
            (2, 3, State::Partial),
            (3, 3, State::Normal),
            (0, 1, State::Full),
            (0, 0, State::Normal),
        ];
        for (ready, not_ready, expect) in cases {
            assert_eq!(state(ready, not_ready), expect, "{ready} ready, {not_ready} not");
        }
    }

    #[test]
    fn n4_one_node_every_ten_seconds() {
        let at = |seconds: u64| Time::LAB_START + Duration::from_secs(seconds);
        let mut limiter = Zone::default().limiter;
        assert!(limiter.accepts(at(0)) && !limiter.accepts(at(9)) && limiter.accepts(at(10)));
        limiter.swap(None, at(12));
        assert!(!limiter.accepts(at(500)));
        limiter.swap(Some(USUAL), at(600));
        assert!(!limiter.accepts(at(609)) && limiter.accepts(at(610)));
    }
}
