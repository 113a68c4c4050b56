//! Filling a template in (Go's `text/template/exec.go`).

use std::borrow::Cow;

use serde_json::Value;

use super::super::go;
use super::{Command, Node, NodeKind, Operand, OperandKind, Pipe, Template, funcs};

/// Templates that call each other deeper than this fail.
const MAX_DEPTH: usize = 100;

/// A value while the template runs.
#[derive(Clone, Debug)]
pub(super) struct Val<'a> {
    /// `None`: there is no value, which prints as `<no value>`.
    pub value: Option<Cow<'a, Value>>,
    /// Whether its Go type is `interface {}`, as that of members and elements, for error texts.
    pub interface: bool,
    /// Whether a number is Go's `int`, as lengths and literals are, not the `int64` of JSON.
    pub is_int: bool,
}

impl<'a> Val<'a> {
    pub(super) const MISSING: Val<'static> = Val { value: None, interface: false, is_int: false };

    pub(super) fn own(value: impl Into<Value>) -> Val<'a> {
        Val { value: Some(Cow::Owned(value.into())), interface: false, is_int: false }
    }

    pub(super) fn int(value: i64) -> Val<'a> {
        Val { is_int: true, ..Val::own(value) }
    }

    fn concrete(value: Cow<'a, Value>) -> Val<'a> {
        Val { value: Some(value), interface: false, is_int: false }
    }

    pub(super) fn inner(value: Cow<'a, Value>) -> Val<'a> {
        Val { interface: true, ..Val::concrete(value) }
    }

    /// The JSON value; null and no value are both `None`.
    pub(super) fn get(&self) -> Option<&Value> {
        self.value.as_deref().filter(|v| !v.is_null())
    }

    /// What a pipeline makes of it: the thing inside the interface.
    fn unwrapped(self) -> Val<'a> {
        if self.get().is_none() { Val::MISSING } else { Val { interface: false, ..self } }
    }

    pub(super) fn type_name(&self) -> &'static str {
        if self.interface { "interface {}" } else { self.concrete_type() }
    }

    pub(super) fn concrete_type(&self) -> &'static str {
        match self.get() {
            None => "<nil>",
            Some(Value::Bool(_)) => "bool",
            Some(Value::Number(n)) if n.is_f64() => "float64",
            Some(Value::Number(_)) if self.is_int => "int",
            Some(Value::Number(_)) => "int64",
            Some(Value::String(_)) => "string",
            Some(Value::Array(_)) => "[]interface {}",
            Some(_) => "map[string]interface {}",
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self.get() {
            None | Some(Value::Null) => false,
            Some(Value::Bool(b)) => *b,
            Some(Value::Number(n)) => n.as_f64() != Some(0.0),
            Some(Value::String(s)) => !s.is_empty(),
            Some(Value::Array(a)) => !a.is_empty(),
            Some(Value::Object(o)) => !o.is_empty(),
        }
    }

    pub(super) fn member(&self, key: &str) -> Option<Cow<'a, Value>> {
        match self.value.as_ref()? {
            Cow::Borrowed(value) => value.get(key).map(Cow::Borrowed),
            Cow::Owned(value) => value.get(key).cloned().map(Cow::Owned),
        }
    }

    pub(super) fn element(&self, index: usize) -> Option<Cow<'a, Value>> {
        match self.value.as_ref()? {
            Cow::Borrowed(value) => value.get(index).map(Cow::Borrowed),
            Cow::Owned(value) => value.get(index).cloned().map(Cow::Owned),
        }
    }
}

/// Why the template stops here.
enum Stop {
    Break,
    Continue,
    Error(String),
}

type Run<T = ()> = Result<T, Stop>;

