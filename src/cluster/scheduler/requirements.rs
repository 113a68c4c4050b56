//! What a Pod asks of a node, read once for each template: resources, ports, node affinity, tolerations, rules about
//! other Pods.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::meta::{Labels, Text};
use crate::resource::model::{PodTemplate, Resources};
use crate::resource::quantity::Quantity;

/// A toleration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toleration {
    key: Text,
    exists: bool,
    value: Text,
    effect: Text,
    /// `tolerationSeconds`: how long a Pod may stay with a `NoExecute` taint, `None` for ever.
    pub seconds: Option<i64>,
}

/// A taint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taint {
    /// Its key.
    pub key: Text,
    /// Its value.
    pub value: Text,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: Text,
}

impl Taint {
    /// Reads a taint.
    #[must_use]
    pub fn from_json(value: &Value) -> Taint {
        Taint { key: text(value, "key"), value: text(value, "value"), effect: text(value, "effect") }
    }
}

impl Toleration {
    /// Reads a toleration.
    #[must_use]
    pub fn from_json(value: &Value) -> Toleration {
        Toleration {
            key: text(value, "key"),
            exists: value["operator"] == "Exists",
            value: text(value, "value"),
            effect: text(value, "effect"),
            seconds: value["tolerationSeconds"].as_i64(),
        }
    }

    /// Whether it fits a taint.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && (self.exists || self.value == taint.value)
    }
}

/// A rule about Pods that run in the same topology domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PodTerm {
    /// The label selector, null for none.
    #[serde(with = "crate::resource::stored::json")]
    pub selector: Value,
    /// Namespaces besides those of the selector; none of both means the Pod's own.
    pub namespaces: Vec<Text>,
    /// Which namespaces by their labels, null for none.
    #[serde(with = "crate::resource::stored::json")]
    pub namespace_selector: Value,
    /// The label of nodes that makes a domain.
    pub topology_key: Text,
    /// The Pod's own labels that the others must share.
    pub match_label_keys: Vec<Text>,
}

impl PodTerm {
    fn from_json(value: &Value) -> PodTerm {
        PodTerm {
            selector: value["labelSelector"].clone(),
            namespaces: texts(value, "namespaces"),
            namespace_selector: value["namespaceSelector"].clone(),
            topology_key: text(value, "topologyKey"),
            match_label_keys: texts(value, "matchLabelKeys"),
        }
    }
}

/// A topology spread constraint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// The Pods that are counted, and the domains.
    pub term: PodTerm,
    /// `maxSkew`.
    pub max_skew: i64,
    /// `minDomains`, 1 if not said.
    pub min_domains: i64,
    /// Whether it must hold (`DoNotSchedule`).
    pub hard: bool,
    /// Whether nodes with taints the Pod does not tolerate are left out (`nodeTaintsPolicy: Honor`).
    pub honor_taints: bool,
    /// Whether nodes the Pod does not select count too (`nodeAffinityPolicy: Ignore`).
    pub ignore_affinity: bool,
}

/// What Pods of one template ask of a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Requirements {
    /// Tells templates apart.
    pub id: u64,
    /// `priority`.
    pub priority: i64,
    /// Whether the Pod may push out others (`preemptionPolicy` is not `Never`).
    pub preempts: bool,
    /// Whether the lab's scheduler is asked (`schedulerName`).
    pub ours: bool,
    /// Whether scheduling gates hold the Pod.
    pub gated: bool,
    /// CPU, memory and ephemeral storage.
    pub requests: Resources,
    /// What scores count as used: as `requests`, with a minimum for each container that asks for nothing.
    pub assumed: Resources,
    /// Other resources by name.
    pub extended: Vec<(Text, i64)>,
    /// Ports of the node, with their protocol.
    pub ports: Vec<(i64, Text)>,
    /// `nodeSelector`.
    pub node_selector: Labels,
    /// Required node affinity, null for none.
    #[serde(with = "crate::resource::stored::json")]
    pub node_affinity: Value,
    /// Preferred node affinity: weight and term.
    #[serde(with = "crate::resource::stored::json")]
    pub preferred_nodes: Vec<(i64, Value)>,
    /// Tolerations.
    pub tolerations: Vec<Toleration>,
    /// Required Pod affinity.
    pub affinity: Vec<PodTerm>,
    /// Required Pod anti-affinity.
    pub anti_affinity: Vec<PodTerm>,
    /// Preferred Pod affinity, and anti-affinity with a negative weight.
    pub preferred_pods: Vec<(i64, PodTerm)>,
    /// Topology spread constraints.
    pub spread: Vec<Spread>,
}

/// What a container that asks for no CPU or memory counts as in scores.
const ASSUMED_CPU_MILLI: i64 = 100;
const ASSUMED_MEMORY: i64 = 200 * 1024 * 1024;

