//! Findings as SARIF 2.1.0, the format that code hosts and editors read. Findings that a comment allows are in it, too,
//! as suppressed.

use serde_json::{Value, json};

use super::{Finding, Place, Rule, Severity, rules};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The log of one run.
#[must_use]
pub fn log(findings: &[Finding]) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sts-lab lint",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules::all().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "name": camel(rule.name),
        "shortDescription": {"text": capital(rule.title)},
        "fullDescription": {"text": rule.because},
        "help": {"text": format!("sts-lab lint --explain {}\nSource: {}", rule.id, rule.sources.join("; "))},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

fn result(finding: &Finding) -> Value {
    let index = rules::all().position(|rule| rule.id == finding.rule);
    let object = finding.object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": format!("{object}{}. {}", finding.title, finding.why)},
        "locations": finding.place.iter().map(location).collect::<Vec<_>>(),
        "properties": {"object": finding.object, "path": finding.path, "fix": finding.fix, "see": finding.see},
    });
    if let Some(index) = index {
        result["ruleIndex"] = index.into();
    }
    if let Some(because) = &finding.allowed {
        result["suppressions"] = json!([{"kind": "inSource", "justification": because}]);
    }
    result
}

fn location(place: &Place) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&place.file)},
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endColumn": place.column + place.width,
            "snippet": {"text": place.text},
        },
    }})
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect::<String>() + ".")
}

fn camel(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ü.yaml"), "a%20b/%C3%BC.yaml");
        assert_eq!((camel("no-budget"), capital("it is so")), ("NoBudget".to_string(), "It is so.".to_string()));
    }
}
