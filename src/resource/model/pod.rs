//! `v1.Pod`: a shared template and what is this Pod's own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{PodStatus, PodTemplate};
use crate::resource::meta::{Hint, SharedList, Text};

/// A volume that is a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimVolume {
    /// The volume's name in the Pod.
    pub volume: Text,
    /// The claim's name.
    pub claim: Text,
    /// Where the claim was when the Pod was made.
    pub hint: Hint,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pod {
    /// What its siblings share.
    #[serde(with = "crate::resource::stored::shared")]
    pub template: Arc<PodTemplate>,
    /// The claim volumes of this Pod, before those of the template.
    pub claim_volumes: SharedList<ClaimVolume>,
    /// `spec.hostname`.
    pub hostname: Option<Text>,
    /// `spec.subdomain`.
    pub subdomain: Option<Text>,
    /// `spec.nodeName`, once it has a node.
    pub node: Option<Text>,
    /// The status.
    pub status: PodStatus,
}

impl Pod {
    /// The Pod with another status.
    #[must_use]
    pub fn with_status(&self, status: PodStatus) -> Pod {
        Pod {
            template: Arc::clone(&self.template),
            claim_volumes: self.claim_volumes.clone(),
            hostname: self.hostname.clone(),
            subdomain: self.subdomain.clone(),
            node: self.node.clone(),
            status,
        }
    }

    /// All claims the Pod mounts.
    pub fn claims(&self) -> impl Iterator<Item = &ClaimVolume> {
        self.claim_volumes.iter().chain(&self.template.claims)
    }

    /// Reads a Pod.
    #[must_use]
    pub fn from_json(value: &Value) -> Pod {
        let mut spec = value["spec"].as_object().cloned().unwrap_or_default();
        let mut take = |key: &str| spec.remove(key).as_ref().and_then(Value::as_str).map(Text::from);
        let (hostname, subdomain, node) = (take("hostname"), take("subdomain"), take("nodeName"));
        Pod {
            template: PodTemplate::new(spec),
            claim_volumes: SharedList::default(),
            hostname: hostname.filter(|s| !s.is_empty()),
            subdomain: subdomain.filter(|s| !s.is_empty()),
            node: node.filter(|s| !s.is_empty()),
            status: PodStatus::from_json(&value["status"]),
        }
    }

    /// `spec` as the API serves it.
    #[must_use]
    pub fn spec_json(&self) -> Map<String, Value> {
        let mut spec = self.template.spec.clone();
        for (key, value) in [("hostname", &self.hostname), ("subdomain", &self.subdomain), ("nodeName", &self.node)] {
            if let Some(value) = value {
                spec.insert(key.into(), (**value).into());
            }
        }
        if !self.claim_volumes.is_empty() {
            let own = self
                .claim_volumes
                .iter()
                .map(|c| json!({"name": &*c.volume, "persistentVolumeClaim": {"claimName": &*c.claim}}));
            let others = spec.get("volumes").and_then(Value::as_array).cloned().unwrap_or_default();
            spec.insert("volumes".into(), own.chain(others).collect());
        }
        spec
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("spec".into(), self.spec_json().into());
        out.insert("status".into(), self.status.to_json());
        out
    }

    /// Takes template and claim volumes from `old` where they say the same, so that an edited Pod stays small.
    #[must_use]
    pub fn sharing(mut self, old: &Pod) -> Pod {
        let same = Pod { status: PodStatus::default(), node: None, ..old.clone() }.spec_json()
            == Pod { status: PodStatus::default(), node: None, ..self.clone() }.spec_json();
        if same {
            self.template = Arc::clone(&old.template);
            self.claim_volumes.clone_from(&old.claim_volumes);
        }
        self
    }

    /// The condition-free word of a Pod's health: Running phase and Ready condition (rule S27).
    #[must_use]
    pub fn is_running_and_ready(&self) -> bool {
        self.status.phase == super::Phase::Running && self.status.is_ready()
    }
}
