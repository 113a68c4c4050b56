//! `sts-lab lesson …`: lessons taken, and lessons checked.

mod check;
mod list;
mod new;
mod play;
mod shelf;
mod store;

use anyhow::bail;
use clap::Subcommand;

use super::desk::Desk;
use super::open::Outcome;
use crate::cli::args::format::Format;

/// Arguments of `lesson`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  sts-lab lesson list\n  sts-lab lesson list oncall    # the lessons of a track\n  sts-lab lesson start first-set\n  \
    sts-lab lesson next           # go on where you were\n  sts-lab lesson hint           # the next hint, from another terminal too\n  sts-lab lesson verify         \
    # which of the task's conditions hold\n  sts-lab lesson start scaling --yes   # watch it: the model answers are played\n  \
    sts-lab lesson start mine/rollback.yaml\n\nEach lesson has a lab of its own: `sts-lab --lab lesson-NAME …` acts in it from \
    another terminal."
)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with lessons.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The tracks and how far you are; with a track, its lessons
    List(list::List),
    /// Take a lesson, from its beginning or from where you left it
    Start {
        /// Its name, a track, or a file of your own; without it, the one that comes next
        #[arg(value_name = "NAME|FILE")]
        name: Option<String>,
        #[command(flatten)]
        how: play::How,
    },
    /// Go on where you were; after the end of a lesson, with the one after it
    Next {
        #[command(flatten)]
        how: play::How,
    },
    /// The next hint of the step where you are
    Hint {
        /// The lesson; without it, the one you took last
        name: Option<String>,
    },
    /// Forget how far you are in a lesson, and its lab
    Reset {
        /// The lesson; without it, the one you took last
        name: Option<String>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Which conditions of the task hold, whoever brought them about; exit code 0 if all do
    Verify {
        /// The lesson; without it, the one you took last
        name: Option<String>,
        #[command(flatten)]
        output: Format,
    },
    /// What a lesson is about, and its steps
    Show {
        /// Its name, or a file of your own
        #[arg(value_name = "NAME|FILE")]
        name: String,
    },
    /// Hold lessons to what they say: for authors
    Check(check::Check),
    /// Write the beginning of a lesson of your own: for authors
    New {
        /// Its name
        name: String,
        /// The folder of its track, which is made if need be
        #[arg(long, value_name = "FOLDER")]
        track: Option<String>,
    },
}

/// Does it.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    let looks = matches!(args.what, What::List(_) | What::Show { .. } | What::Check(_));
    if desk.room.is_alone() && !looks {
        bail!("lessons cannot be taken from here: these lines run in a lab of their own");
    }
    match &args.what {
        What::List(args) => list::list(desk, args),
        What::Start { name: Some(name), how } => play::start(desk, name, how),
        What::Start { name: None, how } => play::next(desk, how),
        What::Next { how } => play::next(desk, how),
        What::Hint { name } => play::hint(desk, name.as_deref()),
        What::Reset { name, yes } => play::reset(desk, name.as_deref(), *yes),
        What::Verify { name, output } => play::verify(desk, name.as_deref(), output.is_json()),
        What::Show { name } => list::show(desk, name),
        What::Check(args) => check::run(desk, args),
        What::New { name, track } => new::new(desk, name, track.as_deref()),
    }
}
