//! `sts-lab settle`: let time run.

use std::time::Duration;

use super::args;
use super::desk::Desk;
use super::open::{Outcome, with_session};
use crate::view::screen::settled;
use crate::view::since::Since;

/// Lets time run until the world rests, or for a while.
pub fn run(desk: &Desk<'_>, args: &args::Settle, words: &[String]) -> Outcome {
    let look = desk.look();
    with_session(desk, words, |session| {
        let since = Since::now(session.cluster());
        match args.for_seconds {
            Some(seconds) => session.run_for(Duration::from_secs_f64(seconds)),
            None => session.settle(Duration::from_secs_f64(args.quiet)),
        }
        desk.out(&settled(session.cluster(), &since, look, desk.cli.verbose));
        Ok(0)
    })
}
