//! Which kind a word or an object means: what the REST mapper of client-go answers from discovery.

use serde_json::Value;

use super::message;
use crate::kubectl::error::CmdError;
use crate::kubectl::print::go::quote;
use crate::resource::Kind;
use crate::resource::kind::ALL;

/// The kind of a word of the command line (`sts`, `statefulsets.apps`).
pub fn kind_of_word(word: &str) -> Result<Kind, CmdError> {
    Kind::parse(word).ok_or_else(|| {
        let resource = word.split('.').next().unwrap_or_default();
        message(format!("the server doesn't have a resource type {}", quote(resource)))
    })
}

/// The kind an object says it is; the error is `no matches for kind "X" in version "V"`. Kinds all in lower case are
/// found too, as discovery has them; the API server refuses such objects later.
pub fn kind_of_object(object: &Value) -> Result<Kind, CmdError> {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let wanted = if version.is_empty() { "v1" } else { version };
    let found = Kind::of(wanted, kind)
        .or_else(|| ALL.iter().find(|i| i.singular == kind && i.kind.api_version() == wanted).map(|i| i.kind));
    found.ok_or_else(|| message(format!("no matches for kind {} in version {}", quote(kind), quote(version))))
}

/// Whether discovery knows an object as a list: `v1` `List`, or the list kind of a kind.
pub(super) fn is_known_list(object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let known = |kind: &str| kind.is_empty() && ALL.iter().any(|i| i.kind.api_version() == version);
    let kind = object["kind"].as_str().and_then(|k| k.strip_suffix("List"));
    kind.is_some_and(|kind| known(kind) || Kind::of(version, kind).is_some())
}
