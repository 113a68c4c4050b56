//! `sts-lab lab …`: the labs themselves.

mod args;
mod list;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

pub use args::Args;
use args::What;

use super::desk::Desk;
use super::open::{Outcome, home};
use crate::cluster::kubelet::Pace;
use crate::cluster::profile::Profile;
use crate::lab::place::{DEFAULT, Home, is_name};
use crate::lab::{Contents, Entry, Header, Lab, make, read, remove};
use crate::manifest::did_you_mean;
use crate::view::words::count;

/// Does it.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    let home = home(desk.room);
    let looks = match &args.what {
        What::Profiles { .. } => true,
        What::Export { file, .. } => file == Path::new("-"),
        _ => false,
    };
    ensure!(looks || !desk.room.is_alone(), "no other lab is within reach here: these lines run in a lab of their own");
    match &args.what {
        What::List { output } => {
            list::list(desk, &home, output.word());
            Ok(0)
        }
        What::Profiles { name } => crate::cli::profiles::show(desk, name.as_deref()),
        What::New { name, seed, profile, nodes, node_monitor_grace_period, kubelet, choose } => {
            let kubelet = kubelet.as_deref().map(str::parse).transpose().map_err(anyhow::Error::msg)?;
            let header = header(&desk.dir(), *seed, profile.as_deref(), *nodes, *node_monitor_grace_period, kubelet)?;
            make_lab(&home, name, &header, &[], *choose)?;
            if let Some(profile) = &header.profile {
                told(desk, profile);
            }
            done(desk, name, "made", *choose);
            Ok(0)
        }
        What::Use { name } => use_lab(desk, &home, name),
        What::Fork { name, at, choose } => {
            let Contents { header, entries, .. } = contents(desk, &home)?;
            let at = at.unwrap_or(entries.len());
            ensure!(
                at <= entries.len(),
                "there is no input {at}: this lab has {}, see `sts-lab history`",
                entries.len()
            );
            make_lab(&home, name, &header, &entries[..at], *choose)?;
            done(desk, name, &format!("made, with {} of this lab", count(at, "input")), *choose);
            Ok(0)
        }
        What::Delete { name, yes } => delete(desk, &home, name, *yes),
        What::Export { file, force } => export(desk, &home, file, *force),
        What::Import { file, name, choose } => import(desk, &home, file, name.as_deref(), *choose),
    }
}

/// How a new lab begins.
pub(super) fn header(
    dir: &Path,
    seed: Option<u64>,
    profile: Option<&str>,
    nodes: Option<u32>,
    grace: Option<u64>,
    kubelet: Option<Pace>,
) -> anyhow::Result<Header> {
    let default = Header { seed: seed.unwrap_or(Header::default().seed), ..Header::default() };
    let Some(mut profile) = profile.map(|word| crate::cli::profiles::find(word, dir)).transpose()?.flatten() else {
        let nodes = nodes.unwrap_or(default.nodes);
        let node_monitor_grace_s = grace.unwrap_or(default.node_monitor_grace_s);
        let kubelet = kubelet.unwrap_or(default.kubelet);
        return Ok(Header { nodes, node_monitor_grace_s, kubelet, ..default });
    };
    if let (Some(count), Some(group)) = (nodes, profile.nodes.first_mut()) {
        group.count = count;
        profile.check().map_err(anyhow::Error::msg)?;
    }
    profile.kubelet = kubelet.unwrap_or(profile.kubelet);
    Ok(default.with_profile(profile, grace))
}

/// What the cluster of a new lab is like.
fn told(desk: &Desk<'_>, profile: &Profile) {
    let look = desk.look();
    let classes = crate::cli::profiles::classes(profile);
    let sentence = match profile.persistent_volumes.len() {
        0 => format!("A cluster of {}, profile {}. StorageClasses: {classes}.", plural_nodes(profile), profile.name),
        volumes => format!(
            "A cluster of {}, profile {}, with {}. StorageClasses: {classes}.",
            plural_nodes(profile),
            profile.name,
            count(volumes, "volume")
        ),
    };
    desk.out(&look.wrap(&sentence, 0));
    desk.out("\n\n");
    if let Some(table) = crate::cli::profiles::drivers(profile) {
        desk.out(&table.render(look));
        desk.out("\n");
    }
}

fn plural_nodes(profile: &Profile) -> String {
    count(profile.node_count() as usize, "node")
}

fn done(desk: &Desk<'_>, name: &str, what: &str, chosen: bool) {
    desk.out(&format!("lab {name} {what}{}\n", if chosen { ", and in use" } else { "" }));
    if !chosen {
        let flag =
            if is_name(name) { format!("`sts-lab lab use {name}`, or --lab {name}") } else { format!("--lab {name}") };
        desk.note(&format!("{flag} to work in it\n"));
    }
}

/// The folder of a lab's name, or the folder itself.
fn place(home: &Home, name: &str) -> anyhow::Result<PathBuf> {
    let dir = home.resolve(Some(name));
    let named = !name.contains('/') && dir == home.named(name);
    ensure!(
        !named || is_name(name),
        "{name:?} cannot be the name of a lab: letters, digits, - and _ make a name, at most 63 of them; a folder has a / in it"
    );
    Ok(dir)
}

