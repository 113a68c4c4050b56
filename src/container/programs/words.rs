//! Commands that cut, sort and count lines and words.

use regex::Regex;

use super::Call;

/// A text with its `\n`, `\t` and the like as what they mean.
pub(super) fn escaped(text: &str) -> String {
    let (mut out, mut letters) = (String::new(), text.chars());
    while let Some(c) = letters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\\') | None => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}

pub(super) fn basename(call: &mut Call<'_, '_, '_>) -> i32 {
    let Some(path) = call.args.first() else { return call.fail("missing operand") };
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let suffix = call.args.get(1).map_or("", String::as_str);
    call.out.print(format!("{}\n", name.strip_suffix(suffix).filter(|name| !name.is_empty()).unwrap_or(name)));
    0
}

pub(super) fn dirname(call: &mut Call<'_, '_, '_>) -> i32 {
    let Some(path) = call.args.first() else { return call.fail("missing operand") };
    let directory = match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => ".",
    };
    call.out.print(format!("{directory}\n"));
    0
}

pub(super) fn seq(call: &mut Call<'_, '_, '_>) -> i32 {
    let numbers: Option<Vec<i64>> = call.args.iter().map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => return call.fail("expected one to three whole numbers"),
    };
    let mut at = first;
    while (if step > 0 { at <= last } else { at >= last }) && !call.out.is_full() {
        call.out.print(format!("{at}\n"));
        at = at.saturating_add(step);
    }
    0
}

pub(super) fn sort(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let (texts, code) = call.texts(&names);
    let mut lines: Vec<&str> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    let number = |line: &str| {
        let digits = line.trim_start();
        let end = digits.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(digits.len());
        digits[..end].parse::<i64>().unwrap_or(0)
    };
    if letters.contains('n') {
        lines.sort_by_key(|line| number(line));
    } else {
        lines.sort_unstable();
    }
    if letters.contains('r') {
        lines.reverse();
    }
    if letters.contains('u') {
        lines.dedup();
    }
    call.out.print(lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    code
}

pub(super) fn uniq(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, names) = call.options();
    let (texts, code) = call.texts(&names);
    let mut runs: Vec<(usize, &str)> = Vec::new();
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        match runs.last_mut().filter(|(_, last)| *last == line) {
            Some((count, _)) => *count += 1,
            None => runs.push((1, line)),
        }
    }
    for (count, line) in runs {
        call.out.print(if letters.contains('c') { format!("{count:7} {line}\n") } else { format!("{line}\n") });
    }
    code
}

/// `cut -d, -f1,3`, `cut -c1-5`.
pub(super) fn cut(call: &mut Call<'_, '_, '_>) -> i32 {
    let (mut delimiter, mut fields, mut letters, mut names) = ('\t', None, None, Vec::new());
    let mut words = call.args.iter();
    while let Some(word) = words.next() {
        let (option, attached) = word.split_at(word.char_indices().nth(2).map_or(word.len(), |(at, _)| at));
        let mut value = || if attached.is_empty() { words.next().cloned() } else { Some(attached.to_string()) };
        match option {
            "-d" => delimiter = value().and_then(|value| value.chars().next()).unwrap_or('\t'),
            "-f" => fields = value(),
            "-c" => letters = value(),
            _ => names.push(word.clone()),
        }
    }
    let Some(list) = fields.as_deref().or(letters.as_deref()) else { return call.fail("expected -f or -c") };
    let wanted = |number: usize| {
        list.split(',').any(|range| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            from.parse().unwrap_or(1) <= number && number <= to.parse().unwrap_or(usize::MAX)
        })
    };
    let (texts, code) = call.texts(&names);
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        let cut = if fields.is_none() {
            line.chars().enumerate().filter(|(at, _)| wanted(at + 1)).map(|(_, c)| c).collect()
        } else if line.contains(delimiter) {
            let kept = line.split(delimiter).enumerate().filter(|(at, _)| wanted(at + 1)).map(|(_, field)| field);
            kept.collect::<Vec<_>>().join(&delimiter.to_string())
        } else {
            line.to_string()
        };
        call.out.print(cut + "\n");
    }
    code
}

/// `tr A B`, `tr -d A`.
pub(super) fn tr(call: &mut Call<'_, '_, '_>) -> i32 {
    let (letters, sets) = call.options();
    let Some(from) = sets.first().map(|set| range(set)) else { return call.fail("missing operand") };
    let to = sets.get(1).map(|set| range(set)).unwrap_or_default();
    let text = call.input.all();
    let out: String = text
        .chars()
        .filter_map(|c| match from.iter().position(|own| *own == c) {
            None => Some(c),
            Some(_) if letters.contains('d') => None,
            Some(at) => to.get(at).or(to.last()).copied().or(Some(c)),
        })
        .collect();
    call.out.print(out);
    0
}

fn range(set: &str) -> Vec<char> {
    let text: Vec<char> = escaped(set).chars().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if at + 2 < text.len() && text[at + 1] == '-' {
            out.extend(text[at]..=text[at + 2]);
            at += 3;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// `awk '{print $1, $3}'`, with `-F` and a pattern in front: that much of it.
pub(super) fn awk(call: &mut Call<'_, '_, '_>) -> i32 {
    let (separator, mut rest) = call.with_value('F');
    let refuse = |call: &mut Call<'_, '_, '_>, program: &str| {
        call.shell.unknown.get_or_insert("awk".into());
        call.out.error(format!("sts-lab: awk {program:?} is not modelled: only '/PATTERN/ {{print $1, $2}}' is\n"));
        127
    };
    if rest.is_empty() {
        return call.fail("missing program");
    }
    let program = rest.remove(0);
    let form = Regex::new(r"^\s*(?:/(.*)/)?\s*\{\s*print\s*([$\w, ]*?)\s*;?\s*\}\s*$").expect("a valid expression");
    let Some(found) = form.captures(&program) else { return refuse(call, &program) };
    let pattern = found.get(1).map(|pattern| Regex::new(pattern.as_str()));
    let Ok(pattern) = pattern.transpose() else { return refuse(call, &program) };
    let wanted: Vec<&str> = found[2].split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if !wanted.iter().all(|word| *word == "$NF" || word.strip_prefix('$').is_some_and(|n| n.parse::<usize>().is_ok())) {
        return refuse(call, &program);
    }
    let (texts, code) = call.texts(&rest);
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(line)) {
            continue;
        }
        let fields: Vec<&str> = match &separator {
            Some(separator) => line.split(separator.as_str()).collect(),
            None => line.split_whitespace().collect(),
        };
        let field = |word: &&str| match *word {
            "$NF" => fields.last().copied().unwrap_or_default(),
            "$0" => line,
            word => word[1..].parse::<usize>().ok().and_then(|n| fields.get(n - 1)).copied().unwrap_or_default(),
        };
        let text = if wanted.is_empty() { line.into() } else { wanted.iter().map(field).collect::<Vec<_>>().join(" ") };
        call.out.print(text + "\n");
    }
    code
}
