//! Nodes that fail, come back, come and go, and what becomes of their Pods (rules N2 to N9).

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::testing::World;
use crate::cluster::{Cluster, ClusterConfig, Fault};
use crate::resource::Kind;

const TERMINATION: &str = "TaintManagerEviction Marking for deletion Pod default/app";

/// A Pod `app` on a node, and the node.
fn pod(world: &mut World, spec: Value) -> String {
    world.pod("app", &json!({"app": "a"}), spec);
    world.settle();
    let node = world.get(Kind::Pod, "app")["spec"]["nodeName"].as_str().map(str::to_string);
    node.expect("the Pod has a node")
}

fn power(world: &mut World, node: &str, up: bool) {
    world.fault(&Fault::Node { name: node.into(), up });
}

fn taints(world: &World, node: &str) -> Vec<String> {
    let node = world.get(Kind::Node, node);
    let list = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let text = |t: &Value, key: &str| t[key].as_str().unwrap_or_default().replace("node.kubernetes.io/", "");
    list.iter().map(|t| text(t, "key") + ":" + &text(t, "effect")).collect()
}

fn condition(object: &Value, kind: &str) -> Value {
    let list = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    list.into_iter().find(|c| c["type"] == kind).unwrap_or_default()
}

fn ready(world: &World, kind: Kind, name: &str) -> String {
    condition(&world.get(kind, name), "Ready")["status"].as_str().unwrap_or_default().to_string()
}

fn terminating(world: &World) -> bool {
    !world.get(Kind::Pod, "app")["metadata"]["deletionTimestamp"].is_null()
}

#[test]
fn n2_n3_n4_a_node_that_falls_silent() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    power(&mut world, &node, false);
    world.run(5);
    assert_eq!((ready(&world, Kind::Node, &node), taints(&world, &node)), ("True".into(), vec![]));
    world.run(2);
    let object = world.get(Kind::Node, &node);
    for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        let condition = condition(&object, kind);
        assert_eq!(
            (&condition["status"], &condition["reason"], &condition["message"]),
            (&json!("Unknown"), &json!("NodeStatusUnknown"), &json!("Kubelet stopped posting node status.")),
        );
    }
    assert_eq!(taints(&world, &node), ["unreachable:NoSchedule", "unreachable:NoExecute"]);
    assert_eq!(world.said(&format!("Node/{node}")), [format!("NodeNotReady Node {node} status is now: NodeNotReady")]);
    assert_eq!(world.count("Pod/app", "NodeNotReady"), 1);
    let pod = world.get(Kind::Pod, "app");
    assert_eq!((pod["status"]["phase"].as_str(), ready(&world, Kind::Pod, "app").as_str()), (Some("Running"), "False"));
    assert_eq!(condition(&pod, "ContainersReady")["status"], "True");
}

#[test]
fn n5_n6_n7_after_300_seconds_its_pods_are_deleted_and_stay() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    power(&mut world, &node, false);
    world.run(305);
    assert!(!terminating(&world));
    world.run(3);
    assert!(terminating(&world));
    assert_eq!(world.said("Pod/app").last().map(String::as_str), Some(TERMINATION));
    let target = condition(&world.get(Kind::Pod, "app"), "DisruptionTarget");
    assert_eq!(
        (&target["reason"], &target["message"]),
        (&json!("DeletionByTaintManager"), &json!("Taint manager: deleting due to NoExecute taint"))
    );
    world.run(3600);
    assert!(terminating(&world), "nobody confirms that it has ended");
    power(&mut world, &node, true);
    world.settle();
    assert_eq!(world.names(Kind::Pod), [""; 0]);
    assert_eq!((ready(&world, Kind::Node, &node), taints(&world, &node)), ("True".into(), vec![]));
}

#[test]
fn n6_a_node_that_is_back_in_time_keeps_its_pods() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    power(&mut world, &node, false);
    world.run(60);
    power(&mut world, &node, true);
    world.settle();
    assert_eq!(ready(&world, Kind::Pod, "app"), "True");
    let said = world.said("Pod/app");
    assert_eq!(said.last().unwrap(), "TaintManagerEviction Cancelling deletion of Pod default/app");
    let node_said = world.said(&format!("Node/{node}"));
    assert_eq!(node_said.last(), Some(&format!("NodeReady Node {node} status is now: NodeReady")));
    world.run(1000);
    assert!(!terminating(&world));
}

