//! What the words of a journal's entry were: a line as it was typed, and what such a line can have done.

use crate::cluster::Fault;

/// A command line by what it can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// kubectl, with these arguments; what it does follows from them.
    Kubectl(Vec<String>),
    /// kubectl with a file, an editor or standard input, of which the journal has only the outcome; its verb.
    WithFile(Vec<String>, String),
    /// Time passes.
    Time,
    /// Something breaks or heals.
    Fault,
    /// Something that changes no cluster.
    Other,
}

/// Flags of the lab that take a value.
const WITH_VALUE: &[&str] = &["--lab", "--color"];
/// Flags of the lab that take none.
const ALONE: &[&str] = &["--no-settle", "--step", "--plain", "--verbose"];
/// Long flags that name a file or open standard input.
const FILES: &[&str] = &[
    "--filename",
    "--kustomize",
    "--from-file",
    "--from-env-file",
    "--patch-file",
    "--stdin",
    "--cert",
    "--key",
    "--local",
    "--template-file",
];
/// Verbs of the lab that are no verbs of kubectl.
const OWN: &[&str] = &[
    "plan",
    "import",
    "status",
    "order",
    "why",
    "dns",
    "tick",
    "completion",
    "fault",
    "settle",
    "trace",
    "history",
    "rewind",
    "compare",
    "lint",
    "lab",
    "conformance",
    "lesson",
    "drill",
    "myth",
    "exercise",
    "grade",
    "run",
    "shell",
];

impl Typed {
    /// What was typed, from the words without the program's name.
    pub fn of(words: &[String]) -> Typed {
        let words = without_flags(words);
        match verb(&words) {
            "settle" | "tick" => return Typed::Time,
            "fault" => return Typed::Fault,
            own if OWN.contains(&own) => return Typed::Other,
            _ => {}
        }
        let kubectl = words.iter().position(|word| word == "kubectl").filter(|at| *at == 0);
        let args = words[kubectl.map_or(0, |at| at + 1)..].to_vec();
        let verb = verb(&args).to_string();
        let has_file = args.iter().take_while(|arg| *arg != "--").any(|arg| names_file(arg)) || verb == "edit";
        if has_file { Typed::WithFile(args, verb) } else { Typed::Kubectl(args) }
    }
}

/// A line as a person would type it, with kubectl's verbs under their own program: what patterns are held against.
#[must_use]
pub fn line_of(words: &[String]) -> String {
    let bare = without_flags(words);
    let own = OWN.contains(&verb(&bare));
    let program = match bare.first().map(String::as_str) {
        Some("kubectl") => "",
        _ if own => "sts-lab ",
        _ => "kubectl ",
    };
    let quoted = |word: &String| {
        let plain = |c: char| c.is_alphanumeric() || "-_=./:,@%+*[]{}".contains(c);
        if !word.is_empty() && word.chars().all(plain) { word.clone() } else { format!("'{word}'") }
    };
    format!("{program}{}", bare.iter().map(quoted).collect::<Vec<_>>().join(" "))
}

/// The words without the flags of the lab.
fn without_flags(words: &[String]) -> Vec<String> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let word = words[at].as_str();
        if word == "--" {
            out.extend_from_slice(&words[at..]);
            break;
        }
        let attached = WITH_VALUE.iter().any(|flag| word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')));
        match word {
            word if WITH_VALUE.contains(&word) => at += 2,
            word if ALONE.contains(&word) || attached => at += 1,
            // kubectl's -v has a number behind it.
            "-v" if words.get(at + 1).is_none_or(|next| next.parse::<u32>().is_err()) => at += 1,
            word => {
                out.push(word.to_string());
                at += 1;
            }
        }
    }
    out
}

fn verb(args: &[String]) -> &str {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "-n" | "--namespace" => {
                args.next();
            }
            arg if arg.starts_with('-') => {}
            arg => return arg,
        }
    }
    ""
}

/// Whether an argument names a file, or opens standard input.
fn names_file(arg: &str) -> bool {
    if arg == "-" || FILES.iter().any(|flag| arg.strip_prefix(flag).is_some_and(|r| r.is_empty() || r.starts_with('=')))
    {
        return true;
    }
    let Some(short) = arg.strip_prefix('-').filter(|short| !short.starts_with('-')) else { return false };
    short.chars().take_while(char::is_ascii_alphabetic).any(|c| matches!(c, 'f' | 'k' | 'i'))
}

/// Whether the words name what a fault is about.
pub(super) fn names(words: &[String], fault: &Fault) -> bool {
    let (Fault::Pod { name, .. }
    | Fault::PodPhase { name, .. }
    | Fault::Node { name, .. }
    | Fault::Evict { name, .. }
    | Fault::Driver { name, .. }
    | Fault::Image { image: name, .. }
    | Fault::Disk { claim: name, .. }) = fault
    else {
        return true;
    };
    words.iter().any(|word| word.contains(name.as_str()))
}
