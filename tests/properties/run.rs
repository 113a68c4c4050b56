//! Runs a journal task by task, and looks after each task and each input whether everything is as it must be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sts_lab::cluster::{Cluster, ClusterConfig};
use sts_lab::lab::{self, Entry, Input};
use sts_lab::resource::kind::ALL;
use sts_lab::resource::meta::{Text, Uid};
use sts_lab::resource::stored;
use sts_lab::resource::{Kind, Object};
use sts_lab::store::{Actor, Key};

use super::steps::{self, PodView};
use super::{recount, world};

/// More tasks than any settle of a small world can need.
const MANY: usize = 30_000;

/// What is remembered of an object between two looks.
struct Seen {
    version: u64,
    generation: i64,
    spec: Option<serde_json::Value>,
    going: bool,
}

/// What a checkpoint makes of a cluster.
fn read_again(cluster: &mut Cluster) -> Cluster {
    cluster.api.tidy();
    let bytes = stored::to_bytes(cluster).expect("a cluster can be stored");
    stored::from_bytes(&bytes).expect("what was stored can be read")
}

/// A world under observation.
pub struct Run {
    /// The cluster.
    pub cluster: Cluster,
    entries: Vec<Entry>,
    seen: BTreeMap<Uid, Seen>,
    pods: BTreeMap<Text, PodView>,
    /// Sets that ever had a policy other than Retain and Retain.
    deleting: BTreeSet<Text>,
    changes: u32,
}

impl Run {
    /// An empty world.
    pub fn new() -> Run {
        let cluster = Cluster::new(&ClusterConfig::default());
        let mut run = Run {
            cluster,
            entries: Vec::new(),
            seen: BTreeMap::new(),
            pods: BTreeMap::new(),
            deleting: BTreeSet::new(),
            changes: 0,
        };
        run.look(false);
        run
    }

    /// A world in which a journal happened.
    pub fn of(journal: &[Input]) -> Run {
        let mut run = Run::new();
        for input in journal {
            run.input(input);
        }
        run
    }

    /// Does one thing, looking after every task.
    pub fn input(&mut self, input: &Input) {
        let index = self.entries.len() as u32;
        match input {
            Input::Request(request) => {
                let before = self.cluster.api.store.revision();
                let answer = self.cluster.request(request, index);
                if answer.is_err() {
                    assert_eq!(self.cluster.api.store.revision(), before, "a refused request wrote: {request:?}");
                }
                self.look(false);
            }
            Input::Fault(fault) => {
                self.cluster.fault(fault, index);
                self.look(false);
            }
            Input::Settle { quiet_us } => {
                let mut other = self.cluster.clone();
                other.settle(Duration::from_micros(*quiet_us));
                self.follow(&other);
                let change = self.cluster.api.store.history.changes().next_back().map(|change| change.time);
                let rested = change.is_none_or(|time| self.cluster.now.since(time) >= Duration::from_micros(*quiet_us));
                if rested {
                    steps::check_rest(&self.cluster);
                    recount::check(&self.cluster);
                }
            }
            Input::Run { us } => {
                let mut other = self.cluster.clone();
                other.run_until(self.cluster.now + Duration::from_micros(*us));
                self.follow(&other);
            }
            Input::Step { times } => {
                for _ in 0..*times {
                    self.step();
                }
            }
            Input::Write { disk, change } => self.cluster.disks.write(disk, change, self.cluster.now),
            Input::Wait { .. } | Input::Import(_) => {}
        }
        let entry = Entry { words: Vec::new(), inputs: vec![input.clone()], digest: lab::digest(&self.cluster) };
        self.entries.push(entry);
        check_indexes(&self.cluster);
        check_round_trips(&self.cluster);
        // What was stored and read goes on as if nothing had happened: the replay at the end stores nothing.
        self.cluster = read_again(&mut self.cluster);
    }

    /// Runs to where a clone of this world went in one go; the same must happen.
    fn follow(&mut self, other: &Cluster) {
        let mut tasks = 0;
        while self.cluster.next_due().is_some_and(|due| due <= other.now) && self.cluster_is_behind(other) {
            self.step();
            tasks += 1;
            assert!(tasks < MANY, "no end of tasks: {:?}", self.cluster.pending().first());
        }
        self.cluster.run_until(other.now);
        assert_eq!(lab::digest(&self.cluster), lab::digest(other), "a clone went another way");
    }

    fn cluster_is_behind(&self, other: &Cluster) -> bool {
        self.cluster.api.store.history.len() < other.api.store.history.len() || self.cluster.now < other.now
    }

    fn step(&mut self) {
        self.cluster.step();
        self.look(true);
    }

