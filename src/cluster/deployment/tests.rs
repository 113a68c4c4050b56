//! The decisions of a Deployment, and Deployments that run.

use serde_json::{Value, json};

use super::decide::{Decision, Scale, Sized, View, decide};
use crate::cluster::Fault;
use crate::cluster::testing::World;
use crate::resource::model::{DeploymentSpec, DeploymentStatus};
use crate::resource::{Kind, Time};

fn set(name: &str, wanted: i64, available: i64, desired: i64) -> Sized {
    let (actual, max) = (wanted, Some(desired + 1));
    let created = Time(name.len() as i64);
    let name = name.into();
    Sized { name, created, wanted, actual, available, desired: Some(desired), max, revision: Some(1), busy: false }
}

fn spec(replicas: i64, strategy: &Value) -> std::sync::Arc<DeploymentSpec> {
    DeploymentSpec::new(json!({"replicas": replicas, "strategy": strategy, "revisionHistoryLimit": 1}))
}

fn rolling(surge: impl Into<Value>, unavailable: impl Into<Value>) -> Value {
    let (surge, unavailable): (Value, Value) = (surge.into(), unavailable.into());
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

fn ask(spec: &DeploymentSpec, new: Option<&Sized>, old: &[Sized]) -> Decision {
    let status = DeploymentStatus::default();
    decide(View { spec, status: &status, generation: 1, new, old, old_pods: false })
}

fn sizes(decision: &Decision) -> Vec<(&str, i64)> {
    decision.scale.iter().map(|Scale { name, to, .. }| (&**name, *to)).collect()
}

/// Plays a rollout to its end, every Pod available at once, and tells the sizes of old and new on the way.
fn play(replicas: i64, strategy: &Value) -> Vec<(i64, i64)> {
    let spec = spec(replicas, strategy);
    let (mut old, mut new) = (set("old", replicas, replicas, replicas), None);
    let mut sizes = Vec::new();
    for _ in 0..100 {
        let decision = ask(&spec, new.as_ref(), std::slice::from_ref(&old));
        if let Some(size) = decision.create {
            new = Some(set("newer", size, 0, replicas));
        }
        for scale in &decision.scale {
            match new.as_mut().filter(|_| &*scale.name == "newer") {
                Some(new) => new.wanted = scale.to,
                None => old.wanted = scale.to,
            }
        }
        let size = (old.wanted, new.as_ref().map_or(0, |new| new.wanted));
        if decision.create.is_none() && decision.scale.is_empty() {
            return sizes;
        }
        sizes.push(size);
        // The sets come to their sizes, and all Pods are available.
        for set in new.iter_mut().chain([&mut old]) {
            (set.actual, set.available) = (set.wanted, set.wanted);
        }
    }
    panic!("the rollout does not end: {sizes:?}");
}

#[test]
fn r4_three_replicas_change_one_by_one() {
    let expect = [(3, 1), (2, 1), (2, 2), (1, 2), (1, 3), (0, 3)];
    assert_eq!(play(3, &rolling("25%", "25%")), expect);
}

#[test]
fn r3_r4_sizes_stay_between_what_may_miss_and_what_may_be_over() {
    for (replicas, surge, unavailable) in [(1, 1, 0), (4, 1, 1), (10, 3, 2), (5, 0, 2), (5, 5, 0), (7, 2, 7)] {
        let sizes = play(replicas, &rolling(surge, unavailable));
        let (least, most) = (replicas - unavailable, replicas + surge);
        assert!(sizes.iter().all(|(old, new)| (least..=most).contains(&(old + new))), "{replicas}: {sizes:?}");
        assert_eq!(sizes.last(), Some(&(0, replicas)));
    }
    // 1 % of two Pods is none, so that one of them may miss.
    assert_eq!(play(2, &rolling(0, "1%")), [(1, 0), (1, 1), (0, 1), (0, 2)]);
}

#[test]
fn r4_pods_that_are_not_available_go_first_and_cost_nothing() {
    let spec = spec(4, &rolling(1, 0));
    let old = [set("a", 2, 0, 4), set("bb", 3, 3, 4)];
    let decision = ask(&spec, Some(&set("new", 0, 0, 4)), &old);
    assert_eq!((sizes(&decision), decision.create), (vec![("a", 1)], None));
    // A set whose Pods have not gone yet is waited for.
    let decision = ask(&spec, Some(&set("new", 4, 4, 4)), &[set("a", 1, 2, 4)]);
    assert!(decision.scale.is_empty());
}

#[test]
fn r5_recreate_begins_when_the_old_pods_have_gone() {
    let spec = spec(3, &json!({"type": "Recreate"}));
    assert_eq!(sizes(&ask(&spec, None, &[set("old", 3, 3, 3)])), [("old", 0)]);
    let still = Sized { actual: 1, ..set("old", 0, 0, 3) };
    let decision = ask(&spec, None, &[still]);
    assert!(decision.waits_for_old_pods && decision.create.is_none());
    let gone = [set("old", 0, 0, 3)];
    assert_eq!(ask(&spec, None, &gone).create, Some(3));
    assert_eq!(sizes(&ask(&spec, Some(&set("new", 0, 0, 3)), &gone)), [("new", 3)]);
}

#[test]
fn a_new_size_is_shared_by_the_sets_of_a_rollout() {
    let grown = spec(10, &rolling("25%", "25%"));
    let mut sets = [set("old", 5, 5, 6), set("newer", 3, 0, 6)];
    (sets[0].max, sets[1].max) = (Some(8), Some(8));
    let decision = ask(&grown, Some(&sets[1]), &sets[..1]);
    assert_eq!(sizes(&decision), [("old", 8), ("newer", 5)]);
    let none = spec(0, &rolling("25%", "25%"));
    assert_eq!(sizes(&ask(&none, Some(&sets[1]), &sets[..1])), [("old", 0), ("newer", 0)]);
    // One set alone takes all.
    assert_eq!(sizes(&ask(&grown, Some(&set("newer", 6, 6, 6)), &[set("old", 0, 0, 6)])), [("newer", 10)]);
}

#[test]
fn r10_sets_beyond_the_history_limit_go_by_their_revision() {
    let spec = spec(1, &rolling(1, 0));
    let status =
        DeploymentStatus { updated: 1, replicas: 1, available: 1, observed_generation: 1, ..Default::default() };
    let old = [(3, false), (1, false), (2, true)].map(|(number, busy)| Sized {
        revision: Some(number),
        busy,
        ..set(&format!("r{number}"), 0, 0, 1)
    });
    let new = set("new", 1, 1, 1);
    let view = View { spec: &spec, status: &status, generation: 1, new: Some(&new), old: &old, old_pods: false };
    assert_eq!(decide(view).delete, ["r1"]);
}

fn deployment(world: &mut World, spec: &Value) {
    let mut body = json!({"metadata": {"name": "web"}, "spec": {"replicas": 3,
        "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        body["spec"][key] = value.clone();
    }
    world.create(Kind::Deployment, body);
    world.settle();
}

fn image(world: &mut World, image: &str) {
    let container = json!([{"name": "main", "image": image}]);
    world.patch(Kind::Deployment, "web", json!({"spec": {"template": {"spec": {"containers": container}}}}));
}

fn condition(world: &World, kind: &str) -> (String, String, String) {
    let conditions = world.get(Kind::Deployment, "web")["status"]["conditions"].clone();
    let found = conditions.as_array().into_iter().flatten().find(|c| c["type"] == kind).cloned().unwrap_or_default();
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_string();
    (text("status"), text("reason"), text("message"))
}

fn words(status: &str, reason: &str, message: &str) -> (String, String, String) {
    (status.to_string(), reason.to_string(), message.to_string())
}

#[test]
fn r6_r7_a_rollout_that_gets_nowhere_says_so_and_goes_on_waiting() {
    let mut world = World::new();
    deployment(&mut world, &json!({"progressDeadlineSeconds": 20}));
    assert_eq!(condition(&world, "Progressing").1, "NewReplicaSetAvailable");
    world.fault(&Fault::Image { image: "bad:1".into(), attribute: "ready".into(), value: Some(false) });
    image(&mut world, "bad:1");
    world.run(10);
    let new = world.all(Kind::ReplicaSet).into_iter().find(|set| set["spec"]["replicas"] == 1).unwrap();
    let new = new["metadata"]["name"].as_str().unwrap_or_default().to_string();
    let progressing = format!("ReplicaSet \"{new}\" is progressing.");
    assert_eq!(condition(&world, "Progressing"), words("True", "ReplicaSetUpdated", &progressing));
    world.run(30);
    let late = format!("ReplicaSet \"{new}\" has timed out progressing.");
    assert_eq!(condition(&world, "Progressing"), words("False", "ProgressDeadlineExceeded", &late));
    assert_eq!(condition(&world, "Available").1, "MinimumReplicasAvailable");
    world.fault(&Fault::Clear);
    world.settle();
    let done = format!("ReplicaSet \"{new}\" has successfully progressed.");
    assert_eq!(condition(&world, "Progressing"), words("True", "NewReplicaSetAvailable", &done));
}

#[test]
fn r7_a_paused_deployment_follows_its_size_but_not_its_template() {
    let mut world = World::new();
    deployment(&mut world, &json!({}));
    world.patch(Kind::Deployment, "web", json!({"spec": {"paused": true, "replicas": 5}}));
    image(&mut world, "nginx:1.28");
    world.settle();
    assert_eq!(condition(&world, "Progressing"), words("Unknown", "DeploymentPaused", "Deployment is paused"));
    assert_eq!((world.names(Kind::ReplicaSet).len(), world.names(Kind::Pod).len()), (1, 5));
    world.patch(Kind::Deployment, "web", json!({"spec": {"paused": null}}));
    world.settle();
    assert_eq!(condition(&world, "Progressing").1, "NewReplicaSetAvailable");
    let images: Vec<Value> =
        world.all(Kind::Pod).iter().map(|pod| pod["spec"]["containers"][0]["image"].clone()).collect();
    assert_eq!(images, vec![json!("nginx:1.28"); 5]);
}

#[test]
fn r5_recreate_never_runs_two_templates_beside_each_other() {
    let mut world = World::new();
    deployment(&mut world, &json!({"strategy": {"type": "Recreate"}}));
    image(&mut world, "nginx:1.28");
    for _ in 0..400 {
        if !world.cluster.step() {
            break;
        }
        let pods = world.all(Kind::Pod).into_iter().filter(|pod| pod["status"]["phase"] != "Succeeded");
        let mut images: Vec<String> = pods.map(|pod| pod["spec"]["containers"][0]["image"].to_string()).collect();
        images.dedup();
        assert!(images.len() <= 1, "{images:?}");
    }
    world.settle();
    assert_eq!(world.get(Kind::Deployment, "web")["status"]["updatedReplicas"], 3);
}

#[test]
fn r1_a_name_that_is_taken_counts_as_a_collision() {
    let mut world = World::new();
    deployment(&mut world, &json!({"paused": true}));
    assert!(world.names(Kind::ReplicaSet).is_empty());
    let template = world.get(Kind::Deployment, "web")["spec"]["template"].clone();
    let name = format!("web-{}", crate::resource::template_hash::template_hash(&template, None));
    world.create(
        Kind::ReplicaSet,
        json!({"metadata": {"name": name}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "b"}},
            "template": {"metadata": {"labels": {"app": "b"}},
            "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
    );
    world.patch(Kind::Deployment, "web", json!({"spec": {"paused": null}}));
    world.settle();
    let status = world.get(Kind::Deployment, "web")["status"].clone();
    assert_eq!((status["collisionCount"].clone(), status["readyReplicas"].clone()), (json!(1), json!(3)));
    assert_eq!(world.names(Kind::ReplicaSet).len(), 2);
}

#[test]
fn replica_sets_are_adopted_and_released_by_their_labels() {
    let mut world = World::new();
    deployment(&mut world, &json!({}));
    let name = world.names(Kind::ReplicaSet).remove(0);
    let owner = |world: &World| world.get(Kind::ReplicaSet, &name)["metadata"]["ownerReferences"][0]["name"].clone();
    assert_eq!(owner(&world), "web");
    world.patch(Kind::ReplicaSet, &name, json!({"metadata": {"labels": {"app": "other"}}}));
    world.settle();
    assert_eq!(owner(&world), Value::Null);
    world.patch(Kind::ReplicaSet, &name, json!({"metadata": {"labels": {"app": "a"}}}));
    world.settle();
    assert_eq!(owner(&world), "web");
}

/// Whatever is done to a Deployment: once all is well again, all its Pods are of the last template, no others are left,
/// and of the old sets no more than the history may have.
#[test]
fn a_deployment_comes_to_what_was_last_asked_for_on_a_random_walk() {
    for seed in 0..12_u64 {
        let mut world = World::new();
        let strategy = match seed % 3 {
            0 => json!({"type": "Recreate"}),
            1 => rolling("25%", "25%"),
            _ => rolling(2, 0),
        };
        deployment(&mut world, &json!({"strategy": strategy, "revisionHistoryLimit": 2}));
        let mut random = seed;
        let mut next = |below: usize| {
            random = crate::resource::hash::mix(random);
            (random % below as u64) as usize
        };
        let (mut replicas, mut tag) = (3, "nginx:1.27".to_string());
        for _ in 0..40 {
            let pods = world.names(Kind::Pod);
            let pod = pods.get(next(pods.len().max(1))).cloned().unwrap_or_default();
            match next(8) {
                0 => {
                    replicas = next(7);
                    world.patch(Kind::Deployment, "web", json!({"spec": {"replicas": replicas}}));
                }
                1 | 2 => {
                    tag = format!("nginx:{}", next(4));
                    image(&mut world, &tag);
                }
                3 => world.patch(Kind::Deployment, "web", json!({"spec": {"paused": next(2) == 0}})),
                4 if !pod.is_empty() => world.delete(Kind::Pod, &pod),
                5 => world.fault(&Fault::Pod { name: pod, attribute: "ready".into(), value: Some(false) }),
                6 => world.fault(&Fault::Image {
                    image: format!("nginx:{}", next(4)),
                    attribute: "crash".into(),
                    value: Some(true),
                }),
                _ => world.run(1),
            }
            for _ in 0..next(60) {
                world.cluster.step();
            }
        }
        world.fault(&Fault::Clear);
        world.patch(Kind::Deployment, "web", json!({"spec": {"paused": null}}));
        world.settle();
        let images: Vec<Value> =
            world.all(Kind::Pod).iter().map(|pod| pod["spec"]["containers"][0]["image"].clone()).collect();
        assert_eq!(images, vec![json!(tag); replicas]);
        let status = world.get(Kind::Deployment, "web")["status"].clone();
        for key in ["replicas", "readyReplicas", "updatedReplicas", "availableReplicas"] {
            assert_eq!(status[key].as_u64().unwrap_or(0), replicas as u64, "seed {seed}: {key} of {status}");
        }
        assert_eq!(status["unavailableReplicas"], Value::Null, "seed {seed}");
        let active = world.all(Kind::ReplicaSet).iter().filter(|set| set["spec"]["replicas"] != 0).count();
        assert!(active <= 1 && world.names(Kind::ReplicaSet).len() <= 3, "seed {seed}");
    }
}
