//! Commands that print and read text.

use regex::RegexBuilder;

use super::Call;
use super::words::escaped;
use crate::cluster::disk::Content;

pub(super) fn cat(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let (texts, code) = call.texts(&names);
    for (_, text) in texts {
        if letters.contains('n') {
            let lines = text.lines().enumerate().map(|(at, line)| format!("{:6}\t{line}\n", at + 1));
            call.out.print(lines.collect::<String>());
        } else {
            call.out.print(text);
        }
    }
    code
}

pub(super) fn echo(call: &mut Call<'_, '_, '_>) -> i32 {
    let mut words = call.args;
    let (mut newline, mut escapes) = (true, false);
    while let Some((word, rest)) = words.split_first() {
        let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty());
        let Some(letters) = letters.filter(|letters| letters.chars().all(|c| "neE".contains(c))) else { break };
        newline &= !letters.contains('n');
        escapes |= letters.contains('e');
        words = rest;
    }
    let text = words.join(" ");
    let text = if escapes { escaped(&text) } else { text };
    call.out.print(text + if newline { "\n" } else { "" });
    0
}

pub(super) fn printf(call: &mut Call<'_, '_, '_>) -> i32 {
    let Some((format, args)) = call.args.split_first() else { return call.fail("missing operand") };
    let format = escaped(format);
    let mut args = args.iter();
    loop {
        let before = args.len();
        let mut rest = format.as_str();
        while let Some(at) = rest.find('%') {
            call.out.print(&rest[..at]);
            let end = rest[at + 1..].find(|c: char| !"-0123456789.".contains(c)).map_or(rest.len(), |end| at + 1 + end);
            let width = &rest[at + 1..end];
            let letter = rest[end..].chars().next().unwrap_or('%');
            let text = match letter {
                '%' => "%".to_string(),
                'd' | 'i' => args.next().and_then(|word| word.parse::<i64>().ok()).unwrap_or(0).to_string(),
                'b' => escaped(args.next().map_or("", String::as_str)),
                _ => args.next().cloned().unwrap_or_default(),
            };
            let padding: usize = width.trim_start_matches('-').parse().unwrap_or(0);
            let fill = if width.starts_with('0') { '0' } else { ' ' };
            let spaces = fill.to_string().repeat(padding.saturating_sub(text.chars().count()).min(1000));
            call.out.print(if width.starts_with('-') { text + &spaces } else { spaces + &text });
            rest = &rest[(end + letter.len_utf8()).min(rest.len())..];
        }
        call.out.print(rest);
        // The format is used again as long as it uses words up.
        if args.len() == 0 || args.len() == before {
            return 0;
        }
    }
}

pub(super) fn tee(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let text = call.input.all();
    call.out.print(&text);
    let mut code = 0;
    for name in names {
        let written = if letters.contains('a') {
            call.shell.append(&name, &text)
        } else {
            call.shell.put(&name, Content::Text(text.clone()))
        };
        if let Err(why) = written {
            code = call.fail_at(&name, why);
        }
    }
    code
}

pub(super) fn head(call: &mut Call<'_, '_, '_>) -> i32 {
    part(call, |lines, count, _| &lines[..count.min(lines.len())])
}

pub(super) fn tail(call: &mut Call<'_, '_, '_>) -> i32 {
    part(call, |lines, count, from_start| {
        let start =
            if from_start { count.saturating_sub(1).min(lines.len()) } else { lines.len().saturating_sub(count) };
        &lines[start..]
    })
}

