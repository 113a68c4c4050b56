//! Rows 1 to 10, 21 to 27 and 29 to 33: claims, volumes, the nodes they are tied to, and what it takes to grow them.

use serde_json::Value;

use crate::bench::Bench;

fn phase(bench: &Bench, what: &str) -> String {
    bench.get(what)["status"]["phase"].as_str().unwrap_or("none").to_string()
}

/// The state that `kubectl get pods` prints.
fn status(bench: &Bench, pod: &str) -> String {
    let line = bench.ask(&format!("kubectl get pod {pod} --no-headers"));
    line.split_whitespace().nth(2).unwrap_or_default().to_string()
}

const UNBOUND: &str = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";

/// Row 1: no default class (rules V9, V10); a class that becomes the default later is given to the claim.
#[test]
fn without_a_default_class_nobody_makes_a_volume() {
    let bench = Bench::row(1);
    let said = "Normal FailedBinding no persistent volumes available for this claim and no storage class is set";
    bench.shows("PersistentVolumeClaim/www-web-0", said).shows("Pod/web-0", UNBOUND);
    bench.why("pod/web-0", &["sts-lab why pvc/www-web-0"]);
    let fix = "sts-lab annotate sc standard storageclass.kubernetes.io/is-default-class=true";
    bench.why("pvc/www-web-0", &["It names no StorageClass, and no class is the default", fix]);
    bench.ask(fix);
    bench.ask("settle --for 60");
    assert_eq!((phase(&bench, "pvc www-web-0"), phase(&bench, "pod web-0")), ("Bound".into(), "Running".into()));
}

/// Row 2: the class is misspelt (rule V20).
#[test]
fn a_class_that_does_not_exist_is_named_with_the_one_that_may_be_meant() {
    let bench = Bench::row(2);
    let said = "Warning ProvisioningFailed storageclass.storage.k8s.io \"gp33\" not found";
    bench.shows("PersistentVolumeClaim/data-db-0", said).shows("Pod/db-0", UNBOUND);
    bench.why("pvc/data-db-0", &["There is no StorageClass gp33: is gp3 meant?", "sts-lab delete sts db"]);
}

/// Row 3: the driver does not run (rules V18, V22): the Pod is told nothing until its time is up.
#[test]
fn a_driver_that_does_not_run_leaves_a_pod_pending_without_a_word() {
    let bench = Bench::row(3);
    bench.shows("PersistentVolumeClaim/www-web-0", "Normal ExternalProvisioning Waiting for a volume to be created");
    assert_eq!(bench.events("Pod/web-0"), Vec::<String>::new());
    let fix = "sts-lab fault storage --driver=ebs.csi.aws.com --up";
    bench.why("pvc/www-web-0", &["the driver's controller does not run", fix]);
    bench.why("pod/web-0", &["A node was chosen for it", "sts-lab why pvc/www-web-0"]);
    bench.ask("settle --for 560");
    bench.shows("Pod/web-0", "Warning FailedScheduling running PreBind plugin \"VolumeBinding\": binding volumes:");
    bench.ask(fix);
    bench.ask("settle --for 60");
    assert_eq!(phase(&bench, "pod web-0"), "Running");
}

/// Row 4: nobody uses the claim (rule V17).
#[test]
fn a_claim_without_a_pod_waits_and_that_is_normal() {
    let bench = Bench::row(4);
    let said = "Normal WaitForFirstConsumer waiting for first consumer to be created before binding";
    bench.shows("PersistentVolumeClaim/data", said);
    bench.why("pvc/data", &["There is no such Pod, so this is as it should be."]);
}

/// Row 5: the Pod of the claim has no node for another reason (rule V17).
#[test]
fn a_claim_waits_for_a_pod_that_waits_for_cpu() {
    let bench = Bench::row(5);
    let said = "Normal WaitForPodScheduled waiting for pod db-0 to be scheduled";
    bench.shows("PersistentVolumeClaim/data-db-0", said).shows("Pod/db-0", "3 Insufficient cpu");
    bench.why("pvc/data-db-0", &["Pod db-0 has no node yet: that is what it waits for", "sts-lab why pod/db-0"]);
}

