//! Controllers side by side: the same workload under each of them, run on a cluster of its own, and what is measured
//! there; and tables that claim something about storage, deletion and reuse, derived from such runs. Whatever stands in
//! a cell was read from a run, and comes with the commands that do the same run in a lab.

mod manifest;
mod matrix;
mod measure;
mod observe;
pub mod screen;
mod trial;

use crate::cluster::profile::{Profile, shipped};
use crate::view::table::Cell;

pub use manifest::manifest;
pub use matrix::{Matrix, MatrixRow, matrix};
pub use measure::compare;
pub use trial::{Proof, Trial};

/// What runs the Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// Nobody: Pods made by hand.
    Pod,
    /// A Deployment.
    Deployment,
    /// A `StatefulSet`.
    StatefulSet,
    /// A `DaemonSet`.
    DaemonSet,
}

impl Controller {
    /// The controller that a person means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Controller> {
        Some(match word.to_lowercase().as_str() {
            "pod" | "pods" | "po" => Controller::Pod,
            "deployment" | "deployments" | "deploy" => Controller::Deployment,
            "statefulset" | "statefulsets" | "sts" => Controller::StatefulSet,
            "daemonset" | "daemonsets" | "ds" => Controller::DaemonSet,
            _ => return None,
        })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Controller::Pod => "Pod",
            Controller::Deployment => "Deployment",
            Controller::StatefulSet => "StatefulSet",
            Controller::DaemonSet => "DaemonSet",
        }
    }

    /// Its word for kubectl.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Controller::Pod => "pod",
            Controller::Deployment => "deploy",
            Controller::StatefulSet => "sts",
            Controller::DaemonSet => "ds",
        }
    }
}

/// Where the Pods keep their data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// As it was typed: `ebs`, `efs`, `local`, `none`, or a class.
    pub word: String,
    /// The class; none without claims.
    pub class: Option<String>,
    /// The access mode.
    pub mode: &'static str,
    /// The profile of the cluster that has the class.
    pub profile: &'static str,
}

impl Storage {
    /// The storage that a person means.
    pub fn parse(word: &str) -> Result<Storage, String> {
        let storage = |class: Option<&str>, mode, profile| Storage {
            word: word.to_string(),
            class: class.map(str::to_string),
            mode,
            profile,
        };
        match word {
            "ebs" => return Ok(storage(Some("gp3"), "ReadWriteOnce", "aws")),
            "efs" => return Ok(storage(Some("efs-sc"), "ReadWriteMany", "aws")),
            "local" => return Ok(storage(Some("local-storage"), "ReadWriteOnce", "bare-metal")),
            "none" => return Ok(storage(None, "ReadWriteOnce", "aws")),
            _ => {}
        }
        let mut classes = Vec::new();
        for shipped in shipped::ALL {
            let Ok(profile) = shipped.profile() else { continue };
            for class in &profile.storage_classes {
                let Some(name) = class["metadata"]["name"].as_str() else { continue };
                if name == word {
                    return Ok(storage(Some(word), mode_of(&profile, class), shipped.name));
                }
                classes.push(name.to_string());
            }
        }
        let near = crate::manifest::did_you_mean(word, classes.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        Err(format!(
            "there is no storage {word}{near} There are ebs, efs, local, none, and the classes of all profiles"
        ))
    }
}

/// What a class is best at: shared by many nodes if its driver can.
fn mode_of(profile: &Profile, class: &serde_json::Value) -> &'static str {
    let driver = class["provisioner"].as_str().and_then(|name| profile.driver(name));
    let shares = driver.is_some_and(|driver| driver.access_modes.iter().any(|mode| mode == "ReadWriteMany"));
    if shares { "ReadWriteMany" } else { "ReadWriteOnce" }
}

/// One run: who runs how many Pods on which storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Who runs them.
    pub controller: Controller,
    /// Where they keep their data.
    pub storage: Storage,
    /// How many Pods; a `DaemonSet` has as many as there are nodes.
    pub replicas: u32,
    /// How many nodes the cluster has.
    pub nodes: u32,
    /// Whether the Pods of a set share one claim, instead of one for each from a template.
    pub shared: bool,
    /// The workload's name.
    pub name: String,
    /// Its image.
    pub image: String,
}

impl Setup {
    /// The usual one.
    #[must_use]
    pub fn new(controller: Controller, storage: Storage, replicas: u32, nodes: u32) -> Setup {
        let (name, image) = ("web".into(), "nginx:1.28".into());
        Setup { controller, storage, replicas, nodes, shared: false, name, image }
    }

    /// Whether each Pod gets a claim of its own.
    #[must_use]
    pub fn has_templates(&self) -> bool {
        self.controller == Controller::StatefulSet && !self.shared && self.storage.class.is_some()
    }

    /// The words that make its manifest: `sts-lab compare --manifest …`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words =
            format!("sts-lab compare --manifest {} --storage {}", self.controller.word(), self.storage.word);
        let usual = Setup::new(self.controller, self.storage.clone(), 3, 3);
        if self.replicas != usual.replicas {
            words += &format!(" --replicas {}", self.replicas);
        }
        let mode = Storage::parse(&self.storage.word).map_or(self.storage.mode, |storage| storage.mode);
        if mode != self.storage.mode {
            words += &format!(" --access {}", self.storage.mode);
        }
        if self.shared {
            words += " --shared";
        }
        if self.name != usual.name {
            words += &format!(" --name {}", self.name);
        }
        if self.image != usual.image {
            words += &format!(" --image {}", self.image);
        }
        words
    }
}

/// What was measured, and how.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The words for it.
    pub cell: Cell,
    /// How it is seen in a lab.
    pub proof: Proof,
}

/// A line of the comparison.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is compared.
    pub what: &'static str,
    /// What was measured for each controller.
    pub cells: Vec<Measured>,
}
