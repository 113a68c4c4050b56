//! Regular expressions written once, and replacing with a look at what stands on both sides of a match.

use std::borrow::Cow;

use ::regex::{Captures, Regex};

/// A static regular expression, compiled when first used.
macro_rules! regex {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(super) static $name: std::sync::LazyLock<::regex::Regex> =
            std::sync::LazyLock::new(|| ::regex::Regex::new($text).expect("a constant expression"));)*
    };
}
pub(super) use regex;

regex! {
    /// A number in the place of a generated suffix.
    GENERATED = r"-<\d{3,}>";
    /// A node, a zone or the address of a node, under any of their names.
    PLACE = r"\b(?:node-[012]|zone-[abc])\b|\b192\.168\.0\.1[012]\b|<(?:node|zone)[123]>";
    /// A numbered node or zone.
    NODE = r"<(node|zone)(?:\d|X)>";
}

/// Replaces the matches for which `fits` holds, given what is before and after them. A match that does not fit is no
/// match: the search goes on one character later.
pub(super) fn replace_where<'t>(
    regex: &Regex,
    text: &'t str,
    fits: impl Fn(&str, &str) -> bool,
    mut replacement: impl FnMut(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = regex.captures_at(text, at) {
        let Some(whole) = found.get(0) else { break };
        if fits(&text[..whole.start()], &text[whole.end()..]) {
            out.push_str(&text[copied..whole.start()]);
            out.push_str(&replacement(&found));
            copied = whole.end();
            at = whole.end().max(at + 1);
        } else {
            at = whole.start() + text[whole.start()..].chars().next().map_or(1, char::len_utf8);
        }
        if at > text.len() {
            break;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Whether a text does not end with a word character, a dot or a hyphen, and the next does not begin with one.
pub(super) fn stands_alone(before: &str, after: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    !before.ends_with(part) && !after.starts_with(part)
}
