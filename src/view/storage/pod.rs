//! Pods that wait because of their volumes, or because of nodes that cannot have them.

use super::{last_event, place_of, sentence, volume_of};
use crate::cluster::Cluster;
use crate::cluster::faults::parts;
use crate::cluster::volume::driver::{driver_of, unique_name};
use crate::resource::model::{ClaimPhase, Pod};
use crate::resource::{Kind, Object};
use crate::view::claims::short_volume;
use crate::view::status::is_ready;
use crate::view::why::Why;
use crate::view::words;

/// The claims of a Pod that there are.
fn claims<'a>(cluster: &'a Cluster, object: &Object, pod: &Pod) -> Vec<&'a Object> {
    let store = &cluster.api.store;
    let found = pod.claims().filter_map(|v| store.get(Kind::PersistentVolumeClaim, &object.meta.namespace, &v.claim));
    found.map(|object| &**object).collect()
}

/// A Pod without a node of which nobody said that it has none: a node was chosen, and its claims are not bound yet.
pub fn of_node_without(cluster: &Cluster, object: &Object, pod: &Pod, out: &mut Why) {
    for claim in claims(cluster, object, pod) {
        if claim.claim().is_some_and(|c| c.status.phase == ClaimPhase::Pending) {
            let name = &claim.meta.name;
            out.now.push(format!(
                "A node was chosen for it, and it is given to it once its claim {name} is bound. If that takes more than ten \
                 minutes, it is tried anew."
            ));
            out.help.push(format!("sts-lab why pvc/{name}"));
            return;
        }
    }
}

/// What stands behind the scheduler's words about a Pod.
pub fn unscheduled(cluster: &Cluster, object: &Object, pod: &Pod, message: &str, out: &mut Why) {
    if message.contains("didn't match PersistentVolume's node affinity") {
        for claim in claims(cluster, object, pod) {
            tied(cluster, claim, out);
        }
    }
    if message.contains("Insufficient cpu") || message.contains("Insufficient memory") {
        too_large(cluster, object, pod, message, out);
    }
    if message.contains("exceed max volume count") {
        out.now.push(
            "A node takes only so many volumes of one driver, and the nodes that the Pod could run on are full: spread the \
             Pods over more nodes, or take larger ones."
                .into(),
        );
        out.help.push("sts-lab get pods -o wide".into());
    }
    if message.contains("ReadWriteOncePod access mode already in-use") {
        for claim in claims(cluster, object, pod) {
            exclusive(cluster, object, claim, out);
        }
    }
}

/// A claim whose volume can be reached from some nodes only.
fn tied(cluster: &Cluster, claim: &Object, out: &mut Why) {
    let Some(volume) = volume_of(cluster, claim) else { return };
    let Some((key, values)) = place_of(volume) else { return };
    let there = |node: &&std::sync::Arc<Object>| {
        node.meta.labels.get(&key).is_some_and(|value| values.iter().any(|v| v == value))
    };
    let nodes: Vec<_> = cluster.api.store.all(Kind::Node).filter(there).collect();
    let state = |node: &std::sync::Arc<Object>| {
        let name = &node.meta.name;
        let spec = node.plain().and_then(|body| body.get("spec"));
        if !is_ready(node) {
            format!("{name}, which is not Ready")
        } else if spec.is_some_and(|spec| spec["unschedulable"] == true) {
            format!("{name}, which is cordoned")
        } else {
            format!("{name}, which does not take it for another reason")
        }
    };
    let names: Vec<String> = nodes.iter().map(|node| state(node)).collect();
    let (name, short) = (&claim.meta.name, short_volume(&volume.meta.name));
    let reach =
        format!("PVC {name} is bound to PV {short}, which can be reached from {} ({key}) only", values.join(", "));
    out.now.push(match names.as_slice() {
        [] => format!("{reach}, and there is no node there."),
        _ => format!("{reach}: there {} {}.", if names.len() == 1 { "is" } else { "are" }, words::list(&names)),
    });
    out.now.push(
        "A volume does not move: bring a node back there or add one, or make a new claim from a snapshot elsewhere."
            .into(),
    );
    for node in nodes {
        let spec = node.plain().and_then(|body| body.get("spec"));
        if cluster.faults.nodes_down.contains(node.meta.name.as_str()) {
            out.help.push(format!("sts-lab fault node {} --up", node.meta.name));
        } else if spec.is_some_and(|spec| spec["unschedulable"] == true) {
            out.help.push(format!("sts-lab uncordon {}", node.meta.name));
        }
    }
}

