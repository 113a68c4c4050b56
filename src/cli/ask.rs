//! `why` and `dns`: questions about one thing.

use anyhow::{anyhow, bail};

use super::args::{Dns, Why};
use super::desk::Desk;
use super::open::{Outcome, lab};
use crate::dns::{Query, Type, resolve};
use crate::kubectl::print::go;
use crate::manifest::did_you_mean;
use crate::resource::Kind;
use crate::resource::kind::ALL;
use crate::store::Store;
use crate::view::style::Tone;
use crate::view::why::{Subject, why as explain};
use crate::view::{answer, section};

/// Kinds that a name alone may mean, most likely first.
const LIKELY: &[Kind] =
    &[Kind::Pod, Kind::StatefulSet, Kind::PersistentVolumeClaim, Kind::Service, Kind::Node, Kind::PersistentVolume];

/// `sts-lab why OBJECT`.
pub fn why(desk: &Desk<'_>, args: &Why) -> Outcome {
    let look = desk.look();
    let lab = lab(desk)?;
    let namespace = desk.cli.namespace.as_deref().unwrap_or("default");
    let subject = subject(&lab.cluster.api.store, &args.object, namespace)?;
    let commands: Vec<String> = lab.entries().iter().map(|entry| typed(&entry.words)).collect();
    let Some(told) = explain(&lab.cluster, &subject, &commands) else {
        let (kind, name) = (subject.kind.info().name, &subject.name);
        let names = lab.cluster.api.store.in_namespace(subject.kind, &subject.namespace).map(|o| &*o.meta.name);
        let near = did_you_mean(name, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        bail!("there is no {kind} {name}, and there never was one{near}");
    };
    let mut out = look.beside("NOW", Tone::Strong, &told.now.join(" "));
    if let Some(causes) = &told.causes {
        out.push('\n');
        out.push_str(&causes.render(look));
    }
    let mut help: Vec<&String> = Vec::new();
    for command in &told.help {
        if !help.contains(&command) {
            help.push(command);
        }
    }
    for (index, command) in help.iter().take(3).enumerate() {
        let title = if index == 0 { "\nNext    " } else { "        " };
        out.extend([title, &look.paint(command, Tone::Strong), "\n"]);
    }
    desk.out(&out);
    Ok(0)
}

/// A command as it was typed, less where the lab is.
fn typed(words: &[String]) -> String {
    let mut out = String::from("sts-lab");
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--lab" {
            words.next();
        } else if !word.starts_with("--lab=") {
            out.push(' ');
            out.push_str(word);
        }
    }
    out
}

/// The object that the words mean.
fn subject(store: &Store, words: &[String], namespace: &str) -> anyhow::Result<Subject> {
    let (kind, name) = match words {
        [one] => match one.split_once('/') {
            Some((kind, name)) => (Some(kind), name),
            None => (None, one.as_str()),
        },
        [kind, name, ..] => (Some(kind.as_str()), name.as_str()),
        [] => bail!("say which object, as in `sts-lab why pod/web-0`"),
    };
    let namespace_of = |kind: Kind| if kind.info().namespaced { namespace.to_string() } else { String::new() };
    let kind = match kind {
        Some(word) => Kind::parse(word).ok_or_else(|| {
            let words =
                ALL.iter().flat_map(|info| [info.singular, info.plural].into_iter().chain(info.short.iter().copied()));
            let near = did_you_mean(word, words).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            anyhow!("there is no kind \"{word}\"{near}")
        })?,
        None => LIKELY
            .iter()
            .copied()
            .find(|kind| store.get(*kind, &namespace_of(*kind), name).is_some())
            .unwrap_or(Kind::Pod),
    };
    Ok(Subject { kind, namespace: namespace_of(kind), name: name.to_string() })
}

/// `sts-lab dns [NAME]`. Without an answer the exit code is 1.
pub fn dns(desk: &Desk<'_>, args: &Dns) -> Outcome {
    let look = desk.look();
    let lab = lab(desk)?;
    let store = &lab.cluster.api.store;
    let kind = args.kind.as_deref().map(|name| {
        let names = "A, AAAA, SRV, PTR, CNAME and TXT";
        Type::parse(name).ok_or_else(|| anyhow!("there is no type \"{name}\" here; there are {names}"))
    });
    let kind = kind.transpose()?;
    let Some(name) = args.name.as_deref() else {
        if args.output.is_json() {
            let all = answer::list_json(store, desk.cli.namespace.as_deref(), desk.cli.verbose);
            desk.out(&format!("{}\n", go::json_indent(&all)));
        } else {
            desk.out(&answer::list(store, desk.cli.namespace.as_deref(), desk.cli.verbose).render(look));
        }
        return Ok(0);
    };
    let namespace = desk.cli.namespace.as_deref().unwrap_or("default");
    let from = args.from.as_deref().map(|pod| pod.rsplit('/').next().unwrap_or(pod));
    if let Some(pod) = from.filter(|pod| store.get(Kind::Pod, namespace, pod).is_none()) {
        bail!("there is no Pod {pod} in Namespace {namespace} that could ask");
    }
    let query = Query { name, kind, namespace, from };
    let found = resolve(store, &query);
    if args.output.is_json() {
        desk.out(&format!("{}\n", go::json_indent(&answer::answer_json(&found))));
    } else {
        let sections: Vec<section::Section> = answer::answer(&query, &found);
        let texts: Vec<String> = sections.iter().map(|section| section.render(look)).collect();
        desk.out(&texts.join("\n"));
    }
    Ok(u8::from(found.records().is_empty()))
}
