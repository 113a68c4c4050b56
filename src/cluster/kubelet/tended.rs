//! Which Pods go Kubernetes' own way rather than the stand-in's, and the steps of one that does.

use std::time::Duration;

use super::containers::Said;
use super::tending::Tending;
use super::vitals::Mounting;
use super::{Kubelet, NOTICE, Pace, STEP, Stage, look_again, needs, status, stopping, write_status};
use crate::cluster::context::Context;
use crate::cluster::faults::ContainerFault;
use crate::resource::Object;
use crate::resource::model::Pod;

/// How soon a volume that could not be mounted is tried again: twice as late each time.
const REMOUNT: Duration = Duration::from_millis(500);
const LATEST_REMOUNT: Duration = Duration::from_secs(122);

impl Kubelet {
    /// Whether a Pod goes Kubernetes' own way. A plain one does not ask for it, unless something is broken.
    pub(super) fn is_tended(&self, object: &Object, pod: &Pod, context: &Context<'_>) -> bool {
        let plain = pod.template.is_plain();
        let real = self.pace == Pace::Real;
        if real && (!plain || pod.status.observed_generation < object.meta.generation)
            || !self.vitals.is_empty() && self.vitals.contains_key(&object.meta.uid)
        {
            return true;
        }
        let (meta, namespace, faults) = (&object.meta, &object.meta.namespace, context.faults);
        let lacks = || {
            let all = pod.template.containers.iter().chain(&pod.template.init_containers);
            let mut cares = all.filter_map(|container| container.care.as_ref());
            cares.any(|care| needs::no_environment(&care.environment, namespace, &context.api.store).is_some())
        };
        if !plain && lacks() {
            return true;
        }
        if faults.spare_containers() {
            return false;
        }
        let ails = |fault: ContainerFault| {
            let runs = fault.ailments.oom.is_some() || fault.ailments.exit_code.is_some();
            let probed = [fault.ailments.startup, fault.ailments.readiness, fault.ailments.liveness];
            let late = fault.ailments.http_status.is_some() || fault.ailments.boot_ms.is_some();
            runs || late || probed.iter().any(Option::is_some)
        };
        let broken = |fault: ContainerFault| ails(fault) || fault.crash.is_some() || fault.pull.is_some();
        let mut containers = pod.template.containers.iter();
        let mut inits = pod.template.init_containers.iter();
        containers.any(|c| {
            let fault = faults.of_container(meta, &c.name, &c.image);
            ails(fault) || real && (broken(fault) || fault.ready.is_some())
        }) || inits.any(|c| broken(faults.of_init_container(meta, &c.name, &c.image)))
    }

    /// Brings a Pod's containers to what holds now, and looks again when something is due.
    pub(super) fn tend_in_its_time(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) {
        if pod.status.phase.is_terminal() {
            return;
        }
        let uid = object.meta.uid;
        let mut status = pod.status.clone();
        status.pod_ip = status.pod_ip.or_else(|| Some(context.api.ids.pod_ip()));
        let vitals = self.vitals.entry(uid).or_default();
        let (pace, now) = (self.pace, context.now);
        let tending = Tending { object, pod, pace, context, ip: None, next: None };
        let next = tending.tend(&mut status, vitals);
        status::recompute(&mut status, object, pod, now);
        write_status(object, status, context);
        if let Some(stage) = self.stages.get_mut(&object.meta) {
            *stage = Stage::Started;
        }
        if let Some(at) = next {
            look_again(object, at.since(now), context);
        }
    }

    /// Whether volumes lack what they are made of; it is said, and tried again (rule V54).
    pub(super) fn cannot_mount(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) -> bool {
        if pod.template.source_volumes.is_empty() {
            return false;
        }
        let uid = object.meta.uid;
        let volumes = &pod.template.source_volumes;
        let Some((volume, why)) = needs::unmountable(volumes, &object.meta.namespace, &context.api.store) else {
            return false;
        };
        let mounting = &mut self.vitals.entry(uid).or_default().mounting;
        if context.now >= mounting.retry {
            let delay = (REMOUNT * 2_u32.saturating_pow(mounting.tries.min(16))).min(LATEST_REMOUNT);
            *mounting = Mounting { tries: mounting.tries + 1, retry: context.now + delay };
            let message = format!("MountVolume.SetUp failed for volume \"{}\" : {why}", volume.name);
            Said::warning("FailedMount", message).of(object, pod, None, context);
        }
        let wait = self.vitals.get(&uid).map_or(REMOUNT, |vitals| vitals.mounting.retry.since(context.now));
        look_again(object, wait, context);
        true
    }

    /// Stops a Pod whose end is waited for. `false` if it is one of the others.
    pub(super) fn stops_in_its_time(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) -> bool {
        let uid = object.meta.uid;
        let told = self.vitals.get(&uid).and_then(|vitals| vitals.told);
        if context.faults.hangs(&object.meta) {
            return told.is_some();
        }
        let less = object.meta.deletion.map(|deletion| Duration::from_secs(deletion.grace_seconds.unsigned_abs()));
        let told = match told {
            // Somebody asked again and gave it less time.
            Some(told) if less.is_none_or(|less| less >= told.grace) => told,
            None if !stopping::is_waited_for(self.pace, object, pod, context.faults) => return false,
            None if self.stages.get(&object.meta) == Some(&Stage::Stopping) => return false,
            _ => stopping::tell(object, pod, context),
        };
        self.vitals.entry(uid).or_default().told = Some(told);
        let mut status = pod.status.clone();
        let next = stopping::end(object, pod, &mut status, told, context);
        if next.is_none() {
            // The rest of its end is that of every Pod.
            self.vitals.remove(&uid);
            self.ended(object, status, context);
            return true;
        }
        if status != pod.status {
            status::recompute(&mut status, object, pod, context.now);
            write_status(object, status, context);
        }
        if let Some(stage) = self.stages.get_mut(&object.meta) {
            *stage = Stage::Stopping;
        }
        look_again(object, next.map_or(STEP, |at| at.since(context.now)).max(NOTICE), context);
        true
    }
}
