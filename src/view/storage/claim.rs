//! Claims: those that wait, those that have lost their volume, and what there is to say of those that have one.

use serde_json::Value;

use super::{free, last_event, sentence, volume_of};
use crate::cluster::Cluster;
use crate::cluster::volume::driver::driver_of;
use crate::cluster::volume::names::{HOST_PATH, NO_PROVISIONER, SELECTED_NODE, class_of};
use crate::manifest::did_you_mean;
use crate::resource::model::{ClaimPhase, PersistentVolumeClaim, VolumePhase};
use crate::resource::quantity::Quantity;
use crate::resource::{Kind, Object};
use crate::store::{Change, Milestone};
use crate::view::claims::short_volume;
use crate::view::why::Why;
use crate::view::words;

/// Why a claim waits for a volume.
pub fn pending(cluster: &Cluster, object: &Object, users: &[String], out: &mut Why) {
    let Some(claim) = object.claim() else { return };
    let class = class_of(object);
    if let Some(volume) = &claim.volume {
        return asks_by_name(cluster, object, volume, out);
    }
    if class.is_empty() {
        return without_class(cluster, object, claim, out);
    }
    let Some(found) = cluster.api.store.get(Kind::StorageClass, "", &class) else {
        return class_missing(cluster, object, &class, out);
    };
    let text = |key: &str| found.plain().and_then(|c| c.get(key)).and_then(Value::as_str).unwrap_or_default();
    if text("volumeBindingMode") == "WaitForFirstConsumer" && object.meta.annotations.get(SELECTED_NODE).is_none() {
        return waits_for_consumer(cluster, object, &class, text("provisioner"), users, out);
    }
    match text("provisioner") {
        NO_PROVISIONER => made_by_hand(cluster, object, &class, out),
        provisioner => waits_for_driver(cluster, object, provisioner, out),
    }
}

fn asks_by_name(cluster: &Cluster, object: &Object, volume: &str, out: &mut Why) {
    match cluster.api.store.get(Kind::PersistentVolume, "", volume) {
        None => out.now.push(format!("It asks for the volume {volume} by name, and there is none.")),
        Some(_) => {
            let said = last_event(cluster, object, |reason| matches!(reason, "VolumeMismatch" | "FailedBinding"));
            let why = said.map_or_else(|| ".".into(), |(_, message)| format!(": {}", sentence(&message)));
            out.now.push(format!("It asks for the volume {volume} by name{why}"));
            out.help.push(format!("sts-lab why pv/{volume}"));
        }
    }
}

fn without_class(cluster: &Cluster, object: &Object, claim: &PersistentVolumeClaim, out: &mut Why) {
    if claim.spec.storage_class.is_some() {
        out.now.push(format!(
            "It asks for no StorageClass (\"\"): only a volume made by hand will do, without a class, with {} and at \
             least {}.",
            claim.spec.access_modes.join(", "),
            claim.spec.storage
        ));
        return released(cluster, object, "", out);
    }
    out.now.push("It names no StorageClass, and no class is the default, so nobody makes a volume for it.".into());
    let store = &cluster.api.store;
    let makes = |class: &&std::sync::Arc<Object>| {
        class.plain().and_then(|c| c.get("provisioner")).is_some_and(|p| p != NO_PROVISIONER)
    };
    let classes: Vec<_> = store.all(Kind::StorageClass).filter(makes).collect();
    let usual = classes.iter().find(|class| class.meta.name.as_str() == "standard").or(classes.first());
    match usual {
        Some(class) => out
            .help
            .push(format!("sts-lab annotate sc {} storageclass.kubernetes.io/is-default-class=true", class.meta.name)),
        None => out.now.push("There is no StorageClass at all.".into()),
    }
}

