//! Claims and volumes: who shares them, who mounts them, and data that is on none.

use serde_json::Value;

use super::super::known;
use super::{Bad, Found, Rule, SET, SHARED, Scope, See, Severity, Subject};

const APPLY: &str = "sts-lab apply {file}";

/// On the disks of a cloud, with two nodes in each zone, the next update brings a Pod to another node.
const MULTI_ATTACH: &[&str] = &[
    "sts-lab lab new cloud --profile aws --nodes 6 --use",
    APPLY,
    "sts-lab settle --for 60",
    "sts-lab rollout restart {object}",
    "sts-lab settle --for 300",
    "sts-lab get events",
];

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS030",
        name: "shared-rwo",
        severity: Severity::Error,
        title: "Pods share a claim that only one node may use",
        because: "ReadWriteOnce is one node, not one Pod: Pods on the same node share the files, those on other nodes wait \
                  in ContainerCreating with a Multi-Attach error. A database in two Pods on one folder destroys it.",
        sources: &["V36", "V38", "V55", "note 002: never share PVCs"],
        see: Some(See { run: MULTI_ATTACH, shows: "Multi-Attach error" }),
        bad: Bad { good: SHARED, edits: &[("ReadWriteMany", "ReadWriteOnce")] },
        check: shared,
    },
    Rule {
        id: "STS031",
        name: "rwo-surge",
        severity: Severity::Warning,
        title: "a rolling update needs the claim on two nodes",
        because: "With one replica the default update starts the new Pod before the old one ends. On another node it cannot \
                  have the volume, and the old Pod waits for it to be Ready: the rollout never ends.",
        sources: &["V55", "R3", "on-call 9"],
        see: Some(See { run: MULTI_ATTACH, shows: "Multi-Attach error" }),
        bad: Bad { good: SHARED, edits: &[("ReadWriteMany", "ReadWriteOnce"), ("replicas: 3", "replicas: 1")] },
        check: surge,
    },
    Rule {
        id: "STS032",
        name: "data-not-kept",
        severity: Severity::Error,
        title: "the data is on no claim",
        because: "What is written outside of a claim is gone with the Pod: with every update, every eviction, every drain. \
                  An emptyDir and the container's own files live exactly as long as the Pod.",
        sources: &["V42", "V55", "note 003: why data survives"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[("image: nginx:1.28", "image: redis:8.0"), ("/usr/share/nginx/html", "/cache")],
        },
        check: not_kept,
    },
    Rule {
        id: "STS033",
        name: "unused-template",
        severity: Severity::Warning,
        title: "no container mounts what this claim template makes",
        because: "Each Pod gets the claim and its volume all the same, and nothing ever writes to it.",
        sources: &["S16a", "S48"],
        see: Some(See { run: &[APPLY, "sts-lab describe pod {set}-0"], shows: "Mounts: <none>" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "          volumeMounts:\n            - name: www\n              mountPath: /usr/share/nginx/html\n",
                "",
            )],
        },
        check: unused,
    },
    Rule {
        id: "STS034",
        name: "unknown-volume",
        severity: Severity::Error,
        title: "a container mounts a volume that is not there",
        because: "The name must be that of a volume of the template or of a claim template; the server refuses the object.",
        sources: &["S16"],
        see: Some(See { run: &[APPLY], shows: "Not found: \"html\"" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "          volumeMounts:\n",
                "          volumeMounts:\n            - name: html\n              mountPath: /var/www\n",
            )],
        },
        check: unknown,
    },
    Rule {
        id: "STS035",
        name: "template-twice",
        severity: Severity::Error,
        title: "two claim templates have the same name",
        because: "The server accepts it. Both mean the same claim, so one volume is made where two were wanted, and claim \
                  templates can never be changed.",
        sources: &["S16a", "S1"],
        see: Some(See {
            run: &[
                APPLY,
                "sts-lab get sts {set} -o jsonpath={.spec.volumeClaimTemplates[*].metadata.name}",
                "sts-lab get pvc",
            ],
            shows: "www www",
        }),
        bad: Bad {
            good: SET,
            edits: &[(
                "  volumeClaimTemplates:\n",
                "  volumeClaimTemplates:\n    - metadata:\n        name: www\n      spec:\n        accessModes: \
                 [ReadWriteOnce]\n        storageClassName: keep\n        resources:\n          requests:\n            \
                 storage: 1Gi\n",
            )],
        },
        check: template_twice,
    },
    Rule {
        id: "STS036",
        name: "hidden-volume",
        severity: Severity::Warning,
        title: "a claim template hides this volume",
        because: "Of a volume and a claim template with one name the claim wins; the volume is never used.",
        sources: &["S16a", "S48"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "      containers:\n",
                "      volumes:\n        - name: www\n          emptyDir: {}\n      containers:\n",
            )],
        },
        check: hidden,
    },
    Rule {
        id: "STS037",
        name: "host-path",
        severity: Severity::Warning,
        title: "the Pods use a folder of their node",
        because: "A Pod that moves to another node finds another folder there, or none; Pods on one node share it. Nothing \
                  binds the Pod to its data. A local PersistentVolume does.",
        sources: &["V42", "V55"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "      containers:\n",
                "      volumes:\n        - name: logs\n          hostPath:\n            path: /var/log/web\n      containers:\n",
            )],
        },
        check: host_path,
    },
    Rule {
        id: "STS038",
        name: "retention-delete",
        severity: Severity::Warning,
        title: "claims are deleted with the set, or with a scale-down",
        because: "Claims go with their set or their Pod then, and a volume whose policy is Delete goes with its claim: \
                  `kubectl delete sts` deletes the data.",
        sources: &["S58", "S59", "S66", "note 003: deleting a set may delete claims"],
        see: Some(See { run: &[APPLY, "sts-lab delete sts {set}", "sts-lab get pvc"], shows: "No resources found" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "  replicas: 3\n",
                "  replicas: 3\n  persistentVolumeClaimRetentionPolicy:\n    whenDeleted: Delete\n    whenScaled: Retain\n",
            )],
        },
        check: retention,
    },
];

