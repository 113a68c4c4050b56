//! Claims, volumes and classes (V1, V2, V4–V6, V50).

use super::*;

fn claim() -> Value {
    json!({
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "s",
        },
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
            "spec.storageClassName: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of \
             lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character \
             (e.g. 'example.com', regex used for validation is \
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
