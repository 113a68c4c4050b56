//! Commands that change the shell itself.

use super::super::files::Errno;
use super::super::programs;
use super::super::streams::{Input, Output};
use super::lex::name_of;
use super::{Halt, Shell};

impl Shell<'_> {
    /// Runs one of the shell's own commands; `None` if it is none.
    pub(super) fn builtin(&mut self, words: &[String], input: &mut Input<'_>, out: &mut Output) -> Option<i32> {
        let (name, args) = (words[0].as_str(), &words[1..]);
        let number = |default: i32| args.first().and_then(|word| word.parse().ok()).unwrap_or(default);
        Some(match name {
            ":" | "true" | "wait" | "trap" | "umask" | "ulimit" | "hash" => 0,
            "false" => 1,
            "[" => match args.split_last() {
                Some((last, rest)) if last == "]" => self.test(rest, out),
                _ => {
                    out.error("sh: [: missing ]\n");
                    2
                }
            },
            "test" => self.test(args, out),
            "exit" | "return" => {
                let code = number(self.status);
                self.halt = Some(Halt::Exit(code));
                code
            }
            "break" => {
                self.halt = Some(Halt::Break(number(1).max(1) as u32));
                0
            }
            "continue" => {
                self.halt = Some(Halt::Continue(number(1).max(1) as u32));
                0
            }
            "cd" => self.change_directory(args, out),
            "export" | "readonly" | "local" | "declare" => self.declare(args, name == "export"),
            "unset" => {
                for name in args {
                    self.variables.remove(name);
                    self.exported.remove(name);
                }
                0
            }
            "set" => self.set(args),
            "shift" => {
                let count = number(1).max(0) as usize;
                let end = (1 + count).min(self.arguments.len());
                self.arguments.drain(1.min(end)..end);
                0
            }
            "read" => self.read_line(args, input),
            "eval" => {
                self.source(&args.join(" "), input, out);
                self.status
            }
            "exec" if args.is_empty() => 0,
            "exec" => {
                let code = self.command(args, input, out);
                self.halt = self.halt.or(Some(Halt::Exit(code)));
                code
            }
            "command" | "type" | "which" => self.which(name, args, input, out),
            "sh" | "bash" | "ash" | "dash" | "/bin/sh" | "/bin/bash" | "/bin/ash" | "/usr/bin/bash" => {
                self.shell(args, input, out)
            }
            _ => return None,
        })
    }

    fn change_directory(&mut self, args: &[String], out: &mut Output) -> i32 {
        let target = args.first().cloned().unwrap_or_else(|| self.home());
        let path = self.path(&target);
        let found = self.entry(&path);
        match found {
            Ok(entry) if entry.is_directory() => {
                self.directory = path;
                0
            }
            other => {
                let why = other.map_or_else(Errno::text, |_| "Not a directory");
                out.error(format!("sh: cd: {target}: {why}\n"));
                1
            }
        }
    }

    fn declare(&mut self, args: &[String], export: bool) -> i32 {
        for word in args.iter().filter(|word| !word.starts_with('-')) {
            let name = name_of(word);
            if let Some(value) = word[name.len()..].strip_prefix('=') {
                self.variables.insert(name.to_string(), value.to_string());
            }
            if export && self.variables.contains_key(name) {
                self.exported.insert(name.to_string());
            }
        }
        0
    }

    fn set(&mut self, args: &[String]) -> i32 {
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--" => {
                    self.arguments.truncate(1);
                    self.arguments.extend(words.by_ref().cloned());
                }
                "-o" | "+o" => {
                    words.next();
                }
                word if word.starts_with('-') => self.exit_on_error |= word.contains('e'),
                word if word.starts_with('+') => self.exit_on_error &= !word.contains('e'),
                _ => {}
            }
        }
        0
    }

    fn read_line(&mut self, args: &[String], input: &mut Input<'_>) -> i32 {
        let Some(line) = input.line() else { return 1 };
        let names: Vec<&String> = args.iter().filter(|word| !word.starts_with('-')).collect();
        let mut rest = line.trim_end_matches('\n').trim();
        for (index, name) in names.iter().enumerate() {
            let cut = if index + 1 == names.len() { None } else { rest.find(char::is_whitespace) };
            let (word, after) = cut.map_or((rest, ""), |at| (&rest[..at], rest[at..].trim_start()));
            self.variables.insert((*name).clone(), word.to_string());
            rest = after;
        }
        0
    }

    /// `command -v`, `which`, `type`; `command NAME` runs it.
    fn which(&mut self, name: &str, args: &[String], input: &mut Input<'_>, out: &mut Output) -> i32 {
        if name == "command" && !args.first().is_some_and(|word| word.starts_with('-')) {
            return self.command(args, input, out);
        }
        let mut code = 0;
        for word in args.iter().filter(|word| !word.starts_with('-')) {
            let found = programs::find(word, self.is_inside()).is_some()
                || (!self.is_inside() && matches!(word.as_str(), "kubectl" | "sts-lab"));
            match (found, name) {
                (true, "type") => out.print(format!("{word} is /usr/bin/{word}\n")),
                (true, _) => out.print(format!("/usr/bin/{word}\n")),
                (false, _) => code = 1,
            }
        }
        code
    }

    /// A shell in a shell: `-c SCRIPT`, a file, or what comes from standard input.
    fn shell(&mut self, args: &[String], input: &mut Input<'_>, out: &mut Output) -> i32 {
        let (mut command, mut strict, mut rest) = (false, false, args);
        while let Some((word, after)) = rest.split_first().filter(|(word, _)| word.starts_with(['-', '+'])) {
            command |= !word.starts_with("--") && word.contains('c');
            strict |= !word.starts_with("--") && word.contains('e');
            rest = if word == "-o" { &after[after.len().min(1)..] } else { after };
        }
        let script = match rest.first() {
            Some(script) if command => Ok(script.clone()),
            None if command => {
                out.error("sh: -c requires an argument\n");
                return 2;
            }
            Some(file) => self.read(file, input),
            None => Ok(input.all()),
        };
        let script = match script {
            Ok(script) => script,
            Err(why) => {
                out.error(format!("sh: {}: {}\n", rest[0], why.text()));
                return 127;
            }
        };
        let mut arguments: Vec<String> = rest.iter().skip(usize::from(command)).cloned().collect();
        if arguments.is_empty() {
            arguments.push("sh".into());
        }
        self.apart(|shell| {
            shell.arguments = arguments;
            let kept = std::mem::replace(&mut shell.exit_on_error, strict);
            shell.status = 0;
            shell.source(&script, input, out);
            shell.exit_on_error = kept;
        });
        self.status
    }
}
