//! What containers do, one step at a time, and the Events a kubelet records about them.

use arcstr::literal;

use crate::cluster::context::Context;
use crate::cluster::faults::ContainerFault;
use crate::cluster::recorder::Occurrence;
use crate::resource::hash::mix;
use crate::resource::meta::{Text, joined};
use crate::resource::model::{
    Container, ContainerState, ContainerStatus, EventSource, ObjectReference, Pod, PodStatus, Terminated,
};
use crate::resource::{Kind, Object, Time};
use crate::store::Actor;

const CONTAINERS: &str = "spec.containers";
const INIT_CONTAINERS: &str = "spec.initContainers";

/// The status of a container that was not started yet.
pub(super) fn waiting(container: &Container, reason: &Text) -> ContainerStatus {
    ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone(),
        image_id: Text::default(),
        container_id: 0,
        state: ContainerState::Waiting { reason: Some(reason.clone()), message: None },
        last_state: ContainerState::None,
        ready: false,
        started: Some(false),
        restart_count: 0,
    }
}

/// Starts an init container.
pub(super) fn start_init(status: &mut PodStatus, object: &Object, pod: &Pod, index: usize, context: &mut Context<'_>) {
    let Some(container) = pod.template.init_containers.get(index) else { return };
    say_started(object, pod, INIT_CONTAINERS, container, context);
    if let Some(own) = status.init_containers.get_mut(index) {
        own.image = container.full_image.clone();
        own.state = ContainerState::Running { started: context.now };
        own.started = Some(container.sidecar);
        own.ready = container.sidecar;
    }
}

/// An init container ends well; a sidecar goes on running.
pub(super) fn finish_init(status: &mut PodStatus, pod: &Pod, index: usize, now: Time) {
    if pod.template.init_containers.get(index).is_none_or(|c| c.sidecar) {
        return;
    }
    if let Some(own) = status.init_containers.get_mut(index) {
        own.state = ContainerState::Terminated(ended(own, now, 0, "Completed"));
        (own.ready, own.started) = (true, Some(false));
    }
}

/// Moves each container one step towards what the faults say of it. `true` if another step is due after a while.
pub(super) fn step(status: &mut PodStatus, object: &Object, pod: &Pod, context: &mut Context<'_>) -> bool {
    let mut more = false;
    for (index, container) in pod.template.containers.iter().enumerate() {
        let fault = context.faults.of_container(&object.meta, &container.name, &container.image);
        let Some(own) = status.containers.get_mut(index) else { continue };
        let step = Step { object, pod, container, index, fault };
        more |= step.take(own, context);
    }
    status.observed_generation = object.meta.generation;
    more
}

/// One container at one moment.
struct Step<'a> {
    object: &'a Object,
    pod: &'a Pod,
    container: &'a Container,
    index: usize,
    fault: ContainerFault,
}

impl Step<'_> {
    fn take(&self, own: &mut ContainerStatus, context: &mut Context<'_>) -> bool {
        let crash = self.fault.crash == Some(true);
        let (restarts, ends) = match &*self.pod.template.restart_policy {
            "Never" => (false, true),
            _ => (true, false),
        };
        match &own.state {
            ContainerState::Waiting { reason, .. } => match reason.as_deref() {
                Some("ErrImagePull") if self.fault.pull == Some(false) => {
                    self.back_off_pull(own, context);
                    false
                }
                Some("ImagePullBackOff") if self.fault.pull == Some(false) => false,
                Some("CrashLoopBackOff") if crash => false,
                _ if self.fault.pull == Some(false) && own.container_id == 0 => {
                    self.fail_pull(own, context);
                    true
                }
                _ => self.start(own, context),
            },
            ContainerState::Running { .. } if crash => {
                own.state = ContainerState::Terminated(ended(own, context.now, 1, "Error"));
                (own.ready, own.started) = (false, Some(false));
                restarts
            }
            ContainerState::Running { .. } => {
                own.image = self.container.full_image.clone();
                own.image_id = self.container.image_id.clone();
                let ready = self.fault.ready != Some(false);
                if own.ready && !ready && self.container.readiness_probe {
                    let failed = "Readiness probe failed: HTTP probe failed with statuscode: 503";
                    self.say(true, "Unhealthy", failed, context);
                }
                own.ready = ready;
                false
            }
            ContainerState::Terminated(_) if ends => false,
            ContainerState::Terminated(end) if crash => {
                own.last_state = ContainerState::Terminated(end.clone());
                own.restart_count += 1;
                self.back_off_crash(own, context);
                false
            }
            ContainerState::Terminated(_) | ContainerState::None => self.start(own, context),
        }
    }

    fn start(&self, own: &mut ContainerStatus, context: &mut Context<'_>) -> bool {
        say_started(self.object, self.pod, CONTAINERS, self.container, context);
        let first = own.container_id == 0;
        own.image = self.container.full_image.clone();
        own.image_id = self.container.image_id.clone();
        let uid = self.object.meta.uid;
        own.container_id = mix(uid.high ^ uid.low ^ (self.index as u64) << 32 ^ own.restart_count as u64) | 1;
        own.state = ContainerState::Running { started: context.now };
        if self.fault.crash == Some(true) {
            own.state = ContainerState::Terminated(ended(own, context.now, 1, "Error"));
            (own.ready, own.started) = (false, Some(false));
            return true;
        }
        own.started = Some(true);
        own.ready = self.fault.ready != Some(false) && !(first && self.container.readiness_probe);
        first && self.container.readiness_probe
    }

    fn fail_pull(&self, own: &mut ContainerStatus, context: &mut Context<'_>) {
        let image = &self.container.image;
        let error = pull_error(self.container);
        self.say(false, "Pulling", format!("Pulling image \"{image}\""), context);
        self.say(true, "Failed", format!("Failed to pull image \"{image}\": {error}"), context);
        self.say(true, "Failed", "Error: ErrImagePull", context);
        own.image = image.clone();
        own.state = ContainerState::Waiting { reason: Some("ErrImagePull".into()), message: Some(error.into()) };
    }

    fn back_off_pull(&self, own: &mut ContainerStatus, context: &mut Context<'_>) {
        let image = &self.container.image;
        self.say(false, "BackOff", format!("Back-off pulling image \"{image}\""), context);
        self.say(true, "Failed", "Error: ImagePullBackOff", context);
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {}", pull_error(self.container));
        own.state = ContainerState::Waiting { reason: Some("ImagePullBackOff".into()), message: Some(message.into()) };
    }

    fn back_off_crash(&self, own: &mut ContainerStatus, context: &mut Context<'_>) {
        let meta = &self.object.meta;
        let place = format!("{}_{}({})", meta.name, meta.namespace, meta.uid);
        let name = &self.container.name;
        self.say(true, "BackOff", format!("Back-off restarting failed container {name} in pod {place}"), context);
        let message = format!("back-off 10s restarting failed container={name} pod={place}");
        own.state = ContainerState::Waiting { reason: Some("CrashLoopBackOff".into()), message: Some(message.into()) };
    }

    fn say(&self, warning: bool, reason: &str, message: impl Into<Text>, context: &mut Context<'_>) {
        event(self.object, self.pod, CONTAINERS, &self.container.name, warning, reason, message, context);
    }
}

