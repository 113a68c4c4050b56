//! What is mounted where in a container: `volumeMounts` joined with the Pod's volumes. A claim is the disk behind its
//! volume, an `emptyDir` one of the Pod's own, and ConfigMaps and their like are files that nobody can write.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::commands::inline;
use super::env::substitute;
use super::inside::{Around, Inside};
use super::projected;
use crate::cluster::disk::DiskId;
use crate::resource::Kind;
use crate::resource::quantity::Quantity;

/// What a mount shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A disk.
    Disk(DiskId),
    /// Files, by their path from the mount; a single file has the empty path.
    Files(BTreeMap<String, String>),
}

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub path: String,
    /// What `df` calls it.
    pub device: String,
    /// What is there.
    pub source: Source,
    /// The part of the disk that is shown (`subPath`), empty for all of it.
    pub part: String,
    /// Whether nobody can write.
    pub read_only: bool,
    /// How many bytes fit, if there is a limit.
    pub capacity: Option<u64>,
    /// Whether nothing fits any more, whatever the lab knows to be there.
    pub full: bool,
}

/// The mounts of a container, longer paths first.
pub(super) fn mounts(inside: &Inside, pod: &Map<String, Value>, around: Around<'_>) -> Vec<Mount> {
    let volumes = pod.get("volumes").and_then(Value::as_array).cloned().unwrap_or_default();
    let known: BTreeMap<String, String> = inside.env.iter().cloned().collect();
    let mut out = Vec::new();
    for mount in inside.spec["volumeMounts"].as_array().into_iter().flatten() {
        let text = |key: &str| mount[key].as_str().unwrap_or_default();
        let Some(volume) = volumes.iter().find(|volume| volume["name"] == text("name")) else { continue };
        let part = match mount["subPathExpr"].as_str() {
            Some(expression) => substitute(expression, &known),
            None => text("subPath").trim_matches('/').to_string(),
        };
        let at = format!("/{}", text("mountPath").trim_matches('/'));
        let read_only = mount["readOnly"] == true;
        out.extend(of_volume(inside, volume, around, !part.is_empty()).map(|found| found.at(at, part, read_only)));
    }
    out.sort_by(|a, b| b.path.len().cmp(&a.path.len()).then_with(|| a.path.cmp(&b.path)));
    out
}

impl Mount {
    /// The disk, if it is one.
    pub(super) fn disk(&self) -> Option<&DiskId> {
        if let Source::Disk(id) = &self.source { Some(id) } else { None }
    }

    fn at(mut self, path: String, part: String, read_only: bool) -> Mount {
        if let (Source::Files(files), false) = (&mut self.source, part.is_empty()) {
            let below = format!("{part}/");
            let single = files.remove(&part).map(|text| (String::new(), text));
            let rest = files.iter().filter_map(|(name, text)| Some((name.strip_prefix(&below)?.into(), text.clone())));
            let picked: BTreeMap<String, String> = single.into_iter().chain(rest).collect();
            *files = picked;
        }
        let part = if matches!(self.source, Source::Disk(_)) { part } else { String::new() };
        Mount { path, part, read_only: self.read_only || read_only, ..self }
    }
}

fn of_volume(inside: &Inside, volume: &Value, around: Around<'_>, sub_path: bool) -> Option<Mount> {
    let name = volume["name"].as_str().unwrap_or_default();
    let mount = |device: String, source: Source| Mount {
        path: String::new(),
        read_only: matches!(source, Source::Files(_)),
        device,
        source,
        part: String::new(),
        capacity: None,
        full: false,
    };
    let disk =
        |device: String, id: DiskId, capacity: Option<u64>| Some(Mount { capacity, ..mount(device, Source::Disk(id)) });
    let bytes = |text: &str| Quantity::parse(text).ok().map(|q| q.value().unsigned_abs());
    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
        let read_only = volume["persistentVolumeClaim"]["readOnly"] == true;
        return claimed(inside, claim, around).map(|found| Mount { read_only: read_only || found.read_only, ..found });
    }
    if volume.get("ephemeral").is_some() {
        return claimed(inside, &format!("{}-{name}", inside.pod.meta.name), around);
    }
    if let Some(empty) = volume.get("emptyDir") {
        let memory = empty["medium"] == "Memory";
        // On a node's disk a limit does not stop a write: the kubelet evicts the Pod later.
        let limit = empty["sizeLimit"].as_str().and_then(bytes).filter(|_| memory);
        let device = if memory { "tmpfs" } else { "overlay" };
        return disk(device.into(), DiskId::empty_dir(inside.pod.meta.uid, name), limit);
    }
    if let Some(id) = inline(inside.body(), volume) {
        let nfs = &volume["nfs"];
        let device = match (nfs["server"].as_str(), nfs["path"].as_str()) {
            (Some(server), Some(path)) => format!("{server}:{path}"),
            _ => "/dev/root".into(),
        };
        return disk(device, id, None);
    }
    let files = projected::files(inside, volume, around, sub_path)?;
    Some(mount("tmpfs".into(), Source::Files(files)))
}

/// The volume of a claim: its size is what the claim has, as the file system was grown to it.
fn claimed(inside: &Inside, claim: &str, around: Around<'_>) -> Option<Mount> {
    if let Some(known) = &inside.claims {
        let source = Source::Disk(known.get(claim)?.clone());
        let (path, part, device) = (String::new(), String::new(), "/dev/gone".into());
        return Some(Mount { path, device, source, part, read_only: false, capacity: None, full: false });
    }
    let object = around.store.get(Kind::PersistentVolumeClaim, inside.namespace(), claim)?;
    let body = object.claim()?;
    let name = body.volume.as_deref()?;
    let volume = around.store.get(Kind::PersistentVolume, "", name);
    // A mount does not end with the object that it was made of.
    let volume = volume.or_else(|| around.disks.orphan(name, inside.pod.meta.created))?;
    let node = inside.body().node.as_deref().unwrap_or_default();
    let id = DiskId::volume(volume, volume.volume()?, node);
    let json = object.to_json();
    let size = json["status"]["capacity"]["storage"].as_str().and_then(|text| Quantity::parse(text).ok());
    Some(Mount {
        path: String::new(),
        device: format!("/dev/{}", device_of(&volume.meta.name)),
        source: Source::Disk(id),
        part: String::new(),
        read_only: false,
        capacity: size.map(|size| size.value().unsigned_abs()),
        full: around.full.has(&object.meta, around.now),
    })
}

/// A device's name, short enough for a column: the volume's, without most of its uid.
fn device_of(volume: &str) -> String {
    volume.char_indices().nth(12).map_or(volume, |(at, _)| &volume[..at]).to_string()
}
