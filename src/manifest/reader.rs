//! One YAML document to its value and the tree of its positions: go-yaml v2's decoding (`go.yaml.in/yaml/v2`, decode.go)
//! followed by sigs.k8s.io/yaml's conversion to JSON, over the events of `granit_parser`. Bounded in depth and in what
//! aliases may blow up to.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag};
use serde_json::{Map, Value};

use super::MAX_DEPTH;
use super::convert;
use super::problem::Fault;
use super::source::{Source, with_final_break};
use super::syntax;
use super::tree::{Bytes, Shape, Tree};
use crate::resource::yaml::scalar::Scalar;

/// Reads the first document of `chunk`, which is all that kubectl reads of what stands between two `---` lines.
pub(super) fn read(source: &Source, chunk: Range<usize>) -> Result<(Value, Tree), Fault> {
    let text = with_final_break(&source.text[chunk.clone()]);
    if let Some(at) = syntax::control_character(&text) {
        return Err(Fault::yaml("control characters are not allowed", chunk.start + at..chunk.start + at + 1));
    }
    let mut reader = Reader::new(source, &text, chunk.start);
    let outcome = reader.document();
    let ask = !reader.certain && (outcome.is_err() || reader.doubtful);
    let refused = if ask { syntax::fault(source, &text, chunk.start, reader.broken) } else { None };
    match (refused, outcome, reader.late) {
        (Some(fault), ..) | (None, Err(fault), _) => Err(fault),
        (None, Ok(_), Some(late)) => Err(late.fault),
        (None, Ok(value), None) => Ok((value, reader.tree)),
    }
}

/// What a key is called, given its text in the source.
pub(super) fn key_name(key: &str) -> Cow<'_, str> {
    if key.starts_with(['"', '\'']) {
        let mut events = Parser::new_from_str_with_options(key, options());
        let scalar = events.find_map(|event| match event {
            Ok((Event::Scalar(text, ..), _)) => Some(text.into_owned()),
            _ => None,
        });
        return scalar.map_or(key.into(), Cow::Owned);
    }
    match convert::scalar(key, true, "") {
        Ok((resolved, _)) => convert::key(resolved).map_or(key.into(), Cow::Owned),
        Err(_) => key.into(),
    }
}

fn options() -> granit_parser::Options {
    granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true, emit_anchor_events: true }
}

/// An error that go-yaml finds only after it has read and decoded everything; of several, the earlier stage counts.
struct Late {
    stage: u8,
    fault: Fault,
}

const CONVERTING: u8 = 1;
const MARSHALLING: u8 = 2;

/// A node that has a name.
struct Anchor {
    name: String,
    node: u32,
    /// None while the node is still being read.
    content: Option<(Value, u64)>,
}

