//! What is checked: the objects of the files with their places, and beside them those of a lab. Rules ask here for the
//! Services, claims, classes and budgets that belong to a workload.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Input, Place};
use crate::manifest::{Document, Problem};
use crate::resource::selector::Selector;

/// Nodes that are assumed when nobody says how many there are: those of a new lab.
const NODES: u32 = 3;
/// Zones that they are in, at most.
const ZONES: u32 = 3;

/// An object.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its kind, as written.
    pub kind: String,
    /// Its namespace, `default` if it names none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object.
    pub value: Value,
    /// Where it stands; none for one of a lab.
    pub document: Option<Document>,
    /// Its place among all.
    pub order: usize,
    /// The Pods it takes, if it has a label selector.
    selector: Option<Selector>,
    /// The labels of the Pods it makes.
    labels: Value,
}

/// A container of a subject, and its field path.
#[derive(Clone, Debug)]
pub struct Container<'s> {
    /// `spec.template.spec.containers[0]`.
    pub path: String,
    /// Its name.
    pub name: &'s str,
    /// Its image.
    pub image: &'s str,
    /// The container.
    pub value: &'s Value,
    /// Whether it runs before the others and ends.
    pub init: bool,
}

impl Subject {
    fn of_document(document: Document, order: usize) -> Subject {
        let value = document.value.clone();
        Subject { document: Some(document), ..Subject::of_value(value, order) }
    }

    fn of_value(value: Value, order: usize) -> Subject {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string();
        let (kind, name, namespace) = (text("/kind"), text("/metadata/name"), text("/metadata/namespace"));
        let namespace = if namespace.is_empty() { "default".to_string() } else { namespace };
        let selector = match kind.as_str() {
            "Service" => value["spec"]["selector"].as_object().filter(|s| !s.is_empty()).map(Selector::from_set),
            _ if value["spec"]["selector"].is_null() => None,
            _ => Selector::from_label_selector(&value["spec"]["selector"]).ok(),
        };
        let labels = if kind == "Pod" { "/metadata/labels" } else { "/spec/template/metadata/labels" };
        let labels = value.pointer(labels).cloned().unwrap_or_default();
        Subject { kind, namespace, name, value, document: None, order, selector, labels }
    }

    /// Whether it takes the Pods that a workload makes: a Service or a budget counts them, a controller owns them.
    #[must_use]
    pub fn selects(&self, workload: &Subject) -> bool {
        self.namespace == workload.namespace
            && self.selector.as_ref().is_some_and(|selector| selector.matches_json(&workload.labels))
    }

