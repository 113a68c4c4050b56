//! The state of a real cluster, as `kubectl get … -o yaml` writes it, made into one that a lab can go on from: read and
//! checked (`read`), made whole where something is missing (`stand_ins`), with what is broken in it found out
//! (`broken`). Everything that was left out or put in is told. Loading it is [`Cluster::import`].
//!
//! [`Cluster::import`]: crate::cluster::Cluster::import

mod broken;
mod configs;
mod read;
mod stand_ins;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

pub use read::{Read, read};

use crate::cluster::State;
use crate::resource::{Kind, Time};
use crate::view::words;

/// A state and what is to be said of it.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// The state.
    pub state: State,
    /// How many objects of each kind were taken from the files, in the order of [`Kind`].
    pub counts: BTreeMap<Kind, usize>,
    /// What was left out, or put in, and what that means; one sentence or two each.
    pub notices: Vec<String>,
}

/// What to do with an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Keep the values of Secrets. A lab's journal is a plain file.
    pub secrets: bool,
}

/// The objects of a cluster, by kind, namespace and name.
type Objects = BTreeMap<(Kind, String, String), Value>;

/// Makes a state of what was read.
#[must_use]
pub fn prepare(read: Read, options: Options) -> Prepared {
    let mut notices = Vec::new();
    let mut objects = read.objects;
    let found: BTreeSet<_> = objects.keys().cloned().collect();
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    let at = latest(&objects).unwrap_or(Time::LAB_START);
    if !read.unmodelled.is_empty() {
        let list: Vec<String> = read.unmodelled.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        notices.push(format!(
            "left out, since the lab does not model these kinds: {}. Objects that they own stay.",
            words::list(&list)
        ));
    }
    notices.extend(secrets(&mut objects, options));
    stand_ins::make_whole(&mut objects, at, &mut notices);
    for (kind, ..) in objects.keys().filter(|key| found.contains(*key)) {
        *counts.entry(*kind).or_default() += 1;
    }
    let faults = broken::faults(&objects, at);
    let mut objects: Vec<(usize, Value)> =
        objects.into_iter().map(|((kind, ..), object)| (place(kind), object)).collect();
    objects.sort_by_key(|(place, _)| *place);
    let objects = objects.into_iter().map(|(_, object)| object).collect();
    Prepared { state: State { at, objects, faults }, counts, notices }
}

/// Kinds that others refer to come before them.
fn place(kind: Kind) -> usize {
    let first = [
        Kind::Namespace,
        Kind::Node,
        Kind::StorageClass,
        Kind::PersistentVolume,
        Kind::PersistentVolumeClaim,
        Kind::Service,
        Kind::ControllerRevision,
        Kind::StatefulSet,
        Kind::Deployment,
        Kind::ReplicaSet,
        Kind::DaemonSet,
        Kind::Pod,
    ];
    first.iter().position(|other| *other == kind).unwrap_or(first.len())
}

/// Takes the values out of Secrets, unless they are wanted.
fn secrets(objects: &mut Objects, options: Options) -> Option<String> {
    let mut count = 0;
    for ((kind, ..), object) in objects.iter_mut() {
        if *kind != Kind::Secret || options.secrets {
            continue;
        }
        count += 1;
        if let Some(notes) = object["metadata"].get_mut("annotations").and_then(Value::as_object_mut) {
            notes.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        for value in
            object.get_mut("data").and_then(Value::as_object_mut).into_iter().flat_map(|data| data.values_mut())
        {
            *value = "".into();
        }
    }
    (count > 0).then(|| {
        format!(
            "the values of {} are left out, their keys are kept: a lab is a plain file (--with-secrets keeps them)",
            words::count(count, "Secret")
        )
    })
}

/// The latest time that is written anywhere in the objects: about the time at which they were read.
fn latest(objects: &Objects) -> Option<Time> {
    objects.values().filter_map(latest_in).chain(patience(objects)).max()
}

/// When Pods had been Ready for long enough to count as available, where their controllers say that they are
/// (`minReadySeconds`): the state is at least that old.
fn patience(objects: &Objects) -> impl Iterator<Item = Time> {
    let all_available = |status: &Value| {
        let same = |one: &str, other: &str| status[one].as_i64().unwrap_or(0) == status[other].as_i64().unwrap_or(0);
        same("availableReplicas", "readyReplicas") && same("numberAvailable", "numberReady")
    };
    let patient: BTreeMap<&str, Duration> = objects
        .values()
        .filter(|object| all_available(&object["status"]))
        .filter_map(|object| {
            let seconds = object["spec"]["minReadySeconds"].as_u64().filter(|seconds| *seconds > 0)?;
            Some((object["metadata"]["uid"].as_str()?, Duration::from_secs(seconds)))
        })
        .collect();
    objects.values().filter_map(move |pod| {
        let owners = pod["metadata"]["ownerReferences"].as_array()?;
        let wait = owners.iter().find_map(|owner| patient.get(owner["uid"].as_str()?))?;
        let ready =
            pod["status"]["conditions"].as_array()?.iter().find(|c| c["type"] == "Ready" && c["status"] == "True")?;
        Some(Time::parse(ready["lastTransitionTime"].as_str()?)? + *wait)
    })
}

fn latest_in(value: &Value) -> Option<Time> {
    let is_time = |key: &str| {
        key != "deletionTimestamp" && (key.ends_with("Time") || key.ends_with("Timestamp") || key.ends_with("At"))
    };
    match value {
        Value::Object(members) => members
            .iter()
            .filter_map(|(key, value)| match value {
                Value::String(text) if is_time(key) => Time::parse(text),
                // What is applied or templated is no sign of the time.
                _ if matches!(key.as_str(), "annotations" | "template" | "data") => None,
                value => latest_in(value),
            })
            .max(),
        Value::Array(items) => items.iter().filter_map(latest_in).max(),
        _ => None,
    }
}
