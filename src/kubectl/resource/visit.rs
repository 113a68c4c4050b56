//! Visiting the objects of a builder one by one, with cli-runtime's rules on what a failure stops and how several are
//! nested: kubectl's texts differ between a failure and a list of one failure.

use serde_json::Value;

use super::document::{self, is_list, metadata_fault};
use super::files;
use super::mapping::kind_of_object;
use super::sources::Source;
use super::{Info, Resources, message};
use crate::apiserver::{Api, Request};
use crate::kubectl::Io;
use crate::kubectl::error::CmdError;
use crate::kubectl::print::go::quote;
use crate::resource::Kind;

type Outcome = Result<(), CmdError>;
/// What is done with each object.
type Visit<'v> = dyn FnMut(Info, &mut dyn Api, &mut Io<'_>) -> Outcome + 'v;
/// What is done with each object or with why there is none.
type Step<'v> = dyn FnMut(Result<Info, CmdError>, &mut dyn Api, &mut Io<'_>) -> Outcome + 'v;

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
                let name = files::name(file);
                for document in documents {
                    if self.builder.schema {
                        document::validate(&document, name)?;
                    }
                    step(document::info(document, name, self.builder.local), api, io)?;
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
        let options = request.options.clone();
        io.send(api, request).map(|response| response.object).map_err(|mut status| {
            if matches!(status.reason, "BadRequest" | "NotFound") {
                let resource = quote(&gvr(kind));
                let plain = |text: Option<String>| quote(&text.unwrap_or_default());
                let what = if options.label_selector.is_none() && options.field_selector.is_none() {
                    format!("list {resource}")
                } else {
                    let (label, field) = (plain(options.label_selector), plain(options.field_selector));
                    format!("find {resource} that match label selector {label}, field selector {field}")
                };
                status.message = format!("Unable to {what}: {}", status.message);
            }
            status.into()
        })
    }

    /// Takes lists apart, then goes on with what applies to objects of files only.
    fn flattened(&self, info: Info, api: &mut dyn Api, io: &mut Io<'_>, leaf: &mut Visit<'_>) -> Outcome {
        if !self.builder.flatten || !is_list(&info.object) {
            return self.filtered(info, api, io, leaf);
        }
        let Info { object, source, .. } = info;
        let mut errors = Vec::new();
        for item in document::items(object) {
            let fault = if source.is_empty() { None } else { metadata_fault(&item) };
            let result = match (kind_of_object(&item), fault) {
                (_, Some(why)) => Err(message(why)),
                (Err(why), None) if !self.builder.local => Err(message(format!("unable to recognize {why}"))),
                (kind, None) => {
                    let mapping = kind.ok().filter(|_| !self.builder.local);
                    self.filtered(Info::of(mapping, item, &source), api, io, leaf)
                }
            };
            errors.extend(result.err());
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
                    "the namespace from the provided object {} does not match the namespace {}. You must pass \
                     '--namespace={}' to perform this operation.",
                    quote(&info.namespace),
                    quote(&builder.namespace),
                    info.namespace
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

/// `apps/v1, Resource=statefulsets`.
fn gvr(kind: Kind) -> String {
    let info = kind.info();
    format!("{}/{}, Resource={}", info.group, info.version, info.plural)
}
