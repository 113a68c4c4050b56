//! Syntax errors in go-yaml's words. go-yaml v2 is libyaml translated, and so is what `serde_yaml` stands on: a text that
//! does not parse is given to it once more, for the words and the place; what it would accept keeps the parser's own.

use granit_parser::{ErrorKind, ScanError};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::problem::Fault;
use super::source::Source;

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

/// The error of the chunk `text`, which begins at byte `base` of the source.
pub(super) fn fault(source: &Source, text: &str, base: usize, error: &ScanError) -> Fault {
    let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return Fault::yaml(format!("exceeded max depth of {}", super::MAX_DEPTH), base + at..base + at);
    }
    let found = libyaml(text, at).unwrap_or_else(|| Libyaml {
        problem: own_words(error),
        mark: Some((error.marker().line().saturating_sub(1), error.marker().col())),
        context: None,
    });
    let line = go_line(&found);
    let place = |(line, column): Mark| {
        let start = source.offset(base, line, column);
        let width = source.text[start..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        start..start + width
    };
    let message = if line == 0 { found.problem.clone() } else { format!("line {line}: {}", found.problem) };
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

fn libyaml(text: &str, at: usize) -> Option<Libyaml> {
    let end = text[text.floor_char_boundary(at + BEHIND)..].find('\n').map_or(text.len(), |more| at + BEHIND + more);
    let head = &text[..text.floor_char_boundary(end)];
    let document = serde_yaml::Deserializer::from_str(head).next()?;
    let error = IgnoredAny::deserialize(document).err()?.to_string();
    let (problem, context) = error.split_once(", while ").map_or((error.as_str(), None), |(p, c)| (p, Some(c)));
    let (problem, mark) = split_mark(problem);
    let context = context.map(|words| {
        let (words, own) = split_mark(words);
        (format!("while {words}"), own.or(mark).unwrap_or((0, 0)))
    });
    Some(Libyaml { problem: problem.to_string(), mark, context })
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

fn own_words(error: &ScanError) -> String {
    error.info().to_string()
}

/// The first character that YAML does not allow at all (go-yaml's readerc.go).
pub(super) fn control_character(text: &str) -> Option<usize> {
    let suspicious = |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || matches!(b, 0x7f | 0xc2 | 0xef);
    let forbidden = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.bytes().position(suspicious)?;
    text.char_indices().find(|(_, c)| forbidden(*c)).map(|(at, _)| at)
}
