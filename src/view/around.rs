//! What `why` says about the things around a set: the names of its Pods, budgets, nodes that are to be emptied, and what
//! holds an object that was asked to go.

use super::why::Why;
use super::words;
use crate::cluster::Cluster;
use crate::dns::{Outcome, Query, Service, Type, resolve};
use crate::resource::kind::ALL;
use crate::resource::model::Phase;
use crate::resource::selector::Selector;
use crate::resource::{Kind, Object};
use crate::store::{Milestone, Store};

/// How many objects of one sort are named.
const FEW: usize = 3;

/// Adds to what is said of an object what stands around it.
pub(super) fn add(cluster: &Cluster, object: &Object, out: &mut Why) {
    match object.kind() {
        Kind::Pod => {
            address(cluster, object, out);
            name_of_pod(cluster, object, out);
        }
        Kind::StatefulSet => service_of_set(cluster, object, out),
        Kind::PodDisruptionBudget => budget(cluster, object, out),
        Kind::Node => to_be_emptied(cluster, object, out),
        Kind::Namespace => namespace(cluster, object, out),
        Kind::PersistentVolumeClaim | Kind::PersistentVolume => {}
        _ => held(object, out),
    }
}

/// Row 18, rules P27, D24: a Pod that came back has another address.
fn address(cluster: &Cluster, object: &Object, out: &mut Why) {
    // One that nobody would ask anyway has other worries.
    let pod = object.pod().filter(|pod| pod.status.is_ready());
    let Some(own) = pod.and_then(|pod| pod.status.pod_ip) else { return };
    let mut before = None;
    for change in cluster.api.store.history.changes() {
        if change.kind != Kind::Pod || *change.name != *object.meta.name || *change.namespace != *object.meta.namespace
        {
            continue;
        }
        let given =
            change.milestones.iter().find_map(|m| if let Milestone::Address(ip) = m { Some(*ip) } else { None });
        before = given.filter(|ip| *ip != own).or(before);
    }
    let Some(before) = before else { return };
    let name = &object.meta.name;
    out.now.push(format!(
        "Its address is {own}; the Pod {name} before it had {before}, where nobody answers any more. Who resolved its name \
         before, asks there until the answer is forgotten: 30 s in most clusters' DNS, longer in clients that keep addresses \
         themselves. Resolve again at each connection, or call a Service with an address of its own."
    ));
}

/// Row 16, rules D12, D13, D22: the name that a set promises to its Pod.
fn name_of_pod(cluster: &Cluster, object: &Object, out: &mut Why) {
    let (store, namespace) = (&cluster.api.store, &object.meta.namespace);
    let Some(pod) = object.pod().filter(|pod| pod.status.phase == Phase::Running) else { return };
    let (Some(hostname), Some(subdomain)) = (pod.hostname.as_deref(), pod.subdomain.as_deref()) else { return };
    let name = format!("{hostname}.{subdomain}");
    let answer = resolve(store, &Query { name: &name, kind: Some(Type::A), namespace, from: None });
    let Some(first) = answer.tried.first().filter(|_| answer.records().is_empty()) else { return };
    let outcome = if first.outcome == Outcome::NoData { "NODATA" } else { "NXDOMAIN" };
    out.now.push(format!("Its name {name} does not resolve ({outcome}): {}.", first.why));
    fix_of_name(store, namespace, subdomain, pod.status.is_ready(), out);
}

fn fix_of_name(store: &Store, namespace: &str, service: &str, ready: bool, out: &mut Why) {
    match Service::find(store, namespace, service) {
        None => {
            out.now.push(format!(
                "Make a headless Service {service} with the labels of the Pods as its selector: the names answer as soon as \
                 their Pods are Ready, without a restart."
            ));
            out.help.insert(0, format!("sts-lab create service clusterip {service} --clusterip=None"));
        }
        Some(found) if !ready && !found.publishes_not_ready() => {
            let patch = "'{\"spec\":{\"publishNotReadyAddresses\":true}}'";
            // First of all it should become Ready.
            out.help.push(format!("sts-lab patch svc {service} -p {patch}"));
        }
        Some(_) => out.help.insert(0, format!("sts-lab why svc/{service}")),
    }
}

