//! Deletion: grace, finalizers, propagation.
//!
//! Upstream: apiserver `pkg/registry/generic/registry/store.go` (Delete), `pkg/registry/rest/delete.go`,
//! `pkg/registry/core/pod/strategy.go` (CheckGracefulDelete).

use std::sync::Arc;

use serde_json::json;

use super::{ApiServer, has_generation, respond};
use crate::apiserver::{Propagation, Request, Response, Status};
use crate::resource::meta::{Deletion, Text, Uid};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Write;

/// How to delete.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds a Pod has to end; `None` is the Pod's own.
    pub grace_seconds: Option<i64>,
    /// What becomes of dependents; `None` is background.
    pub propagation: Option<Propagation>,
    /// Only if the object has this uid.
    pub uid: Option<Uid>,
}

/// The finalizer that holds an owner until its dependents are gone.
pub const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer that holds an owner until its dependents are orphaned.
pub const ORPHAN: &str = "orphan";

impl ApiServer {
    pub(super) fn delete_json(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        let object = self.find(request)?;
        let options = DeleteOptions {
            grace_seconds: request.options.grace_period_seconds,
            propagation: request.options.propagation,
            uid: None,
        };
        if let Some(uid) = request.options.precondition_uid.as_deref() {
            if object.meta.uid.to_string() != uid {
                return Err(uid_conflict(&object, uid));
            }
        }
        if request.kind == Kind::Namespace && ["default", "kube-public", "kube-system"].contains(&&*object.meta.name) {
            return Err(Status::forbidden(Kind::Namespace, &object.meta.name, "this namespace may not be deleted"));
        }
        if request.options.dry_run {
            return Ok(respond(success(&object), Vec::new()));
        }
        let (kind, namespace, name) = (request.kind, object.meta.namespace.clone(), object.meta.name.clone());
        match self.delete(kind, &namespace, &name, options, write)? {
            Some(held) => Ok(respond(held.to_json(), Vec::new())),
            None => Ok(respond(success(&object), Vec::new())),
        }
    }

    /// Deletes an object, or marks it if it has to wait for its kubelet or for finalizers. The answer is the object if
    /// it is still there.
    pub fn delete(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        options: DeleteOptions,
        write: Write,
    ) -> Result<Option<Arc<Object>>, Status> {
        let old = self.find_by(kind, namespace, name)?;
        if let Some(uid) = options.uid.filter(|uid| *uid != old.meta.uid) {
            return Err(uid_conflict(&old, &uid.to_string()));
        }
        let grace = grace_seconds(&old, options);
        let mut new = (*old).clone();
        self.set_propagation_finalizers(&mut new, options.propagation);
        let held = grace > 0 || !new.meta.finalizers.is_empty() || holds_content(&new);
        if kind == Kind::Namespace && old.meta.deletion.is_none() {
            self.ending_namespaces += 1;
            mark_terminating(&mut new);
        }
        if let Some(deletion) = old.meta.deletion {
            let sooner = kind == Kind::Pod && grace < deletion.grace_seconds;
            if sooner {
                new.meta.deletion = Some(mark(write, grace));
            }
            if !sooner && new == *old {
                return Ok(Some(old));
            }
        } else {
            new.meta.deletion = Some(mark(write, grace));
            new.meta.generation += i64::from(has_generation(kind));
        }
        // An object that nothing holds goes at once; one that is only seen for a moment is still marked first if
        // watchers of the real server see that too.
        if held {
            return Ok(Some(self.store.put(new, write)));
        }
        if old.pod().is_some_and(|p| p.node.is_some()) && old.meta.deletion.is_none() {
            self.store.put(new, write);
        }
        self.remove(kind, namespace, name, write);
        Ok(None)
    }

    /// Removes an object from the store.
    pub(super) fn remove(&mut self, kind: Kind, namespace: &str, name: &str, write: Write) -> Option<Arc<Object>> {
        let gone = self.store.remove(kind, namespace, name, write)?;
        if kind == Kind::Namespace && gone.meta.terminating() {
            self.ending_namespaces = self.ending_namespaces.saturating_sub(1);
        }
        Some(gone)
    }

    fn set_propagation_finalizers(&self, object: &mut Object, propagation: Option<Propagation>) {
        let Some(propagation) = propagation else { return };
        let wanted = match propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some(FOREGROUND),
            Propagation::Orphan => Some(ORPHAN),
        };
        object.meta.finalizers.retain(|f| (**f != *FOREGROUND && **f != *ORPHAN) || Some(&**f) == wanted);
        if let Some(wanted) = wanted {
            if !object.meta.finalizers.iter().any(|f| **f == *wanted) {
                object.meta.finalizers.push(Text::from(wanted));
            }
        }
    }

    /// Removes a finalizer, and with the last one an object that is going.
    pub fn remove_finalizer(&mut self, object: &Object, finalizer: &str, write: Write) {
        let mut new = object.clone();
        new.meta.resource_version = 0;
        new.meta.finalizers.retain(|f| **f != *finalizer);
        // The object may have changed or gone since it was read; then its controller is told of it again.
        let _ = self.update(new, write);
    }
}

/// Whether a namespace has still to be emptied (rule G8).
pub(super) fn holds_content(object: &Object) -> bool {
    let finalizers = object.plain().and_then(|body| body.get("spec")?.get("finalizers")?.as_array());
    object.kind() == Kind::Namespace && finalizers.is_some_and(|list| !list.is_empty())
}

fn mark_terminating(namespace: &mut Object) {
    if let Body::Plain(_, rest) = &mut namespace.body {
        Arc::make_mut(rest).entry("status").or_insert_with(|| json!({}))["phase"] = "Terminating".into();
    }
}

fn mark(write: Write, grace: i64) -> Deletion {
    Deletion { at: write.now + std::time::Duration::from_secs(grace.unsigned_abs()), grace_seconds: grace }
}

/// The grace period in force: only Pods that run on a node have one (rule P25).
fn grace_seconds(object: &Object, options: DeleteOptions) -> i64 {
    let Some(pod) = object.pod() else { return 0 };
    if pod.node.is_none() || pod.status.phase.is_terminal() {
        return 0;
    }
    let own = pod.template.grace_seconds;
    match options.grace_seconds.unwrap_or(own) {
        negative if negative < 0 => 1,
        grace => grace,
    }
}

fn success(object: &Object) -> serde_json::Value {
    let kind = object.kind();
    let mut details =
        json!({"name": &*object.meta.name, "kind": kind.info().plural, "uid": object.meta.uid.to_string()});
    if !kind.info().group.is_empty() {
        details["group"] = kind.info().group.into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

fn uid_conflict(object: &Object, uid: &str) -> Status {
    let kind = object.kind();
    let why = format!(
        "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted \
         and then recreated",
        object.meta.uid
    );
    Status::conflict(kind, &object.meta.name, &why)
}
