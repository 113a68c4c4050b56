//! The decisions of a `DaemonSet`, and `DaemonSet`s that run.

use serde_json::{Value, json};

use super::decide::{DaemonPod, Decision, NodeView, decide};
use crate::cluster::Fault;
use crate::cluster::testing::World;
use crate::resource::model::{DaemonSetSpec, Phase};
use crate::resource::{Kind, Time};

fn pod(name: &str, updated: bool, available: bool) -> DaemonPod {
    let (phase, terminating) = (Phase::Running, false);
    let (created, assigned) = (Time(0), true);
    DaemonPod { name: name.into(), created, assigned, phase, terminating, ready: available, available, updated }
}

fn node(name: &str, pods: &[DaemonPod]) -> NodeView {
    NodeView { name: name.into(), exists: true, runs: true, stays: true, pods: pods.to_vec(), back_off: None }
}

fn rolling(surge: impl Into<Value>, unavailable: impl Into<Value>) -> Value {
    let (surge, unavailable): (Value, Value) = (surge.into(), unavailable.into());
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

fn ask(strategy: &Value, nodes: &[NodeView]) -> (Vec<String>, Vec<String>) {
    let spec = DaemonSetSpec::new(json!({"updateStrategy": strategy}));
    let Decision { create, delete, .. } = decide(&spec, nodes);
    let names = |list: Vec<crate::resource::meta::Text>| list.iter().map(ToString::to_string).collect();
    (names(create), names(delete))
}

#[track_caller]
fn check(strategy: &Value, nodes: &[NodeView], create: &[&str], delete: &[&str]) {
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ask(strategy, nodes), (names(create), names(delete)));
}

#[test]
fn r13_one_pod_on_each_node_that_takes_it() {
    let one = rolling(0, 1);
    let tainted = NodeView { runs: false, ..node("c", &[pod("old", true, true)]) };
    check(&one, &[node("a", &[]), node("b", &[pod("p", true, true)]), tainted.clone()], &["a"], &[]);
    let expelled = NodeView { stays: false, ..tainted };
    check(&one, &[expelled], &[], &["old"]);
    check(&one, &[node("a", &[pod("p", true, true), pod("q", true, true)])], &[], &["q"]);
    let lost = NodeView {
        name: "gone".into(),
        pods: vec![DaemonPod { assigned: false, ..pod("p", true, false) }, pod("q", true, false)],
        ..NodeView::default()
    };
    check(&one, &[lost], &[], &["p"]);
}

#[test]
fn r13_an_update_goes_node_by_node() {
    let old = |name: &str, available: bool| node(name, &[pod(&format!("old-{name}"), false, available)]);
    let new = |name: &str, available: bool| node(name, &[pod(&format!("new-{name}"), true, available)]);
    check(&rolling(0, 1), &[old("a", true), old("b", true)], &[], &["old-a"]);
    check(&rolling(0, 1), &[new("a", false), old("b", true)], &[], &[]);
    check(&rolling(0, 1), &[new("a", true), old("b", true)], &[], &["old-b"]);
    check(&rolling(0, 1), &[old("a", true), old("b", false)], &[], &["old-b"]);
    check(&rolling(0, "50%"), &[old("a", true), old("b", true), old("c", true)], &[], &["old-a", "old-b"]);
    check(&json!({"type": "OnDelete"}), &[old("a", true), old("b", false)], &[], &[]);
}

#[test]
fn r13_with_a_surge_the_new_pod_comes_first() {
    let both = |name: &str, available: bool| {
        node(name, &[pod(&format!("old-{name}"), false, true), pod(&format!("new-{name}"), true, available)])
    };
    let old = |name: &str| node(name, &[pod(&format!("old-{name}"), false, true)]);
    check(&rolling(1, 0), &[old("a"), old("b")], &["a"], &[]);
    check(&rolling(1, 0), &[both("a", false), old("b")], &[], &[]);
    check(&rolling(1, 0), &[both("a", true), old("b")], &[], &["old-a"]);
    let closed = NodeView { runs: false, ..old("c") };
    check(&rolling(1, 0), &[old("a"), closed], &["a"], &["old-c"]);
}

