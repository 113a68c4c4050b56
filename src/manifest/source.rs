//! The text of a manifest and the name it goes by. Nothing here knows YAML.

use std::borrow::Cow;
use std::ops::Range;

/// A text with documents in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As kubectl names it in errors: the path as typed, or `STDIN`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A source of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    /// A source from bytes, decoded as kubectl does: a byte order mark tells UTF-16 from UTF-8 and is dropped, and what
    /// is not valid becomes U+FFFD (cli-runtime, visitor.go).
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Source {
        let utf16 = |units: fn([u8; 2]) -> u16| -> String {
            let units = bytes[2..].chunks(2).map(|pair| if let [a, b] = *pair { units([a, b]) } else { 0xfffd });
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        };
        let text = match bytes.as_slice() {
            [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
            [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            _ => String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
        };
        Source::new(name, text)
    }

    /// Line and column, from 1, of the byte at `offset`; columns count characters.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..floor(&self.text, offset)];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.bytes().filter(|b| *b == b'\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// The bytes of the line that holds `offset`, without its line break.
    pub(super) fn line(&self, offset: usize) -> Range<usize> {
        let offset = floor(&self.text, offset);
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |at| offset + at);
        start..end
    }

    /// The offset of a line and a column, both from 0, counted from `base`.
    pub(super) fn offset(&self, base: usize, line: usize, column: usize) -> usize {
        let rest = &self.text[base..];
        let start =
            if line == 0 { 0 } else { rest.match_indices('\n').nth(line - 1).map_or(rest.len(), |(at, _)| at + 1) };
        let end = rest[start..].find('\n').map_or(rest.len(), |at| start + at);
        base + rest[start..end].char_indices().nth(column).map_or(end, |(at, _)| start + at)
    }
}

/// The last place between characters that is not behind byte `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The first place between characters that is not before byte `at`.
pub(super) fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// `text` ending in a line break: kubectl's line reader adds the one that a last line lacks.
pub(super) fn with_final_break(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.ends_with('\n') { text.into() } else { format!("{text}\n").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expect: &str) {
        assert_eq!(Source::from_bytes("x", bytes.to_vec()).text, expect);
    }

    #[test]
    fn byte_order_marks_and_broken_text() {
        check(b"a: b", "a: b");
        check(b"\xef\xbb\xbfa: b", "a: b");
        check(b"\xff\xfea\0:\0", "a:");
        check(b"\xfe\xff\0a\0:", "a:");
        check(b"\xfe\xff\0a\0", "a\u{fffd}");
        check(b"a: \xff", "a: \u{fffd}");
    }

    #[test]
    fn lines_and_columns() {
        let source = Source::new("x", "é: 1\nb: 2\n");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(4), (1, 4));
        assert_eq!(source.line_column(6), (2, 1));
        assert_eq!(source.line_column(99), (3, 1));
        assert_eq!(source.offset(0, 0, 3), 4);
        assert_eq!(source.offset(6, 0, 1), 7);
        assert_eq!(source.offset(0, 1, 0), 6);
        assert_eq!(source.offset(0, 9, 9), source.text.len());
        assert_eq!(source.line(7), 6..10);
    }
}
