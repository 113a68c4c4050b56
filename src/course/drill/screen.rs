//! Questions and what is known of them, as a person sees them.

use serde_json::{Value, json};

use super::cards::{Cards, days_until};
use super::deck::{Deck, Filter, Topic};
use super::mark::{self, Marked};
use super::pick;
use super::question::{Form, Level, Question};
use crate::course::content::Choice;
use crate::course::lesson::markdown;
use crate::resource::Time;
use crate::view::style::{Look, Tone};
use crate::view::table::{Cell, Table};

/// A card that comes up only after so many days counts as known.
const KNOWN_DAYS: f64 = 21.0;

/// The topics, with how many questions of them there are and wait.
#[must_use]
pub fn topics(deck: &Deck, cards: &Cards, now: Time) -> Table {
    let mut table = Table::new(&["TOPIC", "#ALL", "#JUNIOR", "#MID", "#SENIOR", "#DUE", "#NEW", "+ABOUT"]);
    for topic in &deck.topics {
        let filter = Filter { topics: vec![topic.name.clone()], ..Filter::default() };
        let sorted = pick::sort(deck, cards, &filter, now);
        let of = |level: Level| topic.questions.iter().filter(|question| question.level == level).count().to_string();
        let due =
            Cell::new(sorted.due.len().to_string(), if sorted.due.is_empty() { Tone::Plain } else { Tone::Waiting });
        let [junior, mid, senior] = Level::ALL.map(of);
        table.row([
            topic.name.as_str().into(),
            topic.questions.len().to_string().into(),
            junior.into(),
            mid.into(),
            senior.into(),
            due,
            sorted.new.len().to_string().into(),
            topic.title.as_str().into(),
        ]);
    }
    table
}

/// Questions by name, with what is known of each.
#[must_use]
pub fn names(deck: &Deck, filter: &Filter, cards: &Cards, now: Time) -> Table {
    let mut table = Table::new(&["NAME", "LEVEL", "TYPE", "COMES UP", "#ANSWERED", "?TOPIC"]);
    for (topic, question) in deck.wanted(filter) {
        let card = cards.cards.get(&question.name);
        let when = match card {
            None => Cell::from("new"),
            Some(card) if card.due <= now => Cell::new("now", Tone::Waiting),
            Some(card) => match days_until(card.due, now) {
                0 => "today".into(),
                1 => "tomorrow".into(),
                days => format!("in {days} days").into(),
            },
        };
        table.row([
            question.name.as_str().into(),
            question.level.word().into(),
            question.form.word().into(),
            when,
            card.map_or(0, |card| card.reviews).to_string().into(),
            topic.name.as_str().into(),
        ]);
    }
    table
}

/// A question as it is asked, with its options.
#[must_use]
pub fn asked(question: &Question, look: Look) -> String {
    let gap = if question.form == Form::Choice { "\n" } else { "" };
    markdown::render(&question.ask, look) + gap + &options(question, look)
}

/// The options of a question, with their numbers.
#[must_use]
pub fn options(question: &Question, look: Look) -> String {
    let line = |(index, option): (usize, &Choice)| {
        hanging(&format!("  {})", index + 1), &markdown::one_line(&option.text), look)
    };
    question.options.iter().enumerate().map(line).collect()
}

/// A word, and a sentence that stays right of it.
fn hanging(title: &str, sentence: &str, look: Look) -> String {
    let indent = title.chars().count() + 1;
    let text = Look { width: look.width.saturating_sub(indent), ..look }.wrap(sentence, 0);
    format!("{title} {}\n", text.replace('\n', &format!("\n{:indent$}", "")))
}

/// What an answer came to, and what is right.
#[must_use]
pub fn feedback(question: &Question, typed: &str, marked: Option<&Marked>, look: Look) -> String {
    let mut out = match marked {
        Some(marked) if marked.is_right() => look.beside("RIGHT", Tone::Good, ""),
        Some(marked) if marked.found > 0 => {
            let found = format!("{} of {}. {}", marked.found, marked.of, marked.told());
            look.beside("PARTLY", Tone::Waiting, &found)
        }
        Some(_) if typed.trim().is_empty() => look.beside("WRONG", Tone::Bad, "Not known."),
        Some(marked) => look.beside("WRONG", Tone::Bad, &marked.told()),
        None => String::new(),
    };
    if question.form == Form::Choice {
        let chosen = mark::chosen(question, typed).and_then(|index| question.options.get(index));
        if let Some(because) = chosen.and_then(|option| option.because.as_deref()) {
            out += &markdown::render(because, look);
        }
    } else if !marked.is_some_and(Marked::is_right) {
        if let Some(wrong) = mark::like(&question.wrong, typed) {
            let title = format!("Many say \"{}\".", markdown::one_line(&wrong.says));
            out += &look.beside("COMMON", Tone::Waiting, &format!("{title} {}", markdown::one_line(&wrong.because)));
        }
    }
    out + &answer(question, look)
}

/// The model answer, where it comes from, and what proves it.
#[must_use]
pub fn answer(question: &Question, look: Look) -> String {
    let mut out = format!("\n{}\n{}\n", look.paint("ANSWER", Tone::Strong), markdown::render(&question.answer, look));
    out += &look.beside("SOURCE", Tone::Faint, &question.source);
    if question.proof.is_some() {
        out += &look.beside("PROOF", Tone::Faint, &format!("sts-lab drill prove {}", question.name));
    }
    out
}

