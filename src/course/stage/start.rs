//! How a stage begins: its cluster, its files, and the lines that were run before anybody looks. Content says it in these
//! words (`lab`, `files`, `setup`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::manifest::shipped;

/// How a stage begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The cluster.
    pub lab: LabOf,
    /// The files of the working directory.
    pub files: BTreeMap<String, File>,
    /// Lines that are run silently.
    pub setup: Vec<String>,
}

/// What a lab's cluster is like; what is left out is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabOf {
    /// A profile that ships.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The pace of the kubelets: `stand-in` or `real`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet: Option<String>,
    /// How many nodes there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<u32>,
}

/// A file of the working directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum File {
    /// Its text.
    Text(String),
    /// A manifest that ships.
    Shipped {
        /// Its name.
        manifest: String,
    },
}

impl File {
    /// The text.
    pub fn text(&self) -> Result<&str, String> {
        match self {
            File::Text(text) => Ok(text),
            File::Shipped { manifest } => shipped::find(manifest)
                .map(|found| found.text)
                .ok_or_else(|| format!("no manifest of the name {manifest} comes with sts-lab")),
        }
    }
}
