//! Applying one object: create it if it is not there, else patch it.

use serde_json::Value;

use super::{Apply, patcher};
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::io::Io;
use crate::kubectl::last_applied;
use crate::kubectl::printer::DryRun;
use crate::kubectl::record::record;
use crate::kubectl::resource::Info;

impl Apply<'_> {
    /// Applies one object; `info` then holds it as the server has it.
    pub(super) fn object(&mut self, info: &mut Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        if info.namespaced() {
            self.namespaces.insert(info.namespace.clone());
        }
        if self.line.bool("server-side") {
            return self.on_the_server(info, api, io);
        }
        record(self.line, &mut info.object);
        let generate_name = info.object["metadata"]["generateName"].as_str().unwrap_or_default();
        if info.name.is_empty() && !generate_name.is_empty() {
            return Err(message(format!("from {generate_name}: cannot use generate name with apply")));
        }
        let modified = last_applied::annotated(&info.object);
        match info.get(api, io) {
            Ok(()) => self.patch(info, &modified, api, io),
            Err(error) if error.is_not_found() => self.create(info, modified, api, io),
            Err(error) => {
                let doing = format!("retrieving current configuration of:\n{}\nfrom server for:", info.describe());
                Err(error.with_source(&doing, &info.source))
            }
        }
    }

    fn create(
        &mut self,
        info: &mut Info,
        mut modified: Value,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        prune_nulls(&mut modified);
        info.object = modified;
        if self.writing.dry_run != DryRun::Client {
            let created = self.writing.create(info, &info.object, api, io);
            info.refresh(created.map_err(|e| e.with_source("creating", &info.source))?);
        }
        self.visit(info);
        self.done(info, "created", io)
    }

    fn patch(&mut self, info: &mut Info, modified: &Value, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        self.visit(info);
        if last_applied::of(&info.object).is_none() {
            io.err(format_args!(
                "Warning: resource {} is missing the {} annotation which is required by kubectl apply. kubectl apply \
                 should only be used on resources created declaratively by either kubectl create --save-config or \
                 kubectl apply. The missing annotation will be patched automatically.\n",
                info.object_name(),
                last_applied::ANNOTATION
            ));
        }
        let patched = patcher::patch(self, info, modified, api, io).map_err(|(patch, error)| {
            let doing = format!("applying patch:\n{patch}\nto:\n{}\nfor:", info.describe());
            error.with_source(&doing, &info.source)
        })?;
        let operation = if patched.is_some() { "configured" } else { "unchanged" };
        if let Some(object) = patched {
            info.refresh(object);
        }
        self.warn_if_deleting(info, io);
        self.done(info, operation, io)
    }

    pub(super) fn warn_if_deleting(&self, info: &Info, io: &mut Io<'_>) {
        if info.object["metadata"]["deletionTimestamp"].is_string() {
            let name = &info.name;
            io.err(format_args!("Warning: Detected changes to resource {name} which is currently being deleted.\n"));
        }
    }

    /// Notes an object that is not to be pruned.
    pub(super) fn visit(&mut self, info: &Info) {
        self.visited.extend(info.object["metadata"]["uid"].as_str().map(str::to_string));
    }
}

/// Drops members that are null, as patching would.
fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}
