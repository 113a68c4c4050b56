//! What somebody has learned so far: a card for each question they have seen, and how many they answered on each day. It
//! is text in and text out; where the text is kept, the command line knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fsrs::{Fsrs, Grade, Memory};
use crate::resource::Time;

/// The format this program writes; it reads all up to it.
pub const FORMAT: u32 = 1;
/// How long until a card comes again that was not known.
const AGAIN_SECONDS: i64 = 600;
const DAY_SECONDS: i64 = 86_400;

/// A question that was answered at least once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// How well it is known.
    #[serde(flatten)]
    pub memory: Memory,
    /// When it was last answered.
    #[serde(with = "moment")]
    pub reviewed: Time,
    /// When it comes up again.
    #[serde(with = "moment")]
    pub due: Time,
    /// How often it was answered.
    pub reviews: u32,
    /// How often it was forgotten after it had been known.
    pub lapses: u32,
    /// The last answer.
    pub last: Grade,
}

/// The answers of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// How many.
    pub reviews: u32,
    /// How many of them were right.
    pub right: u32,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cards {
    format: u32,
    /// By the question's name.
    pub cards: BTreeMap<String, Card>,
    /// By date, `2026-01-31`.
    pub days: BTreeMap<String, Day>,
}

impl Default for Cards {
    fn default() -> Cards {
        Cards { format: FORMAT, cards: BTreeMap::new(), days: BTreeMap::new() }
    }
}

impl Cards {
    /// Reads what was written; nothing is a beginner's.
    pub fn read(text: Option<&str>) -> Result<Cards, String> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Some(text) = text else { return Ok(Cards::default()) };
        let found: Format = serde_json::from_str(text).map_err(|why| format!("it is damaged ({why})"))?;
        if found.format > FORMAT {
            return Err(format!("it has format {}, this sts-lab reads up to {FORMAT}: update sts-lab", found.format));
        }
        let cards: Cards = serde_json::from_str(text).map_err(|why| format!("it is damaged ({why})"))?;
        let sound = |card: &Card| {
            let Memory { stability, difficulty } = card.memory;
            stability.is_finite() && stability > 0.0 && (1.0..=10.0).contains(&difficulty)
        };
        match cards.cards.iter().find(|(_, card)| !sound(card)) {
            Some((name, _)) => Err(format!("it is damaged (the card {name} has numbers that cannot be)")),
            None => Ok(cards),
        }
    }

    /// What is to be written.
    #[must_use]
    pub fn write(&self) -> String {
        // Maps with text keys, numbers and texts: nothing that JSON lacks.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Notes an answer, and when the card comes up again.
    pub fn answer(&mut self, name: &str, grade: Grade, now: Time) -> Card {
        let fsrs = Fsrs::default();
        let before = self.cards.get(name).copied();
        let days = before.map_or(0, |card| days_between(card.reviewed, now));
        let memory = fsrs.review(before.map(|card| card.memory), days, grade);
        let due = match grade {
            Grade::Again => Time(now.0 + AGAIN_SECONDS * 1_000_000),
            _ => Time((day(now) + i64::from(fsrs.interval(memory))) * DAY_SECONDS * 1_000_000),
        };
        let forgotten = grade == Grade::Again && before.is_some_and(|card| card.last != Grade::Again);
        let card = Card {
            memory,
            reviewed: now,
            due,
            reviews: before.map_or(0, |card| card.reviews) + 1,
            lapses: before.map_or(0, |card| card.lapses) + u32::from(forgotten),
            last: grade,
        };
        self.cards.insert(name.to_string(), card);
        let day = self.days.entry(date(now)).or_default();
        day.reviews += 1;
        day.right += u32::from(grade != Grade::Again);
        card
    }

    /// Whether a question was answered before and its time has come.
    #[must_use]
    pub fn is_due(&self, name: &str, now: Time) -> bool {
        self.cards.get(name).is_some_and(|card| card.due <= now)
    }

    /// How many days in a row, up to today or yesterday, somebody has answered something.
    #[must_use]
    pub fn streak(&self, now: Time) -> u32 {
        let on = |back: i64| self.days.contains_key(&date(Time(now.0 - back * DAY_SECONDS * 1_000_000)));
        let first = i64::from(!on(0));
        (first..first + self.days.len() as i64).take_while(|back| on(*back)).count() as u32
    }
}

