//! The command line of one verb, parsed from a table of its flags as pflag and cobra parse it, with their error texts.
//! A verb declares a [`Command`] with its [`Flag`]s; the flags every kubectl command has are added here. What a value
//! means (an output format, a selector) is for the verb to say.

mod groups;
mod help;
mod value;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::error::{CmdError, message};
use super::io::Io;
use super::print::go::quote;
pub use groups::*;
pub use help::help;
pub use value::{FlagType, parse_bool, parse_duration};

/// One flag of a verb.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Long name without dashes.
    pub name: &'static str,
    /// One-letter name.
    pub short: Option<char>,
    /// What its values are.
    pub kind: FlagType,
    /// The value without the flag, as text; lists have none.
    pub default: &'static str,
    /// The value of the flag given without one; such a flag never takes the next word.
    pub no_opt: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
    /// Printed after `Flag --NAME has been deprecated, ` when it is used.
    pub deprecated: Option<&'static str>,
}

impl Flag {
    const fn new(name: &'static str, kind: FlagType, default: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, kind, default, no_opt: None, help, deprecated: None }
    }

    /// `--name[=true|false]`, false by default.
    #[must_use]
    pub const fn bool(name: &'static str, help: &'static str) -> Flag {
        Flag { no_opt: Some("true"), ..Flag::new(name, FlagType::Bool, "false", help) }
    }

    /// `--name=TEXT`, empty by default.
    #[must_use]
    pub const fn string(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, FlagType::Str, "", help)
    }

    /// `--name=N` of 64 bits, 0 by default.
    #[must_use]
    pub const fn int(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, FlagType::Int, "0", help)
    }

    /// `--name=N` of 32 bits, 0 by default.
    #[must_use]
    pub const fn int32(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, FlagType::Int32, "0", help)
    }

    /// `--name=1m30s`, 0 by default.
    #[must_use]
    pub const fn duration(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, FlagType::Duration, "0s", help)
    }

    /// `--name=a,b --name=c`: comma separated and repeatable.
    #[must_use]
    pub const fn slice(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, FlagType::Slice, "", help)
    }

    /// `--name=a --name=b,c`: repeatable, commas belong to the value.
    #[must_use]
    pub const fn array(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, FlagType::Array, "", help)
    }

    /// The same flag with a one-letter name.
    #[must_use]
    pub const fn short(self, short: char) -> Flag {
        Flag { short: Some(short), ..self }
    }

    /// The same flag with another default.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Flag {
        Flag { default, ..self }
    }

    /// The same flag, which means `value` when given without one (`--dry-run`).
    #[must_use]
    pub const fn no_opt(self, value: &'static str) -> Flag {
        Flag { no_opt: Some(value), ..self }
    }

    /// The same flag, announced as deprecated when used.
    #[must_use]
    pub const fn deprecated(self, why: &'static str) -> Flag {
        Flag { deprecated: Some(why), ..self }
    }
}

/// A verb's command line.
#[derive(Debug)]
pub struct Command {
    /// The words that call it (`kubectl rollout status`).
    pub path: &'static str,
    /// What follows them in the usage line (`(TYPE NAME | TYPE/NAME) [flags]`).
    pub usage: &'static str,
    /// One sentence of help.
    pub about: &'static str,
    /// Its own flags, in groups.
    pub flags: &'static [&'static [Flag]],
    /// Flags that must be given (`required flag(s) "replicas" not set`).
    pub required: &'static [&'static str],
}

/// A parsed command line.
#[derive(Debug)]
pub struct Parsed {
    /// The words that are no flags, in order.
    pub args: Vec<String>,
    /// How many of them stood before `--`, if it was there.
    pub before_dash: Option<usize>,
    /// The flags given, with their values, in order.
    pub order: Vec<(&'static str, String)>,
    command: &'static Command,
    given: BTreeMap<&'static str, Vec<String>>,
}

impl Command {
    /// Every flag, its own first.
    pub fn all_flags(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().copied().flatten().chain(GLOBAL)
    }

    /// Parses the words after the verb, and tells of deprecated flags among them.
    pub fn parse(&'static self, args: &[String], io: &mut Io<'_>) -> Result<Parsed, CmdError> {
        let parsed = self.read(args)?;
        for flag in self.all_flags().filter(|f| parsed.changed(f.name)) {
            if let Some(why) = flag.deprecated {
                io.err(format_args!("Flag --{} has been deprecated, {why}\n", flag.name));
            }
        }
        Ok(parsed)
    }

