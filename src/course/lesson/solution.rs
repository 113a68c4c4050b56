//! What somebody types in a step who knows the answer.

use super::super::content::{Action, Question, Step};
use super::ask::shuffled;

/// The lines, as the author of the lesson would type them.
#[must_use]
pub(super) fn lines(step: &Step) -> Vec<String> {
    match &step.action {
        Action::Tell(_) | Action::Show(_) => Vec::new(),
        Action::Predict(predict) if predict.answer.0.is_empty() => vec!["none".into()],
        Action::Predict(predict) => predict.answer.0.iter().map(|row| row.join(" ")).chain([String::new()]).collect(),
        Action::Do(act) => act.solution.iter().map(|line| line.0.trim().to_string()).collect(),
        Action::Ask(ask) => vec![answer(&ask.answer)],
    }
}

fn answer(question: &Question) -> String {
    let numbers = |places: Vec<usize>| places.iter().map(|at| (at + 1).to_string()).collect::<Vec<_>>().join(" ");
    match question {
        Question::Choice(options) | Question::Several(options) => {
            let right: Vec<usize> = (0..options.len()).filter(|at| options[*at].right).collect();
            if right.is_empty() { "none".into() } else { numbers(right) }
        }
        Question::Text { answer, .. } => answer.split_whitespace().collect::<Vec<_>>().join(" "),
        Question::Order { right, .. } => {
            let shown = shuffled(right);
            numbers(right.iter().filter_map(|item| shown.iter().position(|other| other == item)).collect())
        }
    }
}
