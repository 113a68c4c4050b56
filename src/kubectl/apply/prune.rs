//! `--prune`: deletes objects that were applied before and are in no file now (upstream `apply/prune.go` and
//! `kubectl/pkg/util/prune`).

use serde_json::json;

use super::Apply;
use crate::apiserver::{Api, Options, Request};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::io::Io;
use crate::kubectl::last_applied;
use crate::kubectl::printer::DryRun;
use crate::kubectl::resource::{Info, kind_of_object};
use crate::resource::Kind;

/// What is pruned without `--prune-allowlist`, in this order.
const DEFAULT: &[Kind] = &[
    Kind::ConfigMap,
    Kind::Endpoints,
    Kind::PersistentVolumeClaim,
    Kind::Pod,
    Kind::Secret,
    Kind::Service,
    Kind::Ingress,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::Namespace,
    Kind::PersistentVolume,
];

/// The kinds of `--prune-allowlist`, each `GROUP/VERSION/KIND`.
pub(super) fn kinds(allowlist: &[String]) -> Result<Vec<Kind>, CmdError> {
    let kind = |text: &String| {
        let parts: Vec<&str> = text.split('/').collect();
        let [group, version, kind] = parts[..] else {
            return Err(message(format!(
                "invalid GroupVersionKind format: {text}, please follow <group/version/kind>"
            )));
        };
        let api_version = if matches!(group, "core" | "") { version.to_string() } else { format!("{group}/{version}") };
        kind_of_object(&json!({"apiVersion": api_version, "kind": kind}))
    };
    allowlist.iter().map(kind).collect()
}

/// Prunes in every namespace that objects were applied in, then what has no namespace.
pub(super) fn all(apply: &Apply<'_>, kinds: &[Kind], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let kinds = if kinds.is_empty() {
        io.log_warning(
            api.now(),
            "prune.go:71",
            "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the \
             --namespace flag in a future release. To preserve the current behaviour, list the resources you want to \
             target explicitly in the --prune-allowlist flag.",
        );
        DEFAULT
    } else {
        kinds
    };
    let (namespaced, others): (Vec<Kind>, Vec<Kind>) = kinds.iter().partition(|kind| kind.info().namespaced);
    let inside = apply.namespaces.iter().flat_map(|n| namespaced.iter().map(move |kind| (*kind, n.as_str())));
    let places: Vec<(Kind, &str)> = inside.chain(others.into_iter().map(|kind| (kind, ""))).collect();
    for (kind, namespace) in places {
        one(apply, kind, namespace, api, io).map_err(|error| {
            let sort = if namespace.is_empty() { "nonNamespaced" } else { "namespaced" };
            let info = kind.info();
            message(format!("error pruning {sort} object {}/{}, Kind={}: {error}", info.group, info.version, info.name))
        })?;
    }
    Ok(())
}

fn one(apply: &Apply<'_>, kind: Kind, namespace: &str, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let selector = apply.line.str("selector");
    let list = Request::list(kind, Some(namespace).filter(|n| !n.is_empty()))
        .with(Options { label_selector: Some(selector.to_string()).filter(|s| !s.is_empty()), ..Options::default() });
    let list = io.send(api, list)?.object;
    for object in list["items"].as_array().into_iter().flatten() {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        if last_applied::of(object).is_none() || apply.visited.contains(uid) {
            continue;
        }
        let info = Info::of(Some(kind), object.clone(), "");
        if apply.writing.dry_run != DryRun::Client {
            apply.deletion.delete(kind, &info, api, io)?;
        }
        apply.printer(io)?.print(object, "pruned", io)?;
    }
    Ok(())
}
