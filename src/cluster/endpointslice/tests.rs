//! Slices in a small cluster: rules D6 to D9, G7.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::apiserver::Request;
use crate::cluster::testing::World;
use crate::cluster::{Cluster, ClusterConfig, Fault};
use crate::resource::Kind;
use crate::resource::hash::mix;

const SLICE: Kind = Kind::EndpointSlice;

fn service(world: &mut World, name: &str, spec: &Value) {
    let mut body = json!({"metadata": {"name": name, "labels": {"tier": "db"}},
        "spec": {"clusterIP": "None", "selector": {"app": "a"}, "ports": [{"name": "http", "port": 80}]}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        body["spec"][key] = value.clone();
    }
    world.create(Kind::Service, body);
}

fn set(world: &mut World, replicas: u64) {
    world.create(
        Kind::StatefulSet,
        json!({"metadata": {"name": "web"}, "spec": {"replicas": replicas, "serviceName": "web",
            "podManagementPolicy": "Parallel", "selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
    );
}

/// The slices of a Service: the Pods in each.
fn pods(world: &World, service: &str) -> Vec<BTreeSet<String>> {
    let slices = world.all(SLICE).into_iter();
    let own = slices.filter(|s| s["metadata"]["labels"]["kubernetes.io/service-name"] == service);
    let name = |e: &Value| e["targetRef"]["name"].as_str().unwrap_or_default().to_string();
    own.map(|s| s["endpoints"].as_array().into_iter().flatten().map(name).collect()).collect()
}

fn sizes(world: &World, service: &str) -> Vec<usize> {
    let mut sizes: Vec<usize> = pods(world, service).iter().map(BTreeSet::len).collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn d6_d8_a_slice_of_a_headless_service() {
    let mut world = World::new();
    service(&mut world, "web", &json!({}));
    set(&mut world, 1);
    world.settle();
    let slice = &world.all(SLICE)[0];
    let meta = &slice["metadata"];
    assert_eq!(
        meta["labels"],
        json!({"tier": "db", "kubernetes.io/service-name": "web", "service.kubernetes.io/headless": "",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"})
    );
    assert_eq!(meta["generateName"], "web-");
    assert_eq!(meta["ownerReferences"][0]["kind"], "Service");
    assert_eq!(slice["ports"], json!([{"name": "http", "port": 80, "protocol": "TCP"}]));
    let pod = world.get(Kind::Pod, "web-0");
    assert_eq!(
        slice["endpoints"],
        json!([{"addresses": [pod["status"]["podIP"]], "hostname": "web-0", "nodeName": "node-0", "zone": "zone-a",
            "conditions": {"ready": true, "serving": true, "terminating": false},
            "targetRef": {"kind": "Pod", "namespace": "default", "name": "web-0", "uid": pod["metadata"]["uid"]}}])
    );
}

#[test]
fn d8_other_services_list_the_pods_without_their_names() {
    let mut world = World::new();
    service(&mut world, "other", &json!({"clusterIP": null}));
    set(&mut world, 1);
    world.settle();
    let slice = &world.all(SLICE)[0];
    assert!(slice["endpoints"][0]["hostname"].is_null());
    assert!(slice["metadata"]["labels"]["service.kubernetes.io/headless"].is_null());
}

#[test]
fn d9_a_service_without_endpoints_has_an_empty_slice() {
    let mut world = World::new();
    service(&mut world, "web", &json!({}));
    service(&mut world, "manual", &json!({"selector": null}));
    set(&mut world, 2);
    let empty = |world: &World| {
        let slices = world.all(SLICE);
        slices.len() == 1 && slices[0]["endpoints"].is_null() && slices[0]["ports"].is_null()
    };
    world.cluster.run_until(world.cluster.now + super::REACTION);
    assert!(empty(&world));
    world.settle();
    let name = world.names(SLICE);
    assert_eq!(sizes(&world, "web"), [2]);
    world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 0}}));
    world.settle();
    assert!(empty(&world));
    assert_eq!(world.names(SLICE), name, "the slice is used again");
}

#[test]
fn d7_what_an_endpoint_says_of_its_pod() {
    let check = |spec: Value, fault: &str, delete: bool, expect: [bool; 3]| {
        let mut world = World::new();
        service(&mut world, "web", &spec);
        world.fault(&Fault::Pod { name: "web-0".into(), attribute: "hang".into(), value: Some(true) });
        if fault == "unready" {
            world.fault(&Fault::Pod { name: "web-0".into(), attribute: "ready".into(), value: Some(false) });
        }
        set(&mut world, 1);
        world.settle();
        if delete {
            world.delete(Kind::Pod, "web-0");
            world.settle();
        }
        let conditions = world.all(SLICE)[0]["endpoints"][0]["conditions"].clone();
        let expect = json!({"ready": expect[0], "serving": expect[1], "terminating": expect[2]});
        assert_eq!(conditions, expect, "{fault} {delete}");
    };
    let publish = json!({"publishNotReadyAddresses": true});
    check(json!({}), "", false, [true, true, false]);
    check(json!({}), "unready", false, [false, false, false]);
    check(json!({}), "", true, [false, true, true]);
    check(publish.clone(), "unready", false, [true, false, false]);
    check(publish, "", true, [true, true, true]);
}

#[test]
fn d9_named_ports_are_looked_up_in_each_pod() {
    let mut world = World::new();
    service(&mut world, "web", &json!({"ports": [{"name": "http", "port": 80, "targetPort": "web"}]}));
    for (name, port) in [("a", 8080), ("b", 9090), ("c", 8080)] {
        let container =
            json!({"name": "main", "image": "nginx:1.27", "ports": [{"name": "web", "containerPort": port}]});
        world.pod(name, &json!({"app": "a"}), json!({"containers": [container]}));
    }
    world.settle();
    let slices = world.all(SLICE);
    let by_port: BTreeMap<i64, usize> = slices
        .iter()
        .map(|s| (s["ports"][0]["port"].as_i64().unwrap_or(0), s["endpoints"].as_array().map_or(0, Vec::len)))
        .collect();
    assert_eq!(by_port, BTreeMap::from([(8080, 2), (9090, 1)]));
}

#[test]
fn d6_a_slice_holds_a_hundred() {
    let config = ClusterConfig { pods_per_node: 500, ..ClusterConfig::default() };
    let mut world = World { cluster: Cluster::new(&config) };
    service(&mut world, "web", &json!({}));
    set(&mut world, 250);
    world.settle();
    assert_eq!(sizes(&world, "web"), [50, 100, 100]);
    world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 251}}));
    world.settle();
    assert_eq!(sizes(&world, "web"), [51, 100, 100], "the fullest slice with room takes the new one");
    world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 120}}));
    world.settle();
    assert_eq!(sizes(&world, "web").iter().sum::<usize>(), 120);
}

