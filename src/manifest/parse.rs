//! A source to its documents, cut and decoded as kubectl does (`k8s.io/apimachinery/pkg/util/yaml/decoder.go`): JSON
//! objects one after the other if the text begins with `{`, otherwise YAML documents between lines that begin with
//! `---`; JSON that turns out not to be JSON is tried as YAML.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::MAX_BYTES;
use super::document::Document;
use super::json::{self, JsonError};
use super::problem::{Fault, Problem};
use super::reader;
use super::source::{Source, floor};
use super::tree::Tree;

/// How far kubectl looks for the `{` that makes a source JSON.
const GUESS: usize = 4096;

/// The documents of `source` before its first error, and that error. Documents without content do not count.
#[must_use]
pub fn parse(source: Arc<Source>) -> (Vec<Document>, Option<Problem>) {
    if source.text.len() > MAX_BYTES {
        let message = format!("error parsing {}: more than {} MiB", source.name, MAX_BYTES >> 20);
        return (Vec::new(), Some(Problem::new(message)));
    }
    let mut decoder = Decoder { source, at: 0, documents: Vec::new() };
    let result = decoder.run();
    let problem = result.err().map(|fault| Problem::parsing(&decoder.source, fault));
    (decoder.documents, problem)
}

/// A text as one YAML document, whatever it begins with; the error is go-yaml's (`YAMLToJSON` of `sigs.k8s.io/yaml`).
pub fn yaml_to_json(text: &str) -> Result<Value, String> {
    let source = Source::new("", text);
    let chunk = 0..source.text.len();
    reader::read(&source, chunk).map(|(value, _)| value).map_err(|fault| {
        let words = fault.message.strip_prefix("error converting YAML to JSON: ");
        words.map_or(fault.message.clone(), str::to_string)
    })
}

struct Decoder {
    source: Arc<Source>,
    at: usize,
    documents: Vec<Document>,
}

impl Decoder {
    fn run(&mut self) -> Result<(), Fault> {
        let guess = &self.source.text[..floor(&self.source.text, GUESS)];
        let mut not_json = if guess.trim_start().starts_with('{') { self.json()? } else { None };
        loop {
            let read = match self.chunk() {
                Ok(Some(chunk)) => reader::read(&self.source, chunk),
                Ok(None) => break,
                Err(fault) => Err(fault),
            };
            match read {
                Ok((value, tree)) => self.add(value, tree),
                Err(fault) => return Err(not_json.unwrap_or(fault)),
            }
            not_json = None;
        }
        not_json.filter(|_| self.documents.is_empty()).map_or(Ok(()), Err)
    }

    /// Reads JSON objects. What is no JSON after one object at most may still be YAML: then returns the error to report
    /// if it is not.
    fn json(&mut self) -> Result<Option<Fault>, Fault> {
        let mut count = 0;
        while let Some(result) = json::read(&self.source.text, self.at) {
            match result {
                Ok((value, tree, end)) => {
                    self.add(value, tree);
                    self.at = end;
                    count += 1;
                }
                Err(error) if count > 1 => return Err(fault(&self.source, error, false)),
                Err(error) => {
                    let rest = &self.source.text[self.at..];
                    let space = rest.len() - rest.trim_start().len();
                    self.at += rest[..space].find('\n').map_or(space, |at| at + 1);
                    return Ok(Some(fault(&self.source, error, true)));
                }
            }
        }
        self.at = self.source.text.len();
        Ok(None)
    }

    /// The next piece of text between separator lines; none at the end.
    fn chunk(&mut self) -> Result<Option<Range<usize>>, Fault> {
        let text = &self.source.text;
        let start = self.at;
        let mut line = start;
        while line < text.len() {
            let end = text[line..].find('\n').map_or(text.len(), |at| line + at + 1);
            if text[line..].starts_with("---") {
                let rest = text[line + 3..end].trim();
                if !rest.is_empty() && !rest.starts_with('#') {
                    let message = format!("invalid Yaml document separator: {rest}");
                    return Err(Fault::new(message, line..line + text[line..end].trim_end().len()));
                }
                if line > start {
                    self.at = end;
                    return Ok(Some(start..line));
                }
            }
            line = match text[end..].find("\n---") {
                _ if text[end..].starts_with("---") => end,
                Some(at) => end + at + 1,
                None => text.len(),
            };
        }
        self.at = text.len();
        Ok((start < text.len()).then_some(start..text.len()))
    }

    fn add(&mut self, value: Value, tree: Tree) {
        if !value.is_null() {
            self.documents.push(Document::new(value, Arc::clone(&self.source), self.documents.len(), tree));
        }
    }
}

fn fault(source: &Source, error: JsonError, with_offset: bool) -> Fault {
    let message = if error.syntax && with_offset {
        format!("json: offset {}: {}", error.at + 1, error.message)
    } else {
        error.message
    };
    let width = source.text[error.at..].chars().next().map_or(0, char::len_utf8);
    Fault::new(message, error.at..error.at + width)
}
