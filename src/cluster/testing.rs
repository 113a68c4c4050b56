//! A small cluster for the tests of its components: requests in JSON, time that runs, and what came of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cluster, ClusterConfig, Fault, QUIET};
use crate::apiserver::{Options, PatchType, Propagation, Request, Status, Subresource};
use crate::resource::{Kind, Object};

/// A cluster under test; everything happens in the namespace `default`.
pub struct World {
    /// The cluster.
    pub cluster: Cluster,
}

impl World {
    /// The cluster of the recordings: three nodes in three zones.
    pub fn new() -> World {
        World { cluster: Cluster::new(&ClusterConfig::default()) }
    }

    /// A cluster of a profile that ships, with so many nodes in its first group, and kubelets that nobody waits for.
    pub fn of_profile(name: &str, nodes: u32) -> World {
        let shipped = super::profile::shipped::find(name).expect("the profile ships");
        let mut profile = shipped.profile().expect("it is right");
        profile.nodes[0].count = nodes;
        profile.kubelet = super::kubelet::Pace::StandIn;
        World { cluster: Cluster::of_profile(profile, 1) }
    }

    fn send(&mut self, request: &Request) -> Result<Value, Status> {
        self.cluster.request(request, 0).map(|response| response.object)
    }

    /// Makes an object; it must be valid.
    #[track_caller]
    pub fn create(&mut self, kind: Kind, mut body: Value) {
        body["apiVersion"] = kind.api_version().into();
        body["kind"] = kind.info().name.into();
        let made = self.send(&Request::create(kind, "default", body));
        assert!(made.is_ok(), "{made:?}");
    }

    /// Makes a Pod with one container and these further members of its spec.
    #[track_caller]
    pub fn pod(&mut self, name: &str, labels: &Value, spec: Value) {
        let mut body = json!({"metadata": {"name": name, "labels": labels},
            "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}});
        for (key, value) in spec.as_object().into_iter().flatten() {
            body["spec"][key] = value.clone();
        }
        self.create(Kind::Pod, body);
    }

    /// Makes a claim of 1Gi with these further members of its spec.
    #[track_caller]
    pub fn claim(&mut self, name: &str, spec: Value) {
        let mut body = json!({"metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        for (key, value) in spec.as_object().into_iter().flatten() {
            body["spec"][key] = value.clone();
        }
        self.create(Kind::PersistentVolumeClaim, body);
    }

    /// Makes a host-path volume by hand, of a size, with these further members of its spec.
    #[track_caller]
    pub fn volume(&mut self, name: &str, size: &str, spec: Value) {
        let mut body = json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": size}, "hostPath": {"path": "/srv/data"}}});
        for (key, value) in spec.as_object().into_iter().flatten() {
            body["spec"][key] = value.clone();
        }
        self.create(Kind::PersistentVolume, body);
    }

    /// Changes an object by a merge patch.
    #[track_caller]
    pub fn patch(&mut self, kind: Kind, name: &str, patch: Value) {
        let patched = self.send(&Request::patch(kind, "default", name, PatchType::Merge, patch));
        assert!(patched.is_ok(), "{patched:?}");
    }

    /// Changes an object's status by a merge patch.
    #[track_caller]
    pub fn patch_status(&mut self, kind: Kind, name: &str, patch: Value) {
        let request = Request::patch(kind, "default", name, PatchType::Merge, json!({"status": patch}));
        let patched = self.send(&request.subresource(Subresource::Status));
        assert!(patched.is_ok(), "{patched:?}");
    }

    /// Deletes an object.
    #[track_caller]
    pub fn delete(&mut self, kind: Kind, name: &str) {
        self.delete_with(kind, name, Propagation::Background);
    }

    /// Deletes an object, with a say in what becomes of its dependents.
    #[track_caller]
    pub fn delete_with(&mut self, kind: Kind, name: &str, propagation: Propagation) {
        let options = Options { propagation: Some(propagation), ..Options::default() };
        let deleted = self.send(&Request::delete(kind, "default", name).with(options));
        assert!(deleted.is_ok(), "{deleted:?}");
    }

    /// Breaks or heals something.
    pub fn fault(&mut self, fault: &Fault) {
        self.cluster.fault(fault, 0);
    }

    /// Lets time run until nothing happens any more.
    pub fn settle(&mut self) {
        self.cluster.settle(QUIET);
    }

    /// Lets so many seconds run.
    pub fn run(&mut self, seconds: u64) {
        let deadline = self.cluster.now + Duration::from_secs(seconds);
        self.cluster.run_until(deadline);
    }

    /// An object as it is stored.
    pub fn object(&self, kind: Kind, name: &str) -> Option<&Object> {
        let namespace = if kind.info().namespaced { "default" } else { "" };
        self.cluster.api.store.get(kind, namespace, name).map(|o| &**o)
    }

    /// An object in JSON; null if there is none.
    pub fn get(&self, kind: Kind, name: &str) -> Value {
        self.object(kind, name).map_or(Value::Null, Object::to_json)
    }

    /// All objects of a kind in JSON, by name.
    pub fn all(&self, kind: Kind) -> Vec<Value> {
        self.cluster.api.store.all(kind).map(|o| o.to_json()).collect()
    }

    /// The names of all objects of a kind.
    pub fn names(&self, kind: Kind) -> Vec<String> {
        self.cluster.api.store.all(kind).map(|o| o.meta.name.to_string()).collect()
    }

    /// What was said about an object (`Pod/web-0`), oldest first: reason and message.
    pub fn said(&self, about: &str) -> Vec<String> {
        let events = self.cluster.api.store.all(Kind::Event).filter_map(|o| o.event().map(|e| (e.first, o, e)));
        let mut events: Vec<_> =
            events.filter(|(_, _, e)| format!("{}/{}", e.about.of.kind, e.about.name) == about).collect();
        events.sort_by_key(|(first, object, _)| (*first, object.meta.resource_version));
        events.into_iter().map(|(_, _, e)| format!("{} {}", e.reason, e.message)).collect()
    }

    /// How often a component has said something with a reason about an object.
    pub fn count(&self, about: &str, reason: &str) -> u32 {
        let events = self.cluster.api.store.all(Kind::Event).filter_map(|o| o.event());
        let wanted =
            events.filter(|e| format!("{}/{}", e.about.of.kind, e.about.name) == about && *e.reason == *reason);
        wanted.map(|e| e.count).sum()
    }
}
