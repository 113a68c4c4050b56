//! What a lab shows of itself, imported, is a lab that shows the same, and in which nothing happens if nothing happened
//! before; and an import in a journal comes out as it did.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::sync::Arc;
use std::time::Duration;
use sts_lab::cluster::{Cluster, ClusterConfig, QUIET};
use sts_lab::import::{Options, Prepared, prepare, read};
use sts_lab::kubectl::{self, Io};
use sts_lab::lab::{Entry, Input, Session, digest, replay};
use sts_lab::manifest::{self, Source};
use sts_lab::resource::Kind;
use sts_lab::resource::kind::ALL;
use sts_lab::resource::meta::Uid;
use sts_lab::view::rest::{rests, settle_all};

use super::world::{self, Journal};

/// `kubectl get KINDS -A -o yaml`.
fn get(cluster: &Cluster, kinds: &str) -> String {
    let mut copy = cluster.clone();
    let (mut stdin, mut stdout, mut stderr) = (std::io::empty(), Vec::new(), Vec::new());
    let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, std::env::temp_dir());
    let words = ["get", kinds, "-A", "-o", "yaml"].map(String::from);
    let code = kubectl::run(&words, &mut Session::new(&mut copy, 0, Vec::new()), &mut io);
    assert_eq!(code, 0, "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn everything(cluster: &Cluster) -> String {
    let kinds = ALL.iter().filter(|kind| !matches!(kind.kind, Kind::Endpoints | Kind::Event));
    get(cluster, &kinds.map(|kind| kind.plural).collect::<Vec<_>>().join(","))
}

fn import(text: &str) -> Prepared {
    let source = Source { name: "state.yaml".into(), text: text.into() };
    let (documents, problem) = manifest::parse(Arc::new(source));
    let problems: Vec<_> = problem.into_iter().collect();
    let found = read(&documents, &problems, false).unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    prepare(found, Options { secrets: true })
}

fn settle(cluster: &mut Cluster) {
    settle_all(cluster, |cluster| cluster.settle(QUIET), |cluster| cluster);
}

/// Imports what a cluster shows; the two show the same, at once and after they have settled.
fn check(cluster: &Cluster) {
    let shown = everything(cluster);
    let prepared = import(&shown);
    let mut other = Cluster::new(&ClusterConfig::default());
    other.import(&prepared.state, 0);
    same(&shown, &everything(&other), "right after the import");
    settle(&mut other);
    same(&shown, &everything(&other), "once the controllers have looked");
    let entry = Entry {
        words: Vec::new(),
        inputs: vec![Input::Import(Box::new(prepared.state)), Input::Settle { quiet_us: 2_000_000 }],
        digest: String::new(),
    };
    let line = serde_json::to_string(&entry).unwrap();
    let read: Entry = serde_json::from_str(&line).unwrap();
    let (one, two) = (replay(&ClusterConfig::default(), &[entry]), replay(&ClusterConfig::default(), &[read]));
    assert_eq!(digest(&one), digest(&two), "what is kept is what was imported");
}

fn same(expected: &str, found: &str, when: &str) {
    let (mut expected, mut found) = (expected.lines(), found.lines());
    let mut before: Vec<&str> = Vec::new();
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return,
            (one, other) if one == other => before.extend(one),
            (one, other) => {
                let near = before[before.len().saturating_sub(60)..].join("\n");
                panic!("{when}: {other:?} instead of {one:?}, after\n{near}");
            }
        }
    }
}

/// The world of a journal, at rest.
fn rested(journal: &Journal) -> Option<Cluster> {
    // An import is a controller's first look at everything: here it gets its last one.
    let looks = world::SETS.map(|set| world::note(set, "look"));
    let settled = [Input::Settle { quiet_us: 2_000_000 }];
    let inputs = journal.0.iter().chain(&settled).chain(&looks).cloned().collect();
    let mut cluster = replay(&ClusterConfig::default(), &[Entry { words: Vec::new(), inputs, digest: String::new() }]);
    cluster.run_until(cluster.now + Duration::from_secs(400));
    settle(&mut cluster);
    let mut later = cluster.clone();
    settle(&mut later);
    // A volume that was provisioned for a claim that went meanwhile is noticed by a volume controller that starts.
    let store = &cluster.api.store;
    let forgotten = store.all(Kind::PersistentVolume).filter_map(|volume| volume.volume()?.claim.as_ref());
    let mut forgotten =
        forgotten.filter(|claim| store.get(Kind::PersistentVolumeClaim, &claim.namespace, &claim.name).is_none());
    // That a Pod would never finish terminating does not show before its grace period is over.
    let going = store.all(Kind::Pod).any(|pod| pod.meta.terminating());
    let at_rest = !going && rests(&cluster) && later.api.store.revision() == store.revision();
    (at_rest && forgotten.next().is_none()).then(|| cluster.clone())
}

#[test]
fn what_is_exported_is_imported() {
    let mut runner = TestRunner::new(super::config(60));
    let checked = std::cell::Cell::new(0);
    let outcome = runner.run(&world::journal(14), |journal| {
        if let Some(cluster) = rested(&journal) {
            checked.set(checked.get() + 1);
            check(&cluster);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(checked.get() > 20, "too few worlds come to rest: {}", checked.get());
}

/// What an export may lack without a healthy Pod being touched for it.
const LACKING: [&str; 9] = [
    "persistentvolumeclaims",
    "persistentvolumes",
    "services",
    "nodes",
    "storageclasses",
    "controllerrevisions",
    "endpointslices",
    "namespaces",
    "statefulsets",
];

#[test]
fn whatever_is_missing_healthy_pods_stay() {
    let mut runner = TestRunner::new(super::config(60));
    let kinds = prop::collection::vec(any::<bool>(), LACKING.len());
    let outcome = runner.run(&(world::journal(8), kinds), |(journal, present)| {
        let Some(cluster) = rested(&journal) else { return Ok(()) };
        let healthy = |cluster: &Cluster| -> Vec<(String, Uid)> {
            let pods = cluster.api.store.all(Kind::Pod).filter(|pod| pod.pod().is_some_and(|p| p.status.is_ready()));
            pods.map(|pod| (pod.meta.name.to_string(), pod.meta.uid)).collect()
        };
        let listed = LACKING.iter().zip(&present).filter(|(_, present)| **present).map(|(kind, _)| *kind);
        let kinds: Vec<&str> = listed.chain(["pods"]).collect();
        let shown = get(&cluster, &kinds.join(","));
        if shown.contains("items: []") {
            return Ok(());
        }
        let mut other = Cluster::new(&ClusterConfig::default());
        other.import(&import(&shown).state, 0);
        settle(&mut other);
        other.run_until(other.now + Duration::from_secs(120));
        let (before, after) = (healthy(&cluster), healthy(&other));
        for pod in before {
            assert!(after.contains(&pod), "{pod:?} is gone or not Ready; the export had {kinds:?}");
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
