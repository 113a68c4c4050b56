//! The status: what is counted, when it is written (rules S2, S6, S86–S90).

use serde_json::Value;
use sts_lab::resource::Kind;

use crate::world::{World, web};

/// S2: the status of a set without Pods.
#[test]
fn s2_an_empty_set() {
    let mut world = World::new();
    world.apply(web().replicas(0));
    let status = &world.get(Kind::StatefulSet, "web")["status"];
    let revision = &status["currentRevision"];
    let expected = format!(
        r#"{{"availableReplicas":0,"collisionCount":0,"currentRevision":{revision},"observedGeneration":1,"replicas":0,"updateRevision":{revision}}}"#
    );
    assert_eq!(status.to_string(), expected);
}

fn statuses(world: &World) -> Vec<String> {
    let count = |line: &Value, key: &str| line[key].as_i64().unwrap_or(0).to_string();
    let lines: Vec<Value> = world.cluster.api.store.history.trace_lines().collect();
    let told = lines.iter().filter(|line| line["kind"] == "StatefulSet" && line["event"] == "status");
    let keys = ["replicas", "ready", "current", "updated", "available"];
    told.map(|line| keys.map(|key| count(line, key)).join("/")).collect()
}

/// S86, S88: what is written while Pods come one after another.
#[test]
fn s88_statuses_of_a_creation() {
    let mut world = World::new();
    world.apply(web().replicas(2));
    let expected = ["0/0/0/0/0", "1/0/1/1/0", "1/1/1/1/1", "2/1/2/2/1", "2/2/2/2/2"];
    assert_eq!(statuses(&world), expected);
}

/// S86: terminating Pods count as replicas, and as ready while they are, but not for a revision.
#[test]
fn s86_terminating_pods() {
    let mut world = World::new();
    world.apply(web()).breaks("pod web-1 --hang=true").run("delete pod web-1 --wait=false").counts("web", "3/3/2/2/3");
}

/// S86: Pods that ended and Pods beyond the range count as well.
#[test]
fn s86_condemned_pods() {
    let mut world = World::new();
    world.apply(web()).fault("pod web-0 --ready=false").run("scale sts web --replicas=1").counts("web", "3/2/3/3/2");
}

/// S87: an update is finished when all are updated and Ready; available does not count.
#[test]
fn s87_an_update_is_finished_when_all_are_ready() {
    let mut world = World::new();
    world.apply(web().parallel().replicas(1).min_ready(30)).wait(31.0);
    world.run("set image sts/web c=nginx:2").updated("web", true).counts("web", "1/1/1/1/0");
}

/// S90: back to the revision that is still current.
#[test]
fn s90_back_to_the_current_revision() {
    let mut world = World::new();
    world
        .apply(web())
        .breaks("image nginx:2 --ready=false")
        .run("set image sts/web c=nginx:2")
        .counts("web", "3/2/2/1/2");
    world.run("rollout undo sts/web").updated("web", true).counts("web", "3/2/2/2/2");
}

/// S87 with a fault in the middle: what the status says while web-1 is replaced and does not come up.
#[test]
fn s86_a_rollout_that_stops() {
    let mut world = World::new();
    world.apply(web()).breaks("pod web-1 --ready=false").settle().breaks("pod web-1 --ready=true").settle();
    world.breaks("image nginx:2 --crash=true").run("set image sts/web c=nginx:2").counts("web", "3/2/2/1/2");
}