struct State<'a, 't> {
    template: &'t Template,
    out: &'t mut String,
    variables: Vec<(String, Val<'a>)>,
    /// Where the error would be, and its words.
    at: (usize, String),
    name: String,
    depth: usize,
}

pub(super) fn execute(template: &Template, object: &Value, out: &mut String) -> Result<(), String> {
    let dot = Val::concrete(Cow::Borrowed(object));
    let mut state = State {
        template,
        out,
        variables: vec![("$".to_string(), dot.clone())],
        at: (0, String::new()),
        name: template.name.clone(),
        depth: 0,
    };
    match state.walk(&dot, &template.templates[&template.name]) {
        Err(Stop::Error(why)) => Err(why),
        _ => Ok(()),
    }
}

impl<'a> State<'a, '_> {
    fn error<T>(&self, why: impl std::fmt::Display) -> Run<T> {
        let (pos, context) = &self.at;
        let before = &self.template.text[..(*pos).min(self.template.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let (parsed, running) = (&self.template.name, go::quote(&self.name));
        Err(Stop::Error(format!("template: {parsed}:{line}:{column}: executing {running} at <{context}>: {why}")))
    }

    fn at(&mut self, pos: usize, node: &impl ToString) {
        self.at = (pos, node.to_string());
    }

    fn walk(&mut self, dot: &Val<'a>, nodes: &[Node]) -> Run {
        nodes.iter().try_for_each(|node| self.node(dot, node))
    }

    fn node(&mut self, dot: &Val<'a>, node: &Node) -> Run {
        match &node.kind {
            NodeKind::Text(text) => self.out.push_str(text),
            NodeKind::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.out.push_str(&value.get().map_or_else(|| "<no value>".to_string(), go::display));
                }
            }
            NodeKind::If { pipe, list, otherwise } => {
                let mark = self.variables.len();
                let branch = if self.pipeline(dot, pipe)?.is_true() { list } else { otherwise };
                self.walk(dot, branch)?;
                self.variables.truncate(mark);
            }
            NodeKind::With { pipe, list, otherwise } => {
                let mark = self.variables.len();
                let value = self.pipeline(dot, pipe)?;
                if value.is_true() { self.walk(&value, list) } else { self.walk(dot, otherwise) }?;
                self.variables.truncate(mark);
            }
            NodeKind::Range { pipe, list, otherwise } => {
                let mark = self.variables.len();
                self.range(dot, pipe, list, otherwise)?;
                self.variables.truncate(mark);
            }
            NodeKind::Break => return Err(Stop::Break),
            NodeKind::Continue => return Err(Stop::Continue),
            NodeKind::Template { name, pipe } => self.call(dot, node.pos, name, pipe.as_ref())?,
        }
        Ok(())
    }

