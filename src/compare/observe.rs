//! What is to be seen in a run: its Pods, claims and volumes, when Pods came and went, and why some do not run.

use std::collections::BTreeSet;

use serde_json::Value;

use super::trial::Trial;
use crate::dns::{Type, records};
use crate::resource::{Kind, Time};
use crate::store::milestone::{Milestone, Word};

/// A Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Whether it is Ready.
    pub ready: bool,
    /// Its node, empty without.
    pub node: String,
    /// Its address, empty without.
    pub ip: String,
    /// Its claims.
    pub claims: Vec<String>,
    /// The images of its containers.
    pub images: Vec<String>,
    /// Whether it was asked to go.
    pub terminating: bool,
}

/// What became of a Pod, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// The Pod.
    pub pod: String,
    /// What.
    pub what: What,
}

/// What can become of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was made.
    Created,
    /// It became Ready.
    Ready,
    /// It was asked to go.
    Terminating,
    /// It is gone.
    Deleted,
}

impl Trial {
    /// All objects of a kind, in the order of their names.
    #[must_use]
    pub fn all(&self, kind: Kind) -> Vec<Value> {
        self.cluster().api.store.all(kind).map(|object| object.to_json()).collect()
    }

    /// The Pods.
    #[must_use]
    pub fn pods(&self) -> Vec<Pod> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let pod = |pod: &Value| {
            let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
            let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
            let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
            Pod {
                name: text(&pod["metadata"]["name"]),
                uid: text(&pod["metadata"]["uid"]),
                ready: conditions.clone().any(|c| c["type"] == "Ready" && c["status"] == "True"),
                node: text(&pod["spec"]["nodeName"]),
                ip: text(&pod["status"]["podIP"]),
                claims: volumes
                    .filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str().map(str::to_string))
                    .collect(),
                images: containers.map(|container| text(&container["image"])).collect(),
                terminating: !pod["metadata"]["deletionTimestamp"].is_null(),
            }
        };
        self.all(Kind::Pod).iter().map(pod).collect()
    }

    /// The names of the claims.
    #[must_use]
    pub fn claims(&self) -> Vec<String> {
        let claims = self.all(Kind::PersistentVolumeClaim);
        claims.iter().filter_map(|claim| claim["metadata"]["name"].as_str().map(str::to_string)).collect()
    }

    /// The volume of a claim.
    #[must_use]
    pub fn volume_of(&self, claim: &str) -> Option<String> {
        let store = &self.cluster().api.store;
        let claim = store.get(Kind::PersistentVolumeClaim, "default", claim)?.to_json();
        claim["spec"]["volumeName"].as_str().map(str::to_string)
    }

    /// The volumes that Pods use.
    #[must_use]
    pub fn volumes_in_use(&self) -> BTreeSet<String> {
        let pods = self.pods();
        pods.iter().flat_map(|pod| &pod.claims).filter_map(|claim| self.volume_of(claim)).collect()
    }

    /// What became of Pods since a moment.
    #[must_use]
    pub fn moments(&self, since: Time) -> Vec<Moment> {
        let changes = self.cluster().api.store.history.changes();
        let of_pods = changes.filter(|change| change.kind == Kind::Pod && change.time >= since);
        let mut out = Vec::new();
        for change in of_pods {
            for milestone in change.milestones {
                let what = match milestone {
                    Milestone::Created(_) => What::Created,
                    Milestone::Word(Word::Ready) => What::Ready,
                    Milestone::Terminating => What::Terminating,
                    Milestone::Deleted => What::Deleted,
                    _ => continue,
                };
                out.push(Moment { at: change.time, pod: change.name.to_string(), what });
            }
        }
        out
    }

    /// Why a Pod that is not Ready is not, in a few words.
    #[must_use]
    pub fn trouble(&self, pod: &Pod) -> String {
        let object = self.cluster().api.store.get(Kind::Pod, "default", &pod.name).map(|pod| pod.to_json());
        let object = object.unwrap_or_default();
        let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let scheduling = conditions.filter(|c| c["type"] == "PodScheduled" && c["status"] == "False");
        let events = self.all(Kind::Event);
        let warnings = events.iter().rev().filter(|event| {
            event["type"] == "Warning" && event["involvedObject"]["name"].as_str() == Some(pod.name.as_str())
        });
        let words: Vec<&str> = scheduling.chain(warnings).filter_map(|value| value["message"].as_str()).collect();
        let known = words.iter().find_map(|words| TROUBLES.iter().find(|known| words.contains(*known)));
        match (known, words.first()) {
            (Some(known), _) => (*known).to_string(),
            (None, Some(words)) => words.split(['.', ';']).next().unwrap_or(words).chars().take(70).collect(),
            (None, None) => "not Ready".into(),
        }
    }

    /// The names in DNS that lead to one Pod each, without the cluster's zone.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = records(&self.cluster().api.store)
            .into_iter()
            .filter(|record| record.kind == Type::A && record.pod.is_some())
            .filter(|record| record.name.split('.').nth(1) == Some(self.setup().name.as_str()))
            .map(|record| record.name.trim_end_matches(".default.svc.cluster.local").to_string())
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The words that matter, the first cause first.
const TROUBLES: [&str; 5] = [
    "Multi-Attach error",
    "didn't match PersistentVolume's node affinity",
    "didn't find available persistent volumes to bind",
    "ReadWriteOncePod access mode already in-use by another pod",
    "Insufficient cpu",
];
