//! What is read, put in, left out and found broken, on small states.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Options, Prepared, prepare, read};
use crate::cluster::Fault;
use crate::manifest::{Source, parse};
use crate::resource::Kind;

const UID: &str = "00000000-0000-4000-8000-00000000000";

fn take(text: &str) -> Result<Prepared, Vec<String>> {
    let (documents, problem) = parse(Arc::new(Source::new("state.yaml", text)));
    let problems: Vec<_> = problem.into_iter().collect();
    Ok(prepare(read(&documents, &problems, false)?, Options::default()))
}

/// A state of these objects; each gets a uid and the namespace `shop`, if its kind has one.
fn state(objects: Vec<Value>) -> Prepared {
    let items: Vec<Value> = objects
        .into_iter()
        .enumerate()
        .map(|(index, mut object)| {
            let kind = Kind::of(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
            if object["metadata"]["uid"].is_null() {
                object["metadata"]["uid"] = format!("{UID}{index}").into();
            }
            if kind.is_some_and(|kind| kind.info().namespaced) && object["metadata"]["namespace"].is_null() {
                object["metadata"]["namespace"] = "shop".into();
            }
            object
        })
        .collect();
    take(&json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()).unwrap()
}

fn pod(name: &str, image: &str, status: &Value) -> Value {
    let mut own = status.clone();
    own["name"] = "main".into();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"nodeName": "n1",
        "containers": [{"name": "main", "image": image}]}, "status": {"phase": "Running", "containerStatuses": [own]}})
}

fn found<'a>(prepared: &'a Prepared, kind: &str, name: &str) -> Option<&'a Value> {
    prepared.state.objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
}

#[test]
fn faults_have_a_place() {
    let check = |text: &str, expect: &[&str]| {
        let faults = take(text).expect_err(text).join("\n");
        for words in expect {
            assert!(faults.contains(words), "{words} in {faults}");
        }
    };
    check("kind: Pod\n", &["apiVersion or kind is missing", "state.yaml:1:1"]);
    check("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n", &["Pod a has no uid", "state.yaml:3:1", "a manifest"]);
    check("apiVersion: v1\nkind: Pod\nmetadata: {uid: a, name: a, namespace: b}\n", &["\"a\" is no uid", ":3:17"]);
    check(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec:\n  replicas: many\n",
        &["spec.replicas must be a whole number", ":5:13"],
    );
    check("stsLabJournal: 1\n", &["is a journal of sts-lab: `sts-lab lab import state.yaml`"]);
}

#[test]
fn the_later_version_of_an_object_counts() {
    let map = |version: &str, value: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value},
            "metadata": {"name": "conf", "resourceVersion": version, "uid": format!("{UID}9")}})
    };
    let prepared = state(vec![map("20", "new"), map("3", "old")]);
    assert_eq!(found(&prepared, "ConfigMap", "conf").unwrap()["data"]["a"], "new");
}

#[test]
fn secrets_keep_their_keys_only() {
    let prepared = state(vec![json!({"apiVersion": "v1", "kind": "Secret", "data": {"password": "aHVudGVyMg=="},
        "metadata": {"name": "db", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2"}}})]);
    let secret = found(&prepared, "Secret", "db").unwrap().to_string();
    assert!(
        secret.contains("\"password\":\"\"") && !secret.contains("hunter2") && !secret.contains("aHVud"),
        "{secret}"
    );
}

#[test]
fn a_namespace_a_node_and_what_a_pod_refers_to_are_made_up() {
    let mut one = pod("a", "app:1", &json!({"ready": true, "state": {"running": {}}}));
    one["spec"]["containers"][0]["env"] =
        json!([{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]);
    one["spec"]["volumes"] =
        json!([{"name": "c", "configMap": {"name": "conf", "items": [{"key": "k", "path": "p"}]}}]);
    let prepared = state(vec![one]);
    for (kind, name) in
        [("Namespace", "shop"), ("Namespace", "kube-system"), ("Node", "n1"), ("StorageClass", "standard")]
    {
        assert!(found(&prepared, kind, name).is_some(), "{kind} {name}");
    }
    assert_eq!(found(&prepared, "Secret", "db").unwrap()["data"], json!({"password": ""}));
    assert_eq!(found(&prepared, "ConfigMap", "conf").unwrap()["data"], json!({"k": ""}));
    assert_eq!(prepared.counts.get(&Kind::Node), None, "only what was in the file is counted");
}

#[test]
fn what_is_broken_is_a_fault_of_its_image_unless_that_works_elsewhere() {
    let well = json!({"ready": true, "state": {"running": {}}});
    let unready = json!({"ready": false, "state": {"running": {}}});
    let crash = json!({"ready": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
    let pull = json!({"ready": false, "state": {"waiting": {"reason": "ImagePullBackOff"}}});
    let starts = json!({"ready": false, "state": {"waiting": {"reason": "ContainerCreating"}}});
    let prepared = state(vec![
        pod("a", "app:1", &well),
        pod("b", "app:1", &unready),
        pod("c", "app:2", &crash),
        pod("d", "app:3", &pull),
        pod("e", "app:4", &starts),
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n2"},
            "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}),
    ]);
    let image = |image: &str, attribute: &str, value| Fault::Image {
        image: image.into(),
        attribute: attribute.into(),
        value: Some(value),
    };
    let expect = vec![
        Fault::Node { name: "n2".into(), up: false },
        Fault::Pod { name: "b".into(), attribute: "ready".into(), value: Some(false) },
        image("app:2", "crash", true),
        image("app:3", "pull", false),
    ];
    assert_eq!(prepared.state.faults, expect);
}

#[test]
fn a_deployment_without_its_replica_sets_is_left_out() {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": {"replicas": 2,
        "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}},
        "status": {"replicas": 2}});
    let prepared = state(vec![deployment]);
    assert!(found(&prepared, "Deployment", "api").is_none());
    assert!(prepared.notices.iter().any(|notice| notice.contains("1 Deployment left out")), "{:?}", prepared.notices);
}

#[test]
fn kinds_without_a_model_are_counted() {
    let prepared = state(vec![
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}}),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "b"}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}),
    ]);
    assert!(prepared.notices[0].contains("2 CronJob"), "{:?}", prepared.notices);
}
