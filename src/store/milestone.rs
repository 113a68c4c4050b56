//! Milestones: what a write did that is worth telling, in the vocabulary of the recordings. A write that changes nothing
//! of note has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::resource::meta::{Labels, Meta, Text};
use crate::resource::model::{
    ClaimPhase, ContainerState, Endpoint, EndpointSlice, Event, PersistentVolume, PersistentVolumeClaim, Phase, Pod,
    StatefulSetStatus, VolumePhase,
};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};

/// Something of note that a write did to an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Milestone {
    /// It was made.
    Created(#[serde(with = "crate::resource::stored::shared")] Arc<Created>),
    /// Its owner references changed; `Kind/name`, `*` marks the controller.
    Owners(Text),
    /// Its spec changed; the new generation, or revision number; `None` for kinds without.
    Updated(Option<i64>),
    /// Its labels changed.
    Labels(Labels),
    /// It was asked to go.
    Terminating,
    /// It is gone.
    Deleted,
    /// A Pod got a node.
    Scheduled(Text),
    /// A container waits for this reason.
    Waiting(Text),
    /// An event that a word tells (`running`, `ready`, `bound`, `released`, `cordoned`…).
    Word(Word),
    /// A Pod got its address.
    Address(std::net::Ipv4Addr),
    /// A claim asks for this size now.
    ResizeRequested(Text),
    /// A claim or volume has this size now.
    Resized(Text),
    /// A claim's condition of this type appeared.
    Condition(Text),
    /// A status changed; the members as the trace has them.
    Status(#[serde(with = "crate::resource::stored::json")] Box<Value>),
    /// A `StatefulSet`'s status changed.
    SetStatus(Box<StatefulSetStatus>),
    /// Endpoints of a slice came, changed or went. What the whole slice is follows from all of these.
    Endpoints(Box<[EndpointChange]>),
    /// A component said something.
    Said(#[serde(with = "crate::resource::stored::shared")] Arc<Event>),
}

/// An event of the trace that has no further members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// A Pod runs.
    Running,
    /// A Pod, or a node, is ready.
    Ready,
    /// It no longer is.
    Unready,
    /// A Pod or a volume failed.
    Failed,
    /// A Pod ended well.
    Succeeded,
    /// A claim or a volume found the other.
    Bound,
    /// A claim lost its volume.
    Lost,
    /// A volume is pending.
    Pending,
    /// A volume waits for a claim.
    Available,
    /// A volume's claim is gone.
    Released,
    /// A node takes no more Pods.
    Cordoned,
    /// A node takes Pods again.
    Uncordoned,
}

impl Word {
    /// The word itself.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Running => "running",
            Word::Ready => "ready",
            Word::Unready => "unready",
            Word::Failed => "failed",
            Word::Succeeded => "succeeded",
            Word::Bound => "bound",
            Word::Lost => "lost",
            Word::Pending => "pending",
            Word::Available => "available",
            Word::Released => "released",
            Word::Cordoned => "cordoned",
            Word::Uncordoned => "uncordoned",
        }
    }
}

/// What became of one endpoint of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointChange {
    /// Its Pod.
    pub pod: Text,
    /// Whether it is ready, serving and terminating; `None` if it is gone.
    pub state: Option<(bool, bool, bool)>,
}

/// The revision told of a new object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Revision {
    /// A Pod's revision label.
    Label(Text),
    /// A revision's number.
    Number(i64),
}

/// What is told of a new object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// A Pod's revision label, or a revision's number.
    pub revision: Option<Revision>,
    /// `generateName`.
    pub generate_name: Option<Text>,
    /// The kind of the first owner.
    pub owner_kind: Option<Text>,
    /// A Service's addresses and node ports.
    #[serde(with = "crate::resource::stored::json")]
    pub service: Option<Box<(Value, Value)>>,
}

/// Adds the milestones of one write, in the order they are told.
pub(super) fn milestones(old: Option<&Object>, new: Option<&Object>, out: &mut Vec<Milestone>) {
    match (old, new) {
        (_, Some(Object { body: Body::Event(event), .. })) => out.push(Milestone::Said(Arc::clone(event))),
        (None, Some(new)) => {
            out.push(Milestone::Created(Arc::new(created(new))));
            of_kind(None, new, out);
        }
        (Some(old), None) if old.kind() != Kind::Event => out.push(Milestone::Deleted),
        (Some(old), Some(new)) => {
            of_any(old, new, out);
            of_kind(Some(old), new, out);
        }
        _ => {}
    }
}

