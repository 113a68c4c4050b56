//! JSON documents, one after the other, with the error words of Go's `encoding/json` (scanner.go). Not for JSON that
//! stands inside YAML: that is YAML.

use serde_json::{Map, Value};

use super::MAX_DEPTH;
use super::convert::float;
use super::tree::{Bytes, Shape, Tree};

/// What is wrong with a JSON text, and at which byte of the source.
#[derive(Debug, PartialEq)]
pub(super) struct JsonError {
    /// Go's words.
    pub(super) message: String,
    /// The offending byte, or the end of the text.
    pub(super) at: usize,
    /// Whether Go has a type with an offset for it, rather than only `unexpected EOF`.
    pub(super) syntax: bool,
}

/// Reads the value that begins at or after byte `at`; also tells where it ends. None if only white space is left.
pub(super) fn read(text: &str, at: usize) -> Option<Result<(Value, Tree, usize), JsonError>> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at, depth: 0, tree: Tree::default() };
    reader.space();
    reader.peek()?;
    Some(reader.value(None).map(|value| (value, reader.tree, reader.at)))
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    tree: Tree,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The error that the next byte is.
    fn unexpected(&self, context: &str) -> JsonError {
        let Some(byte) = self.peek() else {
            return JsonError { message: "unexpected EOF".to_string(), at: self.at, syntax: false };
        };
        let shown = match byte {
            b'\'' => r"'\''".to_string(),
            b'"' => r#"'"'"#.to_string(),
            b'\x07' => r"'\a'".to_string(),
            b'\x08' => r"'\b'".to_string(),
            b'\x0b' => r"'\v'".to_string(),
            b'\x0c' => r"'\f'".to_string(),
            b'\t' | b'\n' | b'\r' | b'\\' => format!("'{}'", byte.escape_ascii()),
            0..b' ' | 0x7f..0xa0 | 0xad => format!("'\\x{byte:02x}'"),
            _ => format!("'{}'", char::from(byte)),
        };
        JsonError { message: format!("invalid character {shown} {context}"), at: self.at, syntax: true }
    }

    fn value(&mut self, key: Option<Bytes>) -> Result<Value, JsonError> {
        self.space();
        let start = self.at;
        match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(JsonError { message: "exceeded max depth".to_string(), at: start, syntax: true });
                }
                self.at += 1;
                let shape = if open == b'{' { Shape::Map } else { Shape::List };
                let node = self.tree.open(key, start, shape);
                let value = if open == b'{' { self.object(node)? } else { self.array()? };
                self.tree.close(node, self.at);
                self.depth -= 1;
                Ok(value)
            }
            first => {
                let value = match first {
                    Some(b'"') => Value::String(self.string()?),
                    Some(b't') => self.literal("true", Value::Bool(true))?,
                    Some(b'f') => self.literal("false", Value::Bool(false))?,
                    Some(b'n') => self.literal("null", Value::Null)?,
                    Some(b'-' | b'0'..=b'9') => self.number()?,
                    _ => return Err(self.unexpected("looking for beginning of value")),
                };
                let node = self.tree.open(key, start, Shape::Scalar);
                self.tree.close(node, self.at);
                Ok(value)
            }
        }
    }

    fn array(&mut self) -> Result<Value, JsonError> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(None)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(Value::Array(items))
    }

    fn object(&mut self, node: u32) -> Result<Value, JsonError> {
        let mut map = Map::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(map));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let name = self.string()?;
            let key = Bytes { start: start as u32, end: self.at as u32 };
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            let child = self.tree.nodes.len() as u32;
            let value = self.value(Some(key))?;
            if map.contains_key(&name) {
                self.tree.repeated(self.text, node, child, &name);
            }
            map.insert(name, value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Value::Object(map))
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        for letter in word.bytes() {
            if self.peek() != Some(letter) {
                return Err(self.unexpected(&format!("in literal {word} (expecting '{}')", char::from(letter))));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = &self.text[start..self.at];
        if let Ok(int) = text.parse::<i64>() {
            return Ok(int.into());
        }
        if let Ok(int) = text.parse::<u64>() {
            return Ok(int.into());
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(float(value)),
            _ => {
                let message = format!("json: cannot unmarshal number {text} into Go value of type float64");
                Err(JsonError { message, at: start, syntax: false })
            }
        }
    }

    fn digits(&mut self, context: &str) -> Result<(), JsonError> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.unexpected(context));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|b| b >= b' ' && b != b'"' && b != b'\\') {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let c = match self.peek() {
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.hex()?;
        let low = self.bytes[self.at..].strip_prefix(b"\\u").and_then(|rest| rest.get(..4));
        let low = low.and_then(|digits| u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (first, low) {
            self.at += 6;
            let code = 0x10000 + ((u32::from(first) - 0xd800) << 10) + (u32::from(low) - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u16, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return Err(self.unexpected("in \\u hexadecimal character escape")) };
            code = code << 4 | digit as u16;
            self.at += 1;
        }
        Ok(code)
    }
}