    /// `StatefulSet web`, or `StatefulSet shop/web` outside of `default`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.namespace.as_str() {
            "default" => format!("{} {}", self.kind, self.name),
            namespace => format!("{} {namespace}/{}", self.kind, self.name),
        }
    }

    /// The file it stands in.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.document.as_ref().map(|document| document.source.name.as_str())
    }

    /// The place of a field, or of the nearest of its parents.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Place> {
        let document = self.document.as_ref()?;
        let span = document.locate(path)?;
        let source = &document.source;
        let text = source.text.lines().nth(span.line - 1).unwrap_or_default().to_string();
        let value = source.line_column(span.value.start);
        let end = source.line_column(span.value.end.max(span.value.start));
        let rest = text.trim_end().chars().count() + 1;
        let stop = match (value.0 == span.line, end.0 == span.line) {
            (true, true) => end.1,
            (true, false) => rest,
            (false, _) => span.key.as_ref().map_or(rest, |key| source.line_column(key.end).1),
        };
        let width = stop.min(rest).saturating_sub(span.column).max(1);
        Some(Place { file: source.name.clone(), line: span.line, column: span.column, width, text })
    }

    /// The field of this path, null if it is not there. No key in it has a dot.
    #[must_use]
    pub fn get(&self, path: &str) -> &Value {
        path.split('.').filter(|step| !step.is_empty()).fold(&self.value, |value, step| &value[step])
    }

    /// The text at this path.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path).as_str()
    }

    /// Whether it runs Pods.
    #[must_use]
    pub fn runs_pods(&self) -> bool {
        matches!(self.kind.as_str(), "StatefulSet" | "Deployment" | "DaemonSet" | "ReplicaSet" | "Pod")
    }

    /// The path of the Pod's own metadata and spec: `spec.template`, or nothing for a Pod.
    #[must_use]
    pub fn pod_path(&self, rest: &str) -> String {
        if self.kind == "Pod" { rest.to_string() } else { format!("spec.template.{rest}") }
    }

    /// A field of the Pods it runs.
    #[must_use]
    pub fn pod(&self, rest: &str) -> &Value {
        self.get(&self.pod_path(rest))
    }

    /// The labels of its Pods.
    #[must_use]
    pub fn pod_labels(&self) -> &Value {
        &self.labels
    }

    /// How many Pods it wants, as far as it says so itself.
    #[must_use]
    pub fn replicas(&self) -> Option<i64> {
        match self.kind.as_str() {
            "DaemonSet" => None,
            "Pod" => Some(1),
            _ => Some(self.get("spec.replicas").as_i64().unwrap_or(1)),
        }
    }

    /// Its init containers and containers.
    #[must_use]
    pub fn containers(&self) -> Vec<Container<'_>> {
        let of = |list: &str, init: bool| {
            let path = self.pod_path(&format!("spec.{list}"));
            let items = self.get(&path).as_array().map(Vec::as_slice).unwrap_or_default();
            let make = |(at, value)| {
                let value: &Value = value;
                let text = |key: &str| value[key].as_str().unwrap_or_default();
                Container { path: format!("{path}[{at}]"), name: text("name"), image: text("image"), value, init }
            };
            items.iter().enumerate().map(make).collect::<Vec<_>>()
        };
        [of("initContainers", true), of("containers", false)].concat()
    }

    /// The containers that run for good.
    #[must_use]
    pub fn main_containers(&self) -> Vec<Container<'_>> {
        self.containers().into_iter().filter(|container| !container.init).collect()
    }

    /// The items of a list, each with its path.
    #[must_use]
    pub fn list(&self, path: &str) -> Vec<(String, &Value)> {
        let items = self.get(path).as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect()
    }

    /// The volumes of its Pods' spec, each with its path.
    #[must_use]
    pub fn volumes(&self) -> Vec<(String, &Value)> {
        self.list(&self.pod_path("spec.volumes"))
    }

    /// The claim templates of a set, each with its path and its name.
    #[must_use]
    pub fn templates(&self) -> Vec<(String, &str, &Value)> {
        if self.kind != "StatefulSet" {
            return Vec::new();
        }
        let name = |(path, value): (String, _)| {
            let value: &Value = value;
            (path, value["metadata"]["name"].as_str().unwrap_or_default(), value)
        };
        self.list("spec.volumeClaimTemplates").into_iter().map(name).collect()
    }
}

/// How many nodes and zones there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// Nodes.
    pub count: u32,
    /// Zones.
    pub zones: u32,
    /// Whether somebody said so, or a new lab is assumed.
    pub known: bool,
}

/// All that a rule sees.
pub struct Scope<'i> {
    /// What is checked.
    pub subjects: Vec<Subject>,
    /// What the lab has beside it.
    beside: Vec<Subject>,
    /// Both by kind: their indices, those of the lab after those that are checked.
    kinds: BTreeMap<String, Vec<usize>>,
    /// Why files could not be read.
    pub problems: &'i [Problem],
    /// The documents of the files, lists as they stand.
    pub documents: &'i [Document],
    /// The nodes.
    pub nodes: Nodes,
    /// Whether a lab was looked at: then what is missing in it is missing.
    pub with_lab: bool,
}

