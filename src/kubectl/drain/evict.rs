//! Evicting or deleting the Pods of a node, and waiting until they are gone. Upstream each Pod has a worker of its own;
//! here the workers take turns in the order of their times (`k8s.io/kubectl/pkg/drain/drain.go`; rules N13, N14).

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Drainer;
use super::filters::{full_name, overdue};
use crate::apiserver::api::Waited;
use crate::apiserver::server::NAMESPACE_TERMINATING;
use crate::apiserver::{Api, Options, Request, Subresource};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::io::Io;
use crate::kubectl::print::go::{self, quote};
use crate::kubectl::print::value::text;
use crate::kubectl::until::FOR_EVER;
use crate::resource::{Kind, Time};

/// How long after a refusal an eviction is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// How often a drain looks whether its Pods are gone.
const POLL: Duration = Duration::from_secs(1);
/// After so much time a drain without a deadline counts as one without end.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
const NO_TIME_LEFT: &str = "context deadline exceeded";

/// What a worker does next.
#[derive(Debug)]
enum Step {
    Evict,
    /// The same after a refusal with this text.
    Retry(String),
    /// Looks whether the Pod is gone.
    Look,
    Done,
}

/// One Pod on its way.
#[derive(Debug)]
struct Worker {
    pod: Value,
    step: Step,
    due: Time,
}

impl Worker {
    /// Tells of a refusal, and looks at the Pod again before the next try.
    fn refused(&mut self, refusal: String, clock: &mut Clock, api: &mut dyn Api, io: &mut Io<'_>) {
        io.err(&refusal);
        let (namespace, name) = (text(&self.pod, "/metadata/namespace"), text(&self.pod, "/metadata/name"));
        if let Ok(fresh) = io.send(api, Request::get(Kind::Pod, namespace, name)) {
            self.pod = fresh.object;
        }
        clock.idle += 1;
        (self.step, self.due) = (Step::Retry(refusal), api.now() + RETRY);
    }
}

/// How far a drain has come.
struct Clock {
    deadline: Option<Time>,
    limit: Time,
    /// Turns of workers since the world last changed.
    idle: usize,
}

impl Drainer {
    /// Evicts the Pods, each again every five seconds while its budget forbids it.
    pub(super) fn evict(&self, pods: &[Value], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let now = api.now();
        let mut workers: Vec<Worker> =
            pods.iter().map(|pod| Worker { pod: pod.clone(), step: Step::Evict, due: now }).collect();
        let mut clock = Clock::of(self.timeout, now);
        let mut failures = Vec::new();
        while let Some(next) = next_worker(&workers) {
            clock.pass(&mut workers, next, api, io)?;
            let result = match workers[next].step {
                Step::Evict | Step::Retry(_) => self.try_eviction(&mut workers[next], &mut clock, api, io),
                Step::Look => self.look(&mut workers[next], &mut clock, api, io),
                Step::Done => Ok(()),
            };
            if let Err(error) = result {
                workers[next].step = Step::Done;
                failures.push(error);
            }
        }
        CmdError::aggregate(failures)
    }

    fn try_eviction(
        &self,
        worker: &mut Worker,
        clock: &mut Clock,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        io.out(format_args!("evicting pod {}{}\n", full_name(&worker.pod), self.server_suffix()));
        let (namespace, name) = (text(&worker.pod, "/metadata/namespace"), text(&worker.pod, "/metadata/name"));
        let about = format!("error when evicting pods/{} -n {}", quote(name), quote(namespace));
        if clock.is_over(api.now()) {
            let timeout = go::duration(self.timeout);
            return Err(message(format!("{about}: global timeout reached: {timeout}")));
        }
        match io.send(api, self.eviction(namespace, name)) {
            Ok(_) if self.dry_run.is_server() => worker.step = Step::Done,
            Ok(_) => {
                clock.idle = 0;
                (worker.step, worker.due) = (Step::Look, api.now());
            }
            Err(status) if status.is_not_found() => worker.step = Step::Done,
            Err(status) if status.code == 429 => {
                let refusal = format!("{about} (will retry after 5s): {status}\n");
                worker.refused(refusal, clock, api, io);
            }
            Err(status) if status.has_cause(NAMESPACE_TERMINATING) => {
                // Nothing can be evicted there any more, but the Pods go.
                if worker.pod["metadata"]["deletionTimestamp"].is_string() {
                    (worker.step, worker.due) = (Step::Look, api.now());
                    return Ok(());
                }
                let refusal = format!(
                    "error when evicting pod {} from terminating namespace {} (will retry after 5s): {status}\n",
                    quote(name),
                    quote(namespace)
                );
                worker.refused(refusal, clock, api, io);
            }
            Err(status) => return Err(message(format!("{about}: {status}"))),
        }
        Ok(())
    }

