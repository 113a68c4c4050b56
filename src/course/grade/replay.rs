//! Carrying out a submission again. The words are what counts: kubectl is run with them, and what a journal says that it
//! did is only compared. Where the words name a file, the requests of the journal stand for it, as far as such words can
//! have sent them ([`super::files`]).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::Ground;
use super::budget::{self, Budget, Guarded};
use super::files::{Shipped, can_send};
use super::one::Remark;
use super::typed::{Typed, line_of, names};
use crate::cluster::Cluster;
use crate::kubectl::{self, Io};
use crate::lab::{Entry, Input, Session};
use crate::store::ChangeId;

/// kubectl takes at most so long to start ([`Session::start_up`]).
const START_UP_US: u64 = 20_000;

/// A submission, carried out.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    /// The cluster in the end.
    pub cluster: Cluster,
    /// The first change that the student's work made.
    pub since: ChangeId,
    /// What was typed, as far as it counts.
    pub typed: Vec<String>,
    /// What was done, as far as it counts, with the lab's beginning.
    pub entries: Vec<Entry>,
    /// What is to be said of it.
    pub remarks: Vec<Remark>,
    /// The whole minutes that passed.
    pub minutes: u64,
}

/// Carries out what a student did.
pub(super) fn replay(ground: &Ground, entries: &[Entry]) -> Replay {
    let mut cluster = ground.cluster.clone();
    let (start, since) = (cluster.now, cluster.api.store.history.len() as ChangeId);
    let mut budget = Budget::new(&cluster);
    let mut replay = Replay {
        since,
        typed: Vec::new(),
        entries: ground.entries.clone(),
        remarks: Vec::new(),
        minutes: 0,
        cluster: cluster.clone(),
    };
    let limits = ground.exercise.limits;
    for (index, entry) in entries.iter().enumerate().skip(ground.entries.len()) {
        let number = index - ground.entries.len();
        if limits.commands.is_some_and(|most| number >= most) {
            let most = limits.commands.unwrap_or_default();
            let left = entries.len() - index;
            replay.remarks.push(Remark::Limit(format!("the limit is {most} commands: the last {left} do not count")));
            break;
        }
        if limits.minutes.is_some_and(|most| cluster.now.since(start).as_secs() > most * 60) {
            let most = limits.minutes.unwrap_or_default();
            let left = entries.len() - index;
            let what =
                format!("the limit is {most} minutes of the cluster's time: the last {left} commands do not count");
            replay.remarks.push(Remark::Limit(what));
            break;
        }
        let mut work =
            Work { cluster: &mut cluster, budget: &mut budget, files: &ground.files, index: index as u32, odd: None };
        let inputs = work.entry(entry);
        let odd = work.odd.take();
        let line = line_of(&entry.words);
        if let Some(why) = work.other_file(entry, &inputs) {
            replay.remarks.push(Remark::Note(format!("Command {}, `{line}`: {why}.", number + 1)));
        }
        if let Some(why) = odd {
            replay.remarks.push(Remark::Unexplained { command: number + 1, line: line.clone(), why });
        }
        replay.typed.push(line);
        replay.entries.push(Entry { words: entry.words.clone(), inputs, digest: String::new() });
        if !budget.holds(&cluster) {
            let why = budget.exceeded.clone().unwrap_or_default();
            replay.remarks.push(Remark::TooMuch { command: number + 1, why });
            break;
        }
    }
    replay.minutes = cluster.now.since(start).as_secs() / 60;
    replay.cluster = cluster;
    replay
}

/// One command, carried out.
struct Work<'w> {
    cluster: &'w mut Cluster,
    budget: &'w mut Budget,
    /// What the exercise ships.
    files: &'w Shipped,
    index: u32,
    /// What the words do not explain.
    odd: Option<String>,
}

