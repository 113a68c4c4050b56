//! What kubectl says about sets (rules S110–S140).

use sts_lab::resource::Kind;

use crate::world::{World, web};

/// S110 to S112: tables.
#[test]
fn s110_tables() {
    let mut world = World::new();
    world.apply(web().replicas(2));
    world.says("get sts", "NAME   READY   AGE\nweb    2/2     2s");
    world
        .says("get sts -o wide", "NAME   READY   AGE   CONTAINERS   IMAGES\nweb    2/2     2s    c            nginx:1");
    world.says("get sts,pods -o name", "statefulset.apps/web\npod/web-0\npod/web-1");
    world.says(
        "get pods -L app --no-headers",
        "web-0   1/1   Running   0     2s    web\nweb-1   1/1   Running   0     2s    web",
    );
    world.says("get pods -l app=x", "No resources found in default namespace.");
}

/// S115: revisions and who controls them.
#[test]
fn s115_revisions() {
    let mut world = World::new();
    world.apply(web().image("nginx").template("containers: [{name: nginx, image: nginx}]"));
    let table =
        "NAME            CONTROLLER             REVISION   AGE\nweb-6455bfb9c   statefulset.apps/web   1          2s";
    world.says("get controllerrevisions", table);
    world.run("delete sts web --cascade=orphan");
    let answer = world.ask("get controllerrevisions");
    assert!(answer.stdout.contains("web-6455bfb9c   <none>       1"), "{}", answer.stdout);
}

