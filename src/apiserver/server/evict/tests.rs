//! Evictions that budgets allow and refuse (rules N18, N19).

use serde_json::{Value, json};

use crate::apiserver::{ApiServer, Options, Request, Status, Subresource};
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Cause, Write};

const NOW: Write = Write { now: Time::LAB_START, actor: Actor::User, cause: Cause::Input(0) };

/// A running Pod `web-0`, Ready or not, and budgets with these specs and statuses over it.
fn server(ready: bool, budgets: &[(Value, Value)]) -> ApiServer {
    let mut api = ApiServer::new(1);
    let mut make = |kind: Kind, value: Value| api.create(Object::from_json(kind, &value), NOW).unwrap();
    make(Kind::Namespace, json!({"metadata": {"name": "default"}}));
    let status = if ready { "True" } else { "False" };
    make(
        Kind::Pod,
        json!({"metadata": {"name": "web-0", "namespace": "default", "labels": {"app": "web"}},
            "spec": {"nodeName": "node-0", "terminationGracePeriodSeconds": 30, "containers": []},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": status}]}}),
    );
    for (index, (spec, status)) in budgets.iter().enumerate() {
        let mut spec = spec.clone();
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        let metadata = json!({"name": format!("pdb-{index}"), "namespace": "default"});
        make(Kind::PodDisruptionBudget, json!({"metadata": metadata, "spec": spec, "status": status}));
    }
    api
}

fn evict(api: &mut ApiServer, options: Options) -> Result<Value, Status> {
    let body = json!({"apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": "web-0", "namespace": "default"}, "deleteOptions": {"gracePeriodSeconds": 3}});
    let request = Request::create(Kind::Pod, "default", body).subresource(Subresource::Eviction).with(options);
    api.handle(&Request { name: Some("web-0".into()), ..request }, NOW).map(|response| response.object)
}

fn status(allowed: i64, current: i64, desired: i64) -> Value {
    json!({"disruptionsAllowed": allowed, "currentHealthy": current, "desiredHealthy": desired, "expectedPods": 3,
        "observedGeneration": 1})
}

fn budget(api: &ApiServer) -> Value {
    api.store.get(Kind::PodDisruptionBudget, "default", "pdb-0").unwrap().to_json()["status"].clone()
}

fn terminating(api: &ApiServer) -> bool {
    api.store.get(Kind::Pod, "default", "web-0").unwrap().meta.terminating()
}

#[test]
fn n18_an_eviction_is_taken_off_the_budget() {
    let mut api = server(true, &[(json!({"maxUnavailable": 1}), status(1, 3, 2))]);
    evict(&mut api, Options::default()).unwrap();
    let left = budget(&api);
    assert_eq!((&left["disruptionsAllowed"], &left["currentHealthy"]), (&json!(0), &json!(3)));
    assert_eq!(left["disruptedPods"], json!({"web-0": Time::LAB_START.rfc3339()}));
    assert_eq!(left["conditions"][0]["reason"], "InsufficientPods");
    let pod = api.store.get(Kind::Pod, "default", "web-0").unwrap().to_json();
    assert_eq!(pod["metadata"]["deletionGracePeriodSeconds"], 3);
    let condition = &pod["status"]["conditions"][1];
    assert_eq!(
        (&condition["type"], &condition["reason"], &condition["message"]),
        (&json!("DisruptionTarget"), &json!("EvictionByEvictionAPI"), &json!("Eviction API: evicting"))
    );
}

#[test]
fn n18_refusals() {
    let refused = |budgets: &[(Value, Value)]| {
        let mut api = server(true, budgets);
        let status = evict(&mut api, Options::default()).unwrap_err();
        assert!(!terminating(&api));
        (status.code, status.message.clone(), status.to_json()["details"].clone())
    };
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let spec = json!({"maxUnavailable": 1});
    let cause = |text: &str| json!([{"reason": "DisruptionBudget", "message": text}]);
    let needs = cause("The disruption budget pdb-0 needs 2 healthy pods and has 2 currently");
    assert_eq!(refused(&[(spec.clone(), status(0, 2, 2))]), (429, message.into(), json!({"causes": needs})));
    let processing = cause("The disruption budget pdb-0 is still being processed by the server.");
    let details = json!({"causes": processing, "retryAfterSeconds": 10});
    assert_eq!(refused(&[(spec.clone(), json!({}))]), (429, message.into(), details));
    let mut failed = status(0, 2, 2);
    failed["conditions"] = json!([{"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed",
        "message": "found no controllers"}]);
    let sync = cause(
        "The disruption budget pdb-0 does not allow evicting pods currently because it failed sync: found no controllers",
    );
    assert_eq!(refused(&[(spec.clone(), failed)]).2["causes"], sync);
    let currently = cause("The disruption budget pdb-0 does not allow evicting pods currently");
    assert_eq!(refused(&[(spec.clone(), status(0, 3, 2))]).2["causes"], currently);
    let two = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    let pair = [(spec.clone(), status(1, 3, 2)), (spec, status(1, 3, 2))];
    assert_eq!(refused(&pair), (500, two.into(), json!({})));
}

#[test]
fn n19_pods_that_are_not_ready() {
    let goes = |policy: Option<&str>, status: Value| {
        let mut spec = json!({"maxUnavailable": 1});
        if let Some(policy) = policy {
            spec["unhealthyPodEvictionPolicy"] = policy.into();
        }
        let mut api = server(false, &[(spec, status)]);
        let gone = evict(&mut api, Options::default()).is_ok();
        assert!(budget(&api)["disruptedPods"].is_null(), "nothing is counted");
        gone
    };
    assert!(goes(None, status(0, 2, 2)));
    assert!(goes(Some("IfHealthyBudget"), status(0, 2, 2)));
    assert!(!goes(None, status(0, 1, 2)));
    assert!(!goes(None, status(0, 0, 0)));
    assert!(goes(Some("AlwaysAllow"), status(0, 1, 2)));
}

#[test]
fn a_dry_run_asks_and_changes_nothing() {
    let mut api = server(true, &[(json!({"maxUnavailable": 1}), status(1, 3, 2))]);
    evict(&mut api, Options { dry_run: true, ..Options::default() }).unwrap();
    assert!(!terminating(&api) && budget(&api)["disruptionsAllowed"] == 1);
    let mut api = server(true, &[(json!({"maxUnavailable": 1}), status(0, 2, 2))]);
    assert_eq!(evict(&mut api, Options { dry_run: true, ..Options::default() }).unwrap_err().code, 429);
}

#[test]
fn names_and_preconditions_are_checked() {
    let mut api = server(true, &[]);
    let mut send = |body: Value, name: &str| {
        let mut whole = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-0"}});
        whole.as_object_mut().unwrap().extend(body.as_object().cloned().unwrap_or_default());
        let request = Request::create(Kind::Pod, "default", whole).subresource(Subresource::Eviction);
        api.handle(&Request { name: Some(name.into()), ..request }, NOW).unwrap_err().message
    };
    assert_eq!(send(json!({}), "web-1"), "name in URL does not match name in Eviction object");
    let stale = send(json!({"deleteOptions": {"preconditions": {"resourceVersion": "999"}}}), "web-0");
    assert!(stale.contains("the ResourceVersion in the precondition (999) does not match"), "{stale}");
    assert_eq!(send(json!({"metadata": {"name": "web-7"}}), "web-7"), "pods \"web-7\" not found");
}
