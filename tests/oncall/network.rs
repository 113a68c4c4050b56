//! Rows 16, 18, 19, 20 and 35: names that do not resolve, addresses that are old, drains and namespaces that do not end.

use crate::bench::Bench;

/// Row 16: a set whose Service is not there (rules D5, D13, D22).
#[test]
fn a_name_without_a_service() {
    let bench = Bench::row_but(16, |line| line.contains("nslookup"));
    let said = bench.run("exec web-1 -- nslookup web-0.nginx");
    assert_eq!(said.exit, 1);
    assert!(said.stdout.contains("** server can't find web-0.nginx: NXDOMAIN"), "{said:?}");
    assert_eq!(bench.ask("exec web-0 -- hostname -f"), "web-0.nginx.default.svc.cluster.local\n");
    assert_eq!(bench.run("exec web-1 -- getent hosts web-0.nginx").exit, 2);
    let slices = bench.get("endpointslices -l kubernetes.io/service-name=nginx");
    assert_eq!(slices["items"].as_array().map(Vec::len), Some(0));
    let missing = "web-0.nginx does not resolve (NXDOMAIN): there is no Service nginx in Namespace default";
    bench.why("pod/web-0", &[missing, "sts-lab create service clusterip nginx --clusterip=None"]);
    bench.why(
        "sts/web",
        &["Its serviceName is nginx, and there is no such Service", "sts-lab create service clusterip nginx"],
    );
    bench.ask("create service clusterip nginx --clusterip=None --tcp=80");
    assert_eq!(
        bench.ask("exec web-1 -- getent hosts web-0.nginx"),
        "10.244.0.1      web-0.nginx.default.svc.cluster.local\n"
    );
    assert!(!bench.ask("why pod/web-0").contains("does not resolve"));
}

/// Row 18: a Pod that came back has another address (rules P27, D24).
#[test]
fn an_address_that_is_old() {
    let bench = Bench::row_but(18, |line| line.contains("curl"));
    assert!(bench.ask("exec web-1 -- getent hosts web-0.nginx").starts_with("10.244.0.4 "));
    let said = bench.run("exec web-1 -- curl -m 5 http://10.244.0.1");
    assert_eq!(said.exit, 28);
    assert!(said.stderr.starts_with("curl: (28) Failed to connect to 10.244.0.1 port 80"), "{said:?}");
    let why = ["Its address is 10.244.0.4; the Pod web-0 before it had 10.244.0.1", "Resolve again at each connection"];
    bench.why("pod/web-0", &why);
    assert_eq!(
        bench.run("exec web-1 -- curl -sf http://web-0.nginx").exit,
        22,
        "its new volume is empty, but it answers"
    );
}

/// Row 19: a budget that never allows anything (rules N13 to N15).
#[test]
fn a_drain_that_hangs() {
    let bench = Bench::row_but(19, |line| line.contains("drain"));
    let said = bench.run("drain node-0 --timeout=10s");
    let refused = "error when evicting pods/\"web-0\" -n \"default\" (will retry after 5s): Cannot evict pod as it would violate \
                   the pod's disruption budget.";
    assert!(said.exit == 1 && said.stderr.contains(refused), "{said:?}");
    assert_eq!(bench.get("pdb web")["status"]["disruptionsAllowed"], 0);
    bench.why("node/node-0", &["Pod web-0 may not be evicted: PodDisruptionBudget web allows no disruption now."]);
    let fix = "sts-lab patch pdb web --type=merge -p '{\"spec\":{\"minAvailable\":null,\"maxUnavailable\":1}}'";
    bench.why("pdb/web", &["3 of them healthy, and 3 must be", "allows 0 disruptions", fix]);
    bench.ask(fix);
    let drained = bench.ask("drain node-0 --timeout=60s");
    assert!(drained.contains("node/node-0 drained"), "{drained}");
}

/// Row 20: what a drain does not touch without being told (rule N12).
#[test]
fn a_drain_that_is_refused() {
    let bench = Bench::row_but(20, |line| line.contains("drain node-0"));
    let said = bench.run("drain node-0");
    let refused = [
        "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/agent-",
        "cannot delete Pods that declare no controller (use --force to override): default/lone",
        "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/cache-0",
    ];
    assert!(said.exit == 1 && refused.iter().all(|text| said.stderr.contains(text)), "{said:?}");
    let fix = "sts-lab drain node-0 --force --ignore-daemonsets --delete-emptydir-data";
    let why = [
        "Pod lone has no controller that would make it again: a drain refuses without --force.",
        "Pod cache-0 has an emptyDir, whose data would be lost",
        "belongs to a DaemonSet",
        fix,
    ];
    bench.why("node/node-0", &why);
    assert!(bench.ask(fix).contains("node/node-0 drained"));
}

/// Row 35: a finalizer that nobody takes off (rule G8).
#[test]
fn a_namespace_that_does_not_go() {
    let bench = Bench::row(35);
    let held = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances";
    let described = bench.ask("describe namespace shop");
    assert!(described.contains("Terminating") && described.contains(held), "{described}");
    let fix = "sts-lab -n shop patch configmap held --type=merge -p '{\"metadata\":{\"finalizers\":null}}'";
    bench.why("namespace/shop", &[held, "ConfigMap held is held by example.com/hold.", fix]);
    bench.ask(fix);
    bench.ask("settle --for 30");
    assert_eq!(bench.run("kubectl get namespace shop").exit, 1);
}
