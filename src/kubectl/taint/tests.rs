//! taint, to the byte.

use super::super::testing::{Bench, Fake};

fn bench() -> Bench {
    Bench::new(Fake::with(&[
        "{apiVersion: v1, kind: Node, metadata: {name: a, labels: {disk: ssd}}}",
        "{apiVersion: v1, kind: Node, metadata: {name: b, labels: {disk: ssd}}, \
         spec: {taints: [{key: old, value: x, effect: NoSchedule}, {key: old, effect: NoExecute}]}}",
    ]))
}

fn taints(bench: &Bench, node: &str) -> Vec<String> {
    let key = (crate::resource::Kind::Node, String::new(), node.to_string());
    let list = bench.api.objects[&key]["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let word = |t: &serde_json::Value, key: &str| t[key].as_str().unwrap_or_default().to_string();
    list.iter().map(|t| format!("{}={}:{}", word(t, "key"), word(t, "value"), word(t, "effect"))).collect()
}

#[test]
fn wrong_command_lines() {
    let check = |line: &str, why: &str| bench().check(line, (1, "", &format!("{why}\n")));
    let usage = |line: &str, why: &str| {
        check(line, &format!("error: {why}\nSee 'kubectl taint -h' for help and examples"));
    };
    check("taint", "error: one or more resources must be specified as <resource> <name>");
    check("taint node a", "error: at least one taint update is required");
    check("taint node a k=v:NoSchedule b", "error: all resources must be specified before taint changes: b");
    usage(
        "taint node a k=v",
        "invalid taint spec: k=v, name part must consist of alphanumeric characters, '-', '_' or \
         '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', \
         regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    );
    usage("taint node a k:Nope", "invalid taint effect: Nope, unsupported taint effect");
    usage("taint node a k:NoExecute:x", "invalid taint spec: k:NoExecute:x");
    usage("taint node a k=v=w:NoExecute", "invalid taint spec: k=v=w:NoExecute");
    usage(
        "taint node a k=v:NoExecute k=w:NoExecute",
        "duplicated taints with the same key and effect: {k w NoExecute <nil>}",
    );
    check("taint pods a k:NoExecute", "error: invalid resource type pods, only node types are supported");
    check("taint nope a k:NoExecute", "error: the server doesn't have a resource type \"nope\"");
    check(
        "taint node a k:NoExecute k-",
        "error: can not both modify and remove the following taint(s) in the same command: k=",
    );
    check(
        "taint node k:NoExecute",
        "error: at least one resource name must be specified since 'all' parameter is not set",
    );
    let both = "error: setting 'all' parameter with a non empty selector is prohibited";
    check("taint node --all -l disk=ssd k:NoExecute", both);
    check("taint node c k:NoExecute", "Error from server (NotFound): nodes \"c\" not found");
    check("taint node a k-", "error: taint \"k\" not found");
    check("taint node b old:PreferNoSchedule-", "error: taint \"old:PreferNoSchedule\" not found");
    check(
        "taint node b old=y:NoSchedule",
        "error: node b already has old taint(s) with same effect(s) and --overwrite is false",
    );
}

#[test]
fn what_was_done() {
    let mut bench = bench();
    bench.check("taint node a k=v:NoSchedule", (0, "node/a tainted\n", ""));
    assert_eq!(bench.api.requests.last().unwrap().options.field_manager.as_deref(), Some("kubectl-taint"));
    bench.check("taint nodes a k=w:NoSchedule --overwrite", (0, "node/a modified\n", ""));
    assert_eq!(taints(&bench, "a"), ["k=w:NoSchedule"]);
    bench.check("taint node b new:NoExecute old:NoExecute-", (0, "node/b modified\n", ""));
    assert_eq!(taints(&bench, "b"), ["new=:NoExecute", "old=x:NoSchedule"]);
    bench.check("taint node b n:NoExecute m:NoExecute old-", (0, "node/b modified\n", ""));
    bench.check("taint node b m:NoExecute- n- new-", (0, "node/b untainted\n", ""));
    assert_eq!(taints(&bench, "b"), [""; 0]);
    bench.check("taint node -l disk=ssd z:NoSchedule", (0, "node/a tainted\nnode/b tainted\n", ""));
    bench.check("taint node --all z-", (0, "node/a untainted\nnode/b untainted\n", ""));
    bench.check("taint node b y:NoSchedule --dry-run=client", (0, "node/b tainted\n", ""));
    bench.check("taint node b y:NoSchedule -o name", (0, "node/b\n", ""));
}
