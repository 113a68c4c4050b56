//! Where Pods may run: anti-affinity that cannot be met or does nothing, and Pods that nothing keeps apart.

use serde_json::Value;

use super::super::scope::label_selector_matches;
use super::{Bad, Found, QUORUM, Rule, SET, Scope, See, Severity, Subject, labels};

const HOST: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS060",
        name: "too-few-nodes",
        severity: Severity::Error,
        title: "there are fewer places than Pods that must be apart",
        because: "Required anti-affinity leaves a Pod Pending rather than beside another one. With OrderedReady the set \
                  stops there: no later ordinal is made.",
        sources: &["K12"],
        see: Some(See { run: &["sts-lab apply {file}", "sts-lab get events"], shows: "anti-affinity rules" }),
        bad: Bad { good: QUORUM, edits: &[("replicas: 3", "replicas: 5")] },
        check: too_few,
    },
    Rule {
        id: "STS061",
        name: "nothing-apart",
        severity: Severity::Info,
        title: "nothing keeps these Pods on different nodes",
        because: "The scheduler spreads the Pods of a set where it is easy, and no further: after a node was away all of \
                  them may be on one. A Pod is never moved once it is bound.",
        sources: &["K10", "K14"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "      affinity:\n        podAntiAffinity:\n          preferredDuringSchedulingIgnoredDuringExecution:\n            \
                 - weight: 100\n              podAffinityTerm:\n                topologyKey: kubernetes.io/hostname\n                \
                 labelSelector:\n                  matchLabels:\n                    app: web\n",
                "",
            )],
        },
        check: nothing_apart,
    },
    Rule {
        id: "STS062",
        name: "idle-anti-affinity",
        severity: Severity::Warning,
        title: "the anti-affinity does not mean these Pods",
        because: "A term keeps the Pod away from Pods that match its labelSelector. One that does not match the set's own \
                  labels lets all of its Pods run on one node.",
        sources: &["K10", "K12"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "                  matchLabels:\n                    app: web",
                "                  matchLabels:\n                    app: nginx",
            )],
        },
        check: idle,
    },
    Rule {
        id: "STS063",
        name: "node-name",
        severity: Severity::Warning,
        title: "the Pods are nailed to one node",
        because: "nodeName skips the scheduler: no resources, taints, volumes or zones are looked at, and all Pods of the \
                  workload are on that node. If it is gone they are never run elsewhere.",
        sources: &["K9"],
        see: Some(See {
            run: &["sts-lab apply {file}", "sts-lab get pods -o jsonpath={.items[*].spec.nodeName}"],
            shows: "node-1 node-1 node-1",
        }),
        bad: Bad { good: SET, edits: &[("      affinity:\n", "      nodeName: node-1\n      affinity:\n")] },
        check: node_name,
    },
];

/// The anti-affinity terms of a workload: required or not, its path, itself.
fn terms(workload: &Subject) -> Vec<(bool, String, &Value)> {
    let base = workload.pod_path("spec.affinity.podAntiAffinity");
    let required = workload.list(&format!("{base}.requiredDuringSchedulingIgnoredDuringExecution"));
    let preferred = workload.list(&format!("{base}.preferredDuringSchedulingIgnoredDuringExecution"));
    let required = required.into_iter().map(|(path, term)| (true, path, term));
    let preferred =
        preferred.into_iter().map(|(path, term)| (false, format!("{path}.podAffinityTerm"), &term["podAffinityTerm"]));
    required.chain(preferred).collect()
}

fn means_itself(workload: &Subject, term: &Value) -> bool {
    label_selector_matches(&term["labelSelector"], workload.pod_labels())
}

fn too_few(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        let Some(replicas) = workload.replicas() else { continue };
        for (required, path, term) in terms(workload) {
            if !required || !means_itself(workload, term) {
                continue;
            }
            let (places, word) = match term["topologyKey"].as_str() {
                Some(HOST) => (scope.nodes.count, "nodes"),
                Some(ZONE) => (scope.nodes.zones, "zones"),
                _ => continue,
            };
            let (places, missing) = (i64::from(places), replicas.saturating_sub(i64::from(places)));
            if missing <= 0 {
                continue;
            }
            let there = if scope.nodes.known {
                format!("there are {places} {word}")
            } else {
                format!("a new lab has {places} {word} (--nodes says otherwise)")
            };
            let why = format!(
                "{replicas} Pods may not share one of the {word}, and {there}: {missing} of them {} Pending.",
                if missing == 1 { "stays" } else { "stay" }
            );
            let fix = format!(
                "# at most {places} replicas, or as far as it goes\npodAntiAffinity:\n  \
                 preferredDuringSchedulingIgnoredDuringExecution:\n    - weight: 100\n      podAffinityTerm:\n        \
                 topologyKey: {}\n        labelSelector:\n          matchLabels: {}",
                term["topologyKey"].as_str().unwrap_or(HOST),
                labels(workload)
            );
            found.add(workload, &format!("{path}.topologyKey"), why, fix);
        }
    }
}

fn nothing_apart(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.replicas().is_some_and(|n| n > 1)) {
        let spreads = set.list("spec.template.spec.topologySpreadConstraints");
        if !terms(set).is_empty() || !spreads.is_empty() || !set.pod("spec.nodeName").is_null() {
            continue;
        }
        let why = format!("All Pods of {} may come to run on one node, and go with it.", set.name);
        let fix = format!(
            "spec:\n  template:\n    spec:\n      topologySpreadConstraints:\n        - maxSkew: 1\n          topologyKey: \
             {HOST}\n          whenUnsatisfiable: ScheduleAnyway\n          labelSelector:\n            matchLabels: {}",
            labels(set)
        );
        found.add(set, "spec.template.spec", why, fix);
    }
}

fn idle(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads().filter(|workload| workload.kind != "Pod") {
        let terms = terms(workload);
        let Some((_, path, _)) =
            terms.first().filter(|_| !terms.iter().any(|(_, _, term)| means_itself(workload, term)))
        else {
            continue;
        };
        let why = format!("No term matches the labels of {}'s own Pods, so they may share a node.", workload.title());
        let fix = format!("labelSelector:\n  matchLabels: {}", labels(workload));
        found.add(workload, &format!("{path}.labelSelector"), why, fix);
    }
}

fn node_name(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads().filter(|workload| workload.kind != "Pod") {
        let Some(node) = workload.pod("spec.nodeName").as_str().filter(|node| !node.is_empty()) else { continue };
        let why = format!("Every Pod of {} is put on {node}, whether there is room or not.", workload.title());
        let fix = format!("# a selector asks the scheduler\nnodeSelector:\n  {HOST}: {node}");
        found.add(workload, &workload.pod_path("spec.nodeName"), why, fix);
    }
}
