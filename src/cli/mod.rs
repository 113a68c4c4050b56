//! The words typed by a person: parsed, turned into calls, answered with an exit code. 0 done, 1 the world says no, 2 the
//! command line is wrong.

mod args;
mod argv;
mod ask;
mod compare;
mod conformance;
mod desk;
mod drill;
mod exercise;
mod fault;
mod files;
mod folder;
mod grade;
mod help;
mod history;
mod import;
mod kubectl;
mod lab;
mod lesson;
mod library;
mod lint;
mod look;
mod menu;
mod myth;
mod open;
mod person;
mod plan;
mod profiles;
mod run;
mod settle;
mod shell;
mod show;
mod stage;
mod tick;
mod trace;
mod verbs;
mod welcome;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches as _;
use clap::parser::ValueSource;

use args::{Cli, Command};
use desk::{Desk, Room};
pub use open::Outcome;
pub use stage::InProcess;

use crate::view::style::Look;

/// Runs the command line and returns the exit code. Started under the name `kubectl`, the program is kubectl.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let name = args.first().map(std::path::PathBuf::from).unwrap_or_default();
    if name.file_stem().is_some_and(|stem| stem == "kubectl") {
        args.splice(0..1, ["sts-lab".into(), "kubectl".into()]);
    }
    match Room::of_process() {
        Ok(room) => ExitCode::from(line(args, &room)),
        Err(error) => {
            eprintln!("error: the working directory is not there: {error}");
            ExitCode::from(1)
        }
    }
}

/// Carries out one command line in a room; the first of its words is the program's name.
fn line(args: Vec<OsString>, room: &Room) -> u8 {
    let words: Vec<String> = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if words.is_empty() {
        room.write(false, welcome::screen(room).as_bytes());
        return 0;
    }
    let argv = argv::prepare(args);
    if let Some(words) = argv.help {
        verbs::help(room, &words);
        return 0;
    }
    let mut command = help::command();
    if !room.is_process() {
        command = command.term_width(Look::PLAIN.width);
    }
    let parsed = command.try_get_matches_from(&argv.words).and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        if room.has_own_env() && matches.value_source("lab") != Some(ValueSource::CommandLine) {
            cli.lab = room.lab_of_env();
        }
        Ok(cli)
    });
    match parsed {
        Ok(cli) => finish(room, run(&Desk { cli: &cli, room }, &words)),
        Err(error) => {
            told(room, &error);
            u8::try_from(error.exit_code()).unwrap_or(2)
        }
    }
}

/// Help, or what is wrong with the words. Writing it to a closed pipe is no failure of its own.
fn told(room: &Room, error: &clap::Error) {
    if room.is_process() {
        let _ = error.print();
    } else {
        room.write(error.use_stderr(), error.render().to_string().as_bytes());
    }
}

fn finish(room: &Room, outcome: Outcome) -> u8 {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            room.write(true, format!("error: {error:#}\n").as_bytes());
            1
        }
    }
}

fn run(desk: &Desk<'_>, words: &[String]) -> Outcome {
    match &desk.cli.command {
        Command::Kubectl(args) => kubectl::run(desk, &args.args, words),
        Command::Verb(verb) => {
            let (name, changes, args) = verb.parts();
            verbs::run(desk, name, changes, args, words)
        }
        Command::Plan(args) => plan::run(desk, args),
        Command::Import(args) => import::run(desk, args, words),
        Command::Status(args) => show::status(desk, args),
        Command::Order(args) => show::order(desk, args),
        Command::Why(args) => ask::why(desk, args),
        Command::Dns(args) => ask::dns(desk, args),
        Command::Tick(args) => tick::run(desk, args, words),
        Command::Completion(args) => {
            show::completion(desk, args);
            Ok(0)
        }
        Command::Fault(args) => fault::run(desk, args, words),
        Command::Settle(args) => settle::run(desk, args, words),
        Command::Trace(args) => trace::run(desk, args),
        Command::History(args) => history::history(desk, args),
        Command::Rewind(args) => history::rewind(desk, args),
        Command::Compare(args) => compare::run(desk, args),
        Command::Lint(args) => lint::run(desk, args, words),
        Command::Drill(args) => drill::run(desk, args),
        Command::Myth(args) => myth::run(desk, args),
        Command::Lesson(args) => lesson::run(desk, args),
        Command::Lab(args) => lab::run(desk, args),
        Command::Exercise(args) => exercise::run(desk, args),
        Command::Grade(args) => grade::run(desk, args),
        Command::Run(args) => run::run(desk, args),
        Command::Shell => shell::run(desk),
        Command::Conformance(args) => conformance::run(desk, args),
    }
}
