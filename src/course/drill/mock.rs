//! A mock interview: a time limit, no word about right and wrong until the end, then a report.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fsrs::Grade;
use super::mark;
use super::pick::Asked;
use super::question::{Form, Question};
use super::{screen, session};
use crate::course::content::Lesson;
use crate::course::learner::Learner;
use crate::course::lesson::markdown;
use crate::view::style::{Look, Tone};
use crate::view::table::{Cell, Table};

/// How many lessons are named as next.
const LESSONS: usize = 5;
/// From this share on an answer counts as known.
const KNOWN: f64 = 0.99;

/// An answer of an interview.
#[derive(Clone, Debug)]
pub struct Given<'d> {
    /// The question.
    pub asked: Asked<'d>,
    /// What was said.
    pub typed: String,
    /// What it is worth, 0 to 1; none if nobody has judged it.
    pub worth: Option<f64>,
    /// What was missing.
    pub missing: Vec<String>,
    /// What no right answer has.
    pub extra: Vec<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Interview<'d> {
    /// The answers, in order.
    pub given: Vec<Given<'d>>,
    /// How many questions there was no time for.
    pub left: usize,
    /// How long it took.
    pub seconds: i64,
    /// How long it could take.
    pub limit: i64,
}

/// Holds an interview. What cannot be marked is judged by the one who said it, when the time is over.
pub fn run<'d>(asked: &[Asked<'d>], limit: i64, learner: &mut dyn Learner) -> Interview<'d> {
    let look = learner.look();
    let begin = learner.now().seconds();
    let mut given: Vec<Given<'d>> = Vec::new();
    for (index, (topic, question)) in asked.iter().enumerate() {
        let left = limit - (learner.now().seconds() - begin);
        if left <= 0 {
            break;
        }
        let title = format!("{} of {}", index + 1, asked.len());
        let about = format!("{} · {} · {} left", topic.name, question.level, minutes(left));
        learner.say(&format!("\n{}", look.beside(&title, Tone::Strong, &about)));
        let Some(typed) = session::answer(question, learner) else { break };
        if learner.now().seconds() - begin > limit {
            learner.say("\nThe time was over before this answer: it does not count.\n");
            break;
        }
        let marked = mark::mark(question, &typed);
        let unknown = marked.is_none() && typed.trim().is_empty();
        let worth = marked.as_ref().map(mark::Marked::share).or(unknown.then_some(0.0));
        let (missing, extra) = marked.map(|marked| (marked.missing, marked.extra)).unwrap_or_default();
        given.push(Given { asked: (topic, question), typed, worth, missing, extra });
    }
    let seconds = (learner.now().seconds() - begin).min(limit);
    judge_own(&mut given, learner);
    Interview { left: asked.len() - given.len(), given, seconds, limit }
}

