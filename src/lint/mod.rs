//! Manifests checked without running them: what Kubernetes accepts and people regret. A rule is a row of
//! [`rules::all`]: what it finds, why that matters, where it is written, and a bad example that the tests hold it to.
//!
//! Nothing here runs a cluster. What the server would refuse is asked of the server itself (`refused`).

pub mod allow;
pub mod json;
mod known;
mod refused;
pub mod rules;
pub mod sarif;
mod scope;
pub mod show;

use std::collections::BTreeSet;

use crate::manifest::{Document, Problem};

use allow::Allows;
pub use scope::{Nodes, Scope, Subject};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It works until something happens.
    Warning,
    /// It does not work, or loses data.
    Error,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A rule.
pub struct Rule {
    /// Its number, which never changes its meaning.
    pub id: &'static str,
    /// Its name, in words.
    pub name: &'static str,
    /// How bad its findings are.
    pub severity: Severity,
    /// What it finds, in a line.
    pub title: &'static str,
    /// Why that matters.
    pub because: &'static str,
    /// Where the behaviour is written: rules of the specification, Kubernetes' own files, notes.
    pub sources: &'static [&'static str],
    /// How the lab shows it.
    pub see: Option<See>,
    /// A manifest that it finds fault with.
    pub bad: Bad,
    /// Looks for it.
    pub check: fn(&Scope, &mut Found),
}

/// Commands that show what a rule warns of. `{file}`, `{object}`, `{set}` and `{service}` stand for the finding's file and
/// object, its set (or the first one of the files) and that set's Service.
pub struct See {
    /// What to type.
    pub run: &'static [&'static str],
    /// Words of what comes then.
    pub shows: &'static str,
}

/// A good manifest, and what makes it bad.
pub struct Bad {
    /// The good one.
    pub good: &'static str,
    /// Texts of it, each with what stands there instead.
    pub edits: &'static [(&'static str, &'static str)],
}

impl Bad {
    /// The manifest.
    #[must_use]
    pub fn text(&self) -> String {
        self.edits.iter().fold(self.good.to_string(), |text, (from, to)| text.replacen(from, to, 1))
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's number.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The rule's line.
    pub title: &'static str,
    /// The object: `StatefulSet web`; none for a text that cannot be read.
    pub object: Option<String>,
    /// The field.
    pub path: String,
    /// Where it stands; none for what is only in the lab.
    pub place: Option<Place>,
    /// Why this is a fault here, in a sentence or two.
    pub why: String,
    /// What to write instead: YAML.
    pub fix: String,
    /// Where the behaviour is written.
    pub sources: &'static [&'static str],
    /// Commands that show it.
    pub see: Vec<String>,
    /// Why it is allowed, if a comment says so.
    pub allowed: Option<String>,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As the file was named.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters of the line it is about.
    pub width: usize,
    /// The line.
    pub text: String,
}

/// Collects what the rules find.
#[derive(Default)]
pub struct Found {
    rule: Option<&'static Rule>,
    /// The first set, and its Service.
    set: (String, String),
    findings: Vec<(usize, Finding)>,
}

impl Found {
    /// Adds a finding about a field of a subject.
    pub fn add(&mut self, subject: &Subject, path: &str, why: impl Into<String>, fix: impl Into<String>) {
        let Some(rule) = self.rule else { return };
        let (set, service) = match subject.kind.as_str() {
            "StatefulSet" => (subject.name.as_str(), subject.text("spec.serviceName").unwrap_or_default()),
            _ => (self.set.0.as_str(), self.set.1.as_str()),
        };
        let fill = |line: &&str| {
            let file = subject.file().filter(|file| *file != "STDIN").unwrap_or("FILE");
            let object = format!("{}/{}", subject.kind.to_lowercase(), subject.name);
            let line = line.replace("{file}", file).replace("{object}", &object);
            line.replace("{set}", set).replace("{service}", service)
        };
        let see = rule.see.as_ref().map(|see| see.run.iter().map(fill).collect()).unwrap_or_default();
        let finding = Finding {
            rule: rule.id,
            severity: rule.severity,
            title: rule.title,
            object: Some(subject.title()),
            path: path.to_string(),
            place: subject.place(path),
            why: why.into(),
            fix: fix.into(),
            sources: rule.sources,
            see,
            allowed: None,
        };
        self.findings.push((subject.order, finding));
    }

    /// Adds a finding without an object.
    fn add_place(&mut self, order: usize, place: Option<Place>, why: String, fix: String) {
        let Some(rule) = self.rule else { return };
        let (rule, severity, title, sources) = (rule.id, rule.severity, rule.title, rule.sources);
        let (object, path, see, allowed) = (None, String::new(), Vec::new(), None);
        let finding = Finding { rule, severity, title, object, path, place, why, fix, sources, see, allowed };
        self.findings.push((order, finding));
    }
}

/// What is checked, and what it is seen beside.
#[derive(Default)]
pub struct Input {
    /// The documents of the files.
    pub documents: Vec<Document>,
    /// The names of the files, in their order.
    pub files: Vec<String>,
    /// Why the rest of the files could not be read.
    pub problems: Vec<Problem>,
    /// The objects of a lab, in JSON: they answer for what the files do not hold.
    pub lab: Vec<serde_json::Value>,
    /// Whether the lab's objects are checked too.
    pub check_lab: bool,
    /// How many nodes there are, if it was said.
    pub nodes: Option<u32>,
}

/// All findings in the order of the files.
#[must_use]
pub fn lint(input: &Input, disabled: &BTreeSet<String>) -> Vec<Finding> {
    let scope = Scope::new(input);
    let name = |set: &Subject| (set.name.clone(), set.text("spec.serviceName").unwrap_or_default().to_string());
    let mut found = Found { set: scope.sets().next().map(name).unwrap_or_default(), ..Found::default() };
    for rule in rules::all().filter(|rule| !disabled.contains(rule.id)) {
        found.rule = Some(rule);
        (rule.check)(&scope, &mut found);
    }
    let mut findings = found.findings;
    Allows::read(&scope).apply(&mut findings, disabled);
    findings.sort_by_key(|(order, finding)| {
        let Some(place) = &finding.place else { return (usize::MAX, *order, 0, 0, finding.rule) };
        let file = input.files.iter().position(|file| *file == place.file).unwrap_or(usize::MAX - 1);
        (file, 0, place.line, place.column, finding.rule)
    });
    findings.into_iter().map(|(_, finding)| finding).collect()
}
