//! Checks judged by what is on a stage: its lab as it is, and what happened and was typed since a mark.

use super::{Mark, Stage};
use crate::course::check::{Check, Evidence, Finding};
use crate::store::ChangeId;

/// Judges checks by what happened and was typed since a mark.
pub fn judge(stage: &dyn Stage, since: Mark, checks: &[Check]) -> Vec<Finding> {
    judge_typed(stage, since.change, stage.typed().get(since.line..).unwrap_or_default(), checks)
}

/// Judges checks by what happened since a change, and these lines. Lines whose output they ask for run on a copy, so that
/// judging changes nothing.
pub fn judge_typed(stage: &dyn Stage, since: ChangeId, typed: &[String], checks: &[Check]) -> Vec<Finding> {
    let mut aside: Option<Result<Box<dyn Stage>, String>> = None;
    let mut run = |line: &str| match aside.get_or_insert_with(|| stage.copy()) {
        Ok(stage) => stage.run(line).text,
        Err(why) => why.clone(),
    };
    let mut evidence = Evidence { cluster: stage.cluster(), since, typed, run: &mut run };
    checks.iter().map(|check| check.judge(&mut evidence)).collect()
}
