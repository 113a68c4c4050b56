//! `compare A B`: what is measured of each controller, one function for each line of the table.

use std::collections::BTreeSet;

use super::observe::{Moment, Pod, What};
use super::trial::{LONG, Proof, Trial};
use super::{Controller, Measured, Row, Setup};
use crate::course::stage::Stages;
use crate::resource::Kind;
use crate::view::style::Tone;
use crate::view::table::Cell;
use crate::view::words::{count, list, span};

/// A line: what it is called, and how it is measured on a run.
type Line = (&'static str, fn(&Trial) -> Result<Measured, String>);

const LINES: &[Line] = &[
    ("Pods", names),
    ("Ready", ready),
    ("Start", start),
    ("Claims", claims),
    ("Volumes", volumes),
    ("DNS of a Pod", dns),
    ("Two Pods more", scale_up),
    ("Down to one", scale_down),
    ("New image", update),
    ("A Pod deleted", replaced),
    ("Its node lost", node_lost),
    ("All deleted", deleted),
    ("Applied again", again),
];

/// The table: each setup runs on a cluster of its own, and each line is measured on a copy of that.
pub fn compare(setups: &[Setup], stages: &dyn Stages) -> Result<Vec<Row>, String> {
    let trials = setups.iter().map(|setup| Trial::running(setup, stages)).collect::<Result<Vec<Trial>, String>>()?;
    let row = |(what, measure): &Line| {
        let cells = trials.iter().map(measure).collect::<Result<_, String>>()?;
        Ok(Row { what, cells })
    };
    LINES.iter().map(row).collect()
}

fn measured(text: impl Into<String>, tone: Tone, proof: Result<Proof, String>) -> Result<Measured, String> {
    Ok(Measured { cell: Cell::new(text, tone), proof: proof? })
}

fn plain(text: impl Into<String>, proof: Result<Proof, String>) -> Result<Measured, String> {
    measured(text, Tone::Plain, proof)
}

/// `a, b and c`, or the first and the last of many.
pub(super) fn some(names: &[String]) -> String {
    match names {
        [first, .., last] if names.len() > 5 => format!("{first} … {last} ({})", names.len()),
        _ => list(names),
    }
}

fn pod_names(pods: &[Pod]) -> Vec<String> {
    pods.iter().map(|pod| pod.name.clone()).collect()
}

fn names(trial: &Trial) -> Result<Measured, String> {
    plain(some(&pod_names(&trial.pods())), trial.proof("get pods"))
}

fn ready(trial: &Trial) -> Result<Measured, String> {
    let (text, good) = readiness(trial);
    measured(text, if good { Tone::Good } else { Tone::Bad }, trial.proof("get pods"))
}

/// How many Pods are Ready, and what keeps the others.
pub(super) fn readiness(trial: &Trial) -> (String, bool) {
    let (ready, wanted) = ready_of(trial);
    let trouble = troubles(trial).map(|trouble| format!(": {trouble}"));
    (format!("{ready} of {wanted}{}", trouble.unwrap_or_default()), ready == wanted)
}

/// How many Pods are Ready, of how many that should be.
pub(super) fn ready_of(trial: &Trial) -> (usize, usize) {
    let pods = trial.pods();
    (pods.iter().filter(|pod| pod.ready).count(), wanted(trial).max(pods.len()))
}

/// What keeps the others.
pub(super) fn troubles(trial: &Trial) -> Option<String> {
    let pods = trial.pods();
    let stuck = pods.iter().find(|pod| !pod.ready)?;
    let missing = wanted(trial).saturating_sub(pods.len());
    let missing = if missing > 0 { format!(", {missing} not made") } else { String::new() };
    Some(trial.trouble(stuck) + &missing)
}

fn wanted(trial: &Trial) -> usize {
    let setup = trial.setup();
    match setup.controller {
        Controller::DaemonSet => 0,
        _ => setup.replicas as usize,
    }
}

/// When a Pod came to something first.
fn when<'m>(moments: &'m [Moment], pod: &str, what: What) -> Option<&'m Moment> {
    moments.iter().find(|moment| moment.pod == pod && moment.what == what)
}

/// The Pods that came to something, in the order in which they did.
fn order(moments: &[Moment], what: What) -> Vec<String> {
    moments.iter().filter(|moment| moment.what == what).map(|moment| moment.pod.clone()).collect()
}

/// The Pods that went, in the order in which they were asked to. One that has no node goes without being asked.
fn going(moments: &[Moment]) -> Vec<String> {
    let mut gone: Vec<String> = Vec::new();
    for moment in moments.iter().filter(|moment| matches!(moment.what, What::Terminating | What::Deleted)) {
        if !gone.contains(&moment.pod) {
            gone.push(moment.pod.clone());
        }
    }
    gone
}

/// Whether each Pod came only after the one before was Ready.
fn one_by_one(moments: &[Moment]) -> bool {
    let created = order(moments, What::Created);
    created.windows(2).all(|pair| {
        let ready = when(moments, &pair[0], What::Ready).map(|moment| moment.at);
        let next = when(moments, &pair[1], What::Created).map(|moment| moment.at);
        matches!((ready, next), (Some(ready), Some(next)) if next >= ready)
    })
}

