//! `kubectl taint`: adds, changes and removes the taints of nodes (`k8s.io/kubectl/pkg/cmd/taint`).

mod spec;

use serde_json::{Value, json};

use super::error::{CmdError, message, usage};
use super::flags::{Command, DRY_RUN, Flag, PRINT, Parsed, SELECTOR, VALIDATE, field_manager};
use super::io::Io;
use super::print::value::items;
use super::printer::{DryRun, Printer, field_validation};
use super::resource::{Builder, Info, Resources, kind_of_word};
use crate::apiserver::patch::two_way_strategic;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::Kind;
use spec::{Changes, Taint};

static COMMAND: Command = Command {
    path: "kubectl taint",
    usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    about: "Update the taints on one or more nodes.",
    flags: &[
        PRINT,
        DRY_RUN,
        VALIDATE,
        SELECTOR,
        &[
            Flag::bool("overwrite", "Allow taints to be overwritten"),
            Flag::bool("all", "Select all nodes in the cluster"),
            field_manager("kubectl-taint"),
        ],
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    field_validation(&line)?;
    let (words, specs) = split(&line.args)?;
    if words.is_empty() {
        return Err(message("one or more resources must be specified as <resource> <name>"));
    }
    if specs.is_empty() {
        return Err(message("at least one taint update is required"));
    }
    let changes = Changes::parse(&specs).map_err(|why| usage(COMMAND.path, &why))?;
    let resources = resources(&line, &words[1..]);
    validate(&line, &words, &changes)?;
    resources.check()?;
    resources.visit(api, io, &mut |info, api, io| taint(&info, &line, &changes, dry_run, api, io))
}

/// The words that name nodes, and the taints behind them.
fn split(args: &[String]) -> Result<(Vec<String>, Vec<String>), CmdError> {
    let is_taint = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let first = args.iter().position(is_taint).unwrap_or(args.len());
    let (words, specs) = args.split_at(first);
    match specs.iter().find(|word| !is_taint(word)) {
        Some(word) => Err(message(format!("all resources must be specified before taint changes: {word}"))),
        None => Ok((words.to_vec(), specs.to_vec())),
    }
}

fn resources(line: &Parsed, names: &[String]) -> Resources {
    let (all, selector) = (line.bool("all"), line.str("selector"));
    let node = "node".to_string();
    let mut builder = Builder::for_line(line).continue_on_error().label_selector(selector);
    if !selector.is_empty() {
        builder = builder.type_or_name_args(false, std::slice::from_ref(&node));
    }
    if all {
        builder = builder.select_all(true).type_or_name_args(false, std::slice::from_ref(&node));
    }
    if !all && selector.is_empty() {
        builder = builder.resource_names(&node, names);
    }
    builder.flatten().latest().build()
}

fn validate(line: &Parsed, words: &[String], changes: &Changes) -> Result<(), CmdError> {
    let word = words[0].to_lowercase();
    if kind_of_word(&word)? != Kind::Node {
        return Err(message(format!("invalid resource type {word}, only node types are supported")));
    }
    let both = changes.both();
    if !both.is_empty() {
        return Err(message(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            both.join(", ")
        )));
    }
    if line.bool("all") && !line.str("selector").is_empty() {
        return Err(message("setting 'all' parameter with a non empty selector is prohibited"));
    }
    if !line.bool("all") && line.str("selector").is_empty() && words.len() < 2 {
        return Err(message("at least one resource name must be specified since 'all' parameter is not set"));
    }
    Ok(())
}

fn taint(
    info: &Info,
    line: &Parsed,
    changes: &Changes,
    dry_run: DryRun,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let present: Vec<Taint> = items(&info.object, "/spec/taints").iter().map(Taint::of).collect();
    let overwrite = line.bool("overwrite");
    if !overwrite {
        let doubled = changes.present(&present);
        if !doubled.is_empty() {
            return Err(message(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                info.name,
                doubled.join(",")
            )));
        }
    }
    let (operation, taints) = changes.apply(&present, overwrite)?;
    let mut object = info.object.clone();
    if taints.is_empty() {
        if let Some(spec) = object["spec"].as_object_mut() {
            spec.remove("taints");
        }
    } else {
        object["spec"]["taints"] = taints.iter().map(Taint::to_json).collect::<Vec<Value>>().into();
    }
    // Upstream forgets here that nothing may have been changed in fact: no suffix tells of a dry run.
    let mut printer = Printer::of(line, io)?;
    if dry_run == DryRun::Client {
        return printer.print(&object, operation, io);
    }
    let patch = two_way_strategic(Kind::Node, &info.object, &object).unwrap_or_else(|_| json!({}));
    let options = Options {
        dry_run: dry_run.is_server(),
        field_manager: Some(line.str("field-manager").to_string()),
        field_validation: Some(field_validation(line)?),
        ..Options::default()
    };
    let request = Request::patch(Kind::Node, "", &info.name, PatchType::Strategic, patch).with(options);
    let answer = io.send(api, request)?;
    printer.print(&answer.object, operation, io)
}

#[cfg(test)]
mod tests;
