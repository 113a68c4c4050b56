//! `sts-lab fault …`: break something, or heal it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::{self, FaultKind, Tristate};
use super::desk::Desk;
use super::open::{Outcome, with_session};
use crate::cluster::faults::{About, Ailment, is_about, parts, place};
use crate::cluster::scheduler::ZONE;
use crate::cluster::{Cluster, Fault};
use crate::manifest::did_you_mean;
use crate::resource::model::ProbeKind;
use crate::resource::{Kind, Object};
use crate::view::breakage::{confirmation, faults as in_force};

/// Applies the faults of one command line.
pub fn run(desk: &Desk<'_>, args: &args::Fault, words: &[String]) -> Outcome {
    let what = faults(&args.what, desk.cli.namespace.as_deref())?;
    let look = desk.look();
    with_session(desk, words, |session| {
        let faults = match &args.what {
            FaultKind::Zone { name, up, .. } => zone(session.cluster(), name, *up)?,
            _ => what,
        };
        let mut out = String::new();
        for fault in faults {
            if let Fault::Driver { name, .. } = &fault {
                check_driver(session.cluster(), name)?;
            }
            if let Some(note) = doubt(session.cluster(), &fault)? {
                desk.note(&note);
            }
            out.extend([look.wrap(&confirmation(&fault), 2).as_str(), "\n"]);
            session.fault(fault);
        }
        if let Some(section) = in_force(&session.cluster().faults) {
            out.extend(["\n", &section.render(look)]);
        }
        out.push_str("\nNo time has passed yet.\n\nNext    sts-lab settle\n        sts-lab tick\n");
        desk.out(&out);
        Ok(0)
    })
}

/// The same fault for each node of a zone.
fn zone(cluster: &Cluster, zone: &str, up: bool) -> anyhow::Result<Vec<Fault>> {
    let nodes = || cluster.api.store.all(Kind::Node);
    let of = |node: &Object| node.meta.labels.get(ZONE).map(str::to_string);
    let silent = |node: &&Arc<Object>| of(node).as_deref() == Some(zone);
    let faults: Vec<Fault> =
        nodes().filter(silent).map(|node| Fault::Node { name: node.meta.name.to_string(), up }).collect();
    let zones: BTreeSet<String> = nodes().filter_map(|node| of(node)).collect();
    let zones = zones.into_iter().collect::<Vec<_>>().join(", ");
    anyhow::ensure!(!faults.is_empty(), "no node has the label {ZONE}={zone:?}; the zones of this cluster: {zones}");
    Ok(faults)
}

/// What a fault will not do to the Pod that is there: an error if it has no such container, a note if it has no such
/// probe. A Pod that is not there yet may have anything.
fn doubt(cluster: &Cluster, fault: &Fault) -> anyhow::Result<Option<String>> {
    let (place, ailment) = match fault {
        Fault::Pod { name, .. } => (name, None),
        Fault::Ailment { about: About::Pod(name), ailment } => (name, Some(*ailment)),
        _ => return Ok(None),
    };
    let (pod, container) = place.split_once('/').map_or((place.as_str(), None), |(pod, own)| (pod, Some(own)));
    let found = cluster.api.store.all(Kind::Pod).find(|object| is_about(pod, &object.meta));
    let pod = parts(pod).1;
    let Some(template) = found.and_then(|object| object.pod()).map(|pod| &pod.template) else { return Ok(None) };
    let all = || template.containers.iter().chain(&template.init_containers);
    let names: Vec<&str> = all().map(|container| &*container.name).collect();
    if let Some(container) = container.filter(|container| !names.contains(container)) {
        anyhow::bail!("Pod {pod} has no container {container}, but {}", names.join(", "));
    }
    let cares =
        || all().filter(|own| container.is_none_or(|name| *own.name == *name)).filter_map(|own| own.care.as_ref());
    let probe = |kind: ProbeKind| {
        let lacks = !cares().any(|care| care.probe(kind).is_some());
        lacks.then(|| format!("note: {pod} has no {}Probe now, so nothing comes of that\n", kind.word()))
    };
    Ok(match ailment {
        Some(Ailment::Startup(Some(_))) => probe(ProbeKind::Startup),
        Some(Ailment::Readiness(Some(_))) => probe(ProbeKind::Readiness),
        Some(Ailment::Liveness(Some(_))) => probe(ProbeKind::Liveness),
        Some(Ailment::HttpStatus(Some(_)) | Ailment::BootMs(Some(_))) => {
            let probed = cares().any(|care| !care.probes.is_empty());
            (!probed).then(|| format!("note: {pod} has no probes now, so nobody notices\n"))
        }
        Some(Ailment::PreStop(Some(_))) => {
            let hooked = cares().any(|care| care.pre_stop.is_some());
            (!hooked).then(|| format!("note: {pod} has no preStop hook now, so nothing comes of that\n"))
        }
        _ => None,
    })
}

