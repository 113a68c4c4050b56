//! The Events of the attach-detach controller (rules V38, V39), about the Pods that want the volume.

use super::PodKey;
use crate::cluster::context::Context;
use crate::resource::Kind;
use crate::resource::meta::Text;
use crate::store::Actor;

const ACTOR: Actor = Actor::AttachDetachController;

fn tell(pod: &PodKey, warning: bool, reason: &str, message: String, context: &mut Context) {
    if let Some(object) = context.api.store.get(Kind::Pod, &pod.0, &pod.1).cloned() {
        context.event(ACTOR, &object, warning, reason, message);
    }
}

/// A volume is attached.
pub(super) fn attached(volume: &Text, pods: &[PodKey], context: &mut Context) {
    for pod in pods {
        let message = format!("AttachVolume.Attach succeeded for volume \"{volume}\" ");
        tell(pod, false, "SuccessfulAttachVolume", message, context);
    }
}

/// A volume's driver did not attach it.
pub(super) fn attach_failed(volume: &Text, pods: &[PodKey], driver: &str, handle: &str, context: &mut Context) {
    for pod in pods {
        let message = format!(
            "AttachVolume.Attach failed for volume \"{volume}\" : timed out waiting for external-attacher of {driver} CSI \
             driver to attach volume {handle}"
        );
        tell(pod, true, "FailedAttachVolume", message, context);
    }
}

/// A volume that one node at a time may have is on another one. A Pod is told the names of Pods of its own namespace.
pub(super) fn multi_attach(volume: &Text, pods: &[PodKey], holders: &[PodKey], context: &mut Context) {
    for pod in pods {
        let near: Vec<&str> = holders.iter().filter(|holder| holder.0 == pod.0).map(|holder| &*holder.1).collect();
        let far = holders.len() - near.len();
        let why = match (near.as_slice(), far) {
            ([], 0) => {
                "Volume is already exclusively attached to one node and can't be attached to another".to_string()
            }
            ([], _) => format!("Volume is already used by {far} pod(s) in different namespaces"),
            (_, 0) => format!("Volume is already used by pod(s) {}", near.join(", ")),
            _ => {
                format!("Volume is already used by pod(s) {} and {far} pod(s) in different namespaces", near.join(", "))
            }
        };
        let message = format!("Multi-Attach error for volume \"{volume}\" {why}");
        tell(pod, true, "FailedAttachVolume", message, context);
    }
}
