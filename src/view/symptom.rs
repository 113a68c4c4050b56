//! What ails a Pod's containers, what it comes from, and what would help: from their states and from what the kubelet
//! said last.

use super::words;
use crate::cluster::Cluster;
use crate::cluster::queue::{Item, Task, Worker};
use crate::dns::Service;
use crate::resource::model::{Container, ContainerState, ContainerStatus, Event, Phase, Pod, ProbeKind, Terminated};
use crate::resource::{Kind, Object, Time};

/// A cause and what helps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symptoms {
    /// Sentences.
    pub told: Vec<String>,
    /// Commands.
    pub help: Vec<String>,
}

/// One container with what surrounds it.
struct Patient<'a> {
    object: &'a Object,
    spec: &'a Container,
    own: &'a ContainerStatus,
    now: Time,
    /// `sts/web`, or `pod/web-0` if nothing controls it.
    owner: String,
}

/// What is wrong in a Pod.
#[must_use]
pub fn of(cluster: &Cluster, object: &Object) -> Symptoms {
    let mut out = Symptoms::default();
    let Some(pod) = object.pod() else { return out };
    let events = events(cluster, object);
    if pod.status.phase.is_terminal() {
        ended(pod, object, &mut out);
        return out;
    }
    unmounted(pod, &events, &mut out);
    let owner = match object.meta.controller() {
        Some(owner) if *owner.kind == *"StatefulSet" => format!("sts/{}", owner.name),
        _ => format!("pod/{}", object.meta.name),
    };
    let template = &pod.template;
    let inits = pod.status.init_containers.iter().zip(&template.init_containers);
    for (own, spec) in inits.chain(pod.status.containers.iter().zip(&template.containers)) {
        let patient = Patient { object, spec, own, now: cluster.now, owner: owner.clone() };
        patient.state(&mut out);
        patient.probes(&events, &mut out);
        patient.last_end(&events, &mut out);
    }
    let waits = |(own, spec): (&ContainerStatus, &Container)| {
        matches!(own.state, ContainerState::Running { .. }) && !own.ready && spec.readiness_probe
    };
    if pod.status.containers.iter().zip(&template.containers).any(waits) {
        unpublished(cluster, object, &mut out);
    }
    if !pod.status.is_ready() {
        out.told.extend(looks_again(cluster, object));
    }
    out
}

/// What was said about a Pod, oldest first.
fn events<'a>(cluster: &'a Cluster, object: &Object) -> Vec<&'a Event> {
    let events = cluster.api.store.in_namespace(Kind::Event, &object.meta.namespace).filter_map(|o| o.event());
    let mut list: Vec<&Event> = events.filter(|event| event.about.uid == object.meta.uid).collect();
    list.sort_by_key(|event| event.last);
    list
}

fn ended(pod: &Pod, object: &Object, out: &mut Symptoms) {
    let status = &pod.status;
    let word = if status.phase == Phase::Succeeded { "succeeded" } else { "failed" };
    let why = match (status.reason.as_deref(), status.message.as_deref()) {
        (Some("Evicted"), Some(message)) => {
            out.help.push(format!("sts-lab describe node {}", pod.node.as_deref().unwrap_or_default()));
            format!(
                " Its kubelet evicted it: {} Ask for what it needs (resources.requests), or give the node more.",
                message.trim()
            )
        }
        (Some("DeadlineExceeded"), _) => {
            let limit = pod.template.deadline.map_or(0, |limit| limit.as_secs());
            format!(
                " Its kubelet stopped it: it may run for {limit} s (spec.activeDeadlineSeconds), and they were over."
            )
        }
        (Some(reason), Some(message)) => format!(" {reason}: {message}."),
        (Some(reason), None) => format!(" {reason}."),
        _ => String::new(),
    };
    out.told.push(format!("It has {word} for good: a Pod that ended is not started again.{why}"));
    if object.meta.controller().is_none() {
        out.help.push(format!("sts-lab delete pod {}", object.meta.name));
    }
}

/// A volume that lacks what it is made of.
fn unmounted(pod: &Pod, events: &[&Event], out: &mut Symptoms) {
    let waits = pod.status.pod_ip.is_none();
    let Some(event) = events.iter().rfind(|event| *event.reason == *"FailedMount").filter(|_| waits) else { return };
    out.told.push(format!("A volume cannot be mounted: {}. The kubelet tries again by itself.", event.message));
    out.help.extend(make(&event.message));
}

/// The command that makes the `ConfigMap` or Secret that a message names as not found.
fn make(message: &str) -> Option<String> {
    let (before, _) = message.split_once("\" not found")?;
    let (before, name) = before.rsplit_once('"')?;
    let kind = if before.trim_end().ends_with("secret") { "secret generic" } else { "configmap" };
    Some(format!("sts-lab create {kind} {name} --from-literal=KEY=VALUE"))
}