/// The modes of a claim that stands in the files or the lab.
fn modes_of<'s>(scope: &'s Scope, workload: &Subject, volume: &'s Value) -> Option<(&'s str, Vec<&'s str>)> {
    let name = volume["persistentVolumeClaim"]["claimName"].as_str()?;
    let claim = scope.find("PersistentVolumeClaim", &workload.namespace, name)?;
    let modes = claim.get("spec.accessModes").as_array()?;
    Some((name, modes.iter().filter_map(Value::as_str).collect()))
}

fn one_node_only(modes: &[&str]) -> bool {
    !modes.is_empty() && modes.iter().all(|mode| matches!(*mode, "ReadWriteOnce" | "ReadWriteOncePod"))
}

fn shared(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads().filter(|workload| workload.replicas().is_none_or(|n| n > 1)) {
        for (path, volume) in workload.volumes() {
            let Some((claim, modes)) = modes_of(scope, workload, volume) else { continue };
            if !one_node_only(&modes) {
                continue;
            }
            let many = workload.replicas().map_or("one Pod on each node".to_string(), |n| format!("{n} Pods"));
            let why = format!(
                "{} has {many}, and all of them want claim {claim}, which is {}.",
                workload.title(),
                modes.join(", ")
            );
            let fix = if workload.kind == "StatefulSet" {
                let name = volume["name"].as_str().unwrap_or("data");
                format!(
                    "# a claim for each Pod instead of the volume\nspec:\n  volumeClaimTemplates:\n    - metadata:\n        name: {name}\n      \
                     spec:\n        accessModes: [ReadWriteOnce]\n        resources:\n          requests:\n            storage: 1Gi"
                )
            } else {
                format!(
                    "# in claim {claim}, of a class that can share (EFS, NFS);\n# or a StatefulSet with a claim template\n\
                     spec:\n  accessModes: [ReadWriteMany]"
                )
            };
            found.add(workload, &format!("{path}.persistentVolumeClaim.claimName"), why, fix);
        }
    }
}

