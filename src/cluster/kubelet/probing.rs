//! The probes of a container, each on its own beat (rules P6 to P9; upstream `pkg/kubelet/prober/worker.go`).
//!
//! A probe whose findings cannot change makes no work: it is asked again when something breaks or heals, from its next
//! beat on. So a healthy Pod costs nothing while time passes.

use std::time::Duration;

use super::Pace;
use super::containers::Said;
use super::probe::{Asked, find};
use super::tending::{Tending, Which};
use super::vitals::{ProbeRun, Vital};
use crate::resource::Time;
use crate::resource::model::{ContainerStatus, Probe, ProbeKind};

/// How long a kubelet takes to see that a container runs; its readiness is asked for then.
const NOTICED: Duration = Duration::from_secs(1);

impl Tending<'_, '_> {
    /// A container has just been started.
    pub(super) fn begin_probes(&mut self, which: Which<'_>, own: &mut ContainerStatus, vital: &mut Vital) {
        for run in &mut vital.probes {
            // What was found last counts on, as in the kubelet; what follows from it does not.
            *run = ProbeRun { anchor: None, result: None, hold: false, ..*run };
        }
        let now = self.context.now;
        own.started = Some(!which.runs_to_its_end() && self.active(which, ProbeKind::Startup).is_none());
        vital.probes[ProbeKind::Readiness as usize].anchor = Some(now + NOTICED);
        own.ready = false;
    }

    /// The probe of a kind, if it is asked: at Kubernetes' pace each that there is, else those that a fault is about.
    fn active<'w>(&self, which: Which<'w>, kind: ProbeKind) -> Option<&'w Probe> {
        let probe = which.container.care.as_ref()?.probe(kind)?;
        let ailments = which.fault.ailments;
        let about = ailments.finding(kind).is_some() || ailments.http_status.is_some() || ailments.boot_ms.is_some();
        (self.pace == Pace::Real || about).then_some(probe)
    }

    /// Asks what is to be asked now, and acts on it.
    pub(super) fn probe(&mut self, which: Which<'_>, started: Time, own: &mut ContainerStatus, vital: &mut Vital) {
        for kind in ProbeKind::ALL {
            match self.active(which, kind) {
                Some(probe) => self.beat(which, probe, started, own, vital),
                None if kind == ProbeKind::Startup => own.started = Some(!which.runs_to_its_end()),
                None if kind == ProbeKind::Readiness => self.ready_unasked(which, started, own),
                None => {}
            }
        }
    }

    /// Readiness that no probe is asked for.
    fn ready_unasked(&mut self, which: Which<'_>, started: Time, own: &mut ContainerStatus) {
        let up = started + self.pace.takes();
        if which.container.readiness_probe && self.context.now < up {
            self.due(up);
            return;
        }
        own.ready = own.started == Some(true) && which.fault.ready != Some(false);
    }

    fn beat(&mut self, which: Which<'_>, probe: &Probe, started: Time, own: &mut ContainerStatus, vital: &mut Vital) {
        let now = self.context.now;
        let run = &mut vital.probes[probe.kind as usize];
        if own.started == Some(true) && probe.kind == ProbeKind::Startup {
            return;
        }
        if run.hold || (own.started != Some(true) && probe.kind != ProbeKind::Startup) {
            return;
        }
        let anchor = run.anchor.unwrap_or(which.since);
        let beats = now.since(anchor).as_micros() / probe.period.as_micros();
        let last = anchor + probe.period * u32::try_from(beats).unwrap_or(u32::MAX);
        let boots = which.fault.ailments.boot().is_some_and(|boot| now < started + boot);
        let found = find(probe, Asked { fault: which.fault, boots, ip: self.ip });
        let asked = last == now && run.ticked < now && whole_seconds(started, now) >= probe.initial_delay;
        run.ticked = run.ticked.max(last.min(now));
        let well = found.is_ok() && !boots;
        if asked {
            self.found(which, probe, found, own, vital);
        }
        let run = &vital.probes[probe.kind as usize];
        let steady = match probe.kind {
            ProbeKind::Startup => run.hold,
            ProbeKind::Readiness => well && run.result == Some(true),
            ProbeKind::Liveness => run.hold || well && !run.failing(),
        };
        if !steady {
            self.due(if now < anchor { anchor } else { last + probe.period });
        }
    }

    fn found(
        &mut self,
        which: Which<'_>,
        probe: &Probe,
        found: Result<(), String>,
        own: &mut ContainerStatus,
        vital: &mut Vital,
    ) {
        let now = self.context.now;
        let well = found.is_ok();
        if let Err(output) = found {
            self.say(which, Said::warning("Unhealthy", format!("{} probe failed: {output}", probe.kind.title())));
        }
        let run = &mut vital.probes[probe.kind as usize];
        run.times = if run.found == well { run.times.saturating_add(1) } else { 1 };
        run.found = well;
        let threshold = if well { probe.success_threshold } else { probe.failure_threshold };
        if run.times < threshold {
            return;
        }
        run.result = Some(well);
        match (probe.kind, well) {
            (ProbeKind::Readiness, _) => own.ready = well,
            (ProbeKind::Startup, true) => {
                (run.hold, run.times) = (true, 0);
                own.started = Some(true);
                // Readiness is asked for as soon as the container has started.
                vital.probes[ProbeKind::Readiness as usize].anchor = Some(now);
            }
            (ProbeKind::Liveness, true) => {}
            (kind, false) => {
                (run.hold, run.times) = (true, 0);
                let again = if *self.pod.template.restart_policy == *"Never" { "" } else { ", will be restarted" };
                let message = format!("Container {} failed {} probe{again}", which.container.name, kind.word());
                self.kill(which, own, vital, message, probe.grace);
            }
        }
    }
}

impl ProbeRun {
    /// Whether the last finding was a failure.
    fn failing(&self) -> bool {
        !self.found && self.times > 0
    }
}

/// The kubelet compares whole seconds.
fn whole_seconds(started: Time, now: Time) -> Duration {
    Duration::from_secs(now.since(started).as_secs())
}