#[test]
fn a_changed_service_changes_its_slices() {
    let mut world = World::new();
    service(&mut world, "web", &json!({"selector": {"app": "typo"}}));
    set(&mut world, 2);
    world.settle();
    let name = world.names(SLICE);
    assert_eq!(sizes(&world, "web"), [0]);
    world.patch(
        Kind::Service,
        "web",
        json!({"spec": {"selector": {"app": "a"}}, "metadata": {"labels": {"tier": "web"}}}),
    );
    world.settle();
    assert_eq!((sizes(&world, "web"), world.names(SLICE)), (vec![2], name));
    assert_eq!(world.all(SLICE)[0]["metadata"]["labels"]["tier"], "web");
    world.patch(Kind::Service, "web", json!({"spec": {"ports": [{"name": "http", "port": 8080}]}}));
    world.settle();
    assert_eq!(world.all(SLICE)[0]["ports"][0]["port"], 8080);
    assert_eq!(sizes(&world, "web"), [2]);
}

#[test]
fn g7_slices_go_with_their_service_and_come_back_otherwise() {
    let mut world = World::new();
    service(&mut world, "web", &json!({}));
    set(&mut world, 2);
    world.settle();
    let first = world.names(SLICE);
    world.delete(SLICE, &first[0]);
    world.settle();
    assert_eq!(sizes(&world, "web"), [2]);
    assert_ne!(world.names(SLICE), first);
    world.delete(Kind::Service, "web");
    world.settle();
    assert_eq!(world.names(SLICE), [""; 0]);
}

#[test]
fn slices_edited_by_hand_are_put_right() {
    let mut world = World::new();
    service(&mut world, "web", &json!({}));
    set(&mut world, 2);
    world.settle();
    let name = world.names(SLICE)[0].clone();
    let mut slice = world.get(SLICE, &name);
    slice["endpoints"].as_array_mut().expect("it has two").pop();
    let request = Request::update(SLICE, "default", &name, slice);
    world.cluster.request(&request, 0).expect("slices can be edited");
    world.settle();
    assert_eq!(sizes(&world, "web"), [2]);
}

/// After any changes each Service lists exactly the Pods that rule D7 says, each once.
#[test]
fn slices_agree_with_the_pods_after_many_changes() {
    let mut world = World::new();
    service(&mut world, "a", &json!({}));
    service(&mut world, "b", &json!({"selector": {"app": "b"}}));
    for step in 0..300_u64 {
        let dice = mix(step.wrapping_mul(31));
        let name = format!("p-{}", dice % 12);
        let labels = json!({"app": if dice & 0x100 == 0 { "a" } else { "b" }});
        if world.object(Kind::Pod, &name).is_none() {
            world.pod(&name, &labels, json!({}));
        } else if dice & 0x600 == 0 {
            world.delete(Kind::Pod, &name);
        } else if dice & 0x200 == 0 {
            world.patch(Kind::Pod, &name, json!({"metadata": {"labels": labels}}));
        } else {
            let value = Some(dice & 0x800 == 0);
            world.fault(&Fault::Pod { name, attribute: "ready".into(), value });
        }
        world.cluster.run_until(world.cluster.now + std::time::Duration::from_millis(dice % 120));
    }
    world.settle();
    for service in ["a", "b"] {
        let selected = |pod: &&Value| pod["metadata"]["labels"]["app"] == service;
        let listed = |pod: &&Value| {
            let status = &pod["status"];
            status["podIP"].is_string() && !matches!(status["phase"].as_str(), Some("Succeeded" | "Failed"))
        };
        let all = world.all(Kind::Pod);
        let name = |pod: &Value| pod["metadata"]["name"].as_str().unwrap_or_default().to_string();
        let expect: BTreeSet<String> = all.iter().filter(selected).filter(listed).map(name).collect();
        let slices = pods(&world, service);
        assert_eq!(slices.iter().map(BTreeSet::len).sum::<usize>(), expect.len());
        assert_eq!(slices.into_iter().flatten().collect::<BTreeSet<_>>(), expect);
    }
}
