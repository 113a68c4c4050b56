//! Texts meant to do harm, and any text at all: an answer, always, and soon.

use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::{MAX_BYTES, Source, parse};
use super::{check_error, read};
use crate::resource::yaml::to_yaml;

#[test]
fn nesting_without_end() {
    let expect = "error converting YAML to JSON: yaml: exceeded max depth of 128";
    check_error(&"[".repeat(1 << 20), 0, expect);
    check_error(&"- ".repeat(1 << 18), 0, expect);
    check_error(&format!("a: {}", "{b: ".repeat(1 << 18)), 0, expect);
    check_error(
        &format!("}}\n{}", "[".repeat(1 << 20)),
        0,
        "error converting YAML to JSON: yaml: did not find expected node content",
    );
    let json = "{\"a\":".repeat(1 << 18);
    check_error(&json, 0, "json: offset 641: exceeded max depth");
    let deepest = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert!(read(&deepest).1.is_none());
}

#[test]
fn aliases_that_multiply() {
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..40 {
        let _ = writeln!(text, "a{level}: &a{level} [{}]", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    check_error(&text, 0, "error converting YAML to JSON: yaml: document contains excessive aliasing");
    let mut text = String::from("a0: &a0 {x: 1}\n");
    for level in 1..40 {
        let _ = writeln!(text, "a{level}: &a{level} {{<<: [{}]}}", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    check_error(&text, 0, "error converting YAML to JSON: yaml: document contains excessive aliasing");
}

#[test]
fn size() {
    check_error(&"#".repeat(MAX_BYTES + 1), 0, "more than 32 MiB");
    let long = "x".repeat(1 << 20);
    assert_eq!(read(&format!("a: {long}\n")).0[0].value["a"], *long);
    assert!(read(&"a: 1\n".repeat(50_000)).1.is_none());
    assert!(read(&"---\n".repeat(200_000)).0.is_empty());
    let (documents, problem) = read(&format!("a: \"{}", "\\".repeat(1 << 16)));
    assert!(documents.is_empty() && problem.is_some_and(|p| !p.render(false).is_empty()));
}

#[test]
fn nuls_and_broken_text() {
    let (documents, problem) = parse(Arc::new(Source::from_bytes("x", b"a: \0\n\xff".to_vec())));
    assert!(documents.is_empty());
    assert!(problem.is_some_and(|p| p.to_string().ends_with("yaml: control characters are not allowed")));
}

fn exercise(text: &str) {
    let (documents, problem) = read(text);
    if let Some(problem) = problem {
        assert!(problem.to_string().starts_with("error parsing web.yaml: "));
        assert!(!problem.render(false).is_empty());
    }
    for document in documents {
        let _ = (document.duplicates(), document.children());
        for path in ["a.b[0]", "[0][0].a", "a[b.c]..d[", "items[0]"] {
            assert!(document.locate(path).is_some());
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~é\u{feff}\t\n😀]{0,12}",
        "(yes|no|~|null|0777|1_0|1e3|<<|=|-|- a|a: b|#|a #b|'|\"|2024-01-01|1:30|\\|\n| x|x |\n\n|--- a|\\.\\.\\.)",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(
                text.clone().prop_filter("go-yaml writes this key bare", |key| key != "<<"),
                inner,
                0..5
            )
            .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        exercise(&text);
    }

    #[test]
    fn any_soup_of_yaml_is_answered(parts in prop::collection::vec(prop::sample::select(vec![
        "a", ": ", ":", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&a ", "*a", "<<: ", "? ", "|", ">-", "'", "\"", "#",
        "---\n", "...", "!!int ", "!", "%", "\\", "é", "\r\n", "0777", "{\"a\":1}", "\u{feff}", "\u{85}",
    ]), 0..60)) {
        exercise(&parts.concat());
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let source = Source::from_bytes("web.yaml", bytes);
        exercise(&source.text);
    }

    #[test]
    fn what_is_written_is_read_back(value in any_value()) {
        let map = Value::Object(Map::from_iter([("v".to_string(), value)]));
        let text = to_yaml(&map);
        let (documents, problem) = read(&text);
        prop_assert!(problem.is_none(), "{}\n{text}", problem.unwrap());
        prop_assert_eq!(&documents[0].value, &map, "{}", text);
    }
}
