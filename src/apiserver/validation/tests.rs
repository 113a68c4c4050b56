//! Whole messages, as a real control plane said them (S16–S22, V2, V4–V6, D2–D4, N15, R3). A case changes one thing in an
//! object that is good.

use serde_json::{Value, json};

use super::super::defaults;
use super::*;

fn set() -> Value {
    json!({
        "metadata": {"name": "v", "namespace": "default"},
        "spec": {
            "serviceName": "v", "replicas": 1, "selector": {"matchLabels": {"app": "v"}},
            "template": {
                "metadata": {"labels": {"app": "v"}},
                "spec": {"containers": [{"name": "c", "image": "nginx:1.27",
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]},
            },
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
        },
    })
}

/// The object with the value at a JSON pointer replaced, added or (null) removed.
fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = if parent.is_empty() { &mut object } else { ensure(&mut object, parent) };
    match parent {
        Value::Array(items) => items[member.parse::<usize>().expect("an index")] = value,
        Value::Object(members) if value.is_null() => drop(members.remove(member)),
        other => other[member] = value,
    }
    object
}

fn ensure<'a>(object: &'a mut Value, pointer: &str) -> &'a mut Value {
    pointer.split('/').skip(1).fold(object, |at, step| match step.parse::<usize>() {
        Ok(index) if at.is_array() => &mut at[index],
        _ => {
            if at.get(step).is_none() {
                at[step] = json!({});
            }
            &mut at[step]
        }
    })
}

fn defaulted(kind: Kind, mut object: Value) -> Value {
    defaults::apply(kind, &mut object);
    object
}

