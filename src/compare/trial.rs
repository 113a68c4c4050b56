//! A run: a new cluster and kubectl on it, exactly as the command line has it, with each command written down so that
//! anybody can type it into a lab and see the same.

use std::path::PathBuf;
use std::time::Duration;

use super::{Setup, manifest};
use crate::cluster::profile::shipped;
use crate::cluster::{Cluster, Fault, QUIET};
use crate::kubectl::{self, Io};
use crate::lab::Session;
use crate::view::rest::settle_all;

/// Seconds after which whatever can come to rest has done so: disks are made, attached and detached.
pub const LONG: u64 = 300;

/// A run.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cluster.
    pub cluster: Cluster,
    /// What was typed.
    pub log: Vec<String>,
    inputs: u32,
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

/// What a command came to.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl Trial {
    /// A new cluster, with nothing in it.
    pub fn new(setup: &Setup) -> Result<Trial, String> {
        let name = setup.storage.profile;
        let mut profile = shipped::find(name).ok_or_else(|| format!("there is no profile {name}"))?.profile()?;
        if let Some(group) = profile.nodes.first_mut() {
            group.count = setup.nodes;
        }
        let log = vec![format!("sts-lab lab new try --profile {name} --nodes {} --use", setup.nodes)];
        Ok(Trial { cluster: Cluster::of_profile(profile, 1), log, inputs: 0, setup: setup.clone() })
    }

    /// A new cluster on which the workload runs as well as it can.
    pub fn running(setup: &Setup) -> Result<Trial, String> {
        let mut trial = Trial::new(setup)?;
        trial.apply();
        trial.wait(LONG);
        Ok(trial)
    }

    /// The run itself.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Applies the workload.
    pub fn apply(&mut self) {
        let setup = self.setup.clone();
        self.apply_as(&setup);
    }

    /// Applies another workload.
    pub fn apply_as(&mut self, setup: &Setup) {
        self.log.push(format!("{} | sts-lab apply -f -", setup.words()));
        self.kubectl(&["apply", "-f", "-"].map(String::from), &manifest(setup));
        self.settle();
    }

    /// One of kubectl's verbs, as `sts-lab VERB …`.
    pub fn run(&mut self, line: &str) -> Ran {
        self.log.push(format!("sts-lab {line}"));
        let before = self.cluster.api.store.history.len();
        let ran = self.kubectl(&words(line), "");
        if self.cluster.api.store.history.len() > before {
            self.settle();
        }
        ran
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: u64) {
        self.log.push(format!("sts-lab settle --for {seconds}"));
        let until = self.cluster.now + Duration::from_secs(seconds);
        self.cluster.run_until(until);
    }

    /// A node falls silent.
    pub fn node_down(&mut self, node: &str) {
        self.log.push(format!("sts-lab fault node {node} --down"));
        self.inputs += 1;
        self.cluster.fault(&Fault::Node { name: node.to_string(), up: false }, self.inputs);
    }

    /// The commands so far, and one that looks, with what it prints.
    #[must_use]
    pub fn proof(&self, look: &str) -> Proof {
        let commands = self.log.iter().cloned().chain([format!("sts-lab {look}")]).collect();
        let prints = look.starts_with("get ").then(|| self.clone().kubectl(&words(look), "").stdout);
        Proof { commands, prints }
    }

    /// The commands so far: what is shown is that the last one is refused.
    #[must_use]
    pub fn refusal(&self) -> Proof {
        Proof { commands: self.log.clone(), prints: None }
    }

    /// Time passes after a command as it does on the command line.
    fn settle(&mut self) {
        settle_all(&mut self.cluster, |cluster| cluster.settle(QUIET), |cluster| cluster);
    }

    fn kubectl(&mut self, words: &[String], stdin: &str) -> Ran {
        let (mut stdin, mut stdout, mut stderr) = (stdin.as_bytes(), Vec::new(), Vec::new());
        let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, PathBuf::new());
        self.inputs += 1;
        let mut session = Session::new(&mut self.cluster, self.inputs, words.to_vec());
        let code = kubectl::run(words, &mut session, &mut io);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { code, stdout: text(stdout), stderr: text(stderr) }
    }
}

/// The words of a line; single quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => out.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            c => word.push(c),
        }
    }
    out.extend(Some(word).filter(|word| !word.is_empty()));
    out
}
