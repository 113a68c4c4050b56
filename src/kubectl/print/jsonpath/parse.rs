//! Text to nodes. Nesting (filters, unions, quoted keys) is parsed as templates of their own, as upstream does, so that
//! the same inputs give the same errors.

use super::super::go::unquote_char;
use super::{Node, Param};

/// Filters within filters deeper than this are refused rather than followed.
const MAX_DEPTH: usize = 32;

type Step = Result<Option<Vec<Node>>, String>;

pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    Parser { input: text, pos: 0, start: 0, depth: 0 }.parse()
}

/// `metadata.name`, `.metadata.name`, `{metadata.name}` and `{.metadata.name}` as `{.metadata.name}`
/// (upstream `get.RelaxedJSONPathExpression`).
pub fn relaxed(expression: &str) -> Result<String, String> {
    if expression.is_empty() {
        return Ok(String::new());
    }
    let inside = expression.strip_prefix('{').and_then(|e| e.strip_suffix('}')).unwrap_or(expression);
    let dotless = inside.strip_prefix('.').filter(|rest| !rest.is_empty()).unwrap_or(inside);
    if dotless.is_empty() || dotless.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                    '{.name1.name2}'"
            .to_string());
    }
    Ok(format!("{{.{dotless}}}"))
}

struct Parser<'a> {
    input: &'a str,
    pos: usize,
    start: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn parse(mut self) -> Result<Vec<Node>, String> {
        let mut root = Vec::new();
        while let Some(at) = self.rest().find('{') {
            if at > 0 {
                root.push(Node::Text(self.rest()[..at].to_string()));
            }
            self.pos += at + 1;
            self.consume();
            root.push(Node::List(self.action()?));
        }
        if !self.rest().is_empty() {
            root.push(Node::Text(self.rest().to_string()));
        }
        Ok(root)
    }

    /// The nodes of `{text}`.
    fn nested(&self, text: &str) -> Result<Vec<Node>, String> {
        if self.depth >= MAX_DEPTH {
            return Err("unterminated filter".to_string());
        }
        let text = format!("{{{text}}}");
        let parser = Parser { input: &text, pos: 0, start: 0, depth: self.depth + 1 };
        match parser.parse()?.into_iter().next() {
            Some(Node::List(nodes)) => Ok(nodes),
            _ => Ok(Vec::new()),
        }
    }

    fn rest(&self) -> &'a str {
        &self.input[self.pos..]
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn consume(&mut self) -> &'a str {
        let text = &self.input[self.start..self.pos];
        self.start = self.pos;
        text
    }

    /// The byte before the last one read.
    fn before_last(&self) -> Option<u8> {
        self.pos.checked_sub(2).map(|at| self.input.as_bytes()[at])
    }

    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.rest().starts_with('}') {
                self.pos += 1;
                self.consume();
                return Ok(nodes);
            }
            if let Some(more) = self.step(&nodes)? {
                nodes.extend(more);
            }
        }
    }

    fn step(&mut self, before: &[Node]) -> Step {
        if self.rest().starts_with("[?(") {
            return self.filter();
        }
        if self.rest().starts_with("..") {
            return self.recursive(before);
        }
        match self.peek() {
            None | Some('\r' | '\n') => Err("unclosed action".to_string()),
            Some(' ' | '@' | '$') => {
                self.pos += 1;
                self.consume();
                Ok(None)
            }
            Some('[') => self.array(),
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some('.') => {
                self.pos += 1;
                Ok(Some(vec![self.field()]))
            }
            Some(c) if c == '+' || c == '-' || is_digit(c) => self.number(),
            Some(c) if is_alphanumeric(c) => Ok(Some(vec![self.identifier()])),
            Some(c) => Err(format!("unrecognized character in action: {}", unicode(c))),
        }
    }

    fn identifier(&mut self) -> Node {
        while self.peek().is_some_and(|c| !is_terminator(c)) {
            self.next();
        }
        match self.consume() {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.to_string()),
        }
    }

    fn recursive(&mut self, before: &[Node]) -> Step {
        if before.last() == Some(&Node::Recursive) {
            return Err("invalid multiple recursive descent".to_string());
        }
        self.pos += 2;
        self.consume();
        if self.peek().is_some_and(is_alphanumeric) {
            return Ok(Some(vec![Node::Recursive, self.field()]));
        }
        Ok(Some(vec![Node::Recursive]))
    }

    fn number(&mut self) -> Step {
        if matches!(self.peek(), Some('+' | '-')) {
            self.next();
        }
        while self.peek().is_some_and(|c| c == '.' || is_digit(c)) {
            self.next();
        }
        let text = self.consume();
        if let Ok(int) = text.parse::<i64>() {
            return Ok(Some(vec![Node::Int(int)]));
        }
        match text.parse::<f64>() {
            Ok(float) => Ok(Some(vec![Node::Float(float)])),
            Err(_) => Err(format!("cannot parse number {text}")),
        }
    }

    fn array(&mut self) -> Step {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".to_string()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = self.consume();
        let text = &text[1..text.len() - 1];
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let each = text.split(',').map(|part| self.nested(&format!("[{}]", part.trim_matches(' '))));
            return Ok(Some(vec![Node::Union(each.collect::<Result<_, _>>()?)]));
        }
        let key = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).filter(|t| !t.contains('\''));
        if let Some(key) = key {
            return self.nested(&format!(".{key}")).map(Some);
        }
        Ok(Some(vec![Node::Array(slice(text)?)]))
    }

    fn filter(&mut self) -> Step {
        self.pos += "[?(".len();
        self.consume();
        let (mut begin, mut end, mut pair) = (false, false, ' ');
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_string()),
                Some(quote @ ('"' | '\'')) => {
                    if !begin {
                        (begin, pair) = (true, quote);
                    } else if self.before_last() != Some(b'\\') && quote == pair {
                        end = true;
                    }
                }
                Some(')') if begin == end => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_string());
        }
        let text = self.consume();
        let text = &text[..text.len() - 2];
        let (left, operator, right) = match comparison(text) {
            Some((left, operator, right)) => (self.nested(left)?, operator, self.nested(right)?),
            None => (self.nested(text)?, "exists", Vec::new()),
        };
        Ok(Some(vec![Node::Filter { left, right, operator: operator.to_string() }]))
    }

    fn quoted(&mut self, quote: char) -> Step {
        self.next();
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_string()),
                Some(c) if c == quote && self.before_last() != Some(b'\\') => break,
                Some(_) => {}
            }
        }
        let text = self.consume();
        let mut inside = &text[1..text.len() - 1];
        let mut bytes = Vec::new();
        while !inside.is_empty() {
            let read = unquote_char(inside, quote);
            let Some((read, rest)) = read else {
                return Err(format!("unquote string {text} error invalid syntax"));
            };
            bytes.extend(read);
            inside = rest;
        }
        Ok(Some(vec![Node::Text(String::from_utf8_lossy(&bytes).into_owned())]))
    }

    fn field(&mut self) -> Node {
        self.consume();
        while let Some(c) = self.peek().filter(|c| !is_terminator(*c)) {
            self.next();
            if c == '\\' {
                self.next();
            }
        }
        match self.consume() {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }
}

