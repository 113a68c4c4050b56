//! What is broken in a state, as faults: what the objects show to be broken stays so until somebody heals it, since the
//! file does not say why it is so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Objects;
use crate::cluster::Fault;
use crate::resource::{Kind, Time};

/// Why a container waits whose image cannot be had.
const PULL: &[&str] = &["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];

/// What ails a container: the attribute of the fault and its value.
type Ailment = (&'static str, bool);

/// The faults that keep a state as it is.
pub(super) fn faults(objects: &Objects, at: Time) -> Vec<Fault> {
    let mut out: Vec<Fault> = Vec::new();
    let of = |wanted: Kind| objects.iter().filter(move |((kind, ..), _)| *kind == wanted);
    let mut down: BTreeSet<&str> = BTreeSet::new();
    for ((.., name), node) in of(Kind::Node) {
        if !holds(node, "Ready") {
            down.insert(name);
            out.push(Fault::Node { name: name.clone(), up: false });
        }
    }
    let mut well: BTreeSet<&str> = BTreeSet::new();
    let mut ill: BTreeMap<(&str, Ailment), BTreeSet<&str>> = BTreeMap::new();
    for ((.., name), pod) in of(Kind::Pod) {
        let on_lost_node = pod["spec"]["nodeName"].as_str().is_some_and(|node| down.contains(node));
        if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) || on_lost_node {
            continue;
        }
        if let Some(end) = pod["metadata"]["deletionTimestamp"].as_str().and_then(Time::parse) {
            if end < at {
                out.push(Fault::Pod { name: name.clone(), attribute: "hang".into(), value: Some(true) });
            }
            continue;
        }
        for (image, own) in containers(pod) {
            match ailment(own, pod) {
                Some(ailment) => {
                    ill.entry((image, ailment)).or_default().insert(name);
                }
                None if own["ready"] == true => {
                    well.insert(image);
                }
                None => {}
            }
        }
    }
    for ((image, (attribute, value)), pods) in ill {
        let attribute = attribute.to_string();
        // An image that works in another Pod is not what is wrong.
        if attribute == "pull" || !well.contains(image) {
            out.push(Fault::Image { image: image.to_string(), attribute, value: Some(value) });
        } else {
            let of_pod =
                |pod: &str| Fault::Pod { name: pod.to_string(), attribute: attribute.clone(), value: Some(value) };
            out.extend(pods.into_iter().map(of_pod));
        }
    }
    out
}

fn holds(object: &Value, condition: &str) -> bool {
    let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|c| c["type"] == condition && c["status"] == "True")
}

/// The containers of a Pod that have a status: the image as its spec names it, and the status.
fn containers(pod: &Value) -> Vec<(&str, &Value)> {
    let statuses = pod["status"]["containerStatuses"].as_array().map(Vec::as_slice).unwrap_or_default();
    let image = |name: &Value| {
        let mut specs = pod["spec"]["containers"].as_array().into_iter().flatten();
        specs.find(|spec| spec["name"] == *name)?["image"].as_str()
    };
    statuses.iter().filter_map(|own| Some((image(&own["name"])?, own))).collect()
}

/// What keeps a container from being ready, other than that it is still starting.
fn ailment(own: &Value, pod: &Value) -> Option<Ailment> {
    let state = &own["state"];
    let reason = state["waiting"]["reason"].as_str().unwrap_or_default();
    if PULL.contains(&reason) {
        return Some(("pull", false));
    }
    let restarts = pod["spec"]["restartPolicy"].as_str() != Some("Never");
    if reason == "CrashLoopBackOff"
        || restarts && state["terminated"]["exitCode"].as_i64().is_some_and(|code| code != 0)
    {
        return Some(("crash", true));
    }
    let starting = matches!(reason, "ContainerCreating" | "PodInitializing" | "") && state.get("running").is_none();
    (own["ready"] != true && !starting).then_some(("ready", false))
}
