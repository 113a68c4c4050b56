//! How components record Events (rule S100): similar ones are combined, identical ones counted, floods dropped.
//!
//! Upstream: client-go `tools/record/events_cache.go` (`EventCorrelator`), and for the scheduler
//! `tools/events/event_broadcaster.go`, where repeats form a series.

mod cache;

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use serde::{Deserialize, Serialize};

use cache::Cache;

use crate::apiserver::ApiServer;
use crate::resource::Time;
use crate::resource::meta::{Id, Text, Uid, joined};
use crate::resource::model::{Event, EventSource, ObjectReference};
use crate::store::Write;

/// Distinct messages of one kind before they are combined.
const SIMILAR: usize = 10;
/// How long similar events stay similar.
const SIMILAR_FOR: Duration = Duration::from_secs(600);
/// Events of one source about one object before the flood gate closes, and the time for which one more is let through.
const BURST: f64 = 25.0;
const REFILL: Duration = Duration::from_secs(300);

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// About what.
    pub about: ObjectReference,
    /// Whether it is a warning.
    pub warning: bool,
    /// The reason.
    pub reason: Text,
    /// The message.
    pub message: Text,
    /// Who says so.
    pub source: EventSource,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Similar {
    /// The hashes of the messages.
    messages: Vec<u64>,
    last: Time,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Identical {
    /// The Event, once there is one.
    id: Option<Id>,
    first: Time,
    count: u32,
}

/// Under what an occurrence is known.
struct Known {
    /// What tells repeats of it.
    key: u64,
    /// Whether it is one of many similar ones that are told together.
    combined: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Gate {
    tokens: f64,
    at: Time,
}

/// The recorders of all components; their memories are kept apart by the component's name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Recorder {
    similar: Cache<Similar>,
    identical: Cache<Identical>,
    gates: Cache<Gate>,
    #[serde(skip)]
    shared: Shared,
    names: u64,
}

/// What many Events have in common, kept once.
#[derive(Clone, Debug, Default)]
struct Shared {
    about: Option<Arc<ObjectReference>>,
    sources: FxHashMap<EventSource, Arc<EventSource>>,
    texts: FxHashSet<Text>,
    last: Text,
}

impl Shared {
    /// A component mostly says several things in a row about one object.
    fn about(&mut self, about: ObjectReference) -> Arc<ObjectReference> {
        match &self.about {
            Some(last) if **last == about => Arc::clone(last),
            _ => Arc::clone(self.about.insert(Arc::new(about))),
        }
    }

    fn source(&mut self, source: EventSource) -> Arc<EventSource> {
        let known = self.sources.get(&source).cloned();
        known.unwrap_or_else(|| {
            let shared = Arc::new(source.clone());
            self.sources.insert(source, Arc::clone(&shared));
            shared
        })
    }

    /// Reasons and the short messages that name no object; of longer ones only what is said several times in a row.
    fn text(&mut self, text: Text) -> Text {
        if text.len() > 24 {
            if self.last != text {
                self.last = text;
            }
            return self.last.clone();
        }
        if let Some(known) = self.texts.get(&text) {
            return known.clone();
        }
        self.texts.insert(text.clone());
        text
    }
}

fn hash(parts: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    parts.hash(&mut hasher);
    hasher.finish()
}

impl Recorder {
    /// Records what happened, as an Event of its own or as a repeat of one.
    pub fn record(&mut self, api: &mut ApiServer, occurrence: Occurrence, write: Write) {
        match &occurrence.source {
            // The recordings' kubelets correlate nothing: each Event is one of its own.
            EventSource::Core { host: Some(_), .. } => self.create(api, occurrence, write),
            _ => self.record_repeats(api, occurrence, write),
        }
    }

    /// The same, with repeats counted whoever says it, as real kubelets do.
    pub fn record_repeats(&mut self, api: &mut ApiServer, mut occurrence: Occurrence, write: Write) {
        let core = matches!(occurrence.source, EventSource::Core { .. });
        let Known { key, combined } = if core { self.combine(&occurrence, write.now) } else { series(&occurrence) };
        let known = self.identical.entry(key, || Identical { id: None, first: write.now, count: 0 });
        known.count += 1;
        let (count, first, id) = (known.count, known.first, known.id);
        if core && self.floods(&occurrence, write.now) {
            return;
        }
        if combined {
            occurrence.message = joined(["(combined from similar events): ", &occurrence.message]);
        }
        let event = Event { first, count, ..self.event(occurrence, write.now) };
        if id.is_some_and(|id| api.repeat(id, event.clone(), write)) {
            return;
        }
        // One that was deleted meanwhile is made anew.
        let id = self.store(api, event, write);
        if let Some(known) = self.identical.get_mut(key) {
            known.id = id;
        }
    }

    fn create(&mut self, api: &mut ApiServer, occurrence: Occurrence, write: Write) {
        let event = self.event(occurrence, write.now);
        self.store(api, event, write);
    }

    fn event(&mut self, what: Occurrence, now: Time) -> Event {
        Event {
            about: self.shared.about(what.about),
            warning: what.warning,
            reason: self.shared.text(what.reason),
            message: self.shared.text(what.message),
            source: self.shared.source(what.source),
            first: now,
            last: now,
            count: 1,
        }
    }

    /// Stores a new Event.
    fn store(&mut self, api: &mut ApiServer, event: Event, write: Write) -> Option<Id> {
        self.names += 1;
        api.say(event, (write.now.0 as u64) * 1000 + self.names % 1000, write)
    }

    /// Under what it is known.
    fn combine(&mut self, what: &Occurrence, now: Time) -> Known {
        let group = hash((source_key(&what.source), what.about.uid, what.warning, &what.reason));
        let similar = self.similar.entry(group, || Similar { messages: Vec::new(), last: now });
        if now.since(similar.last) > SIMILAR_FOR {
            similar.messages.clear();
        }
        similar.last = now;
        let message = hash(&what.message);
        let new = !similar.messages.contains(&message);
        if new {
            similar.messages.push(message);
        }
        if similar.messages.len() < SIMILAR {
            return Known { key: hash((group, message, &what.about.field_path)), combined: false };
        }
        // Upstream forgets one of the messages at random here; the lab forgets the one that came last.
        if new {
            similar.messages.pop();
        }
        Known { key: group, combined: true }
    }

    /// The flood gate: a bucket of [`BURST`] for each source, object and type.
    fn floods(&mut self, what: &Occurrence, now: Time) -> bool {
        let key = hash((source_key(&what.source), what.about.uid, what.warning));
        let gate = self.gates.entry(key, || Gate { tokens: BURST, at: now });
        let refill = now.since(gate.at).as_secs_f64() / REFILL.as_secs_f64();
        gate.tokens = (gate.tokens + refill).min(BURST);
        gate.at = now;
        if gate.tokens < 1.0 {
            return true;
        }
        gate.tokens -= 1.0;
        false
    }
}

fn source_key(source: &EventSource) -> (&Text, Option<&Text>) {
    match source {
        EventSource::Core { component, host } => (component, host.as_ref()),
        EventSource::New { component, .. } => (component, None),
    }
}

/// In a series the action does not count, only who says what about which object.
fn series(what: &Occurrence) -> Known {
    let key: (&Text, Uid, bool, &Text) = (what.source.component(), what.about.uid, what.warning, &what.reason);
    Known { key: hash((key, &what.message)), combined: false }
}
