//! The retention policy of claims (rules S58–S66a, rows 69–74, 90, 91, 103, 113–116, 136).

use crate::world::{World, web};

/// Row 69, S58: whom a claim belongs to while its Pod is in the range.
#[test]
fn s58_owners_in_the_range() {
    for (deleted, scaled, owner) in [
        ("Retain", "Retain", ""),
        ("Delete", "Retain", "StatefulSet/web*"),
        ("Retain", "Delete", ""),
        ("Delete", "Delete", "StatefulSet/web*"),
    ] {
        World::new().apply(web().replicas(1).claim("data").retention(deleted, scaled)).owners("data-web-0", owner);
    }
}

/// Row 69, S58: and while its Pod is beyond the range.
#[test]
fn s58_owners_of_the_condemned() {
    for (deleted, scaled, owner) in [
        ("Retain", "Retain", ""),
        ("Delete", "Retain", "StatefulSet/web*"),
        ("Retain", "Delete", "Pod/web-1*"),
        ("Delete", "Delete", "Pod/web-1*"),
    ] {
        let mut world = World::new();
        world.apply(web().replicas(2).claim("data").retention(deleted, scaled)).breaks("pod web-1 --hang=true");
        world.run("scale sts web --replicas=1").owners("data-web-1", owner).pods("web-0 web-1");
    }
}

/// S65, S59, rows 113 and 114: what is left after scaling down and after deleting the set.
#[test]
fn s65_what_is_left() {
    for (deleted, scaled, after_scale, after_delete) in [
        ("Retain", "Retain", "data-web-0 data-web-1", "data-web-0 data-web-1"),
        ("Delete", "Retain", "data-web-0 data-web-1", ""),
        ("Retain", "Delete", "data-web-0", "data-web-0"),
        ("Delete", "Delete", "data-web-0", ""),
    ] {
        for cascade in ["background", "foreground"] {
            let mut world = World::new();
            world.apply(web().replicas(2).claim("data").retention(deleted, scaled));
            world.run("scale sts web --replicas=1").claims(after_scale);
            world.run(&format!("delete sts web --cascade={cascade}")).claims(after_delete);
        }
    }
}

/// S61: a Pod that is wanted again while it goes gives its claim back.
#[test]
fn s61_scaled_up_again_in_time() {
    for (deleted, owner) in [("Retain", ""), ("Delete", "StatefulSet/web*")] {
        let mut world = World::new();
        world.apply(web().parallel().replicas(2).claim("data").retention(deleted, "Delete"));
        world.breaks("pod web-1 --hang=true").run("scale sts web --replicas=1").owners("data-web-1", "Pod/web-1*");
        world.run("scale sts web --replicas=2").owners("data-web-1", owner);
        world.fault("pod web-1 --hang=null").claims("data-web-0 data-web-1").counts("web", "2/2/2/2/2");
    }
}

/// Row 90, S60: scaled down and up at once, Pod and claim are made anew.
#[test]
fn s60_scaled_down_and_up() {
    let mut world = World::new();
    world.apply(web().claim("data").retention("Retain", "Delete")).forget();
    world.run("scale sts web --replicas=2").run("scale sts web --replicas=3");
    world.claims("data-web-0 data-web-1 data-web-2").counts("web", "3/3/3/3/3");
}

/// Row 103, S64: a changed policy reaches the claims of Pods that are there, and no others.
#[test]
fn s64_a_changed_policy() {
    let mut world = World::new();
    world.apply(web().replicas(2).claim("data")).run("scale sts web --replicas=1");
    let policy = r#"{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Delete"}}}"#;
    world.patch("web", policy).owners("data-web-0", "StatefulSet/web*").owners("data-web-1", "");
    world.patch("web", &policy.replace("Delete\"", "Retain\"")).owners("data-web-0", "");
}

/// The claim of web-0, which a node controls.
fn claim_of_a_node(world: &World) -> String {
    let node = world.get(sts_lab::resource::Kind::Node, "node-0");
    let uid = node["metadata"]["uid"].as_str().unwrap();
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data-web-0, ownerReferences: [{{apiVersion: v1, \
         kind: Node, name: node-0, uid: {uid}, controller: true}}]}}\nspec: {{accessModes: [ReadWriteOnce], resources: \
         {{requests: {{storage: 1Gi}}}}}}"
    )
}

/// Row 136, S62, row 71: a claim that somebody else controls is left to them, with a warning.
#[test]
fn s62_somebody_elses_claim() {
    let mut world = World::new();
    world.apply(claim_of_a_node(&world)).apply(web().replicas(1).claim("data").retention("Delete", "Retain"));
    world.pods("web-0").owners("data-web-0", "Node/node-0*").event("web", "ConflictingController", true);
    world.event("web", "acts as a manging controller, the retention policy is ignored for this claim", true);
}

/// Row 72: with nothing to do about claims there is no conflict.
#[test]
fn s62_no_conflict_when_all_is_retained() {
    let mut world = World::new();
    world.apply(claim_of_a_node(&world)).apply(web().replicas(1).claim("data")).event(
        "web",
        "ConflictingController",
        false,
    );
}

/// S66a, row 116: orphaned claims get their owners back with the Pods.
#[test]
fn s66a_orphaned_claims() {
    let set = || web().replicas(1).claim("data").retention("Delete", "Retain");
    let mut world = World::new();
    world.apply(set()).run("delete sts web --cascade=orphan").owners("data-web-0", "");
    world.apply(set()).owners("data-web-0", "StatefulSet/web*").run("delete sts web").claims("");
}
