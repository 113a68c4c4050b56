//! What is in a Pod: images, resources, passwords, references; and whether the controller fits the program.

use super::super::known::{self, Trait};
use super::{Bad, Found, Rule, SET, SHARED, Scope, See, Severity, Subject};

const APPLY: &str = "sts-lab apply {file}";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS090",
        name: "image-latest",
        severity: Severity::Warning,
        title: "the image has no fixed version",
        because: "Without a tag, or with latest, each Pod takes what the registry has at that moment: two members of a set \
                  may run different versions, and no update shows in the template's revisions.",
        sources: &["P14", "S12"],
        see: Some(See {
            run: &[APPLY, "sts-lab get pod {set}-0 -o jsonpath={.spec.containers[0].imagePullPolicy}"],
            shows: "Always",
        }),
        bad: Bad { good: SET, edits: &[("image: nginx:1.28", "image: nginx")] },
        check: latest,
    },
    Rule {
        id: "STS091",
        name: "no-requests",
        severity: Severity::Warning,
        title: "a container asks for no CPU or memory",
        because: "The scheduler counts what is asked for, not what is used: such Pods are packed onto full nodes, and are \
                  the first to be evicted when one runs short.",
        sources: &["K10", "P32"],
        see: Some(See { run: &[APPLY, "sts-lab get pod {set}-0 -o jsonpath={.status.qosClass}"], shows: "BestEffort" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "          resources:\n            requests:\n              cpu: 50m\n              memory: 64Mi\n",
                "",
            )],
        },
        check: requests,
    },
    Rule {
        id: "STS092",
        name: "plain-password",
        severity: Severity::Warning,
        title: "a password stands in the manifest",
        because: "Whoever may read the object, its revisions or its repository reads the password. The template's old \
                  revisions keep it after it was changed.",
        sources: &["S71", "note 001: ConfigMap and Secret", "note 003: MYSQL_ROOT_PASSWORD"],
        see: Some(See { run: &[APPLY, "sts-lab get controllerrevisions -o yaml"], shows: "root123" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "          readinessProbe:\n",
                "          env:\n            - name: MYSQL_ROOT_PASSWORD\n              value: root123\n          readinessProbe:\n",
            )],
        },
        check: password,
    },
    Rule {
        id: "STS093",
        name: "missing-reference",
        severity: Severity::Info,
        title: "a ConfigMap or Secret that is used is not here",
        because: "A container whose environment or volume refers to one that does not exist is not started: \
                  CreateContainerConfigError, or ContainerCreating until it is made.",
        sources: &["V54", "on-call 34"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[(
                "          readinessProbe:\n",
                "          envFrom:\n            - secretRef:\n                name: web\n          readinessProbe:\n",
            )],
        },
        check: references,
    },
    Rule {
        id: "STS094",
        name: "database-in-deployment",
        severity: Severity::Warning,
        title: "a database runs in a Deployment",
        because: "A Deployment gives its Pods new names each time, starts a new Pod before the old one has ended, and gives \
                  all of them the same claim. A set promises at most one Pod for each name and claim.",
        sources: &["R2", "R14", "V55", "note 002: Databases ≠ Deployment"],
        see: None,
        bad: Bad {
            good: SHARED,
            edits: &[("image: nginx:1.28", "image: mysql:8.4"), ("mountPath: /uploads", "mountPath: /var/lib/mysql")],
        },
        check: deployment,
    },
    Rule {
        id: "STS095",
        name: "set-without-state",
        severity: Severity::Info,
        title: "this set keeps nothing",
        because: "Without claims a set brings order and names, and pays for them: one Pod at a time, no surge in updates, a \
                  lost node that blocks a name. What needs neither is better off in a Deployment.",
        sources: &["S44", "N7", "note 002: avoid StatefulSet for stateless apps"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[
                (
                    "          volumeMounts:\n            - name: www\n              mountPath: /usr/share/nginx/html\n",
                    "",
                ),
                (
                    "  volumeClaimTemplates:\n    - metadata:\n        name: www\n      spec:\n        accessModes: [\"ReadWriteOnce\"]\n        \
                  storageClassName: keep\n        resources:\n          requests:\n            storage: 1Gi\n",
                    "",
                ),
            ],
        },
        check: stateless,
    },
];

fn latest(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        for container in workload.containers().into_iter().filter(|c| !c.image.is_empty() && !c.image.contains('@')) {
            let name = container.image.rsplit('/').next().unwrap_or(container.image);
            let tag = name.split_once(':').map(|(_, tag)| tag);
            if tag.is_some_and(|tag| tag != "latest") {
                continue;
            }
            let said =
                if tag.is_none() { "has no tag, which means latest" } else { "is whatever latest means that day" };
            let why = format!("Image {} of container {} {said}.", container.image, container.name);
            let fix = format!("image: {}:1.2.3 # a version, or a digest", container.image.trim_end_matches(":latest"));
            found.add(workload, &format!("{}.image", container.path), why, fix);
        }
    }
}

