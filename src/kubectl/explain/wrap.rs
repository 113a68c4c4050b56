//! Text broken into lines at blanks, as `github.com/mitchellh/go-wordwrap` does it: a word that is longer than a line
//! stays whole, blanks at a break are dropped, and lines that were there already stay.

/// Breaks lines longer than `limit` characters.
pub(super) fn wrap(limit: usize, text: &str) -> String {
    let (mut out, mut width) = (String::with_capacity(text.len()), 0);
    let (mut blanks, mut word) = (String::new(), String::new());
    let count = |text: &str| text.chars().count();
    for c in text.chars() {
        if c == '\n' {
            if !word.is_empty() || width + count(&blanks) <= limit {
                out += &blanks;
            }
            out += &word;
            out.push('\n');
            blanks.clear();
            word.clear();
            width = 0;
        } else if c.is_whitespace() && c != '\u{a0}' {
            if blanks.is_empty() || !word.is_empty() {
                width += count(&blanks) + count(&word);
                out.extend([std::mem::take(&mut blanks), std::mem::take(&mut word)]);
            }
            blanks.push(c);
        } else {
            word.push(c);
            if width + count(&blanks) + count(&word) > limit && count(&word) < limit {
                out.push('\n');
                width = 0;
                blanks.clear();
            }
        }
    }
    if !word.is_empty() || width + count(&blanks) <= limit {
        out += &blanks;
    }
    out + &word
}

/// Blanks before every line, empty ones too.
pub(super) fn indent(amount: usize, text: &str) -> String {
    let pad = " ".repeat(amount);
    format!("{pad}{}", text.replace('\n', &format!("\n{pad}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrap(5, "aa bb cc"), "aa bb\ncc");
        assert_eq!(wrap(5, "aa  bbbbbbb c"), "aa\nbbbbbbb\nc");
        assert_eq!(wrap(5, "a\n  b\n\nc d e f"), "a\n  b\n\nc d e\nf");
        assert_eq!(wrap(3, "a     \nb"), "a\nb");
        assert_eq!(indent(2, "a\n\nb\n"), "  a\n  \n  b\n  ");
    }
}
