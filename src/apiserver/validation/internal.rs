//! Objects as Go prints the API server's internal types: every field under its Go name and in its order, also the unset
//! ones. Some messages show them: a bad update strategy, a taint given twice, the diff of an immutable spec.
//!
//! `internal_types.txt` has a line for each type: its fields as `GoName=jsonName:type`, the JSON name left out where it
//! is the Go name with a small first letter; `*` is a pointer, `[]` a list, `+` an embedded type.

use serde_json::Value;

const TYPES: &str = include_str!("internal_types.txt");

/// A value with ordered members.
enum Tree {
    Leaf(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// One line, as in messages: `{"Type":"Foo","RollingUpdate":null}`.
pub(super) fn render(value: &Value, kind: &str) -> String {
    let mut out = String::new();
    compact(&tree(value, kind), &mut out);
    out
}

/// Indented by one blank, as in diffs.
pub(super) fn pretty(value: &Value, kind: &str) -> String {
    let mut out = String::new();
    indented(&tree(value, kind), 0, &mut out);
    out
}

fn tree(value: &Value, kind: &str) -> Tree {
    let mut members = Vec::new();
    add_fields(value, kind, &mut members);
    Tree::Object(members)
}

fn fields_of(kind: &str) -> impl Iterator<Item = &'static str> {
    let line = TYPES.lines().find_map(|line| line.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' ')));
    line.unwrap_or_default().split_whitespace()
}

fn add_fields(value: &Value, kind: &str, members: &mut Vec<(String, Tree)>) {
    for field in fields_of(kind) {
        if let Some(embedded) = field.strip_prefix('+') {
            if embedded == "ObjectMeta" {
                add_metadata(value, members);
            } else {
                add_fields(value, embedded, members);
            }
            continue;
        }
        let Some((name, kind)) = field.split_once(':') else { continue };
        let (go, json) = match name.split_once('=') {
            Some((go, json)) => (go, json.to_string()),
            None => (name, lower_first(name)),
        };
        let tree = match (kind, value.get(&json)) {
            ("*PodSecurityContext", Some(context)) => field_tree(Some(&with_host_fields(context, value)), kind),
            (_, member) => field_tree(member, kind),
        };
        members.push((go.to_string(), tree));
    }
}

/// The internal security context of a Pod has five fields that `v1` has in the spec.
fn with_host_fields(context: &Value, spec: &Value) -> Value {
    let mut context = context.clone();
    if let Some(members) = context.as_object_mut() {
        for key in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
            if let Some(value) = spec.get(key) {
                members.insert(key.to_string(), value.clone());
            }
        }
    }
    context
}

fn add_metadata(value: &Value, members: &mut Vec<(String, Tree)>) {
    for key in ["labels", "annotations"] {
        if let Some(map) = value.get("metadata").and_then(|m| m.get(key)) {
            members.push((key.to_string(), plain(map)));
        }
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

fn field_tree(value: Option<&Value>, kind: &str) -> Tree {
    let value = value.filter(|v| !v.is_null());
    if let Some(item) = kind.strip_prefix("[]") {
        return match value.and_then(Value::as_array) {
            Some(items) => Tree::List(items.iter().map(|v| field_tree(Some(v), item)).collect()),
            None => Tree::Leaf("null".to_string()),
        };
    }
    let (pointer, kind) = kind.strip_prefix('*').map_or((false, kind), |kind| (true, kind));
    match (value, kind) {
        (Some(value), "string" | "int" | "bool" | "map" | "value" | "quantity") => plain(value),
        (Some(value), kind) => tree(value, kind),
        (None, _) if pointer => Tree::Leaf("null".to_string()),
        (None, "string") => Tree::Leaf("\"\"".to_string()),
        (None, "int") => Tree::Leaf("0".to_string()),
        (None, "bool") => Tree::Leaf("false".to_string()),
        (None, "quantity") => Tree::Leaf("\"0\"".to_string()),
        (None, "map" | "value") => Tree::Leaf("null".to_string()),
        (None, kind) => tree(&Value::Null, kind),
    }
}

/// A value that prints as it is; a label selector has `matchLabels` first.
fn plain(value: &Value) -> Tree {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Tree)> = map.iter().map(|(key, v)| (key.clone(), plain(v))).collect();
            if map.len() == 2 && map.contains_key("matchLabels") && map.contains_key("matchExpressions") {
                members.reverse();
            }
            Tree::Object(members)
        }
        Value::Array(items) => Tree::List(items.iter().map(plain).collect()),
        leaf => Tree::Leaf(leaf.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")),
    }
}

fn compact(tree: &Tree, out: &mut String) {
    match tree {
        Tree::Leaf(text) => out.push_str(text),
        Tree::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                compact(item, out);
            }
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            for (i, (key, member)) in members.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.extend(["\"", key, "\":"]);
                compact(member, out);
            }
            out.push('}');
        }
    }
}

fn indented(tree: &Tree, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    };
    match tree {
        Tree::Leaf(text) => out.push_str(text),
        Tree::List(items) if items.is_empty() => out.push_str("[]"),
        Tree::Object(members) if members.is_empty() => out.push_str("{}"),
        Tree::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, depth + 1);
                indented(item, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            for (i, (key, member)) in members.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, depth + 1);
                out.extend(["\"", key, "\": "]);
                indented(member, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// S16, N15.
    #[test]
    fn structs_print_all_their_fields_in_order() {
        for (value, kind, expect) in [
            (json!({"type": "Foo"}), "StatefulSetUpdateStrategy", r#"{"Type":"Foo","RollingUpdate":null}"#),
            (
                json!({"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
                "StatefulSetUpdateStrategy",
                r#"{"Type":"OnDelete","RollingUpdate":{"Partition":1,"MaxUnavailable":null}}"#,
            ),
            (
                json!({"minAvailable": 1, "maxUnavailable": "5%", "selector": {"matchLabels": {"app": "x"}}}),
                "PodDisruptionBudgetSpec",
                concat!(
                    r#"{"MinAvailable":1,"Selector":{"matchLabels":{"app":"x"}},"#,
                    r#""MaxUnavailable":"5%","UnhealthyPodEvictionPolicy":null}"#
                ),
            ),
            (json!({"name": "c"}), "ConfigMapEnvSource", r#"{"Name":"c","Optional":null}"#),
        ] {
            assert_eq!(render(&value, kind), expect);
        }
    }

    #[test]
    fn pretty_indents_by_one() {
        let value = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        let text = pretty(&value, "PersistentVolumeClaimSpec");
        let start = "{\n \"AccessModes\": [\n  \"ReadWriteOnce\"\n ],\n \"Selector\": null,\n \"Resources\": {\n  \
                     \"Limits\": null,\n  \"Requests\": {\n   \"storage\": \"1Gi\"\n  }\n },\n \"VolumeName\": \
                     \"\",\n";
        assert!(text.starts_with(start), "{text}");
    }

    #[test]
    fn every_type_named_has_a_line() {
        for line in TYPES.lines() {
            for field in line.split(' ').skip(1) {
                let kind = field.strip_prefix('+').or(field.split_once(':').map(|(_, k)| k)).unwrap_or_default();
                let kind = kind.trim_start_matches(['*', '[', ']']);
                let basic = ["string", "int", "bool", "map", "value", "quantity", "ObjectMeta"].contains(&kind);
                assert!(basic || fields_of(kind).next().is_some(), "{line}: {field}");
            }
        }
    }
}