impl Patient<'_> {
    fn state(&self, out: &mut Symptoms) {
        let name = &self.spec.name;
        match &self.own.state {
            ContainerState::Waiting { reason: Some(reason), message } => {
                let message = message.as_ref().map(|m| format!(": {m}")).unwrap_or_default();
                out.told.push(format!("Container {name} waits: {reason}{message}."));
                match &**reason {
                    "CreateContainerConfigError" => out.help.extend(make(&message)),
                    "ErrImagePull" | "ImagePullBackOff" if self.owner.starts_with("sts/") => {
                        let repository = self.spec.image.split(':').next().unwrap_or(&self.spec.image);
                        out.help.push(format!("sts-lab set image {} {name}={repository}:TAG", self.owner));
                    }
                    _ => {}
                }
            }
            ContainerState::Running { .. } if !self.own.ready => {
                let why = if self.own.started != Some(true) && self.probe(ProbeKind::Startup) {
                    ": its startup probe has not succeeded"
                } else if self.spec.readiness_probe {
                    ": its readiness probe has not succeeded"
                } else {
                    ""
                };
                out.told.push(format!("Container {name} runs, but is not ready{why}."));
            }
            _ => {}
        }
    }

    fn probe(&self, kind: ProbeKind) -> bool {
        self.spec.care.as_ref().is_some_and(|care| care.probe(kind).is_some())
    }

    /// What the kubelet said last of this container that begins so.
    fn said<'e>(&self, events: &[&'e Event], reason: &str, begins: &str) -> Option<&'e Event> {
        let field = format!("{{{}}}", self.spec.name);
        let about = |event: &&&Event| {
            let path = event.about.field_path.as_deref().unwrap_or_default();
            *event.reason == *reason && event.message.starts_with(begins) && path.ends_with(&field)
        };
        events.iter().rfind(about).copied()
    }

    fn probes(&self, events: &[&Event], out: &mut Symptoms) {
        let name = &self.spec.name;
        let runs = matches!(self.own.state, ContainerState::Running { .. });
        let failed = |title: &str| self.said(events, "Unhealthy", &format!("{title} probe failed"));
        if let Some(event) = failed("Readiness").filter(|_| runs && !self.own.ready) {
            out.told.push(format!(
                "The kubelet said last: {}. As long as that is so, no Service sends it anything; it is not restarted \
                 for that. Mend the app, or the probe's path, port or time.",
                event.message.trim_end()
            ));
        }
        for (title, kind) in [("Liveness", "liveness"), ("Startup", "startup")] {
            let message = format!("Container {name} failed {kind} probe");
            let Some(killed) = self.said(events, "Killing", &message) else { continue };
            let output = failed(title).map(|event| format!(" {}.", event.message.trim_end())).unwrap_or_default();
            let advice = if kind == "startup" {
                "Give it longer (failureThreshold times periodSeconds of the startupProbe)."
            } else if self.probe(ProbeKind::Startup) {
                "Mend the app, or let the liveness probe ask for less."
            } else {
                "If it only starts or recovers slowly, a startupProbe gives it the time; a liveness probe should ask \
                 for nothing but the process itself."
            };
            out.told.push(format!(
                "Container {name} was restarted {}: its {kind} probe failed, last {} ago.{output} {advice}",
                words::count(self.own.restart_count.unsigned_abs() as usize, "time"),
                words::span(self.now.since(killed.last)),
            ));
            if self.owner.starts_with("sts/") {
                out.help.push(format!("sts-lab edit {}", self.owner));
            }
        }
    }

    fn last_end(&self, events: &[&Event], out: &mut Symptoms) {
        let name = &self.spec.name;
        let end: &Terminated = match (&self.own.state, &self.own.last_state) {
            (ContainerState::Terminated(end), _) | (_, ContainerState::Terminated(end)) => end,
            _ => return,
        };
        let times = words::count(self.own.restart_count.unsigned_abs() as usize, "restart");
        let pod = &self.object.meta.name;
        let killed = self.said(events, "Killing", &format!("Container {name} failed")).is_some();
        match end.reason.as_deref() {
            Some("OOMKilled") => {
                let limit = self.memory_limit();
                let what =
                    limit.as_deref().map_or("it has no limit of its own, so the node had none left".into(), |l| {
                        format!("its limit is {l}")
                    });
                out.told.push(format!(
                    "Container {name} was killed for want of memory (OOMKilled, exit 137): {what}; {times} so far. Raise \
                     its memory limit, or let it use less."
                ));
                out.help.push(format!("sts-lab set resources {} -c {name} --limits=memory=SIZE", self.owner));
            }
            reason if !killed && self.own.restart_count > 0 && !self.own.ready => {
                let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                out.told.push(format!(
                    "It exited last with code {}{reason}, {times} so far; the kubelet starts it again, each time after a \
                     longer pause, up to 5 minutes.",
                    end.exit_code
                ));
                out.help.push(format!("sts-lab logs {pod} -c {name} --previous"));
            }
            _ => {}
        }
    }

    fn memory_limit(&self) -> Option<String> {
        let pod = self.object.pod()?;
        let lists =
            ["containers", "initContainers"].into_iter().filter_map(|key| pod.template.spec.get(key)?.as_array());
        let own = lists.flatten().find(|c| c["name"] == *self.spec.name)?;
        own["resources"]["limits"]["memory"].as_str().map(str::to_string)
    }
}

