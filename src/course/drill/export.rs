//! Questions for other programs: Markdown to print, and cards for Anki. JSON is in [`super::screen`].

use super::deck::Topic;
use super::question::Question;
use crate::course::lesson::markdown;

/// All in Markdown, topic by topic.
#[must_use]
pub fn markdown<'d>(all: impl Iterator<Item = (&'d Topic, &'d Question)>) -> String {
    let (mut out, mut last) = (String::from("# Questions about StatefulSets\n"), None);
    for (topic, question) in all {
        if last != Some(&topic.name) {
            out += &format!("\n## {}\n", topic.title);
            last = Some(&topic.name);
        }
        out += &format!("\n### {} ({}, {})\n\n{}\n", question.name, question.level, question.form, question.ask.trim());
        if !question.options.is_empty() {
            out.push('\n');
        }
        for (index, option) in question.options.iter().enumerate() {
            out += &format!("{}. {}\n", index + 1, option.text.trim());
        }
        out += &format!("\n**Answer.** {}\n", question.answer.trim());
        let wrong = question.wrong.iter().map(|wrong| (&wrong.says, Some(&wrong.because)));
        let options = question.options.iter().filter(|option| !option.right).map(|o| (&o.text, o.because.as_ref()));
        let lines = wrong.chain(options).map(|(says, because)| {
            format!(
                "- \"{}\": {}\n",
                markdown::one_line(says),
                because.map(|text| markdown::one_line(text)).unwrap_or_default()
            )
        });
        let lines: String = lines.collect();
        if !lines.is_empty() {
            out += &format!("\nWrong:\n\n{lines}");
        }
        out += &format!("\nSource: {}", question.source);
        if question.proof.is_some() {
            out += &format!(". Proof: `sts-lab drill prove {}`", question.name);
        }
        out.push('\n');
    }
    out
}

/// Cards for Anki: a CSV file as its import reads it, with the tags in the third column.
#[must_use]
pub fn anki<'d>(all: impl Iterator<Item = (&'d Topic, &'d Question)>) -> String {
    let mut out = String::from("#separator:Comma\n#html:false\n#tags column:3\n#columns:Front,Back,Tags\n");
    for (topic, question) in all {
        let options = question.options.iter().enumerate();
        let options: String =
            options.map(|(index, option)| format!("\n{}) {}", index + 1, option.text.trim())).collect();
        let front = format!("{}{options}", question.ask.trim());
        let back = format!("{}\n\n({})", question.answer.trim(), question.source);
        let tags = format!("sts-lab topic::{} level::{} type::{}", topic.name, question.level, question.form);
        out += &[front, back, tags].map(|cell| quoted(&cell)).join(",");
        out.push('\n');
    }
    out
}

/// A cell of CSV (RFC 4180).
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_lines_and_quotes() {
        assert_eq!(quoted("a \"b\",\nc"), "\"a \"\"b\"\",\nc\"");
    }
}
