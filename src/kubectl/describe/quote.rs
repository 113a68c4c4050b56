//! Go's ways to print a value that describers meet: `%q` of a string, `%v` of JSON, and a URL with its path escaped.

use serde_json::Value;

/// `%q`.
pub(super) fn go(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{7f}' => out.extend(["\\x", &format!("{:02x}", c as u32)]),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `%v` of a value decoded from JSON: `[a b]`, `map[k:v]`, `<nil>`.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, v)| format!("{key}:{}", self::value(v))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// `%v` of a float: the shortest digits, with an exponent below 1e-4 and from 1e21 on.
fn float(number: f64) -> String {
    let (digits, exponent) = match format!("{number:e}").split_once('e') {
        Some((digits, exponent)) => (digits.to_string(), exponent.parse::<i32>().unwrap_or_default()),
        None => return number.to_string(),
    };
    if (-4..21).contains(&exponent) {
        return number.to_string();
    }
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// A host and port as `net.JoinHostPort` has them.
pub(super) fn host_port(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// `SCHEME://HOST/PATH` as `url.URL` prints it.
pub(super) fn url(scheme: &str, host: &str, path: &str) -> String {
    let colon = if scheme.is_empty() { "" } else { ":" };
    let slash = if path.is_empty() || path.starts_with('/') || host.is_empty() { "" } else { "/" };
    let path = if path == "*" { path.to_string() } else { percent(path, "$&+,/:;=@-_.~") };
    let slashes = if scheme.is_empty() && host.is_empty() || host.is_empty() && path.is_empty() { "" } else { "//" };
    format!("{scheme}{colon}{slashes}{}{slash}{path}", percent(host, "!$&'()*+,;=:[]<>\"-_.~"))
}

fn percent(text: &str, plain: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || (byte.is_ascii() && plain.contains(byte as char)) {
            out.push(byte as char);
        } else {
            out.extend(["%", &format!("{byte:02X}")]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_of_go() {
        assert_eq!(go("a\"b\\c\u{1}"), "\"a\\\"b\\\\c\\x01\"");
        let nested = json!({"b": [1, "x", null, {"k": true}], "a": 1.5});
        assert_eq!(value(&nested), "map[a:1.5 b:[1 x <nil> map[k:true]]]");
        for (number, expect) in
            [(0.0001, "0.0001"), (0.00001, "1e-05"), (1e20, "100000000000000000000"), (1e21, "1e+21")]
        {
            assert_eq!(value(&json!(number)), expect);
        }
    }

    #[test]
    fn urls() {
        assert_eq!(url("http", ":80", "/"), "http://:80/");
        assert_eq!(
            url("https", &host_port("fd00::1", "8443"), "healthz?a=b c"),
            "https://[fd00::1]:8443/healthz%3Fa=b%20c"
        );
        assert_eq!(url("", ":80", ""), "//:80");
    }
}