/// Row 6: more CPU than there is (rules K2 to K4).
#[test]
fn a_pod_that_asks_for_more_than_there_is() {
    let bench = Bench::row(6);
    let said = "Warning FailedScheduling 0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, \
                preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
    bench.shows("Pod/db-0", said);
    let fix = "sts-lab set resources statefulset db -c db --requests=cpu=100m,memory=128Mi";
    bench.why("pod/db-0", &["It asks for 64 CPU, and the largest node has 16.", fix]);
    bench.ask(fix);
    bench.ask("delete pod db-0");
    assert_eq!(phase(&bench, "pod db-0"), "Running");
}

/// Row 7: the volume is in a zone without a node that works (rules V43, N7).
#[test]
fn a_volume_does_not_leave_its_zone() {
    let bench = Bench::row(7);
    let said = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match PersistentVolume's \
                node affinity.";
    bench.shows("Pod/web-0", said);
    let why = "can be reached from eu-west-1a (topology.kubernetes.io/zone) only: there is node-0, which is not Ready.";
    bench.why("pod/web-0", &[why, "A volume does not move", "sts-lab fault node node-0 --up"]);
    bench.ask("fault node node-0 --up");
    bench.ask("settle --for 60");
    assert_eq!(status(&bench, "web-0"), "Running");
}

/// Row 8: a node that died keeps the volume (rules V38, V40, N8).
#[test]
fn a_dead_node_keeps_the_volume() {
    let bench = Bench::row(8);
    let said = "Volume is already exclusively attached to one node and can't be attached to another";
    bench
        .shows("Pod/web-0", "Warning FailedAttachVolume Multi-Attach error for volume \"pvc-")
        .shows("Pod/web-0", said);
    assert_eq!(status(&bench, "web-0"), "ContainerCreating");
    let fix = "sts-lab taint node node-0 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute";
    bench.why("pod/web-0", &["It is attached to node-0", "six minutes", fix]);
    bench.ask(fix);
    bench.ask("settle --for 30");
    assert_eq!(status(&bench, "web-0"), "Running");
}

/// Row 8, for those who wait: after six minutes the volume is taken off the node.
#[test]
fn a_dead_node_keeps_the_volume_for_six_minutes() {
    let bench = Bench::row(8);
    bench.ask("settle --for 300");
    assert_eq!(status(&bench, "web-0"), "ContainerCreating");
    bench.ask("settle --for 90");
    assert_eq!(status(&bench, "web-0"), "Running");
}

/// Row 9: a rolling update of a Deployment whose volume one node can have (rule V38, table V55).
#[test]
fn a_rolling_update_and_a_volume_of_one_node_wait_for_each_other() {
    let bench = Bench::row(9);
    let pods = bench.get("pods");
    let name = |pod: &Value| pod["metadata"]["name"].as_str().unwrap_or_default().to_string();
    let running = |pod: &&Value| pod["status"]["phase"] == "Running";
    let items = pods["items"].as_array().unwrap();
    let (old, new) = (items.iter().find(running).unwrap(), items.iter().find(|pod| !running(pod)).unwrap());
    let said = format!("Volume is already used by pod(s) {}", name(old));
    bench.shows(&format!("Pod/{}", name(new)), &said);
    bench.shows(&format!("Pod/{}", name(new)), "Warning FailedMount Unable to attach or mount volumes: unmounted");
    let fix =
        "sts-lab patch deployment shop -p '{\"spec\":{\"strategy\":{\"type\":\"Recreate\",\"rollingUpdate\":null}}}'";
    bench.why(&format!("pod/{}", name(new)), &["needs the strategy Recreate", fix]);
    bench.ask(fix);
    bench.ask("settle --for 60");
    let left = bench.get("pods");
    let images: Vec<&Value> =
        left["items"].as_array().into_iter().flatten().map(|pod| &pod["spec"]["containers"][0]["image"]).collect();
    assert_eq!(images, ["nginx:1.29"]);
}

/// Row 10: at most one Pod of a name, so a dead node's Pod is not replaced (rules N6 to N8).
#[test]
fn a_pod_of_a_dead_node_is_not_replaced() {
    let bench = Bench::row(10);
    bench.shows("Pod/web-1", "Normal TaintManagerEviction Marking for deletion Pod default/web-1");
    assert_eq!(status(&bench, "web-1"), "Terminating");
    bench.prints("kubectl describe node node-1", "Kubelet stopped posting node status.");
    let fix = "sts-lab delete pod web-1 --grace-period=0 --force";
    bench.why("pod/web-1", &["no Pod of the same name is made: at most one at a time", fix]);
    bench.ask(fix);
    assert_eq!(status(&bench, "web-1"), "Running");
}

