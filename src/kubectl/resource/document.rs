//! One document of a file: whether it says what it is, and what kubectl makes of it (upstream `mapper.go`,
//! `metadata_decoder.go`, and `kubectl/pkg/validation`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::mapping::{is_known_list, kind_of_object};
use super::{Info, message};
use crate::apiserver::FieldValidation;
use crate::apiserver::decode::decode;
use crate::kubectl::error::CmdError;
use crate::kubectl::print::go::{self, quote};
use crate::resource::Kind;

/// The client's own check of a document.
pub(super) fn validate(document: &Value, source: &str) -> Result<(), CmdError> {
    let Some(why) = faults(document) else { return Ok(()) };
    Err(message(format!(
        "error validating {}: error validating data: {why}; if you choose to ignore these errors, turn validation off \
         with --validate=false",
        quote(source)
    )))
}

/// What the client's own check finds wrong of a document, as one text.
#[must_use]
pub fn faults(document: &Value) -> Option<String> {
    let mut faults = identity_faults(document);
    let items = document["items"].as_array().filter(|_| document["kind"] == "List" && document["apiVersion"] == "v1");
    // The server is asked to validate the fields of all but lists, which it never sees.
    faults.extend(items.into_iter().flatten().flat_map(identity_faults));
    let mut seen = BTreeSet::new();
    faults.retain(|fault| seen.insert(fault.clone()));
    match faults.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        all => Some(format!("[{}]", all.join(", "))),
    }
}

/// What is missing or wrong of the two members that say what an object is.
fn identity_faults(object: &Value) -> Vec<String> {
    let Some(object) = object.as_object() else { return vec!["invalid object to validate".to_string()] };
    let mut faults = Vec::new();
    match object.get("apiVersion") {
        None | Some(Value::Null) => faults.push("apiVersion not set".to_string()),
        Some(Value::String(text)) if text.matches('/').count() > 1 => {
            faults.push(format!("unexpected GroupVersion string: {text}"));
        }
        Some(Value::String(_)) => {}
        Some(_) => faults.push("apiVersion isn't string type".to_string()),
    }
    match object.get("kind") {
        None | Some(Value::Null) => faults.push("kind not set".to_string()),
        Some(Value::String(_)) => {}
        Some(_) => faults.push("kind isn't string type".to_string()),
    }
    faults
}

/// What a document of a file is; without a server (`local`) nobody knows the scope of its kind.
pub(super) fn info(document: Value, source: &str, local: bool) -> Result<Info, CmdError> {
    if document["kind"].as_str().unwrap_or_default().is_empty() {
        return Err(message(format!(
            "unable to decode {}: Object 'Kind' is missing in '{}'",
            quote(source),
            go::json(&document)
        )));
    }
    if let Some(why) = metadata_fault(&document) {
        return Err(message(format!("unable to decode {}: {why}", quote(source))));
    }
    if local || (is_list(&document) && is_known_list(&document)) {
        return Ok(Info::of(None, document, source));
    }
    let kind = kind_of_object(&document);
    let info = Info::of(kind.as_ref().ok().copied(), document, source);
    kind.map(|_| ()).map_err(|why| {
        message(format!(
            "resource mapping not found for name: {} namespace: {} from {}: {why}\nensure CRDs are installed first",
            quote(&info.name),
            quote(&info.namespace),
            quote(source)
        ))
    })?;
    Ok(info)
}

/// The items of a list, and of the lists among them, those last.
pub(super) fn items(mut list: Value) -> Vec<Value> {
    let kind =
        list["kind"].as_str().map_or(String::new(), |kind| kind.strip_suffix("List").unwrap_or(kind).to_string());
    let version = list["apiVersion"].clone();
    let (mut items, mut lists) = (Vec::new(), vec![list["items"].take()]);
    while !lists.is_empty() {
        let arrays =
            lists.drain(..).filter_map(|list| if let Value::Array(members) = list { Some(members) } else { None });
        let members: Vec<Value> = arrays.flatten().collect();
        for mut member in members {
            if is_list(&member) {
                lists.push(member["items"].take());
                continue;
            }
            if member.is_object() && member["kind"].is_null() && member["apiVersion"].is_null() {
                member["kind"] = kind.as_str().into();
                member["apiVersion"] = version.clone();
            }
            items.push(member);
        }
    }
    items
}

/// What is wrong with the types in an object's metadata (`metadataValidatingDecoder`), in the decoder's own words.
pub(super) fn metadata_fault(object: &Value) -> Option<String> {
    let metadata = object.get("metadata")?;
    let bare = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
    let status = decode(Kind::Namespace, bare, FieldValidation::Ignore).err()?;
    let (_, why) = status.message.split_once("json: ")?;
    Some(format!("json: {}", why.replace("field Namespace.", "field metadataOnlyObject.")))
}

/// Whether an object is a list: it has `items`.
pub(super) fn is_list(object: &Value) -> bool {
    object["items"].is_array()
}
