//! What a container's command does, as far as one can see that without running it: a few words that only wait, print and
//! exit. Whatever else a command says, it counts as one that runs for ever.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Programs that run what they are told to.
const SHELLS: &[&str] = &["ash", "bash", "dash", "sh"];
/// Others of which the lab knows what files they leave.
const WRITERS: &[&str] =
    &["cp", "dd", "env", "fallocate", "mkdir", "mv", "rm", "rmdir", "sed", "tee", "touch", "truncate"];

/// A command that comes to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// How long it takes.
    pub takes: Duration,
    /// The code it exits with.
    pub code: u8,
}

impl Script {
    /// Whether a program is a shell.
    #[must_use]
    pub fn is_shell(program: &str) -> bool {
        SHELLS.contains(&base(program))
    }

    /// Whether a program may leave files that the lab knows of.
    #[must_use]
    pub fn may_write(program: &str) -> bool {
        Script::is_shell(program) || WRITERS.contains(&base(program))
    }

    /// Whether the command of a container may, or what it runs beside it when it starts.
    #[must_use]
    pub fn may_leave_files(container: &Value) -> bool {
        let first = |words: &Value| words.get(0).and_then(Value::as_str).map(str::to_string);
        let command = first(&container["command"]);
        let begins = match &command {
            Some(program) => Script::may_write(program),
            None => first(&container["args"]).is_some_and(|word| Script::is_shell(&word)),
        };
        begins || first(&container["lifecycle"]["postStart"]["exec"]["command"]).is_some_and(|p| Script::may_write(&p))
    }

    /// Reads the words of `command` and `args`; `None` if they do more than wait, print and exit.
    #[must_use]
    pub fn read(words: &[&str]) -> Option<Script> {
        let (first, rest) = words.split_first()?;
        match (base(first), rest) {
            ("sh" | "bash" | "ash", [flag, text]) if flag.starts_with('-') && flag.ends_with('c') => shell(text),
            (_, rest) => {
                let words: Vec<&str> = std::iter::once(*first).chain(rest.iter().copied()).collect();
                let (takes, code) = simple(&words)?;
                Some(Script { takes, code: code.unwrap_or(0) })
            }
        }
    }
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// A list of simple commands, one after the other; what has more of the shell in it is not read.
fn shell(text: &str) -> Option<Script> {
    let mut script = Script { takes: Duration::ZERO, code: 0 };
    for part in text.split([';', '\n']).flat_map(|part| part.split("&&")) {
        let words: Vec<&str> = part.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        let (takes, code) = simple(&words)?;
        script.takes += takes;
        script.code = code.unwrap_or(0);
        if base(words[0]) == "exit" {
            break;
        }
    }
    Some(script)
}

/// One command: how long it takes, and its code if it says one.
fn simple(words: &[&str]) -> Option<(Duration, Option<u8>)> {
    if words.iter().any(|word| word.contains(|c: char| "|`$(){}<>&".contains(c))) {
        return None;
    }
    match (base(words[0]), &words[1..]) {
        ("true" | ":" | "echo" | "printf", _) => Some((Duration::ZERO, Some(0))),
        ("false", _) => Some((Duration::ZERO, Some(1))),
        ("exit", []) => Some((Duration::ZERO, None)),
        ("exit", [code]) => Some((Duration::ZERO, Some(code.parse().ok()?))),
        ("sleep", [time]) => Some((span(time)?, Some(0))),
        _ => None,
    }
}

/// `30`, `0.5`, `5m`; not `infinity`.
fn span(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.chars().last()?),
        None => (text, 's'),
    };
    let factor = match unit {
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86400.0,
        _ => 1.0,
    };
    let seconds: f64 = number.parse::<f64>().ok()? * factor;
    (0.0..1e9).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_waits_prints_and_exits_is_read() {
        for (words, seconds, code) in [
            (&["sh", "-c", "exit 3"][..], 0, 3),
            (&["/bin/sh", "-c", "echo hello; sleep 5 && sleep 2; exit 1"], 7, 1),
            (&["bash", "-ec", "echo a\nfalse"], 0, 1),
            (&["sleep", "1h"], 3600, 0),
            (&["false"], 0, 1),
            (&["/bin/echo", "well"], 0, 0),
            (&["sh", "-c", "exit 1; sleep 9"], 0, 1),
        ] {
            assert_eq!(Script::read(words), Some(Script { takes: Duration::from_secs(seconds), code }), "{words:?}");
        }
    }

    #[test]
    fn whatever_else_is_said_runs_for_ever() {
        for words in [
            &["nginx", "-g", "daemon off;"][..],
            &["sh", "-c", "until nslookup db; do sleep 2; done"],
            &["sh", "-c", "while true; do echo x; sleep 1; done"],
            &["sh", "-c", "test -f /x || exit 1"],
            &["sh", "-c", "echo $HOSTNAME && exec mysqld"],
            &["sleep", "infinity"],
            &["sh"],
            &[],
        ] {
            assert_eq!(Script::read(words), None, "{words:?}");
        }
    }
}
