//! Update and patch: the new object against the old one.

use std::sync::Arc;

use serde_json::Value;

use super::delete::holds_content;
use super::owners::has_size;
use super::{ApiServer, has_generation, respond};
use crate::apiserver::field::FieldError;
use crate::apiserver::{Request, Response, Status, Subresource, Verb};
use crate::apiserver::{decode, defaults, patch, validation};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Write;

const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

impl ApiServer {
    pub(super) fn update_json(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        let kind = request.kind;
        let old_object = self.find(request)?;
        let old = old_object.to_json();
        let validation_level = request.options.field_validation.unwrap_or_default();
        let decoded = match request.verb {
            Verb::Patch(patch_type) => patch::apply(kind, patch_type, &old, &request.body, validation_level)?,
            _ => decode::decode(kind, request.body.clone(), validation_level)?,
        };
        let (mut new, mut warnings) = (decoded.value, decoded.warnings);
        let name = old_object.meta.name.to_string();
        check_identity(kind, &name, &new, &old)?;
        keep_system_fields(&mut new, &old);
        let proposed = has_size(kind).then(|| new.clone());
        if request.subresource == Some(Subresource::Status) {
            defaults::prepare_for_status_update(kind, &mut new, &old);
        } else {
            defaults::prepare_for_update(kind, &mut new, &old);
        }
        self.admit_update(kind, &mut new, &old)?;
        if new == old {
            let taken = proposed.is_some_and(|proposed| self.take_over(&old_object, request, &proposed, &new, &old));
            let object = if taken { self.store.put((*old_object).clone(), write).to_json() } else { old };
            return Ok(respond(object, warnings));
        }
        let mut errors = immutable_uid(&new, &old);
        if request.subresource == Some(Subresource::Status) {
            errors.extend(validation::status_update(kind, &new, &old));
        } else {
            warnings.extend(validation::warnings(kind, &new, Some(&old)));
            errors.extend(validation::update(kind, &new, &old));
        }
        if !errors.is_empty() {
            return Err(Status::invalid(kind, &name, errors));
        }
        let mut object = Object::from_json(kind, &new);
        share(&mut object, &old_object);
        if request.options.dry_run {
            bump_generation(&mut object, &old_object);
            return Ok(respond(object.to_json(), warnings));
        }
        if request.subresource.is_none() && matches!(kind, Kind::PersistentVolumeClaim | Kind::Service) {
            self.check_limits(&object)?;
            self.charge_quotas(&object, Some(&old), write)?;
        }
        if let Some(proposed) = proposed {
            self.take_over(&old_object, request, &proposed, &new, &old);
        }
        let updated = match request.subresource {
            Some(Subresource::Status) => self.update_status(object, write)?,
            _ => self.update(object, write)?,
        };
        Ok(respond(updated.to_json(), warnings))
    }

    /// Stores a changed object. Writing what is there already changes nothing; an object whose last finalizer goes
    /// while it is being deleted is removed. A `resourceVersion` other than the stored one is a conflict.
    pub fn update(&mut self, object: Object, write: Write) -> Result<Arc<Object>, Status> {
        self.replace(object, write, bump_generation)
    }

    /// The same through `/status`: never a new generation.
    pub fn update_status(&mut self, object: Object, write: Write) -> Result<Arc<Object>, Status> {
        self.replace(object, write, |new, old| new.meta.generation = old.meta.generation)
    }

    fn replace(
        &mut self,
        mut object: Object,
        write: Write,
        generation: fn(&mut Object, &Object),
    ) -> Result<Arc<Object>, Status> {
        let kind = object.kind();
        let (namespace, name) = (object.meta.namespace.clone(), object.meta.name.clone());
        let old = match self.store.current(&object) {
            Some(old) => Arc::clone(old),
            None => self.find_by(kind, &namespace, &name)?,
        };
        if object.meta.uid != old.meta.uid {
            return Err(Status::conflict(kind, &name, MODIFIED));
        }
        if object.meta.resource_version != 0 && object.meta.resource_version != old.meta.resource_version {
            return Err(Status::conflict(kind, &name, MODIFIED));
        }
        object.meta.resource_version = old.meta.resource_version;
        if *old == object {
            return Ok(old);
        }
        generation(&mut object, &old);
        self.owners.written(&object);
        if object.meta.terminating() && object.meta.finalizers.is_empty() && !self.still_ending(&object) {
            self.store.put(object, write);
            let gone = self.remove(kind, &namespace, &name, write);
            return gone.ok_or_else(|| Status::not_found(kind, &name));
        }
        Ok(self.store.put(object, write))
    }