fn texts(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn check(kind: Kind, object: Value, expect: &[&str]) {
    let object = defaulted(kind, object);
    assert_eq!(texts(&create(kind, &object)), expect, "{object}");
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
                     and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NO_MATCH: &str = "spec.template.metadata.labels: Invalid value: {\"app\":\"v\"}: `selector` does not match template \
                        `labels`";

/// S16, in the order of its table.
#[test]
fn stateful_sets() {
    let long = "w".repeat(64);
    let label = |field: &str, value: &str| format!("{field}: Invalid value: \"{value}\": {LABEL}");
    let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
                 start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
                 for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    let cases: Vec<(&str, Value, Vec<String>)> = vec![
        ("/metadata/name", json!("Bad_Name"), vec![label("metadata.name", "Bad_Name")]),
        ("/metadata/name", json!("a.b"), vec![r#"metadata.name: Invalid value: "a.b": must not contain dots"#.into()]),
        (
            "/metadata/name",
            json!(long),
            vec![format!("metadata.name: Invalid value: \"{long}\": must be no more than 63 characters")],
        ),
        ("/spec/replicas", json!(-1), vec!["spec.replicas: Invalid value: -1: must be greater than or equal to 0".into()]),
        (
            "/spec/minReadySeconds",
            json!(-1),
            vec!["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0".into()],
        ),
        (
            "/spec/ordinals",
            json!({"start": -1}),
            vec!["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0".into()],
        ),
        ("/spec/serviceName", json!("Foo.bar"), vec![label("spec.serviceName", "Foo.bar")]),
        ("/spec/serviceName", json!(""), vec![]),
        ("/spec/selector", Value::Null, vec!["spec.selector: Required value".into(), NO_MATCH.into()]),
        (
            "/spec/selector",
            json!({}),
            vec!["spec.selector: Invalid value: {}: empty selector is invalid for statefulset".into()],
        ),
        ("/spec/selector", json!({"matchLabels": {"app": "w"}}), vec![NO_MATCH.into()]),
        (
            "/spec/selector",
            json!({"matchExpressions": [{"key": "app", "operator": "Foo", "values": ["v"]}]}),
            vec![
                r#"spec.selector.matchExpressions[0].operator: Invalid value: "Foo": not a valid selector operator"#.into(),
                r#"spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Foo","values":["v"]}]}"#
                    .into(),
            ],
        ),
        (
            "/spec/selector",
            json!({"matchLabels": {"app": "-bad-"}}),
            vec![
                format!("spec.selector.matchLabels: Invalid value: \"-bad-\": {value}"),
                r#"spec.selector: Invalid value: {"matchLabels":{"app":"-bad-"}}"#.into(),
            ],
        ),
        (
            "/spec/template/metadata/labels",
            json!({"app": "v", "x": "a b"}),
            vec![format!("spec.template.labels: Invalid value: \"a b\": {value}")],
        ),
        (
            "/spec/podManagementPolicy",
            json!("Foo"),
            vec![r#"spec.podManagementPolicy: Invalid value: "Foo": must be 'OrderedReady' or 'Parallel'"#.into()],
        ),
        (
            "/spec/updateStrategy",
            json!({"type": "Foo"}),
            vec![
                r#"spec.updateStrategy: Invalid value: {"Type":"Foo","RollingUpdate":null}: must be 'RollingUpdate' or 'OnDelete'"#.into(),
            ],
        ),
        (
            "/spec/updateStrategy",
            json!({"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
            vec![
                r#"spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'"#.into(),
            ],
        ),
        (
            "/spec/updateStrategy",
            json!({"rollingUpdate": {"partition": -1}}),
            vec!["spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0".into()],
        ),
        (
            "/spec/persistentVolumeClaimRetentionPolicy",
            json!({"whenDeleted": "Foo", "whenScaled": "retain"}),
            vec![
                r#"spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Foo": supported values: "Retain", "Delete""#.into(),
                r#"spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "retain": supported values: "Retain", "Delete""#.into(),
            ],
        ),
        (
            "/spec/template/spec/restartPolicy",
            json!("Sometimes"),
            vec![
                r#"spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never""#.into(),
                r#"spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always""#.into(),
            ],
        ),
        (
            "/spec/template/spec/activeDeadlineSeconds",
            json!(5),
            vec!["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported".into()],
        ),
        ("/spec/template/spec/containers", json!([]), vec!["spec.template.spec.containers: Required value".into()]),
        (
            "/spec/template/spec/containers/0/image",
            Value::Null,
            vec!["spec.template.spec.containers[0].image: Required value".into()],
        ),
        (
            "/spec/template/spec/containers",
            json!([{"name": "c", "image": "a"}, {"name": "c", "image": "b"}]),
            vec![r#"spec.template.spec.containers[1].name: Duplicate value: "c""#.into()],
        ),
        (
            "/spec/template/spec/containers/0/volumeMounts/0/name",
            json!("zz"),
            vec![r#"spec.template.spec.containers[0].volumeMounts[0].name: Not found: "zz""#.into()],
        ),
        ("/spec/template/spec/hostname", json!("Bad_Host"), vec![]),
    ];
    for (pointer, value, expect) in cases {
        let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
        check(Kind::StatefulSet, with(set(), pointer, value), &expect);
    }
}

/// S16, S16a: claim templates.
#[test]
fn claim_templates() {
    let claim = "/spec/volumeClaimTemplates/0";
    let at = "spec.volumeClaimTemplates[0].spec";
    let bad_name = format!("spec.template.spec.volumes[0].name: Invalid value: \"D_x\": {LABEL}");
    for (pointer, value, expect) in [
        (
            "/spec/accessModes",
            Value::Null,
            vec![format!("{at}.accessModes: Required value: at least 1 access mode is required")],
        ),
        (
            "/spec/accessModes",
            json!(["Foo"]),
            vec![format!(
                "{at}.accessModes: Unsupported value: \"Foo\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \
                 \"ReadWriteOnce\", \"ReadWriteOncePod\""
            )],
        ),
        (
            "/spec/accessModes",
            json!(["ReadWriteOnce", "ReadWriteOncePod"]),
            vec![format!("{at}.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes")],
        ),
        ("/spec/resources", json!({}), vec![format!("{at}.resources[storage]: Required value")]),
        (
            "/spec/resources/requests/storage",
            json!("0"),
            vec![format!("{at}.resources[storage]: Invalid value: \"0\": must be greater than zero")],
        ),
        (
            "/metadata/name",
            json!("D_x"),
            vec![bad_name, r#"spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data""#.to_string()],
        ),
        (
            "/metadata/name",
            Value::Null,
            vec![
                "spec.template.spec.volumes[0].persistentVolumeClaim.claimName: Required value".to_string(),
                "spec.template.spec.volumes[0].name: Required value".to_string(),
                r#"spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data""#.to_string(),
            ],
        ),
    ] {
        let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
        check(Kind::StatefulSet, with(set(), &format!("{claim}{pointer}"), value), &expect);
    }
    let twice = with(
        set(),
        "/spec/volumeClaimTemplates",
        json!([set()["spec"]["volumeClaimTemplates"][0], set()["spec"]["volumeClaimTemplates"][0]]),
    );
    check(Kind::StatefulSet, twice, &[]);
    let shadowed = with(set(), "/spec/template/spec/volumes", json!([{"name": "data", "hostPath": {}}]));
    check(Kind::StatefulSet, shadowed, &[]);
}

/// All violations together, in the order of the checks.
#[test]
fn several_at_once() {
    let mut object = with(set(), "/spec/podManagementPolicy", json!("X"));
    object = with(object, "/spec/replicas", json!(-1));
    object = with(object, "/spec/template/spec/containers", json!([{"name": "c", "ports": [{"name": "web"}]}]));
    check(
        Kind::StatefulSet,
        object,
        &[
            "spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'",
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            "spec.template.spec.containers[0].image: Required value",
            "spec.template.spec.containers[0].ports[0].containerPort: Required value",
        ],
    );
    check(
        Kind::StatefulSet,
        with(set(), "/spec/template", Value::Null),
        &[
            "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            "spec.template.spec.containers: Required value",
        ],
    );
}

const ONLY_SEVEN: &str = "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', \
                          'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' \
                          and 'minReadySeconds' are forbidden";

fn check_update(kind: Kind, old: &Value, changes: &[(&str, Value)], expect: &[&str]) {
    let old = defaulted(kind, old.clone());
    let mut new = old.clone();
    for (pointer, value) in changes {
        new = with(new, pointer, value.clone());
    }
    defaults::prepare_for_update(kind, &mut new, &old);
    assert_eq!(texts(&update(kind, &new, &old)), expect, "{changes:?}");
}

/// S18, S19, S20.
#[test]
fn stateful_set_updates() {
    let check = |changes: &[(&str, Value)], expect: &[&str]| check_update(Kind::StatefulSet, &set(), changes, expect);
    check(&[], &[]);
    check(
        &[
            ("/spec/replicas", json!(3)),
            ("/spec/ordinals", json!({"start": 2})),
            ("/spec/template/spec/containers/0/image", json!("nginx:1.28")),
            ("/spec/updateStrategy", json!({"type": "OnDelete"})),
            ("/spec/revisionHistoryLimit", json!(0)),
            ("/spec/persistentVolumeClaimRetentionPolicy/whenScaled", json!("Delete")),
            ("/spec/minReadySeconds", json!(3)),
        ],
        &[],
    );
    check(&[("/spec/serviceName", json!("w"))], &[ONLY_SEVEN]);
    check(&[("/spec/podManagementPolicy", json!("Parallel"))], &[ONLY_SEVEN]);
    check(&[("/spec/volumeClaimTemplates/0/spec/resources/requests/storage", json!("2Gi"))], &[ONLY_SEVEN]);
    check(
        &[("/spec/volumeClaimTemplates", json!([]))],
        &[r#"spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data""#, ONLY_SEVEN],
    );
    check(&[("/spec/selector/matchLabels/app", json!("w"))], &[NO_MATCH, ONLY_SEVEN]);
    check(
        &[("/spec/replicas", json!(-5)), ("/spec/serviceName", json!("w"))],
        &["spec.replicas: Invalid value: -5: must be greater than or equal to 0", ONLY_SEVEN],
    );
    check(&[("/metadata/uid", json!("x"))], &[r#"metadata.uid: Invalid value: "x": field is immutable"#]);
    check(
        &[("/metadata/labels", json!({"bad value": "x"}))],
        &[
            "metadata.labels: Invalid value: \"bad value\": name part must consist of alphanumeric characters, '-', '_' or \
         '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex \
         used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ],
    );
    let stored_bad = with(set(), "/spec/template/spec/containers/0/image", Value::Null);
    check_update(Kind::StatefulSet, &stored_bad, &[("/spec/replicas", json!(2))], &[]);
}

/// S21.
#[test]
fn status_updates() {
    let old = json!({"status": {"replicas": 3, "collisionCount": 1}});
    let new = json!({"status": {"replicas": 1, "readyReplicas": 2, "currentReplicas": -1, "availableReplicas": 3}});
    assert_eq!(
        texts(&status_update(Kind::StatefulSet, &new, &old)),
        [
            "status.currentReplicas: Invalid value: -1: must be greater than or equal to 0",
            "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
            "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
            "status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas",
            "status.collisionCount: Invalid value: 0: cannot be decremented",
        ]
    );
    assert_eq!(
        texts(&scale(&json!({"spec": {"replicas": -5}}))),
        ["spec.replicas: Invalid value: -5: must be greater than or equal to 0"]
    );
}

/// S22.
#[test]
fn controller_revisions() {
    let revision = json!({"metadata": {"name": "v-1", "namespace": "default"}, "revision": 1, "data": {"spec": {}}});
    check(Kind::ControllerRevision, revision.clone(), &[]);
    check(
        Kind::ControllerRevision,
        with(revision.clone(), "/data", Value::Null),
        &["data: Required value: data is mandatory"],
    );
    check(
        Kind::ControllerRevision,
        with(revision.clone(), "/data", json!("x")),
        &["data: Required value: data must be a valid JSON object"],
    );
    let changes = [("/data", json!({"x": 1})), ("/revision", json!(2))];
    check_update(
        Kind::ControllerRevision,
        &revision,
        &changes,
        &[r#"data: Invalid value: {"x":1}: field is immutable"#],
    );
}

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
#[test]
fn pods() {
    let container = "spec.containers[0]";
    for (member, value, expect) in [
        ("containers/0/name", Value::Null, vec![format!("{container}.name: Required value")]),
        ("containers/0/image", json!("nginx "), vec![format!("{container}.image: Invalid value: \"nginx \": must not have leading or trailing whitespace")]),
        (
            "containers/0/ports",
            json!([{"containerPort": 70000}, {"containerPort": 1, "name": "this-name-is-too-long"}]),
            vec![
                format!("{container}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"),
                format!("{container}.ports[1].name: Invalid value: \"this-name-is-too-long\": must be no more than 15 characters"),
            ],
        ),
        ("containers/0/readinessProbe", json!({}), vec![format!("{container}.readinessProbe: Required value: must specify a handler type")]),
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
                format!("{container}.env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='"),
                format!("{container}.env[1].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.foo\": error converting fieldPath: field label not supported: spec.foo"),
                format!("{container}.env[1].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"),
            ],
        ),
        (
            "containers/0/resources",
            json!({"requests": {"cpu": "2", "gpu": "1"}, "limits": {"cpu": "1"}}),
            vec![
                format!("{container}.resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"),
                format!("{container}.resources.requests[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully qualified"),
                format!("{container}.resources.requests[gpu]: Invalid value: \"gpu\": must be a standard resource for containers"),
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
                "spec.tolerations[0].effect: Invalid value: \"Never\": effect must be 'NoExecute' when `tolerationSeconds` is set".to_string(),
                "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'".to_string(),
                "spec.tolerations[0].effect: Unsupported value: \"Never\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"".to_string(),
            ],
        ),
        (
            "topologySpreadConstraints",
            json!([{"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "X"}]),
            vec![
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero".to_string(),
                "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty".to_string(),
                "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"X\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"".to_string(),
            ],
        ),
        (
            "affinity",
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {}, "topologyKey": "zone"}],
                   "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 0, "podAffinityTerm": {"topologyKey": "a"}}]}}),
            vec!["spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100".to_string()],
        ),
        ("hostAliases", json!([{"ip": "1.2.3"}]), vec!["spec.hostAliases[0].ip: Invalid value: \"1.2.3\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_string()]),
        ("dnsPolicy", json!("None"), vec!["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None".to_string()]),
        ("securityContext", json!({"runAsUser": -1}), vec!["spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive".to_string()]),
        (
            "initContainers",
            json!([{"name": "c", "image": "a", "lifecycle": {}}]),
            vec![
                "spec.initContainers[0].name: Duplicate value: \"c\"".to_string(),
                "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always".to_string(),
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
         `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only \
         additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
         previously negative)",
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

fn claim() -> Value {
    json!({
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "s"},
    })
}

/// V4.
#[test]
fn claims() {
    let size = "/spec/resources/requests/storage";
    for (pointer, value, expect) in [
        ("/spec/accessModes", json!([]), "spec.accessModes: Required value: at least 1 access mode is required"),
        (size, json!("-1"), "spec.resources[storage]: Invalid value: \"-1\": must be greater than zero"),
        (
            "/spec/volumeMode",
            json!("File"),
            "spec.volumeMode: Unsupported value: \"File\": supported values: \"Block\", \"Filesystem\"",
        ),
        (
            "/spec/storageClassName",
            json!("Bad_Name"),
            "spec.storageClassName: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case \
             alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
             'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ),
    ] {
        check(Kind::PersistentVolumeClaim, with(claim(), pointer, value), &[expect]);
    }
}

/// V6, V50.
#[test]
fn claim_updates() {
    let size = "/spec/resources/requests/storage";
    let forbidden = [
        "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for \
         bound claims",
        "@@ -6,7 +6,7 @@",
        "  \"Resources\": {",
        "   \"Limits\": null,",
        "   \"Requests\": {",
        "-   \"storage\": \"1Gi\"",
        "+   \"storage\": \"2Gi\"",
        "   }",
        "  },",
        "  \"VolumeName\": \"\",",
        "",
    ];
    let pending = defaulted(Kind::PersistentVolumeClaim, claim());
    let errors = update(Kind::PersistentVolumeClaim, &with(pending.clone(), size, json!("2Gi")), &pending);
    assert_eq!(texts(&errors), [forbidden.join("\n")]);
    let mut bound = with(pending, "/status", json!({"phase": "Bound", "capacity": {"storage": "1Gi"}}));
    assert!(update(Kind::PersistentVolumeClaim, &with(bound.clone(), size, json!("2Gi")), &bound).is_empty());
    bound = with(bound, size, json!("4Gi"));
    assert!(update(Kind::PersistentVolumeClaim, &with(bound.clone(), size, json!("2Gi")), &bound).is_empty());
    let errors = update(Kind::PersistentVolumeClaim, &with(bound.clone(), size, json!("1Gi")), &bound);
    assert_eq!(
        texts(&errors),
        ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]
    );
}

/// V1, V2, V5.
#[test]
fn volumes_and_classes() {
    check(
        Kind::PersistentVolume,
        json!({"metadata": {"name": "v"}, "spec": {}}),
        &[
            "spec.accessModes: Required value",
            "spec.capacity: Required value",
            "spec.capacity: Unsupported value: null: supported values: \"storage\"",
            "spec: Required value: must specify a volume type",
        ],
    );
    let volume = json!({"metadata": {"name": "v"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "local": {"path": "/d"}}});
    check(Kind::PersistentVolume, volume, &["spec.nodeAffinity: Required value: Local volume requires node affinity"]);
    let class = json!({"metadata": {"name": "s"}, "provisioner": "p"});
    check(Kind::StorageClass, with(class.clone(), "/provisioner", json!("")), &["provisioner: Required value"]);
    check(
        Kind::StorageClass,
        with(class.clone(), "/reclaimPolicy", json!("Recycle")),
        &[r#"reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain""#],
    );
    check(
        Kind::StorageClass,
        with(class.clone(), "/volumeBindingMode", json!("Later")),
        &[r#"volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer""#],
    );
    check_update(
        Kind::StorageClass,
        &class,
        &[("/reclaimPolicy", json!("Retain")), ("/allowVolumeExpansion", json!(true))],
        &[r#"reclaimPolicy: Invalid value: "Retain": field is immutable"#],
    );
}

fn service(spec: Value) -> Value {
    json!({"metadata": {"name": "s", "namespace": "default"}, "spec": spec})
}

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
        &[
            r#"spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}"#,
        ],
    );
    let named = |name: &str| with(service(json!({"ports": [{"port": 80}]})), "/metadata/name", json!(name));
    super::tests::check(Kind::Service, named("1abc"), &[]);
    super::tests::check(
        Kind::Service,
        named("a.b"),
        &[r#"metadata.name: Invalid value: "a.b": must not contain dots"#],
    );
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
            r#"spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"app":"x"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set"#,
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
        &[
            r#"spec.strategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate""#,
        ],
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
        &[
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
        ],
    );
}

#[test]
fn plain_kinds() {
    let named = |name: &str| json!({"metadata": {"name": name, "namespace": "default"}});
    check(
        Kind::ConfigMap,
        with(named("c"), "/data", json!({"a b": "x"})),
        &[
            "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
           (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ],
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
        &[
            r#"metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair"#,
        ],
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
        Kind::PriorityClass,
        json!({"metadata": {"name": "p"}, "value": 1_000_000_001}),
        &["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
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
        r#"spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead"#.to_string(),
        format!("{at}.env[1]: hides previous definition of \"A\", which may be dropped when using apply"),
        format!("{at}.ports[1]: duplicate port definition with {at}.ports[0]"),
        format!("{at}.ports[1]: duplicate port name \"a\" with {at}.ports[0], services and probes that select ports by name will use {at}.ports[0]"),
        limit.to_string(),
    ];
    assert_eq!(warnings(Kind::StatefulSet, &object, None), expect);
    assert_eq!(warnings(Kind::StatefulSet, &object, Some(&object)), [limit]);
    let headless = defaulted(Kind::Service, service(json!({"clusterIP": "None", "sessionAffinity": "ClientIP"})));
    assert_eq!(warnings(Kind::Service, &headless, None), ["spec.SessionAffinity is ignored for headless services"]);
    let recycled = json!({"spec": {"persistentVolumeReclaimPolicy": "Recycle"}});
    assert_eq!(
        warnings(Kind::PersistentVolume, &recycled, None),
        [
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach \
          is to use dynamic provisioning."
        ]
    );
}
