//! `kubectl set resources`: changes the requests and limits of containers (`set_resources.go`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::{CmdError, message};
use super::super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SELECTOR, field_manager};
use super::super::io::Io;
use super::super::printer::{DryRun, Printer};
use super::super::record;
use super::super::resource::Info;
use super::containers::chosen;
use super::{Change, Patcher, infos, kind_of, only_files, pod_spec};
use crate::apiserver::Api;
use crate::resource::quantity::Quantity;

static COMMAND: Command = Command {
    path: "kubectl set resources",
    usage: "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    about: "Specify compute resource requirements (CPU, memory) for any resource that defines a pod template.",
    flags: &[
        PRINT,
        RECORD,
        FILENAME,
        &[Flag::bool("all", "Select all resources, in the namespace of the specified types")],
        SELECTOR,
        &[
            Flag::string("containers", "The names of the containers to change, may use wildcards")
                .short('c')
                .default("*"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
        ],
        DRY_RUN,
        &[
            Flag::string("limits", "The limits, for example 'cpu=100m,memory=256Mi'"),
            Flag::string("requests", "The requests, for example 'cpu=100m,memory=256Mi'"),
            field_manager("kubectl-set"),
        ],
    ],
    required: &[],
};

type Amounts = BTreeMap<String, String>;

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let printer = Printer::of(&line, io)?.dry_run(dry_run);
    if line.bool("local") {
        only_files(&line.args)?;
    }
    let infos = infos(&line, &line.args, api, io)?;
    validate(&line, dry_run)?;
    let wanted = [("limits", amounts(line.str("limits"))?), ("requests", amounts(line.str("requests"))?)];
    let mut errors = Vec::new();
    let changes = infos.into_iter().filter_map(|info| change(&line, info, &wanted, &mut errors)).collect();
    let mut patcher = Patcher {
        line: &line,
        dry_run,
        printer,
        operation: "resource requirements updated",
        failure: "failed to patch resources update to pod template ",
        sends_nothing: false,
    };
    patcher.patch(changes, &mut errors, &|| Ok(()), api, io)?;
    CmdError::aggregate(errors)
}

fn validate(line: &Parsed, dry_run: DryRun) -> Result<(), CmdError> {
    let wrong = if line.bool("local") && dry_run.is_server() {
        "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"
    } else if line.bool("all") && !line.str("selector").is_empty() {
        "cannot set --all and --selector at the same time"
    } else if line.str("limits").is_empty() && line.str("requests").is_empty() {
        "you must specify an update to requests or limits (in the form of --requests/--limits)"
    } else {
        return Ok(());
    };
    Err(message(wrong))
}

/// `cpu=100m,memory=256Mi`.
fn amounts(text: &str) -> Result<Amounts, CmdError> {
    let mut amounts = Amounts::new();
    for statement in text.split(',').filter(|_| !text.is_empty()) {
        let [name, quantity] = statement.split('=').collect::<Vec<_>>()[..] else {
            return Err(message(format!("Invalid argument syntax {statement}, expected <resource>=<value>")));
        };
        let quantity = Quantity::canonical(quantity).map_err(|why| message(why.to_string()))?;
        amounts.insert(name.to_string(), quantity);
    }
    Ok(amounts)
}

/// Sets the amounts in one object; `None` if it has no such container, which is an error of the command.
fn change(line: &Parsed, info: Info, wanted: &[(&'static str, Amounts)], errors: &mut Vec<CmdError>) -> Option<Change> {
    let pattern = line.str("containers");
    let mut object = info.object.clone();
    let pointer = match kind_of(&info).map_err(|why| why.to_string()).and_then(pod_spec) {
        Ok(pointer) => pointer,
        Err(why) => return Some(Change { info, after: Err(why) }),
    };
    let containers = object.pointer_mut(pointer).map(|spec| chosen(spec, pattern)).unwrap_or_default();
    if containers.is_empty() {
        errors.push(message(format!("error: unable to find container named {pattern}")));
        return None;
    }
    for container in containers {
        for (list, amounts) in wanted.iter().filter(|(_, amounts)| !amounts.is_empty()) {
            for (name, quantity) in amounts {
                container["resources"][*list][name.as_str()] = Value::from(quantity.as_str());
            }
        }
    }
    record::record(line, &mut object);
    Some(Change { info, after: Ok(object) })
}
