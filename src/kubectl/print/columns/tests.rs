//! The columns of each kind, for objects in every state.

use serde_json::{Value, json};

use super::*;
use crate::resource::kind::ALL;

fn cells(kind: Kind, mut object: Value) -> Vec<String> {
    object["metadata"]["creationTimestamp"] = "2025-12-31T23:59:55Z".into();
    table(kind, [&object], Time::LAB_START).rows.remove(0).cells
}

fn check(kind: Kind, object: Value, expect: &[&str]) {
    assert_eq!(cells(kind, object), expect, "{kind}");
}

#[test]
fn s111_every_kind_fills_all_its_columns() {
    for info in ALL {
        let object = json!({});
        let table_of = table(info.kind, [&object], Time::LAB_START);
        assert_eq!(table_of.rows[0].cells.len(), table_of.columns.len(), "{}", info.name);
        assert_eq!(table_of.columns.iter().filter(|c| c.is_name).count(), 1, "{}", info.name);
    }
}

/// READY, STATUS and RESTARTS of a Pod.
fn check_pod(pod: Value, expect: [&str; 3]) {
    assert_eq!(cells(Kind::Pod, pod)[1..4], expect);
}

fn pod(init: &Value, containers: &Value) -> Value {
    json!({
        "metadata": {"name": "p"},
        "spec": {
            "initContainers": [{"name": "i1"}, {"name": "side", "restartPolicy": "Always"}, {"name": "i2"}],
            "containers": [{"name": "a"}, {"name": "b"}],
        },
        "status": {"phase": "Running", "initContainerStatuses": init, "containerStatuses": containers},
    })
}

const ENDED: &str = "2025-12-31T23:58:29Z";

#[test]
fn s120_init_containers() {
    let done = json!({"name": "i1", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}});
    let check_init = |init: Value, expect| check_pod(pod(&init, &json!([])), expect);
    check_init(json!([{"name": "i1", "state": {"waiting": {"reason": "PodInitializing"}}}]), ["0/3", "Init:0/3", "0"]);
    check_init(json!([{"name": "i1", "state": {"running": {}}}]), ["0/3", "Init:0/3", "0"]);
    check_init(
        json!([{"name": "i1", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 1, "finishedAt": ENDED}}}]),
        ["0/3", "Init:CrashLoopBackOff", "3 (91s ago)"],
    );
    check_init(json!([{"name": "i1", "state": {"terminated": {"exitCode": 2}}}]), ["0/3", "Init:ExitCode:2", "0"]);
    check_init(
        json!([{"name": "i1", "state": {"terminated": {"exitCode": 137, "signal": 9}}}]),
        ["0/3", "Init:Signal:9", "0"],
    );
    check_init(
        json!([done, {"name": "side", "started": true, "ready": true, "state": {"running": {}}},
               {"name": "i2", "state": {"running": {}}}]),
        ["1/3", "Init:2/3", "0"],
    );
}

#[test]
fn s121_containers() {
    let running = |name: &str| json!({"name": name, "ready": true, "restartCount": 0, "state": {"running": {}}});
    let side = json!({"name": "side", "started": true, "ready": true, "restartCount": 2, "state": {"running": {}}});
    let completed = |name: &str, code: i64| json!({"name": name, "state": {"terminated": {"exitCode": code, "reason": if code == 0 { "Completed" } else { "Error" }}}});
    let check_both = |a: Value, b: Value, expect| check_pod(pod(&json!([]), &json!([a, b])), expect);
    check_both(running("a"), running("b"), ["2/3", "Running", "0"]);
    check_both(completed("a", 0), completed("b", 0), ["0/3", "Completed", "0"]);
    check_both(completed("a", 0), completed("b", 1), ["0/3", "Error", "0"]);
    check_both(completed("a", 0), running("b"), ["1/3", "NotReady", "0"]);
    check_both(
        json!({"name": "a", "restartCount": 1, "state": {"terminated": {"exitCode": 137, "signal": 9}}}),
        json!({"name": "b", "state": {"waiting": {"reason": "ErrImagePull"}}}),
        ["0/3", "Signal:9", "1"],
    );
    let crashing = json!({"name": "a", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                          "lastState": {"terminated": {"finishedAt": ENDED}}});
    check_pod(
        pod(&json!([completed("i1", 0), side]), &json!([crashing, running("b")])),
        ["2/3", "CrashLoopBackOff", "7 (91s ago)"],
    );
    let mut ready = pod(&json!([]), &json!([completed("a", 0), running("b")]));
    ready["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
    check_pod(ready, ["1/3", "Running", "0"]);
}

#[test]
fn s118_s122_the_pod_as_a_whole() {
    let simple = |status: Value, deleted: bool| {
        let mut pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}]}, "status": status});
        if deleted {
            pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        }
        pod
    };
    check_pod(simple(json!({"phase": "Pending"}), false), ["0/1", "Pending", "0"]);
    check_pod(simple(json!({"phase": "Failed", "reason": "Evicted"}), false), ["0/1", "Evicted", "0"]);
    check_pod(simple(json!({"phase": "Running"}), true), ["0/1", "Terminating", "0"]);
    check_pod(simple(json!({"phase": "Failed"}), true), ["0/1", "Failed", "0"]);
    check_pod(simple(json!({"phase": "Running", "reason": "NodeLost"}), true), ["0/1", "Unknown", "0"]);
    let gated = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]});
    check_pod(simple(gated, false), ["0/1", "SchedulingGated", "0"]);
    let gates = json!({"metadata": {"name": "p"}, "spec": {"readinessGates": [{"conditionType": "x"}, {"conditionType": "y"}]},
                       "status": {"conditions": [{"type": "x", "status": "True"}]}});
    assert_eq!(cells(Kind::Pod, gates)[5..], ["<none>", "<none>", "<none>", "1/2"]);
}

