//! What `why` says of storage: why a claim has no volume or not the one that was expected, why it does not grow, why a
//! Pod waits for its volumes, and what helps. The sentences name the cause, not the rule.

mod claim;
mod pod;
mod volume;

pub use claim::{growth_help, lost, pending, settled};
pub use pod::{of_full_disk, of_node_without, of_volumes, unscheduled};
pub use volume::volume;

use std::sync::Arc;

use serde_json::Value;

use crate::cluster::Cluster;
use crate::resource::{Kind, Object};

/// A sentence that ends with one full stop, whatever the text does.
#[must_use]
pub fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end().trim_end_matches('.'))
}

/// The last Event about an object of which `wanted` holds: its reason and its message.
fn last_event(cluster: &Cluster, object: &Object, wanted: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let events = cluster.api.store.all(Kind::Event).filter_map(|o| o.event());
    let about = events.filter(|event| event.about.uid == object.meta.uid && wanted(&event.reason));
    about.max_by_key(|event| event.last).map(|event| (event.reason.to_string(), event.message.to_string()))
}

/// The volume that a claim is bound to.
fn volume_of<'a>(cluster: &'a Cluster, claim: &Object) -> Option<&'a Arc<Object>> {
    cluster.api.store.get(Kind::PersistentVolume, "", claim.claim()?.volume.as_deref()?)
}

/// The label and the value that nodes must have to reach a volume.
fn place_of(volume: &Object) -> Option<(String, Vec<String>)> {
    let terms = volume.volume()?.spec.json.get("nodeAffinity")?["required"]["nodeSelectorTerms"].as_array()?;
    let expression = terms.first()?["matchExpressions"].as_array()?.first()?;
    let values = expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string);
    Some((expression["key"].as_str()?.to_string(), values.collect()))
}

/// The command that frees a volume whose claim is gone.
fn free(volume: &str) -> String {
    format!("sts-lab patch pv {volume} -p '{{\"spec\":{{\"claimRef\":null}}}}'")
}
