//! Go templates against what kubectl prints for them.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn object() -> Value {
    json!({
        "kind": "List", "count": 3, "ratio": 2.5, "yes": true, "none": null, "empty": [], "secret": "aGVsbG8=",
        "items": [{"metadata": {"name": "web-0"}, "n": 1}, {"metadata": {"name": "web-1"}, "n": 2}],
        "labels": {"b": "2", "a": "1", "x/y": "3"},
    })
}

fn run(template: &str, allow: bool) -> (String, Option<String>) {
    let mut out = String::new();
    let result = Template::parse("output", template);
    let result = result.and_then(|t| t.allow_missing_keys(allow).execute(&object(), &mut out));
    (out, result.err())
}

#[track_caller]
fn check(template: &str, expect: &str) {
    assert_eq!(run(template, true), (expect.to_string(), None), "{template}");
}

#[track_caller]
fn fails(template: &str, expect: &str) {
    assert_eq!(run(template, false).1.as_deref(), Some(expect), "{template}");
}

#[test]
fn values() {
    check("a {{.kind}} {{.count}} {{.ratio}} {{.yes}}", "a List 3 2.5 true");
    check("{{.labels}} {{.empty}} {{(index .items 0).metadata}}", "map[a:1 b:2 x/y:3] [] map[name:web-0]");
    check("{{.none}}|{{.nope}}|{{.nope.deeper}}", "<no value>|<no value>|<no value>");
    check("{{1}} {{-2}} {{0x10}} {{1.5}} {{'a'}} {{\"q\\n\"}}{{`raw\\n`}} {{true}}", "1 -2 16 1.5 97 q\nraw\\n true");
    check("{{$.kind}}{{.labels.a}}", "List1");
}

#[test]
fn control() {
    check("{{if .yes}}y{{else}}n{{end}}{{if .empty}}y{{else if .kind}}k{{else}}n{{end}}", "yk");
    check("{{range .items}}{{.metadata.name}},{{end}}{{range .empty}}x{{else}}none{{end}}", "web-0,web-1,none");
    check("{{range $i, $e := .items}}{{$i}}={{$e.n}} {{end}}", "0=1 1=2 ");
    check("{{range $e := .items}}{{$e.n}}{{$.kind}} {{end}}", "1List 2List ");
    check("{{range $k, $v := .labels}}{{$k}}:{{$v}} {{end}}", "a:1 b:2 x/y:3 ");
    check("{{range 3}}{{.}}{{end}}{{range .none}}x{{end}}", "012");
    check("{{range .items}}{{if eq .n 1}}{{continue}}{{end}}{{.n}}{{end}}", "2");
    check("{{range .items}}{{.n}}{{break}}{{end}}", "1");
    check(
        "{{with .labels}}{{.a}}{{end}}{{with .nope}}x{{else}}e{{end}}{{with .nope}}x{{else with .kind}}{{.}}{{end}}",
        "1eList",
    );
    check("{{$x := 1}}{{range .items}}{{$x = .n}}{{end}}{{$x}}", "2");
    check("{{define \"t\"}}<{{.n}}>{{end}}{{range .items}}{{template \"t\" .}}{{end}}", "<1><2>");
    check("{{block \"b\" .kind}}[{{.}}]{{end}}", "[List]");
    check("a {{- /* comment */ -}} b{{/* c */}} {{- .kind -}}  !", "abList!");
    check("{{range .items}}\n{{- .n}}\n{{end}}", "1\n2\n");
}

#[test]
fn functions() {
    check("{{len .items}}{{len .kind}}{{.items | len}}", "242");
    check("{{index .labels \"x/y\"}}{{index .items 1 \"n\"}}{{index .labels \"no\"}}", "32<no value>");
    check("{{slice .kind 1 3}}{{slice .items 1 | len}}", "is1");
    check("{{eq .count 3}}{{eq .kind \"a\" \"List\"}}{{ne .count 3}}{{eq .nope \"a\"}}", "truetruefalsefalse");
    check("{{lt 1 2}}{{le 2 2}}{{gt .count 2}}{{ge 1 2}}{{lt \"a\" \"b\"}}", "truetruetruefalsetrue");
    check("{{and .yes .kind}}{{or .empty .kind}}{{not .yes}}{{or .nope \"d\"}}", "ListListfalsed");
    check("{{print 1 2 \"x\" 3}}|{{println \"a\" 1}}", "1 2x3|a 1\n");
    check("{{printf \"%s %d %v %q %t\" .kind .count .labels.a .kind .yes}}", "List 3 1 \"List\" true");
    check("{{printf \"%5d|%-5s|%05d|%.1f|%x\" 3 \"ab\" 42 .ratio 255}}", "    3|ab   |00042|2.5|ff");
    check(
        "{{printf \"%d %s\" .kind}}{{printf \"x\" 1}}{{printf \"%s\" .nope}}",
        "%!d(string=List) %!s(MISSING)x%!(EXTRA int=1)%!s(<nil>)",
    );
    check("{{.kind | printf \"%s-%s\" \"a\"}}", "a-List");
    check("{{.secret | base64decode}} {{base64decode .secret}}", "hello hello");
    check("{{exists .labels \"a\"}}{{exists . \"items\" 0 \"metadata\"}}{{exists .labels \"z\"}}", "truetruefalse");
    check("{{html \"<a&'\\\">\"}} {{js \"'\"}} {{urlquery \"a b/c\"}}", "&lt;a&amp;&#39;&#34;&gt; \\' a+b%2Fc");
    check("{{if and .yes (eq .count 3)}}both{{end}}{{(index .items 0).metadata.name}}", "bothweb-0");
}

