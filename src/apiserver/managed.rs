//! Who manages which field of an object: what the real server keeps in `metadata.managedFields`, which the lab does not
//! serve, as far as server-side apply needs it. Only what people write is noted; controllers write fields that nobody
//! applies (`k8s.io/apimachinery/pkg/util/managedfields`, `sigs.k8s.io/structured-merge-diff/merge`).

pub mod merge;
pub mod path;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::meta::Text;
pub use path::{Path, fields};

/// Who writes, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Manager {
    /// Its name (`kubectl-client-side-apply`).
    pub name: String,
    /// Whether it applies, not updates.
    pub applies: bool,
    /// The part of the object it writes, empty for the whole.
    pub subresource: Text,
}

/// A field that an apply would take from somebody else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The other manager, as messages have it.
    pub manager: String,
    /// The field.
    pub path: Path,
}

/// The managers of one object with their fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Managers(BTreeMap<Manager, BTreeSet<Path>>);

/// What a write changes: the fields that are new or different, and those that are gone.
pub struct Changes {
    set: BTreeSet<Path>,
    removed: BTreeSet<Path>,
}

impl Changes {
    /// The changes from one form of an object to another.
    #[must_use]
    pub fn between(old: &BTreeMap<Path, Value>, new: &BTreeMap<Path, Value>) -> Changes {
        let set = new.iter().filter(|(path, value)| old.get(path) != Some(value)).map(|(path, _)| path.clone());
        let removed = old.keys().filter(|path| !new.contains_key(path)).cloned();
        Changes { set: set.collect(), removed: removed.collect() }
    }
}

impl Managers {
    /// A manager made the object.
    #[must_use]
    pub fn created(manager: Manager, fields: BTreeSet<Path>) -> Managers {
        Managers(BTreeMap::from([(manager, fields)]))
    }

    /// A manager updated the object: what it changed is its own now.
    pub fn update(&mut self, manager: Manager, changes: Changes) {
        self.take(&changes.set, &changes.removed);
        self.0.entry(manager).or_default().extend(changes.set);
        self.0.retain(|_, fields| !fields.is_empty());
    }

    /// A manager applied these fields, and nothing else any more.
    pub fn apply(&mut self, manager: Manager, fields: BTreeSet<Path>, changes: &Changes) {
        let taken = changes.set.intersection(&fields).cloned().collect();
        self.take(&taken, &changes.removed);
        self.0.insert(manager, fields);
        self.0.retain(|_, fields| !fields.is_empty());
    }

    fn take(&mut self, set: &BTreeSet<Path>, removed: &BTreeSet<Path>) {
        for fields in self.0.values_mut() {
            fields.retain(|path| !set.contains(path) && !removed.contains(path));
        }
    }

    /// The fields that a manager would take from others by applying these changes, in the order of messages.
    #[must_use]
    pub fn conflicts(&self, manager: &Manager, api_version: &str, changes: &Changes) -> Vec<Conflict> {
        let others = self.0.iter().filter(|(other, _)| *other != manager);
        let mut found: Vec<Conflict> = others
            .flat_map(|(other, fields)| {
                let manager = other.in_messages(api_version);
                fields
                    .intersection(&changes.set)
                    .map(move |path| Conflict { manager: manager.clone(), path: path.clone() })
            })
            .collect();
        found.sort();
        found
    }

    /// The fields that a manager applied before, does not apply now, and nobody else has: they go.
    #[must_use]
    pub fn dropped(&self, manager: &Manager, now: &BTreeSet<Path>) -> Vec<Path> {
        let Some(before) = self.0.get(manager) else { return Vec::new() };
        let others = |path: &Path| {
            self.0.iter().any(|(other, fields)| other != manager && fields.iter().any(|own| path.holds(own)))
        };
        let still = |path: &Path| now.iter().any(|own| path.holds(own));
        let mut dropped: Vec<Path> = before.iter().filter(|path| !still(path) && !others(path)).cloned().collect();
        dropped.reverse();
        dropped
    }

    /// What one manager has becomes another's (kubectl's migration from client-side apply).
    pub fn hand_over(&mut self, from: &Manager, to: &Manager) {
        if let Some(fields) = self.0.remove(from) {
            self.0.entry(to.clone()).or_default().extend(fields);
        }
    }
}

impl Manager {
    /// `"kubectl" with subresource "scale" using apps/v1`.
    fn in_messages(&self, api_version: &str) -> String {
        let mut text = format!("{:?}", self.name);
        if !self.subresource.is_empty() {
            text += &format!(" with subresource {:?}", self.subresource);
        }
        if self.applies { text } else { format!("{text} using {api_version}") }
    }
}

/// What is said of conflicts.
#[must_use]
pub fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        return format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.path);
    }
    let (mut lines, mut last) = (Vec::new(), "");
    for conflict in conflicts {
        if conflict.manager != last {
            lines.push(format!("conflicts with {}:", conflict.manager));
            last = &conflict.manager;
        }
        lines.push(format!("- {}", conflict.path));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}
