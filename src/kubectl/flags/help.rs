//! Help of one command: the lab's own words, shorter than kubectl's.

use super::{Command, Flag, FlagType, GLOBAL};

/// The help text of a command.
#[must_use]
pub fn help(command: &Command) -> String {
    let mut text = format!("{}\n\nUsage:\n  {} {}\n", command.about, command.path, command.usage);
    let own: Vec<&Flag> = command.flags.iter().copied().flatten().collect();
    if !own.is_empty() {
        text.push_str("\nOptions:\n");
        table(&own, &mut text);
    }
    let global: Vec<&Flag> = GLOBAL.iter().filter(|f| !f.help.ends_with("(accepted)")).collect();
    text.push_str("\nOptions of every command:\n");
    table(&global, &mut text);
    text.push_str(
        "\nThe other global options of kubectl are accepted. This help is the lab's own, not kubectl's text.\n",
    );
    text
}

fn table(flags: &[&Flag], text: &mut String) {
    let heads: Vec<String> = flags.iter().map(|f| head(f)).collect();
    let width = heads.iter().map(String::len).max().unwrap_or(0);
    for (flag, head) in flags.iter().zip(&heads) {
        let default = match flag.default {
            "" | "false" | "0" => String::new(),
            value => format!(" (default {value})"),
        };
        text.extend([format!("  {head:width$}  {}{default}\n", flag.help)]);
    }
}

fn head(flag: &Flag) -> String {
    let short = flag.short.map_or("    ".to_string(), |c| format!("-{c}, "));
    match (flag.kind, flag.no_opt) {
        (FlagType::Bool, _) => format!("{short}--{}", flag.name),
        (kind, Some(_)) => format!("{short}--{}[={}]", flag.name, kind.word()),
        (kind, None) => format!("{short}--{}={}", flag.name, kind.word()),
    }
}
