//! One command at work on a lab: it reaches the cluster through this, and what it does is noted for the journal.

use std::time::Duration;

use super::entry::Input;
use super::inside;
use crate::apiserver::api::{Container, ExecError, Log, LogOptions, Streams, Waited};
use crate::apiserver::{Api, Request, Response, Status};
use crate::cluster::disk::{Change, DiskId};
use crate::cluster::{Cluster, Fault, State};
use crate::resource::Time;

/// How long kubectl takes from its start to its first write.
const START_UP: Duration = Duration::from_millis(20);

/// A command at work.
#[derive(Debug)]
pub struct Session<'a> {
    cluster: &'a mut Cluster,
    input: u32,
    words: Vec<String>,
    inputs: Vec<Input>,
}

impl<'a> Session<'a> {
    /// A command that is the input of this number; [`super::Lab::session`] makes one whose inputs can be kept.
    pub fn new(cluster: &'a mut Cluster, input: u32, words: Vec<String>) -> Session<'a> {
        Session { cluster, input, words, inputs: Vec::new() }
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.cluster
    }

    /// What was typed and what it did, for [`super::Lab::commit`].
    #[must_use]
    pub fn finish(self) -> (Vec<String>, Vec<Input>) {
        (self.words, self.inputs)
    }

    /// Puts the state of another cluster in the place of this one.
    pub fn import(&mut self, state: State) {
        self.cluster.import(&state, self.input);
        self.inputs.push(Input::Import(Box::new(state)));
    }

    /// Breaks or heals something.
    pub fn fault(&mut self, fault: Fault) {
        self.cluster.fault(&fault, self.input);
        self.inputs.push(Input::Fault(fault));
    }

    /// Lets time run until nothing was written for `quiet`.
    pub fn settle(&mut self, quiet: Duration) {
        self.cluster.settle(quiet);
        self.inputs.push(Input::Settle { quiet_us: quiet.as_micros() as u64 });
    }

    /// Lets the time pass that a client takes to start before its first write reaches the server: whatever is due
    /// within it has happened by then, as on a real cluster between two commands.
    pub fn start_up(&mut self) {
        if self.cluster.next_due().is_some_and(|due| due <= self.cluster.now + START_UP) {
            self.run_for(START_UP);
        }
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.cluster.now + time;
        self.cluster.run_until(until);
        self.inputs.push(Input::Run { us: time.as_micros() as u64 });
    }

    /// Writes on a disk, as a command in a container does.
    pub fn write(&mut self, disk: DiskId, change: Change) {
        self.cluster.disks.write(&disk, &change, self.cluster.now);
        self.inputs.push(Input::Write { disk, change });
    }

    /// Runs the next task of the queue. `false` if there is none.
    pub fn step(&mut self) -> bool {
        let ran = self.cluster.step();
        if ran {
            match self.inputs.last_mut() {
                Some(Input::Step { times }) => *times += 1,
                _ => self.inputs.push(Input::Step { times: 1 }),
            }
        }
        ran
    }
}

impl Api for Session<'_> {
    fn send(&mut self, request: Request) -> Result<Response, Status> {
        let answer = self.cluster.request(&request, self.input);
        if request.writes() {
            self.inputs.push(Input::Request(Box::new(request)));
        }
        answer
    }

    fn now(&self) -> Time {
        self.cluster.now
    }

    fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited {
        let waited = self.cluster.wait_for_change(deadline);
        match self.inputs.last_mut() {
            Some(Input::Wait { until, times }) if *until == deadline => *times += 1,
            _ => self.inputs.push(Input::Wait { until: deadline, times: 1 }),
        }
        waited
    }

    fn exec(&mut self, of: Container<'_>, command: &[String], streams: &mut Streams<'_>) -> Result<i32, ExecError> {
        inside::exec(self, of, command, streams)
    }

    fn log(&mut self, of: Container<'_>, options: LogOptions) -> Result<Log, Status> {
        inside::log(self, of, options)
    }
}
