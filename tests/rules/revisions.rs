//! Revisions: when one is made, its name and number, how many are kept (rules S70–S77, rows 21–24, 44–49).

use sts_lab::resource::Kind;

use crate::world::{World, web};

/// Rows 21 and 22, S70: one revision for each template.
#[test]
fn s70_one_revision_for_each_template() {
    let mut world = World::new();
    world.apply(web()).revisions(&[1]).run("set image sts/web c=nginx:2").revisions(&[1, 2]).updated("web", true);
}

/// S72, S15a: only the template counts.
#[test]
fn s72_only_the_template_counts() {
    let mut world = World::new();
    world.apply(web()).run("scale sts web --replicas=2").run("label sts web a=b").run("annotate sts web a=b");
    world.patch(
        "web",
        r#"{"spec":{"minReadySeconds":1,"revisionHistoryLimit":2,"updateStrategy":{"rollingUpdate":{"partition":1}}}}"#,
    );
    world.revisions(&[1]);
}

/// Rows 24 and 48, S70.2: going back gives the old revision a new number; its name stays.
#[test]
fn s70_going_back() {
    let mut world = World::new();
    world.apply(web());
    let first = world.get(Kind::StatefulSet, "web")["status"]["updateRevision"].clone();
    world.run("set image sts/web c=nginx:2").forget().run("set image sts/web c=nginx:1").revisions(&[2, 3]);
    world.course("-web-2 xweb-2 +web-2 web-2! -web-1 xweb-1 +web-1 web-1! -web-0 xweb-0 +web-0 web-0!");
    assert_eq!(world.get(Kind::StatefulSet, "web")["status"]["updateRevision"], first);
}

/// S71: what a revision carries.
#[test]
fn s71_labels_and_annotations() {
    let mut world = World::new();
    world
        .apply(web().replicas(0))
        .begin("annotate sts web kubernetes.io/change-cause=why")
        .run("set image sts/web c=nginx:2");
    let revision = world.all(Kind::ControllerRevision).into_iter().find(|r| r["revision"] == 2).unwrap();
    let meta = &revision["metadata"];
    let hash = meta["labels"]["controller.kubernetes.io/hash"].as_str().unwrap();
    assert_eq!(meta["name"], format!("web-{hash}"));
    assert_eq!(
        (&meta["labels"]["app"], &meta["annotations"]["kubernetes.io/change-cause"]),
        (&"web".into(), &"why".into())
    );
    assert_eq!(meta["ownerReferences"][0]["controller"], true);
}

/// S72, S73: the worked example of a real cluster.
#[test]
fn s73_names() {
    let mut world = World::new();
    world.apply(web().image("nginx").template("containers: [{name: nginx, image: nginx}]"));
    assert_eq!(world.names(Kind::ControllerRevision), "web-6455bfb9c");
}

/// Row 128, S74: a name that is taken by other data.
#[test]
fn s74_a_name_that_is_taken() {
    let mut world = World::new();
    world.apply(
        "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: col-786dcdb6ff}\nrevision: 1\ndata: {a: b}",
    );
    let container = "containers: [{name: c, image: \"nginx:1\"}]";
    world.apply(web().name("col").template(container));
    assert_eq!(world.names(Kind::ControllerRevision), "col-786dcdb6fd col-786dcdb6ff");
    assert_eq!(world.get(Kind::StatefulSet, "col")["status"]["collisionCount"], 1);
    let label =
        &world.get(Kind::ControllerRevision, "col-786dcdb6fd")["metadata"]["labels"]["controller.kubernetes.io/hash"];
    assert_eq!(label, "786dcdb6ff");
}

/// Rows 44 to 47, S76: how many revisions are kept, and which.
#[test]
fn s76_the_limit() {
    for (limit, kept) in [(0, vec![7]), (2, vec![5, 6, 7]), (-1, vec![1, 2, 3, 4, 5, 6, 7])] {
        let mut world = World::new();
        world.apply(web().replicas(1).history(limit));
        for image in 2..8 {
            world.run(&format!("set image sts/web c=nginx:{image}"));
        }
        world.revisions(&kept);
    }
}

/// S76: revisions that Pods have are kept, however many.
#[test]
fn s76_what_pods_have_is_kept() {
    let mut world = World::new();
    world.apply(web().on_delete().history(0));
    world.run("set image sts/web c=nginx:2").run("delete pod web-2 --wait=false");
    world.run("set image sts/web c=nginx:3").run("delete pod web-1 --wait=false");
    world.revisions(&[1, 2, 3]).run("set image sts/web c=nginx:4").revisions(&[1, 2, 3, 4]);
    world.run("delete pod web-2 --wait=false").revisions(&[1, 3, 4]);
}

/// S77: going back changes the template and nothing else.
#[test]
fn s77_undo_is_of_the_template() {
    let mut world = World::new();
    world.apply(web()).run("set image sts/web c=nginx:2").run("scale sts web --replicas=1").run("rollout undo sts/web");
    world.pods("web-0").images("1");
}
