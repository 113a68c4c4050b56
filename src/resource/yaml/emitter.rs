//! The writer behind `to_yaml`: where columns, indentation and quoting are decided.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::{Map, Number, Value};

use super::number::format_float;
use super::scalar::{Scalar, is_base60, resolve};
use super::style::{Analysis, is_break, is_printable};

/// Beyond this column a space inside a plain or quoted scalar becomes a line break.
const BEST_WIDTH: usize = 80;
/// A key longer than this gets a line of its own after `? `.
const SIMPLE_KEY_MAX: usize = 128;

/// Where a node stands, which decides how it begins.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The document itself, or an item after `- `.
    Item,
    /// After `key:` on the same line.
    Value,
    /// After `? ` or after the `: ` of such a key.
    Explicit,
}

/// A document being written.
pub(super) struct Emitter {
    out: String,
    column: usize,
    /// The last thing written was white space, or opens a place where none is needed.
    whitespace: bool,
    /// Only indentation and indicators stand on the current line.
    indention: bool,
}

impl Emitter {
    /// `value` as one document.
    pub(super) fn document(value: &Value) -> String {
        let mut emitter = Emitter { out: String::new(), column: 0, whitespace: true, indention: true };
        emitter.node(value, None, Place::Item);
        emitter.indent(0);
        emitter.out
    }

    /// Writes a node whose parent is indented by `parent` columns (none: the document).
    fn node(&mut self, value: &Value, parent: Option<usize>, place: Place) {
        match value {
            Value::Null => self.plain("null", parent),
            Value::Bool(true) => self.plain("true", parent),
            Value::Bool(false) => self.plain("false", parent),
            Value::Number(number) => self.plain(&number_text(number), parent),
            Value::String(text) => self.string(text, parent, false),
            Value::Array(items) if items.is_empty() => self.empty("[", "]"),
            Value::Array(items) => self.sequence(items, parent, place),
            Value::Object(map) if map.is_empty() => self.empty("{", "}"),
            Value::Object(map) => self.mapping(map, parent),
        }
    }

    fn sequence(&mut self, items: &[Value], parent: Option<usize>, place: Place) {
        let indent = match parent {
            None => 0,
            Some(parent) if place == Place::Value || (place == Place::Explicit && !self.indention) => parent,
            Some(parent) => parent + 2,
        };
        for item in items {
            self.indent(indent);
            self.indicator("-", true);
            self.node(item, Some(indent), Place::Item);
        }
    }

    fn mapping(&mut self, map: &Map<String, Value>, parent: Option<usize>) {
        let indent = parent.map_or(0, |parent| parent + 2);
        for (key, value) in sorted(map) {
            self.indent(indent);
            if key.len() <= SIMPLE_KEY_MAX && !key.contains(is_break) {
                self.string(key, Some(indent), true);
                self.out.push(':');
                self.column += 1;
                self.whitespace = false;
                self.indention = false;
                self.node(value, Some(indent), Place::Value);
            } else {
                self.indicator("?", true);
                self.string(key, Some(indent), false);
                self.indent(indent);
                self.indicator(":", true);
                self.node(value, Some(indent), Place::Explicit);
            }
        }
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, false);
        self.put(close);
        self.whitespace = false;
    }

    fn string(&mut self, text: &str, parent: Option<usize>, simple_key: bool) {
        let indent = parent.map_or(2, |parent| parent + 2);
        let analysis = Analysis::of(text);
        let readable = resolve(text) == Scalar::Str && !is_base60(text);
        if text.contains('\n') && !simple_key && analysis.block {
            self.literal(text, indent);
        } else if !readable || text.contains('\n') {
            self.double_quoted(text, indent, !simple_key);
        } else if analysis.plain {
            self.plain_folded(text, indent, !simple_key);
        } else if analysis.single_quoted {
            self.single_quoted(text, indent, !simple_key);
        } else {
            self.double_quoted(text, indent, !simple_key);
        }
    }

    fn plain(&mut self, text: &str, parent: Option<usize>) {
        self.plain_folded(text, parent.map_or(2, |parent| parent + 2), false);
    }

    fn plain_folded(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.space_if_needed();
        self.folded(text, indent, may_fold, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.indicator("'", false);
        self.folded(text, indent, may_fold, true);
        self.put("'");
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes `text`, which may hold exotic line breaks (U+2028, U+2029), breaking long lines at single spaces.
    fn folded(&mut self, text: &str, indent: usize, may_fold: bool, quoted: bool) {
        let last = text.len().saturating_sub(1);
        let (mut spaces, mut breaks) = (false, false);
        for (at, c) in text.char_indices() {
            if c == ' ' {
                let inside = !quoted || (at > 0 && at < last);
                let single = !spaces && !text[at + 1..].starts_with(' ');
                if may_fold && inside && single && self.column > BEST_WIDTH {
                    self.indent(indent);
                } else {
                    self.put(" ");
                }
                spaces = true;
                continue;
            }
            if is_break(c) {
                self.put_char(c);
                self.column = 0;
                self.indention = true;
                breaks = true;
                continue;
            }
            if breaks {
                self.indent(indent);
            }
            if quoted && c == '\'' {
                self.put_char(c);
            }
            self.put_char(c);
            self.indention = false;
            (spaces, breaks) = (false, false);
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.indicator("\"", false);
        let last = text.len().saturating_sub(1);
        let all_escaped = text.starts_with('\u{feff}');
        let mut spaces = false;
        for (at, c) in text.char_indices() {
            if all_escaped || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if may_fold && !spaces && self.column > BEST_WIDTH && at > 0 && at < last {
                    self.indent(indent);
                    if text[at + 1..].starts_with(' ') {
                        self.put("\\");
                    }
                } else {
                    self.put(" ");
                }
                spaces = true;
            } else {
                self.put_char(c);
                spaces = false;
            }
        }
        self.put("\"");
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => "\\0",
            '\x07' => "\\a",
            '\x08' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\x0b' => "\\v",
            '\x0c' => "\\f",
            '\r' => "\\r",
            '\x1b' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{a0}' => "\\_",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            _ => "",
        };
        let code = u32::from(c);
        let start = self.out.len();
        let _ = match code {
            _ if !short.is_empty() => write!(self.out, "{short}"),
            0..=0xff => write!(self.out, "\\x{code:02X}"),
            0x100..=0xffff => write!(self.out, "\\u{code:04X}"),
            _ => write!(self.out, "\\U{code:08X}"),
        };
        self.column += self.out.len() - start;
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let hint = if text.starts_with(|c| c == ' ' || is_break(c)) { "2" } else { "" };
        let mut from_the_end = text.chars().rev();
        let chomp = match (from_the_end.next().is_some_and(is_break), from_the_end.next()) {
            (false, _) => "-",
            (true, None) => "+",
            (true, Some(c)) if is_break(c) => "+",
            (true, Some(_)) => "",
        };
        self.indicator("|", false);
        self.put(hint);
        self.put(chomp);
        self.line_break();
        self.whitespace = true;
        for line in text.split_inclusive(is_break) {
            let content = line.trim_end_matches(is_break);
            if !content.is_empty() {
                self.indent(indent);
                self.put(content);
                self.indention = false;
            }
            match &line[content.len()..] {
                "" => {}
                "\n" => self.line_break(),
                exotic => {
                    self.put(exotic);
                    self.column = 0;
                    self.indention = true;
                }
            }
        }
    }

    fn indicator(&mut self, text: &str, keeps_indention: bool) {
        self.space_if_needed();
        self.put(text);
        self.whitespace = false;
        self.indention = self.indention && keeps_indention;
    }

    fn space_if_needed(&mut self) {
        if !self.whitespace {
            self.put(" ");
        }
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn put_char(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    /// Moves to column `indent`, on a new line unless only indentation stands before it.
    fn indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.out.push(' ');
            self.column += 1;
        }
        self.whitespace = true;
        self.indention = true;
    }
}

