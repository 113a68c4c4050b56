//! Markdown and what a terminal of forty columns shows of it.

use super::*;

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(render(text, Look { width: 40, color: false }), expect);
}

#[test]
fn paragraphs_and_words() {
    check("", "");
    check(
        "One\ntwo **three**.\n\nFour `kubectl get pods` five six seven.",
        "One two three.\n\nFour `kubectl get pods` five six seven.\n",
    );
    check(
        "# Head\nText with `a b` that is longer than forty columns are.",
        "Head\n\nText with `a b` that is longer than\nforty columns are.\n",
    );
}

#[test]
fn lists_keep_their_shape() {
    check(
        "Two:\n\n- one that is longer than the line of forty columns\n- two\n  1. inner\n  2. next\n\nEnd.",
        "Two:\n\n- one that is longer than the line of\n  forty columns\n- two\n  1. inner\n  2. next\n\nEnd.\n",
    );
    check("1. a\n2. b\n", "1. a\n2. b\n");
}

#[test]
fn quotes_keep_their_margin() {
    check(
        "Pager:\n\n> Everything is green, and there is not one order.\n>\n> - Say that there is `a backup`.\n\nNow.",
        "Pager:\n\n│ Everything is green, and there is not\n│ one order.\n│\n│ - Say that there is `a backup`.\n\nNow.\n",
    );
    check("> a\n> > b\n\nc", "│ a\n│\n│ │ b\n\nc\n");
}

#[test]
fn code_and_tables() {
    check(
        "Run:\n\n```shell\nkubectl get pods \\\n  -w\n```\nThen.",
        "Run:\n\n    kubectl get pods \\\n      -w\n\nThen.\n",
    );
    check(
        "| A | Why |\n|---|---|\n| `x` | because it is longer than the width |\n",
        "A    Why\n`x`  because it is longer than the width\n",
    );
}

#[test]
fn colours_take_the_marks_away() {
    crate::view::style::allow_colors(true);
    let text = render("Type `get pods` **now**.", Look { width: 40, color: true });
    assert_eq!(text, "Type \u{1b}[1mget pods\u{1b}[0m \u{1b}[1mnow\u{1b}[0m.\n");
}

#[test]
fn commands_names_and_plain_words() {
    let text = "Do `web-0`:\n\n```shell\n$ kubectl get \\\n  pods\n# no\n! kubectl x\n```\n```yaml\na: b\n```\n";
    assert_eq!(shell_lines(text), ["kubectl get    pods", "! kubectl x"]);
    assert_eq!(code(text), ["web-0"]);
    assert_eq!(one_line("A **b** `c`\n\n- d"), "A b c d");
}
