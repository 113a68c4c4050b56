//! The grades as one page of HTML that needs nothing else: no script, no font, no picture.

use super::Class;
use super::junit::escape;
use crate::course::check::Finding;
use crate::course::grade::alike::MEASURE;
use crate::course::grade::{Grade, Standing};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8886;--good:#17692f;--bad:#a3201a;--odd:#7a4a00}
@media(prefers-color-scheme:dark){:root{--good:#7ddb97;--bad:#ff9d96;--odd:#ffca7a}}
body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}
table{border-collapse:collapse;width:100%}
caption{text-align:left;padding:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .7rem;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.full,.pass{color:var(--good)}.rejected,.fail{color:var(--bad)}.look{color:var(--odd)}
pre{white-space:pre-wrap;background:#8882;padding:.6rem;margin:.3rem 0}
details{border-bottom:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer}
";

/// The grades as one page.
#[must_use]
pub fn html(class: &Class) -> String {
    let title = format!("{} ({})", class.title, class.exercise);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Grades: {0}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Grades: {0}</h1>\n",
        escape(&title)
    );
    out.push_str(&format!("<p>{}</p>\n", escape(&class.summary())));
    let made = format!("Graded by {}; version of the exercise: {}.", class.program, class.version);
    out.push_str(&format!("<p>{}</p>\n", escape(&made)));
    overview(class, &mut out);
    hardest(class, &mut out);
    alike(class, &mut out);
    out.push_str("<h2 id=\"each\">Each submission</h2>\n");
    for (index, grade) in class.submissions.iter().enumerate() {
        submission(index, grade, &mut out);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn overview(class: &Class, out: &mut String) {
    out.push_str(
        "<h2>All</h2>\n<table>\n<caption>One row for each submission</caption>\n<thead><tr><th scope=\"col\">Student</th>\
         <th scope=\"col\" class=\"n\">Points</th><th scope=\"col\">Standing</th><th scope=\"col\">Variant</th>\
         <th scope=\"col\" class=\"n\">Commands</th><th scope=\"col\">File</th></tr></thead>\n<tbody>\n",
    );
    for (index, grade) in class.submissions.iter().enumerate() {
        let student = if grade.student.is_empty() { "unknown" } else { &grade.student };
        out.push_str(&format!(
            "<tr><th scope=\"row\"><a href=\"#s{index}\">{}</a></th><td class=\"n\">{} of {}</td><td class=\"{}\">{}</td>\
             <td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
            escape(student),
            grade.points,
            grade.of,
            class_of(grade),
            super::standing(grade),
            escape(&grade.variant),
            grade.commands,
            escape(&grade.file)
        ));
    }
    out.push_str("</tbody>\n</table>\n");
}

fn hardest(class: &Class, out: &mut String) {
    let hardest = class.hardest();
    if hardest.is_empty() {
        return;
    }
    out.push_str(
        "<h2>What was hard</h2>\n<table>\n<caption>Checks that submissions failed</caption>\n<thead><tr>\
         <th scope=\"col\">Check</th><th scope=\"col\" class=\"n\">Failed by</th></tr></thead>\n<tbody>\n",
    );
    for (name, count) in hardest {
        let name = escape(&name);
        out.push_str(&format!("<tr><th scope=\"row\">{name}</th><td class=\"n\">{count}</td></tr>\n"));
    }
    out.push_str("</tbody>\n</table>\n");
}

fn alike(class: &Class, out: &mut String) {
    if class.alike.is_empty() {
        return;
    }
    out.push_str(&format!("<h2>Alike</h2>\n<p>{}</p>\n<ul>\n", escape(MEASURE)));
    for pair in &class.alike {
        let files = format!("{} and {}", pair.files[0], pair.files[1]);
        out.push_str(&format!("<li>{} <small>({})</small></li>\n", escape(&pair.words()), escape(&files)));
    }
    out.push_str("</ul>\n");
}

fn submission(index: usize, grade: &Grade, out: &mut String) {
    let student = if grade.student.is_empty() { &grade.file } else { &grade.student };
    out.push_str(&format!(
        "<details id=\"s{index}\"><summary><strong>{}</strong>: {} of {} points, <span class=\"{}\">{}</span></summary>\n",
        escape(student),
        grade.points,
        grade.of,
        class_of(grade),
        super::standing(grade)
    ));
    if !grade.remarks.is_empty() {
        out.push_str("<ul>\n");
        for remark in &grade.remarks {
            out.push_str(&format!("<li>{}</li>\n", escape(&remark.words())));
        }
        out.push_str("</ul>\n");
    }
    if !grade.checks.is_empty() {
        out.push_str(
            "<table>\n<caption>Checks</caption>\n<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Result</th>\
             <th scope=\"col\" class=\"n\">Points</th><th scope=\"col\">Feedback</th></tr></thead>\n<tbody>\n",
        );
        for finding in &grade.checks {
            row(finding, "", out);
        }
        for finding in &grade.hidden {
            row(finding, " (hidden)", out);
        }
        out.push_str("</tbody>\n</table>\n");
    }
    if !grade.typed.is_empty() {
        out.push_str(&format!("<p>Commands:</p>\n<pre>{}</pre>\n", escape(&grade.typed.join("\n"))));
    }
    out.push_str("</details>\n");
}

fn row(finding: &Finding, note: &str, out: &mut String) {
    let (class, word) = if finding.holds { ("pass", "passed") } else { ("fail", "failed") };
    out.push_str(&format!(
        "<tr><th scope=\"row\">{}{note}</th><td class=\"{class}\">{word}</td><td class=\"n\">{} of {}</td><td>{}</td></tr>\n",
        escape(&finding.name),
        finding.earned(),
        finding.points,
        escape(&finding.feedback())
    ));
}

fn class_of(grade: &Grade) -> &'static str {
    match grade.standing {
        Standing::Rejected => "rejected",
        Standing::Suspicious => "look",
        Standing::Graded if grade.is_full() => "full",
        Standing::Graded => "",
    }
}
