//! The grade of one submission.

use std::path::PathBuf;

use serde::Serialize;

use super::Ground;
use super::replay::{Replay, replay};
use crate::cluster::Cluster;
use crate::course::check::{Check, Evidence, Finding};
use crate::course::exercise::Submission;
use crate::course::stage::Stages;
use crate::kubectl::{self, Io};
use crate::lab::{Lab, Session};
use crate::view::words::cut;

/// Whether a submission counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It was carried out and judged.
    Graded,
    /// It was judged, and something about it is to be looked at.
    Suspicious,
    /// It does not count: the remarks say why.
    Rejected,
}

/// Something to be said of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Remark {
    /// It cannot be read.
    Unreadable(String),
    /// It is of another exercise, variant or start.
    NotThis(String),
    /// What the words do not explain was left out.
    #[serde(rename_all = "camelCase")]
    Unexplained {
        /// The command's number, from 1.
        command: usize,
        /// The command.
        line: String,
        /// What was left out.
        why: String,
    },
    /// It asked for more than a submission may; what follows does not count.
    TooMuch {
        /// The command's number, from 1.
        command: usize,
        /// What was too much.
        why: String,
    },
    /// A limit of the exercise was reached.
    Limit(String),
    /// Something forbidden was typed.
    #[serde(rename_all = "camelCase")]
    Forbidden {
        /// The line.
        line: String,
        /// Why it is forbidden.
        because: String,
        /// The points it costs; all of them, if it does not say.
        costs: Option<u32>,
    },
    /// Something that changes nothing.
    Note(String),
}

impl Remark {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Remark::Unreadable(why) => format!("It cannot be read: {why}."),
            Remark::NotThis(why) | Remark::Note(why) => why.clone(),
            Remark::Unexplained { command, line, why } => {
                format!("Command {command}, `{}`: {why}; that was left out.", shown(line))
            }
            Remark::TooMuch { command, why } => format!("Stopped at command {command}: {why}."),
            Remark::Limit(why) => format!("Over the limit: {why}."),
            Remark::Forbidden { line, because, costs } => {
                let costs = costs.map_or("all points".into(), |costs| format!("{costs} points"));
                format!("`{}` is forbidden and costs {costs}: {}", shown(line), because.trim())
            }
        }
    }

    fn rejects(&self) -> bool {
        matches!(self, Remark::Unreadable(_) | Remark::NotThis(_) | Remark::TooMuch { .. })
    }
}

/// The grade of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grade {
    /// The file.
    pub file: String,
    /// Who handed it in; empty if that cannot be read.
    pub student: String,
    /// The variant, in words.
    pub variant: String,
    /// Whether it counts.
    pub standing: Standing,
    /// The points.
    pub points: u32,
    /// The points there are.
    pub of: u32,
    /// How many commands count.
    pub commands: usize,
    /// How many minutes of the cluster's time passed.
    pub minutes: u64,
    /// What became of the checks that the student has.
    pub checks: Vec<Finding>,
    /// What became of the hidden ones.
    pub hidden: Vec<Finding>,
    /// What is to be said of it.
    pub remarks: Vec<Remark>,
    /// What was typed.
    #[serde(skip)]
    pub typed: Vec<String>,
}

impl Grade {
    /// Whether it has all points.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.standing != Standing::Rejected && self.points == self.of
    }

    /// All findings, the hidden ones last.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().chain(&self.hidden)
    }
}

/// The grade of a file that cannot be read.
#[must_use]
pub fn unreadable(file: &str, why: &str, of: u32) -> Grade {
    Grade {
        file: file.into(),
        student: String::new(),
        variant: String::new(),
        standing: Standing::Rejected,
        points: 0,
        of,
        commands: 0,
        minutes: 0,
        checks: Vec::new(),
        hidden: Vec::new(),
        remarks: vec![Remark::Unreadable(why.trim_end_matches('.').into())],
        typed: Vec::new(),
    }
}