#[test]
fn failures_while_running() {
    fails("{{.nope}}", "template: output:1:2: executing \"output\" at <.nope>: map has no entry for key \"nope\"");
    fails(
        "x\n{{.metadata.a}}",
        "template: output:2:11: executing \"output\" at <.metadata.a>: map has no entry for key \"metadata\"",
    );
    fails(
        "{{.kind.a}}",
        "template: output:1:7: executing \"output\" at <.kind.a>: can't evaluate field a in type interface {}",
    );
    fails("{{len 3}}", "template: output:1:2: executing \"output\" at <len 3>: error calling len: len of type int");
    fails(
        "{{index .items 5}}",
        "template: output:1:2: executing \"output\" at <index .items 5>: error calling index: index out of range: 5",
    );
    fails(
        "{{lt .kind 3}}",
        "template: output:1:2: executing \"output\" at <lt .kind 3>: error calling lt: incompatible types for comparison",
    );
    fails("{{len}}", "template: output:1:2: executing \"output\" at <len>: wrong number of args for len: want 1 got 0");
    fails(
        "{{range .kind}}{{end}}",
        "template: output:1:8: executing \"output\" at <.kind>: range can't iterate over List",
    );
    fails(
        "{{.kind | .items}}",
        "template: output:1:10: executing \"output\" at <.items>: items is not a method but has arguments",
    );
    fails("{{nil}}", "template: output:1:2: executing \"output\" at <nil>: nil is not a command");
    fails(
        "{{base64decode \"a\"}}",
        "template: output:1:2: executing \"output\" at <base64decode \"a\">: error calling base64decode: base64 decode \
         failed: illegal base64 data at input byte 0",
    );
    assert_eq!(run("a{{.kind.b}}", true).0, "a");
}

#[test]
fn failures_to_parse() {
    fails("{{.a", "template: output:1: unclosed action");
    fails("{{.a\n", "template: output:2: unclosed action started at output:1");
    fails("{{if .a}}", "template: output:1: unexpected EOF");
    fails("{{end}}", "template: output:1: unexpected {{end}}");
    fails("{{else}}", "template: output:1: unexpected {{else}}");
    fails("{{}}", "template: output:1: missing value for command");
    fails("{{if}}{{end}}", "template: output:1: missing value for if");
    fails("{{nofunc .a}}", "template: output:1: function \"nofunc\" not defined");
    fails("{{$x}}", "template: output:1: undefined variable \"$x\"");
    fails("{{.a | 3}}", "template: output:1: non executable command in pipeline stage 2");
    fails("{{\"a}}", "template: output:1: unterminated quoted string");
    fails("{{/* a", "template: output:1: unclosed comment");
    fails("{{(.a}}", "template: output:1: unclosed left paren");
    fails("{{.a)}}", "template: output:1: unexpected right paren");
    fails("{{break}}", "template: output:1: {{break}} outside {{range}}");
    fails("{{.a!}}", "template: output:1: bad character U+0021 '!'");
    fails("{{3a}}", "template: output:1: bad number syntax: \"3a\"");
    fails("{{\"a\".b}}", "template: output:1: unexpected . after term \"\\\"a\\\"\"");
    fails("{{$a, $b := .x}}", "template: output:1: too many declarations in command");
}

proptest! {
    #[test]
    fn no_template_panics(template in "\\PC*") {
        let _ = run(&template, true);
    }

    #[test]
    fn no_likely_template_panics(words in prop::collection::vec(prop::sample::select(vec![
        "{{", "}}", "{{-", "-}}", " ", "if", "else", "end", "range", "with", "define", "template", "\"t\"", "`", "'a'",
        ".items", ".kind", ".", "$", "$x", ":=", "=", ",", "|", "(", ")", "len", "index", "slice", "printf", "\"%5d%v\"",
        "eq", "lt", "1", "-1", "0", "2.5", "nil", "exists", "base64decode", "/*", "*/", "é", "\n", "break", "text",
    ]), 0..24)) {
        let _ = run(&words.concat(), true);
        let _ = run(&format!("{{{{{}}}}}", words.join(" ")), false);
    }
}
