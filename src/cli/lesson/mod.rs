//! `sts-lab lesson …`: lessons taken, and lessons checked.

mod check;

use clap::Subcommand;

use super::desk::Desk;
use super::open::Outcome;

/// Arguments of `lesson`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  sts-lab lesson check lessons/basics/scaling.yaml\n  sts-lab lesson check")]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with lessons.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Hold lessons to what they say: for authors
    Check(check::Check),
}

/// Does it.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    match &args.what {
        What::Check(args) => check::run(desk, args),
    }
}
