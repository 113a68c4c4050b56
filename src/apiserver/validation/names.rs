//! What names may look like, with the wording of `k8s.io/apimachinery/pkg/util/validation` and of
//! `k8s.io/apimachinery/pkg/api/validate/content` (label keys and values count bytes, other names characters).
//! Each function returns one message for each broken rule, none if the name is good.

/// RFC 1123 label: `my-name`.
#[must_use]
pub fn dns_label(value: &str) -> Vec<String> {
    let mut messages = at_most(value, 63, "characters");
    if !is_label(value) {
        messages.push(if is_subdomain(value) {
            "must not contain dots".to_string()
        } else {
            regex_error(LABEL_RULE, LABEL, &["my-name", "123-abc"])
        });
    }
    messages
}

/// RFC 1123 subdomain: `example.com`.
#[must_use]
pub fn dns_subdomain(value: &str) -> Vec<String> {
    subdomain(value, "characters")
}

fn subdomain(value: &str, unit: &str) -> Vec<String> {
    let mut messages = at_most(value, 253, unit);
    if !is_subdomain(value) {
        let pattern = format!(r"{LABEL}(\.{LABEL})*");
        messages.push(regex_error(SUBDOMAIN_RULE, &pattern, &["example.com"]));
    }
    messages
}

/// RFC 1123 subdomain that may have underscores, as DNS search paths do.
#[must_use]
pub fn dns_subdomain_with_underscore(value: &str) -> Vec<String> {
    const PART: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    let mut messages = at_most(value, 253, "characters");
    let good =
        |part: &str| framed(part.strip_prefix('_').unwrap_or(part), is_lower_digit, |b| matches!(b, b'-' | b'_'));
    if !value.split('.').all(good) {
        let pattern = format!(r"{PART}(\.{PART})*");
        messages.push(regex_error(UNDERSCORE_RULE, &pattern, &["example.com"]));
    }
    messages
}

/// RFC 1035 label: `abc-123`.
#[must_use]
pub fn dns1035_label(value: &str) -> Vec<String> {
    let mut messages = at_most(value, 63, "characters");
    if !(value.starts_with(|c: char| c.is_ascii_lowercase()) && is_label(value)) {
        messages.push(regex_error(LABEL_1035_RULE, "[a-z]([-a-z0-9]*[a-z0-9])?", &["my-name", "abc-123"]));
    }
    messages
}

/// Wildcard DNS name: `*.example.com`.
pub fn wildcard_subdomain(value: &str) -> Vec<String> {
    let mut messages = at_most(value, 253, "characters");
    if !value.strip_prefix("*.").is_some_and(is_subdomain) {
        let pattern = format!(r"\*\.{LABEL}(\.{LABEL})*");
        messages.push(regex_error(WILDCARD_RULE, &pattern, &["*.example.com"]));
    }
    messages
}

