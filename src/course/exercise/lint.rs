//! Whether an exercise keeps what it promises: unsolved as it ships, full points for its solution, and every wrong way
//! fails with feedback that names the mistake. Tried on the variants, by grading what its own lines come to.

use super::{Attempt, Loaded, Submission, SubmissionHead, Variant};
use crate::course::check::Finding;
use crate::course::content::Line;
use crate::course::grade::{Grade, Ground, Remark, Standing, grade};
use crate::course::stage::Stages;

/// So many variants are tried.
pub const MOST_VARIANTS: usize = 24;
/// An exercise has at least so many wrong ways.
const LEAST_WRONG: usize = 3;

/// What is wrong with an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variants in which it is so, in words.
    pub variants: Vec<String>,
    /// What is wrong.
    pub what: String,
}

/// What was tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many variants.
    pub variants: usize,
    /// How many there are.
    pub of: usize,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Tries an exercise.
#[must_use]
pub fn lint(loaded: &Loaded, stages: &dyn Stages) -> Report {
    let mut report = Report { of: loaded.variants.count(), ..Report::default() };
    report.once(loaded);
    for variant in loaded.variants.spread(MOST_VARIANTS) {
        report.variants += 1;
        match Ground::new(loaded, &variant, stages) {
            Ok(ground) => report.variant(&ground, stages),
            Err(why) => report.add(&variant, why),
        }
    }
    report
}

impl Report {
    fn add(&mut self, variant: &Variant, what: String) {
        match self.problems.iter_mut().find(|problem| problem.what == what) {
            Some(problem) => problem.variants.push(variant.words()),
            None => self.problems.push(Problem { variants: vec![variant.words()], what }),
        }
    }

    /// What does not depend on the variant.
    fn once(&mut self, loaded: &Loaded) {
        let mut say = |what: String| self.problems.push(Problem { variants: Vec::new(), what });
        for name in loaded.variants.unused(&loaded.source.text) {
            say(format!("the variable {name} is used nowhere"));
        }
        let first = loaded.variants.first();
        let Ok(exercise) = loaded.exercise(&first) else { return };
        if exercise.wrong.len() < LEAST_WRONG {
            say(format!(
                "{} wrong ways, and {LEAST_WRONG} are the least: what do people really do?",
                exercise.wrong.len()
            ));
        }
        if exercise.hints.is_empty() {
            say("there are no hints".into());
        }
        let folder = loaded.source.folder();
        if loaded.source.stem() == "exercise" && !folder.is_empty() && folder != "." && folder != exercise.name {
            say(format!("its name is {}, its folder's {folder}", exercise.name));
        }
        for check in exercise.checks.iter().filter(|check| check.otherwise.is_none()) {
            say(format!("check {:?} says nothing to who fails it (`otherwise`)", check.name));
        }
        if loaded.hidden.is_some() {
            let there = loaded.hidden_checks(&first).map_or(0, |checks| checks.len());
            if there != exercise.hidden {
                say(format!("hidden: {} is said, and hidden.yaml has {there}", exercise.hidden));
            }
        }
    }

    fn variant(&mut self, ground: &Ground, stages: &dyn Stages) {
        let exercise = &ground.exercise;
        let attempt = |lines: &[Line]| try_lines(ground, lines, stages);
        match attempt(&[]) {
            Ok(grade) if grade.is_full() => self.add(&ground.variant, "it is solved as it ships".into()),
            Ok(grade) if grade.points > 0 => {
                self.add(&ground.variant, format!("it earns {} points as it ships", grade.points));
            }
            Ok(_) => {}
            Err(why) => self.add(&ground.variant, why),
        }
        match attempt(&exercise.solution) {
            Ok(grade) => {
                for what in not_full(&grade) {
                    self.add(&ground.variant, what);
                }
            }
            Err(why) => self.add(&ground.variant, format!("solution: {why}")),
        }
        for (index, credit) in exercise.partial.iter().enumerate() {
            // Without the hidden checks their points are not known.
            let known = exercise.hidden == ground.hidden.len();
            match attempt(&credit.run) {
                Ok(grade) if known && grade.points != credit.points => {
                    let what = format!("partial[{index}] earns {} points, not {}", grade.points, credit.points);
                    self.add(&ground.variant, what);
                }
                Ok(_) => {}
                Err(why) => self.add(&ground.variant, format!("partial[{index}]: {why}")),
            }
        }
        for (index, wrong) in exercise.wrong.iter().enumerate() {
            match attempt(&wrong.run) {
                Ok(grade) => {
                    for what in not_wrong(wrong, &grade) {
                        self.add(&ground.variant, format!("wrong[{index}]: {what}"));
                    }
                }
                Err(why) => self.add(&ground.variant, format!("wrong[{index}]: {why}")),
            }
        }
    }
}

/// Runs lines on the exercise's lab, and grades what comes of it as a student's.
fn try_lines(ground: &Ground, lines: &[Line], stages: &dyn Stages) -> Result<Grade, String> {
    let mut stage = stages.fresh(&ground.exercise.start())?;
    for line in lines {
        let ran = stage.run(&line.0);
        if ran.code != 0 {
            let said = ran.text.trim_end();
            let unexpected = if line.must_fail() { "did not fail".into() } else { format!("failed: {said}") };
            return Err(format!("`{}` {unexpected}", line.words()));
        }
    }
    let lab = stage.lab();
    let head = SubmissionHead::new(&ground.exercise.name, &ground.version, "lint", &ground.variant);
    let submission = Submission { head, header: lab.header().clone(), entries: lab.entries().to_vec(), torn: false };
    // What is graded is what would be written and read.
    let read = Submission::read(submission.text().as_bytes()).map_err(|why| why.to_string())?;
    Ok(grade("lint", &read, ground, stages))
}

fn not_full(grade: &Grade) -> Vec<String> {
    let mut out: Vec<String> = grade
        .findings()
        .filter(|finding| !finding.holds)
        .map(|finding| format!("the solution fails {:?}: {}", finding.name, finding.reason))
        .collect();
    out.extend(grade.remarks.iter().map(|remark| format!("the solution: {}", remark.words())));
    if out.is_empty() && !grade.is_full() {
        out.push(format!("the solution earns {} of {} points", grade.points, grade.of));
    }
    out
}

fn not_wrong(wrong: &Attempt, grade: &Grade) -> Vec<String> {
    let mut out = Vec::new();
    if grade.is_full() {
        out.push("it earns all points".into());
    }
    for name in &wrong.fails {
        if grade.findings().any(|finding| finding.name == *name && finding.holds) {
            out.push(format!("check {name:?} holds"));
        }
    }
    let told: Vec<String> =
        grade.findings().map(Finding::feedback).chain(grade.remarks.iter().map(Remark::words)).collect();
    let told = one_line(&told.join(" "));
    if !told.contains(&one_line(&wrong.says)) {
        out.push(format!("the feedback does not say {:?}, but {told:?}", wrong.says));
    }
    if grade.standing == Standing::Suspicious {
        out.extend(grade.remarks.iter().map(Remark::words));
    }
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
