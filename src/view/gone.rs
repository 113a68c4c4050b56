//! What a command took away and what it left, and why: the table that ends the argument about what a deletion deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::claims::{claims_of, short_volume};
use super::section::{Section, folded};
use super::since::{Name, Since, name_of};
use super::words;
use crate::cluster::Cluster;
use crate::dns::{Type, ZONE, records};
use crate::resource::model::{PolicyAction, VolumePhase};
use crate::resource::{Kind, Object};
use crate::store::{Actor, Milestone};

/// What went and what stayed; nothing if all that was there is there.
#[must_use]
pub fn gone(cluster: &Cluster, since: &Since) -> Option<(Section, Section)> {
    let lost: Vec<&Arc<Object>> = since.objects.iter().filter(|object| Since::is_gone(cluster, object)).collect();
    if lost.is_empty() {
        return None;
    }
    Some((went(cluster, since, &lost), stayed(cluster, since)))
}

fn went(cluster: &Cluster, since: &Since, lost: &[&Arc<Object>]) -> Section {
    let names: BTreeSet<(Kind, Name)> = lost.iter().map(|object| (object.kind(), name_of(object))).collect();
    let mut section = Section::new("WENT", went_about(cluster, since), &["TIME", "WHAT", "~WHY"]);
    let mut rows = Vec::new();
    let mut reasons = super::reason::Reasons::new(cluster, since);
    let mut asked: BTreeMap<(Kind, Name), String> = BTreeMap::new();
    for change in since.changes(cluster) {
        let key = (change.kind, (change.namespace.to_string(), change.name.to_string()));
        for milestone in change.milestones {
            let step = reasons.step(&change, milestone);
            match milestone {
                Milestone::Terminating if names.contains(&key) => {
                    asked.insert(key.clone(), step.why);
                }
                Milestone::Deleted if names.contains(&key) => {
                    let why = asked
                        .remove(&key)
                        .filter(|why| change.kind == Kind::Pod || why.starts_with("you"))
                        .unwrap_or(step.why);
                    let what = step.what.trim_end_matches(" deleted").to_string();
                    rows.push((change.time, what, why));
                }
                _ => {}
            }
        }
    }
    let now: BTreeSet<String> = records(&cluster.api.store).into_iter().map(|record| record.name).collect();
    let mut told = BTreeSet::new();
    let mut before: Vec<_> = since.records.iter().filter(|r| matches!(r.kind, Type::A | Type::Cname)).collect();
    before.sort_by_cached_key(|record| super::names::place(record));
    for record in before {
        if !now.contains(&record.name) && told.insert(&record.name) {
            let why = match &record.pod {
                Some(_) if names.contains(&(Kind::Service, record.service.clone())) => {
                    "its Service is gone".to_string()
                }
                Some(_) if record.name.starts_with(&format!("{}.", record.service.1)) => {
                    "no Pod is behind it any more".to_string()
                }
                Some(pod) => format!("Pod {pod} is gone"),
                None => "its Service is gone".to_string(),
            };
            let name = record.name.strip_suffix(&format!(".svc.{ZONE}")).unwrap_or(&record.name);
            rows.push((cluster.now, format!("DNS {name}"), why));
        }
    }
    let (shown, left_out) = folded(&rows);
    for (time, what, why) in shown {
        let time =
            if what.starts_with("DNS ") { String::new() } else { format!("+{}", words::span(time.since(since.time))) };
        section.table.row([time.into(), what.clone().into(), why.clone().into()]);
    }
    section.left_out(left_out, "sts-lab trace");
    section
}

fn went_about(cluster: &Cluster, since: &Since) -> String {
    for (name, object) in &since.sets {
        let Some(set) = object.stateful_set() else { continue };
        let now = cluster.api.store.get(Kind::StatefulSet, &name.0, &name.1).and_then(|o| o.stateful_set());
        let pods_went = since.changes(cluster).any(|change| {
            change.kind == Kind::Pod
                && change.actor == Actor::GarbageCollector
                && change.milestones.contains(&Milestone::Terminating)
                && since.set_of_pod(cluster, change.namespace, change.name).is_some_and(|(set, _)| set == *name)
        });
        match now {
            None if pods_went => {
                return "A deleted set takes its Pods with it, all at once and in no order. To stop them in order, scale to 0 \
                        first."
                    .into();
            }
            None if set.status.replicas > 0 => {
                return "Only the set went: its Pods go on running without an owner, until a set with the same selector \
                        adopts them."
                    .into();
            }
            Some(now) if now.spec.replicas < set.spec.replicas => return words::stop_order(&now.spec),
            _ => {}
        }
    }
    "What is gone, in the order in which it went.".into()
}

