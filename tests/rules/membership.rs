//! Which Pods are a set's (rules S32–S38, rows 79–91, 106, 116, 139, 140), and what it puts right on them (S46–S57).

use sts_lab::resource::Kind;

use crate::world::{World, web};

fn owner(world: &World, pod: &str) -> String {
    let pod = world.get(Kind::Pod, pod);
    pod["metadata"]["ownerReferences"][0]["name"].as_str().unwrap_or("nobody").to_string()
}

/// S46, S47, S49, row 105: a Pod's name, labels, hostname, owner, and what the server adds to it.
#[test]
fn s46_identity() {
    let mut world = World::new();
    world.apply(web().start(5).replicas(1).spec("serviceName: svc"));
    let pod = world.get(Kind::Pod, "web-5");
    let meta = &pod["metadata"];
    assert_eq!(meta["generateName"], "web-");
    assert_eq!(meta["labels"]["statefulset.kubernetes.io/pod-name"], "web-5");
    assert_eq!(meta["labels"]["apps.kubernetes.io/pod-index"], "5");
    let revision = &world.get(Kind::StatefulSet, "web")["status"]["updateRevision"];
    assert_eq!(meta["labels"]["controller-revision-hash"], *revision);
    assert_eq!((&pod["spec"]["hostname"], &pod["spec"]["subdomain"]), (&"web-5".into(), &"svc".into()));
    let owner = &meta["ownerReferences"][0];
    assert_eq!((&owner["controller"], &owner["blockOwnerDeletion"]), (&true.into(), &true.into()));
    assert_eq!(pod["spec"]["enableServiceLinks"], true);
    assert_eq!(pod["spec"]["tolerations"].as_array().map(Vec::len), Some(2));
}

/// S33, S35, rows 106 and 140: a Pod whose label goes is released, its name stays taken, and nothing says so.
#[test]
fn s35_a_released_pod_holds_its_name() {
    let mut world = World::new();
    world.apply(web()).run("label pod web-1 app-").pods("web-0 web-1 web-2");
    assert_eq!(owner(&world, "web-1"), "nobody");
    // In an ordered set nothing after it goes on either.
    world.counts("web", "2/2/2/2/2").run("scale sts web --replicas=4").pods("web-0 web-1 web-2");
    world.event("web", "already exists", false).event("web", "Failed", false);
    world.run("label pod web-1 app=web");
    assert_eq!(owner(&world, "web-1"), "web");
    world.settle().counts("web", "4/4/4/4/4");
}

/// S36: an orphan beyond the range is adopted and deleted; one with a name of another pattern is left alone.
#[test]
fn s36_orphans() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: web}}}}\nspec: {{containers: [{{name: c, image: x:1}}]}}"
        )
    };
    let mut world = World::new();
    world.apply(web().replicas(1)).apply(pod("xx-5")).apply(pod("web-7")).pods("xx-5 web-0");
    assert_eq!(owner(&world, "xx-5"), "nobody");
    world.event("web", "Delete Pod web-7 in StatefulSet web successful", true);
}

/// S33: somebody else's Pod of a needed name blocks the set until it is gone.
#[test]
fn s33_a_foreign_pod_blocks() {
    let foreign = "apiVersion: v1\nkind: Pod\nmetadata: {name: web-0}\nspec: {containers: [{name: c, image: x:1}]}";
    let mut world = World::new();
    world.apply(foreign).apply(web()).pods("web-0").counts("web", "0/0/0/0/0");
    world.begin("delete pod web-0").wait(30.0).settle().pods("web-0 web-1 web-2");
}

/// S54, row 139: a missing pod-name label is put back, and the index with it; a missing index alone is not.
#[test]
fn s54_identity_is_put_right() {
    let (name, index) = ("statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index");
    let label = |world: &World, key: &str| world.get(Kind::Pod, "web-1")["metadata"]["labels"][key].clone();
    let mut world = World::new();
    world.apply(web()).run(&format!("label pod web-1 {index}-"));
    assert!(label(&world, index).is_null());
    world.event("web", "SuccessfulUpdate", false).run(&format!("label pod web-1 {name}-"));
    assert_eq!((label(&world, name), label(&world, index)), ("web-1".into(), "1".into()));
    world.event("web", "SuccessfulUpdate: Update Pod web-1 in StatefulSet web successful", true);
}

/// S56: in an ordered set only Pods that are well are put right.
#[test]
fn s56_not_while_a_lower_pod_is_unready() {
    let mut world = World::new();
    world.apply(web()).fault("pod web-0 --ready=false");
    world.run("label pod web-1 statefulset.kubernetes.io/pod-name-").event("web", "SuccessfulUpdate", false);
    world.fault("pod web-0 --ready=true").event("web", "SuccessfulUpdate", true);
}

/// S93, S38, S89, rows 116 and 89: orphans and their revisions are adopted by a new set of the name.
#[test]
fn s93_orphans_are_adopted_again() {
    let mut world = World::new();
    world.apply(web()).run("delete sts web --cascade=orphan").pods("web-0 web-1 web-2");
    assert_eq!(owner(&world, "web-0"), "nobody");
    let before = world.names(Kind::ControllerRevision);
    world.forget().apply(web()).course("");
    assert_eq!((owner(&world, "web-0"), world.names(Kind::ControllerRevision)), ("web".into(), before));
    world.counts("web", "3/3/3/3/3");
}

/// S93: with another template, adopted Pods are rolled.
#[test]
fn s93_adopted_pods_are_rolled() {
    let mut world = World::new();
    world.apply(web()).run("delete sts web --cascade=orphan").forget().apply(web().image("nginx:2"));
    world.course("-web-2 xweb-2 +web-2 web-2! -web-1 xweb-1 +web-1 web-1! -web-0 xweb-0 +web-0 web-0!");
    world.revisions(&[1, 2]).updated("web", true);
}

/// S94: Pods of an earlier set of the name are in the way until they are gone.
#[test]
fn s94_a_set_made_anew_waits_for_the_old_pods() {
    let mut world = World::new();
    world.apply(web()).forget().begin("delete sts web").submit(web()).settle();
    world.wait(5.0).settle().pods("web-0 web-1 web-2").counts("web", "3/3/3/3/3");
}
