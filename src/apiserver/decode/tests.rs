//! Bodies as people write them, and what the server says of those it cannot read.

#![expect(clippy::needless_pass_by_value, reason = "json!() reads best as an argument")]

use serde_json::json;

use super::*;

fn stateful_set(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": spec})
}

fn in_container(field: &str, value: Value) -> Value {
    let mut container = json!({"name": "nginx", "image": "nginx"});
    container[field] = value;
    stateful_set(json!({"template": {"spec": {"containers": [container]}}}))
}

fn message(kind: Kind, body: Value) -> String {
    decode(kind, body, FieldValidation::Strict).unwrap_err().message
}

fn decoded(kind: Kind, body: Value) -> Value {
    decode(kind, body, FieldValidation::Strict).unwrap().value
}

#[test]
fn type_errors_name_the_innermost_struct_and_the_whole_path_s16b() {
    let check = |body: Value, expect: &str| {
        let prefix = "StatefulSet in version \"v1\" cannot be handled as a StatefulSet: json: cannot unmarshal ";
        assert_eq!(message(Kind::StatefulSet, body), format!("{prefix}{expect}"));
    };
    check(
        stateful_set(json!({"replicas": "3"})),
        "string into Go struct field StatefulSetSpec.spec.replicas of type int32",
    );
    check(
        stateful_set(json!({"replicas": 1.5})),
        "number 1.5 into Go struct field StatefulSetSpec.spec.replicas of type int32",
    );
    check(
        stateful_set(json!({"replicas": 3_000_000_000_i64})),
        "number 3000000000 into Go struct field StatefulSetSpec.spec.replicas of type int32",
    );
    check(stateful_set(json!("x")), "string into Go struct field StatefulSet.spec of type v1.StatefulSetSpec");
    check(
        stateful_set(json!({"template": {"spec": {"containers": {"name": "x"}}}})),
        "object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
    );
    check(
        in_container("command", json!("sleep 1")),
        "string into Go struct field Container.spec.template.spec.containers.command of type []string",
    );
    check(
        in_container("env", json!([{"name": "A", "value": 5}])),
        "number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
    );
    check(
        in_container("env", json!([{"name": "A", "value": true}])),
        "bool into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
    );
    check(
        in_container("ports", json!([{"containerPort": "http"}])),
        "string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32",
    );
    check(
        in_container("ports", json!([{"containerPort": 80, "protocol": 6}])),
        "number into Go struct field ContainerPort.spec.template.spec.containers.ports.protocol of type v1.Protocol",
    );
    check(
        in_container("resources", json!({"limits": ["x"]})),
        "array into Go struct field ResourceRequirements.spec.template.spec.containers.resources.limits of type \
         v1.ResourceList",
    );
    check(
        json!({"metadata": {"name": "web", "labels": {"a": 1}}}),
        "number into Go struct field ObjectMeta.metadata.labels of type string",
    );
    check(
        stateful_set(json!({"template": {"spec": {"volumes": [{"name": "a", "emptyDir": "x"}]}}})),
        "string into Go struct field Volume.spec.template.spec.volumes.emptyDir of type v1.EmptyDirVolumeSource",
    );
}

