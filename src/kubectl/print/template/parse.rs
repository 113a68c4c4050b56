//! Tokens to nodes (Go's `text/template/parse/parse.go`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::go;
use super::lex::{Kind, Token, lex};
use super::{Command, Node, NodeKind, Operand, OperandKind, Pipe, funcs};

/// Parentheses and blocks within each other deeper than this are refused.
const MAX_DEPTH: usize = 200;

pub(super) fn parse(name: &str, text: &str) -> Result<BTreeMap<String, Vec<Node>>, String> {
    let mut parser = Parser {
        name,
        tokens: lex(text),
        at: 0,
        variables: vec!["$".to_string()],
        ranges: 0,
        depth: 0,
        action_line: 0,
        templates: BTreeMap::new(),
    };
    let mut nodes = Vec::new();
    while parser.peek().kind != Kind::End {
        if parser.at_define() {
            parser.define()?;
            continue;
        }
        match parser.text_or_action()? {
            Parsed::Node(node) => nodes.push(node),
            Parsed::End => return Err(parser.error("unexpected {{end}}")),
            Parsed::Else => return Err(parser.error("unexpected {{else}}")),
        }
    }
    parser.templates.entry(name.to_string()).or_insert(nodes);
    Ok(parser.templates)
}

enum Parsed {
    Node(Node),
    End,
    Else,
}

struct Parser<'a> {
    name: &'a str,
    tokens: Vec<Token>,
    at: usize,
    variables: Vec<String>,
    ranges: usize,
    depth: usize,
    action_line: usize,
    templates: BTreeMap<String, Vec<Node>>,
}

