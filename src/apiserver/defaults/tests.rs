//! What is stored of minimal manifests, as a real control plane stored it (spec/cluster.md part H).

use serde_json::{Value, json};

use super::*;

fn check(kind: Kind, manifest: Value, expect: Value) {
    let mut object = manifest;
    apply(kind, &mut object);
    assert_eq!(object, expect, "{kind}: {object:#}");
    apply(kind, &mut object);
    assert_eq!(object, expect, "{kind}: applied twice");
}

fn pod_spec(container: Value) -> Value {
    json!({
        "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
        "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30,
    })
}

fn stored_container() -> Value {
    json!({
        "name": "c", "image": "nginx:1.27", "imagePullPolicy": "IfNotPresent", "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
    })
}

fn template() -> Value {
    json!({"metadata": {"labels": {"app": "v"}}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}})
}

fn stored_template() -> Value {
    json!({"metadata": {"labels": {"app": "v"}}, "spec": pod_spec(stored_container())})
}

/// S1, S3, S6, S11, S12, S15a.
#[test]
fn stateful_set() {
    let selector = json!({"matchLabels": {"app": "v"}});
    check(
        Kind::StatefulSet,
        json!({
            "metadata": {"name": "v"},
            "spec": {
                "selector": selector, "template": template(),
                "updateStrategy": {"rollingUpdate": {"maxUnavailable": "foo"}},
                "volumeClaimTemplates": [{
                    "metadata": {"name": "data"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }],
            },
            "status": {"replicas": 7},
        }),
        json!({
            "metadata": {"name": "v"},
            "spec": {
                "selector": selector, "template": stored_template(), "replicas": 1, "revisionHistoryLimit": 10,
                "serviceName": "", "podManagementPolicy": "OrderedReady",
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "volumeClaimTemplates": [{
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
                        "volumeMode": "Filesystem",
                    },
                    "status": {"phase": "Pending"},
                }],
            },
            "status": {"replicas": 0, "availableReplicas": 0},
        }),
    );
}

/// S8: an explicit type gets no partition.
#[test]
fn update_strategies() {
    for (given, stored) in [
        (json!({}), json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})),
        (json!({"type": "RollingUpdate"}), json!({"type": "RollingUpdate"})),
        (
            json!({"rollingUpdate": {"partition": 2}}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}),
        ),
        (
            json!({"type": "RollingUpdate", "rollingUpdate": {}}),
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
        ),
        (json!({"type": "OnDelete"}), json!({"type": "OnDelete"})),
    ] {
        let mut object = json!({"metadata": {"name": "v"}, "spec": {"updateStrategy": given}});
        apply(Kind::StatefulSet, &mut object);
        assert_eq!(object["spec"]["updateStrategy"], stored, "{given}");
    }
}

/// S3: an update keeps maxUnavailable only if the stored set has one.
#[test]
fn max_unavailable_survives_only_in_use() {
    let set = |value: Value| json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": value}}});
    let rolling = "/spec/updateStrategy/rollingUpdate";
    let mut new = set(json!({"partition": 0, "maxUnavailable": 2}));
    prepare_for_update(Kind::StatefulSet, &mut new, &set(json!({"partition": 0})));
    assert_eq!(new.pointer(rolling), Some(&json!({"partition": 0})));
    let mut new = set(json!({"partition": 0, "maxUnavailable": 2}));
    prepare_for_update(Kind::StatefulSet, &mut new, &set(json!({"partition": 0, "maxUnavailable": 1})));
    assert_eq!(new.pointer(rolling), Some(&json!({"partition": 0, "maxUnavailable": 2})));
}

