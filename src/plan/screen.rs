//! A plan as text: what changes, what restarts, what becomes of claims and names, what is at risk, and what to do next.

use serde_json::Value;

use super::{ClaimFate, NameFate, ObjectAction, Plan, PodAction, Quorum, Verdict, VolumeFate};
use crate::view::section::{Extent, Section};
use crate::view::style::{Look, Tone};
use crate::view::table::Cell;
use crate::view::waiting::brief;
use crate::view::words;

/// Characters of a value that are shown.
const VALUE: usize = 160;
/// Characters of a command that the first line shows.
const COMMAND: usize = 60;

/// The plan as text; `command` is what it is a plan of.
#[must_use]
pub fn render(plan: &Plan, command: &str, look: Look) -> String {
    let command = match command.char_indices().nth(COMMAND) {
        Some((end, _)) => format!("{}…", &command[..end]),
        None => command.to_string(),
    };
    let about = format!("Plan of `sts-lab {command}`, tried on a copy: nothing has been changed.");
    let mut out = look.wrap(&about, 0) + "\n";
    let sections = [objects(plan), pods(plan), claims(plan), names(plan)];
    for section in sections.into_iter().flatten() {
        out.extend(["\n", &section.render(look)]);
    }
    let mut told = |title: &str, tone: Tone, sentence: &str| {
        out.extend(["\n", &look.beside(title, tone, sentence)]);
    };
    for quorum in &plan.quorums {
        let (tone, sentence) = quorum_told(quorum);
        told("QUORUM", tone, &sentence);
    }
    for stuck in &plan.stuck {
        let before = if stuck.before { " It was so before." } else { "" };
        told("STUCK", Tone::Bad, &format!("{} {}: {}{before}", stuck.kind, stuck.name, stuck.why.join(" ")));
    }
    // A client that tries again says the same again.
    let said = |(index, line): &(usize, &String)| !plan.refused[..*index].contains(line);
    for (index, line) in plan.refused.iter().enumerate().filter(said) {
        let title = if index == 0 { "\nREFUSED" } else { "" };
        out.push_str(&refused(title, line, look));
    }
    out.extend(["\n", &look.wrap(&summary(plan), 2), "\n"]);
    out
}

/// A line of a refusal; the reasons of one refusal stand below each other.
fn refused(title: &str, line: &str, look: Look) -> String {
    let gap = if title.is_empty() { "" } else { "\n" };
    format!("{gap}{}", look.beside(title.trim_start(), Tone::Bad, line))
}

/// The last lines: what to do next.
#[must_use]
pub fn next(plan: &Plan, command: &str, look: Look) -> String {
    let trial = "sts-lab lab fork trial --use     # a copy to try it on";
    let next: Vec<String> = match plan.verdict {
        Verdict::Unchanged => vec!["sts-lab status".into()],
        Verdict::Changes => vec![format!("sts-lab {command}")],
        Verdict::Stuck | Verdict::Risk => vec![trial.into(), format!("sts-lab {command}")],
        Verdict::Refused => match plan.refused.iter().find_map(|line| forbidden(line)) {
            Some(set) => vec![format!("sts-lab plan delete sts {set} --cascade=orphan")],
            None => vec![format!("sts-lab plan {command}     # once it is corrected")],
        },
    };
    let mut out = String::new();
    for (index, command) in next.iter().enumerate() {
        let title = if index == 0 { "Next    " } else { "        " };
        out.extend([title, &look.paint(command, Tone::Strong), "\n"]);
    }
    out
}

/// The set of which a field is to change that never can.
fn forbidden(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("The StatefulSet \"")?;
    let (set, why) = rest.split_once('"')?;
    why.contains("updates to statefulset spec").then_some(set)
}

