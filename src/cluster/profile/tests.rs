//! Profiles: those that ship, and what is said of those that cannot be.

use std::collections::BTreeSet;
use std::path::Path;

use super::shipped::{ALL, find};
use super::*;
use crate::resource::Kind;

fn profile(name: &str) -> Profile {
    find(name).expect("it ships").profile().expect("it is right")
}

#[test]
fn every_file_is_listed_opens_with_what_it_is_like_and_makes_a_cluster() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let files = std::fs::read_dir(dir).expect("the folder is there").map(|entry| entry.expect("readable").file_name());
    let files: BTreeSet<String> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(files, ALL.iter().map(|shipped| format!("{}.yaml", shipped.name)).collect());
    for shipped in ALL {
        assert_eq!(shipped.text.lines().next(), Some(format!("# {}", shipped.about).as_str()), "{}", shipped.name);
        assert!(shipped.text.contains("\n# Shows   ") && shipped.text.contains("\n# Try     "), "{}", shipped.name);
        let profile = profile(shipped.name);
        assert_eq!(profile.name, shipped.name);
        let cluster = Cluster::of_profile(profile.clone(), 1);
        let count = |kind| cluster.api.store.all(kind).count();
        assert_eq!(count(Kind::Node), profile.node_count() as usize, "{}", shipped.name);
        assert_eq!(count(Kind::StorageClass), profile.storage_classes.len(), "{}", shipped.name);
        assert_eq!(count(Kind::PersistentVolume), profile.persistent_volumes.len(), "{}", shipped.name);
    }
}

/// What a person reads in `profiles/default.yaml` is what a lab without a profile has.
#[test]
fn the_default_file_describes_the_default_cluster() {
    let (written, usual) = (Cluster::of_profile(profile("default"), 1), Cluster::new(&ClusterConfig::default()));
    for kind in [Kind::StorageClass, Kind::Node] {
        let objects = |cluster: &Cluster| -> Vec<Value> {
            let each = cluster.api.store.all(kind).map(|object| {
                let mut json = object.to_json();
                for key in ["uid", "resourceVersion"] {
                    json["metadata"].as_object_mut().expect("metadata").remove(key);
                }
                // Which machine it is made for, the recordings' nodes do not say.
                for key in ["kubernetes.io/arch", "beta.kubernetes.io/arch"] {
                    json["metadata"]["labels"].as_object_mut().map(|labels| labels.remove(key));
                }
                json
            });
            each.collect()
        };
        assert_eq!(objects(&written), objects(&usual));
    }
    assert_eq!(profile("default").config(1).node_monitor_grace, ClusterConfig::default().node_monitor_grace);
}

#[test]
fn a_profile_is_kept_whole_in_json() {
    for shipped in ALL {
        let profile = profile(shipped.name);
        let json = serde_json::to_string(&profile).expect("JSON");
        assert_eq!(serde_json::from_str::<Profile>(&json).expect("a profile"), profile);
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let check = |text: &str, expect: &str| {
        let error = Profile::parse(text).expect_err(expect);
        assert!(error.contains(expect), "{error}");
    };
    let node = "nodes: [{name: a, cpu: '4', memory: 8Gi}]\n";
    let with = |more: &str| format!("name: x\n{node}{more}");
    check("name: x\n", "missing field `nodes`");
    check("name: x\nnodes: []\n", "at least one group of nodes");
    check("name: x\nnodes: [{name: a, cpu: '4', memory: 8Gi, zonez: [b]}]\n", "unknown field `zonez`");
    check("name: x\nnodes: [{name: a, cpu: '4', memory: 8Gi, zonez: [b]}]\n", "line 2");
    check("name: x\nnodes: [{name: a, count: 2, cpu: '4', memory: 8Gi}]\n", "put {n}, their number, into the name");
    check("name: x\nnodes: [{name: a_b, cpu: '4', memory: 8Gi}]\n", "nodes[0]: Node \"a_b\" is invalid");
    check("name: x\nnodes: [{name: 'a-{n}', count: 900, cpu: '4', memory: 8Gi}]\n", "a lab may have 200");
    check(&with("drivers: [{name: d, accessModes: [RWO]}]"), "drivers[0].accessModes: \"RWO\" is not one of");
    check(&with("drivers: [{name: kubernetes.io/x, accessModes: [ReadWriteOnce]}]"), "can be added");
    check(&with("storageClasses: [{metadata: {name: s}}]"), "storageClasses[0]: StorageClass.storage.k8s.io \"s\"");
    check(&with("persistentVolumes: [{metadata: {name: v}, spec: {}}]"), "persistentVolumes[0]: ");
}

/// In the middle of what drivers do: the state that is stored goes on as the one it was stored from.
#[test]
fn a_cluster_with_drivers_can_be_stored_and_goes_on() {
    use crate::cluster::Fault;
    use crate::resource::stored;
    let mut world = crate::cluster::testing::World::of_profile("aws", 6);
    world.claim("data", serde_json::json!({}));
    let volume = serde_json::json!({"name": "d", "persistentVolumeClaim": {"claimName": "data"}});
    world.pod("a", &Value::default(), serde_json::json!({"volumes": [volume]}));
    world.run(5);
    world.fault(&Fault::Disk { claim: "data".into(), full: true });
    world.fault(&Fault::Driver { name: "efs.csi.aws.com".into(), up: false });
    let bytes = stored::to_bytes(&world.cluster).expect("it can be written");
    let mut again: Cluster = stored::from_bytes(&bytes).expect("it can be read");
    world.run(60);
    again.run_until(world.cluster.now);
    assert_eq!(again.faults, world.cluster.faults);
    assert_eq!(again.api.store.history.digest(), world.cluster.api.store.history.digest());
    assert_eq!(world.all(Kind::VolumeAttachment).len(), 1);
}