fn judge_own(given: &mut [Given<'_>], learner: &mut dyn Learner) {
    let look = learner.look();
    if given.iter().all(|given| given.worth.is_some()) {
        return;
    }
    learner.say("\nThe time is over. Some answers only you can judge.\n");
    for given in given.iter_mut().filter(|given| given.worth.is_none()) {
        let question = given.asked.1;
        learner.say(&format!("\n{}\n", markdown::render(&question.ask, look)));
        learner.say(&look.beside("YOU", Tone::Strong, &given.typed));
        learner.say(&screen::answer(question, look));
        let Some(grade) = session::own(question, learner) else { return };
        given.worth = Some(match grade {
            Grade::Again => 0.0,
            Grade::Hard => 0.5,
            Grade::Good | Grade::Easy => 1.0,
        });
    }
}

impl Interview<'_> {
    /// How well a question was known, for its card.
    #[must_use]
    pub fn grades(&self) -> Vec<(&str, Grade)> {
        let grade = |worth: f64| if worth >= KNOWN { Grade::Good } else { Grade::Again };
        self.given.iter().filter_map(|given| Some((given.asked.1.name.as_str(), grade(given.worth?)))).collect()
    }

    /// Points by something that questions have.
    fn by<K: Ord + ToString>(&self, key: &str, of: impl Fn(&Given<'_>) -> K) -> Vec<Value> {
        let mut by: BTreeMap<K, (f64, usize)> = BTreeMap::new();
        for given in &self.given {
            let Some(worth) = given.worth else { continue };
            let sum = by.entry(of(given)).or_default();
            *sum = (sum.0 + worth, sum.1 + 1);
        }
        let row = |(name, (sum, of)): (K, (f64, usize))| json!({key: name.to_string(), "score": rounded(sum), "of": of, "percent": percent(sum, of)});
        by.into_iter().map(row).collect()
    }

    /// The report for programs; `lessons` are those that could come next.
    #[must_use]
    pub fn report(&self, lessons: &[Lesson]) -> Value {
        let (sum, of) =
            self.given.iter().filter_map(|given| given.worth).fold((0.0, 0), |(sum, of), worth| (sum + worth, of + 1));
        let missed: Vec<&Given<'_>> =
            self.given.iter().filter(|given| given.worth.is_some_and(|worth| worth < KNOWN)).collect();
        let next = next(&missed.iter().map(|given| given.asked.1).collect::<Vec<_>>(), lessons);
        json!({
            "score": rounded(sum), "of": of, "percent": percent(sum, of), "answered": self.given.len(),
            "notJudged": self.given.len() - of, "noTimeFor": self.left, "seconds": self.seconds, "limitSeconds": self.limit,
            "byTopic": self.by("topic", |given| given.asked.0.name.clone()),
            "byLevel": self.by("level", |given| given.asked.1.level),
            "missed": missed.iter().map(|given| missed_json(given)).collect::<Vec<_>>(),
            "next": next.iter().map(|(lesson, about)| json!({
                "lesson": lesson.name, "title": lesson.title, "minutes": lesson.minutes, "for": about,
            })).collect::<Vec<_>>(),
        })
    }
}

/// Two decimals, where there are any.
fn rounded(sum: f64) -> Value {
    let hundredths = (sum * 100.0).round();
    if hundredths % 100.0 == 0.0 { json!((hundredths / 100.0) as u64) } else { json!(hundredths / 100.0) }
}

fn percent(sum: f64, of: usize) -> u64 {
    if of == 0 { 0 } else { (sum * 100.0 / of as f64).round() as u64 }
}

fn missed_json(given: &Given<'_>) -> Value {
    let (topic, question) = given.asked;
    let chosen = mark::chosen(question, &given.typed).and_then(|index| question.options.get(index));
    let because = match question.form {
        Form::Choice => chosen.and_then(|option| option.because.clone()),
        _ => mark::like(&question.wrong, &given.typed).map(|wrong| wrong.because.clone()),
    };
    json!({
        "because": because.map(|text| text.trim().to_string()),
        "name": question.name, "topic": topic.name, "level": question.level, "ask": question.ask.trim(),
        "said": given.typed, "worth": given.worth.map(rounded), "missing": given.missing, "extra": given.extra,
        "answer": question.answer.trim(),
        "source": question.source,
        "prove": question.proof.as_ref().map(|_| format!("sts-lab drill prove {}", question.name)),
    })
}

/// The lessons that teach what was missed, the one that teaches most of it first.
#[must_use]
pub fn next<'l>(missed: &[&Question], lessons: &'l [Lesson]) -> Vec<(&'l Lesson, Vec<String>)> {
    let rules = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '/' && c != '_' && c != '.' && c != '-');
        let is_rule = |word: &&str| {
            let (letter, number) = word.split_at(word.len().min(1));
            letter.chars().all(|c| c.is_ascii_uppercase()) && number.starts_with(|c: char| c.is_ascii_digit())
        };
        words.filter(is_rule).map(|word| word.trim_end_matches('.').to_string()).collect()
    };
    let scored = lessons.iter().map(|lesson| {
        let (covers, sources): (BTreeSet<&String>, BTreeSet<String>) =
            (lesson.covers.iter().collect(), lesson.sources.iter().flat_map(|source| rules(source)).collect());
        let teaches = |question: &&&Question| {
            let heading = question.covers.iter().filter(|cover| covers.contains(cover)).count() * 2;
            (heading + rules(&question.source).intersection(&sources).count()) as u32
        };
        let about: Vec<(u32, &&Question)> =
            missed.iter().map(|question| (teaches(&question), question)).filter(|(n, _)| *n > 0).collect();
        let sum: u32 = about.iter().map(|(n, _)| n).sum();
        (sum, lesson, about.iter().map(|(_, question)| question.name.clone()).collect::<Vec<_>>())
    });
    let mut scored: Vec<_> = scored.filter(|(sum, ..)| *sum > 0).collect();
    scored.sort_by(|a, b| b.2.len().cmp(&a.2.len()).then(b.0.cmp(&a.0)).then_with(|| a.1.name.cmp(&b.1.name)));
    scored.into_iter().take(LESSONS).map(|(_, lesson, about)| (lesson, about)).collect()
}

