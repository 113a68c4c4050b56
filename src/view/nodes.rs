//! What happened to a node, and why, in words for people.

use serde_json::Value;

use super::style::Tone;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
