//! A file of content: its format, its kind, and what must hold in it beyond the types of its fields.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ContentError, FORMAT, Source};
use crate::manifest::did_you_mean;

/// What a file holds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The order of the lessons of a track.
    Track,
    /// A lesson.
    Lesson,
    /// Questions of a drill.
    Questions,
    /// A claim, and the experiment that decides it.
    Myth,
    /// An exercise.
    Exercise,
    /// The checks of an exercise that students do not get.
    Hidden,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [Kind::Track, Kind::Lesson, Kind::Questions, Kind::Myth, Kind::Exercise, Kind::Hidden];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Something that must hold in a file and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field: `steps[2].predict.answer`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Fault {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { field: field.into(), message: message.into(), help: None }
    }

    /// The fault with its place in a file.
    #[must_use]
    pub fn located(self, source: &Source) -> ContentError {
        let Fault { field, message, help } = self;
        ContentError { file: source.file.to_string(), field, message, help, ..ContentError::default() }
            .located(&source.text)
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Fault {
        Fault { help: Some(help.into()), ..self }
    }
}

/// A type that a file of content can be read as. `format` and `kind` are fields of every file, so its fields are
/// `format: u32` and `kind: Kind` too.
pub trait Document: DeserializeOwned {
    /// The `kind` of its files.
    const KIND: Kind;

    /// What must hold beyond the types; called once after reading.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// What every file begins with, read before the rest so that its errors come first.
#[derive(Deserialize)]
struct Head {
    format: Option<serde_yaml::Value>,
    kind: Option<String>,
}

/// Reads a file; all its faults, in the order of their fields, if it has any.
pub fn parse<T: Document>(source: &Source) -> Result<T, Vec<ContentError>> {
    let (file, text) = (source.file.as_ref(), source.text.as_ref());
    let head: Head = serde_yaml::from_str(text).map_err(|error| vec![ContentError::from_yaml(file, text, &error)])?;
    if let Some(fault) = head_fault(&head, T::KIND) {
        return Err(vec![fault.located(source)]);
    }
    let read: T = serde_yaml::from_str(text).map_err(|error| vec![ContentError::from_yaml(file, text, &error)])?;
    let faults = read.faults();
    if faults.is_empty() { Ok(read) } else { Err(faults.into_iter().map(|fault| fault.located(source)).collect()) }
}

fn head_fault(head: &Head, wanted: Kind) -> Option<Fault> {
    let format = head.format.as_ref().and_then(serde_yaml::Value::as_u64);
    let Some(format) = format else {
        return Some(
            Fault::new("format", "the file does not say which format it has").help("begin it with `format: 1`"),
        );
    };
    if format != u64::from(FORMAT) {
        let help = if format > u64::from(FORMAT) { "use a newer sts-lab" } else { "write `format: 1`" };
        return Some(Fault::new("format", format!("format {format}, and this sts-lab reads {FORMAT}")).help(help));
    }
    let Some(kind) = &head.kind else {
        return Some(Fault::new("kind", "the file does not say what it is").help(format!("write `kind: {wanted}`")));
    };
    if *kind == wanted.to_string() {
        return None;
    }
    let names = Kind::ALL.map(|kind| kind.to_string());
    let known = names.contains(kind);
    let meant = did_you_mean(kind, names.iter().map(String::as_str));
    let fault = Fault::new("kind", format!("`{kind}`, and {} is wanted here", a(wanted)));
    Some(match meant.filter(|_| !known) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault,
    })
}

/// A kind with its article.
fn a(kind: Kind) -> String {
    match kind {
        Kind::Exercise => format!("an {kind}"),
        Kind::Questions | Kind::Hidden => kind.to_string(),
        _ => format!("a {kind}"),
    }
}
