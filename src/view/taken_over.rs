//! What was imported, and what the controllers did when they took it over: nothing, if all was well.

use std::collections::BTreeMap;

use super::breakage::faults as in_force;
use super::order::steps;
use super::section::{Section, folded};
use super::since::Since;
use super::style::{Look, Tone};
use super::table::Cell;
use super::waiting::waiting;
use super::words;
use crate::cluster::{Cluster, Fault};
use crate::resource::Kind;

/// What is told after an import.
#[derive(Clone, Debug)]
pub struct TakenOver {
    imported: String,
    /// What the controllers did.
    changed: Option<Section>,
    verdict: Option<(Tone, String)>,
    broken: Option<Section>,
    waiting: Vec<String>,
    next: Vec<String>,
}

/// What was imported, of each kind so many objects; `since` is the world before any controller has seen it. `unseen`:
/// no time has passed yet.
#[must_use]
pub fn taken_over(
    cluster: &Cluster,
    since: &Since,
    counts: &BTreeMap<Kind, usize>,
    faults: &[Fault],
    unseen: bool,
) -> TakenOver {
    let listed: Vec<String> = counts.iter().map(|(kind, count)| count_of(*count, *kind)).collect();
    let touched = since.objects.iter().filter(|old| {
        old.kind() == Kind::Pod
            && cluster
                .api
                .store
                .get(Kind::Pod, &old.meta.namespace, &old.meta.name)
                .is_none_or(|new| new.meta.uid != old.meta.uid || new.meta.terminating() && !old.meta.terminating())
    });
    let (touched, pods) = (touched.count(), since.objects.iter().filter(|old| old.kind() == Kind::Pod).count());
    let changed = Some(done(cluster, since)).filter(|section| !section.table.is_empty());
    let verdict = match (unseen, touched, &changed) {
        (true, ..) => None,
        (_, 0, None) => Some((
            Tone::Good,
            format!(
                "The controllers have looked at everything and changed nothing; {} untouched.",
                words::count(pods, "Pod")
            ),
        )),
        (_, 0, Some(_)) if pods == 0 => Some((Tone::Plain, "There were no Pods. What the controllers did:".into())),
        (_, 0, Some(_)) => Some((
            Tone::Good,
            format!(
                "No Pod was restarted or removed; {} untouched. What the controllers did:",
                words::count(pods, "Pod")
            ),
        )),
        (_, touched, _) => Some((
            Tone::Waiting,
            format!(
                "{} of {pods} restarted or gone: what the file says is not at rest. What happened:",
                words::count(touched, "Pod")
            ),
        )),
    };
    let sets = cluster.api.store.all(Kind::StatefulSet).map(|set| super::since::name_of(set));
    TakenOver {
        imported: format!("{}, as of {}.", words::list(&listed), since.time.rfc3339()),
        changed,
        verdict,
        broken: in_force(&cluster.faults).filter(|_| !faults.is_empty()),
        waiting: sets.flat_map(|set| waiting(cluster, &set)).collect(),
        next: vec!["sts-lab status".into(), "sts-lab plan -f new.yaml".into(), "sts-lab get sts,pods,pvc -A".into()],
    }
}

/// `3 Pods`, `1 Ingress`, `2 Ingresses`.
fn count_of(count: usize, kind: Kind) -> String {
    let name = kind.info().name;
    let end = if count == 1 {
        ""
    } else if name.ends_with('s') {
        "es"
    } else {
        "s"
    };
    format!("{count} {name}{end}")
}

/// What the controllers did since then.
fn done(cluster: &Cluster, since: &Since) -> Section {
    let mut section = Section::new("DONE", "", &["TIME", "~WHAT", "~WHY"]);
    let steps = steps(cluster, since, false);
    let (shown, left_out) = folded(&steps);
    for step in shown {
        let time = format!("+{}", words::span(step.time.since(since.time)));
        section.table.row([time.into(), Cell::new(step.what.clone(), step.tone), step.why.clone().into()]);
    }
    section.left_out(left_out, "sts-lab trace");
    section
}

impl TakenOver {
    /// As text.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let mut out = look.beside("IMPORTED", Tone::Strong, &self.imported);
        if let Some((tone, sentence)) = &self.verdict {
            out.extend(["\n", &look.beside("TAKEN OVER", *tone, sentence)]);
        }
        if let Some(section) = &self.changed {
            out.push_str(&section.table.render(look));
        }
        if let Some(section) = &self.broken {
            let about = "What the file shows to be broken stays so until somebody heals it here.";
            out.extend(["\n", &Section { title: "BROKEN", about: about.into(), ..section.clone() }.render(look)]);
        }
        for (index, sentence) in self.waiting.iter().enumerate() {
            out.extend([if index == 0 { "\n" } else { "" }, &look.beside("WAITING", Tone::Waiting, sentence)]);
        }
        for (index, command) in self.next.iter().enumerate() {
            out.extend([if index == 0 { "\nNext    " } else { "        " }, &look.paint(command, Tone::Strong), "\n"]);
        }
        out
    }
}