fn minutes(seconds: i64) -> String {
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min", (seconds + 59) / 60) }
}

/// The report as text.
#[must_use]
pub fn screen(report: &Value, look: Look) -> String {
    let number = |key: &str| report[key].as_i64().unwrap_or_default();
    let mut told = format!(
        "{} of {} points, {} %, in {}.",
        report["score"],
        report["of"],
        report["percent"],
        minutes(number("seconds"))
    );
    for (key, words) in [("noTimeFor", "not reached"), ("notJudged", "not judged")] {
        if number(key) > 0 {
            told += &format!(" {} {words}.", number(key));
        }
    }
    let mut out = format!("\n{}", look.beside("RESULT", Tone::Strong, &told));
    let table = scores(report);
    if !table.is_empty() {
        out.extend(["\n", &table.render(look)]);
    }
    for missed in list(report, "missed") {
        out += &missed_one(&missed, look);
    }
    for (index, lesson) in list(report, "next").iter().enumerate() {
        let about = list(lesson, "for");
        let about: Vec<&str> = about.iter().filter_map(Value::as_str).collect();
        let sentence = format!(
            "sts-lab lesson start {}   {} ({} min): {}",
            text(lesson, "lesson"),
            text(lesson, "title"),
            lesson["minutes"],
            about.join(", ")
        );
        let gap = if index == 0 { "\n" } else { "" };
        out.extend([gap, &look.beside(if index == 0 { "LEARN" } else { "" }, Tone::Strong, &sentence)]);
    }
    out
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_string()
}

/// Points by level and by topic.
fn scores(report: &Value) -> Table {
    let mut table = Table::new(&["BY", "#POINTS", "#OF", "#PERCENT"]);
    for (key, name) in [("byLevel", "level"), ("byTopic", "topic")] {
        for row in list(report, key) {
            let tone = match row["percent"].as_u64().unwrap_or_default() {
                80.. => Tone::Good,
                50.. => Tone::Waiting,
                _ => Tone::Bad,
            };
            let percent = Cell::new(row["percent"].to_string(), tone);
            table.row([
                text(&row, name).into(),
                row["score"].to_string().into(),
                row["of"].to_string().into(),
                percent,
            ]);
        }
    }
    table
}

/// A question that was missed: what was asked and said, what would have been right, and what proves it.
fn missed_one(missed: &Value, look: Look) -> String {
    let mut out = format!("\n{}", look.beside("MISSED", Tone::Bad, &text(missed, "name")));
    out += &markdown::render(&text(missed, "ask"), look);
    let said = text(missed, "said");
    out += &look.beside("YOU", Tone::Plain, if said.trim().is_empty() { "nothing" } else { &said });
    if missed["because"].is_string() {
        out += &look.beside("BUT", Tone::Waiting, &markdown::one_line(&text(missed, "because")));
    }
    for (key, title) in [("missing", "MISSING"), ("extra", "NOT SO")] {
        let words: Vec<String> = list(missed, key).iter().filter_map(|word| Some(word.as_str()?.to_string())).collect();
        if !words.is_empty() {
            out += &look.beside(title, Tone::Waiting, &words.join("; "));
        }
    }
    out.extend([&look.paint("ANSWER", Tone::Strong), "\n", &markdown::render(&text(missed, "answer"), look)]);
    if missed["prove"].is_string() {
        out += &look.beside("PROOF", Tone::Faint, &text(missed, "prove"));
    }
    out
}
