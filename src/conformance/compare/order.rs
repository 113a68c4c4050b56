//! Order: each object's own milestones; the ordinals of a set, one after another where they were so in the recording;
//! cause and effect; the statuses of a set. Nothing else is ordered across objects: real controllers race.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::normalize::{Milestone, Side};
use super::chains::{chains, lines, statuses};
use super::spans::{Sort, overlapping, sets, spans, unit};
use super::{Count, Report, Whole};

/// One milestone, apart from others like it by its number.
type Id = (String, String, String, usize);

pub(super) fn compare(whole: &Whole<'_>, report: &mut Report, recorded: &[&Side], played: &Side, hurried: bool) {
    let traces: Vec<&[Milestone]> = recorded.iter().map(|side| trace(side)).collect();
    let played = trace(played);
    compare_chains(report, &traces, played);
    let sets: BTreeSet<String> = recorded.iter().flat_map(|side| sets(side)).collect();
    compare_sequence(whole, report, &traces, played, &sets);
    compare_statuses(whole, report, &traces, played, &sets, hurried);
}

pub(super) fn trace(side: &Side) -> &[Milestone] {
    side.trace.as_deref().unwrap_or_default()
}

fn compare_chains(report: &mut Report, traces: &[&[Milestone]], played: &[Milestone]) {
    let want: Vec<_> = traces.iter().map(|trace| chains(trace)).collect();
    let got = chains(played);
    let none = Vec::new();
    for key in want.iter().chain([&got]).flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        let got = got.get(key).unwrap_or(&none);
        if !want.iter().any(|chains| chains.get(key).unwrap_or(&none) == got) {
            let concern = if key.2.is_empty() { String::new() } else { format!(" ({})", key.2) };
            let place = format!("{} {}{concern}", key.0, key.1);
            report.add(Count::Order, place, lines(want[0].get(key).unwrap_or(&none)), lines(got));
        }
    }
}

fn compare_sequence(
    whole: &Whole<'_>,
    report: &mut Report,
    traces: &[&[Milestone]],
    played: &[Milestone],
    sets: &BTreeSet<String>,
) {
    let mut pairs = pairs(traces[0], sets, &whole.parallel);
    let in_order = |places: &BTreeMap<Id, usize>, (a, b): &(Id, Id)| match (places.get(a), places.get(b)) {
        (Some(a), Some(b)) => a < b,
        _ => true,
    };
    for other in &traces[1..] {
        let places = places(other);
        pairs.retain(|pair| in_order(&places, pair));
    }
    let places = places(played);
    for (a, b) in pairs.iter().filter(|pair| !in_order(&places, pair)) {
        let (a, b) = (label(a), label(b));
        report.add(Count::Order, "sequence", format!("{a} before {b}"), format!("{b} before {a}"));
    }
}

fn label((kind, name, event, number): &Id) -> String {
    let number = if *number > 1 { format!(" (no. {number})") } else { String::new() };
    format!("{kind} {name} {event}{number}")
}

fn ids(trace: &[Milestone]) -> Vec<Id> {
    let mut numbers: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut out = Vec::with_capacity(trace.len());
    for Milestone { kind, id, event, .. } in trace {
        let key = if kind == "Event" { ("Event", "", "") } else { (kind.as_str(), id.as_str(), event.as_str()) };
        let number = numbers.entry(key).or_default();
        *number += 1;
        out.push((key.0.into(), key.1.into(), key.2.into(), *number));
    }
    out
}

fn places(trace: &[Milestone]) -> BTreeMap<Id, usize> {
    ids(trace).into_iter().enumerate().map(|(at, id)| (id, at)).collect()
}

