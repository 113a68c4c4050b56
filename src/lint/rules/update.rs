//! Updates and scaling: fields that hold an update back, are dropped, or mean something else than they seem to.

use super::super::known::{self, Trait};
use super::{Bad, Found, Rule, SET, Scope, See, Severity};

const APPLY: &str = "sts-lab apply {file}";
const IMAGE: &str = "sts-lab set image sts/{set} nginx=nginx:1.29";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS080",
        name: "partition-holds-all",
        severity: Severity::Warning,
        title: "the partition holds back every Pod",
        because: "Pods whose index is below the partition keep their revision. A partition that is not below replicas lets \
                  no Pod change, and `rollout status` calls that complete.",
        sources: &["S82a", "S132"],
        see: Some(See { run: &[APPLY, IMAGE], shows: "partition is 3" }),
        bad: Bad {
            good: SET,
            edits: &[("  replicas: 3\n", "  replicas: 3\n  updateStrategy:\n    rollingUpdate:\n      partition: 3\n")],
        },
        check: partition,
    },
    Rule {
        id: "STS081",
        name: "on-delete",
        severity: Severity::Info,
        title: "Pods change only when somebody deletes them",
        because: "OnDelete waits for a person: a new template, a security fix too, reaches no Pod until it is deleted for \
                  whatever reason. `rollout status` refuses to follow it.",
        sources: &["S80", "S82", "S132"],
        see: Some(See { run: &[APPLY, IMAGE], shows: "OnDelete" }),
        bad: Bad { good: SET, edits: &[("  replicas: 3\n", "  replicas: 3\n  updateStrategy:\n    type: OnDelete\n")] },
        check: on_delete,
    },
    Rule {
        id: "STS082",
        name: "parallel-scale-down",
        severity: Severity::Info,
        title: "Parallel takes all Pods of a scale-down at once",
        because: "Parallel waits for nobody: from 5 to 2 three members leave together, before the others have taken over \
                  what they held. It can never be changed on a set that exists. Updates still go one by one.",
        sources: &["S42", "S67", "S82c"],
        see: Some(See { run: &[APPLY, "sts-lab scale sts {set} --replicas=1"], shows: "Parallel" }),
        bad: Bad { good: SET, edits: &[("  replicas: 3\n", "  replicas: 3\n  podManagementPolicy: Parallel\n")] },
        check: parallel,
    },
    Rule {
        id: "STS083",
        name: "parallel-join",
        severity: Severity::Warning,
        title: "members that must join one by one start together",
        because: "A member that copies from the one before it, or takes a share of a ring, disturbs the others that do the \
                  same at that moment. OrderedReady is for them.",
        sources: &["S42", "S44"],
        see: Some(See { run: &[APPLY], shows: "Parallel: all Pods are made at once" }),
        bad: Bad {
            good: SET,
            edits: &[
                (
                    "  replicas: 3\n",
                    "  replicas: 3\n  # sts-lab: allow STS082 because it is never scaled down\n  podManagementPolicy: Parallel\n",
                ),
                ("  clusterIP: None\n", "  clusterIP: None\n  publishNotReadyAddresses: true\n"),
                ("image: nginx:1.28", "image: cassandra:5.0"),
                ("/usr/share/nginx/html", "/var/lib/cassandra"),
            ],
        },
        check: join,
    },
    Rule {
        id: "STS084",
        name: "max-unavailable-dropped",
        severity: Severity::Warning,
        title: "maxUnavailable is dropped without a word",
        because: "The field of StatefulSets belongs to a feature that is off in Kubernetes 1.36 (it was on in 1.35.0 to \
                  1.35.3). The server drops it, whatever its value: Pods are updated one by one.",
        sources: &["S3", "S84", "kubernetes/kubernetes#137904"],
        see: Some(See {
            run: &[APPLY, "sts-lab get sts {set} -o jsonpath={.spec.updateStrategy}"],
            shows: "\"partition\":0",
        }),
        bad: Bad {
            good: SET,
            edits: &[(
                "  replicas: 3\n",
                "  replicas: 3\n  updateStrategy:\n    rollingUpdate:\n      maxUnavailable: 2\n",
            )],
        },
        check: dropped,
    },
    Rule {
        id: "STS085",
        name: "bare-rolling-update",
        severity: Severity::Info,
        title: "RollingUpdate alone is not quite the default",
        because: "Written without rollingUpdate it is stored without a partition. During an update a Pod that fails comes \
                  back at the old or the new revision by another rule than with the default, and `rollout status` \
                  speaks otherwise.",
        sources: &["S8", "S79", "S132"],
        see: Some(See {
            run: &[APPLY, "sts-lab get sts {set} -o jsonpath={.spec.updateStrategy}"],
            shows: "{\"type\":\"RollingUpdate\"}",
        }),
        bad: Bad {
            good: SET,
            edits: &[("  replicas: 3\n", "  replicas: 3\n  updateStrategy:\n    type: RollingUpdate\n")],
        },
        check: bare,
    },
    Rule {
        id: "STS086",
        name: "no-history",
        severity: Severity::Warning,
        title: "no old revision is kept",
        because: "With revisionHistoryLimit 0 a revision goes as soon as no Pod has it: `rollout undo` finds nothing to go \
                  back to.",
        sources: &["S76", "S131"],
        see: Some(See {
            run: &[APPLY, IMAGE, "sts-lab rollout undo sts {set}"],
            shows: "no last revision to roll back to",
        }),
        bad: Bad { good: SET, edits: &[("  replicas: 3\n", "  replicas: 3\n  revisionHistoryLimit: 0\n")] },
        check: history,
    },
];

