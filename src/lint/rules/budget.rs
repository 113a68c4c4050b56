//! Budgets and quorums: how many members may be away.

use serde_json::Value;

use super::super::known::{self, Known, Trait};
use super::{Bad, Found, QUORUM, Rule, SET, Scope, See, Severity, Subject, labels};

const APPLY: &str = "sts-lab apply {file}";
const DRAIN: &str = "sts-lab drain node-0 --timeout=10s";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS050",
        name: "no-budget",
        severity: Severity::Warning,
        title: "no PodDisruptionBudget counts these Pods",
        because: "Whoever drains nodes (an upgrade, an autoscaler) evicts as many Pods at once as are on them. Only a budget \
                  says how many may be away.",
        sources: &["N16", "N21", "note 002: use a PodDisruptionBudget"],
        see: Some(See { run: &["sts-lab cordon node-1 node-2", APPLY, DRAIN], shows: "node/node-0 drained" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n  \
                 selector:\n    matchLabels:\n      app: web\n---\n",
                "",
            )],
        },
        check: none,
    },
    Rule {
        id: "STS051",
        name: "budget-blocks",
        severity: Severity::Error,
        title: "the budget never allows an eviction",
        because: "A drain asks again every five seconds, for ever. Whoever upgrades the nodes has to break the budget by \
                  hand, and learns that it can be broken.",
        sources: &["N13", "N16", "N20", "on-call 19"],
        see: Some(See { run: &[APPLY, DRAIN], shows: "would violate the pod's disruption budget" }),
        bad: Bad { good: SET, edits: &[("maxUnavailable: 1", "maxUnavailable: 0")] },
        check: blocks,
    },
    Rule {
        id: "STS052",
        name: "two-budgets",
        severity: Severity::Error,
        title: "two budgets count the same Pods",
        because: "The eviction API supports one budget for a Pod and answers with an error 500 otherwise: no drain ends.",
        sources: &["N18"],
        see: Some(See { run: &[APPLY, DRAIN], shows: "more than one PodDisruptionBudget" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "apiVersion: apps/v1\nkind: StatefulSet",
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: all\nspec:\n  maxUnavailable: 1\n  \
                 selector: {}\n---\napiVersion: apps/v1\nkind: StatefulSet",
            )],
        },
        check: two,
    },
    Rule {
        id: "STS053",
        name: "idle-budget",
        severity: Severity::Warning,
        title: "the budget counts no Pod",
        because: "A budget finds Pods by labels. One that matches none protects none, and nothing but an Event tells.",
        sources: &["N15", "N17"],
        see: Some(See { run: &[APPLY, "sts-lab get pdb"], shows: "wep N/A 1 0" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "apiVersion: apps/v1\nkind: StatefulSet",
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: wep\nspec:\n  maxUnavailable: 1\n  \
                 selector:\n    matchLabels:\n      app: wep\n---\napiVersion: apps/v1\nkind: StatefulSet",
            )],
        },
        check: idle,
    },
    Rule {
        id: "STS054",
        name: "budget-quorum",
        severity: Severity::Warning,
        title: "the budget allows to lose the majority",
        because: "A system that votes works while more than half of its members are there. A drain may take as many as the \
                  budget allows, at once.",
        sources: &["N16", "note 002: Zookeeper, quorum"],
        see: Some(See { run: &[APPLY, "sts-lab get pdb"], shows: "zk N/A 2 2" }),
        bad: Bad { good: QUORUM, edits: &[("maxUnavailable: 1", "maxUnavailable: 2")] },
        check: majority,
    },
    Rule {
        id: "STS055",
        name: "even-members",
        severity: Severity::Warning,
        title: "an even number of members votes",
        because: "A majority of 2 is 2, of 4 is 3: one member more makes the majority larger without one more that may \
                  fail. Two members fail more often than one.",
        sources: &["note 002: Zookeeper, quorum"],
        see: None,
        bad: Bad { good: QUORUM, edits: &[("replicas: 3", "replicas: 2")] },
        check: even,
    },
    Rule {
        id: "STS056",
        name: "no-copies",
        severity: Severity::Info,
        title: "nothing copies the data between these servers",
        because: "A set gives each Pod a name and a disk. It copies nothing: without replication of its own each server is \
                  a separate database, and a client that reads from another one finds other data.",
        sources: &["kubernetes.io: run a replicated stateful application", "note 002: databases"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[("image: nginx:1.28", "image: mysql:8.4"), ("/usr/share/nginx/html", "/var/lib/mysql")],
        },
        check: copies,
    },
];

fn none(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.replicas().is_some_and(|n| n > 1)) {
        if !scope.budgets_of(set).is_empty() {
            continue;
        }
        let why = format!(
            "A drain may evict all Pods of {} that are on a node at once; nothing says how many may be away.",
            set.name
        );
        let namespace =
            if set.namespace == "default" { String::new() } else { format!("  namespace: {}\n", set.namespace) };
        let fix = format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {}\n{namespace}spec:\n  maxUnavailable: 1\n  \
             selector:\n    matchLabels: {}",
            set.name,
            labels(set)
        );
        found.add(set, "metadata.name", why, fix);
    }
}

/// An amount as a budget counts it: percentages round up (N16).
fn amount(value: &Value, of: i64) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    Some(percent.checked_mul(of)?.checked_add(99)? / 100)
}

/// How many Pods of so many a budget lets go at once; none if it says nothing that counts.
fn allows(budget: &Subject, replicas: i64) -> Option<i64> {
    if let Some(away) = amount(budget.get("spec.maxUnavailable"), replicas) {
        return Some(away.min(replicas));
    }
    let stay = amount(budget.get("spec.minAvailable"), replicas)?;
    Some(replicas.saturating_sub(stay).max(0))
}

