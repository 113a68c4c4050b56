//! The grades on a screen.

use super::Class;
use crate::course::check::Finding;
use crate::course::grade::{Grade, Remark, Standing};
use crate::view::style::{Look, Tone};
use crate::view::table::{Cell, Table};

/// More pairs than this are told as a number.
const PAIRS: usize = 10;

/// A class as a table.
#[must_use]
pub fn table(class: &Class, look: Look) -> String {
    let mut out = look.beside("GRADES", Tone::Strong, &format!("{}: {}", class.exercise, class.summary()));
    out.push('\n');
    let mut table = Table::new(&["STUDENT", "#POINTS", "STANDING", "#COMMANDS", "~REMARKS"]);
    for grade in &class.submissions {
        let student = if grade.student.is_empty() { &grade.file } else { &grade.student };
        let failed: Vec<&str> = grade.findings().filter(|f| !f.holds).map(|f| f.name.as_str()).collect();
        let mut remarks: Vec<String> = grade.remarks.iter().map(Remark::words).collect();
        if !failed.is_empty() {
            remarks.insert(0, format!("failed: {}.", failed.join("; ")));
        }
        table.push(vec![
            student.as_str().into(),
            format!("{}/{}", grade.points, grade.of).into(),
            Cell::new(super::standing(grade), tone(grade)),
            grade.commands.to_string().into(),
            remarks.join(" ").into(),
        ]);
    }
    out.push_str(&table.without_empty_columns().render(look));
    if !class.alike.is_empty() {
        let title = look.beside("ALIKE", Tone::Strong, crate::course::grade::alike::MEASURE);
        out.push_str(&format!("\n{title}\n"));
        for pair in class.alike.iter().take(PAIRS) {
            out.push_str(&look.wrap(&format!("- {}", pair.words()), 2));
            out.push('\n');
        }
        if class.alike.len() > PAIRS {
            out.push_str(&format!("and {} more pairs: `-o json` has all of them\n", class.alike.len() - PAIRS));
        }
    }
    out
}

/// One submission, check by check. `hidden` is how many checks the instructor has besides.
#[must_use]
pub fn one(grade: &Grade, hidden: usize, look: Look) -> String {
    let mut out = String::new();
    for finding in grade.findings() {
        out.push_str(&line(finding, look));
    }
    for remark in &grade.remarks {
        out.push_str(&look.paint(&look.wrap(&remark.words(), 0), Tone::Bad));
        out.push('\n');
    }
    let mut last = format!("{} of {} points", grade.points, grade.of);
    if hidden > 0 {
        let checks = if hidden == 1 { "1 more check" } else { &format!("{hidden} more checks") };
        last.push_str(&format!("; the instructor has {checks} that you cannot see"));
    }
    let tone = if grade.is_full() { Tone::Good } else { Tone::Waiting };
    out.push_str(&format!("\n{}\n", look.paint(&last, tone)));
    out
}

fn line(finding: &Finding, look: Look) -> String {
    let (mark, tone) = if finding.holds { ("passed", Tone::Good) } else { ("failed", Tone::Bad) };
    let Finding { name, points, .. } = finding;
    let mut out = format!("{}  {name}  ({} of {points})\n", look.paint(mark, tone), finding.earned());
    let narrow = Look { width: look.width.saturating_sub(8), ..look };
    for paragraph in finding.feedback().lines().filter(|line| !line.trim().is_empty()) {
        let text = narrow.wrap(paragraph, 0).replace('\n', "\n        ");
        out.push_str(&format!("        {text}\n"));
    }
    out
}

fn tone(grade: &Grade) -> Tone {
    match grade.standing {
        Standing::Rejected => Tone::Bad,
        Standing::Suspicious => Tone::Waiting,
        Standing::Graded if grade.is_full() => Tone::Good,
        Standing::Graded => Tone::Plain,
    }
}