fn objects(plan: &Plan) -> Option<Section> {
    let about = match plan.objects.iter().filter(|object| object.action != ObjectAction::Unchanged).count() {
        _ if plan.objects.is_empty() => return None,
        0 => "All objects are as the command wants them.",
        _ => "What the command writes, and the fields that change; what a server fills in by itself is not told.",
    };
    let mut section = Section::new("OBJECTS", about, &["", "OBJECT", "~CHANGE"]);
    for object in &plan.objects {
        let (mark, word, tone) = match object.action {
            ObjectAction::Create => ("+", "create", Tone::Good),
            ObjectAction::Update => ("~", "", Tone::Waiting),
            ObjectAction::Delete => ("-", "delete", Tone::Bad),
            ObjectAction::Replace => ("±", "delete, and create again", Tone::Bad),
            ObjectAction::Unchanged => ("", "unchanged", Tone::Faint),
        };
        let what = format!("{} {}", object.kind, object.name);
        let mut fields = object
            .fields
            .iter()
            .map(|field| format!("{}: {} → {}", field.path, value(field.old.as_ref()), value(field.new.as_ref())));
        let first = fields.next().unwrap_or_else(|| word.to_string());
        section.table.row([Cell::new(mark, tone), what.into(), first.into()]);
        for field in fields {
            section.table.row(["".into(), "".into(), field.into()]);
        }
    }
    Some(section)
}

/// A value as a person writes it.
fn value(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return "(none)".into(),
        Some(value) => flow(value),
    };
    if text.chars().count() <= VALUE {
        return text;
    }
    text.chars().take(VALUE).collect::<String>() + "…"
}

/// A value in YAML's flow style, which breaks into lines.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        plain => plain.to_string(),
    }
}

fn pods(plan: &Plan) -> Option<Section> {
    let kept = kept(plan);
    if plan.pods.is_empty() && kept.is_none() {
        return None;
    }
    let about = match (plan.rules.is_empty(), plan.pods.is_empty()) {
        (false, _) => plan.rules.join(" "),
        (true, false) => "What comes and goes, in this order.".into(),
        (true, true) => "No Pod comes or goes.".into(),
    };
    let mut section = Section::new("PODS", about, &["##", "TIME", "POD", "WHAT", "~WHY"]);
    let numbered: Vec<_> = plan.pods.iter().enumerate().collect();
    let (shown, left_out) = Extent::Folded.of(&numbered);
    for (index, step) in shown {
        let (word, tone) = match (step.action, step.ready_at) {
            (PodAction::Stop, _) => ("stops", Tone::Waiting),
            (PodAction::Start, Some(_)) => ("starts", Tone::Good),
            (PodAction::Restart, Some(_)) => ("restarts", Tone::Waiting),
            (PodAction::Start, None) => ("starts, is not Ready", Tone::Bad),
            (PodAction::Restart, None) => ("restarts, is not Ready", Tone::Bad),
        };
        let time = format!("+{}", words::span(std::time::Duration::from_secs_f64(step.at)));
        let number = (index + 1).to_string();
        section.table.row([
            number.into(),
            time.into(),
            step.pod.clone().into(),
            Cell::new(word, tone),
            step.why.clone().into(),
        ]);
    }
    section.left_out(left_out, "the same with -o json");
    section.notes.extend(kept);
    Some(section)
}

/// The Pods that keep an old revision, in one sentence for each reason.
fn kept(plan: &Plan) -> Option<String> {
    let sentence = |why: &str, says: &str| {
        let names: Vec<String> = plan.kept.iter().filter(|pod| pod.why == why).map(|pod| pod.pod.clone()).collect();
        let keeps = if names.len() == 1 { "keeps its" } else { "keep their" };
        (!names.is_empty()).then(|| format!("{} {keeps} old revision{says}.", brief(&names)))
    };
    let told = [
        sentence("OnDelete", " until somebody deletes it (OnDelete)"),
        sentence("partition", ": below the partition"),
        sentence("stuck", ": the rollout does not get there"),
        orphaned(plan),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(" "))
}

fn orphaned(plan: &Plan) -> Option<String> {
    let names: Vec<String> = plan.kept.iter().filter(|pod| pod.why == "orphaned").map(|pod| pod.pod.clone()).collect();
    let run = if names.len() == 1 { "runs" } else { "run" };
    (!names.is_empty()).then(|| {
        format!("{} {run} on without an owner, until a set with the same selector adopts them.", brief(&names))
    })
}

