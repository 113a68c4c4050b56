//! One container of a Pod, seen from inside: who it is, what it mounts, what stands in its environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::env;
use super::mounts::{Mount, mounts};
use crate::cluster::Cluster;
use crate::cluster::disk::past::Run;
use crate::cluster::disk::{DiskId, Disks};
use crate::cluster::full_disk::FullDisks;
use crate::dns::ZONE;
use crate::resource::model::{ContainerState, ContainerStatus, Pod};
use crate::resource::{Kind, Object, Time};
use crate::store::Store;

/// What of a cluster is asked from inside a container.
#[derive(Clone, Copy, Debug)]
pub struct Around<'c> {
    /// The objects.
    pub store: &'c Store,
    /// What is written on disks.
    pub disks: &'c Disks,
    /// Which of them are full, because a fault says so.
    pub full: &'c FullDisks,
    /// The time.
    pub now: Time,
    /// Whether a command is run again: what others did meanwhile it is told.
    pub again: bool,
}

impl<'c> Around<'c> {
    /// What is around the containers of a cluster.
    #[must_use]
    pub fn of(cluster: &'c Cluster) -> Around<'c> {
        Around {
            store: &cluster.api.store,
            disks: &cluster.disks,
            full: &cluster.faults.disks,
            now: cluster.now,
            again: false,
        }
    }
}

/// A container.
#[derive(Clone, Debug)]
pub struct Inside {
    /// Its Pod.
    pub pod: Arc<Object>,
    /// Its name.
    pub name: String,
    /// Its part of the Pod's spec.
    pub spec: Value,
    /// How often it was started again.
    pub run: i64,
    /// When this run began.
    pub started: Time,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// What is mounted in it, longer paths first.
    pub mounts: Vec<Mount>,
    /// Its root file system.
    pub root: DiskId,
    /// What stood behind the Pod's claims, if that is no longer to be asked.
    pub claims: Option<BTreeMap<String, DiskId>>,
}

/// The container of a Pod, and its status.
#[must_use]
pub fn status_of<'p>(pod: &'p Pod, container: &str) -> Option<&'p ContainerStatus> {
    pod.status.containers.iter().chain(&pod.status.init_containers).find(|status| *status.name == *container)
}

impl Inside {
    /// A container as it is in a run that began at a moment.
    #[must_use]
    pub fn of(around: Around<'_>, pod: &Arc<Object>, container: &str, run: i64, started: Time) -> Option<Inside> {
        Inside::new(around, pod, container, (run, started), None)
    }

    /// A container as it was in a run, with what stood behind its claims if nobody can tell that now.
    pub(super) fn of_run(around: Around<'_>, run: &Run, claims: Option<BTreeMap<String, DiskId>>) -> Option<Inside> {
        Inside::new(around, &run.pod, &run.container, (run.number, run.started), claims)
    }

    fn new(
        around: Around<'_>,
        pod: &Arc<Object>,
        container: &str,
        (run, started): (i64, Time),
        claims: Option<BTreeMap<String, DiskId>>,
    ) -> Option<Inside> {
        let body = pod.pod()?;
        let json = body.spec_json();
        let all = ["containers", "initContainers"].iter().filter_map(|list| json.get(*list)?.as_array()).flatten();
        let spec = all.into_iter().find(|spec| spec["name"] == container)?.clone();
        let mut inside = Inside {
            pod: Arc::clone(pod),
            name: container.to_string(),
            run,
            started,
            env: Vec::new(),
            mounts: Vec::new(),
            root: DiskId::root(pod.meta.uid, container, run),
            claims,
            spec,
        };
        inside.env = env::of(&inside, around);
        inside.mounts = mounts(&inside, &json, around);
        Some(inside)
    }

    /// Mounts again what changes while it runs: the files of `ConfigMap`s and Secrets.
    pub(super) fn refresh(&mut self, around: Around<'_>) {
        if !self.body().template.source_volumes.is_empty() {
            let spec = self.body().spec_json();
            self.mounts = mounts(self, &spec, around);
        }
    }

    /// The container that runs now, if it does.
    #[must_use]
    pub fn running(around: Around<'_>, namespace: &str, pod: &str, container: &str) -> Option<Inside> {
        let pod = around.store.get(Kind::Pod, namespace, pod)?;
        let status = status_of(pod.pod()?, container)?;
        let ContainerState::Running { started } = status.state else { return None };
        Inside::of(around, pod, container, status.restart_count, started)
    }

    /// Whether it is in this run.
    pub(super) fn is_in(&self, run: &Run) -> bool {
        self.started == run.started && *self.name == *run.container && self.pod.meta.uid == run.pod.meta.uid
    }

    /// Whether it still runs, and is the same run.
    #[must_use]
    pub fn still_runs(&self, store: &Store) -> bool {
        let meta = &self.pod.meta;
        let Some(pod) = store.get(Kind::Pod, &meta.namespace, &meta.name).filter(|pod| pod.meta.uid == meta.uid) else {
            return false;
        };
        let status = pod.pod().and_then(|pod| status_of(pod, &self.name));
        status.is_some_and(|s| matches!(s.state, ContainerState::Running { .. }) && s.restart_count == self.run)
    }

    /// The Pod.
    ///
    /// # Panics
    /// Never: only a Pod has containers.
    #[must_use]
    pub fn body(&self) -> &Pod {
        self.pod.pod().expect("a container's Pod is a Pod")
    }

    /// The Pod's namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.pod.meta.namespace
    }

    /// The Pod's address.
    #[must_use]
    pub fn address(&self) -> String {
        self.body().status.pod_ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// The Pod's hostname (rule P28).
    #[must_use]
    pub fn hostname(&self) -> &str {
        self.body().hostname.as_deref().unwrap_or(&self.pod.meta.name)
    }

    /// The Pod's full name, if it has a subdomain.
    #[must_use]
    pub fn full_name(&self) -> Option<String> {
        let subdomain = self.body().subdomain.as_deref()?;
        Some(format!("{}.{subdomain}.{}.svc.{ZONE}", self.hostname(), self.namespace()))
    }

    /// A variable of its environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The image, as the manifest names it.
    #[must_use]
    pub fn image(&self) -> &str {
        self.spec["image"].as_str().unwrap_or_default()
    }

    /// The image's name without registry and tag.
    #[must_use]
    pub fn program(&self) -> &str {
        let last = self.image().rsplit('/').next().unwrap_or_default();
        last.split([':', '@']).next().unwrap_or_default()
    }
}
