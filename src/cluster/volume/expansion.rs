//! Expansion: a claim that asks for more than it has grows in steps, by the hands of a resizer and of the kubelet (rule
//! V51). The resizer is the stand-in that conformance/README.md describes.
//!
//! Upstream: `pkg/controller/volume/expand`; `external-resizer`'s `pkg/controller`.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::driver::driver_of;
use super::index::size;
use super::{ClaimKey, Controller, REACTION};
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::cluster::recorder::Occurrence;
use crate::resource::meta::Text;
use crate::resource::model::{
    ClaimCondition, ClaimPhase, EventSource, ObjectReference, PersistentVolumeClaim, Phase, VolumeSpec,
};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ACTOR: Actor = Actor::VolumeExpander;
/// What each step of the resizer and of the kubelet takes.
const STEP: Duration = Duration::from_millis(150);
/// What each step of a driver's resizer takes.
const DRIVER_STEP: Duration = Duration::from_secs(3);

const RESIZING: &str = "Resizing";
const FILE_SYSTEM_RESIZE_PENDING: &str = "FileSystemResizePending";

/// What a claim's growth waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The controller has yet to see the new size.
    Asked,
    /// The resizer has yet to begin.
    Announced,
    /// The resizer is at work.
    Resizing,
    /// The volume has grown, its file system has not.
    Mounted,
}

impl Controller {
    /// Notes that a claim was changed to ask for more than it has.
    pub(super) fn observe_size(&mut self, old: Option<&Object>, new: &Object, key: &ClaimKey, context: &mut Context) {
        let (Some(before), Some(after)) = (old.and_then(Object::claim), new.claim()) else { return };
        if Arc::ptr_eq(&before.spec, &after.spec) || before.spec.storage == after.spec.storage || !wants_more(after) {
            return;
        }
        self.growing.insert(key.clone(), Stage::Asked);
        context.enqueue(Worker::Expander, Item::Name(key.0.clone(), key.1.clone()), REACTION);
    }

    /// A Pod runs: volumes it mounts can have their file systems grown.
    pub(super) fn pod_runs(&mut self, namespace: &Text, claim: &Text, context: &mut Context) {
        if self.growing.get(&(namespace.clone(), claim.clone())) == Some(&Stage::Mounted) {
            context.enqueue(Worker::Expander, Item::Name(namespace.clone(), claim.clone()), STEP);
        }
    }

    /// The resizer works again.
    pub(super) fn resume_expansions(&mut self, context: &mut Context) {
        for (namespace, name) in self.growing.keys() {
            context.enqueue(Worker::Expander, Item::Name(namespace.clone(), name.clone()), STEP);
        }
    }

    /// Takes a claim's growth one step further.
    pub(super) fn expand(&mut self, namespace: &Text, name: &Text, context: &mut Context) {
        let key = (namespace.clone(), name.clone());
        let Some(stage) = self.growing.get(&key).copied() else { return };
        let store = &context.api.store;
        let claim = store.get(Kind::PersistentVolumeClaim, namespace, name).cloned();
        let Some((claim, body)) = claim.as_ref().and_then(|c| Some((c, c.claim()?))) else { return };
        let volume = body.volume.as_ref().and_then(|v| store.get(Kind::PersistentVolume, "", v)).cloned();
        let Some(volume) = volume.filter(|_| wants_more(body)) else {
            self.growing.remove(&key);
            return;
        };
        let (resizer, step) = self.resizer(&volume, context);
        let Some(resizer) = resizer.or((!matches!(stage, Stage::Announced | Stage::Resizing)).then(Text::default))
        else {
            return;
        };
        let next = match stage {
            Stage::Asked => {
                let message = "waiting for an external controller to expand this PVC";
                context.event(ACTOR, claim, false, "ExternalExpanding", message);
                Some(Stage::Announced)
            }
            Stage::Announced => {
                let message = format!("External resizer is resizing volume {}", volume.meta.name);
                resizer_event(&resizer, claim, RESIZING, message, context);
                set_condition(claim, RESIZING, None, context);
                Some(Stage::Resizing)
            }
            Stage::Resizing => {
                grow_volume(&volume, &body.spec.storage, context);
                resizer_event(
                    &resizer,
                    claim,
                    "FileSystemResizeRequired",
                    "Require file system resize of volume on node",
                    context,
                );
                let message = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";
                set_condition(claim, FILE_SYSTEM_RESIZE_PENDING, Some(message), context);
                Some(Stage::Mounted)
            }
            Stage::Mounted => match running_user(claim, context) {
                Some(pod) => {
                    finish(claim, &volume, &pod, context);
                    None
                }
                None => return,
            },
        };
        match next {
            Some(stage) => {
                self.growing.insert(key, stage);
                if step > STEP && stage != Stage::Mounted {
                    self.busy_until = self.busy_until.max(context.now + step);
                }
                context.enqueue(Worker::Expander, Item::Name(namespace.clone(), name.clone()), step);
            }
            None => {
                self.growing.remove(&key);
            }
        }
    }

