//! A lesson's lines run from its beginning to its end, as somebody would who answers rightly; beside it, on copies, the
//! wrong ways and the commands in its texts.

use std::collections::BTreeSet;

use super::super::super::content::{Action, Attempt, Do, Fault, Lesson, Line, Predict, Row, Show, Step};
use super::super::super::stage::{Mark, Stage, Stages, judge};
use super::super::{markdown, score, truth};
use crate::course::check::Finding;

/// Characters of an output that a message shows.
const SHOWN: usize = 400;

/// What came of it.
#[derive(Default)]
pub struct Ran {
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// The names of all objects that ever were.
    pub names: BTreeSet<String>,
    /// How many lines were run.
    pub lines: usize,
}

/// Runs a lesson.
pub fn run(lesson: &Lesson, stages: &dyn Stages) -> Ran {
    let mut ran = Ran { lines: lesson.setup.len(), ..Ran::default() };
    let mut stage = match stages.fresh(&lesson.start()) {
        Ok(stage) => stage,
        Err(why) => {
            ran.faults.push(Fault::new("setup", why));
            return ran;
        }
    };
    for (index, step) in lesson.steps.iter().enumerate() {
        ran.step(&mut *stage, step, &format!("steps[{index}]"));
    }
    ran.note(&*stage);
    ran
}

impl Ran {
    fn step(&mut self, stage: &mut dyn Stage, step: &Step, at: &str) {
        for (index, hint) in step.hints.iter().enumerate() {
            self.text(stage, hint, &format!("{at}.hints[{index}]"));
        }
        match &step.action {
            Action::Tell(text) => self.text(stage, text, &format!("{at}.tell")),
            Action::Show(show) => self.show(stage, show, at),
            Action::Predict(predict) => self.predict(stage, predict, at),
            Action::Do(act) => self.act(stage, act, at),
            Action::Ask(ask) => self.text(stage, &ask.question, &format!("{at}.ask.question")),
        }
        if let Some(text) = &step.explain {
            self.text(stage, text, &format!("{at}.explain"));
        }
    }

    /// Remembers the names of what a lab has had.
    fn note(&mut self, stage: &dyn Stage) {
        self.names.extend(stage.cluster().api.store.history.changes().map(|change| change.name.to_string()));
    }

    fn line(&mut self, stage: &mut dyn Stage, line: &str, field: &str) {
        self.lines += 1;
        let ran = stage.run(line);
        if ran.code == 0 {
            return;
        }
        let text = cut(ran.text.trim());
        let fault = if line.trim_start().starts_with("! ") {
            Fault::new(field, format!("`{line}` should fail and does not: {text}"))
        } else {
            Fault::new(field, format!("`{line}` failed with code {}: {text}", ran.code))
                .help("a line that must fail is written in quotes with a ! before it: \"! kubectl …\"")
        };
        self.faults.push(fault);
    }

    fn lines(&mut self, stage: &mut dyn Stage, lines: &[Line], field: &str) {
        for (index, line) in lines.iter().enumerate() {
            self.line(stage, &line.0, &format!("{field}[{index}]"));
        }
    }

    /// The commands in a text, run on a copy.
    fn text(&mut self, stage: &dyn Stage, text: &str, field: &str) {
        let lines = markdown::shell_lines(text);
        if lines.is_empty() {
            return;
        }
        match stage.copy() {
            Ok(mut copy) => {
                for line in lines {
                    self.line(&mut *copy, &line, field);
                }
                self.note(&*copy);
            }
            Err(why) => self.faults.push(Fault::new(field, why)),
        }
    }

    fn show(&mut self, stage: &mut dyn Stage, show: &Show, at: &str) {
        if let Some(text) = &show.say {
            self.text(stage, text, &format!("{at}.say"));
        }
        let mark = stage.mark();
        self.lines(stage, &show.lines, &format!("{at}.show"));
        for (index, finding) in judge(stage, mark, &show.checks).iter().enumerate().filter(|(_, found)| !found.holds) {
            let message = format!("\"{}\" does not hold: {}", finding.name, finding.reason);
            self.faults.push(Fault::new(format!("{at}.checks[{index}]"), message));
        }
    }

