//! `sts-lab lint`: manifests checked without running them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::ValueEnum;

use super::desk::Desk;
use super::open::{Outcome, lab};
use crate::kubectl::print::go;
use crate::lint::{self, Finding, Input, Severity, json, rules, sarif, show};
use crate::manifest::{self, Problem, Source, did_you_mean, shipped};
use crate::resource::Kind;
use crate::store::Store;

/// Kinds of the lab that the rules ask for.
const KINDS: &[Kind] = &[
    Kind::ConfigMap,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::Node,
    Kind::PersistentVolumeClaim,
    Kind::Pod,
    Kind::PodDisruptionBudget,
    Kind::Secret,
    Kind::Service,
    Kind::StatefulSet,
    Kind::StorageClass,
];

pub const EXAMPLES: &str = "Examples:\n  sts-lab lint web.yaml\n  sts-lab lint mysql-basic          # a manifest that comes with sts-lab\n  \
    sts-lab lint -R deploy/           # a folder and the folders in it\n  helm template . | sts-lab lint -\n  \
    sts-lab lint web.yaml --with-lab  # what is in the lab counts as there\n  sts-lab lint --with-lab           # the lab itself\n  \
    sts-lab lint --list\n  sts-lab lint --explain STS051\n  sts-lab lint -R . -o sarif --fail-on error > lint.sarif\n\n\
    A comment allows a finding where it is meant so; before the first document it holds for the file, before the first \
    field of a document for the document, elsewhere for the line below it and what is indented deeper:\n  \
    # sts-lab: allow STS050 because this cluster is never drained\n\nThe exit code is 1 if there are findings of --fail-on or worse.";

/// How bad, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// All findings
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// None
    Never,
}

impl Level {
    fn reached_by(self, severity: Severity) -> bool {
        match self {
            Level::Info => true,
            Level::Warning => severity >= Severity::Warning,
            Level::Error => severity == Severity::Error,
            Level::Never => false,
        }
    }
}

/// Arguments of `lint`.
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(clap::Args, Debug)]
pub struct Lint {
    /// Manifests, folders, names of shipped manifests, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Look into the folders of folders, too
    #[arg(short = 'R', long)]
    pub recursive: bool,
    /// The form: findings in full, one in a line, or for programs
    #[arg(short, long, value_parser = ["table", "brief", "json", "sarif"], default_value = "table")]
    pub output: String,
    /// Show findings of this severity and worse
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "info", hide_possible_values = true)]
    pub severity: Level,
    /// Exit with 1 on findings of this severity and worse: info, warning, error or never
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warning", hide_possible_values = true)]
    pub fail_on: Level,
    /// Leave these rules out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub disable: Vec<String>,
    /// Show findings that a comment allows, too
    #[arg(long)]
    pub allowed: bool,
    /// What is in the lab counts as there: Services, claims, classes, budgets, nodes. Without files, check the lab itself
    #[arg(long)]
    pub with_lab: bool,
    /// How many nodes the cluster has
    #[arg(long, value_name = "N")]
    pub nodes: Option<u32>,
    /// List all rules
    #[arg(long, conflicts_with_all = ["files", "explain"])]
    pub list: bool,
    /// Say all about a rule
    #[arg(long, value_name = "RULE", conflicts_with = "files")]
    pub explain: Option<String>,
    /// Print the bad manifest of a rule
    #[arg(long, value_name = "RULE", conflicts_with_all = ["files", "explain", "list"])]
    pub example: Option<String>,
}

