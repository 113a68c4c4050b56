//! Nodes to finds.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::super::go;
use super::{Found, JsonPath, Node, Param};

type Finds<'a> = Result<Vec<Found<'a>>, String>;

impl JsonPath {
    pub(super) fn find_results<'a>(&mut self, object: &Found<'a>) -> Result<Vec<Vec<Found<'a>>>, String> {
        let mut all = Vec::new();
        let mut index = self.root;
        while index < self.nodes.len() {
            let node = self.nodes[index].clone();
            let results = self.walk(vec![object.clone()], &node)?;
            if self.end_range > 0 && self.end_range <= self.in_range {
                self.end_range -= 1;
                self.last_end = Some(index);
                break;
            }
            if self.begin_range == 0 {
                all.push(results);
                index += 1;
                continue;
            }
            self.begin_range -= 1;
            self.in_range += 1;
            if results.is_empty() {
                // Nothing to repeat for, but the end must be found.
                self.root = index + 1;
                self.find_results(&Cow::Owned(Value::Null))?;
            }
            for value in results {
                self.root = index + 1;
                all.extend(self.find_results(&value)?);
            }
            self.in_range -= 1;
            index = self.last_end.filter(|end| *end > index).unwrap_or(index) + 1;
        }
        Ok(all)
    }

    fn walk<'a>(&mut self, input: Vec<Found<'a>>, node: &Node) -> Finds<'a> {
        let literal = |value: Value| Ok(vec![Cow::Owned(value); input.len()]);
        match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
            Node::Field(name) => self.field(input, name),
            Node::Array(params) => array(input, params),
            Node::Filter { left, right, operator } => self.filter(input, left, right, operator),
            Node::Int(int) => literal((*int).into()),
            Node::Float(float) => literal(Number::from_f64(*float).map_or(Value::Null, Value::Number)),
            Node::Bool(bool) => literal((*bool).into()),
            Node::Wildcard => Ok(input.into_iter().flat_map(children).collect()),
            Node::Recursive => Ok(recursive(input)),
            Node::Union(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    all.extend(self.list(input.clone(), list)?);
                }
                Ok(all)
            }
            Node::Identifier(name) => self.identifier(input, name),
        }
    }

    fn list<'a>(&mut self, input: Vec<Found<'a>>, nodes: &[Node]) -> Finds<'a> {
        nodes.iter().try_fold(input, |input, node| self.walk(input, node))
    }

    fn identifier<'a>(&mut self, input: Vec<Found<'a>>, name: &str) -> Finds<'a> {
        match name {
            "range" => {
                self.begin_range += 1;
                Ok(input)
            }
            "end" if self.in_range > 0 => {
                self.end_range += 1;
                Ok(Vec::new())
            }
            "end" => Err("not in range, nothing to end".to_string()),
            _ => Err(format!("unrecognized identifier {name}")),
        }
    }

    fn field<'a>(&self, input: Vec<Found<'a>>, name: &str) -> Finds<'a> {
        if input.is_empty() {
            return Ok(input);
        }
        let results: Vec<Found> = input.into_iter().filter_map(|value| member(value, name)).collect();
        if results.is_empty() && !self.allow_missing_keys {
            return Err(format!("{name} is not found"));
        }
        Ok(results)
    }

    fn filter<'a>(&mut self, input: Vec<Found<'a>>, left: &[Node], right: &[Node], operator: &str) -> Finds<'a> {
        let mut results = Vec::new();
        for value in input {
            let Some(elements) = elements(value.clone()) else {
                return Err(format!("{} is not array or slice and cannot be filtered", go::display(&value)));
            };
            for element in elements {
                let lefts = self.list(vec![element.clone()], left);
                if operator == "exists" {
                    results.extend(lefts.is_ok_and(|found| !found.is_empty()).then_some(element));
                    continue;
                }
                let Some(left) = one(lefts?)? else { continue };
                let Some(right) = one(self.list(vec![element.clone()], right)?)? else { continue };
                if compare(operator, &left, &right)? {
                    results.push(element);
                }
            }
        }
        Ok(results)
    }
}

fn one(mut found: Vec<Found>) -> Result<Option<Found>, String> {
    if found.len() > 1 {
        return Err("can only compare one element at a time".to_string());
    }
    Ok(found.pop())
}

