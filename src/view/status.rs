//! The whole lab on one screen: sets, Pods, claims, volumes, Services, nodes, what waits for what, what is broken.

use std::sync::Arc;

use super::pods::state;
use super::section::{Extent, Section};
use super::since::{Name, name_of};
use super::style::Tone;
use super::table::Cell;
use super::waiting::waiting;
use super::{breakage, claims, pods, words, workloads};
use crate::cluster::Cluster;
use crate::dns::Service;
use crate::resource::model::{UpdateStrategy, VolumePhase};
use crate::resource::{Kind, Object, Time};

/// The screen.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// One line about the lab.
    pub title: String,
    /// The tables.
    pub sections: Vec<Section>,
    /// What sets wait for.
    pub waiting: Vec<String>,
}

/// The state of a namespace, or of all.
#[must_use]
pub fn status(cluster: &Cluster, lab: &str, namespace: Option<&str>, extent: Extent) -> Status {
    let store = &cluster.api.store;
    let of = |kind: Kind| -> Vec<Arc<Object>> {
        let wanted = |object: &&Arc<Object>| namespace.is_none_or(|n| *object.meta.namespace == *n);
        store.all(kind).filter(wanted).cloned().collect()
    };
    let (sets, mut claims) = (of(Kind::StatefulSet), of(Kind::PersistentVolumeClaim));
    let mut pods = of(Kind::Pod);
    for list in [&mut pods, &mut claims] {
        list.sort_by_key(|object| (object.meta.namespace.clone(), stem(object).to_string(), pods::ordinal(object)));
    }
    let names: Vec<Name> = sets.iter().map(|set| name_of(set)).collect();
    let pace = if cluster.pace().is_usual() { "" } else { "; its kubelets keep Kubernetes' own time" };
    let age = words::span(cluster.now.since(cluster.start));
    let mut out = Status {
        title: format!("Lab {lab}, {age} of cluster time since it began{pace}."),
        sections: Vec::new(),
        waiting: names.iter().flat_map(|name| waiting(cluster, name)).collect(),
    };
    if !sets.is_empty() {
        out.sections.push(sets_section(&sets, extent));
    }
    let others = [Kind::Deployment, Kind::ReplicaSet, Kind::DaemonSet];
    out.sections.extend(workloads::section(&others.map(of).concat(), extent));
    if !pods.is_empty() {
        let ready = pods.iter().filter(|pod| pod.pod().is_some_and(crate::resource::model::Pod::is_running_and_ready));
        let about = format!("{} of {} Ready.", ready.count(), pods.len());
        out.sections.push(pods::table_of(&pods, cluster.now, about, extent));
    }
    if !claims.is_empty() {
        let mut users = std::collections::BTreeMap::new();
        for claim in &claims {
            if !users.keys().any(|(namespace, _): &Name| **namespace == *claim.meta.namespace) {
                users.extend(claims::users_in(store, &claim.meta.namespace));
            }
        }
        let unused = claims.iter().filter(|claim| !users.contains_key(&name_of(claim))).count();
        let count = words::count(claims.len(), "claim");
        let about = match unused {
            0 => format!("{count}, each used by a Pod."),
            unused => format!("{count}, {unused} of them used by no Pod now."),
        };
        out.sections.push(claims::table_of(&claims, &users, about, extent));
    }
    out.sections.extend(volumes(cluster, extent));
    out.sections.extend(services(cluster, namespace, extent));
    out.sections.push(nodes(cluster, extent));
    out.sections.extend(breakage::faults(&cluster.faults));
    out
}

fn stem(object: &Object) -> &str {
    object.meta.name.rsplit_once('-').map_or(&object.meta.name, |(stem, _)| stem)
}

fn sets_section(sets: &[Arc<Object>], extent: Extent) -> Section {
    let columns = ["NAME", "READY", "REVISION", "ORDER", "UPDATES", "SERVICE", "CLAIMS"];
    let mut section = Section::new("SETS", "READY counts Pods that are Running and Ready.", &columns);
    let (shown, left_out) = extent.of(sets);
    for object in shown {
        let Some(set) = object.stateful_set() else { continue };
        let (spec, status) = (&set.spec, &set.status);
        let whole = status.ready == spec.replicas && status.replicas == spec.replicas;
        let tone = if whole { Tone::Good } else { Tone::Waiting };
        let revision = |name: &str| name.rsplit('-').next().unwrap_or_default().to_string();
        let revisions = if status.current_revision == status.update_revision {
            revision(&status.update_revision)
        } else {
            format!("{} → {}", revision(&status.current_revision), revision(&status.update_revision))
        };
        let updates = match spec.update {
            UpdateStrategy::OnDelete => "OnDelete".to_string(),
            UpdateStrategy::RollingUpdate(_) if spec.partition() > 0 => format!("partition {}", spec.partition()),
            UpdateStrategy::RollingUpdate(_) => "rolling".to_string(),
        };
        let templates: Vec<&str> = spec.claim_templates.iter().map(|template| &*template.name).collect();
        let none = |text: &str| if text.is_empty() { "none".to_string() } else { text.to_string() };
        section.table.row([
            object.meta.name.to_string().into(),
            Cell::new(format!("{}/{}", status.ready, spec.replicas), tone),
            revisions.into(),
            if spec.parallel { "Parallel" } else { "Ordered" }.into(),
            updates.into(),
            none(&spec.service_name).into(),
            none(&templates.join(" ")).into(),
        ]);
    }
    section.left_out(left_out, "sts-lab get sts -A");
    section
}

