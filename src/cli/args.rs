//! The command line as clap reads it.

pub mod faults;
pub mod format;
mod verbs;
mod views;

use clap::{Args, Parser, Subcommand};

pub use verbs::{VERBS, Verb};
pub use views::{Completion, Dns, Order, Status, Tick, Ticks, Why};

/// A Kubernetes `StatefulSet` world in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "sts-lab",
    version,
    about,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Cli {
    /// The lab to work on: the name of one, or a folder
    #[arg(long, global = true, value_name = "NAME|DIR", env = "STS_LAB")]
    pub lab: Option<String>,
    /// Let no time pass after the command; it passes only as far as the command itself waits
    #[arg(long, global = true)]
    pub no_settle: bool,
    /// As --no-settle, and say what is due next: `tick` then goes on step by step
    #[arg(long, global = true)]
    pub step: bool,
    /// The namespace
    #[arg(short, long, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// No colours, and 80 columns
    #[arg(long, global = true)]
    pub plain: bool,
    /// When to use colours; `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"])]
    pub color: String,
    /// Show more: every milestone, every record
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Exactly kubectl: same arguments, same bytes, same exit code
    #[command(disable_help_flag = true)]
    Kubectl(Kubectl),
    #[command(flatten)]
    Verb(Verb),
    /// What a command would do, told before it is done: restarts, claims, names, risks, refusals
    #[command(after_help = super::plan::EXAMPLES)]
    Plan(super::plan::Plan),
    /// Begin from the state of a real cluster, as kubectl prints it
    #[command(after_help = super::import::EXAMPLES)]
    Import(super::import::Import),
    /// The whole lab on one screen
    #[command(after_help = views::STATUS_EXAMPLES)]
    Status(Status),
    /// In which order a set's Pods come up, go down and are updated, and why
    #[command(after_help = views::ORDER_EXAMPLES)]
    Order(Order),
    /// Why an object is as it is: its state, the causes, what it waits for, what helps
    #[command(after_help = views::WHY_EXAMPLES)]
    Why(Why),
    /// What the cluster's DNS answers, and why it does not
    #[command(after_help = views::DNS_EXAMPLES)]
    Dns(Dns),
    /// Go on by one step, by some, or for a time, and see what each step did
    #[command(after_help = views::TICK_EXAMPLES)]
    Tick(Tick),
    /// Break something, or heal it
    #[command(after_help = views::FAULT_EXAMPLES)]
    Fault(Fault),
    /// Let time run until nothing happens any more
    #[command(after_help = views::SETTLE_EXAMPLES)]
    Settle(Settle),
    /// Run controllers side by side on the same workload, and see what is measured
    #[command(after_help = super::compare::EXAMPLES)]
    Compare(super::compare::Compare),
    /// Check manifests against best practices and known traps, without running them
    #[command(after_help = super::lint::EXAMPLES)]
    Lint(super::lint::Lint),
    /// Lessons: read, predict, do, and know why
    Lesson(super::lesson::Args),
    /// All that happened since the lab began
    #[command(after_help = views::TRACE_EXAMPLES)]
    Trace(Trace),
    /// What was done in this lab, oldest first
    History(super::history::History),
    /// Go back: take inputs back, or go to the state after one
    Rewind(super::history::Rewind),
    /// Questions that interviews ask, asked again when they are about to be forgotten
    #[command(after_help = super::drill::EXAMPLES)]
    Drill(super::drill::Args),
    /// Claims that people repeat, each put to the test: true, false, or does it depend?
    #[command(after_help = super::myth::EXAMPLES)]
    Myth(super::myth::Args),
    /// The labs themselves: make, choose, copy, delete, hand on
    Lab(super::lab::Args),
    /// Exercises: begin one, see what holds, hand it in; write your own
    #[command(after_help = super::exercise::EXAMPLES)]
    Exercise(super::exercise::Args),
    /// Grade what students have handed in
    #[command(after_help = super::grade::EXAMPLES)]
    Grade(super::grade::Args),
    /// Run a script of lab and kubectl lines, or the shell blocks of a Markdown page
    #[command(after_help = super::run::EXAMPLES)]
    Run(super::run::Run),
    /// A prompt with kubectl, the lab's verbs, history and completion
    #[command(after_help = super::shell::EXAMPLES)]
    Shell,
    /// Play recordings of a real cluster, and say where the lab disagrees
    Conformance(super::conformance::Args),
    /// Completions for a shell
    #[command(after_help = views::COMPLETION_EXAMPLES)]
    Completion(Completion),
}

