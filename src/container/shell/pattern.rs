//! Patterns of the shell: `*`, `?`, `[…]`, and what a backslash takes the meaning from.

/// Whether a whole text fits a pattern.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(_) => {
                if let Some(next) = one(&pattern, p, text[t]) {
                    (p, t) = (next, t + 1);
                    continue;
                }
            }
            None => {}
        }
        let Some((after, from)) = star else { return false };
        star = Some((after, from + 1));
        (p, t) = (after, from + 1);
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The place in the pattern behind what fits one letter.
fn one(pattern: &[char], at: usize, letter: char) -> Option<usize> {
    match pattern[at] {
        '?' => Some(at + 1),
        '\\' if at + 1 < pattern.len() => (pattern[at + 1] == letter).then_some(at + 2),
        '[' => {
            let rest = pattern.get(at + 2..).unwrap_or_default();
            let end = rest.iter().position(|c| *c == ']').map(|end| end + at + 2);
            let Some(end) = end else { return (letter == '[').then_some(at + 1) };
            let negated = matches!(pattern[at + 1], '!' | '^');
            let set = &pattern[at + 1 + usize::from(negated)..end];
            let mut inside = false;
            let mut i = 0;
            while i < set.len() {
                if i + 2 < set.len() && set[i + 1] == '-' {
                    inside |= (set[i]..=set[i + 2]).contains(&letter);
                    i += 3;
                } else {
                    inside |= set[i] == letter;
                    i += 1;
                }
            }
            (inside != negated).then_some(end + 1)
        }
        c => (c == letter).then_some(at + 1),
    }
}

/// A text as a pattern that only it fits.
pub(super) fn literal(text: &str) -> String {
    text.chars().flat_map(|c| "*?[]\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Takes what fits a pattern away from the beginning of a text.
pub(super) fn without_start<'t>(text: &'t str, pattern: &str, longest: bool) -> &'t str {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if longest {
        ends.reverse();
    }
    ends.into_iter().find(|end| fits(pattern, &text[..*end])).map_or(text, |end| &text[end..])
}

/// Takes what fits a pattern away from the end of a text.
pub(super) fn without_end<'t>(text: &'t str, pattern: &str, longest: bool) -> &'t str {
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if !longest {
        starts.reverse();
    }
    starts.into_iter().find(|start| fits(pattern, &text[*start..])).map_or(text, |start| &text[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fit) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "ac", false),
            ("[0-9]*", "1x", true),
            ("[!a]", "a", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("*.cnf", "my.cnf", true),
        ] {
            assert_eq!(fits(pattern, text), fit, "{pattern} {text}");
        }
        assert_eq!(without_start("mysql-0-1", "*-", true), "1");
        assert_eq!(without_start("mysql-0-1", "*-", false), "0-1");
        assert_eq!(without_end("mysql-0-1", "-*", false), "mysql-0");
        assert_eq!(without_end("mysql-0-1", "-*", true), "mysql");
        assert!(fits(&literal("a*[b]"), "a*[b]"));
    }
}
