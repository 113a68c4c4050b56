//! How Go writes JSON values: `encoding/json`, and `fmt`'s `%v`, `%#v` and `%q`. kubectl's output forms and error texts
//! are made of these.

use std::fmt::Write;

use serde_json::{Number, Value};

use crate::resource::gojson;

/// `json.Marshal`: one line, keys sorted, `<`, `>` and `&` escaped.
#[must_use]
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value, None);
    out
}

/// `json.MarshalIndent` with four blanks: what `-o json` prints, without the final newline.
#[must_use]
pub fn json_indent(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value, Some(0));
    out
}

/// As [`json_indent`], for values that Go keeps in structs: members come in the order of their rank, which depends on
/// the name of the member that holds them (empty at the top; elements have the name of their array).
#[must_use]
pub fn json_indent_by(value: &Value, rank: &dyn Fn(&str, &str) -> usize) -> String {
    let mut out = String::new();
    write_ranked(&mut out, value, 0, "", rank);
    out
}

fn write_ranked(out: &mut String, value: &Value, indent: usize, name: &str, rank: &dyn Fn(&str, &str) -> usize) {
    match value {
        Value::Array(items) => write_members(out, ['[', ']'], Some(indent), items, |out, item, inner| {
            write_ranked(out, item, inner.unwrap_or(0), name, rank);
        }),
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_by_key(|(key, _)| rank(name, key));
            write_members(out, ['{', '}'], Some(indent), members, |out, (key, value), inner| {
                gojson::quote(key, out);
                out.push_str(": ");
                write_ranked(out, value, inner.unwrap_or(0), key, rank);
            });
        }
        scalar => write_json(out, scalar, Some(indent)),
    }
}

fn write_json(out: &mut String, value: &Value, indent: Option<usize>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&json_number(n)),
        Value::String(s) => gojson::quote(s, out),
        Value::Array(items) => write_members(out, ['[', ']'], indent, items, write_json),
        Value::Object(map) => write_members(out, ['{', '}'], indent, map, |out, (key, value), inner| {
            gojson::quote(key, out);
            out.push_str(if inner.is_some() { ": " } else { ":" });
            write_json(out, value, inner);
        }),
    }
}

fn write_members<T>(
    out: &mut String,
    [open, close]: [char; 2],
    indent: Option<usize>,
    members: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T, Option<usize>),
) {
    let inner = indent.map(|depth| depth + 1);
    let newline = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            out.push('\n');
            out.extend(std::iter::repeat_n("    ", depth));
        }
    };
    out.push(open);
    let mut empty = true;
    for member in members {
        if !empty {
            out.push(',');
        }
        empty = false;
        newline(out, inner);
        write(out, member, inner);
    }
    if !empty {
        newline(out, indent);
    }
    out.push(close);
}

fn json_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            let magnitude = float.abs();
            if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
                exponent_form(float, 1)
            } else {
                format!("{float}")
            }
        }
        _ => number.to_string(),
    }
}

/// `1.5e+08`; Go gives the exponent at least `min_digits` digits.
fn exponent_form(float: f64, min_digits: usize) -> String {
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>min_digits$}")
}

/// A float as `%v` prints it: shortest form, with an exponent below 1e-4 and from 1e6 on.
#[must_use]
pub fn float(float: f64) -> String {
    if float.is_infinite() {
        return if float > 0.0 { "+Inf" } else { "-Inf" }.to_string();
    }
    if float.is_nan() {
        return "NaN".to_string();
    }
    let magnitude = float.abs();
    if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) { exponent_form(float, 2) } else { format!("{float}") }
}

/// `%v` of a value as JSON decodes into Go: `map[a:1 b:[x y]]`, `<nil>`.
#[must_use]
pub fn display(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number(n),
        Value::String(s) => s.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(display).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let members: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", display(v))).collect();
            format!("map[{}]", members.join(" "))
        }
    }
}

fn number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => float(value),
        _ => number.to_string(),
    }
}

/// `%#v`: a value as Go source.
#[must_use]
pub fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number(n),
        Value::String(s) => quote(s),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let members: Vec<String> = map.iter().map(|(k, v)| format!("{}:{}", quote(k), syntax(v))).collect();
            format!("map[string]interface {{}}{{{}}}", members.join(", "))
        }
    }
}

