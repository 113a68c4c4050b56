//! `kubectl get` on a server that answers from memory: its tables, its other forms, its watch.

use super::super::testing::{Bench, Fake};
use super::*;
use crate::apiserver::Request;
use crate::resource::Kind;

const SET: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, creationTimestamp: 2025-12-31T23:59:00Z}
spec: {replicas: 2}
status: {readyReplicas: 2}
";

fn pod(name: &str, index: u32) -> String {
    format!(
        "
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  creationTimestamp: 2025-12-31T23:59:5{index}Z
  labels: {{app: nginx, apps.kubernetes.io/pod-index: '{index}'}}
spec: {{containers: [{{name: c}}], priority: {}}}
status: {{phase: Pending}}
",
        10 - index
    )
}

fn bench() -> Bench {
    Bench::new(Fake::with(&[SET, &pod("web-0", 0), &pod("web-1", 1)]))
}

fn check(line: &str, expect: (i32, &str, &str)) {
    bench().check(line, expect);
}

const PODS: &str = "NAME    READY   STATUS    RESTARTS   AGE\n\
                    web-0   0/1     Pending   0          10s\n\
                    web-1   0/1     Pending   0          9s\n";
const MIXED: &str = "NAME                   READY   AGE\n\
                     statefulset.apps/web   2/2     60s\n\
                     \n\
                     NAME        READY   STATUS    RESTARTS   AGE\n\
                     pod/web-0   0/1     Pending   0          10s\n\
                     pod/web-1   0/1     Pending   0          9s\n";

#[test]
fn s110_tables() {
    check("get pods", (0, PODS, ""));
    check("get sts,pods", (0, MIXED, ""));
    check("get sts --no-headers", (0, "web   2/2   60s\n", ""));
    check(
        "get sts,pods --no-headers",
        (
            0,
            "statefulset.apps/web   2/2   60s\npod/web-0   0/1   Pending   0     10s\npod/web-1   0/1   Pending   0     9s\n",
            "",
        ),
    );
    check(
        "get sts web --show-kind",
        (0, "NAME                   READY   AGE\nstatefulset.apps/web   2/2     60s\n", ""),
    );
    let named = "NAME                   READY   AGE\nstatefulset.apps/web   2/2     60s\n\n\
                 NAME        READY   STATUS    RESTARTS   AGE\npod/web-1   0/1     Pending   0          9s\n";
    check("get sts/web pod/web-1", (0, named, ""));
    let all_namespaces = "NAMESPACE   NAME   READY   AGE\ndefault     web    2/2     60s\n";
    check("get sts -A", (0, all_namespaces, ""));
    let labels = "NAME    READY   STATUS    RESTARTS   AGE   POD-INDEX   LABELS\n\
                  web-0   0/1     Pending   0          10s   0           app=nginx,apps.kubernetes.io/pod-index=0\n\
                  web-1   0/1     Pending   0          9s    1           app=nginx,apps.kubernetes.io/pod-index=1\n";
    check("get pods -L apps.kubernetes.io/pod-index --show-labels", (0, labels, ""));
    check("get sts --server-print=false", (0, "NAME   AGE\nweb    60s\n", ""));
}

#[test]
fn s134_nothing_found() {
    check("get svc", (0, "", "No resources found in default namespace.\n"));
    check("get svc,pvc -n other", (0, "", "No resources found in other namespace.\n"));
    check("get svc -A", (0, "", "No resources found\n"));
    check("get nodes", (0, "", "No resources found\n"));
    check("get svc --ignore-not-found", (0, "", ""));
    let empty = "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";
    check("get svc -o yaml", (0, empty, ""));
}

#[test]
fn s133_not_found() {
    let nope = "Error from server (NotFound): statefulsets.apps \"nope\" not found\n";
    check("get sts nope", (1, "", nope));
    check("get sts nope -o yaml", (1, "", nope));
    check("get sts nope --ignore-not-found", (0, "", ""));
    let web = "NAME   READY   AGE\nweb    2/2     60s\n";
    check("get sts web nope", (1, web, nope));
    check("get sts/nope pod/gone", (1, "", &format!("{nope}Error from server (NotFound): pods \"gone\" not found\n")));
    check("get nope", (1, "", "error: the server doesn't have a resource type \"nope\"\n"));
    check("get sts,nope", (1, "", "error: the server doesn't have a resource type \"nope\"\n"));
    let subresource = "Error from server (NotFound): the server could not find the requested resource\n";
    check("get sts web --subresource=log", (1, "", subresource));
    check("get --raw /apis/apps/v1/nope", (1, "", subresource));
    check("get --raw /api/v1/pods", (1, "", "error: this lab does not model \"kubectl get --raw\" yet\n"));
}

