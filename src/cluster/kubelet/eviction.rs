//! The eviction of a Pod by its kubelet, for want of something on the node (rule P32; upstream
//! `pkg/kubelet/eviction/helpers.go` `evictionMessage`, `eviction_manager.go` `evictPod`).

use std::sync::Arc;

use super::containers::{Said, end_all};
use super::{Kubelet, status, task, write_status};
use crate::cluster::context::Context;
use crate::cluster::faults::is_about;
use crate::resource::meta::Text;
use crate::resource::model::{Condition, ConditionStatus, ConditionType, Phase, Pod};
use crate::resource::quantity::Quantity;
use crate::resource::{Kind, Object};
use crate::store::Store;

/// The usual threshold of a resource, and what is left when it is met.
fn threshold(resource: &str) -> (&'static str, &'static str) {
    match resource {
        "memory" => ("100Mi", "92Mi"),
        "inodes" => ("5%", "4%"),
        "pids" => ("10%", "9%"),
        _ => ("10Gi", "9Gi"),
    }
}

/// The Pod that an eviction is about: one that runs somewhere.
#[must_use]
pub fn victim<'s>(place: &str, store: &'s Store) -> Option<&'s Arc<Object>> {
    let runs = |object: &&Arc<Object>| {
        is_about(place, &object.meta)
            && object.pod().is_some_and(|pod| pod.node.is_some() && !pod.status.phase.is_terminal())
    };
    store.all(Kind::Pod).find(runs)
}

impl Kubelet {
    /// `fault pod NAME --evict=RESOURCE`: the present Pod ends for good, once.
    pub(super) fn evict(&mut self, name: &str, resource: &str, context: &mut Context<'_>) {
        let Some(object) = victim(name, &context.api.store).cloned() else { return };
        let Some(pod) = object.pod() else { return };
        let message = Text::from(message(pod, resource));
        Said::warning("Evicted", message.clone()).of(&object, pod, None, context);
        let mut ended = pod.status.clone();
        end_all(&mut ended, context.now, 137, "Error");
        (ended.phase, ended.reason) = (Phase::Failed, Some("Evicted".into()));
        ended.message = Some(message.clone());
        status::terminal(&mut ended, &object, context.now);
        ended.set_condition(Condition {
            kind: ConditionType::DisruptionTarget,
            status: ConditionStatus::True,
            reason: Some("TerminationByKubelet".into()),
            message: Some(message),
            last_transition: context.now,
            observed_generation: object.meta.generation,
        });
        self.vitals.remove(&object.meta.uid);
        if !object.meta.terminating() {
            context.queue.cancel(&task(&object));
        }
        write_status(&object, ended, context);
    }
}

/// The node's want, and the containers that use more than they asked for: half as much again, in the lab.
fn message(pod: &Pod, resource: &str) -> String {
    let (limit, left) = threshold(resource);
    let mut message =
        format!("The node was low on resource: {resource}. Threshold quantity: {limit}, available: {left}. ");
    if !matches!(resource, "memory" | "ephemeral-storage") {
        return message;
    }
    let containers = pod.template.spec.get("containers").and_then(|list| list.as_array());
    for container in containers.into_iter().flatten() {
        let name = container["name"].as_str().unwrap_or_default();
        let asked = container["resources"]["requests"][resource].as_str();
        let bytes = asked.and_then(|text| Quantity::parse(text).ok()).map_or(0, Quantity::value);
        let used = if bytes == 0 { 512 << 20 } else { bytes + bytes / 2 };
        let (used, asked) = (used >> 10, asked.unwrap_or("0"));
        message.push_str(&format!(
            "Container {name} was using {used}Ki, request is {asked}, has larger consumption of {resource}. "
        ));
    }
    message
}
