//! The workload that is compared, as YAML: a headless Service, a claim if one is shared, and the controller.

use std::fmt::Write as _;

use super::{Controller, Setup};

/// The manifest of a run.
#[must_use]
pub fn manifest(setup: &Setup) -> String {
    let name = &setup.name;
    let mut out = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  clusterIP: None\n  selector:\n    app: {name}\n  \
         ports:\n    - name: http\n      port: 80\n"
    );
    if let (Some(class), false) = (&setup.storage.class, setup.has_templates()) {
        let claim = claim(class, setup.storage.mode, "  ");
        let _ =
            write!(out, "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\nspec:\n{claim}");
    }
    if setup.controller == Controller::Pod {
        for letter in (b'a'..=b'z').take(setup.replicas as usize) {
            let letter = char::from(letter);
            let _ = write!(
                out,
                "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}-{letter}\n  labels:\n    app: {name}\nspec:\n{}",
                pod(setup, "  ")
            );
        }
        return out;
    }
    let kind = setup.controller.kind();
    let _ = write!(out, "---\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n");
    if setup.controller == Controller::StatefulSet {
        let _ = writeln!(out, "  serviceName: {name}");
    }
    if setup.controller != Controller::DaemonSet {
        let _ = writeln!(out, "  replicas: {}", setup.replicas);
    }
    let _ = write!(
        out,
        "  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    \
         spec:\n{}",
        pod(setup, "      ")
    );
    if let (Some(class), true) = (&setup.storage.class, setup.has_templates()) {
        let claim = claim(class, setup.storage.mode, "        ");
        let _ = write!(out, "  volumeClaimTemplates:\n    - metadata:\n        name: data\n      spec:\n{claim}");
    }
    out
}

fn claim(class: &str, mode: &str, indent: &str) -> String {
    let lines = [
        format!("accessModes: [{mode}]"),
        format!("storageClassName: {class}"),
        "resources:".into(),
        "  requests:".into(),
        "    storage: 1Gi".into(),
    ];
    lines.iter().map(|line| format!("{indent}{line}\n")).collect()
}

fn pod(setup: &Setup, indent: &str) -> String {
    let mut lines = vec![
        "terminationGracePeriodSeconds: 5".to_string(),
        "containers:".into(),
        format!("  - name: {}", setup.name),
        format!("    image: {}", setup.image),
        "    readinessProbe:".into(),
        "      tcpSocket:".into(),
        "        port: 80".into(),
        "    resources:".into(),
        "      requests: {cpu: 50m, memory: 64Mi}".into(),
        "    volumeMounts:".into(),
        "      - name: data".into(),
        "        mountPath: /data".into(),
    ];
    if setup.storage.class.is_none() {
        lines.extend(["volumes:".into(), "  - name: data".into(), "    emptyDir: {}".into()]);
    } else if !setup.has_templates() {
        let volume = ["volumes:", "  - name: data", "    persistentVolumeClaim:", "      claimName: data"];
        lines.extend(volume.map(String::from));
    }
    lines.iter().map(|line| format!("{indent}{line}\n")).collect()
}
