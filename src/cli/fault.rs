//! `sts-lab fault …`: break something, or heal it.

use super::args::{self, Cli, FaultKind, Tristate};
use super::open::{Outcome, with_session};
use crate::cluster::Fault;

/// Applies the faults of one command line.
pub fn run(cli: &Cli, args: &args::Fault, words: &[String]) -> Outcome {
    let faults = faults(&args.what)?;
    with_session(cli, words, |session| {
        for fault in faults {
            session.fault(fault);
        }
        Ok(0)
    })
}

fn faults(what: &FaultKind) -> anyhow::Result<Vec<Fault>> {
    let mut out = Vec::new();
    match what {
        FaultKind::Pod { name, ready, crash, hang, phase, reason, message } => {
            for (attribute, value) in [("ready", ready), ("crash", crash), ("hang", hang)] {
                if let Some(Tristate(value)) = value {
                    out.push(Fault::Pod { name: name.clone(), attribute: attribute.into(), value: *value });
                }
            }
            if let Some(phase) = phase {
                let (reason, message) = (reason.clone(), message.clone());
                out.push(Fault::PodPhase { name: name.clone(), phase: phase.clone(), reason, message });
            }
        }
        FaultKind::Image { name, pull, ready, crash } => {
            for (attribute, value) in [("pull", pull), ("ready", ready), ("crash", crash)] {
                if let Some(Tristate(value)) = value {
                    out.push(Fault::Image { image: name.clone(), attribute: attribute.into(), value: *value });
                }
            }
        }
        FaultKind::Node { name, up, .. } => out.push(Fault::Node { name: name.clone(), up: *up }),
        FaultKind::Storage { resizer } => out.push(Fault::Resizer { works: *resizer }),
        FaultKind::Clear => out.push(Fault::Clear),
    }
    anyhow::ensure!(!out.is_empty(), "nothing to break: say what, as in `sts-lab fault pod web-0 --ready=false`");
    Ok(out)
}
