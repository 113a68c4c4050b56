//! Running what was read: lists, pipes, conditions, loops, redirections.

use super::super::files::Errno;
use super::super::programs;
use super::super::streams::{Chunk, Input, Output};
use super::parse::parse;
use super::syntax::{Node, Redirect, SyntaxError, Word};
use super::{Halt, Outside, Shell, pattern};
use crate::cluster::disk::Content;

/// How deep shells may stand in shells.
const DEEPEST: u32 = 40;

/// Where a stream goes.
#[derive(Clone, Debug, PartialEq)]
enum Sink {
    /// On to where the command's own goes.
    Through { error: bool },
    /// Nowhere.
    Nowhere,
    /// Into a file.
    File(String),
}

/// The prompt of an interactive shell: whether more is wanted of a command that is not finished.
#[must_use]
pub fn prompt_of(text: &str) -> bool {
    parse(text) == Err(SyntaxError::Incomplete)
}

impl Shell<'_> {
    /// Reads a script and runs it.
    pub(super) fn source(&mut self, text: &str, input: &mut Input<'_>, out: &mut Output) {
        match parse(text) {
            Ok(node) => self.run(&node, input, out),
            Err(error) => {
                let why = match error {
                    SyntaxError::Incomplete => "syntax error: unexpected end of file".to_string(),
                    SyntaxError::Unexpected(word) => format!("syntax error: unexpected {word:?}"),
                    SyntaxError::Unknown(what) => {
                        self.unknown.get_or_insert(what.clone());
                        format!("sts-lab: {what} is not modelled in the lab's shell")
                    }
                };
                out.error(format!("sh: {why}\n"));
                self.status = 2;
            }
        }
    }

    /// Does something as a child process would: what becomes of variables and the directory is lost.
    pub(super) fn apart(&mut self, act: impl FnOnce(&mut Self)) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.depth -= 1;
            self.halt = Some(Halt::Exit(2));
            return;
        }
        let kept = (self.variables.clone(), self.exported.clone(), self.directory.clone(), self.arguments.clone());
        act(self);
        (self.variables, self.exported, self.directory, self.arguments) = kept;
        if let Some(Halt::Exit(code)) = self.halt {
            self.status = code;
        }
        if self.halt != Some(Halt::Killed) {
            self.halt = None;
        }
        self.depth -= 1;
    }

    pub(super) fn run(&mut self, node: &Node, input: &mut Input<'_>, out: &mut Output) {
        if self.halt.is_some() {
            return;
        }
        match node {
            Node::Simple { assigns, words, redirects } => self.simple(assigns, words, redirects, input, out),
            Node::List(nodes) => {
                for node in nodes {
                    self.run(node, input, out);
                    if self.halt.is_some() {
                        return;
                    }
                }
            }
            Node::And(left, right) | Node::Or(left, right) => {
                self.quietly(left, input, out);
                if self.halt.is_none() && (self.status == 0) == matches!(node, Node::And(..)) {
                    self.run(right, input, out);
                }
            }
            Node::Not(node) => {
                self.quietly(node, input, out);
                self.status = i32::from(self.status == 0);
            }
            Node::Pipe(nodes) => self.pipe(nodes, input, out),
            Node::If { branches, otherwise } => {
                for (condition, then) in branches {
                    self.quietly(condition, input, out);
                    if self.halt.is_some() || self.status == 0 {
                        return self.run(then, input, out);
                    }
                }
                self.status = 0;
                self.run(otherwise, input, out);
            }
            Node::For { name, words, body } => self.for_each(name, words.as_deref(), body, input, out),
            Node::While { condition, negated, body } => {
                while self.turn() {
                    self.quietly(condition, input, out);
                    if self.halt.is_some() || (self.status == 0) == *negated {
                        break;
                    }
                    self.run(body, input, out);
                    if self.leaves_loop() {
                        break;
                    }
                }
                if self.halt.is_none() {
                    self.status = 0;
                }
            }
            Node::Case { word, arms } => self.case(word, arms, input, out),
            Node::Test(words) => self.status = self.double_brackets(words, input, out),
            Node::Background(node) => {
                // Nothing runs beside anything else here: it runs first.
                self.apart(|shell| shell.run(node, input, out));
                self.status = 0;
            }
            Node::Group { body, own, redirects } => self.redirected(redirects, input, out, |shell, input, out| {
                if *own { shell.apart(|shell| shell.run(body, input, out)) } else { shell.run(body, input, out) }
            }),
        }
    }

    /// Runs a command whose failure is a question and ends nothing (`set -e`).
    fn quietly(&mut self, node: &Node, input: &mut Input<'_>, out: &mut Output) {
        let kept = std::mem::replace(&mut self.exit_on_error, false);
        self.run(node, input, out);
        self.exit_on_error = kept;
    }

    /// One more step; a shell that takes too many is stopped.
    fn turn(&mut self) -> bool {
        self.steps += 1;
        if self.steps > self.world.patience() && self.halt.is_none() {
            self.halt = Some(Halt::Killed);
        }
        self.halt.is_none()
    }

    /// After a turn of a loop: whether that was the last.
    fn leaves_loop(&mut self) -> bool {
        match self.halt {
            Some(Halt::Break(levels)) => {
                self.halt = (levels > 1).then_some(Halt::Break(levels - 1));
                true
            }
            Some(Halt::Continue(levels)) => {
                self.halt = (levels > 1).then_some(Halt::Continue(levels - 1));
                levels > 1
            }
            other => other.is_some(),
        }
    }

    fn for_each(&mut self, name: &str, words: Option<&[Word]>, body: &Node, input: &mut Input<'_>, out: &mut Output) {
        let list = match words {
            Some(words) => self.words(words, input, out),
            None => self.arguments.iter().skip(1).cloned().collect(),
        };
        self.status = 0;
        for word in list {
            if !self.turn() {
                return;
            }
            self.variables.insert(name.to_string(), word);
            self.run(body, input, out);
            if self.leaves_loop() {
                return;
            }
        }
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, Node)], input: &mut Input<'_>, out: &mut Output) {
        let word = self.text(word, input, out);
        for (patterns, body) in arms {
            for pattern in patterns {
                if pattern::fits(&self.pattern(pattern, input, out), &word) {
                    return self.run(body, input, out);
                }
            }
        }
        self.status = 0;
    }

    fn pipe(&mut self, nodes: &[Node], input: &mut Input<'_>, out: &mut Output) {
        let mut text: Option<String> = None;
        for (index, node) in nodes.iter().enumerate() {
            let mut own = Output::at(out.now);
            match text.take() {
                None => self.apart(|shell| shell.run(node, input, &mut own)),
                Some(text) => self.apart(|shell| shell.run(node, &mut Input::text(text), &mut own)),
            }
            if index + 1 == nodes.len() {
                out.add(own.chunks);
                return;
            }
            text = Some(own.stdout());
            out.add(own.chunks.into_iter().filter(|chunk| chunk.error));
            if self.halt.is_some() {
                return;
            }
        }
    }

    fn simple(
        &mut self,
        assigns: &[(String, Word)],
        words: &[Word],
        redirects: &[Redirect],
        input: &mut Input<'_>,
        out: &mut Output,
    ) {
        if !self.turn() {
            return;
        }
        out.now = self.world.around().now;
        let status = std::mem::replace(&mut self.status, 0);
        self.status = status;
        let words = self.words(words, input, out);
        let assigns: Vec<(String, String)> =
            assigns.iter().map(|(name, word)| (name.clone(), self.text(word, input, out))).collect();
        if self.halt.is_some() {
            return;
        }
        if words.is_empty() {
            if assigns.is_empty() || !redirects.is_empty() {
                self.status = 0;
            }
            self.variables.extend(assigns);
            return self.redirected(redirects, input, out, |_, _, _| {});
        }
        let kept = assigns.iter().map(|(name, _)| (name.clone(), self.variables.get(name).cloned()));
        let kept: Vec<_> = kept.collect();
        self.exported.extend(assigns.iter().map(|(name, _)| name.clone()));
        self.variables.extend(assigns);
        self.redirected(redirects, input, out, |shell, input, out| shell.status = shell.command(&words, input, out));
        for (name, value) in kept {
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
        if self.exit_on_error && self.status != 0 && self.halt.is_none() {
            self.halt = Some(Halt::Exit(self.status));
        }
    }

    /// Runs a command of words.
    pub(super) fn command(&mut self, words: &[String], input: &mut Input<'_>, out: &mut Output) -> i32 {
        let Some(name) = words.first() else { return 0 };
        out.now = self.world.around().now;
        if let Some(code) = self.builtin(words, input, out) {
            return code;
        }
        let short = name.rsplit('/').next().unwrap_or_default();
        match programs::find(short, self.is_inside()) {
            Some(program) => program(&mut programs::Call { shell: self, name: short, args: &words[1..], input, out }),
            None => {
                if let Some(code) = self.call_outside(words, input, out) {
                    return code;
                }
                self.unknown.get_or_insert(name.clone());
                out.error(programs::refusal(name));
                if self.world.gives_up(name) {
                    self.halt = Some(Halt::Killed);
                }
                127
            }
        }
    }

    /// Runs a program of the place in which the shell stands.
    fn call_outside(&mut self, words: &[String], input: &mut Input<'_>, out: &mut Output) -> Option<i32> {
        if self.is_inside() {
            return None;
        }
        let env = self.exported().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let directory = self.directory.clone();
        self.world.call(&Outside { words, directory: &directory, env: &env }, input, out)
    }

    /// Runs something with other streams.
    fn redirected(
        &mut self,
        redirects: &[Redirect],
        input: &mut Input<'_>,
        out: &mut Output,
        act: impl FnOnce(&mut Self, &mut Input<'_>, &mut Output),
    ) {
        if redirects.is_empty() {
            return act(self, input, out);
        }
        let mut sinks = [Sink::Through { error: false }, Sink::Through { error: true }];
        let mut text = None;
        for redirect in redirects {
            let target = self.text(&redirect.target, input, out);
            if let Err((path, why)) = self.redirect(redirect, target, &mut sinks, &mut text, input) {
                out.error(format!("sh: {path}: {}\n", why.text()));
                self.status = 1;
                return;
            }
        }
        let mut own = Output::at(out.now);
        match text {
            Some(text) => act(self, &mut Input::text(text), &mut own),
            None => act(self, input, &mut own),
        }
        for chunk in own.chunks {
            match &sinks[usize::from(chunk.error)] {
                Sink::Through { error } => out.add([Chunk { error: *error, ..chunk }]),
                Sink::Nowhere => {}
                Sink::File(path) => {
                    if let Err(why) = self.append(path, &chunk.text) {
                        out.error(format!("sh: write error: {}\n", why.text()));
                        self.status = 1;
                        return;
                    }
                }
            }
        }
    }

    fn redirect(
        &mut self,
        redirect: &Redirect,
        target: String,
        sinks: &mut [Sink; 2],
        text: &mut Option<String>,
        input: &mut Input<'_>,
    ) -> Result<(), (String, Errno)> {
        let stream = usize::from(redirect.stream == 2);
        match redirect.operator {
            "<" => *text = Some(self.read(&target, input).map_err(|why| (target.clone(), why))?),
            "<<" => *text = Some(target),
            "<<<" => *text = Some(target + "\n"),
            ">&" if target == "1" || target == "2" => sinks[stream] = sinks[usize::from(target == "2")].clone(),
            ">&" if target == "-" => sinks[stream] = Sink::Nowhere,
            "<&" => {}
            operator => {
                sinks[stream] = match target.as_str() {
                    "/dev/null" => Sink::Nowhere,
                    "/dev/stdout" | "/proc/1/fd/1" | "/dev/fd/1" => Sink::Through { error: false },
                    "/dev/stderr" | "/proc/1/fd/2" | "/dev/fd/2" => Sink::Through { error: true },
                    _ => {
                        self.open(&target, operator == ">>").map_err(|why| (target.clone(), why))?;
                        Sink::File(self.path(&target))
                    }
                };
            }
        }
        Ok(())
    }

    /// Opens a file for writing: it is there afterwards, and empty if nothing is to be added.
    fn open(&mut self, path: &str, append: bool) -> Result<(), Errno> {
        let found = self.entry(&self.path(path));
        match found {
            Ok(entry) if entry.is_directory() => Err(Errno::IsDirectory),
            // A file that nobody can write says so even if nothing is written.
            Ok(_) if append => self.check_append(path),
            _ => self.put(path, Content::Text(String::new())),
        }
    }
}
