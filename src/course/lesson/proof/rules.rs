//! What a lesson must have, whatever its lab does.

use super::super::super::content::{Action, Choice, Fault, Lesson, Question, Source, Step};

/// Steps that a lesson has.
const STEPS: std::ops::RangeInclusive<usize> = 6..=15;
/// Wrong answers that it knows, at least.
const WRONGS: usize = 3;
/// What authors leave where something is still to be written.
const UNFINISHED: &str = concat!("TO", "DO");

/// What it lacks.
pub fn rules(lesson: &Lesson, source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(line) = source.text.lines().find(|line| line.contains(UNFINISHED)) {
        faults.push(Fault::new("", format!("still to be written: {}", line.trim())));
    }
    if lesson.name != source.stem() && source.stem() != "-" {
        let message = format!("the lesson is called `{}` and its file `{}`", lesson.name, source.stem());
        faults.push(Fault::new("name", message).help("a lesson has the name of its file"));
    }
    if lesson.sources.is_empty() {
        faults.push(Fault::new("sources", "nothing says where its facts come from"));
    }
    if lesson.summary.trim().lines().count() != 1 {
        faults.push(Fault::new("summary", "the summary is one line"));
    }
    if !STEPS.contains(&lesson.steps.len()) {
        let message = format!("{} steps, and a lesson has {} to {}", lesson.steps.len(), STEPS.start(), STEPS.end());
        faults.push(Fault::new("steps", message));
    }
    if wrongs(lesson) < WRONGS {
        let message = format!("it knows {} wrong answers, and needs {WRONGS}", wrongs(lesson));
        faults.push(Fault::new("steps", message).help("`wrong:` entries, or wrong options with a `because`"));
    }
    let asks = |step: &Step| matches!(step.action, Action::Predict(_) | Action::Ask(_));
    if !lesson.steps.iter().any(asks) {
        faults.push(Fault::new("steps", "nothing is asked: it needs a `predict` or an `ask`"));
    }
    if !matches!(lesson.steps.last(), Some(Step { action: Action::Tell(_), .. })) {
        faults.push(Fault::new("steps", "it does not end with a `tell` that sums up"));
    }
    for (index, step) in lesson.steps.iter().enumerate() {
        faults.extend(step_rules(step, &format!("steps[{index}]")));
    }
    faults
}

fn step_rules(step: &Step, at: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut hints = |what: &str| {
        if step.hints.is_empty() {
            faults.push(Fault::new(at, format!("a `{what}` without hints leaves people alone")));
        }
        for (index, _) in step.hints.iter().enumerate().filter(|(_, hint)| hint.trim().is_empty()) {
            faults.push(Fault::new(format!("{at}.hints[{index}]"), "the hint says nothing"));
        }
    };
    match &step.action {
        Action::Predict(_) => hints("predict"),
        Action::Do(act) => {
            hints("do");
            for (index, check) in act.checks.iter().enumerate() {
                if check.otherwise.as_ref().is_none_or(|text| text.trim().is_empty()) {
                    let fault = Fault::new(format!("{at}.do.checks[{index}]"), "nothing is said when the check fails");
                    faults.push(fault.help("`otherwise:` names the mistake and what to look at"));
                }
            }
        }
        Action::Ask(ask) => {
            let (field, options) = match &ask.answer {
                Question::Choice(options) => ("choice", options.as_slice()),
                Question::Several(options) => ("several", options.as_slice()),
                Question::Text { .. } | Question::Order { .. } => ("", [].as_slice()),
            };
            for (index, option) in options.iter().enumerate().filter(|(_, option)| !option.right) {
                if option.because.is_none() {
                    let field = format!("{at}.ask.{field}[{index}]");
                    faults.push(Fault::new(field, format!("`{}` is wrong, and nothing says why", option.text.trim())));
                }
            }
        }
        Action::Tell(_) | Action::Show(_) => {}
    }
    faults
}

/// How many wrong answers, options and ways a lesson knows.
pub fn wrongs(lesson: &Lesson) -> usize {
    let wrong = |options: &[Choice]| options.iter().filter(|o| !o.right && o.because.is_some()).count();
    let step = |step: &Step| match &step.action {
        Action::Predict(predict) => predict.wrong.len(),
        Action::Do(act) => act.wrong.len(),
        Action::Ask(ask) => match &ask.answer {
            Question::Choice(options) | Question::Several(options) => wrong(options),
            Question::Text { wrong, .. } => wrong.len(),
            Question::Order { wrong, .. } => wrong.len(),
        },
        Action::Tell(_) | Action::Show(_) => 0,
    };
    lesson.steps.iter().map(step).sum()
}
