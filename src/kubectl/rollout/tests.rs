//! Whole commands of `kubectl rollout` against a cluster that only stores objects.

use serde_json::{Value, json};

use super::super::testing::{Bench, Fake};
use crate::apiserver::{PatchType, Status, Verb};
use crate::resource::Kind;

const FOR_EVER: (i32, &str) = (124, super::super::until::FOR_EVER);
const MANAGED: &str = "Warning: resource statefulsets/web was previously managed with 'kubectl apply'. Rolling \
                       back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, \
                       which may cause unexpected behavior on future 'kubectl apply' operations. Consider using \
                       'kubectl apply' with your previous configuration file instead.\n";

/// The template of the first revision as describe prints it.
const BLOCK: &str = "Pod Template:\n  Labels:\tapp=nginx\n  Containers:\n   nginx:\n    Image:\tnginx:1\n    \
                     Port:\t<none>\n    Host Port:\t<none>\n    Environment:\t<none>\n    Mounts:\t<none>\n  Volumes:\t<none>\n  \
                     Node-Selectors:\t<none>\n  Tolerations:\t<none>\n";

fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "nginx"}},
        "spec": {"containers": [{"name": "nginx", "image": image}]}
    })
}

fn set(ready: i64, updated: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "web", "uid": "u", "generation": 1},
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "nginx"}}, "template": template("nginx:2"),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
        },
        "status": {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": updated}
    })
}

fn revision(number: i64, image: &str, cause: Option<&str>) -> Value {
    let mut data = template(image);
    data["$patch"] = "replace".into();
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": format!("web-{number}"), "labels": {"app": "nginx"},
            "ownerReferences": [{"kind": "StatefulSet", "name": "web", "uid": "u", "controller": true}]
        },
        "revision": number, "data": {"spec": {"template": data}}
    });
    if let Some(cause) = cause {
        object["metadata"]["annotations"]["kubernetes.io/change-cause"] = cause.into();
    }
    object
}

fn bench(objects: &[Value]) -> Bench {
    let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Bench::new(Fake::with(&texts))
}

#[test]
fn what_must_be_named() {
    let mut bench = Bench::default();
    bench.check("rollout status", (1, "", "error: required resource not specified\n"));
    bench.check("rollout status sts/web --revision=-1", (1, "", "error: revision must be a positive integer: -1\n"));
    let missing = "Error from server (NotFound): statefulsets.apps \"nope\" not found\n";
    for verb in ["status", "history", "undo", "restart", "pause", "resume"] {
        bench.check(&format!("rollout {verb} sts/nope"), (1, "", missing));
        if verb != "history" && verb != "undo" {
            let none = "No resources found in default namespace.\n";
            bench.check(&format!("rollout {verb} sts -l a=b"), (0, "", none));
        }
    }
    let usage = "error: unknown command \"stats\"\nSee 'kubectl rollout -h' for help and examples\n";
    bench.check("rollout stats", (1, "", usage));
}

#[test]
fn status_follows_every_version_until_done() {
    let mut bench = bench(&[set(2, 0)]);
    bench.api.later = vec![set(3, 1), set(3, 3), set(3, 3)];
    bench.check("rollout status sts/web --watch=false", (0, "Waiting for 1 pods to be ready...\n", ""));
    let all = "Waiting for 1 pods to be ready...\n\
               Waiting for partitioned roll out to finish: 1 out of 3 new pods have been updated...\n\
               partitioned roll out complete: 3 new pods have been updated...\n";
    bench.check("rollout status sts/web", (0, all, ""));
    assert_eq!(bench.api.later.len(), 1);
}

#[test]
fn status_ends_at_its_deadline_or_says_that_nothing_will_happen() {
    let mut bench = bench(&[set(2, 0)]);
    let line = "Waiting for 1 pods to be ready...\n";
    bench.check("rollout status sts/web --timeout=5s", (1, line, "error: timed out waiting for the condition\n"));
    assert_eq!(bench.api.clock.as_secs(), 5);
    bench.check("rollout status sts web", (FOR_EVER.0, line, FOR_EVER.1));
}