fn claims(plan: &Plan) -> Option<Section> {
    if plan.claims.is_empty() {
        return None;
    }
    let lost = plan.claims.iter().filter(|claim| claim.volume_fate == Some(VolumeFate::Deleted)).count();
    let about = match lost {
        0 => "Claims that change; all others stay as they are. No data is lost.".to_string(),
        count => format!(
            "Claims that change; all others stay as they are. The data of {} is lost.",
            words::count(count, "volume")
        ),
    };
    let mut section = Section::new("PVCS", about, &["", "CLAIM", "WHAT", "~WHY"]);
    let (shown, left_out) = Extent::Folded.of(&plan.claims);
    for claim in shown {
        let (mark, word, tone) = match (claim.fate, claim.volume_fate) {
            (ClaimFate::Made, _) => ("+", "made", Tone::Good),
            (ClaimFate::Kept, _) => ("", "kept", Tone::Plain),
            (ClaimFate::Lost, Some(VolumeFate::Released)) => ("-", "goes", Tone::Waiting),
            (ClaimFate::Lost, _) => ("-", "lost", Tone::Bad),
            (ClaimFate::Owner, _) => ("~", "kept", Tone::Waiting),
            (ClaimFate::Resized, _) => ("~", "resized", Tone::Waiting),
        };
        section.table.row([
            Cell::new(mark, tone),
            claim.claim.clone().into(),
            Cell::new(word, tone),
            claim.why.clone().into(),
        ]);
    }
    section.left_out(left_out, "the same with -o json");
    Some(section)
}

fn names(plan: &Plan) -> Option<Section> {
    if plan.names.is_empty() {
        return None;
    }
    let moves = plan.names.iter().any(|name| name.fate == NameFate::Moves);
    let about = if moves {
        "Names that change. A Pod that is made again has its name again, and another address."
    } else {
        "Names that change; all others answer as before."
    };
    let mut section = Section::new("DNS", about, &["", "NAME", "~ADDRESS"]);
    let (shown, left_out) = Extent::Folded.of(&plan.names);
    for name in shown {
        let (mark, tone) = match name.fate {
            NameFate::Appears => ("+", Tone::Good),
            NameFate::Vanishes => ("-", Tone::Bad),
            NameFate::Moves => ("~", Tone::Waiting),
        };
        let text = match name.fate {
            NameFate::Appears => addresses(&name.new),
            NameFate::Vanishes => format!("no answer; was {}", addresses(&name.old)),
            NameFate::Moves => moved(&name.old, &name.new),
        };
        section.table.row([Cell::new(mark, tone), name.short().into(), text.into()]);
    }
    section.left_out(left_out, "the same with -o json");
    Some(section)
}

fn addresses(list: &[String]) -> String {
    match list {
        [first, _, rest @ ..] if !rest.is_empty() => format!("{first} (+{} more)", rest.len() + 1),
        few => few.join(", "),
    }
}

/// What becomes of the addresses of one name.
fn moved(old: &[String], new: &[String]) -> String {
    if old.len().max(new.len()) <= 2 {
        return format!("{} → {}", addresses(old), addresses(new));
    }
    let fresh = new.iter().filter(|address| !old.contains(address)).count();
    let gone = old.iter().filter(|address| !new.contains(address)).count();
    let counts = [(fresh, "new"), (gone, "gone")].into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    let noun = if new.len() == 1 { "address" } else { "addresses" };
    format!("{} {noun}: {}", new.len(), counts.join(", "))
}