#[test]
fn s113_storage() {
    let claim = json!({
        "metadata": {"name": "c"}, "spec": {"storageClassName": "standard", "volumeMode": "Filesystem"},
        "status": {"phase": "Pending"},
    });
    check(
        Kind::PersistentVolumeClaim,
        claim.clone(),
        &["c", "Pending", "", "", "", "standard", "<unset>", "5s", "Filesystem"],
    );
    let mut bound = claim;
    bound["spec"]["volumeName"] = "pv".into();
    bound["status"] = json!({"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOncePod", "ReadWriteMany", "ReadWriteOnce"]});
    bound["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    check(
        Kind::PersistentVolumeClaim,
        bound,
        &["c", "Terminating", "pv", "1Gi", "RWO,RWX,RWOP", "standard", "<unset>", "5s", "Filesystem"],
    );
    let volume = json!({
        "metadata": {"name": "pv"},
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadOnlyMany"], "persistentVolumeReclaimPolicy": "Retain",
                 "claimRef": {"namespace": "default", "name": "c"}},
        "status": {"phase": "Released"},
    });
    check(
        Kind::PersistentVolume,
        volume,
        &["pv", "1Gi", "ROX", "Retain", "Released", "default/c", "", "<unset>", "", "5s", "<unset>"],
    );
    let class = json!({
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "p", "allowVolumeExpansion": true,
    });
    check(Kind::StorageClass, class, &["standard (default)", "p", "Delete", "Immediate", "true", "5s"]);
}

#[test]
fn s114_network() {
    let service = |spec: Value| json!({"metadata": {"name": "s"}, "spec": spec});
    check(
        Kind::Service,
        service(
            json!({"type": "ClusterIP", "clusterIPs": ["None"], "ports": [{"port": 80, "protocol": "TCP"}], "selector": {"a": "b"}}),
        ),
        &["s", "ClusterIP", "None", "<none>", "80/TCP", "5s", "a=b"],
    );
    check(
        Kind::Service,
        service(json!({"type": "LoadBalancer", "clusterIPs": ["10.0.0.1"], "ports": [
            {"port": 80, "protocol": "TCP"}, {"port": 443, "nodePort": 30443, "protocol": "TCP"}]})),
        &["s", "LoadBalancer", "10.0.0.1", "<pending>", "80/TCP,443:30443/TCP", "5s", "<none>"],
    );
    check(
        Kind::Service,
        service(json!({"type": "ExternalName", "externalName": "example.com"})),
        &["s", "ExternalName", "<none>", "example.com", "<none>", "5s", "<none>"],
    );
    let addresses: Vec<Value> = (1..=5).map(|n| json!({"ip": format!("10.0.0.{n}")})).collect();
    let endpoints = json!({"metadata": {"name": "s"}, "subsets": [{"addresses": addresses, "ports": [{"port": 80}]}]});
    check(Kind::Endpoints, endpoints, &["s", "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...", "5s"]);
    check(Kind::Endpoints, json!({"metadata": {"name": "s"}}), &["s", "<none>", "5s"]);
    let slice = json!({
        "metadata": {"name": "s-1"}, "addressType": "IPv4", "ports": [{"port": 80}, {"name": "x"}, {}],
        "endpoints": [{"addresses": ["a"]}, {"addresses": ["b"]}, {"addresses": ["c"]}, {"addresses": ["d"]}],
    });
    check(Kind::EndpointSlice, slice, &["s-1", "IPv4", "80,x,*", "a,b,c + 1 more...", "5s"]);
    let empty = json!({"metadata": {"name": "s-2"}, "addressType": "IPv4"});
    check(Kind::EndpointSlice, empty, &["s-2", "IPv4", "<unset>", "<unset>", "5s"]);
    let ingress = json!({"metadata": {"name": "i"}, "spec": {"rules": [{"host": "a"}, {"host": "b"}, {"host": "c"}, {"host": "d"}]}});
    check(Kind::Ingress, ingress, &["i", "<none>", "a,b,c + 1 more...", "", "80", "5s"]);
}