/// Runs it.
pub fn run(desk: &Desk<'_>, args: &Lint, words: &[String]) -> Outcome {
    let look = desk.look();
    if args.list {
        match args.output.as_str() {
            "json" => desk.out(&format!("{}\n", go::json_indent(&show::list().table.to_json()))),
            _ => desk.out(&show::list().render(look)),
        }
        return Ok(0);
    }
    if let Some(id) = &args.explain {
        desk.out(&show::explain(rule(id)?, look));
        return Ok(0);
    }
    if let Some(id) = &args.example {
        desk.out(&rule(id)?.bad.text());
        return Ok(0);
    }
    let disabled = args.disable.iter().map(|id| rule(id).map(|rule| rule.id.to_string()));
    let disabled = disabled.collect::<anyhow::Result<BTreeSet<String>>>()?;
    let named = words.iter().any(|word| word == "--lab" || word.starts_with("--lab="));
    let with_lab = args.with_lab || named;
    if args.files.is_empty() && !with_lab {
        bail!("say what to check: a file, a folder, `-`, a name such as `mysql`, or --with-lab for the lab itself");
    }
    let mut input = Input { nodes: args.nodes, check_lab: args.files.is_empty(), ..Input::default() };
    let files = read(desk, args, &mut input)?;
    if with_lab {
        input.lab = objects(&lab(desk)?.cluster.api.store, desk.cli.namespace.as_deref());
    }
    let mut findings = lint::lint(&input, &disabled);
    findings.retain(|finding| args.severity.reached_by(finding.severity));
    print(desk, args, &findings, files);
    let fails = |finding: &Finding| finding.allowed.is_none() && args.fail_on.reached_by(finding.severity);
    Ok(u8::from(findings.iter().any(fails)))
}

fn rule(id: &str) -> anyhow::Result<&'static lint::Rule> {
    rules::find(id).ok_or_else(|| {
        let near = did_you_mean(id, rules::all().flat_map(|rule| [rule.id, rule.name]));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        anyhow!("there is no rule {id}{near} `sts-lab lint --list` shows all of them")
    })
}

/// Reads the files into the input, and returns how many there were.
fn read(desk: &Desk<'_>, args: &Lint, input: &mut Input) -> anyhow::Result<usize> {
    let dir = desk.dir();
    let is_shipped = |name: &String| name != "-" && !dir.join(name).exists() && shipped::find(name).is_some();
    let named: Vec<String> = args.files.iter().filter(|name| !is_shipped(name)).cloned().collect();
    let mut sources: Vec<Result<Source, Problem>> = Vec::new();
    if !named.is_empty() {
        sources = manifest::collect(&named, args.recursive, Path::new(&dir), &mut desk.stdin())
            .map_err(|problems| anyhow!(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    }
    let shipped = args.files.iter().filter(|name| is_shipped(name)).filter_map(|name| shipped::find(name));
    sources.extend(shipped.map(|shipped| Ok(Source::new(shipped.file, shipped.text))));
    let count = sources.len();
    for source in sources {
        input.files.extend(source.as_ref().ok().map(|source| source.name.clone()));
        match source.map(|source| manifest::parse(Arc::new(source))) {
            Ok((documents, problem)) => {
                input.documents.extend(documents);
                input.problems.extend(problem);
            }
            Err(problem) => input.problems.push(problem),
        }
    }
    Ok(count)
}

/// The objects of a lab that the rules ask for.
fn objects(store: &Store, namespace: Option<&str>) -> Vec<serde_json::Value> {
    let wanted = |object: &&Arc<crate::resource::Object>| {
        namespace.is_none_or(|name| object.meta.namespace.is_empty() || *object.meta.namespace == *name)
    };
    KINDS.iter().flat_map(|kind| store.all(*kind).filter(wanted).map(|object| object.to_json())).collect()
}

fn print(desk: &Desk<'_>, args: &Lint, findings: &[Finding], files: usize) {
    let look = desk.look();
    let shown: Vec<&Finding> = findings.iter().filter(|f| args.allowed || f.allowed.is_none()).collect();
    match args.output.as_str() {
        "json" => desk.out(&format!("{}\n", go::json_indent(&json::report(findings, files)))),
        "sarif" => desk.out(&format!("{}\n", go::json_indent(&sarif::log(findings)))),
        "brief" => desk.out(&shown.iter().map(|f| show::brief(f, look)).collect::<String>()),
        _ => {
            let mut out: String = shown.iter().map(|f| show::finding(f, look) + "\n").collect();
            out.push_str(&show::summary(findings, files, look));
            desk.out(&out);
        }
    }
}
