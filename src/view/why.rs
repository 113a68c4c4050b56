//! `why`: an object's present state in words, the chain of causes down to what a person did, what it waits for, and what
//! would help.

use super::around;
use super::breakage::{self, InForce};
use super::claims::short_volume;
use super::external;
use super::reason::{Reasons, accompanies, who};
use super::section::{Section, folded};
use super::since::{Name, Since};
use super::status::{is_ready, phrase};
use super::storage;
use super::waiting::waiting;
use super::{symptom, words};
use crate::cluster::Cluster;
use crate::cluster::statefulset::identity;
use crate::dns::{Query, Service, Type, resolve};
use crate::resource::model::{ClaimPhase, ConditionStatus, ConditionType, Pod};
use crate::resource::{Kind, Object, Time};
use crate::store::{Cause, Change, ChangeId, Milestone};

/// The object asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace, empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What is said about it.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// Sentences about its state and what it waits for.
    pub now: Vec<String>,
    /// The causes.
    pub causes: Option<Section>,
    /// Commands that help, or look closer.
    pub help: Vec<String>,
}

/// Why an object is as it is; none if it never existed. `typed` are the words of each command of the lab.
#[must_use]
pub fn why(cluster: &Cluster, subject: &Subject, typed: &[String]) -> Option<Why> {
    let store = &cluster.api.store;
    let object = store.get(subject.kind, &subject.namespace, &subject.name);
    let last = last_change(cluster, subject);
    let mut out = Why::default();
    match object {
        Some(object) => {
            of_object(cluster, object, &mut out);
            around::add(cluster, object, &mut out);
        }
        None => missing(cluster, subject, last.is_some(), &mut out)?,
    }
    let told = blocking(cluster, subject).and_then(|pod| last_change(cluster, &pod)).or(last);
    out.causes = told.map(|last| causes(cluster, last, typed));
    Some(out)
}

/// The Pod that a set, or a Pod that is not there, waits for.
fn blocking(cluster: &Cluster, subject: &Subject) -> Option<Subject> {
    let store = &cluster.api.store;
    let stem = match subject.kind {
        Kind::StatefulSet => subject.name.as_str(),
        Kind::Pod if store.get(Kind::Pod, &subject.namespace, &subject.name).is_none() => {
            identity::parse_pod_name(&subject.name)?.0
        }
        _ => return None,
    };
    let pods = super::pods::pods_of(store, &(subject.namespace.clone(), stem.to_string()));
    let pod = pods.into_iter().find(|pod| !pod.pod().is_some_and(|pod| pod.status.is_ready()))?;
    Some(Subject { kind: Kind::Pod, namespace: subject.namespace.clone(), name: pod.meta.name.to_string() })
}

/// The last change of note to an object; that it was said something about does not count, nor what it counts itself.
fn last_change(cluster: &Cluster, subject: &Subject) -> Option<ChangeId> {
    let of_note = |change: &Change<'_>| {
        change.kind == subject.kind
            && **change.namespace == *subject.namespace
            && **change.name == *subject.name
            && change
                .milestones
                .iter()
                .any(|m| !matches!(m, Milestone::Said(_) | Milestone::SetStatus(_) | Milestone::Endpoints(_)))
    };
    cluster.api.store.history.changes().rfind(of_note).map(|change| change.id)
}

/// The chain of causes of a change, oldest first.
fn causes(cluster: &Cluster, last: ChangeId, typed: &[String]) -> Section {
    let history = &cluster.api.store.history;
    let (mut chain, mut next, mut input) = (Vec::new(), Some(last), None);
    while let Some(change) = next.and_then(|id| history.get(id)) {
        chain.push(change);
        next = match change.cause {
            Cause::Change(id) if id < change.id => Some(id),
            Cause::Input(place) => {
                input = Some((change.time, place));
                None
            }
            _ => None,
        };
    }
    chain.reverse();
    let about = "What led to its present state, from the first cause down to it; each line is the cause of the next.";
    let mut section = Section::new("BECAUSE", about, &["TIME", "WHO", "~WHAT"]);
    let mut rows: Vec<(Time, &str, String)> = Vec::new();
    if let Some((time, place)) = input {
        let words = typed.get(place as usize).map_or("a command", String::as_str);
        rows.push((time, "you typed", words.to_string()));
    }
    let start = Since::begin(cluster);
    let mut reasons = Reasons::new(cluster, &start);
    let members: std::collections::BTreeSet<ChangeId> = chain.iter().map(|change| change.id).collect();
    for change in history.since(0).take_while(|change| change.id <= last) {
        for milestone in change.milestones {
            let step = reasons.step(&change, milestone);
            let told = members.contains(&change.id) && !step.what.is_empty() && !accompanies(milestone, &change);
            if told && !matches!(milestone, Milestone::Said(_)) {
                rows.push((change.time, who(change.actor), step.what));
            }
        }
    }
    let (shown, left_out) = folded(&rows);
    for (time, who, what) in shown {
        let time = words::span(time.since(cluster.start));
        section.table.row([time.into(), (*who).into(), what.clone().into()]);
    }
    section.left_out(left_out, "sts-lab trace");
    section
}

