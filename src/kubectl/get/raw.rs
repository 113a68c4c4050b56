//! `--raw`: only telling paths that no server has from those that this lab does not serve.

use crate::apiserver::Status;
use crate::kubectl::error::{CmdError, message};
use crate::resource::kind::ALL;

/// Refuses the path.
pub(super) fn get(path: &str) -> Result<(), CmdError> {
    if !path.starts_with('/') {
        let parsed = format!("parse {path:?}: invalid URI for request");
        return Err(message(format!("--raw must be a valid URL path: {parsed}")));
    }
    let words: Vec<&str> = path.split(['?', '#']).next().unwrap_or("").split('/').filter(|w| !w.is_empty()).collect();
    let served = match words.as_slice() {
        ["api", "v1", rest @ ..] => knows("", rest),
        ["apis", group, "v1", rest @ ..] => knows(group, rest),
        [] | ["api" | "apis" | "version" | "healthz" | "livez" | "readyz" | "metrics" | "openapi", ..] => {
            words.len() < 3 || words[0] != "apis"
        }
        _ => false,
    };
    if served {
        return Err(message("this lab does not model \"kubectl get --raw\" yet"));
    }
    Err(Status::new(404, "NotFound", "the server could not find the requested resource").into())
}

/// Whether a group has the resource at the end of a path.
fn knows(group: &str, path: &[&str]) -> bool {
    let plural = match path {
        ["namespaces", _, plural, ..] | [plural, ..] => *plural,
        [] => return ALL.iter().any(|info| info.group == group),
    };
    ALL.iter().any(|info| info.group == group && info.plural == plural)
}
