//! One object a command is about, before and after it was read.

use serde_json::{Map, Value};

use super::message;
use crate::apiserver::{Api, Request, Subresource};
use crate::kubectl::Io;
use crate::kubectl::error::CmdError;
use crate::kubectl::flags::Parsed;
use crate::kubectl::print::go::quote;
use crate::resource::Kind;

/// One object a command is about.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// What it is; `None` only for objects of a builder that is local, of a kind that is unknown.
    pub mapping: Option<Kind>,
    /// Its namespace, empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The file it came from, empty if it was named on the command line.
    pub source: String,
    /// The object, null if it has not been read.
    pub object: Value,
    /// The part of it that is read.
    pub subresource: Option<Subresource>,
}

impl Info {
    /// An object that was not read yet.
    #[must_use]
    pub fn named(kind: Kind, namespace: &str, name: &str) -> Info {
        Info { mapping: Some(kind), namespace: namespace.into(), name: name.into(), ..Info::default() }
    }

    /// An object at hand.
    #[must_use]
    pub fn of(mapping: Option<Kind>, object: Value, source: &str) -> Info {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_string();
        Info {
            mapping,
            namespace: text("namespace"),
            name: text("name"),
            source: source.into(),
            object,
            subresource: None,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Result<Kind, CmdError> {
        self.mapping.ok_or_else(|| message(format!("the kind of {} is not known", quote(&self.name))))
    }

    /// Whether it belongs to a namespace.
    #[must_use]
    pub fn namespaced(&self) -> bool {
        self.mapping.map_or(!self.namespace.is_empty(), |kind| kind.info().namespaced)
    }

    /// `statefulsets/web`.
    #[must_use]
    pub fn object_name(&self) -> String {
        match self.mapping {
            Some(kind) => format!("{}/{}", kind.info().plural, self.name),
            None => format!("{}/{}", self.object["kind"].as_str().unwrap_or_default().to_lowercase(), self.name),
        }
    }

    /// The two lines by which kubectl's errors describe an object: resource and kind, name and namespace.
    #[must_use]
    pub fn describe(&self) -> String {
        let basic = format!("Name: {}, Namespace: {}", quote(&self.name), quote(&self.namespace));
        let Some(info) = self.mapping.map(Kind::info) else { return basic };
        let version = format!("{}/{}", info.group, info.version);
        format!(
            "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\n{basic}",
            info.plural, info.name
        )
    }

    /// The request that reads it.
    pub fn get_request(&self) -> Result<Request, CmdError> {
        check_segment("resource", &self.name)?;
        let request = Request::get(self.kind()?, &self.namespace, &self.name);
        Ok(match self.subresource {
            Some(subresource) => request.subresource(subresource),
            None => request,
        })
    }

    /// Reads it from the server.
    pub fn get(&mut self, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let request = self.get_request()?;
        match io.send(api, request) {
            Ok(response) => {
                self.object = response.object;
                Ok(())
            }
            Err(status) if status.is_not_found() && !matches!(self.namespace.as_str(), "" | "default") => {
                // A missing namespace is the better explanation of a missing object.
                match io.send(api, Request::get(Kind::Namespace, "", &self.namespace)) {
                    Err(missing) if missing.is_not_found() => Err(missing.into()),
                    _ => Err(status.into()),
                }
            }
            Err(status) => Err(status.into()),
        }
    }

    /// Takes over what the server answered.
    pub fn refresh(&mut self, object: Value) {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_string();
        (self.name, self.namespace) = (text("name"), text("namespace"));
        self.object = object;
    }

    /// Sets the namespace, in the object too.
    pub(super) fn set_namespace(&mut self, namespace: &str) {
        self.namespace = namespace.to_string();
        let Some(object) = self.object.as_object_mut() else { return };
        if namespace.is_empty() {
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.remove("namespace");
            }
            return;
        }
        let metadata = object.entry("metadata").or_insert_with(|| Map::new().into());
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("namespace".into(), namespace.into());
        }
    }
}

/// What `--subresource` says.
pub fn subresource(line: &Parsed) -> Result<Option<Subresource>, CmdError> {
    match line.str("subresource") {
        "" => Ok(None),
        "status" => Ok(Some(Subresource::Status)),
        "scale" => Ok(Some(Subresource::Scale)),
        other => Err(message(format!("this lab does not model the subresource {} yet", quote(other)))),
    }
}

/// Refuses names that no request path can hold (`rest.IsValidPathSegmentName`).
pub(super) fn check_segment(what: &str, name: &str) -> Result<(), CmdError> {
    if name.is_empty() {
        return Err(message(format!("{what} name may not be empty")));
    }
    let mut faults = Vec::new();
    if matches!(name, "." | "..") {
        faults.push(format!("may not be '{name}'"));
    }
    if faults.is_empty() {
        faults.extend(['/', '%'].iter().filter(|c| name.contains(**c)).map(|c| format!("may not contain '{c}'")));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(message(format!("invalid {what} name {}: [{}]", quote(name), faults.join(" "))))
}
