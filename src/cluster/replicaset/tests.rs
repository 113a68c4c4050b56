//! `ReplicaSet`s that run.

use serde_json::{Value, json};

use crate::cluster::testing::World;
use crate::cluster::{Cluster, Fault};
use crate::resource::Kind;

fn set(world: &mut World, replicas: i64, spec: &Value) {
    let mut body = json!({"metadata": {"name": "web"}, "spec": {"replicas": replicas,
        "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        body["spec"][key] = value.clone();
    }
    world.create(Kind::ReplicaSet, body);
    world.settle();
}

fn scale(world: &mut World, replicas: i64) {
    world.patch(Kind::ReplicaSet, "web", json!({"spec": {"replicas": replicas}}));
}

fn status(world: &World) -> Value {
    world.get(Kind::ReplicaSet, "web")["status"].clone()
}

/// The counts of a status, and those of the Pods themselves.
fn check(world: &World) {
    let status = status(world);
    let pods = world.all(Kind::Pod);
    let going = |pod: &&Value| pod["metadata"]["deletionTimestamp"].is_string();
    let own = |pod: &&Value| pod["metadata"]["ownerReferences"][0]["name"] == "web";
    let ended = |pod: &&Value| ["Succeeded", "Failed"].iter().any(|phase| pod["status"]["phase"] == *phase);
    let ready = |pod: &&Value| {
        let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
        conditions.filter(|c| c["type"] == "Ready").any(|c| c["status"] == "True")
    };
    let active: Vec<&Value> = pods.iter().filter(own).filter(|p| !going(p) && !ended(p)).collect();
    let count = |key: &str| status[key].as_i64().unwrap_or(0);
    assert_eq!(count("replicas"), active.len() as i64);
    assert_eq!(count("readyReplicas"), active.iter().filter(|pod| ready(pod)).count() as i64);
    let selected = |pod: &&Value| pod["metadata"]["labels"]["app"] == "a";
    let terminating = pods.iter().filter(own).filter(selected).filter(|p| going(p) && !ended(p)).count();
    assert_eq!(count("terminatingReplicas"), terminating as i64);
}

#[test]
fn r1_r2_pods_come_at_once_under_names_of_kubernetes_own_alphabet() {
    let mut world = World::new();
    set(&mut world, 5, &json!({}));
    check(&world);
    for name in world.names(Kind::Pod) {
        let suffix = name.strip_prefix("web-").unwrap_or_default();
        assert!(suffix.len() == 5 && suffix.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c)), "{name}");
    }
    assert_eq!(world.count("ReplicaSet/web", "SuccessfulCreate"), 5);
    let said = world.said("ReplicaSet/web");
    assert!(said.iter().all(|line| line.starts_with("SuccessfulCreate Created pod: web-")), "{said:?}");
}

