//! Scheduling in a small cluster: rules K1 to K14, V18, V41 to V44.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cluster::testing::World;
use crate::cluster::{Cluster, ClusterConfig};
use crate::resource::Kind;

fn node_of(world: &World, pod: &str) -> String {
    world.get(Kind::Pod, pod)["spec"]["nodeName"].as_str().unwrap_or_default().to_string()
}

fn scheduled(world: &World, pod: &str) -> Value {
    let conditions = world.get(Kind::Pod, pod)["status"]["conditions"].clone();
    let list = conditions.as_array().cloned().unwrap_or_default();
    list.into_iter().find(|c| c["type"] == "PodScheduled").unwrap_or_default()
}

fn asks(resources: &Value) -> Value {
    json!({"containers": [{"name": "main", "image": "nginx:1.27", "resources": {"requests": resources}}]})
}

const UNRESOLVABLE: &str = "no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful \
                            for scheduling.";
const NO_VICTIMS: &str = "no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found \
                          for incoming pod.";

#[test]
fn k2_k4_why_a_pod_finds_no_node() {
    let check = |prepare: &dyn Fn(&mut World), spec: Value, reasons: &str, tail: &str| {
        let mut world = World::new();
        prepare(&mut world);
        world.pod("app", &json!({"app": "a"}), spec);
        world.settle();
        let message = format!("0/3 nodes are available: {reasons}. {tail}");
        assert_eq!(world.said("Pod/app"), [format!("FailedScheduling {message}")]);
        let condition = scheduled(&world, "app");
        assert_eq!(condition["status"], "False");
        assert_eq!((&condition["reason"], &condition["message"]), (&json!("Unschedulable"), &json!(message)));
    };
    let nodes = |patch: Value| {
        move |world: &mut World| (0..3).for_each(|n| world.patch(Kind::Node, &format!("node-{n}"), patch.clone()))
    };
    let nothing = |_: &mut World| {};
    let taint = json!({"spec": {"taints": [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]}});
    check(&nodes(taint), json!({}), "3 node(s) had untolerated taint(s)", UNRESOLVABLE);
    check(&nodes(json!({"spec": {"unschedulable": true}})), json!({}), "3 node(s) were unschedulable", UNRESOLVABLE);
    let selector = json!({"nodeSelector": {"disk": "ssd"}});
    check(&nothing, selector, "3 node(s) didn't match Pod's node affinity/selector", UNRESOLVABLE);
    check(&nothing, asks(&json!({"cpu": "20"})), "3 Insufficient cpu", UNRESOLVABLE);
    let both = asks(&json!({"cpu": "20", "memory": "100Gi"}));
    check(&nothing, both, "3 Insufficient cpu, 3 Insufficient memory", UNRESOLVABLE);
    let mut gpu = asks(&json!({"example.com/gpu": "1"}));
    gpu["containers"][0]["resources"]["limits"] = json!({"example.com/gpu": "1"});
    check(&nothing, gpu, "3 Insufficient example.com/gpu", UNRESOLVABLE);
    let fill = |world: &mut World| {
        (0..3).for_each(|n| world.pod(&format!("big-{n}"), &json!({}), asks(&json!({"cpu": "10"}))));
        world.settle();
    };
    check(&fill, asks(&json!({"cpu": "8"})), "3 Insufficient cpu", NO_VICTIMS);
    let none_left = |world: &mut World| {
        let full = json!({"allocatable": {"pods": "0"}});
        (0..3).for_each(|n| world.patch_status(Kind::Node, &format!("node-{n}"), full.clone()));
    };
    check(&none_left, json!({}), "3 Too many pods", NO_VICTIMS);
}

#[test]
fn k4_a_pod_that_never_preempts() {
    let mut world = World::new();
    let mut spec = asks(&json!({"cpu": "20"}));
    spec["preemptionPolicy"] = "Never".into();
    world.pod("app", &json!({}), spec);
    world.settle();
    let message = "FailedScheduling 0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: \
                   not eligible due to preemptionPolicy=Never.";
    assert_eq!(world.said("Pod/app"), [message]);
}

#[test]
fn k5_no_nodes_at_all() {
    let config = ClusterConfig { nodes: 0, ..ClusterConfig::default() };
    let mut world = World { cluster: Cluster::new(&config) };
    world.pod("app", &json!({}), json!({}));
    world.settle();
    assert_eq!(world.said("Pod/app"), ["FailedScheduling no nodes available to schedule pods"]);
}

