//! What everything that runs on a lab shares: the cluster it begins with, the files beside it, the lines to run.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::Fault;
use crate::cluster::kubelet::Pace;
use crate::cluster::profile::{self, MOST_NODES};
use crate::manifest::{did_you_mean, shipped};

/// How hard something is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No StatefulSet seen before.
    Beginner,
    /// Knows what a set does when all goes well.
    Intermediate,
    /// Knows what it does when not.
    Advanced,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Beginner => "beginner",
            Level::Intermediate => "intermediate",
            Level::Advanced => "advanced",
        })
    }
}

/// What the cluster is like; what is not said is as in any new lab.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct LabSpec {
    /// The profile, by name.
    pub profile: Option<String>,
    /// The pace of the kubelets: `stand-in` or `real`.
    pub kubelet: Option<String>,
    /// How many nodes.
    pub nodes: Option<u32>,
}

impl LabSpec {
    /// The pace of the kubelets, if it says one.
    #[must_use]
    pub fn pace(&self) -> Option<Pace> {
        self.kubelet.as_deref().and_then(|pace| pace.parse().ok())
    }

    fn faults(&self, field: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Some(name) = self.profile.as_deref().filter(|name| profile::shipped::find(name).is_none()) {
            let names: Vec<&str> = profile::shipped::ALL.iter().map(|shipped| shipped.name).collect();
            let fault = Fault::new(format!("{field}.profile"), format!("there is no profile `{name}`"));
            faults.push(fault.help(format!("one of: {}", names.join(", "))));
        }
        if let Some(words) = self.kubelet.as_deref().filter(|_| self.pace().is_none()) {
            let fault = Fault::new(format!("{field}.kubelet"), format!("the kubelets have no pace `{words}`"));
            faults.push(fault.help("`stand-in` or `real`"));
        }
        if self.nodes.is_some_and(|nodes| !(1..=MOST_NODES).contains(&nodes)) {
            faults.push(Fault::new(format!("{field}.nodes"), format!("a lab has 1 to {MOST_NODES} nodes")));
        }
        faults
    }
}

/// A file in the working directory of the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// Its text.
    Text(String),
    /// A manifest that comes with the program, by name.
    Manifest(String),
}

impl File {
    /// Its text; none if there is no such manifest.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            File::Text(text) => Some(text),
            File::Manifest(name) => shipped::find(name).map(|shipped| shipped.text),
        }
    }

    fn fault(&self, field: String) -> Option<Fault> {
        let File::Manifest(name) = self else { return None };
        if shipped::find(name).is_some() {
            return None;
        }
        let names = || shipped::ALL.iter().map(|shipped| shipped.name);
        let fault = Fault::new(field, format!("no manifest `{name}` comes with sts-lab"));
        Some(fault.help(match did_you_mean(name, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of: {}", names().collect::<Vec<_>>().join(", ")),
        }))
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<File, D::Error> {
        deserializer.deserialize_any(FileVisitor)
    }
}

struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of the file, or {manifest: NAME}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<File, E> {
        Ok(File::Text(text.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<File, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, name)) if key == "manifest" => match map.next_key::<String>()? {
                None => Ok(File::Manifest(name)),
                Some(key) => Err(de::Error::unknown_field(&key, &["manifest"])),
            },
            Some((key, _)) => Err(de::Error::unknown_field(&key, &["manifest"])),
            None => Err(de::Error::missing_field("manifest")),
        }
    }
}

/// A line as a person types it; one that must fail begins with `! `.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Line(pub String);

impl Line {
    /// What is typed.
    #[must_use]
    pub fn words(&self) -> &str {
        let line = self.0.trim();
        line.strip_prefix("! ").map_or(line, str::trim_start)
    }

    /// Whether it must fail.
    #[must_use]
    pub fn must_fail(&self) -> bool {
        self.0.trim_start().starts_with("! ")
    }
}

/// How a world begins: its cluster, the files, and what has happened in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The cluster.
    pub lab: LabSpec,
    /// The files beside the lines, by name.
    pub files: BTreeMap<String, File>,
    /// Lines that run first, unseen.
    pub setup: Vec<Line>,
}

impl Start {
    /// What a document says of it: serde cannot flatten a shared part and refuse unknown fields at once, so each has the
    /// three fields itself.
    #[must_use]
    pub fn of(lab: &LabSpec, files: &BTreeMap<String, File>, setup: &[Line]) -> Start {
        Start { lab: lab.clone(), files: files.clone(), setup: setup.to_vec() }
    }

    /// What is wrong with it; `at` is the path of the map that holds it, with a dot behind it if it is not the top.
    #[must_use]
    pub fn faults(&self, at: &str) -> Vec<Fault> {
        let mut faults = self.lab.faults(&format!("{at}lab"));
        faults.extend(self.files.iter().filter_map(|(name, file)| file.fault(format!("{at}files[{name}]"))));
        for name in self.files.keys().filter(|name| name.is_empty() || name.starts_with('/') || name.contains("..")) {
            let fault = Fault::new(format!("{at}files"), format!("`{name}` is no name of a file"));
            faults.push(fault.help("a plain name, such as web.yaml"));
        }
        faults
    }

    /// This start with another on top: its cluster where it says something, its files, its lines behind the others.
    #[must_use]
    pub fn and(&self, more: &Start) -> Start {
        let lab = LabSpec {
            profile: more.lab.profile.clone().or_else(|| self.lab.profile.clone()),
            kubelet: more.lab.kubelet.clone().or_else(|| self.lab.kubelet.clone()),
            nodes: more.lab.nodes.or(self.lab.nodes),
        };
        let mut files = self.files.clone();
        files.extend(more.files.clone());
        Start { lab, files, setup: self.setup.iter().chain(&more.setup).cloned().collect() }
    }
}