/// S118 to S123: the words for a Pod's state.
#[test]
fn s118_states_of_pods() {
    let mut world = World::new();
    world.breaks("image nginx:bad --pull=false").apply(web().replicas(1).image("nginx:bad"));
    let state = |world: &mut World| {
        let answer = world.ask("get pod web-0 --no-headers");
        answer.stdout.split_whitespace().skip(1).take(3).map(str::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(state(&mut world), "0/1 ImagePullBackOff 0");
    world.fault("image nginx:bad --pull=null");
    assert_eq!(state(&mut world), "1/1 Running 0");
    world.fault("pod web-0 --crash=true");
    assert_eq!(state(&mut world), "0/1 CrashLoopBackOff 1");
    world.fault("pod web-0 --crash=null").fault("pod web-0 --hang=true").run("delete pod web-0 --wait=false");
    assert_eq!(state(&mut world), "1/1 Terminating 1");
}

/// S125 to S127: what changing commands say.
#[test]
fn s125_messages() {
    let mut world = World::new();
    world.apply(web());
    for (words, said) in [
        ("scale sts web --replicas=3", "statefulset.apps/web scaled"),
        ("set image sts/web c=nginx:2", "statefulset.apps/web image updated"),
        ("set image sts/web c=nginx:2", ""),
        ("set image sts/web zz=nginx:2", "error: unable to find container named \"zz\""),
        ("label sts web a=b", "statefulset.apps/web labeled"),
        ("label sts web a=b", "statefulset.apps/web not labeled"),
        ("label sts web a=c", "error: 'a' already has a value (b), and --overwrite is false"),
        ("label sts web a-", "statefulset.apps/web unlabeled"),
        ("annotate sts web a=b", "statefulset.apps/web annotated"),
        ("annotate sts web a=b", "statefulset.apps/web annotated"),
        ("scale sts web --replicas=1 --current-replicas=9", "error: Expected replicas to be 9, was 3"),
        ("scale sts nope --replicas=1", "Error from server (NotFound): statefulsets.apps \"nope\" not found"),
        ("rollout pause sts/web", "error: statefulsets.apps \"web\" pausing is not supported"),
        ("rollout restart sts/web", "statefulset.apps/web restarted"),
        ("delete sts web --cascade=orphan", "statefulset.apps \"web\" deleted from default namespace"),
        ("delete pod web-1 --wait=false", "pod \"web-1\" deleted from default namespace"),
    ] {
        world.says(words, said);
    }
}

/// S125: a patch says whether it changed anything. A field that the server drops, and a `scale` to the same size before
/// it, count as a change of who manages what.
#[test]
fn s125_patches_without_change() {
    let (changed, same) = ("statefulset.apps/web patched", "statefulset.apps/web patched (no change)");
    let nothing = r#"patch sts web --type=merge -p '{"spec":{"minReadySeconds":0}}'"#;
    let dropped =
        r#"patch sts web --type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"maxUnavailable":2}}}}'"#;
    let mut world = World::new();
    world.apply(web()).says(nothing, same).says(dropped, changed).says(dropped, same).says(nothing, same);
    // The size was set by the one who made the set: its entry is split, and put together by the next write.
    world.run("scale sts web --replicas=3").says(nothing, changed).says(nothing, same);
    world.run("scale sts web --replicas=3").says(nothing, same);
    // After a real change the size is the scaler's alone.
    world.run("scale sts web --replicas=2").run("scale sts web --replicas=2").says(nothing, same);
    // A write of the controller puts a split entry together as well.
    let mut world = World::new();
    world.apply(web()).run("scale sts web --replicas=3").fault("pod web-0 --ready=false").says(nothing, same);
}

/// S131: history and undo.
#[test]
fn s131_history_and_undo() {
    let mut world = World::new();
    world.apply(web().replicas(1));
    let undo = world.ask("rollout undo sts/web");
    assert!(undo.stderr.ends_with("error: no last revision to roll back to\n"), "{}", undo.stderr);
    world.run("annotate sts web kubernetes.io/change-cause=why").run("set image sts/web c=nginx:2");
    world.says(
        "rollout history sts/web",
        "statefulset.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         why",
    );
    world.says("rollout history sts/web --revision=7", "error: unable to find the specified revision");
    let undo = world.ask("rollout undo sts/web --to-revision=9");
    assert!(undo.stderr.ends_with("error: unable to find specified revision 9 in history\n"), "{}", undo.stderr);
    let undo = world.ask("rollout undo sts/web --to-revision=2");
    let skipped = "statefulset.apps/web skipped rollback (current template already matches revision 2)\n";
    assert_eq!(undo.stdout, skipped);
    for images in ["1", "2", "1"] {
        world.run("rollout undo sts/web").images(images);
    }
}

/// S132: what `rollout status` says.
#[test]
fn s132_rollout_status() {
    let status = "rollout status sts/web --watch=false";
    let mut world = World::new();
    world.apply(web()).says(status, "partitioned roll out complete: 3 new pods have been updated...");
    world.begin("scale sts web --replicas=4").says(status, "Waiting for statefulset spec update to be observed...");
    world.settle().fault("pod web-1 --ready=false").says(status, "Waiting for 1 pods to be ready...");
    world
        .fault("pod web-1 --ready=true")
        .patch("web", r#"{"spec":{"updateStrategy":{"rollingUpdate":{"partition":3}}}}"#);
    world
        .run("set image sts/web c=nginx:2")
        .says(status, "partitioned roll out complete: 1 new pods have been updated...");
    world.patch("web", r#"{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}"#);
    world.says(status, "error: rollout status is only available for RollingUpdate strategy type");
    let mut world = World::new();
    world.apply(web().replicas(1).spec("updateStrategy: {type: RollingUpdate}"));
    let revision = world.names(Kind::ControllerRevision);
    world.says(status, &format!("statefulset rolling update complete 1 pods at revision {revision}..."));
}

/// S133: what is not there, and what is there already.
#[test]
fn s133_not_found_and_exists() {
    let mut world = World::new();
    world.apply(web().replicas(0));
    world.says("get sts nope", "Error from server (NotFound): statefulsets.apps \"nope\" not found");
    world.says("get foo", "error: the server doesn't have a resource type \"foo\"");
    let exists = world.ask_with("create -f -", &web().to_string());
    let said =
        "Error from server (AlreadyExists): error when creating \"STDIN\": statefulsets.apps \"web\" already exists\n";
    assert_eq!(exists.stderr, said);
}

/// S135: describe.
#[test]
fn s135_describe() {
    let mut world = World::new();
    world.apply(web().replicas(2).claim("data")).fault("pod web-1 --ready=false");
    let answer = world.ask("describe sts web");
    for line in [
        "Replicas:           2 desired | 2 total",
        "Update Strategy:    RollingUpdate",
        "  Partition:        0",
        "Pods Status:        2 Running / 0 Waiting / 0 Succeeded / 0 Failed",
        "  Access Modes:  [ReadWriteOnce]",
    ] {
        assert!(answer.stdout.lines().any(|found| found == line), "{line}\n{}", answer.stdout);
    }
}
