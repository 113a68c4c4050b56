//! `kubectl describe`: what it prints of each kind, to the byte (`k8s.io/kubectl/pkg/describe/describe.go`, S135–S140).
//!
//! A describer writes lines with tabs into a `Writer`; the columns are aligned at the end. It sees one object and what
//! [`describe`] has looked up for it; kinds without a describer of their own are shown field by field.

mod amount;
mod config;
mod containers;
mod env;
mod events;
mod generic;
mod ingress;
mod json;
mod lookup;
mod namespace;
mod node;
mod pod;
mod policy;
mod probe;
mod quote;
mod run;
mod service;
mod storage;
mod volumes;
mod workload;
mod writer;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::apiserver::Api;
use crate::kubectl::CmdError;
use crate::resource::Kind;
use events::Reference;
use json::Json;
pub use run::run;
use writer::Writer;

/// The block of a Pod template with its tabs as they are: `kubectl rollout history --revision` prints it so.
#[must_use]
pub fn pod_template(template: &Value) -> String {
    let mut w = Writer::default();
    containers::template(&mut w, template);
    w.raw()
}

/// The description of an object of this kind, with its Events if they are asked for and the kind has them.
pub fn describe(api: &mut dyn Api, kind: Kind, object: &Value, show_events: bool) -> Result<String, CmdError> {
    let mut w = Writer::default();
    body(&mut w, api, kind, object)?;
    if show_events {
        let found = events_of(api, kind, object);
        events::write(&mut w, found, api.now());
    }
    Ok(w.aligned())
}

/// Writes all but the Events.
fn body(w: &mut Writer, api: &mut dyn Api, kind: Kind, object: &Value) -> Result<(), CmdError> {
    let (now, namespace, name) = (api.now(), object.text("metadata.namespace"), object.text("metadata.name"));
    match kind {
        Kind::Pod => pod::write(w, object, now),
        Kind::StatefulSet => workload::stateful_set(w, object, &lookup::selected(api, Kind::Pod, object)?),
        Kind::DaemonSet => workload::daemon_set(w, object, &lookup::selected(api, Kind::Pod, object)?),
        Kind::ReplicaSet => workload::replica_set(w, object, &lookup::selected(api, Kind::Pod, object)?),
        Kind::Deployment => {
            let sets = lookup::selected(api, Kind::ReplicaSet, object).unwrap_or_default();
            workload::deployment(w, object, &sets);
        }
        Kind::PersistentVolumeClaim => storage::claim(w, object, &lookup::all(api, Kind::Pod, namespace)?, now),
        Kind::PersistentVolume => storage::volume(w, object, now),
        Kind::StorageClass => storage::storage_class(w, object),
        Kind::CSINode => storage::csi_node(w, object),
        Kind::Service => service::service(w, object, &lookup::slices(api, namespace, name).unwrap_or_default()),
        Kind::EndpointSlice => service::endpoint_slice(w, object),
        Kind::Endpoints => service::endpoints(w, object),
        Kind::Ingress => ingress::write(w, object, api),
        Kind::Node => node::write(w, object, &lookup::pods_on(api, name)?, now),
        Kind::Namespace => {
            let quotas = lookup::all(api, Kind::ResourceQuota, name)?;
            namespace::namespace(w, object, &quotas, &lookup::all(api, Kind::LimitRange, name)?);
        }
        Kind::ResourceQuota => namespace::quota(w, object),
        Kind::LimitRange => namespace::limit_range(w, object),
        Kind::PodDisruptionBudget => policy::disruption_budget(w, object),
        Kind::PriorityClass => policy::priority_class(w, object),
        Kind::ConfigMap => config::config_map(w, object),
        Kind::Secret => config::secret(w, object),
        Kind::ServiceAccount => config::service_account(w, object),
        Kind::ControllerRevision | Kind::Event | Kind::CSIDriver | Kind::VolumeAttachment => generic::write(w, object),
    }
    Ok(())
}

/// The Events of an object; `None` for the kinds whose describers never show any.
fn events_of(api: &mut dyn Api, kind: Kind, object: &Value) -> Option<Vec<Value>> {
    let reference = Reference::to(kind, object);
    match kind {
        Kind::Secret | Kind::Namespace | Kind::ResourceQuota | Kind::LimitRange => None,
        Kind::Pod => {
            // A static Pod's Events name the uid that the kubelet knows it by.
            let mirror = object.at("metadata.annotations").get("kubernetes.io/config.mirror").and_then(Value::as_str);
            Some(events::search(api, &Reference { kind: "", uid: mirror.unwrap_or(reference.uid), ..reference }))
        }
        Kind::Node => {
            let mut found = events::search(api, &reference);
            // The kubelet names a Node by its name where others use its uid.
            found.extend(events::search(api, &Reference { uid: reference.name, ..reference }));
            Some(found)
        }
        _ => Some(events::search(api, &reference)),
    }
}