fn make_lab(home: &Home, name: &str, header: &Header, entries: &[Entry], choose: bool) -> anyhow::Result<()> {
    let dir = place(home, name)?;
    ensure!(!choose || is_name(name), "only a lab with a name can be in use; work in a folder with --lab {name}");
    match make(&dir, header, entries) {
        Err(crate::lab::JournalError::Exists { .. }) => {
            bail!("there is a lab {name} already: choose another name, or `sts-lab lab delete {name}` first")
        }
        made => made?,
    }
    if choose {
        home.choose(name).context("the lab is made, but cannot be put to use")?;
    }
    Ok(())
}

fn use_lab(desk: &Desk<'_>, home: &Home, name: &str) -> Outcome {
    ensure!(is_name(name), "{name:?} is not the name of a lab; work in a folder with --lab {name}");
    if name != DEFAULT && !home.names().iter().any(|known| known == name) {
        bail!("{}", unknown(home, name));
    }
    home.choose(name).context("the choice cannot be kept")?;
    desk.out(&format!("lab {name} is in use\n"));
    if desk.room.var("STS_LAB").is_some_and(|lab| !lab.is_empty()) {
        desk.note("note: STS_LAB is set, and wins over this choice\n");
    }
    Ok(0)
}

fn unknown(home: &Home, name: &str) -> String {
    let names = home.names();
    match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(other) => format!("there is no lab {name}: did you mean {other}?"),
        None if names.is_empty() => format!("there is no lab {name}: `sts-lab lab new {name}` makes it"),
        None => format!("there is no lab {name}, but {}; `sts-lab lab new {name}` makes it", names.join(", ")),
    }
}

/// What was done in the lab that is worked on.
fn contents(desk: &Desk<'_>, home: &Home) -> anyhow::Result<Contents> {
    if desk.room.is_alone() {
        let lab = crate::cli::open::lab(desk)?;
        return Ok(Contents { header: lab.header().clone(), entries: lab.entries().to_vec(), torn: None });
    }
    let path = home.resolve(desk.cli.lab.as_deref()).join(crate::lab::FILE);
    if !path.exists() {
        return Ok(Contents::default());
    }
    let contents = read(&path)?;
    if let Some(torn) = &contents.torn {
        desk.note(&format!("notice: line {} of the journal was cut off by a crash and is left out\n", torn.line));
    }
    Ok(contents)
}

fn delete(desk: &Desk<'_>, home: &Home, name: &str, yes: bool) -> Outcome {
    let dir = place(home, name)?;
    let path = dir.join(crate::lab::FILE);
    let known = is_name(name) && home.names().iter().any(|known| known == name);
    if !known && !path.exists() {
        bail!("{}", unknown(home, name));
    }
    let inputs = read(&path).map_or_else(|_| "its inputs".into(), |contents| count(contents.entries.len(), "input"));
    if !yes {
        let question = format!("Delete lab {name} with {inputs}? It cannot be brought back");
        let [stdin, _, stderr] = desk.room.terminals();
        if !stdin || !stderr {
            bail!("lab {name} has {inputs}, and there is nobody to ask: say --yes if it is to go");
        }
        let prompt = dialoguer::Confirm::new().with_prompt(question).default(false);
        if !prompt.interact().context("no answer")? {
            desk.out(&format!("lab {name} stays\n"));
            return Ok(1);
        }
    }
    remove(&dir, || desk.note("waiting for another sts-lab command on this lab to end…\n"))?;
    desk.out(&format!("lab {name} deleted\n"));
    if name == home.current() && name != DEFAULT && is_name(name) {
        home.choose(DEFAULT)?;
        desk.note(&format!("lab {DEFAULT} is in use now\n"));
    }
    Ok(0)
}

fn export(desk: &Desk<'_>, home: &Home, file: &Path, force: bool) -> Outcome {
    let Contents { header, entries, .. } = contents(desk, home)?;
    let text = crate::lab::text(&header, &entries);
    if file == Path::new("-") {
        desk.out(&text);
        return Ok(0);
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!force);
    let mut out = options.open(desk.dir().join(file)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::anyhow!("{} is there already: choose another name, or say --force to write over it", file.display())
        }
        _ => anyhow::Error::new(error).context(format!("cannot write {}", file.display())),
    })?;
    out.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
    desk.out(&format!("{} written to {}\n", count(entries.len(), "input"), file.display()));
    desk.note(&format!("`sts-lab lab import {}` makes a lab of it\n", file.display()));
    Ok(0)
}

fn import(desk: &Desk<'_>, home: &Home, file: &Path, name: Option<&str>, choose: bool) -> Outcome {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = match (name, stem) {
        (Some(name), _) => name.to_string(),
        (None, Some(stem)) if is_name(&stem) && stem != "-" => stem,
        _ => bail!("this file's name cannot be a lab's: say which, as in `sts-lab lab import {} NAME`", file.display()),
    };
    let Contents { header, entries, torn } = if file == Path::new("-") {
        let mut kept = tempfile::NamedTempFile::new()?;
        let mut bytes = Vec::new();
        desk.stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        kept.write_all(&bytes)?;
        read(kept.path())?
    } else {
        read(&desk.dir().join(file)).map_err(|error| error.named(file))?
    };
    make_lab(home, &name, &header, &entries, choose)?;
    if let Some(torn) = torn {
        desk.note(&format!("notice: line {} of {} was cut off and is left out\n", torn.line, file.display()));
    }
    let lab = Lab::open(&place(home, &name)?, || {})?;
    if let Some(entry) = lab.diverged_at {
        desk.note(&crate::cli::open::diverged(entry));
    }
    done(desk, &name, &format!("made, with {}", count(entries.len(), "input")), choose);
    Ok(0)
}
