//! Lessons held to what they say (`lesson check`): every line runs, every fact holds, each task is open before its solution
//! and done after it, wrong ways fail with words that help, and nothing leads nowhere. Each lesson runs on a lab of its own
//! in memory.

mod names;
mod rehearsal;
mod rules;
mod run;
mod tracks;

use super::super::content::{ContentError, Lesson, Source, parse};
use super::super::stage::Stages;

pub use tracks::tracks;

/// What was found out about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The file.
    pub file: String,
    /// The lesson's name.
    pub name: String,
    /// How many steps it has.
    pub steps: usize,
    /// How many lines were run.
    pub lines: usize,
    /// How many wrong answers, options and ways it has.
    pub wrongs: usize,
    /// How many hints.
    pub hints: usize,
    /// What is wrong.
    pub problems: Vec<ContentError>,
}

impl Report {
    /// A file that cannot be read.
    fn unread(source: &Source, problems: Vec<ContentError>) -> Report {
        Report { file: source.file.to_string(), name: source.stem().into(), problems, ..Report::default() }
    }
}

/// Checks one lesson.
pub fn prove(source: &Source, stages: &dyn Stages) -> Report {
    let lesson: Lesson = match parse(source) {
        Ok(lesson) => lesson,
        Err(problems) => return Report::unread(source, problems),
    };
    let mut faults = rules::rules(&lesson, source);
    let ran = run::run(&lesson, stages);
    faults.extend(ran.faults);
    faults.extend(names::misspelled(&lesson, &ran.names));
    faults.extend(rehearsal::rehearse(&lesson, stages));
    Report {
        file: source.file.to_string(),
        name: lesson.name.clone(),
        steps: lesson.steps.len(),
        lines: ran.lines,
        wrongs: rules::wrongs(&lesson),
        hints: lesson.steps.iter().map(|step| step.hints.len()).sum(),
        problems: faults.into_iter().map(|fault| fault.located(source)).collect(),
    }
}
