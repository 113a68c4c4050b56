//! Putting a myth to the test: each of its cases in a new lab, and the verdict they come to.

use super::{Case, Myth, Verdict};
use crate::course::check::Check;
use crate::course::stage::{Ran, Stage, Stages, judge};

/// What came out of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What is special about it.
    pub when: Option<String>,
    /// Each line with what it came to; the last one is that which shows it.
    pub lines: Vec<(String, Ran)>,
    /// Whether the claim holds here.
    pub holds: bool,
    /// If not, what would be so if it did, and what is.
    pub reason: String,
}

/// What came out of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The cases.
    pub trials: Vec<Trial>,
    /// What they come to.
    pub verdict: Verdict,
}

/// Runs all cases of a myth. An error says which case could not be carried out, and why.
pub fn run(stages: &dyn Stages, myth: &Myth) -> Result<Outcome, String> {
    let trial = |(index, case): (usize, &Case)| {
        let stage = stages.fresh(&myth.start(case)).map_err(|why| format!("case {}: {why}", index + 1))?;
        try_case(stage, case).map_err(|why| format!("case {}: {why}", index + 1))
    };
    let trials: Vec<Trial> = myth.cases.iter().enumerate().map(trial).collect::<Result<_, String>>()?;
    let verdict = Verdict::of(trials.iter().map(|trial| trial.holds));
    Ok(Outcome { trials, verdict })
}

fn try_case(mut stage: Box<dyn Stage>, case: &Case) -> Result<Trial, String> {
    let since = stage.mark();
    let mut lines = Vec::new();
    for line in &case.run {
        let ran = stage.run(&line.0);
        if ran.code != 0 {
            let how = if line.must_fail() { "should fail, and does not" } else { "fails" };
            return Err(format!("`{}` {how}: {}", line.words(), ran.text.trim_end()));
        }
        lines.push((line.words().to_string(), ran));
    }
    let check = Check { name: String::new(), condition: case.holds.clone(), otherwise: None, points: 1 };
    let finding = judge(&*stage, since, &[check]).pop();
    let (holds, reason) = finding.map(|finding| (finding.holds, finding.reason)).unwrap_or_default();
    let look = stage.run(&case.look.0);
    if look.code != 0 {
        return Err(format!("`{}` fails: {}", case.look.words(), look.text.trim_end()));
    }
    lines.push((case.look.words().to_string(), look));
    Ok(Trial { when: case.when.clone(), lines, holds, reason })
}
