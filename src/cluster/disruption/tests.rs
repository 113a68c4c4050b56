//! What budgets count (rules N16 to N18).

use serde_json::{Value, json};

use super::expected::desired_healthy;
use super::go_selector;
use crate::cluster::Fault;
use crate::cluster::testing::World;
use crate::resource::Kind;

fn budget(world: &mut World, spec: &Value) {
    let mut spec = spec.clone();
    spec["selector"] = json!({"matchLabels": {"app": "a"}});
    world.create(Kind::PodDisruptionBudget, json!({"metadata": {"name": "pdb"}, "spec": spec}));
    world.settle();
}

fn counts(world: &World) -> [i64; 4] {
    let status = &world.get(Kind::PodDisruptionBudget, "pdb")["status"];
    let keys = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];
    keys.map(|key| status[key].as_i64().unwrap_or(-1))
}

#[test]
fn n16_n17_a_budget_follows_its_pods() {
    let mut world = World::new();
    budget(&mut world, &json!({"maxUnavailable": 1}));
    assert_eq!(counts(&world), [0, 0, 0, 0]);
    assert_eq!(world.said("PodDisruptionBudget/pdb"), ["NoPods No matching pods found"]);
    world.create(
        Kind::StatefulSet,
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 3, "serviceName": "web",
            "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
            "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
    );
    world.settle();
    assert_eq!(counts(&world), [1, 3, 2, 3]);
    let condition = |world: &World| {
        let condition = world.get(Kind::PodDisruptionBudget, "pdb")["status"]["conditions"][0].clone();
        (condition["status"].clone(), condition["reason"].clone(), condition["observedGeneration"].clone())
    };
    assert_eq!(condition(&world), (json!("True"), json!("SufficientPods"), json!(1)));
    world.fault(&Fault::Pod { name: "web-1".into(), attribute: "ready".into(), value: Some(false) });
    world.settle();
    assert_eq!(counts(&world), [0, 2, 2, 3]);
    assert_eq!(condition(&world), (json!("False"), json!("InsufficientPods"), json!(1)));
    world.patch(Kind::PodDisruptionBudget, "pdb", json!({"spec": {"maxUnavailable": 2}}));
    world.settle();
    assert_eq!((counts(&world), condition(&world).2), ([1, 2, 1, 3], json!(2)));
    world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 5}}));
    world.settle();
    assert_eq!(counts(&world)[3], 5);
}

#[test]
fn n17_pods_without_controller_have_no_scale() {
    let mut world = World::new();
    world.pod("app", &json!({"app": "a"}), json!({}));
    budget(&mut world, &json!({"maxUnavailable": 1}));
    assert!(world.said("PodDisruptionBudget/pdb")[0].starts_with("UnmanagedPods Pods selected by this"));
    assert_eq!(counts(&world), [0, 1, 0, 0]);
    // Each write to such a Pod gives the warning again.
    let before = world.count("PodDisruptionBudget/pdb", "UnmanagedPods");
    world.patch(Kind::Pod, "app", json!({"metadata": {"annotations": {"note": "x"}}}));
    world.settle();
    assert_eq!(world.count("PodDisruptionBudget/pdb", "UnmanagedPods"), before + 1);
    world.patch(Kind::PodDisruptionBudget, "pdb", json!({"spec": {"maxUnavailable": null, "minAvailable": 1}}));
    world.settle();
    assert_eq!(counts(&world), [0, 1, 1, 1]);
}

#[test]
fn n16_percentages_round_up() {
    for (spec, expected, desired) in [
        (json!({"minAvailable": 2}), 5, 2),
        (json!({"minAvailable": "50%"}), 5, 3),
        (json!({"maxUnavailable": 1}), 3, 2),
        (json!({"maxUnavailable": "30%"}), 5, 3),
        (json!({"maxUnavailable": 7}), 3, 0),
    ] {
        assert_eq!(desired_healthy(&spec, expected), desired, "{spec}");
    }
}

#[test]
fn selectors_as_go_prints_them() {
    let selector = json!({"matchLabels": {"app": "web"}});
    assert_eq!(
        go_selector(&selector),
        "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}"
    );
}

#[test]
fn n16_pods_whose_controller_is_gone_or_has_no_size() {
    let mut world = World::new();
    let kept = world.get(Kind::ConfigMap, "kube-root-ca.crt")["metadata"]["uid"].clone();
    let pod = |world: &mut World, name: &str, kind: &str, owner: &str, uid: &Value| {
        let owner = json!([{"apiVersion": "v1", "kind": kind, "name": owner, "uid": uid, "controller": true}]);
        world.create(
            Kind::Pod,
            json!({"metadata": {"name": name, "labels": {"app": "a"}, "ownerReferences": owner},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}),
        );
    };
    pod(&mut world, "app", "ConfigMap", "kube-root-ca.crt", &kept);
    budget(&mut world, &json!({"maxUnavailable": 1}));
    let failed =
        |why: &str| format!("CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: {why}");
    let why = "configmaps does not implement the scale subresource";
    assert_eq!(world.said("PodDisruptionBudget/pdb"), [failed(why)]);
    let condition = world.get(Kind::PodDisruptionBudget, "pdb")["status"]["conditions"][0].clone();
    assert_eq!((&condition["reason"], &condition["message"]), (&json!("SyncFailed"), &json!(why)));
    assert_eq!(counts(&world), [0, 0, 0, 0]);
    world.delete(Kind::ConfigMap, "kube-root-ca.crt");
    world.settle();
    let said = world.said("PodDisruptionBudget/pdb");
    assert!(said.contains(&failed("found no controllers for pod \"app\"")), "{said:?}");
}

#[test]
fn n18_pods_under_two_budgets_are_told_of() {
    let mut world = World::new();
    budget(&mut world, &json!({"minAvailable": 1}));
    let two = json!({"metadata": {"name": "two"}, "spec": {"minAvailable": 1, "selector": {}}});
    world.create(Kind::PodDisruptionBudget, two);
    world.pod("app", &json!({"app": "a"}), json!({}));
    world.settle();
    let said = world.said("Pod/app");
    let event = "MultiplePodDisruptionBudgets Pod \"default\"/\"app\" matches multiple PodDisruptionBudgets.  Chose \
                 \"pdb\" arbitrarily.";
    assert!(said.iter().any(|text| text == event), "{said:?}");
}

#[test]
fn n16_pods_that_were_evicted_do_not_count() {
    let mut world = World::new();
    for name in ["app-0", "app-1"] {
        world.pod(name, &json!({"app": "a"}), json!({}));
    }
    budget(&mut world, &json!({"minAvailable": 1}));
    assert_eq!(counts(&world), [1, 2, 1, 2]);
    let evicted = world.get(Kind::Pod, "app-0")["status"]["startTime"].clone();
    world.patch_status(Kind::PodDisruptionBudget, "pdb", json!({"disruptedPods": {"app-0": evicted}}));
    world.settle();
    assert_eq!(counts(&world), [0, 1, 1, 2]);
    // Two minutes later it counts again, since it never went.
    world.run(125);
    assert_eq!(counts(&world), [1, 2, 1, 2]);
    assert!(world.get(Kind::PodDisruptionBudget, "pdb")["status"]["disruptedPods"].is_null());
    let said = world.said("Pod/app-0");
    let event = "NotDeleted Pod was expected by PDB default/default to be deleted but it wasn't";
    assert!(said.iter().any(|text| text == event), "{said:?}");
}
