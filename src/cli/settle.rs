//! `sts-lab settle`: let time run.

use std::time::Duration;

use super::args::{self, Cli};
use super::open::{Outcome, with_session};

/// Lets time run until the world rests, or for a while.
pub fn run(cli: &Cli, args: &args::Settle, words: &[String]) -> Outcome {
    with_session(cli, words, |session| {
        match args.for_seconds {
            Some(seconds) => session.run_for(Duration::from_secs_f64(seconds)),
            None => session.settle(Duration::from_secs_f64(args.quiet)),
        }
        Ok(0)
    })
}
