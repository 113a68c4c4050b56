//! Findings as people read them: the line, why it matters, what to write instead, and where it is written; the list of
//! rules, and one rule in full.

use super::rules;
use super::{Finding, Place, Rule, Severity};
use crate::view::section::Section;
use crate::view::style::{Look, Tone};
use crate::view::table::Cell;
use crate::view::words::count;

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Strong,
        Severity::Warning => Tone::Waiting,
        Severity::Error => Tone::Bad,
    }
}

/// A finding, in full.
#[must_use]
pub fn finding(finding: &Finding, look: Look) -> String {
    let place = finding.place.as_ref().map(|p| format!("{}:{}:{}: ", p.file, p.line, p.column)).unwrap_or_default();
    let object = finding.object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
    let word = look.paint(finding.severity.word(), tone(finding.severity));
    let id = look.paint(finding.rule, Tone::Strong);
    let plain = format!("{place}{} {} {object}{}", finding.severity.word(), finding.rule, finding.title);
    let head = look.wrap(&plain, 2);
    let marked = format!("{} {}", finding.severity.word(), finding.rule);
    let mut out = head.replacen(&marked, &format!("{word} {id}"), 1) + "\n";
    if let Some(place) = &finding.place {
        out.push_str(&line(place, finding.severity, look));
    }
    out.push_str(&look.beside("  WHY", Tone::Faint, &finding.why));
    for (at, text) in finding.fix.lines().enumerate() {
        let title = if at == 0 { "  FIX" } else { "" };
        out.push_str(format!("{}{}{text}", look.paint(title, Tone::Faint), " ".repeat(8 - title.len())).trim_end());
        out.push('\n');
    }
    out.push_str(&look.beside("  RULE", Tone::Faint, &finding.sources.join("; ")));
    for (at, command) in finding.see.iter().enumerate() {
        let title = if at == 0 { "  SEE" } else { "" };
        out.push_str(&format!("{}{}{command}\n", look.paint(title, Tone::Faint), " ".repeat(8 - title.len())));
    }
    if let Some(because) = &finding.allowed {
        out.push_str(&look.beside("  FINE", Tone::Good, because));
    }
    out
}

/// The line of a place, with the spot marked below it.
fn line(place: &Place, severity: Severity, look: Look) -> String {
    let number = place.line.to_string();
    let room = look.width.saturating_sub(number.len() + 5).max(20);
    let start = if place.column > room { place.column - 1 - room / 2 } else { 0 };
    let shown: String = place.text.trim_end().chars().skip(start).take(room).collect();
    let spot = place.column - 1 - start;
    let width = place.width.min(room.saturating_sub(spot)).max(1);
    let gap = " ".repeat(number.len());
    let marks = look.paint(&"^".repeat(width), tone(severity));
    format!("  {number} | {shown}\n  {gap} | {}{marks}\n", " ".repeat(spot))
}

/// A finding in a line, as compilers print them.
#[must_use]
pub fn brief(finding: &Finding, look: Look) -> String {
    let place = finding.place.as_ref().map(|p| format!("{}:{}:{}: ", p.file, p.line, p.column)).unwrap_or_default();
    let word = look.paint(finding.severity.word(), tone(finding.severity));
    let object = finding.object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
    format!("{place}{word}: {object}{} [{}]\n", finding.title, finding.rule)
}

/// What the findings come to, in a line.
#[must_use]
pub fn summary(findings: &[Finding], files: usize, look: Look) -> String {
    let shown = |severity| findings.iter().filter(|f| f.allowed.is_none() && f.severity == severity).count();
    let parts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "info")]
        .into_iter()
        .map(|(severity, noun)| (shown(severity), severity, noun))
        .filter(|(number, ..)| *number > 0)
        .map(|(number, severity, noun)| look.paint(&count(number, noun), tone(severity)))
        .collect();
    let allowed = findings.iter().filter(|finding| finding.allowed.is_some()).count();
    let allowed =
        if allowed == 0 { String::new() } else { format!("; {allowed} allowed, each with a reason (--allowed)") };
    let files = if files == 0 { "the lab".to_string() } else { count(files, "file") };
    if parts.is_empty() {
        return format!("{} in {files}{allowed}\n", look.paint("nothing found", Tone::Good));
    }
    format!("{} in {files}{allowed}\n", parts.join(", "))
}

/// All rules.
#[must_use]
pub fn list() -> Section {
    let about = "What `sts-lab lint` looks for; `sts-lab lint --explain RULE` says more.";
    let mut section = Section::new("RULES", about, &["RULE", "SEVERITY", "~FINDS"]);
    for rule in rules::all() {
        let severity = Cell::new(rule.severity.word(), tone(rule.severity));
        section.table.row([rule.id.into(), severity, rule.title.into()]);
    }
    section
}

/// A rule in full: why it is one, where that is written, a bad example beside a good one, and how to see it.
#[must_use]
pub fn explain(rule: &Rule, look: Look) -> String {
    let severity = look.paint(rule.severity.word(), tone(rule.severity));
    let mut out = format!("{} {} ({severity})\n", look.paint(rule.id, Tone::Strong), rule.name);
    out.push_str(&look.beside("FINDS", Tone::Strong, &format!("{}.", rule.title)));
    out.push_str(&look.beside("BECAUSE", Tone::Strong, rule.because));
    out.push_str(&look.beside("SOURCE", Tone::Strong, &rule.sources.join("; ")));
    out.push_str(&look.paint("\nBAD (-), and as it should be (+)\n", Tone::Strong));
    for (good, bad) in rule.bad.edits {
        let (good, bad) = apart(good, bad);
        for (mark, tone, text) in [('-', Tone::Bad, bad), ('+', Tone::Good, good)] {
            for line in text.lines() {
                out.push_str(&look.paint(&format!("{mark} {}", line.replace('\t', "    ")), tone));
                out.push('\n');
            }
        }
    }
    if let Some(see) = &rule.see {
        out.push_str(&look.paint("\nSEE IT\n", Tone::Strong));
        for command in see.run {
            let command = command
                .replace("{file}", "bad.yaml")
                .replace("{object}", "deployment/web")
                .replace("{set}", "web")
                .replace("{service}", "nginx");
            out.push_str(&format!("{command}\n"));
        }
        out.push_str(&format!("`sts-lab lint --example {} > bad.yaml` writes the bad manifest.\n", rule.id));
    }
    out.push_str(&format!("\nWhere it is meant so:\n# sts-lab: allow {} because …\n", rule.id));
    out
}

/// Two texts without the lines that both end or begin with.
fn apart<'t>(good: &'t str, bad: &'t str) -> (String, String) {
    let (mut good, mut bad): (Vec<&str>, Vec<&str>) = (good.lines().collect(), bad.lines().collect());
    while good.len() > 1 && good.last() == bad.last() {
        good.pop();
        bad.pop();
    }
    if good.last() == bad.last() && !good.is_empty() {
        good.pop();
        bad.pop();
    }
    while bad.first().is_some_and(|line| line.starts_with("apiVersion") && good.first() == Some(line)) {
        good.remove(0);
        bad.remove(0);
    }
    (good.join("\n"), bad.join("\n"))
}
