//! Comments that allow a finding: `# sts-lab: allow STS050 because one server more is not worth it`.
//!
//! Before the first document such a comment holds for the whole file, before the first field of a document for the
//! document, elsewhere for the line below it (or beside it) and what is indented deeper. Without a reason it allows
//! nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::rules::{self, Bad, Rule, SET, Severity};
use super::{Finding, Found, Place, Scope};
use crate::manifest::{Source, did_you_mean};

/// The rule about these comments themselves.
pub const RULE: Rule = Rule {
    id: "STS009",
    name: "allow",
    severity: Severity::Warning,
    title: "this comment allows nothing",
    because: "A comment `# sts-lab: allow RULE because REASON` takes a finding off the list, with its reason on record. \
              One that names no rule, gives no reason or has nothing to allow is out of date or mistyped.",
    sources: &["sts-lab lint --help"],
    see: None,
    bad: Bad { good: SET, edits: &[("  replicas: 3", "  # sts-lab: allow STS050\n  replicas: 3")] },
    check: |_: &Scope, _: &mut Found| {},
};

/// A comment.
struct Allow {
    source: Arc<Source>,
    line: usize,
    /// The lines it holds for.
    first: usize,
    last: usize,
    rules: Vec<String>,
    because: String,
    order: usize,
}

/// All comments of the files.
pub struct Allows(Vec<Allow>);

impl Allows {
    /// Reads the comments of all files.
    #[must_use]
    pub fn read(scope: &Scope) -> Allows {
        let mut sources: Vec<(Arc<Source>, usize)> = Vec::new();
        for (order, document) in scope.subjects.iter().filter_map(|s| Some((s.order, s.document.as_ref()?))) {
            if !sources.iter().any(|(source, _)| Arc::ptr_eq(source, &document.source)) {
                sources.push((Arc::clone(&document.source), order));
            }
        }
        Allows(sources.iter().flat_map(|(source, order)| comments(source, *order)).collect())
    }

    /// Marks the findings that are allowed; adds one for each comment that allows nothing.
    pub fn apply(&self, findings: &mut Vec<(usize, Finding)>, disabled: &BTreeSet<String>) {
        let mut used: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (_, finding) in findings.iter_mut() {
            let Some(place) = &finding.place else { continue };
            let holds = |allow: &&Allow| {
                allow.source.name == place.file
                    && (allow.first..=allow.last).contains(&place.line)
                    && allow.rules.iter().any(|rule| rule == finding.rule)
                    && !allow.because.is_empty()
            };
            // The nearest comment is the one that was meant.
            let nearest = self.0.iter().enumerate().filter(|(_, allow)| holds(allow)).max_by_key(|(_, a)| a.first);
            if let Some((at, allow)) = nearest {
                finding.allowed = Some(allow.because.clone());
                used.insert((at, finding.rule));
            }
        }
        if disabled.contains(RULE.id) {
            return;
        }
        for (at, allow) in self.0.iter().enumerate() {
            findings.extend(allow.fault(at, &used, disabled).map(|(why, fix)| (allow.order, allow.finding(why, fix))));
        }
    }
}

impl Allow {
    fn fault(
        &self,
        at: usize,
        used: &BTreeSet<(usize, &str)>,
        disabled: &BTreeSet<String>,
    ) -> Option<(String, String)> {
        let example = |id: &str, because: &str| format!("# sts-lab: allow {id} because {because}");
        let first = self.rules.first().map_or("STS050", String::as_str);
        if self.rules.is_empty() {
            return Some(("It names no rule.".into(), example("STS050", "…")));
        }
        if self.because.is_empty() {
            let why = "It gives no reason, so it allows nothing: whoever reads it next must know why.";
            return Some((why.into(), example(&self.rules.join(", "), "…")));
        }
        if let Some(id) = self.rules.iter().find(|id| rules::find(id).is_none()) {
            let near = did_you_mean(id, rules::all().map(|rule| rule.id)).unwrap_or(first);
            return Some((format!("There is no rule {id}."), example(near, &self.because)));
        }
        let idle = self.rules.iter().find(|id| !disabled.contains(*id) && !used.contains(&(at, id.as_str())))?;
        Some((format!("{idle} finds nothing where it holds."), "# remove the comment".into()))
    }

    fn finding(&self, why: String, fix: String) -> Finding {
        let text = self.source.text.lines().nth(self.line - 1).unwrap_or_default().to_string();
        let column = text.find('#').map_or(1, |at| text[..at].chars().count() + 1);
        let width = text.trim_end().chars().count().saturating_sub(column - 1).max(1);
        Finding {
            rule: RULE.id,
            severity: RULE.severity,
            title: RULE.title,
            object: None,
            path: String::new(),
            place: Some(Place { file: self.source.name.clone(), line: self.line, column, width, text }),
            why,
            fix,
            sources: RULE.sources,
            see: Vec::new(),
            allowed: None,
        }
    }
}