#[test]
fn status_of_an_object_that_goes_away() {
    let mut bench = bench(&[set(2, 0)]);
    let mut other = set(3, 3);
    other["metadata"]["uid"] = "other".into();
    bench.api.later = vec![other];
    let line = "Waiting for 1 pods to be ready...\n";
    bench.check("rollout status sts/web", (1, line, "error: object has been deleted\n"));
}

#[test]
fn status_of_a_kind_without_one() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}});
    let mut bench = bench(&[pod]);
    let why = "error: no status viewer has been implemented for Pod\n";
    bench.check("rollout status pod/web-0", (1, "", why));
}

#[test]
fn history_lists_and_shows_revisions() {
    let mut stranger = revision(9, "nginx:9", None);
    stranger["metadata"]["ownerReferences"][0]["uid"] = "another".into();
    let mut bench =
        bench(&[set(3, 3), revision(10, "nginx:2", Some("why not")), revision(2, "nginx:1", None), stranger]);
    let table = "statefulset.apps/web \nREVISION  CHANGE-CAUSE\n2         <none>\n10        why not\n\n";
    bench.check("rollout history sts/web", (0, table, ""));
    let block = format!("statefulset.apps/web with revision #2\n{BLOCK}\n");
    bench.check("rollout history sts/web --revision=2", (0, &block, ""));
    let missing = "error: unable to find the specified revision\n";
    bench.check("rollout history sts/web --revision=9", (1, "", missing));
    bench.check("rollout history sts/web --revision=9 -o json", (1, "", missing));
    bench.check("rollout history sts/web -o name", (0, "statefulset.apps/web\nstatefulset.apps/web\n", ""));
}

#[test]
fn history_of_kinds_without_one() {
    let mut bench = bench(&[
        set(3, 3),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}),
    ]);
    bench.check("rollout history sts/web", (0, "statefulset.apps/web \nNo rollout history found.\n", ""));
    let pod = "error: no history viewer has been implemented for \"Pod\"\n";
    bench.check("rollout history pod/a", (1, "", pod));
    let service = "error: error retrieving history for \"Service\", no visitor method exists for { Service}\n";
    bench.check("rollout history svc/a", (1, "", service));
    let undo = "error: no rollbacker has been implemented for \"Pod\"\n";
    bench.check("rollout undo pod/a", (1, "", undo));
}

#[test]
fn undo_patches_with_the_data_of_the_revision() {
    let mut current = set(3, 3);
    current["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}".into();
    let mut bench = bench(&[current, revision(1, "nginx:1", None), revision(2, "nginx:2", None)]);
    let done = "statefulset.apps/web rolled back\n";
    bench.check("rollout undo sts/web --dry-run=server", (0, &done.replace("back", "back (server dry run)"), MANAGED));
    bench.check("rollout undo sts/web", (0, done, MANAGED));
    let request = bench.api.requests.last().unwrap();
    assert_eq!(request.verb, Verb::Patch(PatchType::Strategic));
    assert_eq!(request.body, revision(1, "nginx:1", None)["data"]);
}

#[test]
fn undo_in_words() {
    let mut bench = bench(&[set(3, 3), revision(1, "nginx:1", None), revision(2, "nginx:2", None)]);
    let current = "statefulset.apps/web skipped rollback (current template already matches revision 2)\n";
    bench.check("rollout undo sts/web --to-revision=2", (0, current, ""));
    let block = format!("statefulset.apps/web will roll back to {BLOCK} (dry run)\n");
    bench.check("rollout undo sts/web --dry-run=client", (0, &block, ""));
    let unknown = |n: i64| format!("error: unable to find specified revision {n} in history\n");
    bench.check("rollout undo sts/web --to-revision=9", (1, "", &unknown(9)));
    bench.check("rollout undo sts/web --to-revision=-1", (1, "", &unknown(-1)));
    bench.api.refusals.insert(("patch".into(), "web".into()), Status::forbidden(Kind::StatefulSet, "web", "no"));
    let refused = "error: failed restoring revision 1: statefulsets.apps \"web\" is forbidden: no\n";
    bench.check("rollout undo sts/web --to-revision=1", (1, "", refused));
    bench.api.objects.retain(|(kind, ..), o| *kind != Kind::ControllerRevision || o["revision"] == 2);
    bench.check("rollout undo sts/web", (1, "", "error: no last revision to roll back to\n"));
}

fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "uid": "u", "annotations": {"deployment.kubernetes.io/revision": "2", "old": "x"}},
        "spec": {"selector": {"matchLabels": {"app": "nginx"}}, "template": template(image)}
    })
}