pub(super) fn pull_error(container: &Container) -> String {
    let image = &container.full_image;
    format!("failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found")
}

#[allow(clippy::unnecessary_box_returns, reason = "the state holds it in a box")]
pub(super) fn ended(own: &ContainerStatus, now: Time, exit_code: i64, reason: &str) -> Box<Terminated> {
    let started = if let ContainerState::Running { started } = own.state { started } else { now };
    Box::new(Terminated { exit_code, signal: 0, reason: Some(reason.into()), message: None, started, finished: now })
}

/// Ends every container that has started; one that never did keeps waiting.
pub(super) fn end_all(status: &mut PodStatus, now: Time, exit_code: i64, reason: &str) {
    for own in status.containers.iter_mut().chain(&mut status.init_containers) {
        if matches!(own.state, ContainerState::Running { .. }) {
            own.state = ContainerState::Terminated(ended(own, now, exit_code, reason));
            (own.ready, own.started) = (false, Some(false));
        }
    }
}

/// Whether a container has ended with exit code 0.
pub(super) fn ended_well(own: &ContainerStatus) -> bool {
    matches!(&own.state, ContainerState::Terminated(end) if end.exit_code == 0)
}

fn say_started(object: &Object, pod: &Pod, field: &str, container: &Container, context: &mut Context<'_>) {
    let about = occurrence(object, pod, field, &container.name);
    let pulled = Occurrence { reason: literal!("Pulled"), message: container.pulled.clone(), ..about };
    let created = Occurrence { reason: literal!("Created"), message: literal!("Container created"), ..pulled.clone() };
    let started = Occurrence { reason: literal!("Started"), message: literal!("Container started"), ..pulled.clone() };
    for what in [pulled, created, started] {
        context.occurrence(Actor::Kubelet, what);
    }
}

/// Records an Event about a container of a Pod.
#[expect(clippy::too_many_arguments, reason = "an Event is about a Pod's container and says four things of it")]
pub(super) fn event(
    object: &Object,
    pod: &Pod,
    field: &str,
    container: &str,
    warning: bool,
    reason: &str,
    message: impl Into<Text>,
    context: &mut Context<'_>,
) {
    let (reason, message) = (reason.into(), message.into());
    let what = Occurrence { warning, reason, message, ..occurrence(object, pod, field, container) };
    context.occurrence(Actor::Kubelet, what);
}

/// What a kubelet says of a Pod or one of its containers, and counts if it says so again.
pub(super) struct Said {
    warning: bool,
    reason: Text,
    message: Text,
}

impl Said {
    /// A Normal Event.
    pub fn normal(reason: &str, message: impl Into<Text>) -> Said {
        Said { warning: false, reason: reason.into(), message: message.into() }
    }

    /// A Warning.
    pub fn warning(reason: &str, message: impl Into<Text>) -> Said {
        Said { warning: true, ..Said::normal(reason, message) }
    }

    /// Records it about a Pod, or a container of it by field and name.
    pub fn of(self, object: &Object, pod: &Pod, container: Option<(&str, &str)>, context: &mut Context<'_>) {
        let mut what = occurrence(object, pod, container.map_or("", |c| c.0), container.map_or("", |c| c.1));
        if container.is_none() {
            what.about.field_path = None;
        }
        let Said { warning, reason, message } = self;
        context.repeated(Actor::Kubelet, Occurrence { warning, reason, message, ..what });
    }
}

/// Something about a container of a Pod, of which the kubelet has said nothing yet.
fn occurrence(object: &Object, pod: &Pod, field: &str, container: &str) -> Occurrence {
    let mut about = ObjectReference::new(Kind::Pod, &object.meta);
    about.field_path = Some(joined([field, "{", container, "}"]));
    let source = EventSource::Core { component: Actor::Kubelet.text(), host: pod.node.clone() };
    Occurrence { about, warning: false, reason: Text::default(), message: Text::default(), source }
}