/// Row 21: a claim that a Pod uses does not go (rules V32, V35).
#[test]
fn a_claim_in_use_is_terminating_until_its_pod_goes() {
    let bench = Bench::row(21);
    bench.prints("describe pvc www-web-0", "Used By: web-0");
    let fix = "sts-lab delete pod web-0";
    bench.why("pvc/www-web-0", &["Pod web-0 uses it: kubernetes.io/pvc-protection holds it", fix]);
    let before = bench.get("pvc www-web-0")["metadata"]["uid"].clone();
    bench.ask(fix);
    assert_ne!(bench.get("pvc www-web-0")["metadata"]["uid"], before);
}

/// Row 22: claims that were deleted come back empty; the data is on a volume that is Released (rules V25, V29).
#[test]
fn a_claim_that_was_deleted_comes_back_empty() {
    let bench = Bench::row(22);
    let volumes = bench.get("pv");
    let phases: Vec<&Value> = volumes["items"].as_array().unwrap().iter().map(|v| &v["status"]["phase"]).collect();
    assert!(phases.contains(&&"Released".into()) && phases.contains(&&"Bound".into()), "{phases:?}");
    bench.why("pvc/data-db-0", &["the one before it was deleted, and this one began empty", "sts-lab patch pv pvc-"]);
}

/// Row 23: a Released volume is nobody's, not even a claim's of the same name (rules V29, V44).
#[test]
fn a_released_volume_is_given_to_nobody() {
    let bench = Bench::row(23);
    assert_eq!((phase(&bench, "pv disk-0"), phase(&bench, "pvc data-db-0")), ("Released".into(), "Pending".into()));
    bench.shows("Pod/db-0", "3 node(s) didn't find available persistent volumes to bind");
    let fix = "sts-lab patch pv disk-0 -p '{\"spec\":{\"claimRef\":null}}'";
    bench.why("pvc/data-db-0", &["PV disk-0 belonged to a claim of this name that is gone", fix]);
    bench.why("pv/disk-0", &["PV disk-0 is Released", fix]);
    bench.ask(fix);
    bench.ask("settle --for 60");
    assert_eq!((phase(&bench, "pv disk-0"), phase(&bench, "pvc data-db-0")), ("Bound".into(), "Bound".into()));
}

/// Row 24: a set's claim templates never change (rule V52); its claims can be grown one by one.
#[test]
fn volumes_cannot_be_grown_through_the_set() {
    let bench = Bench::row_but(24, |line| line.contains("20Gi"));
    let said = bench.run("apply -f docs/on-call/db-grow-20Gi.yaml");
    let flat = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'"), "{flat}");
    assert!(flat.contains("grow each claim by itself") && flat.contains("--cascade=orphan"), "{flat}");
    bench.ask("patch pvc data-db-0 -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Gi\"}}}}'");
    bench.ask("delete sts db --cascade=orphan");
    bench.ask("apply -f docs/on-call/db-grow-20Gi.yaml");
    assert_eq!(bench.get("pvc data-db-0")["status"]["capacity"]["storage"], "20Gi");
    assert_eq!(bench.get("pod db-0")["metadata"]["ownerReferences"][0]["kind"], "StatefulSet");
}

/// Row 25: the class says whether a claim may grow; none may shrink (rules V49, V50).
#[test]
fn a_claim_grows_if_its_class_allows_it_and_never_shrinks() {
    let bench = Bench::row_but(25, |line| line.contains("patch"));
    let grow = |size: &str| {
        format!(
            "kubectl patch pvc www-web-0 -p '{{\"spec\":{{\"resources\":{{\"requests\":{{\"storage\":\"{size}\"}}}}}}}}'"
        )
    };
    let refused = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
                   support resize";
    assert!(bench.run(&grow("5Gi")).stderr.contains(refused));
    let fix = "sts-lab patch sc standard -p '{\"allowVolumeExpansion\":true}'";
    bench.why("pvc/www-web-0", &["cannot grow: its class standard does not allow it", fix]);
    bench.ask(fix);
    bench.ask(&grow("5Gi"));
    bench.ask("settle");
    assert_eq!(bench.get("pvc www-web-0")["status"]["capacity"]["storage"], "5Gi");
    assert!(bench.run(&grow("2Gi")).stderr.contains("field can not be less than status.capacity"));
}

