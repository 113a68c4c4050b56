//! `kubectl set env`: changes and lists the environment of containers (`set_env.go`).

use serde_json::Value;

use super::super::error::{CmdError, message};
use super::super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, SELECTOR, field_manager};
use super::super::io::Io;
use super::super::print::value::{items, text};
use super::super::printer::{DryRun, Printer};
use super::super::resource::Info;
use super::containers::{chosen, updated_env};
use super::env_words::{Variables, parse, split};
use super::{Change, Patcher, env_from, infos, kind_of, pod_spec};
use crate::apiserver::Api;

static COMMAND: Command = Command {
    path: "kubectl set env",
    usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    about: "Update environment variables on a pod template.",
    flags: &[
        FILENAME,
        &[
            Flag::string("containers", "The names of the containers to change, may use wildcards")
                .short('c')
                .default("*"),
            Flag::string("from", "The name of a resource from which to inject environment variables"),
            Flag::string("prefix", "Prefix to append to variable names"),
            Flag::array("env", "A variable to set into each container").short('e'),
            Flag::slice("keys", "Keys to import from the resource of --from"),
            Flag::bool("list", "Display the environment and any changes in the standard format"),
            Flag::bool("resolve", "Show secret or configmap references when listing (not modelled by the lab)"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
            Flag::bool("all", "Select all resources in the namespace of the specified types"),
            Flag::bool("overwrite", "Allow the environment to be overwritten").default("true"),
            field_manager("kubectl-set"),
        ],
        SELECTOR,
        PRINT,
        DRY_RUN,
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    if line.bool("all") && !line.str("selector").is_empty() {
        return Err(message("cannot set --all and --selector at the same time"));
    }
    let (objects, words) = split(&line.args)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let printer = Printer::of(&line, io)?.dry_run(dry_run);
    validate(&line, &objects, dry_run)?;
    let all_words = [line.list("env"), words.as_slice()].concat();
    let variables = read(&line, &all_words, api, io)?;
    let infos = infos(&line, &objects, api, io)?;
    let changes = infos.into_iter().map(|info| change(&line, info, &variables, io)).collect();
    if line.bool("list") {
        return Ok(());
    }
    let mut patcher = Patcher {
        line: &line,
        dry_run,
        printer,
        operation: "env updated",
        failure: "failed to patch env update to pod template: ",
        sends_nothing: false,
    };
    let mut errors = Vec::new();
    // Upstream forgets here that -e can remove variables, too.
    let nothing_given = variables.set.is_empty() && words.is_empty();
    let after_patch = || {
        if nothing_given { Err(message("at least one environment variable must be provided")) } else { Ok(()) }
    };
    patcher.patch(changes, &mut errors, &after_patch, api, io)?;
    CmdError::aggregate(errors)
}

fn validate(line: &Parsed, objects: &[String], dry_run: DryRun) -> Result<(), CmdError> {
    let wrong = if line.bool("local") && dry_run.is_server() {
        "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"
    } else if line.list("filename").is_empty() && objects.is_empty() {
        "one or more resources must be specified as <resource> <name> or <resource>/<name>"
    } else if line.bool("list") && !line.str("output").is_empty() {
        "--list and --output may not be specified together"
    } else if !line.list("keys").is_empty() && line.str("from").is_empty() {
        "when specifying --keys, a configmap or secret must be provided with --from"
    } else if line.bool("resolve") {
        "this lab does not model --resolve"
    } else {
        return Ok(());
    };
    Err(message(wrong))
}

/// The variables of the words and of `--from`, under the names that `--prefix` gives them.
fn read(line: &Parsed, words: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<Variables, CmdError> {
    let mut variables = parse(words, &mut io.stdin())?;
    if !line.str("from").is_empty() {
        variables.set.extend(env_from::variables(line, api, io)?);
    }
    let prefix = line.str("prefix");
    if !prefix.is_empty() {
        for variable in &mut variables.set {
            variable["name"] = format!("{prefix}{}", text(variable, "/name")).into();
        }
    }
    Ok(variables)
}

/// Changes, and lists if `--list` asks for it, the variables in one object.
fn change(line: &Parsed, info: Info, variables: &Variables, io: &mut Io<'_>) -> Change {
    let after = changed(line, &info, variables, io);
    Change { info, after }
}

fn changed(line: &Parsed, info: &Info, variables: &Variables, io: &mut Io<'_>) -> Result<Value, String> {
    let kind = kind_of(info).map_err(|why| why.to_string())?;
    let pointer = pod_spec(kind)?;
    let pattern = line.str("containers");
    let mut object = info.object.clone();
    let containers = object.pointer_mut(pointer).map(|spec| chosen(spec, pattern)).unwrap_or_default();
    if containers.is_empty() {
        let name = &info.name;
        io.err(format_args!("Warning: {kind}/{name} does not have any containers matching {pattern:?}\n"));
    }
    for container in containers {
        let existing = items(container, "/env").to_vec();
        if !line.bool("overwrite") {
            no_conflict(&existing, &variables.set)?;
        }
        let env = updated_env(&existing, &variables.set, &variables.remove);
        if line.bool("list") {
            io.out(format_args!("# {kind} {}, container {}\n", info.name, text(container, "/name")));
            for variable in &env {
                list(variable, io);
            }
        }
        match container.as_object_mut() {
            Some(fields) if env.is_empty() => {
                fields.remove("env");
            }
            _ => container["env"] = env.into(),
        }
    }
    Ok(object)
}

/// `--overwrite=false`: the first variable that has another value already is an error.
fn no_conflict(existing: &[Value], new: &[Value]) -> Result<(), String> {
    for variable in new {
        let name = text(variable, "/name");
        let current = existing.iter().find(|old| text(old, "/name") == name).map(|old| text(old, "/value"));
        if let Some(current) = current.filter(|current| *current != text(variable, "/value")) {
            return Err(format!("'{name}' already has a value ({current}), and --overwrite is false"));
        }
    }
    Ok(())
}

fn list(variable: &Value, io: &mut Io<'_>) {
    let name = text(variable, "/name");
    match variable.get("valueFrom") {
        None => io.out(format_args!("{name}={}\n", text(variable, "/value"))),
        Some(from) => io.out(format_args!("# {name} from {}\n", env_from::reference(from))),
    }
}