fn requests(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        for container in workload.main_containers() {
            let asks = |what: &str| {
                let of = |list: &str| !container.value["resources"][list][what].is_null();
                of("requests") || of("limits")
            };
            let missing: Vec<&str> = ["cpu", "memory"].into_iter().filter(|what| !asks(what)).collect();
            if missing.is_empty() || !workload.pod("spec.resources").is_null() {
                continue;
            }
            let why = format!("Container {} asks for no {}.", container.name, missing.join(" and no "));
            let fix =
                format!("# in container {}\nresources:\n  requests:\n    cpu: 250m\n    memory: 512Mi", container.name);
            let path = if container.value["resources"].is_null() { "name" } else { "resources" };
            found.add(workload, &format!("{}.{path}", container.path), why, fix);
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    let says = |word: &str| name.contains(word);
    (says("PASSWORD") || says("PASSWD") || says("SECRET") || says("TOKEN") || says("API_KEY") || says("COOKIE"))
        && !says("FILE")
        && !says("ALLOW_EMPTY")
        && !says("RANDOM")
}

fn password(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        for container in workload.containers() {
            let env = container.value["env"].as_array().map(Vec::as_slice).unwrap_or_default();
            for (at, variable) in env.iter().enumerate() {
                let name = variable["name"].as_str().unwrap_or_default();
                let value = variable["value"].as_str().unwrap_or_default();
                if !is_secret(name) || value.is_empty() || value.starts_with("$(") || value.starts_with('/') {
                    continue;
                }
                let why = format!("{name} of container {} has its value in the template.", container.name);
                let key = name.to_lowercase().replace('_', "-");
                let fix = format!(
                    "# the value in a Secret {0}, and here\n- name: {name}\n  valueFrom:\n    secretKeyRef:\n      name: {0}\n      key: {key}",
                    workload.name
                );
                found.add(workload, &format!("{}.env[{at}].value", container.path), why, fix);
            }
        }
    }
}

/// What a workload refers to: kind, name, path.
fn referred(workload: &Subject) -> Vec<(&'static str, &str, String)> {
    let mut out = Vec::new();
    for container in workload.containers() {
        for (list, config, secret) in
            [("env", "configMapKeyRef", "secretKeyRef"), ("envFrom", "configMapRef", "secretRef")]
        {
            let items = container.value[list].as_array().map(Vec::as_slice).unwrap_or_default();
            for (at, item) in items.iter().enumerate() {
                let (from, path) = if list == "env" { (&item["valueFrom"], "valueFrom.") } else { (item, "") };
                for (kind, key) in [("ConfigMap", config), ("Secret", secret)] {
                    if let Some(name) = from[key]["name"].as_str().filter(|_| from[key]["optional"] != true) {
                        out.push((kind, name, format!("{}.{list}[{at}].{path}{key}.name", container.path)));
                    }
                }
            }
        }
    }
    for (path, volume) in workload.volumes() {
        for (kind, key, name) in [("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")] {
            if let Some(found) = volume[key][name].as_str().filter(|_| volume[key]["optional"] != true) {
                out.push((kind, found, format!("{path}.{key}.{name}")));
            }
        }
    }
    out
}

fn references(scope: &Scope, found: &mut Found) {
    for workload in scope.workloads() {
        let mut told: Vec<(&str, &str)> = Vec::new();
        for (kind, name, path) in referred(workload) {
            if told.contains(&(kind, name)) || scope.find(kind, &workload.namespace, name).is_some() {
                continue;
            }
            told.push((kind, name));
            let beside = if scope.with_lab { "in these files or the lab" } else { "in these files" };
            let why = format!("No {kind} {name} is {beside}; the Pods wait for it.");
            let data = if kind == "Secret" { "stringData" } else { "data" };
            let fix = format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{data}:\n  key: value");
            found.add(workload, &path, why, fix);
        }
    }
}

fn deployment(scope: &Scope, found: &mut Found) {
    for workload in scope.of("Deployment") {
        for container in workload.main_containers() {
            let claims = workload.volumes().iter().any(|(_, volume)| !volume["persistentVolumeClaim"].is_null());
            let Some(known) =
                known::of(container.image).filter(|k| claims || k.is(Trait::Votes) || k.is(Trait::CopiesNothing))
            else {
                continue;
            };
            let why =
                format!("{} wants a name and a disk of its own for each server; a Deployment has neither.", known.name);
            found.add(
                workload,
                "kind",
                why,
                "apiVersion: apps/v1\nkind: StatefulSet # with serviceName and volumeClaimTemplates",
            );
        }
    }
}

fn stateless(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.templates().is_empty()) {
        let keeps =
            set.volumes().iter().any(|(_, v)| !v["persistentVolumeClaim"].is_null() || !v["hostPath"].is_null());
        let known = set.main_containers().iter().any(|container| known::of(container.image).is_some());
        if keeps || known {
            continue;
        }
        let why = format!("{} has no claim templates: its Pods start from nothing each time.", set.title());
        found.add(set, "kind", why, "apiVersion: apps/v1\nkind: Deployment");
    }
}
