//! Server-side apply: a configuration put into an object field by field, with an owner for each, and the bookkeeping of
//! owners that every write of a person needs (`k8s.io/apiserver/pkg/endpoints/handlers/patch.go`, `applyPatcher`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ApiServer;
use crate::apiserver::managed::{Changes, Manager, Managers, Path, conflict_message, fields, merge};
use crate::apiserver::{Request, Response, Status, Subresource, Verb};
use crate::apiserver::{decode, defaults};
use crate::resource::gojson;
use crate::resource::meta::{Text, Uid};
use crate::resource::{Kind, Object};
use crate::store::Write;

/// The manager that `kubectl apply` writes as without `--server-side`.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";
/// The manager that `kubectl apply --server-side` writes as.
const SERVER_SIDE: &str = "kubectl";

/// Where client-side apply keeps what it applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The managers of each object that people have written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Managed(BTreeMap<(Kind, Text, Text), Known>);

/// What is known of one object: its managers, and the writes since then. Only an apply asks, and then they are told
/// apart field by field.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    uid: Uid,
    managers: Managers,
    since: Vec<Written>,
}

/// A person's write.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Written {
    /// An object was made of this body.
    Created(Manager, #[serde(with = "crate::resource::stored::json")] Value),
    /// One form of an object took the place of another.
    Updated(
        Manager,
        #[serde(with = "crate::resource::stored::shared")] Arc<Object>,
        #[serde(with = "crate::resource::stored::shared")] Arc<Object>,
    ),
}

impl Managed {
    fn entry(&mut self, object: &Object) -> &mut Known {
        let key = (object.kind(), object.meta.namespace.clone(), object.meta.name.clone());
        let uid = object.meta.uid;
        let new = || Known { uid, managers: Managers::default(), since: Vec::new() };
        let known = self.0.entry(key).or_insert_with(new);
        if known.uid != uid {
            *known = new();
        }
        known
    }

    fn note(&mut self, object: &Object, written: Written) {
        self.entry(object).since.push(written);
    }

    fn of(&mut self, object: &Object) -> Managers {
        let known = self.entry(object);
        known.work_out(object.kind());
        known.managers.clone()
    }

    /// Works out whose every field is.
    pub fn tidy(&mut self) {
        for ((kind, ..), known) in &mut self.0 {
            known.work_out(*kind);
        }
    }

    fn set(&mut self, object: &Object, managers: Managers) {
        *self.entry(object) = Known { uid: object.meta.uid, managers, since: Vec::new() };
    }
}

impl Known {
    fn work_out(&mut self, kind: Kind) {
        for written in std::mem::take(&mut self.since) {
            match written {
                Written::Created(manager, mut body) => {
                    defaults::versioned(kind, &mut body);
                    self.managers = Managers::created(manager, paths(kind, &body));
                }
                Written::Updated(manager, before, after) => {
                    let fields = |object: &Object| fields(kind, &object.to_json(), &mut Vec::new());
                    self.managers.update(manager, Changes::between(&fields(&before), &fields(&after)));
                }
            }
        }
    }
}

impl ApiServer {
    /// Does a write of a person, and notes whose the fields are then.
    pub(super) fn managed(
        &mut self,
        request: &Request,
        write: Write,
        act: impl FnOnce(&mut ApiServer, &Request, Write) -> Result<Response, Status>,
    ) -> Result<Response, Status> {
        let before = self.find(request).ok().filter(|_| request.verb != Verb::Create);
        let response = act(self, request, write)?;
        if request.options.dry_run || request.subresource == Some(Subresource::Status) {
            return Ok(response);
        }
        let (kind, namespace) = (request.kind, request.namespace.as_deref().unwrap_or_default());
        let name = request.name.as_deref().or_else(|| response.object["metadata"]["name"].as_str()).unwrap_or_default();
        let Ok(after) = self.find_by(kind, namespace, name) else { return Ok(response) };
        let manager = manager(request, false);
        let Some(before) = before else {
            let body = decode::normalize(kind, request.body.clone());
            self.managed.note(&after, Written::Created(manager, body));
            return Ok(response);
        };
        if before.meta.resource_version != after.meta.resource_version {
            let object = Arc::clone(&after);
            self.managed.note(&object, Written::Updated(manager, before, after));
        }
        Ok(response)
    }