/// Pairs of milestones of which the first must come first.
fn pairs(trace: &[Milestone], sets: &BTreeSet<String>, parallel: &BTreeSet<String>) -> BTreeSet<(Id, Id)> {
    let ids = ids(trace);
    let mut pairs = BTreeSet::new();
    let mut add = |a: usize, b: usize| {
        pairs.insert((ids[a].clone(), ids[b].clone()));
    };
    one_after_another(trace, sets, parallel, &mut add);
    causes(trace, sets, &mut add);
    for (at, set) in trace.iter().enumerate() {
        if set.kind == "StatefulSet" && matches!(set.event.as_str(), "terminating" | "deleted") {
            let goes = |pod: &Milestone| {
                let of_it = unit(pod).is_some_and(|(name, _)| name == set.id);
                of_it && matches!(pod.event.as_str(), "terminating" | "deleted" | "owners")
            };
            for (pod, _) in trace.iter().enumerate().filter(|(_, milestone)| goes(milestone)) {
                add(at.min(pod), at.max(pod));
            }
        }
    }
    pairs
}

/// A stretch of one ordinal that ended before that of another began.
fn one_after_another(
    trace: &[Milestone],
    sets: &BTreeSet<String>,
    parallel: &BTreeSet<String>,
    add: &mut impl FnMut(usize, usize),
) {
    let spans = spans(trace, sets);
    for earlier in &spans {
        for later in &spans {
            let other = earlier.unit.0 == later.unit.0 && earlier.unit != later.unit;
            if !other || later.sort == Sort::Point || earlier.last >= later.first {
                continue;
            }
            let before = spans.iter().rfind(|span| span.unit == later.unit && span.last < later.first);
            // It ran beside what the later one follows: then they are neighbours in time only.
            let beside = before.is_some_and(|span| span.first <= earlier.last && earlier.first <= span.last);
            let first_of_parallel =
                before.is_none() && matches!(later.sort, Sort::Up) && parallel.contains(&later.unit.0);
            if !beside && !first_of_parallel {
                add(earlier.last, later.first);
            }
        }
    }
}

/// The set before its Pods, the claims before their Pod, a revision before the first Pod of it.
fn causes(trace: &[Milestone], sets: &BTreeSet<String>, add: &mut impl FnMut(usize, usize)) {
    let mut created: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, milestone) in trace.iter().enumerate().filter(|(_, milestone)| milestone.event == "created") {
        match milestone.kind.as_str() {
            "PersistentVolumeClaim" | "StatefulSet" | "ControllerRevision" => {
                created.insert(&milestone.id, at);
            }
            "Pod" => {
                if let Some(revision) = created.get(milestone.text("revision")) {
                    add(*revision, at);
                }
                let Some((set, ordinal)) = unit(milestone).filter(|(set, _)| sets.contains(set)) else { continue };
                if let Some(set) = created.get(set.as_str()) {
                    add(*set, at);
                }
                let pod = format!("-{set}-{ordinal}");
                let claims = created.iter().filter(|(name, _)| name.ends_with(&pod)).map(|(_, claim)| *claim);
                for claim in claims.filter(|claim| trace[*claim].kind == "PersistentVolumeClaim") {
                    add(claim, at);
                }
            }
            _ => {}
        }
    }
}

fn compare_statuses(
    whole: &Whole<'_>,
    report: &mut Report,
    traces: &[&[Milestone]],
    played: &[Milestone],
    sets: &BTreeSet<String>,
    hurried: bool,
) {
    let want: Vec<_> = traces.iter().map(|trace| statuses(trace)).collect();
    let got = statuses(played);
    for key in want.iter().chain([&got]).flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        let of = |statuses: &BTreeMap<_, Vec<Value>>| statuses.get(key).cloned().unwrap_or_default();
        let (want, got): (Vec<_>, _) = (want.iter().map(of).collect(), of(&got));
        let (kind, name) = key;
        let deleted = |m: &Milestone| m.kind == "StatefulSet" && m.text("name") == name && m.event == "deleted";
        if want.contains(&got) || kind == "StatefulSet" && traces[0].iter().any(deleted) {
            continue;
        }
        let one_by_one = || !traces.iter().any(|trace| overlapping(&spans(trace, sets), name));
        let strict = kind == "StatefulSet"
            && !hurried
            && !whole.parallel.contains(name)
            && want.iter().all(|other| *other == want[0])
            && one_by_one();
        if strict {
            if got.last() != want[0].last() || !passed_over_one(&got, &want[0]) {
                report.add(Count::Order, format!("{kind} {name} status"), lines(&want[0]), lines(&got));
            }
        } else if !want.iter().any(|want| want.last() == got.last()) {
            let last = |statuses: &[Value]| lines(&statuses[statuses.len().saturating_sub(1)..]);
            report.add(Count::Order, format!("{kind} {name} last status"), last(&want[0]), last(&got));
        }
    }
}

