//! The budgets: each figure measured and printed beside what it must be and what it aims at.
//!
//! `cargo bench --bench budgets` prints the table. A figure over its "must" is marked; nothing fails, since a busy
//! machine is no defect of the code. Each size runs in a process of its own, so that memory is its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use sts_lab::apiserver::{FieldValidation, Request, decode, defaults, validation};
use sts_lab::cluster::{Cluster, ClusterConfig};
use sts_lab::manifest::{Source, parse, shipped::ALL};
use sts_lab::resource::Kind;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(index) = args.iter().position(|arg| arg == "--replicas") {
        let replicas: u64 = args.get(index + 1).and_then(|n| n.parse().ok()).unwrap_or(1000);
        bring_up(replicas, args.iter().any(|arg| arg == "--parallel"));
        return;
    }
    if let Some(index) = args.iter().position(|arg| arg == "--memory-of") {
        memory_of(&args[index + 1..]);
        return;
    }
    println!("{:<52} {:>14} {:>10} {:>10}", "what", "measured", "must", "aim");
    whole_commands();
    validating();
    scaling(&args);
}

fn row(what: &str, measured: &str, must: &str, aim: &str, over: bool) {
    println!("{what:<52} {measured:>14} {must:>10} {aim:>10}{}", if over { "  OVER" } else { "" });
}

/// Pods brought to Ready per second, and bytes for each, for both policies and four sizes; and how much dearer a Pod of
/// the size that does worst is than one of the size that does best.
fn scaling(args: &[String]) {
    let largest: u64 = args.iter().find_map(|arg| arg.strip_prefix("--up-to=")?.parse().ok()).unwrap_or(1_000_000);
    for policy in ["OrderedReady", "Parallel"] {
        let mut rates: Vec<f64> = Vec::new();
        for replicas in [1_000_u64, 10_000, 100_000, 1_000_000].into_iter().filter(|n| *n <= largest) {
            let (rate, bytes) = brought_up(replicas, policy == "Parallel");
            rates.push(rate);
            let what = format!("Pods to Ready, {policy}, {replicas}");
            row(&what, &format!("{rate:.0}/s"), "30000/s", "100000/s", rate < 30_000.0);
            let what = format!("memory per replica, {policy}, {replicas}");
            row(&what, &format!("{bytes:.0} B"), "8192 B", "4096 B", bytes > 8192.0);
        }
        let (best, worst) = (rates.iter().copied().fold(0.0, f64::max), rates.iter().copied().fold(f64::MAX, f64::min));
        row(
            &format!("best size over worst, {policy}"),
            &format!("{:.2}", best / worst),
            "1.30",
            "",
            best / worst > 1.3,
        );
    }
}

/// What processes of their own measure for one size: the middle of several runs. Small ones are over in no time, and how
/// long a machine takes to find memory for large ones differs much.
fn brought_up(replicas: u64, parallel: bool) -> (f64, f64) {
    let me = std::env::current_exe().expect("this program has a path");
    let runs = match replicas {
        0..=1_000 => 25,
        1_001..=10_000 => 9,
        _ => 3,
    };
    let run = || {
        let mut child = Command::new(&me);
        child.arg("--replicas").arg(replicas.to_string()).args(parallel.then_some("--parallel"));
        let output = child.output().expect("this program can be started again");
        let text = String::from_utf8_lossy(&output.stdout);
        let mut numbers = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
        (numbers.next().unwrap_or(0.0), numbers.next().unwrap_or(0.0))
    };
    let mut all: Vec<(f64, f64)> = std::iter::repeat_with(run).take(runs).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all[runs / 2]
}

/// Brings a set of this size up, each Pod with its claim, volume, events and endpoints; prints Pods/s and bytes/Pod.
fn bring_up(replicas: u64, parallel: bool) {
    let config = ClusterConfig {
        pods_per_node: (replicas / 3 + 2) as u32,
        cpu: u32::MAX / 4,
        memory_gi: 1 << 20,
        ..ClusterConfig::default()
    };
    let mut cluster = Cluster::new(&config);
    let policy = if parallel { "Parallel" } else { "OrderedReady" };
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "serviceName": "web", "podManagementPolicy": policy,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "nginx", "image": "nginx:1.27", "ports": [{"containerPort": 80}],
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}}}}]}});
    let before = resident();
    let start = Instant::now();
    cluster.request(&Request::create(Kind::Service, "default", service), 0).expect("the Service is valid");
    cluster.request(&Request::create(Kind::StatefulSet, "default", set), 0).expect("the set is valid");
    while ready(&cluster) < replicas {
        let Some(due) = cluster.next_due() else { break };
        cluster.run_until(due + Duration::from_millis(100));
    }
    let seconds = start.elapsed().as_secs_f64();
    let bytes = resident().saturating_sub(before) as f64 / replicas as f64;
    assert_eq!(ready(&cluster), replicas, "all Pods are Ready");
    println!("{} {}", replicas as f64 / seconds, bytes);
    std::mem::forget(cluster);
}

fn ready(cluster: &Cluster) -> u64 {
    let set = cluster.api.store.get(Kind::StatefulSet, "default", "web");
    set.and_then(|object| object.stateful_set()).map_or(0, |set| set.status.ready.unsigned_abs())
}

