//! The columns of every kind, as the API server tabulates them (S111–S124; upstream
//! `pkg/printers/internalversion/printers.go`). One file for each group of kinds.

use serde_json::Value;

use super::duration::age;
use super::table::{Column, Row, Table};
use super::value::{int, text};
use crate::resource::{Kind, Time};

mod core;
mod network;
mod pod;
mod storage;
mod workload;

/// The columns of a kind and how an object fills them.
struct Spec {
    columns: &'static [Column],
    cells: fn(&Value, Time) -> Vec<String>,
}

const fn col(name: &'static str) -> Column {
    Column { name, wide: false, is_name: false }
}

const fn wide(name: &'static str) -> Column {
    Column { name, wide: true, is_name: false }
}

const NAME: Column = Column { name: "Name", wide: false, is_name: true };
const AGE: Column = col("Age");

/// The table of these objects, all of one kind, at the time `now`.
#[must_use]
pub fn table<'a>(kind: Kind, objects: impl IntoIterator<Item = &'a Value>, now: Time) -> Table<'a> {
    let spec = spec(kind);
    let rows = objects.into_iter().map(|object| Row { cells: (spec.cells)(object, now), object }).collect();
    Table { kind, columns: spec.columns, rows }
}

/// The table of `scale` subresources of objects of this kind.
#[must_use]
pub fn scale_table<'a>(kind: Kind, objects: impl IntoIterator<Item = &'a Value>, now: Time) -> Table<'a> {
    const COLUMNS: &[Column] = &[Column { is_name: false, ..NAME }, col("Desired"), col("Available"), AGE];
    let cells = |o: &Value| {
        vec![name(o), int(o, "/spec/replicas").to_string(), int(o, "/status/replicas").to_string(), age_of(o, now)]
    };
    let rows = objects.into_iter().map(|object| Row { cells: cells(object), object }).collect();
    Table { kind, columns: COLUMNS, rows }
}

/// The columns of a client that makes its own tables (`--server-print=false`): the name and the age.
#[must_use]
pub fn client_side(mut table: Table<'_>, now: Time) -> Table<'_> {
    table.columns = &[NAME, AGE];
    for row in &mut table.rows {
        row.cells = vec![name(row.object), age_of(row.object, now)];
    }
    table
}

fn spec(kind: Kind) -> Spec {
    match kind {
        Kind::ConfigMap => core::CONFIG_MAP,
        Kind::Endpoints => network::ENDPOINTS,
        Kind::Event => core::EVENT,
        Kind::LimitRange => core::LIMIT_RANGE,
        Kind::Namespace => core::NAMESPACE,
        Kind::Node => core::NODE,
        Kind::PersistentVolumeClaim => storage::CLAIM,
        Kind::PersistentVolume => storage::VOLUME,
        Kind::Pod => pod::POD,
        Kind::ResourceQuota => core::RESOURCE_QUOTA,
        Kind::Secret => core::SECRET,
        Kind::ServiceAccount => core::SERVICE_ACCOUNT,
        Kind::Service => network::SERVICE,
        Kind::ControllerRevision => workload::CONTROLLER_REVISION,
        Kind::DaemonSet => workload::DAEMON_SET,
        Kind::Deployment => workload::DEPLOYMENT,
        Kind::ReplicaSet => workload::REPLICA_SET,
        Kind::StatefulSet => workload::STATEFUL_SET,
        Kind::EndpointSlice => network::ENDPOINT_SLICE,
        Kind::Ingress => network::INGRESS,
        Kind::PodDisruptionBudget => workload::POD_DISRUPTION_BUDGET,
        Kind::PriorityClass => core::PRIORITY_CLASS,
        Kind::CSIDriver => storage::CSI_DRIVER,
        Kind::CSINode => storage::CSI_NODE,
        Kind::StorageClass => storage::CLASS,
        Kind::VolumeAttachment => storage::ATTACHMENT,
    }
}

fn name(object: &Value) -> String {
    text(object, "/metadata/name").to_string()
}

fn age_of(object: &Value, now: Time) -> String {
    age(now, object.pointer("/metadata/creationTimestamp").and_then(Value::as_str))
}

/// Up to three of `all` joined, then how many more there are.
fn three_of(all: &[String], count: usize, empty: &str) -> String {
    const MAX: usize = 3;
    if all.len() > MAX {
        return format!("{} + {} more...", all[..MAX].join(","), count - MAX);
    }
    if all.is_empty() { empty.to_string() } else { all.join(",") }
}

#[cfg(test)]
mod tests;