#[test]
fn a_short_silence_is_not_noticed() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    let before = world.cluster.api.store.revision();
    power(&mut world, &node, false);
    world.run(4);
    power(&mut world, &node, true);
    world.run(60);
    assert_eq!(world.cluster.api.store.revision(), before);
    // The next silence counts from its own beginning.
    power(&mut world, &node, false);
    world.run(5);
    assert_eq!(ready(&world, Kind::Node, &node), "True");
}

#[test]
fn n4_nobody_is_evicted_while_no_node_is_ready() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    for name in ["node-0", "node-1", "node-2"] {
        power(&mut world, name, false);
    }
    world.run(400);
    assert_eq!(taints(&world, &node), ["unreachable:NoSchedule"]);
    assert!(!terminating(&world));
    let other = if node == "node-0" { "node-1" } else { "node-0" };
    power(&mut world, other, true);
    world.run(30);
    assert_eq!(taints(&world, &node), ["unreachable:NoSchedule", "unreachable:NoExecute"]);
    world.fault(&Fault::Clear);
    world.settle();
    assert!(taints(&world, &node).is_empty() && ready(&world, Kind::Pod, "app") == "True");
}

#[test]
fn n4_one_node_of_a_zone_every_ten_seconds() {
    let config = ClusterConfig { nodes: 6, ..ClusterConfig::default() };
    let mut world = World { cluster: Cluster::new(&config) };
    // Both are in zone-a, and all there is of it.
    power(&mut world, "node-0", false);
    power(&mut world, "node-3", false);
    world.run(7);
    assert_eq!(taints(&world, "node-0").len() + taints(&world, "node-3").len(), 3);
    world.run(8);
    assert_eq!(taints(&world, "node-3"), ["unreachable:NoSchedule"]);
    world.run(3);
    assert_eq!(taints(&world, "node-3"), ["unreachable:NoSchedule", "unreachable:NoExecute"]);
}

#[test]
fn n6_taints_of_a_person() {
    let mut world = World::new();
    let tolerations = json!([{"key": "slow", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20},
        {"key": "fine", "operator": "Exists", "effect": "NoExecute"}]);
    let node = pod(&mut world, json!({"tolerations": tolerations}));
    let taint = |world: &mut World, keys: &[&str]| {
        let list: Vec<Value> = keys.iter().map(|key| json!({"key": key, "effect": "NoExecute"})).collect();
        world.patch(Kind::Node, &node, json!({"spec": {"taints": list}}));
    };
    taint(&mut world, &["fine"]);
    world.run(100);
    assert!(!terminating(&world));
    taint(&mut world, &["fine", "slow"]);
    world.run(19);
    assert!(!terminating(&world));
    taint(&mut world, &["fine"]);
    world.run(100);
    assert!(!terminating(&world), "the taint went before the time was over");
    assert_eq!(world.said("Pod/app").last().unwrap(), "TaintManagerEviction Cancelling deletion of Pod default/app");
    taint(&mut world, &["other"]);
    world.settle();
    assert!(world.said("Pod/app").contains(&TERMINATION.to_string()));
    assert_eq!(world.names(Kind::Pod), [""; 0]);
}

