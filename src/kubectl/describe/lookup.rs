//! The requests that describers send for what belongs to an object: its Pods, `ReplicaSet`s, `EndpointSlice`s.

use serde_json::Value;

use super::json::Json;
use crate::apiserver::{Api, Options, Request};
use crate::kubectl::CmdError;
use crate::kubectl::print::value::format_label_selector;
use crate::resource::Kind;

/// One object.
pub(super) fn get(api: &mut dyn Api, kind: Kind, namespace: &str, name: &str) -> Result<Value, CmdError> {
    Ok(api.send(Request::get(kind, namespace, name))?.object)
}

/// The objects of a kind in a namespace.
pub(super) fn all(api: &mut dyn Api, kind: Kind, namespace: &str) -> Result<Vec<Value>, CmdError> {
    list(api, kind, Some(namespace), Options::default())
}

/// The objects of a kind that the `spec.selector` of `owner` selects, in its namespace.
pub(super) fn selected(api: &mut dyn Api, kind: Kind, owner: &Value) -> Result<Vec<Value>, CmdError> {
    let selector = format_label_selector(owner, "/spec/selector", "");
    list(api, kind, Some(owner.text("metadata.namespace")), labelled(selector))
}

/// The `EndpointSlice`s of a Service.
pub(super) fn slices(api: &mut dyn Api, namespace: &str, service: &str) -> Result<Vec<Value>, CmdError> {
    list(api, Kind::EndpointSlice, Some(namespace), labelled(format!("kubernetes.io/service-name={service}")))
}

/// The Pods on a Node that have not ended.
pub(super) fn pods_on(api: &mut dyn Api, node: &str) -> Result<Vec<Value>, CmdError> {
    let fields = format!("spec.nodeName={node},status.phase!=Succeeded,status.phase!=Failed");
    list(api, Kind::Pod, None, Options { field_selector: Some(fields), ..Options::default() })
}

fn labelled(selector: String) -> Options {
    Options { label_selector: Some(selector).filter(|s| !s.is_empty()), ..Options::default() }
}

fn list(api: &mut dyn Api, kind: Kind, namespace: Option<&str>, options: Options) -> Result<Vec<Value>, CmdError> {
    Ok(api.send(Request::list(kind, namespace).with(options))?.object.items("items").to_vec())
}
