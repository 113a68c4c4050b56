//! What is wrong with a source: kubectl's words for it, and the place for people.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::render::{Marked, snippet};
use super::source::Source;

/// A fault of a text, not yet told which source it is in.
#[derive(Debug)]
pub(super) struct Fault {
    /// kubectl's words after `error parsing NAME: `.
    pub(super) message: String,
    /// The bytes of the source at fault.
    pub(super) at: Range<usize>,
    /// What was being read, and where that began.
    pub(super) context: Option<(String, Range<usize>)>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, at: Range<usize>) -> Fault {
        Fault { message: message.into(), at, context: None }
    }

    /// One that sigs.k8s.io/yaml finds.
    pub(super) fn converting(message: impl fmt::Display, at: Range<usize>) -> Fault {
        Fault::new(format!("error converting YAML to JSON: {message}"), at)
    }

    /// One that go-yaml finds.
    pub(super) fn yaml(message: impl fmt::Display, at: Range<usize>) -> Fault {
        Fault::converting(format_args!("yaml: {message}"), at)
    }
}

/// Why a source, or the rest of it, could not be read. `Display` has kubectl's words, without the `error: ` that kubectl
/// puts before them.
#[derive(Clone, Debug)]
pub struct Problem {
    message: String,
    place: Option<Place>,
    help: Option<String>,
}

#[derive(Clone, Debug)]
struct Place {
    source: Arc<Source>,
    at: Range<usize>,
    context: Option<(String, Range<usize>)>,
}

impl Problem {
    /// A problem that has no place in a text.
    pub(super) fn new(message: impl Into<String>) -> Problem {
        Problem { message: message.into(), place: None, help: None }
    }

    /// The same problem with advice.
    pub(super) fn with_help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }

    pub(super) fn parsing(source: &Arc<Source>, fault: Fault) -> Problem {
        let message = format!("error parsing {}: {}", source.name, fault.message);
        let help = advice(&fault, &source.text).map(ToString::to_string);
        Problem {
            message,
            place: Some(Place { source: Arc::clone(source), at: fault.at, context: fault.context }),
            help,
        }
    }

    /// What to do about it, if that is known.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The text that the place is in.
    #[must_use]
    pub fn file(&self) -> Option<&Source> {
        self.place.as_ref().map(|place| &*place.source)
    }

    /// Line and column of the place, from 1.
    #[must_use]
    pub fn line_column(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|place| place.source.line_column(place.at.start))
    }

    /// The problem for people: what, where with the line itself, and what to do.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let Some(Place { source, at, context }) = &self.place else {
            let help = self.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            return format!("error: {}{help}", self.message);
        };
        let plain = self.message.split(": yaml: ").last().unwrap_or(&self.message);
        let prefix = format!("error parsing {}: ", source.name);
        let plain = plain.strip_prefix(&prefix).unwrap_or(plain);
        let title = match plain.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
            Some((line, rest)) if line.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => plain,
        };
        let context = context.as_ref().map(|(words, at)| Marked { at: at.clone(), label: words });
        snippet(source, title, &Marked { at: at.clone(), label: "" }, context.as_ref(), self.help.as_deref(), color)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// What helps against the usual mistakes, by the words that tell of them.
fn advice(fault: &Fault, text: &str) -> Option<&'static str> {
    let rest = &text[fault.at.start.min(text.len())..];
    let says = |words: &str| fault.message.contains(words);
    if says("cannot start any token") {
        return Some(match rest.chars().next() {
            Some('\t') => "YAML does not allow tabs for indentation: use spaces",
            _ => "a value that begins with this character needs quotes around it",
        });
    }
    let table = [
        ("found a tab character", "YAML does not allow tabs for indentation: use spaces"),
        (
            "mapping values are not allowed",
            "a value that contains `: ` needs quotes; or this line is indented deeper than its neighbours",
        ),
        (
            "did not find expected key",
            "keys of one map begin in the same column: compare the indentation with the lines above",
        ),
        ("did not find expected '-' indicator", "items of one list begin with `- ` in the same column"),
        ("block sequence entries are not allowed", "begin the list on a line of its own"),
        ("found unexpected end of stream", "a quote is opened and never closed"),
        ("found unexpected document indicator", "a quote is opened and never closed"),
        ("multiline quoted scalar", "indent the continued text deeper than its key"),
        ("did not find expected node content", "a `[` or `{` is opened and never closed"),
        ("did not find expected ',' or ']'", "a `[` is opened and not closed, or a comma is missing"),
        ("did not find expected ',' or '}'", "a `{` is opened and not closed, or a comma is missing"),
        (
            "could not find expected ':'",
            "a key needs a `:` and a space after it; continued text needs deeper indentation",
        ),
        (
            "unknown escape character",
            "in double quotes a backslash begins an escape: write `\\\\`, or use single quotes",
        ),
        ("unknown anchor", "name the value first, with `&name` before it"),
        ("contains itself", "an anchor cannot be used inside the value it names"),
        ("excessive aliasing", "the aliases blow this document up: write the values out"),
        ("map merge requires", "`<<` takes a map, or a list of maps"),
        ("control characters", "remove this character; in double quotes it can be written as an escape"),
        ("unsupported map key", "put quotes around this key"),
        ("json: unsupported value", "JSON has no such number: put quotes around it if it is text"),
        ("invalid Yaml document separator", "only a comment may follow `---` on its line"),
        ("max depth", "no Kubernetes object is this deep: look for a bracket too many"),
        (
            "looking for beginning of object key string",
            "JSON keys need double quotes, and no comma may follow the last one",
        ),
    ];
    if says("invalid map key") {
        let template = rest.starts_with("{ ") || rest.starts_with("{{") || says(".Values") || says("{\".");
        return Some(if template {
            "this looks like a template: render it first (`helm template`), or put quotes around `{{ }}`"
        } else {
            "a key must be a plain word: put quotes around it"
        });
    }
    table.iter().find(|(words, _)| says(words)).map(|(_, help)| *help)
}
