//! `sts-lab lab …`: the labs themselves.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use serde_json::{Value, json};

use super::args::format::ListFormat;
use super::desk::Desk;
use super::open::{Outcome, home};
use crate::cluster::kubelet::Pace;
use crate::cluster::profile::{MOST_NODES, Profile};
use crate::lab::place::{DEFAULT, Home, is_name};
use crate::lab::{Contents, Entry, Header, Lab, make, read, remove};
use crate::manifest::did_you_mean;
use crate::view::table::Table;

/// Arguments of `lab`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  sts-lab lab new shop\n  sts-lab lab new cloud --profile aws --use\n  sts-lab lab new slow --kubelet=real --use\n  \
    sts-lab lab use shop\n  sts-lab lab fork before-upgrade\n  \
    sts-lab lab list"
)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with labs.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The labs there are; the one in use has a star
    List {
        #[command(flatten)]
        output: ListFormat,
    },
    /// Make a lab
    New {
        /// Its name, or a folder
        name: String,
        /// Where its ids and random choices come from: the same seed, the same lab
        #[arg(long)]
        seed: Option<u64>,
        /// What its cluster is like: default, aws, gcp, azure, minikube, bare-metal, or a file of your own
        #[arg(long, value_name = "NAME|FILE")]
        profile: Option<String>,
        /// How many nodes its cluster has; with a profile, how many its first group of nodes has
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_NODES)))]
        nodes: Option<u32>,
        /// After how many seconds of silence a node counts as lost: 6, so that nobody waits long; Kubernetes has 50, and so
        /// have all profiles but the default
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
        node_monitor_grace_period: Option<u64>,
        /// How its kubelets take their time: stand-in, so that nobody waits (a step is 0.15 s, probes succeed at once,
        /// a crash loop stops at one restart), or real (probes, back-off and grace periods as in Kubernetes)
        #[arg(long, value_name = "PACE", value_parser = ["stand-in", "real"])]
        kubelet: Option<String>,
        /// Use it from now on
        #[arg(long = "use")]
        choose: bool,
    },
    /// The profiles that clusters can have; with a name, the file itself
    Profiles {
        /// One of them
        name: Option<String>,
    },
    /// Use a lab from now on
    Use {
        /// Its name
        name: String,
    },
    /// Make a lab that begins as the one in use is, or was
    Fork {
        /// The new lab's name, or a folder
        name: String,
        /// As it was after this input
        #[arg(long, value_name = "K")]
        at: Option<usize>,
        /// Use it from now on
        #[arg(long = "use")]
        choose: bool,
    },
    /// Delete a lab for good
    Delete {
        /// Its name, or its folder
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Write the lab in use to one file, to keep it or to hand it on
    Export {
        /// The file; - is standard output
        file: PathBuf,
        /// Write over a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Make a lab from such a file; `sts-lab import` takes the state of a cluster
    Import {
        /// The file; - is standard input
        file: PathBuf,
        /// The new lab's name, or a folder; without it, the file's name
        name: Option<String>,
        /// Use it from now on
        #[arg(long = "use")]
        choose: bool,
    },
}

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
            list(desk, &home, output.word());
            Ok(0)
        }
        What::Profiles { name } => super::profiles::show(desk, name.as_deref()),
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
            done(desk, name, &format!("made, with {} of this lab", plural(at, "input")), *choose);
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
    let Some(mut profile) = profile.map(|word| super::profiles::find(word, dir)).transpose()?.flatten() else {
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
    let classes = super::profiles::classes(profile);
    let sentence = match profile.persistent_volumes.len() {
        0 => format!("A cluster of {}, profile {}. StorageClasses: {classes}.", plural_nodes(profile), profile.name),
        volumes => format!(
            "A cluster of {}, profile {}, with {}. StorageClasses: {classes}.",
            plural_nodes(profile),
            profile.name,
            plural(volumes, "volume")
        ),
    };
    desk.out(&look.wrap(&sentence, 0));
    desk.out("\n\n");
    if let Some(table) = super::profiles::drivers(profile) {
        desk.out(&table.render(look));
        desk.out("\n");
    }
}

fn plural_nodes(profile: &Profile) -> String {
    plural(profile.node_count() as usize, "node")
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
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

fn list(desk: &Desk<'_>, home: &Home, output: &str) {
    let current = home.current();
    let mut names = home.names();
    if !names.contains(&current) {
        names.push(current.clone());
        names.sort();
    }
    let labs: Vec<(String, Value)> =
        names.into_iter().map(|name| (name.clone(), about(home, &name, &current))).collect();
    match output {
        "json" => desk.out(&format!("{:#}\n", labs.into_iter().map(|(_, lab)| lab).collect::<Value>())),
        "name" => {
            for (name, _) in &labs {
                desk.out(&format!("{name}\n"));
            }
        }
        _ => {
            let mut table = Table::new(&["", "NAME", "#INPUTS", "#NODES", "#SEED", "KUBERNETES", "~LAST COMMAND"]);
            for (name, lab) in &labs {
                let text = |key: &str| match &lab[key] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                };
                let star = if lab["inUse"] == true { "*" } else { "" };
                let last = if lab["problem"].is_null() { text("last") } else { text("problem") };
                let cells = [
                    star.to_string(),
                    name.clone(),
                    text("inputs"),
                    text("nodes"),
                    text("seed"),
                    text("kubernetes"),
                    last,
                ];
                table.row(cells.map(Into::into));
            }
            desk.out(&table.render(desk.look()));
        }
    }
}

fn about(home: &Home, name: &str, current: &str) -> Value {
    let path = home.named(name).join(crate::lab::FILE);
    let mut about = json!({"name": name, "inUse": name == current, "inputs": 0});
    if !path.exists() {
        return about;
    }
    match read(&path) {
        Ok(Contents { header, entries, .. }) => {
            about["inputs"] = entries.len().into();
            about["nodes"] = header.nodes.into();
            about["seed"] = header.seed.into();
            about["kubernetes"] = header.kubernetes.into();
            about["last"] = entries.last().map(|entry| super::history::typed(&entry.words)).into();
        }
        Err(error) => about["problem"] = format!("{:#}", anyhow::Error::new(error)).into(),
    }
    about
}

/// What was done in the lab that is worked on.
fn contents(desk: &Desk<'_>, home: &Home) -> anyhow::Result<Contents> {
    if desk.room.is_alone() {
        let lab = super::open::lab(desk)?;
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
    let inputs = read(&path).map_or_else(|_| "its inputs".into(), |contents| plural(contents.entries.len(), "input"));
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
    desk.out(&format!("{} written to {}\n", plural(entries.len(), "input"), file.display()));
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
        desk.note(&super::open::diverged(entry));
    }
    done(desk, &name, &format!("made, with {}", plural(entries.len(), "input")), choose);
    Ok(0)
}
