//! The first page of help: the verbs in groups, as a person looks for them.

use std::fmt::Write as _;

use clap::CommandFactory as _;

use super::args::{Cli, VERBS};

/// Groups and their verbs; kubectl's come before them, and what no group names comes last.
const GROUPS: &[(&str, &[&str])] = &[
    ("See what happens, and why", &["status", "order", "why", "dns", "trace", "tick", "settle", "fault"]),
    ("Before you apply", &["lint", "plan", "compare"]),
    ("Learn", &["lesson", "drill", "myth", "exercise", "grade", "run", "shell"]),
    ("Go back and forth", &["history", "rewind", "lab", "import"]),
];

/// The command line with the grouped page as its help.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let mut groups: Vec<(&str, Vec<&str>)> = vec![("kubectl's verbs, with the lab's tables", VERBS.to_vec())];
    groups.extend(GROUPS.iter().map(|(title, verbs)| (*title, verbs.to_vec())));
    let named: Vec<&str> = groups.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
    let rest = command.get_subcommands().map(clap::Command::get_name).filter(|name| !named.contains(name));
    let rest: Vec<String> = rest.map(ToString::to_string).collect();
    let mut page = String::new();
    let about = |name: &str| command.find_subcommand(name).and_then(|c| c.get_about()).map(ToString::to_string);
    let mut list = |title: &str, verbs: &[&str]| {
        let known: Vec<(&str, String)> = verbs.iter().filter_map(|verb| Some((*verb, about(verb)?))).collect();
        if !known.is_empty() {
            let _ = writeln!(page, "{title}:");
            for (verb, about) in known {
                let _ = writeln!(page, "  {verb:<12}{about}");
            }
            page.push('\n');
        }
    };
    for (title, verbs) in &groups {
        list(title, verbs);
    }
    list("Everything else", &rest.iter().map(String::as_str).collect::<Vec<_>>());
    let start = "Start with:\n  sts-lab apply mysql\n  sts-lab status\n  sts-lab why pod/mysql-1";
    command.help_template(format!("{{about}}\n\nUsage: {{usage}}\n\n{page}{start}\n\nOptions:\n{{options}}"))
}