/// The Service that a set names, which nobody checks (rule D5).
fn service_of_set(cluster: &Cluster, object: &Object, out: &mut Why) {
    let Some(set) = object.stateful_set() else { return };
    let (name, namespace) = (&set.spec.service_name, &object.meta.namespace);
    if name.is_empty() || Service::find(&cluster.api.store, namespace, name).is_some() {
        return;
    }
    out.now.push(format!(
        "Its serviceName is {name}, and there is no such Service: its Pods run, but have no names. No Event says so."
    ));
    fix_of_name(&cluster.api.store, namespace, name, true, out);
}

/// The Pods of a budget.
fn covered<'s>(store: &'s Store, budget: &'s Object) -> impl Iterator<Item = &'s Object> {
    let selector = budget.plain().and_then(|body| Selector::from_label_selector(&body.get("spec")?["selector"]).ok());
    let pods = store.in_namespace(Kind::Pod, &budget.meta.namespace).map(|pod| &**pod);
    pods.filter(move |pod| selector.as_ref().is_some_and(|selector| selector.matches(|key| pod.meta.labels.get(key))))
}

fn number(object: &Object, key: &str) -> i64 {
    object.plain().and_then(|body| body.get("status")?[key].as_i64()).unwrap_or(0)
}

/// Row 19: a budget that allows nothing.
fn budget(cluster: &Cluster, object: &Object, out: &mut Why) {
    let name = &object.meta.name;
    let status = |key: &str| number(object, key);
    let (expected, desired, healthy) = (status("expectedPods"), status("desiredHealthy"), status("currentHealthy"));
    let allowed = status("disruptionsAllowed");
    out.now.push(format!(
        "It covers {}; {healthy} of them healthy, and {desired} must be. So it allows {} now.",
        words::count(usize::try_from(expected).unwrap_or(0), "Pod"),
        words::count(usize::try_from(allowed).unwrap_or(0), "disruption"),
    ));
    if allowed > 0 {
        return;
    }
    let sick = covered(&cluster.api.store, object).find(|pod| !pod.pod().is_some_and(|pod| pod.status.is_ready()));
    if let Some(pod) = sick {
        out.now.push(format!("Pod {} is not Ready: evictions are refused until it is.", pod.meta.name));
        out.help.push(format!("sts-lab why pod/{}", pod.meta.name));
    }
    if expected > 0 && desired >= expected {
        out.now.push("It would allow none even if all were Ready: a drain waits for ever.".into());
        let patch = "'{\"spec\":{\"minAvailable\":null,\"maxUnavailable\":1}}'";
        out.help.push(format!("sts-lab patch pdb {name} --type=merge -p {patch}"));
    }
}

