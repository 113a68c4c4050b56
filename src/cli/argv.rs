//! The command line before clap reads it: what follows one of kubectl's verbs is kubectl's, except for the lab's own
//! flags, which may stand anywhere; and `kubectl` itself gets every word that follows it.

use std::ffi::OsString;

use super::args::VERBS;

/// Flags of the lab that take a value.
const WITH_VALUE: &[&str] = &["--lab", "--color"];
/// Flags of the lab that take none.
const ALONE: &[&str] = &["--no-settle", "--step", "--plain", "--verbose", "-v"];
/// Flags that are kubectl's too, and take a value.
const SHARED: &[&str] = &["-n", "--namespace"];

/// Verbs of the lab that take a command of kubectl.
const OF_COMMANDS: &[&str] = &["plan"];

/// A command line, ready for clap.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Argv {
    /// The words.
    pub words: Vec<OsString>,
    /// Help for a verb of kubectl was asked for: the words after which it was.
    pub help: Option<Vec<String>>,
}

/// Puts the lab's flags before the verb and a `--` behind it.
pub fn prepare(args: Vec<OsString>) -> Argv {
    let text = |at: usize| args.get(at).and_then(|arg| arg.to_str()).unwrap_or_default();
    let mut at = 1;
    while at < args.len() && text(at).starts_with('-') {
        at += if WITH_VALUE.contains(&text(at)) || SHARED.contains(&text(at)) { 2 } else { 1 };
    }
    let verb = text(at).to_string();
    if verb == "kubectl" {
        let (before, after) = args.split_at(at + 1);
        return Argv { words: [before, &["--".into()], after].concat(), help: None };
    }
    if !VERBS.contains(&verb.as_str()) && !OF_COMMANDS.contains(&verb.as_str()) {
        return Argv { words: args, help: None };
    }
    let (mut own, mut rest) = (args[..at].to_vec(), Vec::new());
    let mut next = at + 1;
    while next < args.len() {
        let word = text(next);
        if word == "--" {
            rest.extend_from_slice(&args[next..]);
            break;
        }
        let attached = WITH_VALUE.iter().any(|flag| word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')));
        let of_lab = match word {
            // kubectl's -v has a number behind it.
            "-v" => text(next + 1).parse::<u32>().is_err(),
            word => attached || ALONE.contains(&word) || WITH_VALUE.contains(&word),
        };
        let count = if WITH_VALUE.contains(&word) { 2 } else { 1 };
        let words = &args[next..(next + count).min(args.len())];
        (if of_lab { &mut own } else { &mut rest }).extend_from_slice(words);
        next += words.len();
    }
    let asks = |word: &OsString| word == "-h" || word == "--help";
    if rest.iter().take_while(|word| *word != "--").any(asks) {
        let words = rest.iter().filter(|word| !asks(word)).map(|word| word.to_string_lossy().into_owned());
        let help = std::iter::once(verb).chain(words).collect();
        return Argv { words: args, help: Some(help) };
    }
    own.extend([verb.into(), "--".into()]);
    own.extend(rest);
    Argv { words: own, help: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &str) {
        let argv = prepare(line.split(' ').map(OsString::from).collect());
        let words: Vec<_> = argv.words.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(words.join(" "), expect);
    }

    #[test]
    fn the_lab_s_flags_come_first() {
        check("x apply -f a.yaml --no-settle --lab d", "x --no-settle --lab d apply -- -f a.yaml");
        check("x -n b get pods -v -o wide", "x -n b -v get -- pods -o wide");
        check("x get pods -v 6 --color=never", "x --color=never get -- pods -v 6");
        check("x wait --for delete -- pod/a --plain", "x wait -- --for delete -- pod/a --plain");
    }

    #[test]
    fn kubectl_gets_every_word() {
        check("x --lab d kubectl -n b get pods --plain", "x --lab d kubectl -- -n b get pods --plain");
        check("x kubectl --help", "x kubectl -- --help");
    }

    #[test]
    fn other_verbs_are_left_alone() {
        check("x --lab d settle --quiet 3", "x --lab d settle --quiet 3");
        check("x", "x");
    }

    #[test]
    fn help_is_for_the_verb() {
        let argv = prepare(["x", "rollout", "undo", "--help"].map(OsString::from).to_vec());
        assert_eq!(argv.help, Some(vec!["rollout".to_string(), "undo".to_string()]));
    }
}
