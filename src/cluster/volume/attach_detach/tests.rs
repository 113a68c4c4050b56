//! Attaching and detaching in a cluster with EBS volumes, two nodes to a zone: rules V22, V36 to V40, V45, V54.

use serde_json::{Value, json};

use crate::cluster::Fault;
use crate::cluster::testing::World;
use crate::resource::Kind;

const POD: Kind = Kind::Pod;

/// node-0 and node-3 are in one zone; claim `data` is bound to a volume of it, which Pod `a` on node-0 uses.
fn world() -> World {
    let mut world = World::of_profile("aws", 6);
    world.claim("data", json!({}));
    pod(&mut world, "a", "node-0");
    world.run(30);
    world
}

fn pod(world: &mut World, name: &str, node: &str) {
    let spec = json!({"nodeSelector": {"kubernetes.io/hostname": node},
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
    world.pod(name, &json!({}), spec);
}

fn volume(world: &World) -> String {
    world.get(Kind::PersistentVolumeClaim, "data")["spec"]["volumeName"].as_str().expect("it is bound").to_string()
}

fn ready(world: &World, pod: &str) -> bool {
    world.object(POD, pod).and_then(|o| o.pod()).is_some_and(|pod| pod.status.is_ready())
}

fn attached(world: &World, node: &str) -> usize {
    world.get(Kind::Node, node)["status"]["volumesAttached"].as_array().map_or(0, Vec::len)
}

fn kill(world: &mut World, name: &str) {
    use crate::apiserver::{Options, Request};
    let options = Options { grace_period_seconds: Some(0), ..Options::default() };
    world.cluster.request(&Request::delete(POD, "default", name).with(options), 0).expect("it is deleted");
}

#[test]
fn v39_a_pod_starts_once_its_volume_is_attached() {
    let world = world();
    let volume = volume(&world);
    let said = world.said("Pod/a");
    assert_eq!(said[1], format!("SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \"{volume}\" "));
    assert!(ready(&world, "a"));
    let node = world.get(Kind::Node, "node-0");
    let name = format!("kubernetes.io/csi/ebs.csi.aws.com^{}", handle(&world));
    assert_eq!(node["status"]["volumesAttached"], json!([{"name": name, "devicePath": ""}]));
    assert_eq!(node["status"]["volumesInUse"], json!([name]));
}

fn handle(world: &World) -> String {
    let volume = world.get(Kind::PersistentVolume, &volume(world));
    volume["spec"]["csi"]["volumeHandle"].as_str().expect("a volume of a driver").to_string()
}

#[test]
fn what_is_asked_of_drivers_can_be_seen() {
    let mut world = world();
    let attachments = world.all(Kind::VolumeAttachment);
    assert_eq!(attachments.len(), 1);
    assert_eq!(attachments[0]["spec"]["source"]["persistentVolumeName"], *volume(&world));
    assert_eq!(attachments[0]["status"]["attached"], true);
    let driver = world.get(Kind::CSIDriver, "ebs.csi.aws.com");
    assert_eq!(
        (&driver["spec"]["attachRequired"], &driver["spec"]["fsGroupPolicy"]),
        (&json!(true), &json!("ReadWriteOnceWithFSType"))
    );
    let node = world.get(Kind::CSINode, "node-0");
    assert_eq!(node["spec"]["drivers"][0]["allocatable"], json!({"count": 25}));
    world.delete(POD, "a");
    world.run(3);
    assert!(world.all(Kind::VolumeAttachment)[0]["metadata"]["deletionTimestamp"].is_string());
    world.run(10);
    assert_eq!(world.all(Kind::VolumeAttachment), Vec::<Value>::new());
    world.create(Kind::Node, json!({"metadata": {"name": "late", "labels": {"topology.kubernetes.io/zone": "z"}}}));
    world.run(5);
    assert_eq!(world.get(Kind::CSINode, "late")["spec"]["drivers"][1]["name"], "efs.csi.aws.com");
    world.delete(Kind::Node, "late");
    world.run(5);
    assert_eq!(world.get(Kind::CSINode, "late"), Value::Null);
}

#[test]
fn v36_pods_on_one_node_share_a_volume_of_one_node() {
    let mut world = world();
    pod(&mut world, "b", "node-0");
    world.run(5);
    assert!(ready(&world, "b"));
    assert_eq!(world.count("Pod/b", "SuccessfulAttachVolume"), 0);
}

#[test]
fn v38_a_pod_on_another_node_waits_until_the_volume_is_free() {
    let mut world = world();
    pod(&mut world, "b", "node-3");
    world.run(130);
    let volume = volume(&world);
    let multi =
        format!("FailedAttachVolume Multi-Attach error for volume \"{volume}\" Volume is already used by pod(s) a");
    let mount = "FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed \
                 to process volumes=[]: context deadline exceeded";
    assert_eq!(world.said("Pod/b")[1..], [multi, mount.to_string()]);
    assert!(!ready(&world, "b"));
    assert_eq!(world.count("Pod/b", "FailedAttachVolume"), 1);
    world.delete(POD, "a");
    world.run(30);
    assert!(ready(&world, "b"));
    assert_eq!((attached(&world, "node-0"), attached(&world, "node-3")), (0, 1));
}

#[test]
fn v40_a_dead_node_keeps_a_volume_for_six_minutes() {
    let mut world = world();
    world.fault(&Fault::Node { name: "node-0".into(), up: false });
    world.run(70);
    kill(&mut world, "a");
    pod(&mut world, "b", "node-3");
    world.run(5 * 60);
    let said = world.said("Pod/b");
    let alone = "Volume is already exclusively attached to one node and can't be attached to another";
    assert!(said[1].ends_with(alone), "{said:?}");
    assert!(!ready(&world, "b"));
    world.run(90);
    assert!(ready(&world, "b"));
    assert_eq!(attached(&world, "node-0"), 0);
}

#[test]
fn v40_a_node_out_of_service_gives_its_volumes_at_once() {
    let mut world = world();
    world.fault(&Fault::Node { name: "node-0".into(), up: false });
    world.run(70);
    kill(&mut world, "a");
    pod(&mut world, "b", "node-3");
    world.run(10);
    assert!(!ready(&world, "b"));
    let taint = json!({"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"});
    world.patch(Kind::Node, "node-0", json!({"spec": {"taints": [taint]}}));
    world.run(20);
    assert!(ready(&world, "b"));
}

#[test]
fn a_node_that_comes_back_lets_go_what_is_not_its_any_more() {
    let mut world = world();
    world.fault(&Fault::Node { name: "node-0".into(), up: false });
    world.run(70);
    kill(&mut world, "a");
    pod(&mut world, "b", "node-3");
    world.run(10);
    world.fault(&Fault::Node { name: "node-0".into(), up: true });
    world.run(30);
    assert!(ready(&world, "b"));
    assert_eq!(world.get(Kind::Node, "node-0")["status"].get("volumesInUse"), None);
}

#[test]
fn v37_volumes_of_many_nodes_are_not_attached() {
    let mut world = World::of_profile("aws", 6);
    world.claim("data", json!({"storageClassName": "efs-sc", "accessModes": ["ReadWriteMany"]}));
    pod(&mut world, "a", "node-0");
    pod(&mut world, "b", "node-4");
    world.run(10);
    assert!(ready(&world, "a") && ready(&world, "b"));
    assert_eq!(world.count("Pod/a", "SuccessfulAttachVolume"), 0);
    assert_eq!(world.get(Kind::PersistentVolume, &volume(&world))["spec"].get("nodeAffinity"), None);
}

#[test]
fn a_driver_that_does_not_run_makes_attaches_and_deletes_nothing() {
    let mut world = world();
    let down = Fault::Driver { name: "ebs.csi.aws.com".into(), up: false };
    world.fault(&down);
    world.claim("late", json!({"storageClassName": "gp3-immediate"}));
    world.delete(POD, "a");
    world.run(10);
    pod(&mut world, "b", "node-3");
    world.run(240);
    let volume = volume(&world);
    // It could not be detached either, so it is not tried to attach it elsewhere.
    assert_eq!(attached(&world, "node-0"), 1);
    assert!(world.said("Pod/b")[1].contains("Multi-Attach error"));
    assert_eq!(world.get(Kind::PersistentVolumeClaim, "late")["status"]["phase"], "Pending");
    assert!(world.count("PersistentVolumeClaim/late", "ExternalProvisioning") > 5);
    world.fault(&Fault::Driver { name: "ebs.csi.aws.com".into(), up: true });
    world.run(200);
    assert!(ready(&world, "b"));
    assert_eq!(world.get(Kind::PersistentVolumeClaim, "late")["status"]["phase"], "Bound");
    world.fault(&down);
    world.delete(POD, "b");
    world.delete(Kind::PersistentVolumeClaim, "data");
    world.run(60);
    assert_eq!(world.get(Kind::PersistentVolume, &volume)["status"]["phase"], "Released");
    world.fault(&Fault::Clear);
    world.run(300);
    assert_eq!(world.get(Kind::PersistentVolume, &volume), Value::Null);
}

#[test]
fn an_attacher_that_does_not_run_is_waited_for() {
    let mut world = World::of_profile("aws", 6);
    world.claim("data", json!({"storageClassName": "gp3-immediate"}));
    world.run(10);
    let zone =
        world.get(Kind::PersistentVolume, &volume(&world))["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]
            ["matchExpressions"][0]["values"][0]
            .clone();
    world.fault(&Fault::Driver { name: "ebs.csi.aws.com".into(), up: false });
    let node =
        world.all(Kind::Node).into_iter().find(|n| n["metadata"]["labels"]["topology.kubernetes.io/zone"] == zone);
    pod(&mut world, "a", node.expect("a node there")["metadata"]["name"].as_str().expect("a name"));
    world.run(125);
    let said = world.said("Pod/a");
    let expect = format!(
        "FailedAttachVolume AttachVolume.Attach failed for volume \"{}\" : timed out waiting for external-attacher of \
         ebs.csi.aws.com CSI driver to attach volume {}",
        volume(&world),
        handle(&world)
    );
    assert!(said.contains(&expect), "{said:#?}");
    world.fault(&Fault::Driver { name: "ebs.csi.aws.com".into(), up: true });
    world.run(5);
    assert!(ready(&world, "a"));
}

#[test]
fn v26_v30_what_a_driver_made_it_deletes_once_it_is_detached() {
    let mut world = world();
    let volume = volume(&world);
    let finalizers = world.get(Kind::PersistentVolume, &volume)["metadata"]["finalizers"].clone();
    assert_eq!(
        finalizers,
        json!(["kubernetes.io/pv-protection", "external-provisioner.volume.kubernetes.io/finalizer"])
    );
    world.delete(POD, "a");
    world.delete(Kind::PersistentVolumeClaim, "data");
    world.run(2);
    assert_eq!(world.get(Kind::PersistentVolume, &volume)["status"]["phase"], "Released");
    let said = world.said(&format!("PersistentVolume/{volume}"));
    assert_eq!(said, [format!("VolumeFailedDelete persistentvolume {volume} is still attached to node node-0")]);
    world.run(30);
    assert_eq!(world.get(Kind::PersistentVolume, &volume), Value::Null);
}

#[test]
fn v22_modes_that_a_driver_has_not_are_refused_when_the_volume_is_made() {
    let mut world = World::of_profile("aws", 3);
    world.claim("data", json!({"accessModes": ["ReadWriteMany"], "storageClassName": "gp3-immediate"}));
    world.run(10);
    let said = world.said("PersistentVolumeClaim/data");
    assert_eq!(
        said.last().expect("something was said"),
        "ProvisioningFailed failed to provision volume with StorageClass \"gp3-immediate\": rpc error: code = \
         InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce \
         ReadWriteOncePod] supported."
    );
}

#[test]
fn v45_claims_of_a_set_take_turns_in_the_zones() {
    let mut world = World::of_profile("aws", 3);
    for ordinal in 0..3 {
        world.claim(&format!("data-db-{ordinal}"), json!({"storageClassName": "gp3-immediate"}));
    }
    world.run(10);
    let mut zones: Vec<String> =
        world.all(Kind::PersistentVolume).iter().map(|v| v["spec"]["nodeAffinity"].to_string()).collect();
    zones.sort();
    zones.dedup();
    assert_eq!(zones.len(), 3);
}

#[test]
fn v51_a_driver_grows_its_volumes() {
    let mut world = world();
    world.patch(Kind::PersistentVolumeClaim, "data", json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}}));
    world.run(20);
    let claim = world.get(Kind::PersistentVolumeClaim, "data");
    assert_eq!(claim["status"]["capacity"]["storage"], "2Gi");
    let said = world.said("PersistentVolumeClaim/data");
    let expect = format!("Resizing External resizer is resizing volume {}", volume(&world));
    assert!(said.contains(&expect), "{said:?}");
    assert_eq!(world.count("Pod/a", "FileSystemResizeSuccessful"), 1);
}
