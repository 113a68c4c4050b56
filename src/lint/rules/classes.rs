//! StorageClasses: what becomes of the data, where the volume is made, whether it can grow; and what a kind of storage
//! cannot do.

use serde_json::Value;

use super::{Bad, Found, Rule, SET, Scope, See, Severity, Subject};

/// Provisioners of disks that are in one zone and on one node at a time.
const ZONAL: &[&str] = &[
    "ebs.csi.aws.com",
    "kubernetes.io/aws-ebs",
    "pd.csi.storage.gke.io",
    "kubernetes.io/gce-pd",
    "disk.csi.azure.com",
    "kubernetes.io/azure-disk",
];

const APPLY: &str = "sts-lab apply {file}";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS040",
        name: "reclaim-delete",
        severity: Severity::Warning,
        title: "the class deletes the data with the claim",
        because: "reclaimPolicy Delete is the default: once a claim is deleted its volume and all data in it are deleted \
                  too, and nobody is asked. A volume that exists keeps the policy it was made with.",
        sources: &["V1", "V30", "V31", "note 002: reclaimPolicy"],
        see: Some(See {
            run: &[APPLY, "sts-lab delete sts {set}", "sts-lab delete pvc --all", "sts-lab get pv"],
            shows: "No resources found",
        }),
        bad: Bad { good: SET, edits: &[("reclaimPolicy: Retain", "reclaimPolicy: Delete")] },
        check: reclaim,
    },
    Rule {
        id: "STS041",
        name: "immediate-zonal",
        severity: Severity::Warning,
        title: "the disk's zone is chosen before the Pod's node",
        because: "With Immediate the volume is made in some zone; a Pod that cannot run there stays Pending for good, since \
                  a disk never changes its zone.",
        sources: &["V45", "note 002: WaitForFirstConsumer"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[
                ("kubernetes.io/host-path", "ebs.csi.aws.com"),
                ("volumeBindingMode: WaitForFirstConsumer", "volumeBindingMode: Immediate"),
            ],
        },
        check: immediate,
    },
    Rule {
        id: "STS042",
        name: "no-expansion",
        severity: Severity::Info,
        title: "volumes of this class cannot grow",
        because: "Without allowVolumeExpansion a claim that is full can only be replaced by a larger one, by hand. The flag \
                  can be set later, too.",
        sources: &["V49", "note 002: allowVolumeExpansion", "on-call 25"],
        see: Some(See {
            run: &[
                APPLY,
                "sts-lab patch pvc www-{set}-0 -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"2Gi\"}}}}'",
            ],
            shows: "only dynamically provisioned pvc can be resized",
        }),
        bad: Bad { good: SET, edits: &[("allowVolumeExpansion: true\n", "")] },
        check: expansion,
    },
    Rule {
        id: "STS043",
        name: "mode-of-disk",
        severity: Severity::Error,
        title: "a disk cannot be written by several nodes",
        because: "EBS, Persistent Disk and Azure Disk are attached to one node at a time. A claim for ReadWriteMany of such \
                  a class is never provisioned.",
        sources: &["V37", "V47"],
        see: None,
        bad: Bad {
            good: SET,
            edits: &[("kubernetes.io/host-path", "ebs.csi.aws.com"), ("[\"ReadWriteOnce\"]", "[\"ReadWriteMany\"]")],
        },
        check: mode,
    },
    Rule {
        id: "STS044",
        name: "class-missing",
        severity: Severity::Error,
        title: "the class is not there",
        because: "A claim whose class does not exist stays Pending, and its Pod with it, until somebody makes that class. \
                  The set's template can never be corrected.",
        sources: &["V20", "on-call 2"],
        see: Some(See { run: &[APPLY, "sts-lab get events"], shows: "storageclass.storage.k8s.io \"kept\" not found" }),
        bad: Bad { good: SET, edits: &[("storageClassName: keep", "storageClassName: kept")] },
        check: missing,
    },
];

/// The claims that are asked for: the templates of sets, and claims.
fn claims<'s>(scope: &'s Scope) -> Vec<(&'s Subject, String, &'s Value)> {
    let templates = scope.sets().flat_map(|set| {
        set.templates().into_iter().map(move |(path, _, template)| (set, format!("{path}.spec"), &template["spec"]))
    });
    let claims = scope.of("PersistentVolumeClaim").map(|claim| (claim, "spec".to_string(), claim.get("spec")));
    templates.chain(claims).collect()
}

