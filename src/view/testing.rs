//! Small worlds for the tests of views.

use serde_json::{Value, json};

use super::rest::settle_all;
use super::since::Since;
use crate::apiserver::{PatchType, Request};
use crate::cluster::{Cluster, ClusterConfig, Fault, QUIET};
use crate::resource::Kind;

/// A world with a headless Service `nginx` and a set `web` of this spec, merged over three plain replicas with a claim
/// each; settled. The second value is the world before the set was made.
pub fn world(spec: &Value) -> (Cluster, Since) {
    let mut cluster = Cluster::new(&ClusterConfig::default());
    let since = Since::now(&cluster);
    let service = json!({"metadata": {"name": "nginx"}, "spec": {"clusterIP": "None", "selector": {"app": "nginx"},
        "ports": [{"name": "web", "port": 80}]}});
    send(&mut cluster, &Request::create(Kind::Service, "default", service));
    let template = json!({"metadata": {"labels": {"app": "nginx"}},
        "spec": {"containers": [{"name": "nginx", "image": "nginx:1.21"}]}});
    let claim = json!({"metadata": {"name": "www"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}});
    let mut set = json!({"metadata": {"name": "web"}, "spec": {"serviceName": "nginx", "replicas": 3,
        "selector": {"matchLabels": {"app": "nginx"}}, "template": template, "volumeClaimTemplates": [claim]}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        set["spec"][key] = value.clone();
    }
    send(&mut cluster, &Request::create(Kind::StatefulSet, "default", set));
    settle(&mut cluster);
    (cluster, since)
}

/// Changes the set `web`, settles, and returns the world before that.
pub fn patch(cluster: &mut Cluster, patch: Value) -> Since {
    act(cluster, &Request::patch(Kind::StatefulSet, "default", "web", PatchType::Merge, patch))
}

/// Sends a request, settles, and returns the world before that.
pub fn act(cluster: &mut Cluster, request: &Request) -> Since {
    let since = Since::now(cluster);
    send(cluster, request);
    settle(cluster);
    since
}

/// Breaks a Pod's attribute, or heals it, and settles.
pub fn fault(cluster: &mut Cluster, pod: &str, attribute: &str, value: Option<bool>) {
    cluster.fault(&Fault::Pod { name: pod.into(), attribute: attribute.into(), value }, 1);
    settle(cluster);
}

fn send(cluster: &mut Cluster, request: &Request) {
    let answer = cluster.request(request, 0);
    assert!(answer.is_ok(), "{answer:?}");
}

fn settle(cluster: &mut Cluster) {
    settle_all(cluster, |cluster| cluster.settle(QUIET), |cluster| cluster);
}

/// The `what` and `why` of rows, two columns of a table as lines.
pub fn lines(table: &Value, columns: &[&str]) -> Vec<String> {
    let cell = |row: &Value, column: &&str| row[*column].as_str().unwrap_or_default().to_string();
    let line = |row: &Value| columns.iter().map(|column| cell(row, column)).collect::<Vec<_>>().join(" | ");
    table["rows"].as_array().into_iter().flatten().map(line).collect()
}
