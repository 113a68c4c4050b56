//! The update pass, and which revision a new Pod gets (rules S78–S85, rows 27–43, 53, 55, 57, 123–125, 129, 138).

use crate::world::{World, web};

const ROLL: &str = "-web-2 xweb-2 +web-2 web-2! -web-1 xweb-1 +web-1 web-1! -web-0 xweb-0 +web-0 web-0!";

/// Rows 27 and 30, S82, S82c: from the top, one at a time, in Parallel sets too.
#[test]
fn s82_one_at_a_time_from_the_top() {
    for set in [web(), web().parallel(), web().spec("updateStrategy: {type: RollingUpdate}")] {
        let mut world = World::new();
        world.apply(set).forget().run("set image sts/web c=nginx:2").course(ROLL).counts("web", "3/3/3/3/3");
        world.updated("web", true);
    }
}

/// Rows 28, 29 and 49, S42: scaling comes first; new Pods have the new revision at once.
#[test]
fn s82_scaling_comes_first() {
    let mut world = World::new();
    world.apply(web()).forget().apply(web().replicas(5).image("nginx:2"));
    world.course(&format!("+web-3 web-3! +web-4 web-4! {ROLL}")).images("2 2 2 2 2");
    world.run("scale sts web --replicas=5").forget().apply(web().image("nginx:3"));
    world.course(&format!("-web-4 xweb-4 -web-3 xweb-3 {ROLL}"));
}

/// Rows 32 to 35, S80, S87: OnDelete replaces nothing by itself, and never finishes.
#[test]
fn s80_on_delete() {
    let mut world = World::new();
    world.apply(web().on_delete()).forget().run("set image sts/web c=nginx:2").course("").counts("web", "3/3/3/0/3");
    world.run("delete pod web-1 --wait=false").images("1 2 1").run("scale sts web --replicas=5").images("1 2 1 2 2");
    world.run("scale sts web --replicas=3").run("delete pod web-0 web-2 --wait=false").counts("web", "3/3/0/3/3");
    world.updated("web", false);
}

