//! The rules for label keys and values, in the words of `k8s.io/apimachinery/pkg/api/validate/content/kube.go`.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const KEY: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_name(text: &str) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn is_subdomain(text: &str) -> bool {
    let lower = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.split('.').all(|label| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(lower)
            && bytes.last().is_some_and(lower)
            && bytes.iter().all(|b| lower(b) || *b == b'-')
    })
}

/// What is wrong with a label key (a "qualified name"); empty if nothing.
#[must_use]
pub fn key_problems(key: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let name = match key.split('/').collect::<Vec<_>>()[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".to_string());
            } else {
                if prefix.len() > 253 {
                    problems.push("prefix part must be no more than 253 bytes".to_string());
                }
                if !is_subdomain(prefix) {
                    problems.push(format!("prefix part {SUBDOMAIN}"));
                }
            }
            name
        }
        _ => {
            let suffix = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a valid label key {KEY} {suffix}")];
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_string());
    } else if name.len() > 63 {
        problems.push("name part must be no more than 63 bytes".to_string());
    }
    if !is_name(name) {
        problems.push(format!("name part {KEY}"));
    }
    problems
}

/// What is wrong with a label value; empty if nothing.
#[must_use]
pub fn value_problems(value: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if value.len() > 63 {
        problems.push("must be no more than 63 bytes".to_string());
    }
    if !value.is_empty() && !is_name(value) {
        problems.push(VALUE.to_string());
    }
    problems
}

/// Adds `FIELD: Invalid value: "VALUE": PROBLEMS` if there are problems.
pub(super) fn push_invalid(errors: &mut Vec<String>, field: &str, value: &str, problems: &[String]) {
    if !problems.is_empty() {
        errors.push(format!("{field}: Invalid value: {}: {}", serde_json::json!(value), problems.join("; ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values() {
        for good in ["app", "a.b/c", "statefulset.kubernetes.io/pod-name", "A_b.c-1"] {
            assert!(key_problems(good).is_empty(), "{good}");
        }
        for (bad, first) in [
            ("", "name part must be non-empty"),
            ("/x", "prefix part must be non-empty"),
            ("A/x", "prefix part a lowercase RFC 1123 subdomain"),
            ("a/b/c", "a valid label key must consist of"),
            ("-a", "name part must consist of alphanumeric"),
        ] {
            assert!(key_problems(bad)[0].starts_with(first), "{bad}: {:?}", key_problems(bad));
        }
        assert!(value_problems("").is_empty() && value_problems("v1.2_x").is_empty());
        assert_eq!(value_problems(&"x".repeat(64)), ["must be no more than 63 bytes"]);
        assert!(value_problems("a b")[0].starts_with("a valid label must be an empty string or consist of"));
    }
}
