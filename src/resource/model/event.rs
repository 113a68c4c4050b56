//! `v1.Event`: what a component has to say about an object. Components on the old recorder count repeats in `count`;
//! the scheduler, on the new one, in `series`.

use std::sync::Arc;

use arcstr::literal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::text;
use crate::resource::kind::TypeMeta;
use crate::resource::meta::{Meta, Text, Uid};
use crate::resource::{Kind, Time};

const DEFAULT: Text = literal!("default");
const KUBE_SYSTEM: Text = literal!("kube-system");

/// `v1.ObjectReference` of what an Event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectReference {
    /// `Pod` of `v1`.
    #[serde(with = "crate::resource::stored::shared")]
    pub of: Arc<TypeMeta>,
    /// The namespace, empty if none.
    pub namespace: Text,
    /// The name.
    pub name: Text,
    /// The uid.
    pub uid: Uid,
    /// The version the component had seen, 0 if unknown.
    pub resource_version: u64,
    /// The part of the object (`spec.containers{nginx}`), if not the whole.
    pub field_path: Option<Text>,
}

impl ObjectReference {
    /// A reference to an object of `kind`.
    #[must_use]
    pub fn new(kind: Kind, meta: &Meta) -> ObjectReference {
        ObjectReference {
            of: Arc::clone(kind.type_meta()),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: meta.uid,
            resource_version: meta.resource_version,
            field_path: None,
        }
    }

    /// The namespace of the Events about it: `default` for what has none. Those about nodes are kept out of it: a lab's
    /// `default` is the namespace a person works in, and as in the recordings holds nothing that belongs to the cluster.
    #[must_use]
    pub fn namespace_of_events(&self) -> Text {
        match &self.namespace {
            none if none.is_empty() && self.of.kind == "Node" => KUBE_SYSTEM,
            none if none.is_empty() => DEFAULT,
            namespace => namespace.clone(),
        }
    }
}

/// Who made an Event, and with which recorder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventSource {
    /// `source.component` and `source.host`: the core recorder.
    Core {
        /// `statefulset-controller`, `kubelet`…
        component: Text,
        /// The node, for a kubelet.
        host: Option<Text>,
    },
    /// `reportingComponent`, `reportingInstance` and `action`: the events.k8s.io recorder.
    New {
        /// `default-scheduler`.
        component: Text,
        /// `default-scheduler-HOST`.
        instance: Text,
        /// `Binding`, `Scheduling`.
        action: Text,
    },
}

impl EventSource {
    /// The component.
    #[must_use]
    pub fn component(&self) -> &Text {
        match self {
            EventSource::Core { component, .. } | EventSource::New { component, .. } => component,
        }
    }
}

/// An Event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What it is about.
    #[serde(with = "crate::resource::stored::shared")]
    pub about: Arc<ObjectReference>,
    /// `Normal` or `Warning`: whether it is a warning.
    pub warning: bool,
    /// The reason in one word.
    pub reason: Text,
    /// The sentence.
    pub message: Text,
    /// Who says it.
    #[serde(with = "crate::resource::stored::shared")]
    pub source: Arc<EventSource>,
    /// When it was first said.
    pub first: Time,
    /// When it was last said.
    pub last: Time,
    /// How often it was said.
    pub count: u32,
}

impl Event {
    /// `Normal` or `Warning`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        if self.warning { "Warning" } else { "Normal" }
    }

    /// Reads an Event.
    #[must_use]
    pub fn from_json(value: &Value) -> Event {
        let (about, source) = (&value["involvedObject"], &value["source"]);
        let get = |value: &Value, key: &str| text(value, key).unwrap_or_default();
        let time = |key: &str| value[key].as_str().and_then(Time::parse);
        let event_time = time("eventTime");
        let last_observed = value["series"]["lastObservedTime"].as_str().and_then(Time::parse);
        let first = time("firstTimestamp").or(event_time).unwrap_or_default();
        Event {
            about: Arc::new(ObjectReference {
                of: Arc::new(TypeMeta { kind: get(about, "kind"), api_version: get(about, "apiVersion") }),
                namespace: get(about, "namespace"),
                name: get(about, "name"),
                uid: about["uid"].as_str().and_then(Uid::parse).unwrap_or_default(),
                resource_version: about["resourceVersion"].as_str().and_then(|s| s.parse().ok()).unwrap_or(0),
                field_path: text(about, "fieldPath"),
            }),
            warning: value["type"] == "Warning",
            reason: get(value, "reason"),
            message: get(value, "message"),
            source: Arc::new(if event_time.is_some() {
                EventSource::New {
                    component: get(value, "reportingComponent"),
                    instance: get(value, "reportingInstance"),
                    action: get(value, "action"),
                }
            } else {
                EventSource::Core { component: get(source, "component"), host: text(source, "host") }
            }),
            first,
            last: time("lastTimestamp").or(last_observed).unwrap_or(first),
            count: value["count"].as_u64().or(value["series"]["count"].as_u64()).unwrap_or(1) as u32,
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let about = &self.about;
        let mut object = json!({"kind": &*about.of.kind, "name": &*about.name, "apiVersion": &*about.of.api_version});
        if about.uid != Uid::default() {
            object["uid"] = about.uid.to_string().into();
        }
        if !about.namespace.is_empty() {
            object["namespace"] = (*about.namespace).into();
        }
        if about.resource_version > 0 {
            object["resourceVersion"] = about.resource_version.to_string().into();
        }
        if let Some(path) = &about.field_path {
            object["fieldPath"] = (**path).into();
        }
        let mut out = json!({"involvedObject": object, "reason": &*self.reason, "message": &*self.message,
            "type": self.type_name()});
        match &*self.source {
            EventSource::Core { component, host } => {
                let mut source = json!({"component": &**component});
                if let Some(host) = host {
                    source["host"] = (**host).into();
                }
                out["source"] = source;
                out["eventTime"] = Value::Null;
                out["firstTimestamp"] = self.first.rfc3339().into();
                out["lastTimestamp"] = self.last.rfc3339().into();
                out["count"] = self.count.into();
                out["reportingComponent"] = (**component).into();
                out["reportingInstance"] = host.as_deref().unwrap_or_default().into();
            }
            EventSource::New { component, instance, action } => {
                out["source"] = json!({});
                out["eventTime"] = self.first.rfc3339_micro().into();
                out["firstTimestamp"] = Value::Null;
                out["lastTimestamp"] = Value::Null;
                out["action"] = (**action).into();
                out["reportingComponent"] = (**component).into();
                out["reportingInstance"] = (**instance).into();
                if self.count > 1 {
                    out["series"] = json!({"count": self.count, "lastObservedTime": self.last.rfc3339_micro()});
                }
            }
        }
        match out {
            Value::Object(out) => out,
            _ => Map::new(),
        }
    }
}