/// All there is about a question.
#[must_use]
pub fn whole(topic: &Topic, question: &Question, look: Look) -> String {
    let Question { name, level, form, .. } = question;
    let mut out = look.beside(&name.to_uppercase(), Tone::Strong, &format!("{} · {level} · {form}", topic.name));
    out.extend(["\n", &asked(question, look), &answer(question, look)]);
    let options = question.options.iter().filter(|option| !option.right);
    let options = options.map(|option| (option.text.as_str(), option.because.as_deref().unwrap_or_default()));
    let wrong = options.chain(question.wrong.iter().map(|wrong| (wrong.says.as_str(), wrong.because.as_str())));
    let wrong: Vec<(&str, &str)> = wrong.collect();
    if !wrong.is_empty() {
        out.extend(["\n", &look.paint("WRONG ANSWERS", Tone::Strong), "\n"]);
    }
    for (says, because) in wrong {
        out += &hanging("  -", &format!("\"{}\": {}", markdown::one_line(says), markdown::one_line(because)), look);
    }
    if let Some(proof) = &question.proof {
        out.extend(["\n", &look.paint("PROOF", Tone::Strong), "\n"]);
        for line in &proof.run {
            out += &format!("  $ {}\n", line.words());
        }
    }
    out
}

/// A question for programs.
#[must_use]
pub fn json(topic: &Topic, question: &Question) -> Value {
    let options = question.options.iter();
    let options = options.map(|o| json!({"text": o.text, "right": o.right, "because": o.because}));
    json!({
        "name": question.name, "topic": topic.name, "level": question.level, "type": question.form,
        "covers": question.covers, "ask": question.ask.trim(), "options": options.collect::<Vec<_>>(),
        "accept": question.accept, "lacks": question.lacks, "answer": question.answer.trim(), "wrong": question.wrong, "source": question.source,
        "proof": question.proof.as_ref().map(|proof| {
            json!({"run": proof.run.iter().map(|line| &line.0).collect::<Vec<_>>(), "shows": proof.shows})
        }),
    })
}

/// What somebody knows, by topic.
#[must_use]
pub fn stats(deck: &Deck, cards: &Cards, now: Time) -> Value {
    let all = Filter::default();
    let sorted = pick::sort(deck, cards, &all, now);
    let (reviews, right) = cards.days.values().fold((0, 0), |(r, n), day| (r + day.reviews, n + day.right));
    let topic = |topic: &Topic| {
        let filter = Filter { topics: vec![topic.name.clone()], ..Filter::default() };
        let sorted = pick::sort(deck, cards, &filter, now);
        let of = topic.questions.iter().filter_map(|question| cards.cards.get(&question.name));
        let known = of.filter(|card| card.memory.stability >= KNOWN_DAYS).count();
        let all = topic.questions.len();
        json!({
            "topic": topic.name, "all": all, "known": known, "learning": all - sorted.new.len() - known,
            "new": sorted.new.len(), "due": sorted.due.len(),
        })
    };
    let soon = deck.all().filter_map(|(_, question)| cards.cards.get(&question.name));
    let soon = soon.filter(|card| card.due > now && days_until(card.due, now) <= 7).count();
    let mut hard: Vec<(u32, &str)> = deck
        .all()
        .filter_map(|(_, question)| Some((cards.cards.get(&question.name)?.lapses, question.name.as_str())))
        .filter(|(lapses, _)| *lapses > 0)
        .collect();
    hard.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let hard: Vec<Value> =
        hard.iter().take(5).map(|(lapses, name)| json!({"name": name, "forgotten": lapses})).collect();
    json!({
        "questions": deck.all().count(), "due": sorted.due.len(), "dueInAWeek": soon, "new": sorted.new.len(),
        "answers": reviews, "right": right, "daysInARow": cards.streak(now),
        "topics": deck.topics.iter().map(topic).collect::<Vec<_>>(), "forgottenMost": hard,
    })
}

/// The same as text.
#[must_use]
pub fn stats_text(stats: &Value, look: Look) -> String {
    let number = |key: &str| stats[key].as_u64().unwrap_or_default();
    let share = if number("answers") == 0 { 0 } else { number("right") * 100 / number("answers") };
    let mut out = look.beside(
        "KNOWN",
        Tone::Strong,
        &format!(
            "{} answers so far, {share} % right; {} in a row. {} due now, {} more within a week, {} of {} never seen.",
            number("answers"),
            days(number("daysInARow")),
            number("due"),
            number("dueInAWeek"),
            number("new"),
            number("questions"),
        ),
    );
    let mut table = Table::new(&["TOPIC", "#ALL", "#KNOWN", "#LEARNING", "#NEW", "#DUE"]);
    let list = |key: &str| stats[key].as_array().cloned().unwrap_or_default();
    for topic in list("topics") {
        let count = |key: &str| Cell::from(topic[key].to_string());
        let name = topic["topic"].as_str().unwrap_or_default().to_string();
        table.row([name.into(), count("all"), count("known"), count("learning"), count("new"), count("due")]);
    }
    out.extend(["\n", &table.render(look)]);
    out += "\nKnown: will be remembered for three weeks or more.\n";
    let hard: Vec<String> =
        list("forgottenMost").iter().filter_map(|q| Some(q["name"].as_str()?.to_string())).collect();
    if !hard.is_empty() {
        out.extend(["\n", &look.beside("HARD", Tone::Waiting, &format!("Forgotten most often: {}.", hard.join(", ")))]);
    }
    out
}

fn days(count: u64) -> String {
    if count == 1 { "1 day".into() } else { format!("{count} days") }
}