/// Qualified name, as label keys are: `MyName`, `example.com/my.name`.
#[must_use]
pub fn qualified_name(value: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let name = match value.split_once('/') {
        None => value,
        Some((_, rest)) if rest.contains('/') => {
            let rule = regex_error(KEY_RULE, KEY, &KEY_EXAMPLES);
            return vec![format!(
                "a valid label key {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some(("", name)) => {
            messages.push("prefix part must be non-empty".to_string());
            name
        }
        Some((prefix, name)) => {
            messages.extend(subdomain(prefix, "bytes").into_iter().map(|message| format!("prefix part {message}")));
            name
        }
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".to_string());
    } else if name.len() > 63 {
        messages.push("name part must be no more than 63 bytes".to_string());
    }
    if !is_key(name) {
        messages.push(format!("name part {}", regex_error(KEY_RULE, KEY, &KEY_EXAMPLES)));
    }
    messages
}

/// Value of a label.
#[must_use]
pub fn label_value(value: &str) -> Vec<String> {
    let mut messages = at_most(value, 63, "bytes");
    if !value.is_empty() && !is_key(value) {
        messages.push(regex_error(VALUE_RULE, &format!("({KEY})?"), &["MyValue", "my_value", "12345"]));
    }
    messages
}

/// Name of an environment variable, by the relaxed rule that holds since 1.34.
#[must_use]
pub fn env_var_name(value: &str) -> Vec<String> {
    if value.is_empty() {
        return vec!["environment variable name must be non-empty".to_string()];
    }
    if value.bytes().any(|b| !(b' '..=b'~').contains(&b) || b == b'=') {
        return vec![ENV_RULE.to_string()];
    }
    Vec::new()
}

/// Key of a `ConfigMap` or Secret.
#[must_use]
pub fn config_map_key(value: &str) -> Vec<String> {
    let mut messages = at_most(value, 253, "characters");
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        messages.push(regex_error(CONFIG_KEY_RULE, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    match value {
        "." => messages.push("must not be '.'".to_string()),
        ".." => messages.push("must not be '..'".to_string()),
        _ if value.starts_with("..") => messages.push("must not start with '..'".to_string()),
        _ => {}
    }
    messages
}

/// IANA service name of a port: `http`, `web-8080`.
#[must_use]
pub fn port_name(value: &str) -> Vec<String> {
    let mut messages = at_most(value, 15, "characters");
    if value.is_empty() || !value.bytes().all(|b| is_lower_digit(b) || b == b'-') {
        messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_string());
    }
    if !value.bytes().any(|b| b.is_ascii_lowercase()) {
        messages.push("must contain at least one letter (a-z)".to_string());
    }
    if value.contains("--") {
        messages.push("must not contain consecutive hyphens".to_string());
    }
    if value.starts_with('-') || value.ends_with('-') {
        messages.push("must not begin or end with a hyphen".to_string());
    }
    messages
}

/// Number of a port.
#[must_use]
pub fn port_number(port: i64) -> Vec<String> {
    in_range(port, 1, 65_535)
}

/// A number within bounds.
#[must_use]
pub fn in_range(value: i64, low: i64, high: i64) -> Vec<String> {
    if (low..=high).contains(&value) { Vec::new() } else { vec![range_error(low, high)] }
}

/// The message for a number out of bounds.
#[must_use]
pub fn range_error(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

/// Percentage: `25%`.
#[must_use]
pub fn percent(value: &str) -> Vec<String> {
    let digits = value.strip_suffix('%').unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return vec![regex_error(PERCENT_RULE, "[0-9]+%", &["1%", "93%"])];
    }
    Vec::new()
}

/// Name of an HTTP header.
#[must_use]
pub fn http_header_name(value: &str) -> Vec<String> {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return vec![regex_error(HEADER_RULE, "[-A-Za-z0-9]+", &["X-Header-Name"])];
    }
    Vec::new()
}

/// What the path of a request can hold as a name: the least that every name must be.
#[must_use]
pub fn path_segment(value: &str) -> Vec<String> {
    if matches!(value, "." | "..") {
        return vec![format!("may not be '{value}'")];
    }
    ["/", "%"].iter().filter(|c| value.contains(**c)).map(|c| format!("may not contain '{c}'")).collect()
}

/// The form of a name whose end will be appended: a last dash, with what stands before it, is checked as `a`.
#[must_use]
pub fn mask_trailing_dash(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(start) if !start.is_empty() => {
            let mut chars = start.chars();
            chars.next_back();
            format!("{}a", chars.as_str())
        }
        _ => name.to_string(),
    }
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_EXAMPLES: [&str; 3] = ["MyName", "my.name", "123-abc"];
const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and \
                          must start and end with an alphanumeric character";
const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
                              or '.', and must start and end with an alphanumeric character";
const UNDERSCORE_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', \
                               '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035_RULE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
                               with an alphabetic character, and end with an alphanumeric character";
const WILDCARD_RULE: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, \
                             which must consist of lower case alphanumeric characters, '-' or '.' and end with an \
                             alphanumeric character";
const KEY_RULE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                        alphanumeric character";
const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
                          '.', and must start and end with an alphanumeric character";
const ENV_RULE: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const CONFIG_KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const PERCENT_RULE: &str = "a valid percent string must be a numeric string followed by an ending '%'";
const HEADER_RULE: &str = "a valid HTTP header must consist of alphanumeric characters or '-'";

/// The message of a broken pattern, with examples.
fn regex_error(rule: &str, pattern: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{rule} (e.g. {}regex used for validation is '{pattern}')", examples.join(" or "))
}

fn at_most(value: &str, limit: usize, unit: &str) -> Vec<String> {
    if value.len() > limit { vec![format!("must be no more than {limit} {unit}")] } else { Vec::new() }
}

fn is_lower_digit(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// Not empty, `outer` at both ends and `outer` or `inner` between.
fn framed(value: &str, outer: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    match value.as_bytes() {
        [] => false,
        bytes @ ([only] | [only, ..]) => {
            outer(*only) && bytes.last().is_some_and(|b| outer(*b)) && bytes.iter().all(|b| outer(*b) || inner(*b))
        }
    }
}

fn is_label(value: &str) -> bool {
    framed(value, is_lower_digit, |b| b == b'-')
}

fn is_subdomain(value: &str) -> bool {
    value.split('.').all(is_label)
}

fn is_key(value: &str) -> bool {
    framed(value, |b| b.is_ascii_alphanumeric(), |b| matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Vec<String>, cases: &[(&str, &[&str])]) {
        for (value, expect) in cases {
            let messages = rule(value);
            assert_eq!(messages.len(), expect.len(), "{value}: {messages:?}");
            for (message, start) in messages.iter().zip(*expect) {
                assert!(message.starts_with(start), "{value}: {message}");
            }
        }
    }

    /// S16: the whole texts, with their two spaces before `or`.
    #[test]
    fn whole_texts() {
        assert_eq!(
            dns_label("Bad_Name"),
            ["a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
                 start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
                 validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"]
        );
        assert_eq!(
            qualified_name("my key"),
            ["name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
              alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
              '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]
        );
        assert_eq!(
            label_value("a b"),
            ["a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
              start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
              for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"]
        );
        assert_eq!(
            dns_subdomain("Bad_Name"),
            ["a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
                 must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"]
        );
    }

    #[test]
    fn labels() {
        let long = "w".repeat(64);
        check(
            dns_label,
            &[
                ("a", &[]),
                ("0-a", &[]),
                ("a.b", &["must not contain dots"]),
                (&long, &["must be no more than 63 characters"]),
                ("-a", &["a lowercase RFC 1123 label"]),
                ("", &["a lowercase RFC 1123 label"]),
            ],
        );
        check(dns1035_label, &[("a-1", &[]), ("1a", &["a DNS-1035 label"]), ("", &["a DNS-1035 label"])]);
        check(label_value, &[("", &[]), ("a_b.c", &[]), (&long, &["must be no more than 63 bytes"])]);
    }

    #[test]
    fn qualified_names() {
        check(
            qualified_name,
            &[
                ("app", &[]),
                ("example.com/App", &[]),
                ("a/b/c", &["a valid label key must consist"]),
                ("/a", &["prefix part must be non-empty"]),
                ("Ex/a", &["prefix part a lowercase RFC 1123 subdomain"]),
                ("x/", &["name part must be non-empty", "name part must consist"]),
            ],
        );
    }

    #[test]
    fn ports_and_others() {
        check(
            port_name,
            &[
                ("web", &[]),
                ("this-name-is-too-long", &["must be no more than 15 characters"]),
                ("80", &["must contain at least one letter (a-z)"]),
                ("HTTP", &["must contain only alpha-numeric", "must contain at least one letter"]),
                ("a--b-", &["must not contain consecutive hyphens", "must not begin or end with a hyphen"]),
            ],
        );
        check(percent, &[("10%", &[]), ("%", &["a valid percent string"]), ("10", &["a valid percent string"])]);
        check(
            env_var_name,
            &[("A.b-c 1", &[]), ("a=b", &["a valid environment variable name"]), ("", &["environment"])],
        );
        check(config_map_key, &[("a.b", &[]), ("..", &["must not be '..'"]), ("..a", &["must not start with '..'"])]);
        check(
            path_segment,
            &[("a", &[]), ("..", &["may not be '..'"]), ("a/b%", &["may not contain '/'", "may not contain '%'"])],
        );
    }

    #[test]
    fn generated_names_may_end_in_a_dash() {
        assert_eq!(mask_trailing_dash("web-"), "wea");
        assert_eq!(mask_trailing_dash("web"), "web");
        assert_eq!(mask_trailing_dash("-"), "-");
    }
}
