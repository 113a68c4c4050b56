//! The cluster: a virtual clock, a queue, and one module for each component of a real one. Components never call each
//! other; they write through the API server, and what is written wakes those who watch it.
//!
//! The whole state is in [`Cluster`], which is cheap to clone; given the same inputs it does the same, byte for byte.

mod context;
pub mod daemonset;
pub mod defaults;
pub mod deployment;
pub mod disk;
pub mod disruption;
pub mod endpointslice;
pub mod faults;
pub mod full_disk;
pub mod garbage;
mod import;
pub mod kubelet;
pub mod namespace;
pub mod node;
pub mod pod_control;
pub mod profile;
pub mod queue;
pub mod quota;
pub mod recorder;
pub mod replicaset;
pub mod scheduler;
pub mod service;
pub mod statefulset;
#[cfg(test)]
pub(crate) mod testing;
pub mod volume;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use context::Context;
pub use defaults::ClusterConfig;
pub use faults::{Fault, Faults};
pub use import::State;
pub use recorder::Occurrence;

use crate::apiserver::api::Waited;
use crate::apiserver::{ApiServer, Request, Response, Status};
use crate::resource::{Kind, Time};
use crate::store::{Actor, Cause, WatchEvent, Write};
use queue::{Queue, Task, Worker};
use recorder::Recorder;

/// How long a settle follows what never comes to rest.
pub const SETTLE_LIMIT: Duration = Duration::from_secs(75);
/// The pause after the last write that counts as rest, unless said otherwise.
pub const QUIET: Duration = Duration::from_secs(2);
/// How far a wait without a deadline looks ahead before it counts as one without end.
const WAIT_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// A cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cluster {
    /// The API server and the objects.
    pub api: ApiServer,
    /// The virtual time.
    pub now: Time,
    /// The time at which the lab began, or that of the state it was imported from.
    pub start: Time,
    /// What is broken.
    #[serde(with = "crate::resource::stored::json")]
    pub faults: Faults,
    /// What is written on volumes and in containers.
    pub disks: disk::Disks,
    queue: Queue,
    recorder: Recorder,
    indexes: volume::index::Indexes,
    statefulset: statefulset::Controller,
    deployment: deployment::Controller,
    replicaset: replicaset::Controller,
    daemonset: daemonset::Controller,
    scheduler: scheduler::Scheduler,
    kubelet: kubelet::Kubelet,
    volume: volume::Controller,
    volume_manager: kubelet::volume_manager::VolumeManager,
    endpointslice: endpointslice::Controller,
    disruption: disruption::Controller,
    quota: quota::Controller,
    service: service::Controller,
    node: node::Controllers,
    last_write: Time,
    /// The version of that write.
    last_revision: u64,
}

