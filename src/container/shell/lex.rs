//! A script to words and operators. What stands between `[[` and `]]` has words of its own: there `(`, `<` and `|` are
//! letters like others.

use super::parse::parse;
use super::syntax::{Part, SyntaxError, Word};

/// A word or an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    Operator(&'static str),
    /// The number before a redirection.
    Stream(u32),
    Newline,
    /// The text of a `<<`.
    Here(Word),
}

/// Operators, longer ones first.
const OPERATORS: &[&str] =
    &["&&", "||", ";;", "<<<", "<<-", "<<", ">>", ">&", "&>", "<&", ">|", ";", "|", "&", "<", ">", "(", ")"];

/// Words after which a command begins.
const STARTERS: &[&str] = &["if", "elif", "then", "else", "while", "until", "do", "!", "{"];

pub(super) struct Lexer<'s> {
    text: &'s str,
    at: usize,
    /// Between `[[` and `]]`.
    test: bool,
    /// The places of the texts that stand below this line, and the words that end them.
    here: Vec<(usize, String, bool, bool)>,
    tokens: Vec<Token>,
}

/// The words and operators of a script.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, test: false, here: Vec::new(), tokens: Vec::new() };
    while lexer.next()? {}
    if lexer.here.is_empty() && !lexer.test { Ok(lexer.tokens) } else { Err(SyntaxError::Incomplete) }
}

/// A text as between double quotes, without its quotes.
fn quoted_text(text: &str) -> Result<Word, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, test: false, here: Vec::new(), tokens: Vec::new() };
    let mut parts = Vec::new();
    while let Some(c) = lexer.peek() {
        lexer.inside_quotes(c, &mut parts)?;
    }
    Ok(parts)
}

