//! The replica pass and the pass over Pods beyond the range (rules S39–S45, S67–S69, rows 1–10, 75–78, 107–110, 117–122).

use crate::world::{World, web};

/// Rows 1 and 2, S42, S44: ordered creation.
#[test]
fn s44_one_after_another() {
    World::new().apply(web()).course("+web-0 web-0! +web-1 web-1! +web-2 web-2!").counts("web", "3/3/3/3/3");
    let mut world = World::new();
    world.breaks("pod web-0 --ready=false").apply(web()).pods("web-0").counts("web", "1/0/1/1/0");
}

/// Rows 3, 19 and 109, S45: Parallel does not wait.
#[test]
fn s45_parallel() {
    let mut world = World::new();
    world.breaks("pod web-2 --ready=false").apply(web().parallel().start(2)).pods("web-2 web-3 web-4");
    world.counts("web", "3/2/3/3/2").forget().run("scale sts web --replicas=0").pods("");
    world.counts("web", "0/0/0/0/0");
}

/// Rows 4, 5 and 75, S67, S69: down from the top, each after the one before is gone.
#[test]
fn s67_down_from_the_top() {
    let mut world = World::new();
    world.apply(web()).forget().run("scale sts web --replicas=4").course("+web-3 web-3!");
    world.run("scale sts web --replicas=0");
    world.course("-web-3 xweb-3 -web-2 xweb-2 -web-1 xweb-1 -web-0 xweb-0").counts("web", "0/0/0/0/0");
}

/// Row 7: deleted Pods come back from the bottom, the others are left alone.
#[test]
fn s44_deleted_pods_come_back_in_order() {
    let mut world = World::new();
    world.apply(web().replicas(5)).forget().run("delete pod web-0 web-2 web-4 --wait=false");
    let course = world.news(&["Pod"]);
    let made: Vec<&String> =
        course.iter().filter(|line| line.ends_with(" created") || line.ends_with(" ready")).collect();
    assert_eq!(made, ["web-0 created", "web-0 ready", "web-2 created", "web-2 ready", "web-4 created", "web-4 ready"]);
}

/// Rows 9, 10 and 110, S43.1: a Pod that ended is deleted and made anew.
#[test]
fn s43_ended_pods_are_replaced() {
    for phase in ["Failed", "Succeeded"] {
        let mut world = World::new();
        world.apply(web()).forget().fault(&format!("pod web-0 --phase={phase}"));
        world.course("-web-0 xweb-0 +web-0 web-0!").event("web", "SuccessfulDelete: Delete Pod web-0", true);
        world.event("web", "Recreating", false);
    }
}

/// Rows 8 and 107: a lower Pod is made anew although a higher one is not well; the other way round it waits.
#[test]
fn s44_lower_before_higher() {
    let mut world = World::new();
    world.apply(web().replicas(2)).fault("pod web-1 --ready=false").forget();
    world.run("delete pod web-0 --wait=false").course("-web-0 xweb-0 +web-0 web-0!");
    world.fault("pod web-0 --ready=false").forget();
    world.run("delete pod web-1 --wait=false").course("-web-1 xweb-1").pods("web-0");
}

/// Row 122, S68a: an unready Pod of the range holds up every deletion.
#[test]
fn s68_nothing_goes_while_a_pod_of_the_range_is_unready() {
    let mut world = World::new();
    world.apply(web()).fault("pod web-0 --ready=false").run("scale sts web --replicas=1").pods("web-0 web-1 web-2");
    world.fault("pod web-0 --ready=true").pods("web-0");
}

/// Row 121, S68c: of two unready condemned Pods the lower one holds the higher one.
#[test]
fn s68_two_unready_condemned_pods() {
    let mut world = World::new();
    world.apply(web().replicas(4)).fault("pod web-3 --ready=false").fault("pod web-1 --ready=false").forget();
    world.run("scale sts web --replicas=1").course("");
    world.fault("pod web-1 --ready=true").course("web-1! -web-3 xweb-3 -web-2 xweb-2 -web-1 xweb-1");
}

