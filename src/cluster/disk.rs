//! What stands written on volumes and in containers: a person's commands write it (`exec`), and it lives as long as what
//! it is written on. Nothing of the cluster reads it, and a cluster in which nobody wrote pays nothing for it. What
//! containers' own commands write is worked out by those who ask (`container::commands`); here stands what that needs.

mod all;
pub mod past;

pub use all::Disks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::resource::meta::Uid;
use crate::resource::model::PersistentVolume;
use crate::resource::{Object, Time};

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

impl Change {
    /// How many bytes it writes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Change::Put { content: Content::Text(text), .. } | Change::Append { text, .. } => text.len() as u64,
            Change::Put { .. } | Change::Remove { .. } => 0,
        }
    }
}

/// A write, with its place and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// When.
    pub at: Time,
    /// Where.
    pub disk: DiskId,
    /// What.
    pub change: Change,
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

    /// Writes.
    pub fn apply(&mut self, change: &Change, now: Time) {
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