/// In how many days of the calendar (UTC) a moment is; 0 is today or earlier.
#[must_use]
pub fn days_until(due: Time, now: Time) -> u32 {
    u32::try_from(day(due) - day(now)).unwrap_or(0)
}

fn days_between(earlier: Time, later: Time) -> u32 {
    days_until(later, earlier)
}

fn day(time: Time) -> i64 {
    time.seconds().div_euclid(DAY_SECONDS)
}

/// The date, UTC.
#[must_use]
pub fn date(time: Time) -> String {
    time.rfc3339().chars().take(10).collect()
}

/// Moments as people read them: RFC 3339.
mod moment {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::resource::Time;

    // serde calls it with a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.rfc3339())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn an_answer_moves_a_card_and_counts_for_its_day() {
        let mut cards = Cards::default();
        let now = at("2026-03-01T21:30:00Z");
        let card = cards.answer("scale-down-order", Grade::Good, now);
        assert_eq!(card.due, at("2026-03-03T00:00:00Z"), "two days on, from the beginning of that day");
        assert!(!cards.is_due("scale-down-order", at("2026-03-02T23:59:59Z")));
        assert!(cards.is_due("scale-down-order", at("2026-03-03T00:00:00Z")));
        assert!(!cards.is_due("never-seen", at("2026-03-03T00:00:00Z")));
        let card = cards.answer("scale-down-order", Grade::Again, at("2026-03-03T07:00:00Z"));
        assert_eq!((card.due, card.lapses, card.reviews), (at("2026-03-03T07:10:00Z"), 1, 2));
        let card = cards.answer("scale-down-order", Grade::Again, at("2026-03-03T07:11:00Z"));
        assert_eq!(card.lapses, 1, "what was not known cannot be forgotten");
        assert_eq!(cards.days["2026-03-03"], Day { reviews: 2, right: 0 });
        assert_eq!(cards.days["2026-03-01"], Day { reviews: 1, right: 1 });
    }

    #[test]
    fn a_clock_that_goes_back_harms_nothing() {
        let mut cards = Cards::default();
        cards.answer("a", Grade::Good, at("2026-03-05T12:00:00Z"));
        let card = cards.answer("a", Grade::Good, at("2026-02-01T12:00:00Z"));
        assert!(card.memory.stability >= 2.3 && card.due > at("2026-02-01T12:00:00Z"));
    }

    #[test]
    fn days_in_a_row() {
        let mut cards = Cards::default();
        assert_eq!(cards.streak(at("2026-03-05T12:00:00Z")), 0);
        for day in ["2026-03-01", "2026-03-03", "2026-03-04"] {
            cards.days.insert(day.into(), Day::default());
        }
        assert_eq!(cards.streak(at("2026-03-04T12:00:00Z")), 2);
        assert_eq!(cards.streak(at("2026-03-05T12:00:00Z")), 2, "today is not over");
        assert_eq!(cards.streak(at("2026-03-06T12:00:00Z")), 0);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut cards = Cards::default();
        cards.answer("a", Grade::Hard, at("2026-03-05T12:00:00Z"));
        let text = cards.write();
        assert!(text.contains("\"due\": \"2026-03-06T00:00:00Z\"") && text.contains("\"last\": \"hard\""), "{text}");
        assert_eq!(Cards::read(Some(&text)), Ok(cards));
        assert_eq!(Cards::read(None), Ok(Cards::default()));
    }

    #[test]
    fn what_cannot_be_read_is_never_written_over_in_silence() {
        let error = |text: &str| Cards::read(Some(text)).unwrap_err();
        assert!(error("{\"format\": 9, \"what\": 1}").contains("format 9"));
        assert!(error("{\"format\": 1, \"cards\": {").contains("damaged"));
        assert!(error("").contains("damaged"));
        let text = "{\"format\":1,\"days\":{},\"cards\":{\"a\":{\"stability\":-1,\"difficulty\":5,\"due\":\
                    \"2026-03-06T00:00:00Z\",\"reviewed\":\"2026-03-06T00:00:00Z\",\"reviews\":1,\"lapses\":0,\"last\":\"good\"}}}";
        assert!(error(text).contains("the card a"));
    }
}
