//! Server-side apply: owners, conflicts, and what is dropped with the configuration.

use serde_json::{Value, json};

use crate::apiserver::{ApiServer, Options, PatchType, Request, Response, Status, Subresource};
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Cause, Write};

const NOW: Write = Write { now: Time::LAB_START, actor: Actor::User, cause: Cause::Input(0) };

fn server() -> ApiServer {
    let mut api = ApiServer::new(1);
    let namespace = json!({"metadata": {"name": "default"}});
    api.create(Object::from_json(Kind::Namespace, &namespace), NOW).unwrap();
    api
}

fn set(replicas: i64, labels: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})
}

fn apply(api: &mut ApiServer, manager: &str, force: bool, body: Value) -> Result<Response, Status> {
    let options = Options { field_manager: Some(manager.into()), force, ..Options::default() };
    let request = Request::patch(Kind::StatefulSet, "default", "web", PatchType::Apply, body).with(options);
    api.handle(&request, NOW)
}

fn patch(api: &mut ApiServer, manager: &str, body: Value) {
    let options = Options { field_manager: Some(manager.into()), ..Options::default() };
    let request = Request::patch(Kind::StatefulSet, "default", "web", PatchType::Merge, body).with(options);
    api.handle(&request, NOW).unwrap();
}

#[test]
fn scaling_by_hand_conflicts() {
    let mut api = server();
    apply(&mut api, "kubectl", false, set(1, json!({}))).unwrap();
    let body = json!({"spec": {"replicas": 3}});
    let scale = Request::patch(Kind::StatefulSet, "default", "web", PatchType::Merge, body);
    api.handle(&scale.subresource(Subresource::Scale), NOW).unwrap();
    let refused = apply(&mut api, "kubectl", false, set(1, json!({}))).unwrap_err();
    let text = "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: \
                .spec.replicas";
    assert_eq!((refused.code, refused.message.as_str()), (409, text));
    let same = apply(&mut api, "kubectl", false, set(3, json!({}))).unwrap();
    assert_eq!(same.object["spec"]["replicas"], 3);
    let forced = apply(&mut api, "kubectl", true, set(1, json!({}))).unwrap();
    assert_eq!(forced.object["spec"]["replicas"], 1);
    apply(&mut api, "kubectl", false, set(2, json!({}))).unwrap();
}

#[test]
fn several_conflicts_are_listed_by_manager() {
    let mut api = server();
    apply(&mut api, "one", false, set(1, json!({"a": "1", "b": "1"}))).unwrap();
    patch(&mut api, "two", json!({"metadata": {"labels": {"b": "2"}}}));
    let refused = apply(&mut api, "three", false, set(1, json!({"a": "3", "b": "3"}))).unwrap_err();
    let text = "Apply failed with 2 conflicts: conflicts with \"one\":\n- .metadata.labels.a\n\
                conflicts with \"two\" using apps/v1:\n- .metadata.labels.b";
    assert_eq!(refused.message, text);
}

#[test]
fn what_is_not_applied_any_more_goes_unless_others_have_it() {
    let mut api = server();
    apply(&mut api, "one", false, set(1, json!({"a": "1", "b": "1", "c": "1"}))).unwrap();
    apply(&mut api, "two", false, set(1, json!({"b": "1"}))).unwrap();
    patch(&mut api, "three", json!({"metadata": {"labels": {"c": "3"}}}));
    let after = apply(&mut api, "one", false, set(1, json!({}))).unwrap().object;
    assert_eq!(after["metadata"]["labels"], json!({"b": "1", "c": "3"}));
}

#[test]
fn what_was_applied_client_side_is_taken_over() {
    let mut api = server();
    let options = Options { field_manager: Some("kubectl-client-side-apply".into()), ..Options::default() };
    let create = Request::create(Kind::StatefulSet, "default", set(1, json!({"a": "1"}))).with(options);
    api.handle(&create, NOW).unwrap();
    let refused = apply(&mut api, "kubectl", false, set(2, json!({"a": "1"}))).unwrap_err();
    let text =
        "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using apps/v1: .spec.replicas";
    assert_eq!(refused.message, text);
    let after = apply(&mut api, "kubectl", false, set(1, json!({}))).unwrap().object;
    assert!(after["metadata"]["labels"].as_object().is_none_or(serde_json::Map::is_empty), "{after}");
    assert_eq!(after["metadata"]["generation"], 1);
    apply(&mut api, "kubectl", false, set(2, json!({}))).unwrap();
}

#[test]
fn unknown_fields_are_refused() {
    let mut api = server();
    let mut body = set(1, json!({}));
    body["spec"]["nope"] = 1.into();
    let refused = apply(&mut api, "kubectl", false, body).unwrap_err();
    let text = "failed to create typed patch object (default/web; apps/v1, Kind=StatefulSet): .spec.nope: field not \
                declared in schema";
    assert_eq!((refused.code, refused.message.as_str()), (500, text));
}