/// S12, S13: containers, probes, hooks, volumes.
#[test]
fn template_parts() {
    let container = json!({
        "name": "c", "image": "nginx", "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "readinessProbe": {"httpGet": {"port": 80}}, "livenessProbe": {"grpc": {"port": 1}, "timeoutSeconds": 5},
        "lifecycle": {"preStop": {"httpGet": {"port": 80}}},
        "resources": {"limits": {"cpu": "100u"}},
    });
    let stored = json!({
        "name": "c", "image": "nginx", "imagePullPolicy": "Always", "ports": [{"containerPort": 80, "protocol": "TCP"}],
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
        "readinessProbe": {
            "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10,
            "successThreshold": 1, "failureThreshold": 3,
        },
        "livenessProbe": {
            "grpc": {"port": 1, "service": ""}, "timeoutSeconds": 5, "periodSeconds": 10, "successThreshold": 1,
            "failureThreshold": 3,
        },
        "lifecycle": {"preStop": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}}},
        "resources": {"limits": {"cpu": "1m"}}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    });
    let volumes = json!([
        {"name": "e"}, {"name": "c", "configMap": {"name": "x"}}, {"name": "h", "hostPath": {"path": "/x"}},
        {"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
        {"name": "d", "downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}},
    ]);
    let stored_volumes = json!([
        {"name": "e", "emptyDir": {}}, {"name": "c", "configMap": {"name": "x", "defaultMode": 420}},
        {"name": "h", "hostPath": {"path": "/x", "type": ""}},
        {"name": "p", "projected": {
            "defaultMode": 420, "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}]}},
        {"name": "d", "downwardAPI": {"defaultMode": 420, "items": [
            {"path": "l", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels"}}]}},
        {"name": "v", "ephemeral": {"volumeClaimTemplate": {
            "metadata": {}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {}, "volumeMode": "Filesystem"}}}},
    ]);
    let mut expect = pod_spec(stored);
    expect["volumes"] = stored_volumes;
    expect["serviceAccount"] = json!("sa");
    expect["serviceAccountName"] = json!("sa");
    let spec = json!({"containers": [container], "volumes": volumes, "serviceAccountName": "sa"});
    check(
        Kind::ReplicaSet,
        json!({"spec": {"template": {"spec": spec}}}),
        json!({"metadata": {}, "spec": {"replicas": 1, "template": {"metadata": {}, "spec": expect}},
               "status": {"replicas": 0}}),
    );
}

/// S15: what only a Pod gets.
#[test]
fn pod() {
    let mut container = stored_container();
    container["resources"] = json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}});
    let mut spec = pod_spec(container);
    spec["enableServiceLinks"] = json!(true);
    spec["preemptionPolicy"] = json!("PreemptLowerPriority");
    spec["priority"] = json!(0);
    spec["tolerations"] = json!([
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists"},
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    ]);
    check(
        Kind::Pod,
        json!({"metadata": {"name": "p"}, "status": {"phase": "Running"}, "spec": {
            "containers": [{"name": "c", "image": "nginx:1.27", "resources": {"limits": {"cpu": "1"}}}],
            "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists"}],
        }}),
        json!({"metadata": {"name": "p"}, "spec": spec, "status": {"phase": "Pending", "qosClass": "Burstable"}}),
    );
}

/// R3, part H.
#[test]
fn other_workloads() {
    let selector = json!({"matchLabels": {"app": "v"}});
    check(
        Kind::Deployment,
        json!({"metadata": {"name": "v"}, "spec": {"selector": selector, "template": template()}}),
        json!({"metadata": {"name": "v"}, "status": {}, "spec": {
            "progressDeadlineSeconds": 600, "replicas": 1, "revisionHistoryLimit": 10, "selector": selector,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": stored_template(),
        }}),
    );
    let mut daemon_set = json!({"metadata": {"name": "v"}, "spec": {"template": template()}});
    apply(Kind::DaemonSet, &mut daemon_set);
    assert_eq!(
        daemon_set["spec"]["updateStrategy"],
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})
    );
    let count = |object: &Value| object["metadata"]["annotations"]["deprecated.daemonset.template.generation"].clone();
    assert_eq!(count(&daemon_set), "1");
    let mut same = json!({"metadata": {"name": "v"}, "spec": {"template": template()}});
    prepare_for_update(Kind::DaemonSet, &mut same, &daemon_set);
    assert_eq!(count(&same), "1");
    let mut other = json!({"metadata": {"name": "v"}, "spec": {"template": {"spec": {}}}});
    prepare_for_update(Kind::DaemonSet, &mut other, &daemon_set);
    assert_eq!(count(&other), "2");
}

