//! The grades as JUnit XML: a suite for each submission, a case for each check. What JUnit has no word for is in
//! properties.

use super::Class;
use crate::course::check::Finding;
use crate::course::grade::{Grade, Standing};

/// The grades as JUnit XML.
#[must_use]
pub fn junit(class: &Class) -> String {
    let cases: usize = class.submissions.iter().map(|grade| grade.findings().count().max(1)).sum();
    let failures: usize = class.submissions.iter().map(failures).sum();
    let errors = class.submissions.iter().filter(|grade| grade.checks.is_empty()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = escape(&class.exercise);
    out.push_str(&format!(
        "<testsuites name=\"{name}\" tests=\"{cases}\" failures=\"{failures}\" errors=\"{errors}\">\n"
    ));
    for grade in &class.submissions {
        suite(class, grade, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn failures(grade: &Grade) -> usize {
    grade.findings().filter(|finding| !finding.holds).count()
}

fn suite(class: &Class, grade: &Grade, out: &mut String) {
    let name = escape(if grade.student.is_empty() { &grade.file } else { &grade.student });
    let tests = grade.findings().count().max(1);
    let errors = usize::from(grade.checks.is_empty());
    out.push_str(&format!(
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{}\" errors=\"{errors}\">\n    <properties>\n",
        failures(grade)
    ));
    let properties = [
        ("points", grade.points.to_string()),
        ("of", grade.of.to_string()),
        ("standing", super::standing(grade).to_string()),
        ("variant", grade.variant.clone()),
        ("file", grade.file.clone()),
    ];
    for (name, value) in properties {
        out.push_str(&format!("      <property name=\"{name}\" value=\"{}\"/>\n", escape(&value)));
    }
    out.push_str("    </properties>\n");
    let class_name = escape(&class.exercise);
    for finding in grade.findings() {
        case(&class_name, finding, out);
    }
    let remarks: Vec<String> = grade.remarks.iter().map(crate::course::grade::Remark::words).collect();
    if grade.checks.is_empty() {
        let why = escape(&remarks.join(" "));
        let case = format!("    <testcase classname=\"{class_name}\" name=\"the submission can be graded\">\n");
        out.push_str(&format!("{case}      <error message=\"{why}\"/>\n    </testcase>\n"));
    } else if !remarks.is_empty() || grade.standing == Standing::Suspicious {
        out.push_str(&format!("    <system-out>{}</system-out>\n", escape(&remarks.join("\n"))));
    }
    out.push_str("  </testsuite>\n");
}

fn case(class: &str, finding: &Finding, out: &mut String) {
    let name = escape(&finding.name);
    if finding.holds {
        out.push_str(&format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n"));
        return;
    }
    let (message, text) = (escape(&finding.reason), escape(&finding.feedback()));
    out.push_str(&format!(
        "    <testcase classname=\"{class}\" name=\"{name}\">\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>\n"
    ));
}

/// Text as XML has it: what XML cannot hold is left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
