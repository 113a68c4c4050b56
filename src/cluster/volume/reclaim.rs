//! What becomes of a volume whose claim is gone: kept, deleted with its asset, or scrubbed (rules V29 to V31, V34).
//!
//! Upstream: `pv_controller.go` (`reclaimVolume`, `deleteVolumeOperation`, `recycleVolumeOperation`).

use std::sync::Arc;

use super::binder::set_phase;
use super::names::{BOUND_BY_CONTROLLER, PROVISIONED_BY, PV_CONTROLLER};
use super::{Controller, PROVISIONING};
use crate::apiserver::DeleteOptions;
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::Text;
use crate::resource::model::{PersistentVolume, VolumePhase};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ACTOR: Actor = Actor::PersistentVolumeController;

/// Puts the finalizer that waits for the asset's deletion on a provisioned volume of policy Delete, and off others. The
/// answer is the volume as it then is.
pub(super) fn keep_finalizer(volume: &Arc<Object>, context: &mut Context) -> Option<Arc<Object>> {
    let provisioner = volume.meta.annotations.get(PROVISIONED_BY).unwrap_or_default();
    let wanted = volume.volume().is_some_and(|v| &*v.spec.reclaim_policy == "Delete");
    let there = volume.meta.finalizers.iter().any(|f| **f == *PV_CONTROLLER);
    if !provisioner.starts_with("kubernetes.io/") || wanted == there || volume.meta.terminating() {
        return Some(Arc::clone(volume));
    }
    let mut new = (**volume).clone();
    if wanted {
        new.meta.finalizers.push(PV_CONTROLLER.into());
    } else {
        new.meta.finalizers.retain(|f| **f != *PV_CONTROLLER);
    }
    let write = context.write(ACTOR);
    context.api.update(new, write).ok()
}

/// Who can delete what is behind a volume.
enum Deleter {
    /// The lab's host-path plugin.
    HostPath,
    /// Its driver, if the cluster has it.
    External,
    /// Nobody; with the reason.
    None(String),
}

/// The claim is gone: the volume is Released, and its policy carried out.
pub(super) fn release(volume: &Object, context: &mut Context) {
    let Some(body) = volume.volume() else { return };
    let ended = matches!(body.phase, VolumePhase::Released | VolumePhase::Failed);
    if !ended && set_phase(volume.clone(), VolumePhase::Released, None, context).is_none() {
        return;
    }
    if matches!(&*body.spec.reclaim_policy, "Delete" | "Recycle") && !volume.meta.terminating() {
        context.enqueue(Worker::Provision, Item::Object(volume.meta.id()), PROVISIONING);
    }
}

impl Controller {
    /// Deletes what is behind a released volume, then the volume; or makes it fit for the next claim.
    pub(super) fn delete_asset(&mut self, volume: &Object, body: &PersistentVolume, context: &mut Context) {
        if !matches!(body.phase, VolumePhase::Released | VolumePhase::Failed) {
            return;
        }
        match &*body.spec.reclaim_policy {
            "Recycle" => recycle(volume, context),
            "Delete" => match deleter(volume) {
                Deleter::HostPath => delete(volume, context),
                Deleter::External => self.delete_externally(volume, context),
                Deleter::None(why) => fail(volume, "VolumeFailedDelete", why, context),
            },
            _ => {}
        }
    }
}

/// Upstream's host-path plugin deletes only what lies under `/tmp/`; most other in-tree plugins delete nothing.
fn deleter(volume: &Object) -> Deleter {
    let Some(body) = volume.volume() else { return Deleter::External };
    let provisioner = volume.meta.annotations.get(PROVISIONED_BY).unwrap_or_default();
    if !provisioner.is_empty() && !provisioner.starts_with("kubernetes.io/") || body.spec.json.contains_key("csi") {
        return Deleter::External;
    }
    let Some(source) = body.spec.json.get("hostPath") else {
        let name = &volume.meta.name;
        return Deleter::None(format!(
            "error getting deleter volume plugin for volume \"{name}\": no deletable volume plugin matched"
        ));
    };
    match source["path"].as_str() {
        Some(path) if body.host_path.is_none() && !(path.starts_with("/tmp/") && path.len() > "/tmp/".len()) => {
            Deleter::None(format!("host_path deleter only supports /tmp/.+ but received provided {path}"))
        }
        _ => Deleter::HostPath,
    }
}

fn delete(volume: &Object, context: &mut Context) {
    let write = context.write(ACTOR);
    if volume.meta.finalizers.iter().any(|f| **f == *PV_CONTROLLER) {
        context.api.remove_finalizer(volume, PV_CONTROLLER, write);
    }
    let options = DeleteOptions { uid: Some(volume.meta.uid), ..DeleteOptions::default() };
    // If it is gone already, so much the better.
    let _ = context.api.delete(Kind::PersistentVolume, "", &volume.meta.name, options, write);
}

fn fail(volume: &Object, reason: &str, why: String, context: &mut Context) {
    let why = Text::from(why);
    let before = volume.volume().map(|v| (v.phase, v.message.clone()));
    if before == Some((VolumePhase::Failed, Some(why.clone()))) {
        return;
    }
    if set_phase(volume.clone(), VolumePhase::Failed, Some(why.clone()), context).is_some() {
        context.event(ACTOR, volume, true, reason, why);
    }
}

fn recycle(volume: &Object, context: &mut Context) {
    let Some(body) = volume.volume() else { return };
    if !["hostPath", "nfs"].iter().any(|source| body.spec.json.contains_key(*source)) {
        return fail(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!".into(), context);
    }
    let mut new = volume.clone();
    let Body::PersistentVolume(freed) = &mut new.body else { return };
    freed.claim = None;
    new.meta.annotations = new.meta.annotations.without(BOUND_BY_CONTROLLER);
    let write = context.write(ACTOR);
    if let Ok(stored) = context.api.update(new, write) {
        context.event(ACTOR, &stored, false, "VolumeRecycled", "Volume recycled");
        set_phase((*stored).clone(), VolumePhase::Available, None, context);
    }
}
