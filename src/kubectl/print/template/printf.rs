//! `print`, `println` and `printf` over JSON values (Go's `fmt`).

use std::fmt::Write;

use serde_json::Value;

use super::super::go;
use super::exec::Val;

/// `%.*` and `%*` beyond this are cut, so that no template asks for gigabytes of blanks.
const MAX_WIDTH: usize = 10_000;

fn shown(arg: &Val) -> String {
    arg.get().map_or_else(|| "<nil>".to_string(), go::display)
}

/// Operands with a blank between two that are no texts.
pub(super) fn sprint(args: &[Val]) -> String {
    let is_text = |arg: &Val| matches!(arg.get(), Some(Value::String(_)));
    let mut out = String::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 && !is_text(arg) && !is_text(&args[index - 1]) {
            out.push(' ');
        }
        out.push_str(&shown(arg));
    }
    out
}

/// Operands with blanks between, then a line break.
pub(super) fn sprintln(args: &[Val]) -> String {
    args.iter().map(shown).collect::<Vec<_>>().join(" ") + "\n"
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of a verb")]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `format` with its verbs filled in.
pub(super) fn sprintf(format: &str, args: &[Val]) -> String {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | '#' | ' ' | '0')) {
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '#' => spec.sharp = true,
                '0' => spec.zero = true,
                _ => spec.space = true,
            }
        }
        spec.width = number(&mut chars, args, &mut next);
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(number(&mut chars, args, &mut next).unwrap_or(0));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => {
                match args.get(next) {
                    None => {
                        let _ = write!(out, "%!{verb}(MISSING)");
                    }
                    Some(arg) => out.push_str(&pad(&spec, verb, &formatted(&spec, verb, arg))),
                }
                next += 1;
            }
        }
    }
    if next < args.len() {
        let extra: Vec<String> = args[next..].iter().map(typed).collect();
        let _ = write!(out, "%!(EXTRA {})", extra.join(", "));
    }
    out
}

/// A width or precision: digits, or `*` for the next argument.
fn number(chars: &mut std::iter::Peekable<std::str::Chars>, args: &[Val], next: &mut usize) -> Option<usize> {
    if chars.next_if_eq(&'*').is_some() {
        let value = args.get(*next).and_then(Val::get).and_then(Value::as_u64);
        *next += 1;
        return value.map(|v| usize::try_from(v).unwrap_or(MAX_WIDTH).min(MAX_WIDTH));
    }
    let mut digits = None;
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        let value = digit.to_digit(10).unwrap_or(0) as usize;
        digits = Some((digits.unwrap_or(0) * 10 + value).min(MAX_WIDTH));
    }
    digits
}

/// `int64=3`, as texts of wrong verbs show an operand.
fn typed(arg: &Val) -> String {
    if arg.get().is_none() { "<nil>".to_string() } else { format!("{}={}", arg.concrete_type(), shown(arg)) }
}

fn formatted(spec: &Spec, verb: char, arg: &Val) -> String {
    let wrong = || {
        let operand = typed(arg);
        format!("%!{verb}({operand})")
    };
    let Some(value) = arg.get() else {
        return if verb == 'v' { "<nil>".to_string() } else { format!("%!{verb}(<nil>)") };
    };
    match (verb, value) {
        ('T', _) => arg.concrete_type().to_string(),
        ('v', _) if spec.sharp => go::syntax(value),
        (_, Value::Array(items)) if verb != 'p' => {
            let items: Vec<String> = items.iter().map(|i| formatted(spec, verb, &Val::own(i.clone()))).collect();
            format!("[{}]", items.join(" "))
        }
        (_, Value::Object(map)) if verb != 'p' => {
            let member = |(k, v): (&String, &Value)| {
                let key = formatted(spec, verb, &Val::own(k.clone()));
                format!("{key}:{}", formatted(spec, verb, &Val::own(v.clone())))
            };
            format!("map[{}]", map.iter().map(member).collect::<Vec<_>>().join(" "))
        }
        ('v' | 's', Value::String(text)) => truncated(spec, text),
        ('q', Value::String(text)) => go::quote(&truncated(spec, text)),
        ('x', Value::String(text)) => hex(text),
        ('X', Value::String(text)) => hex(text).to_uppercase(),
        ('v' | 't', Value::Bool(value)) => value.to_string(),
        (_, Value::Number(number)) => match number.as_i64() {
            Some(int) => integer(spec, verb, int).unwrap_or_else(wrong),
            None => float(spec, verb, number.as_f64().unwrap_or(0.0)).unwrap_or_else(wrong),
        },
        _ => wrong(),
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn truncated(spec: &Spec, text: &str) -> String {
    spec.precision.map_or_else(|| text.to_string(), |max| text.chars().take(max).collect())
}

fn integer(spec: &Spec, verb: char, int: i64) -> Option<String> {
    let magnitude = int.unsigned_abs();
    let digits = match verb {
        'v' | 'd' => magnitude.to_string(),
        'b' => format!("{magnitude:b}"),
        'o' | 'O' => format!("{magnitude:o}"),
        'x' => format!("{magnitude:x}"),
        'X' => format!("{magnitude:X}"),
        'c' => return Some(rune(int).to_string()),
        'q' => return Some(go::quote_char(rune(int))),
        'U' => return Some(format!("U+{magnitude:04X}")),
        _ => return None,
    };
    let prefix = match verb {
        'O' => "0o",
        'x' | 'X' if spec.sharp => "0x",
        'b' if spec.sharp => "0b",
        'o' if spec.sharp => "0",
        _ => "",
    };
    let digits = format!("{digits:0>width$}", width = spec.precision.unwrap_or(0));
    Some(format!("{}{prefix}{digits}", sign(spec, int < 0)))
}

fn rune(int: i64) -> char {
    u32::try_from(int).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}')
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn float(spec: &Spec, verb: char, value: f64) -> Option<String> {
    let magnitude = value.abs();
    let digits = match (verb, spec.precision) {
        ('f' | 'F', precision) => format!("{magnitude:.width$}", width = precision.unwrap_or(6)),
        ('e', precision) => {
            let text = format!("{magnitude:.width$e}", width = precision.unwrap_or(6));
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (mark, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
            format!("{mantissa}e{mark}{exponent:0>2}")
        }
        ('v' | 'g', _) => go::float(magnitude),
        _ => return None,
    };
    Some(format!("{}{digits}", sign(spec, value.is_sign_negative())))
}

fn pad(spec: &Spec, verb: char, text: &str) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    if spec.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    let numeric = !matches!(verb, 's' | 'q' | 'c' | 'T');
    if spec.zero && numeric && spec.precision.is_none_or(|_| matches!(verb, 'f' | 'F' | 'e' | 'g')) {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => text.split_at(text.len() - digits.len()),
            None => ("", text),
        };
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}
