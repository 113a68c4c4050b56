//! How far somebody is, in the labs' home: `lessons.json`, and the mistakes that the drill asks for again. Each change is
//! made to what is there at that moment, so that two terminals do not undo each other's.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use super::super::desk::Desk;
use super::super::open::home;
use crate::course::lesson::Keeper;
use crate::course::lesson::progress::{Book, FILE, Record};
use crate::course::mistakes::{self, Mistake};
use crate::lab::keep::{Kept, read};
use crate::lab::place::Home;

/// Where it is kept.
#[derive(Clone)]
pub struct Store {
    home: Home,
}

impl Store {
    /// The one of this person.
    pub fn new(desk: &Desk<'_>) -> Store {
        Store { home: home(desk.room) }
    }

    /// What is known.
    pub fn book(&self) -> anyhow::Result<Book> {
        let path = self.home.dir().join(FILE);
        let text = read(&path).context("how far you are cannot be read")?;
        self.parsed(text.as_deref())
    }

    fn parsed(&self, text: Option<&str>) -> anyhow::Result<Book> {
        let path = self.home.dir().join(FILE);
        let told = |why| anyhow!("{}: {why}; without that file every lesson begins anew", path.display());
        Book::read(text).map_err(told)
    }

    /// Changes what is known.
    pub fn change<T>(&self, change: impl FnOnce(&mut Book) -> T) -> anyhow::Result<T> {
        let kept = Kept::open(self.home.dir(), FILE, || ())?;
        let mut book = self.parsed(kept.read()?.as_deref())?;
        let changed = change(&mut book);
        kept.replace(&book.text())?;
        Ok(changed)
    }

    /// The folder of a lesson's files.
    pub fn files(&self, lesson: &str) -> PathBuf {
        self.home.dir().join("lessons").join(lesson)
    }

    /// The lab of a lesson.
    pub fn lab(lesson: &str) -> String {
        format!("lesson-{lesson}")
    }

    /// Forgets a lesson: its lab, its files, how far it is.
    pub fn forget(&self, lesson: &str) -> anyhow::Result<()> {
        let dir = self.home.named(&Store::lab(lesson));
        if dir.exists() {
            crate::lab::remove(&dir, || ())?;
        }
        let files = self.files(lesson);
        if files.exists() {
            std::fs::remove_dir_all(&files).with_context(|| format!("cannot remove {}", files.display()))?;
        }
        self.change(|book| {
            let finished = book.lessons.get(lesson).map_or(0, |record| record.finished);
            book.lessons.remove(lesson);
            if finished > 0 {
                book.lessons.insert(lesson.to_string(), Record { finished, ..Record::default() });
            }
        })
    }
}

/// Keeps one lesson's record.
pub struct OfLesson {
    /// Where.
    pub store: Store,
    /// The lesson.
    pub name: String,
}

impl Keeper for OfLesson {
    fn keep(&mut self, record: &Record) -> Result<(), String> {
        let changed = self.store.change(|book| {
            // A hint may have been asked for in another terminal meanwhile.
            let hints = book.lessons.get(&self.name).filter(|old| old.step == record.step).map_or(0, |old| old.hints);
            let record = Record { hints: record.hints.max(hints), ..record.clone() };
            book.current = Some(self.name.clone());
            book.lessons.insert(self.name.clone(), record);
        });
        changed.map_err(|error| format!("{error:#}"))
    }

    fn mistake(&mut self, mistake: Mistake) -> Result<(), String> {
        let mistake = Mistake { at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), ..mistake };
        let kept = Kept::open(self.store.home.dir(), mistakes::FILE, || ());
        kept.and_then(|kept| kept.append(&mistake.line())).map_err(|error| format!("{:#}", anyhow!(error)))
    }
}
