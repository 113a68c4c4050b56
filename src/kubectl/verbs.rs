//! The table of kubectl's verbs, and how the words of a command line choose one, as cobra does it. The order of the
//! table is the order in which kubectl suggests verbs for a misspelt one.

use super::error::{CmdError, message, usage};
use super::flags::{Command, parse_bool};
use super::io::Io;
use super::print::go::quote;
use super::{describe, events, get};
use crate::apiserver::Api;

/// A verb: `args` are the words of the command line without the verb itself.
pub type Run = fn(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError>;

/// One row of the table.
#[derive(Clone, Copy)]
struct Verb {
    name: &'static str,
    /// `None`: kubectl has it, the lab does not model it.
    run: Option<Run>,
    /// What it is for; of a verb that the lab lacks, what to do instead.
    about: &'static str,
    /// Words that are no misspelling of it, but mean it.
    suggest_for: &'static [&'static str],
}

const fn verb(name: &'static str, run: Run, about: &'static str) -> Verb {
    Verb { name, run: Some(run), about, suggest_for: &[] }
}

const fn later(name: &'static str) -> Verb {
    Verb { name, run: None, about: "", suggest_for: &[] }
}

const fn instead(name: &'static str, about: &'static str) -> Verb {
    Verb { about, ..later(name) }
}

const fn suggested_for(verb: Verb, words: &'static [&'static str]) -> Verb {
    Verb { suggest_for: words, ..verb }
}

static VERBS: &[Verb] = &[
    verb("create", super::create::run, "Create a resource from a file or from stdin"),
    verb("expose", super::expose::run, "Expose a pod or workload as a new service"),
    verb("run", super::run::pod, "Run a particular image on the cluster"),
    verb("set", super::set::run, "Set specific features on objects"),
    verb("explain", super::explain::run, "Get documentation for a resource"),
    suggested_for(verb("get", get::run, "Display one or many resources"), &["list", "ls"]),
    verb("edit", super::edit::run, "Edit a resource on the server"),
    suggested_for(verb("delete", super::delete::run, "Delete resources"), &["rm", "remove"]),
    verb("rollout", super::rollout::run, "Manage the rollout of a resource"),
    verb("scale", super::scale::run, "Set a new size for a workload"),
    instead("autoscale", "nothing measures load here: \"kubectl scale --replicas=N\" sets how many there are"),
    later("certificate"),
    later("cluster-info"),
    suggested_for(later("top"), &["stats"]),
    verb("cordon", super::drain::cordon, "Mark node as unschedulable"),
    verb("uncordon", super::drain::uncordon, "Mark node as schedulable"),
    verb("drain", super::drain::drain, "Drain node in preparation for maintenance"),
    verb("taint", super::taint::run, "Update the taints on one or more nodes"),
    suggested_for(verb("describe", describe::run, "Show details of a resource or group of resources"), &["inspect"]),
    verb("logs", super::logs::run, "Print the logs for a container in a pod"),
    instead(
        "attach",
        "no program of an image runs here: \"kubectl logs\" shows what is known, \"kubectl exec\" works in a container",
    ),
    verb("exec", super::exec::run, "Execute a command in a container"),
    instead(
        "port-forward",
        "no network leads out of it: \"kubectl exec POD -- curl -s http://SERVICE\" calls from inside",
    ),
    later("proxy"),
    instead(
        "cp",
        "\"kubectl exec POD -- cat FILE\" reads a file, \"kubectl exec -i POD -- sh -c 'cat > FILE'\" writes one",
    ),
    verb("auth", super::auth::run, "Inspect authorization"),
    later("debug"),
    verb("events", events::run, "List events"),
    verb("diff", super::diff::run, "Diff the live version against a would-be applied version"),
    verb("apply", super::apply::run, "Apply a configuration to a resource by file name or stdin"),
    verb("patch", super::patch::run, "Update fields of a resource"),
    verb("replace", super::replace::run, "Replace a resource by file name or stdin"),
    verb("wait", super::wait::run, "Wait for a specific condition on one or many resources"),
    later("kustomize"),
    verb("label", super::label::run, "Update the labels on a resource"),
    verb("annotate", super::annotate::run, "Update the annotations on a resource"),
    later("completion"),
    later("config"),
    later("plugin"),
    verb("version", super::version::run, "Print the client and server version"),
    verb("api-versions", super::discovery::versions, "Print the supported API versions on the server"),
    verb("api-resources", super::discovery::resources, "Print the supported API resources on the server"),
    verb("options", options, "Print the list of flags inherited by all commands"),
    later("kuberc"),
    verb("help", help, "Help about any command"),
];