    /// Whether a terminating object waits for something besides finalizers: a Pod for its kubelet, a namespace until it
    /// is empty.
    fn still_ending(&self, object: &Object) -> bool {
        let ending = object.kind() == Kind::Pod && object.meta.deletion.is_some_and(|d| d.grace_seconds > 0);
        ending || holds_content(object)
    }
}

/// What the change left alone is shared with the object before it.
fn share(object: &mut Object, old: &Object) {
    match (&mut object.body, &old.body) {
        (Body::Pod(pod), Body::Pod(before)) => **pod = pod.as_ref().clone().sharing(before),
        (Body::StatefulSet(set), Body::StatefulSet(before)) if set.spec == before.spec => {
            set.spec = std::sync::Arc::clone(&before.spec);
        }
        (Body::Deployment(new), Body::Deployment(before)) if new.spec == before.spec => {
            new.spec = std::sync::Arc::clone(&before.spec);
        }
        (Body::ReplicaSet(new), Body::ReplicaSet(before)) if new.spec == before.spec => {
            new.spec = std::sync::Arc::clone(&before.spec);
        }
        (Body::DaemonSet(new), Body::DaemonSet(before)) if new.spec == before.spec => {
            new.spec = std::sync::Arc::clone(&before.spec);
        }
        _ => {}
    }
}

/// Spec changes count as a new generation where the kind has one (rule S4).
pub(super) fn bump_generation(object: &mut Object, old: &Object) {
    if !has_generation(object.kind()) {
        return;
    }
    let changed = match (&old.body, &object.body) {
        (Body::StatefulSet(a), Body::StatefulSet(b)) => a.spec != b.spec,
        (Body::Pod(a), Body::Pod(b)) => a.template != b.template || a.claim_volumes != b.claim_volumes,
        (Body::EndpointSlice(a), Body::EndpointSlice(b)) => a != b,
        // Its annotations are copied to its ReplicaSets, so that a new one is work for its controller.
        (Body::Deployment(a), Body::Deployment(b)) => {
            a.spec != b.spec || old.meta.annotations != object.meta.annotations
        }
        (Body::ReplicaSet(a), Body::ReplicaSet(b)) => a.spec != b.spec,
        (Body::DaemonSet(a), Body::DaemonSet(b)) => a.spec != b.spec,
        (Body::Plain(_, a), Body::Plain(_, b)) => a.get("spec") != b.get("spec"),
        _ => false,
    };
    object.meta.generation = old.meta.generation + i64::from(changed);
}

/// A name or namespace other than the one addressed, or a version other than the stored one.
fn check_identity(kind: Kind, name: &str, new: &Value, old: &Value) -> Result<(), Status> {
    let own = new["metadata"]["name"].as_str().unwrap_or_default();
    if !own.is_empty() && own != name {
        let message = format!("the name of the object ({own}) does not match the name on the URL ({name})");
        return Err(Status::bad_request(message));
    }
    let namespace = new["metadata"]["namespace"].as_str().unwrap_or_default();
    if !namespace.is_empty() && old["metadata"]["namespace"] != namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    match new["metadata"]["resourceVersion"].as_str() {
        Some(version) if !version.is_empty() && old["metadata"]["resourceVersion"] != version => {
            Err(Status::conflict(kind, name, MODIFIED))
        }
        _ => Ok(()),
    }
}

fn immutable_uid(new: &Value, old: &Value) -> Vec<FieldError> {
    match new["metadata"]["uid"].as_str() {
        Some(uid) if old["metadata"]["uid"] != uid => {
            vec![FieldError::invalid("metadata.uid", uid, "field is immutable")]
        }
        _ => Vec::new(),
    }
}

/// Metadata that the server owns comes from the stored object.
fn keep_system_fields(new: &mut Value, old: &Value) {
    let before = old["metadata"].as_object().cloned().unwrap_or_default();
    if !new["metadata"].is_object() {
        new["metadata"] = Value::Object(serde_json::Map::new());
    }
    let Some(meta) = new["metadata"].as_object_mut() else { return };
    for key in [
        "name",
        "namespace",
        "generateName",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        match before.get(key) {
            Some(value) => meta.insert(key.into(), value.clone()),
            None => meta.remove(key),
        };
    }
    meta.remove("managedFields");
    meta.remove("selfLink");
    if !meta.contains_key("uid") {
        if let Some(uid) = before.get("uid") {
            meta.insert("uid".into(), uid.clone());
        }
    }
    // finalizers cannot be added to an object that is going
    if before.contains_key("deletionTimestamp") && !before.contains_key("finalizers") {
        meta.remove("finalizers");
    }
    new["apiVersion"] = old["apiVersion"].clone();
    new["kind"] = old["kind"].clone();
}
