//! `kubectl set image`: changes the images of containers (`set_image.go`; S126).

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::{CmdError, message};
use super::super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SELECTOR, field_manager};
use super::super::io::Io;
use super::super::printer::{DryRun, Printer};
use super::super::resource::{FilenameOptions, Info};
use super::super::{pairs, record};
use super::{Change, Patcher, infos, kind_of, only_files, pod_spec};
use crate::apiserver::Api;

static COMMAND: Command = Command {
    path: "kubectl set image",
    usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    about: "Update existing container image(s) of resources.",
    flags: &[
        PRINT,
        RECORD,
        FILENAME,
        &[
            Flag::bool("all", "Select all resources, in the namespace of the specified types"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
        ],
        DRY_RUN,
        &[field_manager("kubectl-set")],
        SELECTOR,
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let printer = Printer::of(&line, io)?.dry_run(dry_run);
    let (objects, words) = pairs::split(&line.args, "image")?;
    let (images, _) = pairs::parse(&words, "image", false)?;
    if line.bool("local") {
        only_files(&objects)?;
    }
    let infos = infos(&line, &objects, api, io)?;
    validate(&line, &objects, &images, dry_run)?;
    let mut errors = Vec::new();
    let changes = infos.into_iter().map(|info| change(&line, info, &images, &mut errors)).collect();
    let mut patcher = Patcher {
        line: &line,
        dry_run,
        printer,
        operation: "image updated",
        failure: "failed to patch image update to pod template: ",
        sends_nothing: false,
    };
    patcher.patch(changes, &mut errors, &|| Ok(()), api, io)?;
    CmdError::aggregate(errors)
}

fn validate(
    line: &Parsed,
    objects: &[String],
    images: &BTreeMap<String, String>,
    dry_run: DryRun,
) -> Result<(), CmdError> {
    let mut wrong = Vec::new();
    if line.bool("all") && !line.str("selector").is_empty() {
        wrong.push("cannot set --all and --selector at the same time");
    }
    if objects.is_empty() && FilenameOptions::of(line).is_empty() {
        wrong.push("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if images.is_empty() {
        wrong.push("at least one image update is required");
    } else if images.len() > 1 && images.contains_key("*") {
        wrong.push(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        );
    }
    if line.bool("local") && dry_run.is_server() {
        wrong.push("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
    }
    CmdError::aggregate(wrong.into_iter().map(message).collect())
}

/// Sets the images in one object; containers that are not there are errors, but the others are changed.
fn change(line: &Parsed, info: Info, images: &BTreeMap<String, String>, errors: &mut Vec<CmdError>) -> Change {
    let mut after = info.object.clone();
    let pointer = kind_of(&info).map_err(|why| why.to_string()).and_then(pod_spec);
    let after = pointer.map(|pointer| {
        for (name, image) in images {
            let spec = after.pointer_mut(pointer);
            if !spec.is_some_and(|spec| set_image(spec, name, image)) {
                errors.push(message(format!("error: unable to find container named {name:?}")));
            }
        }
        record::record(line, &mut after);
        after
    });
    Change { info, after }
}

fn set_image(spec: &mut Value, name: &str, image: &str) -> bool {
    let mut found = false;
    for container in super::containers::chosen(spec, "*") {
        if name == "*" || container["name"] == name {
            container["image"] = image.into();
            found = true;
        }
    }
    found
}
