//! `kubectl apply view-last-applied`: shows what was applied last, as YAML or JSON.

use serde_json::Value;

use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message, usage};
use crate::kubectl::flags::{Command, FILENAME, Flag, SELECTOR};
use crate::kubectl::io::Io;
use crate::kubectl::last_applied;
use crate::kubectl::print::go::quote;
use crate::kubectl::resource::{Builder, FilenameOptions};
use crate::resource::yaml::to_yaml;

static COMMAND: Command = Command {
    path: "kubectl apply view-last-applied",
    usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [flags]",
    about: "View the last-applied-configuration annotation of resources.",
    flags: &[
        FILENAME,
        SELECTOR,
        &[
            Flag::string("output", "yaml or json").short('o').default("yaml"),
            Flag::bool("all", "All objects of the types, in the namespace"),
        ],
    ],
    required: &[],
};

/// Runs the verb.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let resources = Builder::for_line(&line)
        .filenames(line.namespace_given(), &FilenameOptions::of(&line), io)
        .type_or_name_args(line.namespace_given(), &line.args)
        .select_all(line.bool("all"))
        .label_selector(line.str("selector"))
        .latest()
        .flatten()
        .build();
    let mut texts = Vec::new();
    resources.visit(api, io, &mut |info, _, _| {
        match last_applied::of(&info.object) {
            Some(text) => texts.push(text.to_string()),
            // Upstream wraps an error that is none: silence for an object named, an odd text for one of a file.
            None if info.source.is_empty() => {}
            None => {
                return Err(message(format!(
                    "error when no last-applied-configuration annotation found on resource: {}\n {}: <nil>",
                    info.name,
                    quote(&info.source)
                )));
            }
        }
        Ok(())
    })?;
    for text in texts {
        match line.str("output") {
            "json" => io.out(indented(&text)),
            "yaml" => {
                let value: Value = serde_json::from_str(&text).map_err(|e| message(e.to_string()))?;
                io.out(to_yaml(&value));
            }
            other => {
                let text = format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
                return Err(usage(COMMAND.path, &text));
            }
        }
    }
    Ok(())
}

/// JSON text laid out with two blanks a level and otherwise untouched (Go's `json.Indent`).
fn indented(text: &str) -> String {
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0usize, false, false);
    let mut chars = text.chars().peekable();
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    newline(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_string = true;
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn layout() {
        let text = "{\"a\":{},\"b\":[1,\"x\\\"{\"],\"c\":\"\\u003c\"}\n";
        let expect = "{\n  \"a\": {},\n  \"b\": [\n    1,\n    \"x\\\"{\"\n  ],\n  \"c\": \"\\u003c\"\n}\n";
        assert_eq!(indented(text), expect);
    }
}
