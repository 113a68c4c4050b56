//! Containers in their own time: those that fail, are probed, are backed off from, or are stopped because a probe says so.
//! One call brings a Pod from where it was to what holds now, and says when to look again; called twice at one moment it
//! does nothing the second time.
//!
//! Upstream: `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (`computePodActions`, `doBackOff`), `kuberuntime_container.go`
//! (`startContainer`, `killContainer`), `pkg/kubelet/images/image_manager.go`.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::containers::{Said, ended, pull_error};
use super::vitals::{End, Vital, Vitals};
use super::{Pace, STEP, needs, stopping};
use crate::cluster::context::Context;
use crate::cluster::faults::ContainerFault;
use crate::resource::hash::mix;
use crate::resource::meta::Text;
use crate::resource::model::{Container, ContainerState, ContainerStatus, Pod, PodStatus, Terminated};
use crate::resource::{Object, Time};

/// How long a container runs that exits by itself.
pub(super) const RUN: Duration = Duration::from_secs(1);
/// How often the kubelet looks at a Pod for which it has nothing to do, and says again that it backs off.
const RESYNC: Duration = Duration::from_secs(60);
/// How soon a container is tried again whose configuration lacked something.
const RETRY: Duration = Duration::from_secs(10);

/// A Pod at one moment, with what can be reached from it.
pub(super) struct Tending<'a, 'c> {
    pub object: &'a Object,
    pub pod: &'a Pod,
    pub pace: Pace,
    pub context: &'a mut Context<'c>,
    /// The Pod's address.
    pub ip: Option<Ipv4Addr>,
    /// When to look again.
    pub next: Option<Time>,
}

/// One container of the Pod.
#[derive(Clone, Copy)]
pub(super) struct Which<'a> {
    pub container: &'a Container,
    /// An init container, sidecars included.
    pub init: bool,
    /// Its place in the list.
    pub index: usize,
    pub fault: ContainerFault,
    /// The beat of startup and liveness probes.
    pub since: Time,
}

impl Which<'_> {
    /// Whether it is to run to its end before the next one starts.
    pub(super) fn runs_to_its_end(&self) -> bool {
        self.init && !self.container.sidecar
    }
}

impl Tending<'_, '_> {
    /// Brings all containers to what holds now. When to look again.
    pub fn tend(mut self, status: &mut PodStatus, vitals: &mut Vitals) -> Option<Time> {
        let template = &self.pod.template;
        let inits = template.init_containers.len();
        vitals.containers.resize_with(inits + template.containers.len(), Vital::default);
        if vitals.since == Time::default() {
            vitals.since = status.start_time.unwrap_or(self.context.now);
        }
        let since = vitals.since;
        self.ip = status.pod_ip;
        let mut initialized = true;
        let begun = status.containers.iter().any(|own| own.container_id != 0);
        for (index, container) in template.init_containers.iter().enumerate() {
            let Some(own) = status.init_containers.get_mut(index) else { continue };
            let fault = self.context.faults.of_init_container(&self.object.meta, &container.name, &container.image);
            let which = Which { container, init: true, index, fault, since };
            if container.sidecar || !begun {
                self.settle(which, own, &mut vitals.containers[index]);
            }
            initialized &= begun || if container.sidecar { own.started == Some(true) } else { own.ready };
            if !initialized {
                break;
            }
        }
        if initialized {
            for (index, container) in template.containers.iter().enumerate() {
                let Some(own) = status.containers.get_mut(index) else { continue };
                let fault = self.context.faults.of_container(&self.object.meta, &container.name, &container.image);
                let which = Which { container, init: false, index, fault, since };
                self.settle(which, own, &mut vitals.containers[inits + index]);
            }
        }
        status.observed_generation = self.object.meta.generation;
        self.next
    }