fn surge(scope: &Scope, found: &mut Found) {
    for workload in scope.of("Deployment").filter(|workload| workload.replicas() == Some(1)) {
        let strategy = workload.get("spec.strategy");
        let surge = &strategy["rollingUpdate"]["maxSurge"];
        if strategy["type"] == "Recreate" || *surge == 0 || *surge == "0%" || *surge == "0" {
            continue;
        }
        for (_, volume) in workload.volumes() {
            let Some((claim, modes)) = modes_of(scope, workload, volume).filter(|(_, m)| one_node_only(m)) else {
                continue;
            };
            let why = format!(
                "The new Pod of an update wants claim {claim} ({}) while the old one still has it.",
                modes.join(", ")
            );
            let path = if strategy.is_null() { "spec" } else { "spec.strategy" };
            found.add(workload, path, why, "spec:\n  strategy:\n    type: Recreate");
            break;
        }
    }
}

/// The mounts of a container: where, and under which name.
fn mounts(container: &Value) -> impl Iterator<Item = (&str, &str)> {
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    mounts.map(|mount| (mount["mountPath"].as_str().unwrap_or_default(), mount["name"].as_str().unwrap_or_default()))
}

fn not_kept(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        let templates: Vec<&str> = workload.templates().into_iter().map(|(_, name, _)| name).collect();
        let volumes = workload.volumes();
        let kept = |name: &str| {
            templates.contains(&name)
                || volumes.iter().any(|(_, v)| {
                    v["name"] == name
                        && ["emptyDir", "configMap", "secret", "downwardAPI"].iter().all(|k| v[k].is_null())
                        && v.as_object().is_some_and(|v| v.len() > 1)
                })
        };
        for container in workload.main_containers() {
            let Some(known) = known::of(container.image) else { continue };
            let on_its_folder: Vec<(&str, &str)> =
                mounts(container.value).filter(|(path, _)| known.keeps_data_in(path)).collect();
            // Elsewhere by a setting: any claim at all is taken for it then.
            let set_elsewhere = container.value["env"].as_array().into_iter().flatten().any(|env| {
                env["value"].as_str().is_some_and(|v| {
                    v.starts_with('/') && mounts(container.value).any(|(p, n)| kept(n) && v.starts_with(p))
                })
            }) || ["args", "command"].iter().any(|words| {
                container.value[words].as_array().into_iter().flatten().filter_map(Value::as_str).any(|word| {
                    mounts(container.value).any(|(path, name)| kept(name) && path.len() > 1 && word.contains(path))
                })
            });
            if on_its_folder.iter().any(|(_, name)| kept(name)) || set_elsewhere {
                continue;
            }
            let folder = known.data.first().copied().unwrap_or("/data");
            let (path, why) = match on_its_folder.first() {
                Some((mount, name)) => (
                    format!("{}.volumeMounts", container.path),
                    format!("{} keeps its data in {mount}, which is volume {name}: it ends with the Pod.", known.name),
                ),
                None => (
                    format!("{}.image", container.path),
                    format!("{} keeps its data in {folder}, and no claim is mounted there.", known.name),
                ),
            };
            let name = templates.first().copied().unwrap_or("data");
            let claim = if templates.is_empty() {
                format!(
                    "\n# and in the set\nvolumeClaimTemplates:\n  - metadata:\n      name: {name}\n    spec:\n      accessModes: \
                     [ReadWriteOnce]\n      resources:\n        requests:\n          storage: 10Gi"
                )
            } else {
                String::new()
            };
            let fix = format!(
                "# in container {}\nvolumeMounts:\n  - name: {name}\n    mountPath: {folder}{claim}",
                container.name
            );
            found.add(workload, &path, why, fix);
        }
    }
}

fn unused(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        for (path, name, _) in set.templates() {
            let used = set.containers().iter().any(|c| {
                mounts(c.value).any(|(_, mounted)| mounted == name)
                    || c.value["volumeDevices"].as_array().into_iter().flatten().any(|device| device["name"] == name)
            });
            if name.is_empty() || used {
                continue;
            }
            let container = set.main_containers().first().map(|c| c.name.to_string()).unwrap_or_default();
            let why = format!("Claims {name}-{}-0 and so on are made and never used.", set.name);
            let fix = format!("# in container {container}\nvolumeMounts:\n  - name: {name}\n    mountPath: /data");
            found.add(set, &format!("{path}.metadata.name"), why, fix);
        }
    }
}

