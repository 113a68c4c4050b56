//! `sts-lab trace`: all that happened, one line for each milestone.

use std::io::Write;

use super::args::{self, Cli};
use super::open::{Outcome, lab};

/// Prints the trace.
pub fn run(cli: &Cli, _args: &args::Trace) -> Outcome {
    let lab = lab(cli)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in lab.cluster.api.store.history.trace_lines() {
        if writeln!(out, "{line}").is_err() {
            break;
        }
    }
    Ok(0)
}