    /// Something is due then.
    pub fn due(&mut self, at: Time) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }

    /// Goes on with one container until nothing more is due now.
    fn settle(&mut self, which: Which<'_>, own: &mut ContainerStatus, vital: &mut Vital) {
        // Waiting, running, ended, backed off: no more can happen at one moment.
        for _ in 0..4 {
            let more = match &own.state {
                ContainerState::Waiting { reason, .. } => {
                    let reason = reason.clone().unwrap_or_default();
                    self.waits(which, own, vital, &reason)
                }
                ContainerState::Running { started } => self.runs(which, *started, own, vital),
                ContainerState::Terminated(end) => {
                    let end = end.clone();
                    self.has_ended(which, &end, own, vital)
                }
                ContainerState::None => self.start(which, own, vital),
            };
            if !more {
                return;
            }
        }
    }

    fn waits(&mut self, which: Which<'_>, own: &mut ContainerStatus, vital: &mut Vital, reason: &str) -> bool {
        let now = self.context.now;
        match (reason, &own.last_state) {
            ("CrashLoopBackOff", ContainerState::Terminated(end)) => {
                let (finished, until) = (end.finished, end.finished + vital.crash.delay());
                if now >= until {
                    vital.crash.next(finished, now);
                    return self.start(which, own, vital);
                }
                if now.since(vital.said) >= RESYNC {
                    self.say_backing_off(which, vital);
                }
                self.due(until.min(vital.said + RESYNC));
                false
            }
            (reason, _) if retried(reason) && now < vital.retry => {
                self.due(vital.retry);
                false
            }
            _ => self.start(which, own, vital),
        }
    }

    /// Starts a container, or says why it cannot. `true` if it runs.
    fn start(&mut self, which: Which<'_>, own: &mut ContainerStatus, vital: &mut Vital) -> bool {
        let Which { container, init, index, .. } = which;
        if let Some((reason, event, message)) = self.no_image(which, own) {
            self.say(which, Said::warning(event, message.clone()));
            self.say(which, Said::warning("Failed", format!("Error: {reason}")));
            own.state = waiting(reason, &message);
            vital.retry = self.context.now + RETRY;
            self.due(vital.retry);
            return false;
        }
        if which.fault.pull == Some(false) && own.container_id == 0 {
            self.fail_pull(which, own, vital);
            return false;
        }
        self.say(which, Said::normal("Pulled", container.pulled.clone()));
        let needed = container.care.as_ref().map(|care| care.environment.as_slice()).unwrap_or_default();
        let store = &self.context.api.store;
        if let Some(why) = needs::no_environment(needed, &self.object.meta.namespace, store) {
            self.say(which, Said::warning("Failed", format!("Error: {why}")));
            own.state = waiting("CreateContainerConfigError", &why);
            vital.retry = self.context.now + RETRY;
            self.due(vital.retry);
            return false;
        }
        self.say(which, Said::normal("Created", "Container created"));
        self.say(which, Said::normal("Started", "Container started"));
        let again = own.container_id != 0;
        own.restart_count += i64::from(again);
        own.image = container.full_image.clone();
        own.image_id = container.image_id.clone();
        let uid = self.object.meta.uid;
        let place = (index as u64) << 32 ^ u64::from(init) << 48;
        own.container_id = mix(uid.high ^ uid.low ^ place ^ own.restart_count as u64) | 1;
        own.state = ContainerState::Running { started: self.context.now };
        vital.end = None;
        self.begin_probes(which, own, vital);
        true
    }

    /// An image that is not even asked for: the reason, the Event's, and the message. The stand-in knows nothing of that.
    fn no_image(&self, which: Which<'_>, own: &ContainerStatus) -> Option<(&'static str, &'static str, String)> {
        let care = which.container.care.as_ref().filter(|_| self.pace == Pace::Real)?;
        let image = &which.container.image;
        if let Some(why) = &care.bad_image {
            let message = format!("Failed to apply default image tag \"{image}\": {why}");
            return Some(("InvalidImageName", "InspectFailed", message));
        }
        let absent = care.never_pulls && which.fault.pull == Some(false) && own.container_id == 0;
        absent.then(|| {
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            ("ErrImageNeverPull", "ErrImageNeverPull", message)
        })
    }

    fn fail_pull(&mut self, which: Which<'_>, own: &mut ContainerStatus, vital: &mut Vital) {
        let (image, now) = (&which.container.image, self.context.now);
        let error = pull_error(which.container);
        own.image = image.clone();
        // The kubelet comes back at once, and finds that it has to wait.
        let failed = matches!(&own.state, ContainerState::Waiting { reason: Some(r), .. } if **r == *"ErrImagePull");
        if failed {
            self.say(which, Said::normal("BackOff", format!("Back-off pulling image \"{image}\"")));
            self.say(which, Said::warning("Failed", "Error: ImagePullBackOff"));
            let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
            own.state = waiting("ImagePullBackOff", &message);
            vital.retry = vital.said + vital.pull.delay();
        } else {
            self.say(which, Said::normal("Pulling", format!("Pulling image \"{image}\"")));
            self.say(which, Said::warning("Failed", format!("Failed to pull image \"{image}\": {error}")));
            self.say(which, Said::warning("Failed", "Error: ErrImagePull"));
            own.state = waiting("ErrImagePull", &error);
            vital.pull.next(now, now);
            vital.said = now;
            vital.retry = now + STEP;
        }
        self.due(vital.retry);
    }

    /// A container that runs. `true` if it ended or was told to.
    fn runs(&mut self, which: Which<'_>, started: Time, own: &mut ContainerStatus, vital: &mut Vital) -> bool {
        let now = self.context.now;
        if let Some(End { at, code }) = vital.end {
            if now < at {
                self.due(at);
                return false;
            }
            end(own, now, code, "Error");
            return true;
        }
        if let Some((code, reason, after)) = self.exits(which) {
            let at = started + after;
            if now < at {
                self.due(at);
                self.probe(which, started, own, vital);
                return false;
            }
            end(own, now, code, reason);
            own.ready = which.runs_to_its_end() && code == 0;
            return true;
        }
        if which.runs_to_its_end() {
            let at = started + self.pace.takes().max(which.fault.ailments.boot().unwrap_or_default());
            if now < at {
                self.due(at);
                return false;
            }
            end(own, now, 0, "Completed");
            own.ready = true;
            return false;
        }
        if own.image != which.container.full_image {
            if self.pace == Pace::Real && !which.init {
                let message = format!("Container {} definition changed, will be restarted", which.container.name);
                self.kill(which, own, vital, message, None);
                return true;
            }
            own.image = which.container.full_image.clone();
            own.image_id = which.container.image_id.clone();
        }
        self.probe(which, started, own, vital);
        vital.end.is_some()
    }

    /// How a container exits by itself and how long after its start: because a fault says so or, at Kubernetes' pace, its
    /// command.
    fn exits(&self, which: Which<'_>) -> Option<(i64, &'static str, Duration)> {
        let ContainerFault { crash, ailments, .. } = which.fault;
        let after = if which.runs_to_its_end() { self.pace.takes() } else { RUN };
        let with = |code: u8| (i64::from(code), if code == 0 { "Completed" } else { "Error" });
        let (code, reason) = match (ailments.oom, ailments.exit_code, crash) {
            (Some(true), ..) => (137, "OOMKilled"),
            (_, Some(code), _) => with(code),
            (.., Some(true)) => with(1),
            (.., Some(false)) => return None,
            _ => {
                let script = which.container.care.as_ref()?.script.filter(|_| self.pace == Pace::Real)?;
                let (code, reason) = with(script.code);
                return Some((code, reason, script.takes.max(after)));
            }
        };
        Some((code, reason, after))
    }

    /// Tells a container to stop, to start it again.
    pub(super) fn kill(
        &mut self,
        which: Which<'_>,
        own: &ContainerStatus,
        vital: &mut Vital,
        message: String,
        grace: Option<Duration>,
    ) {
        self.say(which, Said::normal("Killing", message));
        let grace = grace.unwrap_or(Duration::from_secs(self.pod.template.grace_seconds.unsigned_abs()));
        let plan = stopping::plan(which.container, which.fault, grace);
        if plan.hook_fails {
            self.say(which, Said::warning("FailedPreStopHook", "PreStopHook failed"));
        }
        vital.end = Some(End { at: self.context.now + plan.takes, code: plan.code });
        debug_assert!(matches!(own.state, ContainerState::Running { .. }), "only what runs is stopped");
    }

    /// A container that has ended: it stays so, waits, or starts again. `true` if it started.
    fn has_ended(&mut self, which: Which<'_>, end: &Terminated, own: &mut ContainerStatus, vital: &mut Vital) -> bool {
        let now = self.context.now;
        let well = end.exit_code == 0;
        if which.runs_to_its_end() && well {
            return false;
        }
        let again = match &*self.pod.template.restart_policy {
            _ if which.init && which.container.sidecar => true,
            "Never" => false,
            "OnFailure" => !well,
            _ => true,
        };
        if !again {
            return false;
        }
        // What the kubelet stopped itself is started again in the same turn, in which it knows of the run before only.
        let killed = vital.end.take().is_some();
        let shown = end.finished + STEP;
        if !killed && now < shown {
            self.due(shown);
            return false;
        }
        let since = match (killed, &own.last_state) {
            (false, _) => Some(end.finished),
            (true, ContainerState::Terminated(before)) => Some(before.finished),
            (true, _) => None,
        };
        own.last_state = ContainerState::Terminated(Box::new(end.clone()));
        (own.ready, own.started) = (false, Some(false));
        if let Some(since) = since {
            if vital.crash.holds(since, now) {
                let (name, delay) = (&which.container.name, go_duration(vital.crash.delay()));
                let message = format!("back-off {delay} restarting failed container={name} pod={}", self.place());
                own.state = waiting("CrashLoopBackOff", &message);
                self.say_backing_off(which, vital);
                self.due((end.finished + vital.crash.delay()).min(now + RESYNC));
                return false;
            }
            vital.crash.next(since, now);
        }
        self.start(which, own, vital)
    }

    fn say_backing_off(&mut self, which: Which<'_>, vital: &mut Vital) {
        let message = format!("Back-off restarting failed container {} in pod {}", which.container.name, self.place());
        self.say(which, Said::warning("BackOff", message));
        vital.said = self.context.now;
    }

    /// `web-0_default(UID)`
    fn place(&self) -> String {
        let meta = &self.object.meta;
        format!("{}_{}({})", meta.name, meta.namespace, meta.uid)
    }

    /// Records an Event about a container; repeats are counted.
    pub(super) fn say(&mut self, which: Which<'_>, said: Said) {
        let field = if which.init { "spec.initContainers" } else { "spec.containers" };
        said.of(self.object, self.pod, Some((field, &which.container.name)), self.context);
    }
}

/// Whether what waits for this reason is tried again at its time.
fn retried(reason: &str) -> bool {
    let image = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];
    reason == "CreateContainerConfigError" || image.contains(&reason)
}

fn waiting(reason: &str, message: &str) -> ContainerState {
    ContainerState::Waiting { reason: Some(reason.into()), message: Some(Text::from(message)) }
}

fn end(own: &mut ContainerStatus, now: Time, code: i64, reason: &str) {
    own.state = ContainerState::Terminated(ended(own, now, code, reason));
    (own.ready, own.started) = (false, Some(false));
}

/// `10s`, `1m20s`, as Go writes it.
fn go_duration(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