/// A value and how many nodes go-yaml decodes to get it.
type Decoded = (Value, u64);

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    source: &'a Source,
    base: usize,
    tree: Tree,
    anchors: Vec<Option<Anchor>>,
    depth: usize,
    decoded: u64,
    aliased: u64,
    late: Option<Late>,
    /// The byte of `text` at which the parser gave up.
    broken: Option<usize>,
    /// Something was read on which YAML 1.2 and Kubernetes' YAML may disagree.
    doubtful: bool,
    /// The fault found stands, whatever libyaml says.
    certain: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source, text: &'a str, base: usize) -> Reader<'a> {
        let events = Parser::new_from_str_with_options(text, options());
        let tree = Tree { nodes: Vec::with_capacity(text.len() / 16), duplicates: Vec::new() };
        Reader {
            events,
            source,
            base,
            tree,
            anchors: Vec::new(),
            depth: 0,
            decoded: 1,
            aliased: 0,
            late: None,
            broken: None,
            doubtful: syntax::is_doubtful(text),
            certain: false,
        }
    }

    fn document(&mut self) -> Result<Value, Fault> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd | Event::DocumentEnd => return Ok(Value::Null),
                event => {
                    let (value, _) = self.node(event, span, None)?;
                    // What stands behind the root is libyaml's to judge: kubectl reads no further.
                    self.doubtful |= self.next().is_err();
                    return Ok(value);
                }
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.events.next_event() {
            Some(Ok((Event::UnresolvedAlias(name), span))) => {
                Err(Fault::yaml(format!("unknown anchor '{name}' referenced"), self.range(span)))
            }
            // The parser writes a value that is not there as `~`.
            Some(Ok((Event::Scalar(text, ScalarStyle::Plain, anchor, tag), span)))
                if text == "~" && span.is_empty() =>
            {
                Ok((Event::Scalar("".into(), ScalarStyle::Plain, anchor, tag), span))
            }
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                self.certain |= *error.kind() == ErrorKind::RecursionLimitExceeded;
                self.broken = Some(error.marker().byte_offset().unwrap_or(0));
                Err(syntax::own_fault(self.source, self.base, &error))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The fault, unless a syntax error follows: go-yaml reads the whole document before it decodes any of it.
    fn after_syntax(&mut self, message: impl std::fmt::Display, range: Range<usize>) -> Fault {
        let fault = Fault::yaml(message, range);
        loop {
            match self.next() {
                Err(syntax) => return syntax,
                Ok((Event::DocumentEnd | Event::StreamEnd, _)) => return fault,
                Ok(_) => {}
            }
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        let end = range.end.min(self.source.text.len() - self.base);
        self.base + range.start.min(end)..self.base + end
    }

    fn node(&mut self, event: Event<'a>, span: Span, key: Option<Bytes>) -> Result<Decoded, Fault> {
        self.decoded += 1;
        let range = self.range(span);
        self.doubtful |= is_doubtful(&event);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let at = self.tree.open(key, range.start, Shape::Scalar);
                self.tree.close(at, range.end);
                let (scalar, replaced) = self.scalar(&text, style, tag.as_deref(), &range)?;
                let value = self.value(scalar, replaced.map_or(text, Cow::Owned), &range);
                self.name_anchor(anchor, at)?;
                self.fill_anchor(anchor, &value, 1);
                Ok((value, 1))
            }
            Event::SequenceStart(style, anchor, _) => {
                let at = self.enter(key, &range, Shape::List)?;
                self.name_anchor(anchor, at)?;
                let decoded = self.sequence(at, style)?;
                self.fill_anchor(anchor, &decoded.0, decoded.1);
                self.depth -= 1;
                Ok(decoded)
            }
            Event::MappingStart(style, anchor, _) => {
                let at = self.enter(key, &range, Shape::Map)?;
                self.name_anchor(anchor, at)?;
                let decoded = self.mapping(at, style)?;
                self.fill_anchor(anchor, &decoded.0, decoded.1);
                self.depth -= 1;
                Ok(decoded)
            }
            Event::Alias(id) => self.alias(id, &range, key),
            _ => Err(self.after_syntax("attempted to parse unknown event", range)),
        }
    }

    fn enter(&mut self, key: Option<Bytes>, range: &Range<usize>, shape: Shape) -> Result<u32, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.certain = true;
            return Err(Fault::yaml(format!("exceeded max depth of {MAX_DEPTH}"), range.clone()));
        }
        Ok(self.tree.open(key, range.start, shape))
    }

    fn leave(&mut self, at: u32, style: StructureStyle, end: Span) {
        let end = match style {
            StructureStyle::Flow => self.range(end).end,
            StructureStyle::Block => self.tree.content_end(at),
        };
        self.tree.close(at, end);
    }

    fn sequence(&mut self, at: u32, style: StructureStyle) -> Result<Decoded, Fault> {
        let (mut items, mut size) = (Vec::new(), 1);
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                self.leave(at, style, span);
                return Ok((Value::Array(items), size));
            }
            let (value, nodes) = self.node(event, span, None)?;
            items.push(value);
            size += nodes;
        }
    }

    fn mapping(&mut self, at: u32, style: StructureStyle) -> Result<Decoded, Fault> {
        let (mut map, mut size) = (Map::new(), 1);
        let block = style == StructureStyle::Block;
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                self.leave(at, style, span);
                return Ok((Value::Object(map), size));
            }
            let key_range = self.range(span);
            let merge = is_merge(&event);
            let (name, key_size) = if merge { (Some(String::new()), 0) } else { self.key(event, span, block)? };
            let key = Bytes { start: key_range.start as u32, end: key_range.end as u32 };
            let child = self.tree.nodes.len() as u32;
            let (event, span) = self.next()?;
            let (value, nodes) = self.node(event, span, Some(key))?;
            size += key_size + nodes;
            match name {
                _ if merge => {
                    self.tree.nodes[child as usize].merge = true;
                    self.merge(&mut map, value, &key_range)?;
                }
                None => self.unsupported_key(&key_range, &value),
                Some(name) => {
                    if map.contains_key(&name) {
                        self.tree.repeated(&self.source.text, at, child, &name);
                    }
                    map.insert(name, value);
                }
            }
        }
    }

    /// The name of a key, none if it cannot be one in JSON.
    fn key(&mut self, event: Event<'a>, span: Span, block: bool) -> Result<(Option<String>, u64), Fault> {
        let range = self.range(span);
        if let Event::Scalar(text, style, 0, tag) = event {
            if text.is_empty() && style == ScalarStyle::Plain && block && !self.is_explicit(range.start) {
                self.certain = true;
                return Err(syntax::missing_key(self.source, self.base, range.start));
            }
            self.doubtful |= tag.is_some();
            self.decoded += 1;
            let (scalar, replaced) = self.scalar(&text, style, tag.as_deref(), &range)?;
            let name = match scalar {
                Scalar::Str | Scalar::Timestamp => Some(replaced.unwrap_or_else(|| text.into_owned())),
                other => convert::key(other),
            };
            return Ok((name, 1));
        }
        let nodes = self.tree.nodes.len();
        let (value, size) = self.node(event, span, None)?;
        if nodes > 0 && !self.anchored_since(nodes) {
            self.tree.nodes.truncate(nodes);
        }
        match value {
            Value::String(name) => Ok((Some(name), size)),
            Value::Bool(bool) => Ok((Some(bool.to_string()), size)),
            Value::Number(number) if number.is_u64() && !number.is_i64() => Ok((None, size)),
            Value::Number(number) => Ok((Some(number.to_string()), size)),
            Value::Null => Ok((None, size)),
            map_or_list => {
                let message = format!("invalid map key: {}", convert::go_syntax(&map_or_list));
                Err(self.after_syntax(message, range))
            }
        }
    }

    /// Whether the empty key at `offset` is one that `?` announces.
    fn is_explicit(&self, offset: usize) -> bool {
        self.source.text[..offset].trim_end().ends_with('?')
    }

    fn anchored_since(&self, node: usize) -> bool {
        self.anchors.iter().rev().flatten().any(|anchor| anchor.node as usize >= node)
    }

    fn unsupported_key(&mut self, range: &Range<usize>, value: &Value) {
        let value = if value.is_null() { "<nil>".to_string() } else { convert::go_syntax(value) };
        let (kind, key) = match convert::scalar(&self.source.text[range.clone()], true, "") {
            Ok((Scalar::Uint(number), _)) => ("uint64".to_string(), format!("{number:#x}")),
            _ => ("%!s(<nil>)".to_string(), "<nil>".to_string()),
        };
        let message = format!("unsupported map key of type: {kind}, key: {key}, value: {value}");
        self.defer(CONVERTING, message, range.clone());
    }

    fn merge(&mut self, into: &mut Map<String, Value>, value: Value, range: &Range<usize>) -> Result<(), Fault> {
        let maps = match value {
            Value::Object(map) => vec![Value::Object(map)],
            Value::Array(maps) if maps.iter().all(Value::is_object) => maps,
            _ => {
                let message = "map merge requires map or sequence of maps as the value";
                return Err(self.after_syntax(message, range.clone()));
            }
        };
        for map in maps.into_iter().rev() {
            if let Value::Object(map) = map {
                into.extend(map);
            }
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        range: &Range<usize>,
    ) -> Result<(Scalar, Option<String>), Fault> {
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix())).unwrap_or_default();
        convert::scalar(text, style == ScalarStyle::Plain, &tag)
            .map_err(|message| self.after_syntax(message, range.clone()))
    }

    fn value(&mut self, scalar: Scalar, text: Cow<str>, range: &Range<usize>) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(bool) => Value::Bool(bool),
            Scalar::Int(int) => Value::from(int),
            Scalar::Uint(uint) => Value::from(uint),
            Scalar::Float(float) if float.is_finite() => convert::float(float),
            Scalar::Float(float) => {
                let name = if float.is_nan() {
                    "NaN"
                } else if float > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                self.defer(MARSHALLING, format!("json: unsupported value: {name}"), range.clone());
                Value::Null
            }
            Scalar::Timestamp | Scalar::Str => Value::String(text.into_owned()),
        }
    }

    fn defer(&mut self, stage: u8, message: String, range: Range<usize>) {
        if self.late.as_ref().is_none_or(|late| stage < late.stage) {
            self.late = Some(Late { stage, fault: Fault::converting(message, range) });
        }
    }

    /// Takes the event that names the anchor `id` of the node just begun.
    fn name_anchor(&mut self, id: usize, node: u32) -> Result<(), Fault> {
        if id == 0 {
            return Ok(());
        }
        let (event, _) = self.next()?;
        let name = if let Event::Anchor(_, name) = event { name.into_owned() } else { String::new() };
        if self.anchors.len() <= id {
            self.anchors.resize_with(id + 1, || None);
        }
        self.anchors[id] = Some(Anchor { name, node, content: None });
        Ok(())
    }

    fn fill_anchor(&mut self, id: usize, value: &Value, size: u64) {
        if let Some(anchor) = self.anchors.get_mut(id).and_then(Option::as_mut) {
            anchor.content = Some((value.clone(), size));
        }
    }

    fn alias(&mut self, id: usize, range: &Range<usize>, key: Option<Bytes>) -> Result<Decoded, Fault> {
        let Some(anchor) = self.anchors.get(id).and_then(Option::as_ref) else {
            return Err(self.after_syntax("unknown anchor referenced", range.clone()));
        };
        let Some((value, size)) = &anchor.content else {
            let message = format!("anchor '{}' value contains itself", anchor.name);
            return Err(self.after_syntax(message, range.clone()));
        };
        self.decoded += size;
        self.aliased += size;
        if excessive(self.aliased, self.decoded) {
            return Err(self.after_syntax("document contains excessive aliasing", range.clone()));
        }
        let decoded = (value.clone(), size + 1);
        let at = self.tree.open(key, range.start, Shape::Alias(anchor.node));
        self.tree.close(at, range.end);
        Ok(decoded)
    }
}

fn is_doubtful(event: &Event) -> bool {
    match event {
        Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(_, anchor, tag) => *anchor != 0 || tag.is_some(),
        Event::MappingStart(style, anchor, tag) => *style == StructureStyle::Flow || *anchor != 0 || tag.is_some(),
        _ => true,
    }
}

fn is_merge(event: &Event) -> bool {
    let Event::Scalar(text, style, _, tag) = event else { return false };
    let tagged = |tag: &Tag| {
        let tag = (tag.handle(), tag.suffix());
        tag == ("tag:yaml.org,2002:", "merge") || tag == ("", "!")
    };
    text == "<<" && tag.as_ref().map_or(*style == ScalarStyle::Plain, |tag| tagged(tag))
}

/// go-yaml's measure of an alias bomb (decode.go, `allowedAliasRatio`).
fn excessive(aliased: u64, decoded: u64) -> bool {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let allowed = 0.99 - 0.89 * ((decoded as f64).clamp(LOW, HIGH) - LOW) / (HIGH - LOW);
    aliased > 100 && decoded > 1000 && aliased as f64 / decoded as f64 > allowed
}