/// Arguments of `kubectl`.
#[derive(Args, Debug)]
pub struct Kubectl {
    /// What follows the word kubectl
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

/// Arguments of `fault`.
#[derive(Args, Debug)]
pub struct Fault {
    /// What to break
    #[command(subcommand)]
    pub what: FaultKind,
}

/// What can be broken.
#[derive(Debug, Subcommand)]
pub enum FaultKind {
    /// The containers of a Pod, by name, also of a later Pod of that name
    Pod {
        /// The Pod
        name: String,
        /// Running but not Ready (`false`), Ready (`true`), or whatever they would be (`null`)
        #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
        ready: Option<Tristate>,
        /// They exit with code 1, then wait in `CrashLoopBackOff`
        #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
        crash: Option<Tristate>,
        /// They never finish terminating
        #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
        hang: Option<Tristate>,
        /// The present Pod ends, once
        #[arg(long, value_parser = ["Failed", "Succeeded"])]
        phase: Option<String>,
        /// The kubelet evicts the present Pod, once, because the node is low on a resource [default: memory]
        #[arg(long, value_name = "RESOURCE", num_args = 0..=1, require_equals = true, default_missing_value = "memory",
            value_parser = ["memory", "ephemeral-storage", "inodes", "pids"])]
        evict: Option<String>,
        /// Only this container, which may be an init container: with --ready, --crash, and what ails it
        #[arg(long, value_name = "NAME")]
        container: Option<String>,
        /// What ails its containers
        #[command(flatten)]
        ailing: faults::Ailing,
        /// With --phase: the status's reason
        #[arg(long, requires = "phase")]
        reason: Option<String>,
        /// With --phase: the status's message
        #[arg(long, requires = "phase")]
        message: Option<String>,
    },
    /// All containers with an image
    Image {
        /// The image as manifests name it
        name: String,
        /// Whether it can be pulled
        #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
        pull: Option<Tristate>,
        /// Whether its containers become Ready
        #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
        ready: Option<Tristate>,
        /// Whether its containers exit with code 1
        #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
        crash: Option<Tristate>,
        /// What ails its containers
        #[command(flatten)]
        ailing: faults::Ailing,
    },
    /// A node
    Node {
        /// The node
        name: String,
        /// Its kubelet stops reporting
        #[arg(long, conflicts_with = "up", required_unless_present = "up")]
        down: bool,
        /// Its kubelet goes on reporting
        #[arg(long)]
        up: bool,
    },
    /// All nodes of a zone
    Zone {
        /// The zone, as the nodes' label topology.kubernetes.io/zone has it
        name: String,
        /// Their kubelets stop reporting
        #[arg(long, conflicts_with = "up", required_unless_present = "up")]
        down: bool,
        /// Their kubelets go on reporting
        #[arg(long)]
        up: bool,
    },
    /// A claim's volume
    Pvc {
        /// The claim
        name: String,
        /// It is full: what writes to it gets `No space left on device`, and exits. Until it grows, or has room again
        #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
        full: bool,
    },
    /// The storage
    Storage {
        /// Whether volumes are resized
        #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
        resizer: Option<bool>,
        /// A storage driver of the cluster's profile
        #[arg(long, value_name = "NAME")]
        driver: Option<String>,
        /// Its controller stops: nothing is made, attached, grown or deleted
        #[arg(long, requires = "driver", conflicts_with = "up", required_unless_present_any = ["up", "resizer"])]
        down: bool,
        /// Its controller goes on
        #[arg(long, requires = "driver")]
        up: bool,
    },
    /// Forget all faults
    Clear,
}

/// True, false, or "forget what was said": `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tristate(pub Option<bool>);

fn tristate(text: &str) -> Result<Tristate, String> {
    match text {
        "true" => Ok(Tristate(Some(true))),
        "false" => Ok(Tristate(Some(false))),
        "null" => Ok(Tristate(None)),
        _ => Err("expected true, false, or null to forget it".into()),
    }
}

/// Arguments of `settle`.
#[derive(Args, Debug)]
pub struct Settle {
    /// Seconds without a write that count as rest
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    pub quiet: f64,
    /// Instead: let exactly this many seconds pass
    #[arg(long = "for", value_name = "SECONDS", conflicts_with = "quiet", value_parser = seconds)]
    pub for_seconds: Option<f64>,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number: f64 = match text.parse() {
        Ok(number) => number,
        Err(_) => crate::kubectl::flags::parse_duration(text)
            .map_err(|_| "expected a number of seconds, or a duration such as 90s, 5m or 1h30m")?
            .as_secs_f64(),
    };
    if (0.0..=1e9).contains(&number) { Ok(number) } else { Err("expected 0 to 1000000000 seconds".into()) }
}

/// Arguments of `trace`.
#[derive(Args, Debug)]
pub struct Trace {
    /// The form
    #[arg(short, long, value_parser = ["table", "jsonl"], default_value = "table")]
    pub output: String,
    /// Only what happened after so many seconds since the lab began, or in the last so many if it begins with `-`
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub since: Option<f64>,
}
