//! What must be there before a container can start: the `ConfigMap`s and Secrets of its volumes and its environment
//! (rules V54, P5; upstream `pkg/volume/configmap`, `pkg/volume/secret`, `pkg/kubelet/kubelet_pods.go`).

use crate::resource::model::{Source, SourceVolume};
use crate::resource::{Kind, Object};
use crate::store::Store;

/// In every namespace of a real cluster, put there by a controller.
const ROOT_CA: &str = "kube-root-ca.crt";

/// The first volume that cannot be mounted, and why.
pub(super) fn unmountable<'a>(
    volumes: &'a [SourceVolume],
    namespace: &str,
    store: &Store,
) -> Option<(&'a SourceVolume, String)> {
    volumes.iter().find_map(|volume| {
        let why = volume.sources.iter().find_map(|source| {
            lacking(source, namespace, store, |key, _| {
                let kind = if source.kind == Kind::ConfigMap { "configmap references" } else { "references" };
                let what = if source.kind == Kind::ConfigMap { "config" } else { "secret" };
                format!("{kind} non-existent {what} key: {key}")
            })
        })?;
        Some((volume, why))
    })
}

/// Why an environment cannot be made.
pub(super) fn no_environment(sources: &[Source], namespace: &str, store: &Store) -> Option<String> {
    sources.iter().find_map(|source| {
        lacking(source, namespace, store, |key, name| {
            format!("couldn't find key {key} in {} {namespace}/{name}", source.kind.info().name)
        })
    })
}

fn lacking(source: &Source, namespace: &str, store: &Store, no_key: impl Fn(&str, &str) -> String) -> Option<String> {
    if source.kind == Kind::ConfigMap && *source.name == *ROOT_CA {
        return None;
    }
    let Some(object) = store.get(source.kind, namespace, &source.name) else {
        return Some(format!("{} \"{}\" not found", source.kind.info().singular, source.name));
    };
    source.keys.iter().find(|key| !has_key(object, key)).map(|key| no_key(key, &source.name))
}

fn has_key(object: &Object, key: &str) -> bool {
    let maps = ["data", "binaryData", "stringData"];
    object.plain().is_some_and(|body| maps.iter().any(|map| body.get(*map).is_some_and(|map| map.get(key).is_some())))
}
