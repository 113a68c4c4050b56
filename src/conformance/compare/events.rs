//! Events: of each object and source the sequence of type, reason, message and count.
//!
//! Those that retries and resyncs repeat count as present or not, over the case so far. What only tells of a race between
//! controllers is not compared.

use std::collections::{BTreeMap, BTreeSet};

use ::regex::Captures;
use serde_json::{Map, Value, json};

use super::super::diff::{MISSING, paths, python};
use super::super::normalize::{Milestone, Side};
use super::super::regex::{GENERATED, NODE, regex};
use super::order::trace;
use super::spans::{overlapping, spans};
use super::{Count, Report, Whole};

regex! {
    LOST_CLAIM = r#"persistentvolumeclaim "([^"]+)" not found"#;
    NUMBER = r"\d+";
    ON_A_NODE = r" to \S+$";
    POD_OF_SET = r"^(?:Create|Update) Pod (\S+) in StatefulSet";
}

const PRESENT_OR_NOT: [&str; 16] = [
    "FailedScheduling",
    "BackOff",
    "FailedCreate",
    "FailedUpdate",
    "FailedDelete",
    "FailedBinding",
    "WaitForFirstConsumer",
    "WaitForPodScheduled",
    "ExternalProvisioning",
    "ProvisioningFailed",
    "ExternalExpanding",
    "TaintManagerEviction",
    "NodeNotReady",
    "Unhealthy",
    "NoControllers",
    "CalculateExpectedPodCountFailed",
];
const UNBOUND: &str = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";

/// Object, type, reason and message.
type Presence = BTreeSet<[String; 4]>;
/// By object and source: type, reason, message and count.
type Sequences = BTreeMap<(String, String), Vec<Value>>;

/// What was seen so far in each run.
pub(super) struct Seen {
    /// One for each recorded run, then the one of the run that is judged.
    present: Vec<Presence>,
    /// Texts of passing `FailedScheduling`, numbers aside; none in serial cases, in which nodes change meanwhile.
    passing: Option<BTreeSet<String>>,
}

impl Seen {
    pub(super) fn new(runs: usize, serial: bool) -> Seen {
        Seen { present: vec![Presence::new(); runs + 1], passing: (!serial).then(BTreeSet::new) }
    }
}

pub(super) fn compare(whole: &Whole<'_>, report: &mut Report, seen: &mut Seen, recorded: &[&Side], played: &Side) {
    let sides = recorded.iter().copied().chain([played]);
    let last = seen.present.len() - 1;
    let mut sequences: Vec<Sequences> = Vec::new();
    for (index, side) in sides.enumerate() {
        let at = if index < recorded.len() { index } else { last };
        let (found, unknown) = read(whole, side, &mut seen.present[at], &mut seen.passing, at < last);
        for (object, message) in unknown {
            report.add(Count::Events, object, MISSING, format!("FailedScheduling {message}"));
        }
        sequences.push(found);
    }
    let (want, got) = sequences.split_at(recorded.len());
    compare_sequences(report, recorded, want, &got[0]);
    compare_presence(report, &seen.present[..last], &seen.present[last]);
    compare_objects(report, recorded, played);
}

/// The sequences of one run, and texts of passing Events that no recording shows.
fn read(
    whole: &Whole<'_>,
    side: &Side,
    present: &mut Presence,
    passing: &mut Option<BTreeSet<String>>,
    is_recorded: bool,
) -> (Sequences, Vec<(String, String)>) {
    let trace = trace(side);
    let scheduled: BTreeSet<&str> =
        trace.iter().filter(|m| m.kind == "Pod" && m.event == "scheduled").map(|m| m.id.as_str()).collect();
    let (mut sequences, mut unknown) = (BTreeMap::<_, Vec<Value>>::new(), Vec::new());
    for event in trace.iter().filter(|m| m.kind == "Event" && !m.text("object").starts_with("Node/")) {
        let (reason, message) = (event.text("reason"), event.text("message"));
        let name = event.id.split_once('/').map_or(event.id.as_str(), |(_, name)| name);
        if reason == "NoPods" || reason == "FailedScheduling" && names_a_claim_that_exists(side, message) {
            continue;
        }
        if reason == "FailedScheduling" && scheduled.contains(name) {
            let Some(passing) = passing else { continue };
            let text = NUMBER.replace_all(message, "0").into_owned();
            if is_recorded {
                passing.insert(text);
            } else if !passing.contains(&text) && message != UNBOUND {
                unknown.push((event.text("object").into(), message.into()));
            }
            continue;
        }
        keep(whole, event, present, &mut sequences);
    }
    (canonical(whole, sequences), unknown)
}

/// The scheduler had not seen the claim yet.
fn names_a_claim_that_exists(side: &Side, message: &str) -> bool {
    let claim = LOST_CLAIM.captures(message).map(|found| ("PersistentVolumeClaim".to_string(), found[1].to_string()));
    claim.is_some_and(|claim| side.objects.as_ref().is_some_and(|objects| objects.contains_key(&claim)))
}

