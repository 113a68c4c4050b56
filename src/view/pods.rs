//! The Pods of sets: state, revision, node, address, claims.

use std::sync::Arc;

use super::section::{Extent, Section};
use super::since::Name;
use super::style::Tone;
use super::table::Cell;
use crate::cluster::deployment::revision::TEMPLATE_HASH;
use crate::cluster::statefulset::identity;
use crate::kubectl::print::columns;
use crate::resource::{Kind, Object, Time};
use crate::store::Store;

/// The Pods of these sets, by set and ordinal.
#[must_use]
pub fn pods(store: &Store, sets: &[Name], now: Time) -> Section {
    let list: Vec<Arc<Object>> = sets.iter().flat_map(|set| pods_of(store, set)).collect();
    table_of(&list, now, about(store, sets, &list), Extent::Folded)
}

const COLUMNS: &[&str] = &["NAME", "READY", "STATUS", "+RESTARTS", "?REVISION", "?NODE", "IP", "~CLAIMS"];

/// A table of any Pods.
pub(super) fn table_of(pods: &[Arc<Object>], now: Time, about: String, extent: Extent) -> Section {
    let mut section = Section::new("PODS", about, COLUMNS);
    let (shown, left_out) = extent.of(pods);
    for pod in shown {
        section.table.row(row(pod, now));
    }
    section.left_out(left_out, "sts-lab get pods -o wide");
    section
}

/// The Pods that a set controls, by ordinal.
#[must_use]
pub fn pods_of(store: &Store, set: &Name) -> Vec<Arc<Object>> {
    let Some(owner) = store.get(Kind::StatefulSet, &set.0, &set.1) else { return Vec::new() };
    let keys = store.dependents(owner.meta.uid).into_iter().filter(|key| key.kind == Kind::Pod);
    let mut pods: Vec<Arc<Object>> =
        keys.filter_map(|key| store.get(Kind::Pod, &key.namespace, &key.name).cloned()).collect();
    pods.sort_by_key(|pod| ordinal(pod));
    pods
}

/// The ordinal that a Pod's name says.
#[must_use]
pub fn ordinal(pod: &Object) -> i64 {
    identity::parse_pod_name(&pod.meta.name).map_or(-1, |(_, ordinal)| ordinal)
}

/// A Pod's revision without the name of its set, or the hash of its template.
fn revision(pod: &Object) -> String {
    let labels = &pod.meta.labels;
    let full = labels.get(identity::REVISION).or_else(|| labels.get(TEMPLATE_HASH)).unwrap_or_default();
    full.rsplit('-').next().unwrap_or_default().to_string()
}

/// READY and STATUS as `kubectl get pods` has them, and the restarts.
#[must_use]
pub fn state(pod: &Object, now: Time) -> (String, Cell, String) {
    let json = pod.to_json();
    let table = columns::table(Kind::Pod, [&json], now);
    let cell = |at: usize| table.rows.first().and_then(|row| row.cells.get(at)).cloned().unwrap_or_default();
    let ready = pod.pod().is_some_and(|pod| pod.status.is_ready());
    let (ready_text, status, restarts) = (cell(1), cell(2), cell(3));
    let tone = match status.as_str() {
        "Running" if ready => Tone::Good,
        "Running" | "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" => Tone::Waiting,
        "Completed" | "Succeeded" => Tone::Plain,
        other if other.starts_with("Init:") && !other.contains("Err") && !other.contains("Back") => Tone::Waiting,
        _ => Tone::Bad,
    };
    (ready_text, Cell::new(status, tone), restarts)
}

fn row(object: &Object, now: Time) -> [Cell; 8] {
    let (ready, status, restarts) = state(object, now);
    let (node, ip, claims) = match object.pod() {
        Some(pod) => (
            pod.node.as_deref().unwrap_or("-").to_string(),
            pod.status.pod_ip.map_or("-".to_string(), |ip| ip.to_string()),
            pod.claims().map(|claim| claim.claim.to_string()).collect::<Vec<_>>().join(" "),
        ),
        None => Default::default(),
    };
    let dash = |text: String| if text.is_empty() { "-".to_string() } else { text };
    [
        object.meta.name.to_string().into(),
        ready.into(),
        status,
        restarts.into(),
        dash(revision(object)).into(),
        node.into(),
        ip.into(),
        dash(claims).into(),
    ]
}

fn about(store: &Store, sets: &[Name], pods: &[Arc<Object>]) -> String {
    let ready =
        pods.iter().filter(|pod| pod.pod().is_some_and(crate::resource::model::Pod::is_running_and_ready)).count();
    let wanted: i64 = sets
        .iter()
        .filter_map(|set| store.get(Kind::StatefulSet, &set.0, &set.1)?.stateful_set().map(|s| s.spec.replicas))
        .sum();
    let claims = pods.iter().any(|pod| pod.pod().is_some_and(|p| p.claims().next().is_some()));
    let keeps = if claims { "its name and its claims" } else { "its name" };
    format!("{ready} of {wanted} Ready. A Pod that is made again keeps {keeps}; its IP is new each time.")
}
