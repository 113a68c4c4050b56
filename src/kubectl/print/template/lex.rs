//! Template text to tokens (Go's `text/template/parse/lex.go`).

use super::super::go;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Assign,
    Declare,
    End,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Dot,
    Nil,
    Keyword,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub pos: usize,
    pub text: String,
    pub line: usize,
}

impl Token {
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        self.kind == Kind::Keyword && self.text == word
    }
}

/// As error texts name a token.
impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::End => f.write_str("EOF"),
            Kind::Error => f.write_str(&self.text),
            Kind::Keyword | Kind::Dot | Kind::Nil => write!(f, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let head: String = self.text.chars().take(10).collect();
                write!(f, "{}...", go::quote(&head))
            }
            _ => f.write_str(&go::quote(&self.text)),
        }
    }
}

const KEYWORDS: [&str; 10] = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { input: text, pos: 0, start: 0, line: 1, start_line: 1, parens: 0, tokens: Vec::new() };
    if let Err(why) = lexer.text() {
        let (pos, line) = (lexer.start, lexer.start_line);
        lexer.tokens.push(Token { kind: Kind::Error, pos, text: why, line });
    } else {
        lexer.start = lexer.pos;
        lexer.emit(Kind::End);
    }
    lexer.tokens
}

struct Lexer<'a> {
    input: &'a str,
    pos: usize,
    start: usize,
    line: usize,
    start_line: usize,
    parens: i64,
    tokens: Vec<Token>,
}

