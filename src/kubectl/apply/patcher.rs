//! The patch of one object: computed, sent, tried again after conflicts, and with `--force` replaced by deletion and
//! creation (upstream `apply/patcher.go`).

use std::time::Duration;

use serde_json::Value;

use super::Apply;
use crate::apiserver::api::Waited;
use crate::apiserver::patch::{strategic, three_way_strategic};
use crate::apiserver::{Api, PatchType, Request};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::io::Io;
use crate::kubectl::last_applied;
use crate::kubectl::print::go;
use crate::kubectl::printer::DryRun;
use crate::kubectl::replace::gone;
use crate::kubectl::resource::Info;

/// How often a patch is tried again after a conflict.
const RETRIES: u32 = 5;

/// A failure, and the patch it happened with as text.
type Failure = (String, CmdError);

/// Patches the object of `info`, and returns it as it is then; `None` if there is nothing to change.
pub(super) fn patch(
    apply: &Apply<'_>,
    info: &Info,
    modified: &Value,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Option<Value>, Failure> {
    let mut current = info.object.clone();
    let mut attempt = 0;
    loop {
        let error = match once(apply, info, &current, modified, api, io) {
            Ok(patched) => return Ok(patched),
            Err((text, error)) if apply.writing.dry_run == DryRun::Client => return Err((text, error)),
            Err((text, error)) if is(&error, &["Conflict"]) && attempt < RETRIES => (text, error),
            Err((_, error)) if apply.deletion.force && is(&error, &["Conflict", "Invalid"]) => {
                let created = delete_and_create(apply, info, &current, modified, api, io);
                return created.map(Some).map_err(|error| (go::json(modified) + "\n", error));
            }
            Err((text, error)) => return Err((text, error.with_source("patching", &info.source))),
        };
        attempt += 1;
        if attempt > 1 {
            let next = api.now() + Duration::from_secs(1);
            while api.wait_for_change(Some(next)) == Waited::Changed {}
        }
        let mut fresh = info.clone();
        fresh.get(api, io).map_err(|get_error| (String::new(), get_error))?;
        current = fresh.object;
        drop(error);
    }
}

fn is(error: &CmdError, reasons: &[&str]) -> bool {
    error.status().is_some_and(|status| reasons.contains(&status.reason))
}

/// Computes the patch against `current`, and applies it: on the server, or here for a dry run of the client.
fn once(
    apply: &Apply<'_>,
    info: &Info,
    current: &Value,
    modified: &Value,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Option<Value>, Failure> {
    let nowhere = |error: CmdError| (String::new(), error);
    let kind = info.kind().map_err(nowhere)?;
    let patch = compute(apply, info, current, modified, io).map_err(nowhere)?;
    let text = go::json(&patch);
    if text == "{}" {
        return Ok(None);
    }
    if apply.writing.dry_run == DryRun::Client {
        let patched = strategic(kind, current, &patch);
        return patched.map(Some).map_err(|e| (text, message(format!("applying patch locally: {e}"))));
    }
    let request = Request::patch(kind, &info.namespace, &info.name, PatchType::Strategic, patch);
    match io.send(api, request.with(apply.writing.options())) {
        Ok(response) => Ok(Some(response.object)),
        Err(status) => Err((text, status.into())),
    }
}

fn compute(
    apply: &Apply<'_>,
    info: &Info,
    current: &Value,
    modified: &Value,
    io: &mut Io<'_>,
) -> Result<Value, CmdError> {
    let text = last_applied::of(current).unwrap_or_default();
    let original = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(text)
            .map_err(|e| message(format!("retrieving original configuration from:\n{}\nfor: {e}", go::json(current))))?
    };
    let overwrite = apply.line.bool("overwrite");
    three_way_strategic(info.kind()?, &original, modified, current, overwrite).map_err(|error| {
        if apply.line.bool("openapi-patch") {
            io.err(format_args!("warning: error calculating patch from openapi v3 spec: {error}\n"));
            io.err(format_args!("warning: error calculating patch from openapi spec: {error}\n"));
        }
        message(format!(
            "creating patch with:\noriginal:\n{text}\nmodified:\n{}\n\ncurrent:\n{}\n\nfor: {error}",
            go::json(modified),
            go::json(current)
        ))
    })
}

/// `--force`: what cannot be patched is made anew; if that fails, the old object is put back.
fn delete_and_create(
    apply: &Apply<'_>,
    info: &Info,
    current: &Value,
    modified: &Value,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Value, CmdError> {
    let named = Info { source: String::new(), ..info.clone() };
    apply.deletion.delete(info.kind()?, &named, api, io)?;
    let limit = Duration::try_from(apply.deletion.timeout).unwrap_or_default();
    gone(&named, limit, api, io)?;
    match apply.writing.create(info, modified, api, io) {
        Ok(created) => Ok(created),
        Err(error) => match apply.writing.create(info, current, api, io) {
            Ok(_) => Err(error),
            Err(second) => Err(message(format!(
                "An error occurred force-replacing the existing object with the newly provided one:\n\n{error}.\n\n\
                 Additionally, an error occurred attempting to restore the original object:\n\n{second}"
            ))),
        },
    }
}
