//! The prefix writer of kubectl's describers (`describe.go`, `PrefixWriter`): lines with tabs at levels of two spaces,
//! aligned at the end. Escapes what could drive a terminal (`cli-runtime/pkg/printers/terminal.go`).

use std::collections::BTreeMap;
use std::fmt::{Arguments, Write};

use crate::kubectl::print::TabWriter;

/// The longest annotation that stays on one line.
const MAX_ANNOTATION: usize = 140;

/// The annotation that describers never show.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Collects the text of one description.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    nested: usize,
}

/// Writes at a level: `put!(w, 1, "Name:\t{name}\n")`.
macro_rules! put {
    ($writer:expr, $level:expr, $($format:tt)*) => { $writer.write($level, format_args!($($format)*)) };
}
pub(super) use put;

impl Writer {
    /// Writes text after the spaces of a level.
    pub fn write(&mut self, level: usize, text: Arguments) {
        self.text.extend(std::iter::repeat_n("  ", level + self.nested));
        let start = self.text.len();
        let _ = self.text.write_fmt(text);
        if self.text[start..].contains(['\u{1b}', '\r']) {
            let escaped = self.text[start..].replace('\u{1b}', "^[").replace('\r', "\\r");
            self.text.truncate(start);
            self.text.push_str(&escaped);
        }
    }

    /// Ends the line begun.
    pub fn end(&mut self, text: &str) {
        self.write(0, format_args!("{text}\n"));
    }

    /// Writes by `inner` with all levels raised by `levels`.
    pub fn nested(&mut self, levels: usize, inner: impl FnOnce(&mut Writer)) {
        self.nested += levels;
        inner(self);
        self.nested -= levels;
    }

    /// The description with its columns aligned.
    pub fn aligned(self) -> String {
        let mut columns = TabWriter::new(0, 2);
        columns.write(&self.text);
        columns.flush()
    }

    /// The description with its tabs as they are.
    pub fn raw(self) -> String {
        self.text
    }

    /// `TITLE:` and one line for each entry, `<none>` if there is none (S140).
    pub fn lines(&mut self, indent: &str, title: &str, entries: &[String]) {
        put!(self, 0, "{indent}{title}:\t");
        if entries.is_empty() {
            self.end("<none>");
        }
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                put!(self, 0, "{indent}");
                put!(self, 0, "\t");
            }
            put!(self, 0, "{entry}\n");
        }
    }

    /// Labels, `key=value` in the order of the keys.
    pub fn labels(&mut self, indent: &str, title: &str, labels: &BTreeMap<&str, &str>) {
        let entries: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        self.lines(indent, title, &entries);
    }

    /// Annotations, `key: value`; long ones and those of several lines begin on their own line.
    pub fn annotations(&mut self, title: &str, annotations: &BTreeMap<&str, &str>) {
        put!(self, 0, "{title}:\t");
        let shown: Vec<_> = annotations.iter().filter(|(key, _)| **key != LAST_APPLIED).collect();
        if shown.is_empty() {
            self.end("<none>");
        }
        for (index, (key, value)) in shown.into_iter().enumerate() {
            if index > 0 {
                put!(self, 0, "\t");
            }
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= MAX_ANNOTATION && !value.contains('\n') {
                put!(self, 0, "{key}: {value}\n");
                continue;
            }
            put!(self, 0, "{key}:\n");
            for line in value.split('\n') {
                put!(self, 0, "\t  {}\n", shorten(line, MAX_ANNOTATION - 2));
            }
        }
    }
}

/// `text`, cut after `limit` bytes (not within a character) with three dots.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_string();
    }
    let end = (0..=limit).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    format!("{}...", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_of_several_lines() {
        let mut w = Writer::default();
        let long = "x".repeat(150);
        let annotations = BTreeMap::from([("a", "1"), ("b", "x\ny\n"), ("c", long.as_str()), (LAST_APPLIED, "{}")]);
        w.annotations("Annotations", &annotations);
        let rest = ["b:", "  x", "  y", "c:", &format!("  {}...", "x".repeat(138))];
        let expect = format!("Annotations:  a: 1\n              {}\n", rest.join("\n              "));
        assert_eq!(w.aligned(), expect);
    }

    /// The examples of Go's `text/tabwriter`, left-aligned and without debug bars.
    #[test]
    fn columns_as_go_documents_them() {
        let check = |min_width: usize, padding: usize, input: &str, expect: &str| {
            let mut columns = TabWriter::new(min_width, padding);
            columns.write(input);
            assert_eq!(columns.flush().replace(' ', "."), expect, "{input:?}");
        };
        check(0, 1, "a\tb\tc\naa\tbb\tcc\naaa\t\naaaa\tdddd\teeee\n", "a....b..c\naa...bb.cc\naaa..\naaaa.dddd.eeee\n");
        check(
            0,
            3,
            "a\tb\taligned\t\naa\tbb\taligned\t\naaa\tbbb\tunaligned\naaaa\tbbbb\taligned\t\n",
            "a......b......aligned...\naa.....bb.....aligned...\naaa....bbb....unaligned\naaaa...bbbb...aligned...\n",
        );
        check(
            5,
            0,
            "a\tb\tc\td\t.\n123\t12345\t1234567\t123456789\t.\n",
            "a....b....c......d.........\n123..123451234567123456789.\n",
        );
    }

    #[test]
    fn terminal_escapes_are_harmless() {
        let mut w = Writer::default();
        put!(w, 1, "a\t{}\n", "\u{1b}[31m\r");
        assert_eq!(w.aligned(), "  a  ^[[31m\\r\n");
    }

    #[test]
    fn shortening_keeps_characters_whole() {
        assert_eq!(shorten("äää", 3), "ä...");
        assert_eq!(shorten("abc", 3), "abc");
    }
}
