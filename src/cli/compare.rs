//! `sts-lab compare`: controllers side by side, and tables derived from runs. No lab is opened or changed.

use anyhow::{anyhow, bail};

use super::args::format::Format;
use super::desk::Desk;
use super::open::Outcome;
use super::stage::InProcess;
use crate::compare::{self, Controller, Setup, Storage, screen};
use crate::kubectl::print::go;

pub const EXAMPLES: &str = "Examples:\n  sts-lab compare deployment statefulset\n  sts-lab compare deploy sts ds --storage efs\n  \
    sts-lab compare pod deployment statefulset --replicas 5 --nodes 6\n  sts-lab compare deploy sts --storage local --prove\n  \
    sts-lab compare --matrix storage      # which controller on which storage\n  \
    sts-lab compare --matrix deletion     # what stays after what\n  sts-lab compare --matrix reuse        # when an old disk is found again\n  \
    sts-lab compare --matrix workload --prove\n  sts-lab compare --manifest sts --storage ebs\n\n\
    Each controller, and each row of a table, runs on a new cluster of its own; your lab is not touched. With --prove the\n\
    commands are printed that do the same run in a lab.";

/// Arguments of `compare`.
#[derive(clap::Args, Debug)]
pub struct Compare {
    /// Two or three of pod, deployment, statefulset and daemonset
    #[arg(value_name = "CONTROLLER")]
    pub controllers: Vec<String>,
    /// How many Pods; a DaemonSet has one for each node
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub replicas: u32,
    /// Where they keep their data: ebs, efs, local, none, or a class of a profile
    #[arg(long, value_name = "STORAGE", default_value = "ebs")]
    pub storage: String,
    /// How many nodes the clusters have
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub nodes: u32,
    /// The access mode of the claims, if not the usual one of the storage
    #[arg(long, value_name = "MODE", value_parser = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"])]
    pub access: Option<String>,
    /// The Pods of a set share one claim, too
    #[arg(long)]
    pub shared: bool,
    /// A table derived from runs
    #[arg(long, value_name = "TABLE", conflicts_with = "controllers", value_parser = ["storage", "deletion", "reuse", "workload"])]
    pub matrix: Option<String>,
    /// Print the workload under one controller as YAML, and run nothing
    #[arg(long, value_name = "CONTROLLER", conflicts_with_all = ["controllers", "matrix"])]
    pub manifest: Option<String>,
    /// With --manifest: the workload's name
    #[arg(long, default_value = "web", requires = "manifest")]
    pub name: String,
    /// With --manifest: its image
    #[arg(long, default_value = "nginx:1.28", requires = "manifest")]
    pub image: String,
    /// Print the commands that show each cell in a lab
    #[arg(long)]
    pub prove: bool,
    #[command(flatten)]
    pub output: Format,
}

/// Runs it.
pub fn run(desk: &Desk<'_>, args: &Compare) -> Outcome {
    let look = desk.look();
    if let Some(name) = &args.matrix {
        let matrix = compare::matrix(name, &InProcess).map_err(|why| anyhow!(why))?;
        if args.output.is_json() {
            desk.out(&format!("{}\n", go::json_indent(&screen::matrix_json(&matrix))));
            return Ok(0);
        }
        let mut out = screen::matrix(&matrix).render(look);
        out += &proofs(args, || screen::matrix_proofs(&matrix, look), &format!("--matrix {name}"));
        desk.out(&out);
        return Ok(0);
    }
    if let Some(word) = &args.manifest {
        let mut setup = setup(args, word)?;
        (setup.name, setup.image) = (args.name.clone(), args.image.clone());
        desk.out(&compare::manifest(&setup));
        return Ok(0);
    }
    if !(2..=3).contains(&args.controllers.len()) {
        bail!("say which two or three controllers, as in `sts-lab compare deployment statefulset`, or which --matrix");
    }
    let setups = args.controllers.iter().map(|word| setup(args, word)).collect::<anyhow::Result<Vec<Setup>>>()?;
    if (1..setups.len()).any(|at| setups[..at].iter().any(|other| other.controller == setups[at].controller)) {
        bail!("each controller stands in the table once");
    }
    let rows = compare::compare(&setups, &InProcess).map_err(|why| anyhow!(why))?;
    if args.output.is_json() {
        desk.out(&format!("{}\n", go::json_indent(&screen::rows_json(&setups, &rows))));
        return Ok(0);
    }
    let mut out = screen::rows(&setups, &rows).render(look);
    out += &proofs(args, || screen::row_proofs(&setups, &rows, look), &args.controllers.join(" "));
    desk.out(&out);
    Ok(0)
}

fn proofs(args: &Compare, proofs: impl FnOnce() -> String, what: &str) -> String {
    if args.prove { proofs() } else { format!("\nNext    sts-lab compare {what} --prove\n") }
}

fn setup(args: &Compare, word: &str) -> anyhow::Result<Setup> {
    let controller = Controller::parse(word).ok_or_else(|| {
        anyhow!("there is no controller {word} here; there are pod, deployment, statefulset and daemonset")
    })?;
    let mut storage = Storage::parse(&args.storage).map_err(|why| anyhow!(why))?;
    match args.access.as_deref() {
        Some("ReadWriteOnce") => storage.mode = "ReadWriteOnce",
        Some("ReadOnlyMany") => storage.mode = "ReadOnlyMany",
        Some("ReadWriteMany") => storage.mode = "ReadWriteMany",
        Some("ReadWriteOncePod") => storage.mode = "ReadWriteOncePod",
        _ => {}
    }
    let mut setup = Setup::new(controller, storage, args.replicas, args.nodes);
    setup.shared = args.shared;
    Ok(setup)
}