impl Cluster {
    /// A cluster as `config` describes it, with nothing in it yet.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> Cluster {
        let mut api = ApiServer::new(config.seed);
        defaults::populate(&mut api, config, Time::LAB_START);
        let node = node::Controllers::new(config, &api.store);
        let mut cluster = Cluster {
            api,
            now: Time::LAB_START,
            start: Time::LAB_START,
            faults: Faults::default(),
            disks: disk::Disks::default(),
            queue: Queue::default(),
            recorder: Recorder::default(),
            indexes: volume::index::Indexes::default(),
            statefulset: statefulset::Controller::default(),
            deployment: deployment::Controller::default(),
            replicaset: replicaset::Controller::default(),
            daemonset: daemonset::Controller::default(),
            scheduler: scheduler::Scheduler::new(config),
            kubelet: kubelet::Kubelet::new(config.kubelet),
            volume: volume::Controller::new(config),
            volume_manager: kubelet::volume_manager::VolumeManager::new(config),
            endpointslice: endpointslice::Controller::default(),
            disruption: disruption::Controller::default(),
            quota: quota::Controller::default(),
            service: service::Controller::new(config),
            node,
            last_write: Time::LAB_START,
            last_revision: 0,
        };
        cluster.dispatch();
        // The lab begins here: what the cluster began with is no part of its history.
        cluster.api.store.begin_history();
        cluster
    }

    /// Answers a person's request; `input` is its place in the journal. No time passes.
    pub fn request(&mut self, request: &Request, input: u32) -> Result<Response, Status> {
        let write = Write { now: self.now, actor: Actor::User, cause: Cause::Input(input) };
        let answer = self.api.handle(request, write);
        self.dispatch();
        answer
    }

    /// Breaks or heals something. No time passes.
    pub fn fault(&mut self, fault: &Fault, input: u32) {
        self.faults.apply(fault);
        if let Fault::Disk { claim, full } = fault {
            self.faults.disks.set(claim, *full, &self.api.store, self.now);
        }
        let cause = Cause::Input(input);
        let Cluster { api, queue, recorder, indexes, faults, kubelet, volume, volume_manager, node, now, .. } = self;
        let mut context = Context { api, queue, recorder, indexes, faults, now: *now, cause };
        node.fault(fault, &mut context);
        kubelet.fault(fault, &mut context);
        volume.fault(fault, &mut context);
        volume_manager.fault(fault, &mut context);
        self.dispatch();
    }

    /// Runs the next task, at its time. `false` if none is queued.
    pub fn step(&mut self) -> bool {
        self.step_by(Time(i64::MAX))
    }

    /// Runs the next task if it is due by `deadline`, at its time. `false` if none is.
    fn step_by(&mut self, deadline: Time) -> bool {
        let Some((due, task, cause)) = self.queue.pop_by(deadline) else { return false };
        self.now = self.now.max(due);
        self.run(&task, cause);
        self.dispatch();
        true
    }

    fn run(&mut self, task: &Task, cause: Cause) {
        let Cluster { api, queue, recorder, indexes, faults, now, .. } = self;
        let mut context = Context { api, queue, recorder, indexes, faults, now: *now, cause };
        let context = &mut context;
        match task.worker {
            Worker::StatefulSet | Worker::StatefulSetLater => self.statefulset.sync(&task.item, context),
            Worker::Deployment => self.deployment.sync(&task.item, context),
            Worker::ReplicaSet => self.replicaset.sync(&task.item, context),
            Worker::DaemonSet => self.daemonset.sync(&task.item, context),
            Worker::Scheduler => self.scheduler.schedule(&task.item, context),
            Worker::Kubelet if self.volume_manager.holds(&task.item, context) => {}
            Worker::Kubelet => self.kubelet.advance(&task.item, context),
            Worker::ActiveDeadline => self.kubelet.expire(&task.item, context),
            Worker::VolumeManager => self.volume_manager.run(&task.item, context),
            Worker::Claim
            | Worker::Volume
            | Worker::Provision
            | Worker::ClaimProtection
            | Worker::VolumeProtection
            | Worker::AttachDetach
            | Worker::Expander => self.volume.run(task, context),
            Worker::EndpointSlice => self.endpointslice.sync(&task.item, context),
            Worker::Garbage => garbage::collect(&task.item, context),
            Worker::Disruption => self.disruption.sync(&task.item, context),
            Worker::Namespace => namespace::sync(&task.item, context),
            Worker::ResourceQuota => self.quota.sync(&task.item, context),
            Worker::Service => self.service.sync(&task.item, context),
            Worker::LoadBalancer => self.service.done(&task.item, context),
            Worker::NodeStatus
            | Worker::NodeMonitor
            | Worker::NodeTaints
            | Worker::NodeNoExecute
            | Worker::TaintEviction
            | Worker::TaintEvictionTimer
            | Worker::PodGc => self.node.run(task, context),
        }
    }

    /// Tells every watcher of every write that none has seen yet.
    fn dispatch(&mut self) {
        while let Some(event) = self.api.store.next_event() {
            // No component watches what the components say.
            if event.kind() != Kind::Event {
                self.observe(&event);
            }
        }
        let revision = self.api.store.revision();
        if revision != self.last_revision {
            (self.last_write, self.last_revision) = (self.now, revision);
        }
    }

    fn observe(&mut self, event: &WatchEvent) {
        let Cluster { api, queue, recorder, indexes, faults, now, .. } = self;
        let cause = Cause::Change(event.change);
        for id in faults.disks.observe(event, &api.store) {
            queue.add(Task { worker: Worker::Kubelet, item: queue::Item::Object(id) }, *now, cause);
        }
        indexes.observe(event, &api.store);
        let mut context = Context { api, queue, recorder, indexes, faults, now: *now, cause };
        let context = &mut context;
        self.statefulset.observe(event, context);
        self.deployment.observe(event, context);
        self.replicaset.observe(event, context);
        self.daemonset.observe(event, context);
        self.scheduler.observe(event, context);
        self.kubelet.observe(event, context);
        self.volume_manager.observe(event, context);
        self.volume.observe(event, context);
        self.endpointslice.observe(event, context);
        garbage::observe(event, context);
        namespace::observe(event, context);
        self.disruption.observe(event, context);
        self.quota.observe(event, context);
        self.service.observe(event, context);
        self.node.observe(event, context);
        self.disks.observe(event, &self.api.store, self.now);
    }

    /// The storage drivers of the cluster.
    #[must_use]
    pub fn drivers(&self) -> &volume::driver::Drivers {
        self.volume.drivers()
    }

    /// Who gives Services load balancers, as the profile says it.
    #[must_use]
    pub fn load_balancers(&self) -> Option<&profile::LoadBalancers> {
        self.service.cloud()
    }

    /// When the next task is due.
    pub fn next_due(&mut self) -> Option<Time> {
        self.queue.next_due()
    }

    /// The pace of the kubelets.
    #[must_use]
    pub fn pace(&self) -> kubelet::Pace {
        self.kubelet.pace()
    }

    /// What is queued, in the order it will run.
    #[must_use]
    pub fn pending(&self) -> Vec<(Time, &Task)> {
        self.queue.pending()
    }

    /// What the `StatefulSet` controller would do next with a set, and what it waits for. Nothing is done.
    #[must_use]
    pub fn decision(&self, namespace: &str, name: &str) -> Option<statefulset::decide::Decision> {
        let set = self.api.store.get(Kind::StatefulSet, namespace, name)?.stateful_set()?;
        let mut replicas = self.statefulset.replicas(namespace, name)?.clone();
        let min_ready = Duration::from_secs(set.spec.min_ready_seconds.unsigned_abs());
        replicas.prepare(set.spec.start..=set.spec.end(), min_ready, self.now);
        let (current, update) = (&set.status.current_revision, &set.status.update_revision);
        let view =
            statefulset::decide::View { spec: &set.spec, status: &set.status, current, update, replicas: &replicas };
        Some(statefulset::decide::decide(view))
    }

    /// Lets time run until `deadline`, and stands there.
    pub fn run_until(&mut self, deadline: Time) {
        while self.step_by(deadline) {}
        self.now = self.now.max(deadline);
    }

    /// Lets time run until nothing was written for `quiet`, counted from the later of the last write and now; at most
    /// for [`SETTLE_LIMIT`]. The clock then stands at the end of that pause.
    pub fn settle(&mut self, quiet: Duration) {
        let start = self.now;
        loop {
            // A driver or a cloud at work is no rest, however long it takes until something is written.
            let busy = self.volume.busy_until().max(self.service.busy_until());
            let rest = (self.last_write.max(start).max(busy) + quiet).min(start + SETTLE_LIMIT);
            if !self.step_by(rest) {
                self.now = self.now.max(rest);
                return;
            }
        }
    }

    /// Lets time run until something is written, or until `deadline`.
    pub fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited {
        let revision = self.api.store.revision();
        let limit = deadline.unwrap_or(self.now + WAIT_LIMIT);
        let start = self.now;
        while self.step_by(limit) {
            if self.api.store.revision() != revision {
                return Waited::Changed;
            }
        }
        if deadline.is_some() {
            self.now = self.now.max(limit);
            Waited::Deadline
        } else {
            self.now = start;
            Waited::Never
        }
    }
}
