//! Creation: decode, default, admit, validate, store.

use std::sync::Arc;

use serde_json::Value;

use super::{ApiServer, has_generation, respond};
use crate::apiserver::{Request, Response, Status, decode, defaults, validation};
use crate::resource::meta::{Id, Text};
use crate::resource::model::Event;
use crate::resource::{Kind, Object};
use crate::store::{Said, Write};

/// The type of the cause of a refusal because the namespace goes.
pub const NAMESPACE_TERMINATING: &str = "NamespaceTerminating";
/// How much of `generateName` a generated name has (apiserver `storage/names/generate.go`).
const MAX_BASE: usize = 58;
/// How many generated names are tried (apiserver `registry/generic/registry/store.go`).
const MAX_ATTEMPTS: u32 = 8;

impl ApiServer {
    pub(super) fn create_json(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        let kind = request.kind;
        if kind == Kind::Endpoints {
            return Err(Status::new(405, "MethodNotAllowed", "the lab derives endpoints from endpointslices"));
        }
        let decoded = decode::decode(kind, request.body.clone(), request.options.field_validation.unwrap_or_default())?;
        let (mut value, mut warnings) = (decoded.value, decoded.warnings);
        let namespace = request.namespace.as_deref().unwrap_or_default();
        check_namespace(&value, namespace)?;
        clear_system_fields(&mut value, namespace);
        self.generate_name(kind, namespace, &mut value);
        if kind.info().namespaced {
            self.check_namespace_exists(kind, namespace, value["metadata"]["name"].as_str().unwrap_or_default())?;
        }
        defaults::apply(kind, &mut value);
        self.admit_create(kind, &mut value, request.options.dry_run);
        warnings.extend(validation::warnings(kind, &value, None));
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_string();
        let errors = validation::create(kind, &value);
        if !errors.is_empty() {
            return Err(Status::invalid(kind, &name, errors));
        }
        if self.store.get(kind, namespace, &name).is_some() {
            return Err(Status::already_exists(kind, &name));
        }
        let mut object = Object::from_json(kind, &value);
        if request.options.dry_run {
            self.check_limits(&object)?;
            self.check_quotas(&object, None, write)?;
            self.stamp(&mut object, write);
            return Ok(respond(object.to_json(), warnings));
        }
        let object = self.create(object, write)?;
        self.owners.created(&object, request);
        Ok(respond(object.to_json(), warnings))
    }

    /// Stores a new object of a controller: names, stamps, and the checks that a valid template does not already pass.
    pub fn create(&mut self, mut object: Object, write: Write) -> Result<Arc<Object>, Status> {
        let kind = object.kind();
        if object.meta.name.is_empty() {
            if let Some(base) = object.meta.generate_name.clone() {
                object.meta.name = self.generated_name(kind, &object.meta.namespace, &base);
            }
        }
        if self.store.get(kind, &object.meta.namespace, &object.meta.name).is_some() {
            return Err(Status::already_exists(kind, &object.meta.name));
        }
        self.default_limits_of(&mut object);
        self.admit_model(&object)?;
        if self.ending_namespaces > 0 && kind.info().namespaced {
            self.check_namespace_exists(kind, &object.meta.namespace, &object.meta.name)?;
        }
        self.check_limits(&object)?;
        self.charge_quotas(&object, None, write)?;
        self.stamp(&mut object, write);
        Ok(self.store.add(object, write))
    }

    /// Stores what a component says under the name of what it is about and a nanosecond of now, which no two Events about
    /// one object share: that is up to the component. In a namespace that is going nothing is said any more.
    pub fn say(&mut self, event: Event, nanosecond: u64, write: Write) -> Option<Id> {
        if self.ending_namespaces > 0 {
            self.check_namespace_exists(Kind::Event, &event.about.namespace_of_events(), "").ok()?;
        }
        let said = Said::new(event, nanosecond, self.ids.uid());
        Some(self.store.say(said, write))
    }

    /// Stores an Event that is said once more; `false` if it is gone.
    pub fn repeat(&mut self, id: Id, event: Event, write: Write) -> bool {
        self.store.repeat(id, event, write)
    }

    fn stamp(&mut self, object: &mut Object, write: Write) {
        object.meta.uid = self.ids.uid();
        object.meta.created = write.now.to_the_second();
        object.meta.generation = i64::from(has_generation(object.kind()));
    }

    fn generate_name(&mut self, kind: Kind, namespace: &str, value: &mut Value) {
        let meta = &value["metadata"];
        let base = meta["generateName"].as_str().unwrap_or_default();
        if meta["name"].as_str().unwrap_or_default().is_empty() && !base.is_empty() {
            let name = self.generated_name(kind, namespace, base);
            value["metadata"]["name"] = (*name).into();
        }
    }

    /// A name that begins with `base`, of which as much is kept as a label has room for (rule R1). One that is taken is
    /// tried again with another end, but not for ever.
    pub fn generated_name(&mut self, kind: Kind, namespace: &str, base: &str) -> Text {
        let kept = base.char_indices().nth(MAX_BASE).map_or(base, |(end, _)| &base[..end]);
        let mut name = Text::from(format!("{kept}{}", self.ids.suffix()));
        for _ in 1..MAX_ATTEMPTS {
            if self.store.get(kind, namespace, &name).is_none() {
                break;
            }
            name = Text::from(format!("{kept}{}", self.ids.suffix()));
        }
        name
    }

    pub(super) fn check_namespace_exists(&self, kind: Kind, namespace: &str, name: &str) -> Result<(), Status> {
        let found = self.store.get(Kind::Namespace, "", namespace);
        let found = found.ok_or_else(|| Status::not_found(Kind::Namespace, namespace))?;
        if found.meta.terminating() {
            let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
            let cause = format!("namespace {namespace} is being terminated");
            return Err(Status::forbidden(kind, name, &why).with_cause(NAMESPACE_TERMINATING, cause));
        }
        Ok(())
    }
}

fn check_namespace(value: &Value, namespace: &str) -> Result<(), Status> {
    match value["metadata"]["namespace"].as_str() {
        Some(own) if !own.is_empty() && own != namespace => Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        )),
        _ => Ok(()),
    }
}

/// Drops what clients may not set, and puts the object into the namespace of the request.
fn clear_system_fields(value: &mut Value, namespace: &str) {
    let meta = &mut value["metadata"];
    if !meta.is_object() {
        *meta = Value::Object(serde_json::Map::new());
    }
    if let Some(meta) = meta.as_object_mut() {
        for key in [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "managedFields",
        ] {
            meta.remove(key);
        }
        if !namespace.is_empty() {
            meta.insert("namespace".into(), namespace.into());
        }
    }
}
