//! Where every value of a document stands: a flat tree in document order, small enough to keep beside the value. Names
//! of keys are not copied: they are read again from the text, on the rare occasion that somebody asks.

use std::ops::Range;

use super::reader::key_name;

/// Repeated keys that are worth remembering.
const MAX_DUPLICATES: usize = 100;

/// A range of bytes of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bytes {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Bytes {
    /// The range as indexing wants it.
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What stands at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    Scalar,
    Map,
    List,
    /// A `*name` that stands for the node of this index.
    Alias(u32),
}

/// A value, and its key if it stands in a map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) key: Option<Bytes>,
    pub(super) value: Bytes,
    pub(super) shape: Shape,
    /// The key is `<<`: what is in the value counts as if it stood in the map around it.
    pub(super) merge: bool,
    /// The index after the last node inside this one.
    pub(super) end: u32,
}

/// One step of a field path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step<'a> {
    Name(&'a str),
    /// `[0]` in a list, `[key]` in a map.
    Bracket(&'a str),
}

/// The nodes of a document, parents before children; the root is the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// Keys that stand twice in one map: the nodes of the first and of the later one.
    pub(super) duplicates: Vec<(u32, u32)>,
}

impl Tree {
    /// Adds a node, yet without an end.
    pub(super) fn open(&mut self, key: Option<Bytes>, start: usize, shape: Shape) -> u32 {
        let at = self.nodes.len() as u32;
        let value = Bytes { start: start as u32, end: start as u32 };
        self.nodes.push(Node { key, value, shape, merge: false, end: at + 1 });
        at
    }

    /// Ends a node at byte `end` of the text, with all nodes added since it was opened inside it.
    pub(super) fn close(&mut self, at: u32, end: usize) {
        let after = self.nodes.len() as u32;
        let node = &mut self.nodes[at as usize];
        node.value.end = (end as u32).max(node.value.start);
        node.end = after;
    }

    /// The byte after the last value inside a node that is still open, or its start if there is none.
    pub(super) fn content_end(&mut self, at: u32) -> usize {
        self.nodes[at as usize].end = self.nodes.len() as u32;
        let start = self.nodes[at as usize].value.start;
        self.children(at).last().map_or(start, |child| self.nodes[child as usize].value.end) as usize
    }

    /// The nodes directly inside a node.
    pub(super) fn children(&self, at: u32) -> impl Iterator<Item = u32> {
        let end = self.nodes[at as usize].end;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.nodes[child as usize].end;
            Some(child)
        })
    }

    /// The node one step below `at`; of keys that stand twice, the one that counts.
    pub(super) fn step(&self, text: &str, at: u32, step: Step) -> Option<u32> {
        let at = self.target(at);
        match (self.nodes[at as usize].shape, step) {
            (Shape::Map, Step::Name(name) | Step::Bracket(name)) => self.named(text, at, name),
            (Shape::List, Step::Bracket(index)) => self.children(at).nth(index.parse().ok()?),
            _ => None,
        }
    }

    fn named(&self, text: &str, at: u32, name: &str) -> Option<u32> {
        let mut found = None;
        for child in self.children(at) {
            let node = &self.nodes[child as usize];
            if node.merge {
                found = self.merged(text, child, name).or(found);
            } else if node.key.is_some_and(|key| key_name(&text[key.range()]) == name) {
                found = Some(child);
            }
        }
        found
    }

    fn merged(&self, text: &str, at: u32, name: &str) -> Option<u32> {
        let at = self.target(at);
        match self.nodes[at as usize].shape {
            Shape::Map => self.named(text, at, name),
            Shape::List => self.children(at).find_map(|child| self.merged(text, child, name)),
            _ => None,
        }
    }

    fn target(&self, mut at: u32) -> u32 {
        while let Shape::Alias(target) = self.nodes[at as usize].shape {
            at = target;
        }
        at
    }

    /// Notes that the key of `child`, the last node so far, stands in `map` already, unless only a merge put it there.
    pub(super) fn repeated(&mut self, text: &str, map: u32, child: u32, name: &str) {
        if self.duplicates.len() < MAX_DUPLICATES {
            self.nodes[map as usize].end = self.nodes.len() as u32;
            if let Some(first) = self.earlier(text, map, child, name) {
                self.duplicates.push((first, child));
            }
        }
    }

    /// The child of `at` whose own key is `name`, among those before `before`.
    fn earlier(&self, text: &str, at: u32, before: u32, name: &str) -> Option<u32> {
        self.children(at).take_while(|child| *child < before).find(|child| {
            let node = &self.nodes[*child as usize];
            !node.merge && node.key.is_some_and(|key| key_name(&text[key.range()]) == name)
        })
    }

    /// The field path of a node, seen from `root`.
    pub(super) fn path(&self, text: &str, root: u32, wanted: u32) -> String {
        let (mut path, mut at) = (String::new(), root);
        while at != wanted {
            let inside = |child: &(usize, u32)| (child.1..self.nodes[child.1 as usize].end).contains(&wanted);
            let Some((index, child)) = self.children(at).enumerate().find(inside) else { break };
            match self.nodes[child as usize].key {
                None => path.extend(["[", &index.to_string(), "]"]),
                Some(key) => push_name(&mut path, &key_name(&text[key.range()])),
            }
            at = child;
        }
        path
    }
}

fn push_name(path: &mut String, name: &str) {
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    } else {
        path.extend(["[", name, "]"]);
    }
}

/// The steps of a field path: `spec.containers[0].image`, `metadata.labels[app.kubernetes.io/name]`.
pub(super) fn steps(path: &str) -> Vec<Step<'_>> {
    let (mut steps, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(']').unwrap_or(inside.len());
            steps.push(Step::Bracket(&inside[..end]));
            rest = inside.get(end + 1..).unwrap_or("");
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end > 0 {
                steps.push(Step::Name(&rest[..end]));
            }
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    steps
}