/// `LEFT OPERATOR RIGHT`, each at least one character.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    const OPERATORS: [char; 4] = ['!', '<', '>', '='];
    let start = text.find(OPERATORS).filter(|start| *start > 0)?;
    let length = text[start..].find(|c| !OPERATORS.contains(&c)).unwrap_or(text.len() - start);
    let length = if start + length == text.len() { length - 1 } else { length };
    (length > 0).then(|| (&text[..start], &text[start..start + length], &text[start + length..]))
}

/// `START[:END[:STEP]]`.
fn slice(text: &str) -> Result<[Param; 3], String> {
    let invalid = || format!("invalid array index {text}");
    let written: Vec<&str> = text.split(':').collect();
    let is_number = |t: &&str| t.strip_prefix('-').unwrap_or(t).chars().all(|c| c.is_ascii_digit());
    if written.len() > 3 || !written.iter().all(is_number) {
        return Err(invalid());
    }
    let mut params = [Param::default(); 3];
    for (index, number) in written.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
        let value = number.parse().map_err(|_| format!("array index {number} is not a number"))?;
        params[index] = Param { value, known: true, derived: false };
    }
    if written.len() == 1 {
        params[1] = Param { value: params[0].value.saturating_add(1), known: true, derived: true };
    }
    Ok(params)
}

fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric() && !c.is_alphabetic())
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || is_digit(c)
}

/// `%#U`: `U+0028 '('`.
fn unicode(c: char) -> String {
    let code = format!("U+{:04X}", c as u32);
    if c.is_control() { code } else { format!("{code} '{c}'") }
}