fn start(trial: &Trial) -> Result<Measured, String> {
    let moments = trial.moments(crate::resource::Time::LAB_START);
    let created = order(&moments, What::Created);
    let text = if created.len() < 2 {
        "one Pod".to_string()
    } else if one_by_one(&moments) {
        format!("one by one: {}", some(&created))
    } else {
        "all at once".into()
    };
    plain(text, trial.proof("trace"))
}

fn claims(trial: &Trial) -> Result<Measured, String> {
    let claims = trial.claims();
    let text = if claims.is_empty() { "none".into() } else { format!("{}: {}", claims.len(), some(&claims)) };
    plain(text, trial.proof("get pvc"))
}

fn volumes(trial: &Trial) -> Result<Measured, String> {
    let (text, tone) = volume_words(trial);
    measured(text, tone, trial.proof("get pvc,pods -o wide"))
}

/// Whose the volumes are.
pub(super) fn volume_words(trial: &Trial) -> (String, Tone) {
    let (volumes, pods) = (trial.volumes_in_use().len(), trial.pods());
    let running: Vec<&Pod> = pods.iter().filter(|pod| pod.ready).collect();
    let nodes: BTreeSet<&str> = running.iter().map(|pod| pod.node.as_str()).collect();
    match (volumes, pods.len()) {
        (0, _) => ("none that outlives a Pod".into(), Tone::Plain),
        (volumes, pods) if volumes == pods => ("one for each Pod".into(), Tone::Good),
        (1, _) if running.len() == 1 => ("one, and one Pod that can use it".into(), Tone::Bad),
        (1, _) => {
            let place = if nodes.len() == 1 { "on one node" } else { "on several nodes" };
            (format!("one, shared by {} {place}", count(running.len(), "Pod")), Tone::Waiting)
        }
        (volumes, pods) => (format!("{volumes} for {}", count(pods, "Pod")), Tone::Waiting),
    }
}

fn dns(trial: &Trial) -> Result<Measured, String> {
    let names = trial.names();
    let text = names.first().cloned().unwrap_or_else(|| "none".into());
    plain(text, trial.proof("dns"))
}

/// The command that sets a number of replicas.
fn scale_line(trial: &Trial, replicas: u32) -> String {
    let setup = trial.setup();
    let name = if setup.controller == Controller::Pod { format!("{}-a", setup.name) } else { setup.name.clone() };
    format!("scale {} {name} --replicas={replicas}", setup.controller.word())
}

fn cannot_scale(trial: &Trial) -> Result<Measured, String> {
    let text = match trial.setup().controller {
        Controller::DaemonSet => "cannot be scaled: one for each node",
        _ => "cannot be scaled",
    };
    plain(text, Ok(trial.refusal()))
}

fn scale_up(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    let before = trial.cluster().now;
    let ran = trial.run(&scale_line(base, base.setup().replicas + 2));
    if ran.code != 0 {
        return cannot_scale(&trial);
    }
    trial.wait(LONG);
    let moments = trial.moments(before);
    let created = order(&moments, What::Created);
    let text = match created.as_slice() {
        [] => "none is made".to_string(),
        [one] => format!("only {one}"),
        _ if one_by_one(&moments) => format!("one by one: {}", some(&created)),
        _ => format!("at once: {}", some(&created)),
    };
    let stuck = trial.pods().into_iter().find(|pod| !pod.ready);
    match stuck {
        Some(pod) => measured(format!("{text}; stuck: {}", trial.trouble(&pod)), Tone::Bad, trial.proof("get pods")),
        None => plain(text, trial.proof("get pods")),
    }
}

fn scale_down(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    let before = trial.cluster().now;
    let ran = trial.run(&scale_line(base, 1));
    if ran.code != 0 {
        return cannot_scale(&trial);
    }
    trial.wait(LONG);
    let moments = trial.moments(before);
    let gone = going(&moments);
    let apart = gone.windows(2).all(|pair| {
        let deleted = when(&moments, &pair[0], What::Deleted).map(|moment| moment.at);
        let next = when(&moments, &pair[1], What::Terminating).map(|moment| moment.at);
        matches!((deleted, next), (Some(deleted), Some(next)) if next >= deleted)
    });
    let how = match gone.len() {
        0 | 1 => "",
        _ if apart => "one by one: ",
        _ => "at once: ",
    };
    let left = trial.claims().len();
    let claims = if left == 0 { String::new() } else { format!("; {} left", count(left, "claim")) };
    plain(format!("{how}{}{claims}", some(&gone)), trial.proof("get pods,pvc"))
}

const NEW: &str = "nginx:1.29";

