//! `sts-lab fault …`: break something, or heal it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::{self, Cli, FaultKind, Tristate};
use super::look::{self, of_stdout};
use super::open::{Outcome, with_session};
use crate::cluster::faults::About;
use crate::cluster::scheduler::ZONE;
use crate::cluster::{Cluster, Fault};
use crate::resource::{Kind, Object};
use crate::view::breakage::{confirmation, faults as in_force};

/// Applies the faults of one command line.
pub fn run(cli: &Cli, args: &args::Fault, words: &[String]) -> Outcome {
    let what = faults(&args.what)?;
    let look = of_stdout(cli);
    with_session(cli, words, |session| {
        let faults = match &args.what {
            FaultKind::Zone { name, up, .. } => zone(session.cluster(), name, *up)?,
            _ => what,
        };
        let mut out = String::new();
        for fault in faults {
            out.extend([look.wrap(&confirmation(&fault), 2).as_str(), "\n"]);
            session.fault(fault);
        }
        if let Some(section) = in_force(&session.cluster().faults) {
            out.extend(["\n", &section.render(look)]);
        }
        out.push_str("\nNo time has passed yet.\n\nNext    sts-lab settle\n        sts-lab tick\n");
        look::out(&out);
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

fn faults(what: &FaultKind) -> anyhow::Result<Vec<Fault>> {
    let mut out = Vec::new();
    match what {
        FaultKind::Pod { name, ready, crash, hang, phase, evict, container, ailing, reason, message } => {
            let whole = hang.is_some() || phase.is_some() || evict.is_some();
            anyhow::ensure!(
                container.is_none() || !whole,
                "--hang, --phase and --evict are about the whole Pod: leave --container out"
            );
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
        FaultKind::Storage { resizer } => out.push(Fault::Resizer { works: *resizer }),
        FaultKind::Clear => out.push(Fault::Clear),
    }
    anyhow::ensure!(!out.is_empty(), "nothing to break: say what, as in `sts-lab fault pod web-0 --ready=false`");
    Ok(out)
}