fn push(parts: &mut Word, c: char, is_quoted: bool) {
    match parts.last_mut() {
        Some(Part::Text { text, quoted }) if *quoted == is_quoted => text.push(c),
        _ => parts.push(Part::Text { text: c.to_string(), quoted: is_quoted }),
    }
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn next(&mut self) -> Result<bool, SyntaxError> {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t' || c == '\r') || self.rest().starts_with("\\\n") {
            self.at += if self.rest().starts_with('\\') { 2 } else { 1 };
        }
        let Some(c) = self.peek() else { return Ok(false) };
        if c == '#' {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            return Ok(true);
        }
        if c == '\n' {
            self.at += 1;
            self.tokens.push(Token::Newline);
            self.here_texts()?;
            return Ok(true);
        }
        // `;` may follow at once, though within the test it would be part of a word.
        let after = self.rest().strip_prefix("]]").filter(|_| self.test);
        if after.is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\n', ';', '|', '&', ')'])) {
            (self.at, self.test) = (self.at + 2, false);
            self.tokens.push(Token::Word(vec![Part::Text { text: "]]".into(), quoted: false }]));
            return Ok(true);
        }
        if let Some(operator) = self.operator() {
            self.at += operator.len();
            match operator {
                "<<" | "<<-" => self.here_begins(operator == "<<-")?,
                operator => self.tokens.push(Token::Operator(operator)),
            }
            return Ok(true);
        }
        let digits = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 1 && self.rest()[digits..].starts_with(['<', '>']) {
            let stream = self.rest()[..digits].parse().unwrap_or(1);
            self.at += digits;
            self.tokens.push(Token::Stream(stream));
            return Ok(true);
        }
        let word = self.word()?;
        if let [Part::Text { text, quoted: false }] = word.as_slice() {
            self.test |= text == "[[" && self.begins_command();
        }
        self.tokens.push(Token::Word(word));
        Ok(true)
    }

    /// Whether a command could begin here.
    fn begins_command(&self) -> bool {
        match self.tokens.last() {
            None | Some(Token::Newline) => true,
            Some(Token::Operator(operator)) => !operator.contains(['<', '>']),
            Some(Token::Word(word)) => match word.as_slice() {
                [Part::Text { text, quoted: false }] => STARTERS.contains(&text.as_str()),
                _ => false,
            },
            _ => false,
        }
    }

    fn operator(&self) -> Option<&'static str> {
        let found = OPERATORS.iter().find(|operator| self.rest().starts_with(**operator)).copied()?;
        let alone = ["&&", "||"].contains(&found);
        (!self.test || alone).then_some(found)
    }

    /// `<<WORD`: the text follows below the line.
    fn here_begins(&mut self, tabs: bool) -> Result<(), SyntaxError> {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
        let start = self.at;
        let word = self.word()?;
        let literal = self.text[start..self.at].contains(['\'', '"', '\\']);
        let end = word.iter().map(|part| if let Part::Text { text, .. } = part { &**text } else { "" }).collect();
        self.here.push((self.tokens.len(), end, literal, tabs));
        self.tokens.push(Token::Here(Vec::new()));
        Ok(())
    }

    fn here_texts(&mut self) -> Result<(), SyntaxError> {
        for (place, end, literal, tabs) in std::mem::take(&mut self.here) {
            let mut text = String::new();
            loop {
                let line = self.rest().split('\n').next().unwrap_or_default();
                let ended = self.at + line.len() >= self.text.len();
                let stripped = if tabs { line.trim_start_matches('\t') } else { line }.to_string();
                self.at += (line.len() + 1).min(self.rest().len());
                if stripped == end {
                    break;
                }
                if ended {
                    return Err(SyntaxError::Incomplete);
                }
                text.push_str(&stripped);
                text.push('\n');
            }
            let word = if literal { vec![Part::Text { text, quoted: true }] } else { quoted_text(&text)? };
            self.tokens[place] = Token::Here(word);
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            if c.is_whitespace() || self.operator().is_some() {
                break;
            }
            self.at += c.len_utf8();
            match c {
                '\'' => {
                    let length = self.rest().find('\'').ok_or(SyntaxError::Incomplete)?;
                    let text = self.rest()[..length].to_string();
                    self.at += length + 1;
                    parts.push(Part::Text { text, quoted: true });
                }
                '"' => self.double_quotes(&mut parts)?,
                '\\' => match self.take() {
                    Some('\n') => {}
                    Some(c) => push(&mut parts, c, true),
                    None => return Err(SyntaxError::Incomplete),
                },
                '$' => self.dollar(false, &mut parts)?,
                '`' => self.backquotes(false, &mut parts)?,
                c => push(&mut parts, c, false),
            }
        }
        Ok(parts)
    }

    fn double_quotes(&mut self, parts: &mut Word) -> Result<(), SyntaxError> {
        parts.push(Part::Text { text: String::new(), quoted: true });
        loop {
            match self.peek() {
                None => return Err(SyntaxError::Incomplete),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(c) => self.inside_quotes(c, parts)?,
            }
        }
    }

    fn inside_quotes(&mut self, c: char, parts: &mut Word) -> Result<(), SyntaxError> {
        self.at += c.len_utf8();
        match c {
            '\\' => match self.peek() {
                Some('\n') => self.at += 1,
                Some(c @ ('$' | '`' | '"' | '\\')) => {
                    self.at += 1;
                    push(parts, c, true);
                }
                _ => push(parts, '\\', true),
            },
            '$' => self.dollar(true, parts)?,
            '`' => self.backquotes(true, parts)?,
            c => push(parts, c, true),
        }
        Ok(())
    }

    fn backquotes(&mut self, quoted: bool, parts: &mut Word) -> Result<(), SyntaxError> {
        let mut script = String::new();
        loop {
            match self.take().ok_or(SyntaxError::Incomplete)? {
                '`' => break,
                '\\' => match self.take().ok_or(SyntaxError::Incomplete)? {
                    c @ ('`' | '$' | '\\') => script.push(c),
                    c => script.extend(['\\', c]),
                },
                c => script.push(c),
            }
        }
        parts.push(Part::Command { body: parse(&script)?, quoted });
        Ok(())
    }

    /// What follows a `$`.
    fn dollar(&mut self, quoted: bool, parts: &mut Word) -> Result<(), SyntaxError> {
        if self.rest().starts_with("((") {
            let inner = self.enclosed(2, '(', ')')?;
            let text = inner.strip_suffix(')').ok_or(SyntaxError::Incomplete)?;
            parts.push(Part::Sum { text: quoted_text(text)?, quoted });
            return Ok(());
        }
        if self.rest().starts_with('(') {
            let script = self.enclosed(1, '(', ')')?;
            parts.push(Part::Command { body: parse(&script)?, quoted });
            return Ok(());
        }
        if self.rest().starts_with('{') {
            let inner = self.enclosed(1, '{', '}')?;
            parts.push(braces(&inner, quoted)?);
            return Ok(());
        }
        let special = self.peek().filter(|c| "?$#@*!0123456789-".contains(*c)).map(|c| c.to_string());
        let name = special.unwrap_or_else(|| name_of(self.rest()).to_string());
        self.at += name.len();
        if name.is_empty() {
            push(parts, '$', quoted);
        } else {
            parts.push(Part::Variable { name, edit: None, quoted });
        }
        Ok(())
    }

    /// What stands between brackets that may hold others; quotes hide them.
    fn enclosed(&mut self, skip: usize, open: char, close: char) -> Result<String, SyntaxError> {
        self.at += skip;
        let (start, mut depth, mut quote) = (self.at, skip, None);
        while let Some(c) = self.take() {
            match (c, quote) {
                ('\\', q) if q != Some('\'') => {
                    self.take();
                }
                (c, Some(q)) if c == q => quote = None,
                (_, Some(_)) => {}
                ('\'' | '"', None) => quote = Some(c),
                (c, None) if c == open => depth += 1,
                (c, None) if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(self.text[start..self.at - 1].to_string());
                    }
                }
                _ => {}
            }
        }
        Err(SyntaxError::Incomplete)
    }
}