fn update(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    let before = trial.cluster().now;
    let setup = base.setup();
    let target = match setup.controller {
        Controller::Pod => "pods --all".to_string(),
        controller => format!("{}/{}", controller.word(), setup.name),
    };
    trial.run(&format!("set image {target} {}={NEW}", setup.name));
    trial.wait(LONG);
    let moments = trial.moments(before);
    let (gone, come) = (going(&moments), order(&moments, What::Created));
    let done = trial.pods().iter().all(|pod| pod.ready && pod.images.iter().all(|image| image == NEW));
    let most = most_at_once(&moments, base.pods().len());
    let text = if come.is_empty() && gone.is_empty() {
        "the same Pods, restarted in place".to_string()
    } else if most > base.pods().len() {
        format!("new Pods first: up to {most} at once")
    } else {
        format!("a Pod goes, then comes again: {}", some(&gone))
    };
    let stuck = trial.pods().into_iter().find(|pod| !pod.ready);
    match stuck.filter(|_| !done) {
        Some(pod) => {
            measured(format!("{text}; never ends: {}", trial.trouble(&pod)), Tone::Bad, trial.proof("get pods"))
        }
        None => plain(text, trial.proof("get pods")),
    }
}

/// How many Pods there were at most.
fn most_at_once(moments: &[Moment], before: usize) -> usize {
    let (mut now, mut most) = (before, before);
    for moment in moments {
        match moment.what {
            What::Created => now += 1,
            What::Deleted => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

fn replaced(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    let Some(old) = base.pods().into_iter().find(|pod| pod.ready) else {
        return plain("no Pod runs", Ok(base.refusal()));
    };
    trial.run(&format!("delete pod {}", old.name));
    trial.wait(LONG);
    let before: BTreeSet<String> = base.pods().into_iter().map(|pod| pod.uid).collect();
    let proof = trial.proof("get pods,pvc -o wide");
    let Some(new) = trial.pods().into_iter().find(|pod| !before.contains(&pod.uid)) else {
        return measured("gone for good", Tone::Bad, proof);
    };
    let same = |what: &str, same: bool| format!("{} {what}", if same { "same" } else { "new" });
    let mut words = vec![same("name", new.name == old.name)];
    if !old.claims.is_empty() {
        words.push(same("claim", new.claims == old.claims));
    }
    words.push(same("node", new.node == old.node));
    words.push(same("address", new.ip == old.ip));
    if !new.ready {
        words.push(trial.trouble(&new));
    }
    measured(words.join(", "), if new.ready { Tone::Plain } else { Tone::Bad }, proof)
}

fn node_lost(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    let Some(old) = base.pods().into_iter().find(|pod| pod.ready) else {
        return plain("no Pod runs", Ok(base.refusal()));
    };
    let before = trial.cluster().now;
    trial.node_down(&old.node);
    trial.wait(4 * LONG);
    let known: BTreeSet<String> = base.pods().into_iter().map(|pod| pod.uid).collect();
    let new = trial.pods().into_iter().find(|pod| !known.contains(&pod.uid));
    let proof = trial.proof("get pods -o wide");
    let moments = trial.moments(before);
    if let Some(new) = new {
        let after = when(&moments, &new.name, What::Created).map_or(before, |moment| moment.at).since(before);
        let state = if new.ready { "runs elsewhere".to_string() } else { format!("is stuck: {}", trial.trouble(&new)) };
        return measured(
            format!("a new Pod after {}, which {state}", span(after)),
            if new.ready { Tone::Good } else { Tone::Bad },
            proof,
        );
    }
    let here = trial.pods().into_iter().find(|pod| pod.uid == old.uid);
    let text = match here {
        Some(pod) if pod.terminating => format!("{} stays Terminating, none takes its place", pod.name),
        Some(pod) => format!("{} stays, not Ready", pod.name),
        None => format!("{} is gone, none takes its place", old.name),
    };
    measured(text, Tone::Bad, proof)
}

/// Deletes whatever runs the Pods.
fn delete_all(trial: &mut Trial) {
    let setup = trial.setup().clone();
    match setup.controller {
        Controller::Pod => trial.run("delete pods --all"),
        controller => trial.run(&format!("delete {} {}", controller.word(), setup.name)),
    };
    trial.wait(LONG);
}

fn deleted(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    delete_all(&mut trial);
    let (pods, claims) = (trial.pods().len(), trial.claims().len());
    let volumes = trial.all(Kind::PersistentVolume).iter().filter(|pv| pv["status"]["phase"] == "Bound").count();
    let pods = if pods == 0 { "no Pod stays".to_string() } else { format!("{} stay", count(pods, "Pod")) };
    let text = match claims {
        0 => pods,
        claims => format!("{pods}; {} and {} do", count(claims, "claim"), count(volumes, "volume")),
    };
    plain(text, trial.proof("get pods,pvc,pv"))
}

fn again(base: &Trial) -> Result<Measured, String> {
    let mut trial = base.copy()?;
    let before = base.volumes_in_use();
    delete_all(&mut trial);
    trial.apply();
    trial.wait(LONG);
    let after = trial.volumes_in_use();
    let text = match (before.is_empty(), before == after) {
        (true, _) => "starts from nothing",
        (_, true) => "the same volumes",
        _ => "other volumes",
    };
    plain(text, trial.proof("get pvc"))
}
