//! The files of `-f`: which they are and what documents they hold is [`crate::manifest`]'s business; here they become
//! sources of the builder.

use std::sync::Arc;

use serde_json::Value;

use super::{Builder, FilenameOptions, Io, message};
use crate::kubectl::error::CmdError;
use crate::manifest::{self, Problem, Source};

/// One file, read.
pub(super) type File = Result<Arc<Source>, Problem>;

/// Adds the files to the builder, in the order in which kubectl reads them.
pub(super) fn expand(builder: &mut Builder, options: &FilenameOptions, io: &mut Io<'_>) {
    if !options.kustomize.is_empty() {
        let why = if !options.filenames.is_empty() {
            "only one of -f or -k can be specified"
        } else if options.recursive {
            "the -k flag can't be used with -f or -R"
        } else {
            "this lab does not model kustomization directories (-k) yet"
        };
        return builder.errors.push(message(why));
    }
    let dir = io.dir.clone();
    match manifest::collect(&options.filenames, options.recursive, &dir, &mut io.stdin()) {
        Ok(sources) => builder.files.extend(sources.into_iter().map(|source| source.map(Arc::new))),
        Err(problems) => builder.errors.extend(problems.iter().map(|problem| message(problem.to_string()))),
    }
    builder.stream |= options.filenames.iter().any(|name| name == "-");
}

/// Adds a text to the builder.
pub(super) fn text(builder: &mut Builder, name: &str, text: &str) {
    builder.files.push(Ok(Arc::new(Source::new(name, text))));
    builder.stream = true;
}

/// The documents of a file up to its first fault, and that fault.
pub(super) fn documents(file: &File) -> (Vec<Value>, Result<(), CmdError>) {
    let failed = |problem: &Problem| Err(message(problem.to_string()));
    match file {
        Err(problem) => (Vec::new(), failed(problem)),
        Ok(source) => {
            let (documents, problem) = manifest::parse(Arc::clone(source));
            let values = documents.into_iter().map(|document| document.value).collect();
            (values, problem.as_ref().map_or(Ok(()), failed))
        }
    }
}

/// The name that errors give a file.
pub(super) fn name(file: &File) -> &str {
    file.as_ref().map_or("", |source| &source.name)
}
