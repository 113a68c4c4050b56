//! `discovery.k8s.io/v1.EndpointSlice`: the addresses behind a Service.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{list, text};
use crate::resource::meta::{Hint, Text, Uid};

/// One endpoint: a Pod's address and whether it serves (rule D7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The address.
    pub address: Text,
    /// Whether clients should use it.
    pub ready: bool,
    /// Whether the Pod is Ready, terminating or not.
    pub serving: bool,
    /// Whether the Pod was asked to go.
    pub terminating: bool,
    /// The name in DNS before the Service's, if any (rule D8).
    pub hostname: Option<Text>,
    /// The Pod's namespace, name and uid, if it is a Pod's.
    pub pod: Option<(Text, Text, Uid)>,
    /// Where the Pod was when the endpoint was made.
    pub hint: Hint,
    /// The Pod's node.
    pub node: Option<Text>,
    /// The node's zone.
    pub zone: Option<Text>,
}

impl Endpoint {
    fn from_json(value: &Value) -> Endpoint {
        let (conditions, target) = (&value["conditions"], &value["targetRef"]);
        Endpoint {
            address: list(value, "addresses").first().and_then(Value::as_str).unwrap_or_default().into(),
            ready: conditions["ready"].as_bool().unwrap_or(true),
            serving: conditions["serving"].as_bool().unwrap_or(true),
            terminating: conditions["terminating"].as_bool().unwrap_or(false),
            hostname: text(value, "hostname"),
            pod: (target["kind"] == "Pod").then(|| {
                let uid = target["uid"].as_str().and_then(Uid::parse).unwrap_or_default();
                (text(target, "namespace").unwrap_or_default(), text(target, "name").unwrap_or_default(), uid)
            }),
            hint: Hint::default(),
            node: text(value, "nodeName"),
            zone: text(value, "zone"),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({
            "addresses": [&*self.address],
            "conditions": {"ready": self.ready, "serving": self.serving, "terminating": self.terminating},
        });
        for (key, value) in [("hostname", &self.hostname), ("nodeName", &self.node), ("zone", &self.zone)] {
            if let Some(value) = value {
                out[key] = (**value).into();
            }
        }
        if let Some((namespace, name, uid)) = &self.pod {
            out["targetRef"] =
                json!({"kind": "Pod", "namespace": &**namespace, "name": &**name, "uid": uid.to_string()});
        }
        out
    }
}

/// A slice: at most 100 endpoints of one Service that share their ports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointSlice {
    /// `IPv4`.
    pub address_type: Text,
    /// `ports` as the API serves them; null if the Service has none.
    #[serde(with = "crate::resource::stored::json")]
    pub ports: Arc<Value>,
    /// The endpoints.
    #[serde(with = "crate::resource::stored::each")]
    pub endpoints: Vec<Arc<Endpoint>>,
}

impl EndpointSlice {
    /// Reads a slice.
    #[must_use]
    pub fn from_json(value: &Value) -> EndpointSlice {
        EndpointSlice {
            address_type: text(value, "addressType").unwrap_or_else(|| "IPv4".into()),
            ports: Arc::new(value["ports"].clone()),
            endpoints: list(value, "endpoints").iter().map(|e| Arc::new(Endpoint::from_json(e))).collect(),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("addressType".into(), (*self.address_type).into());
        let endpoints = self.endpoints.iter().map(|e| e.to_json()).collect();
        out.insert("endpoints".into(), if self.endpoints.is_empty() { Value::Null } else { endpoints });
        out.insert("ports".into(), (*self.ports).clone());
        out
    }
}
