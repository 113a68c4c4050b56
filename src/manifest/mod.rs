//! Manifests: YAML or JSON text to documents as Kubernetes reads them, with a position for every value.
//!
//! [`collect()`] finds the sources that `-f` names, [`parse`] reads the documents of one, [`Document::locate`] tells where
//! a field stands, and [`render`] shows it to a person. Whether a document is a valid object is for `apiserver` to say,
//! and what a `List` means is for `kubectl`.

mod collect;
mod convert;
mod document;
mod glob;
mod json;
mod parse;
mod problem;
mod reader;
mod render;
pub mod shipped;
mod source;
mod suggest;
mod syntax;
mod tree;

pub use collect::collect;
pub use document::{Document, Duplicate, Span};
pub use parse::{parse, yaml_to_json};
pub use problem::Problem;
pub use render::render;
pub use source::Source;
pub use suggest::did_you_mean;

/// Maps and lists inside one another, at most.
pub const MAX_DEPTH: usize = 128;
/// Bytes of one source, at most.
pub const MAX_BYTES: usize = 32 << 20;

#[cfg(test)]
mod tests;