static ROOT: Command = Command {
    path: "kubectl",
    usage: "COMMAND [flags]",
    about: "kubectl controls the Kubernetes cluster of this lab.",
    flags: &[],
    required: &[],
};

/// Whether a command line is one of a verb that changes something.
#[must_use]
pub fn writes(args: &[String]) -> bool {
    let Some((at, word)) = first_word(args, &ROOT) else { return false };
    match word {
        "rollout" => args[at + 1..].iter().any(|word| matches!(&**word, "undo" | "restart" | "pause" | "resume")),
        _ => matches!(
            word,
            "create"
                | "expose"
                | "run"
                | "set"
                | "edit"
                | "delete"
                | "scale"
                | "apply"
                | "patch"
                | "replace"
                | "label"
                | "annotate"
                | "cordon"
                | "uncordon"
                | "drain"
                | "taint"
        ),
    }
}

/// Finds the verb and runs it.
pub(super) fn dispatch(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let Some((at, word)) = first_word(args, &ROOT) else {
        ROOT.parse(args, io)?;
        return Err(CmdError::Help(overview()));
    };
    let Some(verb) = VERBS.iter().find(|v| v.name == word) else {
        return Err(message(format!("unknown command {} for \"kubectl\"{}", quote(word), suggestions(word))));
    };
    let Some(run) = verb.run else {
        let Verb { name, about, .. } = verb;
        let text = format!("this lab does not model \"kubectl {name}\"");
        return Err(message(if about.is_empty() { format!("{text} yet") } else { format!("{text}; {about}") }));
    };
    let rest: Vec<String> = args.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, word)| word.clone()).collect();
    run(&rest, api, io)
}

/// The place of the first word that is neither a flag nor a flag's value, among the flags of `command`; flags that are
/// not known are taken to have a value, as cobra takes them.
pub(super) fn first_word<'a>(args: &'a [String], command: &Command) -> Option<(usize, &'a str)> {
    let mut at = 0;
    while let Some(word) = args.get(at).filter(|word| *word != "--") {
        if let Some(long) = word.strip_prefix("--") {
            let alone = word.contains('=') || command.all_flags().any(|f| f.name == long && f.no_opt.is_some());
            at += if alone { 1 } else { 2 };
        } else if word.starts_with('-') {
            let valued = |c: char| command.all_flags().all(|f| f.short != Some(c) || f.no_opt.is_none());
            let alone = word.len() != 2 || !word.chars().nth(1).is_some_and(valued);
            at += if alone { 1 } else { 2 };
        } else if word.is_empty() {
            at += 1;
        } else {
            return Some((at, word));
        }
    }
    None
}

/// Takes the word of a verb below a verb (`status` of `rollout status`) out of `args`. No such word: the help of
/// `path` and exit code 1; an unknown one: a usage error. `names` are the words there are, with aliases.
pub fn subcommand<'n>(
    path: &str,
    args: &[String],
    names: &[&'n str],
    io: &mut Io<'_>,
) -> Result<(&'n str, Vec<String>), CmdError> {
    let Some((at, word)) = first_word(args, &ROOT) else {
        let text = format!("Available commands of {path}:\n{}", list(names.iter().map(|n| (*n, ""))));
        if args.iter().any(|a| a == "--help" || a == "-h") {
            return Err(CmdError::Help(text));
        }
        io.out(text);
        return Err(CmdError::Exit(1));
    };
    let Some(name) = names.iter().find(|n| **n == word) else {
        let words: Vec<&str> = args.iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
        return Err(usage(path, &format!("unknown command {}", quote(&words.join(" ")))));
    };
    let rest = args.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, word)| word.clone()).collect();
    Ok((name, rest))
}

/// `--warnings-as-errors`: warnings of the server fail the command after all.
pub(super) fn warnings_as_errors(args: &[String], io: &Io<'_>) -> Result<(), CmdError> {
    let asked = args.iter().take_while(|a| *a != "--").any(|a| {
        let value = a.strip_prefix("--warnings-as-errors");
        value.is_some_and(|v| v.is_empty() || v.strip_prefix('=').is_some_and(|v| parse_bool(v) == Ok(true)))
    });
    match io.warning_count() {
        0 => Ok(()),
        _ if !asked => Ok(()),
        1 => Err(message("1 warning received")),
        n => Err(message(format!("{n} warnings received"))),
    }
}

