//! `sts-lab myth …`: claims that people repeat, put to the test.

use anyhow::{anyhow, ensure};
use clap::Subcommand;
use serde_json::Value;

use super::args::format::Format;
use super::desk::Desk;
use super::library::{library, refused};
use super::open::Outcome;
use super::person::Person;
use super::stage::InProcess;
use crate::course::learner::{Learner as _, Menu};
use crate::course::myth::{self, Numbered, Verdict, screen};
use crate::kubectl::print::go;
use crate::view::style::Tone;

pub const EXAMPLES: &str = "Examples:\n  sts-lab myth list\n  sts-lab myth run 1                # by its number\n  \
    sts-lab myth run scale-up-order    # or by its name\n  sts-lab myth run 5 --guess=depends\n  sts-lab myth run all -o json\n  \
    sts-lab myth check                 # the verdicts are what the experiments come to";

/// Arguments of `myth`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Read myths from these files and folders, in the place of those that come with sts-lab
    #[arg(long, global = true, value_name = "PATH")]
    pub from: Vec<String>,
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with myths.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The claims there are
    List {
        /// Tell the verdicts, too
        #[arg(long)]
        spoil: bool,
        #[command(flatten)]
        output: Format,
    },
    /// Put a claim to the test: guess, run the experiment, see the verdict
    Run {
        /// Its number or name; `all` for all of them
        #[arg(value_name = "N|NAME|all")]
        myth: String,
        /// What you think it is: true, false or depends. On a terminal you are asked
        #[arg(long, value_parser = ["true", "false", "depends"])]
        guess: Option<String>,
        #[command(flatten)]
        output: Format,
    },
    /// Run all experiments, and say where a stated verdict is not what they come to
    Check {
        #[command(flatten)]
        output: Format,
    },
}

/// Does it.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    ensure!(!desk.room.is_alone(), "myths are not within reach here: these lines run in a lab of their own");
    let myths = myth::read(&library(desk, &args.from)?).map_err(refused)?;
    match &args.what {
        What::List { spoil, output } => {
            list(desk, &myths, *spoil, output.is_json());
            Ok(0)
        }
        What::Run { myth, guess, output } => {
            let chosen = match myth.as_str() {
                "all" => myths.iter().collect(),
                word => vec![myth::find(&myths, word).map_err(|why| anyhow!(why))?],
            };
            let guess = guess.as_deref().and_then(Verdict::parse);
            if output.is_json() { run_json(desk, &chosen, myth == "all") } else { run_all(desk, &chosen, guess) }
        }
        What::Check { output } => Ok(u8::from(check(desk, &myths, output.is_json()) > 0)),
    }
}

fn print_json(desk: &Desk<'_>, value: &Value) {
    desk.out(&format!("{}\n", go::json_indent(value)));
}

fn list(desk: &Desk<'_>, myths: &[Numbered], spoil: bool, json: bool) {
    if json {
        return print_json(desk, &myths.iter().map(|myth| screen::json(myth, None, spoil)).collect());
    }
    let look = desk.look();
    desk.out("Claims about StatefulSets that people repeat. Guess first: true, false, or does it depend?\n\n");
    desk.out(&screen::list(myths, spoil).render(look));
    desk.out(&format!("\nNext    sts-lab myth run {}\n", myths.first().map_or(1, |myth| myth.number)));
}

/// Runs some, one screen after the other.
fn run_all(desk: &Desk<'_>, chosen: &[&Numbered], guess: Option<Verdict>) -> Outcome {
    let look = desk.look();
    let mut wrong = 0;
    for (index, numbered) in chosen.iter().enumerate() {
        if index > 0 {
            desk.out("\n");
        }
        desk.out(&screen::claim(numbered, look));
        let guess = guess.or_else(|| ask(desk));
        let outcome = myth::run(&InProcess, &numbered.myth).map_err(|why| anyhow!("{}: {why}", numbered.file))?;
        desk.out(&screen::outcome(&numbered.myth, &outcome, guess, look));
        if outcome.verdict != numbered.myth.verdict {
            wrong += 1;
            desk.note(&format!("notice: {} says {}: the experiment decides\n", numbered.file, numbered.myth.verdict));
        }
    }
    Ok(u8::from(wrong > 0))
}

/// Asks what somebody thinks of a claim, if somebody sits there; nothing typed is no guess.
fn ask(desk: &Desk<'_>) -> Option<Verdict> {
    if !desk.is_terminal() {
        return None;
    }
    let mut person = Person::new(desk);
    let mut menu = Menu {
        items: ["It is true", "It is false", "It depends"].map(String::from).into(),
        words: &["true", "false", "depends"],
        prompt: "True, false, or does it depend? ",
        other: "nothing for no guess",
        ..Menu::default()
    };
    person.say("\n");
    loop {
        let typed = person.choose(&mut menu).unless_quit()?;
        if typed.trim().is_empty() {
            return None;
        }
        match Verdict::parse(&typed) {
            Some(verdict) => return Some(verdict),
            None => person.say("One of: true, false, depends; the first letter is enough.\n"),
        }
    }
}

fn run_json(desk: &Desk<'_>, chosen: &[&Numbered], all: bool) -> Outcome {
    let (mut out, mut wrong) = (Vec::new(), false);
    for numbered in chosen {
        let outcome = myth::run(&InProcess, &numbered.myth).map_err(|why| anyhow!("{}: {why}", numbered.file))?;
        wrong |= outcome.verdict != numbered.myth.verdict;
        out.push(screen::json(numbered, Some(&outcome), true));
    }
    print_json(desk, &if all { out.into() } else { out.pop().unwrap_or_default() });
    Ok(u8::from(wrong))
}

/// Runs all, and says what does not come out as stated; how many those are.
fn check(desk: &Desk<'_>, myths: &[Numbered], json: bool) -> usize {
    let (look, mut wrong) = (desk.look(), Vec::new());
    for numbered in myths {
        let Numbered { file, myth, .. } = numbered;
        let why = match myth::run(&InProcess, myth) {
            Err(why) => Some(why),
            Ok(outcome) if outcome.verdict != myth.verdict => {
                let reason = |trial: &myth::Trial| {
                    format!(
                        "holds: {}{}",
                        trial.holds,
                        if trial.reason.is_empty() { String::new() } else { format!(" ({})", trial.reason) }
                    )
                };
                let cases = outcome.trials.iter().map(reason).collect::<Vec<_>>().join("; ");
                Some(format!(
                    "the verdict is stated as {}, and the cases come to {}: {cases}",
                    myth.verdict, outcome.verdict
                ))
            }
            Ok(_) => None,
        };
        if let Some(why) = why {
            if !json {
                desk.out(&look.beside("WRONG", Tone::Bad, &format!("{file}: {why}")));
            }
            wrong.push(serde_json::json!({"file": file, "name": myth.name, "why": why}));
        }
    }
    let all = myths.len();
    if json {
        print_json(desk, &serde_json::json!({"myths": all, "wrong": wrong}));
    } else if wrong.is_empty() {
        desk.out(&format!("{all} myths: every verdict is what its experiments come to.\n"));
    } else {
        desk.out(&format!("{all} myths, {} wrong.\n", wrong.len()));
    }
    wrong.len()
}
