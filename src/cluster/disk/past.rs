//! The runs of containers whose commands may have left files on disks that outlive them. Commands are carried out when
//! somebody asks for the files (`container::past`); here stands only what is no longer to be seen in the Pods by then: who
//! ran, when, and on which disks. Pods whose commands write nothing are not looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::DiskId;
use crate::resource::meta::Text;
use crate::resource::model::{ContainerState, ContainerStatus, Pod};
use crate::resource::{Kind, Object, Time};
use crate::store::Store;

/// One run of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its Pod, as it was last seen with it.
    #[serde(with = "crate::resource::stored::shared")]
    pub pod: Arc<Object>,
    /// The container.
    pub container: Text,
    /// Whether it is an init container that runs to its end.
    pub init: bool,
    /// How often it had been started before.
    pub number: i64,
    /// When it began.
    pub started: Time,
    /// When it ended, if it did.
    pub ended: Option<Time>,
    /// Whether it came to its end by itself, and well: its command did all that it was to do.
    pub complete: bool,
    /// What stood behind the Pod's claims.
    pub claims: BTreeMap<String, DiskId>,
}

impl Run {
    /// Whether it is the same run as another.
    #[must_use]
    pub fn is(&self, other: &Run) -> bool {
        self.started == other.started && self.container == other.container && self.pod.meta.uid == other.pod.meta.uid
    }
}

/// The runs of a Pod's containers that its status tells of, without what stands behind its claims.
#[must_use]
pub fn told(object: &Arc<Object>) -> Vec<Run> {
    let Some(pod) = object.pod() else { return Vec::new() };
    let inits = pod.status.init_containers.iter().zip(&pod.template.init_containers);
    let inits = inits.map(|(status, container)| (status, !container.sidecar));
    let all = inits.chain(pod.status.containers.iter().map(|status| (status, false)));
    let mut out = Vec::new();
    for (status, init) in all {
        let now = matches!(status.state, ContainerState::Running { .. } | ContainerState::Terminated(_));
        let before = status.restart_count - i64::from(now);
        out.extend(run(object, status, init, &status.last_state, before));
        out.extend(run(object, status, init, &status.state, status.restart_count));
    }
    out
}

fn run(object: &Arc<Object>, status: &ContainerStatus, init: bool, state: &ContainerState, number: i64) -> Option<Run> {
    let (started, ended, well) = match state {
        ContainerState::Running { started } => (*started, None, false),
        ContainerState::Terminated(end) => (end.started, Some(end.finished), end.exit_code == 0),
        _ => return None,
    };
    let (pod, container) = (Arc::clone(object), status.name.clone());
    let complete = init && ended.is_some() && well;
    Some(Run { pod, container, init, number: number.max(0), started, ended, complete, claims: BTreeMap::new() })
}

/// What stands behind the claims of a Pod now, by the claims' names.
#[must_use]
pub fn claims(object: &Object, store: &Store) -> BTreeMap<String, DiskId> {
    let Some(pod) = object.pod() else { return BTreeMap::new() };
    let ephemeral = pod.template.spec.get("volumes").and_then(|list| list.as_array()).into_iter().flatten();
    let ephemeral = ephemeral.filter(|volume| volume.get("ephemeral").is_some());
    let ephemeral = ephemeral.filter_map(|v| Some(format!("{}-{}", object.meta.name, v["name"].as_str()?)));
    let names = pod.claims().map(|own| own.claim.to_string()).chain(ephemeral);
    names.filter_map(|name| disk(pod, &object.meta.namespace, &name, store).map(|id| (name, id))).collect()
}

fn disk(pod: &Pod, namespace: &str, claim: &str, store: &Store) -> Option<DiskId> {
    let claim = store.get(Kind::PersistentVolumeClaim, namespace, claim)?.claim()?;
    let volume = store.get(Kind::PersistentVolume, "", claim.volume.as_deref()?)?;
    Some(DiskId::volume(volume, volume.volume()?, pod.node.as_deref().unwrap_or_default()))
}

/// Whether something of a Pod's disks outlives it.
#[must_use]
pub fn is_outlived(pod: &Pod) -> bool {
    let volumes = pod.template.spec.get("volumes").and_then(|list| list.as_array()).into_iter().flatten();
    let lasting = ["hostPath", "nfs"];
    pod.claims().next().is_some() || volumes.into_iter().any(|v| lasting.iter().any(|kind| v.get(*kind).is_some()))
}

/// The runs that a Pod tells of no more after a change, and whose files may still be there.
#[must_use]
pub fn forgotten(old: &Arc<Object>, new: Option<&Arc<Object>>, store: &Store, now: Time) -> Vec<Run> {
    let Some(pod) = old.pod().filter(|pod| pod.template.writes) else { return Vec::new() };
    if new.is_none() && !is_outlived(pod) {
        return Vec::new();
    }
    let still = new.map(told).unwrap_or_default();
    let mut gone: Vec<Run> = told(old).into_iter().filter(|run| !still.iter().any(|other| other.is(run))).collect();
    if gone.is_empty() {
        return gone;
    }
    let claims = claims(old, store);
    for run in &mut gone {
        run.ended = run.ended.or(Some(now));
        run.claims.clone_from(&claims);
    }
    gone
}
