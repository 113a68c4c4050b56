//! `sed`, as people use it: `s/A/B/g`, `d`, `p`, `q` and the like on lines, numbers of lines and patterns, with `-n`, `-i`,
//! `-E` and `-e`. It holds no space, jumps nowhere and reads no other files.

use regex::Regex;

use super::Call;
use crate::cluster::disk::Content;

/// Which lines a command is for.
enum Address {
    Number(usize),
    Last,
    Matches(Regex),
}

/// What is done with them.
enum Act {
    Substitute { pattern: Regex, by: String, all: bool, print: bool },
    Delete,
    Print,
    Quit,
    Insert(String),
    Append(String),
    Change(String),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    except: bool,
    act: Act,
    /// Whether the last line was within `from` and `to`.
    within: bool,
}

pub(super) fn sed(call: &mut Call<'_, '_, '_>) -> i32 {
    let (mut quiet, mut in_place, mut extended) = (false, false, false);
    let (mut scripts, mut names): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut words = call.args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-e" | "--expression" => scripts.extend(words.next().cloned()),
            "-n" | "--quiet" | "--silent" => quiet = true,
            "-E" | "-r" | "--regexp-extended" => extended = true,
            word if word == "--in-place" || (word.starts_with("-i") && !word.contains('n')) => in_place = true,
            "-ni" | "-in" => (quiet, in_place) = (true, true),
            "-ne" | "-nE" => {
                (quiet, extended) = (true, extended || word == "-nE");
                scripts.extend(words.next().filter(|_| word == "-ne").cloned());
            }
            _ => names.push(word.clone()),
        }
    }
    if scripts.is_empty() {
        if names.is_empty() {
            return call.fail("expected a script, such as 's/old/new/'");
        }
        scripts.push(names.remove(0));
    }
    let mut commands = match read(&scripts.join("\n"), extended) {
        Ok(commands) => commands,
        Err(why) => return call.fail(&format!("-e expression: {why}")),
    };
    if !in_place {
        let (texts, code) = call.texts(&names);
        let text: String = texts.into_iter().map(|(_, text)| text).collect();
        let text = edit(&text, &mut commands, quiet);
        call.out.print(text);
        return code;
    }
    let mut code = 0;
    for name in &names {
        let text = call.shell.read(name, call.input);
        let done = text.and_then(|text| call.shell.put(name, Content::Text(edit(&text, &mut commands, quiet))));
        if let Err(why) = done {
            code = call.fail_at(name, why);
        }
    }
    code
}

/// Reads a script: commands with a newline or `;` between them.
fn read(script: &str, extended: bool) -> Result<Vec<Command>, String> {
    let (mut commands, mut rest) = (Vec::new(), script);
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';']);
        if rest.is_empty() {
            return Ok(commands);
        }
        let from = address(&mut rest, extended)?;
        let to = match rest.strip_prefix(',') {
            Some(after) => {
                rest = after;
                Some(address(&mut rest, extended)?.ok_or("expected a second line")?)
            }
            None => None,
        };
        rest = rest.trim_start();
        let except = rest.starts_with('!');
        rest = rest.trim_start_matches(['!', ' ']);
        let letter = rest.chars().next().ok_or("missing command")?;
        rest = &rest[letter.len_utf8()..];
        let act = match letter {
            's' => substitution(&mut rest, extended)?,
            'd' => Act::Delete,
            'p' => Act::Print,
            'q' => Act::Quit,
            'i' | 'a' | 'c' => {
                let end = rest.find('\n').unwrap_or(rest.len());
                let text = rest[..end].trim_start().trim_start_matches('\\').to_string() + "\n";
                rest = &rest[end..];
                match letter {
                    'i' => Act::Insert(text),
                    'a' => Act::Append(text),
                    _ => Act::Change(text),
                }
            }
            other => return Err(format!("the lab's sed has no command `{other}`")),
        };
        commands.push(Command { from, to, except, act, within: false });
    }
}

fn address(rest: &mut &str, extended: bool) -> Result<Option<Address>, String> {
    if let Some(after) = rest.strip_prefix('$') {
        *rest = after;
        return Ok(Some(Address::Last));
    }
    if let Some(after) = rest.strip_prefix('/') {
        *rest = after;
        return Ok(Some(Address::Matches(pattern(&until('/', rest)?, extended, false)?)));
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..end].parse().ok().map(Address::Number);
    *rest = &rest[end..];
    Ok(number)
}

