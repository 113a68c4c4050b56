//! Words to what commands get: variables, commands in commands, sums, splitting, file names.

use super::super::files::absolute;
use super::super::streams::{Input, Output};
use super::pattern::{fits, literal, without_end, without_start};
use super::syntax::{Node, Part, Word};
use super::{Halt, Shell, sum};

/// A word on its way: its text, and the pattern it is if something in it was not quoted.
#[derive(Clone, Debug, Default)]
struct Field {
    text: String,
    pattern: String,
    /// Whether it counts even if it is empty.
    kept: bool,
    wild: bool,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        self.text.push_str(text);
        if quoted {
            self.kept = true;
            self.pattern.push_str(&literal(text));
        } else {
            self.wild |= text.contains(['*', '?', '[']);
            self.pattern.push_str(text);
        }
    }
}

impl Shell<'_> {
    /// What words are to a command: each may become none, or several.
    pub(super) fn words(&mut self, words: &[Word], input: &mut Input<'_>, out: &mut Output) -> Vec<String> {
        let mut list = Vec::new();
        for word in words {
            for field in self.fields(word, true, input, out) {
                if field.wild {
                    let found = self.file_names(&field.pattern);
                    if !found.is_empty() {
                        list.extend(found);
                        continue;
                    }
                }
                list.push(field.text);
            }
        }
        list
    }

    /// What a word is as one text.
    pub(super) fn text(&mut self, word: &Word, input: &mut Input<'_>, out: &mut Output) -> String {
        self.fields(word, false, input, out).into_iter().map(|field| field.text).collect()
    }

    /// What a word is as a pattern.
    pub(super) fn pattern(&mut self, word: &Word, input: &mut Input<'_>, out: &mut Output) -> String {
        self.fields(word, false, input, out).into_iter().map(|field| field.pattern).collect()
    }

    fn fields(&mut self, word: &Word, split: bool, input: &mut Input<'_>, out: &mut Output) -> Vec<Field> {
        let mut done: Vec<Field> = Vec::new();
        let mut open = Field::default();
        let mut begun = false;
        for (index, part) in word.iter().enumerate() {
            let quoted = match part {
                Part::Text { quoted, .. }
                | Part::Variable { quoted, .. }
                | Part::Command { quoted, .. }
                | Part::Sum { quoted, .. } => *quoted,
            };
            if let Part::Text { text, .. } = part {
                let home = index == 0 && !quoted && (text == "~" || text.starts_with("~/"));
                open.push(&if home { self.home() + &text[1..] } else { text.clone() }, quoted);
                begun = true;
                continue;
            }
            if let Part::Variable { name, edit: None, quoted: true } = part
                && name == "@"
                && split
            {
                for (at, argument) in self.arguments.clone().iter().skip(1).enumerate() {
                    if at > 0 {
                        done.push(std::mem::take(&mut open));
                    }
                    open.push(argument, true);
                    begun = true;
                }
                continue;
            }
            let value = self.value(part, input, out);
            if quoted || !split {
                open.push(&value, quoted);
                begun |= quoted || !value.is_empty();
                continue;
            }
            let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
            if value.starts_with(blank) && begun {
                done.push(std::mem::take(&mut open));
                begun = false;
            }
            let pieces: Vec<&str> = value.split(blank).filter(|piece| !piece.is_empty()).collect();
            for (at, piece) in pieces.iter().enumerate() {
                if at > 0 {
                    done.push(std::mem::take(&mut open));
                }
                open.push(piece, false);
                begun = true;
            }
            if value.ends_with(blank) && begun && !pieces.is_empty() {
                done.push(std::mem::take(&mut open));
                begun = false;
            }
        }
        if begun && (!split || open.kept || !open.text.is_empty()) {
            done.push(open);
        }
        done
    }

    fn value(&mut self, part: &Part, input: &mut Input<'_>, out: &mut Output) -> String {
        match part {
            Part::Text { text, .. } => text.clone(),
            Part::Variable { name, edit: None, .. } => self.variable(name).unwrap_or_default(),
            Part::Variable { name, edit: Some((edit, word)), .. } => self.edited(name, edit, word, input, out),
            Part::Command { body, .. } => self.output_of(body, input, out),
            Part::Sum { text, .. } => {
                let text = self.text(text, input, out);
                let number = |name: &str| self.variable(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0);
                match sum::value(&text, &number) {
                    Some(value) => value.to_string(),
                    None => {
                        out.error(format!("sh: arithmetic syntax error in {:?}\n", text.trim()));
                        self.halt = Some(Halt::Exit(2));
                        String::new()
                    }
                }
            }
        }
    }

    /// The home directory.
    pub(super) fn home(&self) -> String {
        let own = self.variables.get("HOME").filter(|_| !self.is_inside());
        own.cloned().unwrap_or_else(|| "/root".into())
    }

    /// A variable, a parameter, or what the shell knows under a sign.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some("1".into()),
            "#" => Some((self.arguments.len().max(1) - 1).to_string()),
            "@" | "*" => Some(self.arguments.iter().skip(1).cloned().collect::<Vec<_>>().join(" ")),
            "!" | "-" => Some(String::new()),
            "PWD" => Some(self.directory.clone()),
            name => match name.parse::<usize>() {
                Ok(index) => self.arguments.get(index).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }

    /// `${NAME…}`.
    fn edited(&mut self, name: &str, edit: &str, word: &Word, input: &mut Input<'_>, out: &mut Output) -> String {
        let own = self.variable(name);
        let filled = own.as_deref().is_some_and(|own| !own.is_empty());
        let present = if edit.starts_with(':') { filled } else { own.is_some() };
        let value = own.unwrap_or_default();
        match edit {
            "length" => value.chars().count().to_string(),
            ":-" | "-" if !present => self.text(word, input, out),
            ":=" | "=" if !present => {
                let value = self.text(word, input, out);
                self.variables.insert(name.to_string(), value.clone());
                value
            }
            ":+" | "+" => {
                if present {
                    self.text(word, input, out)
                } else {
                    String::new()
                }
            }
            ":?" | "?" if !present => {
                let why = self.text(word, input, out);
                let why = if why.is_empty() { "parameter not set".into() } else { why };
                out.error(format!("sh: {name}: {why}\n"));
                self.halt = Some(Halt::Exit(2));
                String::new()
            }
            "#" | "##" => without_start(&value, &self.pattern(word, input, out), edit == "##").to_string(),
            "%" | "%%" => without_end(&value, &self.pattern(word, input, out), edit == "%%").to_string(),
            "/" | "//" => {
                let text = self.text(word, input, out);
                let (from, to) = text.split_once('/').unwrap_or((&text, ""));
                match (from.is_empty(), edit) {
                    (true, _) => value,
                    (_, "//") => value.replace(from, to),
                    _ => value.replacen(from, to, 1),
                }
            }
            _ => value,
        }
    }

    /// `$(…)`: what a command writes, without the newlines at its end.
    fn output_of(&mut self, body: &Node, input: &mut Input<'_>, out: &mut Output) -> String {
        let mut own = Output::at(out.now);
        self.apart(|shell| shell.run(body, input, &mut own));
        let text = own.stdout();
        out.add(own.chunks.into_iter().filter(|chunk| chunk.error));
        text.trim_end_matches('\n').to_string()
    }

    /// The files that a pattern names.
    fn file_names(&self, pattern: &str) -> Vec<String> {
        let start = if pattern.starts_with('/') { "/" } else { "" };
        let mut found = vec![start.to_string()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for base in &found {
                let directory = absolute(&self.directory, base);
                for (name, _) in self.list(&directory).unwrap_or_default() {
                    if fits(part, &name) && (part.starts_with('.') || !name.starts_with('.')) {
                        let slash = if base.is_empty() || base.ends_with('/') { "" } else { "/" };
                        next.push(format!("{base}{slash}{name}"));
                    }
                }
            }
            found = next;
        }
        found
    }
}