fn class_missing(cluster: &Cluster, object: &Object, class: &str, out: &mut Why) {
    let names: Vec<String> = cluster.api.store.all(Kind::StorageClass).map(|c| c.meta.name.to_string()).collect();
    let meant = did_you_mean(class, names.iter().map(String::as_str));
    out.now.push(match meant {
        Some(other) => format!("There is no StorageClass {class}: is {other} meant?"),
        None => format!("There is no StorageClass {class}, but {}.", words::list(&names)),
    });
    out.now.push(
        "A claim cannot change its class: make a class of that name, or delete the set and the claim and apply them with \
         another."
            .into(),
    );
    out.help.push("sts-lab get storageclass".into());
    let name = &object.meta.name;
    let set = crate::view::since::Since::now(cluster).set_of_claim(cluster, &object.meta.namespace, name);
    match set {
        Some(((_, set), _)) => {
            out.help.extend([format!("sts-lab delete sts {set}"), format!("sts-lab delete pvc {name}")]);
        }
        None => out.help.push(format!("sts-lab delete pvc {name}")),
    }
}

fn waits_for_consumer(
    cluster: &Cluster,
    object: &Object,
    class: &str,
    provisioner: &str,
    users: &[String],
    out: &mut Why,
) {
    if let [pod, ..] = users {
        out.now.push(format!(
            "Its class {class} binds it where its first Pod will run, and Pod {pod} has no node yet: that is what it waits \
             for."
        ));
        out.help.push(format!("sts-lab why pod/{pod}"));
        if provisioner == NO_PROVISIONER {
            made_by_hand(cluster, object, class, out);
        }
        return;
    }
    out.now.push(format!(
        "Its class {class} binds it when the first Pod that uses it is scheduled (WaitForFirstConsumer). There is no such \
         Pod, so this is as it should be."
    ));
}

fn made_by_hand(cluster: &Cluster, object: &Object, class: &str, out: &mut Why) {
    out.now.push(format!("Its class {class} makes no volumes ({NO_PROVISIONER}): they are made by hand."));
    let of_class = |v: &&std::sync::Arc<Object>| v.volume().is_some_and(|v| *v.spec.storage_class == *class);
    let volumes: Vec<_> = cluster.api.store.all(Kind::PersistentVolume).filter(of_class).collect();
    let free = volumes.iter().filter(|v| v.volume().is_some_and(|v| v.phase == VolumePhase::Available)).count();
    out.now.push(match (volumes.len(), free) {
        (0, _) => "There is none of this class.".into(),
        (all, 0) => format!("There are {} of this class, and none is Available.", words::count(all, "volume")),
        (all, free) => format!("Of {} of this class, {free} Available.", words::count(all, "volume")),
    });
    released(cluster, object, class, out);
}

/// Volumes that an earlier claim of the same name had, and keeps from this one (rule V29).
fn released(cluster: &Cluster, object: &Object, class: &str, out: &mut Why) {
    for volume in earlier(cluster, object) {
        if volume.volume().is_some_and(|v| *v.spec.storage_class == *class) {
            let name = &volume.meta.name;
            out.now.push(format!(
                "PV {name} belonged to a claim of this name that is gone. It is Released, keeps that claim's data, and \
                 goes to nobody, not even to a new claim of the same name, until its claimRef is taken away."
            ));
            out.help.push(free(name));
        }
    }
}

/// The volumes that name a claim of this name, but not this one.
fn earlier<'a>(cluster: &'a Cluster, claim: &Object) -> Vec<&'a Object> {
    let names = |object: &&std::sync::Arc<Object>| {
        object.volume().and_then(|v| v.claim.as_ref()).is_some_and(|reference| {
            reference.namespace == claim.meta.namespace
                && reference.name == claim.meta.name
                && reference.uid.is_some_and(|uid| uid != claim.meta.uid)
        })
    };
    cluster.api.store.all(Kind::PersistentVolume).filter(names).map(|object| &**object).collect()
}

