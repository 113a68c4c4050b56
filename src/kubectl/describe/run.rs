//! The command line of `kubectl describe`, and which objects it describes (`kubectl/pkg/cmd/describe/describe.go`).

use super::{describe, lookup};
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{ALL_NAMESPACES, CHUNK_SIZE, Command, FILENAME, Flag, Parsed, SELECTOR};
use crate::kubectl::io::Io;
use crate::kubectl::resource::{Builder, FilenameOptions, Info};

static COMMAND: Command = Command {
    path: "kubectl describe",
    usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    about: "Show details of a specific resource or group of resources.",
    flags: &[FILENAME, SELECTOR, ALL_NAMESPACES, SHOW_EVENTS, CHUNK_SIZE],
    required: &[],
};

static SHOW_EVENTS: &[Flag] = &[Flag::bool("show-events", "Show the Events of a single object").default("true")];

/// `kubectl describe`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let files = FilenameOptions::of(&line);
    if line.args.is_empty() && files.is_empty() {
        return Err(message(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n",
        ));
    }
    let all_namespaces = line.bool("all-namespaces");
    let resources = Builder::for_line(&line)
        .continue_on_error()
        .all_namespaces(all_namespaces)
        .filenames(line.namespace_given() && !all_namespaces, &files, io)
        .label_selector(line.str("selector"))
        .type_or_name_args(true, &line.args)
        .flatten()
        .build();
    resources.check()?;
    let (infos, outcome) = resources.infos(api, io);
    let one = outcome.is_ok() && infos.len() <= 1;
    let show_events = line.bool("show-events") && (one || line.changed("show-events"));
    let mut errors = Vec::new();
    if let Err(error) = outcome {
        if let (true, [resource, prefix]) = (error.is_not_found(), line.args.as_slice()) {
            return by_prefix(&line, (resource, prefix), error, show_events, api, io);
        }
        errors.push(error);
    }
    if infos.is_empty() && errors.is_empty() {
        let place = if all_namespaces { String::new() } else { format!(" in {} namespace.", line.namespace()) };
        io.err(format_args!("No resources found{place}\n"));
    }
    errors.extend(each(&infos, show_events, api, io));
    CmdError::aggregate(errors)
}

/// Describes the objects with two empty lines between them; returns what failed, each text once.
fn each(infos: &[Info], show_events: bool, api: &mut dyn Api, io: &mut Io<'_>) -> Vec<CmdError> {
    let mut errors: Vec<CmdError> = Vec::new();
    let mut first = true;
    for info in infos {
        match one(info, show_events, api) {
            Ok(text) => {
                io.out(if first { "" } else { "\n\n" });
                io.out(text);
                first = false;
            }
            Err(error) if errors.iter().any(|e| e.to_string() == error.to_string()) => {}
            Err(error) => errors.push(error),
        }
    }
    errors
}

/// Describes an object as it is on the server, even if it came from a file.
fn one(info: &Info, show_events: bool, api: &mut dyn Api) -> Result<String, CmdError> {
    let kind = info.kind()?;
    let object = lookup::get(api, kind, &info.namespace, &info.name)?;
    Ok(describe(api, kind, &object, show_events)?)
}

/// Describes the objects whose names begin with `prefix`, none having this very name; `missing` if there are none.
fn by_prefix(
    line: &Parsed,
    (resource, prefix): (&String, &str),
    missing: CmdError,
    show_events: bool,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let resources = Builder::for_line(line)
        .type_or_name_args(true, std::slice::from_ref(resource))
        .single_resource_type()
        .flatten()
        .build();
    let (infos, outcome) = resources.infos(api, io);
    outcome?;
    let mut found = false;
    for info in infos.iter().filter(|info| info.name.starts_with(prefix)) {
        found = true;
        let text = one(info, show_events, api)?;
        io.out(text + "\n");
    }
    if found { Ok(()) } else { Err(missing) }
}
