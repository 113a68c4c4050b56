//! What containers' own commands have left on their disks. A command is run only when somebody asks for the files or the
//! log, in the lab's own shell, on its own clock: from the moment it started to its end, or to now. Between the runs and
//! what persons wrote in the meantime the order of time is kept. A command that the shell does not understand has left what
//! it wrote before that.
//!
//! Nothing is kept of it: asked again, it is worked out again, with the same result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::env::substitute;
use super::inside::{Around, Inside};
use super::replay::{Play, Played};
use crate::cluster::disk::past::{self, Run};
use crate::cluster::disk::{Disk, DiskId, Disks, Wrote};
use crate::resource::model::{Pod, Script};
use crate::resource::{Kind, Object, Time};

/// How often runs that write on one disk at the same time are brought in line with each other.
const ROUNDS: usize = 4;

/// A command of a run, and what it has written.
struct Life {
    inside: Inside,
    words: Vec<String>,
    /// Its end, or now.
    until: Time,
    /// Whether it came to its end.
    complete: bool,
    init: bool,
    wrote: Vec<Wrote>,
    /// Whether it was run, and nothing has changed since of what it saw.
    settled: bool,
}

/// Lives that share disks, in the order in which they began.
pub(super) struct Lives<'c> {
    around: Around<'c>,
    disks: BTreeSet<DiskId>,
    all: Vec<Life>,
}

/// The disks as they are now, if commands of containers have written on those that a container mounts, or may have.
#[must_use]
pub fn lived(around: Around<'_>, inside: &Inside) -> Option<Disks> {
    if around.again {
        return None;
    }
    let mut lives = Lives::of(around, inside, false);
    if lives.all.is_empty() {
        return None;
    }
    lives.settle();
    Some(lives.disks())
}

/// The words that a container is started with; none if its image alone knows them.
pub(super) fn words(spec: &Value, env: &[(String, String)]) -> Vec<String> {
    let known: BTreeMap<String, String> = env.iter().cloned().collect();
    let texts = |key: &str| {
        let list = spec[key].as_array().into_iter().flatten().filter_map(|word| word.as_str());
        list.map(|word| substitute(word, &known)).collect::<Vec<String>>()
    };
    let (command, args) = (texts("command"), texts("args"));
    // Whatever program an image begins with, one that is given a shell as its first word runs that.
    let shell = |args: &[String]| args.first().is_some_and(|word| Script::is_shell(word));
    if command.is_empty() && !shell(&args) { Vec::new() } else { [command, args].concat() }
}

fn hook(spec: &Value) -> Vec<String> {
    let words = spec["lifecycle"]["postStart"]["exec"]["command"].as_array().into_iter().flatten();
    words.filter_map(|word| word.as_str().map(str::to_string)).collect()
}