#[test]
fn r1_a_long_name_is_cut_so_that_its_pods_names_are_labels() {
    let mut world = World::new();
    let name = "a".repeat(70);
    world.create(
        Kind::ReplicaSet,
        json!({"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "a"}},
            "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
    );
    world.settle();
    let pod = world.names(Kind::Pod).remove(0);
    assert!(pod.len() == 63 && pod.starts_with(&"a".repeat(58)), "{pod}");
}

#[test]
fn p24_a_pod_on_its_way_out_is_replaced_at_once() {
    let mut world = World::new();
    set(&mut world, 1, &json!({}));
    let pod = world.names(Kind::Pod).remove(0);
    world.fault(&Fault::Pod { name: pod.clone(), attribute: "hang".into(), value: Some(true) });
    world.delete(Kind::Pod, &pod);
    world.settle();
    check(&world);
    assert_eq!((world.names(Kind::Pod).len(), status(&world)["terminatingReplicas"].clone()), (2, json!(1)));
}

#[test]
fn p32_a_failed_pod_is_replaced_and_stays() {
    let mut world = World::new();
    set(&mut world, 2, &json!({}));
    let name = world.names(Kind::Pod).remove(0);
    world.fault(&Fault::PodPhase { name: name.clone(), phase: "Failed".into(), reason: None, message: None });
    world.settle();
    check(&world);
    assert_eq!(world.get(Kind::Pod, &name)["status"]["phase"], "Failed");
    assert_eq!(world.names(Kind::Pod).len(), 3);
}

#[test]
fn r9_pods_that_are_not_ready_and_cheap_ones_go_first() {
    let mut world = World::new();
    set(&mut world, 4, &json!({}));
    let pods = world.names(Kind::Pod);
    world.fault(&Fault::Pod { name: pods[2].clone(), attribute: "ready".into(), value: Some(false) });
    let cost = |cost: &str| json!({"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}}});
    world.patch(Kind::Pod, &pods[1], cost("-5"));
    world.patch(Kind::Pod, &pods[0], cost("7"));
    world.settle();
    scale(&mut world, 3);
    world.settle();
    assert!(!world.names(Kind::Pod).contains(&pods[2]));
    scale(&mut world, 1);
    world.settle();
    assert_eq!(world.names(Kind::Pod), [pods[0].clone()]);
    check(&world);
}

#[test]
fn r6_availability_comes_with_time() {
    let mut world = World::new();
    set(&mut world, 2, &json!({"minReadySeconds": 30}));
    let now = status(&world);
    assert_eq!((now["readyReplicas"].clone(), now["availableReplicas"].clone()), (json!(2), Value::Null));
    world.run(40);
    assert_eq!(status(&world)["availableReplicas"], 2);
    world.patch(Kind::ReplicaSet, "web", json!({"spec": {"minReadySeconds": 300}}));
    world.settle();
    assert_eq!(status(&world)["availableReplicas"], Value::Null);
}

#[test]
fn orphans_are_adopted_and_strays_released() {
    let mut world = World::new();
    world.pod("mine", &json!({"app": "a"}), json!({}));
    world.pod("other", &json!({"app": "b"}), json!({}));
    world.settle();
    set(&mut world, 2, &json!({}));
    check(&world);
    assert_eq!(world.names(Kind::Pod).len(), 3);
    assert_eq!(world.get(Kind::Pod, "mine")["metadata"]["ownerReferences"][0]["kind"], "ReplicaSet");
    world.patch(Kind::Pod, "mine", json!({"metadata": {"labels": {"app": "z"}}}));
    world.settle();
    check(&world);
    assert_eq!(world.get(Kind::Pod, "mine")["metadata"]["ownerReferences"], Value::Null);
    // One too many comes back: it is adopted, and one goes.
    world.patch(Kind::Pod, "mine", json!({"metadata": {"labels": {"app": "a"}}}));
    world.settle();
    check(&world);
    assert_eq!(world.names(Kind::Pod).len(), 3);
}

/// What is counted with each write must be what the Pods say, whatever happens.
#[test]
fn the_counts_are_those_of_the_pods_on_a_random_walk() {
    let mut world = World::new();
    set(&mut world, 3, &json!({"minReadySeconds": 1}));
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random = crate::resource::hash::mix(random);
        (random % below as u64) as usize
    };
    for _ in 0..200 {
        let pods = world.names(Kind::Pod);
        let pod = pods.get(next(pods.len().max(1))).cloned().unwrap_or_default();
        let exists = !pod.is_empty();
        match next(7) {
            0 => scale(&mut world, next(6) as i64),
            1 if exists => world.delete(Kind::Pod, &pod),
            2 if exists => {
                let app = ["a", "z"][next(2)];
                world.patch(Kind::Pod, &pod, json!({"metadata": {"labels": {"app": app}}}));
            }
            3 => world.fault(&Fault::Pod { name: pod, attribute: "ready".into(), value: Some(next(2) == 0) }),
            4 => world.fault(&Fault::Pod { name: pod, attribute: "hang".into(), value: Some(next(2) == 0) }),
            5 => {
                world.fault(&Fault::PodPhase { name: pod, phase: "Failed".into(), reason: None, message: None });
            }
            _ => world.run(1),
        }
        for _ in 0..next(20) {
            Cluster::step(&mut world.cluster);
        }
        if next(4) == 0 {
            world.settle();
            check(&world);
        }
    }
}
