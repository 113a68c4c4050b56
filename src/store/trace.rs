//! The trace: milestones as JSON lines, in the vocabulary of the recordings. What became a milestone, `milestone` decides.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::milestone::{Created, EndpointChange, Milestone, Revision};
use super::{Change, History};
use crate::resource::Kind;
use crate::resource::meta::{Text, Uid};
use crate::resource::model::{Event, StatefulSetStatus};

impl Milestone {
    /// The event's name and further members, as a line of the trace has them.
    fn members(&self, kind: Kind, out: &mut Map<String, Value>) -> &'static str {
        let mut put = |key: &str, value: Value| out.insert(key.into(), value);
        match self {
            Milestone::Created(created) => {
                created.members(out);
                "created"
            }
            Milestone::Owners(owners) => {
                put("owners", (**owners).into());
                "owners"
            }
            Milestone::Updated(number) => {
                let key = if kind == Kind::ControllerRevision { "revision" } else { "generation" };
                if let Some(number) = number {
                    put(key, (*number).into());
                }
                "updated"
            }
            Milestone::Labels(labels) => {
                put("labels", if labels.is_empty() { Value::Null } else { labels.to_json() });
                "labels"
            }
            Milestone::Terminating => "terminating",
            Milestone::Deleted => "deleted",
            Milestone::Scheduled(node) => {
                put("node", (**node).into());
                "scheduled"
            }
            Milestone::Waiting(reason) => {
                put("reason", (**reason).into());
                "waiting"
            }
            Milestone::Word(word) => word.as_str(),
            Milestone::Address(ip) => {
                put("ip", ip.to_string().into());
                "address"
            }
            Milestone::ResizeRequested(storage) => {
                put("storage", (**storage).into());
                "resize-requested"
            }
            Milestone::Resized(storage) => {
                put("storage", (**storage).into());
                "resized"
            }
            Milestone::Condition(kind) => {
                put("type", (**kind).into());
                if **kind == *"Resizing" { "resizing" } else { "condition" }
            }
            Milestone::Status(members) => {
                let members = members.as_object();
                out.extend(members.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
                match members {
                    Some(m) if m.contains_key("Ready") => "condition",
                    Some(m) if m.contains_key("taints") => "taints",
                    _ => "status",
                }
            }
            Milestone::SetStatus(status) => {
                set_status(status, out);
                "status"
            }
            Milestone::Endpoints(_) => "updated",
            Milestone::Said(_) => "said",
        }
    }
}

impl Created {
    fn members(&self, out: &mut Map<String, Value>) {
        let mut put = |key: &str, value: Value| out.insert(key.into(), value);
        match &self.revision {
            Some(Revision::Label(label)) => put("revision", (**label).into()),
            Some(Revision::Number(number)) => put("revision", (*number).into()),
            None => None,
        };
        if let Some(name) = &self.generate_name {
            put("generateName", (**name).into());
        }
        if let Some(owner) = &self.owner_kind {
            put("ownerKind", (**owner).into());
        }
        if let Some((addresses, ports)) = self.service.as_deref() {
            put("clusterIPs", addresses.clone());
            put("nodePorts", ports.clone());
        }
    }
}

fn set_status(status: &StatefulSetStatus, out: &mut Map<String, Value>) {
    let numbers = [
        ("replicas", status.replicas),
        ("ready", status.ready),
        ("current", status.current),
        ("updated", status.updated),
        ("available", status.available),
        ("observedGeneration", status.observed_generation),
    ];
    out.extend(numbers.map(|(key, number)| (key.to_string(), number.into())));
    out.insert("currentRevision".into(), (*status.current_revision).into());
    out.insert("updateRevision".into(), (*status.update_revision).into());
    if let Some(count) = status.collision_count.filter(|c| *c != 0) {
        out.insert("collisionCount".into(), count.into());
    }
}

/// What a reader of the trace has to remember: addresses of Pods, and endpoints of slices.
#[derive(Debug, Default)]
struct Memory {
    addresses: BTreeMap<Uid, String>,
    slices: BTreeMap<Uid, BTreeMap<Text, (bool, bool, bool)>>,
}

