//! cordon, uncordon and drain, to the byte (rules N11 to N14).

use serde_json::{Value, json};

use super::super::testing::{Bench, Fake};
use super::filters::{self, Verdict};
use crate::apiserver::Status;
use crate::resource::Time;

fn bench(pods: &[&str]) -> Bench {
    let nodes =
        ["a", "b"].map(|n| format!("{{apiVersion: v1, kind: Node, metadata: {{name: {n}, labels: {{n: x}}}}}}"));
    let all: Vec<&str> = nodes.iter().map(String::as_str).chain(pods.iter().copied()).collect();
    Bench::new(Fake::with(&all))
}

#[test]
fn n11_cordon_and_uncordon() {
    let mut bench = bench(&[]);
    bench.check("cordon a", (0, "node/a cordoned\n", ""));
    assert_eq!(bench.api.requests.last().unwrap().body, json!({"spec": {"unschedulable": true}}));
    bench.check("cordon a b", (0, "node/a already cordoned\nnode/b cordoned\n", ""));
    bench.check("uncordon -l n=x", (0, "node/a uncordoned\nnode/b uncordoned\n", ""));
    bench.check("uncordon node/a", (0, "node/a already uncordoned\n", ""));
    bench.check("cordon a --dry-run=client", (0, "node/a cordoned (dry run)\n", ""));
    bench.check("cordon a --dry-run=server", (0, "node/a cordoned (server dry run)\n", ""));
    bench.check("uncordon a", (0, "node/a already uncordoned\n", ""));
}

#[test]
fn wrong_command_lines() {
    let check = |line: &str, why: &str| bench(&[]).check(line, (1, "", &format!("{why}\n")));
    check("cordon", "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples");
    check("drain", "error: USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples");
    check(
        "drain a -l n=x",
        "error: cannot specify both a node name and a --selector option\nSee 'kubectl drain -h' for help and examples",
    );
    check("drain a --pod-selector=!!", "error: --pod-selector=<pod_selector> must be a valid label selector");
    check("drain c", "Error from server (NotFound): nodes \"c\" not found");
    check("uncordon pod/x", "Error from server (NotFound): pods \"x\" not found");
}

#[test]
fn n12_pods_that_forbid_a_drain() {
    let mut bench = bench(&["{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: a}}"]);
    let reason = "cannot delete Pods that declare no controller (use --force to override): default/p";
    bench.check(
        "drain a",
        (
            1,
            "node/a cordoned\n",
            &format!(
                "error: unable to drain node \"a\" due to error: {reason}, continuing command...\n\
                 There are pending nodes to be drained:\n a\n{reason}\n"
            ),
        ),
    );
    bench.check(
        "drain a --force --dry-run=client",
        (
            0,
            "node/a already cordoned (dry run)\nevicting pod default/p (dry run)\nnode/a drained (dry run)\n",
            "Warning: deleting Pods that declare no controller: default/p\n",
        ),
    );
}

#[test]
fn n14_disable_eviction_deletes_and_waits() {
    let mut bench = bench(&["{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: a}}"]);
    bench.api.lingering = true;
    let warning = "Warning: deleting Pods that declare no controller: default/p\n";
    bench.check(
        "drain a --force --disable-eviction --grace-period=3",
        (0, "node/a cordoned\npod/p deleted\nnode/a drained\n", warning),
    );
    let deletion = bench.api.requests.iter().find(|r| r.options.grace_period_seconds == Some(3));
    assert!(deletion.is_some());
}

#[test]
fn a_pod_that_never_goes() {
    let mut bench = bench(&["{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: a}}"]);
    (bench.api.lingering, bench.api.hanging) = (true, true);
    let warning = "Warning: deleting Pods that declare no controller: default/p\n";
    let late = "context deadline exceeded";
    let pending = format!(
        "There are pending pods in node \"a\" when an error occurred: {late}\npod/p\n\
         error: unable to drain node \"a\" due to error: {late}, continuing command...\n\
         There are pending nodes to be drained:\n a\nerror: {late}\n"
    );
    bench.check(
        "drain a --force --disable-eviction --timeout=3s",
        (1, "node/a cordoned\n", &format!("{warning}{pending}")),
    );
    let endless = format!("{warning}{}", super::super::until::FOR_EVER);
    bench.check("drain a --force --disable-eviction", (124, "node/a already cordoned\n", &endless));
}

#[test]
fn n13_refusals_are_tried_again_every_five_seconds() {
    let mut bench = bench(&["{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: a}}"]);
    let refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
    let status = Status::new(429, "TooManyRequests", refusal);
    bench.api.refusals.insert(("create".into(), "p".into()), status);
    let about = "error when evicting pods/\"p\" -n \"default\"";
    let retry = format!("{about} (will retry after 5s): {refusal}\n");
    let late = format!("{about}: global timeout reached: 12s");
    bench.check(
        "drain a --force --timeout=12s",
        (
            1,
            &format!("node/a cordoned\n{}", "evicting pod default/p\n".repeat(4)),
            &format!(
                "Warning: deleting Pods that declare no controller: default/p\n{}\
                 There are pending pods in node \"a\" when an error occurred: {late}\npod/p\n\
                 error: unable to drain node \"a\" due to error: {late}, continuing command...\n\
                 There are pending nodes to be drained:\n a\n{late}\n",
                retry.repeat(3)
            ),
        ),
    );
    assert_eq!(bench.api.clock.as_secs(), 15);
}

