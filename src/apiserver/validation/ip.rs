//! IP addresses and CIDR ranges (`k8s.io/apimachinery/pkg/util/validation/ip.go`, strict since 1.36).

use std::net::{IpAddr, Ipv4Addr};

use super::errors::{Errors, Path};

/// An address, read as Go's older parser does: numbers may have leading zeros.
fn sloppy(text: &str) -> Option<IpAddr> {
    if let Ok(ip) = text.parse() {
        return Some(ip);
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 10 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse::<u64>().ok().and_then(|n| u8::try_from(n).ok())?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets).into())
}

fn is_mapped(ip: &IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

/// Whether text is an IP address at all.
pub(super) fn is_ip(text: &str) -> bool {
    sloppy(text).is_some()
}

/// An address.
pub(super) fn legacy(value: &str, at: &Path, errors: &mut Errors) {
    let Some(ip) = sloppy(value) else {
        return errors.invalid(at, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    };
    if value.parse::<IpAddr>().is_err() {
        errors.invalid(at, value, "must not have leading 0s");
    } else if is_mapped(&ip) {
        errors.invalid(at, value, "must not be an IPv4-mapped IPv6 address");
    }
}

/// A range of addresses.
pub(super) fn legacy_cidr(value: &str, at: &Path, errors: &mut Errors) {
    let parsed = value.split_once('/').and_then(|(ip, bits)| {
        let (ip, digits) = (sloppy(ip)?, bits.bytes().all(|b| b.is_ascii_digit()) && !bits.is_empty());
        let limit = if ip.is_ipv4() { 32 } else { 128 };
        let length: u32 = bits.parse().ok().filter(|n| digits && *n <= limit)?;
        Some((ip, length, bits.len() > 1 && bits.starts_with('0')))
    });
    let Some((ip, length, leading_zero)) = parsed else {
        return errors.invalid(at, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    };
    let strict = value.split_once('/').is_some_and(|(ip, _)| ip.parse::<IpAddr>().is_ok());
    let beyond = match ip {
        IpAddr::V4(v4) => length < 32 && v4.to_bits() << length != 0,
        IpAddr::V6(v6) => length < 128 && v6.to_bits() << length != 0,
    };
    if !strict || leading_zero {
        errors.invalid(at, value, "must not have leading 0s in IP or prefix length");
    } else if is_mapped(&ip) {
        errors.invalid(at, value, "must not have an IPv4-mapped IPv6 address");
    } else if beyond {
        errors.invalid(at, value, "must not have bits set beyond the prefix length");
    }
}

/// The warning for an address that is good but not in its usual form.
pub(super) fn warning(value: &str, at: &Path) -> Option<String> {
    let ip = sloppy(value)?;
    if value.parse::<IpAddr>().is_err() || is_mapped(&ip) {
        let plain = match ip {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
            IpAddr::V4(_) => ip,
        };
        return Some(format!("{at}: non-standard IP address \"{value}\" is invalid: use \"{plain}\""));
    }
    let canonical = ip.to_string();
    (ip.is_ipv6() && canonical != value)
        .then(|| format!("{at}: IPv6 address \"{value}\" should be in RFC 5952 canonical format (\"{canonical}\")"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges() {
        let check = |rule: fn(&str, &Path, &mut Errors), value: &str, expect: &str| {
            let mut errors = Errors::default();
            rule(value, &Path::new("ip"), &mut errors);
            let detail = errors.0.first().map_or("", |e| e.detail.as_str());
            assert!(detail.starts_with(expect) && detail.is_empty() == expect.is_empty(), "{value}: {detail}");
        };
        for (value, expect) in [
            ("10.9.8.7", ""),
            ("2001:db8::1", ""),
            ("10.9.8.007", "must not have leading 0s"),
            ("::ffff:1.2.3.4", "must not be an IPv4-mapped"),
            ("1.2.3", "must be a valid IP address"),
            ("1.2.3.256", "must be a valid IP address"),
        ] {
            check(legacy, value, expect);
        }
        for (value, expect) in [
            ("10.9.8.0/24", ""),
            ("0.0.0.0/0", ""),
            ("10.9.8.1/24", "must not have bits set"),
            ("10.9.8.0/33", "must be a valid CIDR"),
            ("10.9.8.0/024", "must not have leading 0s"),
        ] {
            check(legacy_cidr, value, expect);
        }
    }
}