/// Volumes: a line for those that claims hold, rows for the others.
fn volumes(cluster: &Cluster, extent: Extent) -> Option<Section> {
    let all: Vec<_> = cluster.api.store.all(Kind::PersistentVolume).filter_map(|v| Some((v, v.volume()?))).collect();
    if all.is_empty() {
        return None;
    }
    let free: Vec<_> = all.iter().filter(|(_, volume)| volume.phase != VolumePhase::Bound).collect();
    let bound = words::count(all.len() - free.len(), "volume");
    let about = if free.is_empty() {
        format!("{bound}, each bound to its claim.")
    } else {
        format!("{bound} bound; the others:")
    };
    let mut section = Section::new("PVS", about, &["NAME", "STATUS", "SIZE", "CLASS", "RECLAIM", "WAS OF"]);
    let (shown, left_out) = extent.of(&free);
    for (object, volume) in shown {
        let claim = volume.claim.as_ref().map_or("nobody".to_string(), |claim| claim.name.to_string());
        section.table.row([
            claims::short_volume(&object.meta.name).into(),
            Cell::new(volume.phase.name(), Tone::Waiting),
            volume.spec.storage.to_string().into(),
            volume.spec.storage_class.to_string().into(),
            volume.spec.reclaim_policy.to_string().into(),
            claim.into(),
        ]);
    }
    section.left_out(left_out, "sts-lab get pv");
    Some(section)
}

fn services(cluster: &Cluster, namespace: Option<&str>, extent: Extent) -> Option<Section> {
    let store = &cluster.api.store;
    let all: Vec<Service<'_>> = Service::all(store).filter(|s| namespace.is_none_or(|n| n == s.namespace())).collect();
    if all.is_empty() {
        return None;
    }
    let about = "A headless Service has no address: its name answers with the addresses of its Ready Pods.";
    let mut section = Section::new("SVCS", about, &["NAME", "ADDRESS", "PODS READY"]);
    let (shown, left_out) = extent.of(&all);
    for service in shown {
        let address = match (service.external_name(), service.cluster_ip()) {
            (Some(name), _) => name.to_string(),
            (None, Some(ip)) => ip.to_string(),
            (None, None) => "headless".to_string(),
        };
        let (count, ready) = service.endpoints();
        let tone = if count == ready && count > 0 { Tone::Good } else { Tone::Waiting };
        section.table.row([service.name().into(), address.into(), Cell::new(format!("{ready}/{count}"), tone)]);
    }
    section.left_out(left_out, "sts-lab get svc -A");
    Some(section)
}

fn nodes(cluster: &Cluster, extent: Extent) -> Section {
    let store = &cluster.api.store;
    let nodes: Vec<&Arc<Object>> = store.all(Kind::Node).collect();
    let mut section = Section::new("NODES", "", &["NAME", "STATUS", "ZONE", "PODS"]);
    let on =
        |node: &str| store.all(Kind::Pod).filter(|p| p.pod().is_some_and(|p| p.node.as_deref() == Some(node))).count();
    let (shown, left_out) = extent.of(&nodes);
    let mut down = 0;
    for node in shown {
        let spec = node.plain().and_then(|body| body.get("spec")).cloned().unwrap_or_default();
        let (word, tone) = match (is_ready(node), spec["unschedulable"] == true) {
            (true, false) => ("Ready", Tone::Good),
            (true, true) => ("Ready, cordoned", Tone::Waiting),
            (false, _) => ("NotReady", Tone::Bad),
        };
        down += usize::from(tone == Tone::Bad);
        let zone = node.meta.labels.get("topology.kubernetes.io/zone").unwrap_or("-");
        let name = node.meta.name.to_string();
        section.table.row([name.clone().into(), Cell::new(word, tone), zone.into(), on(&name).to_string().into()]);
    }
    section.about = match down {
        0 => "All nodes answer.".into(),
        n => format!(
            "{} does not answer: its Pods are not replaced until they are gone for sure.",
            words::count(n, "node")
        ),
    };
    section.left_out(left_out, "sts-lab get nodes");
    section
}

/// Whether a node's Ready condition is True.
#[must_use]
pub fn is_ready(node: &Object) -> bool {
    let status = node.plain().and_then(|body| body.get("status")).cloned().unwrap_or_default();
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// READY and STATUS of a Pod in one phrase: `1/1 Running`.
#[must_use]
pub fn phrase(pod: &Object, now: Time) -> String {
    let (ready, status, _) = state(pod, now);
    format!("{ready} {}", status.text)
}
