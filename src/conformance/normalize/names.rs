//! What is random in a run, and the names it gets: learned from the milestones and objects in their order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::regex::regex;

regex! {
    /// The prefix of the Pods of a `ReplicaSet` whose owner is gone.
    OF_A_REPLICA_SET = r"^.*-[0-9a-f]{8,10}-$";
}

/// Uids, addresses, generated names, revisions and nodes of one run.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub(super) uids: BTreeMap<String, String>,
    pub(super) addresses: BTreeMap<String, String>,
    pub(super) cluster_addresses: BTreeMap<String, String>,
    pub(super) node_ports: BTreeMap<String, String>,
    pub(super) generated: BTreeMap<String, String>,
    pub(super) revisions: BTreeMap<String, String>,
    pub(super) nodes: Vec<String>,
    objects: BTreeMap<(String, String), u32>,
    siblings: BTreeMap<(String, String), u32>,
    known: BTreeSet<String>,
}

impl Names {
    /// The name that stands for a generated one.
    #[must_use]
    pub fn stands_for(&self, name: &str) -> Option<&str> {
        self.generated.get(name).map(String::as_str)
    }

    fn new_object(&mut self, kind: &str, name: &str, uid: Option<&str>, prefix: Option<&str>, owner: Option<&str>) {
        let Some(uid) = uid.filter(|uid| self.known.insert((*uid).to_string())) else { return };
        if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
            let random = match (kind, owner) {
                ("EndpointSlice", _) | ("Pod", Some("ReplicaSet" | "DaemonSet" | "Job")) => true,
                ("Pod", None) => OF_A_REPLICA_SET.is_match(prefix),
                _ => false,
            };
            if random && !self.generated.contains_key(name) {
                let number = self.siblings.entry((kind.into(), prefix.into())).or_default();
                *number += 1;
                self.generated.insert(name.into(), format!("{prefix}<{number:03}>"));
            }
        }
        let mut label = self.stands_for(name).unwrap_or(name).to_string();
        let count = self.objects.entry((kind.into(), name.into())).or_default();
        *count += 1;
        if *count > 1 {
            label = format!("{label}#{count}");
        }
        self.uids.insert(uid.into(), label);
    }

    /// Learns from a line of the trace.
    pub fn milestone(&mut self, line: &Value) {
        let text = |key: &str| line[key].as_str();
        let (Some(kind), Some(name)) = (text("kind"), text("name").filter(|name| !name.is_empty())) else { return };
        if kind == "Event" {
            return;
        }
        if line["event"] == "created" {
            self.new_object(kind, name, text("uid"), text("generateName"), text("ownerKind"));
        }
        let label = text("uid").and_then(|uid| self.uids.get(uid)).cloned();
        let label = label.unwrap_or_else(|| self.stands_for(name).unwrap_or(name).to_string());
        for address in text("ip").into_iter().chain(texts(&line["ips"])) {
            self.addresses.entry(address.into()).or_insert_with(|| label.clone());
        }
        for address in texts(&line["clusterIPs"]).filter(|address| is_address(address)) {
            self.cluster_addresses.entry(address.into()).or_insert_with(|| label.clone());
        }
        for port in line["nodePorts"].as_array().into_iter().flatten() {
            self.node_ports.entry(port.to_string()).or_insert_with(|| name.into());
        }
        if let (Some(node), "Pod") = (text("node"), kind) {
            self.node(node);
        }
    }

    /// Learns from an object.
    pub fn object(&mut self, object: &Value) {
        let (meta, spec) = (&object["metadata"], &object["spec"]);
        let (Some(kind), Some(name)) = (object["kind"].as_str(), meta["name"].as_str()) else { return };
        if kind == "Event" {
            return;
        }
        let owner = meta["ownerReferences"][0]["kind"].as_str();
        self.new_object(kind, name, meta["uid"].as_str(), meta["generateName"].as_str(), owner);
        let label = meta["uid"].as_str().and_then(|uid| self.uids.get(uid)).map_or(name, String::as_str).to_string();
        match kind {
            "Pod" => {
                if let Some(address) = object["status"]["podIP"].as_str().filter(|address| !address.is_empty()) {
                    self.addresses.entry(address.into()).or_insert(label);
                }
                if let Some(node) = spec["nodeName"].as_str() {
                    self.node(node);
                }
            }
            "Service" => {
                for address in texts(&spec["clusterIPs"]).filter(|address| is_address(address)) {
                    self.cluster_addresses.entry(address.into()).or_insert_with(|| label.clone());
                }
                for port in spec["ports"].as_array().into_iter().flatten().filter_map(|port| port["nodePort"].as_u64())
                {
                    self.node_ports.entry(port.to_string()).or_insert_with(|| name.into());
                }
            }
            "ControllerRevision" | "ReplicaSet" => self.revision(name, object),
            _ => {}
        }
    }

    /// The hash of a template with a `restartedAt` depends on the time of the restart.
    fn revision(&mut self, name: &str, object: &Value) {
        let (labels, annotations) = (&object["metadata"]["labels"], &object["metadata"]["annotations"]);
        let template = if object["data"].is_null() { &object["spec"] } else { &object["data"] };
        if !template.to_string().contains("restartedAt") {
            return;
        }
        let last = name.rsplit('-').next().unwrap_or(name);
        let hash = ["controller.kubernetes.io/hash", "controller-revision-hash", "pod-template-hash"]
            .iter()
            .find_map(|label| labels[*label].as_str().filter(|hash| !hash.is_empty()))
            .unwrap_or(last);
        let number = object["revision"].as_i64().filter(|number| *number != 0).map(|number| number.to_string());
        let number = number.or_else(|| annotations["deployment.kubernetes.io/revision"].as_str().map(str::to_string));
        let label = format!("<rev{}>", number.as_deref().unwrap_or("?"));
        for hash in [hash, last] {
            self.revisions.entry(hash.into()).or_insert_with(|| label.clone());
        }
    }

    fn node(&mut self, node: &str) {
        if !node.is_empty() && !self.nodes.iter().any(|known| known == node) {
            self.nodes.push(node.into());
        }
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn is_address(text: &str) -> bool {
    !text.is_empty() && text != "None"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn learns_names_in_the_order_of_creation() {
        let mut names = Names::default();
        for line in [
            json!({"kind": "Pod", "name": "web-0", "event": "created", "uid": "u1"}),
            json!({"kind": "Pod", "name": "web-0", "event": "created", "uid": "u2", "ip": "10.0.0.2"}),
            json!({"kind": "Pod", "name": "d-77-x", "event": "created", "uid": "u3", "generateName": "d-77-", "ownerKind": "ReplicaSet"}),
            json!({"kind": "Pod", "name": "web-abcd", "event": "created", "uid": "u4", "generateName": "web-", "ownerKind": "StatefulSet"}),
            json!({"kind": "EndpointSlice", "name": "web-qq", "event": "created", "uid": "u5", "generateName": "web-"}),
            json!({"kind": "EndpointSlice", "name": "web-rr", "event": "created", "uid": "u6", "generateName": "web-"}),
            json!({"kind": "Service", "name": "web", "event": "created", "uid": "u7", "clusterIPs": ["None"], "nodePorts": [30123]}),
            json!({"kind": "Pod", "name": "web-0", "event": "scheduled", "node": "node-2"}),
        ] {
            names.milestone(&line);
        }
        assert_eq!(names.uids["u2"], "web-0#2");
        assert_eq!(names.uids["u3"], "d-77-<001>");
        assert_eq!(names.uids["u4"], "web-abcd");
        assert_eq!(names.uids["u6"], "web-<002>");
        assert_eq!(names.addresses["10.0.0.2"], "web-0#2");
        assert!(names.cluster_addresses.is_empty());
        assert_eq!(names.node_ports["30123"], "web");
        assert_eq!(names.nodes, ["node-2"]);
    }
}
