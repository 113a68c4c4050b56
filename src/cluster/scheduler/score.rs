//! Which of the possible nodes is best: preferences first (rule K10), then even spreading (rule K11). Nothing is left to
//! chance; where the real scheduler throws a die, the first node wins.

use std::cmp::Reverse;

use super::nodes::{NodeInfo, Nodes};
use super::requirements::{Requirements, node_term_matches};
use super::terms::{Domains, Terms, domains};
use crate::resource::meta::{Meta, Text, Uid};
use crate::store::Store;

/// Weights of the scheduler's plugins.
const TAINT_WEIGHT: i64 = 3;
const NODE_AFFINITY_WEIGHT: i64 = 2;
const POD_AFFINITY_WEIGHT: i64 = 2;
const SPREAD_WEIGHT: i64 = 2;
const MAX_SCORE: i64 = 100;

/// The best of `slots` for a Pod.
pub fn best(
    slots: &[usize],
    meta: &Meta,
    requirements: &Requirements,
    terms: &mut Terms,
    nodes: &mut Nodes,
    store: &Store,
) -> Option<usize> {
    let owner = meta.controller().map(|o| o.uid);
    let preferences = preferences(slots, meta, requirements, terms, nodes, store);
    pick(slots, &preferences, owner, nodes)
}

fn pick(slots: &[usize], preferences: &[i64], owner: Option<Uid>, nodes: &Nodes) -> Option<usize> {
    let ranking = nodes.ranking(owner);
    let preference = |index: usize| preferences.get(index).copied().unwrap_or(0);
    let best = slots.iter().enumerate().min_by_key(|(index, slot)| (Reverse(preference(*index)), ranking(**slot)));
    best.map(|(_, slot)| *slot)
}

/// What the Pod's own preferences say of each node; empty if it has none.
fn preferences(
    slots: &[usize],
    meta: &Meta,
    requirements: &Requirements,
    terms: &mut Terms,
    nodes: &mut Nodes,
    store: &Store,
) -> Vec<i64> {
    let company = company(meta, requirements, terms, nodes, store);
    let spread = spreading(meta, requirements, terms, nodes, store);
    let soft_taints = slots.iter().any(|slot| nodes.get(*slot).is_some_and(|n| !n.taints.is_empty()));
    if company.is_empty() && spread.is_empty() && !soft_taints && requirements.preferred_nodes.is_empty() {
        return Vec::new();
    }
    let each = |score: &dyn Fn(&NodeInfo) -> i64| -> Vec<i64> {
        slots.iter().map(|slot| nodes.get(*slot).map_or(0, score)).collect()
    };
    let here = |rules: &[(Text, i64, Domains)], node: &NodeInfo| -> i64 {
        let labels = node.object.as_ref().map(|o| &o.meta.labels);
        let count = |(key, weight, domains): &(Text, i64, Domains)| {
            labels.and_then(|l| l.get(key)).and_then(|value| domains.get(value)).map_or(0, |count| weight * count)
        };
        rules.iter().map(count).sum()
    };
    let affinity = |node: &NodeInfo| -> i64 {
        let Some(labels) = node.object.as_ref().map(|o| &o.meta.labels) else { return 0 };
        let wanted = requirements.preferred_nodes.iter().filter(|(_, t)| node_term_matches(t, &node.name, labels));
        wanted.map(|(weight, _)| weight).sum()
    };
    let parts = [
        (NODE_AFFINITY_WEIGHT, scaled(&each(&affinity), 0)),
        (POD_AFFINITY_WEIGHT, spanned(&each(&|n| here(&company, n)))),
        (SPREAD_WEIGHT, spanned(&each(&|n| -here(&spread, n)))),
        (TAINT_WEIGHT, spanned(&each(&|n| i64::from(requirements.tolerates(&n.taints, true))))),
    ];
    (0..slots.len()).map(|index| parts.iter().map(|(weight, scores)| weight * scores[index]).sum()).collect()
}

/// Scores as shares of the highest.
fn scaled(scores: &[i64], least: i64) -> Vec<i64> {
    let most = scores.iter().max().copied().unwrap_or(0);
    let span = most - least;
    scores.iter().map(|score| if span > 0 { MAX_SCORE * (score - least) / span } else { 0 }).collect()
}

/// Scores as shares of the way from the lowest to the highest.
fn spanned(scores: &[i64]) -> Vec<i64> {
    scaled(scores, scores.iter().min().copied().unwrap_or(0))
}

/// Preferred affinity, the Pod's own and that of running Pods that means it.
fn company(
    meta: &Meta,
    requirements: &Requirements,
    terms: &mut Terms,
    nodes: &mut Nodes,
    store: &Store,
) -> Vec<(Text, i64, Domains)> {
    let about = terms.about(meta, nodes).into_iter();
    let mut out: Vec<_> = about.filter_map(|(key, weight, domains)| Some((key, weight?, domains))).collect();
    for (weight, term) in &requirements.preferred_pods {
        let counts = terms.group(&[term], meta, store, nodes).all.clone();
        out.push((term.topology_key.clone(), *weight, domains(&counts, &term.topology_key, nodes)));
    }
    out
}

/// Spread constraints that may be broken (`ScheduleAnyway`).
fn spreading(
    meta: &Meta,
    requirements: &Requirements,
    terms: &mut Terms,
    nodes: &mut Nodes,
    store: &Store,
) -> Vec<(Text, i64, Domains)> {
    let mut out = Vec::new();
    for constraint in requirements.spread.iter().filter(|s| !s.hard) {
        let counts = terms.group(&[&constraint.term], meta, store, nodes).live.clone();
        let key = &constraint.term.topology_key;
        out.push((key.clone(), 1, domains(&counts, key, nodes)));
    }
    out
}
