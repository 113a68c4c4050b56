//! Stretches of activity: from a Pod's first claim, or its creation, until it is Ready; from its deletion until it is
//! gone. Their order is what an ordered set promises.

use std::collections::{BTreeMap, BTreeSet};

use super::super::normalize::Milestone;

/// A set and an ordinal.
pub(super) type Unit = (String, u64);

/// What a stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Claims, of a Pod that is not made yet.
    Claim,
    /// A Pod on its way to Ready.
    Up,
    /// A Pod on its way out.
    Down,
    /// A Pod that was not Ready for a while and is again.
    Point,
}

/// One stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Whose.
    pub(super) unit: Unit,
    /// The place of its first milestone in the trace.
    pub(super) first: usize,
    /// The place of its last one.
    pub(super) last: usize,
    /// What it is.
    pub(super) sort: Sort,
}

/// The unit that a Pod is, by its name.
pub(super) fn unit(milestone: &Milestone) -> Option<Unit> {
    if milestone.kind == "Pod" { split(&milestone.id) } else { None }
}

fn split(name: &str) -> Option<Unit> {
    let (set, ordinal) = name.rsplit_once('-')?;
    let number = !set.is_empty() && !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit());
    if number { Some((set.into(), ordinal.parse().ok()?)) } else { None }
}

/// The units whose claim this may be.
fn claimed<'a>(claim: &str, sets: &'a BTreeSet<String>) -> impl Iterator<Item = Unit> + use<'a> {
    let split = split(claim);
    sets.iter().filter_map(move |set| {
        let (prefix, ordinal) = split.as_ref()?;
        let template = prefix.strip_suffix(set.as_str())?.strip_suffix('-')?;
        (!template.is_empty()).then(|| (set.clone(), *ordinal))
    })
}

/// The sets that a step knows of.
pub(super) fn sets(side: &super::super::normalize::Side) -> BTreeSet<String> {
    let objects = side.objects.iter().flat_map(BTreeMap::keys);
    let named = objects.filter(|(kind, _)| kind == "StatefulSet").map(|(_, name)| name.clone());
    let traced = side.trace.iter().flatten().filter(|milestone| milestone.kind == "StatefulSet");
    named.chain(traced.map(|milestone| milestone.id.clone())).collect()
}

/// The stretches of the Pods of `sets`, by their beginning.
pub(super) fn spans(trace: &[Milestone], sets: &BTreeSet<String>) -> Vec<Span> {
    let mut spans = Spans::default();
    for (at, milestone) in trace.iter().enumerate() {
        if milestone.kind == "PersistentVolumeClaim" && milestone.event == "created" {
            for unit in claimed(&milestone.id, sets) {
                match spans.current(&unit) {
                    Some(span) if span.sort == Sort::Claim => span.last = at,
                    _ => spans.open(unit, at, Sort::Claim),
                }
            }
        } else if let Some(unit) = unit(milestone).filter(|(set, _)| sets.contains(set)) {
            spans.pod(unit, at, &milestone.event);
        }
    }
    spans.all
}

#[derive(Default)]
struct Spans {
    all: Vec<Span>,
    open: BTreeMap<Unit, usize>,
}

impl Spans {
    fn current(&mut self, unit: &Unit) -> Option<&mut Span> {
        self.open.get(unit).and_then(|index| self.all.get_mut(*index))
    }

    fn open(&mut self, unit: Unit, at: usize, sort: Sort) {
        self.open.insert(unit.clone(), self.all.len());
        self.all.push(Span { unit, first: at, last: at, sort });
    }

    fn pod(&mut self, unit: Unit, at: usize, event: &str) {
        let sort = self.current(&unit).map(|span| span.sort);
        match event {
            "created" if sort == Some(Sort::Claim) => {
                if let Some(span) = self.current(&unit) {
                    (span.last, span.sort) = (at, Sort::Up);
                }
            }
            "created" => self.open(unit, at, Sort::Up),
            "terminating" => self.open(unit, at, Sort::Down),
            "scheduled" | "waiting" | "running" | "ready" => match sort {
                Some(Sort::Up) => self.extend(&unit, at),
                Some(Sort::Down) => {}
                _ if event == "ready" => self.all.push(Span { unit, first: at, last: at, sort: Sort::Point }),
                _ => {}
            },
            "deleted" | "succeeded" | "failed" | "unready" => {
                if sort == Some(Sort::Down) {
                    self.extend(&unit, at);
                }
                if event == "deleted" {
                    self.open.remove(&unit);
                }
            }
            _ => {}
        }
    }

    fn extend(&mut self, unit: &Unit, at: usize) {
        if let Some(span) = self.current(unit) {
            span.last = at;
        }
    }
}

/// Whether several Pods of a set were on their way at once.
pub(super) fn overlapping(spans: &[Span], set: &str) -> bool {
    let spans: Vec<&Span> = spans.iter().filter(|span| span.unit.0 == set && span.sort != Sort::Point).collect();
    spans
        .iter()
        .enumerate()
        .any(|(index, x)| spans[index + 1..].iter().any(|y| x.unit != y.unit && x.first <= y.last && y.first <= x.last))
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn trace(lines: &[(&str, &str, &str)]) -> Vec<Milestone> {
        let line = |(kind, id, event): &(&str, &str, &str)| Milestone {
            kind: (*kind).into(),
            id: (*id).into(),
            event: (*event).into(),
            members: Map::new(),
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn a_stretch_begins_with_the_claim_and_ends_with_ready() {
        let sets = BTreeSet::from(["web".to_string()]);
        let trace = trace(&[
            ("PersistentVolumeClaim", "www-web-0", "created"),
            ("PersistentVolumeClaim", "log-web-0", "created"),
            ("Pod", "web-0", "created"),
            ("Pod", "other-0", "created"),
            ("Pod", "web-0", "ready"),
            ("Pod", "web-1", "created"),
            ("Pod", "web-0", "terminating"),
            ("Pod", "web-0", "unready"),
            ("Pod", "web-0", "deleted"),
            ("Pod", "web-2", "ready"),
        ]);
        let spans = spans(&trace, &sets);
        let shape: Vec<_> = spans.iter().map(|s| (s.unit.1, s.first, s.last, s.sort)).collect();
        assert_eq!(shape, [(0, 0, 4, Sort::Up), (1, 5, 5, Sort::Up), (0, 6, 8, Sort::Down), (2, 9, 9, Sort::Point)]);
        assert!(!overlapping(&spans, "web"));
        assert!(overlapping(&[spans[0].clone(), Span { first: 2, ..spans[1].clone() }], "web"));
    }
}
