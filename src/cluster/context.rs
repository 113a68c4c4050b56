//! What a controller can reach while it works: the API server, the queue, the clock, the event recorder.

use std::time::Duration;

use super::faults::Faults;
use super::queue::{Item, Queue, Task, Worker};
use super::recorder::{Occurrence, Recorder};
use super::volume::index::Indexes;
use crate::apiserver::{ApiServer, Status};
use crate::resource::meta::Text;
use crate::resource::model::{EventSource, ObjectReference};
use crate::resource::object::Body;
use crate::resource::{Object, Time};
use crate::store::{Actor, Cause, Write};

/// The surroundings of one step.
#[derive(Debug)]
pub struct Context<'a> {
    /// The API server, through which everything is written.
    pub api: &'a mut ApiServer,
    /// What is due later.
    pub queue: &'a mut Queue,
    /// The event recorders.
    pub recorder: &'a mut Recorder,
    /// What is looked up by other things than a name.
    pub indexes: &'a Indexes,
    /// What is broken.
    pub faults: &'a Faults,
    /// The virtual time.
    pub now: Time,
    /// What this step is a consequence of.
    pub cause: Cause,
}

impl Context<'_> {
    /// The circumstances of a write by `actor` in this step.
    #[must_use]
    pub fn write(&self, actor: Actor) -> Write {
        Write { now: self.now, actor, cause: self.cause }
    }

    /// Writes an object's status over whatever version there is, as a controller does with what it has just counted.
    pub fn update_status(&mut self, actor: Actor, object: &Object, set: impl FnOnce(&mut Body)) -> Result<(), Status> {
        let mut new = object.clone();
        new.meta.resource_version = 0;
        set(&mut new.body);
        let write = self.write(actor);
        self.api.update_status(new, write).map(|_| ())
    }

    /// Queues work for `worker`, due after `delay`, as a consequence of this step's cause.
    pub fn enqueue(&mut self, worker: Worker, item: Item, delay: Duration) {
        self.queue.add(Task { worker, item }, self.now + delay, self.cause);
    }

    /// Records a Normal or Warning Event of a component about an object.
    pub fn event(
        &mut self,
        actor: Actor,
        about: &Object,
        warning: bool,
        reason: impl Into<Text>,
        message: impl Into<Text>,
    ) {
        let source = EventSource::Core { component: actor.text(), host: None };
        let about = ObjectReference::new(about.kind(), &about.meta);
        let message = message.into();
        self.occurrence(actor, Occurrence { about, warning, reason: reason.into(), message, source });
    }

    /// Records an occurrence; a repeat of it is counted, whoever says it.
    pub fn repeated(&mut self, actor: Actor, occurrence: Occurrence) {
        let write = self.write(actor);
        self.recorder.record_repeats(self.api, occurrence, write);
    }

    /// Records any occurrence.
    pub fn occurrence(&mut self, actor: Actor, occurrence: Occurrence) {
        let write = self.write(actor);
        self.recorder.record(self.api, occurrence, write);
    }
}