#[test]
fn the_first_type_error_counts_but_a_type_that_reads_itself_ends_decoding() {
    let error = message(Kind::StatefulSet, stateful_set(json!({"minReadySeconds": "a", "replicas": "b"})));
    assert!(error.ends_with("StatefulSetSpec.spec.minReadySeconds of type int32"), "{error}");
    let quantity = json!({
        "replicas": "b",
        "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "1gi"}}}}],
    });
    let error = message(Kind::StatefulSet, stateful_set(quantity));
    assert_eq!(
        error,
        "StatefulSet in version \"v1\" cannot be handled as a StatefulSet: quantities must match the regular \
         expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    );
}

#[test]
fn own_json_forms() {
    let service = |port: Value| json!({"spec": {"ports": [{"port": 80, "targetPort": port}]}});
    let error = message(Kind::Service, service(json!(true)));
    assert!(
        error.ends_with(
            "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32"
        ),
        "{error}"
    );
    assert_eq!(decoded(Kind::Service, service(json!("http")))["spec"]["ports"][0]["targetPort"], "http");
    let error = message(Kind::ConfigMap, json!({"metadata": {"creationTimestamp": 5}}));
    assert!(error.ends_with("Go struct field ObjectMeta.metadata.creationTimestamp of type string"), "{error}");
    let error = message(Kind::ConfigMap, json!({"metadata": {"creationTimestamp": "now"}}));
    assert!(
        error.ends_with(": parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\"")
    );
    let error = message(Kind::Secret, json!({"data": {"a": "hello"}}));
    assert!(error.ends_with("cannot be handled as a Secret: illegal base64 data at input byte 4"), "{error}");
}

#[test]
fn unknown_fields_part_10() {
    let body =
        || stateful_set(json!({"replica": 3, "ServiceName": "x", "template": {"spec": {"containers": [{"imag": 1}]}}}));
    let fields = [
        "unknown field \"spec.ServiceName\"",
        "unknown field \"spec.replica\"",
        "unknown field \"spec.template.spec.containers[0].imag\"",
    ];
    assert_eq!(
        message(Kind::StatefulSet, body()),
        format!(
            "StatefulSet in version \"v1\" cannot be handled as a StatefulSet: strict decoding error: {}",
            fields.join(", ")
        )
    );
    let warned = decode(Kind::StatefulSet, body(), FieldValidation::Warn).unwrap();
    assert_eq!(warned.warnings, fields);
    assert!(warned.value["spec"].get("replica").is_none());
    let ignored = decode(Kind::StatefulSet, body(), FieldValidation::Ignore).unwrap();
    assert_eq!((ignored.warnings.len(), ignored.value), (0, warned.value));
    let found = unknown_fields(Kind::StatefulSet, &body());
    assert_eq!(found[1].path, "spec.replica");
    assert!(found[1].known.contains(&"replicas"));
}

#[test]
fn strict_errors_stop_at_a_hundred() {
    let many: Map<String, Value> = (0..150).map(|i| (format!("x{i}"), json!(1))).collect();
    let warned = decode(Kind::ConfigMap, Value::Object(many), FieldValidation::Warn).unwrap();
    assert_eq!(warned.warnings.len(), 100);
}

#[test]
fn objects_become_what_go_would_write() {
    let body = json!({
        "metadata": {"name": "web", "labels": {}, "creationTimestamp": null, "annotations": {"a": null}},
        "spec": {
            "replicas": null,
            "serviceName": "",
            "minReadySeconds": 0,
            "selector": {},
            "template": {"spec": {"containers": [{
                "name": "nginx", "args": [], "tty": false,
                "env": [{"name": "A", "value": ""}],
                "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}},
                "securityContext": {}, "livenessProbe": null,
            }], "volumes": [{"name": "v", "emptyDir": {}}], "terminationGracePeriodSeconds": 0}},
            "volumeClaimTemplates": [{"metadata": {"name": "www"}, "spec": {"storageClassName": ""}}],
        },
    });
    let expect = json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "web", "annotations": {"a": ""}},
        "spec": {
            "selector": {},
            "serviceName": "",
            "template": {"metadata": {}, "spec": {"containers": [{
                "name": "nginx",
                "env": [{"name": "A"}],
                "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
                "securityContext": {},
            }], "volumes": [{"name": "v", "emptyDir": {}}], "terminationGracePeriodSeconds": 0}},
            "updateStrategy": {},
            "volumeClaimTemplates": [
                {"metadata": {"name": "www"}, "spec": {"resources": {}, "storageClassName": ""}, "status": {}},
            ],
        },
        "status": {"availableReplicas": 0, "replicas": 0},
    });
    let got = decoded(Kind::StatefulSet, body);
    assert_eq!(got, expect);
    assert_eq!(normalize(Kind::StatefulSet, got.clone()), got);
}

#[test]
fn fields_without_omitempty_are_null_or_zero() {
    let slice = decoded(Kind::EndpointSlice, json!({"addressType": "IPv4", "endpoints": []}));
    assert_eq!((&slice["endpoints"], &slice["ports"]), (&Value::Null, &Value::Null));
    assert!(slice.as_object().unwrap().contains_key("endpoints"));
    assert_eq!(decoded(Kind::Service, json!({}))["status"], json!({"loadBalancer": {}}));
    let event = decoded(Kind::Event, json!({}));
    assert!(event.as_object().unwrap().contains_key("eventTime"));
    assert_eq!(decoded(Kind::Pod, json!({}))["spec"], json!({"containers": null}));
}

