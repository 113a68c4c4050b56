//! A session: questions are asked one after another, marked, and noted at once, so that stopping loses nothing.

use super::cards::{Card, days_until};
use super::fsrs::Grade;
use super::mark;
use super::pick::Asked;
use super::question::{Form, Question};
use super::screen;
use crate::course::learner::{Learner, Menu};
use crate::course::lesson::markdown::{one_line, render};
use crate::resource::Time;
use crate::view::style::Tone;

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
pub fn run(asked: &[Asked<'_>], learner: &mut dyn Learner, note: &mut Note<'_>) -> Result<Summary, String> {
    let (mut summary, look) = (Summary::default(), learner.look());
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
            learner.say(&format!("\n{}\n", look.beside(&title, Tone::Strong, &about).trim_end()));
            let Some(grade) = ask(question, learner) else {
                summary.stopped = true;
                return Ok(summary);
            };
            let now = learner.now();
            let card = note(&question.name, grade, now)?;
            learner.say(&look.beside("AGAIN", Tone::Faint, &when(grade, &card, now)));
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
fn ask(question: &Question, learner: &mut dyn Learner) -> Option<Grade> {
    let look = learner.look();
    let typed = answer(question, learner)?;
    let marked = mark::mark(question, &typed);
    learner.say(&format!("\n{}", screen::feedback(question, &typed, marked.as_ref(), look)));
    match marked {
        Some(marked) if marked.is_right() => Some(Grade::Good),
        Some(_) if question.form == Form::Choice || typed.trim().is_empty() => Some(Grade::Again),
        // A pattern cannot know all the words there are for a right answer.
        Some(_) if learner.is_present() => judge("Not found word by word. Was it right all the same?", learner),
        Some(_) => Some(Grade::Again),
        None if typed.trim().is_empty() => Some(Grade::Again),
        None => own(question, learner),
    }
}

/// Shows a question and reads an answer; a choice until it is one.
pub(super) fn answer(question: &Question, learner: &mut dyn Learner) -> Option<String> {
    let look = learner.look();
    if question.form != Form::Choice {
        learner.say(&format!("{}\n", screen::asked(question, look)));
        return learner.hear("Answer: ").unless_quit();
    }
    learner.say(&format!("{}\n", render(&question.ask, look)));
    let items = question.options.iter().map(|option| one_line(&option.text)).collect();
    let mut menu = Menu {
        items,
        prompt: "Number: ",
        other: "nothing if you do not know; quit",
        list: format!("{}\n", screen::options(question, look)),
        ..Menu::default()
    };
    loop {
        let typed = learner.choose(&mut menu).unless_quit()?;
        if typed.trim().is_empty() || mark::chosen(question, &typed).is_some() {
            return Some(typed);
        }
        learner.say(&format!("A number from 1 to {}, or nothing if you do not know.\n", question.options.len()));
    }
}

/// People judge their own answer, point by point if it has several.
pub(super) fn own(question: &Question, learner: &mut dyn Learner) -> Option<Grade> {
    let look = learner.look();
    let points = mark::points(&question.answer);
    if question.form == Form::Scenario && points.len() > 1 {
        let list: String = points.iter().map(|point| format!("  [ ] {}\n", look.wrap(point, 6))).collect();
        learner.say(&format!("\n{}\n{list}", look.paint("Did you say all of this?", Tone::Strong)));
    }
    judge("How well did you know it?", learner)
}

fn judge(question: &str, learner: &mut dyn Learner) -> Option<Grade> {
    let question = learner.look().paint(question, Tone::Strong);
    learner.say(&format!("\n{question}\n"));
    loop {
        let typed = learner.hear("again, hard, good or easy: ").unless_quit()?;
        match Grade::parse(&typed) {
            Some(grade) => return Some(grade),
            None => learner.say("One of: again, hard, good, easy; the first letter is enough.\n"),
        }
    }
}