    /// Who grows a volume, if he works, and how long each of his steps takes.
    fn resizer(&self, volume: &Object, context: &Context) -> (Option<Text>, Duration) {
        let driver = volume.volume().and_then(driver_of).filter(|_| !self.drivers.is_empty());
        let Some(driver) = driver else {
            return ((!context.faults.no_resizer).then(|| "external-resizer host-path".into()), STEP);
        };
        let works = self.drivers.running(driver, context.faults).filter(|d| d.expands && !context.faults.no_resizer);
        (works.map(|driver| format!("external-resizer {}", driver.name).into()), DRIVER_STEP)
    }
}

/// A Pod that uses a claim and runs.
fn running_user(claim: &Object, context: &Context) -> Option<Arc<Object>> {
    let mut pods = context.indexes.users.of(&claim.meta).filter_map(|id| context.api.store.by_id(id));
    pods.find(|p| p.pod().is_some_and(|p| p.status.phase == Phase::Running)).cloned()
}

/// Whether a bound claim asks for more than it has.
fn wants_more(claim: &PersistentVolumeClaim) -> bool {
    let capacity = claim.status.capacity.as_deref().map_or(0, size);
    claim.status.phase == ClaimPhase::Bound && size(&claim.spec.storage) > capacity
}

fn resizer_event(resizer: &str, claim: &Object, reason: &str, message: impl Into<Text>, context: &mut Context) {
    let source = EventSource::Core { component: resizer.into(), host: None };
    let about = ObjectReference::new(Kind::PersistentVolumeClaim, &claim.meta);
    let message = message.into();
    context.occurrence(ACTOR, Occurrence { about, warning: false, reason: reason.into(), message, source });
}

fn set_condition(claim: &Object, kind: &str, message: Option<&str>, context: &mut Context) {
    let mut new = claim.clone();
    let Body::PersistentVolumeClaim(body) = &mut new.body else { return };
    body.status.conditions = vec![ClaimCondition {
        kind: kind.into(),
        status: "True".into(),
        message: message.map(Text::from),
        last_transition: context.now,
    }];
    let write = context.write(ACTOR);
    let _ = context.api.update(new, write);
}

fn grow_volume(volume: &Object, storage: &Text, context: &mut Context) {
    let Some(old) = volume.volume() else { return };
    let mut spec = old.spec.json.clone();
    spec.insert("capacity".into(), serde_json::json!({"storage": &**storage}));
    let mut new = volume.clone();
    let Body::PersistentVolume(body) = &mut new.body else { return };
    body.spec = VolumeSpec::new(&spec.into());
    let write = context.write(ACTOR);
    let _ = context.api.update(new, write);
}

/// The kubelet has grown the file system: the claim has its size.
fn finish(claim: &Object, volume: &Object, pod: &Object, context: &mut Context) {
    let mut new = claim.clone();
    let Body::PersistentVolumeClaim(body) = &mut new.body else { return };
    body.status.conditions.clear();
    body.status.capacity = volume.volume().map(|v| v.spec.storage.clone());
    let write = context.write(Actor::Kubelet);
    let _ = context.api.update(new, write);
    let host = pod.pod().and_then(|p| p.node.clone());
    let message = format!("MountVolume.NodeExpandVolume succeeded for volume \"{}\"", volume.meta.name);
    let occurrence = Occurrence {
        about: ObjectReference::new(Kind::Pod, &pod.meta),
        warning: false,
        reason: "FileSystemResizeSuccessful".into(),
        message: message.into(),
        source: EventSource::Core { component: "kubelet".into(), host },
    };
    context.occurrence(Actor::Kubelet, occurrence);
}
