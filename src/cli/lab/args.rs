//! Arguments of `lab`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::args::format::ListFormat;
use crate::cluster::profile::MOST_NODES;

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