/// The name at the beginning of a text, empty if there is none.
pub(super) fn name_of(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

/// `${…}`.
fn braces(inner: &str, quoted: bool) -> Result<Part, SyntaxError> {
    let unknown = || SyntaxError::Unknown(format!("${{{inner}}}"));
    if let Some(name) = inner.strip_prefix('#').filter(|name| !name.is_empty()) {
        return Ok(Part::Variable { name: name.into(), edit: Some(("length".into(), Vec::new())), quoted });
    }
    let mut name = name_of(inner);
    if name.is_empty() {
        let length = inner.chars().next().filter(|c| "?$#@*!0123456789".contains(*c)).ok_or_else(unknown)?.len_utf8();
        name = &inner[..length];
    }
    let mut rest = &inner[name.len()..];
    let mut name = name.to_string();
    if let Some(index) = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        name = format!("{name}[{index}]");
        rest = &rest[index.len() + 2..];
    }
    if rest.is_empty() {
        return Ok(Part::Variable { name, edit: None, quoted });
    }
    let edits = [":-", ":=", ":+", ":?", "##", "%%", "//", "-", "=", "+", "?", "#", "%", "/"];
    let edit = edits.iter().find(|edit| rest.starts_with(**edit)).ok_or_else(unknown)?;
    let word = quoted_text(&rest[edit.len()..])?;
    // What stands there is a pattern unless it is quoted itself.
    let unquoted = |part: Part| match part {
        Part::Text { text, .. } => {
            let plain = text.trim_matches(['"', '\'']).to_string();
            Part::Text { quoted: plain.len() != text.len(), text: plain }
        }
        other => other,
    };
    Ok(Part::Variable { name, edit: Some(((*edit).into(), word.into_iter().map(unquoted).collect())), quoted })
}
