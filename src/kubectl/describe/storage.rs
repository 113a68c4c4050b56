//! `kubectl describe` of claims, volumes and storage classes (S137; `describe.go`, `describePersistentVolumeClaim`,
//! `describePersistentVolume`, `describeStorageClass`).

use serde_json::Value;

use super::json::{self, Json, bracketed, date, quantity};
use super::volumes;
use super::writer::{Writer, put};
use crate::kubectl::print::value::format_labels;
use crate::resource::Time;

/// Writes the description of a claim; `pods` are those of its namespace.
pub(super) fn claim(w: &mut Writer, claim: &Value, pods: &[Value], now: Time) {
    put!(w, 0, "Name:\t{}\n", claim.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", claim.text("metadata.namespace"));
    claim_body(w, claim, Some(now));
    let mut users: Vec<String> = users(claim, pods);
    users.sort();
    w.lines("", "Used By", &users);
    let conditions = claim.items("status.conditions");
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n");
        put!(w, 1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n");
        put!(w, 1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    }
    for c in conditions {
        let (probe, transition) = (date(c.at("lastProbeTime")), date(c.at("lastTransitionTime")));
        let (kind, status, reason, message) = (c.text("type"), c.text("status"), c.text("reason"), c.text("message"));
        put!(w, 1, "{kind} \t{status} \t{probe} \t{transition} \t{reason} \t{message}\n");
    }
}

/// Writes a claim template inside a Pod: what has no meaning yet is left out.
pub(super) fn claim_of_template(w: &mut Writer, template: &Value) {
    claim_body(w, template, None);
}

fn claim_body(w: &mut Writer, claim: &Value, full: Option<Time>) {
    put!(w, 0, "StorageClass:\t{}\n", class(claim));
    if let Some(now) = full {
        put!(w, 0, "Status:\t{}\n", status(claim, now));
    }
    put!(w, 0, "Volume:\t{}\n", claim.text("spec.volumeName"));
    w.labels("", "Labels", &claim.map("metadata.labels"));
    w.annotations("Annotations", &claim.map("metadata.annotations"));
    if full.is_some() {
        put!(w, 0, "Finalizers:\t{}\n", bracketed(&claim.words("metadata.finalizers")));
    }
    let (mut capacity, mut modes) = (String::new(), String::new());
    if !claim.text("spec.volumeName").is_empty() {
        capacity = quantity(claim.at("status.capacity.storage"));
        modes = access_modes(&claim.words("status.accessModes"));
    }
    put!(w, 0, "Capacity:\t{capacity}\n");
    put!(w, 0, "Access Modes:\t{modes}\n");
    if claim.has("spec.volumeMode") {
        put!(w, 0, "VolumeMode:\t{}\n", claim.text("spec.volumeMode"));
    }
    let source = claim.at("spec.dataSource");
    if !source.is_null() {
        put!(w, 0, "DataSource:\n");
        if source.has("apiGroup") {
            put!(w, 1, "APIGroup:\t{}\n", source.text("apiGroup"));
        }
        put!(w, 1, "Kind:\t{}\n", source.text("kind"));
        put!(w, 1, "Name:\t{}\n", source.text("name"));
    }
}

/// The names of the Pods that mount a claim, or that own it; a Pod that mounts it twice is there twice.
fn users(claim: &Value, pods: &[Value]) -> Vec<String> {
    let mut users: Vec<&Value> = Vec::new();
    for pod in pods {
        let mounts = |v: &&Value| {
            v.has("persistentVolumeClaim") && v.text("persistentVolumeClaim.claimName") == claim.text("metadata.name")
        };
        users.extend(pod.items("spec.volumes").iter().filter(mounts).map(|_| pod));
    }
    for owner in claim.items("metadata.ownerReferences").iter().filter(|o| o.text("kind") == "Pod") {
        let is_owner = |pod: &&Value| pod.text("metadata.uid") == owner.text("uid");
        if let Some(pod) = pods.iter().find(is_owner)
            && !users.iter().any(is_owner)
        {
            users.push(pod);
        }
    }
    users.into_iter().map(|pod| pod.text("metadata.name").to_string()).collect()
}

/// The claim templates of a `StatefulSet`.
pub(super) fn claim_templates(w: &mut Writer, templates: &[Value]) {
    if templates.is_empty() {
        put!(w, 0, "Volume Claims:\t<none>\n");
        return;
    }
    put!(w, 0, "Volume Claims:\n");
    for template in templates {
        put!(w, 1, "Name:\t{}\n", template.text("metadata.name"));
        put!(w, 1, "StorageClass:\t{}\n", class(template));
        w.labels("  ", "Labels", &template.map("metadata.labels"));
        w.labels("  ", "Annotations", &template.map("metadata.annotations"));
        if template.has("spec.resources.requests.storage") {
            put!(w, 1, "Capacity:\t{}\n", quantity(template.at("spec.resources.requests.storage")));
        } else {
            put!(w, 1, "Capacity:\t<default>\n");
        }
        put!(w, 1, "Access Modes:\t{}\n", bracketed(&template.words("spec.accessModes")));
    }
}

/// Writes the description of a `PersistentVolume`.
pub(super) fn volume(w: &mut Writer, volume: &Value, now: Time) {
    put!(w, 0, "Name:\t{}\n", volume.text("metadata.name"));
    w.labels("", "Labels", &volume.map("metadata.labels"));
    w.annotations("Annotations", &volume.map("metadata.annotations"));
    put!(w, 0, "Finalizers:\t{}\n", bracketed(&volume.words("metadata.finalizers")));
    put!(w, 0, "StorageClass:\t{}\n", class(volume));
    put!(w, 0, "Status:\t{}\n", status(volume, now));
    let claim = volume.at("spec.claimRef");
    if claim.is_null() {
        put!(w, 0, "Claim:\t\n");
    } else {
        put!(w, 0, "Claim:\t{}/{}\n", claim.text("namespace"), claim.text("name"));
    }
    put!(w, 0, "Reclaim Policy:\t{}\n", volume.text("spec.persistentVolumeReclaimPolicy"));
    put!(w, 0, "Access Modes:\t{}\n", access_modes(&volume.words("spec.accessModes")));
    if volume.has("spec.volumeMode") {
        put!(w, 0, "VolumeMode:\t{}\n", volume.text("spec.volumeMode"));
    }
    put!(w, 0, "Capacity:\t{}\n", quantity(volume.at("spec.capacity.storage")));
    node_affinity(w, volume.at("spec.nodeAffinity.required"));
    put!(w, 0, "Message:\t{}\n", volume.text("status.message"));
    put!(w, 0, "Source:\n");
    volumes::write_source(w, volume.at("spec"));
}

fn node_affinity(w: &mut Writer, required: &Value) {
    put!(w, 0, "Node Affinity:\t");
    if required.is_null() {
        w.end("<none>");
        return;
    }
    w.end("");
    put!(w, 1, "Required Terms:\t");
    let terms = required.items("nodeSelectorTerms");
    w.end(if terms.is_empty() { "<none>" } else { "" });
    for (index, term) in terms.iter().enumerate() {
        let lower = |r: &Value| r.text("operator").to_lowercase();
        requirements(w, 2, index, term.items("matchExpressions"), lower);
    }
}

/// `Term 0:` and one line for each requirement.
fn requirements(w: &mut Writer, level: usize, index: usize, list: &[Value], operator: impl Fn(&Value) -> String) {
    put!(w, level, "Term {index}:\t");
    if list.is_empty() {
        w.end("<none>");
    }
    for (index, requirement) in list.iter().enumerate() {
        if index > 0 {
            put!(w, level, "\t");
        }
        let values = requirement.words("values");
        let values = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
        put!(w, 0, "{} {}{values}\n", requirement.text("key"), operator(requirement));
    }
}

/// Writes the description of a `CSINode`.
pub(super) fn csi_node(w: &mut Writer, node: &Value) {
    put!(w, 0, "Name:\t{}\n", node.text("metadata.name"));
    w.labels("", "Labels", &node.map("metadata.labels"));
    w.annotations("Annotations", &node.map("metadata.annotations"));
    put!(w, 0, "CreationTimestamp:\t{}\n", date(node.at("metadata.creationTimestamp")));
    put!(w, 0, "Spec:\n");
    let drivers = node.items("spec.drivers");
    if !drivers.is_empty() {
        put!(w, 1, "Drivers:\n");
    }
    for driver in drivers {
        put!(w, 2, "{}:\n", driver.text("name"));
        put!(w, 3, "Node ID:\t{}\n", driver.text("nodeID"));
        if driver.has("allocatable.count") {
            put!(w, 3, "Allocatables:\n");
            put!(w, 4, "Count:\t{}\n", driver.int("allocatable.count"));
        }
        if driver.has("topologyKeys") {
            put!(w, 3, "Topology Keys:\t{}\n", bracketed(&driver.words("topologyKeys")));
        }
    }
}

/// Writes the description of a `StorageClass`.
pub(super) fn storage_class(w: &mut Writer, class: &Value) {
    let annotations = class.map("metadata.annotations");
    let default = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .iter()
        .any(|key| annotations.get(key) == Some(&"true"));
    put!(w, 0, "Name:\t{}\n", class.text("metadata.name"));
    put!(w, 0, "IsDefaultClass:\t{}\n", if default { "Yes" } else { "No" });
    put!(w, 0, "Annotations:\t{}\n", format_labels(class, "/metadata/annotations"));
    put!(w, 0, "Provisioner:\t{}\n", class.text("provisioner"));
    put!(w, 0, "Parameters:\t{}\n", format_labels(class, "/parameters"));
    let expansion = match class.at("allowVolumeExpansion").as_bool() {
        None => "<unset>",
        Some(true) => "True",
        Some(false) => "False",
    };
    put!(w, 0, "AllowVolumeExpansion:\t{expansion}\n");
    let options = class.words("mountOptions");
    put!(w, 0, "MountOptions:{}\n", if options.is_empty() { "\t<none>" } else { "" });
    for option in options {
        put!(w, 1, "{option}\n");
    }
    for (title, field) in [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")] {
        if class.has(field) {
            put!(w, 0, "{title}:\t{}\n", class.text(field));
        }
    }
    let topologies = class.items("allowedTopologies");
    if !topologies.is_empty() {
        put!(w, 0, "AllowedTopologies:\t");
        w.end("");
    }
    for (index, term) in topologies.iter().enumerate() {
        requirements(w, 1, index, term.items("matchLabelExpressions"), |_| "in".to_string());
    }
}

/// The class of a claim or a volume; the old annotation comes first (`kubectl/pkg/util/storage`).
fn class(object: &Value) -> &str {
    let beta = object.at("metadata.annotations").get("volume.beta.kubernetes.io/storage-class");
    beta.and_then(Value::as_str).unwrap_or_else(|| object.text("spec.storageClassName"))
}

fn status(object: &Value, now: Time) -> String {
    if object.has("metadata.deletionTimestamp") {
        format!("Terminating (lasts {})", json::age(now, object.at("metadata.deletionTimestamp")))
    } else {
        object.text("status.phase").to_string()
    }
}

fn access_modes(modes: &[&str]) -> String {
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let shown: Vec<&str> = short.iter().filter(|(mode, _)| modes.contains(mode)).map(|(_, short)| *short).collect();
    shown.join(",")
}
