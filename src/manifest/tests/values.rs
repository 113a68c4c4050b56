//! What documents mean. Every expectation here is what go-yaml v2.4.3 and sigs.k8s.io/yaml v1.6.0 answer.

use serde_json::json;

use super::check;

#[test]
fn documents_stand_between_separator_lines() {
    check("", &json!([]));
    check("# nothing\n---\n# here\n", &json!([]));
    check("---\n---\na: 1\n--- # comment\n---\nb: 2\n---", &json!([{"a": 1}, {"b": 2}]));
    check("a: 1\n ---\n", &json!([{"a": "1 ---"}]));
    check("a: 1\n...\nb: 2\n", &json!([{"a": 1}]));
    check("a: 1\r\n---\r\nb:\r\n- 2\r\n", &json!([{"a": 1}, {"b": [2]}]));
}

#[test]
fn scalars_of_yaml_1_1() {
    check(
        "a: yes\nb: Off\nc: y\nd: N\ne: 'yes'\n",
        &json!([{"a": true, "b": false, "c": true, "d": false, "e": "yes"}]),
    );
    check("a: 0777\nb: 0o17\nc: 0x1F\nd: 0b11\ne: 1_000\n", &json!([{"a": 511, "b": 15, "c": 31, "d": 3, "e": 1000}]));
    check("a: 1.0\nb: 1e3\nc: 1.5\nd: .5\ne: 08\n", &json!([{"a": 1, "b": 1000, "c": 1.5, "d": 0.5, "e": 8}]));
    check("a: 12:30\nb: 2024-01-01\nc: 1.2.3\n", &json!([{"a": "12:30", "b": "2024-01-01", "c": "1.2.3"}]));
    check("a:\nb: ~\nc: null\nd: ''\n", &json!([{"a": null, "b": null, "c": null, "d": ""}]));
    check("a: 9223372036854775808\n", &json!([{"a": 9_223_372_036_854_775_808_u64}]));
}

#[test]
fn tags() {
    check("a: !!str 1\nb: !!int '2'\nc: !!float 1\nd: !!bool 'yes'\n", &json!([{"a": "1", "b": 2, "c": 1, "d": true}]));
    check("a: !!binary aGVsbG8=\nb: ! 3\nc: !own 4\nd: !!str\n", &json!([{"a": "hello", "b": "3", "c": "4", "d": ""}]));
}

#[test]
fn keys_become_strings() {
    check(
        "1: a\n0777: b\n1.5: c\nyes: d\n'~': e\n2024-01-01: f\n",
        &json!([
            {"1": "a", "511": "b", "1.5": "c", "true": "d", "~": "e", "2024-01-01": "f"}
        ]),
    );
    check("? a\n: 1\n? b\n", &json!([{"a": 1, "b": null}]));
}

#[test]
fn text_of_several_lines() {
    check("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", &json!([{"a": "x\n y\n", "b": "x y"}]));
    check("a: |", &json!([{"a": ""}]));
    check("a: |\n  no final break", &json!([{"a": "no final break\n"}]));
    check("a: x\n  y\nb: \"x\n  y\\\n  z\"\n", &json!([{"a": "x y", "b": "x yz"}]));
}

#[test]
fn anchors_and_merges() {
    check("a: &x [1]\nb: *x\n", &json!([{"a": [1], "b": [1]}]));
    check("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n", &json!([{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}]));
    // go-yaml merges where `<<` stands: what came before loses.
    check("k: 3\n<<: {k: 1}\n", &json!([{"k": 1}]));
    check("<<: [{k: 1}, {k: 2, l: 2}]\n", &json!([{"k": 1, "l": 2}]));
    check("'<<': {k: 1}\n", &json!([{"<<": {"k": 1}}]));
    check("&k a: 1\nb: *k\n", &json!([{"a": 1, "b": "a"}]));
    check("a: &k b\n*k : 1\n", &json!([{"a": "b", "b": 1}]));
}

#[test]
fn the_last_of_equal_keys_counts() {
    check("a: 1\na: 2\n", &json!([{"a": 2}]));
    check("{\"a\": 1, \"a\": 2}", &json!([{"a": 2}]));
}

#[test]
fn json() {
    check(
        " {\"a\": [1, -2.5e1, true, null, \"\\u00e9\\ud83d\\ude00\\n\"]}{}\n{\"b\": {}}",
        &json!([
            {"a": [1, -25, true, null, "é😀\n"]}, {}, {"b": {}}
        ]),
    );
    check("{\"a\": 1}\n---\n{\"b\": 2}\n---\nc: 3\n", &json!([{"a": 1}, {"b": 2}, {"c": 3}]));
    check("{a: 1}\n", &json!([{"a": 1}]));
    check("{\"a\": 1,}\n", &json!([{"a": 1}]));
    check("[{\"a\": 1}]\n", &json!([[{"a": 1}]]));
}
