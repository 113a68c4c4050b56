//! What happened to a node, and why, in words for people.

use serde_json::Value;

use super::style::Tone;
use crate::cluster::Cluster;
use crate::resource::{Kind, Object};
use crate::store::{Actor, Change, Milestone};

/// What the members of a node's milestone say.
pub fn what(about: &str, members: &Value) -> (String, Tone) {
    if let Some(taints) = members.get("taints").and_then(Value::as_array) {
        let words: Vec<&str> = taints.iter().filter_map(Value::as_str).map(short).collect();
        return match words.as_slice() {
            [] => (format!("{about}: no taint any more"), Tone::Good),
            words => (format!("{about} tainted {}", words.join(", ")), Tone::Waiting),
        };
    }
    match members.get("Ready").and_then(Value::as_str) {
        Some("True") => (format!("{about} Ready"), Tone::Good),
        Some(_) => (format!("{about} not Ready"), Tone::Bad),
        None => (String::new(), Tone::Plain),
    }
}

/// Kubernetes' own taints without their long prefix.
fn short(taint: &str) -> &str {
    taint.strip_prefix("node.kubernetes.io/").unwrap_or(taint)
}

/// Why a component wrote it.
pub fn why(change: &Change<'_>, milestone: &Milestone) -> String {
    let of_taints = matches!(milestone, Milestone::Status(members) if members.get("taints").is_some());
    let text = match change.actor {
        Actor::Kubelet => "its kubelet reports",
        _ if of_taints => "follows from how it is",
        Actor::NodeController => "its kubelet does not report any more",
        _ => "",
    };
    text.to_string()
}

/// What keeps a Pod that was asked to go, if it is its node that does not answer (rules N7, N8).
pub fn lost(cluster: &Cluster, pod: &Object) -> Option<String> {
    let node = pod.pod()?.node.as_ref().filter(|_| pod.meta.terminating())?;
    let ready = |object: &Object| {
        let conditions = object.plain()?.get("status")?["conditions"].as_array()?;
        conditions.iter().find(|c| c["type"] == "Ready").map(|c| c["status"] == "True")
    };
    let answers = cluster.api.store.get(Kind::Node, "", node).and_then(|object| ready(object)).unwrap_or(false);
    let name = &pod.meta.name;
    (!answers).then(|| {
        format!(
            "Its node {node} does not answer, so nobody says that {name} has ended. If the node is off for certain: \
             sts-lab delete pod {name} --force --grace-period=0"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::Fault;
    use crate::cluster::testing::World;

    #[test]
    fn n8_a_pod_that_only_a_person_can_free() {
        let mut world = World::new();
        world.pod("app", &json!({}), json!({"nodeName": "node-1"}));
        world.settle();
        let lost = |world: &World| world.object(Kind::Pod, "app").and_then(|pod| lost(&world.cluster, pod));
        world.fault(&Fault::Node { name: "node-1".into(), up: false });
        world.run(60);
        assert_eq!(lost(&world), None);
        world.delete(Kind::Pod, "app");
        assert!(lost(&world).is_some_and(|text| text.contains("node-1 does not answer")));
    }

    #[test]
    fn taints_are_told_shortly() {
        let text = |members: Value| what("Node a", &members).0;
        let unreachable = json!({"taints": ["node.kubernetes.io/unreachable:NoExecute", "k:NoSchedule"]});
        assert_eq!(text(unreachable), "Node a tainted unreachable:NoExecute, k:NoSchedule");
        assert_eq!(text(json!({"taints": []})), "Node a: no taint any more");
        assert_eq!(text(json!({"Ready": "Unknown"})), "Node a not Ready");
        assert_eq!(text(json!({"Ready": "True"})), "Node a Ready");
    }
}
