//! `sts-lab compare`: what its tables say is so, and the commands that are printed beside each cell make the same run.

use std::path::Path;
use std::process::{Command, Stdio};

use sts_lab::cli::InProcess;
use sts_lab::compare::{Controller, Matrix, MatrixRow, Proof, Setup, Storage, compare, matrix};

/// What the commands print at last, in a new home.
fn typed(proof: &Proof) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_sts-lab")).parent().expect("a folder");
    let mut last = String::new();
    for line in &proof.commands {
        let mut bash = Command::new("bash");
        bash.args(["-c", line]).current_dir(dir.path()).stdin(Stdio::null()).env_clear();
        let path = format!("{}:/usr/bin:/bin", program.display());
        let output = bash.env("PATH", path).env("STS_LAB_HOME", dir.path().join("home")).output().expect("bash runs");
        last = String::from_utf8_lossy(&output.stdout).into_owned();
    }
    last
}

#[track_caller]
fn proves(what: &str, proof: &Proof) {
    assert!(proof.commands.len() > 2, "{what}: {:?}", proof.commands);
    let printed = typed(proof);
    if let Some(expected) = &proof.prints {
        assert_eq!(&printed, expected, "{what}: {:#?}", proof.commands);
    }
}

fn words(row: &MatrixRow) -> String {
    let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
    cells.join(" | ")
}

fn table(name: &str) -> Matrix {
    let matrix = matrix(name, &InProcess).expect("a table");
    for row in &matrix.rows {
        proves(&words(row), &row.proof);
    }
    matrix
}

/// The rows begin like this.
#[track_caller]
fn check(matrix: &Matrix, expected: &[&str]) {
    let rows: Vec<String> = matrix.rows.iter().map(words).collect();
    let wrong: Vec<&&str> = expected.iter().filter(|start| !rows.iter().any(|row| row.starts_with(**start))).collect();
    assert!(wrong.is_empty(), "{wrong:#?} not in {rows:#?}");
}

/// Rule V55, as far as a row of it can be seen.
#[test]
fn v55_controllers_on_storage() {
    let expected = [
        "Pod | ebs RWO | 3 | 1 of 1",
        "Deployment | ebs RWO | 6 | 1 of 2 | after an update: Multi-Attach error",
        "Deployment | ebs RWO | 3 | 3 of 3 | volumes: one, shared by 3 Pods on one node",
        "Deployment | ebs RWO | 6 | 3 of 4 | after an update: Multi-Attach error",
        "Deployment | ebs RWOP | 3 | 1 of 3 | ReadWriteOncePod access mode already in-use by another pod",
        "Deployment | efs RWX | 3 | 3 of 3 | volumes: one, shared by 3 Pods on several nodes",
        "Deployment | none | 3 | 3 of 3 | volumes: none that outlives a Pod",
        "StatefulSet | ebs RWO | 3 | 3 of 3 | volumes: one for each Pod",
        "StatefulSet | efs RWX | 3 | 3 of 3 | volumes: one for each Pod",
        "StatefulSet | local RWO | 3 | 3 of 3 | volumes: one for each Pod",
        "StatefulSet | ebs RWO | 6 | 1 of 3 | one claim for all: Multi-Attach error, 1 not made",
        "DaemonSet | ebs RWO | 3 | 1 of 3 | didn't match PersistentVolume's node affinity",
        "DaemonSet | efs RWX | 3 | 3 of 3 | volumes: one, shared by 3 Pods",
    ];
    check(&table("storage"), &expected);
}

/// Rules V29 to V35, S58, S59.
#[test]
fn what_is_deleted_and_what_stays() {
    let table = table("deletion");
    check(
        &table,
        &[
            "Pod deleted | Delete | Bound | Bound | kept",
            "set deleted | Delete | Bound | Bound | kept",
            "set deleted, whenDeleted: Delete | Delete | gone | gone | gone",
            "claim deleted, its Pod runs | Delete | Terminating | Bound | kept",
            "set and claim deleted | Delete | gone | gone | gone",
            "set and claim deleted | Retain | gone | Released | kept",
        ],
    );
    assert_eq!(table.rows.iter().filter(|row| row.difference.is_some()).count(), 2);
}

/// Rules S50, S51, V29.
#[test]
fn when_a_disk_is_used_again() {
    check(
        &table("reuse"),
        &[
            "set deleted only | Delete | data-web-0 | yes",
            "set and claim deleted | Delete | data-web-0 | no | gone",
            "set and claim deleted, Retain | Retain | data-web-0 | no | Released",
            "the same, and bound by hand | Retain | data-web-0 | yes | Bound",
            "another name for the set | Delete | data-shop-0 | no",
            "same name, claim exists | Delete | data-web-0 | yes",
        ],
    );
}

#[test]
fn how_many_claims_a_workload_has() {
    check(
        &table("workload"),
        &[
            "nginx | Deployment | efs RWX | 3 of 3 | 1 → 1 → 1",
            "mysql | StatefulSet | ebs RWO | 3 of 3 | 3 → 5 → 5 | own | replicas",
            "logs | DaemonSet | efs RWX | 3 of 3 | 1",
        ],
    );
}

#[test]
fn controllers_side_by_side() {
    let storage = Storage::parse("ebs").expect("ebs");
    let controllers = [Controller::Pod, Controller::Deployment, Controller::StatefulSet, Controller::DaemonSet];
    let setups = controllers.map(|controller| Setup::new(controller, storage.clone(), 3, 3));
    let rows = compare(&setups, &InProcess).expect("rows");
    let cell = |what: &str, column: usize| {
        let row = rows.iter().find(|row| row.what == what).expect("a row");
        row.cells[column].cell.text.as_str()
    };
    assert_eq!(cell("Claims", 2), "3: data-web-0, data-web-1 and data-web-2");
    assert_eq!(cell("Start", 1), "all at once");
    assert_eq!(cell("Start", 2), "one by one: web-0, web-1 and web-2");
    assert_eq!(cell("DNS of a Pod", 2), "web-0.web");
    assert_eq!(cell("Down to one", 2), "one by one: web-2 and web-1; 3 claims left");
    assert_eq!(cell("New image", 2), "a Pod goes, then comes again: web-2, web-1 and web-0");
    assert_eq!(cell("A Pod deleted", 0), "gone for good");
    assert!(cell("A Pod deleted", 1).starts_with("new name, same claim"));
    assert!(cell("A Pod deleted", 2).starts_with("same name, same claim"));
    assert!(cell("Its node lost", 1).starts_with("a new Pod after 5m"));
    assert_eq!(cell("Its node lost", 2), "web-0 stays Terminating, none takes its place");
    assert!(cell("Two Pods more", 3).starts_with("cannot be scaled"));
    for row in &rows {
        for (setup, measured) in setups.iter().zip(&row.cells) {
            proves(&format!("{} {}", row.what, setup.controller.kind()), &measured.proof);
        }
    }
}

#[test]
fn storage_by_its_name() {
    assert_eq!(Storage::parse("efs-sc").expect("a class").mode, "ReadWriteMany");
    assert_eq!(Storage::parse("local-path").expect("a class").profile, "bare-metal");
    assert!(Storage::parse("gp4").is_err_and(|why| why.contains("did you mean gp")));
}
