//! The milestones of each object as one sequence, and the statuses of each controller's objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::diff::python;
use super::super::normalize::Milestone;
use super::super::regex::GENERATED;

/// Kind, object, and which of its concerns: a claim's binding and resizing go on beside its creation and deletion.
pub(super) type Key = (String, String, &'static str);

/// The concern that a milestone belongs to; none if its place is not compared.
fn concern(milestone: &Milestone) -> Option<&'static str> {
    match (milestone.kind.as_str(), milestone.event.as_str()) {
        ("Event", _) | (_, "status" | "") | ("Node", "taints") | ("EndpointSlice", "updated") => None,
        ("PersistentVolumeClaim", "bound" | "lost" | "resize-requested" | "resizing" | "condition" | "resized") => {
            Some("volume")
        }
        ("PersistentVolume", "resized") => Some("size"),
        ("Node", "labels") => Some("labels"),
        _ => Some(""),
    }
}

/// The sequence of each object's milestones. Objects with generated names are one key: a sorted list of the texts of
/// their sequences.
pub(super) fn chains(trace: &[Milestone]) -> BTreeMap<Key, Vec<Value>> {
    let mut sequences: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    for milestone in trace {
        if let Some(concern) = concern(milestone) {
            let key = (milestone.kind.clone(), milestone.id.clone(), concern);
            sequences.entry(key).or_default().push(milestone.item());
        }
    }
    let mut chains: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    let mut siblings: BTreeSet<Key> = BTreeSet::new();
    for ((kind, name, concern), mut sequence) in sequences {
        if GENERATED.is_match(&name) {
            let key = (kind, GENERATED.replace_all(&name, "-<nnn>").into_owned(), concern);
            chains.entry(key.clone()).or_default().push(python(&sequence.into()).into());
            siblings.insert(key);
            continue;
        }
        if kind == "ControllerRevision" {
            collected_once(&mut sequence);
        }
        chains.insert((kind, name, concern), sequence);
    }
    for key in siblings {
        if let Some(sequences) = chains.get_mut(&key) {
            sequences.sort_by_cached_key(|sequence| sequence.as_str().unwrap_or_default().to_string());
        }
    }
    chains
}

/// While a set goes, its revision may be collected, made again and collected again: that counts once.
fn collected_once(sequence: &mut Vec<Value>) {
    let again = ["created", "deleted", "created", "deleted"];
    while sequence.len() >= 4 && sequence[sequence.len() - 4..].iter().map(|item| &item["event"]).eq(again) {
        sequence.truncate(sequence.len() - 2);
    }
}

/// The statuses of each object with a controller, and the taints of each Node.
pub(super) fn statuses(trace: &[Milestone]) -> BTreeMap<(String, String), Vec<Value>> {
    let mut statuses: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for milestone in trace {
        let kind = match (milestone.kind.as_str(), milestone.event.as_str()) {
            (kind, "status") => kind,
            ("Node", "taints") => "Node taints",
            _ => continue,
        };
        statuses.entry((kind.into(), milestone.text("name").into())).or_default().push(milestone.item());
    }
    statuses
}

/// A sequence for people: one line for each item.
pub(super) fn lines(items: &[Value]) -> Value {
    let line = |item: &Value| {
        let Value::Object(map) = item else { return item.clone() };
        let rest = map.iter().filter(|(key, _)| *key != "event").map(|(key, value)| match value {
            Value::String(text) => format!(" {key}={text}"),
            value => format!(" {key}={}", python(value)),
        });
        Value::String(item["event"].as_str().unwrap_or_default().to_string() + &rest.collect::<String>())
    };
    items.iter().map(line).collect()
}
