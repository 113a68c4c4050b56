//! Controller × storage × access mode: what runs, and on whose volume (rule V55).

use super::super::measure::{ready_of, troubles, volume_words};
use super::super::trial::{LONG, Trial};
use super::super::{Controller, Setup, Storage};
use super::{Matrix, MatrixRow};
use crate::course::stage::Stages;
use crate::view::style::Tone;
use crate::view::table::Cell;

/// A row to run.
struct Case {
    controller: Controller,
    storage: &'static str,
    mode: Option<&'static str>,
    replicas: u32,
    nodes: u32,
    shared: bool,
    /// Whether an update follows.
    update: bool,
    /// What note 002 says, and whether that means that all Pods run.
    claim: Option<(&'static str, bool)>,
    /// What is to be said where the run shows something else, or more.
    remark: Option<&'static str>,
}

const CASE: Case = Case {
    controller: Controller::StatefulSet,
    storage: "ebs",
    mode: None,
    replicas: 3,
    nodes: 3,
    shared: false,
    update: false,
    claim: None,
    remark: None,
};

use Controller::{DaemonSet, Deployment, Pod};

/// What note 002 says of a Deployment on EBS.
const BROKEN: Option<(&str, bool)> = Some(("BROKEN", false));
const FIRST: &str = "It runs at first: Pods that wait for a volume to be made are all put where it is made. It breaks with \
    the next update, when a new Pod comes to another node.";

const CASES: &[Case] = &[
    Case { controller: Pod, replicas: 1, claim: Some(("OK", true)), ..CASE },
    Case { controller: Deployment, replicas: 1, nodes: 6, claim: BROKEN, remark: Some(FIRST), ..CASE },
    Case { controller: Deployment, replicas: 1, nodes: 6, update: true, claim: BROKEN, ..CASE },
    Case {
        controller: Deployment,
        claim: BROKEN,
        remark: Some(
            "With one node in each zone the volume's zone puts all Pods on one node, and ReadWriteOnce is one node, not one \
             Pod: they run, on one shared disk, which is worse than broken for a database.",
        ),
        ..CASE
    },
    Case { controller: Deployment, nodes: 6, claim: BROKEN, remark: Some(FIRST), ..CASE },
    Case { controller: Deployment, nodes: 6, update: true, claim: BROKEN, ..CASE },
    Case { controller: Deployment, mode: Some("ReadWriteOncePod"), ..CASE },
    Case { controller: Deployment, storage: "efs", claim: Some(("BEST", true)), ..CASE },
    Case { controller: Deployment, storage: "none", ..CASE },
    Case { claim: Some(("BEST", true)), ..CASE },
    Case { storage: "gp3-immediate", ..CASE },
    Case { storage: "efs", claim: Some(("Rare", true)), ..CASE },
    Case { storage: "local", ..CASE },
    Case { shared: true, nodes: 6, ..CASE },
    Case { shared: true, storage: "efs", ..CASE },
    Case { controller: DaemonSet, ..CASE },
    Case { controller: DaemonSet, storage: "efs", ..CASE },
];

/// The table.
pub fn table(stages: &dyn Stages) -> Result<Matrix, String> {
    let rows = CASES.iter().map(|case| row(case, stages)).collect::<Result<Vec<MatrixRow>, String>>()?;
    Ok(Matrix {
        title: "STORAGE",
        about: "Which controller runs on which storage: each row is a run on a cluster of its own. NOTE is what a much-read \
                note says, with a number where the run shows something else.",
        columns: &["CONTROLLER", "STORAGE", "#NODES", "READY", "~WHAT HAPPENS", "NOTE"],
        keys: 5,
        rows,
    })
}

/// `RWO` for `ReadWriteOnce`.
fn short(mode: &str) -> &'static str {
    match mode {
        "ReadWriteOnce" => "RWO",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "ROX",
    }
}

fn row(case: &Case, stages: &dyn Stages) -> Result<MatrixRow, String> {
    let mut storage = Storage::parse(case.storage)?;
    if let Some(mode) = case.mode {
        storage.mode = mode;
    }
    let mode = if storage.class.is_some() { short(storage.mode) } else { "-" };
    let mut setup = Setup::new(case.controller, storage, case.replicas, case.nodes);
    setup.shared = case.shared;
    let mut trial = Trial::running(&setup, stages)?;
    if case.update {
        trial.run(&format!("rollout restart {} {}", case.controller.word(), setup.name));
        trial.wait(LONG);
    }
    let (ready, wanted) = ready_of(&trial);
    let all = ready == wanted;
    let (volumes, tone) = volume_words(&trial);
    let mut what = troubles(&trial).unwrap_or_else(|| format!("volumes: {volumes}"));
    if case.update {
        what = format!("after an update: {what}");
    }
    if case.shared {
        what = format!("one claim for all: {what}");
    }
    if case.storage == "gp3-immediate" {
        what = format!("class gp3-immediate: {what}");
    }
    let claim = case.claim.map_or("", |(word, _)| word);
    let difference = match (case.claim, case.remark) {
        (Some((word, runs)), remark) if runs != all => {
            Some(remark.map_or_else(|| format!("The note says {word}."), str::to_string))
        }
        _ => None,
    };
    let storage = if case.storage == "gp3-immediate" { "ebs" } else { case.storage };
    let cells = vec![
        case.controller.kind().into(),
        format!("{storage} {mode}").trim_end_matches(" -").into(),
        case.nodes.to_string().into(),
        Cell::new(format!("{ready} of {wanted}"), if all { Tone::Good } else { Tone::Bad }),
        Cell::new(what, if all { tone } else { Tone::Bad }),
        claim.into(),
    ];
    Ok(MatrixRow { cells, difference, proof: trial.proof("get pods,pvc -o wide")? })
}