impl<'i> Scope<'i> {
    /// The scope of an input.
    #[must_use]
    pub fn new(input: &'i Input) -> Scope<'i> {
        let is_list = |document: &Document| document.value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
        let flat = input.documents.iter().flat_map(|d| if is_list(d) { d.children() } else { vec![d.clone()] });
        let mut subjects: Vec<Subject> = flat.enumerate().map(|(at, d)| Subject::of_document(d, at)).collect();
        let mut beside: Vec<Subject> = Vec::new();
        for (at, value) in input.lab.iter().enumerate() {
            let subject = Subject::of_value(value.clone(), input.documents.len() + at);
            let same =
                |s: &Subject| (&s.kind, &s.namespace, &s.name) == (&subject.kind, &subject.namespace, &subject.name);
            if !subjects.iter().any(same) {
                beside.push(subject);
            }
        }
        let nodes = nodes(input.nodes, subjects.iter().chain(&beside));
        let with_lab = !input.lab.is_empty();
        if input.check_lab {
            // What a controller made is its owner's affair.
            let own = |s: &Subject| s.value["metadata"]["ownerReferences"].as_array().is_none_or(Vec::is_empty);
            subjects.extend(beside.iter().filter(|s| own(s)).cloned());
            beside.retain(|s| !own(s));
        }
        let mut kinds: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, subject) in subjects.iter().chain(&beside).enumerate() {
            kinds.entry(subject.kind.clone()).or_default().push(at);
        }
        Scope { subjects, beside, kinds, problems: &input.problems, documents: &input.documents, nodes, with_lab }
    }

    /// The checked objects of a kind.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &Subject> {
        let of_kind = self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default();
        of_kind.iter().filter_map(|at| self.subjects.get(*at))
    }

    /// The checked sets.
    pub fn sets(&self) -> impl Iterator<Item = &Subject> {
        self.of("StatefulSet")
    }

    /// The checked workloads.
    pub fn workloads(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().filter(|subject| subject.runs_pods())
    }

    /// All objects of a kind, those of the lab too.
    pub fn any(&self, kind: &str) -> impl Iterator<Item = &Subject> {
        let of_kind = self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default();
        of_kind.iter().filter_map(|at| self.subjects.get(*at).or_else(|| self.beside.get(at - self.subjects.len())))
    }

    /// The object of a kind that stands beside another one in its namespace.
    #[must_use]
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Subject> {
        self.any(kind).find(|s| s.name == name && s.namespace == namespace)
    }

    /// The Service that a set names.
    #[must_use]
    pub fn service_of(&self, set: &Subject) -> Option<&Subject> {
        self.find("Service", &set.namespace, set.text("spec.serviceName").filter(|name| !name.is_empty())?)
    }

    /// The budgets that count the Pods of a workload.
    #[must_use]
    pub fn budgets_of(&self, workload: &Subject) -> Vec<&Subject> {
        self.any("PodDisruptionBudget").filter(|budget| budget.selects(workload)).collect()
    }

    /// The class of a claim's spec: the one it names, or else the default one, as far as they can be seen.
    #[must_use]
    pub fn class_of(&self, claim_spec: &Value) -> Option<&Subject> {
        if let Some(name) = claim_spec["storageClassName"].as_str() {
            return self.any("StorageClass").find(|class| class.name == name);
        }
        let default = |class: &&Subject| {
            class.value["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
        };
        self.any("StorageClass").find(default)
    }
}

/// Whether a label selector takes Pods with these labels. An empty one takes all.
#[must_use]
pub fn label_selector_matches(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    let none = Value::Object(Map::new());
    let labels = if labels.is_object() { labels } else { &none };
    Selector::from_label_selector(selector).is_ok_and(|selector| selector.matches_json(labels))
}

fn nodes<'s>(said: Option<u32>, subjects: impl Iterator<Item = &'s Subject>) -> Nodes {
    let nodes: Vec<&Subject> = subjects.filter(|subject| subject.kind == "Node").collect();
    let mut zones: Vec<&str> =
        nodes.iter().filter_map(|n| n.value["metadata"]["labels"]["topology.kubernetes.io/zone"].as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    match said {
        Some(count) => Nodes { count, zones: count.min(ZONES), known: true },
        None if nodes.is_empty() => Nodes { count: NODES, zones: ZONES, known: false },
        None => Nodes { count: nodes.len() as u32, zones: zones.len() as u32, known: true },
    }
}
