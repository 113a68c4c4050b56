//! Deployments, `DaemonSet`s, and `ReplicaSet`s that belong to none of them, on the lab's screen: how many Pods they
//! have, how many of the present template, and what they are at.

use std::sync::Arc;

use super::section::{Extent, Section};
use super::style::Tone;
use super::table::Cell;
use crate::resource::Object;
use crate::resource::model::{Deployment, condition};
use crate::resource::object::Body;

/// The table; `None` if there are none.
pub fn section(objects: &[Arc<Object>], extent: Extent) -> Option<Section> {
    let own: Vec<&Arc<Object>> = objects.iter().filter(|object| object.meta.controller().is_none()).collect();
    if own.is_empty() {
        return None;
    }
    let about = "Their Pods are interchangeable: no order, no names to keep, no claims of their own.";
    let mut section = Section::new("WORKLOADS", about, &["NAME", "KIND", "READY", "NEW", "STATE"]);
    let (shown, left_out) = extent.of(&own);
    for object in shown {
        let (ready, wanted, new, state) = match &object.body {
            Body::Deployment(deployment) => {
                let status = &deployment.status;
                (status.ready, deployment.spec.replicas, Some(status.updated), state(deployment, object))
            }
            Body::ReplicaSet(set) => {
                let trouble = condition(&set.status.conditions, "ReplicaFailure").map_or("", |c| &*c.reason);
                (set.status.ready, set.spec.replicas, None, trouble.to_string())
            }
            Body::DaemonSet(set) => {
                let elsewhere = set.status.misscheduled;
                let state = if elsewhere > 0 { format!("{elsewhere} where it should not be") } else { String::new() };
                (set.status.ready, set.status.desired, Some(set.status.updated), state)
            }
            _ => continue,
        };
        let tone = if ready == wanted { Tone::Good } else { Tone::Waiting };
        let dash = |text: String| if text.is_empty() { "-".to_string() } else { text };
        section.table.row([
            object.meta.name.to_string().into(),
            object.kind().info().name.to_string().into(),
            Cell::new(format!("{ready}/{wanted}"), tone),
            dash(new.map(|new| new.to_string()).unwrap_or_default()).into(),
            dash(state).into(),
        ]);
    }
    section.left_out(left_out, "sts-lab get deploy,rs,ds -A");
    Some(section)
}

/// What a rollout is at, in a few words.
fn state(deployment: &Deployment, object: &Object) -> String {
    let (spec, status) = (&deployment.spec, &deployment.status);
    if condition(&status.conditions, "ReplicaFailure").is_some() {
        return "its Pods cannot be made".into();
    }
    if spec.paused {
        return "paused".into();
    }
    let reason = condition(&status.conditions, "Progressing").map_or("", |progressing| &*progressing.reason);
    let seen = status.observed_generation >= object.meta.generation;
    match reason {
        "ProgressDeadlineExceeded" => "beyond its progress deadline".into(),
        _ if !seen || status.updated < spec.replicas || status.replicas > status.updated => "rolling out".into(),
        _ if status.available < spec.replicas => "waits for its Pods".into(),
        _ => "rolled out".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{act, lines};
    use super::*;
    use crate::apiserver::{PatchType, Request};
    use crate::cluster::{Cluster, ClusterConfig};
    use crate::resource::Kind;

    fn check(cluster: &Cluster, expect: &[&str]) {
        let store = &cluster.api.store;
        let all = [Kind::Deployment, Kind::ReplicaSet, Kind::DaemonSet];
        let objects: Vec<Arc<Object>> = all.iter().flat_map(|kind| store.all(*kind)).cloned().collect();
        let section = section(&objects, Extent::Folded);
        let columns = ["name", "kind", "ready", "new", "state"];
        let rows = section.map(|section| lines(&section.to_json(), &columns)).unwrap_or_default();
        assert_eq!(rows, expect);
    }

    fn patch(cluster: &mut Cluster, patch: Value) {
        act(cluster, &Request::patch(Kind::Deployment, "default", "web", PatchType::Merge, patch));
    }

    #[test]
    fn what_workloads_are_at() {
        let mut cluster = Cluster::new(&ClusterConfig::default());
        check(&cluster, &[]);
        let template = json!({"metadata": {"labels": {"app": "a"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}});
        let body = |name: &str| json!({"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": template}});
        act(&mut cluster, &Request::create(Kind::Deployment, "default", body("web")));
        check(&cluster, &["web | Deployment | 1/1 | 1 | rolled out"]);
        patch(&mut cluster, json!({"spec": {"paused": true}}));
        check(&cluster, &["web | Deployment | 1/1 | 1 | paused"]);
        let probe = json!([{"name": "c", "image": "nginx:1", "readinessProbe": {"tcpSocket": {"port": 80}}}]);
        let bad = json!({"spec": {"nodeName": "node-0", "schedulingGates": [{"name": "a.b/c"}], "containers": probe}});
        patch(&mut cluster, json!({"spec": {"paused": null, "template": bad}}));
        check(&cluster, &["web | Deployment | 1/1 | 0 | its Pods cannot be made"]);
        act(&mut cluster, &Request::create(Kind::DaemonSet, "default", body("agent")));
        check(&cluster, &["web | Deployment | 1/1 | 0 | its Pods cannot be made", "agent | DaemonSet | 3/3 | 3 | -"]);
    }
}
