//! The text of a label selector to requirements: lexer and parser of `k8s.io/apimachinery/pkg/labels/selector.go`,
//! with its error texts.

use std::collections::BTreeSet;

use super::{Operator, Requirement, syntax};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    End,
    Close,
    Comma,
    Not,
    Operator(Operator),
    Word,
    Open,
}

struct Parser<'a> {
    tokens: Vec<(Token, &'a str)>,
    position: usize,
}

fn special(c: char) -> bool {
    matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

fn lex(text: &str) -> Vec<(Token, &str)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if rest.is_empty() || rest.starts_with('\0') {
            tokens.push((Token::End, ""));
            return tokens;
        }
        let end = if rest.starts_with(special) {
            if rest.starts_with("==") || rest.starts_with("!=") { 2 } else { 1 }
        } else {
            let boundary = |c| special(c) || matches!(c, ' ' | '\t' | '\r' | '\n' | '\0');
            rest.find(boundary).unwrap_or(rest.len())
        };
        let (literal, after) = rest.split_at(end);
        rest = after;
        let token = match literal {
            ")" => Token::Close,
            "," => Token::Comma,
            "!" => Token::Not,
            "(" => Token::Open,
            "==" => Token::Operator(Operator::DoubleEquals),
            "=" => Token::Operator(Operator::Equals),
            ">" => Token::Operator(Operator::GreaterThan),
            "<" => Token::Operator(Operator::LessThan),
            "!=" => Token::Operator(Operator::NotEquals),
            "in" => Token::Operator(Operator::In),
            "notin" => Token::Operator(Operator::NotIn),
            _ => Token::Word,
        };
        tokens.push((token, literal));
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { tokens: lex(text), position: 0 };
    let mut requirements = Vec::new();
    loop {
        match parser.peek() {
            (Token::Word | Token::Not, _) => {
                let requirement = parser.requirement().map_err(|e| format!("unable to parse requirement: {e}"))?;
                requirements.push(requirement);
            }
            (Token::End, _) => return Ok(requirements),
            (_, literal) => return Err(format!("found '{literal}', expected: !, identifier, or 'end of string'")),
        }
        match parser.next() {
            (Token::End, _) => return Ok(requirements),
            (Token::Comma, _) => {
                let (token, literal) = parser.peek();
                if !matches!(token, Token::Word | Token::Not) {
                    return Err(format!("found '{literal}', expected: identifier after ','"));
                }
            }
            (_, literal) => return Err(format!("found '{literal}', expected: ',' or 'end of string'")),
        }
    }
}

impl<'a> Parser<'a> {
    fn raw(&self, position: usize) -> (Token, &'a str) {
        self.tokens.get(position).copied().unwrap_or((Token::End, ""))
    }

    /// The current token where a key or value may stand: `in` and `notin` are words there.
    fn peek(&self) -> (Token, &'a str) {
        match self.raw(self.position) {
            (Token::Operator(Operator::In | Operator::NotIn), literal) => (Token::Word, literal),
            other => other,
        }
    }

    fn next(&mut self) -> (Token, &'a str) {
        let token = self.peek();
        self.position += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut key) = self.next();
        let negated = token == Token::Not;
        if negated {
            (token, key) = self.next();
        }
        if token != Token::Word {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let mut problems = Vec::new();
        syntax::push_invalid(&mut problems, "<nil>", key, &syntax::key_problems(key));
        if let Some(problem) = problems.pop() {
            return Err(problem);
        }
        let ends = matches!(self.peek().0, Token::End | Token::Comma);
        let (operator, values) = match (negated, ends) {
            (true, _) => (Operator::DoesNotExist, BTreeSet::new()),
            (false, true) => (Operator::Exists, BTreeSet::new()),
            (false, false) => {
                let operator = self.operator()?;
                let set = matches!(operator, Operator::In | Operator::NotIn);
                (operator, if set { self.set()? } else { self.exact()? })
            }
        };
        let values = values.into_iter().map(str::to_string).collect();
        Requirement::new(key, operator, values).map_err(|e| e.to_string())
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let (token, literal) = self.raw(self.position);
        self.position += 1;
        match token {
            Token::Operator(operator) => Ok(operator),
            _ => Err(format!("found '{literal}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    }

    fn exact(&mut self) -> Result<BTreeSet<&'a str>, String> {
        match self.peek() {
            (Token::End | Token::Comma, _) => Ok(BTreeSet::from([""])),
            (Token::Word, literal) => {
                self.position += 1;
                Ok(BTreeSet::from([literal]))
            }
            (_, literal) => Err(format!("found '{literal}', expected: identifier")),
        }
    }

    fn set(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let (token, literal) = self.next();
        if token != Token::Open {
            return Err(format!("found '{literal}' expected: '('"));
        }
        match self.peek() {
            (Token::Word | Token::Comma, _) => {
                let set = self.words()?;
                self.position += 1;
                Ok(set)
            }
            (Token::Close, _) => {
                self.position += 1;
                Ok(BTreeSet::from([""]))
            }
            (_, literal) => Err(format!("found '{literal}', expected: ',', ')' or identifier")),
        }
    }

    /// Words between commas, each possibly empty, up to the closing parenthesis, which is left.
    fn words(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let mut set = BTreeSet::new();
        loop {
            match self.next() {
                (Token::Word, literal) => {
                    set.insert(literal);
                    match self.peek() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => return Ok(set),
                        (_, literal) => return Err(format!("found '{literal}', expected: ',' or ')'")),
                    }
                }
                (Token::Comma, _) => {
                    let next = self.peek().0;
                    if set.is_empty() || matches!(next, Token::Close | Token::Comma) {
                        set.insert("");
                    }
                    if next == Token::Close {
                        return Ok(set);
                    }
                }
                (_, literal) => return Err(format!("found '{literal}', expected: ',', or identifier")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::resource::selector::Selector;

    fn check(text: &str, expect: &str) {
        let got = Selector::parse(text).map_or_else(|e| e.to_string(), |s| s.to_string());
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn texts_are_ordered_by_key_and_normalised() {
        for (text, expect) in [
            ("", ""),
            ("b=1, a = 2", "a=2,b=1"),
            ("x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"),
            ("in in (in,notin)", "in in (in,notin)"),
            ("!a,b!=c,d==e,f>1,g<2", "!a,b!=c,d==e,f>1,g<2"),
            ("a=,b", "a=,b"),
            ("a in (,)", "a in ()"),
        ] {
            check(text, expect);
        }
    }

    #[test]
    fn errors_have_the_servers_words_part_11() {
        for (text, expect) in [
            ("a===b", "unable to parse requirement: found '=', expected: identifier"),
            ("a b c", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("!a=b", "found '=', expected: ',' or 'end of string'"),
            ("a,", "found '', expected: identifier after ','"),
            ("=a", "found '=', expected: !, identifier, or 'end of string'"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("a in (b,", "unable to parse requirement: found '', expected: ',', or identifier"),
            (
                "a>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value \
                 must be an integer",
            ),
        ] {
            check(text, expect);
        }
        let error = Selector::parse("-a=b").unwrap_err().to_string();
        assert!(
            error.starts_with("unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of"),
            "{error}"
        );
        let error = Selector::parse("a=-b").unwrap_err().to_string();
        assert!(
            error.starts_with("unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must"),
            "{error}"
        );
    }
}
