//! Names and labels of a set's Pods and claims (rules S46, S50), and reading them back.

use crate::resource::meta::{Text, joined};

/// Label of a Pod: its own name.
pub const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
/// Label of a Pod: its ordinal.
pub const POD_INDEX: &str = "apps.kubernetes.io/pod-index";
/// Label of a Pod: the name of its revision.
pub const REVISION: &str = "controller-revision-hash";

/// `SET-ORDINAL`.
#[must_use]
pub fn pod_name(set: &str, ordinal: i64) -> Text {
    joined([set, "-", itoa::Buffer::new().format(ordinal)])
}

/// `TEMPLATE-SET-ORDINAL`.
#[must_use]
pub fn claim_name(template: &str, set: &str, ordinal: i64) -> Text {
    joined([template, "-", set, "-", itoa::Buffer::new().format(ordinal)])
}

/// The set's name and the ordinal that a Pod's name says, as upstream's `(.*)-([0-9]+)$` reads it (rule S32): an ordinal
/// beyond 32 bits is none.
#[must_use]
pub fn parse_pod_name(name: &str) -> Option<(&str, i64)> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (parent, digits) = name.split_at_checked(name.len() - digits)?;
    let ordinal: i32 = digits.parse().ok()?;
    Some((parent.strip_suffix('-')?, i64::from(ordinal)))
}

/// The ordinal of a claim of `set` made from `template`.
#[must_use]
pub fn claim_ordinal(name: &str, template: &str, set: &str) -> Option<i64> {
    let digits = name.strip_prefix(template)?.strip_prefix('-')?.strip_prefix(set)?.strip_prefix('-')?;
    let plain = digits == "0" || !digits.starts_with('0');
    if !plain || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i32>().ok().map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows 64 and 65 of the scenario table.
    #[test]
    fn s32_names_are_read_back() {
        assert_eq!(parse_pod_name("foo-1"), Some(("foo", 1)));
        assert_eq!(parse_pod_name("foo"), None);
        assert_eq!(parse_pod_name("foo-bar-7"), Some(("foo-bar", 7)));
        assert_eq!(parse_pod_name("x-99999999999"), None);
        assert_eq!(claim_ordinal("data-web-3", "data", "web"), Some(3));
        assert_eq!(claim_ordinal("data-web-3", "dat", "web"), None);
        assert_eq!(claim_ordinal("data-web-03", "data", "web"), None);
    }
}
