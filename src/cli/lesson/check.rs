//! `sts-lab lesson check`: lessons held to what they say, with a table of what was found.

use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::library::library;
use super::super::open::Outcome;
use super::super::stage::InProcess;
use crate::cli::args::format::Format;
use crate::course::content::{ContentError, Kind, Library, Source};
use crate::course::lesson::proof::{Report, prove, tracks};
use crate::view::style::Tone;
use crate::view::table::{Cell, Table};

/// Arguments of `lesson check`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  sts-lab lesson check                              # every lesson that comes with sts-lab
  sts-lab lesson check mine/                        # a folder, with its tracks
  sts-lab lesson check lessons/basics/scaling.yaml  # one file

Each lesson runs from its beginning to its end on a lab of its own. Every line in it runs, every fact it states holds,
each task is open before its solution and done after it, each wrong answer fails with the words it promises, each hint
is seen, and names are spelled as the lab has them. The exit code is 1 if something is wrong.")]
pub struct Check {
    /// Lessons, or folders of them; without, all that come with sts-lab
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// All that come with sts-lab
    #[arg(long, conflicts_with = "files")]
    pub all: bool,
    #[command(flatten)]
    pub output: Format,
}

/// Does it.
pub fn run(desk: &Desk<'_>, args: &Check) -> Outcome {
    let shipped = Library::shipped();
    let given = library(desk, &args.files)?;
    let checked = |source: &&Source| matches!(source.kind(), Some(Kind::Lesson) | None);
    let mut reports: Vec<Report> =
        given.sources.iter().filter(checked).map(|source| prove(source, &InProcess)).collect();
    let between = between(&given, &shipped);
    for problem in between {
        match reports.iter_mut().find(|report| report.file == problem.file) {
            Some(report) => report.problems.push(problem),
            None => reports.push(Report { file: problem.file.clone(), problems: vec![problem], ..Report::default() }),
        }
    }
    let wrong = reports.iter().any(|report| !report.problems.is_empty());
    if args.output.is_json() {
        desk.out(&format!("{:#}\n", Value::from(reports.iter().map(as_json).collect::<Vec<_>>())));
    } else {
        desk.out(&screen(desk, &reports));
    }
    Ok(u8::from(wrong))
}

/// What is wrong between the given files, those that come with sts-lab being there too.
fn between(given: &Library, shipped: &Library) -> Vec<ContentError> {
    let mine = |source: &Source| (source.kind(), source.folder().to_string(), source.stem().to_string());
    let known: Vec<_> = given.sources.iter().map(mine).collect();
    let others = shipped.sources.iter().filter(|source| !known.contains(&mine(source))).cloned();
    let all = Library { sources: given.sources.iter().cloned().chain(others).collect() };
    let problems = tracks(&all);
    problems.into_iter().filter(|problem| given.sources.iter().any(|source| source.file == problem.file)).collect()
}

fn screen(desk: &Desk<'_>, reports: &[Report]) -> String {
    let mut table = Table::new(&["LESSON", "#STEPS", "#LINES", "#WRONG", "#HINTS", "RESULT"]);
    for report in reports {
        let result = match report.problems.len() {
            0 => Cell::new("ok", Tone::Good),
            1 => Cell::new("1 problem", Tone::Bad),
            many => Cell::new(format!("{many} problems"), Tone::Bad),
        };
        let name = if report.name.is_empty() { &report.file } else { &report.name };
        let number = |number: usize| number.to_string().into();
        let Report { steps, lines, wrongs, hints, .. } = report;
        table.row([name.as_str().into(), number(*steps), number(*lines), number(*wrongs), number(*hints), result]);
    }
    let mut out = table.render(desk.look());
    let problems: Vec<&ContentError> = reports.iter().flat_map(|report| &report.problems).collect();
    for problem in &problems {
        out.push_str(&format!("\n{problem}\n"));
    }
    let lines: usize = reports.iter().map(|report| report.lines).sum();
    out.push_str(&match problems.len() {
        0 => format!("\n{} lessons, {lines} lines run: all hold what they say.\n", reports.len()),
        many => {
            let bad = reports.iter().filter(|report| !report.problems.is_empty()).count();
            format!("\n{} lessons, {lines} lines run: {many} problems in {bad} of them.\n", reports.len())
        }
    });
    out
}

fn as_json(report: &Report) -> Value {
    let problem = |problem: &ContentError| {
        json!({"line": problem.place.map(|(line, _)| line), "field": problem.field, "message": problem.message,
            "help": problem.help})
    };
    json!({"file": report.file, "name": report.name, "steps": report.steps, "lines": report.lines,
        "wrongs": report.wrongs, "hints": report.hints, "ok": report.problems.is_empty(),
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>()})
}
