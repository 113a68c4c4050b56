//! A patched object checked against the Go types without JSON in between, as strategic merge patch does it: other
//! error texts than decoding has, and unknown fields sorted (`k8s.io/apimachinery/pkg/runtime/converter.go`).

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{scalar, walk};
use crate::resource::schema::{Shape, Struct, Type};

/// The unknown fields met so far, and where the conversion is.
#[derive(Default)]
struct Context {
    unknown: Vec<String>,
    path: String,
}

/// Checks `object`, makes its integers fit, and returns its unknown fields (`unknown field "PATH"`), sorted.
pub(super) fn check(root: &'static Struct, object: &mut Value) -> Result<Vec<String>, String> {
    let mut context = Context::default();
    let Value::Object(map) = object else { return Err(format!("cannot restore struct from: {}", kind(object))) };
    context.object(root, map)?;
    context.unknown.sort_unstable();
    Ok(context.unknown)
}

/// Go's kind of a decoded JSON value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

impl Context {
    fn object(&mut self, of: &'static Struct, map: &mut Map<String, Value>) -> Result<(), String> {
        let length = self.path.len();
        for field in of.declared() {
            if let Some(value) = map.get_mut(field.name) {
                self.push_key(field.name);
                self.value(&field.ty, value)?;
                self.path.truncate(length);
            }
        }
        for key in map.keys().filter(|key| of.field(key).is_none()) {
            self.push_key(key);
            self.unknown.push(format!("unknown field {:?}", self.path));
            self.path.truncate(length);
        }
        Ok(())
    }

    fn push_key(&mut self, key: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(key);
    }

    fn value(&mut self, ty: &Type, value: &mut Value) -> Result<(), String> {
        if value.is_null() {
            return Ok(());
        }
        match ty.shape {
            Shape::Struct(reference) => match value {
                Value::Object(map) => self.object(reference.get(), map),
                _ => Err(format!("cannot restore struct from: {}", kind(value))),
            },
            Shape::List(element) => match value {
                Value::Array(list) => {
                    let length = self.path.len();
                    for (index, value) in list.iter_mut().enumerate() {
                        let _ = write!(self.path, "[{index}]");
                        self.value(element, value)?;
                        self.path.truncate(length);
                    }
                    Ok(())
                }
                _ => Err(format!("cannot restore slice from {}", kind(value))),
            },
            Shape::Map(element) => match value {
                Value::Object(map) => map.values_mut().try_for_each(|value| self.value(element, value)),
                _ => Err(format!("cannot restore map from {}", kind(value))),
            },
            Shape::Bytes => match value {
                Value::String(text) => {
                    *text = scalar::base64(text).map_err(|e| format!("error decoding from json: {e}"))?;
                    Ok(())
                }
                _ => Err(format!("cannot restore slice from {}", kind(value))),
            },
            Shape::Raw => Ok(()),
            Shape::Quantity | Shape::IntOrString | Shape::Time | Shape::MicroTime => {
                let mismatch =
                    |found: &str, ty: &str| format!("json: cannot unmarshal {found} into Go value of type {ty}");
                walk::own(ty.shape, value, &mismatch)
            }
            Shape::String | Shape::Bool | Shape::Int32 | Shape::Int64 | Shape::Float64 => simple(ty, value),
        }
    }
}

fn simple(ty: &Type, value: &mut Value) -> Result<(), String> {
    let cannot = |from: &str| Err(format!("cannot convert {from} to {}", ty.go_name()));
    let (found, unrecognized) = (kind(value), |kind: &str| Err(format!("unrecognized type: {kind}")));
    match (ty.shape, found) {
        (Shape::String, "string") | (Shape::Bool, "bool") | (Shape::Float64 | Shape::Int64, "int64" | "float64")
            if !matches!((ty.shape, found), (Shape::Int64, "float64")) => {}
        (Shape::String, "int64") => return cannot("int64"),
        (Shape::String, _) => return unrecognized("string"),
        (Shape::Bool, _) => return unrecognized("bool"),
        (Shape::Float64, _) => return unrecognized("float64"),
        (Shape::Int32, "int64") => *value = Value::from(value.as_i64().unwrap_or_default() as i32),
        (Shape::Int32 | Shape::Int64, "float64") => {
            let float = value.as_f64().unwrap_or_default();
            if float.fract() != 0.0 {
                return cannot("float64");
            }
            *value = if matches!(ty.shape, Shape::Int32) {
                Value::from(float as i64 as i32)
            } else {
                Value::from(float as i64)
            };
        }
        (Shape::Int32, _) => return unrecognized("int32"),
        _ => return unrecognized("int64"),
    }
    Ok(())
}
