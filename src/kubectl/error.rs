//! Errors of a kubectl command, and how kubectl prints them (`k8s.io/kubectl/pkg/cmd/util/helpers.go` and
//! `k8s.io/apimachinery/pkg/util/errors`). Every verb returns a [`CmdError`]; only `kubectl::run` prints one.

use std::collections::BTreeSet;
use std::fmt;

use super::print::go::quote;
use crate::apiserver::Status;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq)]
pub enum CmdError {
    /// The verb has printed all there is to say; exit with this code.
    Exit(i32),
    /// Printed as it stands, without `error: `, and the code to exit with.
    Verbatim(String, i32),
    /// Help was asked for: to standard output, and the command succeeds.
    Help(String),
    /// The server said no.
    Status(Box<Status>),
    /// Any other failure: `error: TEXT`.
    Message(String),
    /// Several failures; see [`CmdError::aggregate`].
    Many(Vec<CmdError>),
}

impl From<Status> for CmdError {
    fn from(status: Status) -> CmdError {
        CmdError::Status(Box::new(status))
    }
}

/// A [`CmdError::Message`].
pub fn message(text: impl Into<String>) -> CmdError {
    CmdError::Message(text.into())
}

/// A wrong use of a command: the text, then a pointer to its help (`UsageErrorf`). `path` is `kubectl get`.
#[must_use]
pub fn usage(path: &str, text: &str) -> CmdError {
    CmdError::Message(format!("{text}\nSee '{path} -h' for help and examples"))
}

impl CmdError {
    /// All of `errors` as one failure, success if there are none (`NewAggregate`).
    pub fn aggregate(errors: Vec<CmdError>) -> Result<(), CmdError> {
        if errors.is_empty() { Ok(()) } else { Err(CmdError::Many(errors)) }
    }

    /// As [`CmdError::aggregate`], but a single failure stays itself.
    pub fn aggregate_or_one(mut errors: Vec<CmdError>) -> Result<(), CmdError> {
        match errors.pop() {
            None => Ok(()),
            Some(one) if errors.is_empty() => Err(one),
            Some(last) => {
                errors.push(last);
                Err(CmdError::Many(errors))
            }
        }
    }

    /// The server's answer, if this is one.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        if let CmdError::Status(status) = self { Some(status) } else { None }
    }

    /// Whether the server said `NotFound`.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(Status::is_not_found)
    }

    /// Says what was being done with which file (`AddSourceToErr`): `error when creating "web.yaml": ...`.
    #[must_use]
    pub fn with_source(self, doing: &str, source: &str) -> CmdError {
        if source.is_empty() {
            return self;
        }
        match self {
            CmdError::Status(mut status) => {
                status.message = format!("error when {doing} {}: {}", quote(source), status.message);
                CmdError::Status(status)
            }
            other => CmdError::Message(format!("error when {doing} {}: {other}", quote(source))),
        }
    }

    /// Drops the failures that `ignore` matches, in aggregates too (`FilterOut`); `None` if nothing is left.
    #[must_use]
    pub fn filter_out(self, ignore: &dyn Fn(&CmdError) -> bool) -> Option<CmdError> {
        match self {
            CmdError::Many(errors) => {
                let left: Vec<CmdError> = errors.into_iter().filter_map(|e| e.filter_out(ignore)).collect();
                if left.is_empty() { None } else { Some(CmdError::Many(left)) }
            }
            one => Some(one).filter(|e| !ignore(e)),
        }
    }

    /// What kubectl prints for one failure inside a list of them (`messageForError`).
    #[must_use]
    pub fn line(&self) -> String {
        self.standard().unwrap_or_else(|| self.to_string())
    }

    fn standard(&self) -> Option<String> {
        let status = self.status()?;
        Some(match status.reason {
            "Unauthorized" => format!("error: You must be logged in to the server ({})", status.message),
            "" => format!("Error from server: {}", status.message),
            reason => format!("Error from server ({reason}): {}", status.message),
        })
    }

    /// What goes to standard error, and the exit code (`checkErr`).
    #[must_use]
    pub fn report(&self) -> (String, i32) {
        match self {
            CmdError::Exit(code) => (String::new(), *code),
            CmdError::Help(_) => (String::new(), 0),
            CmdError::Verbatim(text, code) => (terminated(text.clone()), *code),
            CmdError::Many(errors) => match errors.as_slice() {
                [one] if !matches!(one, CmdError::Many(_)) => one.report(),
                // Only one layer is taken off: what is still a list prints as one, of its inner failures.
                [CmdError::Many(inner)] => (lines(inner), 1),
                all => (lines(all), 1),
            },
            CmdError::Status(status) if status.reason == "Invalid" => (terminated(invalid(status)), 1),
            other => {
                let text = other.standard().unwrap_or_else(|| {
                    let text = other.to_string();
                    if text.starts_with("error: ") { text } else { format!("error: {text}") }
                });
                (terminated(text), 1)
            }
        }
    }
}