fn created(new: &Object) -> Created {
    let revision = match &new.body {
        Body::Pod(_) => {
            let label = |key: &str| new.meta.labels.get_text(key).cloned();
            label("controller-revision-hash").or_else(|| label("pod-template-hash")).map(Revision::Label)
        }
        Body::ControllerRevision(revision) => Some(Revision::Number(revision.revision)),
        _ => None,
    };
    let service = (new.kind() == Kind::Service).then(|| {
        let spec = new.plain().and_then(|p| p.get("spec")).cloned().unwrap_or_default();
        let ports = spec["ports"].as_array().into_iter().flatten().filter_map(|p| p.get("nodePort").cloned()).collect();
        Box::new((spec["clusterIPs"].clone(), ports))
    });
    Created {
        revision,
        generate_name: new.meta.generate_name.clone(),
        owner_kind: new.meta.owners.first().map(|o| o.kind.clone()),
        service,
    }
}

fn of_any(old: &Object, new: &Object, out: &mut Vec<Milestone>) {
    let kind = new.kind();
    let (was, is): (&Meta, &Meta) = (&old.meta, &new.meta);
    if was.owners != is.owners {
        let names: Vec<String> =
            is.owners.iter().map(|o| format!("{}/{}{}", o.kind, o.name, if o.controller { "*" } else { "" })).collect();
        out.push(Milestone::Owners(names.join(",").into()));
    }
    let terminates = was.deletion.is_none() && is.deletion.is_some();
    let silent = kind == Kind::EndpointSlice || kind == Kind::Pod && terminates;
    if was.generation != is.generation && !silent {
        out.push(Milestone::Updated(Some(is.generation)));
    }
    match (&old.body, &new.body) {
        (Body::ControllerRevision(a), Body::ControllerRevision(b)) if a.revision != b.revision => {
            out.push(Milestone::Updated(Some(b.revision)));
        }
        (Body::Plain(Kind::Service, a), Body::Plain(Kind::Service, b)) if a.get("spec") != b.get("spec") => {
            out.push(Milestone::Updated(None));
        }
        _ => {}
    }
    let labelled = matches!(kind, Kind::Pod | Kind::StatefulSet | Kind::PersistentVolumeClaim | Kind::Node);
    let scheduled = matches!((&old.body, &new.body), (Body::Pod(a), Body::Pod(b)) if a.node != b.node);
    if labelled && !scheduled && was.labels != is.labels {
        out.push(Milestone::Labels(is.labels.clone()));
    }
    if terminates {
        out.push(Milestone::Terminating);
    }
}

fn of_kind(old: Option<&Object>, new: &Object, out: &mut Vec<Milestone>) {
    match &new.body {
        Body::Pod(pod) => of_pod(old.and_then(Object::pod), pod, out),
        Body::PersistentVolumeClaim(claim) => of_claim(old.and_then(Object::claim), claim, out),
        Body::PersistentVolume(volume) => of_volume(old.and_then(Object::volume), volume, out),
        Body::StatefulSet(set) => {
            let before = old.and_then(Object::stateful_set).map(|s| &s.status);
            if before.is_some_and(|b| *b != set.status) {
                out.push(Milestone::SetStatus(Box::new(set.status.clone())));
            }
        }
        Body::EndpointSlice(slice) => of_slice(old.and_then(Object::endpoint_slice), slice, out),
        Body::Deployment(_) | Body::ReplicaSet(_) | Body::DaemonSet(_) => {
            let (before, after) = (old.map(workload_status), workload_status(new));
            if before.is_some_and(|before| before != after) {
                out.push(Milestone::Status(Box::new(members_of(&after))));
            }
        }
        Body::Plain(kind, body) => {
            let before = old.and_then(Object::plain);
            of_plain(*kind, before, body, out);
        }
        Body::ControllerRevision(_) | Body::Event(_) => {}
    }
}

