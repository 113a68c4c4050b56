//! Manifests as Kubernetes reads them: the values, the errors, the places.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Document, Problem, Source, parse};

fn read(text: &str) -> (Vec<Document>, Option<Problem>) {
    parse(Arc::new(Source::new("web.yaml", text)))
}

/// The values of all documents of a text without faults.
fn check(text: &str, expect: &Value) {
    let (documents, problem) = read(text);
    assert!(problem.is_none(), "{text:?}: {}", problem.unwrap());
    let values: Vec<&Value> = documents.iter().map(|document| &document.value).collect();
    assert_eq!(json!(values), *expect, "{text:?}");
}

/// How many documents stand before the fault, and kubectl's words for it after `error parsing web.yaml: `.
fn check_error(text: &str, documents: usize, expect: &str) {
    let (found, problem) = read(text);
    let message = problem.expect(text).to_string();
    assert_eq!((found.len(), message.as_str()), (documents, format!("error parsing web.yaml: {expect}").as_str()), "{text:?}");
}

#[test]
fn documents_before_a_malformed_one_are_read() {
    check("# nothing\n---\n# here\n", &json!([]));
    check("a: 1\n---\n---\nb: 2\n", &json!([{"a": 1}, {"b": 2}]));
    let expect = "error converting YAML to JSON: yaml: line 1: did not find expected node content";
    check_error("a: 1\n---\nkind: [\n---\nb: 2\n", 1, expect);
}
