//! Which endpoint goes into which slice, and what is written for it: upstream's rules, so that few slices change.
//! Changed slices are filled first, then the fullest other that has room, then new ones; a slice that would be deleted
//! becomes the new one if there is any; a Service never is without a slice.

use std::sync::Arc;

use arcstr::literal;
use serde_json::Value;

use super::changes::{Changes, Endpoints, fill_changed};
use super::endpoint::{endpoint, ports, transition};
use super::members::{Member, Members};
use super::{ACTOR, CONTROLLER, MANAGED_BY, MAX_ENDPOINTS, PortSet, Service, Slice, TRIGGER_TIME};
use crate::cluster::context::Context;
use crate::resource::meta::{Details, Hint, Labels, Meta, Text};
use crate::resource::model::EndpointSlice;
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::Store;

impl Service {
    /// Brings the slices up to date with the Pods that changed.
    pub(super) fn sync(&mut self, context: &mut Context) {
        let mut changes = Changes::default();
        if std::mem::take(&mut self.new) {
            changes.tell(self.spec.created);
        }
        if std::mem::take(&mut self.unknown) {
            self.read(&context.api.store, &mut changes);
        }
        for (name, hint) in in_order(std::mem::take(&mut self.changed)) {
            self.look_at(&name, hint, &context.api.store, &mut changes);
        }
        changes.close();
        self.place(&context.api.store, &mut changes);
        self.write(changes, context);
    }

    /// Reads the slices from the store, and marks every Pod that is in one or should be.
    fn read(&mut self, store: &Store, changes: &mut Changes) {
        self.members = Members::default();
        self.slices.clear();
        self.by_size.clear();
        for owned in store.dependents(self.spec.uid).into_iter().filter(|k| k.kind == Kind::EndpointSlice) {
            let Some(object) = store.get(owned.kind, &owned.namespace, &owned.name) else { continue };
            let Some(slice) = object.endpoint_slice() else { continue };
            if object.meta.labels.get(MANAGED_BY) != Some(CONTROLLER) || object.meta.terminating() {
                continue;
            }
            for (_, pod, _) in slice.endpoints.iter().filter_map(|e| e.pod.as_ref()) {
                let member = Member { slice: owned.name.clone(), told: Time::default() };
                self.members.insert(pod, Hint::default(), member);
                self.changed.push((pod.clone(), Hint::default()));
            }
            let ports = self.port_set(&slice.ports);
            if object.meta.labels != self.spec.labels {
                changes.update.insert(owned.name.clone(), (ports, slice.endpoints.clone()));
            }
            self.remember(owned.name, ports, slice.endpoints.len());
        }
        let pods = store.in_namespace(Kind::Pod, &self.spec.namespace).filter(|p| self.spec.selects(p));
        self.changed.extend(pods.map(|p| (p.meta.name.clone(), p.meta.hint())));
    }

    /// The number of a port set, a new one if it has not been seen before.
    fn port_set(&mut self, ports: &Arc<Value>) -> PortSet {
        let known = self.port_sets.iter().position(|known| Arc::ptr_eq(known, ports) || known == ports);
        known.unwrap_or_else(|| {
            self.port_sets.push(Arc::clone(ports));
            self.port_sets.len() - 1
        })
    }

    fn remember(&mut self, name: Text, ports: PortSet, endpoints: usize) {
        if self.slices.get(&name).is_some_and(|s| s.endpoints == endpoints && s.ports == ports) {
            return;
        }
        self.forget(&name);
        self.by_size.entry(ports).or_default().insert((endpoints, name.clone()));
        self.slices.insert(name, Slice { ports, endpoints });
    }

    fn forget(&mut self, name: &Text) {
        let Some(slice) = self.slices.remove(name) else { return };
        if let Some(sizes) = self.by_size.get_mut(&slice.ports) {
            sizes.remove(&(slice.endpoints, name.clone()));
        }
    }