fn too_large(cluster: &Cluster, object: &Object, pod: &Pod, message: &str, out: &mut Why) {
    let requests = pod.template.requests;
    let of = |key: &str| -> Vec<i64> {
        let statuses = cluster.api.store.all(Kind::Node).filter_map(|node| node.plain()?.get("status"));
        let amounts = statuses.filter_map(|status| status["allocatable"][key].as_str());
        let read = |text: &str| crate::resource::quantity::Quantity::parse(text).ok();
        amounts.filter_map(read).map(|q| if key == "cpu" { q.milli_value() } else { q.value() }).collect()
    };
    let most = |key: &str| of(key).into_iter().max().unwrap_or(0);
    let amounts = [
        ("cpu", requests.cpu_milli, most("cpu"), 1000, "CPU"),
        ("memory", requests.memory, most("memory"), 1 << 30, "Gi of memory"),
    ];
    for (key, asked, most, unit, word) in amounts {
        if !message.contains(&format!("Insufficient {key}")) {
            continue;
        }
        let number = |amount: i64| (amount as f64 / f64::from(unit)).to_string();
        if asked > most {
            out.now.push(format!("It asks for {} {word}, and the largest node has {}.", number(asked), number(most)));
        } else {
            out.now.push(format!("It asks for {} {word}; other Pods have taken what the nodes have.", number(asked)));
        }
    }
    out.now.push(
        "Ask for less, let others go, or add a node; where the claims are bound, in the zone of their volumes.".into(),
    );
    if let (Some(owner), Some(container)) = (object.meta.controller(), pod.template.containers.first()) {
        let (kind, name) = (owner.kind.to_lowercase(), &owner.name);
        if *owner.kind == *"StatefulSet" {
            out.help.push(format!(
                "sts-lab set resources {kind} {name} -c {} --requests=cpu=100m,memory=128Mi",
                container.name
            ));
            out.help.push(format!("sts-lab delete pod {}", object.meta.name));
        }
    }
}

fn exclusive(cluster: &Cluster, object: &Object, claim: &Object, out: &mut Why) {
    let alone = claim.claim().is_some_and(|c| c.spec.access_modes.iter().any(|mode| **mode == *"ReadWriteOncePod"));
    if !alone {
        return;
    }
    let pods = cluster.api.store.in_namespace(Kind::Pod, &object.meta.namespace);
    let uses = |pod: &&std::sync::Arc<Object>| {
        pod.meta.uid != object.meta.uid
            && pod.pod().is_some_and(|p| p.node.is_some() && p.claims().any(|v| v.claim == claim.meta.name))
    };
    if let Some(holder) = pods.into_iter().find(uses) {
        let (name, holder) = (&claim.meta.name, &holder.meta.name);
        out.now.push(format!(
            "PVC {name} is ReadWriteOncePod, for one Pod in the whole cluster, and Pod {holder} has it. ReadWriteOnce would \
             let all Pods of one node have it; a rollout that starts the new Pod before the old one is gone waits for ever."
        ));
        out.help.push(format!("sts-lab delete pod {holder}"));
    }
}

/// The claim of a Pod whose volume is full.
pub fn of_full_disk(cluster: &Cluster, object: &Object, out: &mut Why) {
    if let Some(claim) = cluster.faults.disks.of_pod(&object.meta) {
        out.now.push(format!(
            "The volume of its claim {} is full (\"No space left on device\"), which no Event tells: it exits.",
            parts(claim).1
        ));
        out.help.push(format!("sts-lab why pvc/{}", parts(claim).1));
    }
}