/// Rows 36 to 40, S78: a partition; below it Pods keep the current revision.
#[test]
fn s78_partition() {
    let mut world = World::new();
    world.apply(web().partition(2)).run("set image sts/web c=nginx:2").images("1 1 2").counts("web", "3/3/2/1/3");
    world.run("delete pod web-0 --wait=false").images("1 1 2").run("delete pod web-2 --wait=false").images("1 1 2");
    world.run("scale sts web --replicas=5").images("1 1 2 2 2").updated("web", false).forget();
    world.patch("web", r#"{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}"#);
    world.course("-web-1 xweb-1 +web-1 web-1! -web-0 xweb-0 +web-0 web-0!").updated("web", true);
}

/// Rows 41 and 42: a partition above all Pods, then lowered by one and one.
#[test]
fn s82_phased() {
    let mut world = World::new();
    world.apply(web().partition(3)).run("set image sts/web c=nginx:2").images("1 1 1").updated("web", false);
    for (partition, images) in [(2, "1 1 2"), (1, "1 2 2"), (0, "2 2 2")] {
        let patch = format!(r#"{{"spec":{{"updateStrategy":{{"rollingUpdate":{{"partition":{partition}}}}}}}}}"#);
        world.patch("web", &patch).images(images);
    }
}

/// S82a: the partition counts from the first ordinal.
#[test]
fn s82a_partition_and_start() {
    let mut world = World::new();
    world.apply(web().start(4).partition(2)).forget().run("set image sts/web c=nginx:2");
    world.course("-web-6 xweb-6 +web-6 web-6!").images("1 1 2").run("delete pod web-5 --wait=false").images("1 1 2");
}

/// S82b: in an ordered set every Pod has to be well, in a Parallel one those above.
#[test]
fn s82b_who_is_waited_for() {
    for (set, course) in [
        (web(), ""),
        (web().parallel(), "-web-2 xweb-2 +web-2 web-2! -web-1 xweb-1 +web-1 web-1! -web-0 xweb-0 +web-0"),
    ] {
        let mut world = World::new();
        world.apply(set).fault("pod web-0 --ready=false").forget();
        world.run("set image sts/web c=nginx:2").course(course);
    }
}

/// Rows 123 and 124, S83: an ordered rollout that is stuck does not heal by a better template.
#[test]
fn s83_stuck() {
    for heal in ["set image sts/web c=nginx:3", "rollout undo sts/web --to-revision=1"] {
        let mut world = World::new();
        world.apply(web()).breaks("image nginx:bad --pull=false").run("set image sts/web c=nginx:bad");
        world.images("1 1 bad").run(heal).images("1 1 bad");
        let tag = if heal.contains('3') { "3" } else { "1" };
        world.run("delete pod web-2 --wait=false").images(&[tag, tag, tag].join(" ")).updated("web", true);
    }
}

/// Row 125, S83: a Parallel one does.
#[test]
fn s83_parallel_is_not_stuck() {
    let mut world = World::new();
    world.apply(web().parallel()).breaks("image nginx:bad --crash=true").run("set image sts/web c=nginx:bad");
    world.images("1 1 bad").run("rollout undo sts/web").images("1 1 1").counts("web", "3/3/3/3/3");
}

/// S83: a fault that ends heals it as well.
#[test]
fn s83_an_image_that_can_be_pulled_again() {
    let mut world = World::new();
    world.apply(web()).breaks("image nginx:2 --pull=false").run("set image sts/web c=nginx:2").images("1 1 2");
    world.fault("image nginx:2 --pull=null").images("2 2 2").updated("web", true);
}

/// Row 43: a Pod below the partition comes back as it was, whatever happens above.
#[test]
fn s78_below_the_partition() {
    let mut world = World::new();
    world.apply(web().partition(1)).breaks("image nginx:2 --ready=false").run("set image sts/web c=nginx:2");
    world.images("1 1 2").run("delete pod web-0 --wait=false").images("1 1 2");
}

/// Row 138, S79: without parameters, the count of current Pods is the border.
#[test]
fn s79_without_parameters() {
    let mut world = World::new();
    world.apply(web().parallel().spec("updateStrategy: {type: RollingUpdate}"));
    world
        .breaks("pod web-2 --ready=false")
        .run("set image sts/web c=nginx:2")
        .images("1 1 2")
        .counts("web", "3/2/2/1/2");
    world.run("delete pod web-0 --wait=false").images("1 1 2").run("delete pod web-1 --wait=false").images("1 2 2");
}

/// Row 129, S85: all Pods at a third revision; the write of a negative count fails, and nothing is lost.
#[test]
fn s85_a_third_revision() {
    let mut world = World::new();
    world.apply(web().on_delete()).run("set image sts/web c=nginx:2");
    world.run("delete pod web-0 web-1 web-2 --wait=false").counts("web", "3/3/0/3/3");
    world.patch("web", r#"{"spec":{"updateStrategy":{"type":"RollingUpdate"},"template":{"spec":{"containers":[{"name":"c","image":"nginx:3"}]}}}}"#);
    world.images("3 3 3").counts("web", "3/3/3/3/3").updated("web", true);
}

/// Rows 53, 55 and 57: the next Pod waits until the one before is available.
#[test]
fn s82_min_ready_seconds() {
    let mut world = World::new();
    world.apply(web().parallel()).patch("web", r#"{"spec":{"minReadySeconds":20}}"#).wait(20.0).forget();
    world.run("set image sts/web c=nginx:2").course("-web-2 xweb-2 +web-2 web-2!");
    world.wait(20.0).course("-web-1 xweb-1 +web-1 web-1!").wait(20.0).course("-web-0 xweb-0 +web-0 web-0!");
}

/// S81: an old revision is the old template with today's claims.
#[test]
fn s81_an_old_template_with_todays_ordinals() {
    let mut world = World::new();
    world.apply(web().partition(3).replicas(1)).run("set image sts/web c=nginx:2").run("scale sts web --replicas=3");
    world.images("1 1 1").run("scale sts web --replicas=4").images("1 1 1 2");
}