impl Requirements {
    /// Reads a template.
    #[must_use]
    pub fn new(id: u64, template: &PodTemplate) -> Requirements {
        let spec = &template.spec;
        let null = Value::Null;
        let get = |key: &str| spec.get(key).unwrap_or(&null);
        let affinity = get("affinity");
        let (nodes, pods, anti) = (&affinity["nodeAffinity"], &affinity["podAffinity"], &affinity["podAntiAffinity"]);
        let weighted = |value: &Value, sign: i64| -> Vec<(i64, PodTerm)> {
            let list = list(value, "preferredDuringSchedulingIgnoredDuringExecution");
            list.iter().map(|t| (sign * number(t, "weight"), PodTerm::from_json(&t["podAffinityTerm"]))).collect()
        };
        let required = |value: &Value| -> Vec<PodTerm> {
            list(value, "requiredDuringSchedulingIgnoredDuringExecution").iter().map(PodTerm::from_json).collect()
        };
        let preferred_nodes = list(nodes, "preferredDuringSchedulingIgnoredDuringExecution");
        let all = template.containers.iter().chain(&template.init_containers);
        let ports = all.flat_map(|c| &c.ports).filter(|p| p.host_port > 0);
        Requirements {
            id,
            priority: get("priority").as_i64().unwrap_or(0),
            preempts: get("preemptionPolicy") != "Never",
            ours: get("schedulerName").as_str().is_none_or(|s| s == "default-scheduler"),
            gated: get("schedulingGates").as_array().is_some_and(|g| !g.is_empty()),
            requests: with_overhead(template.requests, get("overhead")),
            assumed: assumed(template.requests, get("containers")),
            extended: extended(get("containers")),
            ports: ports.map(|p| (p.host_port, p.protocol.clone())).collect(),
            node_selector: Labels::from_json(spec.get("nodeSelector")),
            node_affinity: nodes["requiredDuringSchedulingIgnoredDuringExecution"].clone(),
            preferred_nodes: preferred_nodes.iter().map(|t| (number(t, "weight"), t["preference"].clone())).collect(),
            tolerations: array(get("tolerations")).iter().map(Toleration::from_json).collect(),
            affinity: required(pods),
            anti_affinity: required(anti),
            preferred_pods: weighted(pods, 1).into_iter().chain(weighted(anti, -1)).collect(),
            spread: array(get("topologySpreadConstraints")).iter().map(spread).collect(),
        }
    }

    /// Whether the Pod runs beside a taint: of those that keep Pods away, or with `soft` of those that only discourage.
    #[must_use]
    pub fn tolerates(&self, taints: &[Taint], soft: bool) -> bool {
        let matters = |t: &&Taint| (&*t.effect == "PreferNoSchedule") == soft;
        taints.iter().filter(matters).all(|taint| self.tolerations.iter().any(|t| t.tolerates(taint)))
    }

    /// Whether a node has the labels the Pod asks for.
    #[must_use]
    pub fn selects(&self, name: &str, labels: &Labels) -> bool {
        self.node_selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            && (self.node_affinity.is_null() || node_selector_matches(&self.node_affinity, name, labels))
    }

    /// Whether the Pod has rules about other Pods.
    #[must_use]
    pub fn relates(&self) -> bool {
        !(self.affinity.is_empty()
            && self.anti_affinity.is_empty()
            && self.preferred_pods.is_empty()
            && self.spread.is_empty())
    }
}

fn spread(value: &Value) -> Spread {
    Spread {
        term: PodTerm::from_json(value),
        max_skew: number(value, "maxSkew").max(1),
        min_domains: number(value, "minDomains").max(1),
        hard: value["whenUnsatisfiable"] != "ScheduleAnyway",
        honor_taints: value["nodeTaintsPolicy"] == "Honor",
        ignore_affinity: value["nodeAffinityPolicy"] == "Ignore",
    }
}

fn quantity(value: &Value, key: &str, milli: bool) -> i64 {
    let quantity = value[key].as_str().and_then(|s| Quantity::parse(s).ok());
    quantity.map_or(0, |q| if milli { q.milli_value() } else { q.value() })
}

fn with_overhead(requests: Resources, overhead: &Value) -> Resources {
    Resources {
        cpu_milli: requests.cpu_milli + quantity(overhead, "cpu", true),
        memory: requests.memory + quantity(overhead, "memory", false),
        ephemeral_storage: requests.ephemeral_storage + quantity(overhead, "ephemeral-storage", false),
    }
}

fn assumed(requests: Resources, containers: &Value) -> Resources {
    let without = |key: &str| {
        let each = array(containers).iter().filter(|c| c["resources"]["requests"].get(key).is_none());
        i64::try_from(each.count()).unwrap_or(0)
    };
    Resources {
        cpu_milli: requests.cpu_milli + without("cpu") * ASSUMED_CPU_MILLI,
        memory: requests.memory + without("memory") * ASSUMED_MEMORY,
        ..requests
    }
}

/// Requests for resources other than the usual ones, summed by name.
fn extended(containers: &Value) -> Vec<(Text, i64)> {
    let mut out: Vec<(Text, i64)> = Vec::new();
    for container in array(containers) {
        let requests = container["resources"]["requests"].as_object();
        for (name, value) in requests.into_iter().flatten() {
            if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
                continue;
            }
            let amount = value.as_str().and_then(|s| Quantity::parse(s).ok()).map_or(0, Quantity::value);
            match out.iter_mut().find(|(n, _)| **n == **name) {
                Some((_, sum)) => *sum += amount,
                None => out.push((name.as_str().into(), amount)),
            }
        }
    }
    out
}

