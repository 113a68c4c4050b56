//! Sentences about a set's rules: in which order its Pods come, go and change, and what becomes of its claims; and the
//! small ones that all are made of: spans, counts, lists. Every view takes them from here.

use std::time::Duration;

use crate::resource::Kind;
use crate::resource::model::{PolicyAction, StatefulSetSpec, UpdateStrategy};

/// What people call a kind.
#[must_use]
pub fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::PersistentVolumeClaim => "PVC",
        Kind::PersistentVolume => "PV",
        other => other.info().name,
    }
}

/// In which order Pods are made.
#[must_use]
pub fn start_order(spec: &StatefulSetSpec) -> String {
    if spec.parallel {
        return "Parallel: all Pods are made at once; none waits for another.".into();
    }
    match spec.min_ready_seconds {
        0 => "OrderedReady: each Pod waits until the one before it is Running and Ready.".into(),
        seconds => {
            format!(
                "OrderedReady: each Pod waits until the one before it has been Ready for {seconds} s (minReadySeconds)."
            )
        }
    }
}

/// In which order Pods go when there are too many.
#[must_use]
pub fn stop_order(spec: &StatefulSetSpec) -> String {
    if spec.parallel {
        "Parallel: all Pods beyond the last ordinal go at once.".into()
    } else {
        "OrderedReady: the highest ordinal goes first; the next one waits until it is gone.".into()
    }
}

/// In which order Pods are replaced when the template changes.
#[must_use]
pub fn update_order(spec: &StatefulSetSpec) -> String {
    match spec.update {
        UpdateStrategy::OnDelete => {
            "OnDelete: the template changed, but a Pod gets the new revision only when somebody deletes it.".into()
        }
        UpdateStrategy::RollingUpdate(_) if spec.partition() > 0 => format!(
            "RollingUpdate with partition {}: from the highest ordinal down, one at a time; lower ordinals than {} keep \
             their revision.",
            spec.partition(),
            spec.start + spec.partition()
        ),
        UpdateStrategy::RollingUpdate(_) => {
            "RollingUpdate: from the highest ordinal down, one at a time; each waits until the one above it is Ready \
             again."
                .into()
        }
    }
}

/// What becomes of claims.
#[must_use]
pub fn retention(spec: &StatefulSetSpec) -> String {
    match (spec.when_scaled, spec.when_deleted) {
        (PolicyAction::Retain, PolicyAction::Retain) => {
            "They stay when Pods go, and when the set goes (whenScaled and whenDeleted: Retain).".into()
        }
        (PolicyAction::Delete, PolicyAction::Retain) => {
            "They go with the Pods of a scale-down (whenScaled: Delete), and stay when the set is deleted (whenDeleted: \
             Retain)."
                .into()
        }
        (PolicyAction::Retain, PolicyAction::Delete) => {
            "They stay after a scale-down (whenScaled: Retain), and go when the set is deleted (whenDeleted: Delete).".into()
        }
        (PolicyAction::Delete, PolicyAction::Delete) => {
            "They go with the Pods of a scale-down and with the set (whenScaled and whenDeleted: Delete).".into()
        }
    }
}

/// A span of cluster time: `0.178s`, `12.5s`, `1m15s`, `2h5m`.
#[must_use]
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.3}s", time.as_secs_f64()),
        10..60 => format!("{:.1}s", time.as_secs_f64()),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        _ => format!("{}h{}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `1 Pod`, `3 Pods`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A text with at most so many characters.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_counts_and_lists() {
        let check = |millis: u64, expect: &str| assert_eq!(span(Duration::from_millis(millis)), expect);
        check(178, "0.178s");
        check(12_540, "12.5s");
        check(75_000, "1m15s");
        check(7_500_000, "2h5m");
        assert_eq!((count(1, "Pod"), count(3, "Pod")), ("1 Pod".to_string(), "3 Pods".to_string()));
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
