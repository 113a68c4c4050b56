//! `sts-lab trace`: all that happened, one line for each milestone.

use std::io::Write;
use std::time::Duration;

use super::args;
use super::desk::Desk;
use super::open::{Outcome, lab};
use crate::lab::Lab;
use crate::resource::Time;
use crate::view::log::log;

/// Prints the trace.
pub fn run(desk: &Desk<'_>, args: &args::Trace) -> Outcome {
    let look = desk.look();
    let lab = lab(desk)?;
    let from = args.since.map(|seconds| moment(&lab, seconds));
    if args.output == "table" {
        desk.out(&log(&lab.cluster, from).render(look));
        return Ok(0);
    }
    let mut out = std::io::BufWriter::new(desk.room.stdout());
    let from = from.map(Time::rfc3339_micro);
    for line in lab.cluster.api.store.history.trace_lines() {
        let wanted = from.as_deref().is_none_or(|from| line["time"].as_str().is_none_or(|time| time >= from));
        if wanted && writeln!(out, "{line}").is_err() {
            break;
        }
    }
    Ok(0)
}

/// So many seconds after the lab began, or before now if negative.
fn moment(lab: &Lab, seconds: f64) -> Time {
    let span = Duration::try_from_secs_f64(seconds.abs()).unwrap_or(Duration::MAX);
    if seconds < 0.0 { lab.cluster.now - span } else { lab.cluster.start + span }
}
