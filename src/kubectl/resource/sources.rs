//! What a builder asks for, settled: which files, selections and names are visited, and which combinations of them make
//! no sense (upstream `visitorResult` of `resource/builder.go`).

use super::files::File;
use super::mapping::kind_of_word;
use super::{Builder, Info, Resources, message};
use crate::kubectl::error::CmdError;
use crate::kubectl::print::go::quote;
use crate::resource::Kind;
use crate::resource::selector::Selector;

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
                .map_err(|error| message(format!("the provided selector {} is not valid: {error}", quote(text))))?;
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
