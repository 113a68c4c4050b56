//! One YAML scalar to one JSON value: tags, keys that are no strings, numbers, `!!binary`, as go-yaml v2 and
//! sigs.k8s.io/yaml convert them (decode.go, resolve.go; yaml.go).

use serde_json::{Map, Value};

use crate::resource::yaml::number::{format_float, format_float_key};
use crate::resource::yaml::scalar::{Scalar, resolve};

const LONG_PREFIX: &str = "tag:yaml.org,2002:";

/// The value of a scalar with this tag (empty if none); `plain` if it stands without quotes.
pub(super) fn scalar(text: &str, plain: bool, tag: &str) -> Result<(Scalar, Option<String>), String> {
    if tag.is_empty() {
        return Ok((if plain { resolve(text) } else { Scalar::Str }, None));
    }
    let Some(short) = tag.strip_prefix(LONG_PREFIX) else { return Ok((Scalar::Str, None)) };
    let resolved = resolve(text);
    let same = match (short, resolved) {
        ("bool", Scalar::Bool(_))
        | ("int", Scalar::Int(_) | Scalar::Uint(_))
        | ("float", Scalar::Float(_))
        | ("null", Scalar::Null)
        | ("timestamp", Scalar::Timestamp) => true,
        ("float", Scalar::Int(int)) => return Ok((Scalar::Float(int as f64), None)),
        ("bool" | "int" | "float" | "null" | "timestamp", _) => false,
        ("binary", _) => {
            let bytes = base64(text).ok_or("!!binary value contains invalid base64 data")?;
            return Ok((Scalar::Str, Some(String::from_utf8_lossy(&bytes).into_owned())));
        }
        _ => return Ok((Scalar::Str, None)),
    };
    let found = match resolved {
        Scalar::Null => "null",
        Scalar::Bool(_) => "bool",
        Scalar::Int(_) | Scalar::Uint(_) => "int",
        Scalar::Float(_) => "float",
        Scalar::Timestamp => "timestamp",
        Scalar::Str => "str",
    };
    if same { Ok((resolved, None)) } else { Err(format!("cannot decode !!{found} `{text}` as a !!{short}")) }
}

/// A number as JSON has it after Go's encoder wrote it: without a fraction where it has none.
pub(super) fn float(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9.2e18 { Value::from(value as i64) } else { Value::from(value) }
}

/// The string that a key which is no string becomes; none if sigs.k8s.io/yaml supports no such key.
pub(super) fn key(scalar: Scalar) -> Option<String> {
    match scalar {
        Scalar::Int(int) => Some(int.to_string()),
        Scalar::Float(float) => Some(format_float_key(float)),
        Scalar::Bool(bool) => Some(bool.to_string()),
        Scalar::Null | Scalar::Uint(_) | Scalar::Timestamp | Scalar::Str => None,
    }
}

/// `value` in Go's own notation (`%#v`), as errors about keys show it.
pub(super) fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.as_f64().filter(|_| number.is_f64()).map_or(number.to_string(), format_float),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => format!("map[interface {{}}]interface {{}}{{{}}}", go_members(map)),
    }
}

fn go_members(map: &Map<String, Value>) -> String {
    map.iter().map(|(key, value)| format!("{key:?}:{}", go_syntax(value))).collect::<Vec<_>>().join(", ")
}

/// Standard base64 with padding; line breaks may stand anywhere.
fn base64(text: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3);
    let groups = letters.len().div_ceil(4);
    for (at, group) in letters.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        if group.len() < 4 || padding > 2 || (padding > 0 && at + 1 < groups) {
            return None;
        }
        let mut bits = 0u32;
        for letter in &group[..4 - padding] {
            bits = bits << 6 | u32::from(sextet(*letter)?);
        }
        bits <<= 6 * padding;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}

fn sextet(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn base_64() {
        assert_eq!(base64("aGVs\nbG8="), Some(b"hello".to_vec()));
        assert_eq!(base64(""), Some(Vec::new()));
        for broken in ["a", "aGVsbG8", "aG=sbG8=", "a b=", "===="] {
            assert_eq!(base64(broken), None, "{broken}");
        }
    }

    #[test]
    fn go_notation() {
        let value = json!({"a": [1, "x", null], "b": {"c": true}});
        let expect = r#"map[interface {}]interface {}{"a":[]interface {}{1, "x", interface {}(nil)}, "b":map[interface {}]interface {}{"c":true}}"#;
        assert_eq!(go_syntax(&value), expect);
    }
}
