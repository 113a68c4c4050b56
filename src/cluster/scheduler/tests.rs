//! What the scheduler counts on each node as Pods come and go is what one finds who counts them all again.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::counted;
use super::requirements::Requirements;
use crate::apiserver::{Options, PatchType, Propagation, Request};
use crate::cluster::{Cluster, ClusterConfig, Fault};
use crate::resource::meta::{Text, Uid};
use crate::resource::model::{PodTemplate, Resources};
use crate::resource::{Kind, Object};

/// What somebody does.
#[derive(Clone, Debug)]
enum Act {
    Create { replicas: i64, class: Option<&'static str>, port: bool },
    Scale(i64),
    Image(i64),
    DeleteSet(Option<Propagation>),
    DeletePod(i64, Option<i64>),
    Relabel(i64, bool),
    End(i64),
    Cordon(i64, bool),
    Steps(u32),
}

fn act() -> impl Strategy<Value = Act> {
    let class = prop_oneof![Just(None), Just(Some("standard")), Just(Some("wait")), Just(Some("manual"))];
    let how = prop_oneof![Just(None), Just(Some(Propagation::Orphan)), Just(Some(Propagation::Foreground))];
    prop_oneof![
        4 => (0..6_i64, class, any::<bool>()).prop_map(|(replicas, class, port)| Act::Create { replicas, class, port }),
        2 => (0..6_i64).prop_map(Act::Scale),
        1 => (0..3_i64).prop_map(Act::Image),
        3 => how.prop_map(Act::DeleteSet),
        3 => (0..6_i64, prop::option::of(Just(0_i64))).prop_map(|(ordinal, grace)| Act::DeletePod(ordinal, grace)),
        2 => (0..6_i64, any::<bool>()).prop_map(|(ordinal, own)| Act::Relabel(ordinal, own)),
        1 => (0..6_i64).prop_map(Act::End),
        1 => (0..3_i64, any::<bool>()).prop_map(|(node, off)| Act::Cordon(node, off)),
        6 => (1..60_u32).prop_map(Act::Steps),
    ]
}

fn set(replicas: i64, class: Option<&str>, port: bool) -> Value {
    let mut container = json!({"name": "app", "image": "app:1",
        "resources": {"requests": {"cpu": "250m", "memory": "64Mi"}}});
    if port {
        container["ports"] = json!([{"containerPort": 80, "hostPort": 8080}]);
    }
    let mut set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "replicas": replicas, "podManagementPolicy": "Parallel", "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}}});
    if let Some(class) = class {
        set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": {"accessModes":
            ["ReadWriteOnce"], "storageClassName": class, "resources": {"requests": {"storage": "1Gi"}}}}]);
    }
    set
}

fn request(act: &Act) -> Option<Request> {
    let patch = |kind, name: &str, body| Request::patch(kind, "default", name, PatchType::Strategic, body);
    let pod = |ordinal: &i64| format!("web-{ordinal}");
    Some(match act {
        Act::Create { replicas, class, port } => {
            Request::create(Kind::StatefulSet, "default", set(*replicas, *class, *port))
        }
        Act::Scale(replicas) => patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": replicas}})),
        Act::Image(tag) => {
            let containers = json!([{"name": "app", "image": format!("app:{tag}")}]);
            patch(Kind::StatefulSet, "web", json!({"spec": {"template": {"spec": {"containers": containers}}}}))
        }
        Act::DeleteSet(propagation) => Request::delete(Kind::StatefulSet, "default", "web")
            .with(Options { propagation: *propagation, ..Options::default() }),
        Act::DeletePod(ordinal, grace) => Request::delete(Kind::Pod, "default", &pod(ordinal))
            .with(Options { grace_period_seconds: *grace, ..Options::default() }),
        Act::Relabel(ordinal, own) => {
            let app = if *own { "web" } else { "other" };
            patch(Kind::Pod, &pod(ordinal), json!({"metadata": {"labels": {"app": app}}}))
        }
        Act::Cordon(node, off) => patch(Kind::Node, &format!("node-{node}"), json!({"spec": {"unschedulable": off}})),
        Act::End(_) | Act::Steps(_) => return None,
    })
}

fn run(acts: &[Act]) {
    let mut cluster = Cluster::new(&ClusterConfig::default());
    for act in acts {
        match act {
            Act::End(ordinal) => {
                let name = format!("web-{ordinal}");
                let fault = Fault::PodPhase { name, phase: "Failed".into(), reason: None, message: None };
                cluster.fault(&fault, 0);
            }
            Act::Steps(times) => {
                for _ in 0..*times {
                    cluster.step();
                    check(&cluster);
                }
            }
            _ => {
                // Some requests are refused; then nothing changes.
                let _ = request(act).map(|request| cluster.request(&request, 0));
            }
        }
        check(&cluster);
    }
}

/// What is on one node.
#[derive(Debug, Default, PartialEq)]
struct Usage {
    pods: i64,
    used: Resources,
    ports: BTreeMap<(i64, Text), u32>,
}

impl Usage {
    fn charge(&mut self, template: &PodTemplate) {
        let requirements = Requirements::new(0, template);
        self.pods += 1;
        self.used.cpu_milli += requirements.requests.cpu_milli;
        self.used.memory += requirements.requests.memory;
        self.used.ephemeral_storage += requirements.requests.ephemeral_storage;
        for port in requirements.ports {
            *self.ports.entry(port).or_default() += 1;
        }
    }
}

fn check(cluster: &Cluster) {
    let (scheduler, store) = (&cluster.scheduler, &cluster.api.store);
    let mut expected: BTreeMap<Text, Usage> = BTreeMap::new();
    let mut owners: BTreeMap<Uid, BTreeMap<Text, u32>> = BTreeMap::new();
    for info in crate::resource::kind::ALL {
        owners.extend(store.all(info.kind).map(|object| (object.meta.uid, BTreeMap::new())));
    }
    let mut count = |object: &Object, node: &Text, owner: Option<Uid>| {
        let Some(pod) = object.pod() else { return };
        expected.entry(node.clone()).or_default().charge(&pod.template);
        if let Some(owner) = owner {
            *owners.entry(owner).or_default().entry(node.clone()).or_default() += 1;
        }
    };
    for object in store.all(Kind::Pod) {
        let owner = object.meta.controller().map(|owner| owner.uid);
        if let Some(node) = counted(object) {
            count(object, node, owner);
        } else if let Some(assumed) = scheduler.assumed.get(&object.meta) {
            count(object, &assumed.node, assumed.owner);
        }
    }
    for (slot, node) in scheduler.nodes.iter() {
        let found = Usage { pods: node.pods, used: node.used, ports: node.ports.clone() };
        assert_eq!(found, expected.remove(&node.name).unwrap_or_default(), "{}", node.name);
        for (owner, nodes) in &owners {
            let here = scheduler.nodes.ranking(Some(*owner))(slot).0;
            assert_eq!(here, nodes.get(&node.name).copied().unwrap_or(0), "Pods of {owner} on {}", node.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn nodes_are_counted_right(acts in prop::collection::vec(act(), 1..24)) {
        run(&acts);
    }
}

/// Orphaned Pods, adopted by another set of that name, count as that set's.
#[test]
fn pods_that_change_their_owner_are_counted_for_the_new_one() {
    let create = Act::Create { replicas: 2, class: None, port: false };
    let orphan = Act::DeleteSet(Some(Propagation::Orphan));
    run(&[create.clone(), Act::Steps(60), orphan, Act::Steps(60), create, Act::Steps(60)]);
}