/// When the kubelet has something to do for a Pod again: a probe is due, or the end of a pause.
fn looks_again(cluster: &Cluster, object: &Object) -> Option<String> {
    let own = |task: &Task| task.worker == Worker::Kubelet && task.item == Item::Object(object.meta.id());
    let (due, _) = cluster.pending().into_iter().find(|(_, task)| own(task))?;
    Some(format!("The kubelet looks at it again in {}.", words::span(due.since(cluster.now))))
}

/// Peers that look for each other before they are Ready find nobody (rule D23).
fn unpublished(cluster: &Cluster, object: &Object, out: &mut Symptoms) {
    let store = &cluster.api.store;
    let mut services = Service::all(store).filter(|service| service.namespace() == &*object.meta.namespace);
    let silent =
        |service: &Service<'_>| service.is_headless() && !service.publishes_not_ready() && service.selects(object);
    let Some(service) = services.find(silent) else { return };
    let (all, ready) = service.endpoints();
    if all > 1 && ready == 0 {
        out.told.push(format!(
            "Headless Service {} gives names to Ready Pods only, and none of its {all} is: if they must find each other \
             before they are Ready, none ever will be. publishNotReadyAddresses: true publishes them at once.",
            service.name()
        ));
        let patch = "{\"spec\":{\"publishNotReadyAddresses\":true}}";
        out.help.push(format!("sts-lab patch svc {} -p '{patch}'", service.name()));
    }
}

/// What a controller's refused write comes from, and what helps.
#[must_use]
pub fn refusal(message: &str) -> (Option<String>, Option<String>) {
    let after = |word: &str| message.split_once(word).map(|(_, rest)| rest);
    let quota = after("exceeded quota: ").or_else(|| after("failed quota: "));
    if let Some(name) = quota.and_then(|rest| rest.split([',', ':']).next()) {
        let what = if message.contains("failed quota: ") {
            "counts what its containers do not name: give them requests and limits, or a LimitRange with defaults"
        } else {
            "lets no more in: raise it, or free what counts in it; the controller tries again by itself"
        };
        return (
            Some(format!("The quota {name} of the namespace {what}.")),
            Some(format!("sts-lab describe quota {name}")),
        );
    }
    let limited = [" usage per ", " max limit to request ratio per "].iter().any(|words| message.contains(words));
    if limited && message.contains("is forbidden: ") {
        let told = "A LimitRange of the namespace refuses it: change the template's requests and limits, or the range.";
        return (Some(told.into()), Some("sts-lab describe limits".into()));
    }
    (None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_what_refuses() {
        let (told, help) =
            refusal("pods \"a\" is forbidden: exceeded quota: rq, requested: pods=1, used: pods=2, limited: pods=2");
        assert!(told.unwrap().starts_with("The quota rq of the namespace lets no more in"));
        assert_eq!(help.unwrap(), "sts-lab describe quota rq");
        let (told, _) = refusal("pods \"a\" is forbidden: failed quota: rq: must specify limits.cpu for: c");
        assert!(told.unwrap().contains("do not name"));
        assert_eq!(
            refusal("pods \"a\" is forbidden: maximum cpu usage per Pod is 1, but limit is 2").1.unwrap(),
            "sts-lab describe limits"
        );
        assert_eq!(refusal("pods \"a\" already exists"), (None, None));
    }

    #[test]
    fn what_is_missing_can_be_made() {
        let mount = "MountVolume.SetUp failed for volume \"cfg\" : configmap \"db-conf\" not found";
        assert_eq!(make(mount).unwrap(), "sts-lab create configmap db-conf --from-literal=KEY=VALUE");
        assert_eq!(
            make(": secret \"db\" not found").unwrap(),
            "sts-lab create secret generic db --from-literal=KEY=VALUE"
        );
        assert_eq!(make("couldn't find key x in ConfigMap default/db"), None);
    }
}
