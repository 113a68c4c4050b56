//! JSON checked against the Go types and made what Go would write again: unknown fields dropped, nulls and empty values
//! left out, quantities canonical. Errors and their paths are those of `sigs.k8s.io/json` (a fork of `encoding/json`).

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::scalar;
use crate::resource::gojson;
use crate::resource::quantity::Quantity;
use crate::resource::schema::{Field, Omit, Shape, Struct, Type};

/// An error that ends decoding at once; other type errors only spoil the result.
pub(super) struct Abort(pub String);

enum Step {
    Field(&'static str),
    Key(String),
    Index(usize),
}

/// What one decoding finds.
#[derive(Default)]
pub(super) struct Walk {
    /// The innermost struct, and the fields down to the present value, as type errors show them.
    within: &'static str,
    fields: Vec<&'static str>,
    steps: Vec<Step>,
    /// The first type error.
    pub error: Option<String>,
    /// `unknown field "PATH"`, at most 100, in the order of the document.
    pub strict: Vec<String>,
}

/// The most strict errors that are kept.
const STRICT_LIMIT: usize = 100;

/// What Go holds where JSON says nothing.
fn zero(ty: &Type) -> Value {
    if ty.pointer {
        return Value::Null;
    }
    match ty.shape {
        Shape::String => Value::String(String::new()),
        Shape::Bool => Value::Bool(false),
        Shape::Int32 | Shape::Int64 | Shape::Float64 | Shape::IntOrString => Value::from(0),
        Shape::Quantity => Value::from("0"),
        Shape::Struct(reference) => {
            let mut map = Map::new();
            complete(reference.get(), &mut map);
            Value::Object(map)
        }
        Shape::Bytes | Shape::Time | Shape::MicroTime | Shape::Raw | Shape::List(_) | Shape::Map(_) => Value::Null,
    }
}

/// Adds the fields that Go writes even if nobody set them.
fn complete(of: &'static Struct, map: &mut Map<String, Value>) {
    for field in of.fields() {
        let written = match field.omit {
            Omit::Never => true,
            Omit::Zero => false,
            Omit::Empty => !field.ty.pointer && is_go_struct(field.ty.shape),
        };
        if written && !map.contains_key(field.name) {
            map.insert(field.name.to_string(), zero(&field.ty));
        }
    }
}

/// Whether Go's type is a struct, which `omitempty` never leaves out.
fn is_go_struct(shape: Shape) -> bool {
    use Shape::{IntOrString, MicroTime, Quantity, Raw, Struct, Time};
    matches!(shape, Struct(_) | Quantity | IntOrString | Time | MicroTime | Raw)
}

/// Whether Go would write a field that holds this value.
fn is_written(field: &Field, value: &Value) -> bool {
    let empty = match value {
        Value::Null => true,
        _ if field.ty.pointer => false,
        Value::String(text) => text.is_empty(),
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    };
    match field.omit {
        Omit::Never => true,
        Omit::Zero => !empty,
        Omit::Empty => !empty || (!field.ty.pointer && is_go_struct(field.ty.shape)),
    }
}

impl Walk {
    /// Decodes an object as the struct `root`.
    pub fn root(&mut self, root: &'static Struct, map: &mut Map<String, Value>) -> Result<(), Abort> {
        self.object(root, map)
    }

    fn save(&mut self, found: &str, ty: &str) {
        if self.error.is_none() {
            self.error = Some(self.mismatch(found, ty));
        }
    }

    fn mismatch(&self, found: &str, ty: &str) -> String {
        let (within, path) = (self.within, self.fields.join("."));
        if within.is_empty() && path.is_empty() {
            return format!("json: cannot unmarshal {found} into Go value of type {ty}");
        }
        format!("json: cannot unmarshal {found} into Go struct field {within}.{path} of type {ty}")
    }