/// A number as it looks after Go's `encoding/json` and go-yaml: whole ones without a fraction where 64 bits hold them.
fn number_text(number: &Number) -> String {
    if let Some(float) = number.as_f64().filter(|_| number.is_f64()) {
        let whole = float.fract() == 0.0 && float > -9.3e18 && float < 18_446_744_073_709_551_616.0;
        let text = if whole { format!("{:.0}", float + 0.0) } else { format_float(float) };
        return if whole && text.starts_with('-') && text.parse::<i64>().is_err() { format_float(float) } else { text };
    }
    number.to_string()
}

fn sorted(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut entries: Vec<(&str, &Value)> = Vec::with_capacity(map.len());
    for (key, value) in map {
        let entry = (key.as_str(), value);
        let at = match entries.last() {
            Some(last) if natural(key, last.0) == Ordering::Less => {
                entries.partition_point(|e| natural(e.0, key) == Ordering::Less)
            }
            _ => entries.len(),
        };
        entries.insert(at, entry);
    }
    entries
}

/// go-yaml's order of keys (sorter.go): letters after everything else, and runs of digits by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let Some(same) = a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y).map(|((at, _), _)| at) else {
        return a.len().cmp(&b.len());
    };
    let (x, y) = (&a[same..], &b[same..]);
    let (Some(first_x), Some(first_y)) = (x.chars().next(), y.chars().next()) else { return a.len().cmp(&b.len()) };
    match (first_x.is_alphabetic(), first_y.is_alphabetic()) {
        (true, true) => return first_x.cmp(&first_y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let inside_a_number = (first_x == '0' || first_y == '0')
        && a[..same].bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let value = |s: &str, count: usize| {
        s.bytes()
            .take(count)
            .fold(i64::from(inside_a_number), |n, digit| n.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')))
    };
    let (count_x, count_y) = (digits(x), digits(y));
    value(x, count_x).cmp(&value(y, count_y)).then(count_x.cmp(&count_y)).then(first_x.cmp(&first_y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_natural_order() {
        let expect = ["_x", "1", "2", "10", "a", "a-b", "a.b", "a1", "a2", "a10", "a010b", "aB", "aa", "ab", "b"];
        let map: Map<String, Value> = expect.iter().map(|k| ((*k).to_string(), Value::Null)).collect();
        let keys: Vec<&str> = sorted(&map).into_iter().map(|(k, _)| k).collect();
        assert_eq!(keys, expect);
    }

    #[test]
    fn numbers() {
        for (json, expect) in [
            ("1", "1"),
            ("-1", "-1"),
            ("1.0", "1"),
            ("-0.0", "0"),
            ("1e6", "1000000"),
            ("1e21", "1e+21"),
            ("0.5", "0.5"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(number_text(value.as_number().unwrap()), expect, "{json}");
        }
    }
}
