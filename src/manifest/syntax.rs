//! Syntax errors in go-yaml's words. go-yaml v2 is libyaml translated, and so is what `serde_yaml` stands on: a text that
//! does not parse is given to it once more, for the words and the place; what it would accept keeps the parser's own.

use granit_parser::{ErrorKind, ScanError};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::problem::Fault;
use super::source::{Source, floor};

/// How much of the text behind an error is read again.
const BEHIND: usize = 16 << 10;

/// Where something stands in a chunk: line and column, from 0.
type Mark = (usize, usize);

/// What libyaml says of a text.
struct Libyaml {
    problem: String,
    mark: Option<Mark>,
    context: Option<(String, Mark)>,
}

/// Whether YAML 1.2, which the parser reads, and libyaml may disagree on `text` because of a character in it.
pub(super) fn is_doubtful(text: &str) -> bool {
    text.contains(['\t', '%', '@', '`']) || text.contains("...")
}

/// What libyaml has against the first document of `text`, which begins at byte `base` of the source; `broken` is where
/// the parser gave up.
pub(super) fn fault(source: &Source, text: &str, base: usize, broken: Option<usize>) -> Option<Fault> {
    let found = libyaml(text, broken)?;
    if found.problem == "unknown anchor" {
        let start = found.mark.map_or(base, |(line, column)| source.offset(base, line, column));
        let name = source.text[start..].trim_start_matches('*');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(name.len());
        let message = format!("unknown anchor '{}' referenced", &name[..end]);
        return Some(Fault::yaml(message, start..start + 1 + end));
    }
    Some(located(source, base, found))
}

/// The parser's own error, for what libyaml would accept.
pub(super) fn own_fault(source: &Source, base: usize, error: &ScanError) -> Fault {
    let problem = match error.kind() {
        ErrorKind::RecursionLimitExceeded => format!("exceeded max depth of {}", super::MAX_DEPTH),
        ErrorKind::MismatchedFlowCollectionEnd { open: '{', .. } => "did not find expected ',' or '}'".to_string(),
        ErrorKind::MismatchedFlowCollectionEnd { .. } => "did not find expected ',' or ']'".to_string(),
        _ => {
            let words = error.info();
            words
                .strip_prefix("while ")
                .and_then(|w| w.split_once(", "))
                .map_or(&*words, |(_, words)| words)
                .to_string()
        }
    };
    let mark = (error.marker().line().saturating_sub(1), error.marker().col());
    located(source, base, Libyaml { problem, mark: Some(mark), context: None })
}

/// A `:` with nothing before it, which YAML 1.2 and newer versions of libyaml allow.
pub(super) fn missing_key(source: &Source, base: usize, at: usize) -> Fault {
    let line = source.text[base..at].bytes().filter(|b| *b == b'\n').count();
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    Fault::yaml(format!("{place}did not find expected key"), at..at + 1)
}

fn located(source: &Source, base: usize, found: Libyaml) -> Fault {
    let place = |(line, column): Mark| {
        let start = source.offset(base, line, column);
        let width = source.text[start..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        start..start + width
    };
    let message = match go_line(&found) {
        0 => found.problem,
        line => format!("line {line}: {}", found.problem),
    };
    let mut fault = Fault::yaml(message, place(found.mark.unwrap_or((0, 0))));
    fault.context = found.context.map(|(words, mark)| (words, place(mark)));
    fault
}

/// The line as go-yaml counts it (decode.go, `fail`): from 0 for what its parser finds, from 1 for what its scanner
/// finds, and none on the first line.
fn go_line(found: &Libyaml) -> usize {
    let line = found.mark.map_or(0, |mark| mark.0);
    if line == 0 {
        return found.context.as_ref().map_or(0, |(_, mark)| mark.0);
    }
    let context = found.context.as_ref().map_or("", |(words, _)| words.as_str());
    let of_scanner = match context {
        "" => !found.problem.contains("<document start>") && !found.problem.contains("directive"),
        words => {
            words.starts_with("while scanning")
                || matches!(words, "while parsing a tag" | "while parsing a quoted scalar")
        }
    };
    line + usize::from(of_scanner)
}

fn libyaml(text: &str, broken: Option<usize>) -> Option<Libyaml> {
    let error =
        IgnoredAny::deserialize(serde_yaml::Deserializer::from_str(head(text, broken)).next()?).err()?.to_string();
    let (problem, context) = error.split_once(", while ").map_or((error.as_str(), None), |(p, c)| (p, Some(c)));
    let (problem, mark) = split_mark(problem);
    if problem.contains("limit exceeded") || problem.starts_with("EOF ") || problem == "found unexpected ':'" {
        return None;
    }
    let context = context.map(|words| {
        let (words, own) = split_mark(words);
        (format!("while {words}"), own.or(mark).unwrap_or((0, 0)))
    });
    Some(Libyaml { problem: problem.replace("hexadecimal", "hexdecimal"), mark, context })
}

/// As much of the text as is safe to read again: what stands behind an error may nest without end.
fn head(text: &str, broken: Option<usize>) -> &str {
    let Some(least) = broken.map(|at| floor(text, at.saturating_add(BEHIND))) else { return text };
    text[least..].find('\n').map_or(text, |more| &text[..least + more])
}

/// `WORDS at line L column C` to its parts.
fn split_mark(words: &str) -> (&str, Option<Mark>) {
    let Some((before, mark)) = words.rsplit_once(" at line ") else {
        return (words.split(" at position ").next().unwrap_or(words), None);
    };
    let numbers =
        mark.split_once(" column ").and_then(|(l, c)| Some((l.parse::<usize>().ok()?, c.parse::<usize>().ok()?)));
    match numbers {
        Some((line, column)) => (before, Some((line.saturating_sub(1), column.saturating_sub(1)))),
        None => (words, None),
    }
}

/// The first character that YAML does not allow at all (go-yaml's readerc.go).
pub(super) fn control_character(text: &str) -> Option<usize> {
    let suspicious = |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || matches!(b, 0x7f | 0xc2 | 0xef);
    let forbidden = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.bytes().position(suspicious)?;
    text.char_indices().find(|(_, c)| forbidden(*c)).map(|(at, _)| at)
}
