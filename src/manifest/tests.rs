//! Manifests as Kubernetes reads them: values, faults, places, files, and texts meant to do harm.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Document, Problem, Source, parse};

mod faults;
mod files;
mod hostile;
mod places;
mod values;

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
    let expect = format!("error parsing web.yaml: {expect}");
    assert_eq!((found.len(), message.as_str()), (documents, expect.as_str()), "{text:?}");
}