/// What is left of the sets that were touched, and why.
fn stayed(cluster: &Cluster, since: &Since) -> Section {
    let store = &cluster.api.store;
    let mut section = Section::new("STAYED", "", &["WHAT", "~WHY"]);
    let mut rows: Vec<(String, String)> = Vec::new();
    for name in since.touched(cluster) {
        let Some(set) = since.set(cluster, &name) else { continue };
        let alive = store.get(Kind::StatefulSet, &name.0, &name.1);
        if let Some(object) = alive {
            let why = if object.meta.terminating() {
                format!("terminating: {} holds it", object.meta.finalizers.join(", "))
            } else {
                format!("replicas is {} now", set.spec.replicas)
            };
            rows.push((format!("StatefulSet {}", name.1), why));
        }
        rows.extend(pods_left(cluster, since, &name));
        let claims = claims_of(store, &name, &set.spec);
        let policy =
            if alive.is_some() { ("whenScaled", set.spec.when_scaled) } else { ("whenDeleted", set.spec.when_deleted) };
        for claim in claims {
            let used = super::claims::users_in(store, &name.0).get(&name_of(&claim)).cloned();
            let volume = claim.claim().and_then(|claim| claim.volume.as_deref()).map(short_volume);
            let volume = volume.map(|volume| format!("; data in {volume}")).unwrap_or_default();
            let why = match (&used, claim.meta.terminating(), policy) {
                (Some(pod), true, _) => format!("terminating, but Pod {pod} uses it: it goes when the Pod is gone"),
                (Some(pod), false, _) => format!("Pod {pod} uses it{volume}"),
                (None, true, _) => "terminating".into(),
                (None, _, (word, PolicyAction::Retain)) => {
                    format!("{word}: Retain{volume}")
                }
                (None, _, (word, PolicyAction::Delete)) => format!("{word}: Delete does not count for it"),
            };
            rows.push((format!("PVC {}", claim.meta.name), why));
        }
        if let Some(service) = store.get(Kind::Service, &name.0, &set.spec.service_name) {
            rows.push((format!("Service {}", service.meta.name), "no part of the set".into()));
        }
    }
    rows.extend(others(cluster, since));
    let volumes: Vec<_> = store.all(Kind::PersistentVolume).filter_map(|v| Some((v, v.volume()?))).collect();
    let touched: BTreeSet<&str> = since.changes(cluster).map(|c| &**c.namespace).collect();
    for (object, volume) in volumes {
        let Some(claim) = volume.claim.as_ref().filter(|claim| touched.contains(&*claim.namespace)) else { continue };
        if volume.phase != VolumePhase::Released {
            continue;
        }
        let policy = &volume.spec.reclaim_policy;
        let why = format!("Released: claim {} is gone; reclaim policy {policy}: data stays", claim.name);
        rows.push((format!("PV {}", short_volume(&object.meta.name)), why));
    }
    section.about = if rows.is_empty() { "Nothing that belonged to it.".into() } else { stayed_about(&rows) };
    let (shown, left_out) = folded(&rows);
    for (what, why) in shown {
        section.table.row([what.clone().into(), why.clone().into()]);
    }
    section.left_out(left_out, "sts-lab status");
    section
}

fn stayed_about(rows: &[(String, String)]) -> String {
    if rows.iter().any(|(what, _)| what.starts_with("PVC ")) {
        "What is left, and why. The next Pod of the same name gets its claim again, with the data in the volume.".into()
    } else {
        "What is left, and why.".into()
    }
}

fn pods_left(cluster: &Cluster, since: &Since, set: &Name) -> Vec<(String, String)> {
    let store = &cluster.api.store;
    let alive = store.get(Kind::StatefulSet, &set.0, &set.1).is_some();
    let of_set = |pod: &&Arc<Object>| {
        since.set_of_pod(cluster, &pod.meta.namespace, &pod.meta.name).is_some_and(|(name, _)| name == *set)
    };
    let mut pods: Vec<&Arc<Object>> = store.in_namespace(Kind::Pod, &set.0).filter(of_set).collect();
    pods.sort_by_key(|pod| super::pods::ordinal(pod));
    let why = |pod: &Object| {
        if pod.meta.terminating() {
            "terminating: its containers have not stopped yet".to_string()
        } else if alive {
            "within the replicas".to_string()
        } else {
            "runs on without an owner (--cascade=orphan)".to_string()
        }
    };
    pods.into_iter().map(|pod| (format!("Pod {}", pod.meta.name), why(pod))).collect()
}

/// Objects that were asked to go, and that something holds.
fn others(cluster: &Cluster, since: &Since) -> Vec<(String, String)> {
    let store = &cluster.api.store;
    let touched = since.touched(cluster);
    let mut out = Vec::new();
    for change in since.changes(cluster).filter(|c| c.milestones.contains(&Milestone::Terminating)) {
        if !matches!(change.kind, Kind::Pod | Kind::PersistentVolumeClaim | Kind::PersistentVolume) {
            continue;
        }
        let of_set = match change.kind {
            Kind::Pod => since.set_of_pod(cluster, change.namespace, change.name),
            Kind::PersistentVolumeClaim => since.set_of_claim(cluster, change.namespace, change.name),
            _ => None,
        };
        if of_set.is_some_and(|(set, _)| touched.contains(&set)) {
            continue;
        }
        if let Some(object) = store.get(change.kind, change.namespace, change.name).filter(|o| o.meta.terminating()) {
            let what = if change.kind == Kind::PersistentVolumeClaim { "PVC" } else { change.kind.info().name };
            let holds = object.meta.finalizers.join(", ");
            let why = if holds.is_empty() { "terminating".into() } else { format!("terminating: {holds} holds it") };
            out.push((format!("{what} {}", change.name), why));
        }
    }
    out
}