/// `time.Duration` as `%v` prints it: `12s`, `1m30s`, `1.5s`, `500ms`.
#[must_use]
pub fn duration(duration: jiff::SignedDuration) -> String {
    let (sign, rest) = (if duration.is_negative() { "-" } else { "" }, duration.unsigned_abs());
    let fraction = |whole: u64, part: u64, digits: usize| {
        let part = format!("{part:0digits$}");
        let part = part.trim_end_matches('0');
        if part.is_empty() { whole.to_string() } else { format!("{whole}.{part}") }
    };
    let (seconds, nanos) = (rest.as_secs(), u64::from(rest.subsec_nanos()));
    let text = match (seconds, nanos) {
        (0, 0) => "0s".to_string(),
        (0, ..1_000) => format!("{nanos}ns"),
        (0, ..1_000_000) => format!("{}µs", fraction(nanos / 1_000, nanos % 1_000, 3)),
        (0, _) => format!("{}ms", fraction(nanos / 1_000_000, nanos % 1_000_000, 6)),
        _ => {
            let last = fraction(seconds % 60, nanos, 9);
            match (seconds / 3600, seconds / 60 % 60) {
                (0, 0) => format!("{last}s"),
                (0, minutes) => format!("{minutes}m{last}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{last}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// `%q`: text in double quotes, what cannot be printed escaped (`strconv.Quote`).
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            _ => write_escaped(&mut out, c),
        }
    }
    out.push('"');
    out
}

/// `%q` of a character: in single quotes (`strconv.QuoteRune`).
#[must_use]
pub fn quote_char(c: char) -> String {
    let mut out = String::from("'");
    match c {
        '\'' => out.push_str("\\'"),
        _ => write_escaped(&mut out, c),
    }
    out.push('\'');
    out
}

fn write_escaped(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\0'..='\x1f' | '\x7f' => {
            let _ = write!(out, "\\x{:02x}", c as u32);
        }
        c if c.is_control() || (c.is_whitespace() && c != ' ') => {
            let _ = write!(out, "\\u{:04x}", c as u32);
        }
        c => out.push(c),
    }
}

/// What `strconv.UnquoteChar` reads at the start of `text`, and the rest: a character, or one byte of an escape such as
/// `\x80`. `None` if the syntax is wrong.
#[must_use]
pub fn unquote_char(text: &str, quote: char) -> Option<(Vec<u8>, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote && matches!(quote, '\'' | '"') {
        return None;
    }
    let encoded = |c: char| c.to_string().into_bytes();
    if first != '\\' {
        return Some((encoded(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let simple = |byte: u8| Some((vec![byte], rest));
    match escape {
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'v' => simple(11),
        '\\' => simple(b'\\'),
        '\'' | '"' if escape == quote => simple(escape as u8),
        'x' => numeric(rest, 2, 16).and_then(|(n, rest)| Some((vec![u8::try_from(n).ok()?], rest))),
        'u' => numeric(rest, 4, 16).and_then(|(n, rest)| Some((encoded(char::from_u32(n)?), rest))),
        'U' => numeric(rest, 8, 16).and_then(|(n, rest)| Some((encoded(char::from_u32(n)?), rest))),
        '0'..='7' => {
            let from_digit = &text[1..];
            numeric(from_digit, 3, 8).and_then(|(n, rest)| Some((vec![u8::try_from(n).ok()?], rest)))
        }
        _ => None,
    }
}

fn numeric(text: &str, digits: usize, radix: u32) -> Option<(u32, &str)> {
    let head = text.get(..digits).filter(|h| h.chars().all(|c| c.is_digit(radix)))?;
    Some((u32::from_str_radix(head, radix).ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_as_go_marshals_it() {
        let value = json!({"b": [], "a": {"x": "<a&b>\n\u{1}", "y": 1.5}, "c": [1, null], "d": {}});
        assert_eq!(json(&value), r#"{"a":{"x":"\u003ca\u0026b\u003e\n\u0001","y":1.5},"b":[],"c":[1,null],"d":{}}"#);
        let expect = "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": []\n}";
        assert_eq!(json_indent(&json!({"a": [1, {}], "b": []})), expect);
        assert_eq!(json(&json!(1e21)), "1e+21");
        assert_eq!(json(&json!(1e-7)), "1e-7");
        assert_eq!(json(&json!(100.0)), "100");
    }

    #[test]
    fn values_as_go_prints_them() {
        let value = json!({"b": [1, "x", null, true], "a": {"k": 1.5}});
        assert_eq!(display(&value), "map[a:map[k:1.5] b:[1 x <nil> true]]");
        assert_eq!(
            syntax(&value),
            r#"map[string]interface {}{"a":map[string]interface {}{"k":1.5}, "b":[]interface {}{1, "x", interface {}(nil), true}}"#
        );
        assert_eq!(float(1e6), "1e+06");
        assert_eq!(float(123_456.5), "123456.5");
        assert_eq!(float(0.00001), "1e-05");
        assert_eq!(quote("a\"b\\\n\x01é"), r#""a\"b\\\n\x01é""#);
        assert_eq!(quote_char('\''), r"'\''");
    }

    #[test]
    fn unquoting() {
        let check = |text: &str, quote, expect: Option<(&[u8], &str)>| {
            let got = unquote_char(text, quote);
            assert_eq!(got.as_ref().map(|(bytes, rest)| (bytes.as_slice(), *rest)), expect, "{text:?}");
        };
        check(r"\nx", '"', Some((b"\n", "x")));
        check(r"\x41b", '"', Some((b"A", "b")));
        check(r"\101b", '"', Some((b"A", "b")));
        check(r"\u00e9", '"', Some(("é".as_bytes(), "")));
        check(r#"\""#, '"', Some((b"\"", "")));
        check(r#"\""#, '\'', None);
        check(r"\q", '"', None);
        check("\"", '"', None);
        check(r"\xé", '"', None);
        check("\\", '"', None);
    }
}
