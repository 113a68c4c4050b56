//! The functions of a template (Go's `text/template/funcs.go`, and kubectl's two of its own).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::Value;

use super::super::go;
use super::exec::Val;
use super::printf::{sprint, sprintf, sprintln};

/// Name, least number of arguments, and greatest if there is one.
const FUNCTIONS: [(&str, usize, Option<usize>); 21] = [
    ("and", 1, None),
    ("base64decode", 1, Some(1)),
    ("call", 1, None),
    ("eq", 1, None),
    ("exists", 1, None),
    ("ge", 2, Some(2)),
    ("gt", 2, Some(2)),
    ("html", 0, None),
    ("index", 1, None),
    ("js", 0, None),
    ("le", 2, Some(2)),
    ("len", 1, Some(1)),
    ("lt", 2, Some(2)),
    ("ne", 2, Some(2)),
    ("not", 1, Some(1)),
    ("or", 1, None),
    ("print", 0, None),
    ("printf", 1, None),
    ("println", 0, None),
    ("slice", 1, None),
    ("urlquery", 0, None),
];

pub(super) fn is_known(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _, _)| *known == name)
}

/// What error texts say is wanted, if the number of arguments is wrong.
pub(super) fn check_count(name: &str, count: usize) -> Result<(), String> {
    let Some((_, least, most)) = FUNCTIONS.iter().find(|(known, _, _)| *known == name) else { return Ok(()) };
    match most {
        Some(exact) if count != *exact => Err(exact.to_string()),
        None if count < *least => Err(format!("at least {least}")),
        _ => Ok(()),
    }
}

/// The Go type that the argument of this index must have, if the function is that particular.
pub(super) fn wanted(name: &str, index: usize) -> Option<&'static str> {
    matches!((name, index), ("printf" | "base64decode", 0)).then_some("string")
}

pub(super) fn call<'a>(name: &str, args: &[Val<'a>]) -> Result<Val<'a>, String> {
    let text = || sprint(args);
    match name {
        "not" => Ok(Val::own(!args[0].is_true())),
        "len" => length(&args[0]),
        "index" => index(args),
        "slice" => slice(args),
        "eq" => equal(args).map(Val::own),
        "ne" => equal(args).map(|equal| Val::own(!equal)),
        "lt" => less(&args[0], &args[1]).map(Val::own),
        "le" => Ok(Val::own(less(&args[0], &args[1])? || equal(args)?)),
        "gt" => Ok(Val::own(!less(&args[0], &args[1])? && !equal(args)?)),
        "ge" => less(&args[0], &args[1]).map(|less| Val::own(!less)),
        "print" => Ok(Val::own(text())),
        "println" => Ok(Val::own(sprintln(args))),
        "printf" => {
            let format = args[0].get().and_then(Value::as_str).unwrap_or("");
            Ok(Val::own(sprintf(format, &args[1..])))
        }
        "html" => Ok(Val::own(html(&text()))),
        "js" => Ok(Val::own(js(&text()))),
        "urlquery" => Ok(Val::own(urlquery(&text()))),
        "exists" => Ok(Val::own(exists(args))),
        "base64decode" => decode(args[0].get().and_then(Value::as_str).unwrap_or("")).map(Val::own),
        "call" if args[0].get().is_none() => Err("call of nil".to_string()),
        "call" => Err(format!("non-function {} of type {}", args[0].type_name(), args[0].concrete_type())),
        _ => Err(format!("{} is not a defined function", go::quote(name))),
    }
}

fn length<'a>(value: &Val<'a>) -> Result<Val<'a>, String> {
    let length = match value.get() {
        Some(Value::String(s)) => s.len(),
        Some(Value::Array(a)) => a.len(),
        Some(Value::Object(o)) => o.len(),
        None if value.value.is_some() => return Err("len of nil pointer".to_string()),
        None => return Err("reflect: call of reflect.Value.Type on zero Value".to_string()),
        Some(_) => return Err(format!("len of type {}", value.concrete_type())),
    };
    Ok(Val::int(length as i64))
}

fn index<'a>(args: &[Val<'a>]) -> Result<Val<'a>, String> {
    if args[0].get().is_none() {
        return Err("index of untyped nil".to_string());
    }
    let mut value = args[0].clone();
    for key in &args[1..] {
        value = match value.get() {
            None => return Err("index of nil pointer".to_string()),
            Some(Value::Array(items)) => {
                let at = position(key, items.len(), false)?;
                value.element(at).map_or(Val::MISSING, Val::inner)
            }
            Some(Value::String(text)) => {
                let at = position(key, text.len(), false)?;
                Val::inner(Cow::Owned(text.as_bytes()[at].into()))
            }
            Some(Value::Object(_)) => match key.get() {
                Some(Value::String(name)) => value.member(name).map_or(Val::inner(Cow::Owned(Value::Null)), Val::inner),
                None => return Err("value is nil; should be of type string".to_string()),
                Some(_) => return Err(format!("value has type {}; should be string", key.concrete_type())),
            },
            Some(_) => return Err(format!("can't index item of type {}", value.concrete_type())),
        };
    }
    Ok(value)
}

/// An index into something of `length`; slices may end behind it.
fn position(key: &Val, length: usize, slicing: bool) -> Result<usize, String> {
    let Some(value) = key.get() else { return Err("cannot index slice/array with nil".to_string()) };
    let Some(at) = value.as_i64() else {
        return Err(format!("cannot index slice/array with type {}", key.concrete_type()));
    };
    let out_of_range = || format!("index out of range: {at}");
    let at = usize::try_from(at).map_err(|_| out_of_range())?;
    if at < length || (slicing && at == length) { Ok(at) } else { Err(out_of_range()) }
}