fn quorum_told(quorum: &Quorum) -> (Tone, String) {
    let Quorum { set, members, members_before, majority, fewest_ready, ready_before, .. } = quorum;
    let at = words::span(std::time::Duration::from_secs_f64(quorum.at));
    let mut text = format!("{set}: {fewest_ready} Ready at the fewest (of {ready_before}), at +{at}");
    let tone = match members {
        0..=2 => {
            text.push_str(&format!("; with {} there is none to spare", words::count(*members as usize, "replica")));
            Tone::Waiting
        }
        _ if quorum.lost => {
            text.push_str(&format!("; a majority of {members} is {majority}: a quorum is LOST meanwhile"));
            Tone::Bad
        }
        _ if fewest_ready < majority => {
            text.push_str(&format!("; a majority of {members} is {majority}, and was not there before"));
            Tone::Waiting
        }
        _ => {
            text.push_str(&format!("; a majority of {members} is {majority}: a quorum holds"));
            Tone::Good
        }
    };
    text.push('.');
    if members < members_before && *fewest_ready <= members_before / 2 {
        text.push_str(&format!(
            " An application that still counts {members_before} members has no majority of them then: take those that \
             go out of it first."
        ));
    }
    for budget in &quorum.budgets {
        text.push_str(&format!(
            " PodDisruptionBudget {} wants {} healthy and sees {}: only evictions ask it.",
            budget.name, budget.desired, budget.fewest
        ));
    }
    (tone, text)
}

/// The plan in one line.
fn summary(plan: &Plan) -> String {
    let objects = |action: ObjectAction| plan.objects.iter().filter(|object| object.action == action).count();
    let pods = |action: PodAction| plan.pods.iter().filter(|pod| pod.action == action).count();
    let claims = |fate: ClaimFate| plan.claims.iter().filter(|claim| claim.fate == fate).count();
    let made_again = objects(ObjectAction::Replace);
    let counts = [
        (objects(ObjectAction::Create), "to create", ""),
        (objects(ObjectAction::Update), "to change", ""),
        (objects(ObjectAction::Delete), "to delete", ""),
        (made_again, "to delete and create again", ""),
        (pods(PodAction::Start), "start", "Pod"),
        (pods(PodAction::Restart), "restart", "Pod"),
        (pods(PodAction::Stop), "stop", "Pod"),
        (claims(ClaimFate::Made), "made", "claim"),
        (claims(ClaimFate::Lost), "lost", "claim"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, word, noun)| match noun {
            "" => format!("{count} {word}"),
            "Pod" if count == 1 => format!("1 Pod {word}s"),
            noun => format!("{} {word}", words::count(count, noun)),
        })
        .collect();
    let took = words::span(std::time::Duration::from_secs_f64(plan.took));
    if told.is_empty() && plan.verdict == Verdict::Refused {
        return "Plan: it is refused; nothing would be done.".into();
    }
    let told = if told.is_empty() { "nothing to do".to_string() } else { told.join(", ") };
    let end = match plan.verdict {
        Verdict::Unchanged => String::new(),
        Verdict::Refused => "; some of it is refused".into(),
        Verdict::Stuck => "; it does not come to its end".into(),
        Verdict::Risk => format!(". At risk; done in {took} of cluster time"),
        Verdict::Changes => format!(". Done in {took} of cluster time"),
    };
    format!("Plan: {told}{end}.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_in_a_manifest() {
        let check = |given: Value, expect: &str| assert_eq!(value(Some(&given)), expect);
        check(json!([{"effect": "NoSchedule", "key": "a"}]), "[{effect: NoSchedule, key: a}]");
        check(json!(""), "\"\"");
        check(json!(3), "3");
        check(Value::Null, "(none)");
        check(json!("x".repeat(200)), &format!("{}…", "x".repeat(VALUE)));
    }

    #[test]
    fn many_addresses_are_counted() {
        let list = |text: &str| text.split(' ').map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(moved(&list("a"), &list("b")), "a → b");
        assert_eq!(moved(&list("a b c"), &list("a b d e")), "4 addresses: 2 new, 1 gone");
        assert_eq!(moved(&list("a b c"), &list("a")), "1 address: 2 gone");
    }

    #[test]
    fn the_set_of_a_forbidden_change_is_named() {
        let line =
            "The StatefulSet \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than";
        assert_eq!((forbidden(line), forbidden("error: no such file")), (Some("db"), None));
    }
}
