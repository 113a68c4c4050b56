//! `-o kyaml`: YAML in flow style with quoted strings (upstream `sigs.k8s.io/yaml/kyaml`).

use std::fmt::Write;

use serde_json::Value;

/// `value` as a KYAML document: a separator line, the value, a line break.
#[must_use]
pub fn to_kyaml(value: &Value) -> String {
    let mut out = String::from("---\n");
    node(&mut out, value, 0);
    out.push('\n');
    out
}

fn node(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) => string(out, text, indent + 1, true),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) if items.iter().all(|i| i.is_object() || i.is_array()) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                node(out, item, indent);
            }
            out.push(']');
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                blanks(out, indent + 1);
                node(out, item, indent + 1);
                out.push_str(",\n");
            }
            blanks(out, indent);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push_str("{\n");
            for (key, value) in map {
                blanks(out, indent + 1);
                if needs_quotes(key) {
                    string(out, key, indent + 1, false);
                } else {
                    out.push_str(key);
                }
                out.push_str(": ");
                node(out, value, indent + 1);
                out.push_str(",\n");
            }
            blanks(out, indent);
            out.push('}');
        }
        scalar => out.push_str(&super::go::json(scalar)),
    }
}

fn blanks(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n("  ", indent));
}

/// A quoted string; with `fold`, a text of several lines is written as several lines.
fn string(out: &mut String, text: &str, indent: usize, fold: bool) {
    let fold = fold && text.contains('\n');
    out.push_str(if fold { "\"\\\n" } else { "\"" });
    let mut line_start = fold;
    for c in text.chars() {
        if line_start {
            blanks(out, indent);
            out.push(if c.is_whitespace() && c != '\n' { '\\' } else { ' ' });
        }
        character(out, c);
        line_start = fold && c == '\n';
        if line_start {
            out.push_str("\\\n");
        }
    }
    if fold {
        out.push_str(if line_start { "" } else { "\\\n" });
        blanks(out, indent);
    }
    out.push('"');
}

fn character(out: &mut String, c: char) {
    let code = u32::from(c);
    let _ = match c {
        '"' | '\\' => write!(out, "\\{c}"),
        '\x07' => write!(out, "\\a"),
        '\x08' => write!(out, "\\b"),
        '\x0c' => write!(out, "\\f"),
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        '\x0b' => write!(out, "\\v"),
        '\0' => write!(out, "\\0"),
        '\x1b' => write!(out, "\\e"),
        '\u{85}' => write!(out, "\\N"),
        '\u{a0}' => write!(out, "\\_"),
        '\u{2028}' => write!(out, "\\L"),
        '\u{2029}' => write!(out, "\\P"),
        '\0'..='\x1f' | '\x7f' => write!(out, "\\x{code:02x}"),
        c if c.is_control() || (c.is_whitespace() && c != ' ') => write!(out, "\\u{code:04x}"),
        c => write!(out, "{c}"),
    };
}

/// Whether a key could be read as something else than the text it is.
fn needs_quotes(key: &str) -> bool {
    let last = key.chars().count().saturating_sub(1);
    let plain = |(at, c): (usize, char)| {
        c.is_alphanumeric() || c == '_' || (at > 0 && at < last && matches!(c, '-' | '.' | '/'))
    };
    key.is_empty() || !key.chars().enumerate().all(plain) || reads_as_other(key)
}

fn reads_as_other(key: &str) -> bool {
    let lower = key.to_lowercase();
    let words = ["null", "true", "y", "yes", "on", "false", "n", "no", "off", "t", "f", "inf", "infinity", "nan"];
    let digits = lower.replace('_', "");
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .iter()
        .any(|(prefix, radix)| digits.strip_prefix(prefix).is_some_and(|d| i64::from_str_radix(d, *radix).is_ok()));
    words.contains(&lower.as_str()) || prefixed || digits.parse::<f64>().is_ok() || is_date(key)
}

/// `YYYY-M-D`: the one form of a timestamp that needs no character a plain key lacks.
fn is_date(key: &str) -> bool {
    let parts: Vec<&str> = key.split('-').collect();
    let number = |text: &str, max: u32| text.len() <= 2 && text.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n));
    matches!(parts.as_slice(), [year, month, day]
        if year.len() == 4 && year.chars().all(|c| c.is_ascii_digit()) && number(month, 12) && number(day, 31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document() {
        let value = json!({
            "kind": "Pod", "no": 1, "a-b": true, "-x": null, "e": {}, "g": [],
            "list": ["a", 2], "objects": [{"m": "x"}, {"m": "y\"z"}],
        });
        let expect = "---\n{\n  \"-x\": null,\n  a-b: true,\n  e: {},\n  g: [],\n  kind: \"Pod\",\n  list: [\n    \"a\",\n    \
                      2,\n  ],\n  \"no\": 1,\n  objects: [{\n    m: \"x\",\n  }, {\n    m: \"y\\\"z\",\n  }],\n}\n";
        assert_eq!(to_kyaml(&value), expect);
    }

    #[test]
    fn lines() {
        let expect = "---\n{\n  s: \"\\\n     one\\n\\\n    \\  two\\n\\\n    \",\n}\n";
        assert_eq!(to_kyaml(&json!({"s": "one\n  two\n"})), expect);
        let expect = "---\n{\n  s: \"\\\n     one\\n\\\n     two\\\n    \",\n}\n";
        assert_eq!(to_kyaml(&json!({"s": "one\ntwo"})), expect);
    }

    #[test]
    fn keys_that_read_as_something_else_are_quoted() {
        for key in ["", "yes", "1", "0x1F", "1e3", "2026-01-01", "a b", "a-", "Null"] {
            assert!(needs_quotes(key), "{key}");
        }
        for key in ["a", "app.kubernetes.io/name", "k8s-app", "é", "2026-x"] {
            assert!(!needs_quotes(key), "{key}");
        }
    }
}