fn unknown(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        let templates: Vec<&str> = workload.templates().into_iter().map(|(_, name, _)| name).collect();
        let volumes: Vec<&str> = workload.volumes().into_iter().filter_map(|(_, v)| v["name"].as_str()).collect();
        for container in workload.containers() {
            for (at, (path, name)) in mounts(container.value).enumerate() {
                if templates.contains(&name) || volumes.contains(&name) {
                    continue;
                }
                let there: Vec<&str> = templates.iter().chain(&volumes).copied().collect();
                let there = if there.is_empty() {
                    "there is none".to_string()
                } else {
                    format!("there is {}", there.join(", "))
                };
                let why = format!("No volume or claim template is called {name} ({there}).");
                let near = crate::manifest::did_you_mean(name, templates.iter().chain(&volumes).copied());
                let near = near.or(templates.first().copied()).unwrap_or("data");
                let fix = format!("volumeMounts:\n  - name: {near}\n    mountPath: {path}");
                found.add(workload, &format!("{}.volumeMounts[{at}].name", container.path), why, fix);
            }
        }
    }
}

fn template_twice(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let templates = set.templates();
        for (at, (path, name, _)) in templates.iter().enumerate() {
            if templates[..at].iter().any(|(_, other, _)| other == name) {
                let why = format!("Both mean claim {name}-{}-0: each Pod gets one volume for both.", set.name);
                let fix = format!("volumeClaimTemplates:\n  - metadata:\n      name: {name}-2");
                found.add(set, &format!("{path}.metadata.name"), why, fix);
            }
        }
    }
}

fn hidden(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let templates: Vec<&str> = set.templates().into_iter().map(|(_, name, _)| name).collect();
        for (path, volume) in set.volumes() {
            let Some(name) = volume["name"].as_str().filter(|name| templates.contains(name)) else { continue };
            let why = format!("Pods get the claim of template {name}; this volume is dropped.");
            let fix = format!("volumes:\n  - name: {name}-2 # or remove it");
            found.add(set, &format!("{path}.name"), why, fix);
        }
    }
}

fn host_path(scope: &Scope, found: &mut Found) {
    // One folder for each node is what a DaemonSet is for.
    for workload in scope.workloads().filter(|workload| workload.kind != "DaemonSet") {
        for (path, volume) in workload.volumes() {
            let Some(folder) = volume["hostPath"]["path"].as_str() else { continue };
            let why = format!("{folder} is another folder on each node; a Pod that moves leaves its files behind.");
            let name = volume["name"].as_str().unwrap_or("data");
            let fix = format!(
                "# a claim instead\nvolumes:\n  - name: {name}\n    persistentVolumeClaim:\n      claimName: {name}"
            );
            found.add(workload, &format!("{path}.hostPath"), why, fix);
        }
    }
}

fn retention(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| !set.templates().is_empty()) {
        let policy =
            |when: &str| set.text(&format!("spec.persistentVolumeClaimRetentionPolicy.{when}")) == Some("Delete");
        let when = match (policy("whenDeleted"), policy("whenScaled")) {
            (false, false) => continue,
            (true, false) => "with the set",
            (false, true) => "with each scale-down",
            (true, true) => "with the set and with each scale-down",
        };
        let kept = set.templates().iter().all(|(_, _, template)| {
            scope.class_of(&template["spec"]).is_some_and(|class| class.text("reclaimPolicy") == Some("Retain"))
        });
        let data = if kept {
            "the volumes stay, Released, for somebody to bind again by hand"
        } else {
            "the data goes with them unless the volumes' policy is Retain"
        };
        let why = format!("The claims of {} go {when}; {data}.", set.name);
        let fix = "spec:\n  persistentVolumeClaimRetentionPolicy:\n    whenDeleted: Retain\n    whenScaled: Retain";
        found.add(set, "spec.persistentVolumeClaimRetentionPolicy", why, fix);
    }
}