fn replica_set(number: i64, image: &str) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("web-{number}"), "labels": {"app": "nginx"},
            "annotations": {"deployment.kubernetes.io/revision": number.to_string(), "new": "y"},
            "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "u", "controller": true}]
        },
        "spec": {"template": template(image)}
    });
    object["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = "abc".into();
    object
}

#[test]
fn a_deployment_is_rolled_back_to_its_replica_set() {
    let mut bench = bench(&[deployment("nginx:2"), replica_set(2, "nginx:2"), replica_set(1, "nginx:1")]);
    let table = "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n";
    bench.check("rollout history deploy/web", (0, table, ""));
    let current = "deployment.apps/web skipped rollback (current template already matches revision 2)\n";
    bench.check("rollout undo deploy/web --to-revision=2", (0, current, ""));
    bench.check(
        "rollout undo deploy/web --dry-run=server",
        (0, "deployment.apps/web rolled back (server dry run)\n", ""),
    );
    let request = bench.api.requests.last().unwrap();
    let annotations = json!({"deployment.kubernetes.io/revision": "2", "new": "y"});
    let patch = json!([
        {"op": "replace", "path": "/spec/template", "value": template("nginx:1")},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]);
    assert_eq!((request.verb, &request.body), (Verb::Patch(PatchType::Json), &patch));
    bench.api.objects.retain(|(kind, _, name), _| *kind != Kind::ReplicaSet || name == "web-2");
    let none = "error: no rollout history found for deployment \"web\"\n";
    bench.check("rollout undo deploy/web", (1, "", none));
}

#[test]
fn restart_once_a_second() {
    let mut bench = bench(&[set(3, 3)]);
    bench.check("rollout restart sts/web", (0, "statefulset.apps/web restarted\n", ""));
    let body = json!({"spec": {"template": {"metadata": {"annotations": {
        "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"
    }}}}});
    assert_eq!(bench.api.requests.last().unwrap().body, body);
    let again = "error: failed to create patch for web: if restart has already been triggered within the past second, \
                 please wait before attempting to trigger another\n";
    bench.check("rollout restart sts/web", (1, "", again));
}

#[test]
fn pause_and_resume_are_for_deployments() {
    let mut bench = bench(&[set(3, 3), deployment("nginx:1")]);
    let refused = |what: &str| format!("error: statefulsets.apps \"web\" {what} is not supported\n");
    bench.check("rollout pause sts/web", (1, "", &refused("pausing")));
    bench.check("rollout resume sts/web", (1, "", &refused("resuming")));
    bench.check("rollout pause deploy/web", (0, "deployment.apps/web paused\n", ""));
    bench.check("rollout pause deploy/web", (1, "", "error: deployments.apps \"web\" is already paused\n"));
    let restart = "error: deployments.apps \"web\" can't restart paused deployment (run rollout resume first)\n";
    bench.check("rollout restart deploy/web", (1, "", restart));
    let undo = "error: no rollout history found for deployment \"web\"\n";
    bench.check("rollout undo deploy/web", (1, "", undo));
    bench.check("rollout resume deploy/web", (0, "deployment.apps/web resumed\n", ""));
    bench.check("rollout resume deploy/web", (1, "", "error: deployments.apps \"web\" is not paused\n"));
}
