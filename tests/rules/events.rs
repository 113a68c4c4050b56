//! Events: what is said, and how it is counted and held back (rules S96–S100, rows 93–102, 126, 127, 141).

use crate::world::{World, web};

/// S96, S99, rows 93 and 102: one Event for each thing done to a Pod, none for scaling, waiting or revisions.
#[test]
fn s96_what_is_said() {
    let mut world = World::new();
    world.apply(web().replicas(2)).run("scale sts web --replicas=1").run("set image sts/web c=nginx:2");
    let expected = [
        "SuccessfulCreate: Create Pod web-1 in StatefulSet web successful",
        "SuccessfulDelete: Delete Pod web-1 in StatefulSet web successful",
        "SuccessfulDelete: Delete Pod web-0 in StatefulSet web successful",
    ];
    let mut events = world.events("web");
    events.retain(|event| !event.contains("Create Pod web-0"));
    assert_eq!(events, expected);
    world.event("web", "Create Pod web-0 in StatefulSet web successful (x2)", true);
}

/// Row 141, S100: the tenth of a kind and those after it are one; after 25 of a type nothing more is said.
#[test]
fn s100_many_events() {
    let mut world = World::new();
    world.apply(web().parallel().replicas(0)).run("scale sts web --replicas=14").run("scale sts web --replicas=0");
    let events = world.events("web");
    let of = |reason: &str| events.iter().filter(|event| event.starts_with(reason)).count();
    assert_eq!((of("SuccessfulCreate"), of("SuccessfulDelete")), (10, 10), "{events:#?}");
    world.event("web", "(combined from similar events): Create Pod web-", true);
    assert!(
        events.iter().any(|e| e.contains("combined") && e.contains("Create") && e.ends_with("(x5)")),
        "{events:#?}"
    );
    assert!(
        events.iter().any(|e| e.contains("combined") && e.contains("Delete") && e.ends_with("(x2)")),
        "{events:#?}"
    );
}

/// S100: a set made anew starts counting anew.
#[test]
fn s100_a_new_set_counts_anew() {
    let mut world = World::new();
    let set = || web().parallel().replicas(12);
    world.apply(set()).run("delete sts web").apply(set());
    let combined = world.events("web").iter().filter(|event| event.contains("combined")).count();
    assert_eq!(combined, 2);
}

/// S97, S51, row 96: a claim that is going keeps its Pod from being made, with one warning.
#[test]
fn s97_a_claim_that_is_going() {
    let mut world = World::new();
    world.apply(web().replicas(1).claim("data")).run("scale sts web --replicas=0");
    world.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: user}\nspec: {containers: [{name: c, image: x:1}], volumes: \
                 [{name: d, persistentVolumeClaim: {claimName: data-web-0}}]}",
    );
    world.run("delete pvc data-web-0 --wait=false").run("scale sts web --replicas=1").pods("user");
    world.event(
        "web",
        "FailedCreate: Create Pod web-0 in StatefulSet web failed error: pvc data-web-0 is being deleted",
        true,
    );
    world.event("web", "Create Claim data-web-0 for Pod", false);
    world.begin("delete pod user").wait(60.0).settle().pods("web-0").counts("web", "1/1/1/1/1");
}
