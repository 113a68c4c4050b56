//! Load balancers of clouds: who gets one, when, what is said, and how it goes.

use serde_json::{Value, json};

use super::FINALIZER;
use crate::cluster::Cluster;
use crate::cluster::profile::Profile;
use crate::cluster::testing::World;
use crate::resource::{Kind, stored};

fn service(world: &mut World, name: &str, spec: Value) {
    let mut body = json!({"metadata": {"name": name}, "spec": {"type": "LoadBalancer", "selector": {"app": "web"},
        "ports": [{"name": "http", "port": 80}]}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        body["spec"][key] = value.clone();
    }
    world.create(Kind::Service, body);
}

/// A cluster with load balancers as this YAML says.
fn cluster_with(balancers: &str) -> World {
    let text = format!("name: x\nnodes: [{{name: 'n-{{n}}', count: 2, cpu: '4', memory: 8Gi}}]\n{balancers}");
    World { cluster: Cluster::of_profile(Profile::parse(&text).expect("a profile"), 1) }
}

fn address(world: &World, name: &str) -> Value {
    world.get(Kind::Service, name)["status"]["loadBalancer"]["ingress"][0].clone()
}

const MADE: [&str; 2] = ["EnsuringLoadBalancer Ensuring load balancer", "EnsuredLoadBalancer Ensured load balancer"];
const GONE: [&str; 2] = ["DeletingLoadBalancer Deleting load balancer", "DeletedLoadBalancer Deleted load balancer"];

#[test]
fn a_cloud_takes_its_time_and_then_gives_an_address() {
    let mut world = World::of_profile("gcp", 3);
    service(&mut world, "web", json!({}));
    world.run(30);
    assert_eq!(world.said("Service/web"), MADE[..1]);
    assert_eq!(world.get(Kind::Service, "web")["metadata"]["finalizers"], json!([FINALIZER]));
    assert_eq!(address(&world, "web"), Value::Null);
    world.run(10);
    assert_eq!(world.said("Service/web"), MADE);
    assert_eq!(address(&world, "web"), json!({"ip": "203.0.113.1", "ipMode": "VIP"}));
    world.delete(Kind::Service, "web");
    world.run(20);
    assert!(world.object(Kind::Service, "web").is_some_and(|web| web.meta.terminating()));
    world.run(10);
    assert_eq!(world.said("Service/web"), [MADE, GONE].concat());
    assert_eq!(world.object(Kind::Service, "web"), None);
}

#[test]
fn a_settle_waits_for_the_cloud() {
    let mut world = World::of_profile("aws", 3);
    service(&mut world, "web", json!({}));
    world.settle();
    let hostname = address(&world, "web")["hostname"].as_str().unwrap_or_default().to_string();
    assert!(hostname.starts_with('a') && hostname.ends_with(".eu-west-1.elb.amazonaws.com"), "{hostname}");
}

/// `<pending>` for ever, and not a word: rule S114 and the recordings.
#[test]
fn without_a_cloud_nothing_happens() {
    for mut world in [World::new(), World::of_profile("minikube", 1), World::of_profile("bare-metal", 4)] {
        service(&mut world, "web", json!({}));
        world.run(600);
        assert_eq!(world.said("Service/web"), [""; 0]);
        assert_eq!(address(&world, "web"), Value::Null);
        assert!(world.get(Kind::Service, "web")["metadata"].get("finalizers").is_none());
    }
}

#[test]
fn one_after_another_and_each_its_own_address() {
    let mut world = World::of_profile("azure", 3);
    service(&mut world, "a", json!({}));
    service(&mut world, "b", json!({}));
    world.run(20);
    assert_eq!((address(&world, "a")["ip"].clone(), address(&world, "b")), ("198.51.100.1".into(), Value::Null));
    world.run(20);
    assert_eq!(address(&world, "b")["ip"], "198.51.100.2");
}

#[test]
fn changes_that_concern_it() {
    let mut world = World::of_profile("aws", 3);
    service(&mut world, "web", json!({}));
    world.run(10);
    let before = address(&world, "web");
    world.patch(Kind::Service, "web", json!({"metadata": {"labels": {"a": "b"}}}));
    world.run(10);
    assert_eq!(world.count("Service/web", "EnsuringLoadBalancer"), 1);
    world.patch(Kind::Service, "web", json!({"spec": {"externalTrafficPolicy": "Local"}}));
    world.run(10);
    assert_eq!(world.count("Service/web", "EnsuredLoadBalancer"), 2);
    assert_eq!(address(&world, "web"), before);
    world.patch(Kind::Service, "web", json!({"spec": {"type": "ClusterIP"}}));
    world.run(10);
    let web = world.get(Kind::Service, "web");
    assert_eq!((web["metadata"].get("finalizers"), &web["status"]["loadBalancer"]), (None, &json!({})));
    assert_eq!(world.count("Service/web", "DeletedLoadBalancer"), 1);
}

#[test]
fn a_class_of_its_own_is_for_somebody_else() {
    let mut world = World::of_profile("aws", 3);
    service(&mut world, "web", json!({"loadBalancerClass": "example.com/other"}));
    world.run(100);
    assert_eq!(world.said("Service/web"), [""; 0]);
}

#[test]
fn deleted_while_it_is_made() {
    let mut world = World::of_profile("gcp", 3);
    service(&mut world, "web", json!({}));
    world.run(5);
    world.delete(Kind::Service, "web");
    world.run(80);
    assert_eq!(world.said("Service/web"), [MADE, GONE].concat());
    assert_eq!(world.object(Kind::Service, "web"), None);
}

#[test]
fn a_cloud_without_addresses_says_so_and_tries_again() {
    let mut world = cluster_with("loadBalancer: {addresses: 203.0.113.8/30, seconds: 1}\n");
    for name in ["a", "b", "c"] {
        service(&mut world, name, json!({}));
    }
    world.run(60);
    let why = "SyncLoadBalancerFailed Error syncing load balancer: failed to ensure load balancer: no address is left in \
               203.0.113.8/30";
    assert!(world.said("Service/c").contains(&why.to_string()));
    // After 5, 10 and 20 seconds.
    assert_eq!(world.count("Service/c", "SyncLoadBalancerFailed"), 4);
    world.delete(Kind::Service, "a");
    world.run(300);
    assert_eq!(address(&world, "c")["ip"], "203.0.113.9");
    world.patch(Kind::Service, "b", json!({"spec": {"loadBalancerIP": "203.0.113.77"}}));
    world.run(10);
    assert_eq!(address(&world, "b")["ip"], "203.0.113.77");
}

#[test]
fn balancers_hear_of_nodes() {
    let mut world = cluster_with("loadBalancer: {addresses: 203.0.113.0/24}\n");
    service(&mut world, "web", json!({}));
    world.run(10);
    let updated = |world: &World| world.count("Service/web", "UpdatedLoadBalancer");
    let exclude = |value: Value| json!({"metadata": {"labels": {"node.kubernetes.io/exclude-from-external-load-balancers": value}}});
    world.patch(Kind::Node, "n-0", exclude("false".into()));
    world.run(1);
    assert_eq!(updated(&world), 0);
    world.patch(Kind::Node, "n-0", exclude("".into()));
    world.run(1);
    assert_eq!(updated(&world), 1);
    world.delete(Kind::Node, "n-1");
    world.run(1);
    assert_eq!((updated(&world), world.count("Service/web", "UnAvailableLoadBalancer")), (1, 1));
}

/// What the cloud is at is stored with the world.
#[test]
fn a_world_that_is_stored_goes_on() {
    let mut world = World::of_profile("gcp", 3);
    service(&mut world, "web", json!({}));
    world.run(10);
    let bytes = stored::to_bytes(&world.cluster).expect("it can be written");
    let mut again = World { cluster: stored::from_bytes(&bytes).expect("it can be read") };
    world.run(60);
    again.run(60);
    assert_eq!(address(&again, "web"), address(&world, "web"));
    assert_eq!(again.cluster.api.store.history.digest(), world.cluster.api.store.history.digest());
}