#[test]
fn k5_v41_v43_what_claims_say() {
    let uses = |claim: &str| json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": claim}}]});
    let mut world = World::new();
    world.pod("app", &json!({}), uses("nope"));
    world.settle();
    let message = "FailedScheduling 0/3 nodes are available: persistentvolumeclaim \"nope\" not found. not found";
    assert_eq!(world.said("Pod/app"), [message]);

    world.claim("alone", json!({"accessModes": ["ReadWriteOncePod"]}));
    world.settle();
    world.pod("one", &json!({}), uses("alone"));
    world.settle();
    world.pod("two", &json!({}), uses("alone"));
    world.settle();
    let message = format!(
        "FailedScheduling 0/3 nodes are available: 3 node(s) unavailable due to PersistentVolumeClaim with \
         ReadWriteOncePod access mode already in-use by another pod. {NO_VICTIMS}"
    );
    assert_eq!(world.said("Pod/two"), [message]);
    world.delete(Kind::Pod, "one");
    world.settle();
    assert_ne!(node_of(&world, "two"), "");

    let terms = json!([{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["x"]}]}]);
    world.volume("local", "1Gi", json!({"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}));
    world.claim("local", json!({"storageClassName": "", "volumeName": "local"}));
    world.settle();
    world.pod("tied", &json!({}), uses("local"));
    world.settle();
    let reason = "3 node(s) didn't match PersistentVolume's node affinity";
    assert_eq!(world.said("Pod/tied"), [format!("FailedScheduling 0/3 nodes are available: {reason}. {UNRESOLVABLE}")]);
}

/// A Pod that has reserved a node and waits for its volume has the claim for itself already.
#[test]
fn v18_v41_a_claim_is_taken_before_its_volume_is_made() {
    let uses = json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "alone"}}]});
    let mut world = World::new();
    world.claim("alone", json!({"accessModes": ["ReadWriteOncePod"], "storageClassName": "wait"}));
    world.pod("one", &json!({}), uses.clone());
    world.pod("two", &json!({}), uses);
    world.settle();
    assert_ne!(node_of(&world, "one"), "");
    assert_eq!(node_of(&world, "two"), "");
    world.delete(Kind::Pod, "one");
    world.settle();
    assert_ne!(node_of(&world, "two"), "");
}

#[test]
fn k6_k8_a_scheduled_pod() {
    let mut world = World::new();
    world.pod("app", &json!({"app": "a"}), json!({"nodeSelector": {"kubernetes.io/hostname": "node-1"}}));
    world.run(0);
    world.cluster.run_until(world.cluster.now + super::REACTION);
    let pod = world.get(Kind::Pod, "app");
    assert_eq!(pod["spec"]["nodeName"], "node-1");
    assert_eq!(pod["metadata"]["labels"], json!({"app": "a", "topology.kubernetes.io/zone": "zone-b"}));
    let condition = scheduled(&world, "app");
    assert_eq!((&condition["status"], &condition["observedGeneration"]), (&json!("True"), &json!(1)));
    assert!(condition["reason"].is_null());
    assert_eq!(world.said("Pod/app"), ["Scheduled Successfully assigned default/app to node-1"]);
    let event = &world.all(Kind::Event)[0];
    assert_eq!((&event["action"], &event["reportingComponent"]), (&json!("Binding"), &json!("default-scheduler")));
}

#[test]
fn k7_what_helps_wakes_the_pods_it_may_help() {
    let mut world = World::new();
    world.pod("choosy", &json!({}), json!({"nodeSelector": {"disk": "ssd"}}));
    world.pod("large", &json!({}), asks(&json!({"cpu": "20"})));
    world.settle();
    world.patch(Kind::Node, "node-2", json!({"metadata": {"labels": {"disk": "ssd"}}}));
    world.settle();
    assert_eq!((node_of(&world, "choosy"), node_of(&world, "large")), ("node-2".into(), String::new()));
    world.patch_status(Kind::Node, "node-0", json!({"allocatable": {"cpu": "32"}}));
    world.settle();
    assert_eq!(node_of(&world, "large"), "node-0");
}

#[test]
fn k7_the_next_in_line_takes_the_room_of_one_that_ends() {
    let mut world = World::new();
    for name in ["a", "b", "c", "d", "e"] {
        world.pod(name, &json!({}), asks(&json!({"cpu": "10"})));
    }
    world.settle();
    assert_eq!((node_of(&world, "d"), node_of(&world, "e")), (String::new(), String::new()));
    world.delete(Kind::Pod, "b");
    world.settle();
    assert_ne!(node_of(&world, "d"), "");
    assert_eq!(node_of(&world, "e"), "");
    world.run(601);
    assert!(world.count("Pod/e", "FailedScheduling") >= 3, "it is tried again every five minutes");
}

#[test]
fn k9_a_pod_with_a_node_is_not_asked() {
    let mut world = World::new();
    world.pod("app", &json!({}), json!({"nodeName": "node-9"}));
    world.settle();
    assert_eq!(node_of(&world, "app"), "node-9");
    assert_eq!(world.count("Pod/app", "Scheduled"), 0);
}

#[test]
fn k6_gates_hold_a_pod_without_a_word() {
    let mut world = World::new();
    world.pod("app", &json!({}), json!({"schedulingGates": [{"name": "example.com/wait"}]}));
    world.settle();
    assert_eq!(scheduled(&world, "app")["reason"], "SchedulingGated");
    assert_eq!(world.said("Pod/app"), [""; 0]);
    world.patch(Kind::Pod, "app", json!({"spec": {"schedulingGates": null}}));
    world.settle();
    assert_ne!(node_of(&world, "app"), "");
}