    fn unknown(&mut self, key: &str) {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Index(index) => {
                    let _ = write!(path, "[{index}]");
                }
                Step::Field(name) => push_key(&mut path, name),
                Step::Key(name) => push_key(&mut path, name),
            }
        }
        push_key(&mut path, key);
        let error = format!("unknown field {path:?}");
        if self.strict.len() < STRICT_LIMIT && !self.strict.contains(&error) {
            self.strict.push(error);
        }
    }

    fn object(&mut self, of: &'static Struct, map: &mut Map<String, Value>) -> Result<(), Abort> {
        let (outer, mut aborted) = (self.within, None);
        map.retain(|key, value| {
            if aborted.is_some() {
                return true;
            }
            let Some(field) = of.field(key) else {
                self.unknown(key);
                return false;
            };
            self.within = of.name();
            self.fields.push(field.name);
            self.steps.push(Step::Field(field.name));
            if let Err(abort) = self.value(&field.ty, value) {
                aborted = Some(abort);
                return true;
            }
            self.fields.pop();
            self.steps.pop();
            self.within = outer;
            is_written(field, value)
        });
        complete(of, map);
        aborted.map_or(Ok(()), Err)
    }

    fn value(&mut self, ty: &Type, value: &mut Value) -> Result<(), Abort> {
        if value.is_null() {
            *value = zero(ty);
            return Ok(());
        }
        match ty.shape {
            Shape::Raw => {}
            Shape::Struct(reference) => match value {
                Value::Object(map) => return self.object(reference.get(), map),
                _ => self.refuse(ty, value),
            },
            Shape::List(element) => match value {
                Value::Array(list) => return self.list(element, list).map(|()| null_if_empty(value)),
                _ => self.refuse(ty, value),
            },
            Shape::Map(element) => match value {
                Value::Object(map) => return self.map(element, map).map(|()| null_if_empty(value)),
                _ => self.refuse(ty, value),
            },
            Shape::String if value.is_string() => {}
            Shape::Bool if value.is_boolean() => {}
            Shape::Float64 if value.is_number() => {}
            Shape::Int32 | Shape::Int64 if value.is_number() => self.integer(ty, value),
            Shape::String | Shape::Bool | Shape::Float64 | Shape::Int32 | Shape::Int64 => self.refuse(ty, value),
            Shape::Bytes => match value {
                Value::String(text) => match scalar::base64(text) {
                    Ok(canonical) => *text = canonical,
                    Err(error) => self.error = self.error.take().or(Some(error)),
                },
                _ => self.refuse(ty, value),
            },
            Shape::Quantity | Shape::IntOrString | Shape::Time | Shape::MicroTime => return self.own(ty, value),
        }
        Ok(())
    }

    fn refuse(&mut self, ty: &Type, value: &Value) {
        self.save(gojson::type_of(value), &ty.go_name());
    }

    fn integer(&mut self, ty: &Type, value: &Value) {
        let Value::Number(number) = value else { return };
        let fits = number.as_i64().is_some_and(|n| matches!(ty.shape, Shape::Int64) || i32::try_from(n).is_ok());
        if !fits {
            self.save(&format!("number {}", scalar::number(number)), &ty.go_name());
        }
    }

    /// The types that read their JSON themselves; their errors end decoding.
    fn own(&self, ty: &Type, value: &mut Value) -> Result<(), Abort> {
        own(ty.shape, value, &|found, ty| self.mismatch(found, ty)).map_err(Abort)
    }

    fn list(&mut self, element: &'static Type, list: &mut [Value]) -> Result<(), Abort> {
        for (index, value) in list.iter_mut().enumerate() {
            self.steps.push(Step::Index(index));
            self.value(element, value)?;
            self.steps.pop();
            bytes_not_null(element, value);
        }
        Ok(())
    }

    fn map(&mut self, element: &'static Type, map: &mut Map<String, Value>) -> Result<(), Abort> {
        let deep = element.as_struct().is_some();
        for (key, value) in map.iter_mut() {
            if deep {
                self.steps.push(Step::Key(key.clone()));
            }
            self.value(element, value)?;
            if deep {
                self.steps.pop();
            }
            bytes_not_null(element, value);
        }
        Ok(())
    }
}

/// Storage turns a nil byte slice inside a map or list into an empty one.
fn bytes_not_null(element: &Type, value: &mut Value) {
    if matches!(element.shape, Shape::Bytes) && value.is_null() {
        *value = Value::from("");
    }
}

/// Storage turns an empty list or map into nil.
fn null_if_empty(value: &mut Value) {
    if value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty) {
        *value = Value::Null;
    }
}

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Reads a type that has its own JSON form; `mismatch` words an error of the wrong JSON type.
pub(super) fn own(shape: Shape, value: &mut Value, mismatch: &dyn Fn(&str, &str) -> String) -> Result<(), String> {
    match shape {
        Shape::Quantity => {
            let text = match &*value {
                Value::String(text) => Quantity::canonical(text),
                Value::Number(number) => Quantity::canonical(&scalar::number(number)),
                other => Quantity::canonical(&other.to_string()),
            };
            *value = Value::String(text.map_err(|e| e.to_string())?);
        }
        Shape::IntOrString => match &*value {
            Value::String(_) => {}
            Value::Number(number) if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {}
            Value::Number(number) => return Err(mismatch(&format!("number {}", scalar::number(number)), "int32")),
            other => return Err(mismatch(gojson::type_of(other), "int32")),
        },
        Shape::Time | Shape::MicroTime => {
            let micro = matches!(shape, Shape::MicroTime);
            let Value::String(text) = &*value else {
                return Err(mismatch(gojson::type_of(value), "string"));
            };
            let time = scalar::time(text, micro)?;
            *value = Value::String(if micro { time.rfc3339_micro() } else { time.rfc3339() });
        }
        _ => {}
    }
    Ok(())
}
