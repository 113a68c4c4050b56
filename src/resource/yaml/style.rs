//! Which styles a string may be written in: go-yaml v2's analysis of a scalar (emitterc.go, `analyze_scalar`).

/// The styles that keep a string as it is.
#[derive(Debug, PartialEq)]
pub(super) struct Analysis {
    /// Without quotes (whether it would be read back as a string is another question).
    pub(super) plain: bool,
    /// In single quotes.
    pub(super) single_quoted: bool,
    /// As a literal block.
    pub(super) block: bool,
}

impl Analysis {
    /// Analyses `text`.
    pub(super) fn of(text: &str) -> Analysis {
        if text.is_empty() {
            return Analysis { plain: true, single_quoted: true, block: false };
        }
        let (mut special, mut breaks, mut break_space, mut space_break) = (false, false, false, false);
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut previous = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let blank_follows = chars.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            let blank_precedes = previous.is_none_or(|p| matches!(p, ' ' | '\t' | '\0') || is_break(p));
            indicators |= match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    previous.is_none()
                }
                '?' | '-' => previous.is_none() && blank_follows,
                ':' => blank_follows,
                '#' => blank_precedes,
                _ => false,
            };
            special |= !is_printable(c);
            breaks |= is_break(c);
            break_space |= c == ' ' && previous.is_some_and(is_break);
            space_break |= is_break(c) && previous == Some(' ');
            previous = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        Analysis {
            plain: !(special || breaks || space_break || indicators || text.starts_with(edge) || text.ends_with(edge)),
            single_quoted: !(special || break_space || space_break),
            block: !(special || space_break || text.ends_with(' ')),
        }
    }
}

/// Line breaks of YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What need not be escaped; go-yaml v2 escapes tabs and all beyond the basic plane.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}
