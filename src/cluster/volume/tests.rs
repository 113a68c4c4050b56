//! Volumes in a small cluster: rules V9 to V35 and V51.

use serde_json::{Value, json};

use crate::cluster::Fault;
use crate::cluster::testing::World;
use crate::resource::Kind;

const CLAIM: Kind = Kind::PersistentVolumeClaim;
const VOLUME: Kind = Kind::PersistentVolume;

fn phase(world: &World, kind: Kind, name: &str) -> String {
    world.get(kind, name)["status"]["phase"].as_str().unwrap_or("gone").to_string()
}

/// The volume a claim has, empty if none.
fn volume_of(world: &World, claim: &str) -> String {
    world.get(CLAIM, claim)["spec"]["volumeName"].as_str().unwrap_or_default().to_string()
}

fn uses(claim: &str) -> Value {
    json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]})
}

#[test]
fn v23_v25_v26_a_claim_of_the_default_class_is_provisioned() {
    let mut world = World::new();
    world.claim("data", json!({}));
    world.settle();
    let claim = world.get(CLAIM, "data");
    let provisioner = "kubernetes.io/host-path";
    assert_eq!(
        claim["metadata"]["annotations"],
        json!({"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes",
            "volume.beta.kubernetes.io/storage-provisioner": provisioner,
            "volume.kubernetes.io/storage-provisioner": provisioner})
    );
    assert_eq!(
        claim["status"],
        json!({"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}})
    );
    let name = format!("pvc-{}", claim["metadata"]["uid"].as_str().expect("a claim has a uid"));
    assert_eq!(claim["spec"]["volumeName"], *name);
    let volume = world.get(VOLUME, &name);
    assert_eq!(volume["metadata"]["finalizers"], json!(["kubernetes.io/pv-controller", "kubernetes.io/pv-protection"]));
    assert_eq!(volume["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"], provisioner);
    assert_eq!(volume["spec"]["claimRef"]["uid"], claim["metadata"]["uid"]);
    assert_eq!(volume["spec"]["persistentVolumeReclaimPolicy"], "Delete");
    assert_eq!(volume["status"]["phase"], "Bound");
    let message = format!("ProvisioningSucceeded Successfully provisioned volume {name} using {provisioner}");
    assert_eq!(world.said("PersistentVolumeClaim/data"), [message]);
}

#[test]
fn claims_of_one_class_and_size_share_the_spec_of_their_volumes() {
    let mut world = World::new();
    world.claim("a", json!({}));
    world.claim("b", json!({}));
    world.settle();
    let spec = |claim: &str| {
        let volume = world.object(VOLUME, &volume_of(&world, claim)).and_then(|o| o.volume());
        std::sync::Arc::clone(&volume.expect("it is bound").spec)
    };
    assert!(std::sync::Arc::ptr_eq(&spec("a"), &spec("b")));
}

#[test]
fn v20_v22_v24_claims_that_cannot_be_provisioned_say_why_and_wait() {
    let check = |class: Value, expect: &str| {
        let mut world = World::new();
        let scheme = |name: &str, provisioner: &str| json!({"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": "Immediate"});
        world.create(Kind::StorageClass, scheme("ebs", "ebs.csi.aws.com"));
        world.create(Kind::StorageClass, scheme("none", "kubernetes.io/no-provisioner"));
        world.claim("data", json!({"storageClassName": class}));
        world.settle();
        assert_eq!(world.said("PersistentVolumeClaim/data"), [expect]);
        assert_eq!(phase(&world, CLAIM, "data"), "Pending");
    };
    check(json!("gp33"), "ProvisioningFailed storageclass.storage.k8s.io \"gp33\" not found");
    check(json!("none"), "ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner");
    check(json!(""), "FailedBinding no persistent volumes available for this claim and no storage class is set");
    check(
        json!("ebs"),
        "ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or \
         manually by the system administrator. If volume creation is delayed, please verify that the provisioner is \
         running and correctly registered.",
    );
}

#[test]
fn v11_what_waits_is_tried_again_every_fifteen_seconds() {
    let mut world = World::new();
    world.claim("data", json!({"storageClassName": "late"}));
    world.run(31);
    assert_eq!(world.count("PersistentVolumeClaim/data", "ProvisioningFailed"), 3);
    world.create(Kind::StorageClass, json!({"metadata": {"name": "late"}, "provisioner": "kubernetes.io/host-path"}));
    world.run(16);
    assert_eq!(phase(&world, CLAIM, "data"), "Bound");
    world.run(60);
    assert_eq!(world.count("PersistentVolumeClaim/data", "ProvisioningFailed"), 3);
}

#[test]
fn v9_a_default_class_that_comes_late_is_given_to_claims_without_class() {
    let mut world = World::new();
    let mark =
        |value: Value| json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": value}}});
    world.patch(Kind::StorageClass, "standard", mark(Value::Null));
    world.claim("data", json!({}));
    world.claim("none", json!({"storageClassName": ""}));
    world.settle();
    assert_eq!(phase(&world, CLAIM, "data"), "Pending");
    world.patch(Kind::StorageClass, "retain", mark(json!("true")));
    world.run(20);
    assert_eq!(world.get(CLAIM, "data")["spec"]["storageClassName"], "retain");
    assert_eq!((phase(&world, CLAIM, "data"), phase(&world, CLAIM, "none")), ("Bound".into(), "Pending".into()));
}

#[test]
fn v12_the_fewest_modes_win_then_the_smallest_then_the_name() {
    let both = json!(["ReadWriteOnce", "ReadWriteMany"]);
    let one = json!(["ReadWriteOnce"]);
    let check = |volumes: &[(&str, &str, &Value, &str)], expect: &str| {
        let mut world = World::new();
        for (name, size, modes, class) in volumes {
            world.volume(name, size, json!({"accessModes": modes, "storageClassName": class}));
        }
        world.settle();
        world.claim("data", json!({"storageClassName": "", "resources": {"requests": {"storage": "2Gi"}}}));
        world.settle();
        assert_eq!(volume_of(&world, "data"), expect);
    };
    check(&[("a", "2Gi", &both, ""), ("b", "3Gi", &one, "")], "b");
    check(&[("a", "5Gi", &one, ""), ("b", "3Gi", &one, ""), ("c", "1Gi", &one, "")], "b");
    check(&[("b", "3Gi", &one, ""), ("a", "3Gi", &one, "")], "a");
    check(&[("a", "2Gi", &one, "manual"), ("b", "1Gi", &one, "")], "");
}

#[test]
fn v13_a_claim_reports_its_volume_and_v12_labels_must_fit() {
    let mut world = World::new();
    let modes = json!(["ReadWriteOnce", "ReadWriteMany"]);
    world.volume("slow", "3Gi", json!({"accessModes": modes}));
    world.volume("fast", "4Gi", json!({"accessModes": modes}));
    world.patch(VOLUME, "fast", json!({"metadata": {"labels": {"disk": "ssd"}}}));
    world.settle();
    world.claim("data", json!({"storageClassName": "", "selector": {"matchLabels": {"disk": "ssd"}}}));
    world.settle();
    let status = json!({"phase": "Bound", "accessModes": modes, "capacity": {"storage": "4Gi"}});
    assert_eq!(world.get(CLAIM, "data")["status"], status);
    assert_eq!(world.get(VOLUME, "fast")["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"], "yes");
}

#[test]
fn v14_a_requested_volume_that_will_not_do() {
    let check = |volume: Value, claim: Value, expect: &str| {
        let mut world = World::new();
        world.volume("pv", "1Gi", volume);
        world.settle();
        let mut spec = json!({"storageClassName": "", "volumeName": "pv"});
        for (key, value) in claim.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        world.claim("data", spec);
        world.settle();
        assert_eq!(world.said("PersistentVolumeClaim/data"), [expect]);
    };
    let cannot = |why: &str| format!("VolumeMismatch Cannot bind to requested volume \"pv\": {why}");
    let large = json!({"resources": {"requests": {"storage": "2Gi"}}});
    check(json!({}), large, &cannot("requested PV is too small"));
    check(json!({}), json!({"storageClassName": "manual"}), &cannot("storageClassName does not match"));
    check(json!({}), json!({"accessModes": ["ReadWriteMany"]}), &cannot("incompatible accessMode"));
    check(json!({}), json!({"volumeMode": "Block"}), &cannot("incompatible volumeMode"));
    let other = json!({"claimRef": {"namespace": "default", "name": "other"}});
    check(other, json!({}), "FailedBinding volume \"pv\" already bound to a different claim.");
}

#[test]
fn v15_a_volume_reserved_by_name_binds_when_its_claim_comes() {
    let mut world = World::new();
    world.volume("reserved", "5Gi", json!({"claimRef": {"namespace": "default", "name": "data"}}));
    world.volume("small", "1Gi", json!({}));
    world.settle();
    assert_eq!(phase(&world, VOLUME, "reserved"), "Available");
    world.claim("data", json!({"storageClassName": ""}));
    world.settle();
    assert_eq!(volume_of(&world, "data"), "reserved");
    let reserved = world.get(VOLUME, "reserved");
    assert_eq!(reserved["spec"]["claimRef"]["uid"], world.get(CLAIM, "data")["metadata"]["uid"]);
    assert!(reserved["metadata"]["annotations"].is_null(), "a person tied it, not the controller");
}

#[test]
fn v17_v18_a_delayed_claim_waits_for_its_first_pod() {
    let mut world = World::new();
    world.claim("data", json!({"storageClassName": "wait"}));
    world.settle();
    let first = "WaitForFirstConsumer waiting for first consumer to be created before binding";
    assert_eq!(world.said("PersistentVolumeClaim/data"), [first]);
    world.pod("app", &json!({}), uses("data"));
    world.settle();
    let claim = world.get(CLAIM, "data");
    let node = &world.get(Kind::Pod, "app")["spec"]["nodeName"];
    assert_eq!(&claim["metadata"]["annotations"]["volume.kubernetes.io/selected-node"], node);
    assert_eq!((&claim["status"]["phase"], node.is_string()), (&json!("Bound"), true));
    assert_eq!(world.count("Pod/app", "FailedScheduling"), 0);
}

#[test]
fn v17_pods_that_cannot_be_scheduled_are_named() {
    let mut world = World::new();
    let nowhere = |claim: &str| {
        let mut spec = uses(claim);
        spec["nodeSelector"] = json!({"disk": "ssd"});
        spec
    };
    world.pod("one", &json!({}), nowhere("data"));
    world.pod("two", &json!({}), nowhere("data"));
    world.settle();
    world.claim("data", json!({"storageClassName": "wait"}));
    world.settle();
    let message = "WaitForPodScheduled waiting for pods one,two to be scheduled";
    assert_eq!(world.said("PersistentVolumeClaim/data"), [message]);
}

#[test]
fn v27_a_claim_whose_volume_vanishes_is_lost() {
    let mut world = World::new();
    world.claim("data", json!({}));
    world.settle();
    let volume = volume_of(&world, "data");
    world.delete(VOLUME, &volume);
    world.settle();
    assert_eq!(phase(&world, CLAIM, "data"), "Bound", "V33: protection holds the volume");
    world.patch(VOLUME, &volume, json!({"metadata": {"finalizers": null}}));
    world.settle();
    assert_eq!(phase(&world, CLAIM, "data"), "Lost");
    let message = "ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    assert_eq!(world.said("PersistentVolumeClaim/data").last().map(String::as_str), Some(message));
    // A volume of that name and for that claim is its volume again.
    let claim = world.get(CLAIM, "data");
    let reference = json!({"namespace": "default", "name": "data", "uid": claim["metadata"]["uid"]});
    world.volume(&volume, "1Gi", json!({"claimRef": reference, "storageClassName": "standard"}));
    world.run(20);
    assert_eq!(phase(&world, CLAIM, "data"), "Bound");
}

#[test]
fn v29_a_released_volume_is_not_taken_again_until_its_reference_is_cleared() {
    let mut world = World::new();
    world.volume("pv", "1Gi", json!({}));
    world.claim("data", json!({"storageClassName": ""}));
    world.settle();
    world.run(15);
    assert_eq!(volume_of(&world, "data"), "pv");
    world.delete(CLAIM, "data");
    world.settle();
    assert_eq!(phase(&world, VOLUME, "pv"), "Released");
    world.claim("data", json!({"storageClassName": ""}));
    world.run(20);
    assert_eq!(volume_of(&world, "data"), "");
    world.patch(VOLUME, "pv", json!({"spec": {"claimRef": null}}));
    world.run(20);
    assert_eq!(volume_of(&world, "data"), "pv");
}

#[test]
fn v30_v34_a_volume_of_policy_delete_goes_after_its_claim() {
    let mut world = World::new();
    world.claim("data", json!({}));
    world.claim("kept", json!({"storageClassName": "retain"}));
    world.settle();
    let (deleted, kept) = (volume_of(&world, "data"), volume_of(&world, "kept"));
    world.delete(CLAIM, "data");
    world.delete(CLAIM, "kept");
    world.settle();
    assert_eq!((phase(&world, VOLUME, &deleted), phase(&world, VOLUME, &kept)), ("gone".into(), "Released".into()));
}

#[test]
fn v30_v31_the_volumes_own_policy_counts_and_may_fail() {
    let mut world = World::new();
    world.claim("data", json!({}));
    world.volume(
        "nfs",
        "2Gi",
        json!({"persistentVolumeReclaimPolicy": "Delete", "hostPath": null,
        "nfs": {"server": "nfs", "path": "/"}}),
    );
    world.settle();
    let volume = volume_of(&world, "data");
    world.patch(VOLUME, &volume, json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}));
    world.claim("shared", json!({"storageClassName": ""}));
    world.settle();
    assert_eq!(world.get(VOLUME, &volume)["metadata"]["finalizers"], json!(["kubernetes.io/pv-protection"]));
    world.delete(CLAIM, "data");
    world.delete(CLAIM, "shared");
    world.settle();
    assert_eq!((phase(&world, VOLUME, &volume), phase(&world, VOLUME, "nfs")), ("Released".into(), "Failed".into()));
    let message = "error getting deleter volume plugin for volume \"nfs\": no deletable volume plugin matched";
    assert_eq!(world.get(VOLUME, "nfs")["status"]["message"], message);
    assert_eq!(world.said("PersistentVolume/nfs"), [format!("VolumeFailedDelete {message}")]);
}