    /// Works out what a Pod's endpoint is now, and changes its slice.
    fn look_at(&mut self, name: &Text, hint: Hint, store: &Store, changes: &mut Changes) {
        let object = store.find(Kind::Pod, &self.spec.namespace, name, hint);
        let hint = object.map_or(Hint::default(), |o| o.meta.hint());
        let pod = object.and_then(|o| o.pod());
        let new = object.and_then(|o| endpoint(&self.spec, o, store)).map(Arc::new);
        let wanted = match (pod, &new) {
            (Some(pod), Some(_)) => Some(self.port_set(&ports(&self.spec, pod))),
            _ => None,
        };
        let member = self.members.get_mut(name, hint);
        let moved = pod.filter(|_| new.is_some() || member.is_some()).map(transition).unwrap_or_default();
        if moved > member.as_ref().map(|m| m.told).unwrap_or_default() {
            changes.tell(moved);
        }
        if let Some(member) = member {
            if let Some(open) = changes.open(&member.slice, &self.slices, &self.spec.namespace, store) {
                let stays = new.as_ref().filter(|_| wanted == Some(open.ports));
                if stays.is_some_and(|new| open.replace(name, new)) {
                    member.told = moved;
                    return;
                }
                open.remove(name);
            }
            self.members.remove(name, hint);
        }
        if let (Some(new), Some(ports)) = (new, wanted) {
            changes.homeless.entry(ports).or_default().push(new);
            self.members.insert(name, hint, Member { slice: Text::default(), told: moved });
        }
    }

    /// Finds a slice for each endpoint that has none.
    fn place(&mut self, store: &Store, changes: &mut Changes) {
        let emptied =
            |name: &Text, list: &Endpoints| list.is_empty() && self.slices.get(name).is_some_and(|s| s.endpoints > 0);
        let empty: Vec<Text> = changes
            .update
            .iter()
            .filter(|(name, (_, list))| emptied(name, list))
            .map(|(name, _)| name.clone())
            .collect();
        for name in empty {
            changes.update.remove(&name);
            changes.delete.insert(name);
        }
        for (ports, mut endpoints) in std::mem::take(&mut changes.homeless) {
            fill_changed(&mut changes.update, ports, &mut endpoints);
            self.fill_other(store, changes, ports, &mut endpoints);
            let mut rest = endpoints.into_iter().peekable();
            while rest.peek().is_some() {
                changes.create.push((ports, rest.by_ref().take(MAX_ENDPOINTS).collect()));
            }
        }
        self.keep_one(changes);
    }

    /// Puts what is left into the slice that it fills best, if any takes it all.
    fn fill_other(&self, store: &Store, changes: &mut Changes, ports: PortSet, endpoints: &mut Endpoints) {
        if endpoints.is_empty() || endpoints.len() >= MAX_ENDPOINTS {
            return;
        }
        let room = MAX_ENDPOINTS - endpoints.len();
        let Some(sizes) = self.by_size.get(&ports) else { return };
        let untouched = |name: &Text| !changes.update.contains_key(name) && !changes.delete.contains(name);
        let with_room = sizes.range(..(room + 1, Text::default())).rev();
        if let Some((_, name)) = with_room.into_iter().find(|(_, name)| untouched(name)) {
            if let Some(open) = changes.open(name, &self.slices, &self.spec.namespace, store) {
                open.append(endpoints);
            }
            changes.close();
        }
    }

    /// An empty slice that another makes superfluous goes; a Service without any gets an empty one.
    fn keep_one(&mut self, changes: &mut Changes) {
        let filled = |name: &Text| changes.update.get(name).is_some_and(|(_, list)| !list.is_empty());
        let empty = self.by_size.values().flat_map(|sizes| sizes.range(..(1, Text::default())));
        let empty: Vec<Text> = empty.map(|(_, name)| name.clone()).filter(|name| !filled(name)).collect();
        let others = self.slices.len() - empty.len() > changes.delete.len() || !changes.create.is_empty();
        if others {
            for name in empty {
                changes.update.remove(&name);
                changes.delete.insert(name);
            }
        } else if empty.is_empty() {
            let none = self.port_set(&Arc::new(Value::Null));
            changes.create.push((none, Vec::new()));
        }
    }

    fn write(&mut self, mut changes: Changes, context: &mut Context) {
        // A slice to be deleted becomes one to be created.
        while !changes.create.is_empty() {
            let Some(name) = changes.delete.pop_first() else { break };
            if let Some((ports, endpoints)) = changes.create.pop() {
                self.forget(&name);
                changes.update.insert(name, (ports, endpoints));
            }
        }
        let trigger = changes.trigger;
        for (ports, endpoints) in changes.create {
            self.create(ports, endpoints, trigger, context);
        }
        for (name, (ports, endpoints)) in changes.update {
            self.update(&name, ports, endpoints, trigger, context);
        }
        let write = context.write(ACTOR);
        for name in changes.delete {
            self.forget(&name);
            let options = crate::apiserver::DeleteOptions::default();
            let _ = context.api.delete(Kind::EndpointSlice, &self.spec.namespace, &name, options, write);
        }
    }