/// The comments of a file, each with the lines it holds for.
fn comments(source: &Arc<Source>, order: usize) -> Vec<Allow> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((before, words)) = directive(line) else { continue };
        let (first, last) = if before.trim().is_empty() { below(&lines, at) } else { (at, block_end(&lines, at)) };
        let (ids, because) = words.split_once("because").unwrap_or((words, ""));
        let ids = ids.split([',', ' ']).map(str::trim).filter(|id| !id.is_empty());
        out.push(Allow {
            source: Arc::clone(source),
            line: at + 1,
            first: first + 1,
            last: last + 1,
            rules: ids.map(str::to_uppercase).collect(),
            because: continued(because, &lines[at + 1..]),
            order,
        });
    }
    out
}

/// A reason may go on in the comment lines below it, as long as they are indented behind the `#`.
fn continued(because: &str, rest: &[&str]) -> String {
    let mut words = vec![because.trim()];
    if !because.trim().is_empty() {
        let more =
            rest.iter().map_while(|line| line.trim_start().strip_prefix("#  ")).filter(|l| directive(l).is_none());
        words.extend(more.map(str::trim));
    }
    words.join(" ")
}

/// What stands before the comment, and its words after `allow`.
fn directive(line: &str) -> Option<(&str, &str)> {
    let at = line.find("sts-lab: allow")?;
    let (before, words) = line.split_at(at);
    let before = before.trim_end().strip_suffix('#')?;
    (before.is_empty() || before.ends_with(char::is_whitespace))
        .then(|| (before, words.trim_start_matches("sts-lab: allow")))
}

fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

fn is_separator(line: &str) -> bool {
    line.starts_with("---")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines that a comment on a line of its own holds for.
fn below(lines: &[&str], at: usize) -> (usize, usize) {
    let opens = |line: &&str| is_comment(line) || is_separator(line);
    let last = lines.len().saturating_sub(1);
    if lines[..at].iter().all(opens) && lines[..at].iter().filter(|line| is_separator(line)).count() == 0 {
        return (0, last);
    }
    let start = lines[..at].iter().rposition(|line| is_separator(line)).map_or(0, |line| line + 1);
    if lines[start..at].iter().all(|line| is_comment(line)) {
        let end = lines[at..].iter().position(|line| is_separator(line)).map_or(last, |line| at + line);
        return (start, end);
    }
    let Some(next) = lines[at..].iter().position(|line| !is_comment(line)) else { return (at, at) };
    (at + next, block_end(lines, at + next))
}

/// The last line that is indented deeper than this one, or is a comment between such lines.
fn block_end(lines: &[&str], at: usize) -> usize {
    let base = indent(lines[at]);
    let inside = lines[at + 1..].iter().take_while(|line| is_comment(line) || indent(line) > base);
    at + inside.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(usize, usize, &str, &str)]) {
        let source = Arc::new(Source::new("x", text));
        let found = comments(&source, 0);
        let found: Vec<(usize, usize, String, &str)> =
            found.iter().map(|a| (a.first, a.last, a.rules.join("+"), a.because.as_str())).collect();
        let expect: Vec<(usize, usize, String, &str)> =
            expect.iter().map(|(first, last, ids, because)| (*first, *last, (*ids).to_string(), *because)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn where_a_comment_holds() {
        check("# sts-lab: allow STS001 because of it\na: 1\n---\nb: 2\n", &[(1, 4, "STS001", "of it")]);
        check(
            "a: 1\n---\n# sts-lab: allow sts001, STS002 because x\nb: 2\n---\nc: 3\n",
            &[(3, 5, "STS001+STS002", "x")],
        );
        check("a:\n  # sts-lab: allow STS001 because x\n  b:\n    c: 1\n  d: 1\n", &[(3, 4, "STS001", "x")]);
        check("a: 1 # sts-lab: allow STS001 because x\nb: 1\n", &[(1, 1, "STS001", "x")]);
        check("a: \"see sts-lab: allow STS001\"\n", &[]);
    }

    #[test]
    fn reasons_may_go_on() {
        check("# sts-lab: allow STS001 because it\n#   is so\n# Try\na: 1\n", &[(1, 4, "STS001", "it is so")]);
        check("# sts-lab: allow STS001\na: 1\n", &[(1, 2, "STS001", "")]);
    }
}
