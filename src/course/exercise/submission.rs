//! A submission: one line that says whose it is, then the journal of the lab. Reading one trusts nothing: what cannot be
//! read, or is too much, is an error with a reason.

use serde::{Deserialize, Serialize};

use super::Variant;
use crate::lab::{Entry, Header};

/// The version of the format.
const FORMAT: u32 = 1;
/// A submission has at most so many bytes.
pub const MOST_BYTES: usize = 4 << 20;
/// A journal has at most so many commands.
const MOST_COMMANDS: usize = 5_000;
/// A journal has at most so many inputs.
const MOST_INPUTS: usize = 20_000;
/// A student's id has at most so many characters.
const MOST_ID: usize = 200;

/// The first line of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionHead {
    /// The format's version.
    pub sts_lab_submission: u32,
    /// The name of the exercise.
    pub exercise: String,
    /// Which text of it the student had.
    pub version: String,
    /// Who handed it in.
    pub student: String,
    /// The values the student had.
    pub variant: Variant,
}

/// A submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Whose it is.
    pub head: SubmissionHead,
    /// How the lab began.
    pub header: Header,
    /// What was done.
    pub entries: Vec<Entry>,
    /// Whether the last line was cut off.
    pub torn: bool,
}

/// Why a submission cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is too long.
    #[error("it has more than {} MiB", MOST_BYTES >> 20)]
    TooBig,
    /// It is something else.
    #[error("it is not a submission of `sts-lab exercise submit`: {0}")]
    Other(String),
    /// It was made by a newer program.
    #[error("its format is {0}, this sts-lab reads {FORMAT}: a newer sts-lab made it")]
    TooNew(u64),
    /// A line is damaged.
    #[error("line {line} cannot be read: {why}")]
    Damaged {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// There is too much in it.
    #[error("it has more than {0}")]
    TooMuch(String),
}

impl SubmissionHead {
    /// The first line of a student's submission.
    #[must_use]
    pub fn new(exercise: &str, version: &str, student: &str, variant: &Variant) -> SubmissionHead {
        SubmissionHead {
            sts_lab_submission: FORMAT,
            exercise: exercise.into(),
            version: version.into(),
            student: student.trim().into(),
            variant: variant.clone(),
        }
    }
}

impl Submission {
    /// The text that is handed in.
    #[must_use]
    pub fn text(&self) -> String {
        let head = serde_json::to_string(&self.head).unwrap_or_default();
        format!("{head}\n{}", crate::lab::text(&self.header, &self.entries))
    }

    /// Reads what was handed in.
    pub fn read(bytes: &[u8]) -> Result<Submission, Unreadable> {
        if bytes.len() > MOST_BYTES {
            return Err(Unreadable::TooBig);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::Other("it is no text".into()))?;
        let mut lines = text.split_inclusive('\n').enumerate().map(|(index, line)| (index + 1, line));
        let (_, first) = lines.next().ok_or_else(|| Unreadable::Other("it is empty".into()))?;
        let head = head(first)?;
        let (number, second) = lines.next().ok_or_else(|| Unreadable::Other("it has no journal".into()))?;
        let header = serde_json::from_str(second).map_err(|error| damaged(number, &error))?;
        let (mut entries, mut inputs, mut torn) = (Vec::new(), 0, false);
        for (number, line) in lines {
            if !line.ends_with('\n') {
                torn = true;
                break;
            }
            let entry: Entry = serde_json::from_str(line).map_err(|error| damaged(number, &error))?;
            inputs += entry.inputs.len();
            entries.push(entry);
            if entries.len() > MOST_COMMANDS {
                return Err(Unreadable::TooMuch(format!("{MOST_COMMANDS} commands")));
            }
            if inputs > MOST_INPUTS {
                return Err(Unreadable::TooMuch(format!("{MOST_INPUTS} inputs")));
            }
        }
        Ok(Submission { head, header, entries, torn })
    }
}

fn head(line: &str) -> Result<SubmissionHead, Unreadable> {
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|_| Unreadable::Other("its first line is no JSON".into()))?;
    if value.get("stsLabJournal").is_some() {
        return Err(Unreadable::Other("it is a lab's journal; `sts-lab exercise submit` says whose it is".into()));
    }
    let Some(format) = value["stsLabSubmission"].as_u64() else {
        return Err(Unreadable::Other("its first line does not say so".into()));
    };
    if format > u64::from(FORMAT) {
        return Err(Unreadable::TooNew(format));
    }
    let head: SubmissionHead = serde_json::from_value(value).map_err(|error| damaged(1, &error))?;
    let id = head.student.trim();
    if id.is_empty() || id.chars().count() > MOST_ID || id.chars().any(char::is_control) {
        return Err(Unreadable::Other(format!("the student's id is not 1 to {MOST_ID} plain characters")));
    }
    Ok(head)
}

fn damaged(line: usize, error: &serde_json::Error) -> Unreadable {
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or_default().chars().take(200).collect();
    Unreadable::Damaged { line, why }
}
