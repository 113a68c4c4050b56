//! What a learner got wrong in a lesson, kept so that the drill asks for it again: one line of JSON for each mistake, in a
//! file of the labs' home. Lessons append to it, the drill reads it.

use serde::{Deserialize, Serialize};

/// The file's name.
pub const FILE: &str = "mistakes.jsonl";

/// A question of a lesson that somebody answered wrongly. The texts are Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// The lesson's name.
    pub lesson: String,
    /// Its step, from 1.
    pub step: usize,
    /// When, as RFC 3339.
    pub at: String,
    /// What was asked.
    pub question: String,
    /// What they answered.
    pub answered: String,
    /// What is right.
    pub right: String,
    /// Why; empty if the lesson does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// Where that comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

impl Mistake {
    /// Its line in the file.
    #[must_use]
    pub fn line(&self) -> String {
        // Texts and a number: nothing that JSON lacks.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// The mistakes of a file, the last one of each step, in the order of lessons and steps. Lines that cannot be read, such as
/// one that a crash cut off, are passed over.
#[must_use]
pub fn read(text: &str) -> Vec<Mistake> {
    let mut last = std::collections::BTreeMap::new();
    for mistake in text.lines().filter_map(|line| serde_json::from_str::<Mistake>(line).ok()) {
        last.insert((mistake.lesson.clone(), mistake.step), mistake);
    }
    last.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mistake_of_each_step_counts() {
        let mistake = |step: usize, answered: &str| Mistake {
            lesson: "ordered-start".into(),
            step,
            at: "2026-01-01T00:00:00Z".into(),
            question: "Which Pod goes first?".into(),
            answered: answered.into(),
            right: "web-2".into(),
            because: String::new(),
            sources: vec!["S41".into()],
        };
        let text =
            mistake(7, "web-0").line() + &mistake(2, "all").line() + &mistake(7, "web-1").line() + "{\"lesson\":";
        assert_eq!(read(&text), [mistake(2, "all"), mistake(7, "web-1")]);
        assert_eq!(read(""), []);
    }
}
