//! The kubelets of all nodes, as the recordings' stand-in behaves: it moves bound Pods through their statuses in steps
//! of [`STEP`], runs no containers, and does not wait for grace periods. What would make a container fail is told to it
//! by faults. A crash loop stops in `CrashLoopBackOff` at one restart, a bad image in `ImagePullBackOff`.
//!
//! What the stand-in has no rule for (init containers that fail, probes that a fault is about, what is killed for want of
//! memory, missing `ConfigMap`s, hooks), and everything in a cluster of the pace [`Pace::Real`], goes Kubernetes' own way:
//! `tending` and `stopping`.

mod containers;
mod deadline;
mod eviction;
mod needs;
mod node_plugins;
mod pace;
mod probe;
mod probing;
mod status;
mod stopping;
mod tended;
mod tending;
mod vitals;
pub mod volume_manager;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use eviction::victim;
pub use pace::Pace;

use super::context::Context;
use super::faults::{About, Fault, is_about};
use super::queue::{Item, Task, Worker};
use crate::apiserver::DeleteOptions;
use crate::resource::meta::{BySlot, Id, Text, Uid};
use crate::resource::model::{ContainerState, ContainerStatus, Phase, Pod, PodStatus};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};
use vitals::Vitals;

/// How long each change of a Pod takes.
pub const STEP: Duration = Duration::from_millis(150);
/// How soon a kubelet notices a write.
const NOTICE: Duration = Duration::from_millis(1);

/// Where a Pod is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Bound; nothing done yet.
    Bound,
    /// Its sandbox is being made.
    Creating,
    /// The init container of this index runs.
    Initializing(u32),
    /// The containers have been started.
    Started,
    /// Asked to go.
    Killing,
    /// Its containers were told to stop.
    Stopping,
    /// Its containers have ended.
    Ended,
}

/// The kubelets of all nodes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Kubelet {
    pace: Pace,
    /// Every bound Pod.
    stages: BySlot<Stage>,
    /// Those Pods whose containers are tended in their own time.
    vitals: BTreeMap<Uid, Vitals>,
    #[serde(skip)]
    addresses: status::Addresses,
}

/// Where a Pod is that a kubelet sees for the first time: at its beginning, unless its status says more.
fn stage_of(object: &Object, pod: &Pod) -> Stage {
    if pod.status.containers.is_empty() {
        return Stage::Bound;
    }
    if object.meta.terminating() {
        return Stage::Killing;
    }
    let begun = |state: &ContainerState| match state {
        ContainerState::Waiting { reason, .. } => {
            !matches!(reason.as_deref(), None | Some("ContainerCreating" | "PodInitializing"))
        }
        ContainerState::Running { .. } | ContainerState::Terminated(_) => true,
        ContainerState::None => false,
    };
    if pod.status.containers.iter().any(|own| begun(&own.state)) {
        return Stage::Started;
    }
    let runs = |own: &ContainerStatus| matches!(own.state, ContainerState::Running { .. });
    match pod.status.init_containers.iter().rposition(runs) {
        Some(index) => Stage::Initializing(index as u32),
        None => Stage::Creating,
    }
}

fn task(object: &Object) -> Task {
    Task { worker: Worker::Kubelet, item: Item::Object(object.meta.id()) }
}

/// Has a look at a Pod after a while.
fn look_again(object: &Object, delay: Duration, context: &mut Context<'_>) {
    context.enqueue(Worker::Kubelet, Item::Object(object.meta.id()), delay);
}

impl Kubelet {
    /// Kubelets of this pace, without Pods.
    #[must_use]
    pub fn new(pace: Pace) -> Kubelet {
        Kubelet { pace, ..Kubelet::default() }
    }

