//! Visiting the objects of a builder one by one, with cli-runtime's rules on what a failure stops and how several are
//! nested: kubectl's texts differ between a failure and a list of one failure.

use serde_json::{Value, json};

use super::files::{self, File};
use super::mapping::{is_known_list, kind_of_object, kind_of_word};
use super::{Builder, Info, Resources, message};
use crate::apiserver::decode::decode;
use crate::apiserver::{Api, FieldValidation, Request};
use crate::kubectl::Io;
use crate::kubectl::error::CmdError;
use crate::kubectl::print::go;
use crate::resource::Kind;
use crate::resource::selector::Selector;

type Outcome = Result<(), CmdError>;
/// What is done with each object.
type Visit<'v> = dyn FnMut(Info, &mut dyn Api, &mut Io<'_>) -> Outcome + 'v;
/// What is done with each object or with why there is none.
type Step<'v> = dyn FnMut(Result<Info, CmdError>, &mut dyn Api, &mut Io<'_>) -> Outcome + 'v;

/// Where objects come from.
#[derive(Debug)]
pub(super) enum Source {
    File(File),
    Selector(Kind),
    Named(Box<Info>),
}

impl Builder {
    /// Settles what is to be visited; failures are kept until then.
    #[must_use]
    pub fn build(mut self) -> Resources {
        let sources = self.sources();
        let single_item_implied = if self.files.is_empty() {
            self.names.len() == 1 || self.tuples.len() == 1
        } else {
            !self.stream && self.files.len() == 1
        };
        let by_selector = self.files.is_empty() && (self.label_selector.is_some() || self.field_selector.is_some());
        let single_item_implied = single_item_implied && !by_selector;
        Resources { builder: self, sources, single_item_implied, targets_single_items: !by_selector }
    }

    fn sources(&mut self) -> Result<Vec<Source>, CmdError> {
        CmdError::aggregate(std::mem::take(&mut self.errors))?;
        if self.select_all {
            self.label_selector = Some(String::new());
        }
        if !self.files.is_empty() {
            self.by_paths()
        } else if self.label_selector.is_some() || self.field_selector.is_some() {
            self.by_selector()
        } else if !self.tuples.is_empty() {
            self.by_tuples()
        } else if !self.names.is_empty() {
            self.by_names()
        } else if self.types.is_empty() {
            Err(message(
                "You must provide one or more resources by argument or filename.\n\
                Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   \
                '<resource> <name>'\n   '<resource>'",
            ))
        } else {
            self.kinds()?;
            Err(message("resource(s) were provided, but no name was specified"))
        }
    }

