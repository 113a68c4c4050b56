//! A document: its value as Kubernetes reads it, and where each field of it stands in the text.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::source::Source;
use super::tree::{Tree, steps};

/// One document of a source.
#[derive(Clone, Debug)]
pub struct Document {
    /// The value, as the conversion of YAML to JSON gives it.
    pub value: Value,
    /// Where it comes from.
    pub source: Arc<Source>,
    /// Which document of its source this is, from 0; empty ones do not count.
    pub index: usize,
    tree: Arc<Tree>,
    root: u32,
}

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Line of the key, or of the value where there is no key; from 1.
    pub line: usize,
    /// Column, in characters, from 1.
    pub column: usize,
    /// The bytes of the key, none for an item of a list.
    pub key: Option<Range<usize>>,
    /// The bytes of the value.
    pub value: Range<usize>,
    /// Whether the field itself was found, rather than the nearest parent that exists.
    pub exact: bool,
}

/// A key that stands twice in one map. The later one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The field path.
    pub path: String,
    /// The one that came first.
    pub first: Span,
    /// The one that repeats it.
    pub second: Span,
}

impl Document {
    pub(super) fn new(value: Value, source: Arc<Source>, index: usize, tree: Tree) -> Document {
        Document { value, source, index, tree: Arc::new(tree), root: 0 }
    }

    /// Where the field of this path stands, or the nearest of its parents that exists; none for a document that came
    /// without positions.
    #[must_use]
    pub fn locate(&self, field_path: &str) -> Option<Span> {
        self.tree.nodes.get(self.root as usize)?;
        let mut at = self.root;
        for step in steps(field_path) {
            match self.tree.step(&self.source.text, at, step) {
                Some(child) => at = child,
                None => return Some(self.span(at, false)),
            }
        }
        Some(self.span(at, true))
    }

    /// The objects in `items`, each a document with its own positions: for `kind: List`.
    #[must_use]
    pub fn children(&self) -> Vec<Document> {
        let Some(items) = self.value.get("items").and_then(Value::as_array) else { return Vec::new() };
        let list = steps("items").first().and_then(|step| self.tree.step(&self.source.text, self.root, *step));
        let child = |(at, value): (usize, &Value)| {
            let index = format!("{at}");
            let bracket = super::tree::Step::Bracket(&index);
            let root = list.and_then(|list| self.tree.step(&self.source.text, list, bracket)).unwrap_or(self.root);
            Document { value: value.clone(), root, ..self.without_value() }
        };
        items.iter().enumerate().map(child).collect()
    }

    /// The keys that stand twice in one map, in the order of the text.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Duplicate> {
        let Some(root) = self.tree.nodes.get(self.root as usize) else { return Vec::new() };
        let inside = |node: u32| (self.root..root.end).contains(&node);
        let describe = |&(first, second): &(u32, u32)| Duplicate {
            path: self.tree.path(&self.source.text, self.root, second),
            first: self.span(first, true),
            second: self.span(second, true),
        };
        self.tree.duplicates.iter().filter(|(_, second)| inside(*second)).map(describe).collect()
    }

    fn without_value(&self) -> Document {
        let (source, tree) = (Arc::clone(&self.source), Arc::clone(&self.tree));
        Document { value: Value::Null, source, index: self.index, tree, root: self.root }
    }

    fn span(&self, at: u32, exact: bool) -> Span {
        let node = &self.tree.nodes[at as usize];
        let (key, value) = (node.key.map(super::tree::Bytes::range), node.value.range());
        let (line, column) = self.source.line_column(key.as_ref().map_or(value.start, |key| key.start));
        Span { line, column, key, value, exact }
    }
}
