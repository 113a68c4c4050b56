//! What stands written on volumes and in containers: a person's commands write it (`exec`), and it lives as long as what
//! it is written on. Nothing of the cluster reads it, and a cluster in which nobody wrote pays nothing for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::hash::{hash_of, mix};
use crate::resource::meta::{Text, Uid};
use crate::resource::model::PersistentVolume;
use crate::resource::{Kind, Object, Time};
use crate::store::WatchEvent;

/// One disk, by what it is: a Pod's scratch space, the directory of a node, or what stands behind a `PersistentVolume`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DiskId(String);

impl DiskId {
    /// An `emptyDir` volume: it goes with its Pod.
    #[must_use]
    pub fn empty_dir(pod: Uid, volume: &str) -> DiskId {
        DiskId(format!("pod/{pod}/volume/{volume}"))
    }

    /// The root file system of one run of a container: each restart begins with a new one.
    #[must_use]
    pub fn root(pod: Uid, container: &str, run: i64) -> DiskId {
        DiskId(format!("pod/{pod}/container/{container}/{run}"))
    }

    /// A directory of a node (`hostPath`).
    #[must_use]
    pub fn host_path(node: &str, path: &str) -> DiskId {
        DiskId(format!("node/{node}{path}"))
    }

    /// What stands behind a `PersistentVolume`: another volume object with the same handle finds the same data. A
    /// `hostPath` made by hand is another directory on each node; the directory of a provisioned one counts as storage
    /// that follows its Pod, as the recordings' cluster has it.
    #[must_use]
    pub fn volume(object: &Object, volume: &PersistentVolume, node: &str) -> DiskId {
        let spec = &volume.spec.json;
        let word = |source: &str, key: &str| spec.get(source).and_then(|s| s[key].as_str()).unwrap_or_default();
        if let Some(path) = volume.host_path {
            return DiskId(format!("volume/provisioned/{path}"));
        }
        for source in ["hostPath", "local"] {
            if spec.contains_key(source) {
                return DiskId::host_path(node, word(source, "path"));
            }
        }
        for (source, keys) in ASSETS {
            if spec.contains_key(*source) {
                let id: Vec<&str> = keys.iter().map(|key| word(source, key)).collect();
                return DiskId(format!("volume/{source}/{}", id.join("/")));
            }
        }
        DiskId(format!("volume/{}", object.meta.uid))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The members that name the asset behind a volume, by its source.
const ASSETS: &[(&str, &[&str])] = &[
    ("csi", &["driver", "volumeHandle"]),
    ("nfs", &["server", "path"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("gcePersistentDisk", &["pdName"]),
    ("azureDisk", &["diskURI"]),
    ("iscsi", &["targetPortal", "iqn"]),
];

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// A directory.
    Directory,
    /// A file with this text.
    Text(String),
    /// A file of so many zero bytes.
    Zeros(u64),
}

impl Content {
    /// How many bytes it takes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Content::Directory => 0,
            Content::Text(text) => text.len() as u64,
            Content::Zeros(size) => *size,
        }
    }
}

/// A file or directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub content: Content,
    /// When it was last written.
    pub modified: Time,
}

/// A write. Paths begin at the disk's root, without a slash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// A file or directory is there from now on; directories above it too.
    Put {
        /// Its path.
        path: String,
        /// What it is.
        content: Content,
    },
    /// A text is added to the end of a file.
    Append {
        /// Its path.
        path: String,
        /// The text.
        text: String,
    },
    /// A file, or a directory with all that is in it, goes.
    Remove {
        /// Its path.
        path: String,
    },
}

/// One disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    files: BTreeMap<String, File>,
}

impl Disk {
    /// The file or directory at a path. The root is a directory without an entry.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// What is in a directory, by name.
    pub fn list<'d>(&'d self, path: &'d str) -> impl Iterator<Item = (&'d str, &'d File)> {
        let below = self.below(path);
        below.filter(|(rest, _)| !rest.contains('/'))
    }

    /// Everything below a directory, by its path from there.
    pub fn below<'d>(&'d self, path: &'d str) -> impl Iterator<Item = (&'d str, &'d File)> {
        self.files.iter().filter_map(move |(name, file)| {
            let rest = if path.is_empty() { name } else { name.strip_prefix(path)?.strip_prefix('/')? };
            Some((rest, file))
        })
    }

    /// How many bytes its files take.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.files.values().map(|file| file.content.size()).sum()
    }

    fn apply(&mut self, change: &Change, now: Time) {
        let (Change::Put { path, .. } | Change::Append { path, .. } | Change::Remove { path }) = change;
        for (at, _) in path.match_indices('/') {
            let directory = || File { content: Content::Directory, modified: now };
            self.files.entry(path[..at].to_string()).or_insert_with(directory);
        }
        match change {
            Change::Put { path, content } => {
                self.files.insert(path.clone(), File { content: content.clone(), modified: now });
            }
            Change::Append { path, text } => {
                let empty = || File { content: Content::Text(String::new()), modified: now };
                let file = self.files.entry(path.clone()).or_insert_with(empty);
                file.modified = now;
                match &mut file.content {
                    Content::Text(own) => own.push_str(text),
                    Content::Zeros(size) => *size += text.len() as u64,
                    Content::Directory => {}
                }
            }
            Change::Remove { path } => {
                let inside = |name: &str| name.strip_prefix(&**path).is_some_and(|rest| rest.starts_with('/'));
                self.files.retain(|name, _| name != path && !inside(name));
            }
        }
    }
}