#[test]
fn s112_s115_workloads() {
    let template = json!({"spec": {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]}});
    let set = json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "template": template}, "status": {"readyReplicas": 1}});
    check(Kind::StatefulSet, set, &["web", "1/2", "5s", "a,b", "x:1,y:2"]);
    let deployment = json!({
        "metadata": {"name": "d"}, "spec": {"replicas": 2, "template": template, "selector": {"matchLabels": {"app": "d"}}},
        "status": {"updatedReplicas": 2, "availableReplicas": 1, "readyReplicas": 1},
    });
    check(Kind::Deployment, deployment, &["d", "1/2", "2", "1", "5s", "a,b", "x:1,y:2", "app=d"]);
    let revision = json!({
        "metadata": {"name": "web-1", "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true}]},
        "revision": 3,
    });
    check(Kind::ControllerRevision, revision, &["web-1", "statefulset.apps/web", "3", "5s"]);
    check(Kind::ControllerRevision, json!({"metadata": {"name": "r"}}), &["r", "<none>", "0", "5s"]);
    let budget =
        json!({"metadata": {"name": "b"}, "spec": {"maxUnavailable": "25%"}, "status": {"disruptionsAllowed": 1}});
    check(Kind::PodDisruptionBudget, budget, &["b", "N/A", "25%", "1", "5s"]);
}

#[test]
fn s115_s116_nodes_and_events() {
    let node = json!({
        "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "extra"}},
        "spec": {"unschedulable": true},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown"}], "addresses": [{"type": "InternalIP", "address": "1.2.3.4"}],
                   "nodeInfo": {"kubeletVersion": "v1.36.2", "architecture": "amd64"}},
    });
    check(
        Kind::Node,
        node,
        &[
            "n",
            "NotReady,SchedulingDisabled",
            "extra,worker",
            "5s",
            "v1.36.2",
            "1.2.3.4",
            "<none>",
            "<unknown>",
            "<unknown> (amd64)",
            "<unknown>",
        ],
    );
    let event = json!({
        "metadata": {"name": "web.1"}, "type": "Normal", "reason": "Created", "message": " text \n", "count": 3,
        "involvedObject": {"kind": "Pod", "name": "web-0", "fieldPath": "spec.containers{c}"},
        "source": {"component": "kubelet", "host": "n"},
        "firstTimestamp": "2025-12-31T23:58:00Z", "lastTimestamp": "2025-12-31T23:59:00Z",
    });
    check(
        Kind::Event,
        event,
        &["60s", "Normal", "Created", "pod/web-0", "spec.containers{c}", "kubelet, n", "text", "2m", "3", "web.1"],
    );
    let event = json!({"metadata": {"name": "e"}, "eventTime": "2025-12-31T23:59:58.000000Z", "firstTimestamp": null,
                       "reportingComponent": "scheduler", "involvedObject": {"kind": "Pod"}});
    check(Kind::Event, event, &["2s", "", "", "pod", "", "scheduler", "", "2s", "1", "e"]);
}

#[test]
fn what_pods_are_configured_by() {
    check(
        Kind::ConfigMap,
        json!({"metadata": {"name": "c"}, "data": {"a": "1"}, "binaryData": {"b": "eA=="}}),
        &["c", "2", "5s"],
    );
    check(
        Kind::Secret,
        json!({"metadata": {"name": "s"}, "type": "Opaque", "data": {"a": "eA=="}}),
        &["s", "Opaque", "1", "5s"],
    );
    let quota = json!({
        "metadata": {"name": "q"},
        "status": {"hard": {"limits.cpu": "2", "pods": "3", "requests.cpu": "1"}, "used": {"pods": "1"}},
    });
    check(Kind::ResourceQuota, quota, &["q", "pods: 1/3, requests.cpu: 0/1", "limits.cpu: 0/2", "5s"]);
    check(Kind::LimitRange, json!({"metadata": {"name": "l"}}), &["l", "2025-12-31T23:59:55Z"]);
    check(
        Kind::CSIDriver,
        json!({"metadata": {"name": "d"}, "spec": {"attachRequired": false,
        "volumeLifecycleModes": ["Persistent", "Ephemeral"]}}),
        &["d", "false", "false", "false", "<unset>", "false", "Persistent,Ephemeral", "5s"],
    );
    check(Kind::CSINode, json!({"metadata": {"name": "n"}, "spec": {"drivers": [{"name": "d"}]}}), &["n", "1", "5s"]);
    check(
        Kind::VolumeAttachment,
        json!({"metadata": {"name": "a"}, "status": {"attached": true},
        "spec": {"attacher": "d", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}),
        &["a", "d", "v", "n", "true", "5s"],
    );
    check(
        Kind::PriorityClass,
        json!({"metadata": {"name": "p"}, "value": 1000, "preemptionPolicy": "Never"}),
        &["p", "1000", "false", "5s", "Never"],
    );
}
