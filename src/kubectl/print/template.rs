//! Go templates (`-o go-template`): Go's `text/template` over JSON objects, with kubectl's functions `exists` and
//! `base64decode` (upstream `k8s.io/cli-runtime/pkg/printers/template.go`).
//!
//! Actions, pipelines, variables, `if`, `with`, `range`, `define`, `template`, `block`, comments and trim markers are
//! there, and so are Go's error texts with their positions. What needs Go itself is not: methods, `call`, complex
//! numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

mod exec;
mod funcs;
mod lex;
mod parse;
mod printf;

/// A node of the parsed template and where in the text it starts, for errors.
#[derive(Clone, Debug)]
struct Node {
    pos: usize,
    kind: NodeKind,
}

#[derive(Clone, Debug)]
enum NodeKind {
    Text(String),
    Action(Pipe),
    If { pipe: Pipe, list: Vec<Node>, otherwise: Vec<Node> },
    With { pipe: Pipe, list: Vec<Node>, otherwise: Vec<Node> },
    Range { pipe: Pipe, list: Vec<Node>, otherwise: Vec<Node> },
    Break,
    Continue,
    Template { name: String, pipe: Option<Pipe> },
}

/// `$x := command | command`.
#[derive(Clone, Debug)]
struct Pipe {
    pos: usize,
    variables: Vec<String>,
    assigns: bool,
    commands: Vec<Command>,
}

/// `printf "%s" .name`: a word and its arguments.
#[derive(Clone, Debug)]
struct Command {
    pos: usize,
    args: Vec<Operand>,
}

#[derive(Clone, Debug)]
struct Operand {
    pos: usize,
    kind: OperandKind,
}

#[derive(Clone, Debug)]
enum OperandKind {
    Dot,
    Nil,
    Bool(bool),
    Number { text: String, value: Value },
    Text { quoted: String, value: String },
    Field(Vec<String>),
    Variable { name: String, fields: Vec<String> },
    Function(String),
    Pipe(Box<Pipe>),
    Chain { base: Box<Operand>, fields: Vec<String> },
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            OperandKind::Dot => f.write_str("."),
            OperandKind::Nil => f.write_str("nil"),
            OperandKind::Bool(value) => write!(f, "{value}"),
            OperandKind::Number { text, .. } => f.write_str(text),
            OperandKind::Text { quoted, .. } => f.write_str(quoted),
            OperandKind::Field(fields) => write!(f, ".{}", fields.join(".")),
            OperandKind::Variable { name, fields } => {
                f.write_str(name)?;
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
            OperandKind::Function(name) => f.write_str(name),
            OperandKind::Pipe(pipe) => write!(f, "({pipe})"),
            OperandKind::Chain { base, fields } => write!(f, "{base}.{}", fields.join(".")),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arg) in self.args.iter().enumerate() {
            write!(f, "{}{arg}", if index > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            write!(f, "{}{command}", if index > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    text: String,
    /// By name; the template itself is among them.
    templates: BTreeMap<String, Vec<Node>>,
    missing_key_fails: bool,
}

impl Template {
    /// Parses `text`; `name` is for error texts.
    pub fn parse(name: &str, text: &str) -> Result<Template, String> {
        let templates = parse::parse(name, text)?;
        Ok(Template { name: name.to_string(), text: text.to_string(), templates, missing_key_fails: false })
    }

    /// The same template; with `false`, a missing key is an error instead of `<no value>`.
    #[must_use]
    pub fn allow_missing_keys(mut self, allow: bool) -> Template {
        self.missing_key_fails = !allow;
        self
    }

    /// Fills the template in. What was written before a failure stays in `out`.
    pub fn execute(&self, object: &Value, out: &mut String) -> Result<(), String> {
        exec::execute(self, object, out)
    }
}

#[cfg(test)]
mod tests;
