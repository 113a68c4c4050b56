//! kubectl's `JSONPath` templates (`-o jsonpath`, custom columns, `--sort-by`; upstream `k8s.io/client-go/util/jsonpath`).
//!
//! A template is text with actions in braces. An action is a path (`.a.b[0]`, `..name`, `[?(@.x=="y")]`, `[0:2]`,
//! `['a','b']`), a literal, or `range`/`end`. Error texts are upstream's. Where Go walks a map in random order, keys
//! are walked sorted.

use std::borrow::Cow;

use serde_json::Value;

use super::go;

mod eval;
mod parse;

pub use parse::relaxed;

/// One step of an action.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Field(String),
    Array([Param; 3]),
    List(Vec<Node>),
    Identifier(String),
    Filter { left: Vec<Node>, right: Vec<Node>, operator: String },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
}

/// A number of `[start:end:step]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Param {
    value: i64,
    /// Whether it was written, or follows from what was.
    known: bool,
    /// Whether it is the end of a single index.
    derived: bool,
}

/// What a node finds: parts of the object, or literals.
type Found<'a> = Cow<'a, Value>;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct JsonPath {
    nodes: Vec<Node>,
    /// Where the next execution starts; a `range` moves it for good, as upstream.
    root: usize,
    begin_range: usize,
    in_range: usize,
    end_range: usize,
    last_end: Option<usize>,
    allow_missing_keys: bool,
    as_json: bool,
}

impl JsonPath {
    /// Parses a template; the error is upstream's text.
    pub fn parse(template: &str) -> Result<JsonPath, String> {
        Ok(JsonPath {
            nodes: parse::parse(template)?,
            root: 0,
            begin_range: 0,
            in_range: 0,
            end_range: 0,
            last_end: None,
            allow_missing_keys: false,
            as_json: false,
        })
    }

    /// The same template; with `true`, a missing field finds nothing instead of failing.
    #[must_use]
    pub fn allow_missing_keys(mut self, allow: bool) -> JsonPath {
        self.allow_missing_keys = allow;
        self
    }

    /// The same template, each action's finds printed as one indented JSON array (`-o jsonpath-as-json`).
    #[must_use]
    pub fn as_json(mut self) -> JsonPath {
        self.as_json = true;
        self
    }

    /// The finds of each action (and each text between actions) in turn.
    pub fn find<'a>(&mut self, object: &'a Value) -> Result<Vec<Vec<Cow<'a, Value>>>, String> {
        self.find_results(&Cow::Borrowed(object))
    }

    /// The template filled in.
    pub fn execute(&mut self, object: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find(object)? {
            self.print(&results, &mut out);
        }
        Ok(out)
    }

    fn print(&self, results: &[Found], out: &mut String) {
        if self.as_json {
            let all: Vec<Value> = results.iter().map(|r| r.as_ref().clone()).collect();
            out.push_str(&go::json_indent(&Value::Array(all)));
            out.push('\n');
            return;
        }
        for (index, result) in results.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            match result.as_ref() {
                Value::Null => out.push_str("null"),
                found @ (Value::Object(_) | Value::Array(_)) => out.push_str(&go::json(found)),
                found => out.push_str(&go::display(found)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
