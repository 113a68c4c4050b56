//! The attach-detach controller: brings volumes that must be attached to the nodes whose Pods want them, one node at a
//! time if their access modes say so, and takes them off again (rules V37 to V40). A cluster without drivers that attach
//! has nothing to do here. It is not a loop: each volume is looked at when something about it changes, or is due.
//!
//! Upstream: `pkg/controller/volume/attachdetach` (`reconciler/reconciler.go`, `cache`).

mod attachment;
mod node;
mod say;
#[cfg(test)]
mod tests;
mod wanted;

pub(in crate::cluster) use node::write_list;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::driver::{Drivers, unique_name};
use crate::cluster::context::Context;
use crate::cluster::faults::Fault;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::Text;
use crate::resource::model::PersistentVolume;
use crate::resource::{Kind, Time};
use crate::store::WatchEvent;
use wanted::Wanted;

/// How soon the controller sees a write (upstream looks every 100 ms).
const REACTION: Duration = Duration::from_millis(100);
/// How long it waits for a node that is not Ready to let a volume go.
const FORCE_DETACH: Duration = Duration::from_secs(6 * 60);
/// How long it waits for a driver to attach a volume.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(120);

/// A Pod's namespace and name.
type PodKey = (Text, Text);

/// What a volume is to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// It will be attached at this time, or its driver does not run and gets no longer than that.
    Attaching(Time),
    /// It is attached; since when nobody there wants it.
    Attached(Option<Time>),
    /// It will be detached at this time.
    Detaching(Time),
}

/// The controller.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AttachDetach {
    drivers: Drivers,
    wanted: Wanted,
    /// By volume and node.
    attached: BTreeMap<Text, BTreeMap<Text, State>>,
    /// The volumes that the kubelets of nodes said they use, by their unique names.
    in_use: BTreeMap<Text, BTreeSet<Text>>,
    /// Volumes and nodes of which was said that they cannot come together.
    reported: BTreeSet<(Text, Text)>,
    /// Until when drivers that run are at work.
    pub(super) busy_until: Time,
}

