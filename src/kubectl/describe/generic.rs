//! The description of a kind that has no describer of its own: every field under a label made from its name
//! (`describe.go`, `genericDescriber`).

use serde_json::{Map, Value};

use super::json::Json;
use super::quote;
use super::writer::{Writer, put};

/// What is shown before the rest, or never.
const SKIPPED: [&str; 5] =
    [".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

/// Words that stay in capitals.
const ACRONYMS: [&str; 4] = ["API", "URL", "UID", "GUID"];

/// Writes the description of any object.
pub(super) fn write(w: &mut Writer, object: &Value) {
    put!(w, 0, "Name:\t{}\n", object.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", object.text("metadata.namespace"));
    w.labels("", "Labels", &object.map("metadata.labels"));
    w.annotations("Annotations", &object.map("metadata.annotations"));
    if let Some(fields) = object.as_object() {
        content(w, 0, fields, "");
    }
}

fn content(w: &mut Writer, level: usize, fields: &Map<String, Value>, path: &str) {
    for (field, value) in fields {
        let path = format!("{path}.{field}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        let label = label(field);
        match value {
            Value::Object(inner) => {
                put!(w, level, "{label}:\n");
                content(w, level + 1, inner, &path);
            }
            Value::Array(items) => {
                put!(w, level, "{label}:\n");
                for item in items {
                    match item {
                        Value::Object(inner) => content(w, level + 1, inner, &path),
                        other => put!(w, level + 1, "{}\n", quote::value(other)),
                    }
                }
            }
            other => put!(w, level, "{label}:\t{}\n", quote::value(other)),
        }
    }
}

/// `ownerReferences` becomes `Owner References`; a name with anything but letters and hyphens stays as it is.
fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_string();
    }
    let mut words: Vec<String> = Vec::new();
    let mut parts = camel_case(field).into_iter().peekable();
    while let Some(mut part) = parts.next() {
        let capitals = part.len() >= 2 && !part.chars().any(|c| c.is_alphabetic() && !c.is_uppercase());
        if capitals && let Some(next) = parts.next_if(|next| next.starts_with(char::is_uppercase)) {
            part.push_str(&next);
        }
        words.push(part);
    }
    let shown: Vec<String> = words.into_iter().map(|word| capitalised(&word)).collect();
    shown.join(" ")
}

fn capitalised(word: &str) -> String {
    let upper = word.to_uppercase();
    if ACRONYMS.contains(&upper.as_str()) {
        return upper;
    }
    if word.to_lowercase() != word {
        return word.to_string();
    }
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Splits where the class of letters changes; the last of several capitals belongs to the small letters after it
/// (`github.com/fatih/camelcase`).
fn camel_case(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        _ if c.is_lowercase() => 1,
        _ if c.is_uppercase() => 2,
        _ if c.is_numeric() => 3,
        _ => 4,
    };
    let mut parts: Vec<String> = Vec::new();
    let mut last = 0;
    for letter in text.chars() {
        match parts.last_mut() {
            Some(part) if class(letter) == last => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
        last = class(letter);
    }
    for index in 1..parts.len() {
        if parts[index - 1].starts_with(char::is_uppercase)
            && parts[index].starts_with(char::is_lowercase)
            && let Some(capital) = parts[index - 1].pop()
        {
            parts[index].insert(0, capital);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Cases of upstream's `describe_test.go`, `TestSmartLabelFor`, and some more.
    #[test]
    fn labels() {
        for (field, expect) in [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("ownerReferences", "Owner References"),
            ("hostIP", "Host IP"),
            ("podIPs", "Pod I Ps"),
            ("podCIDRs", "Pod CIDRs"),
            ("revision", "Revision"),
            ("HTTPSProxy", "HTTPSProxy"),
            ("respectPDBs", "Respect PDBs"),
            ("apiURL", "API URL"),
            ("foo-bar", "Foo - Bar"),
            ("kubernetes.io/x", "kubernetes.io/x"),
            ("v1", "v1"),
            ("", ""),
        ] {
            assert_eq!(label(field), expect, "{field}");
        }
    }

    #[test]
    fn content_by_the_order_of_field_names() {
        let object = json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 2,
            "metadata": {"name": "web-1", "namespace": "default", "labels": {"a": "b"}, "creationTimestamp": null,
                "ownerReferences": [{"kind": "StatefulSet", "controller": true}, {"kind": "X"}]},
            "data": {"spec": {"args": ["-c", 5, ["x", "y"]], "$patch": "replace"}}});
        let mut w = Writer::default();
        write(&mut w, &object);
        let expect = "\
Name:         web-1
Namespace:    default
Labels:       a=b
Annotations:  <none>
API Version:  apps/v1
Data:
  Spec:
    $patch:  replace
    Args:
      -c
      5
      [x y]
Kind:  ControllerRevision
Metadata:
  Creation Timestamp:  <nil>
  Owner References:
    Controller:  true
    Kind:        StatefulSet
    Kind:        X
Revision:        2
";
        assert_eq!(w.aligned(), expect);
    }
}
