//! Which objects a command is about: the resource builder of cli-runtime (`k8s.io/cli-runtime/pkg/resource`). A verb
//! fills a [`Builder`] from its arguments and flags, makes [`Resources`] of it, and visits them one by one; kubectl's
//! rules on what may be combined, on namespaces, on continuing after errors, and their texts are kept here.

mod args;
mod document;
mod files;
mod info;
mod mapping;
mod sources;
mod visit;

pub use args::has_names;
pub use document::faults;
pub use info::{Info, subresource};
pub use mapping::{kind_of_object, kind_of_word};

use super::error::{CmdError, message};
use super::flags::Parsed;
use super::io::Io;
use super::print::go::quote;
use crate::apiserver::Subresource;
use crate::resource::selector::Selector;
use files::File;

/// `-f`, `-k` and `-R`.
#[derive(Clone, Debug, Default)]
pub struct FilenameOptions {
    /// The files, directories, patterns, or `-` for standard input.
    pub filenames: Vec<String>,
    /// The kustomization directory, empty if none.
    pub kustomize: String,
    /// Whether directories are walked to the bottom.
    pub recursive: bool,
}

impl FilenameOptions {
    /// What the flags of [`super::flags::FILENAME`] say.
    #[must_use]
    pub fn of(line: &Parsed) -> FilenameOptions {
        FilenameOptions {
            filenames: line.list("filename").to_vec(),
            kustomize: line.str("kustomize").to_string(),
            recursive: line.bool("recursive"),
        }
    }

    /// Whether no file was named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filenames.is_empty() && self.kustomize.is_empty()
    }

    /// Fails if no file was named.
    pub fn require(&self) -> Result<(), CmdError> {
        if self.is_empty() { Err(message("must specify one of -f and -k")) } else { Ok(()) }
    }
}

/// What a verb asks for; each method is the one of the same name of cli-runtime's builder, and their order matters
/// where it matters there.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is one of cli-runtime's switches, set by its own method
pub struct Builder {
    namespace: String,
    default_namespace: bool,
    require_namespace: bool,
    all_namespaces: bool,
    continue_on_error: bool,
    flatten: bool,
    latest: bool,
    local: bool,
    no_object: bool,
    single_resource_type: bool,
    select_all: bool,
    schema: bool,
    stream: bool,
    files: Vec<File>,
    label_selector: Option<String>,
    field_selector: Option<String>,
    /// The label selector for objects of files, which no server chooses.
    file_selector: Selector,
    types: Vec<String>,
    names: Vec<String>,
    tuples: Vec<(String, String)>,
    subresource: Option<Subresource>,
    errors: Vec<CmdError>,
}

/// The objects asked for, not yet read.
pub struct Resources {
    builder: Builder,
    sources: Result<Vec<sources::Source>, CmdError>,
    /// Whether the words can only mean one object, so that it is not printed as a list.
    pub single_item_implied: bool,
    /// Whether the objects were named one by one (by name or file), not selected.
    pub targets_single_items: bool,
}

impl Builder {
    /// A builder for the namespace of a command line: objects without one get it, with `-n` none may have another.
    #[must_use]
    pub fn for_line(line: &Parsed) -> Builder {
        Builder::new(line.namespace()).default_namespace()
    }

    /// A builder for a namespace.
    #[must_use]
    pub fn new(namespace: &str) -> Builder {
        Builder { namespace: namespace.to_string(), ..Builder::default() }
    }

    /// Objects without a namespace get the builder's.
    #[must_use]
    pub fn default_namespace(mut self) -> Builder {
        self.default_namespace = true;
        self
    }

    /// Visits everything there is, and reports all failures at the end.
    #[must_use]
    pub fn continue_on_error(mut self) -> Builder {
        self.continue_on_error = true;
        self
    }

    /// Checks that each document of a file says what it is (`--validate` other than `ignore`).
    #[must_use]
    pub fn schema(mut self, validate: bool) -> Builder {
        self.schema = validate;
        self
    }

    /// Lists are taken apart.
    #[must_use]
    pub fn flatten(mut self) -> Builder {
        self.flatten = true;
        self
    }

    /// Objects from files are read anew from the server.
    #[must_use]
    pub fn latest(mut self) -> Builder {
        self.latest = true;
        self
    }

    /// The server is not asked (`--local`).
    #[must_use]
    pub fn local(mut self, local: bool) -> Builder {
        self.local |= local;
        self
    }

    /// Whether each info must come with its object; if not, named objects are not read.
    #[must_use]
    pub fn require_object(mut self, require: bool) -> Builder {
        self.no_object = !require;
        self
    }

    /// More than one type of resource is an error.
    #[must_use]
    pub fn single_resource_type(mut self) -> Builder {
        self.single_resource_type = true;
        self
    }

    /// Reads and writes this part of the objects.
    #[must_use]
    pub fn subresource(mut self, subresource: Option<Subresource>) -> Builder {
        self.subresource = subresource;
        self
    }

    /// `-A`.
    #[must_use]
    pub fn all_namespaces(mut self, all: bool) -> Builder {
        if all {
            self.namespace.clear();
        }
        self.all_namespaces = all;
        self
    }

    /// `-l`; empty for none.
    #[must_use]
    pub fn label_selector(mut self, text: &str) -> Builder {
        match text.trim() {
            "" => {}
            _ if self.select_all => self.errors.push(message(format!(
                "found non-empty label selector {} with previously set 'all' parameter. ",
                quote(text)
            ))),
            selector => self.label_selector = Some(selector.to_string()),
        }
        self
    }

    /// `--field-selector`; empty for none.
    #[must_use]
    pub fn field_selector(mut self, text: &str) -> Builder {
        match text.trim() {
            "" => {}
            _ if self.select_all => self.errors.push(message(format!(
                "found non-empty field selector {} with previously set 'all' parameter. ",
                quote(text)
            ))),
            selector => self.field_selector = Some(selector.to_string()),
        }
        self
    }

    /// `--all`.
    #[must_use]
    pub fn select_all(mut self, all: bool) -> Builder {
        if all && (self.label_selector.is_some() || self.field_selector.is_some()) {
            self.errors.push(message("setting 'all' parameter but found a non empty selector. "));
        } else {
            self.select_all = all;
        }
        self
    }

    /// The objects of `-f`, `-k` and `-R`; with `enforce` objects of another namespace are refused.
    #[must_use]
    pub fn filenames(mut self, enforce: bool, options: &FilenameOptions, io: &mut Io<'_>) -> Builder {
        files::expand(&mut self, options, io);
        if self.errors.is_empty() {
            self.require_namespace |= enforce;
        }
        self
    }

    /// The objects of a text at hand, which errors call `name`.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Builder {
        files::text(&mut self, name, text);
        self
    }

    /// Arguments `TYPE[,TYPE]`, `TYPE NAME...` or `TYPE/NAME...`; types alone mean all of their objects if
    /// `allow_empty_selector`.
    #[must_use]
    pub fn type_or_name_args(mut self, allow_empty_selector: bool, words: &[String]) -> Builder {
        args::type_or_name(&mut self, allow_empty_selector, words);
        self
    }

    /// Arguments `NAME...` of this type, or `TYPE/NAME...`.
    #[must_use]
    pub fn resource_names(mut self, resource: &str, words: &[String]) -> Builder {
        args::names(&mut self, resource, words);
        self
    }
}

#[cfg(test)]
mod tests;