fn lines(errors: &[CmdError]) -> String {
    errors.iter().map(|e| e.line() + "\n").collect()
}

fn terminated(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The form of a validation failure: one line for one cause, a list for several.
fn invalid(status: &Status) -> String {
    let nameless = status.kind.is_empty() && status.name.is_empty();
    let head = if nameless {
        "The request is invalid".to_string()
    } else {
        format!("The {} {} is invalid", status.kind, quote(&status.name))
    };
    let mut seen = BTreeSet::new();
    let causes: Vec<String> = status
        .causes
        .iter()
        .map(|c| format!("{}: {}", c.field, c.body()))
        .filter(|text| seen.insert(text.clone()))
        .collect();
    match causes.as_slice() {
        [] if nameless && !status.message.is_empty() => format!("{head}: {}", status.message),
        [] => head,
        [one] => format!("{head}: {one}"),
        all => format!("{head}: \n* {}\n", all.join("\n* ")),
    }
}

impl fmt::Display for CmdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CmdError::Exit(_) => f.write_str("exit"),
            CmdError::Verbatim(text, _) | CmdError::Help(text) | CmdError::Message(text) => f.write_str(text),
            CmdError::Status(status) => f.write_str(&status.message),
            CmdError::Many(errors) => {
                let mut texts = Vec::new();
                collect(errors, &mut texts);
                if let [one] = texts.as_slice() { f.write_str(one) } else { write!(f, "[{}]", texts.join(", ")) }
            }
        }
    }
}

impl std::error::Error for CmdError {}

fn collect(errors: &[CmdError], texts: &mut Vec<String>) {
    for error in errors {
        if let CmdError::Many(inner) = error {
            collect(inner, texts);
        } else if !texts.contains(&error.to_string()) {
            texts.push(error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::field::FieldError;
    use crate::resource::Kind;

    #[track_caller]
    fn check(error: &CmdError, expect: &str) {
        assert_eq!(error.report(), (expect.to_string(), 1));
    }

    #[test]
    fn one_failure() {
        let not_found = CmdError::from(Status::not_found(Kind::StatefulSet, "web"));
        check(&not_found, "Error from server (NotFound): statefulsets.apps \"web\" not found\n");
        check(&message("no objects passed to apply"), "error: no objects passed to apply\n");
        check(&message("error: twice"), "error: twice\n");
        check(&usage("kubectl get", "what?"), "error: what?\nSee 'kubectl get -h' for help and examples\n");
        let bad = CmdError::from(Status::bad_request("no")).with_source("creating", "web.yaml");
        check(&bad, "Error from server (BadRequest): error when creating \"web.yaml\": no\n");
        check(&CmdError::from(Status::new(500, "", "odd")), "Error from server: odd\n");
    }

    #[test]
    fn causes_of_an_invalid_object_are_listed_once_each() {
        let one = FieldError::required("spec.selector", "");
        let two = FieldError::invalid("spec.replicas", -1, "must be greater than or equal to 0");
        let invalid = |causes: Vec<FieldError>| CmdError::from(Status::invalid(Kind::StatefulSet, "web", causes));
        check(&invalid(vec![one.clone()]), "The StatefulSet \"web\" is invalid: spec.selector: Required value\n");
        check(
            &invalid(vec![one.clone(), two, one]),
            "The StatefulSet \"web\" is invalid: \n* spec.selector: Required value\n\
             * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n",
        );
        check(&CmdError::from(Status::new(422, "Invalid", "why")), "The request is invalid: why\n");
    }

    #[test]
    fn several_failures_lose_the_error_prefix() {
        let pair = vec![message("one"), Status::not_found(Kind::Pod, "a").into()];
        check(&CmdError::Many(pair.clone()), "one\nError from server (NotFound): pods \"a\" not found\n");
        check(&CmdError::Many(vec![message("one")]), "error: one\n");
        check(&CmdError::Many(vec![CmdError::Many(pair), message("two")]), "[one, pods \"a\" not found]\ntwo\n");
    }

    #[test]
    fn filtering() {
        let pair = CmdError::Many(vec![message("one"), Status::not_found(Kind::Pod, "a").into()]);
        assert_eq!(pair.filter_out(&CmdError::is_not_found), Some(CmdError::Many(vec![message("one")])));
        let gone = CmdError::from(Status::not_found(Kind::Pod, "a"));
        assert_eq!(gone.filter_out(&CmdError::is_not_found), None);
    }
}
