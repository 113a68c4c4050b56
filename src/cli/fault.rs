//! `sts-lab fault …`: break something, or heal it.

use super::args::{self, Cli, FaultKind, Tristate};
use super::look::{self, of_stdout};
use super::open::{Outcome, with_session};
use crate::cluster::Fault;
use crate::view::breakage::{confirmation, faults as in_force};

/// Applies the faults of one command line.
pub fn run(cli: &Cli, args: &args::Fault, words: &[String]) -> Outcome {
    let faults = faults(&args.what)?;
    let look = of_stdout(cli);
    with_session(cli, words, |session| {
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
