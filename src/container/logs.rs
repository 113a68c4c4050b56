//! What a container would have written to its log: its command is run again, from its start to its end or now. A command
//! that is not understood has written what it wrote before that, and the rest is not known.

use super::commands::{printed, words};
use super::inside::{Around, Inside};
use crate::resource::Time;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Time,
    /// The line, with its newline if it has one.
    pub text: String,
}

/// What a container has written, as far as the lab knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Why there may be more that the lab does not know.
    pub unknown: Option<String>,
}

/// What a run of a container has written from its start until a moment.
#[must_use]
pub fn written(around: Around<'_>, inside: &Inside, until: Time) -> Written {
    if words(&inside.spec, &inside.env).is_empty() {
        return Written { lines: Vec::new(), unknown: Some(of_image(inside)) };
    }
    let Some(played) = printed(around, inside) else { return Written::default() };
    let mut lines: Vec<LogLine> = Vec::new();
    for chunk in played.out.chunks.into_iter().filter(|chunk| chunk.at <= until && !is_own(&chunk.text)) {
        for text in chunk.text.split_inclusive('\n') {
            match lines.last_mut().filter(|last| !last.text.ends_with('\n')) {
                Some(last) => last.text.push_str(text),
                None => lines.push(LogLine { at: chunk.at, text: text.to_string() }),
            }
        }
    }
    let unknown = match (played.unknown, played.tired) {
        (Some(name), _) => {
            Some(format!("its command runs {name}, which is not modelled: what that writes is not known"))
        }
        (None, true) => Some("its command writes without a pause; only the beginning is shown".into()),
        (None, false) => None,
    };
    Written { lines, unknown }
}

/// Why nothing is known of a container that says no command.
fn of_image(inside: &Inside) -> String {
    let image = inside.image();
    let args: Vec<&str> =
        inside.spec["args"].as_array().into_iter().flatten().filter_map(|word| word.as_str()).collect();
    if args.is_empty() {
        return format!("{image} runs the command that its image names, which the lab does not know");
    }
    let args = args.join(" ");
    format!("{image} gives {args:?} to the command that its image names, which the lab does not know")
}

/// Whether a text is the lab's own remark, which no container writes.
fn is_own(text: &str) -> bool {
    text.starts_with("sts-lab: ")
}
