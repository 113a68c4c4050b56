//! Where fields stand, and how a message about one looks.

use super::super::{Document, render};
use super::read;

const WEB: &str = "\
# a set
apiVersion: apps/v1
metadata:
  labels:
    app.kubernetes.io/name: web
    \"tier\": front
spec:
  replcas: 3
  template:
    spec:
      containers:
      - name: web
        image: nginx
        ports: [{containerPort: 80}, {name: x}]
      - &second
        name: two
  copies:
  - *second
  - <<: *second
    image: other
  0777: octal
  image: a
  image: b
";

fn web() -> Document {
    let (mut documents, problem) = read(WEB);
    assert!(problem.is_none(), "{problem:?}");
    documents.remove(0)
}

/// A field path, and the text of key and value found there.
fn check(path: &str, line: usize, column: usize, key: Option<&str>, value: &str) {
    let span = web().locate(path).unwrap();
    let found = (span.line, span.column, span.key.map(|key| &WEB[key]), &WEB[span.value]);
    assert_eq!(found, (line, column, key, value), "{path}");
    assert!(span.exact, "{path}");
}

#[test]
fn fields() {
    check("apiVersion", 2, 1, Some("apiVersion"), "apps/v1");
    check("metadata.labels[app.kubernetes.io/name]", 5, 5, Some("app.kubernetes.io/name"), "web");
    check("metadata.labels.tier", 6, 5, Some("\"tier\""), "front");
    check("spec.template.spec.containers[0].image", 13, 9, Some("image"), "nginx");
    check(
        "spec.template.spec.containers[0]",
        12,
        9,
        None,
        &WEB[WEB.find("name: web\n        image").unwrap()..WEB.find("\n      - &s").unwrap()],
    );
    check("spec.template.spec.containers[0].ports", 14, 9, Some("ports"), "[{containerPort: 80}, {name: x}]");
    check("spec.template.spec.containers[0].ports[1].name", 14, 39, Some("name"), "x");
    check("spec.511", 21, 3, Some("0777"), "octal");
}

#[test]
fn through_aliases_and_merges() {
    check("spec.copies[0]", 18, 5, None, "*second");
    check("spec.copies[0].name", 16, 9, Some("name"), "two");
    check("spec.copies[1].name", 16, 9, Some("name"), "two");
    check("spec.copies[1].image", 20, 5, Some("image"), "other");
}

#[test]
fn the_nearest_parent_of_what_is_not_there() {
    for (path, line) in [
        ("spec.serviceName", 7),
        ("spec.template.spec.containers[5].image", 11),
        ("spec.template.spec.containers[0].resources.limits[cpu]", 12),
        ("status.replicas", 2),
        ("", 2),
    ] {
        let span = web().locate(path).unwrap();
        assert_eq!((span.line, span.exact), (line, path.is_empty()), "{path}");
    }
}

#[test]
fn repeated_keys() {
    let duplicates = web().duplicates();
    let found: Vec<_> = duplicates.iter().map(|d| (d.path.as_str(), d.first.line, d.second.line)).collect();
    assert_eq!(found, [("spec.image", 22, 23)]);
    check("spec.image", 23, 3, Some("image"), "b");
    let (documents, _) = read("{\"a\": {\"b.c\": 1, \"b.c\": 2}}");
    assert_eq!(documents[0].duplicates()[0].path, "a[b.c]");
    let (documents, _) = read("<<: {a: 1}\na: 2\n");
    assert_eq!(documents[0].duplicates(), []);
}

#[test]
fn items_of_a_list_keep_their_places() {
    let text = "kind: List\nitems:\n- kind: A\n  spec: {x: 1}\n- kind: B\n  kind: C\n";
    let children = read(text).0[0].children();
    assert_eq!(children.len(), 2);
    assert_eq!(children[0].value["kind"], "A");
    assert_eq!(children[0].locate("spec.x").unwrap().line, 4);
    assert_eq!(children[1].locate("kind").unwrap().line, 6);
    assert_eq!(children[0].duplicates(), []);
    assert_eq!(children[1].duplicates()[0].path, "kind");
    assert!(web().children().is_empty());
}

#[test]
fn later_documents_are_found_in_the_whole_text() {
    let documents = read("a: 1\n---\n# c\nb: 2\r\n---\n{\"c\": 3}\n").0;
    assert_eq!(documents[1].locate("b").unwrap().line, 4);
    assert_eq!(documents[2].locate("c").map(|s| (s.line, s.column)), Some((6, 2)));
    assert_eq!(documents[2].index, 2);
}

#[test]
fn a_message_about_a_field() {
    let help = Some("did you mean `replicas`?");
    let expect = "\
error: unknown field \"spec.replcas\"
 --> web.yaml:8:3
  |
8 |   replcas: 3
  |   ^^^^^^^
  |
  = help: did you mean `replicas`?";
    assert_eq!(render(&web(), "spec.replcas", "unknown field \"spec.replcas\"", help, false), expect);
    let expect = "\
error: spec.template.spec.containers[0].image: Invalid value: \"nginx\"
  --> web.yaml:13:16
   |
13 |         image: nginx
   |                ^^^^^";
    let message = "spec.template.spec.containers[0].image: Invalid value: \"nginx\"";
    assert_eq!(render(&web(), "spec.template.spec.containers[0].image", message, None, false), expect);
    let expect = "\
error: spec.serviceName: Required value
 --> web.yaml:7:1
  |
7 | spec:
  | ^^^^ in here";
    assert_eq!(render(&web(), "spec.serviceName", "spec.serviceName: Required value", None, false), expect);
}