fn member<'a>(value: Found<'a>, name: &str) -> Option<Found<'a>> {
    match value {
        Cow::Borrowed(Value::Object(map)) => map.get(name).map(Cow::Borrowed),
        Cow::Owned(Value::Object(mut map)) => map.remove(name).map(Cow::Owned),
        _ => None,
    }
}

fn elements(value: Found) -> Option<Vec<Found>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => Some(items.iter().map(Cow::Borrowed).collect()),
        Cow::Owned(Value::Array(items)) => Some(items.into_iter().map(Cow::Owned).collect()),
        _ => None,
    }
}

/// What is directly inside: members, elements, or the bytes of a text.
fn children(value: Found) -> Vec<Found> {
    match value {
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Object(map)) => map.into_iter().map(|(_, v)| Cow::Owned(v)).collect(),
        value if value.is_string() => {
            value.as_str().unwrap_or("").bytes().map(|byte| Cow::Owned(Value::from(byte))).collect()
        }
        value => elements(value).unwrap_or_default(),
    }
}

/// Every value that has something inside, each before what is inside it.
fn recursive(input: Vec<Found>) -> Vec<Found> {
    let mut all = Vec::new();
    for value in input {
        let inside = children(value.clone());
        if !inside.is_empty() {
            all.push(value);
            all.extend(recursive(inside));
        }
    }
    all
}

fn array<'a>(input: Vec<Found<'a>>, params: &[Param; 3]) -> Finds<'a> {
    let mut results = Vec::new();
    for value in input.into_iter().filter(|v| !v.is_null()) {
        let type_name = type_name(&value);
        let Some(elements) = elements(value) else { return Err(format!("{type_name} is not array or slice")) };
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let [start, end, step] = params;
        let mut from = if start.known { start.value } else { 0 };
        if from < 0 {
            from = from.saturating_add(length);
        }
        let mut to = if end.known { end.value } else { length };
        if to < 0 || (to == 0 && end.derived) {
            to = to.saturating_add(length);
        }
        if from == to {
            return Ok(results);
        }
        let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
        if from >= length || from < 0 {
            return out_of_bounds(from);
        }
        if to > length || to < 0 {
            return out_of_bounds(to - 1);
        }
        if from > to {
            return Err(format!("starting index {from} is greater than ending index {to}"));
        }
        if step.known && step.value <= 0 {
            return Err("step must be > 0".to_string());
        }
        let step = if step.known { usize::try_from(step.value).unwrap_or(usize::MAX) } else { 1 };
        let (from, count) = (from as usize, (to - from) as usize);
        results.extend(elements.into_iter().skip(from).take(count).step_by(step));
    }
    Ok(results)
}

/// The Go type JSON decodes into.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A basic value as filters and templates compare it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Basic<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
}

fn basic(value: &Value) -> Result<Basic<'_>, String> {
    match value {
        Value::Bool(b) => Ok(Basic::Bool(*b)),
        Value::Number(n) => Ok(n.as_i64().map_or_else(|| Basic::Float(n.as_f64().unwrap_or(0.0)), Basic::Int)),
        Value::String(s) => Ok(Basic::Text(s)),
        _ => Err("invalid type for comparison".to_string()),
    }
}

fn compare(operator: &str, left: &Value, right: &Value) -> Result<bool, String> {
    let (left, right) = (basic(left)?, basic(right)?);
    let ordering = match (left, right) {
        (Basic::Bool(l), Basic::Bool(r)) if matches!(operator, "==" | "!=") => Some(l.cmp(&r)),
        (Basic::Bool(_), Basic::Bool(_)) if matches!(operator, "<" | "<=" | ">" | ">=") => {
            return Err("invalid type for comparison".to_string());
        }
        (Basic::Int(l), Basic::Int(r)) => Some(l.cmp(&r)),
        (Basic::Float(l), Basic::Float(r)) => l.partial_cmp(&r),
        (Basic::Text(l), Basic::Text(r)) => Some(l.cmp(r)),
        _ if matches!(operator, "==" | "!=" | "<" | "<=" | ">" | ">=") => {
            return Err("incompatible types for comparison".to_string());
        }
        _ => None,
    };
    match operator {
        "==" => Ok(ordering == Some(Ordering::Equal)),
        "!=" => Ok(ordering != Some(Ordering::Equal)),
        "<" => Ok(ordering == Some(Ordering::Less)),
        "<=" => Ok(ordering.is_some_and(Ordering::is_le)),
        ">" => Ok(ordering == Some(Ordering::Greater)),
        ">=" => Ok(ordering.is_some_and(Ordering::is_ge)),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}