#[test]
fn v32_a_claim_in_use_stays_until_its_pod_is_gone() {
    let mut world = World::new();
    world.claim("data", json!({}));
    world.pod("app", &json!({}), uses("data"));
    world.settle();
    world.delete(CLAIM, "data");
    world.settle();
    assert!(world.get(CLAIM, "data")["metadata"]["deletionTimestamp"].is_string());
    world.pod("late", &json!({}), uses("data"));
    world.settle();
    let message =
        "FailedScheduling 0/3 nodes are available: persistentvolumeclaim \"data\" is being deleted. not found";
    assert_eq!(world.said("Pod/late"), [message]);
    world.delete(Kind::Pod, "app");
    world.settle();
    assert_eq!(world.names(CLAIM), [""; 0], "the Pod without a node does not hold it");
}

#[test]
fn v51_a_claim_grows_in_steps() {
    let mut world = World::new();
    world.claim("data", json!({"storageClassName": "expandable"}));
    world.settle();
    let volume = volume_of(&world, "data");
    let grow = json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}});
    world.fault(&Fault::Resizer { works: false });
    world.patch(CLAIM, "data", grow);
    world.settle();
    assert_eq!(world.get(CLAIM, "data")["status"]["conditions"], Value::Null);
    world.fault(&Fault::Resizer { works: true });
    world.settle();
    assert_eq!(world.get(VOLUME, &volume)["spec"]["capacity"]["storage"], "2Gi");
    let status = world.get(CLAIM, "data")["status"].clone();
    assert_eq!(status["conditions"][0]["type"], "FileSystemResizePending");
    assert_eq!(status["capacity"]["storage"], "1Gi", "no Pod mounts it yet");
    world.pod("app", &json!({}), uses("data"));
    world.settle();
    let status = world.get(CLAIM, "data")["status"].clone();
    assert_eq!((&status["conditions"], &status["capacity"]["storage"]), (&Value::Null, &json!("2Gi")));
    let said: Vec<String> = world.said("PersistentVolumeClaim/data").into_iter().skip(1).collect();
    let reasons: Vec<&str> = said.iter().filter_map(|s| s.split(' ').next()).collect();
    assert_eq!(reasons, ["ExternalExpanding", "Resizing", "FileSystemResizeRequired"]);
}

#[test]
fn a_volume_that_comes_late_is_found_at_the_next_look() {
    let mut world = World::new();
    world.claim("data", json!({"storageClassName": ""}));
    world.settle();
    world.volume("pv", "1Gi", json!({}));
    world.run(16);
    assert_eq!(volume_of(&world, "data"), "pv");
}
