//! Which Pods a drain may delete, which it keeps, and which forbid it (`k8s.io/kubectl/pkg/drain/filters.go`).

use serde_json::Value;

use crate::kubectl::error::{CmdError, message};
use crate::kubectl::print::value::{items, text};
use crate::resource::Time;

pub(super) const DAEMON_SET_FATAL: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
pub(super) const DAEMON_SET_WARNING: &str = "ignoring DaemonSet-managed Pods";
const LOCAL_STORAGE_FATAL: &str = "Pods with local storage (use --delete-emptydir-data to override)";
const LOCAL_STORAGE_WARNING: &str = "deleting Pods with local storage";
const UNMANAGED_FATAL: &str = "Pods that declare no controller (use --force to override)";
const UNMANAGED_WARNING: &str = "deleting Pods that declare no controller";
/// Marks a Pod that a kubelet runs from a file of its own.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What is to become of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// It goes.
    Delete,
    /// It goes, and the person is told so.
    DeleteWith(String),
    /// It stays.
    Keep,
    /// It stays, and the person is told so.
    KeepWith(String),
    /// Nothing goes because of it.
    Refuse(String),
}

impl Verdict {
    pub(super) fn deletes(&self) -> bool {
        matches!(self, Verdict::Delete | Verdict::DeleteWith(_))
    }
}

/// The Pods of a node with their verdicts.
#[derive(Debug, Default)]
pub(super) struct Pods {
    items: Vec<(Value, Verdict)>,
}

impl Pods {
    pub(super) fn add(&mut self, pod: Value, verdict: Verdict) {
        self.items.push((pod, verdict));
    }

    pub(super) fn to_delete(&self) -> Vec<Value> {
        self.items.iter().filter(|(_, verdict)| verdict.deletes()).map(|(pod, _)| pod.clone()).collect()
    }

    /// What the person is told before anything is deleted, Pods with the same text together.
    pub(super) fn warnings(&self) -> Option<String> {
        let texts = self.grouped(|verdict| match verdict {
            Verdict::DeleteWith(text) | Verdict::KeepWith(text) => Some(text),
            _ => None,
        });
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// Why nothing may be deleted.
    pub(super) fn failures(&self) -> Vec<CmdError> {
        let texts = self.grouped(|verdict| if let Verdict::Refuse(text) = verdict { Some(text) } else { None });
        texts.into_iter().map(|text| message(format!("cannot delete {text}"))).collect()
    }

    /// `TEXT: ns/a, ns/b` for each text; upstream's order of texts is random, here it is that of their first Pods.
    fn grouped<'p>(&'p self, of: impl Fn(&'p Verdict) -> Option<&'p String>) -> Vec<String> {
        let mut groups: Vec<(&String, Vec<String>)> = Vec::new();
        for (pod, verdict) in &self.items {
            let Some(text) = of(verdict) else { continue };
            let name = full_name(pod);
            match groups.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) => names.push(name),
                None => groups.push((text, vec![name])),
            }
        }
        groups.into_iter().map(|(text, names)| format!("{text}: {}", names.join(", "))).collect()
    }
}

pub(super) fn full_name(pod: &Value) -> String {
    format!("{}/{}", text(pod, "/metadata/namespace"), text(pod, "/metadata/name"))
}

fn ended(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

fn controller(pod: &Value) -> Option<&Value> {
    items(pod, "/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true)
}

/// Whether a Pod should have been gone for more than this many seconds, 0 for never.
pub(super) fn overdue(pod: &Value, seconds: i64, now: Time) -> bool {
    let due = pod["metadata"]["deletionTimestamp"].as_str().and_then(Time::parse);
    seconds > 0 && due.is_some_and(|due| (now.0 - due.0) / 1_000_000 > seconds)
}

pub(super) fn deleted(pod: &Value, skip_wait_after: i64, now: Time) -> Verdict {
    if overdue(pod, skip_wait_after, now) { Verdict::Keep } else { Verdict::Delete }
}

/// The name of the `DaemonSet` of a Pod that has not ended.
pub(super) fn daemon_set(pod: &Value) -> Option<&str> {
    let owner = controller(pod).filter(|owner| owner["kind"] == "DaemonSet" && owner["apiVersion"] == "apps/v1")?;
    if ended(pod) { None } else { owner["name"].as_str() }
}

pub(super) fn mirror(pod: &Value) -> Verdict {
    if pod["metadata"]["annotations"].get(MIRROR).is_some() { Verdict::Keep } else { Verdict::Delete }
}

pub(super) fn local_storage(pod: &Value, allowed: bool) -> Verdict {
    if ended(pod) || items(pod, "/spec/volumes").iter().all(|volume| volume["emptyDir"].is_null()) {
        return Verdict::Delete;
    }
    if allowed {
        Verdict::DeleteWith(LOCAL_STORAGE_WARNING.to_string())
    } else {
        Verdict::Refuse(LOCAL_STORAGE_FATAL.to_string())
    }
}

pub(super) fn unreplicated(pod: &Value, force: bool) -> Verdict {
    if ended(pod) || controller(pod).is_some() {
        Verdict::Delete
    } else if force {
        Verdict::DeleteWith(UNMANAGED_WARNING.to_string())
    } else {
        Verdict::Refuse(UNMANAGED_FATAL.to_string())
    }
}