type Choice = for<'l> fn(&'l [&'l str], usize, bool) -> &'l [&'l str];

fn part(call: &mut Call<'_, '_, '_>, choose: Choice) -> i32 {
    let (count, rest) = call.with_value('n');
    // `-5` is `-n 5`; `-f` would wait for more, which does not come while a command runs.
    let is_count = |word: &&String| word.len() > 1 && word.starts_with('-') && word[1..].parse::<usize>().is_ok();
    let count = count.or_else(|| rest.iter().find(is_count).map(|word| word[1..].to_string()));
    let names: Vec<String> = rest.iter().filter(|word| !word.starts_with('-') || *word == "-").cloned().collect();
    let count = count.unwrap_or_else(|| "10".into());
    let from_start = count.starts_with('+');
    let Ok(number) = count.trim_start_matches(['+', '-']).parse() else {
        return call.fail(&format!("invalid number '{count}'"));
    };
    let (texts, code) = call.texts(&names);
    let several = texts.len() > 1;
    for (index, (name, text)) in texts.iter().enumerate() {
        if several {
            let gap = if index > 0 { "\n" } else { "" };
            call.out.print(format!("{gap}==> {name} <==\n"));
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        call.out.print(choose(&lines, number, from_start).concat());
    }
    code
}

pub(super) fn wc(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let (texts, code) = call.texts(&names);
    let counts =
        |text: &str| [('l', text.matches('\n').count()), ('w', text.split_whitespace().count()), ('c', text.len())];
    let mut total = [0; 3];
    let mut line = |numbers: [usize; 3], name: &str| {
        let shown = ['l', 'w', 'c'].into_iter().zip(numbers);
        let shown = shown.filter(|(letter, _)| letters.is_empty() || letters.contains(*letter));
        let numbers: Vec<String> = shown.map(|(_, number)| number.to_string()).collect();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        call.out.print(format!("{}{name}\n", numbers.join(" ")));
    };
    for (name, text) in &texts {
        let numbers = counts(text).map(|(_, number)| number);
        total.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        line(numbers, name);
    }
    if texts.len() > 1 {
        line(total, "total");
    }
    code
}

pub(super) fn grep(call: &mut Call<'_, '_, '_>) -> i32 {
    let (expression, rest) = call.with_value('e');
    let letters: String = rest.iter().filter_map(|word| word.strip_prefix('-')).collect();
    let mut names: Vec<String> = rest.iter().filter(|word| !word.starts_with('-') || *word == "-").cloned().collect();
    let expression = match expression {
        Some(expression) => expression,
        None if names.is_empty() => return call.fail("no pattern"),
        None => names.remove(0),
    };
    let fixed = letters.contains('F');
    let pattern = if fixed { regex::escape(&expression) } else { expression.clone() };
    let pattern = if letters.contains('w') { format!(r"\b(?:{pattern})\b") } else { pattern };
    let pattern = if letters.contains('x') { format!("^(?:{pattern})$") } else { pattern };
    let Ok(pattern) = RegexBuilder::new(&pattern).case_insensitive(letters.contains('i')).build() else {
        return call.fail(&format!("bad regex '{expression}'")) + 1;
    };
    let (texts, failed) = call.texts(&names);
    let (several, mut found) = (texts.len() > 1, false);
    for (name, text) in &texts {
        let prefix = if several && !letters.contains('h') { format!("{name}:") } else { String::new() };
        let fits = |line: &&str| pattern.is_match(line) != letters.contains('v');
        let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(|(_, line)| fits(line)).collect();
        found |= !lines.is_empty();
        if letters.contains('q') {
            continue;
        }
        if letters.contains('c') {
            call.out.print(format!("{prefix}{}\n", lines.len()));
        } else if letters.contains('l') {
            call.out.print(if lines.is_empty() { String::new() } else { format!("{name}\n") });
        } else if letters.contains('o') {
            for (_, line) in lines {
                call.out
                    .print(pattern.find_iter(line).map(|m| format!("{prefix}{}\n", m.as_str())).collect::<String>());
            }
        } else {
            let number = |at: usize| if letters.contains('n') { format!("{}:", at + 1) } else { String::new() };
            let lines = lines.into_iter().map(|(at, line)| format!("{prefix}{}{line}\n", number(at)));
            call.out.print(lines.collect::<String>());
        }
    }
    if failed != 0 { 2 } else { i32::from(!found) }
}
