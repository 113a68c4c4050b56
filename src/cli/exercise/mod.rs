//! `sts-lab exercise …`: exercises are started, looked at, handed in, and written.

mod author;
mod begun;
mod find;

use std::path::PathBuf;

use anyhow::ensure;
use clap::Subcommand;
use serde_json::{Value, json};

use super::args::format::{Format, ListFormat};
use super::desk::Desk;
use super::open::Outcome;
use crate::course::content::{Kind, Library};
use crate::course::exercise::Exercise;
use crate::view::table::Table;

use begun::Begun;
pub use find::find;
use find::{exercise_of, is_path, loaded};

pub const EXAMPLES: &str = "Examples:\n  sts-lab exercise list\n  sts-lab exercise start first-set --student ada@example.org\n  \
    sts-lab exercise check            # points and feedback for what is there now\n  sts-lab exercise submit -o ada.submission\n  \
    sts-lab exercise new my-exercise  # the beginning of your own\n  sts-lab exercise lint my-exercise\n\nThe student works \
    with kubectl's and the lab's verbs in the lab `exercise-NAME`, which `start` puts to use.";

/// Arguments of `exercise`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with exercises.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The exercises that come with sts-lab
    List {
        #[command(flatten)]
        output: ListFormat,
    },
    /// Begin an exercise: makes its lab and its files, and tells the task
    Start {
        /// Its name, or the folder or file of one
        exercise: String,
        /// Who you are: your name in class, or your e-mail address; it decides which variant you get
        #[arg(long, value_name = "ID", env = "STS_LAB_STUDENT")]
        student: String,
        /// Where its files go; without it, a new folder of the exercise's name
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Begin again: what was done so far in this exercise is gone
        #[arg(long)]
        again: bool,
    },
    /// The task again
    Task {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
    },
    /// The next hint
    Hint {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
    },
    /// What holds already: each check with its points and feedback
    Check {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
        #[command(flatten)]
        output: Format,
    },
    /// Write what is handed in: the journal of the lab, with who did it
    Submit {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
        /// The file; - is standard output
        #[arg(short = 'o', long = "output", value_name = "FILE")]
        file: Option<PathBuf>,
        /// Write over a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Write a new exercise to begin from
    New {
        /// Its name
        name: String,
    },
    /// Write an exercise that comes with sts-lab to a folder, to change it
    Export {
        /// Its name
        name: String,
        /// The folder; without it, one of its name
        dir: Option<PathBuf>,
    },
    /// For authors: whether exercises keep what they promise, in every variant
    Lint {
        /// Names, folders or files; without one, all that come with sts-lab
        exercises: Vec<String>,
    },
}

/// Runs `exercise`.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    ensure!(!desk.room.is_alone(), "exercises have labs of their own, which are not within reach of these lines");
    match &args.what {
        What::List { output } => list(desk, output.word()),
        What::Start { exercise, student, dir, again } => begun::start(desk, exercise, student, dir.as_deref(), *again),
        What::Task { exercise } => {
            let begun = Begun::find(desk, exercise.as_deref())?;
            begun.tell(desk);
            Ok(0)
        }
        What::Hint { exercise } => begun::hint(desk, exercise.as_deref()),
        What::Check { exercise, output } => match exercise.as_deref().filter(|name| is_path(desk, name)) {
            Some(path) => Ok(author::lint_all(desk, &[path.to_string()])),
            None => begun::check(desk, exercise.as_deref(), output.is_json()),
        },
        What::Submit { exercise, file, force } => begun::submit(desk, exercise.as_deref(), file.as_deref(), *force),
        What::New { name } => author::new(desk, name),
        What::Export { name, dir } => author::export(desk, name, dir.as_deref()),
        What::Lint { exercises } => Ok(author::lint_all(desk, exercises)),
    }
}

fn list(desk: &Desk<'_>, output: &str) -> Outcome {
    let library = Library::shipped();
    let mut exercises: Vec<(Exercise, usize)> = Vec::new();
    for source in library.of(Kind::Exercise) {
        let loaded = loaded(source.clone(), None)?;
        let first = loaded.variants.first();
        exercises.push((exercise_of(&loaded, &first)?, loaded.variants.count()));
    }
    exercises.sort_by(|(a, _), (b, _)| (a.level, &a.name).cmp(&(b.level, &b.name)));
    let points = |e: &Exercise| e.checks.iter().map(|check| check.points).sum::<u32>();
    match output {
        "json" => {
            let value: Value = exercises
                .iter()
                .map(|(e, variants)| {
                    json!({
                        "name": e.name, "level": e.level.to_string(), "minutes": e.minutes, "points": points(e),
                        "hidden": e.hidden, "variants": variants, "summary": e.summary,
                    })
                })
                .collect();
            desk.out(&format!("{value:#}\n"));
        }
        "name" => exercises.iter().for_each(|(e, _)| desk.out(&format!("{}\n", e.name))),
        _ => {
            let mut table = Table::new(&["NAME", "LEVEL", "#MIN", "#POINTS", "~WHAT"]);
            for (e, _) in &exercises {
                table.row([
                    e.name.as_str().into(),
                    e.level.to_string().into(),
                    e.minutes.to_string().into(),
                    points(e).to_string().into(),
                    e.summary.as_str().into(),
                ]);
            }
            desk.out(&table.render(desk.look()));
            desk.out("\n`sts-lab exercise start NAME --student ID` begins one.\n");
        }
    }
    Ok(0)
}
