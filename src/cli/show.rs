//! `status`, `order` and `completion`: what there is to see without asking for one object.

use anyhow::bail;
use clap::CommandFactory as _;
use serde_json::{Map, Value, json};

use super::args::format::Format;
use super::args::{Cli, Completion, Order, Status};
use super::desk::Desk;
use super::open::{Outcome, lab};
use crate::kubectl::print::go;
use crate::resource::Kind;
use crate::view::section::{Extent, Section};
use crate::view::sequence::orders;
use crate::view::since::Name;
use crate::view::status::status as view;
use crate::view::style::Tone;

/// What a lab is called: the last part of its folder.
fn name_of(name: &std::path::Path) -> String {
    name.file_name().map_or_else(|| name.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// `sts-lab status`.
pub fn status(desk: &Desk<'_>, args: &Status) -> Outcome {
    let look = desk.look();
    let lab = lab(desk)?;
    let screen = view(&lab.cluster, &name_of(&lab.dir()), desk.cli.namespace.as_deref(), extent(&args.output));
    if args.output.is_json() {
        let sections = screen.sections.iter().map(|s| (s.title.to_lowercase(), s.to_json())).collect::<Map<_, _>>();
        let all = json!({"title": screen.title, "waiting": screen.waiting, "sections": sections});
        desk.out(&format!("{}\n", go::json_indent(&all)));
        return Ok(0);
    }
    let mut out = screen.title.clone() + "\n";
    for section in &screen.sections {
        out.push('\n');
        out.push_str(&section.render(look));
    }
    for (index, sentence) in screen.waiting.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { "" });
        out.push_str(&look.beside("WAITING", Tone::Waiting, sentence));
    }
    let workloads = [Kind::StatefulSet, Kind::Deployment, Kind::ReplicaSet, Kind::DaemonSet];
    if workloads.iter().all(|kind| lab.cluster.api.store.count(*kind) == 0) {
        out.push_str("\nNo StatefulSet yet.\n\nNext    sts-lab apply web\n        sts-lab apply mysql\n");
    }
    desk.out(&out);
    Ok(0)
}

fn extent(output: &Format) -> Extent {
    if output.is_json() { Extent::Whole } else { Extent::Folded }
}

/// `sts-lab order [SET]`.
pub fn order(desk: &Desk<'_>, args: &Order) -> Outcome {
    let look = desk.look();
    let lab = lab(desk)?;
    let namespace = desk.cli.namespace.as_deref().unwrap_or("default");
    let sets: Vec<Name> = if let Some(set) = args.set.as_deref() {
        let name = set.rsplit('/').next().unwrap_or(set);
        if lab.cluster.api.store.get(Kind::StatefulSet, namespace, name).is_none() {
            bail!("there is no StatefulSet {name} in Namespace {namespace}; `sts-lab get sts -A` lists them");
        }
        vec![(namespace.to_string(), name.to_string())]
    } else {
        let all = lab.cluster.api.store.all(Kind::StatefulSet);
        let wanted = all.filter(|set| desk.cli.namespace.as_deref().is_none_or(|n| *set.meta.namespace == *n));
        wanted.map(|set| (set.meta.namespace.to_string(), set.meta.name.to_string())).collect()
    };
    if sets.is_empty() {
        bail!("there is no StatefulSet yet; `sts-lab apply web` makes one");
    }
    let told: Vec<(Name, Vec<Section>)> =
        sets.into_iter().map(|set| (set.clone(), orders(&lab.cluster, &set, extent(&args.output)))).collect();
    if args.output.is_json() {
        let set = |(name, sections): &(Name, Vec<Section>)| {
            let parts = sections.iter().map(|s| (s.title.to_lowercase(), s.to_json())).collect::<Map<_, _>>();
            json!({"namespace": name.0, "name": name.1, "orders": parts})
        };
        desk.out(&format!("{}\n", go::json_indent(&told.iter().map(set).collect::<Value>())));
        return Ok(0);
    }
    let mut out = String::new();
    for (name, sections) in &told {
        let gap = if out.is_empty() { "" } else { "\n" };
        out.extend([gap, "StatefulSet ", &name.1, ", tried on a copy of the lab that is thrown away.\n"]);
        for section in sections {
            out.push('\n');
            out.push_str(&section.render(look));
        }
    }
    desk.out(&out);
    Ok(0)
}

/// `sts-lab completion SHELL`.
pub fn completion(desk: &Desk<'_>, args: &Completion) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sts-lab", &mut script);
    desk.out(&String::from_utf8_lossy(&script));
}