fn missing(cluster: &Cluster, subject: &Subject, existed: bool, out: &mut Why) -> Option<()> {
    let kind = subject.kind.info().name;
    let set = identity::parse_pod_name(&subject.name).filter(|_| subject.kind == Kind::Pod);
    let name = set.map(|(stem, _)| (subject.namespace.clone(), stem.to_string()));
    let sts = name.as_ref().and_then(|name| cluster.api.store.get(Kind::StatefulSet, &name.0, &name.1)?.stateful_set());
    if let (Some((_, ordinal)), Some(name), Some(sts)) = (set, name, sts) {
        if sts.spec.in_range(ordinal) {
            out.now.push(format!("Pod {} is not there, though StatefulSet {} wants it.", subject.name, name.1));
            of_set_waiting(cluster, &name, out);
        } else {
            let (start, end) = (sts.spec.start, sts.spec.end());
            let range = if end < start { "no ordinals".into() } else { format!("the ordinals {start} to {end}") };
            out.now.push(format!("Pod {} is not there: StatefulSet {} has {range}.", subject.name, name.1));
            out.help.push(format!("sts-lab scale sts {} --replicas={}", name.1, ordinal - start + 1));
        }
        return Some(());
    }
    existed.then(|| out.now.push(format!("{kind} {} is gone.", subject.name)))
}

fn of_object(cluster: &Cluster, object: &Object, out: &mut Why) {
    match object.kind() {
        Kind::Pod => of_pod(cluster, object, out),
        Kind::StatefulSet => of_set(cluster, object, out),
        Kind::PersistentVolumeClaim => of_claim(cluster, object, out),
        Kind::PersistentVolume => storage::volume(cluster, object, out),
        Kind::Service => of_service(cluster, object, out),
        Kind::Node => of_node(cluster, object, out),
        kind => out.now.push(format!("{} {} is there.", kind.info().name, object.meta.name)),
    }
}

fn of_pod(cluster: &Cluster, object: &Object, out: &mut Why) {
    let (name, Some(pod)) = (&object.meta.name, object.pod()) else { return };
    out.now.push(format!("Pod {name} is {}.", phrase(object, cluster.now)));
    let images: Vec<String> = pod.template.containers.iter().map(|c| c.image.to_string()).collect();
    let fault = breakage::behind(&cluster.faults, Some(&object.meta), &images, pod.node.as_deref());
    if object.meta.terminating() {
        terminating_pod(object, fault.as_ref(), out);
    } else if pod.status.is_ready() {
        let node = pod.node.as_deref().unwrap_or("no node");
        out.now.push(format!("It runs on {node}, and is behind every Service that selects it."));
        symptoms(cluster, object, out);
        if let Some(fault) = fault {
            out.now.push(format!("A fault is in force: {}: {}.", fault.about, fault.what));
            out.help.insert(0, fault.heal);
        }
        out.help.push(format!("sts-lab describe pod {name}"));
        return;
    } else {
        unready_pod(cluster, object, pod, out);
    }
    if let Some(fault) = fault {
        out.now.push(format!("A fault is in force: {}: {}.", fault.about, fault.what));
        out.help.insert(0, fault.heal);
    }
    out.help.push(format!("sts-lab describe pod {name}"));
    if let Some(owner) = object.meta.controller().filter(|owner| *owner.kind == *"StatefulSet") {
        let set = (object.meta.namespace.to_string(), owner.name.to_string());
        out.now.extend(waiting(cluster, &set).into_iter().map(|sentence| format!("What depends on it: {sentence}")));
        stuck_at_old_revision(cluster, object, &set, out);
    }
}

fn terminating_pod(object: &Object, fault: Option<&InForce>, out: &mut Why) {
    let grace = object.meta.deletion.map_or(0, |deletion| deletion.grace_seconds);
    out.now.push(format!(
        "It was asked to go and has {grace} s for that. Until it is gone for sure, no Pod of the same name is made: at most \
         one at a time."
    ));
    if fault.is_some() {
        let name = &object.meta.name;
        out.help.push(format!("sts-lab delete pod {name} --grace-period=0 --force"));
    }
}