fn keep(whole: &Whole<'_>, event: &Milestone, present: &mut Presence, sequences: &mut Sequences) {
    let (kind, reason) = (event.text("type"), event.text("reason"));
    let message = match reason {
        "Scheduled" => ON_A_NODE.replace(event.text("message"), " to <node>").into_owned(),
        _ => event.text("message").to_string(),
    };
    let object = event.text("object").to_string();
    if whole.case.conflicts && event.id.starts_with("StatefulSet/") {
        // A race for the claim was lost, or not.
        let pod = POD_OF_SET.captures(&message).map(|found| found[1].to_string());
        let lost = message.contains("the object has been modified");
        if lost || reason == "SuccessfulCreate" && pod.is_some() {
            let pod = pod.unwrap_or_else(|| "?".into());
            let text = format!("Pod {pod} created, perhaps after a conflict");
            present.insert([object, "Normal".into(), "SuccessfulCreate".into(), text]);
            return;
        }
    }
    if PRESENT_OR_NOT.contains(&reason) {
        present.insert([object, kind.into(), reason.into(), message]);
        return;
    }
    let source = event.members.get("source").map_or_else(|| "null".to_string(), python);
    let sequence = sequences.entry((event.id.clone(), source)).or_default();
    if reason == "SuccessfulDelete" {
        // A stale cache may delete twice: neither number nor count.
        let item = json!([kind, reason, message, ""]);
        if sequence.last() != Some(&item) {
            sequence.push(item);
        }
        return;
    }
    let count = event.members.get("count").cloned().unwrap_or_else(|| 1.into());
    sequence.push(json!([kind, reason, message, count]));
}

/// Without what has no order: siblings with generated names, sets whose Pods come at once, other workloads.
fn canonical(whole: &Whole<'_>, sequences: Sequences) -> Sequences {
    let mut out = Sequences::new();
    let mut siblings = Sequences::new();
    for ((object, source), mut sequence) in sequences {
        if GENERATED.is_match(&object) {
            let key = (GENERATED.replace_all(&object, "-<nnn>").into_owned(), source);
            siblings.entry(key).or_default().push(python(&sequence.into()).into());
            continue;
        }
        let (kind, name) = object.split_once('/').unwrap_or_default();
        if kind != "Pod" && (kind != "StatefulSet" || whole.parallel.contains(name)) {
            sequence.sort_by_cached_key(python);
        } else if kind == "StatefulSet" {
            sort_claims(&mut sequence);
        }
        out.insert((object, source), sequence);
    }
    for (key, mut sequences) in siblings {
        sequences.sort_by_cached_key(python);
        out.insert(key, sequences);
    }
    out
}

/// The claims of one Pod are made in the order of a hash map.
fn sort_claims(sequence: &mut [Value]) {
    let is_claim = |event: &Value| event[2].as_str().is_some_and(|message| message.starts_with("Create Claim"));
    for run in sequence.chunk_by_mut(|a, b| is_claim(a) && is_claim(b)) {
        run.sort_by_cached_key(python);
    }
}

fn compare_sequences(report: &mut Report, recorded: &[&Side], want: &[Sequences], got: &Sequences) {
    let none = Vec::new();
    for key in want.iter().chain([got]).flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        let got = got.get(key).unwrap_or(&none);
        let want: Vec<&Vec<Value>> = want.iter().map(|sequences| sequences.get(key).unwrap_or(&none)).collect();
        if want.contains(&got) {
            continue;
        }
        let sorted = |sequence: &[Value]| {
            let mut texts: Vec<String> = sequence.iter().map(python).collect();
            texts.sort_unstable();
            texts
        };
        let alike = |want: &&Vec<Value>| sorted(want) == sorted(got);
        if let Some(set) = key.0.strip_prefix("StatefulSet/").filter(|_| want.iter().any(alike)) {
            let sets = BTreeSet::from([set.to_string()]);
            if recorded.iter().any(|side| overlapping(&spans(trace(side), &sets), set)) {
                continue; // Several Pods were on their way at once.
            }
        }
        report.add(Count::Events, format!("{} from {}", key.0, key.1.trim_matches('"')), want[0].clone(), got.clone());
    }
}

fn compare_presence(report: &mut Report, want: &[Presence], got: &Presence) {
    let in_all = want[0].iter().filter(|event| want.iter().all(|run| run.contains(*event)));
    for event in in_all.filter(|event| !got.contains(*event)) {
        report.add(Count::Events, event[0].clone(), event[1..].join(" "), MISSING);
    }
    for event in got.iter().filter(|event| !want.iter().any(|run| run.contains(*event))) {
        report.add(Count::Events, event[0].clone(), MISSING, event[1..].join(" "));
    }
}

/// What the Event objects say of themselves.
fn compare_objects(report: &mut Report, recorded: &[&Side], played: &Side) {
    for (key, first) in &recorded[0].events {
        let Some(got) = played.events.get(key).filter(|_| key.2 != "FailedScheduling") else { continue };
        let got = described(got);
        let want = recorded.iter().filter_map(|side| side.events.get(key)).map(described);
        if !want.into_iter().any(|want| want == got) {
            for (path, want, got) in paths(&described(first), &got) {
                report.add(Count::Events, format!("{} {} {path}", key.0, key.2), want, got);
            }
        }
    }
}

fn described(event: &Value) -> Value {
    let mut involved = event["involvedObject"].as_object().cloned().unwrap_or_default();
    involved.remove("resourceVersion");
    let no_number = |text: &str| NODE.replace_all(text, |found: &Captures<'_>| format!("<{}>", &found[1])).into_owned();
    let text = |key: &str| event[key].as_str().unwrap_or_default();
    let source = event["source"].as_object().into_iter().flatten();
    let source = source.map(|(key, value)| (key.clone(), no_number(value.as_str().unwrap_or_default()).into()));
    json!({
        "involvedObject": involved,
        "source": source.collect::<Map<_, _>>(),
        "reportingComponent": text("reportingComponent"),
        "reportingInstance": no_number(text("reportingInstance")),
        "action": event["action"],
        "namespace": event["metadata"]["namespace"],
    })
}