fn suggestions(typed: &str) -> String {
    let typed = typed.to_lowercase();
    let mut text = String::new();
    for verb in VERBS {
        let near = distance(&typed, verb.name) <= 2 || verb.name.starts_with(&typed);
        for _ in 0..usize::from(near) + verb.suggest_for.iter().filter(|w| **w == typed).count() {
            text.extend(["\t", verb.name, "\n"]);
        }
    }
    if text.is_empty() { text } else { format!("\n\nDid you mean this?\n{text}") }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn overview() -> String {
    let (known, unknown): (Vec<&Verb>, Vec<&Verb>) = VERBS.iter().partition(|v| v.run.is_some());
    let later: Vec<&str> = unknown.iter().map(|v| v.name).collect();
    format!(
        "{}\n\nCommands:\n{}\nNot modelled yet: {}\n\nUse \"kubectl COMMAND --help\" for the flags of a command. \
         This help is the lab's own, not kubectl's text.\n",
        ROOT.about,
        list(known.iter().map(|v| (v.name, v.about))),
        later.join(", "),
    )
}

fn list<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    rows.map(|(name, about)| format!("  {name:<14}{about}").trim_end().to_string() + "\n").collect()
}

/// `kubectl help [COMMAND]`.
fn help(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let words: Vec<String> = args.iter().filter(|a| !a.starts_with('-')).cloned().collect();
    match words.first() {
        None => Err(CmdError::Help(overview())),
        Some(word) if word == "help" => Err(CmdError::Help(overview())),
        Some(_) => dispatch(&[words, vec!["--help".to_string()]].concat(), api, io),
    }
}

/// `kubectl options`.
fn options(_: &[String], _: &mut dyn Api, _: &mut Io<'_>) -> Result<(), CmdError> {
    Err(CmdError::Help(super::flags::help(&ROOT)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn unknown_commands_and_suggestions() {
        let unknown = |word: &str, list: &str| format!("error: unknown command \"{word}\" for \"kubectl\"{list}");
        let meant = |word: &str, verbs: &str| unknown(word, &format!("\n\nDid you mean this?\n{verbs}"));
        check("gett pods", (1, "", &meant("gett", "\tset\n\tget\n")));
        check("nope", (1, "", &meant("nope", "\ttop\n")));
        check("-n x ls", (1, "", &meant("ls", "\tget\n\tlogs\n\tcp\n")));
        check("inspect", (1, "", &meant("inspect", "\tdescribe\n")));
        check("--nope exec frobnicate", (1, "", &unknown("frobnicate", "\n")));
        check("xyzzyx", (1, "", &unknown("xyzzyx", "\n")));
    }

    #[test]
    fn verbs_for_later_say_so() {
        check("top", (1, "", "error: this lab does not model \"kubectl top\" yet\n"));
        let copy = "error: this lab does not model \"kubectl cp\"; \"kubectl exec POD -- cat FILE\" reads a file, \
                    \"kubectl exec -i POD -- sh -c 'cat > FILE'\" writes one\n";
        check("cp a b", (1, "", copy));
    }

    #[test]
    fn help_comes_from_the_table_of_flags() {
        use crate::kubectl::flags::{Command, FILENAME, help};
        static ONE: Command =
            Command { path: "kubectl x", usage: "-f F", about: "X.", flags: &[FILENAME], required: &[] };
        let text = help(&ONE);
        assert!(text.contains("\n  -f, --filename=TEXT,...  File, directory"), "{text}");
        let version = "Print the client and server version.\n\nUsage:\n  kubectl version [flags]\n";
        for line in ["version --help", "help version", "version -h"] {
            let words: Vec<String> = line.split(' ').map(str::to_string).collect();
            let mut out = Vec::new();
            let code = super::super::testing::Bench::default().run(&words, &mut out, &mut Vec::new());
            assert!(code == 0 && out.starts_with(version.as_bytes()), "{line}");
        }
    }

    #[test]
    fn wrong_flags_before_any_verb() {
        check("--nope", (1, "", "error: unknown flag: --nope\nSee 'kubectl --help' for usage.\n"));
    }
}
