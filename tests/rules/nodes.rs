//! Nodes that fail, and what becomes of their Pods (rules N1 to N11, rows 10 and 20 of the on-call table).

use std::time::Duration;

use serde_json::Value;
use sts_lab::cluster::ClusterConfig;
use sts_lab::resource::Kind;

use crate::world::{World, web};

/// `web` of three Pods on three nodes; the answer is also the node of `web-1`.
fn three() -> (World, String) {
    let config = ClusterConfig { node_monitor_grace: Duration::from_secs(50), ..ClusterConfig::default() };
    let mut world = World::of(&config);
    world.apply(web());
    let node = world.node_of("web-1");
    (world, node)
}

fn condition(world: &World, kind: Kind, name: &str, of: &str) -> Value {
    let conditions = world.get(kind, name)["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.into_iter().find(|c| c["type"] == of).unwrap_or_default()
}

fn taints(world: &World, node: &str) -> String {
    let taints = world.get(Kind::Node, node)["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let text = |t: &Value| format!("{}:{}", t["key"].as_str().unwrap_or(""), t["effect"].as_str().unwrap_or(""));
    taints.iter().map(text).collect::<Vec<_>>().join(" ").replace("node.kubernetes.io/", "")
}

/// N2 to N4, N6, N7: the timeline of a dead node. The set waits for ever.
#[test]
fn n7_timeline_of_a_dead_node() {
    let (mut world, node) = three();
    world.breaks(&format!("node {node} --down")).wait(49.0);
    assert_eq!(
        (condition(&world, Kind::Node, &node, "Ready")["status"].as_str(), &*taints(&world, &node)),
        (Some("True"), "")
    );
    world.wait(6.0);
    let ready = condition(&world, Kind::Node, &node, "Ready");
    assert_eq!(ready["message"], "Kubelet stopped posting node status.");
    assert_eq!(taints(&world, &node), "unreachable:NoSchedule unreachable:NoExecute");
    world.event("web-1", "NodeNotReady: Node is not ready", true).counts("web", "3/2/3/3/2");
    world.says("get node -o custom-columns=S:.spec.unschedulable --no-headers", "<none>\n<none>\n<none>");
    world.wait(290.0);
    assert!(world.get(Kind::Pod, "web-1")["metadata"]["deletionTimestamp"].is_null());
    world.wait(10.0).event("web-1", "TaintManagerEviction: Marking for deletion Pod default/web-1", true);
    world.wait(3600.0).pods("web-0 web-1 web-2");
    assert_eq!(world.node_of("web-1"), node);
    let shown = world.ask("get pod web-1 --no-headers").stdout;
    assert!(shown.contains("Terminating"), "{shown}");
}

/// N7: what needs its predecessors Ready waits for a dead one.
#[test]
fn n7_ordinals_behind_a_dead_one_wait() {
    let (mut world, node) = three();
    world.breaks(&format!("node {node} --down")).wait(60.0).forget();
    world.run("scale sts web --replicas=4").course("");
    world.breaks(&format!("node {node} --up")).settle().course("web-1! +web-3 web-3!");
}

/// N8 a: the node returns, its kubelet ends the Pod, and it is made again.
#[test]
fn n8_the_node_returns() {
    let (mut world, node) = three();
    world.breaks(&format!("node {node} --down")).wait(400.0).forget();
    world.breaks(&format!("node {node} --up")).wait(6.0).course("xweb-1 +web-1 web-1!").counts("web", "3/3/3/3/3");
    assert_eq!(taints(&world, &node), "");
}

/// N8 b: force deletion frees the name at once.
#[test]
fn n8_force_delete() {
    let (mut world, node) = three();
    world.breaks(&format!("node {node} --down")).wait(400.0).forget();
    world.run("delete pod web-1 --force --grace-period=0").course("xweb-1 +web-1 web-1!");
    assert_ne!(world.node_of("web-1"), node);
}

/// N8 c: the out-of-service taint lets the Pod collector free the name; it stays until a person removes it.
#[test]
fn n8_out_of_service() {
    let (mut world, node) = three();
    world.breaks(&format!("node {node} --down")).wait(60.0).forget();
    let taint = format!("taint node {node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
    world.says(&taint, &format!("node/{node} tainted")).wait(25.0).course("-web-1 xweb-1 +web-1 web-1!");
    assert_ne!(world.node_of("web-1"), node);
    world.breaks(&format!("node {node} --up")).wait(6.0);
    assert_eq!(taints(&world, &node), "out-of-service:NoExecute");
    world.says(&format!("taint node {node} node.kubernetes.io/out-of-service-"), &format!("node/{node} untainted"));
}

/// N8 d, N9: without its Node object the Pod is collected.
#[test]
fn n9_the_node_is_deleted() {
    let (mut world, node) = three();
    world.breaks(&format!("node {node} --down")).wait(60.0).forget();
    world.says(&format!("delete node {node}"), &format!("node \"{node}\" deleted")).wait(90.0);
    world.course("-web-1 xweb-1 +web-1 web-1!").counts("web", "3/3/3/3/3");
    assert_ne!(world.node_of("web-1"), node);
}

/// N5, N6: a taint that nobody tolerates sends Pods away at once, and no budget is asked (N21).
#[test]
fn n6_a_taint_sends_pods_away() {
    let (mut world, node) = three();
    world.run("create pdb web --selector=app=web --min-available=3").forget();
    world.run(&format!("taint node {node} maintenance=yes:NoExecute")).course("-web-1 xweb-1 +web-1 web-1!");
    assert_ne!(world.node_of("web-1"), node);
    world.run(&format!("taint node {node} maintenance-"));
    assert_eq!(taints(&world, &node), "");
}

/// N9: a node that is made is registered and takes Pods.
#[test]
fn n9_a_node_is_made() {
    let mut world = World::new();
    world.begin("cordon node-0 node-1 node-2").apply(web().replicas(1));
    assert!(world.get(Kind::Pod, "web-0")["spec"]["nodeName"].is_null());
    world.apply("{apiVersion: v1, kind: Node, metadata: {name: new}}");
    assert_eq!(world.node_of("web-0"), "new");
    world.says("get node new --no-headers -o custom-columns=V:.status.nodeInfo.kubeletVersion", "v1.36.2");
}

/// N11: cordon and uncordon; the taint follows the mark.
#[test]
fn n11_cordon() {
    let mut world = World::new();
    world.says("cordon node-0", "node/node-0 cordoned").says("cordon node-0", "node/node-0 already cordoned").settle();
    assert_eq!(taints(&world, "node-0"), "unschedulable:NoSchedule");
    world.says("uncordon node-0", "node/node-0 uncordoned").settle();
    world.says("uncordon node-0", "node/node-0 already uncordoned");
    assert_eq!(taints(&world, "node-0"), "");
}
