//! `kubectl delete` on a server that answers from memory: what it prints and how long it waits.

use super::super::testing::{Bench, Fake};
use super::*;

fn pod(name: &str) -> String {
    format!("{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: web}}}}}}")
}

fn bench() -> Bench {
    let node = "{apiVersion: v1, kind: Node, metadata: {name: node-0}}";
    Bench::new(Fake::with(&[&pod("web-0"), &pod("web-1"), node]))
}

#[test]
fn texts() {
    let mut bench = bench();
    bench.check(
        "delete pod web-1 --dry-run=client",
        (0, "pod \"web-1\" deleted from default namespace (dry run)\n", ""),
    );
    let dry = "pod \"web-1\" deleted from default namespace (server dry run)\n";
    bench.check("delete pod web-1 --dry-run=server", (0, dry, ""));
    bench.check("delete po/web-1 -o name", (0, "pod/web-1\n", ""));
    let missing = "Error from server (NotFound): pods \"web-1\" not found\n";
    bench.check("delete pod web-1", (1, "", missing));
    bench.check("delete pod web-1 --ignore-not-found", (0, "", ""));
    bench.check("delete pod web-1 web-0", (1, "pod \"web-0\" deleted from default namespace\n", missing));
    bench.check("delete node node-0", (0, "node \"node-0\" deleted\n", ""));
    bench.check("delete pods --all", (0, "No resources found\n", ""));
}

#[test]
fn selections() {
    let mut bench = bench();
    bench.check("delete pods -l app=nothing", (0, "No resources found\n", ""));
    let both = "pod \"web-0\" deleted from default namespace\npod \"web-1\" deleted from default namespace\n";
    bench.check("delete pods,sts -l app=web", (0, both, ""));
    let mut bench = bench.file("pod.yaml", &pod("web-0"));
    let source = "Error from server (NotFound): error when deleting \"pod.yaml\": pods \"web-0\" not found\n";
    bench.check("delete -f pod.yaml", (1, "", source));
    bench.check("delete pods", (1, "", "error: resource(s) were provided, but no name was specified\n"));
    let all = "error: setting 'all' parameter but found a non empty selector. \n";
    bench.check("delete pods --all -l a=b", (1, "", all));
}

#[test]
fn ways_of_ending() {
    let mut bench = bench();
    let warning = "Warning: Immediate deletion does not wait for confirmation that the running resource has been \
                   terminated. The resource may continue to run on the cluster indefinitely.\n";
    bench.check(
        "delete pod web-0 --force --grace-period=0",
        (0, "pod \"web-0\" force deleted from default namespace\n", warning),
    );
    let last = |bench: &Bench| {
        bench.api.requests.iter().rev().find(|r| r.options.propagation.is_some()).map(|r| r.options.clone()).unwrap()
    };
    assert_eq!(last(&bench).grace_period_seconds, Some(0));
    let old = "warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.\n";
    bench.check("delete pod web-1 --now --cascade=false", (0, "pod \"web-1\" deleted from default namespace\n", old));
    assert_eq!((last(&bench).grace_period_seconds, last(&bench).propagation), (Some(1), Some(Propagation::Orphan)));
    for (line, error) in [
        ("--now --grace-period=5", "--now and --grace-period cannot be specified together"),
        ("--force --grace-period=5", "--force and --grace-period greater than 0 cannot be specified together"),
        ("-o json", "unexpected -o output mode: json. We only support '-o name'"),
        ("--cascade=x", "invalid cascade value (x). Must be \"background\", \"foreground\", or \"orphan\""),
    ] {
        bench.check(&format!("delete pod web-0 {line}"), (1, "", &format!("error: {error}\n")));
    }
}

#[test]
fn waiting_until_they_are_gone() {
    let lingering = || {
        let mut bench = bench();
        bench.api.lingering = true;
        bench
    };
    let both = "pod \"web-0\" deleted from default namespace\npod \"web-1\" deleted from default namespace\n";
    let mut bench = lingering();
    bench.check("delete pod web-0 web-1", (0, both, ""));
    assert_eq!((bench.api.clock.as_secs(), bench.api.objects.len()), (2, 1));
    let mut bench = lingering();
    bench.check("delete pod web-0 web-1 --wait=false", (0, both, ""));
    assert_eq!((bench.api.clock.as_secs(), bench.api.objects.len()), (0, 3));
    let mut bench = lingering();
    bench.api.hanging = true;
    let late = "error: timed out waiting for the condition on pods/web-0\n";
    bench.check("delete pod web-0 --timeout=5s", (1, "pod \"web-0\" deleted from default namespace\n", late));
    assert_eq!(bench.api.clock.as_secs(), 5);
    bench.check("delete pod web-0", (124, "pod \"web-0\" deleted from default namespace\n", until::FOR_EVER));
}

#[test]
fn asking_first() {
    let mut bench = bench();
    bench.stdin = "n\n".into();
    let asked = "You are about to delete the following 1 resource(s):\npod/web-0\nDo you want to continue? (y/N): ";
    bench.check("delete pod web-0 -i", (0, &format!("{asked}deletion is cancelled\n"), ""));
    bench.stdin = "Y\n".into();
    bench.check("delete pod web-0 -i", (0, &format!("{asked}pod \"web-0\" deleted from default namespace\n"), ""));
}