/// A Pod on a node whose volumes are not there yet.
pub fn of_volumes(cluster: &Cluster, object: &Object, pod: &Pod, out: &mut Why) {
    let Some(node) = pod.node.as_deref() else { return };
    for claim in claims(cluster, object, pod) {
        let Some(volume) = volume_of(cluster, claim) else { continue };
        let Some(body) = volume.volume() else { continue };
        let (Some(driver), Some(unique)) = (driver_of(body), unique_name(body)) else { continue };
        let attaches = cluster.drivers().get(driver).is_some_and(|driver| driver.attach.is_some());
        let here = |o: &Object| {
            let status = o.plain().and_then(|body| body.get("status"));
            let list = status.and_then(|status| status["volumesAttached"].as_array());
            list.into_iter().flatten().any(|entry| entry["name"] == *unique)
        };
        let on: Vec<&std::sync::Arc<Object>> = cluster.api.store.all(Kind::Node).filter(|o| here(o)).collect();
        if !attaches || on.iter().any(|o| *o.meta.name == *node) {
            continue;
        }
        let short = short_volume(&volume.meta.name);
        out.now.push(format!(
            "Its containers start once volume {short} of claim {} is attached to {node}.",
            claim.meta.name
        ));
        match on.first() {
            Some(other) => elsewhere(cluster, object, claim, other, out),
            None if cluster.drivers().running(driver, &cluster.faults).is_none() => {
                out.now.push(format!("Its driver {driver} is to attach it, and the driver's controller does not run."));
                out.help.push(format!("sts-lab fault storage --driver={driver} --up"));
            }
            None => out.now.push("That is under way.".into()),
        }
    }
    if let Some((reason, message)) = last_event(cluster, object, |r| matches!(r, "FailedAttachVolume" | "FailedMount"))
    {
        out.now.push(format!("{reason}: {}", sentence(&message)));
    }
}

/// A volume that one node may have is on another one.
fn elsewhere(cluster: &Cluster, object: &Object, claim: &Object, other: &Object, out: &mut Why) {
    let other_name = &other.meta.name;
    let pods = cluster.api.store.in_namespace(Kind::Pod, &object.meta.namespace).filter(|pod| {
        pod.pod().is_some_and(|p| {
            p.node.as_deref() == Some(other_name.as_str())
                && !p.status.phase.is_terminal()
                && p.claims().any(|v| v.claim == claim.meta.name)
        })
    });
    let pods: Vec<String> = pods.map(|pod| pod.meta.name.to_string()).collect();
    out.now.push(format!("It is attached to {other_name}, and one node at a time can have it (ReadWriteOnce)."));
    if !pods.is_empty() {
        out.now.push(format!("There {} it.", uses(&pods)));
        let owner = object.meta.controller().filter(|owner| *owner.kind == *"ReplicaSet");
        if let Some(deployment) = owner.and_then(|owner| owner.name.rsplit_once('-')).map(|(stem, _)| stem.to_string())
        {
            out.now.push(
                "A rolling update starts the new Pod before the old one is gone, so the two wait for each other: a \
                 Deployment with such a claim needs the strategy Recreate, a claim of many nodes (ReadWriteMany), or to be \
                 a StatefulSet."
                    .into(),
            );
            out.help.push(format!(
                "sts-lab patch deployment {deployment} -p '{{\"spec\":{{\"strategy\":{{\"type\":\"Recreate\",\
                 \"rollingUpdate\":null}}}}}}'"
            ));
        }
        return;
    }
    if is_ready(other) {
        return out.now.push(format!("No Pod on {other_name} wants it any more: it is taken off it soon."));
    }
    out.now.push(format!(
        "{other_name} does not answer, so nobody can say whether it still writes: the volume is taken off it six minutes \
         after the Pod there was removed, or at once if you say that the node is off, or when it answers again."
    ));
    out.help.push(format!("sts-lab taint node {other_name} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"));
}

fn uses(pods: &[String]) -> String {
    let verb = if pods.len() == 1 { "uses" } else { "use" };
    let noun = if pods.len() == 1 { "Pod" } else { "Pods" };
    format!("{noun} {} {verb}", words::list(pods))
}
