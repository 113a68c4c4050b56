//! Words and operators to commands: the grammar of a small POSIX shell, with `[[ … ]]`.

use super::lex::{Token, name_of, tokens};
use super::syntax::{Node, Part, Redirect, SyntaxError, Word};

/// How deep commands may stand in each other.
const DEEPEST: usize = 60;
/// How many variables and commands may stand in the words of a script, each of which may hold others.
const MOST: usize = 300;

/// Reads a script.
pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    if text.matches("$(").count() + text.matches("${").count() + text.matches('`').count() > MOST {
        return Err(SyntaxError::Unknown("so many commands in commands".into()));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let list = parser.list(&[])?;
    match parser.peek() {
        None => Ok(list),
        Some(token) => Err(unexpected(token)),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

fn unexpected(token: &Token) -> SyntaxError {
    SyntaxError::Unexpected(match token {
        Token::Operator(operator) => (*operator).to_string(),
        Token::Newline | Token::Stream(_) | Token::Here(_) => "newline".into(),
        Token::Word(word) => plain(word).unwrap_or_default().to_string(),
    })
}

/// The text of a word without quotes and variables.
fn plain(word: &Word) -> Option<&str> {
    match word.as_slice() {
        [Part::Text { text, quoted: false }] => Some(text),
        _ => None,
    }
}

/// Words that are no commands where a command could begin.
const CLOSERS: &[&str] = &["then", "else", "elif", "fi", "do", "done", "esac", "}"];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next_is(&self, word: &str) -> bool {
        match self.peek() {
            Some(Token::Word(own)) => plain(own) == Some(word),
            Some(Token::Operator(own)) => *own == word,
            _ => false,
        }
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.next_is(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), SyntaxError> {
        if self.accept(word) {
            return Ok(());
        }
        match self.peek() {
            None => Err(SyntaxError::Incomplete),
            Some(token) => Err(unexpected(token)),
        }
    }

    fn newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    /// Commands until one of `ends`, which is left there.
    fn list(&mut self, ends: &[&str]) -> Result<Node, SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SyntaxError::Unknown("so deep a script".into()));
        }
        let mut nodes = Vec::new();
        loop {
            self.newlines();
            if self.peek().is_none() {
                if ends.is_empty() {
                    break;
                }
                return Err(SyntaxError::Incomplete);
            }
            if ends.iter().any(|end| self.next_is(end)) {
                break;
            }
            if self.next_is(")") || CLOSERS.iter().any(|word| self.next_is(word)) {
                break;
            }
            let mut node = self.and_or()?;
            if self.accept("&") {
                node = Node::Background(Box::new(node));
            } else if !self.accept(";") && self.peek().is_some_and(|token| *token != Token::Newline) {
                let ended = self.next_is(")") || ends.iter().any(|end| self.next_is(end));
                if let Some(token) = self.peek().filter(|_| !ended) {
                    return Err(unexpected(token));
                }
            }
            nodes.push(node);
        }
        self.depth -= 1;
        Ok(match <[Node; 1]>::try_from(nodes) {
            Ok([node]) => node,
            Err(nodes) => Node::List(nodes),
        })
    }

    fn and_or(&mut self) -> Result<Node, SyntaxError> {
        let mut left = self.pipe()?;
        loop {
            let and = self.next_is("&&");
            if !and && !self.next_is("||") {
                return Ok(left);
            }
            self.at += 1;
            self.newlines();
            let right = Box::new(self.pipe()?);
            left = if and { Node::And(Box::new(left), right) } else { Node::Or(Box::new(left), right) };
        }
    }

    fn pipe(&mut self) -> Result<Node, SyntaxError> {
        let mut negated = false;
        let mut told = false;
        while self.accept("!") {
            (negated, told) = (!negated, true);
        }
        let node = self.pipe_of()?;
        let not = |node| Node::Not(Box::new(node));
        Ok(match (told, negated) {
            (false, _) => node,
            (true, true) => not(node),
            (true, false) => not(not(node)),
        })
    }

    fn pipe_of(&mut self) -> Result<Node, SyntaxError> {
        let mut nodes = vec![self.command()?];
        while self.accept("|") {
            self.newlines();
            nodes.push(self.command()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Pipe(nodes) })
    }

    fn command(&mut self) -> Result<Node, SyntaxError> {
        let Some(token) = self.peek() else { return Err(SyntaxError::Incomplete) };
        let word = match token {
            Token::Word(word) => plain(word).unwrap_or_default().to_string(),
            Token::Operator("(") => "(".into(),
            Token::Operator(operator) if !operator.starts_with(['<', '>', '&']) || *operator == "&&" => {
                return Err(unexpected(token));
            }
            _ => String::new(),
        };
        let body = match word.as_str() {
            "if" => self.branches()?,
            "for" => self.for_loop()?,
            "while" | "until" => {
                self.at += 1;
                let condition = Box::new(self.list(&["do"])?);
                Node::While { condition, negated: word == "until", body: Box::new(self.loop_body()?) }
            }
            "case" => self.case()?,
            "{" => {
                self.at += 1;
                let body = self.list(&["}"])?;
                self.expect("}")?;
                body
            }
            "(" => {
                self.at += 1;
                let body = self.list(&[")"])?;
                self.expect(")")?;
                body
            }
            "[[" => self.test()?,
            "function" | "select" => return Err(SyntaxError::Unknown(word)),
            _ => return self.simple(),
        };
        let redirects = self.redirects()?;
        if redirects.is_empty() && word != "(" {
            return Ok(body);
        }
        Ok(Node::Group { body: Box::new(body), own: word == "(", redirects })
    }

    fn branches(&mut self) -> Result<Node, SyntaxError> {
        let mut branches = Vec::new();
        let mut otherwise = Node::List(Vec::new());
        loop {
            self.at += 1;
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.next_is("elif") {
                continue;
            }
            if self.accept("else") {
                otherwise = self.list(&["fi"])?;
            }
            self.expect("fi")?;
            return Ok(Node::If { branches, otherwise: Box::new(otherwise) });
        }
    }

    fn loop_body(&mut self) -> Result<Node, SyntaxError> {
        self.newlines();
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Result<Node, SyntaxError> {
        self.at += 1;
        let name = match self.peek() {
            Some(Token::Word(word)) => plain(word).unwrap_or_default().to_string(),
            Some(Token::Operator("(")) => return Err(SyntaxError::Unknown("for ((…))".into())),
            Some(token) => return Err(unexpected(token)),
            None => return Err(SyntaxError::Incomplete),
        };
        self.at += 1;
        self.newlines();
        let mut words = None;
        if self.accept("in") {
            let mut list = Vec::new();
            while let Some(Token::Word(word)) = self.peek() {
                list.push(word.clone());
                self.at += 1;
            }
            words = Some(list);
        }
        self.accept(";");
        Ok(Node::For { name, words, body: Box::new(self.loop_body()?) })
    }

    fn case(&mut self) -> Result<Node, SyntaxError> {
        self.at += 1;
        let word = self.word()?;
        self.newlines();
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.accept("esac") {
                return Ok(Node::Case { word, arms });
            }
            self.accept("(");
            let mut patterns = vec![self.word()?];
            while self.accept("|") {
                patterns.push(self.word()?);
            }
            self.expect(")")?;
            let body = self.list(&[";;", "esac"])?;
            self.accept(";;");
            arms.push((patterns, body));
        }
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let found = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            Some(token) => return Err(unexpected(token)),
            None => return Err(SyntaxError::Incomplete),
        };
        self.at += 1;
        Ok(found)
    }

    fn test(&mut self) -> Result<Node, SyntaxError> {
        self.at += 1;
        let mut words = Vec::new();
        while !self.accept("]]") {
            match self.peek() {
                Some(Token::Word(word)) => words.push(word.clone()),
                Some(Token::Operator(operator)) => {
                    words.push(vec![Part::Text { text: (*operator).into(), quoted: false }]);
                }
                Some(Token::Newline) => {}
                Some(token) => return Err(unexpected(token)),
                None => return Err(SyntaxError::Incomplete),
            }
            self.at += 1;
        }
        Ok(Node::Test(words))
    }

    fn simple(&mut self) -> Result<Node, SyntaxError> {
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let found = self.redirects()?;
            let more = !found.is_empty();
            redirects.extend(found);
            match self.peek() {
                Some(Token::Word(word)) => {
                    match assignment(word).filter(|_| words.is_empty()) {
                        Some(assign) => assigns.push(assign),
                        None => words.push(word.clone()),
                    }
                    self.at += 1;
                }
                Some(Token::Operator("(")) if words.len() == 1 => {
                    return Err(SyntaxError::Unknown("functions".into()));
                }
                _ if more => {}
                _ => return Ok(Node::Simple { assigns, words, redirects }),
            }
        }
    }

    fn redirects(&mut self) -> Result<Vec<Redirect>, SyntaxError> {
        let mut out = Vec::new();
        loop {
            let given = match self.peek() {
                Some(Token::Stream(stream)) => {
                    let stream = *stream;
                    self.at += 1;
                    Some(stream)
                }
                _ => None,
            };
            let operator = match self.peek() {
                Some(Token::Operator(operator)) if operator.contains(['<', '>']) => *operator,
                Some(Token::Here(text)) => {
                    out.push(Redirect { stream: 0, operator: "<<", target: text.clone() });
                    self.at += 1;
                    continue;
                }
                _ => return Ok(out),
            };
            self.at += 1;
            let target = self.word()?;
            let stream = given.unwrap_or(u32::from(!operator.starts_with('<')));
            if operator == "&>" {
                out.push(Redirect { stream: 1, operator: ">", target });
                let one = vec![Part::Text { text: "1".into(), quoted: true }];
                out.push(Redirect { stream: 2, operator: ">&", target: one });
                continue;
            }
            out.push(Redirect { stream, operator: if operator == ">|" { ">" } else { operator }, target });
        }
    }
}

/// `NAME=VALUE`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text { text, quoted: false }) = word.first() else { return None };
    let name = name_of(text);
    let value = text.strip_prefix(name)?.strip_prefix('=').filter(|_| !name.is_empty())?;
    let mut rest = word.clone();
    rest[0] = Part::Text { text: value.to_string(), quoted: false };
    Some((name.to_string(), rest))
}
