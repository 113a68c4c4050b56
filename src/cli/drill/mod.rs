//! `sts-lab drill …`: questions for interviews, asked again when they are about to be forgotten.

mod args;
mod store;

use anyhow::{anyhow, bail, ensure};
use serde_json::{Value, json};

use args::What;
pub use args::{Args, EXAMPLES};
use store::Store;

use super::desk::Desk;
use super::library::{library, refused};
use super::open::Outcome;
use super::person::{Person, clock};
use super::stage::InProcess;
use crate::course::content::{Lesson, Library};
use crate::course::drill::deck::{Deck, Filter};
use crate::course::drill::question::Level;
use crate::course::drill::{check, export, mock, pick, proof, screen, session};
use crate::course::learner::Learner as _;
use crate::kubectl::print::go;
use crate::manifest::did_you_mean;
use crate::resource::Time;
use crate::view::style::Tone;
use crate::view::words;

/// What all verbs work with.
struct Drill<'d> {
    desk: &'d Desk<'d>,
    args: &'d Args,
    deck: Deck,
    store: Store,
    now: Option<Time>,
}

/// Does it.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    ensure!(!desk.room.is_alone(), "the drill is not within reach here: these lines run in a lab of their own");
    let store = Store::of(desk);
    let deck = Deck::read(&library(desk, &args.from)?).map_err(refused)?.with_mistakes(&store.mistakes()?);
    let now = args
        .now
        .as_deref()
        .map(|text| Time::parse(text).ok_or_else(|| anyhow!("--now {text} is no time such as 2026-01-31T09:00:00Z")));
    let drill = Drill { desk, args, deck, store, now: now.transpose()? };
    match &args.what {
        None => drill.session(args.count, args.new, args.yes),
        Some(What::List { output }) => drill.list(output.is_json()),
        Some(What::Mock { minutes, seed, output }) => drill.mock(*minutes, *seed, output.is_json()),
        Some(What::Stats { output }) => drill.stats(output.is_json()),
        Some(What::Show { name, output }) => drill.show(name, output.is_json()),
        Some(What::Prove { name }) => drill.prove(name),
        Some(What::Export { output }) => drill.export(output),
        Some(What::Check { output }) => drill.check(output.is_json()),
    }
}

