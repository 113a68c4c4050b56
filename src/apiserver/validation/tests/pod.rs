//! Pods, and what is warned of (S16a, S17).

use super::*;

/// S17: names that leave no room for what the controller adds.
#[test]
fn pods_of_sets_with_long_names() {
    let (name, hash) = (format!("{}-0", "b".repeat(63)), format!("{}-75bdf6b594", "b".repeat(63)));
    let object = json!({
        "metadata": {"name": name, "namespace": "default", "labels": {"controller-revision-hash": hash}},
        "spec": {"hostname": name, "containers": [{"name": "c", "image": "a"}]},
    });
    check(
        Kind::Pod,
        object,
        &[
            &format!("metadata.labels: Invalid value: \"{hash}\": must be no more than 63 bytes"),
            &format!("spec.hostname: Invalid value: \"{name}\": must be no more than 63 characters"),
        ],
    );
}

fn pod_with(member: &str, value: Value) -> Value {
    let pod = json!({
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]},
    });
    with(pod, &format!("/spec/{member}"), value)
}

/// Parts of a Pod, with the messages of the recordings where there are any.
#[allow(clippy::too_many_lines, reason = "a table of cases, or one walk through all that can be wrong")]
#[test]
fn pods() {
    let container = "spec.containers[0]";
    for (member, value, expect) in [
        ("containers/0/name", Value::Null, vec![format!("{container}.name: Required value")]),
        (
            "containers/0/image",
            json!("nginx "),
            vec![format!(
                "{container}.image: Invalid value: \"nginx \": must not \
            have leading or trailing whitespace"
            )],
        ),
        (
            "containers/0/ports",
            json!([{"containerPort": 70000}, {"containerPort": 1, "name": "this-name-is-too-long"}]),
            vec![
                format!(
                    "{container}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, \
                         inclusive"
                ),
                format!(
                    "{container}.ports[1].name: Invalid value: \"this-name-is-too-long\": must be no more than \
                         15 characters"
                ),
            ],
        ),
        (
            "containers/0/readinessProbe",
            json!({}),
            vec![format!(
                "{container}.readinessProbe: Required value: must \
            specify a handler type"
            )],
        ),
        (
            "containers/0/readinessProbe",
            json!({"httpGet": {"port": 80}, "tcpSocket": {"port": 80}}),
            vec![format!("{container}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type")],
        ),
        (
            "containers/0/livenessProbe",
            json!({"exec": {}, "successThreshold": 2}),
            vec![
                format!("{container}.livenessProbe.exec.command: Required value"),
                format!("{container}.livenessProbe.successThreshold: Invalid value: 2: must be 1"),
            ],
        ),
        (
            "containers/0/env",
            json!([{"name": "a=b"}, {"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "spec.foo"}}}]),
            vec![
                format!(
                    "{container}.env[0].name: Invalid value: \"a=b\": a valid environment variable name must \
                         consist only of printable ASCII characters other than '='"
                ),
                format!(
                    "{container}.env[1].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.foo\": error \
                         converting fieldPath: field label not supported: spec.foo"
                ),
                format!(
                    "{container}.env[1].valueFrom: Invalid value: \"\": may not be specified when `value` is not \
                         empty"
                ),
            ],
        ),
        (
            "containers/0/resources",
            json!({"requests": {"cpu": "2", "gpu": "1"}, "limits": {"cpu": "1"}}),
            vec![
                format!(
                    "{container}.resources.requests: Invalid value: \"2\": must be less than or equal to cpu \
                         limit of 1"
                ),
                format!(
                    "{container}.resources.requests[gpu]: Invalid value: \"gpu\": must be a standard resource \
                         type or fully qualified"
                ),
                format!(
                    "{container}.resources.requests[gpu]: Invalid value: \"gpu\": must be a standard resource \
                         for containers"
                ),
            ],
        ),
        (
            "volumes",
            json!([{"name": "a", "secret": {}}, {"name": "b", "emptyDir": {}, "hostPath": {"path": "/x"}}]),
            vec![
                "spec.volumes[0].secret.secretName: Required value".to_string(),
                "spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type".to_string(),
            ],
        ),
        (
            "tolerations",
            json!([{"key": "a", "operator": "Exists", "value": "b", "tolerationSeconds": 1, "effect": "Never"}]),
            vec![
                "spec.tolerations[0].effect: Invalid value: \"Never\": effect must be 'NoExecute' when \
                 `tolerationSeconds` is set"
                    .to_string(),
                "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is \
                 'Exists'"
                    .to_string(),
                "spec.tolerations[0].effect: Unsupported value: \"Never\": supported values: \"NoSchedule\", \
                 \"PreferNoSchedule\", \"NoExecute\""
                    .to_string(),
            ],
        ),
        (
            "topologySpreadConstraints",
            json!([{"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "X"}]),
            vec![
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero".to_string(),
                "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty".to_string(),
                "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"X\": supported values: \
                 \"DoNotSchedule\", \"ScheduleAnyway\""
                    .to_string(),
            ],
        ),
        (
            "affinity",
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                       {"labelSelector": {}, "topologyKey": "zone"}],
                   "preferredDuringSchedulingIgnoredDuringExecution": [
                       {"weight": 0, "podAffinityTerm": {"topologyKey": "a"}}]}}),
            vec![
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid \
                  value: 0: must be in the range 1-100"
                    .to_string(),
            ],
        ),
        (
            "hostAliases",
            json!([{"ip": "1.2.3"}]),
            vec![
                "spec.hostAliases[0].ip: Invalid value: \"1.2.3\": must be a \
                                                        valid IP address, (e.g. 10.9.8.7 or \
                                                        2001:db8::ffff)"
                    .to_string(),
            ],
        ),
        (
            "dnsPolicy",
            json!("None"),
            vec![
                "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` \
                                           is None"
                    .to_string(),
            ],
        ),
        (
            "securityContext",
            json!({"runAsUser": -1}),
            vec![
                "spec.securityContext.runAsUser: Invalid value: -1: must \
                                                            be between 0 and 2147483647, inclusive"
                    .to_string(),
            ],
        ),
        (
            "initContainers",
            json!([{"name": "c", "image": "a", "lifecycle": {}}]),
            vec![
                "spec.initContainers[0].name: Duplicate value: \"c\"".to_string(),
                "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without \
                 restartPolicy=Always"
                    .to_string(),
            ],
        ),
    ] {
        let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
        check(Kind::Pod, pod_with(member, value), &expect);
    }
}

/// Only images, deadlines, tolerations may change; the diff shows Go's names.
#[test]
fn pod_updates() {
    let old = pod_with("nodeName", json!("node-0"));
    let fine = [
        ("/spec/containers/0/image", json!("nginx:1.28")),
        ("/metadata/labels", json!({"a": "b"})),
        ("/spec/activeDeadlineSeconds", json!(5)),
    ];
    check_update(Kind::Pod, &old, &fine, &[]);
    let forbidden = [
        "spec: Forbidden: pod updates may not change fields other than \
         `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \
         (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if \
         it was previously negative)",
        "@@ -64,7 +64,7 @@",
        "   \"SELinuxChangePolicy\": null",
        "  },",
        "  \"ImagePullSecrets\": null,",
        "- \"Hostname\": \"\",",
        "+ \"Hostname\": \"h\",",
        "  \"Subdomain\": \"\",",
        "  \"SetHostnameAsFQDN\": null,",
        "  \"Affinity\": null,",
        "",
    ];
    check_update(Kind::Pod, &old, &[("/spec/hostname", json!("h"))], &[&forbidden.join("\n")]);
    check_update(
        Kind::Pod,
        &pod_with("tolerations", json!([{"key": "a", "operator": "Exists"}])),
        &[("/spec/tolerations", json!([]))],
        &["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
    );
    let two = json!([{"name": "c", "image": "a"}, {"name": "d", "image": "a"}]);
    check_update(
        Kind::Pod,
        &old,
        &[("/spec/containers", two)],
        &["spec.containers: Forbidden: pod updates may not add or remove containers"],
    );
}

/// S16a and `pkg/api/pod/warnings.go`.
#[test]
fn warned() {
    let mut object = with(set(), "/spec/revisionHistoryLimit", json!(-1));
    let ports = json!([{"containerPort": 80, "name": "a"}, {"containerPort": 80, "name": "a"}]);
    object = with(object, "/spec/template/spec/containers/0/ports", ports);
    object = with(object, "/spec/template/spec/containers/0/env", json!([{"name": "A", "value": "1"}, {"name": "A"}]));
    object = with(object, "/spec/template/spec/nodeSelector", json!({"beta.kubernetes.io/os": "linux"}));
    let object = defaulted(Kind::StatefulSet, object);
    let at = "spec.template.spec.containers[0]";
    let limit =
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
    let expect = [
        "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" \
         instead"
            .to_string(),
        format!("{at}.env[1]: hides previous definition of \"A\", which may be dropped when using apply"),
        format!("{at}.ports[1]: duplicate port definition with {at}.ports[0]"),
        format!(
            "{at}.ports[1]: duplicate port name \"a\" with {at}.ports[0], services and probes that select ports \
                 by name will use {at}.ports[0]"
        ),
        limit.to_string(),
    ];
    assert_eq!(warnings(Kind::StatefulSet, &object, None), expect);
    assert_eq!(warnings(Kind::StatefulSet, &object, Some(&object)), [limit]);
    let headless =
        defaulted(Kind::Service, super::service(json!({"clusterIP": "None", "sessionAffinity": "ClientIP"})));
    assert_eq!(warnings(Kind::Service, &headless, None), ["spec.SessionAffinity is ignored for headless services"]);
    let recycled = json!({"spec": {"persistentVolumeReclaimPolicy": "Recycle"}});
    assert_eq!(
        warnings(Kind::PersistentVolume, &recycled, None),
        ["spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended \
             approach is to use dynamic provisioning."]
    );
}