impl Memory {
    fn note(&mut self, change: &Change<'_>) {
        for milestone in change.milestones {
            match milestone {
                Milestone::Address(ip) => {
                    self.addresses.insert(change.uid, ip.to_string());
                }
                Milestone::Endpoints(changes) => {
                    let slice = self.slices.entry(change.uid).or_default();
                    for EndpointChange { pod, state } in changes {
                        match state {
                            Some(state) => slice.insert(pod.clone(), *state),
                            None => slice.remove(pod),
                        };
                    }
                }
                _ => {}
            }
        }
    }

    fn endpoints(&self, slice: Uid) -> Value {
        let line = |(pod, (ready, serving, terminating)): (&Text, &(bool, bool, bool))| {
            let words = [(ready, "ready"), (serving, "serving"), (terminating, "terminating")];
            let held = words.iter().filter(|(holds, _)| **holds).map(|(_, word)| Value::from(*word));
            [Value::from(&**pod)].into_iter().chain(held).collect::<Value>()
        };
        self.slices.get(&slice).into_iter().flatten().map(line).collect()
    }
}

/// Whether the trace tells of objects of a kind.
fn is_told(kind: Kind) -> bool {
    use Kind::{
        CSIDriver, CSINode, ConfigMap, Ingress, LimitRange, Namespace, PriorityClass, ResourceQuota, Secret,
        ServiceAccount, StorageClass, VolumeAttachment,
    };
    let untold = [
        ConfigMap,
        Ingress,
        LimitRange,
        Namespace,
        PriorityClass,
        ResourceQuota,
        Secret,
        ServiceAccount,
        StorageClass,
        CSIDriver,
        CSINode,
        VolumeAttachment,
    ];
    !untold.contains(&kind)
}

impl History {
    /// All milestones since the lab began, one JSON object each. A Pod's lines carry its address once it has one.
    pub fn trace_lines(&self) -> impl Iterator<Item = Value> {
        let mut memory = Memory::default();
        self.changes().filter(|change| is_told(change.kind)).flat_map(move |change| {
            memory.note(&change);
            change.trace_lines(&memory)
        })
    }
}

impl Change<'_> {
    fn trace_lines(&self, memory: &Memory) -> Vec<Value> {
        let new = self.milestones.iter().any(|m| matches!(m, Milestone::Created(_)));
        let told = |m: &&Milestone| match m {
            Milestone::Address(_) => false,
            // The endpoints of a new slice are part of its making.
            Milestone::Endpoints(_) => !new,
            _ => true,
        };
        self.milestones.iter().filter(told).map(|milestone| self.trace_line(milestone, memory)).collect()
    }

    fn trace_line(&self, milestone: &Milestone, memory: &Memory) -> Value {
        let mut line = Map::new();
        line.insert("time".into(), self.time.rfc3339_micro().into());
        line.insert("kind".into(), self.kind.info().name.into());
        if let Milestone::Said(event) = milestone {
            said(event, &mut line);
            return line.into();
        }
        line.insert("name".into(), (**self.name).into());
        let event = milestone.members(self.kind, &mut line);
        line.insert("event".into(), event.into());
        line.insert("uid".into(), self.uid.to_string().into());
        if let Milestone::Endpoints(_) = milestone {
            line.insert("endpoints".into(), memory.endpoints(self.uid));
        }
        if let Some(ip) = memory.addresses.get(&self.uid) {
            line.insert("ip".into(), ip.as_str().into());
        }
        line.into()
    }
}

fn said(event: &Event, line: &mut Map<String, Value>) {
    let object = format!("{}/{}", event.about.of.kind, event.about.name);
    let members = [
        ("type", Value::from(event.type_name())),
        ("reason", (*event.reason).into()),
        ("object", object.into()),
        ("message", (*event.message).into()),
        ("count", event.count.into()),
        ("source", (**event.source.component()).into()),
    ];
    line.extend(members.map(|(key, value)| (key.to_string(), value)));
}