    /// How they take their time.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Notices Pods that were bound to a node, told to go, edited, or removed.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let object = event.object();
        let Some(pod) = object.pod() else { return };
        let uid = object.meta.uid;
        if event.new.is_none() {
            self.stages.remove(&object.meta);
            self.vitals.remove(&uid);
            context.queue.cancel(&task(object));
            return;
        }
        if pod.node.is_none() {
            return;
        }
        if pod.template.deadline.is_some() {
            deadline::watch(object, pod, context);
        }
        if let Some(stage) = self.stages.get_mut(&object.meta) {
            let ending = matches!(stage, Stage::Killing | Stage::Stopping | Stage::Ended);
            if object.meta.terminating() && !ending {
                *stage = Stage::Killing;
                context.queue.cancel(&task(object));
                look_again(object, NOTICE, context);
            } else if pod.status.observed_generation < object.meta.generation && *stage == Stage::Started
                || *stage == Stage::Stopping && self.vitals.contains_key(&uid)
            {
                look_again(object, NOTICE, context);
            }
            return;
        }
        let ends = object.meta.terminating() && !pod.status.containers.is_empty();
        if pod.status.phase.is_terminal() && !ends {
            return;
        }
        let stage = stage_of(object, pod);
        self.stages.insert(&object.meta, stage);
        if stage != Stage::Started {
            look_again(object, NOTICE, context);
        }
    }

    /// Notices that something was broken or healed.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context<'_>) {
        if let Fault::PodPhase { name, phase, reason, message } = fault {
            self.end_pod(name, phase, reason.as_deref(), message.as_deref(), context);
            return;
        }
        if let Fault::Evict { name, resource } = fault {
            self.evict(name, resource, context);
            return;
        }
        let affected = |object: &Object| match fault {
            Fault::Pod { name, .. } | Fault::Ailment { about: About::Pod(name), .. } => {
                is_about(name.split('/').next().unwrap_or_default(), &object.meta)
            }
            Fault::Node { name, .. } => object.pod().and_then(|pod| pod.node.as_deref()) == Some(name),
            _ => true,
        };
        let pods = context.api.store.all(Kind::Pod).filter(|object| self.stages.get(&object.meta).is_some());
        for id in pods.filter(|object| affected(object)).map(|object| object.meta.id()).collect::<Vec<Id>>() {
            context.enqueue(Worker::Kubelet, Item::Object(id), NOTICE);
            if context
                .api
                .store
                .by_id(id)
                .and_then(|object| object.pod())
                .is_some_and(|p| p.template.deadline.is_some())
            {
                context.enqueue(Worker::ActiveDeadline, Item::Object(id), NOTICE);
            }
        }
    }

    /// Moves a Pod one step on.
    pub fn advance(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Object(id) = item else { return };
        let Some(object) = context.api.store.by_id(*id).cloned() else { return };
        let Some(stage) = self.stages.get_mut(&object.meta) else { return };
        let Some(pod) = object.pod() else { return };
        if pod.node.as_deref().is_some_and(|node| context.faults.nodes_down.contains(node)) {
            return;
        }
        if *stage == Stage::Bound {
            *stage = Stage::Creating;
            write_status(&object, status::creating(&object, pod, &mut self.addresses, context), context);
            look_again(&object, self.pace.takes(), context);
            return;
        }
        let stage = *stage;
        if self.is_late(&object) && !object.meta.terminating() {
            return;
        }
        match stage {
            Stage::Bound => {}
            Stage::Creating if self.cannot_mount(&object, pod, context) => {}
            Stage::Creating | Stage::Initializing(_) | Stage::Started if self.is_tended(&object, pod, context) => {
                self.tend_in_its_time(&object, pod, context);
            }
            Stage::Creating => self.start(&object, pod, 0, context),
            Stage::Initializing(index) => self.start(&object, pod, index as usize + 1, context),
            Stage::Started => self.tend(&object, pod, context),
            Stage::Killing | Stage::Stopping if self.stops_in_its_time(&object, pod, context) => {}
            Stage::Killing => self.kill(&object, pod, context),
            Stage::Stopping => self.stop(&object, pod, context),
            Stage::Ended => {
                let options = DeleteOptions { grace_seconds: Some(0), uid: Some(id.uid), ..DeleteOptions::default() };
                let write = context.write(Actor::Kubelet);
                // A Pod that somebody removed in the meantime is gone as well.
                let _ = context.api.delete(Kind::Pod, &object.meta.namespace, &object.meta.name, options, write);
            }
        }
    }

    /// Starts the init container of this index, or the containers if there is none.
    fn start(&mut self, object: &Object, pod: &Pod, index: usize, context: &mut Context<'_>) {
        let mut status = pod.status.clone();
        status.pod_ip = status.pod_ip.or_else(|| Some(context.api.ids.pod_ip()));
        if let Some(done) = index.checked_sub(1) {
            containers::finish_init(&mut status, pod, done, context.now);
        }
        let stage = if index < pod.template.init_containers.len() {
            containers::start_init(&mut status, object, pod, index, context);
            Stage::Initializing(index as u32)
        } else {
            Stage::Started
        };
        if let Some(known) = self.stages.get_mut(&object.meta) {
            *known = stage;
        }
        let more = stage != Stage::Started || containers::step(&mut status, object, pod, context);
        status::recompute(&mut status, object, pod, context.now);
        write_status(object, status, context);
        if more {
            look_again(object, STEP, context);
        }
    }

    /// Moves each container one step towards what the faults say it does.
    fn tend(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) {
        if pod.status.phase.is_terminal() {
            return;
        }
        let mut status = pod.status.clone();
        let more = containers::step(&mut status, object, pod, context);
        status::recompute(&mut status, object, pod, context.now);
        write_status(object, status, context);
        if more {
            look_again(object, STEP, context);
        }
    }

    /// Tells the running containers to stop.
    fn kill(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) {
        if context.faults.hangs(&object.meta) {
            return;
        }
        for status in &pod.status.containers {
            if matches!(status.state, ContainerState::Running { .. }) {
                let message = format!("Stopping container {}", status.name);
                containers::event(object, pod, "spec.containers", &status.name, false, "Killing", message, context);
            }
        }
        self.go_on(object, Stage::Stopping, context);
    }

    /// All containers have ended.
    fn stop(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) {
        let mut status = pod.status.clone();
        containers::end_all(&mut status, context.now, 0, "Completed");
        self.ended(object, status, context);
    }

    /// A Pod that was told to go has no containers any more.
    fn ended(&mut self, object: &Object, mut status: PodStatus, context: &mut Context<'_>) {
        if !status.phase.is_terminal() {
            let well = status.containers.iter().all(containers::ended_well);
            status.phase = if well { Phase::Succeeded } else { Phase::Failed };
        }
        status::terminal(&mut status, object, context.now);
        write_status(object, status, context);
        self.go_on(object, Stage::Ended, context);
    }

    fn go_on(&mut self, object: &Object, stage: Stage, context: &mut Context<'_>) {
        if let Some(known) = self.stages.get_mut(&object.meta) {
            *known = stage;
        }
        look_again(object, STEP / 2, context);
    }

    /// `fault pod NAME --phase=…`: the Pod ends for good, once.
    fn end_pod(
        &mut self,
        name: &str,
        phase: &str,
        reason: Option<&str>,
        message: Option<&str>,
        context: &mut Context<'_>,
    ) {
        let found = context.api.store.all(Kind::Pod).find(|o| is_about(name, &o.meta)).cloned();
        let Some(object) = found else { return };
        let Some(pod) = object.pod() else { return };
        let mut status = pod.status.clone();
        let (code, word) = if phase == "Succeeded" { (0, "Completed") } else { (137, "Error") };
        containers::end_all(&mut status, context.now, code, word);
        status.phase = if phase == "Succeeded" { Phase::Succeeded } else { Phase::Failed };
        status.reason = reason.map(Text::from);
        status.message = message.map(Text::from);
        status::terminal(&mut status, &object, context.now);
        // One that is on its way out goes on its way.
        if !object.meta.terminating() {
            context.queue.cancel(&task(&object));
        }
        write_status(&object, status, context);
    }
}

/// Writes a Pod's status. A write that fails was overtaken; the kubelet is told of what overtook it.
fn write_status(object: &Object, status: PodStatus, context: &mut Context<'_>) {
    let Some(pod) = object.pod() else { return };
    let mut meta = object.meta.clone();
    meta.resource_version = 0;
    let new = Object { meta, body: Body::Pod(Box::new(pod.with_status(status))) };
    let write = context.write(Actor::Kubelet);
    let _ = context.api.update(new, write);
}
