//! VolumeAttachments: what the controller asks of a driver's attacher, and what the attacher answers.
//!
//! Upstream: `pkg/volume/csi/csi_attacher.go`, `kubernetes-csi/external-attacher`.

use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::apiserver::DeleteOptions;
use crate::cluster::context::Context;
use crate::resource::meta::Text;
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

/// The name of the attachment of a volume, by its handle, to a node.
fn name_of(handle: &str, driver: &str, node: &str) -> String {
    let mut name = String::from("csi-");
    for byte in Sha256::digest(format!("{handle}{driver}{node}")) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// What keeps an attachment until its driver has detached the volume.
fn finalizer(driver: &str) -> String {
    format!("external-attacher/{}", driver.replace('.', "-"))
}

/// Asks a driver to attach a volume.
pub(super) fn ask(volume: &Text, handle: &str, driver: &str, node: &Text, context: &mut Context) {
    let body = json!({
        "metadata": {"name": name_of(handle, driver, node), "finalizers": [finalizer(driver)],
            "annotations": {"csi.alpha.kubernetes.io/node-id": &**node}},
        "spec": {"attacher": driver, "nodeName": &**node, "source": {"persistentVolumeName": &**volume}},
        "status": {"attached": false},
    });
    let write = context.write(Actor::AttachDetachController);
    // One that is there already is asked for already.
    let _ = context.api.create(Object::from_json(Kind::VolumeAttachment, &body), write);
}

/// A driver has attached a volume.
pub(super) fn done(handle: &str, driver: &str, node: &Text, context: &mut Context) {
    let name = name_of(handle, driver, node);
    let Some(object) = context.api.store.get(Kind::VolumeAttachment, "", &name).cloned() else { return };
    let mut body = object.plain().cloned().unwrap_or_default();
    body.insert("status".into(), json!({"attached": true}));
    let new =
        Object { meta: object.meta.clone(), body: Body::Plain(Kind::VolumeAttachment, std::sync::Arc::new(body)) };
    let write = context.write(Actor::StorageDriver);
    let _ = context.api.update(new, write);
}

/// Asks a driver to detach a volume.
pub(super) fn take_back(handle: &str, driver: &str, node: &Text, context: &mut Context) {
    let write = context.write(Actor::AttachDetachController);
    let name = name_of(handle, driver, node);
    let _ = context.api.delete(Kind::VolumeAttachment, "", &name, DeleteOptions::default(), write);
}

/// A driver has detached a volume.
pub(super) fn over(handle: &str, driver: &str, node: &Text, context: &mut Context) {
    let name = name_of(handle, driver, node);
    let Some(object) = context.api.store.get(Kind::VolumeAttachment, "", &name).cloned() else { return };
    let write = context.write(Actor::StorageDriver);
    context.api.remove_finalizer(&object, &finalizer(driver), write);
}