fn set(world: &mut World, spec: &Value) {
    let mut body = json!({"metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        body["spec"][key] = value.clone();
    }
    world.create(Kind::DaemonSet, body);
    world.settle();
}

fn image(world: &mut World, image: &str) {
    let container = json!([{"name": "main", "image": image}]);
    world.patch(Kind::DaemonSet, "agent", json!({"spec": {"template": {"spec": {"containers": container}}}}));
}

fn images(world: &World) -> Vec<Value> {
    world.all(Kind::Pod).iter().map(|pod| pod["spec"]["containers"][0]["image"].clone()).collect()
}

fn counts(world: &World) -> [i64; 6] {
    let status = world.get(Kind::DaemonSet, "agent")["status"].clone();
    let keys = [
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberMisscheduled",
    ];
    keys.map(|key| status[key].as_i64().unwrap_or(0))
}

fn taint(world: &mut World, node: &str, effect: &str) {
    world.patch(Kind::Node, node, json!({"spec": {"taints": [{"key": "broken", "effect": effect}]}}));
    world.settle();
}

#[test]
fn r13_an_update_makes_a_revision_and_an_old_one_comes_back() {
    let mut world = World::new();
    set(&mut world, &json!({"revisionHistoryLimit": 1}));
    assert_eq!(counts(&world), [3, 3, 3, 3, 3, 0]);
    let revisions = |world: &World| -> Vec<(String, i64)> {
        let all = world.all(Kind::ControllerRevision);
        let mut all: Vec<_> =
            all.iter().map(|r| (r["metadata"]["name"].to_string(), r["revision"].as_i64().unwrap_or(0))).collect();
        all.sort_by_key(|(_, number)| *number);
        all
    };
    let first = revisions(&world);
    image(&mut world, "nginx:1.28");
    world.settle();
    assert_eq!(images(&world), vec![json!("nginx:1.28"); 3]);
    image(&mut world, "nginx:1.27");
    world.settle();
    let back = revisions(&world);
    assert_eq!(back.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(back[1].0, first[0].0);
    image(&mut world, "nginx:1.29");
    world.settle();
    assert_eq!(revisions(&world).iter().map(|(_, number)| *number).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(counts(&world), [3, 3, 3, 3, 3, 0]);
    let generations: Vec<Value> =
        world.all(Kind::Pod).iter().map(|pod| pod["metadata"]["labels"]["pod-template-generation"].clone()).collect();
    assert_eq!(generations, vec![json!("4"); 3]);
}

#[test]
fn r13_with_a_surge_no_node_is_ever_without() {
    let mut world = World::new();
    set(&mut world, &json!({"updateStrategy": rolling(1, 0)}));
    image(&mut world, "nginx:1.28");
    for _ in 0..2000 {
        if !world.cluster.step() {
            break;
        }
        let ready = |pod: &&Value| {
            let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
            pod["metadata"]["deletionTimestamp"].is_null()
                && conditions.filter(|c| c["type"] == "Ready").any(|c| c["status"] == "True")
        };
        let pods = world.all(Kind::Pod);
        let nodes: std::collections::BTreeSet<String> =
            pods.iter().filter(ready).map(|pod| pod["spec"]["nodeName"].to_string()).collect();
        assert_eq!(nodes.len(), 3);
    }
    assert_eq!(images(&world), vec![json!("nginx:1.28"); 3]);
}

#[test]
fn r13_taints_keep_pods_away_or_drive_them_off() {
    let mut world = World::new();
    set(&mut world, &json!({}));
    taint(&mut world, "node-1", "NoExecute");
    assert_eq!(counts(&world)[..2], [2, 2]);
    assert_eq!(world.names(Kind::Pod).len(), 2);
    world.patch(Kind::Node, "node-1", json!({"spec": {"taints": null}}));
    world.settle();
    assert_eq!(counts(&world), [3, 3, 3, 3, 3, 0]);
    taint(&mut world, "node-2", "NoSchedule");
    let pod = world.all(Kind::Pod).into_iter().find(|pod| pod["spec"]["nodeName"] == "node-2").unwrap();
    assert!(pod["metadata"]["deletionTimestamp"].is_null());
    let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_string();
    world.delete(Kind::Pod, &name);
    world.settle();
    assert_eq!((counts(&world)[0], world.names(Kind::Pod).len()), (2, 2));
}

#[test]
fn n5_a_closed_node_keeps_its_daemon() {
    let mut world = World::new();
    let taint = json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
    world.patch(Kind::Node, "node-0", json!({"spec": {"unschedulable": true, "taints": [taint]}}));
    set(&mut world, &json!({}));
    assert_eq!(counts(&world), [3, 3, 3, 3, 3, 0]);
}

#[test]
fn r13_labels_choose_the_nodes() {
    let mut world = World::new();
    let template = json!({"metadata": {"labels": {"app": "a"}},
        "spec": {"nodeSelector": {"disk": "ssd"}, "containers": [{"name": "main", "image": "nginx:1.27"}]}});
    set(&mut world, &json!({"template": template}));
    assert_eq!(counts(&world), [0; 6]);
    world.patch(Kind::Node, "node-1", json!({"metadata": {"labels": {"disk": "ssd"}}}));
    world.settle();
    let nodes: Vec<Value> = world.all(Kind::Pod).iter().map(|pod| pod["spec"]["nodeName"].clone()).collect();
    assert_eq!((nodes, counts(&world)), (vec![json!("node-1")], [1, 1, 1, 1, 1, 0]));
    world.patch(Kind::Node, "node-1", json!({"metadata": {"labels": {"disk": null}}}));
    world.settle();
    assert!(world.names(Kind::Pod).is_empty() && counts(&world) == [0; 6]);
}

#[test]
fn r8_a_failed_pod_is_replaced_and_the_next_one_later() {
    let mut world = World::new();
    set(&mut world, &json!({}));
    let fail = |world: &mut World| {
        let pod = world.all(Kind::Pod).into_iter().find(|pod| pod["spec"]["nodeName"] == "node-0").unwrap();
        let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_string();
        world.fault(&Fault::PodPhase { name: name.clone(), phase: "Failed".into(), reason: None, message: None });
        name
    };
    let first = fail(&mut world);
    let soon = |world: &mut World, ms: u64| {
        let deadline = world.cluster.now + std::time::Duration::from_millis(ms);
        world.cluster.run_until(deadline);
    };
    soon(&mut world, 600);
    let said = world.said("DaemonSet/agent");
    let found = format!("FailedDaemonPod Found failed daemon pod default/{first} on node node-0, will try to kill it");
    assert!(said.contains(&found) && said.contains(&format!("SuccessfulDelete Deleted pod: {first}")), "{said:?}");
    assert_eq!(counts(&world)[2], 3);
    let second = fail(&mut world);
    soon(&mut world, 300);
    assert!(world.object(Kind::Pod, &second).is_some());
    world.settle();
    assert!(world.object(Kind::Pod, &second).is_none());
    assert_eq!(counts(&world)[2], 3);
}
