//! Services, budgets, other workloads and the plain kinds (D2–D4, N15, R3).

use super::*;

/// D2, D3, D4.
#[test]
fn services() {
    let check = |spec: Value, expect: &[&str]| check(Kind::Service, service(spec), expect);
    check(json!({}), &["spec.ports: Required value"]);
    check(json!({"clusterIP": "None"}), &[]);
    check(
        json!({"ports": [{"port": 80}, {"port": 81}]}),
        &["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    );
    check(
        json!({"ports": [{"port": 0, "targetPort": 1}]}),
        &["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
    );
    check(
        json!({"type": "NodePort", "clusterIP": "None", "ports": [{"port": 80}]}),
        &["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
    );
    check(json!({"type": "ExternalName"}), &["spec.externalName: Required value"]);
    check(
        json!({"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]}),
        &["spec.ports[1]: Duplicate value: \
             {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}"],
    );
    let named = |name: &str| with(service(json!({"ports": [{"port": 80}]})), "/metadata/name", json!(name));
    super::check(Kind::Service, named("1abc"), &[]);
    super::check(Kind::Service, named("a.b"), &[r#"metadata.name: Invalid value: "a.b": must not contain dots"#]);
    let headless = service(json!({"clusterIP": "None", "selector": {"a": "b"}, "ports": [{"port": 80}]}));
    check_update(
        Kind::Service,
        &headless,
        &[("/spec/clusterIP", json!("10.96.0.99"))],
        &[r#"spec.clusterIPs[0]: Invalid value: ["10.96.0.99"]: may not change once set"#],
    );
}

/// N15, and the recorded budgets.
#[test]
fn budgets() {
    let budget = |spec: Value| json!({"metadata": {"name": "p", "namespace": "default"}, "spec": spec});
    let selector = json!({"matchLabels": {"app": "x"}});
    for (spec, expect) in [
        (
            json!({"minAvailable": 1, "maxUnavailable": 1, "selector": selector}),
            "spec: Invalid value: \
             {\"MinAvailable\":1,\"Selector\":{\"matchLabels\":{\"app\":\"x\"}},\
             \"MaxUnavailable\":1,\"UnhealthyPodEvictionPolicy\":null}: \
             minAvailable and maxUnavailable cannot be both set",
        ),
        (json!({"minAvailable": -1}), "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"),
        (
            json!({"maxUnavailable": "150%"}),
            r#"spec.maxUnavailable: Invalid value: "150%": must not be greater than 100%"#,
        ),
    ] {
        check(Kind::PodDisruptionBudget, budget(spec), &[expect]);
    }
    let nameless = json!({"metadata": {"name": "a/b", "namespace": "default"}, "spec": {}});
    check(Kind::PodDisruptionBudget, nameless, &[r#"metadata.name: Invalid value: "a/b": may not contain '/'"#]);
}

/// R3.
#[test]
fn deployments_and_daemon_sets() {
    let object = |strategy: &str, value: Value| {
        let mut object = set();
        object["spec"] = json!({"selector": object["spec"]["selector"], "template": {
            "metadata": {"labels": {"app": "v"}}, "spec": {"containers": [{"name": "c", "image": "a"}]}}});
        with(object, &format!("/spec/{strategy}"), value)
    };
    let zero = json!({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "0%"}});
    check(
        Kind::Deployment,
        object("strategy", zero),
        &["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
    );
    check(
        Kind::Deployment,
        object("strategy", json!({"type": "Recreate", "rollingUpdate": {"maxSurge": 1}})),
        &["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    );
    check(
        Kind::Deployment,
        object("strategy", json!({"type": "X"})),
        &["spec.strategy: Unsupported value: {\"Type\":\"X\",\"RollingUpdate\":null}: supported values: \
             \"Recreate\", \"RollingUpdate\""],
    );
    check_update(
        Kind::Deployment,
        &object("replicas", json!(1)),
        &[("/spec/selector/matchLabels", json!({"app": "w"}))],
        &[NO_MATCH, r#"spec.selector: Invalid value: {"matchLabels":{"app":"w"}}: field is immutable"#],
    );
    check(
        Kind::DaemonSet,
        object("updateStrategy", json!({"rollingUpdate": {"maxSurge": 1}})),
        &["spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is \
             non-zero"],
    );
}

#[test]
fn plain_kinds() {
    let named = |name: &str| json!({"metadata": {"name": name, "namespace": "default"}});
    check(
        Kind::ConfigMap,
        with(named("c"), "/data", json!({"a b": "x"})),
        &["data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' \
             or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
             '[-._a-zA-Z0-9]+')"],
    );
    check(
        Kind::ConfigMap,
        with(named("big"), "/data", json!({"a": "x".repeat(1024 * 1024 + 1)})),
        &["[]: Too long: may not be more than 1048576 bytes"],
    );
    check(
        Kind::Secret,
        with(named("s"), "/type", json!("kubernetes.io/tls")),
        &["data[tls.crt]: Required value", "data[tls.key]: Required value"],
    );
    check(
        Kind::Namespace,
        json!({"metadata": {"name": "a.b"}}),
        &[r#"metadata.name: Invalid value: "a.b": must not contain dots"#],
    );
    check(
        Kind::Node,
        json!({"metadata": {"name": "n"}, "spec": {"taints": [
            {"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule"}]}}),
        &["metadata.taints[1]: Duplicate value: \
             {\"Key\":\"a\",\"Value\":\"\",\"Effect\":\"NoSchedule\",\"TimeAdded\":null}: taints must be unique by \
             key and effect pair"],
    );
    check(
        Kind::ResourceQuota,
        with(named("q"), "/spec/hard", json!({"pods": "500m", "foo": "1"})),
        &[
            "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified",
            "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota",
            "spec.hard[pods]: Invalid value: \"500m\": must be an integer",
        ],
    );
    check(
        Kind::VolumeAttachment,
        json!({"metadata": {"name": "a"}, "spec": {"attacher": "", "source": {}}}),
        &[
            "spec.attacher: Required value",
            "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
            "spec.nodeName: Required value",
        ],
    );
    check(
        Kind::CSINode,
        json!({"metadata": {"name": "n"}, "spec": {"drivers": [{"name": "d", "nodeID": "n"}, {"name": "d"}]}}),
        &["spec.drivers[1].nodeID: Required value", "spec.drivers[1].name: Duplicate value: \"d\""],
    );
    check(
        Kind::PriorityClass,
        json!({"metadata": {"name": "p"}, "value": 1_000_000_001}),
        &["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    );
}