/// Rows 19 and 20: what keeps a cordoned node from being drained (rule N12).
fn to_be_emptied(cluster: &Cluster, node: &Object, out: &mut Why) {
    let cordoned = node.plain().and_then(|body| body.get("spec")?["unschedulable"].as_bool());
    if cordoned != Some(true) {
        return;
    }
    let (store, name) = (&cluster.api.store, &node.meta.name);
    out.now.push("It is cordoned: no Pod is put on it.".into());
    let (mut bare, mut daemons, mut local, mut budgets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for pod in store.all(Kind::Pod).filter(|pod| pod.pod().is_some_and(|p| p.node.as_deref() == Some(name))) {
        let body = pod.pod().filter(|body| !body.status.phase.is_terminal());
        let named = pod.meta.name.to_string();
        match pod.meta.controller() {
            None => bare.push(named.clone()),
            Some(owner) if *owner.kind == *"DaemonSet" => {
                daemons.push(named);
                continue;
            }
            Some(_) => {}
        }
        let volumes = body.and_then(|body| body.template.spec.get("volumes")?.as_array());
        if volumes.is_some_and(|list| list.iter().any(|volume| volume.get("emptyDir").is_some())) {
            local.push(named.clone());
        }
        for budget in store.in_namespace(Kind::PodDisruptionBudget, &pod.meta.namespace) {
            if number(budget, "disruptionsAllowed") == 0
                && covered(store, budget).any(|own| own.meta.uid == pod.meta.uid)
            {
                budgets.push((named.clone(), budget.meta.name.to_string()));
            }
        }
    }
    let mut flags = String::new();
    let sorts = [
        (&bare, "has no controller that would make it again", "--force"),
        (&daemons, "belongs to a DaemonSet, which would put it back", "--ignore-daemonsets"),
        (&local, "has an emptyDir, whose data would be lost", "--delete-emptydir-data"),
    ];
    for (pods, why, flag) in sorts.into_iter().filter(|(pods, ..)| !pods.is_empty()) {
        out.now.push(format!("Pod {} {why}: a drain refuses without {flag}.", few(pods)));
        flags.extend([" ", flag]);
    }
    for (pod, budget) in budgets.iter().take(FEW) {
        out.now.push(format!("Pod {pod} may not be evicted: PodDisruptionBudget {budget} allows no disruption now."));
    }
    if let Some((_, budget)) = budgets.first() {
        out.help.insert(0, format!("sts-lab why pdb/{budget}"));
    } else if !flags.is_empty() {
        out.help.insert(0, format!("sts-lab drain {name}{flags}"));
    }
    out.help.push(format!("sts-lab uncordon {name}"));
}

fn few(names: &[String]) -> String {
    let shown = names.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > FEW { format!("{shown} and {} more", names.len() - FEW) } else { shown }
}

/// The command that takes all finalizers off an object.
fn release(object: &Object) -> String {
    let namespace = match &*object.meta.namespace {
        "" | "default" => String::new(),
        namespace => format!("-n {namespace} "),
    };
    let (kind, name) = (object.kind().info().name.to_lowercase(), &object.meta.name);
    format!("sts-lab {namespace}patch {kind} {name} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'")
}

/// An object that was asked to go and has finalizers (rule G5).
fn held(object: &Object, out: &mut Why) {
    if !object.meta.terminating() || object.meta.finalizers.is_empty() {
        return;
    }
    out.now.push(format!(
        "It was asked to go. Its finalizers hold it: {}. Whoever put one there takes it off once its own work is done; take \
         it off by hand only if nobody will.",
        object.meta.finalizers.join(", ")
    ));
    out.help.insert(0, release(object));
}

/// Row 35, rule G8: what keeps a namespace.
fn namespace(cluster: &Cluster, object: &Object, out: &mut Why) {
    let (store, name) = (&cluster.api.store, &object.meta.name);
    if !object.meta.terminating() {
        return;
    }
    out.now
        .push("It is Terminating: everything in it is deleted, Pods first, and it goes when nothing is left.".into());
    let conditions = object.plain().and_then(|body| body.get("status")?["conditions"].as_array());
    for condition in conditions.into_iter().flatten().filter(|condition| condition["status"] == "True") {
        let text = |key: &str| condition[key].as_str().unwrap_or_default();
        out.now.push(format!("{}: {}.", text("type"), text("message")));
    }
    if let Some(pod) = store.in_namespace(Kind::Pod, name).next() {
        out.now.push(format!("Pod {} is still there; nothing else is touched before.", pod.meta.name));
        out.help.push(format!("sts-lab -n {name} why pod/{}", pod.meta.name));
        return;
    }
    for info in ALL.iter().filter(|info| info.namespaced) {
        for left in store.in_namespace(info.kind, name).filter(|left| !left.meta.finalizers.is_empty()).take(FEW) {
            let finalizers = left.meta.finalizers.join(", ");
            out.now.push(format!("{} {} is held by {finalizers}.", info.name, left.meta.name));
            out.help.push(release(left));
        }
    }
}