#[test]
fn a_pod_that_comes_to_a_tainted_node_goes_again() {
    let mut world = World::new();
    let taint = json!({"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}});
    world.patch(Kind::Node, "node-0", taint);
    world.settle();
    world.pod("app", &json!({}), json!({"nodeName": "node-0"}));
    world.settle();
    assert_eq!(world.names(Kind::Pod), [""; 0]);
}

#[test]
fn n4_cordon_and_conditions_are_taints() {
    let mut world = World::new();
    world.patch(Kind::Node, "node-0", json!({"spec": {"unschedulable": true}}));
    world.settle();
    assert_eq!(taints(&world, "node-0"), ["unschedulable:NoSchedule"]);
    world.patch(Kind::Node, "node-0", json!({"spec": {"unschedulable": null}}));
    world.settle();
    assert_eq!(world.get(Kind::Node, "node-0")["spec"], json!({}));
    let conditions = world.get(Kind::Node, "node-0")["status"]["conditions"].clone();
    let mut pressed = conditions.clone();
    pressed[1]["status"] = "True".into();
    world.patch_status(Kind::Node, "node-0", json!({"conditions": pressed}));
    world.run(1);
    assert_eq!(taints(&world, "node-0"), ["disk-pressure:NoSchedule"]);
}

#[test]
fn n9_pods_of_a_node_that_is_gone() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    world.delete(Kind::Node, &node);
    world.run(59);
    assert_eq!(
        world.said(&format!("Node/{node}")),
        [format!("RemovingNode Node {node} event: Removing Node {node} from Controller")]
    );
    let pod = world.get(Kind::Pod, "app");
    assert_eq!((pod["status"]["phase"].as_str(), terminating(&world)), (Some("Running"), false));
    world.run(22);
    assert_eq!(world.names(Kind::Pod), [""; 0]);
}

#[test]
fn n9_a_new_node_is_registered_and_takes_pods() {
    let mut world = World::new();
    for name in ["node-0", "node-1", "node-2"] {
        world.patch(Kind::Node, name, json!({"spec": {"unschedulable": true}}));
    }
    world.pod("app", &json!({}), json!({}));
    world.settle();
    assert!(world.get(Kind::Pod, "app")["spec"]["nodeName"].is_null());
    world.create(Kind::Node, json!({"metadata": {"name": "new", "labels": {"disk": "ssd"}}}));
    assert_eq!(taints(&world, "new"), ["not-ready:NoSchedule"]);
    world.settle();
    assert_eq!(world.get(Kind::Pod, "app")["spec"]["nodeName"], "new");
    assert!(taints(&world, "new").is_empty());
    let node = world.get(Kind::Node, "new");
    assert_eq!(node["metadata"]["labels"]["kubernetes.io/hostname"], "new");
    assert_eq!(node["status"]["addresses"][0]["address"], "192.168.0.13");
    let said = world.said("Node/new");
    assert!(said.contains(&"RegisteredNode Node new event: Registered Node new in Controller".to_string()), "{said:?}");
    assert!(said.contains(&"NodeReady Node new status is now: NodeReady".to_string()), "{said:?}");
}

#[test]
fn n2_a_node_whose_kubelet_never_reports() {
    let mut world = World::new();
    power(&mut world, "new", false);
    world.create(Kind::Node, json!({"metadata": {"name": "new"}}));
    world.run(59);
    assert_eq!(ready(&world, Kind::Node, "new"), "");
    world.run(3);
    let condition = condition(&world.get(Kind::Node, "new"), "Ready");
    assert_eq!(
        (&condition["status"], &condition["reason"], &condition["message"]),
        (&json!("Unknown"), &json!("NodeStatusNeverUpdated"), &json!("Kubelet never posted node status."))
    );
    assert_eq!(taints(&world, "new"), ["unreachable:NoSchedule", "unreachable:NoExecute"]);
}

#[test]
fn n8_out_of_service_frees_the_pods() {
    let mut world = World::new();
    let node = pod(&mut world, json!({}));
    power(&mut world, &node, false);
    world.run(10);
    let mut taints = world.get(Kind::Node, &node)["spec"]["taints"].as_array().cloned().unwrap();
    let shutdown = json!({"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"});
    taints.push(shutdown);
    world.patch(Kind::Node, &node, json!({"spec": {"taints": taints}}));
    world.run(1);
    assert!(terminating(&world));
    world.run(20);
    assert_eq!(world.names(Kind::Pod), [""; 0]);
}

#[test]
fn n8_out_of_service_means_nothing_on_a_node_that_is_ready() {
    let mut world = World::new();
    let node = pod(&mut world, json!({"tolerations": [{"operator": "Exists"}]}));
    let taint = json!([{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]);
    world.patch(Kind::Node, &node, json!({"spec": {"taints": taint}}));
    world.fault(&Fault::Pod { name: "app".into(), attribute: "hang".into(), value: Some(true) });
    world.delete(Kind::Pod, "app");
    world.run(120);
    assert!(terminating(&world));
}

#[test]
fn a_kubelet_corrects_what_others_say_of_its_node() {
    let mut world = World::new();
    let mut conditions = world.get(Kind::Node, "node-0")["status"]["conditions"].clone();
    conditions[3]["status"] = "False".into();
    world.patch_status(Kind::Node, "node-0", json!({"conditions": conditions}));
    world.run(5);
    assert_eq!(taints(&world, "node-0"), ["not-ready:NoSchedule", "not-ready:NoExecute"]);
    world.run(10);
    assert_eq!((ready(&world, Kind::Node, "node-0"), taints(&world, "node-0")), ("True".into(), vec![]));
}

#[test]
fn well_nodes_keep_nobody_busy() {
    let mut world = World::new();
    pod(&mut world, json!({}));
    world.cluster.settle(Duration::from_secs(2));
    assert_eq!(world.cluster.next_due(), None);
}
