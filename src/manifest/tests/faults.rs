//! What is refused, in kubectl's words, and how people are told.

use std::sync::Arc;

use super::super::{Source, parse};
use super::{check_error, read};

/// A fault that go-yaml finds.
fn check_yaml(text: &str, expect: &str) {
    check_error(text, 0, &format!("error converting YAML to JSON: yaml: {expect}"));
}

#[test]
fn documents_before_a_malformed_one_are_read() {
    let expect = "error converting YAML to JSON: yaml: line 1: did not find expected node content";
    check_error("a: 1\n---\nkind: [\n---\nb: 2\n", 1, expect);
    // kubectl cuts before YAML sees the directive.
    let expect = "error converting YAML to JSON: yaml: line 1: did not find expected <document start>";
    check_error("%YAML 1.1\n---\na: 1\n", 0, expect);
    check_error("a: 1\n--- b\n", 0, "invalid Yaml document separator: b");
    check_error("a: 1\n---\nb: 1\n---b\n", 1, "invalid Yaml document separator: b");
}

#[test]
fn the_usual_mistakes() {
    check_yaml("x: 1\na:\n\tb: c\n", "line 3: found character that cannot start any token");
    check_yaml("a: b\n\tc: d\n", "line 2: found a tab character that violates indentation");
    check_yaml("a: b: c\n", "mapping values are not allowed in this context");
    check_yaml("spec:\n  a: 1\n   b: 2\n", "line 3: mapping values are not allowed in this context");
    check_yaml("spec:\n  a: 1\n b: 2\n", "line 2: did not find expected key");
    check_yaml("a:\n- b\n  - c\nd\n", "line 5: could not find expected ':'");
    check_yaml("a: \"x\nb: 1\n", "line 3: found unexpected end of stream");
    check_yaml("a: \"\\d\"\n", "found unknown escape character");
    check_yaml("a: \"\\xq\"\n", "did not find expected hexdecimal number");
    check_yaml("image: @x\n", "found character that cannot start any token");
    check_yaml("a: [1\nb: 2\n", "line 1: did not find expected ',' or ']'");
    check_yaml("a: - b\n", "block sequence entries are not allowed in this context");
    check_yaml("x: 1\n: b\n", "line 1: did not find expected key");
    check_yaml("a: *b\n", "unknown anchor 'b' referenced");
    check_yaml("a: &b [*b]\n", "anchor 'b' value contains itself");
    check_yaml("<<: 1\n", "map merge requires map or sequence of maps as the value");
    check_yaml("a: !!int x\n", "cannot decode !!str `x` as a !!int");
    check_yaml("a: \u{1}\n", "control characters are not allowed");
    check_yaml(
        "r: {{ .Values.r }}\n",
        "invalid map key: map[interface {}]interface {}{\".Values.r\":interface {}(nil)}",
    );
}

#[test]
fn syntax_comes_before_meaning() {
    check_yaml("x: 1\n{a: 1}: 2\nb: [\n", "line 3: did not find expected node content");
    check_yaml("a: .nan\n? [x]\n: 1\n", "invalid map key: []interface {}{\"x\"}");
}

#[test]
fn what_json_cannot_hold() {
    let nothing = "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"x\"";
    check_error("~: x\n", 0, &format!("error converting YAML to JSON: {nothing}"));
    for (text, name) in [(".nan", "NaN"), (".inf", "+Inf"), ("-.inf", "-Inf")] {
        let expect = format!("error converting YAML to JSON: json: unsupported value: {name}");
        check_error(&format!("a: {text}\n"), 0, &expect);
    }
}

#[test]
fn json_in_go_words() {
    for (text, expect) in [
        ("{\"a\": 1", "unexpected EOF"),
        ("{\"a\" 1}", "json: offset 6: invalid character '1' after object key"),
        ("{\"a\": tru, \"b\" \"c\"}", "json: offset 10: invalid character ',' in literal true (expecting 'e')"),
        ("{\"a\": 1 \"b\", \"c\" 'd'}", "json: offset 9: invalid character '\"' after object key:value pair"),
        ("{\"a\": [1 {2}]}", "json: offset 10: invalid character '{' after array element"),
        ("{\"a\": \"\\q\"}", "json: offset 9: invalid character 'q' in string escape code"),
        ("{\"a\": 1.x, \"b\" \"c\"}", "json: offset 9: invalid character 'x' after decimal point in numeric literal"),
    ] {
        check_error(text, 0, expect);
    }
    check_error("{}{}{,", 2, "invalid character ',' looking for beginning of object key string");
}

#[test]
fn people_see_the_line_and_what_to_do() {
    let (_, problem) = read("spec:\n\tb: 2\n");
    let expect = "\
error: found character that cannot start any token
 --> web.yaml:2:1
  |
2 |     b: 2
  | ^^^^
  |
  = help: YAML does not allow tabs for indentation: use spaces";
    assert_eq!(problem.unwrap().render(false), expect);
}

#[test]
fn people_see_where_the_unclosed_began() {
    let (_, problem) = read("a: \"x\nb: 1\n");
    let problem = problem.unwrap();
    let expect = "\
error: found unexpected end of stream
 --> web.yaml:2:5
  |
1 | a: \"x
  |    - while scanning a quoted scalar
2 | b: 1
  |     ^ the text ends here
  |
  = help: a quote is opened and never closed";
    assert_eq!(problem.render(false), expect);
    assert!(problem.render(true).contains("\u{1b}["));
    assert_eq!(problem.line_column(), Some((3, 1)));
}

#[test]
fn the_name_of_the_source_is_part_of_the_words() {
    let (_, problem) = parse(Arc::new(Source::new("STDIN", "[")));
    let expect = "error parsing STDIN: error converting YAML to JSON: yaml: line 1: did not find expected node content";
    assert_eq!(problem.unwrap().to_string(), expect);
}