    fn predict(&mut self, stage: &mut dyn Stage, predict: &Predict, at: &str) {
        self.text(stage, &predict.ask, &format!("{at}.predict.ask"));
        let mark = stage.mark();
        self.lines(stage, &predict.run, &format!("{at}.predict.run"));
        let is = match truth::rows(stage, &predict.truth, mark.change) {
            Ok(is) => is,
            Err(why) => return self.faults.push(Fault::new(format!("{at}.predict.truth"), why)),
        };
        if let Some(row) = is.iter().find(|row| row.len() > predict.columns.len()) {
            let message = format!("a row has more cells than columns: {}", row.join(" "));
            self.faults.push(Fault::new(format!("{at}.predict.truth"), message));
        }
        let right = score::Score::new(&predict.answer.0, &is, predict.columns.len(), predict.ordered).is_full();
        if !right {
            let message = format!("the answer is not what comes out: {}", told(&is));
            self.faults.push(Fault::new(format!("{at}.predict.answer"), message));
        }
        for (index, wrong) in predict.wrong.iter().enumerate() {
            if score::same(&wrong.answer.0, &is, predict.ordered) {
                let message = format!("this wrong answer is what comes out: {}", told(&is));
                self.faults.push(Fault::new(format!("{at}.wrong[{index}].answer"), message));
            }
            self.text(stage, &wrong.because, &format!("{at}.wrong[{index}].because"));
        }
    }

    fn act(&mut self, stage: &mut dyn Stage, act: &Do, at: &str) {
        self.text(stage, &act.task, &format!("{at}.do.task"));
        let mark = stage.mark();
        if judge(stage, mark, &act.checks).iter().all(|found| found.holds) {
            let fault = Fault::new(format!("{at}.do"), "the task is done before anybody does anything");
            self.faults.push(fault.help("a check that only holds after the solution"));
        }
        for (index, wrong) in act.wrong.iter().enumerate() {
            self.wrong_way(stage, mark, act, wrong, &format!("{at}.wrong[{index}]"));
        }
        self.lines(stage, &act.solution, &format!("{at}.do.solution"));
        for (index, finding) in judge(stage, mark, &act.checks).iter().enumerate().filter(|(_, found)| !found.holds) {
            let message = format!("\"{}\" does not hold after the solution: {}", finding.name, finding.reason);
            self.faults.push(Fault::new(format!("{at}.do.checks[{index}]"), message));
        }
    }

    /// A wrong way, on a copy: something must not hold then, and what is told must name the mistake.
    fn wrong_way(&mut self, stage: &dyn Stage, mark: Mark, act: &Do, wrong: &Attempt, at: &str) {
        let mut copy = match stage.copy() {
            Ok(copy) => copy,
            Err(why) => return self.faults.push(Fault::new(at, why)),
        };
        for line in &wrong.run {
            self.lines += 1;
            copy.run(&line.0);
        }
        self.note(&*copy);
        let findings = judge(&*copy, mark, &act.checks);
        if findings.iter().all(|found| found.holds) {
            self.faults.push(Fault::new(format!("{at}.run"), "this wrong way passes all checks"));
        } else if !says(&findings, &wrong.says) {
            let told: Vec<String> = findings.iter().filter(|found| !found.holds).map(Finding::feedback).collect();
            let message = format!("the feedback does not say \"{}\": {}", wrong.says, cut(&told.join(" ")));
            self.faults.push(Fault::new(format!("{at}.says"), message));
        }
    }
}

/// Whether the feedback has these words; white space, case and marks do not count.
fn says(findings: &[Finding], words: &str) -> bool {
    let plain = |text: &str| {
        let text = text.replace(['`', '*'], "").to_lowercase();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    findings.iter().filter(|found| !found.holds).any(|found| plain(&found.feedback()).contains(&plain(words)))
}

fn told(rows: &[Row]) -> String {
    let row = |row: &Row| format!("[{}]", row.join(", "));
    format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(", "))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_string(),
    }
}