impl Drill<'_> {
    fn now(&self) -> Time {
        clock(self.now)
    }

    fn json(&self, value: &Value) {
        self.desk.out(&format!("{}\n", go::json_indent(value)));
    }

    /// What is wanted; an unknown topic is an error.
    fn filter(&self) -> anyhow::Result<Filter> {
        for topic in &self.args.some.topic {
            if self.deck.topic(topic).is_none() {
                let names = || self.deck.topics.iter().map(|topic| topic.name.as_str());
                match did_you_mean(topic, names()) {
                    Some(other) => bail!("there is no topic {topic}: did you mean {other}?"),
                    None => bail!("there is no topic {topic}, but {}", names().collect::<Vec<_>>().join(", ")),
                }
            }
        }
        Ok(self.args.some.filter())
    }

    fn session(&self, count: usize, most_new: usize, yes: bool) -> Outcome {
        let (look, filter, cards) = (self.desk.look(), self.filter()?, self.store.cards()?);
        let sorted = pick::sort(&self.deck, &cards, &filter, self.now());
        let (due, new) = (sorted.due.len(), sorted.new.len());
        let asked = sorted.session(count, most_new, !filter.is_empty());
        if asked.is_empty() && !filter.is_empty() {
            bail!("there are no such questions: `sts-lab drill list` shows which there are");
        }
        if asked.is_empty() {
            self.desk.out("Nothing is due. Well done: come back tomorrow.\n");
            let topic = self.deck.topics.first().map_or("TOPIC", |topic| topic.name.as_str());
            self.desk.out(&format!(
                "Next    sts-lab drill stats\n        sts-lab drill --topic {topic}   # without waiting\n"
            ));
            return Ok(0);
        }
        if yes {
            for (topic, question) in asked {
                self.desk.out(&format!("{}\n", screen::whole(topic, question, look)));
            }
            return Ok(0);
        }
        self.desk.out(&look.wrap(
            &format!("{} of {due} due and {new} new. Nothing typed means \"I do not know\"; `quit` stops, and what is answered is noted.", words::count(asked.len(), "question")),
            0,
        ));
        self.desk.out("\n");
        let mut person = Person::new(self.desk).at(self.now);
        let mut note =
            |name: &str, grade, now| self.store.answer(name, grade, now).map_err(|error| format!("{error:#}"));
        let summary = session::run(&asked, &mut person, &mut note).map_err(|why| anyhow!(why))?;
        let session::Summary { answered, right, stopped } = summary;
        let rest = if stopped { " The rest waits." } else { "" };
        self.desk.out(&format!(
            "\n{}",
            look.beside(
                "DONE",
                Tone::Strong,
                &format!("{right} of {} known.{rest}", words::count(answered, "question"))
            )
        ));
        self.desk.out("Next    sts-lab drill stats\n        sts-lab drill mock\n");
        Ok(0)
    }

    fn first_topic(&self) -> &str {
        self.deck.topics.first().map_or("TOPIC", |topic| topic.name.as_str())
    }

    fn list(&self, json: bool) -> Outcome {
        let (filter, cards) = (self.filter()?, self.store.cards()?);
        let table = if filter.is_empty() {
            screen::topics(&self.deck, &cards, self.now())
        } else {
            screen::names(&self.deck, &filter, &cards, self.now())
        };
        if json {
            self.json(&table.to_json());
            return Ok(0);
        }
        let look = self.desk.look();
        if filter.is_empty() {
            let all = words::count(self.deck.all().count(), "question");
            self.desk.out(&format!("{all}, by topic. Due: answered before, and about to be forgotten.\n\n"));
        }
        self.desk.out(&table.render(look));
        let next = if filter.is_empty() {
            format!("sts-lab drill\n        sts-lab drill list --topic {}", self.first_topic())
        } else {
            "sts-lab drill show NAME\n        sts-lab drill prove NAME".to_string()
        };
        self.desk.out(&format!("\nNext    {next}\n"));
        Ok(0)
    }

    fn mock(&self, minutes: u32, seed: Option<u64>, json: bool) -> Outcome {
        let look = self.desk.look();
        let filter = self.filter()?;
        let level = filter.levels.first().copied().unwrap_or(Level::Mid);
        // An interview has questions of all levels, each level its share.
        let (filter, limit) = (Filter { levels: Vec::new(), ..filter }, i64::from(minutes) * 60);
        let seed = seed.unwrap_or_else(|| self.now().seconds() as u64);
        let asked = pick::interview(&self.deck, &filter, level, limit, seed);
        if asked.is_empty() {
            bail!("there are no such questions");
        }
        let quiet = json && !self.desk.is_terminal();
        let mut person = Person::new(self.desk).at(self.now).quiet(quiet);
        person.say(&look.wrap(
            &format!("A mock interview of level {level}: {} in {minutes} min (--seed {seed} asks the same again). Nobody says what is right until the end.", words::count(asked.len(), "question")),
            0,
        ));
        person.say("\n");
        let interview = mock::run(&asked, limit, &mut person);
        for (name, grade) in interview.grades() {
            self.store.answer(name, grade, self.now())?;
        }
        let report = interview.report(&lessons());
        if json {
            self.json(&report);
        } else {
            self.desk.out(&mock::screen(&report, look));
        }
        Ok(0)
    }

    fn stats(&self, json: bool) -> Outcome {
        let stats = screen::stats(&self.deck, &self.store.cards()?, self.now());
        if json {
            self.json(&stats);
        } else {
            self.desk.out(&screen::stats_text(&stats, self.desk.look()));
        }
        Ok(0)
    }

    fn show(&self, name: &str, json: bool) -> Outcome {
        let (topic, question) = self.deck.find(name).map_err(|why| anyhow!(why))?;
        if json {
            self.json(&screen::json(topic, question));
        } else {
            self.desk.out(&screen::whole(topic, question, self.desk.look()));
        }
        Ok(0)
    }

    fn prove(&self, name: &str) -> Outcome {
        let (_, question) = self.deck.find(name).map_err(|why| anyhow!(why))?;
        let look = self.desk.look();
        let Some(proof) = &question.proof else { bail!("{name} comes from a lesson: {}", question.source) };
        let proved = proof::run(&InProcess, proof).map_err(|why| anyhow!(why))?;
        self.desk.out(&format!("{}\n", screen::asked(question, look)));
        self.desk.out(&proved.screen(look));
        if let Some(why) = proved.wrong {
            self.desk.out(&format!("\n{}", look.beside("FAILED", Tone::Bad, &why)));
            return Ok(1);
        }
        self.desk
            .out(&screen::answer(&crate::course::drill::question::Question { proof: None, ..question.clone() }, look));
        Ok(0)
    }

    fn export(&self, output: &str) -> Outcome {
        let filter = self.filter()?;
        let all = || self.deck.wanted(&filter);
        match output {
            "json" => self.json(&all().map(|(topic, question)| screen::json(topic, question)).collect()),
            "anki" => self.desk.out(&export::anki(all())),
            _ => self.desk.out(&export::markdown(all())),
        }
        Ok(0)
    }

    fn check(&self, json: bool) -> Outcome {
        let (filter, look) = (self.filter()?, self.desk.look());
        let progress = self.desk.room.terminals()[2];
        let report = check::check(&InProcess, &self.deck, &filter, |done, of| {
            if progress {
                self.desk.note(&format!("\r{done} of {of} proofs{}", if done == of { "\n" } else { "" }));
            }
        });
        if json {
            let wrong = report.wrong.iter().map(|(name, why)| json!({"name": name, "why": why}));
            self.json(&json!({
                "questions": report.questions, "wrong": wrong.collect::<Vec<_>>(), "warnings": report.warnings,
            }));
            return Ok(u8::from(!report.wrong.is_empty()));
        }
        for (name, why) in &report.wrong {
            let (first, rest) = why.split_once('\n').unwrap_or((why, ""));
            self.desk.out(&look.beside("WRONG", Tone::Bad, &format!("{name}: {first}")));
            self.desk.out(&rest.lines().map(|line| format!("        {line}\n")).collect::<String>());
        }
        for warning in &report.warnings {
            self.desk.out(&look.beside("WARNING", Tone::Waiting, warning));
        }
        let end = match report.wrong.len() {
            0 => "each proof shows what it says.".to_string(),
            wrong => format!("{wrong} wrong."),
        };
        self.desk.out(&format!("{}: {end}\n", words::count(report.questions, "question")));
        Ok(u8::from(!report.wrong.is_empty()))
    }
}

/// The lessons that come with the program.
fn lessons() -> Vec<Lesson> {
    Library::shipped().read::<Lesson>().into_iter().filter_map(|(_, lesson)| lesson.ok()).collect()
}
