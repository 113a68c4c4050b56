//! A run: lines on a stage of its own, each written down, so that anybody can type them into a lab and see the same.

use super::Setup;
use crate::cluster::Cluster;
use crate::course::content::{LabSpec, Start};
use crate::course::stage::{Ran, Stage, Stages};

/// Seconds after which whatever can come to rest has done so: disks are made, attached and detached.
pub const LONG: u64 = 300;

/// A run.
pub struct Trial {
    stage: Box<dyn Stage>,
    log: Vec<String>,
    setup: Setup,
}

/// How something measured is seen in a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What to type.
    pub commands: Vec<String>,
    /// What the last command prints, if it is one of kubectl's.
    pub prints: Option<String>,
}

impl Trial {
    /// A new cluster on which the workload runs as well as it can.
    pub fn running(setup: &Setup, stages: &dyn Stages) -> Result<Trial, String> {
        let (profile, nodes) = (setup.storage.profile, setup.nodes);
        let lab = LabSpec { profile: Some(profile.to_string()), kubelet: None, nodes: Some(nodes) };
        let stage = stages.fresh(&Start { lab, ..Start::default() })?;
        let log = vec![format!("sts-lab lab new try --profile {profile} --nodes {nodes} --use")];
        let mut trial = Trial { stage, log, setup: setup.clone() };
        trial.apply();
        trial.wait(LONG);
        Ok(trial)
    }

    /// Another run that has come as far.
    pub fn copy(&self) -> Result<Trial, String> {
        Ok(Trial { stage: self.stage.copy()?, log: self.log.clone(), setup: self.setup.clone() })
    }

    /// What runs.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.stage.cluster()
    }

    /// Applies the workload.
    pub fn apply(&mut self) {
        self.apply_as(&self.setup.clone());
    }

    /// Applies another workload.
    pub fn apply_as(&mut self, setup: &Setup) {
        self.line(format!("{} | sts-lab apply -f -", setup.words()));
    }

    /// One of kubectl's verbs, as `sts-lab VERB …`.
    pub fn run(&mut self, line: &str) -> Ran {
        self.line(format!("sts-lab {line}"))
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: u64) {
        self.line(format!("sts-lab settle --for {seconds}"));
    }

    /// A node falls silent.
    pub fn node_down(&mut self, node: &str) {
        self.line(format!("sts-lab fault node {node} --down"));
    }

    fn line(&mut self, line: String) -> Ran {
        let ran = self.stage.run(&line);
        self.log.push(line);
        ran
    }

    /// The commands so far, and one that looks, with what it prints.
    pub fn proof(&self, look: &str) -> Result<Proof, String> {
        let look_at = format!("sts-lab {look}");
        let prints = if look.starts_with("get ") { Some(self.stage.copy()?.run(&look_at).stdout) } else { None };
        Ok(Proof { commands: self.log.iter().cloned().chain([look_at]).collect(), prints })
    }

    /// The commands so far: what is shown is that the last one is refused.
    #[must_use]
    pub fn refusal(&self) -> Proof {
        Proof { commands: self.log.clone(), prints: None }
    }
}
