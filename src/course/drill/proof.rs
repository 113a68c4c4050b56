//! Proofs of answers, run in a new lab.

use std::fmt::Write as _;

use regex::Regex;

use super::question::Proof;
use crate::course::stage::{Ran, Stages};
use crate::view::style::{Look, Tone};

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Each line with what it came to.
    pub lines: Vec<(String, Ran)>,
    /// Why it proves nothing, if so.
    pub wrong: Option<String>,
}

/// Runs a proof. An error is one of the setup; a line that fails, or an output that does not show what it should, is in
/// what came out.
pub fn run(stages: &dyn Stages, proof: &Proof) -> Result<Proved, String> {
    let mut stage = stages.fresh(&proof.start())?;
    let mut proved = Proved { lines: Vec::new(), wrong: None };
    for line in &proof.run {
        let ran = stage.run(&line.0);
        let failed = (ran.code != 0).then(|| {
            let how = if line.must_fail() { "should fail, and does not" } else { "fails" };
            format!("`{}` {how}: {}", line.words(), last_line(&ran.text))
        });
        proved.lines.push((line.words().to_string(), ran));
        if failed.is_some() {
            proved.wrong = failed;
            return Ok(proved);
        }
    }
    let text = proved.lines.last().map_or("", |(_, ran)| ran.text.as_str());
    if !Regex::new(&proof.shows).is_ok_and(|shows| shows.is_match(text)) {
        proved.wrong = Some(format!(
            "nothing in the output of the last line matches /{}/:\n{}",
            proof.shows.trim_end(),
            text.trim_end()
        ));
    }
    Ok(proved)
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or("it prints nothing")
}

impl Proved {
    /// The lines as in a terminal.
    #[must_use]
    pub fn screen(&self, look: Look) -> String {
        transcript(&self.lines, look)
    }
}

/// Lines and what they printed, as in a terminal.
#[must_use]
pub fn transcript(lines: &[(String, Ran)], look: Look) -> String {
    let mut out = String::new();
    for (line, ran) in lines {
        let _ = writeln!(out, "{}", look.paint(&format!("$ {line}"), Tone::Strong));
        out.push_str(&ran.text);
        if !ran.text.is_empty() && !ran.text.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}