/// A fault of a driver that the cluster has not is a slip of the finger.
fn check_driver(cluster: &Cluster, name: &str) -> anyhow::Result<()> {
    if cluster.drivers().get(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = cluster.drivers().names().collect();
    match (did_you_mean(name, names.iter().copied()), names.as_slice()) {
        (Some(other), _) => anyhow::bail!("there is no storage driver {name} in this cluster: did you mean {other}?"),
        (None, []) => anyhow::bail!(
            "there is no storage driver {name} in this cluster, nor any other: `sts-lab lab profiles` lists clusters that \
             have some"
        ),
        (None, names) => anyhow::bail!("there is no storage driver {name} in this cluster, but {}", names.join(", ")),
    }
}

/// The faults of a command; those of Pods and claims are about all namespaces unless one is named.
fn faults(what: &FaultKind, namespace: Option<&str>) -> anyhow::Result<Vec<Fault>> {
    let mut out = Vec::new();
    match what {
        FaultKind::Pod { name, ready, crash, hang, phase, evict, container, ailing, reason, message } => {
            let whole = hang.is_some() || phase.is_some() || evict.is_some();
            anyhow::ensure!(
                container.is_none() || !whole,
                "--hang, --phase and --evict are about the whole Pod: leave --container out"
            );
            let name = place(namespace, name);
            let place = container.as_ref().map_or_else(|| name.clone(), |container| format!("{name}/{container}"));
            for (attribute, value) in [("ready", ready), ("crash", crash), ("hang", hang)] {
                if let Some(Tristate(value)) = value {
                    out.push(Fault::Pod { name: place.clone(), attribute: attribute.into(), value: *value });
                }
            }
            let ails = |ailment| Fault::Ailment { about: About::Pod(place.clone()), ailment };
            out.extend(ailing.ailments().into_iter().map(ails));
            if let Some(resource) = evict {
                out.push(Fault::Evict { name: name.clone(), resource: resource.clone() });
            }
            if let Some(phase) = phase {
                let (reason, message) = (reason.clone(), message.clone());
                out.push(Fault::PodPhase { name: name.clone(), phase: phase.clone(), reason, message });
            }
        }
        FaultKind::Image { name, pull, ready, crash, ailing } => {
            let ails = |ailment| Fault::Ailment { about: About::Image(name.clone()), ailment };
            out.extend(ailing.ailments().into_iter().map(ails));
            for (attribute, value) in [("pull", pull), ("ready", ready), ("crash", crash)] {
                if let Some(Tristate(value)) = value {
                    out.push(Fault::Image { image: name.clone(), attribute: attribute.into(), value: *value });
                }
            }
        }
        FaultKind::Node { name, up, .. } => out.push(Fault::Node { name: name.clone(), up: *up }),
        // Which nodes those are, the lab knows.
        FaultKind::Zone { .. } => return Ok(out),
        FaultKind::Pvc { name, full } => out.push(Fault::Disk { claim: place(namespace, name), full: *full }),
        FaultKind::Storage { resizer, driver, up, .. } => {
            out.extend(resizer.map(|works| Fault::Resizer { works }));
            out.extend(driver.clone().map(|name| Fault::Driver { name, up: *up }));
        }
        FaultKind::Clear => out.push(Fault::Clear),
    }
    anyhow::ensure!(!out.is_empty(), "nothing to break: say what, as in `sts-lab fault pod web-0 --ready=false`");
    Ok(out)
}
