//! When the disk of an earlier set is used again: the claim's name decides, nothing else (rules S50, S51, V29).

use super::super::trial::{LONG, Trial};
use super::super::{Controller, Setup, Storage};
use super::{Matrix, MatrixRow, yes_no};
use crate::course::stage::Stages;

/// What is done after the set ran.
enum Step {
    /// A command.
    Run(&'static str),
    /// The set again.
    Again,
    /// The set again, under this name.
    Renamed(&'static str),
    /// The claim that is freed for the old volume by hand.
    ByHand,
}

/// A row to run.
struct Case {
    situation: &'static str,
    class: &'static str,
    steps: &'static [Step],
    /// The claim that is looked at then.
    claim: &'static str,
    /// What note 002 says: the words, and whether they mean that the disk is used again.
    said: Option<(&'static str, bool)>,
    difference: Option<&'static str>,
}

const CASE: Case = Case { situation: "", class: "gp3", steps: &[], claim: "data-web-0", said: None, difference: None };

use Step::{Again, ByHand, Renamed, Run};

const CASES: &[Case] = &[
    Case { situation: "Pod deleted", steps: &[Run("delete pod web-0")], ..CASE },
    Case { situation: "set deleted only", steps: &[Run("delete sts web"), Again], said: Some(("YES", true)), ..CASE },
    Case {
        situation: "set and claim deleted",
        steps: &[Run("delete sts web"), Run("delete pvc data-web-0"), Again],
        said: Some(("NO", false)),
        ..CASE
    },
    Case {
        situation: "set and claim deleted, Retain",
        class: "gp3-retain",
        steps: &[Run("delete sts web"), Run("delete pvc data-web-0"), Again],
        said: Some(("NO, by hand", false)),
        ..CASE
    },
    Case {
        situation: "the same, and bound by hand",
        class: "gp3-retain",
        steps: &[Run("delete sts web"), Run("delete pvc data-web-0"), ByHand, Again],
        said: Some(("NO, by hand", true)),
        ..CASE
    },
    Case {
        situation: "another name for the set",
        steps: &[Run("delete sts web"), Renamed("shop")],
        claim: "data-shop-0",
        said: Some(("NO", false)),
        ..CASE
    },
    Case {
        situation: "same name, claim exists",
        steps: &[Run("delete sts web --cascade=orphan"), Run("delete pod web-0"), Again],
        said: Some(("YES", true)),
        ..CASE
    },
    Case {
        situation: "scaled to 0 and back",
        steps: &[Run("scale sts web --replicas=0"), Run("scale sts web --replicas=1")],
        ..CASE
    },
    Case {
        situation: "set deleted, whenDeleted: Delete",
        steps: &[
            Run(
                "patch sts web -p '{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Delete\"}}}'",
            ),
            Run("delete sts web"),
            Again,
        ],
        said: Some(("YES", true)),
        difference: Some("The set took its claim along (persistentVolumeClaimRetentionPolicy), so this is a new one."),
        ..CASE
    },
];

/// The table.
pub fn table(stages: &dyn Stages) -> Result<Matrix, String> {
    let rows = CASES.iter().map(|case| row(case, stages)).collect::<Result<Vec<MatrixRow>, String>>()?;
    Ok(Matrix {
        title: "REUSE",
        about: "Whether a set finds the EBS disk of the one before it again. What counts is the claim's name, \
                TEMPLATE-SET-ORDINAL, and that the claim was never deleted. NOTE is what a much-read note says.",
        columns: &["~SITUATION", "POLICY", "CLAIM", "SAME DISK", "OLD VOLUME", "NOTE"],
        keys: 2,
        rows,
    })
}

fn step(trial: &mut Trial, step: &Step, volume: &str) {
    match step {
        Run(command) => {
            trial.run(command);
            trial.wait(LONG);
        }
        Again => {
            trial.apply();
            trial.wait(LONG);
        }
        Renamed(name) => {
            let setup = Setup { name: (*name).to_string(), ..trial.setup().clone() };
            trial.apply_as(&setup);
            trial.wait(LONG);
        }
        ByHand => {
            let reference = "{\"spec\":{\"claimRef\":{\"namespace\":\"default\",\"name\":\"data-web-0\",\"uid\":null,\"resourceVersion\":null}}}";
            trial.run(&format!("patch pv {volume} --type=merge -p '{reference}'"));
        }
    }
}

fn row(case: &Case, stages: &dyn Stages) -> Result<MatrixRow, String> {
    let setup = Setup::new(Controller::StatefulSet, Storage::parse(case.class)?, 1, 3);
    let mut trial = Trial::running(&setup, stages)?;
    let old = trial.volume_of("data-web-0").ok_or("no volume was made")?;
    for item in case.steps {
        step(&mut trial, item, &old);
    }
    let same = trial.volume_of(case.claim).as_deref() == Some(old.as_str());
    let volumes = trial.all(crate::resource::Kind::PersistentVolume);
    let left = volumes.iter().find(|pv| pv["metadata"]["name"].as_str() == Some(old.as_str()));
    let left = left.and_then(|pv| pv["status"]["phase"].as_str()).unwrap_or("gone");
    let policy = if case.class == "gp3-retain" { "Retain" } else { "Delete" };
    let said = case.said.map_or("", |(words, _)| words);
    let differs = case.said.is_some_and(|(_, used)| used != same);
    let difference = differs.then(|| case.difference.unwrap_or("The run shows something else.").to_string());
    let cells = vec![case.situation.into(), policy.into(), case.claim.into(), yes_no(same), left.into(), said.into()];
    Ok(MatrixRow { cells, difference, proof: trial.proof("get pvc,pv")? })
}