fn unready_pod(cluster: &Cluster, object: &Object, pod: &Pod, out: &mut Why) {
    let scheduled = pod.status.condition(&ConditionType::PodScheduled);
    if let Some(condition) = scheduled.filter(|c| c.status == ConditionStatus::False) {
        let message = condition.message.as_deref().unwrap_or("no reason given");
        out.now.push(format!("It has no node. The scheduler says: {}", storage::sentence(message)));
        storage::unscheduled(cluster, object, pod, message, out);
        for claim in pod.claims() {
            let found = cluster.api.store.get(Kind::PersistentVolumeClaim, &object.meta.namespace, &claim.claim);
            let bound = found.and_then(|c| c.claim()).is_some_and(|c| c.status.phase == ClaimPhase::Bound);
            if !bound {
                out.help.push(format!("sts-lab why pvc/{}", claim.claim));
            }
        }
        return;
    }
    if pod.node.is_none() {
        return storage::of_node_without(cluster, object, pod, out);
    }
    storage::of_volumes(cluster, object, pod, out);
    storage::of_full_disk(cluster, object, out);
    symptoms(cluster, object, out);
}

fn symptoms(cluster: &Cluster, object: &Object, out: &mut Why) {
    let symptoms = symptom::of(cluster, object);
    out.now.extend(symptoms.told);
    out.help.extend(symptoms.help);
}

/// The trap of ordered updates: a Pod that never becomes Ready is not replaced by a better template (rule S82, KEP-961).
fn stuck_at_old_revision(cluster: &Cluster, object: &Object, set: &Name, out: &mut Why) {
    let sts = cluster.api.store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|o| o.stateful_set());
    let Some(sts) = sts else { return };
    let revision = object.meta.labels.get(identity::REVISION).unwrap_or_default();
    let outdated = !sts.status.update_revision.is_empty() && *revision != *sts.status.update_revision;
    if outdated && !object.meta.terminating() && !sts.spec.parallel {
        out.help.insert(0, format!("sts-lab delete pod {}", object.meta.name));
    }
}

fn of_set(cluster: &Cluster, object: &Object, out: &mut Why) {
    let Some(set) = object.stateful_set() else { return };
    let (name, spec, status) = (&object.meta.name, &set.spec, &set.status);
    out.now.push(if status.replicas > spec.replicas {
        let (there, ready) = (status.replicas, status.ready);
        format!("StatefulSet {name} has {there} Pods, {ready} of them Ready, and should have {}.", spec.replicas)
    } else {
        format!("StatefulSet {name} has {} of {} Pods Ready.", status.ready, spec.replicas)
    });
    if object.meta.terminating() {
        out.now.push(format!("It was asked to go; {} holds it.", object.meta.finalizers.join(", ")));
    }
    if status.current_revision != status.update_revision && !status.update_revision.is_empty() {
        out.now
            .push(format!("{} of {} have the new revision {}.", status.updated, spec.replicas, status.update_revision));
    }
    of_set_waiting(cluster, &super::since::name_of(object), out);
    if out.now.len() == 1 && status.ready == spec.replicas {
        out.now.push("It is as its spec says; nothing is being waited for.".into());
        out.help.push(format!("sts-lab order {name}"));
    }
}

fn of_set_waiting(cluster: &Cluster, set: &Name, out: &mut Why) {
    let store = &cluster.api.store;
    out.now.extend(waiting(cluster, set));
    let blocking = super::pods::pods_of(store, set).into_iter().find(|p| !p.pod().is_some_and(|p| p.status.is_ready()));
    if let Some(pod) = blocking {
        out.help.push(format!("sts-lab why pod/{}", pod.meta.name));
    }
    let warnings = store.in_namespace(Kind::Event, &set.0).filter_map(|o| o.event());
    let of_set = warnings.filter(|e| e.warning && *e.about.of.kind == *"StatefulSet" && *e.about.name == *set.1);
    if let Some(event) = of_set.max_by_key(|event| event.last) {
        out.now.push(format!("Its last warning, {} times: {}: {}", event.count, event.reason, event.message));
        let (told, help) = symptom::refusal(&event.message);
        out.now.extend(told);
        out.help.extend(help);
        out.help.push(format!("sts-lab events --for sts/{}", set.1));
    }
}