impl Work<'_> {
    /// Does what an entry says; what was really done.
    fn entry(&mut self, entry: &Entry) -> Vec<Input> {
        match Typed::of(&entry.words) {
            Typed::Kubectl(args) => self.kubectl(entry, &args),
            Typed::WithFile(args, verb) => self.some(&entry.inputs, |input| match input {
                Input::Request(request) => can_send(&verb, &args, request),
                Input::Write { .. } => matches!(verb.as_str(), "exec" | "run"),
                input => is_time(input) || matches!(input, Input::Wait { .. }),
            }),
            Typed::Time => self.some(&entry.inputs, |input| is_time(input) || matches!(input, Input::Step { .. })),
            Typed::Fault => self.some(&entry.inputs, |input| match input {
                Input::Fault(fault) => names(&entry.words, fault),
                input => is_time(input),
            }),
            Typed::Other => self.some(&entry.inputs, |_| false),
        }
    }

    /// What is to be said of the objects that a command with a file was about.
    fn other_file(&self, entry: &Entry, inputs: &[Input]) -> Option<String> {
        let Typed::WithFile(args, _) = Typed::of(&entry.words) else { return None };
        inputs.iter().find_map(|input| match input {
            Input::Request(request) => self.files.remark(&args, request),
            _ => None,
        })
    }

    /// Runs kubectl with the words; then the time passes that passed in the lab.
    fn kubectl(&mut self, entry: &Entry, args: &[String]) -> Vec<Input> {
        let mut inputs = &entry.inputs[..];
        let mut done = Vec::new();
        if let (true, [first @ Input::Run { us }, rest @ ..]) = (kubectl::verbs::writes(args), inputs) {
            if *us <= START_UP_US {
                self.input(first);
                done.push(first.clone());
                inputs = rest;
            }
        }
        let (mut stdin, mut stdout, mut stderr) = (std::io::empty(), std::io::sink(), std::io::sink());
        let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, PathBuf::from("/nonexistent"));
        io.env = BTreeMap::new();
        let session = Session::new(self.cluster, self.index, entry.words.clone());
        let mut guarded = Guarded { session, budget: self.budget };
        kubectl::run(args, &mut guarded, &mut io);
        let (_, mut produced) = guarded.session.finish();
        let rest = if let Some(rest) = inputs.strip_prefix(&produced[..]) {
            rest
        } else {
            self.odd = Some(differs(&produced, inputs));
            let time = inputs.iter().rev().take_while(|input| is_time(input)).count();
            &inputs[inputs.len() - time..]
        };
        done.append(&mut produced);
        if self.budget.holds(self.cluster) {
            done.extend(self.some(rest, is_time));
        }
        done
    }

    /// Does those inputs of a journal that may be.
    fn some(&mut self, inputs: &[Input], may: impl Fn(&Input) -> bool) -> Vec<Input> {
        let mut done = Vec::new();
        for input in inputs {
            if !may(input) {
                self.odd.get_or_insert_with(|| format!("the words do not explain {}", told(input)));
                continue;
            }
            self.input(input);
            done.push(input.clone());
            if !self.budget.holds(self.cluster) {
                break;
            }
        }
        done
    }

    fn input(&mut self, input: &Input) {
        match input {
            Input::Request(request) => budget::request(self.cluster, self.budget, request, self.index),
            Input::Fault(fault) => self.cluster.fault(fault, self.index),
            // Nobody is let import another cluster here.
            Input::Import(_) => {}
            Input::Settle { quiet_us } => self.cluster.settle(Duration::from_micros((*quiet_us).min(75_000_000))),
            Input::Run { us } => {
                let until = self.cluster.now + Duration::from_micros((*us).min(1 << 50));
                self.budget.run_until(self.cluster, until);
            }
            Input::Wait { until, times } => {
                let latest = self.budget.until + Duration::from_secs(1);
                for _ in 0..*times {
                    let before = self.cluster.now;
                    let revision = self.cluster.api.store.revision();
                    self.cluster.wait_for_change(until.map(|until| until.min(latest)));
                    let rests = self.cluster.now == before && self.cluster.api.store.revision() == revision;
                    if rests || !self.budget.holds(self.cluster) {
                        break;
                    }
                }
            }
            Input::Step { times } => self.budget.steps(self.cluster, *times),
            Input::Write { disk, change } => self.cluster.disks.write(disk, change, self.cluster.now),
        }
    }
}

fn is_time(input: &Input) -> bool {
    matches!(input, Input::Settle { .. } | Input::Run { .. })
}

/// How what a journal says differs from what the words do.
fn differs(produced: &[Input], written: &[Input]) -> String {
    let at = produced.iter().zip(written).take_while(|(own, theirs)| own == theirs).count();
    match (written.get(at), produced.get(at)) {
        (Some(theirs), _) if !is_time(theirs) => format!("the words do not explain {}", told(theirs)),
        (_, Some(own)) => format!("the words do {}, and the journal does not have it", told(own)),
        _ => "the journal has other things than the words do".into(),
    }
}

fn told(input: &Input) -> String {
    match input {
        Input::Request(request) => {
            let name = request.name.as_deref().or_else(|| request.body["metadata"]["name"].as_str()).unwrap_or("?");
            let verb = format!("{:?}", request.verb).to_lowercase();
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            format!("a request ({} of {} {name})", verb.split('(').next().unwrap_or_default(), request.kind)
        }
        Input::Fault(_) => "a fault".into(),
        Input::Import(_) => "a whole cluster that was put in the place of this one".into(),
        Input::Settle { .. } | Input::Run { .. } | Input::Wait { .. } | Input::Step { .. } => "time that passed".into(),
        Input::Write { .. } => "something written on a disk".into(),
    }
}