fn partition(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let (Some(replicas), Some(partition)) =
            (set.replicas(), set.get("spec.updateStrategy.rollingUpdate.partition").as_i64())
        else {
            continue;
        };
        if replicas == 0 || partition < replicas {
            continue;
        }
        let why = format!("Partition {partition} with {replicas} replicas: a new template reaches no Pod.");
        let fix = format!(
            "# {} lets the last Pod go first, 0 all of them\nspec:\n  updateStrategy:\n    rollingUpdate:\n      partition: {}",
            replicas - 1,
            replicas - 1
        );
        found.add(set, "spec.updateStrategy.rollingUpdate.partition", why, fix);
    }
}

fn on_delete(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.text("spec.updateStrategy.type") == Some("OnDelete")) {
        let why = format!("Whoever changes the template of {} has to delete its Pods, too.", set.name);
        found.add(
            set,
            "spec.updateStrategy.type",
            why,
            "spec:\n  updateStrategy:\n    type: RollingUpdate\n    rollingUpdate:\n      partition: 0",
        );
    }
}

fn parallel(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.text("spec.podManagementPolicy") == Some("Parallel")) {
        if set.replicas().is_some_and(|n| n < 2) {
            continue;
        }
        let why = format!("`scale sts {} --replicas=1` asks all others to go at the same moment.", set.name);
        let fix = "# scale down by one, and wait; or, on a new set\nspec:\n  podManagementPolicy: OrderedReady";
        found.add(set, "spec.podManagementPolicy", why, fix);
    }
}

fn join(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.text("spec.podManagementPolicy") == Some("Parallel")) {
        let joins =
            set.main_containers().iter().find_map(|c| known::of(c.image).filter(|k| k.is(Trait::JoinsOneByOne)));
        let Some(known) = joins.filter(|_| set.replicas().is_none_or(|n| n > 1)) else { continue };
        let why =
            format!("Members of {} have to join one after the other; Parallel makes them all at once.", known.name);
        found.add(set, "spec.podManagementPolicy", why, "spec:\n  podManagementPolicy: OrderedReady");
    }
}

fn dropped(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let path = "spec.updateStrategy.rollingUpdate.maxUnavailable";
        if set.get(path).is_null() {
            continue;
        }
        let why = format!("Pods of {} are updated one at a time, not {} at a time.", set.name, set.get(path));
        found.add(
            set,
            path,
            why,
            "# remove the field\nspec:\n  updateStrategy:\n    rollingUpdate:\n      partition: 0",
        );
    }
}

fn bare(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.text("spec.updateStrategy.type") == Some("RollingUpdate")) {
        if !set.get("spec.updateStrategy.rollingUpdate").is_null() {
            continue;
        }
        let why = format!(
            "{} is stored without rollingUpdate.partition, which the default would have filled in.",
            set.title()
        );
        found.add(
            set,
            "spec.updateStrategy.type",
            why,
            "spec:\n  updateStrategy:\n    type: RollingUpdate\n    rollingUpdate:\n      partition: 0",
        );
    }
}

fn history(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads().filter(|workload| workload.get("spec.revisionHistoryLimit") == 0) {
        let why = format!("Once an update of {} is through, nothing of what was before is left.", workload.title());
        found.add(workload, "spec.revisionHistoryLimit", why, "spec:\n  revisionHistoryLimit: 10");
    }
}
