//! Paths of fields and the list that violations are added to. A path is a chain on the stack: its text is only made
//! when there is something to report, so that checking a valid object allocates next to nothing.

use std::fmt;

use serde_json::Value;

use super::super::field::{ErrorType, FieldError};

/// Where a value stands (`spec.template.spec.containers[0].image`).
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// A path of one member, or of several joined by dots.
    pub(super) fn new(member: &'a str) -> Path<'a> {
        Path { parent: None, step: Step::Member(member) }
    }

    /// A member of the object here.
    pub(super) fn child(&'a self, member: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Member(member) }
    }

    /// An item of the list here.
    pub(super) fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// A value of the map here (`requests[cpu]`).
    pub(super) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Key(key) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Member(name) if self.parent.is_some_and(|p| !p.is_root()) => write!(f, ".{name}"),
            Step::Member(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{key}]"),
        }
    }
}

impl Path<'_> {
    fn is_root(&self) -> bool {
        self.parent.is_none() && matches!(self.step, Step::Member(""))
    }
}

/// The violations found so far, in the order of the checks.
#[derive(Default)]
pub(super) struct Errors(pub(super) Vec<FieldError>);

impl Errors {
    pub(super) fn required(&mut self, at: &Path, detail: &str) {
        self.0.push(FieldError::required(at.to_string(), detail));
    }

    pub(super) fn invalid(&mut self, at: &Path, value: impl Into<Value>, detail: impl Into<String>) {
        self.0.push(FieldError::invalid(at.to_string(), value, detail));
    }

    /// A value whose members Go prints in another order than by name.
    pub(super) fn invalid_shown(&mut self, at: &Path, shown: String, detail: &str) {
        self.0.push(FieldError { shown: Some(shown), ..FieldError::invalid(at.to_string(), Value::Null, detail) });
    }

    /// One violation for each message.
    pub(super) fn each(&mut self, at: &Path, value: &str, messages: Vec<String>) {
        for message in messages {
            self.invalid(at, value, message);
        }
    }

    pub(super) fn forbidden(&mut self, at: &Path, detail: impl Into<String>) {
        self.0.push(FieldError::forbidden(at.to_string(), detail));
    }

    pub(super) fn duplicate(&mut self, at: &Path, value: impl Into<Value>) {
        self.0.push(FieldError::duplicate(at.to_string(), value));
    }

    pub(super) fn not_found(&mut self, at: &Path, value: &str) {
        self.0.push(FieldError::not_found(at.to_string(), value));
    }

    pub(super) fn not_supported(&mut self, at: &Path, value: impl Into<Value>, supported: &[&str]) {
        self.0.push(FieldError::not_supported(at.to_string(), value, supported));
    }

    pub(super) fn too_long(&mut self, at: &Path, limit: usize) {
        let detail = format!("may not be more than {limit} bytes");
        let value = Value::from("<value omitted>");
        self.0.push(FieldError { error: ErrorType::TooLong, field: at.to_string(), value, shown: None, detail });
    }

    pub(super) fn too_many(&mut self, at: &Path, count: usize, limit: usize) {
        let detail = format!("must have at most {limit} items");
        let (field, value) = (at.to_string(), Value::from(count));
        self.0.push(FieldError { error: ErrorType::TooMany, field, value, shown: None, detail });
    }

    /// `must be greater than or equal to 0`.
    pub(super) fn non_negative(&mut self, object: &Value, member: &str, at: &Path) {
        let value = integer(object, member);
        if value < 0 {
            self.invalid(&at.child(member), value, NEGATIVE);
        }
    }

    /// `field is immutable`.
    pub(super) fn immutable(&mut self, new: &Value, old: &Value, member: &str, at: &Path) {
        if !same(new.get(member), old.get(member)) {
            self.invalid(at, new.get(member).cloned().unwrap_or(Value::Null), "field is immutable");
        }
    }

    /// A choice among few words; an absent one is required.
    pub(super) fn choice(&mut self, at: &Path, value: &str, supported: &[&str]) {
        if value.is_empty() {
            self.required(at, "");
        } else if !supported.contains(&value) {
            self.not_supported(at, value, supported);
        }
    }
}

/// The text of a negative number's violation.
pub(super) const NEGATIVE: &str = "must be greater than or equal to 0";

/// A member as text, empty if it is absent.
pub(super) fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A member as a whole number, 0 if it is absent.
pub(super) fn integer(object: &Value, member: &str) -> i64 {
    object.get(member).and_then(Value::as_i64).unwrap_or(0)
}

/// Whether a member is true.
pub(super) fn is_true(object: &Value, member: &str) -> bool {
    object.get(member) == Some(&Value::Bool(true))
}

/// The items of a member, none if it is absent.
pub(super) fn list<'a>(object: &'a Value, member: &str) -> &'a [Value] {
    object.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list of texts.
pub(super) fn texts<'a>(object: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    list(object, member).iter().map(|item| item.as_str().unwrap_or_default())
}

/// A member that is there and not null.
pub(super) fn present<'a>(object: &'a Value, member: &str) -> Option<&'a Value> {
    object.get(member).filter(|value| !value.is_null())
}

/// The entries of a map of texts.
pub(super) fn entries<'a>(object: &'a Value, member: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let map = object.get(member).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

/// Semantic equality: absent, null and empty are the same, at every depth.
pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a.filter(|v| !is_empty(v)), b.filter(|v| !is_empty(v))) {
        (None, None) => true,
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.iter().all(|(key, value)| same(Some(value), b.get(key)))
                && b.keys().all(|key| a.contains_key(key) || is_empty(&b[key]))
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), Some(b)))
        }
        (a, b) => a == b,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// What stands for an absent object: it has no members.
pub(super) fn nothing() -> &'static Value {
    &Value::Null
}
