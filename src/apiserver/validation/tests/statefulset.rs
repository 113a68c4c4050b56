//! `StatefulSet`s and their revisions (S16–S22).

use super::*;

/// S16, in the order of its table.
#[allow(clippy::too_many_lines, reason = "a table of cases, or one walk through all that can be wrong")]
#[test]
fn stateful_sets() {
    let long = "w".repeat(64);
    let label = |field: &str, value: &str| format!("{field}: Invalid value: \"{value}\": {LABEL}");
    let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                 must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                 regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    let cases: Vec<(&str, Value, Vec<String>)> = vec![
        ("/metadata/name", json!("Bad_Name"), vec![label("metadata.name", "Bad_Name")]),
        ("/metadata/name", json!("a.b"), vec![r#"metadata.name: Invalid value: "a.b": must not contain dots"#.into()]),
        (
            "/metadata/name",
            json!(long),
            vec![format!("metadata.name: Invalid value: \"{long}\": must be no more than 63 characters")],
        ),
        (
            "/spec/replicas",
            json!(-1),
            vec![
                "spec.replicas: Invalid value: -1: must be greater than or equal to \
                                            0"
                .into(),
            ],
        ),
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
                "spec.selector.matchExpressions[0].operator: Invalid value: \"Foo\": not a valid selector \
                 operator"
                    .into(),
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
                "spec.updateStrategy: Invalid value: {\"Type\":\"Foo\",\"RollingUpdate\":null}: must be \
                 'RollingUpdate' or 'OnDelete'"
                    .into(),
            ],
        ),
        (
            "/spec/updateStrategy",
            json!({"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
            vec![
                "spec.updateStrategy.rollingUpdate: Invalid value: {\"Partition\":1,\"MaxUnavailable\":null}: only \
                 allowed for updateStrategy 'RollingUpdate'"
                    .into(),
            ],
        ),
        (
            "/spec/updateStrategy",
            json!({"rollingUpdate": {"partition": -1}}),
            vec![
                "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to \
                  0"
                .into(),
            ],
        ),
        (
            "/spec/persistentVolumeClaimRetentionPolicy",
            json!({"whenDeleted": "Foo", "whenScaled": "retain"}),
            vec![
                "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: \"Foo\": supported \
                 values: \"Retain\", \"Delete\""
                    .into(),
                "spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: \"retain\": supported \
                 values: \"Retain\", \"Delete\""
                    .into(),
            ],
        ),
        (
            "/spec/template/spec/restartPolicy",
            json!("Sometimes"),
            vec![
                "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \
                 \"OnFailure\", \"Never\""
                    .into(),
                "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \
                 \"Always\""
                    .into(),
            ],
        ),
        (
            "/spec/template/spec/activeDeadlineSeconds",
            json!(5),
            vec![
                "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not \
                  Supported"
                    .into(),
            ],
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
        &["metadata.labels: Invalid value: \"bad value\": name part must consist of alphanumeric characters, '-', \
             '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
             '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"],
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