type Block = (Pipe, Vec<Node>, Vec<Node>);

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn peek_non_space(&mut self) -> &Token {
        while self.peek().kind == Kind::Space {
            self.at += 1;
        }
        self.peek()
    }

    fn next_non_space(&mut self) -> Token {
        self.peek_non_space();
        self.next()
    }

    fn error(&self, why: impl std::fmt::Display) -> String {
        let last = &self.tokens[self.at.saturating_sub(1).min(self.tokens.len() - 1)];
        format!("template: {}:{}: {why}", self.name, last.line)
    }

    fn unexpected(&self, token: &Token, context: &str) -> String {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {token} in {context}"));
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != token.line {
            let action = if token.text.ends_with(" action") { "" } else { " in action" };
            extra = format!("{action} started at {}:{}", self.name, self.action_line);
        }
        self.error(format!("{token}{extra}"))
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token, String> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.error("max expression depth exceeded")) } else { Ok(()) }
    }

    fn at_define(&self) -> bool {
        let mut rest = self.tokens.iter().skip(self.at);
        rest.next().is_some_and(|t| t.kind == Kind::LeftDelim)
            && rest.find(|t| t.kind != Kind::Space).is_some_and(|t| t.is_keyword("define"))
    }

    fn define(&mut self) -> Result<(), String> {
        self.next();
        self.next_non_space();
        let name = self.template_name("define clause")?;
        self.expect(Kind::RightDelim, "define clause")?;
        self.body(name, "define clause")
    }

    /// The nodes up to `end`, stored as the template `name`.
    fn body(&mut self, name: String, context: &str) -> Result<(), String> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_string()]);
        let (list, end) = self.list()?;
        self.variables = outer;
        if matches!(end, Parsed::Else) {
            return Err(self.error(format!("unexpected {{{{else}}}} in {context}")));
        }
        self.templates.insert(name, list);
        Ok(())
    }

    fn template_name(&mut self, context: &str) -> Result<String, String> {
        let token = self.next_non_space();
        match token.kind {
            Kind::String | Kind::RawString => self.unquote(&token),
            _ => Err(self.unexpected(&token, context)),
        }
    }

    fn unquote(&self, token: &Token) -> Result<String, String> {
        let inside = &token.text[1..token.text.len() - 1];
        if token.kind == Kind::RawString {
            return Ok(inside.replace('\r', ""));
        }
        let quote = if token.kind == Kind::CharConstant { '\'' } else { '"' };
        let (mut bytes, mut rest) = (Vec::new(), inside);
        while !rest.is_empty() {
            let Some((read, after)) = go::unquote_char(rest, quote) else { return Err(self.error("invalid syntax")) };
            bytes.extend(read);
            rest = after;
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The nodes up to `end` or `else`.
    fn list(&mut self) -> Result<(Vec<Node>, Parsed), String> {
        let mut nodes = Vec::new();
        while self.peek_non_space().kind != Kind::End {
            match self.text_or_action()? {
                Parsed::Node(node) => nodes.push(node),
                end => return Ok((nodes, end)),
            }
        }
        self.at += 1;
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Parsed, String> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Parsed::Node(Node { pos: token.pos, kind: NodeKind::Text(token.text) })),
            Kind::LeftDelim => {
                self.action_line = token.line;
                let parsed = self.action()?;
                self.action_line = 0;
                Ok(parsed)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Result<Parsed, String> {
        let token = self.next_non_space();
        let pos = token.pos;
        let node = |kind| Ok(Parsed::Node(Node { pos, kind }));
        if token.kind != Kind::Keyword {
            self.at -= 1;
            let pos = self.peek().pos;
            let pipe = self.pipeline("command", Kind::RightDelim)?;
            return Ok(Parsed::Node(Node { pos, kind: NodeKind::Action(pipe) }));
        }
        match token.text.as_str() {
            "if" => self.control("if").and_then(|(pipe, list, otherwise)| node(NodeKind::If { pipe, list, otherwise })),
            "with" => {
                self.control("with").and_then(|(pipe, list, otherwise)| node(NodeKind::With { pipe, list, otherwise }))
            }
            "range" => self
                .control("range")
                .and_then(|(pipe, list, otherwise)| node(NodeKind::Range { pipe, list, otherwise })),
            "break" | "continue" => {
                let after = self.next_non_space();
                if after.kind != Kind::RightDelim {
                    return Err(self.unexpected(&after, &format!("{{{{{}}}}}", token.text)));
                }
                if self.ranges == 0 {
                    return Err(self.error(format!("{{{{{}}}}} outside {{{{range}}}}", token.text)));
                }
                node(if token.text == "break" { NodeKind::Break } else { NodeKind::Continue })
            }
            "end" => {
                self.expect(Kind::RightDelim, "end")?;
                Ok(Parsed::End)
            }
            "else" => {
                let next = self.peek_non_space();
                if !next.is_keyword("if") && !next.is_keyword("with") {
                    self.expect(Kind::RightDelim, "else")?;
                }
                Ok(Parsed::Else)
            }
            "template" => {
                let name = self.template_name("template clause")?;
                let pipe = if self.next_non_space().kind == Kind::RightDelim {
                    None
                } else {
                    self.at -= 1;
                    Some(self.pipeline("template clause", Kind::RightDelim)?)
                };
                node(NodeKind::Template { name, pipe })
            }
            "block" => {
                let name = self.template_name("block clause")?;
                let pipe = self.pipeline("block clause", Kind::RightDelim)?;
                self.body(name.clone(), "block clause")?;
                node(NodeKind::Template { name, pipe: Some(pipe) })
            }
            _ => Err(self.unexpected(&token, "command")),
        }
    }

    fn control(&mut self, word: &str) -> Result<Block, String> {
        let mark = self.variables.len();
        self.deeper()?;
        let pipe = self.pipeline(word, Kind::RightDelim)?;
        self.ranges += usize::from(word == "range");
        let (list, end) = self.list()?;
        self.ranges -= usize::from(word == "range");
        let mut otherwise = Vec::new();
        if matches!(end, Parsed::Else) {
            let next = self.peek().clone();
            if matches!(word, "if" | "with") && next.is_keyword(word) {
                // `else if` shares the `end` of the `if` it belongs to.
                self.next();
                let (pipe, list, inner) = self.control(word)?;
                let kind = if word == "if" {
                    NodeKind::If { pipe, list, otherwise: inner }
                } else {
                    NodeKind::With { pipe, list, otherwise: inner }
                };
                otherwise.push(Node { pos: next.pos, kind });
            } else {
                let (list, end) = self.list()?;
                if matches!(end, Parsed::Else) {
                    return Err(self.error("expected end; found {{else}}"));
                }
                otherwise = list;
            }
        }
        self.depth -= 1;
        self.variables.truncate(mark);
        Ok((pipe, list, otherwise))
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, String> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe { pos, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.at -= 1;
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            use OperandKind::{Bool, Dot, Nil, Number, Text};
            if matches!(command.args[0].kind, Bool(_) | Dot | Nil | Number { .. } | Text { .. }) {
                return Err(self.error(format!("non executable command in pipeline stage {}", index + 1)));
            }
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =` or `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), String> {
        while self.peek_non_space().kind == Kind::Variable {
            let start = self.at;
            let name = self.next().text;
            let next = self.peek_non_space().clone();
            let comma = next.kind == Kind::Char && next.text == ",";
            if !comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                self.at = start;
                return Ok(());
            }
            self.next();
            pipe.variables.push(name.clone());
            self.variables.push(name);
            if !comma {
                pipe.assigns = next.kind == Kind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.variables.len() > 1 {
                return Err(self.error(format!("too many declarations in {context}")));
            }
            if !matches!(self.peek_non_space().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.error("range can only initialize variables"));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command, String> {
        let mut command = Command { pos: self.peek_non_space().pos, args: Vec::new() };
        loop {
            self.peek_non_space();
            command.args.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelim | Kind::RightParen => {
                    self.at -= 1;
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if command.args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(command)
    }

    fn operand(&mut self) -> Result<Option<Operand>, String> {
        let Some(mut operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        let pos = self.peek().pos;
        let mut more = Vec::new();
        while self.peek().kind == Kind::Field {
            more.push(self.next().text[1..].to_string());
        }
        match &mut operand.kind {
            OperandKind::Field(fields) | OperandKind::Variable { fields, .. } => {
                fields.extend(more);
                operand.pos = pos;
            }
            OperandKind::Pipe(_) | OperandKind::Function(_) | OperandKind::Chain { .. } => {
                operand = Operand { pos, kind: OperandKind::Chain { base: Box::new(operand), fields: more } };
            }
            _ => return Err(self.error(format!("unexpected . after term {}", go::quote(&operand.to_string())))),
        }
        Ok(Some(operand))
    }

    fn term(&mut self) -> Result<Option<Operand>, String> {
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier if funcs::is_known(&token.text) => OperandKind::Function(token.text.clone()),
            Kind::Identifier => return Err(self.error(format!("function {} not defined", go::quote(&token.text)))),
            Kind::Dot => OperandKind::Dot,
            Kind::Nil => OperandKind::Nil,
            Kind::Variable if self.variables.contains(&token.text) => {
                OperandKind::Variable { name: token.text.clone(), fields: Vec::new() }
            }
            Kind::Variable => return Err(self.error(format!("undefined variable {}", go::quote(&token.text)))),
            Kind::Field => OperandKind::Field(vec![token.text[1..].to_string()]),
            Kind::Bool => OperandKind::Bool(token.text == "true"),
            Kind::Number => OperandKind::Number { value: self.number(&token.text)?, text: token.text.clone() },
            Kind::CharConstant => {
                let text = self.unquote(&token)?;
                let mut chars = text.chars();
                let (Some(c), None) = (chars.next(), chars.next()) else {
                    return Err(self.error(format!("malformed character constant: {}", token.text)));
                };
                OperandKind::Number { value: (c as u32).into(), text: token.text.clone() }
            }
            Kind::String | Kind::RawString => {
                OperandKind::Text { value: self.unquote(&token)?, quoted: token.text.clone() }
            }
            Kind::LeftParen => {
                self.deeper()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.depth -= 1;
                // A pipe in parentheses starts where its first word does.
                return Ok(Some(Operand { pos: pipe.pos, kind: OperandKind::Pipe(Box::new(pipe)) }));
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Operand { pos: token.pos, kind }))
    }

    fn number(&self, text: &str) -> Result<Value, String> {
        let plain = text.replace('_', "").to_lowercase();
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let octal = |d: &&str| d.len() > 1 && d.starts_with('0') && d.chars().all(|c| c.is_digit(8));
        let radixes = [("0x", 16), ("0b", 2), ("0o", 8)];
        let prefixed = radixes.iter().find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
        let (body, radix) = prefixed.or(Some((digits, 8)).filter(|(d, _)| octal(d))).unwrap_or((digits, 10));
        if let Ok(int) = i64::from_str_radix(&format!("{sign}{body}"), radix) {
            return Ok(int.into());
        }
        match plain.parse::<f64>().ok().filter(|f| f.is_finite()) {
            // A float without a fraction serves as an integer too.
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => Ok((float as i64).into()),
            Some(float) => Ok(float.into()),
            None => Err(self.error(format!("illegal number syntax: {}", go::quote(text)))),
        }
    }
}
