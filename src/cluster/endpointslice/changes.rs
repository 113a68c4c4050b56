//! What one sync of a Service is about to write. Of Pods that follow one another most are in the same slice: it lies open
//! until one of another slice comes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{MAX_ENDPOINTS, PortSet, Slice};
use crate::resource::meta::Text;
use crate::resource::model::Endpoint;
use crate::resource::{Kind, Time};
use crate::store::Store;

pub(super) type Endpoints = Vec<Arc<Endpoint>>;

/// What is to be written.
#[derive(Default)]
pub(super) struct Changes {
    pub update: BTreeMap<Text, (PortSet, Endpoints)>,
    pub create: Vec<(PortSet, Endpoints)>,
    pub delete: BTreeSet<Text>,
    /// Endpoints that have no slice yet, by port set.
    pub homeless: BTreeMap<PortSet, Endpoints>,
    /// The earliest change that the slices have yet to tell.
    pub trigger: Option<Time>,
    open: Option<Open>,
}

/// A slice that is being changed.
pub(super) struct Open {
    slice: Text,
    pub ports: PortSet,
    endpoints: Endpoints,
    changed: bool,
    /// Where the last endpoint was: the next one is mostly right behind it.
    near: usize,
}

impl Changes {
    pub fn tell(&mut self, time: Time) {
        self.trigger = Some(self.trigger.map_or(time, |t| t.min(time)));
    }

    /// A slice as it is about to be written, or is stored; `None` if it is neither.
    pub fn open(
        &mut self,
        slice: &Text,
        known: &BTreeMap<Text, Slice>,
        namespace: &Text,
        store: &Store,
    ) -> Option<&mut Open> {
        if self.open.as_ref().is_none_or(|open| open.slice != *slice) {
            self.close();
            let (ports, endpoints, changed) = match self.update.remove(slice) {
                Some((ports, endpoints)) => (ports, endpoints, true),
                None => {
                    let stored = store.get(Kind::EndpointSlice, namespace, slice)?.endpoint_slice()?;
                    (known.get(slice)?.ports, stored.endpoints.clone(), false)
                }
            };
            let near = endpoints.len();
            self.open = Some(Open { slice: slice.clone(), ports, endpoints, changed, near });
        }
        self.open.as_mut()
    }

    /// Puts the slice that lies open to those that are written, if it was changed.
    pub fn close(&mut self) {
        if let Some(open) = self.open.take().filter(|open| open.changed) {
            self.update.insert(open.slice, (open.ports, open.endpoints));
        }
    }
}

impl Open {
    /// Where a Pod's endpoint is, looked for from the last one on, then backwards from there.
    fn place_of(&self, pod: &Text) -> Option<usize> {
        let (before, after) = self.endpoints.split_at(self.near.min(self.endpoints.len()));
        let found = after.iter().position(|e| is_of(e, pod)).map(|place| before.len() + place);
        found.or_else(|| before.iter().rposition(|e| is_of(e, pod)))
    }

    /// Puts a Pod's endpoint in the place of the one it has; `false` if it has none.
    pub fn replace(&mut self, pod: &Text, new: &Arc<Endpoint>) -> bool {
        let Some(place) = self.place_of(pod) else { return false };
        self.near = place;
        if self.endpoints[place] != *new {
            self.endpoints[place] = Arc::clone(new);
            self.changed = true;
        }
        true
    }

    /// Takes a Pod's endpoint out.
    pub fn remove(&mut self, pod: &Text) {
        self.endpoints.retain(|endpoint| !is_of(endpoint, pod));
        self.changed = true;
    }

    /// Adds endpoints at the end.
    pub fn append(&mut self, endpoints: &mut Endpoints) {
        self.endpoints.append(endpoints);
        self.changed = true;
    }
}

fn is_of(endpoint: &Endpoint, pod: &Text) -> bool {
    endpoint.pod.as_ref().is_some_and(|(_, name, _)| name == pod)
}

/// Fills changed slices, the fullest first.
pub(super) fn fill_changed(
    update: &mut BTreeMap<Text, (PortSet, Endpoints)>,
    ports: PortSet,
    endpoints: &mut Endpoints,
) {
    let mut slices: Vec<&mut (PortSet, Endpoints)> = update.values_mut().filter(|(p, _)| *p == ports).collect();
    slices.sort_by_key(|(_, list)| std::cmp::Reverse(list.len()));
    for (_, list) in slices {
        let room = MAX_ENDPOINTS.saturating_sub(list.len()).min(endpoints.len());
        list.extend(endpoints.drain(..room));
    }
}