    /// Looks at everything that was written since the last look.
    fn look(&mut self, task: bool) {
        let store = &self.cluster.api.store;
        let mut touched: BTreeSet<Key> = BTreeSet::new();
        for change in store.history.since(self.changes) {
            if change.kind != Kind::Event {
                let (namespace, name) = (change.namespace.clone(), change.name.clone());
                touched.insert(Key { kind: change.kind, namespace, name });
            }
            if task {
                steps::check_change(&self.cluster, &change, &self.pods, &self.deleting);
            }
        }
        self.changes = store.history.len() as u32;
        for key in touched {
            let Some(object) = store.get(key.kind, &key.namespace, &key.name) else {
                if key.kind == Kind::Pod {
                    self.pods.remove(&key.name);
                }
                continue;
            };
            note(&mut self.seen, object, store.revision());
            match key.kind {
                Kind::Pod => {
                    self.pods.extend(PodView::of(object).map(|view| (key.name.clone(), view)));
                }
                Kind::StatefulSet => {
                    steps::check_set(object);
                    let retain = "Retain";
                    let policy = &object.to_json()["spec"]["persistentVolumeClaimRetentionPolicy"];
                    if policy["whenDeleted"] != retain || policy["whenScaled"] != retain {
                        self.deleting.insert(key.name.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// The journal, replayed, is this world again.
    pub fn check_replay(&self) {
        let again = lab::replay(&ClusterConfig::default(), &self.entries);
        assert_eq!(lab::digest(&again), lab::digest(&self.cluster), "the replay went another way");
        for info in ALL {
            let all = |cluster: &Cluster| cluster.api.store.all(info.kind).map(|o| o.to_json()).collect::<Vec<_>>();
            assert_eq!(all(&again), all(&self.cluster));
        }
    }

    /// Heals everything, lets an hour pass, and looks whether every set became what its spec says.
    pub fn check_healing(&mut self) {
        let pods: Vec<String> = self.cluster.api.store.all(Kind::Pod).map(|pod| pod.meta.name.to_string()).collect();
        for input in world::healing(pods.into_iter()) {
            self.input(&input);
        }
        self.input(&Input::Run { us: 3_600_000_000 });
        self.input(&Input::Settle { quiet_us: 20_000_000 });
        steps::check_rest(&self.cluster);
        recount::check(&self.cluster);
        for name in world::SETS {
            if !self.deleting.contains(name) {
                steps::check_reached(&self.cluster, name);
            }
            self.touch(name);
            steps::check_reached(&self.cluster, name);
        }
    }

    /// Makes the controller look at a set twice more. The first time it may find that a claim it waited for is gone, which
    /// nothing tells it (rules S24, S60); the second time there is nothing left to do.
    fn touch(&mut self, name: &str) {
        for round in ["first", "second"] {
            let before = self.cluster.api.store.history.len() as u32;
            self.input(&world::note(name, round));
            self.input(&Input::Run { us: 60_000_000 });
            self.input(&Input::Settle { quiet_us: 2_000_000 });
            if round == "second" {
                let writes = self.cluster.api.store.history.since(before).filter(|change| change.actor != Actor::User);
                let writes: Vec<String> =
                    writes.map(|c| format!("{:?} {} {:?}", c.kind, c.name, c.milestones)).collect();
                assert!(
                    writes.is_empty() || steps::is_held_up(&self.cluster, name),
                    "{name} is not at rest: {writes:?}"
                );
            }
        }
    }
}

/// Versions grow; generations grow with the spec, and when an object is asked to go (rule S4).
fn note(seen: &mut BTreeMap<Uid, Seen>, object: &Object, revision: u64) {
    let meta = &object.meta;
    assert!(meta.resource_version <= revision);
    let spec = object.stateful_set().map(|set| set.spec.json.clone());
    let new = Seen { version: meta.resource_version, generation: meta.generation, spec, going: meta.terminating() };
    if let Some(old) = seen.get(&meta.uid) {
        assert!(old.version < new.version, "{} went from version {} to {}", meta.name, old.version, new.version);
        assert!(old.generation <= new.generation && old.going <= new.going, "{} went back", meta.name);
        if object.stateful_set().is_some() {
            let changed = old.spec != new.spec || old.going != new.going;
            assert_eq!(changed, old.generation < new.generation, "generation of {}", meta.name);
        }
    }
    seen.insert(meta.uid, new);
}

/// What the store looks up is what is there.
fn check_indexes(cluster: &Cluster) {
    let store = &cluster.api.store;
    let mut dependents: BTreeMap<Uid, BTreeSet<Key>> = BTreeMap::new();
    let mut versions = BTreeSet::new();
    for info in ALL.iter().filter(|info| info.kind != Kind::Event) {
        for object in store.all(info.kind) {
            assert_eq!(store.by_uid(object.meta.uid).map(|o| Key::of(o)), Some(Key::of(object)));
            assert!(versions.insert(object.meta.resource_version), "two objects of one version");
            for owner in &object.meta.owners {
                dependents.entry(owner.uid).or_default().insert(Key::of(object));
            }
        }
        assert_eq!(store.count(info.kind), store.all(info.kind).count());
    }
    for (owner, keys) in &dependents {
        assert_eq!(store.dependents(*owner), keys.iter().cloned().collect::<Vec<_>>());
    }
    for info in ALL {
        for object in store.all(info.kind) {
            assert_eq!(store.has_dependents(object.meta.uid), dependents.contains_key(&object.meta.uid));
        }
    }
}

/// Every object says in JSON all that it knows, and no more.
fn check_round_trips(cluster: &Cluster) {
    for info in ALL {
        for object in cluster.api.store.all(info.kind) {
            let value = object.to_json();
            assert_eq!(Object::from_json(info.kind, &value).to_json(), value);
        }
    }
}