    /// `PATCH` with an applied configuration.
    pub(super) fn apply_json(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        let (kind, namespace) = (request.kind, request.namespace.as_deref().unwrap_or_default());
        if request.subresource.is_some() {
            return Err(Status::bad_request("this lab does not model server-side apply of a part of an object"));
        }
        let config = configuration(request)?;
        let manager = manager(request, true);
        let applied = paths(kind, &config);
        let Ok(live) = self.find(request) else {
            let create = Request::create(kind, namespace, config).with(request.options.clone());
            let response = self.create_json(&create, write)?;
            if !request.options.dry_run
                && let Ok(object) = self.find(request)
            {
                self.managed.set(&object, Managers::created(manager, applied));
            }
            return Ok(response);
        };
        let mut managers = self.managed.of(&live);
        let old = live.to_json();
        let mut new = merge::merge(kind, &old, &config);
        let known = fields(kind, &old, &mut Vec::new());
        let changes = Changes::between(&known, &fields(kind, &new, &mut Vec::new()));
        let conflicts = managers.conflicts(&manager, &kind.api_version(), &changes);
        if !conflicts.is_empty() && !request.options.force {
            return Err(Status::new(409, "Conflict", conflict_message(&conflicts)));
        }
        if manager.name == SERVER_SIDE {
            // kubectl asks for this in a request of its own, because only it knows that both managers are kubectl.
            let client_side = Manager { name: CLIENT_SIDE.into(), applies: false, subresource: Text::default() };
            managers.hand_over(&client_side, &manager);
        }
        for path in managers.dropped(&manager, &applied) {
            merge::remove(&mut new, &path);
        }
        if manager.name == SERVER_SIDE && old["metadata"]["annotations"][LAST_APPLIED].is_string() {
            new["metadata"]["annotations"][LAST_APPLIED] = last_applied(&config).into();
        }
        let update = Request::update(kind, namespace, &live.meta.name, new).with(request.options.clone());
        let response = self.update_json(&update, write)?;
        if !request.options.dry_run {
            let after = fields(kind, &response.object, &mut Vec::new());
            managers.apply(manager, applied, &Changes::between(&known, &after));
            self.managed.set(&live, managers);
        }
        Ok(response)
    }
}

/// The configuration of a request, checked; `Status` in the words of the real server.
fn configuration(request: &Request) -> Result<Value, Status> {
    let (kind, mut config) = (request.kind, request.body.clone());
    let name = request.name.as_deref().unwrap_or_default();
    if config["metadata"]["managedFields"].as_array().is_some_and(|list| !list.is_empty()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let mut unknown: Vec<Path> = Vec::new();
    fields(kind, &config, &mut unknown);
    let lines: Vec<String> = unknown.iter().map(|path| format!("{path}: field not declared in schema")).collect();
    let faults = match lines.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("errors:\n  {}", several.join("\n  "))),
    };
    if let Some(faults) = faults {
        let place = match request.namespace.as_deref() {
            Some(namespace) => format!("{namespace}/{name}"),
            None => format!("/{name}"),
        };
        let gvk = format!("{}, Kind={kind}", kind.api_version());
        let text = format!("failed to create typed patch object ({place}; {gvk}): {faults}");
        return Err(Status::new(500, "", text));
    }
    decode::decode(kind, config.clone(), crate::apiserver::FieldValidation::Ignore)?;
    if config["metadata"]["name"].is_null() {
        config["metadata"]["name"] = name.into();
    }
    Ok(config)
}

/// What the annotation says of a configuration (`lastappliedupdater.go`).
fn last_applied(config: &Value) -> String {
    let mut config = config.clone();
    if let Some(annotations) = config["metadata"]["annotations"].as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    gojson::to_string(&config) + "\n"
}

fn paths(kind: Kind, object: &Value) -> BTreeSet<Path> {
    fields(kind, object, &mut Vec::new()).into_keys().collect()
}

fn manager(request: &Request, applies: bool) -> Manager {
    let subresource = match request.subresource {
        Some(Subresource::Scale) => "scale",
        Some(Subresource::Status) => "status",
        _ => "",
    };
    let name = request.options.field_manager.clone().unwrap_or_else(|| "kubectl".into());
    Manager { name, applies, subresource: subresource.into() }
}

#[cfg(test)]
mod tests;