fn waits_for_driver(cluster: &Cluster, object: &Object, provisioner: &str, out: &mut Why) {
    if provisioner == HOST_PATH {
        return;
    }
    let drivers = cluster.drivers();
    if drivers.get(provisioner).is_none() {
        out.now.push(format!(
            "The driver {provisioner} of its class is to make the volume, and this cluster has no such driver: nobody does."
        ));
        out.help.push("sts-lab lab profiles".into());
    } else if drivers.running(provisioner, &cluster.faults).is_none() {
        out.now.push(format!(
            "The driver {provisioner} of its class is to make the volume, and the driver's controller does not run."
        ));
        out.help.push(format!("sts-lab fault storage --driver={provisioner} --up"));
    } else if let Some((_, message)) = last_event(cluster, object, |reason| reason == "ProvisioningFailed") {
        out.now.push(format!("The driver {provisioner} refused: {}", sentence(&message)));
    } else {
        out.now.push(format!("The driver {provisioner} makes the volume at this moment."));
    }
}

/// What there is to say of a claim that has a volume.
pub fn settled(cluster: &Cluster, object: &Object, users: &[String], out: &mut Why) {
    let Some(claim) = object.claim() else { return };
    if cluster.faults.disks.has(&object.meta, cluster.now) {
        full(object, claim, users, out);
    }
    growth(cluster, object, claim, users, out);
    let deleted = |change: &crate::store::Change<'_>| {
        change.kind == Kind::PersistentVolumeClaim
            && *change.namespace == object.meta.namespace
            && *change.name == object.meta.name
            && change.milestones.iter().any(|milestone| matches!(milestone, Milestone::Deleted))
    };
    if cluster.api.store.history.changes().any(|change| deleted(&change)) {
        made_anew(cluster, object, out);
    } else if let Some(pod) = users.first() {
        older_than(cluster, object, pod, out);
    }
}

/// A full disk, which only the application's own log tells of.
fn full(object: &Object, claim: &PersistentVolumeClaim, users: &[String], out: &mut Why) {
    let name = &object.meta.name;
    out.now.push(
        "Its volume is full: what writes to it gets \"No space left on device\". Kubernetes does not see that: there is no \
         Event and no condition, only the application's log, and what the application does then."
            .into(),
    );
    let has = claim.status.capacity.as_deref().map_or(0, |text| Quantity::parse(text).map_or(0, Quantity::value));
    let twice = (2 * has) >> 30;
    out.help.push(format!(
        "sts-lab patch pvc {name} -p '{{\"spec\":{{\"resources\":{{\"requests\":{{\"storage\":\"{twice}Gi\"}}}}}}}}'"
    ));
    out.help.extend(users.first().map(|pod| format!("sts-lab logs {pod} --previous")));
    out.help.push(format!("sts-lab fault pvc {name} --full=false"));
}

fn made_anew(cluster: &Cluster, object: &Object, out: &mut Why) {
    let name = &object.meta.name;
    out.now
        .push("It is not the first claim of its name: the one before it was deleted, and this one began empty.".into());
    let earlier = earlier(cluster, object);
    for volume in &earlier {
        let volume = &volume.meta.name;
        out.now.push(format!(
            "The data of the one before is on PV {}, which is Released: free that volume, and bind a claim to it that names \
             it (spec.volumeName).",
            short_volume(volume)
        ));
        out.help.push(free(volume));
    }
    if earlier.is_empty() {
        out.now.push(
            "The volume of the one before is gone, and its data: its reclaim policy was Delete. With Retain it would be \
             there."
                .into(),
        );
        out.help.push(format!("sts-lab get pvc {name} -o jsonpath={{.spec.volumeName}}"));
    }
}

/// Whether a claim is older than the Pod that uses it: then it has the data of a Pod before.
fn older_than(cluster: &Cluster, object: &Object, pod: &str, out: &mut Why) {
    let Some(user) = cluster.api.store.get(Kind::Pod, &object.meta.namespace, pod) else { return };
    let is_earlier = |change: &Change<'_>| {
        change.kind == Kind::Pod
            && *change.name == user.meta.name
            && *change.namespace == user.meta.namespace
            && change.uid != user.meta.uid
    };
    let older = user.meta.created.since(object.meta.created) >= std::time::Duration::from_secs(1);
    if older && cluster.api.store.history.changes().any(|change| is_earlier(&change)) {
        out.now.push(format!(
            "It is older than Pod {pod}, and was kept when an earlier Pod of that name went: {pod} found that Pod's data."
        ));
    }
}