    fn read(&'static self, args: &[String]) -> Result<Parsed, CmdError> {
        let mut parsed =
            Parsed { args: Vec::new(), before_dash: None, order: Vec::new(), command: self, given: BTreeMap::new() };
        let wrong = |text: String| message(format!("{text}\nSee '{} --help' for usage.", self.path));
        let mut help_asked = false;
        let mut words = args.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.before_dash = Some(parsed.args.len());
                parsed.args.extend(words.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                help_asked |= parsed.long(word, long, &mut words).map_err(wrong)?;
            } else if word.len() > 1 && word.starts_with('-') {
                help_asked |= parsed.shorts(&word[1..], &mut words).map_err(wrong)?;
            } else {
                parsed.args.push(word.clone());
            }
        }
        if help_asked {
            return Err(CmdError::Help(help(self)));
        }
        Ok(parsed)
    }
}

type Words<'a> = std::slice::Iter<'a, String>;

impl Parsed {
    /// One `--flag`, `--flag=value` or `--flag value`; true if it asks for help.
    fn long(&mut self, word: &str, long: &str, words: &mut Words) -> Result<bool, String> {
        if long.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: {word}"));
        }
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let name = name.replace('_', "-");
        let Some(flag) = self.command.all_flags().find(|f| f.name == name) else {
            return if name == "help" { Ok(true) } else { Err(format!("unknown flag: --{name}")) };
        };
        let value = match value.or(flag.no_opt) {
            Some(value) => value,
            None => words.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.set(flag, value)?;
        Ok(false)
    }

    /// A cluster of one-letter flags (`-Rf web.yaml`); true if it asks for help.
    fn shorts(&mut self, cluster: &str, words: &mut Words) -> Result<bool, String> {
        let mut letters = cluster.chars();
        let mut help_asked = false;
        while let Some(letter) = letters.next() {
            let here = format!("{letter}{}", letters.as_str());
            let Some(flag) = self.command.all_flags().find(|f| f.short == Some(letter)) else {
                if letter == 'h' {
                    help_asked = true;
                    continue;
                }
                return Err(format!("unknown shorthand flag: '{letter}' in -{here}"));
            };
            let rest = letters.as_str();
            if rest.len() > 1 && rest.starts_with('=') {
                self.set(flag, &rest[1..])?;
                break;
            } else if let Some(value) = flag.no_opt {
                self.set(flag, value)?;
            } else if !rest.is_empty() {
                self.set(flag, rest)?;
                break;
            } else if let Some(next) = words.next() {
                self.set(flag, next)?;
            } else {
                return Err(format!("flag needs an argument: '{letter}' in -{here}"));
            }
        }
        Ok(help_asked)
    }

    fn set(&mut self, flag: &'static Flag, text: &str) -> Result<(), String> {
        let values = flag.kind.read(text).map_err(|why| {
            let short = flag.short.map_or(String::new(), |c| format!("-{c}, "));
            format!("invalid argument {} for \"{short}--{}\" flag: {why}", quote(text), flag.name)
        })?;
        self.order.push((flag.name, text.to_string()));
        let given = self.given.entry(flag.name).or_default();
        if !matches!(flag.kind, FlagType::Slice | FlagType::Array) {
            given.clear();
        }
        given.extend(values);
        Ok(())
    }

    /// Fails if a required flag is missing. Cobra looks after the verb's arguments were checked.
    pub fn require(&self) -> Result<(), CmdError> {
        let missing: Vec<String> = (self.command.required.iter())
            .filter(|name| !self.changed(name))
            .map(|name| format!("\"{name}\""))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(message(format!("required flag(s) {} not set", missing.join(", "))))
    }

    /// The command this is a line of.
    #[must_use]
    pub fn command(&self) -> &'static Command {
        self.command
    }

    /// Whether the flag was given.
    #[must_use]
    pub fn changed(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The value as text, the default if the flag was not given, empty for a flag the command does not have.
    #[must_use]
    pub fn str(&self, name: &str) -> &str {
        match self.given.get(name).and_then(|values| values.last()) {
            Some(value) => value,
            None => self.command.all_flags().find(|f| f.name == name).map_or("", |f| f.default),
        }
    }

    /// The value of a bool flag.
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        parse_bool(self.str(name)).unwrap_or_default()
    }

    /// The value of an int flag.
    #[must_use]
    pub fn int(&self, name: &str) -> i64 {
        value::parse_int(self.str(name), 64).unwrap_or_default()
    }

    /// The value of a duration flag.
    #[must_use]
    pub fn duration(&self, name: &str) -> SignedDuration {
        parse_duration(self.str(name)).unwrap_or_default()
    }

    /// All values of a slice or array flag.
    #[must_use]
    pub fn list(&self, name: &str) -> &[String] {
        self.given.get(name).map_or(&[], Vec::as_slice)
    }

    /// The namespace of the command: `-n`, else `default`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        if self.namespace_given() { self.str("namespace") } else { "default" }
    }

    /// Whether `-n` was given, so that files must not name another namespace.
    #[must_use]
    pub fn namespace_given(&self) -> bool {
        !self.str("namespace").is_empty()
    }
}

#[cfg(test)]
mod tests;
