//! What somebody knows, in the labs' home: `drill/cards.json`, and the mistakes of lessons beside it.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use crate::cli::desk::Desk;
use crate::cli::open::home;
use crate::course::drill::cards::{Card, Cards};
use crate::course::drill::fsrs::Grade;
use crate::course::mistakes::{self, Mistake};
use crate::lab::keep::{Kept, read};
use crate::resource::Time;

/// The file of the cards.
const FILE: &str = "cards.json";

/// Where it lies.
pub struct Store {
    dir: PathBuf,
    home: PathBuf,
}

impl Store {
    /// That of the labs' home.
    pub fn of(desk: &Desk<'_>) -> Store {
        let home = home(desk.room).dir().to_path_buf();
        Store { dir: home.join("drill"), home }
    }

    fn told(&self, why: &str) -> anyhow::Error {
        let path = self.dir.join(FILE);
        anyhow!("what you know is in {}, and {why}; move the file away to begin anew", path.display())
    }

    /// What is known.
    pub fn cards(&self) -> anyhow::Result<Cards> {
        let text = read(&self.dir.join(FILE)).context("what you know cannot be read")?;
        Cards::read(text.as_deref()).map_err(|why| self.told(&why))
    }

    /// Notes an answer, durably, whatever other commands note meanwhile.
    pub fn answer(&self, name: &str, grade: Grade, now: Time) -> anyhow::Result<Card> {
        let kept = Kept::open(&self.dir, FILE, || ())?;
        let mut cards = Cards::read(kept.read()?.as_deref()).map_err(|why| self.told(&why))?;
        let card = cards.answer(name, grade, now);
        kept.replace(&cards.write()).context("the answer could not be noted")?;
        Ok(card)
    }

    /// What was got wrong in lessons.
    pub fn mistakes(&self) -> anyhow::Result<Vec<Mistake>> {
        let text = read(&self.home.join(mistakes::FILE)).context("the mistakes of lessons cannot be read")?;
        Ok(text.map(|text| mistakes::read(&text)).unwrap_or_default())
    }
}
