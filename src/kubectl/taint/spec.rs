//! Taints as words of the command line, and what comes of them (`k8s.io/kubectl/pkg/cmd/taint/utils.go`).

use serde_json::{Value, json};

use crate::kubectl::error::{CmdError, message};
use crate::kubectl::print::go::quote;
use crate::kubectl::print::value::text;
use crate::resource::selector::syntax::{key_problems, value_problems};

/// One taint of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Taint {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) effect: String,
    /// When it came, as it stands in the object.
    added: Value,
}

impl Taint {
    pub(super) fn of(value: &Value) -> Taint {
        let part = |pointer: &str| text(value, pointer).to_string();
        Taint { key: part("/key"), value: part("/value"), effect: part("/effect"), added: value["timeAdded"].clone() }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut out = json!({"key": self.key, "effect": self.effect});
        if !self.value.is_empty() {
            out["value"] = self.value.as_str().into();
        }
        if !self.added.is_null() {
            out["timeAdded"] = self.added.clone();
        }
        out
    }

    /// Reads `KEY=VALUE:EFFECT`, `KEY:EFFECT` or `KEY`.
    fn parse(spec: &str) -> Result<Taint, String> {
        let wrong = |problems: &[String]| {
            let why = if problems.is_empty() { String::new() } else { format!(", {}", problems.join("; ")) };
            Err(format!("invalid taint spec: {spec}{why}"))
        };
        let (pair, effect) = match spec.split(':').collect::<Vec<_>>()[..] {
            [pair] => (pair, ""),
            [_, effect] if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") => {
                return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
            }
            [pair, effect] => (pair, effect),
            _ => return wrong(&[]),
        };
        // Without an effect there is no value either: the whole word is the key.
        let (key, value) = match pair.split('=').collect::<Vec<_>>()[..] {
            _ if effect.is_empty() => (pair, ""),
            [key] => (key, ""),
            [key, value] => (key, value),
            _ => return wrong(&[]),
        };
        for problems in [value_problems(value), key_problems(key)] {
            if !problems.is_empty() {
                return wrong(&problems);
            }
        }
        let (key, value, effect) = (key.to_string(), value.to_string(), effect.to_string());
        Ok(Taint { key, value, effect, added: Value::Null })
    }

    fn same(&self, other: &Taint) -> bool {
        self.key == other.key && self.effect == other.effect
    }
}

/// What a command line asks for.
#[derive(Debug, Default)]
pub(super) struct Changes {
    add: Vec<Taint>,
    /// Without effect: all of the key.
    remove: Vec<Taint>,
}

impl Changes {
    pub(super) fn parse(specs: &[String]) -> Result<Changes, String> {
        let mut changes = Changes::default();
        for spec in specs {
            if let Some(spec) = spec.strip_suffix('-') {
                changes.remove.push(Taint { value: String::new(), ..Taint::parse(spec)? });
                continue;
            }
            let taint = Taint::parse(spec)?;
            if taint.effect.is_empty() {
                return Err(format!("invalid taint spec: {spec}"));
            }
            if changes.add.iter().any(|known| known.same(&taint)) {
                let Taint { key, value, effect, .. } = taint;
                return Err(format!(
                    "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
                ));
            }
            changes.add.push(taint);
        }
        Ok(changes)
    }

    /// The taints that are both to be set and to be removed.
    pub(super) fn both(&self) -> Vec<String> {
        let pairs = self.add.iter().flat_map(|add| self.remove.iter().map(move |remove| (add, remove)));
        pairs
            .filter(|(add, remove)| add.key == remove.key && (remove.effect.is_empty() || add.effect == remove.effect))
            .map(|(_, remove)| format!("{}={}", remove.key, remove.effect))
            .collect()
    }

    /// The keys of those to be set that a node has already.
    pub(super) fn present(&self, taints: &[Taint]) -> Vec<String> {
        let found = |add: &&Taint| taints.iter().any(|taint| taint.same(add));
        self.add.iter().filter(found).map(|add| add.key.clone()).collect()
    }

    /// What was done in one word, and the taints that come of it: the new ones first.
    pub(super) fn apply(&self, present: &[Taint], overwrite: bool) -> Result<(&'static str, Vec<Taint>), CmdError> {
        let mut taints = self.add.clone();
        taints.extend(present.iter().filter(|old| !self.add.iter().any(|new| new.same(old))).cloned());
        let added = taints.len() != present.len();
        let (mut removed, mut failures) = (false, Vec::new());
        for remove in &self.remove {
            let before = taints.len();
            taints.retain(|t| t.key != remove.key || !remove.effect.is_empty() && t.effect != remove.effect);
            removed = taints.len() != before;
            if !removed {
                let colon = if remove.effect.is_empty() { "" } else { ":" };
                let name = format!("{}{colon}{}", remove.key, remove.effect);
                failures.push(message(format!("taint {} not found", quote(&name))));
            }
        }
        CmdError::aggregate(failures)?;
        let operation = match (added, removed) {
            (true, true) => "modified",
            _ if overwrite => "modified",
            (true, false) => "tainted",
            (false, _) => "untainted",
        };
        Ok((operation, taints))
    }
}