    fn eviction(&self, namespace: &str, name: &str) -> Request {
        let mut body = json!({"apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace}, "deleteOptions": {}});
        if self.grace_period >= 0 {
            body["deleteOptions"]["gracePeriodSeconds"] = self.grace_period.into();
        }
        let options = Options { dry_run: self.dry_run.is_server(), ..Options::default() };
        let request = Request::create(Kind::Pod, namespace, body).subresource(Subresource::Eviction).with(options);
        Request { name: Some(name.to_string()), ..request }
    }

    fn server_suffix(&self) -> &'static str {
        if self.dry_run.is_server() { " (server dry run)" } else { "" }
    }

    /// Looks whether an evicted Pod is gone.
    fn look(&self, worker: &mut Worker, clock: &mut Clock, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let failed = |error: &dyn std::fmt::Display, pod: &Value| {
            let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            message(format!(
                "error when waiting for pod {} in namespace {} to terminate: {error}",
                quote(name),
                quote(namespace)
            ))
        };
        if self.is_gone(&worker.pod, "evicted", "eviction failed", api, io).map_err(|e| failed(&e, &worker.pod))? {
            clock.idle = 0;
            worker.step = Step::Done;
            return Ok(());
        }
        if clock.is_over(api.now()) {
            return Err(failed(&NO_TIME_LEFT, &worker.pod));
        }
        clock.idle += 1;
        worker.due = clock.next_look(api.now());
        Ok(())
    }

    /// Deletes the Pods (`--disable-eviction`).
    pub(super) fn delete(&self, pods: &[Value], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        for pod in pods {
            let request = Request::delete(Kind::Pod, text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            let options = Options {
                dry_run: self.dry_run.is_server(),
                grace_period_seconds: Some(self.grace_period).filter(|s| *s >= 0),
                ..Options::default()
            };
            match io.send(api, request.with(options)) {
                Err(status) if !status.is_not_found() => return Err(status.into()),
                _ => {}
            }
        }
        let now = api.now();
        let mut clock = Clock::of(self.timeout, now);
        let mut pods = pods.to_vec();
        loop {
            let mut left = Vec::new();
            for pod in pods {
                if !self.is_gone(&pod, "deleted", "deletion failed", api, io)? {
                    left.push(pod);
                }
            }
            if left.is_empty() {
                return Ok(());
            }
            if clock.is_over(api.now()) {
                return Err(message(NO_TIME_LEFT));
            }
            clock.idle += 1;
            let mut all = [Worker { pod: Value::Null, step: Step::Look, due: clock.next_look(api.now()) }];
            clock.pass(&mut all, 0, api, io)?;
            pods = left;
        }
    }

    /// Whether a Pod is gone, or another one has its name; says so then.
    fn is_gone(
        &self,
        pod: &Value,
        done: &str,
        failed: &str,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<bool, CmdError> {
        let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
        match io.send(api, Request::get(Kind::Pod, namespace, name)) {
            Ok(answer) if answer.object["metadata"]["uid"] == pod["metadata"]["uid"] => {
                let skipped = overdue(&answer.object, self.skip_wait_after, api.now());
                if skipped {
                    let seconds = self.skip_wait_after;
                    let name = quote(name);
                    io.out(format_args!("pod {name} has DeletionTimestamp older than {seconds} seconds, skipping\n"));
                }
                Ok(skipped)
            }
            Err(status) if !status.is_not_found() => {
                self.say(pod, failed, io);
                Err(status.into())
            }
            _ => {
                self.say(pod, done, io);
                Ok(true)
            }
        }
    }
}

fn next_worker(workers: &[Worker]) -> Option<usize> {
    let waiting = workers.iter().enumerate().filter(|(_, worker)| !matches!(worker.step, Step::Done));
    waiting.min_by_key(|(index, worker)| (worker.due, *index)).map(|(index, _)| index)
}

impl Clock {
    /// Zero is no limit; a negative one is over at once.
    fn of(timeout: SignedDuration, now: Time) -> Clock {
        let ahead = std::time::Duration::try_from(timeout).unwrap_or_default();
        Clock { deadline: (!timeout.is_zero()).then(|| now + ahead), limit: now + PATIENCE, idle: 0 }
    }

    fn is_over(&self, now: Time) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    fn next_look(&self, now: Time) -> Time {
        let next = now + POLL;
        self.deadline.map_or(next, |deadline| next.min(deadline))
    }

    /// Lets time run until the turn of a worker. Without a deadline, once all wait and nothing moves, it runs to the
    /// next change; the refusals that a real drain would have met meanwhile are told.
    fn pass(
        &mut self,
        workers: &mut [Worker],
        next: usize,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        let due = workers[next].due;
        while api.now() < due {
            if api.wait_for_change(Some(due)) != Waited::Changed {
                break;
            }
            self.idle = 0;
        }
        let waiting = workers.iter().filter(|worker| !matches!(worker.step, Step::Done)).count();
        if self.deadline.is_some() || self.idle < 2 * waiting {
            return Ok(());
        }
        let endless = || Err(CmdError::Verbatim(FOR_EVER.to_string(), 124));
        if api.now() >= self.limit || api.wait_for_change(None) != Waited::Changed {
            return endless();
        }
        self.idle = 0;
        let now = api.now();
        for worker in &mut *workers {
            let (interval, refusal) = match &worker.step {
                Step::Retry(refusal) => (RETRY, Some(refusal)),
                _ => (POLL, None),
            };
            while worker.due < now {
                worker.due = worker.due + interval;
                if let Some(refusal) = refusal {
                    io.out(format_args!("evicting pod {}\n", full_name(&worker.pod)));
                    io.err(refusal);
                }
            }
        }
        self.pass(workers, next, api, io)
    }
}