/// What a ConfigMap or Secret said before it was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Earlier {
    kind: Kind,
    namespace: String,
    name: String,
    /// When something else took its place.
    until: Time,
    object: Value,
}

/// All disks that something was written on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Disks {
    written: BTreeMap<DiskId, Disk>,
    earlier: Vec<Earlier>,
    digest: u64,
}

impl Disks {
    /// A disk, if something was written on it.
    #[must_use]
    pub fn get(&self, id: &DiskId) -> Option<&Disk> {
        self.written.get(id)
    }

    /// A number that two worlds share only if the same was written in them; 0 if nothing was.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Writes.
    pub fn write(&mut self, id: &DiskId, change: &Change, now: Time) {
        self.written.entry(id.clone()).or_default().apply(change, now);
        let seen = format!("{} {change:?}", id.0);
        self.digest = mix(self.digest ^ hash_of(seen.as_str()));
    }

    /// What a ConfigMap or Secret said at a moment, if it said something else then than now.
    #[must_use]
    pub fn earlier(&self, kind: Kind, namespace: &str, name: &str, at: Time) -> Option<&Value> {
        let same = |e: &&Earlier| e.kind == kind && e.namespace == namespace && e.name == name && at < e.until;
        self.earlier.iter().find(same).map(|earlier| &earlier.object)
    }

    /// Data go with the Pod, the container or the volume they were written on. ConfigMaps and Secrets that change are
    /// kept as they were, for the containers that have them in their environment.
    pub fn observe(&mut self, event: &WatchEvent, now: Time) {
        match event.kind() {
            Kind::ConfigMap | Kind::Secret => self.keep(event, now),
            Kind::Pod if event.new.is_none() && !self.written.is_empty() => {
                let prefix = format!("pod/{}/", event.object().meta.uid);
                self.written.retain(|id, _| !id.0.starts_with(&prefix));
            }
            Kind::PersistentVolume if event.new.is_none() && !self.written.is_empty() => {
                let object = event.object();
                if let Some(volume) = object.volume().filter(|v| &*v.spec.reclaim_policy == "Delete") {
                    self.written.remove(&DiskId::volume(object, volume, ""));
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, event: &WatchEvent, now: Time) {
        let (Some(old), Some(new)) = (&event.old, &event.new) else { return };
        if old.plain() == new.plain() {
            return;
        }
        let text = |text: &Text| text.to_string();
        let (namespace, name) = (text(&old.meta.namespace), text(&old.meta.name));
        self.earlier.push(Earlier { kind: old.kind(), namespace, name, until: now, object: old.to_json() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_directories() {
        let (mut disks, id) = (Disks::default(), DiskId("volume/a".into()));
        let text = |text: &str| Content::Text(text.into());
        let now = Time::LAB_START;
        disks.write(&id, &Change::Put { path: "a/b/c".into(), content: text("one\n") }, now);
        disks.write(&id, &Change::Append { path: "a/b/c".into(), text: "two\n".into() }, now);
        disks.write(&id, &Change::Put { path: "a/bc".into(), content: Content::Zeros(10) }, now);
        let disk = disks.get(&id).unwrap();
        assert_eq!(disk.get("a/b/c").map(|f| &f.content), Some(&text("one\ntwo\n")));
        assert_eq!(disk.list("a").map(|(name, _)| name).collect::<Vec<_>>(), ["b", "bc"]);
        assert_eq!(disk.list("").map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
        assert_eq!(disk.used(), 18);
        disks.write(&id, &Change::Remove { path: "a/b".into() }, now);
        assert_eq!(disks.get(&id).unwrap().below("").map(|(name, _)| name).collect::<Vec<_>>(), ["a", "a/bc"]);
        let kept = serde_json::to_string(&disks).unwrap();
        assert_eq!(serde_json::from_str::<Disks>(&kept).unwrap(), disks);
        assert_ne!(disks.digest(), 0);
    }
}
