//! What Deployments, `ReplicaSet`s and `DaemonSet`s have in common: numbers that may be percentages, and conditions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::text;
use crate::resource::Time;
use crate::resource::meta::Text;

/// A number of Pods, or a share of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntOrPercent {
    /// So many.
    Int(i64),
    /// So many of a hundred.
    Percent(i64),
}

impl IntOrPercent {
    /// Reads a valid value; what is none counts as 0.
    #[must_use]
    pub fn from_json(value: &Value) -> IntOrPercent {
        match value.as_str() {
            Some(text) => IntOrPercent::Percent(text.strip_suffix('%').and_then(|t| t.parse().ok()).unwrap_or(0)),
            None => IntOrPercent::Int(value.as_i64().unwrap_or(0)),
        }
    }

    /// How many of `total` that is; a part of one counts as one if `up`, else not.
    #[must_use]
    pub fn of(self, total: i64, up: bool) -> i64 {
        match self {
            IntOrPercent::Int(number) => number,
            IntOrPercent::Percent(percent) => {
                let hundredths = percent.saturating_mul(total);
                if up { hundredths.saturating_add(99).div_euclid(100) } else { hundredths.div_euclid(100) }
            }
        }
    }
}

/// A condition of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadCondition {
    /// What it is about: `Available`, `Progressing`, `ReplicaFailure`.
    pub kind: Text,
    /// `True`, `False` or `Unknown`.
    pub status: Text,
    /// Why, in one word.
    pub reason: Text,
    /// Why, in a sentence.
    pub message: Text,
    /// When it last changed in any way; only Deployments tell.
    pub last_update: Option<Time>,
    /// When `status` last changed.
    pub last_transition: Time,
}

impl WorkloadCondition {
    pub(super) fn from_json(value: &Value) -> WorkloadCondition {
        let time = |key: &str| value[key].as_str().and_then(Time::parse);
        WorkloadCondition {
            kind: text(value, "type").unwrap_or_default(),
            status: text(value, "status").unwrap_or_default(),
            reason: text(value, "reason").unwrap_or_default(),
            message: text(value, "message").unwrap_or_default(),
            last_update: time("lastUpdateTime"),
            last_transition: time("lastTransitionTime").unwrap_or_default(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut out = json!({"type": &*self.kind, "status": &*self.status});
        if let Some(time) = self.last_update {
            out["lastUpdateTime"] = time.rfc3339().into();
        }
        let known = self.last_transition != Time::default();
        out["lastTransitionTime"] = if known { self.last_transition.rfc3339().into() } else { Value::Null };
        for (key, value) in [("reason", &self.reason), ("message", &self.message)] {
            if !value.is_empty() {
                out[key] = (**value).into();
            }
        }
        out
    }
}

/// The condition of a type.
#[must_use]
pub fn condition<'a>(conditions: &'a [WorkloadCondition], kind: &str) -> Option<&'a WorkloadCondition> {
    conditions.iter().find(|condition| *condition.kind == *kind)
}

/// Puts a condition at the end in place of the one of its type. One with the same status and reason stays as it is; the
/// time of the last transition stays with the status.
pub fn set_condition(conditions: &mut Vec<WorkloadCondition>, mut new: WorkloadCondition) {
    if let Some(old) = condition(conditions, &new.kind).filter(|old| old.status == new.status) {
        if old.reason == new.reason {
            return;
        }
        new.last_transition = old.last_transition;
    }
    remove_condition(conditions, &new.kind);
    conditions.push(new);
}

/// Takes the condition of a type out.
pub fn remove_condition(conditions: &mut Vec<WorkloadCondition>, kind: &str) {
    conditions.retain(|condition| *condition.kind != *kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule R3.
    #[test]
    fn r3_surge_rounds_up_and_unavailable_down() {
        let quarter = IntOrPercent::from_json(&json!("25%"));
        let both = |total: i64| (quarter.of(total, true), quarter.of(total, false));
        assert_eq!([1, 3, 4, 10].map(both), [(1, 0), (1, 0), (1, 1), (3, 2)]);
        assert_eq!(IntOrPercent::from_json(&json!(2)).of(10, false), 2);
    }

    #[test]
    fn r7_a_condition_moves_to_the_end_when_it_changes() {
        let make = |kind: &str, status: &str, reason: &str, at: i64| WorkloadCondition {
            kind: kind.into(),
            status: status.into(),
            reason: reason.into(),
            message: "".into(),
            last_update: Some(Time(at)),
            last_transition: Time(at),
        };
        let mut list = vec![make("Available", "True", "A", 1), make("Progressing", "True", "B", 1)];
        set_condition(&mut list, make("Available", "True", "A", 2));
        assert_eq!((&*list[0].kind, list[0].last_update), ("Available", Some(Time(1))));
        set_condition(&mut list, make("Available", "True", "C", 3));
        assert_eq!(
            (&*list[1].kind, list[1].last_update, list[1].last_transition),
            ("Available", Some(Time(3)), Time(1))
        );
        set_condition(&mut list, make("Available", "False", "C", 4));
        assert_eq!(list[1].last_transition, Time(4));
        remove_condition(&mut list, "Available");
        assert_eq!(list.len(), 1);
    }
}
