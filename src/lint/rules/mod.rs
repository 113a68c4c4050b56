//! The list of all rules, one file for each group. Numbers never change their meaning; each group has gaps to grow into.

mod budget;
mod classes;
mod health;
mod names;
mod placement;
mod pods;
mod service;
mod storage;
mod update;

pub(super) use super::{Bad, Found, Rule, Scope, See, Severity, Subject};
use super::{allow, refused};

/// The good set that most bad examples are made from.
pub(super) const SET: &str = include_str!("../examples/set.yaml");
/// A good set whose members vote.
pub(super) const QUORUM: &str = include_str!("../examples/quorum.yaml");
/// A good Deployment that shares a claim.
pub(super) const SHARED: &str = include_str!("../examples/shared.yaml");

const GROUPS: &[&[Rule]] = &[
    refused::RULES,
    &[allow::RULE],
    service::RULES,
    names::RULES,
    storage::RULES,
    classes::RULES,
    budget::RULES,
    placement::RULES,
    health::RULES,
    update::RULES,
    pods::RULES,
];

/// All rules, by number.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// The rule of this number or name, however it is spelt.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id) || rule.name.eq_ignore_ascii_case(id))
}

/// The label selector of a workload as YAML, in one line.
fn labels(subject: &Subject) -> String {
    flow(subject.get("spec.selector.matchLabels"))
}

/// A map of texts as YAML in one line.
fn flow(map: &serde_json::Value) -> String {
    let entries = map.as_object().into_iter().flatten();
    let entries: Vec<String> = entries.map(|(key, value)| format!("{key}: {}", scalar(value))).collect();
    format!("{{{}}}", entries.join(", "))
}

fn scalar(value: &serde_json::Value) -> String {
    let plain = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !["true", "false", "yes", "no", "on", "off", "null"].contains(&text.to_lowercase().as_str())
    };
    value.as_str().filter(plain).map_or_else(|| value.to_string(), str::to_string)
}
