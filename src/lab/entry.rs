//! What a journal holds: a header, then one entry for each command that did something.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::apiserver::Request;
use crate::cluster::disk::{Change, DiskId};
use crate::cluster::kubelet::Pace;
use crate::cluster::profile::Profile;
use crate::cluster::{ClusterConfig, Fault, State};
use crate::resource::Time;

/// The version of the format this program writes; it reads this one and all before it.
pub const FORMAT: u32 = 3;
/// The version of journals that have nothing in them that older programs would misread.
const PLAIN: u32 = 1;
/// That of other clusters: profiles, and what was imported.
const CLUSTERS: u32 = 2;
/// That of what is written in containers, and of faults beyond those of the first programs.
const INSIDE: u32 = 3;

/// The first line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The format's version.
    pub sts_lab_journal: u32,
    /// The program that began the lab.
    pub program: String,
    /// The Kubernetes version whose rules hold.
    pub kubernetes: String,
    /// Where ids and choices come from.
    pub seed: u64,
    /// How many nodes the cluster has.
    pub nodes: u32,
    /// After how many seconds of silence a node counts as lost.
    #[serde(default = "usual_grace", skip_serializing_if = "is_usual_grace")]
    pub node_monitor_grace_s: u64,
    /// The pace of the cluster's kubelets.
    #[serde(default, skip_serializing_if = "Pace::is_usual")]
    pub kubelet: Pace,
    /// What else the cluster begins with, in full: a lab needs no file but its journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
}

fn usual_grace() -> u64 {
    ClusterConfig::default().node_monitor_grace.as_secs()
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_usual_grace(seconds: &u64) -> bool {
    *seconds == usual_grace()
}

impl Default for Header {
    fn default() -> Header {
        let config = ClusterConfig::default();
        Header {
            sts_lab_journal: PLAIN,
            program: format!("sts-lab {}", env!("CARGO_PKG_VERSION")),
            kubernetes: "v1.36.2".into(),
            seed: config.seed,
            nodes: config.nodes,
            node_monitor_grace_s: usual_grace(),
            kubelet: config.kubelet,
            profile: None,
        }
    }
}

impl Header {
    /// The same, with the cluster of a profile; a `grace` goes before the profile's.
    #[must_use]
    pub fn with_profile(self, profile: Profile, grace: Option<u64>) -> Header {
        let node_monitor_grace_s = grace.unwrap_or(profile.node_monitor_grace_seconds);
        let (nodes, kubelet, profile) = (profile.node_count(), profile.kubelet, Some(Box::new(profile)));
        Header { sts_lab_journal: CLUSTERS, nodes, node_monitor_grace_s, kubelet, profile, ..self }
    }

    /// The cluster it describes.
    #[must_use]
    pub fn config(&self) -> ClusterConfig {
        ClusterConfig {
            seed: self.seed,
            nodes: self.nodes,
            node_monitor_grace: std::time::Duration::from_secs(self.node_monitor_grace_s),
            kubelet: self.kubelet,
            profile: self.profile.clone().map(Arc::from),
            ..ClusterConfig::default()
        }
    }
}

/// One thing that a command did to the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Input {
    /// It sent a request that writes.
    Request(Box<Request>),
    /// It broke or healed something.
    Fault(Fault),
    /// It put the state of another cluster in the place of this one. Since format 2.
    Import(Box<State>),
    /// It let time run until nothing was written for so many microseconds.
    Settle {
        /// The pause.
        quiet_us: u64,
    },
    /// It let so many microseconds pass.
    Run {
        /// The time.
        us: u64,
    },
    /// It waited, so many times, until something was written or a moment came.
    Wait {
        /// The moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Time>,
        /// How often.
        times: u32,
    },
    /// It ran so many tasks of the queue.
    Step {
        /// How many.
        times: u32,
    },
    /// A command in a container wrote on a disk. Since format 3.
    Write {
        /// The disk.
        disk: DiskId,
        /// What it wrote.
        change: Change,
    },
}

impl Input {
    /// The format from which on programs can read it.
    #[must_use]
    pub fn format(&self) -> u32 {
        match self {
            Input::Import(_) => CLUSTERS,
            Input::Write { .. } => INSIDE,
            Input::Fault(fault) if !fault.is_plain() => INSIDE,
            _ => PLAIN,
        }
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What the person typed, without the program's name.
    pub words: Vec<String>,
    /// What it did.
    pub inputs: Vec<Input>,
    /// What the world was after it ([`super::digest`]).
    pub digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_of_kubelets_is_kept_if_it_is_not_the_usual_one() {
        let written = |header: &Header| serde_json::to_string(header).unwrap();
        assert!(!written(&Header::default()).contains("kubelet"));
        let real = Header { kubelet: Pace::Real, ..Header::default() };
        assert!(written(&real).contains(r#""kubelet":"real""#));
        let read: Header = serde_json::from_str(&written(&real)).unwrap();
        assert_eq!(read.config().kubelet, Pace::Real);
    }

    #[test]
    fn the_grace_of_silent_nodes_is_kept_if_it_is_not_the_usual_one() {
        let written = |header: &Header| serde_json::to_string(header).unwrap();
        let usual = Header::default();
        assert!(!written(&usual).contains("Grace"));
        let patient = Header { node_monitor_grace_s: 50, ..Header::default() };
        let read: Header = serde_json::from_str(&written(&patient)).unwrap();
        assert_eq!(read.config().node_monitor_grace.as_secs(), 50);
        let old: Header = serde_json::from_str(&written(&usual)).unwrap();
        assert_eq!(old.config().node_monitor_grace, ClusterConfig::default().node_monitor_grace);
    }

    #[test]
    fn a_profile_is_kept_in_the_header_and_older_programs_are_warned() {
        let plain = serde_json::to_value(Header::default()).unwrap();
        assert_eq!((&plain["stsLabJournal"], plain.get("profile")), (&1.into(), None));
        let aws = crate::cluster::profile::shipped::find("aws").unwrap().profile().unwrap();
        let header = Header::default().with_profile(aws.clone(), None);
        let written = serde_json::to_string(&header).unwrap();
        assert!(written.starts_with("{\"stsLabJournal\":2,"));
        let read: Header = serde_json::from_str(&written).unwrap();
        let config = read.config();
        assert_eq!((config.profile.as_deref(), config.node_monitor_grace.as_secs()), (Some(&aws), 50));
        assert_eq!(Header::default().with_profile(aws, Some(9)).config().node_monitor_grace.as_secs(), 9);
    }
}
