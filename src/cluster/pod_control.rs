//! What the controllers that make Pods under generated names do alike: a Pod from a template, creating and deleting it
//! with their Events, adopting and releasing it.
//!
//! Upstream: `pkg/controller/controller_utils.go` (`RealPodControl`, `GetPodFromTemplate`) and `controller_ref_manager.go`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::Context;
use crate::apiserver::field::FieldError;
use crate::apiserver::{DeleteOptions, Status, defaults, validation};
use crate::resource::meta::{OwnerReference, Text};
use crate::resource::{Kind, Object};
use crate::store::Actor;

/// What the Pods of one template have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PodSource {
    pod: Object,
    /// What the server refuses every Pod of this template for: some of it passes in a template (rule S16a).
    refusals: Vec<FieldError>,
}

impl PodSource {
    /// From a stored template, for Pods that `owner` controls.
    #[must_use]
    pub fn new(owner: &Object, template: &Value) -> PodSource {
        let from = &template["metadata"];
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": template["spec"]});
        for key in ["labels", "annotations", "finalizers"] {
            if let Some(value) = from.get(key) {
                pod["metadata"][key] = value.clone();
            }
        }
        pod["metadata"]["generateName"] = format!("{}-", owner.meta.name).into();
        pod["metadata"]["namespace"] = (*owner.meta.namespace).into();
        defaults::apply(Kind::Pod, &mut pod);
        let mut object = Object::from_json(Kind::Pod, &pod);
        let meta = &owner.meta;
        object.meta.owners = vec![OwnerReference::controller(owner.kind(), meta.name.clone(), meta.uid)].into();
        let mut refusals = validation::create(Kind::Pod, &object.to_json());
        refusals.retain(|error| !error.field.starts_with("metadata.name") && error.field != "metadata.generateName");
        PodSource { pod: object, refusals }
    }

    /// A Pod without a name yet.
    #[must_use]
    pub fn pod(&self) -> Object {
        self.pod.clone()
    }
}

/// Makes a Pod and says so, or says why it could not be made. In a namespace that is going nothing is made or said.
pub fn create(
    owner: &Object,
    source: &PodSource,
    actor: Actor,
    context: &mut Context<'_>,
) -> Result<Option<Arc<Object>>, Status> {
    let namespace = context.api.store.get(Kind::Namespace, "", &owner.meta.namespace);
    if namespace.is_none_or(|namespace| namespace.meta.terminating()) {
        return Ok(None);
    }
    let write = context.write(actor);
    let made = if source.refusals.is_empty() {
        context.api.create(source.pod(), write)
    } else {
        let base = source.pod.meta.generate_name.as_deref().unwrap_or_default();
        let name = context.api.generated_name(Kind::Pod, &owner.meta.namespace, base);
        Err(Status::invalid(Kind::Pod, &name, source.refusals.clone()))
    };
    match &made {
        Ok(pod) => context.event(actor, owner, false, "SuccessfulCreate", format!("Created pod: {}", pod.meta.name)),
        Err(error) => context.event(actor, owner, true, "FailedCreate", format!("Error creating: {error}")),
    }
    made.map(Some)
}

/// Deletes a Pod and says so. One that is gone already is no error and no news.
pub fn delete(owner: &Object, pod: &str, actor: Actor, context: &mut Context<'_>) -> Result<(), String> {
    let write = context.write(actor);
    match context.api.delete(Kind::Pod, &owner.meta.namespace, pod, DeleteOptions::default(), write) {
        Ok(_) => context.event(actor, owner, false, "SuccessfulDelete", format!("Deleted pod: {pod}")),
        Err(error) if error.is_not_found() => {}
        Err(error) => {
            context.event(actor, owner, true, "FailedDelete", format!("Error deleting: {error}"));
            return Err(format!("unable to delete pods: {error}"));
        }
    }
    Ok(())
}

/// Makes `owner` the controller of an object that has none.
pub fn adopt(owner: &Object, object: &Object, actor: Actor, context: &mut Context<'_>) -> Result<Arc<Object>, Status> {
    let mut adopted = object.clone();
    adopted.meta.owners.push(OwnerReference::controller(owner.kind(), owner.meta.name.clone(), owner.meta.uid));
    let write = context.write(actor);
    context.api.update(adopted, write)
}

/// Takes the reference to `owner` away from an object that it controls and should not.
pub fn release(owner: &Object, object: &Object, actor: Actor, context: &mut Context<'_>) -> Result<(), Status> {
    let mut released = object.clone();
    released.meta.owners.retain(|reference| reference.uid != owner.meta.uid);
    let write = context.write(actor);
    match context.api.update(released, write) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

/// The owner of a kind that controls an object, by name.
#[must_use]
pub fn controller_of(object: &Object, kind: Kind) -> Option<&OwnerReference> {
    object.meta.controller().filter(|owner| *owner.kind == *kind.info().name)
}

/// How long a controller waits before it tries again what failed so often in a row.
#[must_use]
pub fn back_off(failures: u32) -> std::time::Duration {
    let delay = std::time::Duration::from_millis(5) * 2_u32.saturating_pow(failures.min(18));
    delay.min(std::time::Duration::from_secs(1000))
}

/// A namespace and a name.
pub type Name = (Text, Text);
