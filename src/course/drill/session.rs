//! A session: questions are asked one after another, marked, and noted at once, so that stopping loses nothing.

use super::cards::{Card, days_until};
use super::fsrs::Grade;
use super::learner::Learner;
use super::mark;
use super::pick::Asked;
use super::question::{Form, Question};
use super::screen;
use crate::resource::Time;
use crate::view::style::{Look, Tone};

/// How often a question that was not known comes again in a session.
const AGAIN: usize = 2;

/// Where answers are noted: the question's name, and how well it was known.
pub type Note<'n> = dyn FnMut(&str, Grade, Time) -> Result<Card, String> + 'n;

/// What came of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many questions were answered.
    pub answered: usize,
    /// How many of them were known at the first try.
    pub right: usize,
    /// Whether somebody stopped before the end.
    pub stopped: bool,
}

/// Asks these questions; those that were not known come again at the end.
pub fn run(asked: &[Asked<'_>], learner: &mut dyn Learner, note: &mut Note<'_>, look: Look) -> Result<Summary, String> {
    let mut summary = Summary::default();
    let (mut round, mut number): (Vec<Asked<'_>>, usize) = (asked.to_vec(), 0);
    for turn in 0..=AGAIN {
        let mut again = Vec::new();
        for (topic, question) in round {
            number += 1;
            let of = if turn == 0 { format!(" of {}", asked.len()) } else { String::new() };
            let title = format!("{number}{of}");
            let about = format!(
                "{} · {} · {}{}",
                topic.name,
                question.level,
                question.form,
                if turn == 0 { "" } else { " · again" }
            );
            learner.tell(&format!("\n{}\n", look.beside(&title, Tone::Strong, &about).trim_end()));
            let Some(grade) = ask(question, learner, look) else {
                summary.stopped = true;
                return Ok(summary);
            };
            let now = learner.now();
            let card = note(&question.name, grade, now)?;
            learner.tell(&look.beside("AGAIN", Tone::Faint, &when(grade, &card, now)));
            if turn == 0 {
                summary.answered += 1;
                summary.right += usize::from(grade != Grade::Again);
            }
            if grade == Grade::Again {
                again.push((topic, question));
            }
        }
        round = again;
        if round.is_empty() {
            break;
        }
    }
    Ok(summary)
}

fn when(grade: Grade, card: &Card, now: Time) -> String {
    match (grade, days_until(card.due, now)) {
        (Grade::Again, _) => "later in this session, and in ten minutes.".into(),
        (_, 0 | 1) => "tomorrow.".into(),
        (_, days) => format!("in {days} days."),
    }
}

/// Asks a question and says what is right; none if somebody stops.
fn ask(question: &Question, learner: &mut dyn Learner, look: Look) -> Option<Grade> {
    learner.tell(&format!("{}\n", screen::asked(question, look)));
    let typed = answer(question, learner)?;
    let marked = mark::mark(question, &typed);
    learner.tell(&format!("\n{}", screen::feedback(question, &typed, marked.as_ref(), look)));
    match marked {
        Some(marked) if marked.is_right() => Some(Grade::Good),
        Some(_) if question.form == Form::Choice || typed.trim().is_empty() => Some(Grade::Again),
        // A pattern cannot know all the words there are for a right answer.
        Some(_) if learner.is_present() => judge("Not found word by word. Was it right all the same?", learner, look),
        Some(_) => Some(Grade::Again),
        None if typed.trim().is_empty() => Some(Grade::Again),
        None => own(question, learner, look),
    }
}

/// Reads an answer; a choice until it is one.
pub(super) fn answer(question: &Question, learner: &mut dyn Learner) -> Option<String> {
    let prompt = if question.form == Form::Choice { "Number" } else { "Answer" };
    loop {
        let typed = learner.answer(prompt)?;
        if typed.trim() == "quit" {
            return None;
        }
        let odd = question.form == Form::Choice && !typed.trim().is_empty() && mark::chosen(question, &typed).is_none();
        if !odd {
            return Some(typed);
        }
        learner.tell(&format!("A number from 1 to {}, or nothing if you do not know.\n", question.options.len()));
    }
}

/// People judge their own answer, point by point if it has several.
pub(super) fn own(question: &Question, learner: &mut dyn Learner, look: Look) -> Option<Grade> {
    let points = mark::points(&question.answer);
    if question.form == Form::Scenario && points.len() > 1 {
        let list: String = points.iter().map(|point| format!("  [ ] {}\n", look.wrap(point, 6))).collect();
        learner.tell(&format!("\n{}\n{list}", look.paint("Did you say all of this?", Tone::Strong)));
    }
    judge("How well did you know it?", learner, look)
}

fn judge(question: &str, learner: &mut dyn Learner, look: Look) -> Option<Grade> {
    learner.tell(&format!("\n{}\n", look.paint(question, Tone::Strong)));
    loop {
        let typed = learner.answer("again, hard, good or easy")?;
        if typed.trim() == "quit" {
            return None;
        }
        match Grade::parse(&typed) {
            Some(grade) => return Some(grade),
            None => learner.tell("One of: again, hard, good, easy; the first letter is enough.\n"),
        }
    }
}
