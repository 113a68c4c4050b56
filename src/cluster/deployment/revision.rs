//! Which `ReplicaSet` has a Deployment's template, and the annotations that number the revisions and remember the size.
//! Pure functions (upstream `deployment_util.go`).

use std::sync::Arc;

use serde_json::Value;

use crate::resource::Object;
use crate::resource::meta::{Labels, Text};
use crate::resource::model::DeploymentSpec;

/// Numbers the revisions, on `ReplicaSet`s and on the Deployment.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The numbers a `ReplicaSet` had before it was rolled back to.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The Deployment's size when it last set that of the `ReplicaSet`.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// That size and the surge.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// The label that tells the Pods of one template from those of another.
pub const TEMPLATE_HASH: &str = "pod-template-hash";

/// The annotations that a `ReplicaSet` does not take over from its Deployment.
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];
/// How long a revision history may become.
const HISTORY_LENGTH: usize = 2000;

/// The revision of a `ReplicaSet`; `None` if it cannot be read.
#[must_use]
pub fn number(annotations: &Labels) -> Option<i64> {
    annotations.get(REVISION).map_or(Some(0), |text| text.parse().ok())
}

/// A size that an annotation remembers.
#[must_use]
pub fn size(annotations: &Labels, key: &str) -> Option<i64> {
    annotations.get(key).and_then(|text| text.parse::<i32>().ok()).map(i64::from).filter(|size| *size >= 0)
}

/// The sets of a Deployment: the oldest with its template, and the others. Both sorts come oldest first, of one second
/// by name.
#[must_use]
pub fn new_and_old(spec: &DeploymentSpec, mut sets: Vec<Arc<Object>>) -> (Option<Arc<Object>>, Vec<Arc<Object>>) {
    sets.sort_by(|a, b| (a.meta.created, &a.meta.name).cmp(&(b.meta.created, &b.meta.name)));
    let has_template = |set: &Arc<Object>| {
        set.replica_set().is_some_and(|set| same_template(&set.spec.json["template"], spec.template()))
    };
    let new = sets.iter().position(has_template).map(|index| sets.remove(index));
    (new, sets)
}

/// Whether two templates differ in nothing but the label that tells `ReplicaSet`s apart.
#[must_use]
pub fn same_template(a: &Value, b: &Value) -> bool {
    if a["spec"] != b["spec"] {
        return false;
    }
    let members = |template: &Value| {
        let mut metadata = template["metadata"].as_object().cloned().unwrap_or_default();
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove(TEMPLATE_HASH);
        }
        metadata.retain(|_, value| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty()));
        metadata
    };
    members(a) == members(b)
}

/// The highest revision of some sets.
#[must_use]
pub fn highest(sets: &[Arc<Object>]) -> i64 {
    sets.iter().filter_map(|set| number(&set.meta.annotations)).max().unwrap_or(0).max(0)
}

/// The annotations that the new set of a Deployment should have: the Deployment's own, the revision if it is higher than
/// the one it has, and the history if that is a rollback (rule R10).
#[must_use]
pub fn annotations_of_new(deployment: &Labels, own: &Labels, revision: i64) -> Labels {
    let copied = deployment.texts().filter(|(key, _)| !KEPT.contains(&&**key));
    let annotations = own.with(copied);
    let Some(before) = number(own).filter(|before| *before < revision) else { return annotations };
    let mut news = vec![(Text::from(REVISION), Text::from(revision.to_string()))];
    if own.get(REVISION).is_some() {
        let history = history_with(own.get(REVISION_HISTORY).unwrap_or_default(), before);
        news.extend(history.map(|history| (Text::from(REVISION_HISTORY), Text::from(history))));
    }
    annotations.with(news)
}

/// A history with one revision more; the oldest go if it would be too long. `None` if there is no room even so.
fn history_with(history: &str, revision: i64) -> Option<String> {
    let revision = revision.to_string();
    if history.is_empty() {
        return Some(revision);
    }
    let mut rest = history;
    while rest.len() + revision.len() + 1 > HISTORY_LENGTH {
        rest = rest.split_once(',')?.1;
    }
    Some(format!("{rest},{revision}"))
}

/// The annotations that remember the size.
#[must_use]
pub fn with_sizes(annotations: &Labels, spec: &DeploymentSpec) -> Labels {
    let text = |number: i64| Text::from(number.to_string());
    annotations.with([
        (Text::from(DESIRED_REPLICAS), text(spec.replicas)),
        (Text::from(MAX_REPLICAS), text(spec.replicas + spec.max_surge())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(value: Value) -> Labels {
        Labels::from_json(Some(&value))
    }

    #[test]
    fn r10_a_rollback_gets_the_next_number_and_a_history() {
        let deployment = labels(json!({"team": "a", REVISION: "7", DESIRED_REPLICAS: "9"}));
        let new = annotations_of_new(&deployment, &Labels::default(), 1);
        assert_eq!(new, labels(json!({"team": "a", REVISION: "1"})));
        let same = annotations_of_new(&deployment, &new, 1);
        assert_eq!(same, new);
        let back = annotations_of_new(&deployment, &new, 3);
        assert_eq!(back, labels(json!({"team": "a", REVISION: "3", REVISION_HISTORY: "1"})));
        let again = annotations_of_new(&deployment, &back, 5);
        assert_eq!(again.get(REVISION_HISTORY), Some("1,3"));
        let odd = labels(json!({"team": "a", REVISION: "x"}));
        assert_eq!(annotations_of_new(&deployment, &odd, 5), odd);
    }

    #[test]
    fn a_history_loses_its_oldest_numbers() {
        let long: Vec<String> = (1000..1400).map(|n| n.to_string()).collect();
        let history = history_with(&long.join(","), 1400).unwrap();
        assert!(history.len() <= HISTORY_LENGTH && history.starts_with("1001,") && history.ends_with(",1399,1400"));
    }

    #[test]
    fn the_hash_label_and_empty_maps_do_not_make_templates_differ() {
        let spec = json!({"containers": [{"name": "a"}]});
        let template = |metadata: Value| json!({"metadata": metadata, "spec": spec});
        let plain = template(json!({"labels": {"app": "a"}, "annotations": {}}));
        let hashed = template(json!({"labels": {"app": "a", TEMPLATE_HASH: "x"}}));
        assert!(same_template(&plain, &hashed));
        assert!(!same_template(&plain, &template(json!({"labels": {"app": "b"}}))));
        assert!(!same_template(&plain, &template(json!({"labels": {"app": "a"}, "annotations": {"x": "1"}}))));
    }
}
