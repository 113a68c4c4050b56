//! The grades as CSV (RFC 4180): one line for each submission, one column for each check.

use std::collections::BTreeMap;

use super::Class;

/// The grades as CSV.
#[must_use]
pub fn csv(class: &Class) -> String {
    let mut checks: Vec<&str> = Vec::new();
    for finding in class.submissions.iter().flat_map(super::Grade::findings) {
        if !checks.contains(&finding.name.as_str()) {
            checks.push(&finding.name);
        }
    }
    let head = ["student", "points", "of", "standing", "variant", "commands", "minutes", "file", "remarks", "alike"];
    let mut out = row(head.iter().copied().chain(checks.iter().copied()));
    for grade in &class.submissions {
        let earned: BTreeMap<&str, u32> = grade.findings().map(|f| (f.name.as_str(), f.earned())).collect();
        let others = class.alike.iter().filter_map(|pair| match &pair.files {
            [one, _] if *one == grade.file => Some(pair.students[1].as_str()),
            [_, two] if *two == grade.file => Some(pair.students[0].as_str()),
            _ => None,
        });
        let remarks: Vec<String> = grade.remarks.iter().map(super::super::Remark::words).collect();
        let mut cells = vec![
            grade.student.clone(),
            grade.points.to_string(),
            grade.of.to_string(),
            super::standing(grade).to_string(),
            grade.variant.clone(),
            grade.commands.to_string(),
            grade.minutes.to_string(),
            grade.file.clone(),
            remarks.join(" "),
            others.collect::<Vec<_>>().join(" "),
        ];
        cells.extend(checks.iter().map(|name| earned.get(name).map_or_else(String::new, ToString::to_string)));
        out.push_str(&row(cells.iter().map(String::as_str)));
    }
    out
}

fn row<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    cells.map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A cell. What a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    let text = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text };
    if text.contains([',', '"', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
