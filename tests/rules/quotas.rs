//! Quotas and limit ranges: what they refuse, what they give, and what they count (row 28 of the on-call table).

use serde_json::json;
use sts_lab::resource::Kind;

use crate::world::{World, web};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: app}\nspec:\n  restartPolicy: Never\n  containers:\n  - name: c\n    \
                   image: nginx:1\n";

fn quota(hard: &str) -> String {
    format!("apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: rq}}\nspec: {{hard: {{{hard}}}}}")
}

fn range(limits: &str) -> String {
    format!("apiVersion: v1\nkind: LimitRange\nmetadata: {{name: lr}}\nspec: {{limits: [{{{limits}}}]}}")
}

fn used(world: &World) -> String {
    world.get(Kind::ResourceQuota, "rq")["status"]["used"].to_string().replace('"', "")
}

/// What there was before the quota counts; what comes is charged, what goes is free again.
#[test]
fn quotas_count() {
    let mut w = World::new();
    w.apply(web().claim("data"));
    w.apply(quota(
        "pods: 4, persistentvolumeclaims: 9, requests.storage: 10Gi, count/statefulsets.apps: 1, services: 2",
    ));
    let expected = "{count/statefulsets.apps:1,persistentvolumeclaims:3,pods:3,requests.storage:3Gi,services:0}";
    assert_eq!(used(&w), expected);
    w.run("scale sts web --replicas=4");
    assert_eq!(used(&w), expected.replace("s:3", "s:4").replace("3Gi", "4Gi"));
    w.run("scale sts web --replicas=1");
    assert_eq!(used(&w), expected.replace("pods:3", "pods:1").replace("claims:3", "claims:4").replace("3Gi", "4Gi"));
    let said = w.ask_with("apply -f -", &web().name("other").to_string());
    let refused = "statefulsets.apps \"other\" is forbidden: exceeded quota: rq, requested: count/statefulsets.apps=1, used: \
                   count/statefulsets.apps=1, limited: count/statefulsets.apps=1";
    assert!(said.stderr.contains(refused), "{}", said.stderr);
}

/// A controller says what refused its Pods, tries again, and goes on when there is room.
#[test]
fn controllers_say_what_refuses_them() {
    let mut w = World::new();
    w.apply(quota("pods: 2, requests.storage: 5Gi")).apply(web().claim("data"));
    w.pods("web-0 web-1").event(
        "web",
        "FailedCreate: Create Pod web-2 in StatefulSet web failed error: pods \"web-2\" is forbidden: exceeded quota: rq, \
         requested: pods=1, used: pods=2, limited: pods=2",
        true,
    );
    w.run("patch quota rq -p '{\"spec\":{\"hard\":{\"pods\":\"3\"}}}'").wait(1000.0).pods("web-0 web-1 web-2");
    w.run("create deployment d --image=nginx");
    let event = "Error creating: pods \"d-";
    let replica_set = w.names(Kind::ReplicaSet);
    w.event(&replica_set, event, true).event(&replica_set, "is forbidden: exceeded quota: rq", true);
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: big}\nspec: {accessModes: [ReadWriteOnce], \
                 resources: {requests: {storage: 3Gi}}}";
    let said = w.ask_with("apply -f -", claim);
    let refused = "exceeded quota: rq, requested: requests.storage=3Gi, used: requests.storage=3Gi, limited: \
                   requests.storage=5Gi";
    assert!(said.stderr.contains(refused), "{}", said.stderr);
}

/// A quota of cpu or memory wants every container to name it; a limit range can do that for them.
#[test]
fn what_is_counted_must_be_named() {
    let mut w = World::new();
    w.apply(quota("limits.cpu: 2, requests.memory: 1Gi"));
    let said = w.ask_with("apply -f -", POD);
    let refused = "pods \"app\" is forbidden: failed quota: rq: must specify limits.cpu for: c; requests.memory for: c";
    assert!(said.stderr.contains(refused), "{}", said.stderr);
    w.apply(range("type: Container, default: {cpu: 500m, memory: 256Mi}, defaultRequest: {cpu: 100m}"));
    w.apply(POD);
    let pod = w.get(Kind::Pod, "app");
    assert_eq!(
        pod["spec"]["containers"][0]["resources"],
        json!({"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}})
    );
    assert_eq!(
        pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c"
    );
    assert_eq!(pod["status"]["qosClass"], "Burstable");
    assert_eq!(used(&w), "{limits.cpu:500m,requests.memory:256Mi}");
    w.fault("pod app --phase=Succeeded");
    assert_eq!(used(&w), "{limits.cpu:0,requests.memory:0}", "a Pod that has ended needs nothing");
}

/// Too much and too little are refused, for people and for controllers; Pods of sets get the defaults too.
#[test]
fn limit_ranges_refuse_and_give() {
    let mut w = World::new();
    w.apply(range("type: Container, max: {memory: 1Gi}, min: {memory: 64Mi}"));
    w.apply(web());
    let own = w.get(Kind::Pod, "web-0")["spec"]["containers"][0]["resources"].clone();
    assert_eq!(own, json!({"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}}), "max is the default");
    let greedy =
        web().name("big").template("containers: [{name: c, image: nginx, resources: {limits: {memory: 2Gi}}}]");
    w.apply(greedy).pods("web-0 web-1 web-2");
    w.event(
        "big",
        "Create Pod big-0 in StatefulSet big failed error: pods \"big-0\" is forbidden: maximum memory usage per Container is \
         1Gi, but limit is 2Gi",
        true,
    );
}

/// What is only tried is not charged.
#[test]
fn a_dry_run_is_refused_and_not_charged() {
    let mut w = World::new();
    w.apply(quota("configmaps: 1"));
    assert_eq!(used(&w), "{configmaps:1}", "the one that every namespace has");
    let said = w.ask("create configmap more --from-literal=a=b --dry-run=server");
    assert!(said.stderr.contains("exceeded quota: rq, requested: configmaps=1, used: configmaps=1"), "{}", said.stderr);
    w.run("patch quota rq -p '{\"spec\":{\"hard\":{\"configmaps\":\"2\"}}}'");
    assert_eq!(w.ask("create configmap more --from-literal=a=b --dry-run=server").exit, 0);
    assert_eq!(used(&w), "{configmaps:1}");
    w.run("create configmap more --from-literal=a=b");
    assert_eq!(used(&w), "{configmaps:2}");
}
