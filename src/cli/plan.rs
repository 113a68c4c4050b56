//! `sts-lab plan …`: what a command of kubectl would do, told before it is done.

use std::io::Cursor;

use anyhow::bail;

use super::desk::Desk;
use super::files::Files;
use super::open::{Outcome, lab};
use super::verbs::Watched;
use crate::apiserver::{Request, Status};
use crate::kubectl::Io;
use crate::kubectl::print::go;
use crate::kubectl::verbs::writes;
use crate::plan::{Plan as Told, Ran, Verdict, plan, screen};
use crate::view::blame::blame;

/// Arguments of `plan`.
#[derive(clap::Args, Debug)]
pub struct Plan {
    /// What `apply` takes (`-f new.yaml`, a shipped manifest), or any other command that writes; and `-o json`,
    /// `--detailed-exitcode`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub args: Vec<String>,
}

pub const EXAMPLES: &str = "Examples:\n  sts-lab plan -f new.yaml                 # what `apply -f new.yaml` would do\n  \
    sts-lab plan manifests/ -R\n  helm template . | sts-lab plan -f -\n  \
    sts-lab plan scale sts/web --replicas=1\n  sts-lab plan set image sts/web nginx=nginx:1.22\n  \
    sts-lab plan delete sts/web --cascade=orphan\n  sts-lab plan drain node-1 --ignore-daemonsets\n  \
    sts-lab plan -f new.yaml -o json         # for programs\n  \
    kubectl get sts,po,pvc,pv,svc,pdb,nodes,sc,controllerrevisions -A -o yaml | sts-lab import -\n\n\
    Exit codes:\n  0  it would be done; nothing stands in its way\n  \
    1  it would be refused or get stuck, or a quorum or the data of a volume would be lost\n  \
    2  the command line is wrong\n  \
    With --detailed-exitcode: 0 nothing to do, 1 as above, 2 it would be done. -o json names the\n  \
    case in \"verdict\": unchanged, changes, risk, stuck or refused.";

/// Verbs of kubectl that a plan may be of.
const WRITING: &[&str] = &[
    "annotate", "apply", "cordon", "create", "delete", "drain", "edit", "expose", "label", "patch", "replace",
    "rollout", "run", "scale", "set", "taint", "uncordon",
];

/// A command line, as `plan` reads it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    verb: String,
    args: Vec<String>,
    json: bool,
    detailed: bool,
}

/// `sts-lab plan COMMAND`.
pub fn run(desk: &Desk<'_>, args: &Plan) -> Outcome {
    let line = match read(&args.args) {
        Ok(line) => line,
        Err(error) => {
            desk.note(&format!("error: {error:#}\n"));
            return Ok(2);
        }
    };
    let look = desk.look();
    let lab = lab(desk)?;
    let dir = desk.dir();
    let files = Files::of(&line.verb, &line.args, &dir, &mut desk.stdin())?;
    let mut words: Vec<String> = Vec::new();
    if let Some(namespace) = &desk.cli.namespace {
        words.extend(["-n".into(), namespace.clone()]);
    }
    words.push(line.verb.clone());
    words.extend(files.args.iter().cloned());
    if !writes(&words) {
        desk.note(&format!("error: `{}` changes nothing: there is nothing to plan\n", super::history::typed(&words)));
        return Ok(2);
    }
    let mut failures: Vec<(Request, Status)> = Vec::new();
    let told = plan(&lab.cluster, lab.entries().len() as u32, |session| {
        let mut watched = Watched { session, failures: Vec::new() };
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut kept = Cursor::new(files.stdin.clone().unwrap_or_default());
        let mut given = desk.stdin();
        let stdin: &mut dyn std::io::Read = if files.stdin.is_some() { &mut kept } else { &mut *given };
        let mut io = Io::new(stdin, &mut stdout, &mut stderr, dir.clone());
        io.env = desk.room.env();
        let code = crate::kubectl::run(&words, &mut watched, &mut io);
        failures = watched.failures;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Ran { code, stdout: text(stdout), stderr: text(stderr) })
    })?;
    if told.verdict == Verdict::Refused {
        let documents = files.read(&dir);
        for text in blame(&lab.cluster.api.store, &documents, &failures, desk.err_color()) {
            desk.note(&format!("{text}\n\n"));
        }
    }
    let mut command = vec![line.verb.clone()];
    command.extend(line.args.iter().cloned());
    if let Some(namespace) = &desk.cli.namespace {
        command.extend(["-n".into(), namespace.clone()]);
    }
    let command = super::history::typed(&command);
    if line.json {
        desk.out(&format!("{}\n", go::json_indent(&serde_json::to_value(&told)?)));
    } else {
        for warning in &told.warnings {
            desk.note(&format!("{warning}\n"));
        }
        desk.out(&(screen::render(&told, &command, look) + &screen::next(&told, &command, look)));
    }
    Ok(exit_code(&told, line.detailed))
}

fn exit_code(told: &Told, detailed: bool) -> u8 {
    match told.verdict {
        _ if told.is_bad() => 1,
        Verdict::Changes if detailed => 2,
        _ => 0,
    }
}

/// Tells `plan`'s own flags from those of the command.
fn read(args: &[String]) -> anyhow::Result<Line> {
    let mut line = Line::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let output = match word.as_str() {
            "--" => {
                line.args.push(word.clone());
                line.args.extend(words.by_ref().cloned());
                break;
            }
            "--detailed-exitcode" => {
                line.detailed = true;
                continue;
            }
            "-o" | "--output" => Some(words.next().map_or("", String::as_str)),
            word => {
                word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o").map(|w| w.trim_start_matches('=')))
            }
        };
        match output {
            Some("json") => line.json = true,
            Some("table") => line.json = false,
            Some(other) => bail!("a plan has no form \"{other}\": there are table and json"),
            None => line.args.push(word.clone()),
        }
    }
    let verb = line.args.first().map(String::as_str).unwrap_or_default();
    if WRITING.contains(&verb) {
        line.verb = line.args.remove(0);
    } else if super::args::VERBS.contains(&verb) {
        bail!("`{verb}` changes nothing: there is nothing to plan; plans are of {}", WRITING.join(", "));
    } else {
        line.verb = "apply".into();
    }
    if line.args.is_empty() {
        bail!("say what to plan: `sts-lab plan -f new.yaml`, or `sts-lab plan scale sts/web --replicas=1`");
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, verb: &str, args: &str, json: bool, detailed: bool) {
        let words: Vec<String> = line.split(' ').map(ToString::to_string).collect();
        let args = args.split(' ').map(ToString::to_string).collect();
        assert_eq!(read(&words).unwrap(), Line { verb: verb.into(), args, json, detailed }, "{line}");
    }

    #[test]
    fn a_plan_is_of_apply_unless_it_names_another_verb() {
        check("-f a.yaml -o json", "apply", "-f a.yaml", true, false);
        check("a.yaml b.yaml --detailed-exitcode", "apply", "a.yaml b.yaml", false, true);
        check("-ojson scale sts/web --replicas=1", "scale", "sts/web --replicas=1", true, false);
        check("delete sts web --output=table", "delete", "sts web", false, false);
        check("run a --image=b -- -o json", "run", "a --image=b -- -o json", false, false);
    }

    #[test]
    fn what_changes_nothing_has_no_plan() {
        let refused = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(ToString::to_string).collect();
            read(&words).unwrap_err().to_string()
        };
        assert!(refused("get pods").contains("changes nothing"));
        assert!(refused("").contains("say what to plan"));
        assert!(refused("-f a.yaml -o wide").contains("no form \"wide\""));
    }
}