#[test]
fn forms_of_output() {
    check("get sts,pods -o name", (0, "statefulset.apps/web\npod/web-0\npod/web-1\n", ""));
    check("get pods -o jsonpath={.items[*].metadata.name}", (0, "web-0 web-1", ""));
    check("get pod web-0 -o jsonpath={.metadata.name}", (0, "web-0", ""));
    check("get pods -o custom-columns=N:.metadata.name --no-headers", (0, "web-0\nweb-1\n", ""));
    check("get sts web --template {{.kind}}", (0, "StatefulSet", ""));
    let allowed = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                   jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
    let nope = format!(
        "error: unable to match a printer suitable for the output format \"nope\", allowed formats are: {allowed}\n"
    );
    check("get pods -o nope", (1, "", &nope));
    check("get sts web -o jsonpath", (1, "", "error: template format specified but no template given\n"));
    check("get pods -o json --show-labels", (1, "", "error: --show-labels option cannot be used with json printer\n"));
    let partial = "pod/web-0\n";
    check("get pod web-0 gone -o name", (1, partial, "Error from server (NotFound): pods \"gone\" not found\n"));
}

#[test]
fn sorting() {
    let sorted = "NAME    READY   STATUS    RESTARTS   AGE\n\
                  web-1   0/1     Pending   0          9s\n\
                  web-0   0/1     Pending   0          10s\n";
    check("get pods --sort-by=.spec.priority", (0, sorted, ""));
    check("get pods --sort-by=.spec.priority -o name", (0, "pod/web-1\npod/web-0\n", ""));
    // A table that cannot be sorted counts as nothing found.
    check("get pods --sort-by=.x", (0, "", "No resources found in default namespace.\n"));
    let one = "NAME    READY   STATUS    RESTARTS   AGE\nweb-0   0/1     Pending   0          10s\n";
    check("get pod web-0 --sort-by=.x", (0, one, ""));
    let no_field = "error: couldn't find any field with path \"{.x}\" in the list of objects\n";
    check("get pods --sort-by=.x -o name", (1, "", no_field));
    check("get sts,pods --sort-by=.x", (1, "", no_field));
}

#[test]
fn wrong_command_lines() {
    check(
        "get",
        (
            1,
            "",
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a \
             detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and \
             examples\n",
        ),
    );
    check("get pods --nope", (1, "", "error: unknown flag: --nope\nSee 'kubectl get --help' for usage.\n"));
    check("get pods --raw /api", (1, "", "error: arguments may not be passed when --raw is specified\n"));
    check("get --raw /api -o json", (1, "", "error: --raw and --output are mutually exclusive\n"));
    check(
        "get pods --output-watch-events",
        (1, "", "error: --output-watch-events option can only be used with --watch or --watch-only\n"),
    );
}

#[test]
fn watching_ends_when_the_world_is_quiet() {
    let gone = || {
        let mut bench = bench();
        bench.api.lingering = true;
        bench.api.send(Request::delete(Kind::Pod, "default", "web-1")).expect("a Pod to delete");
        bench
    };
    check("get pods -w", (0, PODS, ""));
    gone().check("get pods -w", (0, &format!("{PODS}web-1   0/1     Pending   0          10s\n"), ""));
    let header = "NAME    READY   STATUS    RESTARTS   AGE\n";
    gone().check("get pods --watch-only", (0, &format!("{header}web-1   0/1     Pending   0          10s\n"), ""));
    let events = "EVENT      NAME    READY   STATUS    RESTARTS   AGE\n\
                  ADDED      web-0   0/1     Pending   0          10s\n\
                  ADDED      web-1   0/1     Pending   0          9s\n\
                  DELETED    web-1   0/1     Pending   0          10s\n";
    gone().check("get pods -w --output-watch-events", (0, events, ""));
    gone().check("get pods -w -o name", (0, "pod/web-0\npod/web-1\npod/web-1\n", ""));
    check("get sts,pods -w", (1, "", "error: you may only specify a single resource type\n"));
}

/// Objects of a real cluster and what kubectl printed of them (ages aside), with every age 5 s.
#[test]
fn recordings() {
    for (name, fixture) in [
        ("cordoned-node", include_str!("../../../tests/fixtures/get/cordoned-node.json")),
        ("crash-loop", include_str!("../../../tests/fixtures/get/crash-loop.json")),
        ("daemon-set", include_str!("../../../tests/fixtures/get/daemon-set.json")),
        ("deployment", include_str!("../../../tests/fixtures/get/deployment.json")),
        ("disruption-budget", include_str!("../../../tests/fixtures/get/disruption-budget.json")),
        ("released-volume", include_str!("../../../tests/fixtures/get/released-volume.json")),
        ("zookeeper", include_str!("../../../tests/fixtures/get/zookeeper.json")),
    ] {
        let fixture: Value = serde_json::from_str(fixture).expect(name);
        let texts = |field: &str| -> Vec<String> {
            fixture[field].as_array().expect(field).iter().map(|t| t.as_str().expect(field).to_string()).collect()
        };
        let objects: Vec<String> = fixture["objects"].as_array().expect(name).iter().map(Value::to_string).collect();
        let mut bench = Bench::new(Fake::with(&objects.iter().map(String::as_str).collect::<Vec<_>>()));
        bench.api.clock = std::time::Duration::from_secs(5);
        let expect = texts("stdout").join("\n") + "\n";
        bench.check_words(&texts("args"), (0, &expect, ""));
    }
}