/// Row 26: nobody resizes, or nobody mounts (rule V51).
#[test]
fn a_claim_grows_when_there_is_a_resizer_and_a_pod() {
    let bench = Bench::row(26);
    let said = "Normal ExternalExpanding waiting for an external controller to expand this PVC";
    bench.shows("PersistentVolumeClaim/data-db-0", said);
    let fix = "sts-lab fault storage --resizer=true";
    bench.why("pvc/data-db-0", &["It asks for 20Gi and has 10Gi.", "the resizer does not run", fix]);
    bench.ask("scale sts db --replicas=0");
    bench.ask(fix);
    bench.ask("settle --for 5");
    let conditions = bench.get("pvc data-db-0")["status"]["conditions"].clone();
    assert_eq!(conditions[0]["type"], "FileSystemResizePending");
    bench.why("pvc/data-db-0", &["the file system on it grows when a Pod mounts it, and no Pod uses data-db-0"]);
    bench.ask("scale sts db --replicas=1");
    bench.ask("settle --for 5");
    assert_eq!(bench.get("pvc data-db-0")["status"]["capacity"]["storage"], "20Gi");
}

/// Row 27: a full disk is no state of Kubernetes (rule V53); it ends when the disk grows.
#[test]
fn a_full_disk_is_told_by_nobody_but_the_application() {
    let bench = Bench::row(27);
    assert_eq!(status(&bench, "db-0"), "CrashLoopBackOff");
    assert!(bench.events("PersistentVolumeClaim/data-db-0").iter().all(|line| !line.contains("space")));
    bench.why("pod/db-0", &["The volume of its claim data-db-0 is full", "sts-lab why pvc/data-db-0"]);
    let fix = "sts-lab patch pvc data-db-0 -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Gi\"}}}}'";
    bench.why("pvc/data-db-0", &["Kubernetes does not see that", fix]);
    bench.ask(fix);
    bench.ask("settle");
    assert_eq!(status(&bench, "db-0"), "Running");
}

/// Row 29: the volume was taken away under its claim (rules V27, V33).
#[test]
fn a_claim_whose_volume_is_gone_is_lost() {
    let bench = Bench::row(29);
    let said = "Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    bench.shows("PersistentVolumeClaim/data-db-0", said);
    assert_eq!(phase(&bench, "pvc data-db-0"), "Lost");
    bench.why("pvc/data-db-0", &["PV disk-0 was removed while it was bound", "make a PV of the same name"]);
}

/// Row 30: a node takes so many volumes (rule V46).
#[test]
fn a_node_takes_so_many_volumes_and_no_more() {
    let bench = Bench::row(30);
    bench.shows("Pod/db-8", "Warning FailedScheduling 0/1 nodes are available: 1 node(s) exceed max volume count.");
    bench.why("pod/db-8", &["A node takes only so many volumes of one driver", "spread the Pods over more nodes"]);
}

/// Row 31: a claim of one Pod (rule V41).
#[test]
fn a_claim_of_one_pod_has_one_pod() {
    let bench = Bench::row(31);
    let said = "3 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by \
                another pod";
    bench.shows("Pod/second", said);
    bench.why("pod/second", &["for one Pod in the whole cluster, and Pod first has it", "sts-lab delete pod first"]);
    bench.ask("delete pod first");
    assert_eq!(phase(&bench, "pod second"), "Running");
}

/// Row 32: a volume that is to be deleted, and nobody who could (rule V30).
#[test]
fn a_volume_that_nobody_can_delete_is_failed() {
    let bench = Bench::row(32);
    let said = "error getting deleter volume plugin for volume \"share\": no deletable volume plugin matched";
    bench.shows("PersistentVolume/share", &format!("Warning VolumeFailedDelete {said}"));
    assert_eq!(phase(&bench, "pv share"), "Failed");
    bench.why("pv/share", &[said, "do that by hand, then delete the PV", "sts-lab delete pv share"]);
    bench.ask("delete pv share");
    assert_ne!(bench.run("kubectl get pv share").exit, 0);
}

/// Row 33: claims outlive the Pods that a smaller set has no more (rule G6).
#[test]
fn a_set_that_grows_again_finds_its_old_data() {
    let bench = Bench::row(33);
    let claim = bench.get("pvc www-web-1");
    let pod = bench.get("pod web-1");
    assert_eq!(claim["status"]["phase"], "Bound");
    let made = |object: &Value| object["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_string();
    assert!(made(&claim) < made(&pod));
    bench.why("pvc/www-web-1", &["It is older than Pod web-1", "whenScaled and whenDeleted: Retain"]);
}
