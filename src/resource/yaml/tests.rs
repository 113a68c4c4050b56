//! The writer against go-yaml's own output.

use serde_json::{Value, json};

use super::to_yaml;

fn check(value: &Value, expect: &str) {
    assert_eq!(to_yaml(value), expect, "{value}");
}

/// A string as the value of `a`, as one line: what follows `a: `.
fn check_string(text: &str, expect: &str) {
    check(&json!({ "a": text }), &format!("a: {expect}\n"));
}

#[test]
fn an_object_as_kubectl_prints_it() {
    let value = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"apiVersion\":\"v1\"}\n"},
            "creationTimestamp": "2024-01-01T10:00:00Z", "labels": {"app": "nginx", "on": "yes"},
            "resourceVersion": "12",
        },
        "spec": {
            "clusterIP": "None", "ports": [{"name": "web", "port": 80}, {"port": 81}], "empty": [], "matrix": [[1, 2], []],
            "nothing": null, "headless": true,
        },
        "status": {"loadBalancer": {}},
    });
    let expect = r#"apiVersion: v1
kind: Service
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1"}
  creationTimestamp: "2024-01-01T10:00:00Z"
  labels:
    app: nginx
    "on": "yes"
  resourceVersion: "12"
spec:
  clusterIP: None
  empty: []
  headless: true
  matrix:
  - - 1
    - 2
  - []
  nothing: null
  ports:
  - name: web
    port: 80
  - port: 81
status:
  loadBalancer: {}
"#;
    check(&value, expect);
}

#[test]
fn strings_that_would_be_read_as_something_else_are_double_quoted() {
    for text in ["", "yes", "n", "null", "~", "1", "0777", "1_000", "1.5", ".inf", "1e3", "2024-01-01", "12:30", "true"]
    {
        check_string(text, &format!("\"{text}\""));
    }
    for text in ["<<", "1.2.3", "100m", "1Gi", "nginx:1.27", "a#b", "-x", "?x", ":x", "a,b", "=", "it's", "24h"] {
        check_string(text, text);
    }
}

#[test]
fn strings_that_would_be_read_as_syntax_are_single_quoted() {
    for text in
        ["- a", "a: b", "a:", "#x", "a #x", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "\"x\"", "---"]
    {
        check_string(text, &format!("'{text}'"));
    }
    for (text, expect) in [(" a", "' a'"), ("a ", "'a '"), ("'a'", "'''a'''"), ("-", "'-'")] {
        check_string(text, expect);
    }
}

#[test]
fn characters_out_of_the_ordinary_are_escaped() {
    for (text, expect) in [
        ("a\tb", r#""a\tb""#),
        ("a\u{7f}", r#""a\x7F""#),
        ("\u{1b}[0m", r#""\e[0m""#),
        ("😀", r#""\U0001F600""#),
        ("\u{feff}a", r#""\uFEFF\x61""#),
        ("a \nb", r#""a \nb""#),
        ("é → ü", "é → ü"),
    ] {
        check_string(text, expect);
    }
}

#[test]
fn several_lines_are_a_literal_block() {
    for (text, expect) in [
        ("a\nb\n", "|\n  a\n  b"),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n\n", "|+\n  a\n"),
        ("  a\nb\n", "|2\n    a\n  b"),
        ("\n", "|2+\n"),
        ("a\n\n  b\n", "|\n  a\n\n    b"),
    ] {
        check_string(text, expect);
    }
}

#[test]
fn long_lines_break_at_a_space_after_column_80() {
    let message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity. preemption: not helpful";
    check_string(message, &format!("'{}'", message.replace('\'', "''").replace(" not helpful", "\n  not helpful")));
    let words = ["word"; 20].join(" ");
    check_string(&words, &format!("{}\n  {}", ["word"; 16].join(" "), ["word"; 4].join(" ")));
    let spaced = format!("{}  x  y", "w".repeat(90));
    check_string(&spaced, &spaced);
}

#[test]
fn keys_are_quoted_as_values_are_and_long_ones_get_their_own_line() {
    check(&json!({"y": 1, "1": 2, "a: b": 3, "<<": 4}), "<<: 4\n\"1\": 2\n'a: b': 3\n\"y\": 1\n");
    let long = "k".repeat(129);
    check(&json!({ &long: {"a": [1]} }), &format!("? {long}\n: a:\n  - 1\n"));
    check(&json!({ &long: [1] }), &format!("? {long}\n: - 1\n"));
    check(&json!({"a\nb": 1}), "? |-\n  a\n  b\n: 1\n");
}

#[test]
fn a_document_need_not_be_a_map() {
    check(&json!([1, {"a": 1}]), "- 1\n- a: 1\n");
    check(&json!("a"), "a\n");
    check(&json!({}), "{}\n");
    check(&Value::Null, "null\n");
}
