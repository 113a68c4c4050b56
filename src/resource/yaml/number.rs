//! Numbers as Go prints them: `strconv.FormatFloat` with format `g` and the shortest digits, as go-yaml uses it.

/// `value` as go-yaml writes it: `0.5`, `1.5e+06`, `1e-05`, `.inf`, `.nan`.
#[must_use]
pub fn format_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_string();
    }
    general(&format!("{value:e}"), value.to_string())
}

/// `value` rounded to 32 bits, as sigs.k8s.io/yaml turns a number that is a key into a string.
#[must_use]
pub fn format_float_key(value: f64) -> String {
    let narrow = value as f32;
    if narrow.is_finite() {
        general(&format!("{narrow:e}"), narrow.to_string())
    } else {
        format_float(f64::from(narrow))
    }
}

/// Format `g`: an exponent, of two digits at least, below -4 and from 6 on.
fn general(scientific: &str, plain: String) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return plain;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_prints_them() {
        for (value, expect) in [
            (0.5, "0.5"),
            (-0.25, "-0.25"),
            (100_000.5, "100000.5"),
            (1_234_567.5, "1.2345675e+06"),
            (1e20, "1e+20"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1e100, "1e+100"),
            (f64::NAN, ".nan"),
            (f64::NEG_INFINITY, "-.inf"),
        ] {
            assert_eq!(format_float(value), expect);
        }
        assert_eq!(format_float_key(0.1), "0.1");
        assert_eq!(format_float_key(16_777_217.0), "1.6777216e+07");
        assert_eq!(format_float_key(1e300), ".inf");
    }
}