type Step = Result<(), String>;

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.input[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, allowed: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&allowed) {
            self.next();
        }
    }

    fn emit(&mut self, kind: Kind) {
        let text = self.input[self.start..self.pos].to_string();
        let lines = text.matches('\n').count();
        self.tokens.push(Token { kind, pos: self.start, text, line: self.start_line });
        self.line = self.start_line + lines;
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn skip(&mut self) {
        self.start_line += self.input[self.start..self.pos].matches('\n').count();
        self.start = self.pos;
    }

    fn text(&mut self) -> Step {
        while let Some(at) = self.rest().find("{{") {
            let after = &self.rest()[at + 2..];
            let trims = after.starts_with('-') && after[1..].starts_with(is_space);
            let text = &self.rest()[..at];
            let kept = if trims { text.trim_end_matches(is_space).len() } else { at };
            let delim = self.pos + at;
            self.pos += kept;
            if kept > 0 {
                self.emit(Kind::Text);
            }
            self.pos = delim;
            self.skip();
            self.pos += 2;
            let marker = if trims { 2 } else { 0 };
            if self.rest()[marker..].starts_with("/*") {
                self.pos += marker;
                self.comment()?;
                continue;
            }
            self.emit(Kind::LeftDelim);
            self.pos += marker;
            self.skip();
            self.parens = 0;
            self.action()?;
        }
        self.pos = self.input.len();
        if self.pos > self.start {
            self.emit(Kind::Text);
        }
        Ok(())
    }

    fn comment(&mut self) -> Step {
        let Some(end) = self.rest().find("*/") else { return Err("unclosed comment".to_string()) };
        self.pos += end + 2;
        match self.right_delim() {
            None => Err("comment ends before closing delimiter".to_string()),
            Some(trims) => {
                self.close(trims);
                Ok(())
            }
        }
    }

    /// Whether the action ends here, and whether it trims what follows.
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        let mut chars = rest.chars();
        if chars.next().is_some_and(is_space) && rest[1..].starts_with("-}}") {
            return Some(true);
        }
        rest.starts_with("}}").then_some(false)
    }

    fn close(&mut self, trims: bool) {
        self.pos += if trims { 4 } else { 2 };
        self.skip();
        if trims {
            self.accept(is_space);
            self.skip();
        }
    }

    fn action(&mut self) -> Step {
        loop {
            if let Some(trims) = self.right_delim() {
                if self.parens != 0 {
                    return Err("unclosed left paren".to_string());
                }
                if trims {
                    self.pos += 2;
                    self.skip();
                }
                self.pos += 2;
                self.emit(Kind::RightDelim);
                if trims {
                    self.accept(is_space);
                    self.skip();
                }
                return Ok(());
            }
            self.token()?;
        }
    }

    fn token(&mut self) -> Step {
        match self.peek() {
            None => return Err("unclosed action".to_string()),
            Some(c) if is_space(c) => {
                // A blank before a trim marker belongs to the marker.
                while self.peek().is_some_and(is_space) && self.right_delim().is_none() {
                    self.next();
                }
                self.emit(Kind::Space);
            }
            Some('"') => self.quoted('"', "unterminated quoted string", Kind::String)?,
            Some('\'') => self.quoted('\'', "unterminated character constant", Kind::CharConstant)?,
            Some('`') => {
                self.next();
                self.accept(|c| c != '`');
                self.next().ok_or("unterminated raw quoted string")?;
                self.emit(Kind::RawString);
            }
            Some('$') => {
                self.next();
                self.word(Kind::Variable, Kind::Variable)?;
            }
            Some('.') if !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.next();
                self.word(Kind::Field, Kind::Dot)?;
            }
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number()?,
            Some(c) if is_alphanumeric(c) => self.identifier()?,
            Some(c) => self.sign(c)?,
        }
        Ok(())
    }

    fn sign(&mut self, c: char) -> Step {
        self.next();
        let kind = match c {
            '=' => Kind::Assign,
            ':' => {
                if self.next() != Some('=') {
                    return Err("expected :=".to_string());
                }
                Kind::Declare
            }
            '|' => Kind::Pipe,
            '(' => {
                self.parens += 1;
                Kind::LeftParen
            }
            ')' => {
                self.parens -= 1;
                if self.parens < 0 {
                    return Err("unexpected right paren".to_string());
                }
                Kind::RightParen
            }
            c if c.is_ascii_graphic() => Kind::Char,
            c => return Err(format!("unrecognized character in action: {}", unicode(c))),
        };
        self.emit(kind);
        Ok(())
    }

    fn quoted(&mut self, quote: char, unterminated: &str, kind: Kind) -> Step {
        self.next();
        loop {
            match self.next() {
                Some('\\') if self.peek().is_some_and(|c| c != '\n') => {
                    self.next();
                }
                None | Some('\n' | '\\') => return Err(unterminated.to_string()),
                Some(c) if c == quote => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    /// A name after its sign; `alone` is what the sign is without one.
    fn word(&mut self, kind: Kind, alone: Kind) -> Step {
        if self.at_terminator() {
            self.emit(alone);
            return Ok(());
        }
        self.accept(is_alphanumeric);
        self.check_terminator()?;
        self.emit(kind);
        Ok(())
    }

    fn identifier(&mut self) -> Step {
        self.accept(is_alphanumeric);
        self.check_terminator()?;
        let kind = match &self.input[self.start..self.pos] {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            word if KEYWORDS.contains(&word) => Kind::Keyword,
            _ => Kind::Identifier,
        };
        self.emit(kind);
        Ok(())
    }

    fn check_terminator(&self) -> Step {
        match self.peek() {
            Some(c) if !self.at_terminator() => Err(format!("bad character {}", unicode(c))),
            _ => Ok(()),
        }
    }

    fn at_terminator(&self) -> bool {
        let sign = |c| is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '(');
        self.peek().is_none_or(sign) || self.rest().starts_with("}}")
    }

    fn number(&mut self) -> Step {
        if matches!(self.peek(), Some('+' | '-')) {
            self.next();
        }
        let hex = ["0x", "0X", "0b", "0B", "0o", "0O"].iter().any(|p| self.rest().starts_with(p));
        if hex {
            self.pos += 2;
            self.accept(|c| c.is_ascii_hexdigit() || c == '_');
        } else {
            self.accept(|c| c.is_ascii_digit() || c == '_');
            if self.peek() == Some('.') {
                self.next();
                self.accept(|c| c.is_ascii_digit() || c == '_');
            }
            if matches!(self.peek(), Some('e' | 'E')) {
                self.next();
                if matches!(self.peek(), Some('+' | '-')) {
                    self.next();
                }
                self.accept(|c| c.is_ascii_digit() || c == '_');
            }
        }
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return Err(format!("bad number syntax: {}", go::quote(&self.input[self.start..self.pos])));
        }
        self.emit(Kind::Number);
        Ok(())
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn unicode(c: char) -> String {
    let code = format!("U+{:04X}", c as u32);
    if c.is_control() { code } else { format!("{code} '{c}'") }
}