    fn call(&mut self, dot: &Val<'a>, pos: usize, name: &str, pipe: Option<&Pipe>) -> Run {
        let argument = pipe.map_or(String::new(), |p| format!(" {p}"));
        let shown = format!("{{{{template {}{argument}}}}}", go::quote(name));
        self.at(pos, &shown);
        let Some(nodes) = self.template.templates.get(name) else {
            return self.error(format!("template {} not defined", go::quote(name)));
        };
        if self.depth == MAX_DEPTH {
            return self.error(format!("exceeded maximum template depth ({MAX_DEPTH})"));
        }
        let dot = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Val::MISSING,
        };
        self.depth += 1;
        let variables = std::mem::replace(&mut self.variables, vec![("$".to_string(), dot.clone())]);
        let running = std::mem::replace(&mut self.name, name.to_string());
        self.walk(&dot, nodes)?;
        (self.variables, self.name) = (variables, running);
        self.depth -= 1;
        Ok(())
    }

    fn range(&mut self, dot: &Val<'a>, pipe: &Pipe, list: &[Node], otherwise: &[Node]) -> Run {
        let value = self.pipeline(dot, pipe)?;
        let mark = self.variables.len();
        let mut ran = false;
        let mut one = |state: &mut Self, key: Val<'a>, element: Val<'a>| -> Run<bool> {
            ran = true;
            state.range_variables(pipe, &key, &element);
            let result = state.walk(&element, list);
            state.variables.truncate(mark);
            match result {
                Err(Stop::Break) => Ok(false),
                Ok(()) | Err(Stop::Continue) => Ok(true),
                Err(error) => Err(error),
            }
        };
        match value.get() {
            None => {}
            Some(Value::Array(items)) => {
                for index in 0..items.len() {
                    let element = value.element(index).map_or(Val::MISSING, Val::inner);
                    if !one(self, Val::int(index as i64), element)? {
                        break;
                    }
                }
            }
            Some(Value::Object(map)) => {
                for key in map.keys() {
                    let element = value.member(key).map_or(Val::MISSING, Val::inner);
                    if !one(self, Val::own(key.clone()), element)? {
                        break;
                    }
                }
            }
            Some(Value::Number(n)) if n.is_i64() => {
                if pipe.variables.len() > 1 {
                    return self.error(format!("can't use {n} to iterate over more than one variable"));
                }
                for count in 0..n.as_i64().unwrap_or(0) {
                    if !one(self, Val::int(count), Val::int(count))? {
                        break;
                    }
                }
            }
            Some(other) => {
                let shown = go::display(other);
                return self.error(format!("range can't iterate over {shown}"));
            }
        }
        if ran { Ok(()) } else { self.walk(dot, otherwise) }
    }

    fn range_variables(&mut self, pipe: &Pipe, key: &Val<'a>, element: &Val<'a>) {
        // One variable is the element; of two the first is the key.
        let values = if pipe.variables.len() > 1 { [key, element] } else { [element, element] };
        let declared = self.variables.len() - pipe.variables.len().min(self.variables.len());
        for (index, (name, value)) in pipe.variables.iter().zip(values).enumerate() {
            if pipe.assigns {
                self.assign(name, value.clone());
            } else if let Some(slot) = self.variables.get_mut(declared + index) {
                slot.1 = value.clone();
            }
        }
    }

    fn assign(&mut self, name: &str, value: Val<'a>) {
        if let Some(slot) = self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            slot.1 = value;
        }
    }

    fn pipeline(&mut self, dot: &Val<'a>, pipe: &Pipe) -> Run<Val<'a>> {
        self.at(pipe.pos, pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or(Val::MISSING);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone());
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Val<'a>, command: &Command, last: Option<Val<'a>>) -> Run<Val<'a>> {
        let first = &command.args[0];
        if let OperandKind::Function(name) = &first.kind {
            return self.function(dot, first, name, command, last);
        }
        let has_args = command.args.len() > 1 || last.is_some();
        if let OperandKind::Field(fields) | OperandKind::Variable { fields, .. } | OperandKind::Chain { fields, .. } =
            &first.kind
            && let Some(field) = fields.last().filter(|_| has_args)
        {
            self.operand(dot, first)?;
            return self.error(format!("{field} is not a method but has arguments"));
        }
        if has_args {
            self.at(first.pos, first);
            return self.error(format!("can't give argument to non-function {first}"));
        }
        if matches!(first.kind, OperandKind::Nil) {
            self.at(first.pos, first);
            return self.error("nil is not a command");
        }
        self.operand(dot, first)
    }

    fn operand(&mut self, dot: &Val<'a>, operand: &Operand) -> Run<Val<'a>> {
        self.at(operand.pos, operand);
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Val::MISSING),
            OperandKind::Bool(value) => Ok(Val::own(*value)),
            OperandKind::Number { value, .. } => Ok(Val { is_int: true, ..Val::own(value.clone()) }),
            OperandKind::Text { value, .. } => Ok(Val::own(value.clone())),
            OperandKind::Field(fields) => self.fields(dot.clone(), fields),
            OperandKind::Variable { name, fields } => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                let Some((_, value)) = found else {
                    return self.error(format!("undefined variable: {name}"));
                };
                self.fields(value.clone(), fields)
            }
            OperandKind::Function(name) => {
                let command = Command { pos: operand.pos, args: vec![operand.clone()] };
                self.function(dot, operand, name, &command, None)
            }
            OperandKind::Pipe(pipe) => self.pipeline(dot, pipe),
            OperandKind::Chain { base, fields } => {
                let value = self.operand(dot, base)?;
                self.at(operand.pos, operand);
                self.fields(value, fields)
            }
        }
    }

    fn fields(&mut self, mut value: Val<'a>, fields: &[String]) -> Run<Val<'a>> {
        for field in fields {
            let quoted = go::quote(field);
            let Some(receiver) = &value.value else {
                if self.template.missing_key_fails {
                    return self.error(format!("nil data; no entry for key {quoted}"));
                }
                return Ok(Val::MISSING);
            };
            match receiver.as_ref() {
                Value::Null => return self.error(format!("nil pointer evaluating interface {{}}.{field}")),
                Value::Object(_) => match value.member(field) {
                    Some(member) => value = Val::inner(member),
                    None if self.template.missing_key_fails => {
                        return self.error(format!("map has no entry for key {quoted}"));
                    }
                    None => value = Val::MISSING,
                },
                _ => return self.error(format!("can't evaluate field {field} in type {}", value.type_name())),
            }
        }
        Ok(value)
    }

    fn function(
        &mut self,
        dot: &Val<'a>,
        first: &Operand,
        name: &str,
        command: &Command,
        last: Option<Val<'a>>,
    ) -> Run<Val<'a>> {
        self.at(first.pos, first);
        let operands = &command.args[1..];
        let count = operands.len() + usize::from(last.is_some());
        if let Err(want) = funcs::check_count(name, count) {
            return self.error(format!("wrong number of args for {name}: want {want} got {count}"));
        }
        if matches!(name, "and" | "or") {
            let mut value = Val::MISSING;
            for operand in operands {
                value = self.operand(dot, operand)?;
                if value.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut args = Vec::new();
        for operand in operands {
            if let Some(want) = funcs::wanted(name, args.len()) {
                args.push(self.text_argument(dot, operand, want)?);
            } else {
                args.push(self.operand(dot, operand)?);
            }
        }
        args.extend(last);
        match funcs::call(name, &args) {
            Ok(value) => Ok(value),
            Err(why) => {
                self.at(command.pos, command);
                self.error(format!("error calling {name}: {why}"))
            }
        }
    }

    /// An argument that must be text.
    fn text_argument(&mut self, dot: &Val<'a>, operand: &Operand, want: &str) -> Run<Val<'a>> {
        let value = self.operand(dot, operand)?;
        let literal = matches!(operand.kind, OperandKind::Bool(_) | OperandKind::Number { .. } | OperandKind::Nil);
        match value.get() {
            Some(Value::String(_)) => Ok(value),
            _ if matches!(operand.kind, OperandKind::Nil) => self.error(format!("cannot assign nil to {want}")),
            _ if literal => self.error(format!("expected {want}; found {operand}")),
            None => self.error(format!("invalid value; expected {want}")),
            Some(_) => {
                let got = value.concrete_type();
                self.error(format!("wrong type for value; expected {want}; got {got}"))
            }
        }
    }
}
