//! The shipped manifests in a cluster: the server finds nothing to say about them, everything comes up Ready, and what
//! their headers invite to try can be tried.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use sts_lab::apiserver::Request;
use sts_lab::apiserver::request::{FieldValidation, Options};
use sts_lab::cluster::{Cluster, ClusterConfig, QUIET};
use sts_lab::manifest::shipped::{ALL, Shipped};
use sts_lab::manifest::{Source, parse};
use sts_lab::resource::Kind;

/// Creates every object of a manifest, strictly: an unknown field or a key given twice is refused.
fn apply(cluster: &mut Cluster, shipped: &Shipped) {
    for document in parse(Arc::new(Source::new(shipped.file, shipped.text))).0 {
        let kind = Kind::of(text(&document.value, "/apiVersion"), text(&document.value, "/kind"));
        let kind = kind.unwrap_or_else(|| panic!("{}: an unknown kind", shipped.file));
        let options = Options { field_validation: Some(FieldValidation::Strict), ..Options::default() };
        let answer = cluster.request(&Request::create(kind, "default", document.value).with(options), 0);
        let answer = answer.unwrap_or_else(|status| panic!("{}: {}", shipped.file, status.message));
        assert_eq!(answer.warnings, [""; 0], "{}", shipped.file);
    }
    cluster.settle(QUIET);
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn items(cluster: &mut Cluster, kind: Kind) -> Vec<Value> {
    let list = cluster.request(&Request::list(kind, Some("default")), 0).expect("a list").object;
    list["items"].as_array().cloned().unwrap_or_default()
}

fn all_is_ready(cluster: &mut Cluster, of: &str) {
    let sets = items(cluster, Kind::StatefulSet);
    assert!(!sets.is_empty(), "{of}: no StatefulSet");
    for set in sets {
        let status = &set["status"];
        for field in ["readyReplicas", "updatedReplicas", "availableReplicas"] {
            assert_eq!(status[field], set["spec"]["replicas"], "{of}: {field} of {}", set["metadata"]["name"]);
        }
    }
    let claims = items(cluster, Kind::PersistentVolumeClaim);
    assert!(!claims.is_empty(), "{of}: no claim");
    for claim in claims {
        assert_eq!(claim["status"]["phase"], "Bound", "{of}: {}", claim["metadata"]["name"]);
    }
    for budget in items(cluster, Kind::PodDisruptionBudget) {
        let status = &budget["status"];
        assert_eq!(status["currentHealthy"], status["expectedPods"], "{of}: {budget}");
    }
}

#[test]
fn each_comes_up_ready_in_a_cluster_of_its_own() {
    for shipped in ALL {
        let mut cluster = Cluster::new(&ClusterConfig::default());
        apply(&mut cluster, shipped);
        all_is_ready(&mut cluster, shipped.file);
    }
}

#[test]
fn all_of_them_fit_into_one_cluster() {
    let mut cluster = Cluster::new(&ClusterConfig::default());
    for shipped in ALL.iter().filter(|shipped| !["mysql-basic", "mysql-headless"].contains(&shipped.name)) {
        apply(&mut cluster, shipped);
    }
    all_is_ready(&mut cluster, "all of them");
}

/// What the header of a manifest invites to try: commands, without what is said about them.
fn tries(shipped: &Shipped) -> Vec<&'static str> {
    let header =
        shipped.text.lines().take_while(|line| line.starts_with('#')).skip_while(|line| !line.starts_with("# Try"));
    let tries = header.take_while(|line| line.starts_with("# Try") || line.starts_with("#   "));
    let command = |line: &'static str| {
        let words = line.trim_start_matches("# Try").trim_start_matches('#').trim();
        let command = words.split("  ").next().unwrap_or(words);
        (command.starts_with("kubectl ") || command.starts_with("sts-lab ")).then_some(command)
    };
    tries.filter_map(command).collect()
}

/// Commands that are refused, which is what they show.
const REFUSED: [&str; 2] = ["kubectl apply -f mysql.yaml", "kubectl rollout status sts jenkins"];

#[cfg(unix)]
#[test]
fn what_a_header_invites_to_try_can_be_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["kubectl", "sts-lab"] {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sts-lab"), folder.path().join(name)).expect("a link");
    }
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    for shipped in ALL {
        let run = |line: &str| {
            let mut bash = Command::new("bash");
            bash.args(["-c", line]).current_dir(root.join("manifests")).stdin(Stdio::null()).env("PATH", &path);
            bash.env_remove("STS_LAB").env("STS_LAB_HOME", folder.path().join(shipped.name));
            let output = bash.output().expect("bash runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.success(), !REFUSED.contains(&line), "{}: {line}: {said}", shipped.file);
        };
        run(&format!("sts-lab apply {}", shipped.name));
        let tries = tries(shipped);
        assert!(tries.len() > 1, "{}: nothing to try", shipped.file);
        tries.into_iter().for_each(run);
    }
}
