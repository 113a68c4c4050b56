//! What a `DaemonSet`'s Pods are made of: the template, the tolerations that keep them where others go, the node they
//! are meant for (upstream `daemonset_util.go`).

use serde_json::{Value, json};

use super::node::Wants;
use crate::cluster::scheduler::requirements::Requirements;
use crate::resource::Object;
use crate::resource::meta::{Labels, Text};
use crate::resource::model::{DaemonSet, Pod, PodTemplate};

/// Label of Pods and revisions: the hash of the template.
pub(super) const HASH: &str = "controller-revision-hash";
/// Label of Pods: how often the template had changed.
const GENERATION_LABEL: &str = "pod-template-generation";
/// Annotation of sets: how often the template has changed.
const GENERATION: &str = "deprecated.daemonset.template.generation";

/// How often a set's template has changed, if its annotation can be read.
pub(super) fn generation(annotations: &Labels) -> Option<i64> {
    annotations.get(GENERATION).and_then(|text| text.parse().ok())
}

/// Whether a Pod has the present template.
pub(super) fn is_updated(pod: &Object, hash: &str, generation: Option<i64>) -> bool {
    let label = |key: &str| pod.meta.labels.get(key);
    label(HASH) == Some(hash) || generation.is_some_and(|g| label(GENERATION_LABEL) == Some(&*g.to_string()))
}

/// The taints that do not keep a daemon's Pod away (rule N5).
fn tolerations(spec: &Value) -> Vec<Value> {
    let toleration = |(key, effect): &(&str, &str)| json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect});
    let mut all = vec![
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    if spec["hostNetwork"] == true {
        all.push(("network-unavailable", "NoSchedule"));
    }
    all.iter().map(toleration).collect()
}

/// Adds the daemon's tolerations; one of the template about the same taint is replaced.
fn tolerate(spec: &mut Value) {
    let mut list = spec["tolerations"].as_array().cloned().unwrap_or_default();
    let same = |a: &Value, b: &Value| ["key", "effect", "operator", "value"].iter().all(|key| a.get(key) == b.get(key));
    for toleration in tolerations(spec) {
        match list.iter_mut().find(|known| same(known, &toleration)) {
            Some(known) => *known = toleration,
            None => list.push(toleration),
        }
    }
    spec["tolerations"] = list.into();
}

/// What the set's Pods ask of any node.
pub(super) fn requirements(set: &DaemonSet) -> Option<Wants> {
    let mut spec = set.spec.template()["spec"].clone();
    tolerate(&mut spec);
    let node = spec["nodeName"].as_str().filter(|name| !name.is_empty()).map(Text::from);
    let template = PodTemplate::new(spec.as_object()?.clone());
    Some(Wants { node, requirements: Requirements::new(0, &template) })
}

/// The template of the Pod that is meant for a node.
pub(super) fn template_for(node: &str, set: &DaemonSet, generation: Option<i64>, hash: &str) -> Value {
    let mut template = set.spec.template().clone();
    tolerate(&mut template["spec"]);
    if let Some(generation) = generation {
        template["metadata"]["labels"][GENERATION_LABEL] = generation.to_string().into();
    }
    template["metadata"]["labels"][HASH] = hash.into();
    template["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] =
        json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]);
    template
}

/// The node that a Pod has or is meant for (`GetTargetNodeName`).
pub(super) fn target_node(pod: &Pod) -> Option<Text> {
    if let Some(node) = &pod.node {
        return Some(node.clone());
    }
    let affinity = &pod.template.spec.get("affinity")?["nodeAffinity"];
    let terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"].as_array()?;
    let mut fields = terms.iter().flat_map(|term| term["matchFields"].as_array().into_iter().flatten());
    let field = fields.find(|field| field["key"] == "metadata.name" && field["operator"] == "In")?;
    match field["values"].as_array()?.as_slice() {
        [node] => node.as_str().map(Text::from),
        _ => None,
    }
}