/// The claims that are asked of a class.
fn asked<'s>(scope: &'s Scope, class: &Subject) -> Vec<(&'s Subject, String, &'s Value)> {
    let of_class = |claim: &(&Subject, String, &Value)| scope.class_of(claim.2).is_some_and(|c| c.name == class.name);
    claims(scope).into_iter().filter(of_class).collect()
}

fn reclaim(scope: &Scope, found: &mut Found) {
    for class in scope.of("StorageClass").filter(|class| class.document.is_some()) {
        let policy = class.text("reclaimPolicy");
        let Some((user, _, _)) = asked(scope, class).into_iter().next().filter(|_| policy != Some("Retain")) else {
            continue;
        };
        let said = if policy.is_none() { "says nothing, which means Delete" } else { "says Delete" };
        let why = format!("{} keeps data in volumes of {}, which {said}.", user.title(), class.name);
        let path = if policy.is_none() { "provisioner" } else { "reclaimPolicy" };
        found.add(
            class,
            path,
            why,
            "# can never change: make the class again before the claims\nreclaimPolicy: Retain",
        );
    }
}

fn is_zonal(class: &Subject) -> bool {
    class.text("provisioner").is_some_and(|provisioner| ZONAL.contains(&provisioner))
}

fn immediate(scope: &Scope, found: &mut Found) {
    for class in scope.of("StorageClass").filter(|class| is_zonal(class)) {
        let mode = class.text("volumeBindingMode");
        if mode == Some("WaitForFirstConsumer") {
            continue;
        }
        let said = if mode.is_none() { "No volumeBindingMode means Immediate" } else { "With Immediate" };
        let why = format!("{said}: {} makes the disk in a zone of its own choice.", class.name);
        let path = if mode.is_none() { "provisioner" } else { "volumeBindingMode" };
        found.add(class, path, why, "volumeBindingMode: WaitForFirstConsumer");
    }
}

fn expansion(scope: &Scope, found: &mut Found) {
    for class in scope.of("StorageClass").filter(|class| class.document.is_some()) {
        let provisioner = class.text("provisioner").unwrap_or_default();
        // What is made by hand, or has no real size, does not grow.
        let fixed =
            provisioner == "kubernetes.io/no-provisioner" || provisioner.contains("efs") || provisioner.contains("nfs");
        if fixed || class.get("allowVolumeExpansion") == true || asked(scope, class).is_empty() {
            continue;
        }
        let why = format!("Claims of {} keep their first size for ever.", class.name);
        let path = if class.get("allowVolumeExpansion").is_null() { "provisioner" } else { "allowVolumeExpansion" };
        found.add(class, path, why, "allowVolumeExpansion: true");
    }
}

fn mode(scope: &Scope, found: &mut Found) {
    for (subject, path, spec) in claims(scope) {
        let Some(class) = scope.class_of(spec).filter(|class| is_zonal(class)) else { continue };
        let modes = spec["accessModes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let Some(wrong) = modes.into_iter().find(|mode| *mode == "ReadWriteMany") else { continue };
        if spec["volumeMode"] == "Block" {
            continue;
        }
        let provisioner = class.text("provisioner").unwrap_or_default();
        let why = format!(
            "{} ({provisioner}) makes disks for one node; {wrong} needs files that are shared (EFS, NFS).",
            class.name
        );
        found.add(subject, &format!("{path}.accessModes"), why, "accessModes: [ReadWriteOnce]");
    }
}

fn missing(scope: &Scope, found: &mut Found) {
    // Files without classes say nothing about which there are.
    if scope.any("StorageClass").next().is_none() {
        return;
    }
    let files_alone = !scope.with_lab;
    for (subject, path, spec) in claims(scope) {
        let Some(name) = spec["storageClassName"].as_str().filter(|name| !name.is_empty()) else { continue };
        if scope.class_of(spec).is_some() {
            continue;
        }
        let names: Vec<&str> = scope.any("StorageClass").map(|class| class.name.as_str()).collect();
        let near = crate::manifest::did_you_mean(name, names.iter().copied());
        if files_alone && near.is_none() {
            continue;
        }
        let why = format!("No StorageClass {name} is here; there is {}.", names.join(", "));
        let near = near.or(names.first().copied()).unwrap_or("standard");
        found.add(subject, &format!("{path}.storageClassName"), why, format!("storageClassName: {near}"));
    }
}
