//! A Pod's phase and conditions from the states of its containers (rules P1, P3, P4; upstream
//! `pkg/kubelet/kubelet_pods.go` `getPhase`, `pkg/kubelet/status/generate.go`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use arcstr::literal;

use crate::cluster::context::Context;
use crate::resource::meta::{Text, joined};
use crate::resource::model::{Condition, ConditionStatus, ConditionType, ContainerState, Phase, Pod, PodStatus};
use crate::resource::{Kind, Object, Time};

use super::containers::{ended_well, waiting};

/// The first status a kubelet gives a Pod: everything waits.
pub(super) fn creating(object: &Object, pod: &Pod, addresses: &mut Addresses, context: &Context<'_>) -> PodStatus {
    let mut status = pod.status.clone();
    let inits = &pod.template.init_containers;
    let initializing = literal!("PodInitializing");
    let reason = if inits.is_empty() { literal!("ContainerCreating") } else { initializing.clone() };
    status.start_time = Some(context.now);
    status.host_ip = pod.node.as_ref().and_then(|node| addresses.of(node, context));
    status.containers = pod.template.containers.iter().map(|c| waiting(c, &reason)).collect();
    status.init_containers = inits.iter().map(|c| waiting(c, &initializing)).collect();
    recompute(&mut status, object, pod, context.now);
    status
}

/// The addresses of nodes, each kept once for all Pods on its node.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses(BTreeMap<Text, Text>);

impl Addresses {
    fn of(&mut self, name: &Text, context: &Context<'_>) -> Option<Text> {
        let node = context.api.store.get(Kind::Node, "", name)?;
        let addresses = node.plain()?.get("status")?["addresses"].as_array()?;
        let address = addresses.iter().find(|a| a["type"] == "InternalIP")?["address"].as_str()?;
        match self.0.get(name).filter(|known| ***known == *address) {
            Some(known) => Some(known.clone()),
            None => {
                self.0.insert(name.clone(), address.into());
                self.0.get(name).cloned()
            }
        }
    }
}

/// Brings phase and conditions in line with the containers.
pub(super) fn recompute(status: &mut PodStatus, object: &Object, pod: &Pod, now: Time) {
    if status.phase.is_terminal() {
        return;
    }
    // Once a container has started, the Pod stays initialized, whatever becomes of its sidecars.
    let begun = status.containers.iter().any(|own| own.container_id != 0);
    let pending: Vec<&str> = (status.init_containers.iter().zip(&pod.template.init_containers))
        .filter(|(own, container)| !(begun || ended_well(own) || container.sidecar && own.started == Some(true)))
        .map(|(own, _)| &*own.name)
        .collect();
    let incomplete = lacking(&pending, literal!("ContainersNotInitialized"), "incomplete");
    let sidecars = status.init_containers.iter().zip(&pod.template.init_containers).filter(|(_, c)| c.sidecar);
    let counted = sidecars.map(|(own, _)| own).chain(&status.containers);
    let unready: Vec<&str> = counted.filter(|c| !c.ready).map(|c| &*c.name).collect();
    let not_ready = lacking(&unready, literal!("ContainersNotReady"), "unready");
    let phase = if never_initialized(status, pod) {
        Phase::Failed
    } else {
        phase(status, &pod.template.restart_policy, incomplete.is_some())
    };
    let (sandbox, waits) = (status.pod_ip.is_some(), incomplete.is_some());
    let found = [
        (ConditionType::PodReadyToStartContainers, sandbox, None),
        (ConditionType::Initialized, !waits, incomplete),
        (ConditionType::Ready, not_ready.is_none(), not_ready.clone()),
        (ConditionType::ContainersReady, not_ready.is_none(), not_ready),
    ];
    status.phase = phase;
    let initialized = (waits && phase.is_terminal()).then(|| found[1].clone());
    set_conditions(status, object, now, found);
    if phase.is_terminal() {
        terminal(status, object, now);
    }
    if let Some(found) = initialized {
        set_condition(status, object, now, found);
    }
}

/// The conditions of a Pod whose containers have all ended for good.
pub(super) fn terminal(status: &mut PodStatus, object: &Object, now: Time) {
    let completed = status.phase == Phase::Succeeded;
    let reason = || Some((Text::from(if completed { "PodCompleted" } else { "PodFailed" }), Text::default()));
    let initialized = if completed { reason() } else { None };
    let found = [
        (ConditionType::PodReadyToStartContainers, false, None),
        (ConditionType::Initialized, true, initialized),
        (ConditionType::Ready, false, reason()),
        (ConditionType::ContainersReady, false, reason()),
    ];
    set_conditions(status, object, now, found);
}

/// Why a condition does not hold: the containers for which it does not.
fn lacking(names: &[&str], reason: Text, word: &str) -> Option<(Text, Text)> {
    let names = match names {
        [] => return None,
        [one] => Cow::Borrowed(*one),
        several => Cow::Owned(several.join(" ")),
    };
    Some((reason, joined(["containers with ", word, " status: [", &names, "]"])))
}

type Found = (ConditionType, bool, Option<(Text, Text)>);

fn set_condition(status: &mut PodStatus, object: &Object, now: Time, (kind, holds, why): Found) {
    let (reason, message) = why.unzip();
    status.set_condition(Condition {
        kind,
        status: ConditionStatus::from(holds),
        reason,
        message: message.filter(|m| !m.is_empty()),
        last_transition: now,
        observed_generation: object.meta.generation,
    });
}

fn set_conditions(status: &mut PodStatus, object: &Object, now: Time, found: [Found; 4]) {
    let generation = object.meta.generation;
    let scheduled = status.conditions.iter().position(|c| c.kind == ConditionType::PodScheduled);
    let scheduled = scheduled.map(|index| status.conditions.remove(index));
    for found in found {
        set_condition(status, object, now, found);
    }
    // The kubelet lists its own conditions first and PodScheduled after them.
    status.conditions.extend(scheduled.map(|c| Condition { observed_generation: generation, ..c }));
    status.observed_generation = generation;
}

/// Whether an init container failed that is not tried again.
fn never_initialized(status: &PodStatus, pod: &Pod) -> bool {
    *pod.template.restart_policy == *"Never"
        && (status.init_containers.iter().zip(&pod.template.init_containers)).any(|(own, container)| {
            !container.sidecar && matches!(&own.state, ContainerState::Terminated(end) if end.exit_code != 0)
        })
}

fn phase(status: &PodStatus, restart_policy: &str, initializing: bool) -> Phase {
    if initializing {
        return Phase::Pending;
    }
    let (mut running, mut waiting, mut stopped, mut failed) = (0, 0, 0, 0);
    for own in &status.containers {
        match &own.state {
            ContainerState::Running { .. } => running += 1,
            ContainerState::Waiting { .. } if own.last_state == ContainerState::None => waiting += 1,
            ContainerState::Terminated(end) => {
                stopped += 1;
                failed += i32::from(end.exit_code != 0);
            }
            _ => stopped += 1,
        }
    }
    match (waiting, running, stopped) {
        (1.., ..) => Phase::Pending,
        (_, 1.., _) => Phase::Running,
        (_, 0, 1..) => match restart_policy {
            "Never" if failed > 0 => Phase::Failed,
            "Never" => Phase::Succeeded,
            "OnFailure" if failed == 0 => Phase::Succeeded,
            _ => Phase::Running,
        },
        _ => Phase::Pending,
    }
}