fn rule(key: &str) -> Value {
    json!([{"topologyKey": key, "labelSelector": {"matchLabels": {"app": "a"}}}])
}

#[test]
fn k12_pods_that_do_not_bear_each_other() {
    let mut world = World::new();
    let own = json!({"affinity": {"podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": rule("kubernetes.io/hostname")}}});
    for name in ["a-0", "a-1", "a-2", "a-3"] {
        world.pod(name, &json!({"app": "a"}), own.clone());
        world.settle();
    }
    let reason = "3 node(s) didn't match pod anti-affinity rules";
    assert_eq!(world.said("Pod/a-3"), [format!("FailedScheduling 0/3 nodes are available: {reason}. {NO_VICTIMS}")]);
    // The rule holds in the other direction too, for Pods that have none themselves.
    world.pod("plain", &json!({"app": "a"}), json!({}));
    world.settle();
    let reason = "3 node(s) didn't satisfy existing pods anti-affinity rules";
    assert_eq!(world.said("Pod/plain"), [format!("FailedScheduling 0/3 nodes are available: {reason}. {NO_VICTIMS}")]);
    world.delete(Kind::Pod, "a-1");
    world.settle();
    assert_eq!(node_of(&world, "a-3"), "node-1");
}

#[test]
fn affinity_keeps_pods_together_and_lets_the_first_in() {
    let mut world = World::new();
    let near = json!({"affinity": {"podAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": rule("topology.kubernetes.io/zone")}}});
    world.pod("lonely", &json!({"app": "b"}), near.clone());
    world.settle();
    let reason = "3 node(s) didn't match pod affinity rules";
    assert_eq!(
        world.said("Pod/lonely"),
        [format!("FailedScheduling 0/3 nodes are available: {reason}. {UNRESOLVABLE}")]
    );
    for name in ["a-0", "a-1", "a-2"] {
        world.pod(name, &json!({"app": "a"}), near.clone());
        world.settle();
    }
    let first = node_of(&world, "a-0");
    assert_ne!(first, "");
    assert!(["a-1", "a-2", "lonely"].iter().all(|pod| node_of(&world, pod) == first));
}

#[test]
fn spreading_over_zones_is_kept() {
    let mut world = World::new();
    world.patch(Kind::Node, "node-2", json!({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}));
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]});
    for name in ["a-0", "a-1", "a-2"] {
        world.pod(name, &json!({"app": "a"}), spread.clone());
        world.settle();
    }
    let message = "FailedScheduling 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match pod \
                   topology spread constraints. no new claims to deallocate, preemption: 0/3 nodes are available: 1 \
                   Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.";
    assert_eq!(world.said("Pod/a-2"), [message]);
    world.patch(Kind::Node, "node-2", json!({"spec": {"taints": null}}));
    world.settle();
    assert_eq!(node_of(&world, "a-2"), "node-2");
}

#[test]
fn k10_preferences_decide_where_nothing_is_required() {
    let mut world = World::new();
    let prefer = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5,
        "preference": {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-2"]}]}}]}}});
    for name in ["a", "b", "c"] {
        world.pod(name, &json!({}), prefer.clone());
    }
    world.settle();
    assert!(["a", "b", "c"].iter().all(|pod| node_of(&world, pod) == "node-2"));
    let soft = json!({"spec": {"taints": [{"key": "k", "effect": "PreferNoSchedule"}]}});
    world.patch(Kind::Node, "node-0", soft);
    world.pod("d", &json!({}), json!({}));
    world.settle();
    assert_eq!(node_of(&world, "d"), "node-1");
}

#[test]
fn k11_pods_of_one_set_spread_over_zones_and_nodes() {
    let config = ClusterConfig { nodes: 7, ..ClusterConfig::default() };
    let mut world = World { cluster: Cluster::new(&config) };
    world.create(
        Kind::StatefulSet,
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 14, "serviceName": "web", "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
    );
    world.settle();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for pod in world.names(Kind::Pod) {
        *counts.entry(node_of(&world, &pod)).or_default() += 1;
    }
    assert!(counts.len() == 7 && counts.values().all(|count| *count == 2), "{counts:?}");
}

#[test]
fn higher_priority_comes_first_when_room_appears() {
    let mut world = World::new();
    for name in ["a", "b", "c"] {
        world.pod(name, &json!({}), asks(&json!({"cpu": "16"})));
    }
    world.settle();
    world.pod("low", &json!({}), asks(&json!({"cpu": "16"})));
    let mut high = asks(&json!({"cpu": "16"}));
    high["priority"] = 1000.into();
    world.pod("high", &json!({}), high);
    world.settle();
    let admitted = world.get(Kind::Pod, "high")["spec"]["priority"].as_i64().unwrap_or(0) > 0;
    world.delete(Kind::Pod, "a");
    world.settle();
    assert_ne!(node_of(&world, if admitted { "high" } else { "low" }), "");
}
