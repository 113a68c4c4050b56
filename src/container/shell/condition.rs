//! `test`, `[ … ]` and `[[ … ]]`.

use regex::Regex;

use super::super::files::Entry;
use super::super::streams::{Input, Output};
use super::Shell;
use super::pattern::fits;
use super::syntax::{Part, Word};

/// How many words a condition may have.
const MOST: usize = 200;

impl Shell<'_> {
    /// `test`: 0, 1, or 2 if it is no condition.
    pub(super) fn test(&self, words: &[String], out: &mut Output) -> i32 {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match if words.len() > MOST { None } else { self.holds(&words) } {
            Some(holds) => i32::from(!holds),
            None => {
                out.error(format!("sh: test: {}: unknown operand\n", words.last().unwrap_or(&"")));
                2
            }
        }
    }

    fn holds(&self, words: &[&str]) -> Option<bool> {
        if let Some(at) = words.iter().position(|word| *word == "-o").filter(|at| *at > 0) {
            return Some(self.holds(&words[..at])? || self.holds(&words[at + 1..])?);
        }
        if let Some(at) = words.iter().position(|word| *word == "-a").filter(|at| *at > 0) {
            return Some(self.holds(&words[..at])? && self.holds(&words[at + 1..])?);
        }
        match words {
            [] => Some(false),
            [word] => Some(!word.is_empty()),
            ["!", rest @ ..] => Some(!self.holds(rest)?),
            [question, word] => self.file_or_text(question, word),
            [left, operator, right] => compare(left, operator, right),
            _ => None,
        }
    }

    fn file_or_text(&self, question: &str, word: &str) -> Option<bool> {
        let found = self.entry(&self.path(word)).ok();
        let directory = found.as_ref().is_some_and(Entry::is_directory);
        Some(match question {
            "-n" => !word.is_empty(),
            "-z" => word.is_empty(),
            "-e" | "-r" | "-a" => found.is_some(),
            "-f" => found.is_some() && !directory,
            "-d" => directory,
            "-s" => directory || found.is_some_and(|entry| entry.content.size() > 0),
            "-w" => found.is_some() && self.is_writable(&self.path(word)),
            "-x" => directory,
            "-L" | "-h" | "-p" | "-S" | "-b" | "-c" | "-t" => false,
            _ => return None,
        })
    }

    /// `[[ … ]]`: `&&`, `||`, `!`, patterns and regular expressions.
    pub(super) fn double_brackets(&mut self, words: &[Word], input: &mut Input<'_>, out: &mut Output) -> i32 {
        if words.len() > MOST {
            return 2;
        }
        let sign =
            |word: &Word, sign: &str| matches!(word.as_slice(), [Part::Text { text, quoted: false }] if text == sign);
        if let Some(at) = words.iter().position(|word| sign(word, "||")) {
            let left = self.double_brackets(&words[..at], input, out);
            return if left == 0 { 0 } else { self.double_brackets(&words[at + 1..], input, out) };
        }
        if let Some(at) = words.iter().position(|word| sign(word, "&&")) {
            let left = self.double_brackets(&words[..at], input, out);
            return if left == 0 { self.double_brackets(&words[at + 1..], input, out) } else { left };
        }
        if let [first, rest @ ..] = words
            && sign(first, "!")
        {
            return i32::from(self.double_brackets(rest, input, out) == 0);
        }
        if let [left, operator, right] = words {
            let left = self.text(left, input, out);
            if sign(operator, "=~") {
                let expression = self.text(right, input, out);
                return self.matches(&left, &expression, out);
            }
            let equal = sign(operator, "==") || sign(operator, "=");
            if equal || sign(operator, "!=") {
                return i32::from(fits(&self.pattern(right, input, out), &left) != equal);
            }
        }
        let words: Vec<String> = words.iter().map(|word| self.text(word, input, out)).collect();
        self.test(&words, out)
    }

    /// `=~`: what was found is in `BASH_REMATCH`.
    fn matches(&mut self, text: &str, expression: &str, out: &mut Output) -> i32 {
        let Ok(expression) = Regex::new(expression) else {
            out.error(format!("sh: [[: invalid regular expression `{expression}'\n"));
            return 2;
        };
        self.variables.retain(|name, _| !name.starts_with("BASH_REMATCH"));
        let Some(found) = expression.captures(text) else { return 1 };
        for (index, group) in found.iter().enumerate() {
            let group = group.map(|group| group.as_str().to_string()).unwrap_or_default();
            self.variables.insert(format!("BASH_REMATCH[{index}]"), group);
        }
        0
    }
}

fn compare(left: &str, operator: &str, right: &str) -> Option<bool> {
    match operator {
        "=" | "==" => return Some(left == right),
        "!=" => return Some(left != right),
        "<" => return Some(left < right),
        ">" => return Some(left > right),
        _ => {}
    }
    let (left, right): (i64, i64) = (left.trim().parse().ok()?, right.trim().parse().ok()?);
    Some(match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        "-ge" => left >= right,
        _ => return None,
    })
}