/// D1.
#[test]
fn services() {
    check(
        Kind::Service,
        json!({"metadata": {"name": "web"}, "spec": {
            "clusterIP": "None", "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}}),
        json!({"metadata": {"name": "web"}, "status": {"loadBalancer": {}}, "spec": {
            "clusterIP": "None", "clusterIPs": ["None"], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack", "selector": {"app": "web"}, "sessionAffinity": "None", "type": "ClusterIP",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 80}]}}),
    );
    check(
        Kind::Service,
        json!({"metadata": {"name": "web"}, "spec": {"clusterIP": "None"}}),
        json!({"metadata": {"name": "web"}, "status": {"loadBalancer": {}}, "spec": {
            "clusterIP": "None", "clusterIPs": ["None"], "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack", "sessionAffinity": "None",
            "type": "ClusterIP"}}),
    );
    check(
        Kind::Service,
        json!({"metadata": {"name": "e"}, "spec": {"type": "ExternalName", "externalName": "example.com"}}),
        json!({"metadata": {"name": "e"}, "status": {"loadBalancer": {}}, "spec": {
            "externalName": "example.com", "sessionAffinity": "None", "type": "ExternalName"}}),
    );
}

/// A PUT of the manifest keeps what was allocated; another type drops what it does not need.
#[test]
fn service_updates() {
    let old = json!({"metadata": {"name": "s"}, "status": {"loadBalancer": {}}, "spec": {
        "type": "NodePort", "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"], "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster",
        "sessionAffinity": "None", "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80, "nodePort": 30080}]}});
    let mut again = json!({"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}});
    prepare_for_update(Kind::Service, &mut again, &old);
    assert_eq!(again, old);
    let mut inner = old.clone();
    inner["spec"]["type"] = json!("ClusterIP");
    prepare_for_update(Kind::Service, &mut inner, &old);
    let mut expect = old.clone();
    expect["spec"]["type"] = json!("ClusterIP");
    expect["spec"].as_object_mut().unwrap().remove("externalTrafficPolicy");
    expect["spec"]["ports"] = json!([{"port": 80, "protocol": "TCP", "targetPort": 80}]);
    assert_eq!(inner, expect);
    let mut moved = old.clone();
    moved["spec"]["clusterIP"] = json!("10.96.9.9");
    prepare_for_update(Kind::Service, &mut moved, &old);
    assert_eq!(moved["spec"]["clusterIPs"], json!(["10.96.9.9"]));
}

/// V1, V3.
#[test]
fn storage() {
    check(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"]}}),
        json!({"metadata": {"name": "c", "finalizers": ["kubernetes.io/pvc-protection"]},
               "spec": {"accessModes": ["ReadWriteOnce"], "resources": {}, "volumeMode": "Filesystem"},
               "status": {"phase": "Pending"}}),
    );
    check(
        Kind::PersistentVolume,
        json!({"metadata": {"name": "v"}, "spec": {"hostPath": {"path": "/d"}, "capacity": {"storage": "1Gi"}}}),
        json!({"metadata": {"name": "v", "finalizers": ["kubernetes.io/pv-protection"]},
               "spec": {"hostPath": {"path": "/d", "type": ""}, "capacity": {"storage": "1Gi"},
                        "persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"},
               "status": {"phase": "Pending"}}),
    );
    check(
        Kind::StorageClass,
        json!({"metadata": {"name": "s"}, "provisioner": "p"}),
        json!({"metadata": {"name": "s"}, "provisioner": "p", "reclaimPolicy": "Delete",
               "volumeBindingMode": "Immediate"}),
    );
}

#[test]
fn plain_kinds() {
    check(
        Kind::Secret,
        json!({"metadata": {"name": "s"}, "data": {"a": "eA=="}, "stringData": {"b": "hello"}}),
        json!({"metadata": {"name": "s"}, "type": "Opaque", "data": {"a": "eA==", "b": "aGVsbG8="}}),
    );
    check(
        Kind::Namespace,
        json!({"metadata": {"name": "n"}}),
        json!({"metadata": {"name": "n", "labels": {"kubernetes.io/metadata.name": "n"}},
               "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}),
    );
    check(
        Kind::LimitRange,
        json!({"metadata": {"name": "l"}, "spec": {"limits": [
            {"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1", "memory": "1Gi"}}]}}),
        json!({"metadata": {"name": "l"}, "spec": {"limits": [{
            "type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1", "memory": "1Gi"}, "default": {"cpu": "2"},
            "defaultRequest": {"cpu": "2", "memory": "1Gi"}}]}}),
    );
    check(
        Kind::PodDisruptionBudget,
        json!({"metadata": {"name": "p"}, "spec": {"minAvailable": 1}}),
        json!({"metadata": {"name": "p"}, "spec": {"minAvailable": 1}, "status": {
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}}),
    );
}

/// S5: a client cannot write status through the object, nor the spec through `/status`.
#[test]
fn status_and_spec_are_apart() {
    let old =
        json!({"metadata": {"name": "d", "labels": {"a": "b"}}, "spec": {"replicas": 3}, "status": {"replicas": 3}});
    let mut new = json!({"metadata": {"name": "d"}, "spec": {"replicas": 5}, "status": {"replicas": 9}});
    prepare_for_update(Kind::Deployment, &mut new, &old);
    assert_eq!((&new["spec"]["replicas"], &new["status"]["replicas"]), (&json!(5), &json!(3)));
    let mut new = json!({"metadata": {"name": "d"}, "spec": {"replicas": 5}, "status": {"replicas": 9}});
    prepare_for_status_update(Kind::Deployment, &mut new, &old);
    assert_eq!((&new["spec"], &new["status"]["replicas"]), (&old["spec"], &json!(9)));
    assert_eq!(new["metadata"]["labels"], json!({"a": "b"}));
}
