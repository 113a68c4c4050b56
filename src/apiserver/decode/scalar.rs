//! The scalars whose JSON Go's types read and write themselves: times, base64, numbers. Errors are Go's own texts.

use serde_json::Number;

use crate::resource::Time;

/// A number's literal as a Go client writes it.
pub(super) fn number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => go_float(float),
        _ => number.to_string(),
    }
}

/// A float as `encoding/json` writes it, but keeping `.0`, which tells it from an integer.
fn go_float(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        };
    }
    let text = float.to_string();
    if text.contains('.') || size >= 18_446_744_073_709_551_616.0 { text } else { format!("{text}.0") }
}

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
const MICRO_LAYOUT: &str = "2006-01-02T15:04:05.000000Z07:00";

struct Clock<'a> {
    all: &'a str,
    layout: &'static str,
    rest: &'a str,
}

impl Clock<'_> {
    fn error(&self, element: &str, at: &str) -> String {
        let Clock { all, layout, .. } = self;
        format!("parsing time {all:?} as {layout:?}: cannot parse {at:?} as {element:?}")
    }

    fn out_of_range(&self, what: &str) -> String {
        format!("parsing time {:?}: {what} out of range", self.all)
    }

    fn literal(&mut self, text: &'static str) -> Result<(), String> {
        self.rest = self.rest.strip_prefix(text).ok_or_else(|| self.error(text, self.rest))?;
        Ok(())
    }

    fn take(&mut self, element: &str, most: usize, least: usize) -> Result<i64, String> {
        let length = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if length < least {
            return Err(self.error(element, self.rest));
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        digits.parse().map_err(|_| self.error(element, digits))
    }

    fn limited(&mut self, element: &str, least: usize, limit: i64, name: &str) -> Result<i64, String> {
        let number = self.take(element, 2, least)?;
        if number < limit { Ok(number) } else { Err(self.out_of_range(name)) }
    }

    /// Microseconds after the point; further digits are dropped.
    fn fraction(&mut self) -> i64 {
        let length = self.rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let digits: String = self.rest[1..=length].chars().chain("000000".chars()).take(6).collect();
        self.rest = &self.rest[1 + length..];
        digits.parse().unwrap_or(0)
    }

    fn zone_seconds(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let zone = self.rest;
        let bytes = zone.as_bytes();
        let shaped = bytes.len() >= 6
            && matches!(bytes[0], b'+' | b'-')
            && bytes[3] == b':'
            && [1, 2, 4, 5].iter().all(|i| bytes[*i].is_ascii_digit());
        if !shaped {
            return Err(self.error("Z07:00", zone));
        }
        let two = |at: usize| i64::from(bytes[at] - b'0') * 10 + i64::from(bytes[at + 1] - b'0');
        let (hours, minutes) = (two(1), two(4));
        if hours > 24 {
            return Err(self.out_of_range("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(self.out_of_range("time zone offset minute"));
        }
        self.rest = &zone[6..];
        let seconds = hours * 3600 + minutes * 60;
        Ok(if bytes[0] == b'-' { -seconds } else { seconds })
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Reads an RFC 3339 time as Go's `time.Parse` does; `micro` is the layout of `metav1.MicroTime`.
pub(super) fn time(text: &str, micro: bool) -> Result<Time, String> {
    let layout = if micro { MICRO_LAYOUT } else { LAYOUT };
    let mut clock = Clock { all: text, layout, rest: text };
    let year = clock.take("2006", 4, 4)?;
    clock.literal("-")?;
    let month = clock.limited("01", 2, 13, "month")?;
    if month == 0 {
        return Err(clock.out_of_range("month"));
    }
    clock.literal("-")?;
    let day = clock.take("02", 2, 2)?;
    clock.literal("T")?;
    let hour = clock.limited("15", 1, 24, "hour")?;
    clock.literal(":")?;
    let minute = clock.limited("04", 2, 60, "minute")?;
    clock.literal(":")?;
    let second = clock.limited("05", 2, 60, "second")?;
    let bytes = clock.rest.as_bytes();
    let point = matches!(bytes.first(), Some(b'.' | b','));
    let micros = if micro {
        if !point || bytes.len() < 7 || !bytes[1..7].iter().all(u8::is_ascii_digit) {
            return Err(clock.error(".000000", clock.rest));
        }
        let micros = clock.rest[1..7].parse().unwrap_or(0);
        clock.rest = &clock.rest[7..];
        micros
    } else if point && bytes.get(1).is_some_and(u8::is_ascii_digit) {
        clock.fraction()
    } else {
        0
    };
    let zone = clock.zone_seconds()?;
    if !clock.rest.is_empty() {
        return Err(format!("parsing time {text:?}: extra text: {:?}", clock.rest));
    }
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    if day < 1 || days(year, month, day) >= next {
        return Err(clock.out_of_range("day"));
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone;
    Ok(Time(seconds * 1_000_000 + micros))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 as Go reads it (new lines are skipped) and writes it again.
pub(super) fn base64(text: &str) -> Result<String, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let input = text.as_bytes();
    let newline = |at: usize| matches!(input.get(at), Some(b'\r' | b'\n'));
    let (mut at, mut out, mut group) = (0, String::with_capacity(text.len()), Vec::with_capacity(4));
    while at < input.len() {
        let byte = input[at];
        at += 1;
        if let Some(value) = ALPHABET.iter().position(|b| *b == byte) {
            group.push(value as u8);
            if group.len() == 4 {
                out.extend(group.drain(..).map(|v| char::from(ALPHABET[usize::from(v)])));
            }
            continue;
        }
        if newline(at - 1) {
            continue;
        }
        if byte != b'=' || group.len() < 2 {
            return Err(corrupt(at - 1));
        }
        let skip = |mut at: usize| {
            while newline(at) {
                at += 1;
            }
            at
        };
        if group.len() == 2 {
            at = skip(at);
            match input.get(at) {
                None => return Err(corrupt(input.len())),
                Some(b'=') => at += 1,
                Some(_) => return Err(corrupt(at)),
            }
        }
        at = skip(at);
        if at < input.len() {
            return Err(corrupt(at));
        }
        let unused = if group.len() == 2 { 0b11_0000 } else { 0b11_1100 };
        let pad = if group.len() == 2 { "==" } else { "=" };
        if let Some(last) = group.last_mut() {
            *last &= unused;
        }
        out.extend(group.drain(..).map(|v| char::from(ALPHABET[usize::from(v)])));
        out.push_str(pad);
    }
    if group.is_empty() { Ok(out) } else { Err(corrupt(at - group.len())) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn times_are_read_as_go_reads_them() {
        let check = |text: &str, expect: &str| {
            assert_eq!(time(text, false).map_or_else(|e| e, Time::rfc3339), expect, "{text}");
        };
        check("2026-01-01T00:01:01Z", "2026-01-01T00:01:01Z");
        check("2026-01-01T02:00:00.5+02:00", "2026-01-01T00:00:00Z");
        check("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59Z");
        let as_layout = "as \"2006-01-02T15:04:05Z07:00\": cannot parse";
        check("abc", &format!("parsing time \"abc\" {as_layout} \"abc\" as \"2006\""));
        check("2026-01-01", &format!("parsing time \"2026-01-01\" {as_layout} \"\" as \"T\""));
        check("2026-01-01T00:00:00", &format!("parsing time \"2026-01-01T00:00:00\" {as_layout} \"\" as \"Z07:00\""));
        check("2026-13-01T00:00:00Z", "parsing time \"2026-13-01T00:00:00Z\": month out of range");
        check("2026-02-30T00:00:00Z", "parsing time \"2026-02-30T00:00:00Z\": day out of range");
        check("2026-02-03T00:00:00Zx", "parsing time \"2026-02-03T00:00:00Zx\": extra text: \"x\"");
        assert_eq!(time("2026-01-01T00:00:00.123456Z", true).unwrap().rfc3339_micro(), "2026-01-01T00:00:00.123456Z");
        assert!(time("2026-01-01T00:00:00Z", true).unwrap_err().ends_with("cannot parse \"Z\" as \".000000\""));
    }

    #[test]
    fn base64_is_read_as_go_reads_it() {
        let check = |text: &str, expect: &str| assert_eq!(base64(text).unwrap_or_else(|e| e), expect, "{text}");
        check("", "");
        check("aGVsbG8=", "aGVsbG8=");
        check("aGVs\nbG8=", "aGVsbG8=");
        check("aGVsbG9=", "aGVsbG8=");
        check("YQ==", "YQ==");
        check("hello!", "illegal base64 data at input byte 5");
        check("hello", "illegal base64 data at input byte 4");
        check("YQ=", "illegal base64 data at input byte 3");
        check("YQ==x", "illegal base64 data at input byte 4");
        check("a=", "illegal base64 data at input byte 1");
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let text = |value: Value| value.as_number().map(number).unwrap_or_default();
        assert_eq!(text(json!(3)), "3");
        assert_eq!(text(json!(1.5)), "1.5");
        assert_eq!(text(json!(2.0)), "2.0");
        assert_eq!(text(json!(1e30)), "1e+30");
        assert_eq!(text(json!(1e20)), "100000000000000000000");
        assert_eq!(text(json!(1e-7)), "1e-7");
    }
}