fn slice<'a>(args: &[Val<'a>]) -> Result<Val<'a>, String> {
    let value = &args[0];
    let Some(item) = value.get() else { return Err("slice of untyped nil".to_string()) };
    if args.len() > 4 {
        return Err(format!("too many slice indexes: {}", args.len() - 1));
    }
    let length = match item {
        Value::String(_) if args.len() == 4 => return Err("cannot 3-index slice a string".to_string()),
        Value::String(text) => text.len(),
        Value::Array(items) => items.len(),
        _ => return Err(format!("can't slice item of type {}", value.concrete_type())),
    };
    let mut bounds = [0, length, length];
    for (bound, key) in bounds.iter_mut().zip(&args[1..]) {
        *bound = position(key, length, true)?;
    }
    let [from, to, capacity] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if args.len() == 4 && to > capacity {
        return Err(format!("invalid slice index: {to} > {capacity}"));
    }
    Ok(Val::own(match item {
        Value::String(text) => Value::String(String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned()),
        other => Value::Array(other.as_array().map_or(Vec::new(), |items| items[from..to].to_vec())),
    }))
}

const INCOMPATIBLE: &str = "incompatible types for comparison";
const BAD_TYPE: &str = "invalid type for comparison";

/// `None` if the values are of different types, or of one that has no order.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(l), Value::Bool(r)) => Some(l.cmp(r)),
        (Value::String(l), Value::String(r)) => Some(l.cmp(r)),
        (Value::Number(l), Value::Number(r)) if l.is_f64() == r.is_f64() => match (l.as_i64(), r.as_i64()) {
            (Some(l), Some(r)) => Some(l.cmp(&r)),
            _ => l.as_f64().partial_cmp(&r.as_f64()),
        },
        _ => None,
    }
}

/// Whether the first argument equals one of the others.
fn equal(args: &[Val]) -> Result<bool, String> {
    let (first, others) = args.split_first().ok_or("missing argument for comparison")?;
    if others.is_empty() {
        return Err("missing argument for comparison".to_string());
    }
    for other in others {
        let same = match (first.get(), other.get()) {
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some(left @ (Value::Array(_) | Value::Object(_))), Some(right)) => {
                if std::mem::discriminant(left) != std::mem::discriminant(right)
                    && !right.is_array()
                    && !right.is_object()
                {
                    return Err(INCOMPATIBLE.to_string());
                }
                return Err(format!("non-comparable type {}: {}", go::display(left), first.concrete_type()));
            }
            (Some(left), Some(right)) => order(left, right).ok_or(INCOMPATIBLE)? == Ordering::Equal,
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

fn less(left: &Val, right: &Val) -> Result<bool, String> {
    match (left.get(), right.get()) {
        (Some(Value::Bool(_)), Some(Value::Bool(_))) => Err(BAD_TYPE.to_string()),
        (Some(l), Some(r)) if !is_basic(l) || !is_basic(r) => Err(BAD_TYPE.to_string()),
        (Some(l), Some(r)) => Ok(order(l, r).ok_or(INCOMPATIBLE)? == Ordering::Less),
        _ => Err(BAD_TYPE.to_string()),
    }
}

fn is_basic(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

/// Whether `index` with these arguments would find something (upstream `printers.exists`).
fn exists(args: &[Val]) -> bool {
    let mut value = args[0].clone();
    for key in &args[1..] {
        let next = match (value.get(), key.get()) {
            (Some(Value::Array(_)), Some(at)) => {
                at.as_u64().and_then(|at| value.element(usize::try_from(at).ok()?)).map(Val::inner)
            }
            (Some(Value::Object(_)), Some(Value::String(name))) => value.member(name).map(Val::inner),
            (Some(Value::String(text)), Some(at)) => {
                let byte = at.as_u64().and_then(|at| text.as_bytes().get(usize::try_from(at).ok()?));
                byte.map(|byte| Val::own(*byte))
            }
            _ => None,
        };
        let Some(next) = next else { return false };
        value = next;
    }
    value.get().is_some()
}

/// `encoding/base64`'s standard encoding; line breaks are skipped.
fn decode(text: &str) -> Result<String, String> {
    let corrupt = |at: usize| Err(format!("base64 decode failed: illegal base64 data at input byte {at}"));
    let bytes: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, b)| !matches!(b, b'\n' | b'\r')).collect();
    let mut out = Vec::new();
    for (number, quad) in bytes.chunks(4).enumerate() {
        let mut bits = 0u32;
        let mut digits = 0;
        for (at, byte) in quad {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' if digits >= 2 => break,
                _ => return corrupt(*at),
            };
            bits = bits << 6 | u32::from(value);
            digits += 1;
        }
        let padding = &quad[digits..];
        if let Some((at, _)) = padding.iter().find(|(_, byte)| *byte != b'=') {
            return corrupt(*at);
        }
        if digits + padding.len() < 4 {
            return corrupt(quad[0].0);
        }
        if digits < 4 && bytes.len() > (number + 1) * 4 {
            return corrupt(bytes[(number + 1) * 4].0);
        }
        let whole = (bits << (6 * (4 - digits))).to_be_bytes();
        out.extend_from_slice(&whole[1..digits]);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&#34;");
    escaped.replace('<', "&lt;").replace('>', "&gt;").replace('\0', "\u{FFFD}")
}

fn js(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' | '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

fn urlquery(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
