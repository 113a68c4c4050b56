//! Deletion of sets, and garbage collection (rules S29, S91–S95, G1–G6, rows 78, 112, 113, 130).

use sts_lab::resource::Kind;

use crate::world::{World, web};

/// S91, G2: in the background the set goes first, then all that is its, together; claims stay.
#[test]
fn s91_background() {
    let mut world = World::new();
    world.apply(web().claim("data")).forget().run("delete sts web");
    let news = world.news(&["StatefulSet", "Pod"]);
    assert_eq!(news[0], "web deleted");
    let going: Vec<usize> = (0..news.len()).filter(|i| news[*i].ends_with("terminating")).collect();
    assert_eq!(going, [1, 2, 3], "{news:?}");
    assert_eq!(world.names(Kind::ControllerRevision), "");
    world.claims("data-web-0 data-web-1 data-web-2");
}

/// S92, S29, G3, row 130: in the foreground the set goes last, and its status follows its Pods.
#[test]
fn s92_foreground() {
    let mut world = World::new();
    world.apply(web()).breaks("pod web-1 --hang=true").forget().run("delete sts web --cascade=foreground --wait=false");
    world.pods("web-1").counts("web", "1/1/0/0/1");
    assert_eq!(world.get(Kind::StatefulSet, "web")["metadata"]["finalizers"][0], "foregroundDeletion");
    world.fault("pod web-1 --hang=null").pods("");
    assert!(world.get(Kind::StatefulSet, "web").is_null());
    assert_eq!(world.news(&["StatefulSet"]).last().map(String::as_str), Some("web deleted"));
}

/// S29, row 78: a set that is going makes no Pods.
#[test]
fn s29_a_set_that_is_going_makes_no_pods() {
    let mut world = World::new();
    world.apply(web()).breaks("pod web-2 --hang=true").run("delete sts web --cascade=foreground --wait=false");
    world.forget().run("scale sts web --replicas=5").pods("web-2").course("");
}

/// S93, G4: orphans keep running, and nobody makes them anew.
#[test]
fn s93_orphan() {
    let mut world = World::new();
    world.apply(web()).forget().run("delete sts web --cascade=orphan").course("").run("delete pod web-1 --wait=false");
    world.pods("web-0 web-2");
    assert!(world.all(Kind::Pod).iter().all(|pod| pod["metadata"]["ownerReferences"].is_null()));
    assert_eq!(world.all(Kind::ControllerRevision).len(), 1);
}

/// Row 112: deleting by label takes all.
#[test]
fn s91_by_label() {
    let mut world = World::new();
    world.apply(web()).begin("label sts web a=b").run("delete sts -l a=b").pods("");
}

/// P25: a Pod that no kubelet has goes at once; one that has ended too.
#[test]
fn p25_pods_that_nobody_runs() {
    let mut world = World::new();
    world.apply(web().replicas(1).claim_of("data", "manual")).forget().run("delete pod web-0");
    assert_eq!(world.news(&["Pod"])[0], "web-0 deleted");
}

/// A Pod that ends while it is on its way out still goes.
#[test]
fn s43_a_pod_that_ends_while_it_goes() {
    let mut world = World::new();
    world.apply(web().replicas(1)).forget().begin("delete pod web-0 --wait=false").fault("pod web-0 --phase=Failed");
    world.course("-web-0 xweb-0 +web-0 web-0!").counts("web", "1/1/1/1/1");
}