#[test]
fn a_namespace_that_goes() {
    let status = Status::forbidden(crate::resource::Kind::Pod, "p", "it is being terminated")
        .with_cause(crate::apiserver::server::NAMESPACE_TERMINATING, "namespace n is being terminated");
    let pod = |going: &str| {
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: n{going}}}, spec: {{nodeName: a}}}}")
    };
    let mut staying = bench(&[&pod("")]);
    staying.api.refusals.insert(("create".into(), "p".into()), status.clone());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = ["drain", "a", "--force", "--timeout=4s"].map(str::to_string);
    assert_eq!(staying.run(&words, &mut out, &mut err), 1);
    let retry = "error when evicting pod \"p\" from terminating namespace \"n\" (will retry after 5s): pods \"p\" is \
                 forbidden: it is being terminated";
    assert!(String::from_utf8_lossy(&err).lines().any(|line| line == retry), "{}", String::from_utf8_lossy(&err));
    let mut going = bench(&[&pod(", deletionTimestamp: \"2026-01-01T00:00:00Z\"")]);
    going.api.refusals.insert(("create".into(), "p".into()), status);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(going.run(&words, &mut out, &mut err), 1);
    let wait = "error when waiting for pod \"p\" in namespace \"n\" to terminate: context deadline exceeded\n";
    assert!(String::from_utf8_lossy(&err).ends_with(wait), "{}", String::from_utf8_lossy(&err));
}

#[test]
fn several_nodes_and_what_is_left_of_them() {
    let mut bench = bench(&[
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: a}}",
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: d}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: d-1, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, \
         name: d, controller: true}]}, spec: {nodeName: b}}",
    ]);
    let (bare, daemon) = (
        "cannot delete Pods that declare no controller (use --force to override): default/p",
        "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/d-1",
    );
    let unable = |node: &str, why: &str| {
        format!("error: unable to drain node \"{node}\" due to error: {why}, continuing command...\n")
    };
    let both = format!(
        "{}{}There are pending nodes to be drained:\n a\n b\n{bare}\n{daemon}\n",
        unable("a", bare),
        unable("b", daemon)
    );
    bench.check("drain -l n=x", (1, "node/a cordoned\nnode/b cordoned\n", &both));
    let ignored = "Warning: ignoring DaemonSet-managed Pods: default/d-1\n";
    bench.check("drain b --ignore-daemonsets", (0, "node/b already cordoned\nnode/b drained\n", ignored));
    let none_chosen = "node/a already cordoned\nnode/a drained\n";
    bench.check("drain a --pod-selector=app=x", (0, none_chosen, ""));
    let negative = "error when evicting pods/\"p\" -n \"default\": global timeout reached: -1s";
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = ["drain", "a", "--force", "--timeout=-1s"].map(str::to_string);
    assert_eq!(bench.run(&words, &mut out, &mut err), 1);
    assert!(String::from_utf8_lossy(&err).ends_with(&format!("{negative}\n")));
}

#[test]
fn n12_verdicts() {
    let pod = |spec: Value, phase: &str, owner: Value| {
        json!({"metadata": {"name": "p", "namespace": "n", "ownerReferences": owner}, "spec": spec,
            "status": {"phase": phase}})
    };
    let owned = json!([{"kind": "StatefulSet", "apiVersion": "apps/v1", "name": "web", "controller": true}]);
    let daemon = json!([{"kind": "DaemonSet", "apiVersion": "apps/v1", "name": "d", "controller": true}]);
    let scratch = json!({"volumes": [{"name": "s", "emptyDir": {}}]});
    assert_eq!(filters::daemon_set(&pod(json!({}), "Running", daemon.clone())), Some("d"));
    assert_eq!(filters::daemon_set(&pod(json!({}), "Failed", daemon)), None);
    assert_eq!(filters::daemon_set(&pod(json!({}), "Running", owned.clone())), None);
    let local = |phase: &str, allowed| filters::local_storage(&pod(scratch.clone(), phase, owned.clone()), allowed);
    assert!(matches!(local("Running", false), Verdict::Refuse(why) if why.starts_with("Pods with local storage")));
    assert!(matches!(local("Running", true), Verdict::DeleteWith(_)));
    assert_eq!(local("Succeeded", false), Verdict::Delete);
    assert_eq!(filters::unreplicated(&pod(json!({}), "Running", owned), false), Verdict::Delete);
    assert!(matches!(filters::unreplicated(&pod(json!({}), "Running", json!([])), false), Verdict::Refuse(_)));
    let mut late = pod(json!({}), "Running", json!([]));
    late["metadata"]["deletionTimestamp"] = Time::LAB_START.rfc3339().into();
    let after = |seconds: u64| Time::LAB_START + std::time::Duration::from_secs(seconds);
    assert!(!filters::overdue(&late, 10, after(10)));
    assert!(filters::overdue(&late, 10, after(11)));
    assert!(!filters::overdue(&late, 0, after(99)));
    assert_eq!(
        filters::mirror(&json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}})),
        Verdict::Keep
    );
}
