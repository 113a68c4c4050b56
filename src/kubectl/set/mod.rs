//! `kubectl set`: image, env, resources, selector, serviceaccount (`k8s.io/kubectl/pkg/cmd/set`). Each changes the Pod spec of
//! the objects it is given, and sends what changed as a strategic merge patch.

mod containers;
mod env;
mod env_from;
mod env_words;
mod image;
mod resources;
mod selector;
mod serviceaccount;

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::Parsed;
use super::io::Io;
use super::printer::{DryRun, Printer};
use super::resource::{Builder, FilenameOptions, Info, kind_of_object};
use super::verbs::subcommand;
use crate::apiserver::patch::two_way_strategic;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::Kind;

/// `kubectl set SUBCOMMAND`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let names = ["env", "image", "resources", "selector", "serviceaccount", "sa", "subject"];
    let (name, rest) = subcommand("kubectl set", args, &names, io)?;
    match name {
        "env" => env::run(&rest, api, io),
        "image" => image::run(&rest, api, io),
        "resources" => resources::run(&rest, api, io),
        "selector" => selector::run(&rest, api, io),
        "serviceaccount" | "sa" => serviceaccount::run(&rest, api, io),
        other => Err(message(format!("this lab does not model \"kubectl set {other}\" yet"))),
    }
}

/// The objects named; any failure to read one ends the command.
fn infos(line: &Parsed, objects: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<Vec<Info>, CmdError> {
    let local = line.bool("local");
    let mut builder = Builder::for_line(line)
        .local(local)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .flatten();
    if !local {
        builder = builder.label_selector(line.str("selector")).type_or_name_args(line.bool("all"), objects).latest();
    }
    let (infos, outcome) = builder.build().infos(api, io);
    outcome.map(|()| infos)
}

/// With `--local` nothing but files can be named.
fn only_files(objects: &[String]) -> Result<(), CmdError> {
    if objects.is_empty() {
        return Ok(());
    }
    Err(message(
        "error: you must specify resources by --filename when --local is set.\n\
         Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
    ))
}

/// The kind of an object, with `--local` too.
fn kind_of(info: &Info) -> Result<Kind, CmdError> {
    info.mapping.map_or_else(|| kind_of_object(&info.object), Ok)
}

/// Where an object has its Pod spec; the error is upstream's.
fn pod_spec(kind: Kind) -> Result<&'static str, String> {
    match kind {
        Kind::Pod => Ok("/spec"),
        Kind::Deployment | Kind::DaemonSet | Kind::ReplicaSet | Kind::StatefulSet => Ok("/spec/template/spec"),
        other => Err(format!("the object is not a pod or does not have a pod template: *v1.{other}")),
    }
}

/// A change of one object, to be patched.
struct Change {
    info: Info,
    /// The object as it shall be, or why it cannot be changed.
    after: Result<Value, String>,
}

/// How changes are sent and printed.
struct Patcher<'a> {
    line: &'a Parsed,
    dry_run: DryRun,
    printer: Printer,
    /// What is printed of a changed object.
    operation: &'static str,
    /// What failed when the server refuses (`failed to patch image update to pod template: `).
    failure: &'static str,
    /// Whether an empty patch is sent all the same.
    sends_nothing: bool,
}

impl Patcher<'_> {
    /// Sends the changes in order, and adds what goes wrong to `errors`. `after_patch` may end it all.
    fn patch(
        &mut self,
        changes: Vec<Change>,
        errors: &mut Vec<CmdError>,
        after_patch: &dyn Fn() -> Result<(), CmdError>,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        for Change { info, after } in changes {
            let outcome = after.and_then(|after| {
                let kind = kind_of(&info).map_err(|why| why.to_string())?;
                let patch = two_way_strategic(kind, &info.object, &after).map_err(|why| why.to_string())?;
                Ok((kind, after, patch))
            });
            let (kind, after, patch) = match outcome {
                Ok(found) => found,
                Err(why) => {
                    errors.push(message(format!("error: {} {why}\n", info.object_name())));
                    continue;
                }
            };
            if patch == json!({}) && !self.sends_nothing {
                continue;
            }
            if self.line.bool("local") || self.dry_run == DryRun::Client {
                errors.extend(self.printer.print(&after, self.operation, io).err());
                continue;
            }
            let options = Options {
                dry_run: self.dry_run.is_server(),
                field_manager: Some(self.line.str("field-manager").to_string()),
                ..Options::default()
            };
            let request = Request::patch(kind, &info.namespace, &info.name, PatchType::Strategic, patch);
            match io.send(api, request.with(options)) {
                Ok(response) => {
                    after_patch()?;
                    errors.extend(self.printer.print(&response.object, self.operation, io).err());
                }
                Err(status) => errors.push(message(format!("{}{status}", self.failure))),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
