//! The rules of `sts-lab lint`, each with its bad example: the good manifest it is made from is clean, the bad one has
//! just this finding, and the commands that are said to show it do.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use sts_lab::lint::{Finding, Input, Rule, lint, rules, sarif};
use sts_lab::manifest::{Source, parse, shipped, yaml_to_json};

/// Rules whose commands show the same for the good manifest: a fault plays the program in one, and the other is about a
/// field that leaves no trace.
const SHOW_THE_SAME: &[&str] = &["STS074", "STS084"];

fn check(name: &str, text: &str) -> Vec<Finding> {
    let (documents, problem) = parse(Arc::new(Source::new(name, text)));
    let problems = problem.into_iter().collect();
    let mut findings = lint(&Input { documents, problems, ..Input::default() }, &BTreeSet::new());
    findings.retain(|finding| finding.allowed.is_none());
    findings
}

fn told(findings: &[Finding]) -> Vec<String> {
    let place = |f: &Finding| f.place.as_ref().map(|p| format!("{}:{}", p.file, p.line)).unwrap_or_default();
    findings.iter().map(|f| format!("{} {} {}", place(f), f.rule, f.why)).collect()
}

#[test]
fn numbers_and_names_are_given_once() {
    let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let names: BTreeSet<&str> = rules::all().map(|rule| rule.name).collect();
    assert!(ids.is_sorted() && ids.len() > 40, "{ids:?}");
    assert_eq!((ids.iter().collect::<BTreeSet<_>>().len(), names.len()), (ids.len(), ids.len()));
    for rule in rules::all() {
        assert!(rule.id.len() == 6 && rule.id.starts_with("STS"), "{}", rule.id);
        assert!(!rule.sources.is_empty() && rule.because.ends_with('.') && !rule.title.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn each_rule_finds_its_bad_example_and_nothing_else_does() {
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let clean = told(&check("good.yaml", rule.bad.good));
        assert!(clean.is_empty(), "{}: the good manifest is not clean: {clean:?}", rule.id);
        let mut text = rule.bad.good.to_string();
        for (from, to) in rule.bad.edits {
            assert_eq!(text.matches(from).count(), 1, "{}: not once in the manifest: {from:?}", rule.id);
            text = text.replacen(from, to, 1);
        }
        let findings = check("bad.yaml", &text);
        let (own, other): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(|f| f.rule == rule.id);
        if own.len() != 1 || !other.is_empty() {
            wrong.push(format!("{}: its own {:?}, others {:?}", rule.id, told(&own), told(&other)));
        }
        for finding in own {
            let place = finding.place.clone().unwrap_or_else(|| panic!("{} has no place", rule.id));
            assert_eq!(Some(place.text.as_str()), text.lines().nth(place.line - 1), "{}", rule.id);
            assert!(finding.why.ends_with('.') && finding.why.len() > 20, "{}: {}", rule.id, finding.why);
            assert!(!finding.fix.is_empty(), "{} says not what to write", rule.id);
            let long = finding.fix.lines().find(|line| line.chars().count() > 72);
            assert_eq!(long, None, "{}: too wide for 80 columns", rule.id);
            let fix = finding.fix.replace('…', "x");
            assert!(yaml_to_json(&fix).is_ok(), "{}: the fix is no YAML: {:?}\n{fix}", rule.id, yaml_to_json(&fix));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_ships_is_clean_or_says_why_not() {
    let mut wrong = Vec::new();
    for shipped in shipped::ALL {
        wrong.extend(told(&check(shipped.file, shipped.text)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the commands of a rule print in a new lab, in which `file` is the manifest.
fn seen(rule: &Rule, text: &str) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("bad.yaml"), text).expect("written");
    let findings = check("bad.yaml", &rule.bad.text());
    let finding = findings.iter().find(|finding| finding.rule == rule.id).expect("found");
    let mut printed = String::new();
    for line in &finding.see {
        let program = Path::new(env!("CARGO_BIN_EXE_sts-lab")).parent().expect("a folder");
        let mut bash = Command::new("bash");
        bash.args(["-c", &format!("exec 2>&1; {line}")]).current_dir(dir.path()).stdin(Stdio::null()).env_clear();
        let path = format!("{}:/usr/bin:/bin", program.display());
        let output = bash.env("PATH", path).env("STS_LAB_HOME", dir.path().join("home")).output().expect("bash runs");
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    printed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_lab_shows_what_a_rule_warns_of() {
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let Some(see) = &rule.see else { continue };
        let printed = seen(rule, &rule.bad.text());
        if !printed.contains(see.shows) {
            wrong.push(format!("{}: does not show {:?}: {printed}", rule.id, see.shows));
        }
        if !SHOW_THE_SAME.contains(&rule.id) && seen(rule, rule.bad.good).contains(see.shows) {
            wrong.push(format!("{}: the good manifest shows {:?}, too", rule.id, see.shows));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn sarif_has_what_its_schema_asks_for() {
    let text =
        "# sts-lab: allow STS050 because it is a test\n".to_string() + rules::find("STS050").expect("a rule").bad.good;
    let text =
        text.replace("replicas: 3", "replicas: 4\n  podManagementPolicy: Parallel").replace("nginx:1.28", "nginx");
    let text = text.replace("kind: PodDisruptionBudget", "kind: ConfigMap");
    let (documents, _) = parse(Arc::new(Source::new("a file.yaml", text)));
    let findings = lint(&Input { documents, ..Input::default() }, &BTreeSet::new());
    let log = sarif::log(&findings);
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.ends_with("sarif-schema-2.1.0.json")));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules = driver["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(results.len() > 3, "{log:#}");
    for result in results {
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap_or_default()));
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20file.yaml");
        let number = |key: &str| place["region"][key].as_u64().unwrap_or(0);
        assert!(number("startLine") >= 1 && number("startColumn") >= 1 && number("endColumn") > number("startColumn"));
    }
    let allowed: Vec<&Value> = results.iter().filter(|result| !result["suppressions"].is_null()).collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["suppressions"][0]["kind"], "inSource");
}

/// Found by feeding it broken manifests.
#[test]
fn what_is_no_object_at_all_is_no_reason_to_stop() {
    for (from, to) in [
        ("metadata:\n  name: nginx", "metadata: [1, a]"),
        ("replicas: 3", "replicas: 9223372036854775807\n  ordinals: {start: 9223372036854775807}"),
        ("readinessProbe:\n", "livenessProbe: soon\n          readinessProbe:\n"),
        ("maxUnavailable: 1", "maxUnavailable: 9223372036854775807%"),
        ("volumeClaimTemplates:\n", "volumeClaimTemplates: &x\n    - *x\n"),
    ] {
        let text = rules::find("STS050").expect("a rule").bad.good;
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1).replace("nginx:1.28", "mongo:8.0");
        assert!(!check("bad.yaml", &text).is_empty(), "{to}");
    }
    assert_eq!(told(&check("bad.yaml", "[1, 2]")), ["bad.yaml:1 STS002 The document has no kind."]);
}
