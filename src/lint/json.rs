//! Findings as JSON: for programs that read all of it.

use serde_json::{Value, json};

use super::Finding;

/// A finding.
#[must_use]
pub fn finding(finding: &Finding) -> Value {
    let place = finding.place.as_ref();
    json!({
        "rule": finding.rule,
        "severity": finding.severity.word(),
        "title": finding.title,
        "object": finding.object,
        "path": finding.path,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "text": place.map(|place| &place.text),
        "why": finding.why,
        "fix": finding.fix,
        "sources": finding.sources,
        "see": finding.see,
        "allowed": finding.allowed,
    })
}

/// All of them, with what they come to.
#[must_use]
pub fn report(findings: &[Finding], files: usize) -> Value {
    let count = |word: &str| findings.iter().filter(|f| f.allowed.is_none() && f.severity.word() == word).count();
    json!({
        "files": files,
        "errors": count("error"),
        "warnings": count("warning"),
        "infos": count("info"),
        "allowed": findings.iter().filter(|f| f.allowed.is_some()).count(),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
