//! What the values of flags are, read with Go's rules and Go's error texts (`strconv`, `time.ParseDuration`).

use jiff::SignedDuration;

use crate::kubectl::print::go::quote;

/// The type of a flag's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagType {
    /// `true` or `false` in Go's spellings.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A whole number of 32 bits.
    Int32,
    /// A Go duration.
    Duration,
    /// Any text.
    Str,
    /// Comma separated texts, repeatable.
    Slice,
    /// Texts, repeatable.
    Array,
}

impl FlagType {
    /// Checks `text`, and takes it apart if it is a comma separated list.
    pub(super) fn read(self, text: &str) -> Result<Vec<String>, String> {
        match self {
            FlagType::Bool => parse_bool(text).map(|_| vec![text.to_string()]),
            FlagType::Int => parse_int(text, 64).map(|_| vec![text.to_string()]),
            FlagType::Int32 => parse_int(text, 32).map(|_| vec![text.to_string()]),
            FlagType::Duration => parse_duration(text).map(|_| vec![text.to_string()]),
            FlagType::Str | FlagType::Array => Ok(vec![text.to_string()]),
            FlagType::Slice => Ok(split_csv(text)),
        }
    }

    /// The word help shows for a value, empty for a bool.
    pub(super) fn word(self) -> &'static str {
        match self {
            FlagType::Bool => "",
            FlagType::Int | FlagType::Int32 => "N",
            FlagType::Duration => "DURATION",
            FlagType::Str | FlagType::Array => "TEXT",
            FlagType::Slice => "TEXT,...",
        }
    }
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// Go's `strconv.ParseInt` with base 0: prefixes `0x`, `0o`, `0b`, a leading `0` for octal, `_` between digits.
pub fn parse_int(text: &str, bits: u32) -> Result<i64, String> {
    let fail = |why: &str| Err(format!("strconv.ParseInt: parsing {}: {why}", quote(text)));
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let underscores_ok =
        !body.contains("__") && !body.ends_with('_') && (lower.starts_with('0') || !body.contains('_'));
    let plain = body.replace('_', "");
    if plain.is_empty() || !underscores_ok || !plain.chars().all(|c| c.is_digit(radix)) {
        return fail("invalid syntax");
    }
    let limit = 1i128 << (bits - 1);
    match i128::from_str_radix(&plain, radix) {
        Ok(n) if negative && n <= limit => Ok((-n) as i64),
        Ok(n) if !negative && n < limit => Ok(n as i64),
        _ => fail("value out of range"),
    }
}

/// Go's `time.ParseDuration`.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let nanos: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quote(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {} in duration {}", quote(unit), quote(text))),
        };
        let digits = |s: &str| if s.is_empty() { Ok(0) } else { s.parse::<i128>().map_err(|_| invalid()) };
        let precise = &fraction[..fraction.len().min(15)];
        total = digits(whole)?.checked_mul(nanos).and_then(|n| n.checked_add(total)).ok_or_else(invalid)?
            + digits(precise)? * nanos / 10i128.pow(precise.len() as u32);
        rest = next;
    }
    let nanos = i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())?;
    Ok(SignedDuration::from_nanos(nanos))
}

/// One record of comma separated values; double quotes keep commas.
fn split_csv(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    if text.is_empty() {
        return fields;
    }
    let (mut field, mut quoted) = (String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}