#[test]
fn bodies_of_another_type() {
    let error = message(Kind::ConfigMap, stateful_set(json!({})));
    assert_eq!(
        error,
        "StatefulSet in version \"v1\" cannot be handled as a ConfigMap: converting (v1.StatefulSet) to \
         (core.ConfigMap): unknown conversion"
    );
    let error = message(Kind::ConfigMap, json!([1]));
    assert!(
        error.starts_with("the object provided is unrecognized (must be of type ConfigMap): couldn't get"),
        "{error}"
    );
    assert!(error.ends_with(" ([1])"), "{error}");
    let error = message(Kind::StatefulSet, json!({"apiVersion": "apps/v1beta1", "kind": "StatefulSet"}));
    assert_eq!(error, "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)");
}

#[test]
fn scale_and_eviction_decode_too() {
    let scale = Struct::by_id("autoscaling.Scale").unwrap();
    let error = decode_as(scale, "autoscaling/v1", json!({"spec": {"replicas": "x"}}), FieldValidation::Warn);
    assert_eq!(
        error.unwrap_err().message,
        "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field \
         ScaleSpec.spec.replicas of type int32"
    );
}

#[test]
fn patched_objects_have_their_own_errors_part_9() {
    let patched = stateful_set(json!({"replica": 3}));
    let patch = json!({"spec": {"replica": 3}});
    let status =
        convert_patched(Struct::of(Kind::StatefulSet), "apps/v1", patched.clone(), &patch, FieldValidation::Strict)
            .unwrap_err();
    assert_eq!(
        status.message,
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[replica:3]]\": strict decoding error: unknown field \
         \"spec.replica\""
    );
    assert_eq!((status.code, status.reason, status.kind.as_str()), (422, "Invalid", ""));
    let warned =
        convert_patched(Struct::of(Kind::StatefulSet), "apps/v1", patched.clone(), &patch, FieldValidation::Warn)
            .unwrap();
    assert_eq!(warned.warnings, ["unknown field \"spec.replica\""]);
    let status = decode_patched(
        Struct::of(Kind::StatefulSet),
        "apps/v1",
        patched.clone(),
        Vec::new(),
        FieldValidation::Strict,
        || patched,
    )
    .unwrap_err();
    assert!(status.message.starts_with(" \"\" is invalid: patch: Invalid value: \"{\\\"apiVersion\\\""));
    assert!(status.message.ends_with("strict decoding error: unknown field \"spec.replica\""));
}

#[test]
fn conversion_words_type_errors_differently() {
    let check = |spec: Value, expect: &str| {
        let patch = json!({});
        let result = convert_patched(
            Struct::of(Kind::StatefulSet),
            "apps/v1",
            stateful_set(spec),
            &patch,
            FieldValidation::Warn,
        );
        let error = result.map_or_else(|status| status.message, |d| d.value["spec"]["replicas"].to_string());
        let expect = if error.starts_with(' ') {
            format!(" \"\" is invalid: patch: Invalid value: \"map[]\": {expect}")
        } else {
            expect.to_string()
        };
        assert_eq!(error, expect);
    };
    check(json!({"replicas": "x"}), "unrecognized type: int32");
    check(json!({"replicas": 1.5}), "cannot convert float64 to int32");
    check(json!({"replicas": 2.0}), "2");
    check(json!({"serviceName": 5}), "cannot convert int64 to string");
    check(json!({"podManagementPolicy": 5}), "cannot convert int64 to v1.PodManagementPolicyType");
    check(json!({"serviceName": true}), "unrecognized type: string");
    check(json!({"template": "x"}), "cannot restore struct from: string");
    check(json!({"volumeClaimTemplates": {}}), "cannot restore slice from map");
}

#[test]
fn go_prints_maps_in_order() {
    assert_eq!(go_text(&json!({"b": [1, "x", null], "a": {"c": true}})), "map[a:map[c:true] b:[1 x <nil>]]");
}
