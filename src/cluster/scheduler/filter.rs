//! Which nodes a Pod may run on, and why not on the others: the filters of rule K1 in their order, with the reasons of
//! rule K2.
//!
//! Upstream: `pkg/scheduler/framework/plugins`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::nodes::{NodeInfo, Nodes};
use super::requirements::{PodTerm, Requirements, Spread, Taint};
use super::terms::{Domains, Terms, domains};
use super::volumes::Volumes;
use crate::resource::meta::{Meta, Text};
use crate::store::Store;

/// What may help a Pod that a filter turned down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hope(pub u8);

impl Hope {
    /// A new or changed node.
    pub const NODE: Hope = Hope(1);
    /// A Pod that ends and leaves room.
    pub const ROOM: Hope = Hope(2);
    /// Pods that come, go, or change their labels.
    pub const COMPANY: Hope = Hope(4);
    /// Pods that go, or change their labels.
    pub const ABSENCE: Hope = Hope(32);
    /// A new or changed volume or class.
    pub const VOLUME: Hope = Hope(8);
    /// One of the Pod's claims.
    pub const CLAIM: Hope = Hope(16);

    /// Both.
    #[must_use]
    pub const fn or(self, other: Hope) -> Hope {
        Hope(self.0 | other.0)
    }

    /// Whether they have something in common.
    #[must_use]
    pub const fn meets(self, other: Hope) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it is the same for all Pods of a template, whatever their claims and labels.
    #[must_use]
    pub const fn of_template(self) -> bool {
        self.0 & !(Hope::NODE.0 | Hope::ROOM.0) == 0
    }
}

/// Why a node will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The reasons, all of one filter.
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether the Pod would fit if others left.
    pub resolvable: bool,
    /// What may help.
    pub hope: Hope,
}

fn rejection(reason: &'static str, resolvable: bool, hope: Hope) -> Rejection {
    Rejection { reasons: vec![reason.into()], resolvable, hope }
}

/// One Pod that looks for a node, with everything that is the same for all nodes worked out.
pub struct Candidate<'a> {
    /// What it asks for.
    pub requirements: &'a Requirements,
    /// Its claims and volumes.
    pub volumes: Volumes,
    company: Company,
}

/// The Pods around: what affinity and spreading rules find in each domain.
#[derive(Debug, Default)]
struct Company {
    /// Required affinity: topology key, and the Pods all terms mean.
    affinity: Vec<(Text, Domains)>,
    /// Whether the Pod itself is what its affinity asks for, and no other is.
    first_of_its_kind: bool,
    anti_affinity: Vec<(Text, Domains)>,
    /// Required anti-affinity of running Pods that means this one.
    against: Vec<(Text, Domains)>,
    spread: Vec<Balance>,
}

/// One spread constraint: the Pods in each domain, and the least there are.
#[derive(Debug)]
struct Balance {
    topology_key: Text,
    max_skew: i64,
    domains: Domains,
    least: i64,
    itself: i64,
}

impl<'a> Candidate<'a> {
    /// Works out what is the same for all nodes.
    pub fn new(
        meta: &Meta,
        requirements: &'a Requirements,
        volumes: Volumes,
        terms: &mut Terms,
        nodes: &mut Nodes,
        store: &Store,
    ) -> Candidate<'a> {
        let mut company = Company::default();
        for (key, weight, domains) in terms.about(meta, nodes) {
            if weight.is_none() {
                company.against.push((key, domains));
            }
        }
        if requirements.relates() {
            company.read(meta, requirements, terms, nodes, store);
        }
        Candidate { requirements, volumes, company }
    }

    /// Why a node will not do; `None` if it will.
    #[must_use]
    pub fn reject(&self, node: &NodeInfo) -> Option<Rejection> {
        let object = node.object.as_ref()?;
        let requirements = self.requirements;
        if node.unschedulable && !requirements.tolerates(&[cordon()], false) {
            return Some(rejection("node(s) were unschedulable", false, Hope::NODE));
        }
        if !node.taints.is_empty() && !requirements.tolerates(&node.taints, false) {
            return Some(rejection("node(s) had untolerated taint(s)", false, Hope::NODE));
        }
        if !requirements.selects(&node.name, &object.meta.labels) {
            return Some(rejection("node(s) didn't match Pod's node affinity/selector", false, Hope::NODE));
        }
        if requirements.ports.iter().any(|port| node.ports.contains_key(port)) {
            let reason = "node(s) didn't have free ports for the requested pod ports";
            return Some(rejection(reason, true, Hope::NODE.or(Hope::ROOM)));
        }
        lacks(requirements, node).or_else(|| self.volumes.reject(object)).or_else(|| self.company.reject(node))
    }
}

/// The taint of a cordoned node; Pods that tolerate it may run there (rule K13).
fn cordon() -> Taint {
    Taint { key: "node.kubernetes.io/unschedulable".into(), value: Text::default(), effect: "NoSchedule".into() }
}

