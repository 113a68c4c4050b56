//! `kubectl replace`: a whole object for another, and with `--force` deletion and creation anew
//! (`k8s.io/kubectl/pkg/cmd/replace/replace.go`).

use std::time::Duration;

use serde_json::Value;

use super::create::Writing;
use super::delete::{DELETION, Deletion};
use super::error::{CmdError, message};
use super::flags::{
    Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SAVE_CONFIG, SUBRESOURCE, VALIDATE, field_manager,
};
use super::io::Io;
use super::last_applied;
use super::printer::{DryRun, Printer, field_validation};
use super::record::record;
use super::resource::{Builder, FilenameOptions, Info, subresource};
use crate::apiserver::api::Waited;
use crate::apiserver::{Api, FieldValidation, Request};

static COMMAND: Command = Command {
    path: "kubectl replace",
    usage: "-f FILENAME [flags]",
    about: "Replace a resource by file name or stdin.",
    flags: &[
        FILENAME,
        PRINT,
        DELETION,
        VALIDATE,
        SAVE_CONFIG,
        DRY_RUN,
        SUBRESOURCE,
        RECORD,
        &[Flag::string("raw", "URI to PUT to (not modelled by the lab)"), field_manager("kubectl-replace")],
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let field_validation = field_validation(&line)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let mut printer = Printer::of(&line, io)?.dry_run(dry_run);
    let mut deletion = Deletion { ignore_not_found: true, ..Deletion::of(&line, io)? };
    if deletion.grace_period == 0 {
        (deletion.grace_period, deletion.wait) = (1, true);
    }
    let files = FilenameOptions::of(&line);
    files.require()?;
    if deletion.grace_period >= 0 && !deletion.force {
        return Err(message("--grace-period must have --force specified"));
    }
    if !deletion.timeout.is_zero() && !deletion.force {
        return Err(message("--timeout must have --force specified"));
    }
    if deletion.force && dry_run != DryRun::None {
        return Err(message("--dry-run can not be used when --force is set"));
    }
    if !line.str("raw").is_empty() {
        return Err(message("this lab does not model --raw yet"));
    }
    let writing = Writing { dry_run, field_manager: line.str("field-manager").to_string(), field_validation };
    if deletion.force {
        return force(&line, &deletion, &writing, &mut printer, api, io);
    }
    let resources = builder(&line, &writing, io)?.build();
    resources.visit(api, io, &mut |mut info, api, io| {
        last_applied::create_or_update(line.bool("save-config"), &mut info.object);
        record(&line, &mut info.object);
        if dry_run != DryRun::Client {
            let replaced = replace(&info, &writing, api, io);
            info.refresh(replaced.map_err(|e| e.with_source("replacing", &info.source))?);
        }
        printer.print(&info.object, "replaced", io)
    })
}

fn builder(line: &Parsed, writing: &Writing, io: &mut Io<'_>) -> Result<Builder, CmdError> {
    Ok(Builder::for_line(line)
        .schema(writing.field_validation != FieldValidation::Ignore)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .subresource(subresource(line)?)
        .flatten())
}

/// Puts the object in the place of the present one, whatever that is.
fn replace(info: &Info, writing: &Writing, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
    let get = info.get_request()?;
    let mut body = info.object.clone();
    let version = |object: &Value| object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_string();
    if version(&body).is_empty()
        && let Ok(present) = io.send(api, get)
        && let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("resourceVersion".into(), version(&present.object).into());
    }
    let mut request = Request::update(info.kind()?, &info.namespace, &info.name, body).with(writing.options());
    request.subresource = info.subresource;
    Ok(io.send(api, request)?.object)
}

/// `--force`: deletes the objects, waits until they are gone, and creates them anew.
fn force(
    line: &Parsed,
    deletion: &Deletion,
    writing: &Writing,
    printer: &mut Printer,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    io.keep_stdin();
    let resources = Builder::for_line(line)
        .continue_on_error()
        .type_or_name_args(false, &line.args)
        .require_object(false)
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .subresource(subresource(line)?)
        .flatten()
        .build();
    resources.check()?;
    deletion.run(&resources, api, io)?;
    let limit = match Duration::try_from(deletion.timeout) {
        Ok(Duration::ZERO) => Duration::from_secs(300),
        Ok(limit) => limit,
        Err(_) => Duration::ZERO,
    };
    resources.visit(api, io, &mut |info, api, io| gone(&info, limit, api, io))?;
    let mut count = 0;
    builder(line, writing, io)?.build().visit(api, io, &mut |mut info, api, io| {
        last_applied::create_or_update(line.bool("save-config"), &mut info.object);
        record(line, &mut info.object);
        let created = writing.create(&info, &info.object, api, io)?;
        info.refresh(created);
        count += 1;
        printer.print(&info.object, "replaced", io)
    })?;
    if count == 0 { Err(message("no objects passed to replace")) } else { Ok(()) }
}

/// Looks once a second whether the object is gone, as upstream polls.
pub(super) fn gone(info: &Info, limit: Duration, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let deadline = api.now() + limit;
    loop {
        match info.clone().get(api, io) {
            Err(error) if error.is_not_found() => return Ok(()),
            other => other?,
        }
        let next = api.now() + Duration::from_secs(1);
        while api.wait_for_change(Some(next.min(deadline))) == Waited::Changed {}
        if next > deadline {
            return Err(message("context deadline exceeded"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, Fake};

    const OLD: &str = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {replicas: 1}}";
    const NEW: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  replicas: 2\n";

    #[test]
    fn replacing() {
        let mut bench = Bench::new(Fake::with(&[OLD])).file("web.yaml", NEW);
        bench.check("replace -f web.yaml", (0, "statefulset.apps/web replaced\n", ""));
        assert_eq!(bench.api.requests[1].body["metadata"]["resourceVersion"], "1");
        assert_eq!(bench.api.objects.values().next().unwrap()["spec"]["replicas"], 2);
        let dry = "statefulset.apps/web replaced (server dry run)\n";
        bench.check("replace -f web.yaml --dry-run=server", (0, dry, ""));
        bench.check("replace", (1, "", "error: must specify one of -f and -k\n"));
        bench.check("replace -f no.yaml", (1, "", "error: the path \"no.yaml\" does not exist\n"));
        let grace = "error: --grace-period must have --force specified\n";
        bench.check("replace -f web.yaml --grace-period=1", (1, "", grace));
        bench.check("delete sts web", (0, "statefulset.apps \"web\" deleted from default namespace\n", ""));
        let missing = "Error from server (NotFound): error when replacing \"web.yaml\": statefulsets.apps \"web\" not \
                       found\n";
        bench.check("replace -f web.yaml", (1, "", missing));
    }

    #[test]
    fn replacing_by_force_waits_in_whole_seconds() {
        let mut bench = Bench::new(Fake::with(&[OLD]));
        bench.api.lingering = true;
        bench.stdin = NEW.to_string();
        let lines = "statefulset.apps \"web\" deleted from default namespace\nstatefulset.apps/web replaced\n";
        bench.check("replace --force -f -", (0, lines, ""));
        assert_eq!(bench.api.clock.as_secs(), 1);
        assert_eq!(bench.api.objects.values().next().unwrap()["spec"]["replicas"], 2);
    }
}