/// S68b: an unready condemned Pod goes in its turn if no lower Pod is unready.
#[test]
fn s68_the_only_unready_pod_goes() {
    let mut world = World::new();
    world.apply(web()).fault("pod web-2 --ready=false").run("scale sts web --replicas=1").pods("web-0");
}

/// Rows 76 and 77: terminating Pods are waited for.
#[test]
fn s43_terminating_pods_are_waited_for() {
    let mut world = World::new();
    world.apply(web()).breaks("pod web-0 --hang=true").run("delete pod web-0 --wait=false").forget();
    world.run("scale sts web --replicas=5").course("");
    world.fault("pod web-0 --hang=null").course("xweb-0 +web-0 web-0! +web-3 web-3! +web-4 web-4!");
    world.breaks("pod web-4 --hang=true").run("delete pod web-4 --wait=false").forget();
    world.run("scale sts web --replicas=2").course("").fault("pod web-4 --hang=null");
    world.course("xweb-4 -web-3 xweb-3 -web-2 xweb-2");
}

/// Row 108: scaling halts at an unready Pod, both ways, and goes on when it is well.
#[test]
fn s44_scaling_halts() {
    let mut world = World::new();
    world.apply(web().replicas(1)).fault("pod web-0 --ready=false").run("scale sts web --replicas=3").pods("web-0");
    world.fault("pod web-0 --ready=true").pods("web-0 web-1 web-2");
    world.fault("pod web-0 --ready=false").fault("pod web-2 --ready=false").run("scale sts web --replicas=0");
    world.pods("web-0 web-1 web-2").fault("pod web-0 --ready=true").pods("");
}

/// Rows 117 to 119: the range moves with `ordinals.start`.
#[test]
fn s39_the_range_moves() {
    let mut world = World::new();
    world.apply(web().start(2).replicas(2)).pods("web-2 web-3");
    world.patch("web", r#"{"spec":{"ordinals":{"start":4}}}"#).pods("web-4 web-5");
    world.patch("web", r#"{"spec":{"ordinals":{"start":3}}}"#).pods("web-3 web-4");
    world.patch("web", r#"{"spec":{"ordinals":null}}"#).pods("web-0 web-1");
}

/// Row 120: of overlapping ranges a Parallel set keeps what both have.
#[test]
fn s39_overlapping_ranges() {
    let mut world = World::new();
    world.apply(web().parallel().start(3).replicas(2)).forget();
    world.patch("web", r#"{"spec":{"ordinals":{"start":4}}}"#).pods("web-4 web-5");
    assert!(!world.news(&["Pod"]).iter().any(|line| line.starts_with("web-4 ")));
}

/// S42: in a Parallel set the batch in which a Pod cannot be made is the last one.
#[test]
fn s42_the_batch_that_fails_is_the_last() {
    let mut world = World::new();
    world.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: web-1}\nspec: {containers: [{name: c, image: x:1}]}");
    world.apply(web().parallel().replicas(6)).pods("web-0 web-1 web-2");
}

/// Rows 50 to 54 and 56, S26, S27: a Pod counts as available once it was Ready for long enough.
#[test]
fn s26_min_ready_seconds() {
    let mut world = World::new();
    world.apply(web().min_ready(3600)).pods("web-0").counts("web", "1/1/1/1/0");
    let mut world = World::new();
    world.submit(web().min_ready(4)).wait(4.0).pods("web-0").wait(1.0).pods("web-0 web-1");
    world.wait(12.0).counts("web", "3/3/3/3/3");
    let mut world = World::new();
    world.apply(web().replicas(2)).patch("web", r#"{"spec":{"minReadySeconds":30}}"#);
    world.run("delete pod web-0 --wait=false").run("scale sts web --replicas=1").pods("web-0 web-1");
    world.wait(31.0).settle().pods("web-0");
}

/// S26: a sync that fails does not make the set forget when to look again.
#[test]
fn s26_availability_while_syncs_fail() {
    let mut world = World::new();
    world.apply(web().parallel().replicas(3).min_ready(2)).wait(4.0).run("label pod web-2 app-").wait(60.0);
    world.run("delete pod web-0 --wait=false").wait(6.0).counts("web", "2/2/2/2/2");
}