/// What is told of the status of a Deployment, a `ReplicaSet` or a `DaemonSet`.
fn workload_status(object: &Object) -> [(&'static str, i64); 5] {
    match &object.body {
        Body::Deployment(deployment) => {
            let status = &deployment.status;
            [
                ("replicas", status.replicas),
                ("ready", status.ready),
                ("available", status.available),
                ("updated", status.updated),
                ("observedGeneration", status.observed_generation),
            ]
        }
        Body::DaemonSet(set) => {
            let status = &set.status;
            [
                ("desired", status.desired),
                ("ready", status.ready),
                ("updated", status.updated),
                ("available", status.available),
                ("observedGeneration", status.observed_generation),
            ]
        }
        Body::ReplicaSet(set) => {
            let status = &set.status;
            [
                ("replicas", status.replicas),
                ("ready", status.ready),
                ("available", status.available),
                ("observedGeneration", status.observed_generation),
                ("", 0),
            ]
        }
        _ => [("", 0); 5],
    }
}

fn members_of(status: &[(&'static str, i64)]) -> Value {
    let told = status.iter().filter(|(name, _)| !name.is_empty());
    told.map(|(name, number)| ((*name).to_string(), Value::from(*number))).collect::<Map<_, _>>().into()
}

fn of_pod(old: Option<&Pod>, new: &Pod, out: &mut Vec<Milestone>) {
    if old.is_none_or(|o| o.node != new.node) {
        if let Some(node) = &new.node {
            out.push(Milestone::Scheduled(node.clone()));
        }
    }
    if old.is_none_or(|o| o.status.pod_ip != new.status.pod_ip) {
        out.extend(new.status.pod_ip.map(Milestone::Address));
    }
    let waits = waiting(new);
    if waits.is_some() && old.and_then(waiting) != waits {
        out.extend(waits.cloned().map(Milestone::Waiting));
    }
    let phase = old.map_or(Phase::Pending, |o| o.status.phase);
    let ready = old.is_some_and(|o| o.status.is_ready());
    if phase != new.status.phase && new.status.phase == Phase::Running {
        out.push(Milestone::Word(Word::Running));
    }
    match (ready, new.status.is_ready()) {
        (false, true) => out.push(Milestone::Word(Word::Ready)),
        (true, false) => out.push(Milestone::Word(Word::Unready)),
        _ => {}
    }
    if phase != new.status.phase {
        match new.status.phase {
            Phase::Failed => out.push(Milestone::Word(Word::Failed)),
            Phase::Succeeded => out.push(Milestone::Word(Word::Succeeded)),
            _ => {}
        }
    }
}

/// The reason of the first container that waits for something out of the ordinary.
fn waiting(pod: &Pod) -> Option<&Text> {
    pod.status.init_containers.iter().chain(&pod.status.containers).find_map(|c| match &c.state {
        ContainerState::Waiting { reason: Some(reason), .. }
            if !matches!(&**reason, "ContainerCreating" | "PodInitializing") =>
        {
            Some(reason)
        }
        _ => None,
    })
}

fn of_claim(old: Option<&PersistentVolumeClaim>, new: &PersistentVolumeClaim, out: &mut Vec<Milestone>) {
    let phase = old.map_or(ClaimPhase::Pending, |o| o.status.phase);
    if phase != new.status.phase {
        match new.status.phase {
            ClaimPhase::Bound => out.push(Milestone::Word(Word::Bound)),
            ClaimPhase::Lost => out.push(Milestone::Word(Word::Lost)),
            ClaimPhase::Pending => {}
        }
    }
    let Some(old) = old else { return };
    if old.spec.storage != new.spec.storage {
        out.push(Milestone::ResizeRequested(new.spec.storage.clone()));
    }
    for condition in &new.status.conditions {
        if old.status.conditions.iter().all(|c| c.kind != condition.kind) {
            out.push(Milestone::Condition(condition.kind.clone()));
        }
    }
    if let (Some(before), Some(after)) = (&old.status.capacity, &new.status.capacity) {
        if before != after {
            out.push(Milestone::Resized(after.clone()));
        }
    }
}

fn of_volume(old: Option<&PersistentVolume>, new: &PersistentVolume, out: &mut Vec<Milestone>) {
    if old.is_none_or(|o| o.phase != new.phase) {
        let word = match new.phase {
            VolumePhase::Pending => Word::Pending,
            VolumePhase::Available => Word::Available,
            VolumePhase::Bound => Word::Bound,
            VolumePhase::Released => Word::Released,
            VolumePhase::Failed => Word::Failed,
        };
        out.push(Milestone::Word(word));
    }
    if old.is_some_and(|o| o.spec.storage != new.spec.storage) {
        out.push(Milestone::Resized(new.spec.storage.clone()));
    }
}

fn of_slice(old: Option<&EndpointSlice>, new: &EndpointSlice, out: &mut Vec<Milestone>) {
    let before = old.map(|slice| slice.endpoints.as_slice()).unwrap_or_default();
    // A change leaves most endpoints where they are.
    let same = before.iter().zip(&new.endpoints).take_while(|(a, b)| Arc::ptr_eq(a, b)).count();
    let states = |list: &[Arc<Endpoint>]| -> BTreeMap<Text, (bool, bool, bool)> {
        let state = |e: &Arc<Endpoint>| Some((e.pod.as_ref()?.1.clone(), (e.ready, e.serving, e.terminating)));
        list.iter().filter_map(state).collect()
    };
    let (mut before, after) = (states(&before[same..]), states(&new.endpoints[same..]));
    let mut changes = Vec::new();
    for (pod, state) in after {
        if before.remove(&pod) != Some(state) {
            changes.push(EndpointChange { pod, state: Some(state) });
        }
    }
    changes.extend(before.into_keys().map(|pod| EndpointChange { pod, state: None }));
    if !changes.is_empty() {
        out.push(Milestone::Endpoints(changes.into_boxed_slice()));
    }
}

fn of_plain(kind: Kind, old: Option<&Map<String, Value>>, new: &Map<String, Value>, out: &mut Vec<Milestone>) {
    let status = |body: &Map<String, Value>| {
        let status = body.get("status").cloned().unwrap_or_default();
        let members: &[(&str, &str)] = match kind {
            Kind::PodDisruptionBudget => &[
                ("disruptionsAllowed", "disruptionsAllowed"),
                ("currentHealthy", "currentHealthy"),
                ("desiredHealthy", "desiredHealthy"),
                ("expectedPods", "expectedPods"),
            ],
            _ => return None,
        };
        let value = |key: &str| status[key].as_i64().unwrap_or(0);
        Some(members.iter().map(|(name, key)| ((*name).to_string(), Value::from(value(key)))).collect::<Map<_, _>>())
    };
    let Some(old) = old else { return };
    if let (Some(before), Some(after)) = (status(old), status(new)) {
        if before != after {
            out.push(Milestone::Status(Box::new(after.into())));
        }
    }
    if kind == Kind::Node {
        of_node(&Value::Object(old.clone()), &Value::Object(new.clone()), out);
    }
}

fn of_node(old: &Value, new: &Value, out: &mut Vec<Milestone>) {
    let ready = |node: &Value| {
        let conditions = node["status"]["conditions"].as_array()?;
        conditions.iter().find(|c| c["type"] == "Ready").map(|c| c["status"].clone())
    };
    let (before, after) = (ready(old), ready(new));
    if before != after {
        out.push(Milestone::Status(Box::new(json!({"Ready": after}))));
    }
    let taints = |node: &Value| {
        let text = |t: &Value, key: &str| t[key].as_str().unwrap_or_default().to_string();
        let list = node["spec"]["taints"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut list: Vec<String> = list.iter().map(|t| text(t, "key") + ":" + &text(t, "effect")).collect();
        list.sort();
        list
    };
    let (before, after) = (taints(old), taints(new));
    if before != after {
        out.push(Milestone::Status(Box::new(json!({"taints": after}))));
    }
    match (old["spec"]["unschedulable"] == true, new["spec"]["unschedulable"] == true) {
        (false, true) => out.push(Milestone::Word(Word::Cordoned)),
        (true, false) => out.push(Milestone::Word(Word::Uncordoned)),
        _ => {}
    }
}
