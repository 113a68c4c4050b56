//! `sts-lab run SCRIPT`: a plain script of lab and kubectl lines, or the shell blocks of a Markdown page.

use std::io::Read as _;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::desk::Desk;
use super::open::Outcome;
use super::stage::{Typist, on_disk, scratch};
use crate::course::content::LabSpec;
use crate::course::script::{self, Item};
use crate::course::stage::{Ran, Scene, Stage as _};
use crate::kubectl::print::go;
use crate::view::style::{Look, Tone};
use crate::view::words::span;

pub const EXAMPLES: &str = "Examples:\n  sts-lab run steps.sh                  # on the lab in use: its journal keeps each line\n  \
    sts-lab run --fresh steps.sh          # on a new lab of which nothing is kept\n  \
    sts-lab run --fresh --profile aws --kubelet real steps.sh\n  \
    sts-lab run --fresh tutorial.md       # the ```shell blocks of a page\n  \
    sts-lab run --keep-going --shipped tutorial.md\n  echo 'kubectl get pods' | sts-lab run -\n\n\
    Lines are as in a shell: kubectl, sts-lab, pipes, loops, files, $(…), `sleep` (the lab's time). A line that must fail\n\
    begins with `! `. The exit code is 1 if a line failed.";

/// Arguments of `run`.
#[derive(clap::Args, Debug)]
pub struct Run {
    /// The script, or `-` for standard input
    #[arg(value_name = "SCRIPT")]
    pub script: String,
    /// Run all lines, whatever fails, and report
    #[arg(short, long)]
    pub keep_going: bool,
    /// On a new lab in memory, of which nothing is kept
    #[arg(long)]
    pub fresh: bool,
    /// With --fresh: what its cluster is like (`sts-lab lab profiles`)
    #[arg(long, value_name = "NAME|FILE", requires = "fresh")]
    pub profile: Option<String>,
    /// With --fresh: the pace of its kubelets
    #[arg(long, value_name = "PACE", requires = "fresh", value_parser = ["stand-in", "real"])]
    pub kubelet: Option<String>,
    /// With --fresh: how many nodes it has
    #[arg(long, value_name = "N", requires = "fresh", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub nodes: Option<u32>,
    /// Where a line would fetch a manifest, take the one that comes with sts-lab and shows the same
    #[arg(long)]
    pub shipped: bool,
    /// The form
    #[arg(short, long, value_parser = ["text", "json"], default_value = "text")]
    pub output: String,
}

impl Run {
    /// Standard input, on the lab in use.
    pub fn of_stdin() -> Run {
        let (script, output) = ("-".to_string(), "text".to_string());
        Run {
            script,
            keep_going: false,
            fresh: false,
            profile: None,
            kubelet: None,
            nodes: None,
            shipped: false,
            output,
        }
    }
}

/// A line that was run.
struct Line {
    item: Item,
    ran: Ran,
    /// What the lab's clock says after it, in seconds since its beginning.
    at: f64,
}

impl Line {
    fn failed(&self) -> bool {
        self.ran.code != 0
    }
}

/// Runs it.
pub fn run(desk: &Desk<'_>, args: &Run) -> Outcome {
    ensure!(desk.room.is_process(), "a script cannot be run within another one: put its lines there");
    let text = if args.script == "-" {
        let mut text = String::new();
        desk.stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        text
    } else {
        std::fs::read_to_string(&args.script).with_context(|| format!("cannot read {}", args.script))?
    };
    let markdown = script::is_markdown(&args.script, &text);
    let items = script::read(&text, markdown);
    if items.is_empty() {
        let where_ = if markdown { "no block marked ```shell, ```bash or ```console in" } else { "no line to run in" };
        bail!("{where_} {}", args.script);
    }
    let mut scene = if args.fresh {
        let lab = LabSpec { profile: args.profile.clone(), kubelet: args.kubelet.clone(), nodes: args.nodes };
        scratch(&lab).map_err(anyhow::Error::msg)?
    } else {
        on_disk(desk.cli.lab.as_deref()).map_err(anyhow::Error::msg)?
    };
    Ok(lines(desk, &mut scene, args, items))
}

