//! Volumes: bound ones, those whose claim is gone, and those that could not be deleted.

use super::{free, last_event, place_of, sentence};
use crate::cluster::Cluster;
use crate::resource::Object;
use crate::resource::model::VolumePhase;
use crate::view::why::Why;

/// Why a volume is as it is.
pub fn volume(cluster: &Cluster, object: &Object, out: &mut Why) {
    let (name, Some(volume)) = (&object.meta.name, object.volume()) else { return };
    let claim = volume.claim.as_ref().map_or("no claim", |claim| &*claim.name);
    let policy = &volume.spec.reclaim_policy;
    let then = if **policy == *"Delete" { "goes, and the data with it" } else { "stays as Released, with the data" };
    out.now.push(match volume.phase {
        VolumePhase::Bound => {
            format!("PV {name} is Bound to {claim}. When the claim goes, it {then} (reclaim policy {policy}).")
        }
        VolumePhase::Released if **policy == *"Delete" => {
            format!("PV {name} is Released: {claim} is gone. Its driver is to delete it (reclaim policy Delete).")
        }
        VolumePhase::Released => format!(
            "PV {name} is Released: {claim} is gone. It keeps the data (reclaim policy {policy}), and no other claim gets it \
             as long as spec.claimRef names the old one."
        ),
        VolumePhase::Failed => format!("PV {name} is Failed: it could not be reclaimed (reclaim policy {policy})."),
        phase => format!("PV {name} is {}.", phase.name()),
    });
    if let Some((key, values)) = place_of(object) {
        out.now.push(format!("It can be reached from nodes with {key} {} only.", values.join(", ")));
    }
    match volume.phase {
        VolumePhase::Released if **policy != *"Delete" => out.help.push(free(name)),
        VolumePhase::Released => {
            if let Some((reason, message)) = last_event(cluster, object, |reason| reason.starts_with("VolumeFailed")) {
                out.now.push(format!("{reason}: {}", sentence(&message)));
            }
        }
        VolumePhase::Failed => {
            let why = volume.message.as_deref().unwrap_or("no reason given");
            out.now.push(sentence(&format!("It says: {why}")));
            out.now.push(
                "Nobody here can delete what is behind it: do that by hand, then delete the PV; or set the policy to Retain \
                 and keep both."
                    .into(),
            );
            out.help.push(format!("sts-lab delete pv {name}"));
        }
        _ => {}
    }
    if object.meta.terminating() && volume.phase == VolumePhase::Bound {
        out.now.push(format!("It was deleted, but {claim} has it: kubernetes.io/pv-protection holds it until then."));
    }
    out.help.push(format!("sts-lab describe pv {name}"));
}
