//! Names and labels: long ones, selectors that do not fit, labels that two workloads share.

use super::{Bad, Found, Rule, SET, Scope, See, Severity, Subject, flow};

/// Characters a label takes.
const LABEL: usize = 63;
/// Digits of a revision's hash, at most.
const HASH: usize = 10;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS020",
        name: "name-too-long",
        severity: Severity::Error,
        title: "the name leaves no room for what is added to it",
        because: "Each Pod carries NAME-HASH as a label and NAME-ORDINAL as a label and host name; labels end at 63 \
                  characters. The server takes the set, then no Pod can be made, and only events tell. Up to 52 \
                  characters are safe.",
        sources: &["S17", "kubernetes/kubernetes#64023"],
        see: Some(See { run: &["sts-lab apply {file}", "sts-lab get events"], shows: "must be no more than 63" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "  name: web\nspec:\n  serviceName",
                "  name: web-of-a-very-large-department-with-a-long-history-of-it\nspec:\n  serviceName",
            )],
        },
        check: too_long,
    },
    Rule {
        id: "STS021",
        name: "selector-mismatch",
        severity: Severity::Error,
        title: "the selector does not match the template's labels",
        because: "The server refuses a workload that would not find its own Pods again. A selector can never change, so \
                  the labels have to follow it.",
        sources: &["S16"],
        see: Some(See { run: &["sts-lab apply {file}"], shows: "does not match template `labels`" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "  replicas: 3\n  selector:\n    matchLabels:\n      app: web",
                "  replicas: 3\n  selector:\n    matchLabels:\n      app: nginx",
            )],
        },
        check: mismatch,
    },
    Rule {
        id: "STS022",
        name: "shared-labels",
        severity: Severity::Warning,
        title: "two workloads have Pods that one selector takes",
        because: "Services, budgets and anti-affinity go by labels, not by owners: they mix the Pods of both workloads. A \
                  Pod that matches two budgets cannot be evicted at all.",
        sources: &["D5", "N18", "S32"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "apiVersion: policy/v1",
                concat!(
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: admin\nspec:\n  selector:\n    matchLabels:\n      app: web\n",
                    "  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: admin\n",
                    "          image: nginx:1.28\n          ports:\n            - name: http\n              containerPort: 80\n",
                    "          readinessProbe:\n            httpGet:\n              path: /\n              port: http\n",
                    "          resources:\n            requests:\n              cpu: 50m\n              memory: 64Mi\n---\napiVersion: policy/v1"
                ),
            )],
        },
        check: shared,
    },
];

fn too_long(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let length = set.name.chars().count();
        let start = set.get("spec.ordinals.start").as_i64().unwrap_or(0);
        let last = start.saturating_add(set.replicas().unwrap_or(1)).saturating_sub(1).max(0);
        let ordinal = last.to_string().len();
        if length > LABEL || length + 1 + HASH.max(ordinal) <= LABEL {
            continue; // Longer than a label: the server refuses it.
        }
        let room = LABEL - 1 - HASH;
        let why = if length + 1 + ordinal > LABEL {
            format!("With {length} characters not even {}-{last} fits into {LABEL}: no Pod can be made.", set.name)
        } else {
            format!(
                "With {length} characters the label controller-revision-hash may need up to {}; {LABEL} are allowed. \
                 Whether Pods can be made depends on each template's hash.",
                length + 1 + HASH
            )
        };
        let short: String = set.name.chars().take(room).collect();
        let fix = format!("# at most {room} characters\nmetadata:\n  name: {}", short.trim_end_matches('-'));
        found.add(set, "metadata.name", why, fix);
    }
}

fn mismatch(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads().filter(|workload| workload.kind != "Pod") {
        let selector = workload.get("spec.selector");
        if !selector.is_object() || workload.selects(workload) {
            continue;
        }
        let wanted = selector.get("matchLabels").map_or_else(|| selector.to_string(), flow);
        let why = format!("It looks for Pods with {wanted}, but makes Pods with {}.", flow(workload.pod_labels()));
        let fix = format!("spec:\n  template:\n    metadata:\n      labels: {wanted}");
        let path = if workload.pod_labels().is_null() { "spec.template" } else { "spec.template.metadata.labels" };
        found.add(workload, path, why, fix);
    }
}

fn shared(scope: &Scope, found: &mut Found) {
    let workloads: Vec<&Subject> = scope.workloads().filter(|workload| workload.kind != "Pod").collect();
    for (at, second) in workloads.iter().enumerate() {
        let takes = |first: &&&Subject| {
            (&first.kind, &first.name) != (&second.kind, &second.name)
                && (first.selects(second) || second.selects(first))
        };
        let Some(first) = workloads[..at].iter().find(takes) else { continue };
        let why = format!(
            "The selectors of {} and {} take each other's Pods; so do Services and budgets that use these labels.",
            first.title(),
            second.title()
        );
        let fix = format!(
            "# one more label in the selector and the template of each\nspec:\n  selector:\n    matchLabels:\n      \
             app: {}\n  template:\n    metadata:\n      labels:\n        app: {}",
            second.name, second.name
        );
        found.add(second, "spec.selector", why, fix);
    }
}