/// What a node has too little of.
fn lacks(requirements: &Requirements, node: &NodeInfo) -> Option<Rejection> {
    let mut reasons: Vec<Cow<'static, str>> = Vec::new();
    let mut resolvable = true;
    if node.pods + 1 > node.max_pods {
        reasons.push("Too many pods".into());
    }
    let (asked, used, all) = (requirements.requests, node.used, node.allocatable);
    let amounts = [
        ("Insufficient cpu", asked.cpu_milli, used.cpu_milli, all.cpu_milli),
        ("Insufficient memory", asked.memory, used.memory, all.memory),
        ("Insufficient ephemeral-storage", asked.ephemeral_storage, used.ephemeral_storage, all.ephemeral_storage),
    ];
    for (reason, asked, used, all) in amounts {
        if asked > 0 && asked > all - used {
            reasons.push(reason.into());
            resolvable &= asked <= all;
        }
    }
    for (name, asked) in &requirements.extended {
        let all = node.extended.get(name).copied().unwrap_or(0);
        let used = node.used_extended.get(name).copied().unwrap_or(0);
        if *asked > 0 && *asked > all - used {
            reasons.push(format!("Insufficient {name}").into());
            resolvable &= *asked <= all;
        }
    }
    let hope = Hope::NODE.or(Hope::ROOM);
    (!reasons.is_empty()).then_some(Rejection { reasons, resolvable, hope })
}

impl Company {
    fn read(&mut self, meta: &Meta, requirements: &Requirements, terms: &mut Terms, nodes: &mut Nodes, store: &Store) {
        let affinity: Vec<&PodTerm> = requirements.affinity.iter().collect();
        if !affinity.is_empty() {
            let counts = terms.group(&affinity, meta, store, nodes).all.clone();
            let each = affinity.iter().map(|t| (t.topology_key.clone(), domains(&counts, &t.topology_key, nodes)));
            self.affinity = each.collect();
            let alone = self.affinity.iter().all(|(_, d)| d.values().all(|count| *count == 0));
            self.first_of_its_kind = alone && terms.means_itself(&affinity, meta, store, nodes);
        }
        for term in &requirements.anti_affinity {
            let counts = terms.group(&[term], meta, store, nodes).all.clone();
            self.anti_affinity.push((term.topology_key.clone(), domains(&counts, &term.topology_key, nodes)));
        }
        let hard: Vec<&Spread> = requirements.spread.iter().filter(|s| s.hard).collect();
        for constraint in &hard {
            let group = terms.group(&[&constraint.term], meta, store, nodes).live.clone();
            let itself = i64::from(terms.means_itself(&[&constraint.term], meta, store, nodes));
            let domains = eligible_domains(constraint, &hard, &group, requirements, nodes);
            let enough = i64::try_from(domains.len()).unwrap_or(i64::MAX) >= constraint.min_domains;
            let least = if enough { domains.values().min().copied().unwrap_or(0) } else { 0 };
            let topology_key = constraint.term.topology_key.clone();
            self.spread.push(Balance { topology_key, max_skew: constraint.max_skew, domains, least, itself });
        }
    }

    fn reject(&self, node: &NodeInfo) -> Option<Rejection> {
        let labels = node.object.as_ref().map(|o| &o.meta.labels)?;
        let hope = Hope::NODE.or(Hope::COMPANY);
        for balance in &self.spread {
            let Some(value) = labels.get(&balance.topology_key) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Some(rejection(reason, false, hope));
            };
            let here = balance.domains.get(value).copied().unwrap_or(0);
            if here + balance.itself - balance.least > balance.max_skew {
                return Some(rejection("node(s) didn't match pod topology spread constraints", true, hope));
            }
        }
        let here =
            |(key, domains): &(Text, Domains)| labels.get(key).map(|value| domains.get(value).copied().unwrap_or(0));
        let counts: Vec<Option<i64>> = self.affinity.iter().map(here).collect();
        let lonely = counts.iter().any(Option::is_none) || counts.contains(&Some(0)) && !self.first_of_its_kind;
        if lonely {
            return Some(rejection("node(s) didn't match pod affinity rules", false, hope));
        }
        let hope = Hope::NODE.or(Hope::ABSENCE);
        let crowded = |rule: &(Text, Domains)| here(rule).is_some_and(|count| count > 0);
        if self.anti_affinity.iter().any(crowded) {
            return Some(rejection("node(s) didn't match pod anti-affinity rules", true, hope));
        }
        if self.against.iter().any(crowded) {
            return Some(rejection("node(s) didn't satisfy existing pods anti-affinity rules", true, hope));
        }
        None
    }
}

/// The Pods in each domain of a spread constraint, over the nodes that count: they have the labels of all constraints,
/// and the Pod could choose them.
fn eligible_domains(
    constraint: &Spread,
    hard: &[&Spread],
    counts: &[i64],
    requirements: &Requirements,
    nodes: &Nodes,
) -> Domains {
    let mut out = BTreeMap::new();
    for (slot, node) in nodes.iter() {
        let Some(labels) = node.object.as_ref().map(|o| &o.meta.labels) else { continue };
        let labelled = hard.iter().all(|s| labels.get(&s.term.topology_key).is_some());
        let selected = constraint.ignore_affinity || requirements.selects(&node.name, labels);
        let tolerated = !constraint.honor_taints || requirements.tolerates(&node.taints, false);
        if let Some(value) =
            labels.get_text(&constraint.term.topology_key).filter(|_| labelled && selected && tolerated)
        {
            *out.entry(value.clone()).or_default() += counts.get(slot).copied().unwrap_or(0);
        }
    }
    out
}
