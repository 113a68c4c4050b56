//! The end of a Pod whose containers take their time: hooks, the signal, the grace period, and sidecars after the others
//! (rules P22, P23; upstream `pkg/kubelet/kuberuntime/kuberuntime_container.go` `killContainer`,
//! `kuberuntime_termination_order.go`).

use std::time::Duration;

use super::Pace;
use super::containers::{Said, ended};
use super::vitals::Told;
use crate::cluster::context::Context;
use crate::cluster::faults::{ContainerFault, Faults};
use crate::resource::meta::Text;
use crate::resource::model::{Container, ContainerState, ContainerStatus, Pod, PodStatus};
use crate::resource::{Object, Time};

/// How long a container takes that stops as it is told.
const STOP: Duration = Duration::from_secs(1);
/// What is left of a grace period at least.
const LEAST: Duration = Duration::from_secs(2);

/// How a container that is told to stop ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// How long it takes.
    pub takes: Duration,
    /// 143 if it obeyed the signal, 137 if it had to be killed.
    pub code: i64,
    /// Its preStop hook fails.
    pub hook_fails: bool,
}

/// A hook, then the signal, then what is left of the grace period.
pub(super) fn plan(container: &Container, fault: ContainerFault, grace: Duration) -> Plan {
    let (hook, hook_fails) = hook(container, fault, grace);
    signalled(fault, grace, hook, hook_fails)
}

fn hook(container: &Container, fault: ContainerFault, grace: Duration) -> (Duration, bool) {
    match container.care.as_ref().and_then(|care| care.pre_stop) {
        Some(_) if fault.ailments.pre_stop == Some(false) && !grace.is_zero() => (Duration::ZERO, true),
        Some(hook) => (hook.takes.min(grace), false),
        None => (Duration::ZERO, false),
    }
}

/// The signal comes after a wait that counts against the grace period.
fn signalled(fault: ContainerFault, grace: Duration, waited: Duration, hook_fails: bool) -> Plan {
    let left = grace.saturating_sub(waited).max(LEAST);
    let stop = fault.ailments.stop().unwrap_or(STOP);
    let code = if stop <= left { 143 } else { 137 };
    Plan { takes: waited + stop.min(left), code, hook_fails }
}

/// Whether the end of a Pod is waited for.
pub(super) fn is_waited_for(pace: Pace, object: &Object, pod: &Pod, faults: &Faults) -> bool {
    let slow = |fault: ContainerFault| fault.ailments.stop_ms.is_some() || fault.ailments.pre_stop.is_some();
    let meta = &object.meta;
    let template = &pod.template;
    pace == Pace::Real
        || !faults.spare_containers()
            && (template.containers.iter().any(|c| slow(faults.of_container(meta, &c.name, &c.image)))
                || template.init_containers.iter().any(|c| slow(faults.of_init_container(meta, &c.name, &c.image))))
}

/// What is stopped: a container that runs, and how.
struct Stopped<'a> {
    init: bool,
    index: usize,
    container: &'a Container,
    plan: Plan,
}

/// All containers that run, and how they end: sidecars after the containers, the last one first.
fn plans<'a>(object: &Object, pod: &'a Pod, status: &PodStatus, told: Told, faults: &Faults) -> Vec<Stopped<'a>> {
    let (meta, grace) = (&object.meta, told.grace);
    // How long after it was told to stop a container ended that has.
    let took = |own: &[ContainerStatus], index: usize| match own.get(index).map(|own| &own.state) {
        Some(ContainerState::Terminated(end)) => end.finished.since(told.at),
        _ => Duration::ZERO,
    };
    let runs = |own: &[ContainerStatus], index: usize| {
        own.get(index).is_some_and(|own| matches!(own.state, ContainerState::Running { .. }))
    };
    let mut out = Vec::new();
    let mut others = Duration::ZERO;
    for (index, container) in pod.template.containers.iter().enumerate() {
        let fault = faults.of_container(meta, &container.name, &container.image);
        let plan = plan(container, fault, grace);
        if runs(&status.containers, index) {
            others = others.max(plan.takes);
            out.push(Stopped { init: false, index, container, plan });
        } else {
            others = others.max(took(&status.containers, index));
        }
    }
    for (index, container) in pod.template.init_containers.iter().enumerate().rev() {
        if !runs(&status.init_containers, index) {
            others = others.max(took(&status.init_containers, index));
            continue;
        }
        let fault = faults.of_init_container(meta, &container.name, &container.image);
        let (hook, hook_fails) = hook(container, fault, grace);
        let waited = if container.sidecar { hook.max(others.min(grace)) } else { hook };
        let plan = signalled(fault, grace, waited, hook_fails);
        if container.sidecar {
            others = others.max(plan.takes);
        }
        out.push(Stopped { init: true, index, container, plan });
    }
    out
}

/// Tells every container that runs to stop.
pub(super) fn tell(object: &Object, pod: &Pod, context: &mut Context<'_>) -> Told {
    let grace = object.meta.deletion.map_or(pod.template.grace_seconds, |deletion| deletion.grace_seconds);
    let told = Told { at: context.now, grace: Duration::from_secs(grace.unsigned_abs()) };
    for stopped in plans(object, pod, &pod.status, told, context.faults) {
        let field = if stopped.init { "spec.initContainers" } else { "spec.containers" };
        let name: &Text = &stopped.container.name;
        Said::normal("Killing", format!("Stopping container {name}")).of(object, pod, Some((field, name)), context);
        if stopped.plan.hook_fails {
            Said::warning("FailedPreStopHook", "PreStopHook failed").of(object, pod, Some((field, name)), context);
        }
    }
    told
}

/// Ends the containers whose time is over. When the next one ends; none if all have.
pub(super) fn end(
    object: &Object,
    pod: &Pod,
    status: &mut PodStatus,
    told: Told,
    context: &Context<'_>,
) -> Option<Time> {
    // What has ended counts on: the others' turns come after it.
    let plans = plans(object, pod, status, told, context.faults);
    let mut next = None;
    for Stopped { init, index, plan, .. } in plans {
        let at = told.at + plan.takes;
        let list = if init { &mut status.init_containers } else { &mut status.containers };
        if at > context.now {
            next = Some(next.map_or(at, |next: Time| next.min(at)));
        } else if let Some(own) = list.get_mut(index) {
            own.state = ContainerState::Terminated(ended(own, context.now, plan.code, "Error"));
            (own.ready, own.started) = (false, Some(false));
        }
    }
    next
}
