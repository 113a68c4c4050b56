//! Budgets, evictions and drains (rules N12 to N21, rows 19 and 20 of the on-call table).

use sts_lab::resource::Kind;

use crate::world::{World, web};

const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

fn with_budget(budget: &str) -> World {
    let mut world = World::new();
    world.apply(web());
    world.run(&format!("create pdb web --selector=app=web {budget}"));
    world
}

fn allowed(world: &World) -> i64 {
    world.get(Kind::PodDisruptionBudget, "web")["status"]["disruptionsAllowed"].as_i64().unwrap_or(-1)
}

/// N12, row 20: what a drain needs flags for.
#[test]
fn n12_refusals() {
    let mut world = World::new();
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: node-0, containers: [{name: c, \
               image: nginx}], volumes: [{name: s, emptyDir: {}}]}}";
    world.apply(pod);
    let bare = "cannot delete Pods that declare no controller (use --force to override): default/p";
    let local = "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/p";
    let said = |cordon: &str, why: &str| {
        format!(
            "node/node-0 {cordon}\nerror: unable to drain node \"node-0\" due to error: {why}, continuing \
             command...\nThere are pending nodes to be drained:\n node-0\n{why}"
        )
    };
    world.says("drain node-0", &said("cordoned", local));
    world.says("drain node-0 --delete-emptydir-data", &said("already cordoned", bare));
    world.says(
        "drain node-0 --delete-emptydir-data --force",
        "node/node-0 already cordoned\nevicting pod default/p\npod/p evicted\nnode/node-0 drained\n\
         Warning: deleting Pods that declare no controller: default/p",
    );
}

/// N13, row 19: a drain tries again every five seconds, and gives up when its time is over.
#[test]
fn n13_a_drain_against_a_budget() {
    let mut world = with_budget("--max-unavailable=0");
    let node = world.node_of("web-1");
    let about = "error when evicting pods/\"web-1\" -n \"default\"";
    let answer = world.ask(&format!("drain {node} --timeout=12s"));
    assert_eq!(answer.exit, 1);
    assert_eq!(answer.stdout, format!("node/{node} cordoned\n{}", "evicting pod default/web-1\n".repeat(4)));
    let late = format!("{about}: global timeout reached: 12s");
    assert_eq!(
        answer.stderr,
        format!(
            "{}There are pending pods in node \"{node}\" when an error occurred: {late}\npod/web-1\nerror: unable to \
             drain node \"{node}\" due to error: {late}, continuing command...\nThere are pending nodes to be \
             drained:\n {node}\n{late}\n",
            format!("{about} (will retry after 5s): {REFUSED}\n").repeat(3)
        )
    );
}

/// N14: the Pod of the same name elsewhere is another one.
#[test]
fn n14_a_drain_ends_when_the_pod_is_another_one() {
    let mut world = with_budget("--max-unavailable=1");
    let node = world.node_of("web-1");
    let drained = format!("node/{node} cordoned\nevicting pod default/web-1\npod/web-1 evicted\nnode/{node} drained");
    world.forget().says(&format!("drain {node}"), &drained).settle().course("-web-1 xweb-1 +web-1 web-1!");
    assert_ne!(world.node_of("web-1"), node);
    assert_eq!(allowed(&world), 1);
}

/// N13, N18: of two Pods under a budget of one, the second goes when the first is Ready again.
#[test]
fn n18_one_after_the_other() {
    let mut world = World::new();
    world.begin("cordon node-1 node-2").apply(web().replicas(2)).run("uncordon node-1 node-2");
    world.run("create pdb web --selector=app=web --max-unavailable=1").forget();
    let answer = world.ask("drain node-0");
    assert_eq!(answer.exit, 0);
    let refusal = format!("error when evicting pods/\"web-1\" -n \"default\" (will retry after 5s): {REFUSED}\n");
    assert_eq!(answer.stderr, refusal);
    world.settle().course("-web-0 xweb-0 +web-0 web-0! -web-1 xweb-1 +web-1 web-1!");
}

/// N19: Pods that are not Ready, with both policies.
#[test]
fn n19_pods_that_are_not_ready() {
    for (policy, second) in [("IfHealthyBudget", false), ("AlwaysAllow", true)] {
        let mut world = with_budget("--max-unavailable=1");
        let patch = format!("{{\"spec\":{{\"unhealthyPodEvictionPolicy\":\"{policy}\"}}}}");
        world.run(&format!("patch pdb web -p '{patch}'")).fault("pod web-1 --ready=false");
        assert_eq!(allowed(&world), 0);
        let node = world.node_of("web-1");
        // The others are as many as the budget wants: the one that is not Ready may go under both.
        world.begin(&format!("drain {node} --timeout=20s")).settle();
        // Now there are too few.
        world.fault("pod web-2 --ready=false");
        let node = world.node_of("web-2");
        let gone = world.ask(&format!("drain {node} --timeout=20s")).exit == 0;
        assert_eq!(gone, second, "{policy}");
    }
}

/// N20: a drain that a single Pod's budget blocks for ever.
#[test]
fn n20_a_single_replica_blocks_for_ever() {
    for budget in ["--max-unavailable=0", "--min-available=1", "--min-available=100%"] {
        let mut world = World::new();
        world.apply(web().replicas(1)).run(&format!("create pdb web --selector=app=web {budget}"));
        let node = world.node_of("web-0");
        let answer = world.ask(&format!("drain {node}"));
        assert_eq!(answer.exit, 124, "{budget}");
        assert!(answer.stderr.ends_with("kubectl would wait here for ever\n"), "{}", answer.stderr);
        world.says(
            &format!("drain {node} --disable-eviction"),
            &format!("node/{node} already cordoned\npod/web-0 deleted\nnode/{node} drained"),
        );
    }
}

/// N21: deletion, scaling down and rollouts ask no budget, but count in it.
#[test]
fn n21_who_asks_no_budget() {
    let mut world = with_budget("--min-available=3");
    world.forget().run("delete pod web-1 --wait=false").course("-web-1 xweb-1 +web-1 web-1!");
    world.run("rollout restart sts web").run("scale sts web --replicas=2").pods("web-0 web-1");
    let status = &world.get(Kind::PodDisruptionBudget, "web")["status"];
    assert_eq!((&status["currentHealthy"], &status["desiredHealthy"], allowed(&world)), (&2.into(), &3.into(), 0));
}

/// N18: under two budgets nothing can be evicted.
#[test]
fn n18_two_budgets() {
    let mut world = with_budget("--max-unavailable=1");
    world.run("create pdb two --selector=app=web --max-unavailable=1");
    let node = world.node_of("web-0");
    let answer = world.ask(&format!("drain {node}"));
    let why = "error when evicting pods/\"web-0\" -n \"default\": This pod has more than one PodDisruptionBudget, which the \
               eviction subresource does not support.";
    assert_eq!((answer.exit, answer.stderr.lines().last()), (1, Some(why)));
}