/// Whether two sequences are equal but for one status, of a Pod made or gone but not yet Ready again, that the controller
/// passed over in one of them.
fn passed_over_one(a: &[Value], b: &[Value]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let number = |status: &Value, key: &str| status[key].as_i64().unwrap_or_default();
    let passing = |status: &Value| {
        number(status, "ready") < number(status, "replicas") || number(status, "available") < number(status, "ready")
    };
    long.len() == short.len() + 1
        && long
            .iter()
            .enumerate()
            .any(|(at, status)| passing(status) && long[..at] == short[..at] && long[at + 1..] == short[at..])
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn trace_of(text: &str) -> Vec<Milestone> {
        let line = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let mut members: Map<String, Value> = Map::new();
            members.insert("name".into(), words[1].into());
            Milestone { kind: words[0].into(), id: words[1].into(), event: words[2].into(), members }
        };
        text.split(',').map(line).collect()
    }

    fn check(want: &str, got: &str, expect: &[&str]) {
        let case = super::super::Case::default();
        let whole = Whole { case: &case, parallel: BTreeSet::new() };
        let side = |text| Side { trace: Some(trace_of(text)), objects: Some(BTreeMap::new()), ..Side::default() };
        let mut report = Report { step: 0, differences: Vec::new() };
        compare(&whole, &mut report, &[&side(want)], &side(got), false);
        assert_eq!(report.differences.iter().map(|d| d.place.as_str()).collect::<Vec<_>>(), expect, "{got}");
    }

    #[test]
    fn ordinals_follow_one_another_where_they_did() {
        let set = "StatefulSet web created,";
        let one_by_one = format!("{set}Pod web-0 created,Pod web-0 ready,Pod web-1 created,Pod web-1 ready");
        check(&one_by_one, &one_by_one, &[]);
        check(
            &one_by_one,
            &format!("{set}Pod web-1 created,Pod web-1 ready,Pod web-0 created,Pod web-0 ready"),
            &["sequence"],
        );
        let at_once = format!("{set}Pod web-0 created,Pod web-1 created,Pod web-1 ready,Pod web-0 ready");
        check(&at_once, &format!("{set}Pod web-1 created,Pod web-0 created,Pod web-0 ready,Pod web-1 ready"), &[]);
        check(
            &one_by_one,
            &format!("Pod web-0 created,{}", one_by_one.replace("Pod web-0 created,", "")),
            &["sequence"],
        );
        check(&one_by_one, &format!("{one_by_one},Pod web-1 unready"), &["Pod web-1"]);
    }

    #[test]
    fn claims_and_cascades_have_their_order() {
        let want = "StatefulSet web created,PersistentVolumeClaim www-web-0 created,Pod web-0 created";
        check(want, "StatefulSet web created,Pod web-0 created,PersistentVolumeClaim www-web-0 created", &["sequence"]);
        let want = "StatefulSet web deleted,Pod web-0 terminating,Pod web-0 deleted";
        check(want, "Pod web-0 terminating,StatefulSet web deleted,Pod web-0 deleted", &["sequence"]);
    }

    #[test]
    fn one_passing_status_may_be_missed() {
        let status = |ready: i64| json!({"replicas": 2, "ready": ready, "available": ready});
        let (one, two) = (status(1), status(2));
        assert!(passed_over_one(&[one.clone(), two.clone()], std::slice::from_ref(&two)));
        assert!(!passed_over_one(&[two.clone(), two.clone()], std::slice::from_ref(&two)));
        assert!(!passed_over_one(&[one.clone(), one.clone(), two.clone()], &[two]));
    }
}