/// Grades a submission on the ground of the student's variant.
#[must_use]
pub fn grade(file: &str, submission: &Submission, ground: &Ground, stages: &dyn Stages) -> Grade {
    let head = &submission.head;
    let mut grade = Grade {
        student: head.student.clone(),
        variant: ground.variant.words(),
        remarks: Vec::new(),
        ..unreadable(file, "", ground.most())
    };
    if let Some(why) = not_this(submission, ground) {
        grade.remarks.push(Remark::NotThis(why));
        // It may be somebody else's: what was typed is compared all the same.
        let own = submission.entries.iter().skip(ground.entries.len());
        grade.typed = own.map(|entry| super::line_of(&entry.words)).collect();
        return grade;
    }
    if head.version != ground.version {
        grade.remarks.push(Remark::Note("It was made with another version of the exercise's text.".into()));
    }
    if submission.torn {
        grade.remarks.push(Remark::Note("Its last line was cut off, and is left out.".into()));
    }
    let mut done = replay(ground, &submission.entries);
    grade.checks = judge(&ground.exercise.checks, ground, &done, stages);
    grade.hidden = judge(&ground.hidden, ground, &done, stages);
    grade.points = grade.findings().map(Finding::earned).sum();
    let achieved = grade.findings().zip(&ground.at_start).any(|(finding, before)| finding.holds && !before);
    if !achieved && grade.points > 0 {
        grade.points = 0;
        let what = "Nothing of the task is done yet: what holds from the beginning earns points only with the rest.";
        grade.remarks.push(Remark::Note(what.into()));
    }
    forbidden(ground, &done.typed, &mut grade);
    grade.remarks.append(&mut done.remarks);
    let odd = grade.remarks.iter().any(|remark| matches!(remark, Remark::Unexplained { .. }));
    grade.standing = if odd { Standing::Suspicious } else { Standing::Graded };
    if grade.remarks.iter().any(Remark::rejects) {
        (grade.standing, grade.points) = (Standing::Rejected, 0);
    }
    (grade.commands, grade.minutes, grade.typed) = (done.typed.len(), done.minutes, done.typed);
    grade
}

/// Notes at each grade of a student who has several.
pub fn note_repeats(grades: &mut [Grade]) {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for grade in grades.iter().filter(|grade| !grade.student.is_empty()) {
        *counts.entry(grade.student.clone()).or_default() += 1;
    }
    for grade in grades {
        if let Some(count) = counts.get(&grade.student).filter(|count| **count > 1) {
            grade.remarks.push(Remark::Note(format!("There are {count} submissions of this student.")));
        }
    }
}

/// Why a submission is not one of this exercise and variant.
fn not_this(submission: &Submission, ground: &Ground) -> Option<String> {
    let head = &submission.head;
    if head.exercise != ground.exercise.name {
        let other: String = head.exercise.chars().filter(|c| !c.is_control()).take(60).collect();
        return Some(format!("It is of the exercise {other}, not of {}.", ground.exercise.name));
    }
    if head.variant != ground.variant {
        return Some(format!(
            "It has the variant {}; that of {} is {}. Perhaps it is somebody else's.",
            shown(&head.variant.words()),
            head.student,
            ground.variant.words()
        ));
    }
    if !ground.begins(&submission.header, &submission.entries) {
        return Some(
            "Its lab does not begin as the exercise does: the start was changed, or it is another variant's.".into(),
        );
    }
    None
}

fn forbidden(ground: &Ground, typed: &[String], grade: &mut Grade) {
    for rule in &ground.exercise.forbid {
        let Some(line) = typed.iter().find(|line| rule.matches.is_in(line)) else { continue };
        grade.points = grade.points.saturating_sub(rule.costs.unwrap_or(u32::MAX));
        let (line, because) = (line.clone(), rule.because.clone());
        grade.remarks.push(Remark::Forbidden { line, because, costs: rule.costs });
    }
}

/// Which checks hold before anything is done.
pub(super) fn at_start(ground: &Ground, stages: &dyn Stages) -> Vec<bool> {
    let nothing = replay(ground, &ground.entries);
    let visible = judge(&ground.exercise.checks, ground, &nothing, stages);
    let hidden = judge(&ground.hidden, ground, &nothing, stages);
    visible.iter().chain(&hidden).map(|finding| finding.holds).collect()
}

fn judge(checks: &[Check], ground: &Ground, done: &Replay, stages: &dyn Stages) -> Vec<Finding> {
    let mut run = |line: &str| printed(line, ground, done, stages);
    let mut evidence = Evidence { cluster: &done.cluster, since: done.since, typed: &done.typed, run: &mut run };
    checks.iter().map(|check| check.judge(&mut evidence)).collect()
}

/// What a line prints on a copy of the cluster. Lines of kubectl alone need no more than that; others get a stage.
fn printed(line: &str, ground: &Ground, done: &Replay, stages: &dyn Stages) -> String {
    if let Some(words) = crate::container::plain(line).filter(|words| words.first().is_some_and(|w| w == "kubectl")) {
        let (mut stdin, mut out) = (std::io::empty(), Vec::new());
        let mut err = Vec::new();
        let mut io = Io::new(&mut stdin, &mut out, &mut err, PathBuf::from("/nonexistent"));
        let mut copy: Cluster = done.cluster.clone();
        let mut session = Session::new(&mut copy, done.entries.len() as u32, words.clone());
        kubectl::run(&words[1..], &mut session, &mut io);
        return String::from_utf8_lossy(&[out, err].concat()).into_owned();
    }
    let lab = Lab::held(&ground.header, done.entries.clone());
    match stages.of(lab) {
        Ok(mut stage) => stage.run(line).text,
        Err(why) => format!("the line cannot be run: {why}"),
    }
}

/// What somebody else wrote, in one line.
fn shown(text: &str) -> String {
    cut(&text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>(), 100)
}