impl<'c> Lives<'c> {
    /// All that may have written on the disks of a container; if `wanted`, its own run in any case.
    fn of(around: Around<'c>, inside: &Inside, wanted: bool) -> Lives<'c> {
        let store = around.store;
        let own = store.by_uid(inside.pod.meta.uid).unwrap_or(&inside.pod);
        let mut disks: BTreeSet<DiskId> = lasting(own, &past::claims(own, store)).into_iter().collect();
        let mut runs: Vec<Run> = past::told(own);
        runs.extend(around.disks.past().iter().filter(|run| run.pod.meta.uid == own.meta.uid).cloned());
        if !disks.is_empty() {
            let others = store.unsorted(Kind::Pod, &own.meta.namespace);
            let others = others.filter(|pod| pod.meta.uid != own.meta.uid && writes(pod));
            let others = others.map(|pod| (lasting(pod, &past::claims(pod, store)), past::told(pod)));
            let past = around.disks.past().iter().filter(|run| run.pod.meta.uid != own.meta.uid);
            let past = past.map(|run| (lasting(&run.pod, &run.claims), vec![run.clone()]));
            let mut candidates: Vec<(Vec<DiskId>, Vec<Run>)> = others.chain(past).collect();
            // Who shares a disk with one who shares a disk …
            loop {
                let (near, far): (Vec<_>, Vec<_>) =
                    candidates.into_iter().partition(|(ids, _)| ids.iter().any(|id| disks.contains(id)));
                if near.is_empty() {
                    break;
                }
                for (ids, told) in near {
                    disks.extend(ids);
                    runs.extend(told);
                }
                candidates = far;
            }
        }
        runs.sort_by_key(|run| (run.started, !run.init));
        let mut lives = Lives { around, disks, all: Vec::new() };
        for run in &runs {
            lives.add(run, wanted && inside.is_in(run));
        }
        lives
    }

    /// Adds what a run was told to do, if that may write.
    fn add(&mut self, run: &Run, wanted: bool) {
        if !writes(&run.pod) && !wanted {
            return;
        }
        // It begins with what there was when it began.
        let around = Around { now: run.started, again: true, ..self.around };
        let claims = (!run.claims.is_empty()).then(|| run.claims.clone());
        let Some(inside) = Inside::of_run(around, run, claims) else { return };
        let until = run.ended.unwrap_or(self.around.now);
        let Run { complete, init, .. } = *run;
        let own = words(&inside.spec, &inside.env);
        for (words, wanted) in [(own, wanted), (hook(&inside.spec), false)] {
            let may_write = Script::may_write(words.first().map_or("", String::as_str));
            if words.is_empty() || !may_write && !wanted {
                continue;
            }
            let inside = inside.clone();
            self.all.push(Life { inside, words, until, complete, init, wrote: Vec::new(), settled: false });
        }
        self.disks.insert(inside.root.clone());
        self.disks.extend(inside.mounts.iter().filter_map(|mount| mount.disk().cloned()));
    }

    /// Runs all of them until what each saw of the others is what they did.
    fn settle(&mut self) {
        for _ in 0..ROUNDS {
            if self.all.iter().all(|life| life.settled) {
                return;
            }
            for index in 0..self.all.len() {
                if !self.all[index].settled {
                    self.play(index);
                }
            }
        }
    }

    fn play(&mut self, index: usize) {
        let wrote = self.run(index).wrote;
        let before = std::mem::replace(&mut self.all[index].wrote, wrote);
        self.all[index].settled = true;
        let after = &self.all[index].wrote;
        let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
        // What differs from now on others have not seen yet.
        let first = before.get(same).into_iter().chain(after.get(same)).map(|wrote| wrote.at).min();
        if let Some(first) = first {
            for (other, life) in self.all.iter_mut().enumerate().filter(|(other, _)| *other != index) {
                let sees = if index < other { first <= life.until } else { first < life.until };
                life.settled &= !sees;
            }
        }
    }

    fn run(&self, index: usize) -> Played {
        let life = &self.all[index];
        let seen = self.written(Some(index)).filter(|(_, wrote)| wrote.at <= life.until);
        let mut seen: Vec<(usize, &Wrote)> = seen.collect();
        seen.sort_by_key(|(order, wrote)| (wrote.at, *order));
        let Life { inside, words, until, complete, init, .. } = life;
        let play = Play { inside, words, until: *until, complete: *complete, init: *init, order: index, seen: &seen };
        play.run(self.around)
    }

    /// What was written on the disks, each with its place among those of one moment: persons come last.
    fn written(&self, but: Option<usize>) -> impl Iterator<Item = (usize, &Wrote)> {
        let persons = self.around.disks.wrote().iter().filter(|wrote| self.disks.contains(&wrote.disk));
        let lives = self.all.iter().enumerate().filter(move |(index, _)| Some(*index) != but);
        let lives = lives.flat_map(|(index, life)| life.wrote.iter().map(move |wrote| (index, wrote)));
        lives.chain(persons.map(|wrote| (usize::MAX, wrote)))
    }

    /// The disks with all that was written.
    fn disks(&self) -> Disks {
        let mut written: Vec<(usize, &Wrote)> = self.written(None).collect();
        written.sort_by_key(|(order, wrote)| (wrote.at, *order));
        let mut disks: BTreeMap<DiskId, Disk> = BTreeMap::new();
        for (_, Wrote { disk, change, at }) in written {
            disks.entry(disk.clone()).or_default().apply(change, *at);
        }
        self.around.disks.with(disks)
    }
}

/// What a run of a container has printed, in full.
pub(super) fn printed(around: Around<'_>, inside: &Inside) -> Option<Played> {
    let mut lives = Lives::of(around, inside, true);
    lives.settle();
    let own = |life: &Life| {
        let own = (&life.inside.name, life.inside.started, life.inside.pod.meta.uid);
        own == (&inside.name, inside.started, inside.pod.meta.uid)
    };
    let index = lives.all.iter().position(own)?;
    Some(lives.run(index))
}

/// Whether commands of a Pod may write.
fn writes(pod: &Object) -> bool {
    pod.pod().is_some_and(|pod| pod.template.writes)
}

/// The disks of a Pod that others may share.
fn lasting(object: &Arc<Object>, claims: &BTreeMap<String, DiskId>) -> Vec<DiskId> {
    let Some(pod) = object.pod() else { return Vec::new() };
    let volumes = pod.template.spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    claims.values().cloned().chain(volumes.filter_map(|volume| inline(pod, volume))).collect()
}

/// The disk of a volume that is neither the Pod's own nor a claim's.
pub(super) fn inline(pod: &Pod, volume: &Value) -> Option<DiskId> {
    if let Some(path) = volume["hostPath"]["path"].as_str() {
        return Some(DiskId::host_path(pod.node.as_deref().unwrap_or_default(), path));
    }
    let (server, path) = (volume["nfs"]["server"].as_str()?, volume["nfs"]["path"].as_str()?);
    Some(DiskId::host_path(server, path))
}