/// Whether a node satisfies a `NodeSelector`: one of its terms, which are labels and fields to match.
#[must_use]
pub fn node_selector_matches(selector: &Value, name: &str, labels: &Labels) -> bool {
    list(selector, "nodeSelectorTerms").iter().any(|term| node_term_matches(term, name, labels))
}

/// Whether a node satisfies one term of a `NodeSelector`; an empty term matches nothing.
#[must_use]
pub fn node_term_matches(term: &Value, name: &str, labels: &Labels) -> bool {
    let (expressions, fields) = (list(term, "matchExpressions"), list(term, "matchFields"));
    (!expressions.is_empty() || !fields.is_empty())
        && expressions.iter().all(|e| accepts(e, labels.get(e["key"].as_str().unwrap_or_default())))
        && fields.iter().all(|f| accepts(f, (f["key"] == "metadata.name").then_some(name)))
}

fn accepts(requirement: &Value, value: Option<&str>) -> bool {
    let values = list(requirement, "values");
    let among = |value: &str| values.iter().any(|v| v == value);
    let number = || value.and_then(|v| v.parse::<i64>().ok());
    let limit = || values.first().and_then(Value::as_str).and_then(|v| v.parse::<i64>().ok());
    match requirement["operator"].as_str().unwrap_or_default() {
        "In" => value.is_some_and(among),
        "NotIn" => !value.is_some_and(among),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => number().zip(limit()).is_some_and(|(n, limit)| n > limit),
        "Lt" => number().zip(limit()).is_some_and(|(n, limit)| n < limit),
        _ => false,
    }
}

pub(super) fn text(value: &Value, key: &str) -> Text {
    value[key].as_str().unwrap_or_default().into()
}

fn texts(value: &Value, key: &str) -> Vec<Text> {
    list(value, key).iter().filter_map(Value::as_str).map(Text::from).collect()
}

fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or(0)
}

pub(super) fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    array(&value[key])
}

/// The requirements of the templates seen last.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RequirementCache {
    entries: Vec<Remembered>,
    next_id: u64,
}

/// A template that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Remembered {
    #[serde(with = "crate::resource::stored::shared")]
    template: Arc<PodTemplate>,
    #[serde(with = "crate::resource::stored::shared")]
    requirements: Arc<Requirements>,
}

/// How many templates are remembered.
const REMEMBERED: usize = 32;

impl RequirementCache {
    /// The requirements of a template, read if it is new.
    pub fn of(&mut self, template: &Arc<PodTemplate>) -> Arc<Requirements> {
        if let Some(known) = self.entries.iter().rfind(|known| Arc::ptr_eq(&known.template, template)) {
            return Arc::clone(&known.requirements);
        }
        self.next_id += 1;
        let requirements = Arc::new(Requirements::new(self.next_id, template));
        if self.entries.len() == REMEMBERED {
            self.entries.remove(0);
        }
        self.entries.push(Remembered { template: Arc::clone(template), requirements: Arc::clone(&requirements) });
        requirements
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn node_selector_terms() {
        let labels = Labels::from_json(Some(&json!({"zone": "a", "cores": "16"})));
        let check = |term: Value, expect: bool| {
            let selector = json!({"nodeSelectorTerms": [term]});
            assert_eq!(node_selector_matches(&selector, "node-0", &labels), expect, "{selector}");
        };
        let expression = |key: &str, operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        check(expression("zone", "In", &["a", "b"]), true);
        check(expression("zone", "NotIn", &["a"]), false);
        check(expression("disk", "NotIn", &["ssd"]), true);
        check(expression("disk", "Exists", &[]), false);
        check(expression("disk", "DoesNotExist", &[]), true);
        check(expression("cores", "Gt", &["8"]), true);
        check(expression("cores", "Lt", &["16"]), false);
        check(json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-0"]}]}), true);
        check(json!({}), false);
    }

    #[test]
    fn taints_and_tolerations() {
        let taint = |effect: &str| Taint { key: "dedicated".into(), value: "db".into(), effect: effect.into() };
        let check = |toleration: Value, expect: bool| {
            let tolerations = vec![Toleration::from_json(&toleration)];
            let requirements = Requirements { tolerations, ..Requirements::default() };
            assert_eq!(requirements.tolerates(&[taint("NoSchedule")], false), expect, "{toleration}");
        };
        check(json!({"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}), true);
        check(json!({"key": "dedicated", "value": "web"}), false);
        check(json!({"key": "dedicated", "operator": "Exists"}), true);
        check(json!({"operator": "Exists"}), true);
        check(json!({"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}), false);
        let none = Requirements::default();
        assert!(none.tolerates(&[taint("PreferNoSchedule")], false));
        assert!(!none.tolerates(&[taint("PreferNoSchedule")], true));
    }
}