fn substitution(rest: &mut &str, extended: bool) -> Result<Act, String> {
    let mark = rest.chars().next().ok_or("unterminated `s' command")?;
    *rest = &rest[mark.len_utf8()..];
    let (from, by) = (until(mark, rest)?, until(mark, rest)?);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let flags = &rest[..end];
    *rest = &rest[end..];
    let pattern = pattern(&from, extended, flags.contains(['i', 'I']))?;
    Ok(Act::Substitute { pattern, by: replacement(&by), all: flags.contains('g'), print: flags.contains('p') })
}

/// What stands before the next mark that has no backslash before it.
fn until(mark: char, rest: &mut &str) -> Result<String, String> {
    let (mut out, mut letters) = (String::new(), rest.char_indices());
    while let Some((at, c)) = letters.next() {
        if c == mark {
            *rest = &rest[at + c.len_utf8()..];
            return Ok(out);
        }
        out.push(c);
        if c == '\\' {
            match letters.next() {
                Some((_, next)) if next == mark => {
                    out.pop();
                    out.push(next);
                }
                Some((_, next)) => out.push(next),
                None => {}
            }
        }
    }
    Err(format!("missing `{mark}`"))
}

/// A basic or extended expression as the crate reads it: in a basic one, `\(`, `\{`, `\+` and the like are the operators.
fn pattern(text: &str, extended: bool, any_case: bool) -> Result<Regex, String> {
    let mut out = String::from(if any_case { "(?i)" } else { "" });
    let mut letters = text.chars();
    let operator = |c: char| "(){}+?|".contains(c);
    while let Some(c) = letters.next() {
        match c {
            '\\' => match letters.next() {
                Some(next) if !extended && operator(next) => out.push(next),
                Some(next) => out.extend(['\\', next]),
                None => return Err("Trailing backslash".into()),
            },
            c if !extended && operator(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    Regex::new(&out).map_err(|_| format!("`{text}` is no regular expression"))
}

/// `\1` and `&` as the crate has them.
fn replacement(text: &str) -> String {
    let (mut out, mut letters) = (String::new(), text.chars());
    while let Some(c) = letters.next() {
        match c {
            '&' => out.push_str("${0}"),
            '$' => out.push_str("$$"),
            '\\' => match letters.next() {
                Some(digit) if digit.is_ascii_digit() => out.push_str(&format!("${{{digit}}}")),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(next) => out.push(next),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

fn edit(text: &str, commands: &mut [Command], quiet: bool) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let place = (index + 1, index + 1 == lines.len());
        let (mut own, mut gone, mut last, mut after) = ((*line).to_string(), false, false, String::new());
        for command in commands.iter_mut() {
            if is_for(command, place, &own) == command.except {
                continue;
            }
            match &command.act {
                Act::Substitute { pattern, by, all, print } => {
                    let found = pattern.is_match(&own);
                    own = pattern.replacen(&own, usize::from(!all), by.as_str()).into_owned();
                    if found && *print {
                        out.extend([own.as_str(), "\n"]);
                    }
                }
                Act::Delete => gone = true,
                Act::Print => out.extend([own.as_str(), "\n"]),
                Act::Quit => last = true,
                Act::Insert(text) => out.push_str(text),
                Act::Append(text) => after.push_str(text),
                Act::Change(text) => {
                    out.push_str(text);
                    gone = true;
                }
            }
            if gone || last {
                break;
            }
        }
        if !gone && !quiet {
            out.extend([own.as_str(), "\n"]);
        }
        out.push_str(&after);
        if last {
            break;
        }
    }
    out
}

fn is_for(command: &mut Command, place: (usize, bool), line: &str) -> bool {
    let fits = |address: &Address| match address {
        Address::Number(number) => *number == place.0,
        Address::Last => place.1,
        Address::Matches(pattern) => pattern.is_match(line),
    };
    let Some(from) = &command.from else { return true };
    let Some(to) = &command.to else { return fits(from) };
    if command.within {
        command.within = !fits(to);
        return true;
    }
    let begins = fits(from);
    // A second number that is behind already ends it with the first line.
    command.within = begins && !matches!(to, Address::Number(number) if *number <= place.0) && !(place.1);
    begins
}
