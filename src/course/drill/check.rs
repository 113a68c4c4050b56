//! Authoring lint over all questions: what the file says must hold in the lab. What can be seen from the text alone is
//! refused when it is read.

use super::deck::{Deck, Filter};
use super::proof;
use crate::course::stage::Stages;

/// How many questions a whole drill has.
const ENOUGH: usize = 150;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many questions there are.
    pub questions: usize,
    /// A question's name, and what is wrong with its proof.
    pub wrong: Vec<(String, String)>,
    /// What could be better.
    pub warnings: Vec<String>,
}

/// Runs the proofs of the questions that are wanted; `done` is told after each how many are done, and of how many.
pub fn check(stages: &dyn Stages, deck: &Deck, filter: &Filter, mut done: impl FnMut(usize, usize)) -> Report {
    let wanted: Vec<_> = deck.wanted(filter).collect();
    let mut report = Report { questions: wanted.len(), ..Report::default() };
    for (index, (_, question)) in wanted.iter().enumerate() {
        let Some(proof) = &question.proof else { continue };
        let why = match proof::run(stages, proof) {
            Ok(proved) => proved.wrong,
            Err(why) => Some(why),
        };
        report.wrong.extend(why.map(|why| (question.name.clone(), why)));
        done(index + 1, wanted.len());
    }
    if filter.is_empty() && wanted.len() < ENOUGH {
        report.warnings.push(format!("there are {} questions; a whole drill has at least {ENOUGH}", wanted.len()));
    }
    for topic in deck.topics.iter().filter(|topic| filter.topics.is_empty() || filter.topics.contains(&topic.name)) {
        let levels: std::collections::BTreeSet<_> = topic.questions.iter().map(|question| question.level).collect();
        if levels.len() == 1 {
            report.warnings.push(format!("all questions of {} are of one level", topic.name));
        }
    }
    report
}
