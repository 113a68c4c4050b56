//! How text looks: its width and its colours. A colour always means something: green is ready, yellow waits, red is
//! stuck. This is the only file that knows the crate that makes colours.

use colored::Colorize;

/// What a piece of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// On its way.
    Waiting,
    /// Stuck, lost or refused.
    Bad,
    /// A heading.
    Strong,
    /// Of less weight.
    Faint,
}

/// The surface that is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of characters.
    pub width: usize,
    /// Whether colours are used.
    pub color: bool,
}

/// Where the sentence beside a title begins.
const BESIDE: usize = 8;

impl Look {
    /// Eighty columns without colours: what a pipe gets.
    pub const PLAIN: Look = Look { width: 80, color: false };

    /// A text in the colour of its tone.
    #[must_use]
    pub fn paint(self, text: &str, tone: Tone) -> String {
        if !self.color || tone == Tone::Plain || text.is_empty() {
            return text.to_string();
        }
        let painted = match tone {
            Tone::Plain => text.normal(),
            Tone::Good => text.green(),
            Tone::Waiting => text.yellow(),
            Tone::Bad => text.red(),
            Tone::Strong => text.bold(),
            Tone::Faint => text.dimmed(),
        };
        painted.to_string()
    }

    /// A word in capitals, and a sentence beside it; beside a long word it stands further in.
    #[must_use]
    pub fn beside(self, title: &str, tone: Tone, sentence: &str) -> String {
        let beside = BESIDE.max(title.len() + 1);
        let text = Look { width: self.width.saturating_sub(beside), ..self }.wrap(sentence, 0);
        let text = text.replace('\n', &format!("\n{:beside$}", ""));
        let gap = " ".repeat(beside - title.len());
        format!("{}{gap}{text}", self.paint(title, tone)).trim_end().to_string() + "\n"
    }

    /// A text broken into lines of at most this look's width; lines after the first begin with `indent` spaces.
    #[must_use]
    pub fn wrap(self, text: &str, indent: usize) -> String {
        let width = self.width.max(indent + 20);
        let (mut out, mut column) = (String::new(), 0);
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out
    }
}

/// Colours go where this says, whatever the crate finds out about the terminal by itself. Called once, by the command
/// line.
pub fn allow_colors(color: bool) {
    colored::control::set_override(color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_words_whole() {
        let look = Look { width: 30, color: false };
        let text = look.wrap("each Pod waits until the one before it is Ready", 4);
        assert_eq!(text, "each Pod waits until the one\n    before it is Ready");
        assert_eq!(look.wrap("", 4), "");
    }

    #[test]
    fn without_colors_nothing_is_added() {
        assert_eq!(Look::PLAIN.paint("Running", Tone::Good), "Running");
    }
}
