//! The words typed by a person: parsed, turned into calls, answered with an exit code. 0 done, 1 the world says no, 2 the
//! command line is wrong.

mod args;
mod argv;
mod ask;
mod compare;
mod conformance;
mod fault;
mod files;
mod help;
mod history;
mod import;
mod kubectl;
mod lab;
mod lint;
mod look;
mod open;
mod plan;
mod profiles;
mod settle;
mod show;
mod tick;
mod trace;
mod verbs;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches as _;

use args::{Cli, Command};
pub use open::Outcome;

/// Runs the command line and returns the exit code. Started under the name `kubectl`, the program is kubectl.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let name = args.first().map(std::path::PathBuf::from).unwrap_or_default();
    if name.file_stem().is_some_and(|stem| stem == "kubectl") {
        args.splice(0..1, ["sts-lab".into(), "kubectl".into()]);
    }
    let words: Vec<String> = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let argv = argv::prepare(args);
    if let Some(words) = argv.help {
        return finish(verbs::help(&words).map(|()| 0));
    }
    let parsed = help::command().try_get_matches_from(&argv.words).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Writing help or an error to a closed pipe is no failure of its own.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    finish(run(&cli, &words))
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            look::note(&format!("error: {error:#}\n"));
            ExitCode::from(1)
        }
    }
}

fn run(cli: &Cli, words: &[String]) -> Outcome {
    match &cli.command {
        Command::Kubectl(args) => kubectl::run(cli, &args.args, words),
        Command::Verb(verb) => {
            let (name, changes, args) = verb.parts();
            verbs::run(cli, name, changes, args, words)
        }
        Command::Plan(args) => plan::run(cli, args),
        Command::Import(args) => import::run(cli, args, words),
        Command::Status(args) => show::status(cli, args),
        Command::Order(args) => show::order(cli, args),
        Command::Why(args) => ask::why(cli, args),
        Command::Dns(args) => ask::dns(cli, args),
        Command::Tick(args) => tick::run(cli, args, words),
        Command::Completion(args) => {
            show::completion(args);
            Ok(0)
        }
        Command::Fault(args) => fault::run(cli, args, words),
        Command::Settle(args) => settle::run(cli, args, words),
        Command::Trace(args) => trace::run(cli, args),
        Command::History(args) => history::history(cli, args),
        Command::Rewind(args) => history::rewind(cli, args),
        Command::Compare(args) => compare::run(cli, args),
        Command::Lint(args) => lint::run(cli, args, words),
        Command::Lab(args) => lab::run(cli, args),
        Command::Conformance(args) => conformance::run(args),
    }
}
