//! How much a submission may ask of the grader: replicas, objects, changes, virtual time. All of it is counted, never
//! timed, so that a submission comes to its end at the same place on every machine.

use std::time::Duration;

use crate::apiserver::api::{Container, ExecError, Log, LogOptions, Streams, Waited};
use crate::apiserver::{Api, Request, Response, Status};
use crate::cluster::Cluster;
use crate::lab::Session;
use crate::resource::{Kind, Time};

/// Replicas that all workloads together may want.
const MOST_REPLICAS: i64 = 2_000;
/// Objects that there may be.
const MOST_OBJECTS: usize = 30_000;
/// Changes that may happen.
const MOST_CHANGES: usize = 1_000_000;
/// Time that may pass.
const MOST_DAYS: u64 = 30;

/// What is left of it.
#[derive(Debug)]
pub(super) struct Budget {
    /// The time at which a submission has to be done.
    pub until: Time,
    /// What was too much.
    pub exceeded: Option<String>,
}

impl Budget {
    /// The budget of a submission that begins now.
    pub fn new(cluster: &Cluster) -> Budget {
        Budget { until: cluster.now + Duration::from_secs(MOST_DAYS * 86_400), exceeded: None }
    }

    /// Whether the cluster is still within it.
    pub fn holds(&mut self, cluster: &Cluster) -> bool {
        if self.exceeded.is_none() {
            self.exceeded = too_much(cluster, self.until);
        }
        self.exceeded.is_none()
    }

    /// Looks at what a request asked for before anything is made of it.
    fn allows(&mut self, cluster: &Cluster, kind: Kind) -> bool {
        if matches!(kind, Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet) && self.exceeded.is_none() {
            let wanted = replicas(cluster);
            if wanted > MOST_REPLICAS {
                self.exceeded = Some(format!("it asks for {wanted} replicas, and {MOST_REPLICAS} are the most"));
            }
        }
        self.exceeded.is_none()
    }

    /// Lets time pass, as far as the budget goes.
    pub fn run_until(&mut self, cluster: &mut Cluster, deadline: Time) {
        let end = deadline.min(self.until + Duration::from_secs(1));
        let mut steps = 0_u32;
        while cluster.next_due().is_some_and(|due| due <= end) {
            cluster.step();
            steps += 1;
            if steps.is_multiple_of(256) && !self.holds(cluster) {
                return;
            }
        }
        cluster.run_until(end);
        self.holds(cluster);
    }

    /// Runs tasks of the queue, as far as the budget goes.
    pub fn steps(&mut self, cluster: &mut Cluster, times: u32) {
        for step in 0..times {
            if !cluster.step() || step % 256 == 255 && !self.holds(cluster) {
                break;
            }
        }
        self.holds(cluster);
    }
}

fn too_much(cluster: &Cluster, until: Time) -> Option<String> {
    let store = &cluster.api.store;
    if store.history.len() > MOST_CHANGES {
        return Some(format!("more than {MOST_CHANGES} changes happen in it"));
    }
    if cluster.now > until {
        return Some(format!("it lets more than {MOST_DAYS} days pass"));
    }
    let heavy = [Kind::Pod, Kind::PersistentVolumeClaim, Kind::PersistentVolume, Kind::ConfigMap, Kind::Service];
    let objects: usize = heavy.iter().map(|kind| store.count(*kind)).sum();
    (objects > MOST_OBJECTS).then(|| format!("more than {MOST_OBJECTS} objects come to be in it"))
}

/// The replicas that all workloads together want.
fn replicas(cluster: &Cluster) -> i64 {
    let store = &cluster.api.store;
    let sets = store.all(Kind::StatefulSet).filter_map(|set| set.stateful_set()).map(|set| set.spec.replicas);
    let deployments = store.all(Kind::Deployment).filter_map(|d| d.deployment()).map(|d| d.spec.replicas);
    let replica_sets = store.all(Kind::ReplicaSet).filter(|set| set.meta.owners.is_empty());
    let replica_sets = replica_sets.filter_map(|set| set.replica_set()).map(|set| set.spec.replicas);
    sets.chain(deployments).chain(replica_sets).fold(0, |sum: i64, count| sum.saturating_add(count))
}

/// A session that stops at the budget's end.
pub(super) struct Guarded<'b, 's> {
    /// The session.
    pub session: Session<'s>,
    /// The budget.
    pub budget: &'b mut Budget,
}

impl Api for Guarded<'_, '_> {
    fn send(&mut self, request: Request) -> Result<Response, Status> {
        if self.budget.exceeded.is_some() {
            return Err(Status::bad_request("the submission has asked for too much"));
        }
        let (kind, writes) = (request.kind, request.writes());
        let answer = self.session.send(request);
        if writes {
            self.budget.allows(self.session.cluster(), kind);
        }
        answer
    }

    fn now(&self) -> Time {
        self.session.now()
    }

    fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited {
        if !self.budget.holds(self.session.cluster()) {
            return Waited::Never;
        }
        self.session.wait_for_change(deadline)
    }

    fn exec(&mut self, of: Container<'_>, command: &[String], streams: &mut Streams<'_>) -> Result<i32, ExecError> {
        if !self.budget.holds(self.session.cluster()) {
            return Err(ExecError::Kubelet("the submission has asked for too much".into()));
        }
        self.session.exec(of, command, streams)
    }

    fn log(&mut self, of: Container<'_>, options: LogOptions) -> Result<Log, Status> {
        self.session.log(of, options)
    }
}

/// Carries out a request of a journal.
pub(super) fn request(cluster: &mut Cluster, budget: &mut Budget, request: &Request, input: u32) {
    // A request that failed when it was made fails again, and changes as little.
    let _ = cluster.request(request, input);
    budget.allows(cluster, request.kind);
}
