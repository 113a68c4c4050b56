//! Reads the documents of an import: lists are opened, every object is checked for what a server always writes, and
//! what is wrong is shown with its place.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Objects;
use crate::apiserver::defaults;
use crate::manifest::{Document, Problem, render};
use crate::resource::Kind;
use crate::resource::meta::Uid;
use crate::view::blame;

/// Faults that are shown; who sees five knows what to look for.
const SHOWN: usize = 5;
/// Lists in lists in lists: more is no state of a cluster.
const DEPTH: usize = 4;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The objects.
    pub(super) objects: Objects,
    /// How many objects there are of each kind that the lab does not model.
    pub unmodelled: BTreeMap<String, usize>,
}

impl Read {
    /// Whether nothing was found that a lab could begin with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

/// Reads documents; on failure, what is wrong, each with its place.
pub fn read(documents: &[Document], problems: &[Problem], color: bool) -> Result<Read, Vec<String>> {
    let mut faults: Vec<String> = problems.iter().map(|problem| problem.render(color)).collect();
    let mut out = Read::default();
    for document in documents {
        if let Some(journal) = journal(document) {
            return Err(vec![journal]);
        }
        take(document, color, DEPTH, &mut out, &mut faults);
    }
    if faults.is_empty() {
        return Ok(out);
    }
    let more = faults.len().saturating_sub(SHOWN);
    faults.truncate(SHOWN);
    if more > 0 {
        faults.push(format!("… and {more} more"));
    }
    Err(faults)
}

/// Somebody took the one import for the other.
fn journal(document: &Document) -> Option<String> {
    document.value.get("stsLabJournal")?;
    let name = &document.source.name;
    Some(format!("error: {name} is a journal of sts-lab: `sts-lab lab import {name}` makes a lab of it"))
}

fn take(document: &Document, color: bool, depth: usize, out: &mut Read, faults: &mut Vec<String>) {
    let value = &document.value;
    if value.is_null() {
        return;
    }
    let mut fault = |path: &str, message: &str, help: Option<&str>| {
        faults.push(render(document, path, message, help, color));
    };
    let (Some(version), Some(name)) = (value["apiVersion"].as_str(), value["kind"].as_str()) else {
        let help = "a state is what `kubectl get sts,po,pvc,pv,svc -A -o yaml` prints";
        return fault("", "this is no object of Kubernetes: apiVersion or kind is missing", Some(help));
    };
    if name.ends_with("List") && value["items"].is_array() {
        if depth == 0 {
            return fault("items", "lists in lists in lists: this is no state of a cluster", None);
        }
        return document.children().iter().for_each(|child| take(child, color, depth - 1, out, faults));
    }
    let Some(kind) = Kind::of(version, name).filter(|kind| *kind != Kind::Endpoints) else {
        // The lab derives Endpoints from EndpointSlices.
        if (version, name) != ("v1", "Endpoints") {
            *out.unmodelled.entry(name.to_string()).or_default() += 1;
        }
        return;
    };
    match object(kind, document, color) {
        Ok((key, object)) => keep(out, key, object),
        Err(text) => faults.push(text),
    }
}

/// An object that comes twice is kept as it was later.
fn keep(out: &mut Read, key: (Kind, String, String), object: Value) {
    let version = |object: &Value| object["metadata"]["resourceVersion"].as_str().and_then(|v| v.parse::<u64>().ok());
    if out.objects.get(&key).is_none_or(|known| version(known) <= version(&object)) {
        out.objects.insert(key, object);
    }
}

fn object(kind: Kind, document: &Document, color: bool) -> Result<((Kind, String, String), Value), String> {
    let fault = |path: &str, message: &str, help: &str| Err(render(document, path, message, Some(help), color));
    let mut value = blame::decoded(kind, document, color)?;
    let meta = &value["metadata"];
    let name = meta["name"].as_str().unwrap_or_default().to_string();
    if name.is_empty() {
        return fault(
            "metadata",
            &format!("this {} has no name", kind.info().name),
            "every object of a cluster has one",
        );
    }
    let uid = meta["uid"].as_str().unwrap_or_default();
    if uid.is_empty() {
        let help = "this is a manifest, not the state of a cluster: `sts-lab apply -f` takes it, or export what is there \
                    with `kubectl get … -o yaml`";
        return fault("metadata", &format!("{} {name} has no uid", kind.info().name), help);
    }
    let namespace = meta["namespace"].as_str().unwrap_or_default().to_string();
    if kind.info().namespaced == namespace.is_empty() {
        let has = if namespace.is_empty() { "has no namespace" } else { "has a namespace, which its kind never has" };
        let help = "the state must be as `kubectl get -o yaml` prints it";
        return fault("metadata", &format!("{} {name} {has}", kind.info().name), help);
    }
    if Uid::parse(uid).is_none() {
        let help = "a uid is a UUID, such as 4b9a8f0e-0a4c-4d7e-9d3b-1f2e3d4c5b6a";
        return fault("metadata.uid", &format!("\"{uid}\" is no uid"), help);
    }
    if let Some(meta) = value["metadata"].as_object_mut() {
        meta.remove("managedFields");
        meta.remove("selfLink");
    }
    defaults::versioned(kind, &mut value);
    Ok(((kind, namespace, name), value))
}
