//! How many Pods each node has that a label rule means: counted with every write for the rules that some Pod has, so
//! that affinity and spreading never look at all Pods. A rule that is new counts them once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::nodes::Nodes;
use super::requirements::{PodTerm, Requirements};
use crate::resource::Kind;
use crate::resource::meta::{Meta, Text};
use crate::resource::selector::Selector;
use crate::store::Store;

/// Which Pods a rule means: all conditions must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Condition {
    /// `None` means all namespaces.
    namespaces: Option<Vec<Text>>,
    selector: Option<Selector>,
}

impl Condition {
    fn matches(&self, meta: &Meta) -> bool {
        self.namespaces.as_ref().is_none_or(|list| list.contains(&meta.namespace))
            && self.selector.as_ref().is_some_and(|s| s.matches(|key| meta.labels.get(key)))
    }
}

/// The Pods of a rule, by node slot.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Group {
    conditions: Vec<Condition>,
    /// All of them.
    pub all: Vec<i64>,
    /// Those that were not asked to go.
    pub live: Vec<i64>,
}

impl Group {
    fn matches(&self, meta: &Meta) -> bool {
        self.conditions.iter().all(|c| c.matches(meta))
    }

    fn count(&mut self, meta: &Meta, slot: usize, sign: i64) {
        if self.matches(meta) {
            *at(&mut self.all, slot) += sign;
            if !meta.terminating() {
                *at(&mut self.live, slot) += sign;
            }
        }
    }
}

/// Pods that have a rule about others, by node slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Carriers {
    conditions: Vec<Condition>,
    counts: Vec<i64>,
}

/// The counters of all rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Terms {
    groups: BTreeMap<String, Group>,
    /// By rule, topology key, and weight; a weight of `None` is required anti-affinity.
    carriers: BTreeMap<(String, Text, Option<i64>), Carriers>,
}

/// How many Pods run in each domain of a topology, by the value of its label.
pub type Domains = BTreeMap<Text, i64>;

impl Terms {
    /// The Pods that all of `terms` mean for a Pod, counted now if the rule is new.
    pub fn group(&mut self, terms: &[&PodTerm], pod: &Meta, store: &Store, nodes: &mut Nodes) -> &Group {
        let (name, conditions) = resolve(terms, pod, store);
        if !self.groups.contains_key(&name) {
            let mut group = Group { conditions, ..Group::default() };
            for object in store.all(Kind::Pod) {
                if let Some(node) = super::counted(object) {
                    let slot = nodes.slot(node);
                    group.count(&object.meta, slot, 1);
                }
            }
            self.groups.insert(name.clone(), group);
        }
        &self.groups[&name]
    }

    /// Whether the conditions of `terms` hold for the Pod that has them.
    pub fn means_itself(&mut self, terms: &[&PodTerm], pod: &Meta, store: &Store, nodes: &mut Nodes) -> bool {
        self.group(terms, pod, store, nodes).matches(pod)
    }

    /// Counts a Pod on a node (`sign` 1), or no longer (`sign` -1).
    pub fn count(&mut self, pod: &Meta, requirements: &Requirements, slot: usize, sign: i64, store: &Store) {
        for group in self.groups.values_mut() {
            group.count(pod, slot, sign);
        }
        let required = requirements.anti_affinity.iter().map(|t| (None, t));
        let preferred = requirements.preferred_pods.iter().map(|(weight, t)| (Some(*weight), t));
        for (weight, term) in required.chain(preferred) {
            let (name, conditions) = resolve(&[term], pod, store);
            let key = (name, term.topology_key.clone(), weight);
            let carriers = self.carriers.entry(key).or_insert_with(|| Carriers { conditions, counts: Vec::new() });
            *at(&mut carriers.counts, slot) += sign;
        }
    }

    /// The rules of running Pods that mean a Pod: their topology key, weight (`None` for required anti-affinity), and
    /// how many Pods in each domain have them.
    #[must_use]
    pub fn about(&self, pod: &Meta, nodes: &Nodes) -> Vec<(Text, Option<i64>, Domains)> {
        let meant = self.carriers.iter().filter(|(_, c)| c.conditions.iter().all(|c| c.matches(pod)));
        meant.map(|((_, key, weight), c)| (key.clone(), *weight, domains(&c.counts, key, nodes))).collect()
    }
}

/// The sums of per-node counts over the domains of a topology.
#[must_use]
pub fn domains(counts: &[i64], topology_key: &str, nodes: &Nodes) -> Domains {
    let mut out = Domains::new();
    for (slot, node) in nodes.iter() {
        let count = counts.get(slot).copied().unwrap_or(0);
        let labels = node.object.as_ref().map(|o| &o.meta.labels);
        if let Some(value) = labels.and_then(|l| l.get_text(topology_key)) {
            *out.entry(value.clone()).or_default() += count;
        }
    }
    out
}

/// The name of a rule, which is what it says, and its conditions.
fn resolve(terms: &[&PodTerm], pod: &Meta, store: &Store) -> (String, Vec<Condition>) {
    let mut name = String::new();
    let mut conditions = Vec::new();
    for term in terms {
        let namespaces = namespaces(term, pod, store);
        let selector = selector(term, pod);
        name += &json!([namespaces.as_ref().map(|l| l.iter().map(|n| &**n).collect::<Vec<_>>()), selector]).to_string();
        let selector = Some(&selector).filter(|s| !s.is_null());
        let selector = selector.and_then(|s| Selector::from_label_selector(s).ok());
        conditions.push(Condition { namespaces, selector });
    }
    (name, conditions)
}

fn namespaces(term: &PodTerm, pod: &Meta, store: &Store) -> Option<Vec<Text>> {
    if term.namespaces.is_empty() && term.namespace_selector.is_null() {
        return Some(vec![pod.namespace.clone()]);
    }
    let mut list = term.namespaces.clone();
    if !term.namespace_selector.is_null() {
        if term.namespace_selector.as_object().is_some_and(serde_json::Map::is_empty) {
            return None;
        }
        let selector = Selector::from_label_selector(&term.namespace_selector).ok();
        let all = store.all(Kind::Namespace).map(|n| &n.meta);
        let selected = all.filter(|m| selector.as_ref().is_some_and(|s| s.matches(|key| m.labels.get(key))));
        list.extend(selected.map(|m| m.name.clone()));
    }
    list.sort();
    list.dedup();
    Some(list)
}

/// The term's selector with the Pod's own values of `matchLabelKeys`.
fn selector(term: &PodTerm, pod: &Meta) -> Value {
    let mut selector = term.selector.clone();
    for key in &term.match_label_keys {
        if let (Some(value), Some(selector)) = (pod.labels.get(key), selector.as_object_mut()) {
            let expressions = selector.entry("matchExpressions").or_insert_with(|| json!([]));
            if let Some(list) = expressions.as_array_mut() {
                list.push(json!({"key": &**key, "operator": "In", "values": [value]}));
            }
        }
    }
    selector
}

fn at(list: &mut Vec<i64>, index: usize) -> &mut i64 {
    if list.len() <= index {
        list.resize(index + 1, 0);
    }
    &mut list[index]
}
