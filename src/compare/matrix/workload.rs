//! Workload → controller, number of claims, storage: what people run, as each is usually run.

use super::super::measure::readiness;
use super::super::trial::{LONG, Trial};
use super::super::{Controller, Setup, Storage};
use super::{Matrix, MatrixRow};
use crate::course::stage::Stages;
use crate::view::style::Tone;
use crate::view::table::Cell;

/// A row to run.
struct Case {
    workload: &'static str,
    image: &'static str,
    controller: Controller,
    storage: &'static str,
    replicas: u32,
    /// How many claims note 002 gives it.
    said: Option<&'static str>,
}

use Controller::{DaemonSet, Deployment, StatefulSet};

const CASES: &[Case] = &[
    case("nginx", "nginx:1.28", Deployment, "efs", 3, Some("1")),
    case("web-app", "httpd:2.4", Deployment, "efs", 3, Some("1")),
    case("uploads", "nginx:1.28", Deployment, "efs", 3, None),
    case("static-files", "nginx:1.28", Deployment, "efs", 3, None),
    case("mysql", "mysql:8.4", StatefulSet, "ebs", 3, Some("replicas")),
    case("mongodb", "mongo:8.0", StatefulSet, "ebs", 3, None),
    case("kafka", "apache/kafka:4.1.0", StatefulSet, "ebs", 3, Some("replicas")),
    case("jenkins", "jenkins/jenkins:2.516-jdk21", StatefulSet, "ebs", 1, None),
    case("logs", "fluent/fluent-bit:4.0", DaemonSet, "efs", 3, None),
];

const fn case(
    workload: &'static str,
    image: &'static str,
    controller: Controller,
    storage: &'static str,
    replicas: u32,
    said: Option<&'static str>,
) -> Case {
    Case { workload, image, controller, storage, replicas, said }
}

/// The table.
pub fn table(stages: &dyn Stages) -> Result<Matrix, String> {
    let rows = CASES.iter().map(|case| row(case, stages)).collect::<Result<Vec<MatrixRow>, String>>()?;
    Ok(Matrix {
        title: "WORKLOAD",
        about: "What people run, as it is usually run: how many Pods are Ready, and how many claims there are at the start, \
                with two Pods more, and back again. NOTE is what a much-read note says of the number.",
        columns: &["WORKLOAD", "CONTROLLER", "STORAGE", "READY", "CLAIMS", "VOLUMES", "NOTE"],
        keys: 3,
        rows,
    })
}

fn row(case: &Case, stages: &dyn Stages) -> Result<MatrixRow, String> {
    let mut setup = Setup::new(case.controller, Storage::parse(case.storage)?, case.replicas, 3);
    (setup.name, setup.image) = (case.workload.into(), case.image.into());
    let mut trial = Trial::running(&setup, stages)?;
    let (ready, all) = readiness(&trial);
    let (volumes, pods) = (trial.volumes_in_use().len(), trial.pods().len());
    let volumes = if volumes == pods { "own" } else { "shared" };
    let mut claims = vec![trial.claims().len()];
    let scales = case.controller != DaemonSet && case.workload != "jenkins";
    if scales {
        for replicas in [case.replicas + 2, case.replicas] {
            trial.run(&format!("scale {} {} --replicas={replicas}", case.controller.word(), case.workload));
            trial.wait(LONG);
            claims.push(trial.claims().len());
        }
    }
    let stays = claims.last() == claims.first();
    let difference = (case.said == Some("replicas") && !stays).then(|| {
        format!(
            "As many as there ever were Pods: after a scale-down from {} to {} there are still {} claims.",
            case.replicas + 2,
            case.replicas,
            claims.last().copied().unwrap_or_default()
        )
    });
    let counts: Vec<String> = claims.iter().map(ToString::to_string).collect();
    let counts = if scales { counts.join(" → ") } else { counts.concat() };
    let access = if case.storage == "efs" { "efs RWX" } else { "ebs RWO" };
    let cells = vec![
        case.workload.into(),
        case.controller.kind().into(),
        access.into(),
        Cell::new(ready, if all { Tone::Good } else { Tone::Bad }),
        counts.into(),
        volumes.into(),
        case.said.unwrap_or_default().into(),
    ];
    Ok(MatrixRow { cells, difference, proof: trial.proof("get pods,pvc")? })
}
