//! What a state lacks that its objects refer to: namespaces, nodes, storage classes, volumes, revisions. Without them
//! controllers would take for lost what only was not exported. A stand-in says as little as it can, and each is told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Objects;
use crate::cluster::ClusterConfig;
use crate::cluster::defaults::{node, storage_classes};
use crate::cluster::statefulset::revisions::data_of;
use crate::resource::hash::{hash_of, mix};
use crate::resource::meta::Uid;
use crate::resource::{Kind, Time};
use crate::view::waiting::brief;
use crate::view::words;

/// Namespaces that every cluster has.
const ALWAYS: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];
/// Cores and GiB of a node that is not known: enough for the Pods that are on it.
const LARGE: (u32, u32) = (256, 1024);

/// Puts in what is missing, and leaves out what cannot go on without it.
pub(super) fn make_whole(objects: &mut Objects, at: Time, notices: &mut Vec<String>) {
    let mut whole = Whole { objects, at, notices };
    whole.namespaces();
    whole.nodes();
    whole.volumes();
    whole.classes();
    whole.configs();
    whole.revisions();
    whole.deployments();
    whole.missing_pods();
}

struct Whole<'a> {
    objects: &'a mut Objects,
    at: Time,
    notices: &'a mut Vec<String>,
}

impl Whole<'_> {
    fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, &str, &Value)> {
        let first = (kind, String::new(), String::new());
        let of_kind = self.objects.range(first..).take_while(move |((other, ..), _)| *other == kind);
        of_kind.map(|((_, namespace, name), object)| (namespace.as_str(), name.as_str(), object))
    }

    fn has(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        self.objects.contains_key(&(kind, namespace.to_string(), name.to_string()))
    }

    /// Adds an object under a uid that depends on its name alone.
    fn put(&mut self, kind: Kind, mut object: Value) {
        let meta = &object["metadata"];
        let text = |key: &str| meta[key].as_str().unwrap_or_default().to_string();
        let (namespace, name) = (text("namespace"), text("name"));
        let seed = hash_of(&format!("{}/{namespace}/{name}", kind.info().name));
        let (high, low) = (mix(seed) & !0xf000 | 0x4000, mix(seed.rotate_left(32)) & !(0xc000 << 48) | 0x8000 << 48);
        object["metadata"]["uid"] = Uid { high, low }.to_string().into();
        object["metadata"]["creationTimestamp"] = self.at.rfc3339().into();
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.info().name.into();
        crate::apiserver::defaults::versioned(kind, &mut object);
        self.objects.insert((kind, namespace, name), object);
    }

    fn namespaces(&mut self) {
        let used = self.objects.keys().map(|(_, namespace, _)| namespace.clone()).filter(|name| !name.is_empty());
        let used: BTreeSet<String> = used.chain(ALWAYS.map(String::from)).collect();
        for name in used {
            if !self.has(Kind::Namespace, "", &name) {
                let object = json!({"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
                self.put(Kind::Namespace, object);
            }
        }
    }

    /// Without any node in the file, those that Pods name are made up. With some, a Pod on another one has lost it.
    fn nodes(&mut self) {
        if self.all(Kind::Node).next().is_some() {
            return;
        }
        let named = |(_, _, pod): (&str, &str, &Value)| pod["spec"]["nodeName"].as_str().map(String::from);
        let named: BTreeSet<String> = self.all(Kind::Pod).filter_map(named).collect();
        let missing: Vec<String> = named.into_iter().collect();
        if missing.is_empty() {
            self.notices.push("no Nodes in the file: three made up, one in each of three zones".into());
            for index in 0..3 {
                self.put(Kind::Node, node(index, &ClusterConfig::default(), self.at));
            }
        } else {
            self.notices.push(format!(
                "{} not in the file ({}): made up, large and healthy, without labels; add `nodes` to the export",
                if missing.len() == 1 { "1 Node is".into() } else { words::count(missing.len(), "Node") + " are" },
                brief(&missing)
            ));
        }
        let config = ClusterConfig { cpu: LARGE.0, memory_gi: LARGE.1, pods_per_node: 500, ..ClusterConfig::default() };
        for (index, name) in missing.iter().enumerate() {
            let mut object = node(index as u32, &config, self.at);
            object["metadata"]["name"] = name.as_str().into();
            object["metadata"]["labels"] = json!({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"});
            self.put(Kind::Node, object);
        }
    }

    /// Bound claims keep a volume; bound volumes whose claims were not exported are left out.
    fn volumes(&mut self) {
        let claims: BTreeSet<(String, String)> =
            self.all(Kind::PersistentVolumeClaim).map(|(ns, name, _)| (ns.to_string(), name.to_string())).collect();
        let dangling = |volume: &Value| {
            let claim = &volume["spec"]["claimRef"];
            let text = |key: &str| claim[key].as_str().unwrap_or_default().to_string();
            volume["status"]["phase"] == "Bound" && !claims.contains(&(text("namespace"), text("name")))
        };
        let left_out: Vec<String> = self
            .all(Kind::PersistentVolume)
            .filter(|(_, _, volume)| dangling(volume))
            .map(|(_, name, _)| name.to_string())
            .collect();
        for name in &left_out {
            self.objects.remove(&(Kind::PersistentVolume, String::new(), name.clone()));
        }
        if !left_out.is_empty() {
            self.notices.push(format!(
                "{} left out, whose claims are not in the file; add `pvc` to the export",
                words::count(left_out.len(), "bound PersistentVolume")
            ));
        }
        let mut made = Vec::new();
        for (namespace, name, claim) in self.all(Kind::PersistentVolumeClaim) {
            let volume = claim["spec"]["volumeName"].as_str().unwrap_or_default();
            if claim["status"]["phase"] == "Bound"
                && !volume.is_empty()
                && !self.has(Kind::PersistentVolume, "", volume)
            {
                made.push(self.volume(volume, (namespace, name), claim));
            }
        }
        if !made.is_empty() {
            self.notices.push(format!(
                "{} made up for bound claims, with the reclaim policy of their class, else Delete; add `pv` to the export",
                words::count(made.len(), "PersistentVolume")
            ));
        }
        for volume in made {
            self.put(Kind::PersistentVolume, volume);
        }
    }

    fn volume(&self, volume: &str, (namespace, name): (&str, &str), claim: &Value) -> Value {
        let class = claim["spec"]["storageClassName"].as_str().unwrap_or_default();
        let known = self.objects.get(&(Kind::StorageClass, String::new(), class.to_string()));
        let part = |key: &str, usual: &str| known.and_then(|class| class[key].as_str()).unwrap_or(usual).to_string();
        let provisioner = part("provisioner", "kubernetes.io/no-provisioner");
        json!({"metadata": {"name": volume, "finalizers": ["kubernetes.io/pv-protection"], "annotations":
                {"pv.kubernetes.io/provisioned-by": provisioner, "pv.kubernetes.io/bound-by-controller": "yes"}},
            "spec": {"capacity": claim["status"]["capacity"], "accessModes": claim["spec"]["accessModes"],
                "persistentVolumeReclaimPolicy": part("reclaimPolicy", "Delete"), "storageClassName": class,
                "volumeMode": claim["spec"]["volumeMode"], "csi": {"driver": provisioner, "volumeHandle": volume},
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name,
                    "uid": claim["metadata"]["uid"]}},
            "status": {"phase": "Bound"}})
    }

    /// Without any class in the file, those that claims name are made up from their volumes.
    fn classes(&mut self) {
        if self.all(Kind::StorageClass).next().is_some() {
            return;
        }
        let mut named: BTreeMap<String, Value> = BTreeMap::new();
        for (_, _, volume) in self.all(Kind::PersistentVolume) {
            let Some(name) = volume["spec"]["storageClassName"].as_str().filter(|name| !name.is_empty()) else {
                continue;
            };
            let by = &volume["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"];
            let by = by.as_str().unwrap_or("kubernetes.io/no-provisioner");
            let zonal = !volume["spec"]["nodeAffinity"].is_null();
            let class = json!({"metadata": {"name": name}, "provisioner": by,
                "reclaimPolicy": volume["spec"]["persistentVolumeReclaimPolicy"],
                "volumeBindingMode": if zonal { "WaitForFirstConsumer" } else { "Immediate" }});
            named.insert(name.to_string(), class);
        }
        let names: Vec<String> = named.keys().cloned().collect();
        let told = if names.is_empty() {
            "those of a new lab put in".into()
        } else {
            format!("{} made up from the volumes, none of them the default", brief(&names))
        };
        self.notices.push(format!("no StorageClasses in the file: {told}; add `sc` to the export"));
        let classes: Vec<Value> = if named.is_empty() { storage_classes() } else { named.into_values().collect() };
        for class in classes {
            self.put(Kind::StorageClass, class);
        }
    }

    fn configs(&mut self) {
        for (kind, object) in super::configs::stand_ins(self.objects, self.notices) {
            self.put(kind, object);
        }
    }

    /// Deployments whose ReplicaSets were not exported would make new ones, and new Pods.
    fn deployments(&mut self) {
        let owners: BTreeSet<String> = self
            .all(Kind::ReplicaSet)
            .filter_map(|(_, _, set)| controller(set)["uid"].as_str().map(String::from))
            .collect();
        let alone = |deployment: &Value| {
            let uid = deployment["metadata"]["uid"].as_str().unwrap_or_default();
            deployment["status"]["replicas"].as_i64().unwrap_or(0) > 0 && !owners.contains(uid)
        };
        let found = self.all(Kind::Deployment).filter(|(_, _, deployment)| alone(deployment));
        let found: Vec<(String, String)> = found.map(|(ns, name, _)| (ns.to_string(), name.to_string())).collect();
        if found.is_empty() {
            return;
        }
        let names: Vec<String> = found.iter().map(|(_, name)| name.clone()).collect();
        self.notices.push(format!(
            "{} left out, whose ReplicaSets are not in the file ({}): their Pods stay as they are; add `rs` to the export",
            words::count(found.len(), "Deployment"),
            brief(&names)
        ));
        for (namespace, name) in found {
            self.objects.remove(&(Kind::Deployment, namespace, name));
        }
    }

    fn missing_pods(&mut self) {
        let status = |kind: Kind, key: &'static str| {
            self.all(kind).any(move |(_, _, set)| set["status"][key].as_i64().unwrap_or(0) > 0)
        };
        let wanted = status(Kind::StatefulSet, "replicas") || status(Kind::DaemonSet, "currentNumberScheduled");
        if wanted && self.all(Kind::Pod).next().is_none() {
            self.notices.push("no Pods in the file: the controllers make them anew; add `po` to the export".into());
        }
    }

    /// Revisions that sets name and that were not exported, and present ones that older servers wrote otherwise.
    fn revisions(&mut self) {
        let mut made: Vec<String> = Vec::new();
        let mut changes: Vec<(bool, Value)> = Vec::new();
        for (namespace, name, set) in self.all(Kind::StatefulSet) {
            let status = &set["status"];
            let update = status["updateRevision"].as_str().unwrap_or_default();
            if update.is_empty() || status["observedGeneration"] != set["metadata"]["generation"] {
                continue;
            }
            let hash = update.strip_prefix(&format!("{name}-")).unwrap_or(update);
            let label = ("controller.kubernetes.io/hash", hash);
            changes.push(self.revision((Kind::StatefulSet, namespace, set), update, label, &mut made));
        }
        for (namespace, name, set) in self.all(Kind::DaemonSet) {
            if set["status"]["observedGeneration"] != set["metadata"]["generation"] {
                continue;
            }
            let Some(hash) = self.newest_hash(namespace, set) else { continue };
            let label = ("controller-revision-hash", hash.as_str());
            let revision = format!("{name}-{hash}");
            changes.push(self.revision((Kind::DaemonSet, namespace, set), &revision, label, &mut made));
        }
        let mut unknown: Vec<String> = Vec::new();
        for (namespace, _, set) in self.all(Kind::StatefulSet) {
            let (current, update) = (&set["status"]["currentRevision"], &set["status"]["updateRevision"]);
            let name = current.as_str().unwrap_or_default();
            if current != update && !name.is_empty() && !self.has(Kind::ControllerRevision, namespace, name) {
                unknown.push(name.to_string());
            }
        }
        if !unknown.is_empty() {
            self.notices.push(format!(
                "what was in revision {} is unknown: its Pods stay, but one that is made again gets the new template even \
                 below a partition; add `controllerrevisions` to the export",
                brief(&unknown)
            ));
        }
        for (fresh, revision) in changes {
            if fresh {
                self.put(Kind::ControllerRevision, revision);
            } else if let (Some(namespace), Some(name)) =
                (revision["metadata"]["namespace"].as_str(), revision["metadata"]["name"].as_str())
            {
                let key = (Kind::ControllerRevision, namespace.to_string(), name.to_string());
                self.objects.insert(key, revision);
            }
        }
        if !made.is_empty() {
            self.notices.push(format!(
                "{} not in the file ({}): recomputed from the templates under their names, so that nothing restarts; \
                 older revisions are unknown, and `rollout undo` has nothing to go back to; add `controllerrevisions`",
                if made.len() == 1 { "1 revision is".into() } else { words::count(made.len(), "revision") + " are" },
                brief(&made)
            ));
        }
    }

    /// The present revision of a set as its template makes it: new (`true`), or put right.
    fn revision(
        &self,
        (kind, namespace, set): (Kind, &str, &Value),
        name: &str,
        (label, hash): (&str, &str),
        made: &mut Vec<String>,
    ) -> (bool, Value) {
        let data = data_of(&set["spec"]["template"]);
        if let Some(known) = self.objects.get(&(Kind::ControllerRevision, namespace.to_string(), name.to_string())) {
            let mut known = known.clone();
            known["data"] = data;
            return (false, known);
        }
        let mut labels = set["spec"]["template"]["metadata"]["labels"].clone();
        labels[label] = hash.into();
        made.push(name.to_string());
        let meta = &set["metadata"];
        let owner = json!({"apiVersion": "apps/v1", "kind": kind.info().name, "name": meta["name"], "uid": meta["uid"],
            "controller": true, "blockOwnerDeletion": true});
        let last = self
            .all(Kind::ControllerRevision)
            .filter(|(ns, _, r)| *ns == namespace && controller(r)["uid"] == meta["uid"]);
        let last = last.filter_map(|(_, _, revision)| revision["revision"].as_i64()).max().unwrap_or(0);
        (
            true,
            json!({"metadata": {"name": name, "namespace": namespace, "labels": labels,
            "ownerReferences": [owner]}, "data": data, "revision": last + 1}),
        )
    }

    /// The hash that a set's newest Pods have.
    fn newest_hash(&self, namespace: &str, set: &Value) -> Option<String> {
        let own =
            |(ns, _, pod): &(&str, &str, &Value)| *ns == namespace && controller(pod)["uid"] == set["metadata"]["uid"];
        let newest = self.all(Kind::Pod).filter(own).max_by_key(|(_, _, pod)| {
            let meta = &pod["metadata"];
            (meta["creationTimestamp"].as_str().map(String::from), meta["name"].as_str().map(String::from))
        });
        newest?.2["metadata"]["labels"]["controller-revision-hash"].as_str().map(String::from)
    }
}

/// The owner reference of the managing controller.
fn controller(object: &Value) -> &Value {
    let mut owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    owners.find(|owner| owner["controller"] == true).unwrap_or(&Value::Null)
}
