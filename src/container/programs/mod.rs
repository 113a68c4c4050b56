//! The commands of the lab's containers. Every container has them, whatever its image: they are the lab's own, with the
//! options that people use, and everything else is refused in words.

mod files;
mod names;
mod net;
mod sed;
mod sizes;
mod system;
mod text;
mod words;

use super::files::Errno;
use super::shell::Shell;
use super::streams::{Input, Output};

/// One call of a command.
pub(super) struct Call<'c, 'w, 'i> {
    /// The shell that runs it.
    pub(super) shell: &'c mut Shell<'w>,
    /// The command.
    pub(super) name: &'c str,
    /// What follows it.
    pub(super) args: &'c [String],
    /// Standard input.
    pub(super) input: &'c mut Input<'i>,
    /// The outputs.
    pub(super) out: &'c mut Output,
}

/// A command: it returns its exit code.
pub(super) type Program = fn(&mut Call<'_, '_, '_>) -> i32;

const PROGRAMS: &[(&str, Program)] = &[
    ("awk", words::awk),
    ("basename", words::basename),
    ("cat", text::cat),
    ("chmod", files::chmod),
    ("chown", files::chmod),
    ("cp", files::cp),
    ("curl", net::curl),
    ("cut", words::cut),
    ("date", system::date),
    ("dd", sizes::dd),
    ("df", sizes::df),
    ("dig", names::dig),
    ("dirname", words::dirname),
    ("du", sizes::du),
    ("echo", text::echo),
    ("env", system::env),
    ("fallocate", sizes::fallocate),
    ("getent", names::getent),
    ("grep", text::grep),
    ("head", text::head),
    ("help", help),
    ("host", names::host),
    ("hostname", system::hostname),
    ("id", system::id),
    ("ls", files::ls),
    ("mkdir", files::mkdir),
    ("mv", files::mv),
    ("nc", net::nc),
    ("nproc", system::nproc),
    ("nslookup", names::nslookup),
    ("ping", net::ping),
    ("printenv", system::printenv),
    ("printf", text::printf),
    ("pwd", system::pwd),
    ("rm", files::rm),
    ("rmdir", files::rmdir),
    ("sed", sed::sed),
    ("seq", words::seq),
    ("sleep", system::sleep),
    ("sort", words::sort),
    ("sync", system::nothing),
    ("tail", text::tail),
    ("tee", text::tee),
    ("touch", files::touch),
    ("tr", words::tr),
    ("truncate", sizes::fallocate),
    ("uname", system::uname),
    ("uniq", words::uniq),
    ("wc", text::wc),
    ("wget", net::wget),
    ("whoami", system::whoami),
];

/// Commands that ask for the container they run in: there are none outside.
const INSIDE_ONLY: &[&str] = &[
    "curl",
    "dd",
    "df",
    "dig",
    "fallocate",
    "getent",
    "host",
    "hostname",
    "id",
    "nc",
    "nproc",
    "nslookup",
    "ping",
    "truncate",
    "uname",
    "wget",
    "whoami",
];

/// The command of a name, in a container or outside.
pub(super) fn find(name: &str, inside: bool) -> Option<Program> {
    if !inside && INSIDE_ONLY.contains(&name) {
        return None;
    }
    PROGRAMS.binary_search_by(|(own, _)| (*own).cmp(name)).ok().map(|at| PROGRAMS[at].1)
}

/// What is said of a command that the lab does not have.
pub(super) fn refusal(name: &str) -> String {
    format!("sts-lab: {name} is not modelled in the lab's containers: no program of an image runs there. Try `help`\n")
}

/// The commands there are.
fn help(call: &mut Call<'_, '_, '_>) -> i32 {
    let inside = call.shell.is_inside();
    let names = PROGRAMS.iter().map(|(name, _)| *name).filter(|name| find(name, inside).is_some());
    let names: Vec<&str> =
        names.chain(if inside { &[][..] } else { &["kubectl", "sts-lab"] }.iter().copied()).collect();
    call.out.print(
        "The lab's own shell: cd, export, read, set, test, [[ ]], if, for, while, case, pipes and redirections.\n",
    );
    for line in names.chunks(12) {
        call.out.print(format!("  {}\n", line.join(" ")));
    }
    call.out.print(if inside {
        "Files live on the container's mounts. Programs of the image are not here.\n"
    } else {
        "kubectl and sts-lab work on the lab; `sleep` lets its time pass. Other programs are not here.\n"
    });
    0
}

impl Call<'_, '_, '_> {
    /// Writes `NAME: WHY` to standard error; the exit code is 1.
    fn fail(&mut self, why: &str) -> i32 {
        self.out.error(format!("{}: {why}\n", self.name));
        1
    }

    /// `NAME: PATH: WHY`.
    fn fail_at(&mut self, path: &str, why: Errno) -> i32 {
        self.fail(&format!("{path}: {}", why.text()))
    }

    /// The letters of the options, and the other words. Words that begin with `--` are options without letters, and
    /// `--` ends them.
    fn options(&self) -> (String, Vec<String>) {
        let (mut letters, mut rest, mut ended) = (String::new(), Vec::new(), false);
        for word in self.args {
            match word.strip_prefix('-') {
                Some("-") if !ended => ended = true,
                Some(long) if !ended && long.starts_with('-') => {}
                Some(short) if !ended && !short.is_empty() => letters.push_str(short),
                _ => rest.push(word.clone()),
            }
        }
        (letters, rest)
    }

    /// The value of an option with a value (`-n 5`, `-n5`), and the other words.
    fn with_value(&self, letter: char) -> (Option<String>, Vec<String>) {
        let (mut value, mut rest) = (None, Vec::new());
        let mut words = self.args.iter();
        while let Some(word) = words.next() {
            match word.strip_prefix('-').and_then(|short| short.strip_prefix(letter)) {
                Some("") => value = words.next().cloned(),
                Some(attached) => value = Some(attached.to_string()),
                None => rest.push(word.clone()),
            }
        }
        (value, rest)
    }

    /// The texts of files, or of standard input if none is named; what cannot be read is told, and fails the command.
    fn texts(&mut self, names: &[String]) -> (Vec<(String, String)>, i32) {
        if names.is_empty() {
            return (vec![(String::new(), self.input.all())], 0);
        }
        let (mut texts, mut code) = (Vec::new(), 0);
        for name in names {
            match self.shell.read(name, self.input) {
                Ok(text) => texts.push((name.clone(), text)),
                Err(why) => code = self.fail_at(name, why),
            }
        }
        (texts, code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(PROGRAMS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(find("curl", true).is_some() && find("curl", false).is_none() && find("mysql", true).is_none());
    }
}
