//! All that is shown after a command that changed something: which tables, in which order, and what to try next.

use super::gone::gone;
use super::names::names;
use super::order::order;
use super::pods::pods;
use super::section::Section;
use super::since::{Name, Since};
use super::style::{Look, Tone};
use super::waiting::waiting;
use super::{claims, words};
use crate::cluster::Cluster;
use crate::resource::Kind;
use crate::store::{Actor, Milestone};

/// The screen after a command.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The tables.
    pub sections: Vec<Section>,
    /// What is being waited for.
    pub waiting: Vec<String>,
    /// How long it took in cluster time.
    pub took: String,
    /// Commands worth trying next.
    pub next: Vec<String>,
}

impl Screen {
    /// The screen as text, after an empty line.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let mut out = String::new();
        for section in &self.sections {
            out.push('\n');
            out.push_str(&section.render(look));
        }
        for (index, sentence) in self.waiting.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            out.extend([gap, &look.beside("WAITING", Tone::Waiting, sentence)]);
        }
        out.extend(["\nTook ", &self.took, " of cluster time.\n"]);
        for (index, command) in self.next.iter().enumerate() {
            let title = if index == 0 { "Next    " } else { "        " };
            out.extend([title, &look.paint(command, Tone::Strong), "\n"]);
        }
        out
    }
}

/// What a settle came to: the screen, or that nothing was due.
#[must_use]
pub fn settled(cluster: &Cluster, since: &Since, look: Look, all: bool) -> String {
    let screen = after(cluster, since, all);
    if !screen.sections.is_empty() {
        return screen.render(look).trim_start().to_string();
    }
    let time = words::span(cluster.now.since(since.time));
    let waiting: Vec<String> = screen.waiting.iter().map(|sentence| format!("{sentence}\n")).collect();
    format!("Nothing of note happened in {time} of cluster time.\n{}", waiting.concat())
}

/// The screen after the command that began at `since`. `all` is for the curious: every milestone.
#[must_use]
pub fn after(cluster: &Cluster, since: &Since, all: bool) -> Screen {
    let store = &cluster.api.store;
    let changes = || since.changes(cluster);
    let touched = since.touched(cluster);
    let alive: Vec<Name> =
        touched.iter().filter(|name| store.get(Kind::StatefulSet, &name.0, &name.1).is_some()).cloned().collect();
    let made =
        changes().any(|c| c.kind == Kind::Pod && c.milestones.iter().any(|m| matches!(m, Milestone::Created(_))));
    let mut screen = Screen::default();
    let lost = gone(cluster, since);
    let nothing_lost = lost.is_none();
    if nothing_lost || made || all {
        let section = order(cluster, since, all);
        if !section.table.is_empty() {
            screen.sections.push(section);
        }
    }
    if let Some((went, stayed)) = lost {
        screen.sections.extend([went, stayed]);
    }
    if !alive.is_empty() && (nothing_lost || made) {
        screen.sections.push(pods(store, &alive, cluster.now));
        let changed = |kinds: &[Kind]| made || changes().any(|c| kinds.contains(&c.kind));
        if changed(&[Kind::PersistentVolumeClaim]) {
            screen.sections.extend(claims::claims(store, &alive));
        }
        if changed(&[Kind::EndpointSlice, Kind::Service]) {
            screen.sections.push(names(store, &alive, Some(since)));
        }
    }
    screen.waiting = alive.iter().flat_map(|name| waiting(cluster, name)).collect();
    let last = changes().rev().find(|c| c.actor != Actor::User).map_or(since.time, |c| c.time);
    screen.took = words::span(last.since(since.time));
    screen.next = next(cluster, since, &touched, &alive);
    screen
}

fn in_namespace(namespace: &str) -> String {
    if namespace == "default" { String::new() } else { format!(" -n {namespace}") }
}

/// Two or three commands worth trying after this one.
fn next(cluster: &Cluster, since: &Since, touched: &[Name], alive: &[Name]) -> Vec<String> {
    let store = &cluster.api.store;
    let Some(name) = alive.first() else {
        return match touched.first() {
            Some(name) => {
                let spec = since.spec_before(name);
                let left = spec.and_then(|spec| claims::claims_of(store, name, spec).first().cloned());
                let claim = left.map(|claim| format!("sts-lab why pvc/{}{}", claim.meta.name, in_namespace(&name.0)));
                claim.into_iter().chain(["sts-lab get pvc,pv".into(), "sts-lab rewind".into()]).collect()
            }
            None => vec!["sts-lab status".into(), "sts-lab apply mysql".into()],
        };
    };
    let namespace = in_namespace(&name.0);
    let set = &name.1;
    let Some(sts) = store.get(Kind::StatefulSet, &name.0, set).and_then(|o| o.stateful_set()) else {
        return Vec::new();
    };
    let (spec, status) = (&sts.spec, &sts.status);
    let blocking =
        super::pods::pods_of(store, name).into_iter().find(|p| !p.pod().is_some_and(|p| p.status.is_ready()));
    if let Some(pod) = blocking {
        return vec![
            format!("sts-lab why pod/{}{namespace}", pod.meta.name),
            format!("sts-lab describe pod {}{namespace}", pod.meta.name),
            "sts-lab tick --for 60s".into(),
        ];
    }
    if status.replicas < spec.replicas {
        return vec![format!("sts-lab why sts/{set}{namespace}"), format!("sts-lab describe sts {set}{namespace}")];
    }
    let before = since.spec_before(name);
    let scaled = before.map_or(0, |before| spec.replicas - before.replicas);
    if before.is_none() {
        let pod = spec.end().max(spec.start);
        let mut out = vec![format!("sts-lab scale sts {set} --replicas={}{namespace}", spec.replicas + 2)];
        out.push(format!("sts-lab delete pod {set}-{pod}{namespace}"));
        if !spec.service_name.is_empty() {
            out.push(format!("sts-lab dns {set}-{}.{}{namespace}", spec.start, spec.service_name));
        }
        return out;
    }
    if scaled < 0 {
        let back = before.map_or(3, |before| before.replicas);
        return vec![
            "sts-lab get pvc".to_string() + &namespace,
            format!("sts-lab scale sts {set} --replicas={back}{namespace}"),
        ];
    }
    if scaled > 0 {
        return vec![
            format!("sts-lab order {set}{namespace}"),
            format!("sts-lab scale sts {set} --replicas=1{namespace}"),
        ];
    }
    if status.current_revision != status.update_revision
        || before.is_some_and(|b| b.json["template"] != spec.json["template"])
    {
        return vec![
            format!("sts-lab rollout history sts {set}{namespace}"),
            format!("sts-lab rollout undo sts {set}{namespace}"),
        ];
    }
    vec![
        format!("sts-lab order {set}{namespace}"),
        format!("sts-lab delete sts {set}{namespace}"),
        "sts-lab status".into(),
    ]
}
