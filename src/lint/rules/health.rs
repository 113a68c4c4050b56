//! Probes and endings: how the cluster learns that a Pod works, and how a Pod gets to its end.

use serde_json::{Value, json};

use super::super::known::{self, Trait};
use super::{Bad, Found, QUORUM, Rule, SET, Scope, See, Severity, Subject};
use crate::resource::yaml::to_yaml;

/// Seconds that a slow program gets at least before a liveness probe may kill it.
const SLOW: i64 = 90;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS070",
        name: "no-readiness",
        severity: Severity::Warning,
        title: "no container has a readiness probe",
        because: "A container without one counts as Ready as soon as it runs. OrderedReady then starts the next Pod, DNS \
                  names this one and an update goes on, before the program serves anybody.",
        sources: &["P7", "S27", "S44", "note 002: on-call"],
        see: Some(See { run: &["sts-lab apply {file}"], shows: "no readiness" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "          readinessProbe:\n            httpGet:\n              path: /\n              port: http\n",
                "",
            )],
        },
        check: no_readiness,
    },
    Rule {
        id: "STS071",
        name: "liveness-kills-start",
        severity: Severity::Warning,
        title: "the liveness probe may kill a server that still starts",
        because: "A database that recovers its files answers nobody for minutes. A liveness probe without a startup probe \
                  counts from the start, kills it in the middle, and the recovery begins again.",
        sources: &["P8", "P9", "on-call 15"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[
                ("image: nginx:1.28", "image: mongo:8.0"),
                ("  clusterIP: None\n", "  clusterIP: None\n  publishNotReadyAddresses: true\n"),
                ("/usr/share/nginx/html", "/data/db"),
                (
                    "          resources:\n",
                    "          livenessProbe:\n            tcpSocket:\n              port: http\n          resources:\n",
                ),
            ],
        },
        check: kills_start,
    },
    Rule {
        id: "STS072",
        name: "grace-zero",
        severity: Severity::Error,
        title: "the Pods get no time to end",
        because: "With 0 seconds the Pod object goes at once, whether the process has ended or not: a second Pod of the same \
                  name may start beside it. That is the promise of at most one, given away.",
        sources: &["P23", "P26", "kubernetes.io: deployment and scaling guarantees"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[("      affinity:\n", "      terminationGracePeriodSeconds: 0\n      affinity:\n")],
        },
        check: grace,
    },
    Rule {
        id: "STS073",
        name: "probe-port",
        severity: Severity::Error,
        title: "a probe names a port that its container does not have",
        because: "The kubelet cannot ask, and counts that as a failure: such a Pod is never Ready, or is restarted again and \
                  again.",
        sources: &["P18"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "              path: /\n              port: http",
                "              path: /\n              port: web",
            )],
        },
        check: probe_port,
    },
    Rule {
        id: "STS074",
        name: "together-in-order",
        severity: Severity::Warning,
        title: "members that need each other are started one by one",
        because: "OrderedReady makes the second Pod only when the first is Ready. A member that is Ready only with a majority \
                  never is: nothing is ever made after ordinal 0.",
        sources: &["S43", "S44", "D23", "on-call 17"],
        see: Some(See {
            run: &["sts-lab fault pod {set}-0 --ready=false", "sts-lab apply {file}"],
            shows: "is not made until",
        }),
        bad: Bad {
            good: QUORUM,
            edits: &[
                ("image: zookeeper:3.9", "image: quay.io/coreos/etcd:v3.6.0"),
                ("mountPath: /data", "mountPath: /var/lib/etcd"),
            ],
        },
        check: together,
    },
];

fn no_readiness(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads().filter(|workload| workload.kind != "Pod" && workload.kind != "DaemonSet") {
        let containers = workload.main_containers();
        let Some(first) = containers.first().filter(|_| containers.iter().all(|c| c.value["readinessProbe"].is_null()))
        else {
            continue;
        };
        let port = &first.value["ports"][0];
        let port = port["name"].as_str().map(str::to_string).or(port["containerPort"].as_i64().map(|p| p.to_string()));
        let port = port.or_else(|| service_port(scope, workload)).unwrap_or_else(|| "8080".into());
        let why = format!("The Pods of {} count as Ready as soon as container {} runs.", workload.name, first.name);
        let fix = format!("# in container {}\nreadinessProbe:\n  tcpSocket:\n    port: {port}", first.name);
        found.add(workload, &format!("{}.name", first.path), why, fix);
    }
}

