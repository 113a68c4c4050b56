//! Claims: who makes them, from what, and what keeps them (rules S43.3, S48, S50–S53, V25, V29, V30, V32, V34, V35).

use sts_lab::resource::Kind;

use crate::world::{World, web};

/// S50: names, labels and spec of claims.
#[test]
fn s50_names_and_labels() {
    let mut world = World::new();
    world.apply(
        web().replicas(1).spec(
            "volumeClaimTemplates: [{metadata: {name: data, labels: {a: b, app: x}, annotations: {note: o}}, spec: {accessModes: \
             [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]",
        ),
    );
    let claim = world.get(Kind::PersistentVolumeClaim, "data-web-0");
    assert_eq!(claim["metadata"]["labels"].to_string(), r#"{"a":"b","app":"web"}"#);
    assert_eq!(claim["metadata"]["annotations"]["note"], "o");
    assert_eq!(claim["spec"]["storageClassName"], "standard", "V8");
    assert_eq!(claim["metadata"]["finalizers"][0], "kubernetes.io/pvc-protection");
    assert!(claim["metadata"]["ownerReferences"].is_null());
}

/// S48: claim volumes come first, and replace volumes of the template with their name.
#[test]
fn s48_volumes_of_a_pod() {
    let mut world = World::new();
    world.apply(web().replicas(1).claim("data").template("volumes: [{name: tmp}, {name: data}]"));
    let volumes = world.get(Kind::Pod, "web-0")["spec"]["volumes"].clone();
    let names: Vec<&str> = volumes.as_array().unwrap().iter().filter_map(|v| v["name"].as_str()).collect();
    assert_eq!(names, ["data", "tmp"]);
    assert_eq!(volumes[0]["persistentVolumeClaim"]["claimName"], "data-web-0");
}

/// S51: a claim that is there is used whatever it asks for.
#[test]
fn s51_a_claim_that_is_there_is_used() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data-web-0}\nspec: {accessModes: \
                 [ReadWriteOnce], resources: {requests: {storage: 7Gi}}}";
    let mut world = World::new();
    world.apply(claim).apply(web().replicas(1).claim("data")).pods("web-0").claims("data-web-0");
    let size = &world.get(Kind::PersistentVolumeClaim, "data-web-0")["spec"]["resources"]["requests"]["storage"];
    assert_eq!(size, "7Gi");
    world.event("web", "Create Claim", false);
}

/// S53: nothing that happens to Pods takes claims away.
#[test]
fn s53_claims_stay() {
    let mut world = World::new();
    world.apply(web().claim("data")).run("scale sts web --replicas=1").run("delete pod web-0 --wait=false");
    world.run("set image sts/web c=nginx:2").claims("data-web-0 data-web-1 data-web-2");
    world.run("delete sts web").claims("data-web-0 data-web-1 data-web-2");
}

/// Row 18, S24, S43.3: a claim that is gone comes back at the next sync of a Pod that is Pending.
#[test]
fn s43_a_pending_pod_gets_its_claim_back() {
    let mut world = World::new();
    world.apply(web().replicas(1).claim_of("data", "manual")).run("delete pvc data-web-0 --wait=false");
    world.run("annotate sts web look=again").claims("data-web-0");
}

/// V32, V35, S51, row 96: a claim in use is held until its Pod goes; the next Pod gets a new one.
#[test]
fn v35_a_claim_deleted_under_a_pod() {
    let uid = |world: &World| world.get(Kind::PersistentVolumeClaim, "data-web-0")["metadata"]["uid"].clone();
    let mut world = World::new();
    world.apply(web().replicas(1).claim("data"));
    let before = uid(&world);
    world.run("delete pvc data-web-0 --wait=false").claims("data-web-0").pods("web-0");
    assert!(!world.get(Kind::PersistentVolumeClaim, "data-web-0")["metadata"]["deletionTimestamp"].is_null());
    world.run("delete pod web-0 --wait=false").settle().counts("web", "1/1/1/1/1");
    assert_ne!(uid(&world), before, "V25");
}

/// V34, V29, V30: with the claim goes the volume, or it stays Released, as its class says.
#[test]
fn v34_volumes_after_their_claims() {
    let mut world = World::new();
    world.apply(web().replicas(1).claim("data")).run("delete sts web").run("delete pvc data-web-0");
    assert_eq!(world.names(Kind::PersistentVolume), "");
    let mut world = World::new();
    world.apply(web().replicas(1).claim_of("data", "retain")).run("delete sts web").run("delete pvc data-web-0");
    assert_eq!(world.all(Kind::PersistentVolume)[0]["status"]["phase"], "Released");
    world.apply(web().replicas(1).claim_of("data", "retain"));
    let phases: Vec<String> =
        world.all(Kind::PersistentVolume).iter().map(|v| v["status"]["phase"].to_string()).collect();
    assert_eq!(phases.len(), 2, "a volume that is Released is never used again");
}

/// S96, S97: the Events of a claim come before those of its Pod.
#[test]
fn s96_events_of_claims() {
    let mut world = World::new();
    world.apply(web().replicas(1).claim("data"));
    let expected = [
        "SuccessfulCreate: Create Claim data-web-0 Pod web-0 in StatefulSet web success",
        "SuccessfulCreate: Create Pod web-0 in StatefulSet web successful",
    ];
    assert_eq!(world.events("web"), expected);
}
