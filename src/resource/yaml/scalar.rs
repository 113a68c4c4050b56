//! What a plain YAML scalar means to Kubernetes: go-yaml v2's resolution (`go.yaml.in/yaml/v2`, resolve.go), where `yes`,
//! `on` and `n` are booleans, `0777` is octal, `1_000` is a number, and a timestamp stays a string.
//! Shared by the reader of manifests and by the writer, which quotes what would not be read back as a string.

/// The meaning of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `~`, `null`, or nothing at all.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// A number that fits 64 bits with a sign.
    Int(i64),
    /// A number that fits 64 bits only without a sign.
    Uint(u64),
    /// Any other number, infinite and not-a-number included.
    Float(f64),
    /// A date or a time: a string for Kubernetes, but written with quotes.
    Timestamp,
    /// A string.
    Str,
}

/// The meaning of `text` when it stands without quotes and without a tag.
#[must_use]
pub fn resolve(text: &str) -> Scalar {
    let Some(&first) = text.as_bytes().first() else { return Scalar::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => resolve_word(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            _ => float(&text.replace('_', "")).map_or(Scalar::Str, Scalar::Float),
        },
        b'+' | b'-' | b'0'..=b'9' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
            _ if is_timestamp(text) => Scalar::Timestamp,
            _ => number(text),
        },
        _ => Scalar::Str,
    }
}

fn resolve_word(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Str,
    }
}

fn number(text: &str) -> Scalar {
    let plain: std::borrow::Cow<str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let (negative, digits) = match plain.as_bytes()[0] {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, &*plain),
    };
    if let Some(magnitude) = integer(digits) {
        match i64::try_from(magnitude) {
            Ok(value) => return Scalar::Int(if negative { -value } else { value }),
            Err(_) if negative && magnitude == 1 << 63 => return Scalar::Int(i64::MIN),
            Err(_) if digits.len() == plain.len() => return Scalar::Uint(magnitude),
            Err(_) => {}
        }
    }
    float(&plain).map_or(Scalar::Str, Scalar::Float)
}

/// Go's `strconv.ParseUint` with base 0: a prefix, or a leading zero, chooses the base.
fn integer(digits: &str) -> Option<u64> {
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) { None } else { u64::from_str_radix(digits, base).ok() }
}

/// A finite decimal number: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) || !exponent_ok {
        return None;
    }
    text.parse().ok().filter(|f: &f64| f.is_finite())
}

/// Whether go-yaml reads `text` as a time: `2006-1-2`, `2006-1-2 15:4:5`, or RFC 3339 with short fields.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let mut rest = Fields(&bytes[5..]);
    let year: u32 = text[..4].parse().unwrap_or(0);
    let Some(month) = rest.number(1, 12) else { return false };
    if !rest.byte(b'-') {
        return false;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if rest.number(1, days).is_none() {
        return false;
    }
    match rest.0.first() {
        None => true,
        Some(b' ') => {
            while rest.byte(b' ') {}
            rest.clock() && rest.0.is_empty()
        }
        Some(b'T' | b't') => {
            rest.0 = &rest.0[1..];
            rest.clock() && rest.zone() && rest.0.is_empty()
        }
        Some(_) => false,
    }
}

/// The fields of a time, read from the left.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn byte(&mut self, wanted: u8) -> bool {
        let found = self.0.first() == Some(&wanted);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// One or two digits within bounds.
    fn number(&mut self, least: u32, most: u32) -> Option<u32> {
        let count = self.0.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
        let value = self.0[..count].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        self.0 = &self.0[count..];
        (count > 0 && (least..=most).contains(&value)).then_some(value)
    }

    fn clock(&mut self) -> bool {
        let fields = self.number(0, 23).is_some()
            && self.byte(b':')
            && self.number(0, 59).is_some()
            && self.byte(b':')
            && self.number(0, 59).is_some();
        if fields && self.0.len() > 1 && matches!(self.0[0], b'.' | b',') && self.0[1].is_ascii_digit() {
            let digits = self.0[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            self.0 = &self.0[1 + digits..];
        }
        fields
    }

    fn zone(&mut self) -> bool {
        if self.byte(b'Z') {
            return true;
        }
        let [b'+' | b'-', h1, h2, b':', m1, m2, rest @ ..] = self.0 else { return false };
        let digits = [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit());
        let in_range = (*h1, *h2) <= (b'2', b'4') && (*m1, *m2) <= (b'6', b'0');
        self.0 = rest;
        digits && in_range
    }
}

/// Whether `text` looks like a number in base 60, which YAML 1.1 has and go-yaml only quotes:
/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`.
#[must_use]
pub fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (head, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = head.split(':');
    let first = parts.next().unwrap_or("");
    let sixtieth = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    let digit_or_underscore = |b: u8| b.is_ascii_digit() || b == b'_';
    head.contains(':')
        && first.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && first.bytes().all(digit_or_underscore)
        && parts.all(sixtieth)
        && fraction.bytes().all(digit_or_underscore)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Scalar) {
        assert_eq!(resolve(text), expect, "{text:?}");
    }

    #[test]
    fn words() {
        for text in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] {
            check(text, Scalar::Bool(true));
        }
        for text in ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] {
            check(text, Scalar::Bool(false));
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            check(text, Scalar::Null);
        }
        for text in ["yEs", "oN", "tRUE", "nULL", "nil", "none", "t", "f", "yes ", "_1", "nginx", "<<"] {
            check(text, Scalar::Str);
        }
    }

    #[test]
    fn integers() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("-3", -3),
            ("0777", 511),
            ("0o17", 15),
            ("-017", -15),
            ("0x1F", 31),
            ("-0xA", -10),
            ("0b101", 5),
            ("-0b11", -3),
            ("1_000", 1000),
            ("1__0_", 10),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            check(text, Scalar::Int(value));
        }
        check("9223372036854775808", Scalar::Uint(1 << 63));
        check("0xffffffffffffffff", Scalar::Uint(u64::MAX));
    }

    #[test]
    fn floats() {
        for (text, value) in [
            ("08", 8.0),
            ("1.5", 1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("+1e3", 1000.0),
            ("1E-2", 0.01),
            ("99999999999999999999", 1e20),
            (".inf", f64::INFINITY),
            ("+.Inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
        ] {
            check(text, Scalar::Float(value));
        }
        assert!(matches!(resolve(".nan"), Scalar::Float(f) if f.is_nan()));
    }

    #[test]
    fn strings_that_look_like_numbers() {
        for text in
            ["1.2.3", "100m", "1Gi", "-", "+", "0x", "0b2", "0xfffffffffffffffff", "1e", "1e999", ".", "...", "12:30"]
        {
            check(text, Scalar::Str);
        }
    }

    #[test]
    fn timestamps() {
        for text in [
            "2024-01-31",
            "2024-1-3",
            "2024-02-29",
            "2024-01-01T10:00:00Z",
            "2024-01-01t1:2:3.5+01:00",
            "2024-01-01 10:00:00",
        ] {
            check(text, Scalar::Timestamp);
        }
        for text in ["2023-02-29", "2024-13-01", "2024-01-01T10:00:00", "2024-01-01x", "20240-1-1", "2024-01-"] {
            check(text, Scalar::Str);
        }
    }

    #[test]
    fn base_60() {
        for text in ["12:30", "1:2:03.5", "-1_0:59", "190:20:30"] {
            assert!(is_base60(text), "{text}");
        }
        for text in ["12", "12:60", "a:1", "1:", ":1", "1:2a", "1.5:30"] {
            assert!(!is_base60(text), "{text}");
        }
    }
}
