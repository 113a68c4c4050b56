//! The DNS names that come, go, or lead to another address.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Worlds;
use crate::dns::{Type, ZONE, records};
use crate::store::Store;

/// What becomes of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NameFate {
    /// It answers from now on.
    Appears,
    /// It answers no more.
    Vanishes,
    /// It answers with other addresses.
    Moves,
}

/// A name of which something becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameChange {
    /// The name, without the dot at its end.
    pub name: String,
    /// What becomes of it.
    pub fate: NameFate,
    /// Its addresses before, or the name it led to.
    pub old: Vec<String>,
    /// Its addresses after.
    pub new: Vec<String>,
}

impl NameChange {
    /// The name without the zone, as Pods of the cluster may use it.
    #[must_use]
    pub fn short(&self) -> &str {
        self.name.strip_suffix(&format!(".svc.{ZONE}")).unwrap_or(&self.name)
    }
}

/// The names that the specification promises, by Service and ordinal.
pub(super) fn names(worlds: &Worlds<'_>) -> Vec<NameChange> {
    let (before, after) = (answers(&worlds.before.api.store), answers(&worlds.after.api.store));
    let all: BTreeSet<&(Place, String)> = before.keys().chain(after.keys()).collect();
    let mut out = Vec::new();
    for key in all {
        let (old, new) = (before.get(key).cloned().unwrap_or_default(), after.get(key).cloned().unwrap_or_default());
        let fate = match (old.is_empty(), new.is_empty()) {
            (true, _) => NameFate::Appears,
            (_, true) => NameFate::Vanishes,
            _ if old != new => NameFate::Moves,
            _ => continue,
        };
        let list = |set: BTreeSet<String>| set.into_iter().collect();
        out.push(NameChange { name: key.1.clone(), fate, old: list(old), new: list(new) });
    }
    out
}

/// Where a name stands among the others: its Service, then the Pods by ordinal.
type Place = ((String, String), i64);

fn answers(store: &Store) -> BTreeMap<(Place, String), BTreeSet<String>> {
    let mut out: BTreeMap<(Place, String), BTreeSet<String>> = BTreeMap::new();
    let told = |kind: Type| matches!(kind, Type::A | Type::Aaaa | Type::Cname);
    for record in records(store).into_iter().filter(|record| record.promised && told(record.kind)) {
        let of_service = record.name.starts_with(&format!("{}.", record.service.1));
        let pod = record.pod.as_deref().filter(|_| !of_service);
        let ordinal = pod.and_then(crate::cluster::statefulset::identity::parse_pod_name).map_or(-1, |(_, o)| o);
        out.entry(((record.service, ordinal), record.name)).or_default().insert(record.data);
    }
    out
}