fn field(budget: &Subject) -> &'static str {
    if budget.get("spec.maxUnavailable").is_null() { "spec.minAvailable" } else { "spec.maxUnavailable" }
}

/// The workloads that a budget counts.
fn counted<'s>(scope: &'s Scope, budget: &Subject) -> Vec<&'s Subject> {
    scope.workloads().filter(|w| w.kind != "DaemonSet" && budget.selects(w)).collect()
}

fn blocks(scope: &Scope, found: &mut Found) {
    for budget in scope.of("PodDisruptionBudget") {
        let workloads = counted(scope, budget);
        let replicas = workloads.iter().filter_map(|w| w.replicas()).fold(0_i64, i64::saturating_add);
        if workloads.is_empty() || replicas == 0 || allows(budget, replicas) != Some(0) {
            continue;
        }
        let names: Vec<String> = workloads.iter().map(|w| w.title()).collect();
        let path = field(budget);
        let said = format!("{} {}", path.trim_start_matches("spec."), budget.get(path));
        let pods = if replicas == 1 { "1 Pod".to_string() } else { format!("{replicas} Pods") };
        let why = format!("{} has {pods}, and with {said} none of them may ever be evicted.", names.join(" and "));
        let fix = if replicas == 1 {
            "# one Pod cannot be kept and moved: let it go, or run more than one\nspec:\n  maxUnavailable: 1"
        } else {
            "spec:\n  maxUnavailable: 1"
        };
        found.add(budget, path, why, fix);
    }
}

fn two(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        let budgets = scope.budgets_of(workload);
        let [first, .., last] = budgets.as_slice() else { continue };
        let why = format!("Budgets {} and {} both count the Pods of {}.", first.name, last.name, workload.title());
        let at = if last.document.is_some() { last } else { &workload };
        let path = if last.document.is_some() { "spec.selector" } else { "metadata.name" };
        found.add(at, path, why, "# one budget for each set of Pods: narrow this selector, or remove it\nspec:\n  selector:\n    matchLabels: {app: …}");
    }
}

fn idle(scope: &Scope, found: &mut Found) {
    for budget in scope.of("PodDisruptionBudget") {
        let near: Vec<&Subject> = scope
            .any("StatefulSet")
            .chain(scope.any("Deployment"))
            .chain(scope.any("ReplicaSet"))
            .chain(scope.any("Pod"))
            .filter(|w| w.namespace == budget.namespace)
            .collect();
        let matches = |w: &&Subject| budget.selects(w);
        let Some(workload) = near.first().filter(|_| !near.iter().any(matches)) else { continue };
        let why = format!("No workload here has Pods with the labels that budget {} looks for.", budget.name);
        let path = if budget.get("spec.selector").is_null() { "spec" } else { "spec.selector" };
        found.add(budget, path, why, format!("spec:\n  selector:\n    matchLabels: {}", labels(workload)));
    }
}

/// What a set's members vote in, if they do.
fn votes(set: &Subject) -> Option<&'static Known> {
    set.main_containers().iter().find_map(|c| known::of(c.image).filter(|known| known.is(Trait::Votes)))
}

fn majority(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let (Some(known), Some(replicas)) = (votes(set), set.replicas().filter(|n| *n > 2)) else { continue };
        let may_fail = (replicas - 1) / 2;
        for budget in scope.budgets_of(set) {
            let Some(away) = allows(budget, replicas).filter(|away| *away > may_fail) else { continue };
            let why = format!(
                "{} of {replicas} members works while {} are there; the budget lets {away} go at once.",
                known.name,
                replicas - may_fail
            );
            let fix = format!("# in PodDisruptionBudget {}\nspec:\n  maxUnavailable: {may_fail}", budget.name);
            if budget.document.is_some() {
                found.add(budget, field(budget), why, fix);
            } else {
                found.add(set, "metadata.name", why, fix);
            }
        }
    }
}

fn even(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let (Some(known), Some(replicas)) = (votes(set), set.replicas().filter(|n| *n > 0 && n % 2 == 0)) else {
            continue;
        };
        let why = format!(
            "The majority of {replicas} members of {} is {}, so {} may fail: as many as with {}.",
            known.name,
            replicas / 2 + 1,
            if replicas == 2 { "none".to_string() } else { (replicas / 2 - 1).to_string() },
            replicas - 1
        );
        found.add(set, "spec.replicas", why, format!("spec:\n  replicas: {}", replicas.saturating_add(1)));
    }
}

fn copies(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.replicas().is_some_and(|n| n > 1)) {
        let containers = set.containers();
        // Further containers, a command or arguments may set replication up.
        let [only] = containers.as_slice() else { continue };
        if !only.value["args"].is_null() || !only.value["command"].is_null() {
            continue;
        }
        let Some(known) = known::of(only.image).filter(|known| known.is(Trait::CopiesNothing)) else { continue };
        let told = only.value["env"].as_array().into_iter().flatten().filter_map(|env| env["name"].as_str());
        if told
            .into_iter()
            .any(|name| ["REPLICATION", "CLUSTER", "GALERA", "PATRONI", "REPMGR"].iter().any(|w| name.contains(w)))
        {
            continue;
        }
        let replicas = set.replicas().unwrap_or(1);
        let why = format!(
            "{replicas} servers of {} start as {replicas} separate databases; each client sees the one it reached.",
            known.name
        );
        let fix = "# one server; or replication, as in `sts-lab apply mysql-replication`\nspec:\n  replicas: 1";
        found.add(set, "spec.replicas", why, fix);
    }
}
