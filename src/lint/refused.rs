//! What the API server would say: each document is sent to a server of its own, as a dry run, and what it refuses is
//! traced back to the field. Also what cannot be read at all, and what stands in the files twice.

use std::collections::BTreeMap;

use super::rules::{Bad, Rule, SET, Severity};
use super::{Found, Place, Scope, Subject};
use crate::apiserver::{FieldValidation, Options, Request};
use crate::cluster::{Cluster, ClusterConfig};
use crate::manifest::{Document, Problem};
use crate::resource::Kind;
use crate::view::blame;

/// Kinds that Kubernetes has and the lab does not: no fault of the manifest.
const OTHER_KINDS: &[&str] = &[
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "CustomResourceDefinition",
    "Kustomization",
];

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS001",
        name: "unreadable",
        severity: Severity::Error,
        title: "this is neither YAML nor JSON",
        because: "kubectl stops at the first document it cannot read; those after it in the same file are never sent.",
        sources: &["kubectl: k8s.io/apimachinery/pkg/util/yaml/decoder.go"],
        see: None,
        bad: Bad { good: SET, edits: &[("  replicas: 3", "\treplicas: 3")] },
        check: unreadable,
    },
    Rule {
        id: "STS002",
        name: "refused",
        severity: Severity::Error,
        title: "Kubernetes refuses this object",
        because: "The API server checks every object before it stores it. These are its own words: nothing of the object \
                  is applied.",
        sources: &["S16", "S16b", "kubectl: strict decoding"],
        see: None,
        bad: Bad { good: SET, edits: &[("  replicas: 3", "  replica: 3")] },
        check: refused,
    },
    Rule {
        id: "STS003",
        name: "twice",
        severity: Severity::Warning,
        title: "the same thing stands here twice",
        because: "The later one counts. Of two objects of one kind and name the second changes the first; of two equal \
                  keys in one map the first is lost.",
        sources: &["kubectl: strict decoding"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[("  clusterIP: None\n  selector:", "  clusterIP: None\n  clusterIP: None\n  selector:")],
        },
        check: twice,
    },
];

fn unreadable(scope: &Scope, found: &mut Found) {
    for problem in scope.problems {
        let (file, text) = problem.file().map_or(("", ""), |source| (source.name.as_str(), source.text.as_str()));
        let place = problem.line_column().map(|(line, column)| Place {
            file: file.to_string(),
            line,
            column,
            width: 1,
            text: text.lines().nth(line - 1).unwrap_or_default().to_string(),
        });
        let last = scope.subjects.iter().filter(|subject| subject.file() == Some(file)).map(|s| s.order).max();
        found.add_place(last.unwrap_or(0), place, sentence(problem), help(problem));
    }
}

fn sentence(problem: &Problem) -> String {
    format!("{problem}.")
}

fn help(problem: &Problem) -> String {
    problem.help().map(|help| format!("# {help}")).unwrap_or_default()
}

fn refused(scope: &Scope, found: &mut Found) {
    let mut cluster: Option<Cluster> = None;
    for subject in scope.subjects.iter().filter(|subject| subject.document.is_some()) {
        let Some(document) = &subject.document else { continue };
        let text = |key: &str| subject.value[key].as_str().unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        if kind.is_empty() || version.is_empty() {
            let missing = if kind.is_empty() { "kind" } else { "apiVersion" };
            found.add(subject, "", format!("The document has no {missing}."), format!("{missing}: …"));
            continue;
        }
        let Some(kind) = Kind::of(version, kind) else {
            let custom =
                version.split('/').next().is_some_and(|group| group.contains('.') && !group.ends_with("k8s.io"));
            if let Some(fault) = blame::unknown_kind(document).filter(|_| !custom && !OTHER_KINDS.contains(&kind)) {
                found.add(subject, &fault.path, format!("{}.", fault.message), as_comment(fault.help.as_deref()));
            }
            continue;
        };
        let cluster = cluster.get_or_insert_with(|| Cluster::new(&ClusterConfig::default()));
        let mut body = document.value.clone();
        if kind.info().namespaced {
            if let Some(metadata) = body.get_mut("metadata").and_then(serde_json::Value::as_object_mut) {
                metadata.insert("namespace".into(), "default".into());
            }
        }
        let options = Options { dry_run: true, field_validation: Some(FieldValidation::Strict), ..Options::default() };
        let request = Request::create(kind, "default", body).with(options);
        let Err(status) = cluster.request(&request, 0) else { continue };
        if status.reason == "AlreadyExists" {
            continue;
        }
        let faults = blame::faults(&cluster.api.store, &request, &status, document);
        if faults.is_empty() {
            found.add(subject, "", format!("{status}."), String::new());
        }
        for fault in faults.iter().filter(|fault| !has_its_own_rule(&fault.message)) {
            found.add(subject, &fault.path, format!("{}.", fault.message), as_comment(fault.help.as_deref()));
        }
    }
}

fn as_comment(help: Option<&str>) -> String {
    help.map(|help| format!("# {help}")).unwrap_or_default()
}

/// Refusals that another rule explains better.
fn has_its_own_rule(message: &str) -> bool {
    message.contains("`selector` does not match template `labels`")
        || (message.contains("volumeMounts[") && message.contains("Not found"))
}

fn twice(scope: &Scope, found: &mut Found) {
    let mut seen: BTreeMap<(&str, &str, &str), &Subject> = BTreeMap::new();
    for subject in scope.subjects.iter().filter(|s| s.document.is_some() && !s.name.is_empty()) {
        if let Some(first) = seen.insert((&subject.kind, &subject.namespace, &subject.name), subject) {
            let place = first.place("metadata.name").map(|place| format!("{}:{}", place.file, place.line));
            let place = place.unwrap_or_default();
            let why = format!(
                "{} stands in {place} already: applying both leaves what the second one says.",
                subject.title()
            );
            found.add(subject, "metadata.name", why, "# give one of them another name, or remove it");
        }
        let duplicates = subject.document.as_ref().map(Document::duplicates).unwrap_or_default();
        for duplicate in duplicates {
            let why = format!(
                "The key {} stands in line {} already; what is written there is lost.",
                duplicate.path, duplicate.first.line
            );
            found.add(subject, &duplicate.path, why, "# remove one of the two lines");
        }
    }
}