fn of_claim(cluster: &Cluster, object: &Object, out: &mut Why) {
    let (name, Some(claim)) = (&object.meta.name, object.claim()) else { return };
    let namespace = object.meta.namespace.to_string();
    let user =
        super::claims::users_in(&cluster.api.store, &namespace).get(&(namespace.clone(), name.to_string())).cloned();
    let users: Vec<String> = user.iter().cloned().collect();
    match claim.status.phase {
        ClaimPhase::Bound => {
            let volume = claim.volume.as_deref().unwrap_or_default();
            out.now.push(format!("PVC {name} is Bound to {}, which holds its data.", short_volume(volume)));
            storage::settled(cluster, object, &users, out);
        }
        ClaimPhase::Lost => storage::lost(object, out),
        ClaimPhase::Pending => {
            out.now.push(format!("PVC {name} is Pending: it has no volume yet."));
            storage::pending(cluster, object, &users, out);
        }
    }
    match (&user, object.meta.terminating()) {
        (Some(pod), true) => {
            out.now.push(format!(
                "It was deleted, but Pod {pod} uses it: kubernetes.io/pvc-protection holds it until then."
            ));
            out.help.push(format!("sts-lab delete pod {pod}"));
        }
        (Some(pod), false) => out.now.push(format!("Pod {pod} uses it.")),
        (None, _) => out.now.push("No Pod uses it.".into()),
    }
    kept_by(cluster, object, out);
    out.help.push(format!("sts-lab describe pvc {name}"));
    storage::growth_help(cluster, object, out);
}

/// What decides how long a claim lives.
fn kept_by(cluster: &Cluster, object: &Object, out: &mut Why) {
    let owners: Vec<String> = object.meta.owners.iter().map(|o| format!("{} {}", o.kind, o.name)).collect();
    if !owners.is_empty() {
        out.now.push(format!("It goes when its owner goes: {}.", words::list(&owners)));
        return;
    }
    let since = Since::now(cluster);
    let set = since.set_of_claim(cluster, &object.meta.namespace, &object.meta.name);
    match set.and_then(|(name, _)| Some((since.set(cluster, &name)?.spec.clone(), name.1))) {
        Some((spec, name)) => {
            let retention = words::retention(&spec).replacen("They stay", "stay", 1).replacen("They go", "go", 1);
            out.now.push(format!("It has no owner. Claims of {name} {retention}"));
        }
        None => out.now.push("It has no owner, and no set has it any more: it stays until you delete it.".into()),
    }
}

fn of_service(cluster: &Cluster, object: &Object, out: &mut Why) {
    let (namespace, name) = (&object.meta.namespace, &object.meta.name);
    let Some(service) = Service::find(&cluster.api.store, namespace, name) else { return };
    if let Some(target) = service.external_name() {
        out.now.push(format!("The Service {name} is only another name, for {target}: it has no address and no Pods."));
        out.now.extend(alias(cluster, &service));
        out.help.push(format!("sts-lab dns {name}"));
        return;
    }
    let (count, ready) = service.endpoints();
    let kind = if service.is_headless() { "headless " } else { "" };
    out.now.push(format!("The {kind}Service {name} has {}, {ready} of them ready.", words::count(count, "endpoint")));
    let selector: Vec<String> = service.selector().iter().map(|(k, v)| format!("{k}={v}")).collect();
    if count == 0 && !selector.is_empty() {
        out.now.push(format!("No Pod with an address has the labels {}.", selector.join(",")));
    }
    external::add(cluster, object, out);
    out.help.push(format!("sts-lab dns {name}"));
}

/// Why DNS has no address for an `ExternalName` Service.
fn alias(cluster: &Cluster, service: &Service<'_>) -> Option<String> {
    let name = service.fqdn() + ".";
    let query = Query { name: &name, kind: Some(Type::A), namespace: service.namespace(), from: None };
    let answer = resolve(&cluster.api.store, &query);
    let known = answer.records().iter().any(|record| record.kind == Type::A);
    (!known).then(|| format!("DNS: {}.", answer.reason()))
}

fn of_node(cluster: &Cluster, object: &Object, out: &mut Why) {
    let name = &object.meta.name;
    let state = if is_ready(object) { "Ready" } else { "not Ready" };
    out.now.push(format!("Node {name} is {state}."));
    if let Some(fault) = breakage::behind(&cluster.faults, None, &[], Some(name)) {
        out.now.push(format!("A fault is in force: {}.", fault.what));
        out.help.push(fault.heal);
    }
    out.help.push(format!("sts-lab describe node {name}"));
}
