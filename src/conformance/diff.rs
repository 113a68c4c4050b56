//! Where two JSON values differ, path by path; and values as the texts they are sorted and shown by.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Stands for a value that one of the two sides lacks.
pub const MISSING: &str = "<missing>";

/// A path and what stands there on either side.
pub(super) type Diff = (String, Value, Value);

/// Where `a` and `b` differ.
pub(super) fn paths(a: &Value, b: &Value) -> Vec<Diff> {
    let mut out = Vec::new();
    collect(a, b, String::new(), &mut out);
    out
}

fn collect(a: &Value, b: &Value, path: String, out: &mut Vec<Diff>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for key in x.keys().chain(y.keys()).collect::<BTreeSet<_>>() {
                let path = if key.contains(['.', '/']) { format!("{path}[{key}]") } else { format!("{path}.{key}") };
                match (x.get(key), y.get(key)) {
                    (Some(x), Some(y)) => collect(x, y, path, out),
                    (x, y) => {
                        let or_missing = |value: Option<&Value>| value.cloned().unwrap_or_else(|| MISSING.into());
                        out.push((path, or_missing(x), or_missing(y)));
                    }
                }
            }
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            for (index, (x, y)) in x.iter().zip(y).enumerate() {
                collect(x, y, format!("{path}[{index}]"), out);
            }
        }
        _ if a == b => {}
        _ => out.push((path, a.clone(), b.clone())),
    }
}

/// A value as Python writes it, with a blank after each comma and colon. Siblings are paired in the order of these
/// texts, so the blanks matter.
#[must_use]
pub fn python(value: &Value) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail, and a Value has nothing that JSON lacks.
    let _ = serde::Serialize::serialize(value, &mut Serializer::with_formatter(&mut bytes, Blanks));
    String::from_utf8(bytes).unwrap_or_default()
}

struct Blanks;

impl Formatter for Blanks {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_the_places_that_differ() {
        let a = json!({"a": 1, "b": [1, {"x.y": 2}], "c": "only here"});
        let b = json!({"a": "1", "b": [1, {"x.y": 3}], "d": [0]});
        let expect = vec![
            (".a".to_string(), json!(1), json!("1")),
            (".b[1][x.y]".to_string(), json!(2), json!(3)),
            (".c".to_string(), json!("only here"), json!(MISSING)),
            (".d".to_string(), json!(MISSING), json!([0])),
        ];
        assert_eq!(paths(&a, &b), expect);
        assert_eq!(paths(&json!([1]), &json!([1, 2])), [(String::new(), json!([1]), json!([1, 2]))]);
        assert_eq!(paths(&a, &a), []);
    }

    #[test]
    fn writes_as_python_does() {
        assert_eq!(
            python(&json!({"b": [1, true, null], "a": {"ä": "\"\n"}})),
            r#"{"a": {"ä": "\"\n"}, "b": [1, true, null]}"#
        );
    }
}