    fn create(&mut self, ports: PortSet, endpoints: Endpoints, trigger: Option<Time>, context: &mut Context) {
        let details = Details {
            generate_name: Some(format!("{}-", self.spec.name).into()),
            labels: self.spec.labels.clone(),
            annotations: annotated(&Labels::default(), trigger),
            owners: vec![self.spec.owner.clone()].into(),
            ..Details::default()
        };
        let meta = Meta::new(self.spec.namespace.clone(), Text::default(), details);
        let body = slice(&self.port_sets[ports], endpoints);
        let write = context.write(ACTOR);
        if let Ok(made) = context.api.create(Object { meta, body: Body::EndpointSlice(Box::new(body)) }, write) {
            self.stored(&made, ports);
        }
    }

    fn update(
        &mut self,
        name: &Text,
        ports: PortSet,
        endpoints: Endpoints,
        trigger: Option<Time>,
        context: &mut Context,
    ) {
        let Some(old) = context.api.store.get(Kind::EndpointSlice, &self.spec.namespace, name) else {
            self.unknown = true;
            return;
        };
        let mut meta = old.meta.clone();
        meta.labels = self.spec.labels.clone();
        meta.annotations = annotated(&meta.annotations, trigger);
        let body = slice(&self.port_sets[ports], endpoints);
        let write = context.write(ACTOR);
        if let Ok(stored) = context.api.update(Object { meta, body: Body::EndpointSlice(Box::new(body)) }, write) {
            self.stored(&stored, ports);
        }
    }

    /// Remembers a slice as it is stored.
    fn stored(&mut self, object: &Object, ports: PortSet) {
        let Some(slice) = object.endpoint_slice() else { return };
        let name = &object.meta.name;
        // New endpoints are at the end.
        for (endpoint, (_, pod, _)) in slice.endpoints.iter().rev().filter_map(|e| Some((e, e.pod.as_ref()?))) {
            let member = self.members.get_mut(pod, endpoint.hint);
            let Some(member) = member.filter(|m| m.slice != *name) else { break };
            member.slice = name.clone();
        }
        self.remember(name.clone(), ports, slice.endpoints.len());
    }
}

/// Pods in the order of their names, each once. The beginnings of the names lie side by side while they are sorted: of a
/// large set there are many.
fn in_order(pods: Vec<(Text, Hint)>) -> impl Iterator<Item = (Text, Hint)> {
    let beginning = |name: &Text| {
        let mut bytes = [0; 16];
        let length = name.len().min(bytes.len());
        bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
        u128::from_be_bytes(bytes)
    };
    let mut pods: Vec<(u128, Text, Hint)> =
        pods.into_iter().map(|(name, hint)| (beginning(&name), name, hint)).collect();
    pods.sort_unstable_by(|(a, x, _), (b, y, _)| a.cmp(b).then_with(|| x.cmp(y)));
    pods.dedup_by(|(a, x, _), (b, y, _)| a == b && x == y);
    pods.into_iter().map(|(_, name, hint)| (name, hint))
}

fn slice(ports: &Arc<Value>, endpoints: Endpoints) -> EndpointSlice {
    EndpointSlice { address_type: literal!("IPv4"), ports: Arc::clone(ports), endpoints }
}

fn annotated(annotations: &Labels, trigger: Option<Time>) -> Labels {
    match trigger {
        Some(time) => annotations.with([(literal!(TRIGGER_TIME), Text::from(time.rfc3339()))]),
        None if annotations.get(TRIGGER_TIME).is_some() => annotations.without(TRIGGER_TIME),
        None => annotations.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_come_once_in_the_order_of_their_names_whatever_their_length() {
        let names = ["web-10", "web", "a-name-longer-than-16-10", "a-name-longer-than-16-9", "web-1", "wéb", "web-2"];
        let mut expected = names.map(Text::from);
        expected.sort();
        let twice = names.into_iter().chain(names).map(|name| (Text::from(name), Hint::default()));
        assert_eq!(in_order(twice.collect()).map(|(name, _)| name).collect::<Vec<_>>(), expected);
    }
}
