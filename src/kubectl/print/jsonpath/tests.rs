//! JSONPath templates against what kubectl prints for them.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn list() -> Value {
    json!({
        "kind": "List",
        "items": [
            {"metadata": {"name": "web-0", "labels": {"apps.kubernetes.io/pod-index": "0"}}, "n": 4, "ready": true,
             "addresses": [{"type": "a", "ip": "10.0.0.1"}], "containers": [{"name": "c"}, {"name": "d"}]},
            {"metadata": {"name": "web-1"}, "n": -2, "ready": false, "z": null,
             "addresses": [{"type": "a", "ip": "10.0.0.2"}, {"type": "b", "ip": "10.0.0.3"}], "containers": [{"name": "e"}]},
        ],
        "numbers": [1, 2, 3, 4], "float": 2.5, "text": "a<b", "empty": [],
    })
}

fn run(template: &str, allow: bool) -> Result<String, String> {
    JsonPath::parse(template)?.allow_missing_keys(allow).execute(&list())
}

fn check(template: &str, expect: &str) {
    assert_eq!(run(template, true).as_deref(), Ok(expect), "{template}");
}

fn fails(template: &str, expect: &str) {
    assert_eq!(run(template, false), Err(expect.to_string()), "{template}");
}

#[test]
fn paths() {
    check("plain {.kind}!", "plain List!");
    check("{.items[*].metadata.name}", "web-0 web-1");
    check("{$.items[0].metadata.labels.apps\\.kubernetes\\.io/pod-index}", "0");
    check("{.items[0].metadata['name']}", "web-0");
    check("{.items[*]['metadata.name', 'n']}", "web-0 web-1 4 -2");
    check("{.items[0].metadata}", r#"{"labels":{"apps.kubernetes.io/pod-index":"0"},"name":"web-0"}"#);
    check("{.text}{.items[0].ready}{.float}", "a<btrue2.5");
    check("{.items[1].z}", "null");
    check("{..name}", "c d web-0 e web-1");
    check("{...ip}", "10.0.0.1 10.0.0.2 10.0.0.3");
    check("{.items[0].addresses[0].*}", "10.0.0.1 a");
    check("{@.kind}{1}{true}{1.5}", "List1true1.5");
    check("{.}", "");
}

#[test]
fn slices() {
    check("{.numbers}", "[1,2,3,4]");
    check("{.numbers[0]} {.numbers[-1]} {.numbers[-2]}", "1 4 3");
    check("{.numbers[0:2]}|{.numbers[:2]}|{.numbers[2:]}|{.numbers[-1:]}|{.numbers[1:-1]}", "1 2|1 2|3 4|4|2 3");
    check("{.numbers[::2]}|{.numbers[1::2]}|{.numbers[:4:2]}", "1 3|2 4|1 3");
    check("{.numbers[1,3]}", "2 4");
    check("{.numbers[2:2]}|{.empty[*]}", "|");
    fails("{.numbers[4]}", "array index out of bounds: index 4, length 4");
    fails("{.numbers[-5]}", "array index out of bounds: index -1, length 4");
    fails("{.numbers[0:9]}", "array index out of bounds: index 8, length 4");
    fails("{.numbers[3:1]}", "starting index 3 is greater than ending index 1");
    fails("{.numbers[::-1]}", "step must be > 0");
    fails("{.kind[0]}", "string is not array or slice");
    fails("{.items[0].metadata[0]}", "map[string]interface {} is not array or slice");
}

#[test]
fn filters() {
    check("{.items[?(@.n<0)].metadata.name}", "web-1");
    check("{.items[?(@.n>=4)].metadata.name}", "web-0");
    check(r#"{.items[?(@.metadata.name == "web-1")].n}"#, "-2");
    check("{.items[?(@.metadata.name=='web-1')].n}", "-2");
    check("{.items[?(@.metadata.labels)].n}", "4");
    check("{.items[?(@.ready==true)].n}{.items[?(@.ready!=true)].n}", "4-2");
    check("{.numbers[?(@<3)]}", "1 2");
    check(r#"{.items[*].addresses[?(@.type=="b")].ip}"#, "10.0.0.3");
    fails("{.items[?(@.n<>1)]}", "unrecognized filter operator <>");
    fails(r#"{.items[?(@.n=="x")]}"#, "incompatible types for comparison");
    fails("{.items[?(@.metadata==1)]}", "invalid type for comparison");
    fails("{.items[?(@.containers[*].name=='c')]}", "can only compare one element at a time");
    fails("{.kind[?(@.a)]}", "List is not array or slice and cannot be filtered");
}

#[test]
fn ranges() {
    check(r#"{range .items[*]}{.metadata.name}{"\t"}{.n}{"\n"}{end}{.kind}"#, "web-0\t4\nweb-1\t-2\nList");
    check("{range .items[*]}{.metadata.name}:{range .containers[*]}{.name},{end}+{end}", "web-0:c,d,+web-1:e,+");
    check(
        "{range .items[*]}{range .containers[*]}{.name} {end}|{range .addresses[*]}{.ip} {end};{end}",
        "c d |10.0.0.1 ;e |10.0.0.2 10.0.0.3 ;",
    );
    check("{range .empty[*]}{.name}{range .x[*]}{.y}{end}{end}done", "done");
    check("{range .items[*]}no end ", "no end no end no end ");
    fails("{range .items[*]}{end}{end}", "not in range, nothing to end");
}

#[test]
fn quotes_and_escapes() {
    check(r#"{"{"}{'}'}"#, "{}");
    check(r#"{"a\tb\"c"}{'it\'s'}{"\x41\u00e9"}"#, "a\tb\"cit'sAé");
    fails(r#"{"a\q"}"#, r#"unquote string "a\q" error invalid syntax"#);
    fails(r#"{"open}"#, "unterminated quoted string");
}

#[test]
fn errors() {
    fails("{.items[", "unterminated array");
    fails("{.hello", "unclosed action");
    fails("{*}", "unrecognized character in action: U+002A '*'");
    fails("{+12.3.0}", "cannot parse number +12.3.0");
    fails("{[?(.price]}", "unterminated filter");
    fails("{[?(@.a)}", "unclosed array expect ]");
    fails("{........}", "invalid multiple recursive descent");
    fails("{[a]}", "invalid array index a");
    fails("{[-]}", "array index - is not a number");
    fails("{hello}", "unrecognized identifier hello");
    fails("{.hello}", "hello is not found");
}

#[test]
fn as_json() {
    let mut path = JsonPath::parse("{.numbers[:2]}{.items[*].metadata.name}").unwrap().as_json();
    let expect = "[\n    1,\n    2\n]\n[\n    \"web-0\",\n    \"web-1\"\n]\n";
    assert_eq!(path.execute(&list()).as_deref(), Ok(expect));
    let mut path = JsonPath::parse("{.none}").unwrap().allow_missing_keys(true).as_json();
    assert_eq!(path.execute(&list()).as_deref(), Ok("[]\n"));
}

#[test]
fn relaxed_expressions() {
    for expression in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
        assert_eq!(relaxed(expression).as_deref(), Ok("{.metadata.name}"), "{expression}");
    }
    assert_eq!(relaxed("").as_deref(), Ok(""));
    assert!(relaxed("{.a}{.b}").is_err());
    assert!(relaxed("{.a").is_err());
}

proptest! {
    #[test]
    fn no_template_panics(template in "\\PC*") {
        let _ = run(&template, true);
    }

    #[test]
    fn no_likely_template_panics(template in r#"(\{|\}|\[|\]|\.\.|\.|\?\(|\)|@|'|"|\\|:|,|-|\*|=|<|1|0|9|a|é| |items|range|end|name|\n){0,24}"#) {
        let _ = run(&template, true);
        let _ = run(&format!("{{{template}}}"), false);
        let _ = relaxed(&template);
    }
}
