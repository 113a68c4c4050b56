//! The API server over a [`Store`]: requests in JSON for clients ([`ApiServer::handle`]), and the same rules on model
//! types for the controllers, who write far more often than people do.

mod admission;
mod apply;
mod create;
mod delete;
mod evict;
mod ids;
mod limit_range;
mod owners;
mod quota;
mod read;
mod scale;
mod update;
pub mod usage;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use admission::{PV_PROTECTION, PVC_PROTECTION};
pub use create::NAMESPACE_TERMINATING;
pub use delete::{DeleteOptions, FOREGROUND, ORPHAN};
pub use evict::disruption_condition;
pub use ids::Ids;

use super::{PatchType, Request, Response, Status, Subresource, Verb};
use crate::resource::{Kind, Object};
use crate::store::{Store, Write};

/// An API server and the objects behind it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiServer {
    /// The objects.
    pub store: Store,
    /// Where uids, addresses and name suffixes come from.
    pub ids: Ids,
    /// How many namespaces are going: in them nothing is made.
    ending_namespaces: u32,
    owners: owners::Owners,
    managed: apply::Managed,
}

impl ApiServer {
    /// An empty API server whose ids come from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> ApiServer {
        ApiServer {
            store: Store::default(),
            ids: Ids::new(seed),
            ending_namespaces: 0,
            owners: owners::Owners::default(),
            managed: apply::Managed::default(),
        }
    }

    /// Works out what was put off until somebody asks, so that less has to be kept. Nothing changes.
    pub fn tidy(&mut self) {
        self.managed.tidy();
    }

    /// Answers a request.
    pub fn handle(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        match (request.verb, request.subresource) {
            (Verb::Get, Some(Subresource::Scale)) => self.get_scale(request),
            (Verb::Get, _) => self.get(request),
            (Verb::List, _) => self.list(request),
            (Verb::Create, Some(Subresource::Eviction)) => self.evict(request, write),
            (Verb::Create, _) => self.managed(request, write, Self::create_json),
            (Verb::Update | Verb::Patch(_), Some(Subresource::Scale)) => {
                self.managed(request, write, Self::update_scale)
            }
            (Verb::Patch(PatchType::Apply), _) => self.apply_json(request, write),
            (Verb::Update | Verb::Patch(_), _) => self.managed(request, write, Self::update_json),
            (Verb::Delete, _) => self.delete_json(request, write),
        }
    }

    /// The object a request names.
    fn find(&self, request: &Request) -> Result<Arc<Object>, Status> {
        let (namespace, name) = (request.namespace.as_deref().unwrap_or_default(), request.name.as_deref());
        let name = name.unwrap_or_default();
        self.find_by(request.kind, namespace, name)
    }

    fn find_by(&self, kind: Kind, namespace: &str, name: &str) -> Result<Arc<Object>, Status> {
        self.store.get(kind, namespace, name).cloned().ok_or_else(|| Status::not_found(kind, name))
    }
}

/// Whether objects of a kind carry `metadata.generation`.
fn has_generation(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Pod
            | Kind::StatefulSet
            | Kind::Deployment
            | Kind::DaemonSet
            | Kind::ReplicaSet
            | Kind::PodDisruptionBudget
            | Kind::EndpointSlice
            | Kind::Ingress
            | Kind::PriorityClass
            | Kind::CSIDriver
    )
}

fn respond(object: Value, warnings: Vec<String>) -> Response {
    Response { object, warnings }
}