/// Memory of this process that holds data, not code, in bytes.
fn resident() -> u64 {
    of_status("RssAnon:")
}

/// A line of this process's status in bytes; 0 where the system does not tell.
fn of_status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Runs a command line in this process and tells the most memory it ever had, on stderr.
fn memory_of(words: &[String]) {
    let words = std::iter::once("sts-lab".to_string()).chain(words.iter().cloned());
    sts_lab::cli::main(words.map(std::ffi::OsString::from));
    eprintln!("{}", of_status("VmHWM:"));
}

/// Manifests read, decoded, defaulted and validated: all the shipped ones, over and over.
fn validating() {
    let (start, mut objects) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(1) {
        for shipped in ALL {
            let (documents, problem) = parse(Arc::new(Source::new(shipped.file, shipped.text)));
            assert!(problem.is_none(), "{} can be read", shipped.file);
            for document in documents {
                let text = |key: &str| document.value[key].as_str().unwrap_or_default();
                let kind = Kind::of(text("apiVersion"), text("kind")).expect("a kind that the lab knows");
                let decoded = decode::decode(kind, document.value, FieldValidation::Strict).expect("no unknown field");
                let mut object = decoded.value;
                object["metadata"]["namespace"] = "default".into();
                defaults::apply(kind, &mut object);
                assert!(validation::create(kind, &object).is_empty(), "{} is valid", shipped.file);
                objects += 1;
            }
        }
    }
    let rate = f64::from(objects) / start.elapsed().as_secs_f64();
    row(
        "manifests validated, from YAML, objects per second",
        &format!("{rate:.0}/s"),
        "20000/s",
        "50000/s",
        rate < 20_000.0,
    );
}

/// Whole processes: what a person waits for.
fn whole_commands() {
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_sts-lab"));
    let dir = tempfile::tempdir().expect("a temporary folder");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/mysql.yaml");
    let time = |runs: u32, mut command: Box<dyn FnMut(u32) -> Command>| {
        let mut times: Vec<Duration> = (0..runs)
            .map(|run| {
                let mut command = command(run);
                let start = Instant::now();
                let output = command.output().expect("the program can be started");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                start.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1000.0
    };
    let program = bin.clone();
    let nothing = time(
        20,
        Box::new(move |_| {
            let mut command = Command::new(&program);
            command.arg("--version");
            command
        }),
    );
    row("a command that does nothing (--version)", &format!("{nothing:.2} ms"), "", "", false);
    let (program, root, file) = (bin.clone(), dir.path().to_path_buf(), manifest.clone());
    let apply = time(
        20,
        Box::new(move |run| {
            let mut command = Command::new(&program);
            command.arg("--lab").arg(root.join(format!("lab-{run}"))).arg("apply").arg("-f").arg(&file);
            command
        }),
    );
    row("apply of a 3-replica set into a fresh lab", &format!("{apply:.2} ms"), "10 ms", "3 x nothing", apply > 10.0);
    let mut measured = Command::new(std::env::current_exe().expect("this program has a path"));
    measured.arg("--memory-of").arg("--lab").arg(dir.path().join("measured")).arg("apply").arg("-f").arg(&manifest);
    let output = measured.output().expect("this program can be started again");
    let peak: u64 = String::from_utf8_lossy(&output.stderr).lines().last().and_then(|n| n.parse().ok()).unwrap_or(0);
    let megabytes = peak as f64 / 1e6;
    row("its memory", &format!("{megabytes:.1} MB"), "20 MB", "", megabytes > 20.0);
    let size = std::fs::metadata(&bin).map_or(0, |file| file.len()) as f64 / 1e6;
    row("the binary", &format!("{size:.1} MB"), "25 MB", "12 MB", size > 25.0);
    let lab = dir.path().join("long");
    long_lab(&bin, &lab);
    let get = time(
        20,
        Box::new(move |_| {
            let mut command = Command::new(&bin);
            command.arg("--lab").arg(&lab).args(["--no-settle", "kubectl", "get", "pods"]);
            command
        }),
    );
    row("a command on a lab with 1,000 journal lines", &format!("{get:.2} ms"), "50 ms", "15 ms", get > 50.0);
}

/// A lab whose journal has a thousand entries: a set scaled up and down.
fn long_lab(bin: &Path, lab: &Path) {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/mysql.yaml");
    let run = |args: &[&str]| {
        let status = Command::new(bin).arg("--lab").arg(lab).args(args).output().expect("the program can be started");
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    };
    run(&["--no-settle", "kubectl", "apply", "-f", &manifest.to_string_lossy()]);
    let journal = lab.join("journal.jsonl");
    let words = |n: u32| json!(["kubectl", "annotate", "sts", "mysql", format!("note={n}"), "--overwrite"]);
    let mut text = std::fs::read_to_string(&journal).expect("the journal was written");
    for n in 0..1000_u32 {
        let patch = json!({"request": {"verb": {"patch": "merge"}, "kind": "StatefulSet", "namespace": "default",
            "name": "mysql", "body": {"spec": {"replicas": 1 + n % 5}}, "options": {}}});
        let entry = json!({"words": words(n), "inputs": [patch, {"settle": {"quiet_us": 2_000_000}}], "digest": ""});
        text.push_str(&format!("{entry}\n"));
    }
    std::fs::write(&journal, text).expect("the journal can be written");
}
