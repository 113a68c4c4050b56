//! The `scale` subresource.

use serde_json::{Value, json};

use super::{ApiServer, owners, respond};
use crate::apiserver::field::FieldError;
use crate::apiserver::{PatchType, Request, Response, Status, Verb, patch};
use crate::resource::Object;
use crate::resource::schema::Struct;
use crate::resource::selector::Selector;
use crate::store::Write;

impl ApiServer {
    pub(super) fn get_scale(&self, request: &Request) -> Result<Response, Status> {
        let object = self.find(request)?;
        Ok(respond(scale_of(&object), Vec::new()))
    }

    pub(super) fn update_scale(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        let object = self.find(request)?;
        let (kind, name) = (request.kind, object.meta.name.to_string());
        let old = scale_of(&object);
        let new = match request.verb {
            Verb::Patch(patch_type) => {
                let root =
                    Struct::by_id("autoscaling.Scale").ok_or_else(|| Status::bad_request("no schema of Scale"))?;
                let level = request.options.field_validation.unwrap_or_default();
                patch::apply_as(root, "autoscaling/v1", patch_type, &old, &request.body, level)?.value
            }
            _ => request.body.clone(),
        };
        let version = new["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !version.is_empty() && old["metadata"]["resourceVersion"] != version {
            let why = "the object has been modified; please apply your changes to the latest version and try again";
            return Err(Status::conflict(kind, &name, why));
        }
        let replicas = new["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let error = FieldError::invalid("spec.replicas", replicas, "must be greater than or equal to 0");
            let mut status = Status::invalid(kind, &name, vec![error]);
            status.message = status.message.replacen(&format!("{kind}.apps"), "Scale.autoscaling", 1);
            (status.kind, status.group) = ("Scale".into(), "autoscaling".into());
            return Err(status);
        }
        if old["spec"]["replicas"].as_i64().unwrap_or(0) == replicas && !request.options.dry_run {
            self.scale_to_the_same(&object, write);
            return Ok(respond(scale_of(&*self.find(request)?), Vec::new()));
        }
        let mut change = Request::patch(
            kind,
            &object.meta.namespace,
            &name,
            PatchType::Merge,
            json!({"spec": {"replicas": replicas}}),
        )
        .with(request.options.clone());
        change.options.field_manager = Some(owners::SCALE.into());
        let changed = self.update_json(&change, write)?;
        Ok(respond(scale_of(&Object::from_json(kind, &changed.object)), Vec::new()))
    }
}

/// `autoscaling/v1` `Scale` of a workload.
fn scale_of(object: &Object) -> Value {
    let value = object.to_json();
    let (meta, spec) = (&value["metadata"], &value["spec"]);
    let selector = Selector::from_label_selector(&spec["selector"]).map(|s| s.to_string()).unwrap_or_default();
    let mut replicas = json!({});
    if let Some(count) = spec["replicas"].as_i64().filter(|r| *r != 0) {
        replicas["replicas"] = count.into();
    }
    json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"], "creationTimestamp": meta["creationTimestamp"]},
        "spec": replicas,
        "status": {"replicas": value["status"]["replicas"].as_i64().unwrap_or(0), "selector": selector},
    })
}
