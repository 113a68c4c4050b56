//! Namespaces that are going (rules G8, G9, P24).

use serde_json::Value;
use sts_lab::resource::Kind;

use crate::world::World;

const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: shop}\nspec:\n  serviceName: db\n  \
                   replicas: 2\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    \
                   spec: {containers: [{name: c, image: i}]}\n  volumeClaimTemplates: [{metadata: {name: d}, spec: \
                   {storageClassName: retain, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]\n";

fn shop() -> World {
    let mut world = World::new();
    world.run("create namespace shop").apply(SET);
    world
}

fn condition(world: &World, kind: &str) -> (String, String) {
    let namespace = world.cluster.api.store.get(Kind::Namespace, "", "shop").expect("it is there").to_json();
    let list: &Value = &namespace["status"]["conditions"];
    let found = list.as_array().into_iter().flatten().find(|c| c["type"] == kind).expect("the condition");
    let text = |key: &str| found[key].as_str().unwrap().to_string();
    (text("status"), text("message"))
}

/// G8, G9: everything goes, Pods first; volumes of the cluster follow their policy.
#[test]
fn g8_everything_in_it_goes() {
    let mut world = shop();
    world.says("delete namespace shop", "namespace \"shop\" deleted").settle();
    for kind in [Kind::StatefulSet, Kind::Pod, Kind::PersistentVolumeClaim, Kind::ControllerRevision, Kind::Event] {
        let left = world.cluster.api.store.in_namespace(kind, "shop").count();
        assert_eq!(left, 0, "{kind:?}");
    }
    let volumes = world.all(Kind::PersistentVolume);
    assert!(volumes.len() == 2 && volumes.iter().all(|volume| volume["status"]["phase"] == "Released"));
    world.says("get namespace shop", "Error from server (NotFound): namespaces \"shop\" not found");
    world.run("create namespace shop").apply(SET);
    assert_eq!(world.cluster.api.store.in_namespace(Kind::Pod, "shop").count(), 2, "the name is free again");
}

/// G8: nothing new is made in it, by nobody.
#[test]
fn g8_nothing_new_in_it() {
    let mut world = shop();
    world.begin("delete namespace shop --wait=false");
    let refused = "error: failed to create configmap: configmaps \"g\" is forbidden: unable to create new content in \
                   namespace shop because it is being terminated";
    world.says("create configmap g -n shop", refused);
    world.says("get namespace shop --no-headers -o custom-columns=:.status.phase", "Terminating");
    world.begin("delete pod db-0 -n shop").wait(2.0);
    assert_eq!(
        world.cluster.api.store.in_namespace(Kind::Pod, "shop").count(),
        1,
        "the set's controller is refused too"
    );
}

/// G8: a finalizer that nobody takes off keeps it; what is left and what holds it stands in its conditions.
#[test]
fn g8_finalizers_hold_it() {
    let mut world = shop();
    world
        .apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: g, namespace: shop, finalizers: [example.com/hold]}");
    world.begin("delete namespace shop --wait=false").wait(300.0);
    let remaining = "Some resources are remaining: configmaps. has 1 resource instances";
    assert_eq!(condition(&world, "NamespaceContentRemaining"), ("True".into(), remaining.into()));
    let held = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances";
    assert_eq!(condition(&world, "NamespaceFinalizersRemaining"), ("True".into(), held.into()));
    assert_eq!(condition(&world, "NamespaceDeletionContentFailure").0, "False");
    world.begin("patch configmap g -n shop --type=merge -p '{\"metadata\":{\"finalizers\":null}}'").wait(20.0);
    world.says("get namespace shop", "Error from server (NotFound): namespaces \"shop\" not found");
}

/// P24: a Pod that does not end keeps everything else waiting.
#[test]
fn p24_pods_come_first() {
    let mut world = shop();
    world.breaks("pod db-1 --hang=true").begin("delete namespace shop --wait=false").wait(120.0);
    assert_eq!(world.cluster.api.store.in_namespace(Kind::PersistentVolumeClaim, "shop").count(), 2);
    assert_eq!(condition(&world, "NamespaceContentRemaining").0, "False", "it is not counted yet");
    world.breaks("pod db-1 --hang=null").wait(60.0);
    assert!(world.cluster.api.store.get(Kind::Namespace, "", "shop").is_none());
}

/// The namespaces of the cluster itself stay.
#[test]
fn the_first_namespaces_stay() {
    let refused =
        "Error from server (Forbidden): namespaces \"default\" is forbidden: this namespace may not be deleted";
    World::new().says("delete namespace default", refused);
}