    fn by_paths(&mut self) -> Result<Vec<Source>, CmdError> {
        if !self.types.is_empty() {
            return Err(message(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        if !self.names.is_empty() {
            return Err(message("name cannot be provided when a path is specified"));
        }
        if !self.tuples.is_empty() {
            return Err(message("resource/name arguments cannot be provided when a path is specified"));
        }
        if let Some(text) = &self.label_selector {
            self.file_selector = Selector::parse(text)
                .map_err(|error| message(format!("the provided selector {text:?} is not valid: {error}")))?;
        }
        Ok(self.files.iter().cloned().map(Source::File).collect())
    }

    fn by_selector(&mut self) -> Result<Vec<Source>, CmdError> {
        let wrong = if !self.names.is_empty() {
            "name cannot be provided when a selector is specified"
        } else if !self.tuples.is_empty() {
            "selectors and the all flag cannot be used when passing resource/name arguments"
        } else if self.types.is_empty() {
            "at least one resource must be specified to use a selector"
        } else if self.subresource.is_some() {
            "subresource cannot be used when bulk resources are specified"
        } else {
            return Ok(self.kinds()?.into_iter().map(Source::Selector).collect());
        };
        Err(message(wrong))
    }

    fn by_tuples(&mut self) -> Result<Vec<Source>, CmdError> {
        if !self.types.is_empty() {
            return Err(message("you may not specify individual resources and bulk resources in the same call"));
        }
        let kinds: Vec<Kind> = self.tuples.iter().map(|(word, _)| kind_of_word(word)).collect::<Result<_, _>>()?;
        if self.single_resource_type && kinds.iter().any(|k| *k != kinds[0]) {
            return Err(message("you may only specify a single resource type"));
        }
        let named = kinds.into_iter().zip(&self.tuples);
        named.map(|(kind, (_, name))| self.named(kind, name)).collect()
    }

    fn by_names(&mut self) -> Result<Vec<Source>, CmdError> {
        if self.types.is_empty() {
            return Err(message("you must provide a resource and a resource name together"));
        }
        if self.types.len() > 1 {
            return Err(message("you must specify only one resource"));
        }
        let kind = kind_of_word(&self.types[0])?;
        self.names.iter().map(|name| self.named(kind, name)).collect()
    }

    fn named(&self, kind: Kind, name: &str) -> Result<Source, CmdError> {
        if kind.info().namespaced && self.namespace.is_empty() {
            let why = if self.all_namespaces {
                "a resource cannot be retrieved by name across all namespaces"
            } else {
                "namespace may not be empty when retrieving a resource by name"
            };
            return Err(message(why));
        }
        let namespace = if kind.info().namespaced { self.namespace.as_str() } else { "" };
        Ok(Source::Named(Box::new(Info { subresource: self.subresource, ..Info::named(kind, namespace, name) })))
    }

    fn kinds(&self) -> Result<Vec<Kind>, CmdError> {
        if self.types.len() > 1 && self.single_resource_type {
            return Err(message("you may only specify a single resource type"));
        }
        let mut kinds = Vec::new();
        for word in &self.types {
            let kind = kind_of_word(word)?;
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }
}

impl Resources {
    /// Fails if the words make no sense, before anything is read.
    pub fn check(&self) -> Result<(), CmdError> {
        self.sources.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Visits each object in order.
    pub fn visit(&self, api: &mut dyn Api, io: &mut Io<'_>, visit: &mut Visit<'_>) -> Outcome {
        let sources = self.sources.as_ref().map_err(Clone::clone)?;
        let mut leaf = |mut info: Info, api: &mut dyn Api, io: &mut Io<'_>| {
            self.decorate(&mut info, api, io)?;
            visit(info, api, io)
        };
        if !self.builder.continue_on_error {
            return self.walk(sources, api, io, &mut leaf);
        }
        let mut errors = Vec::new();
        let result = self.walk(sources, api, io, &mut |info, api, io| {
            errors.extend(leaf(info, api, io).err());
            Ok(())
        });
        errors.extend(result.err());
        CmdError::aggregate_or_one(errors)
    }

    /// All objects, and what went wrong on the way; without `continue_on_error` the first failure ends the list.
    pub fn infos(&self, api: &mut dyn Api, io: &mut Io<'_>) -> (Vec<Info>, Outcome) {
        let mut infos = Vec::new();
        let outcome = self.visit(api, io, &mut |info, _, _| {
            infos.push(info);
            Ok(())
        });
        (infos, outcome)
    }

    fn walk(&self, sources: &[Source], api: &mut dyn Api, io: &mut Io<'_>, leaf: &mut Visit<'_>) -> Outcome {
        let eager = self.builder.continue_on_error && self.builder.names.is_empty();
        let files = !self.builder.files.is_empty();
        let mut errors = Vec::new();
        for source in sources {
            let result = self.source(source, api, io, &mut |info, api, io| {
                let result = info.and_then(|info| self.flattened(info, api, io, leaf));
                match result {
                    Err(error) if eager => {
                        errors.push(error);
                        Ok(())
                    }
                    other => other,
                }
            });
            match result {
                Ok(()) => {}
                Err(error) if eager || files => errors.push(error),
                Err(error) => return Err(error),
            }
        }
        if eager {
            return CmdError::aggregate(errors);
        }
        // Files are independent of each other even without continuing: all are tried, the first failure counts.
        errors.into_iter().next().map_or(Ok(()), Err)
    }

    fn source(&self, source: &Source, api: &mut dyn Api, io: &mut Io<'_>, step: &mut Step<'_>) -> Outcome {
        match source {
            Source::Named(info) => step(Ok(info.as_ref().clone()), api, io),
            Source::Selector(kind) => {
                let list = self.list(*kind, api, io)?;
                step(Ok(Info::of(Some(*kind), list, "")), api, io)
            }
            Source::File(file) => {
                let (documents, fault) = files::documents(file);
                for document in documents {
                    self.validate(&document, files::name(file))?;
                    step(self.info_of(document, files::name(file)), api, io)?;
                }
                fault
            }
        }
    }

    fn list(&self, kind: Kind, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
        let builder = &self.builder;
        let namespace = Some(builder.namespace.as_str()).filter(|n| !n.is_empty());
        let mut request = Request::list(kind, namespace);
        let text = |s: &Option<String>| s.clone().filter(|s| !s.is_empty());
        request.options.label_selector = text(&builder.label_selector);
        request.options.field_selector = text(&builder.field_selector);
        let request_options = request.options.clone();
        match io.send(api, request) {
            Ok(response) => Ok(response.object),
            Err(mut status) => {
                if matches!(status.reason, "BadRequest" | "NotFound") {
                    let (label, field) = (&request_options.label_selector, &request_options.field_selector);
                    let plain = |s: &Option<String>| s.clone().unwrap_or_default();
                    let what = match (label, field) {
                        (None, None) => format!("Unable to list {:?}", gvr(kind)),
                        (label, field) => format!(
                            "Unable to find {:?} that match label selector {:?}, field selector {:?}",
                            gvr(kind),
                            plain(label),
                            plain(field)
                        ),
                    };
                    status.message = format!("{what}: {}", status.message);
                }
                Err(status.into())
            }
        }
    }

    /// The client's own check of a document: whether it says what it is.
    fn validate(&self, document: &Value, source: &str) -> Outcome {
        if !self.builder.schema {
            return Ok(());
        }
        let mut faults = Vec::new();
        if let Some(object) = document.as_object() {
            match object.get("apiVersion") {
                None | Some(Value::Null) => faults.push("apiVersion not set".to_string()),
                Some(Value::String(text)) if text.matches('/').count() > 1 => {
                    faults.push(format!("unexpected GroupVersion string: {text}"));
                }
                Some(Value::String(_)) => {}
                Some(_) => faults.push("apiVersion isn't string type".to_string()),
            }
            match object.get("kind") {
                None | Some(Value::Null) => faults.push("kind not set".to_string()),
                Some(Value::String(_)) => {}
                Some(_) => faults.push("kind isn't string type".to_string()),
            }
        } else {
            faults.push("invalid object to validate".to_string());
        }
        let why = match faults.as_slice() {
            [] => return Ok(()),
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        Err(message(format!(
            "error validating {source:?}: error validating data: {why}; if you choose to ignore these errors, turn \
             validation off with --validate=false"
        )))
    }

    /// What a document of a file is.
    fn info_of(&self, document: Value, source: &str) -> Result<Info, CmdError> {
        if document["kind"].as_str().unwrap_or_default().is_empty() {
            return Err(message(format!(
                "unable to decode {source:?}: Object 'Kind' is missing in '{}'",
                go::json(&document)
            )));
        }
        if let Some(why) = metadata_fault(&document) {
            return Err(message(format!("unable to decode {source:?}: {why}")));
        }
        let kind = kind_of_object(&document);
        // Without a server nobody knows the kind's scope.
        let info = Info::of(kind.as_ref().ok().copied().filter(|_| !self.builder.local), document, source);
        let Err(why) = kind else { return Ok(info) };
        if self.builder.local || (is_list(&info.object) && is_known_list(&info.object)) {
            return Ok(info);
        }
        Err(message(format!(
            "resource mapping not found for name: {:?} namespace: {:?} from {source:?}: {why}\nensure CRDs are installed \
             first",
            info.name, info.namespace
        )))
    }

    /// Takes lists apart, then goes on with what applies to objects of files only.
    fn flattened(&self, info: Info, api: &mut dyn Api, io: &mut Io<'_>, leaf: &mut Visit<'_>) -> Outcome {
        if !self.builder.flatten || !is_list(&info.object) {
            return self.filtered(info, api, io, leaf);
        }
        let list_kind = info.object["kind"].as_str().unwrap_or_default().to_string();
        let list_version = info.object["apiVersion"].clone();
        let Value::Array(mut items) = info.object["items"].clone() else { return Ok(()) };
        let mut errors = Vec::new();
        while !items.is_empty() {
            let mut nested = Vec::new();
            for mut item in items {
                if let Some(inner) = item.get_mut("items").and_then(Value::as_array_mut) {
                    nested.append(inner);
                    continue;
                }
                if item["kind"].is_null() && item["apiVersion"].is_null() && item.is_object() {
                    item["kind"] = list_kind.trim_end_matches("List").into();
                    item["apiVersion"] = list_version.clone();
                }
                let result = match kind_of_object(&item) {
                    Err(why) if !self.builder.local => Err(message(format!("unable to recognize {why}"))),
                    kind => {
                        let mapping = kind.ok().filter(|_| !self.builder.local);
                        self.filtered(Info::of(mapping, item, &info.source), api, io, leaf)
                    }
                };
                errors.extend(result.err());
            }
            items = nested;
        }
        CmdError::aggregate(errors)
    }

    fn filtered(&self, mut info: Info, api: &mut dyn Api, io: &mut Io<'_>, leaf: &mut Visit<'_>) -> Outcome {
        let builder = &self.builder;
        if builder.files.is_empty() {
            return leaf(info, api, io);
        }
        if builder.latest {
            if builder.default_namespace {
                self.set_namespace(&mut info);
            }
            if !info.name.is_empty() {
                info.get(api, io)?;
            }
        }
        if !builder.file_selector.matches_json(&info.object["metadata"]["labels"]) {
            return Ok(());
        }
        leaf(info, api, io)
    }

    fn set_namespace(&self, info: &mut Info) {
        if info.namespaced() && info.namespace.is_empty() {
            info.set_namespace(&self.builder.namespace);
        }
    }

    /// What every object goes through before the verb sees it.
    fn decorate(&self, info: &mut Info, api: &mut dyn Api, io: &mut Io<'_>) -> Outcome {
        let builder = &self.builder;
        if builder.default_namespace {
            self.set_namespace(info);
        }
        if builder.require_namespace && info.namespaced() {
            self.set_namespace(info);
            if info.namespace != builder.namespace {
                return Err(message(format!(
                    "the namespace from the provided object {:?} does not match the namespace {:?}. You must pass \
                     '--namespace={}' to perform this operation.",
                    info.namespace, builder.namespace, info.namespace
                )));
            }
        }
        if !info.namespaced() {
            info.set_namespace("");
        }
        if info.object.is_null() && !builder.no_object {
            info.get(api, io)?;
        }
        Ok(())
    }
}

/// What is wrong with the types in an object's metadata (`metadataValidatingDecoder`), in the decoder's own words.
fn metadata_fault(object: &Value) -> Option<String> {
    let metadata = object.get("metadata")?;
    let bare = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
    let status = decode(Kind::Namespace, bare, FieldValidation::Ignore).err()?;
    let (_, why) = status.message.split_once("json: ")?;
    Some(format!("json: {}", why.replace("field Namespace.", "field metadataOnlyObject.")))
}

/// Whether an object is a list: it has `items`.
fn is_list(object: &Value) -> bool {
    object["items"].is_array()
}

/// `apps/v1, Resource=statefulsets`.
fn gvr(kind: Kind) -> String {
    let info = kind.info();
    format!("{}/{}, Resource={}", info.group, info.version, info.plural)
}