impl AttachDetach {
    /// The controller of a cluster with these drivers.
    #[must_use]
    pub fn new(drivers: &Drivers) -> AttachDetach {
        let attaches = drivers.attaching().next().is_some();
        AttachDetach { drivers: if attaches { drivers.clone() } else { Drivers::default() }, ..AttachDetach::default() }
    }

    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context) {
        if self.drivers.is_empty() {
            return;
        }
        match event.kind() {
            Kind::Pod => {
                for volume in self.wanted.observe(event, &self.drivers, &context.api.store) {
                    look_at(volume, context);
                }
            }
            Kind::Node => self.observe_node(event, context),
            _ => {}
        }
    }

    fn observe_node(&mut self, event: &WatchEvent, context: &mut Context) {
        let name = &event.object().meta.name;
        if let Some(new) = event.new.as_deref() {
            if event.old.as_deref().is_some_and(|old| node::state(old) == node::state(new)) {
                return;
            }
            self.in_use.insert(name.clone(), node::in_use(new));
        }
        let here = self.attached.iter().filter(|(_, nodes)| nodes.contains_key(name));
        for volume in here.map(|(volume, _)| volume.clone()).collect::<Vec<_>>() {
            look_at(volume, context);
        }
    }

    /// Takes note of a driver that runs again.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context) {
        let (Fault::Driver { up: true, .. } | Fault::Clear) = fault else { return };
        for (volume, nodes) in &mut self.attached {
            for state in nodes.values_mut().filter(|state| matches!(state, State::Attaching(_))) {
                *state = State::Attaching(context.now);
            }
            look_at(volume.clone(), context);
        }
    }

    /// The node that a volume is attached to, or is being attached to or detached from.
    #[must_use]
    pub fn node_of(&self, volume: &str) -> Option<&Text> {
        self.attached.get(volume)?.keys().next()
    }

    /// Brings one volume to where it is wanted, as far as it goes.
    pub fn sync(&mut self, name: &Text, context: &mut Context) {
        let Some(object) = context.api.store.get(Kind::PersistentVolume, "", name).cloned() else {
            self.attached.remove(name);
            return;
        };
        let Some(volume) = object.volume() else { return };
        for node in self.attached.get(name).into_iter().flatten().map(|(node, _)| node.clone()).collect::<Vec<_>>() {
            self.go_on(name, &node, volume, context);
        }
        for node in self.wanted.nodes(name) {
            if !self.attached.get(name).is_some_and(|nodes| nodes.contains_key(&node)) {
                self.attach(name, &node, volume, context);
            }
        }
        if self.attached.get(name).is_some_and(BTreeMap::is_empty) {
            self.attached.remove(name);
        }
    }

    /// What is to be done about a volume that has to do with a node already.
    fn go_on(&mut self, name: &Text, node: &Text, volume: &PersistentVolume, context: &mut Context) {
        let Some(state) = self.attached.get(name).and_then(|nodes| nodes.get(node)).copied() else { return };
        match state {
            State::Attaching(due) if due > context.now => look_at_in(name, due.since(context.now), context),
            State::Attaching(_) => self.end_attaching(name, node, volume, context),
            State::Detaching(due) if due > context.now => look_at_in(name, due.since(context.now), context),
            State::Detaching(_) => {
                if let Some(driver) = self.drivers.attaches(volume) {
                    attachment::over(handle(volume), &driver.name, node, context);
                }
                self.attached.entry(name.clone()).or_default().remove(node);
            }
            State::Attached(_) if self.wanted.on(name, node) => self.set(name, node, State::Attached(None)),
            State::Attached(since) => self.detach(name, node, volume, since.unwrap_or(context.now), context),
        }
    }

    fn attach(&mut self, name: &Text, node: &Text, volume: &PersistentVolume, context: &mut Context) {
        let others: Vec<Text> = self.attached.get(name).into_iter().flatten().map(|(node, _)| node.clone()).collect();
        if !others.is_empty() && !shared(volume) {
            let settled = |state: &State| matches!(state, State::Attached(_));
            // While something is under way with the volume, nothing else is begun, and nothing is said.
            if self.attached.get(name).is_some_and(|nodes| nodes.values().all(settled))
                && self.reported.insert((name.clone(), node.clone()))
            {
                say::multi_attach(
                    name,
                    &self.wanted.pods(name, node),
                    &self.wanted.pods_elsewhere(name, node),
                    context,
                );
            }
            return;
        }
        let Some(driver) = self.drivers.attaches(volume) else { return };
        let Some(attach) = driver.attach else { return };
        let runs = self.drivers.running(&driver.name, context.faults).is_some();
        let takes = if runs { Duration::from_secs(attach.seconds) } else { ATTACH_TIMEOUT };
        self.reported.remove(&(name.clone(), node.clone()));
        attachment::ask(name, handle(volume), &driver.name, node, context);
        if runs {
            self.busy_until = self.busy_until.max(context.now + takes);
        }
        self.set(name, node, State::Attaching(context.now + takes));
        look_at_in(name, takes, context);
    }

    fn end_attaching(&mut self, name: &Text, node: &Text, volume: &PersistentVolume, context: &mut Context) {
        let Some(driver) = self.drivers.attaches(volume).map(|driver| driver.name.clone()) else { return };
        let pods = self.wanted.pods(name, node);
        if self.drivers.running(&driver, context.faults).is_none() {
            say::attach_failed(name, &pods, &driver, handle(volume), context);
            self.set(name, node, State::Attaching(context.now + ATTACH_TIMEOUT));
            return look_at_in(name, ATTACH_TIMEOUT, context);
        }
        self.set(name, node, State::Attached(None));
        attachment::done(handle(volume), &driver, node, context);
        if let Some(unique) = unique_name(volume) {
            node::report(node, &unique, true, context);
        }
        say::attached(name, &pods, context);
        look_at(name.clone(), context);
    }

    /// Takes a volume off a node where nobody wants it; not while the node uses it, unless the node is given up.
    fn detach(&mut self, name: &Text, node: &Text, volume: &PersistentVolume, since: Time, context: &mut Context) {
        self.set(name, node, State::Attached(Some(since)));
        let Some(unique) = unique_name(volume) else { return };
        let mounted = self.in_use.get(node).is_some_and(|names| names.contains(&unique));
        let object = context.api.store.get(Kind::Node, "", node);
        let waited = context.now.since(since);
        let forced = waited >= FORCE_DETACH && !object.is_some_and(|node| node::is_ready(node));
        let out_of_service = object.is_some_and(|node| node::is_out_of_service(node));
        if mounted && !forced && !out_of_service {
            // A node that is Ready lets it go by itself; of one that is not, it is taken when its time is up.
            return look_at_in(name, FORCE_DETACH.saturating_sub(waited).max(REACTION), context);
        }
        let Some(driver) = self.drivers.attaches(volume) else { return };
        let Some(attach) = self.drivers.running(&driver.name, context.faults).and_then(|driver| driver.attach) else {
            return look_at_in(name, ATTACH_TIMEOUT, context);
        };
        let takes = Duration::from_secs(attach.detach_seconds);
        node::report(node, &unique, false, context);
        attachment::take_back(handle(volume), &driver.name, node, context);
        self.set(name, node, State::Detaching(context.now + takes));
        self.busy_until = self.busy_until.max(context.now + takes);
        look_at_in(name, takes, context);
    }

    fn set(&mut self, name: &Text, node: &Text, state: State) {
        self.attached.entry(name.clone()).or_default().insert(node.clone(), state);
    }
}

/// What a volume's driver calls it.
fn handle(volume: &PersistentVolume) -> &str {
    volume.spec.json.get("csi").and_then(|csi| csi["volumeHandle"].as_str()).unwrap_or_default()
}

/// Whether several nodes may have a volume at once.
fn shared(volume: &PersistentVolume) -> bool {
    volume.spec.access_modes.iter().any(|mode| matches!(&**mode, "ReadOnlyMany" | "ReadWriteMany"))
}

fn look_at(volume: Text, context: &mut Context) {
    context.enqueue(Worker::AttachDetach, Item::Name(Text::default(), volume), REACTION);
}

fn look_at_in(volume: &Text, delay: Duration, context: &mut Context) {
    context.enqueue(Worker::AttachDetach, Item::Name(Text::default(), volume.clone()), delay);
}