/// The port that a Service sends to these Pods.
fn service_port(scope: &Scope, workload: &Subject) -> Option<String> {
    let port = &scope.any("Service").find(|service| service.selects(workload))?.get("spec.ports")[0];
    port["targetPort"].as_i64().or(port["port"].as_i64()).map(|port| port.to_string())
}

fn number(value: &Value, default: i64) -> i64 {
    value.as_i64().unwrap_or(default)
}

fn kills_start(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        for container in workload.main_containers() {
            let liveness = &container.value["livenessProbe"];
            let Some(known) = known::of(container.image).filter(|known| known.is(Trait::StartsSlowly)) else {
                continue;
            };
            if !liveness.is_object() || !container.value["startupProbe"].is_null() {
                continue;
            }
            let patience = number(&liveness["initialDelaySeconds"], 0).saturating_add(
                number(&liveness["periodSeconds"], 10).saturating_mul(number(&liveness["failureThreshold"], 3)),
            );
            if patience >= SLOW {
                continue;
            }
            let why = format!(
                "{} is killed if it has not answered after about {patience} s; it may need minutes to recover.",
                known.name
            );
            let mut probe = liveness.clone();
            for field in ["initialDelaySeconds", "timeoutSeconds", "successThreshold"] {
                if let Some(map) = probe.as_object_mut() {
                    map.remove(field);
                }
            }
            probe["periodSeconds"] = 5.into();
            probe["failureThreshold"] = 60.into();
            let fix = format!(
                "# in container {}: five minutes to start\n{}",
                container.name,
                to_yaml(&json!({"startupProbe": probe})).trim_end()
            );
            found.add(workload, &format!("{}.livenessProbe", container.path), why, fix);
        }
    }
}

fn grace(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        let path = workload.pod_path("spec.terminationGracePeriodSeconds");
        if workload.get(&path) != 0 {
            continue;
        }
        let why = format!(
            "Pods of {} are forgotten before their processes have ended, with their files open.",
            workload.name
        );
        found.add(workload, &path, why, "terminationGracePeriodSeconds: 30");
    }
}

fn probe_port(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        for container in workload.containers() {
            let ports = container.value["ports"].as_array().into_iter().flatten();
            let names: Vec<&str> = ports.filter_map(|port| port["name"].as_str()).collect();
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                for how in ["httpGet", "tcpSocket"] {
                    let Some(port) = container.value[probe][how]["port"].as_str() else { continue };
                    if names.contains(&port) || port.parse::<u16>().is_ok() {
                        continue;
                    }
                    let why = format!("Container {} has no port named {port}.", container.name);
                    let fix = match names.first() {
                        Some(name) => format!("{probe}:\n  {how}:\n    port: {name}"),
                        None => format!(
                            "# in container {}\nports:\n  - {{name: {port}, containerPort: 80}}",
                            container.name
                        ),
                    };
                    found.add(workload, &format!("{}.{probe}.{how}.port", container.path), why, fix);
                }
            }
        }
    }
}

fn together(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.replicas().is_some_and(|n| n > 1)) {
        let probed = |c: &super::super::scope::Container| !c.value["readinessProbe"].is_null();
        let needs = set
            .main_containers()
            .into_iter()
            .filter(probed)
            .find_map(|c| known::of(c.image).filter(|k| k.is(Trait::StartsTogether)));
        let Some(known) = needs.filter(|_| set.text("spec.podManagementPolicy") != Some("Parallel")) else { continue };
        let why = format!(
            "{}-0 alone is no majority of {}, so it may never be Ready, and {}-1 is not made before that.",
            set.name, known.name, set.name
        );
        let fix = "# can never change: delete the set with --cascade=orphan, apply again\nspec:\n  podManagementPolicy: Parallel";
        let path = if set.get("spec.podManagementPolicy").is_null() { "spec" } else { "spec.podManagementPolicy" };
        found.add(set, path, why, fix);
    }
}