fn growth(cluster: &Cluster, object: &Object, claim: &PersistentVolumeClaim, users: &[String], out: &mut Why) {
    let name = &object.meta.name;
    let size = |text: &str| Quantity::parse(text).map_or(0, Quantity::value);
    let has = claim.status.capacity.as_deref().unwrap_or_default();
    let class = class_of(object);
    let may = cluster.api.store.get(Kind::StorageClass, "", &class).and_then(|c| c.plain());
    let may = may.is_some_and(|class| class.get("allowVolumeExpansion") == Some(&true.into()));
    if size(&claim.spec.storage) <= size(has) {
        if may {
            out.now.push(format!("It has {has}. It can grow, and never shrink."));
        } else if class.is_empty() {
            out.now.push(format!("It has {has}, and cannot grow: it has no StorageClass that would allow it."));
        } else {
            out.now.push(format!("It has {has}, and cannot grow: its class {class} does not allow it."));
        }
        return;
    }
    let asks = &claim.spec.storage;
    out.now.push(format!("It asks for {asks} and has {has}."));
    let volume = volume_of(cluster, object).and_then(|v| v.volume());
    let grown = volume.is_some_and(|v| size(&v.spec.storage) >= size(asks));
    let driver = volume.and_then(driver_of).filter(|_| !cluster.drivers().is_empty());
    if grown {
        match users {
            [] => out.now.push(format!(
                "Its volume has grown; the file system on it grows when a Pod mounts it, and no Pod uses {name}."
            )),
            [pod, ..] => out.now.push(format!(
                "Its volume has grown; the file system on it grows when a Pod mounts it, and Pod {pod} does not run."
            )),
        }
    } else if cluster.faults.no_resizer {
        out.now.push("Nothing resizes volumes: the resizer does not run.".into());
        out.help.push("sts-lab fault storage --resizer=true".into());
    } else if let Some(driver) = driver {
        stuck_driver(cluster, driver, out);
    }
}

/// The command that lets a claim grow whose class does not; it is seldom what helps, so it comes last.
pub fn growth_help(cluster: &Cluster, object: &Object, out: &mut Why) {
    let class = class_of(object);
    let found = cluster.api.store.get(Kind::StorageClass, "", &class).and_then(|c| c.plain());
    let may = found.is_none_or(|class| class.get("allowVolumeExpansion") == Some(&true.into()));
    if !may && object.claim().is_some_and(|claim| claim.status.phase == ClaimPhase::Bound) {
        out.help.push(format!("sts-lab patch sc {class} -p '{{\"allowVolumeExpansion\":true}}'"));
    }
}

fn stuck_driver(cluster: &Cluster, driver: &str, out: &mut Why) {
    match cluster.drivers().running(driver, &cluster.faults) {
        None => {
            out.now.push(format!("Its driver {driver} is to resize it, and the driver's controller does not run."));
            out.help.push(format!("sts-lab fault storage --driver={driver} --up"));
        }
        Some(known) if !known.expands => out.now.push(format!("Its driver {driver} cannot resize volumes.")),
        Some(_) => out.now.push(format!("Its driver {driver} resizes it at this moment.")),
    }
}

/// A claim whose volume is gone.
pub fn lost(object: &Object, out: &mut Why) {
    let name = &object.meta.name;
    let volume = object.claim().and_then(|claim| claim.volume.as_deref()).unwrap_or_default();
    out.now.push(format!(
        "PVC {name} is Lost: PV {volume} was removed while it was bound. It stays Lost; no other volume is given to it."
    ));
    out.now.push(
        "If what was behind the volume still exists, make a PV of the same name with the same source and a claimRef that \
         names this claim. If not, the data is lost: delete the claim, and its Pod, and begin anew."
            .into(),
    );
    out.help.push(format!("sts-lab delete pvc {name} --wait=false"));
}