/// Runs the lines, and tells what came of them.
fn lines(desk: &Desk<'_>, scene: &mut Scene<Typist>, args: &Run, items: Vec<Item>) -> u8 {
    let (count, told) = (items.len(), args.output == "text");
    let mut done: Vec<Line> = Vec::new();
    for item in items {
        if told {
            let prompt = format!("$ {}", item.text.replace('\n', "\n> "));
            desk.out(&format!("{}\n", desk.look().paint(&prompt, Tone::Strong)));
        }
        let ran = one(scene, args, &item);
        if told {
            desk.out(&ran.text);
            if !ran.text.is_empty() && !ran.text.ends_with('\n') {
                desk.out("\n");
            }
            if ran.code != 0 {
                desk.out(&format!("{}\n", desk.look().paint(&format!("[exit {}]", ran.code), Tone::Bad)));
            }
        }
        let at = scene.cluster().now.since(scene.cluster().start).as_secs_f64();
        done.push(Line { item, ran, at });
        if scene.is_left() || (!args.keep_going && done.last().is_some_and(Line::failed)) {
            break;
        }
    }
    let failed: Vec<&Line> = done.iter().filter(|line| line.failed()).collect();
    if told {
        desk.out(&summary(&done, count, args, scene));
    } else {
        desk.out(&format!("{}\n", go::json_indent(&json(&done, count, args))));
    }
    u8::from(!failed.is_empty())
}

/// One line; what cannot work without a network, or is not meant to be run as it stands, is said before it is tried.
fn one(scene: &mut Scene<Typist>, args: &Run, item: &Item) -> Ran {
    if let Some(word) = script::placeholder(&item.text).filter(|_| !item.text.contains("<<")) {
        return Ran::refused(
            1,
            &format!("sts-lab: {word} stands for a name that you know: put it there, and run it again\n"),
        );
    }
    let found = script::fetches(&item.text);
    let Some((url, like)) = found.first() else { return scene.run(&item.text) };
    match like {
        Some(_) if args.shipped && found.iter().all(|(_, like)| like.is_some()) => {
            let (mut line, mut text) = (item.text.clone(), String::new());
            for (index, (url, like)) in found.iter().enumerate() {
                line = line.replace(url, if index == 0 { "-" } else { "/dev/null" });
                text.extend(like.iter().flat_map(|like| ["---\n", &like.text, "\n"]));
            }
            scene.run(&format!("{line} <<'STS-LAB'\n{text}STS-LAB"))
        }
        Some(like) => network(
            url,
            &format!(
                "the manifest {0} that comes with sts-lab shows the same: `sts-lab apply {0}`, or run with --shipped",
                like.name
            ),
        ),
        None => network(url, "save it as a file, and name the file in its place"),
    }
}

/// What is said of a line that would fetch something.
fn network(url: &str, instead: &str) -> Ran {
    let why = format!("sts-lab: {url} is on the network, and the lab works without one: {instead}");
    Ran::refused(1, &(Look::PLAIN.wrap(&why, 2) + "\n"))
}

fn summary(done: &[Line], count: usize, args: &Run, scene: &Scene<Typist>) -> String {
    let failed: Vec<&Line> = done.iter().filter(|line| line.failed()).collect();
    let (ran, rest) = (done.len(), count - done.len());
    let lines = |count: usize| if count == 1 { "1 line".to_string() } else { format!("{count} lines") };
    let time = span(scene.cluster().now.since(scene.cluster().start));
    let mut out = format!("\n{} run, {} failed; the lab's clock is at +{time}.\n", lines(ran), failed.len());
    for line in &failed {
        let first = line.item.text.lines().next().unwrap_or_default();
        out.push_str(&format!("  line {}: {first} (exit {})\n", line.item.line, line.ran.code));
    }
    if rest > 0 && scene.is_left() {
        out.push_str(&format!("It left with `exit`; {} after it not run.\n", lines(rest)));
    } else if rest > 0 {
        out.push_str(&format!("Stopped there; {} not run. --keep-going runs them all.\n", lines(rest)));
    }
    if args.fresh {
        out.push_str("Nothing of it is kept: that was a lab of its own (--fresh).\n");
    }
    out
}

fn json(done: &[Line], count: usize, args: &Run) -> Value {
    let line = |line: &Line| {
        json!({
            "line": line.item.line,
            "command": line.item.text,
            "code": line.ran.code,
            "stdout": line.ran.stdout,
            "stderr": line.ran.stderr,
            "seconds": line.at,
        })
    };
    json!({
        "script": args.script,
        "ran": done.len(),
        "failed": done.iter().filter(|line| line.failed()).count(),
        "notRun": count - done.len(),
        "lines": done.iter().map(line).collect::<Value>(),
    })
}
