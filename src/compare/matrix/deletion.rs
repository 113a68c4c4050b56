//! What is deleted, and what stays: the claim, the volume, the disk behind it (rules V29 to V35, S58 to S66).

use super::super::trial::{LONG, Trial};
use super::super::{Controller, Setup, Storage};
use super::{Matrix, MatrixRow};
use crate::course::stage::Stages;
use crate::resource::Kind;
use crate::view::style::Tone;
use crate::view::table::Cell;

/// A row to run.
struct Case {
    action: &'static str,
    class: &'static str,
    commands: &'static [&'static str],
    /// What note 002 says of claim, volume and disk.
    claim: Option<[bool; 3]>,
    difference: Option<&'static str>,
}

const CASES: &[Case] = &[
    Case {
        action: "Pod deleted",
        class: "gp3",
        commands: &["delete pod web-0"],
        claim: Some([true, true, true]),
        difference: None,
    },
    Case {
        action: "set scaled to 0",
        class: "gp3",
        commands: &["scale sts web --replicas=0"],
        claim: None,
        difference: None,
    },
    Case {
        action: "set deleted",
        class: "gp3",
        commands: &["delete sts web"],
        claim: Some([true, true, true]),
        difference: None,
    },
    Case {
        action: "set deleted, whenDeleted: Delete",
        class: "gp3",
        commands: &[
            "patch sts web -p '{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Delete\"}}}'",
            "delete sts web",
        ],
        claim: Some([true, true, true]),
        difference: Some(
            "A set deletes its claims if its persistentVolumeClaimRetentionPolicy says so, and the volumes' reclaim policy \
             then decides about the disks.",
        ),
    },
    Case {
        action: "claim deleted, its Pod runs",
        class: "gp3",
        commands: &["delete pvc data-web-0 --wait=false"],
        claim: Some([false, false, false]),
        difference: Some(
            "While a Pod uses it the claim only becomes Terminating: all is still there, and goes the moment the Pod does.",
        ),
    },
    Case {
        action: "set and claim deleted",
        class: "gp3",
        commands: &["delete sts web", "delete pvc data-web-0"],
        claim: Some([false, false, false]),
        difference: None,
    },
    Case {
        action: "set and claim deleted",
        class: "gp3-retain",
        commands: &["delete sts web", "delete pvc data-web-0"],
        claim: Some([false, true, true]),
        difference: None,
    },
    Case {
        action: "policy patched, then both deleted",
        class: "gp3",
        commands: &[
            "patch pv {pv} -p '{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\"}}'",
            "delete sts web",
            "delete pvc data-web-0",
        ],
        claim: None,
        difference: None,
    },
    Case {
        action: "namespace's claims all deleted",
        class: "gp3",
        commands: &["delete sts,pvc --all"],
        claim: None,
        difference: None,
    },
];

/// The table.
pub fn table(stages: &dyn Stages) -> Result<Matrix, String> {
    let rows = CASES.iter().map(|case| row(case, stages)).collect::<Result<Vec<MatrixRow>, String>>()?;
    Ok(Matrix {
        title: "DELETION",
        about: "What is left of web-0's claim, its volume and the EBS disk behind it, five minutes after each action. NOTE is \
                what a much-read note says of the three.",
        columns: &["~ACTION", "POLICY", "CLAIM", "VOLUME", "DISK", "NOTE"],
        keys: 2,
        rows,
    })
}

/// A claim or volume by its phase, `Terminating` while it goes.
fn phase(trial: &Trial, kind: Kind, name: &str) -> Option<String> {
    let namespace = if kind == Kind::PersistentVolume { "" } else { "default" };
    let object = trial.cluster().api.store.get(kind, namespace, name)?.to_json();
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Some("Terminating".into());
    }
    Some(object["status"]["phase"].as_str().unwrap_or_default().to_string())
}

fn cell(phase: Option<&str>) -> Cell {
    match phase {
        Some("Terminating" | "Released") => Cell::new(phase.unwrap_or_default(), Tone::Waiting),
        Some(phase) => Cell::new(phase, Tone::Good),
        None => Cell::new("gone", Tone::Bad),
    }
}

fn row(case: &Case, stages: &dyn Stages) -> Result<MatrixRow, String> {
    let setup = Setup::new(Controller::StatefulSet, Storage::parse(case.class)?, 1, 3);
    let mut trial = Trial::running(&setup, stages)?;
    let volume = trial.volume_of("data-web-0").ok_or("no volume was made")?;
    let policy = |trial: &Trial| {
        let object = trial.cluster().api.store.get(Kind::PersistentVolume, "", &volume).map(|pv| pv.to_json());
        object.and_then(|pv| pv["spec"]["persistentVolumeReclaimPolicy"].as_str().map(str::to_string))
    };
    let first = policy(&trial).unwrap_or_default();
    for command in case.commands {
        trial.run(&command.replace("{pv}", &volume));
    }
    trial.wait(LONG);
    let last = policy(&trial).unwrap_or_else(|| first.clone());
    let claim = phase(&trial, Kind::PersistentVolumeClaim, "data-web-0");
    let pv = phase(&trial, Kind::PersistentVolume, &volume);
    // A volume whose policy is Delete goes only after its driver has deleted the disk.
    let disk = pv.is_some() || last == "Retain";
    let is = [claim.is_some(), pv.is_some(), disk];
    let said = case.claim.map_or(String::new(), |said| said.map(|kept| if kept { "✔" } else { "✘" }).join(" "));
    let differs = case.claim.is_some_and(|said| said != is);
    let difference = differs.then(|| case.difference.unwrap_or("The run shows something else.").to_string());
    let policy = if first == last { first } else { format!("{first} → {last}") };
    let disk = if disk { Cell::new("kept", Tone::Good) } else { Cell::new("gone", Tone::Bad) };
    let cells = vec![case.action.into(), policy.into(), cell(claim.as_deref()), cell(pv.as_deref()), disk, said.into()];
    Ok(MatrixRow { cells, difference, proof: trial.proof("get pvc,pv")? })
}
