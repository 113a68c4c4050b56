//! Which questions are asked next: what is about to be forgotten first, with new ones in between; and the questions of an
//! interview. Deterministic: what looks random comes from a number that the caller gives.

use std::collections::BTreeMap;

use super::cards::{Cards, days_until};
use super::deck::{Deck, Filter, Topic};
use super::fsrs::Fsrs;
use super::question::{Level, Question};
use crate::resource::Time;
use crate::resource::hash::mix;

/// A question with its topic.
pub type Asked<'d> = (&'d Topic, &'d Question);

/// How many known questions come before a new one.
const KNOWN_PER_NEW: usize = 2;

/// Questions by what is known of them.
#[derive(Clone, Debug, Default)]
pub struct Sorted<'d> {
    /// Their time has come; the one that is most likely forgotten first.
    pub due: Vec<Asked<'d>>,
    /// Never answered: mistakes of lessons, then the easiest, topic by turns.
    pub new: Vec<Asked<'d>>,
    /// Their time has not come; the one that is most likely forgotten first.
    pub later: Vec<Asked<'d>>,
}

/// Sorts the questions that are wanted.
#[must_use]
pub fn sort<'d>(deck: &'d Deck, cards: &Cards, filter: &'d Filter, now: Time) -> Sorted<'d> {
    let fsrs = Fsrs::default();
    let (mut due, mut later, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for asked in deck.wanted(filter) {
        let name = &asked.1.name;
        let Some(card) = cards.cards.get(name) else {
            new.push(asked);
            continue;
        };
        let recall = fsrs.recall(card.memory, days_until(now, card.reviewed));
        // A mistake that was made again in its lesson is not known any more, whatever its card says.
        let made_again = deck.made.get(name).is_some_and(|made| *made > card.reviewed && *made <= now);
        (if made_again || card.due <= now { &mut due } else { &mut later }).push((recall, asked));
    }
    let by_recall = |mut list: Vec<(f64, Asked<'d>)>| {
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.1.name.cmp(&b.1.1.name)));
        list.into_iter().map(|(_, asked)| asked).collect()
    };
    Sorted { due: by_recall(due), new: by_turns(deck, new), later: by_recall(later) }
}

/// New questions: mistakes first; then by level, and in each level one of every topic in turn.
fn by_turns<'d>(deck: &Deck, new: Vec<Asked<'d>>) -> Vec<Asked<'d>> {
    let mut turns: BTreeMap<(&str, Level), usize> = BTreeMap::new();
    let mut keyed: Vec<_> = new
        .into_iter()
        .map(|(topic, question)| {
            let turn = turns.entry((&topic.name, question.level)).or_default();
            *turn += 1;
            let own = !deck.made.contains_key(&question.name);
            ((own, question.level, *turn, &topic.name), (topic, question))
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    keyed.into_iter().map(|(_, asked)| asked).collect()
}

impl<'d> Sorted<'d> {
    /// The questions of a session: due ones, and after every two of them a new one. With `ahead`, what is not due yet
    /// comes if there is room.
    #[must_use]
    pub fn session(self, count: usize, most_new: usize, ahead: bool) -> Vec<Asked<'d>> {
        let (mut due, mut new) = (self.due.into_iter().peekable(), self.new.into_iter().take(most_new));
        let mut out = Vec::new();
        loop {
            let before = out.len();
            out.extend(due.by_ref().take(KNOWN_PER_NEW));
            out.extend(new.next());
            if out.len() == before || out.len() >= count {
                break;
            }
        }
        if ahead {
            out.extend(self.later);
        }
        out.truncate(count);
        out
    }
}

/// How many questions in twenty an interview of a level has of each level.
fn share(level: Level) -> [usize; 3] {
    match level {
        Level::Junior => [12, 6, 2],
        Level::Mid => [5, 10, 5],
        Level::Senior => [2, 6, 12],
    }
}

/// The questions of an interview that lasts so long: of all topics, the easier ones first.
#[must_use]
pub fn interview<'d>(deck: &'d Deck, filter: &'d Filter, level: Level, seconds: i64, seed: u64) -> Vec<Asked<'d>> {
    let mut pools: BTreeMap<Level, Vec<Asked<'d>>> = BTreeMap::new();
    for asked in deck.wanted(filter).filter(|(_, question)| !deck.made.contains_key(&question.name)) {
        pools.entry(asked.1.level).or_default().push(asked);
    }
    for pool in pools.values_mut() {
        shuffle(pool, seed);
    }
    let mut chosen: Vec<Asked<'d>> = Vec::new();
    let (mut left, mut taken, shares) = (seconds, [0_usize; 3], share(level));
    while left > 0 {
        // The level that is furthest behind its share.
        let behind = |level: &Level| (taken[*level as usize] + 1) as f64 / shares[*level as usize] as f64;
        let levels = Level::ALL.into_iter().filter(|level| pools.get(level).is_some_and(|pool| !pool.is_empty()));
        let Some(next) = levels.min_by(|a, b| behind(a).total_cmp(&behind(b)).then(b.cmp(a))) else { break };
        let pool = pools.entry(next).or_default();
        let times = |topic: &Topic| chosen.iter().filter(|(other, _)| other.name == topic.name).count();
        let fewest = (0..pool.len()).min_by_key(|at| (times(pool[*at].0), *at)).unwrap_or_default();
        let asked = pool.remove(fewest);
        left -= asked.1.form.seconds();
        taken[next as usize] += 1;
        chosen.push(asked);
    }
    chosen.sort_by_key(|(_, question)| question.level);
    chosen
}

fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
    for at in (1..list.len()).rev() {
        state = mix(state.wrapping_add(at as u64));
        list.swap(at, (state % (at as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::content::{Library, Source};
    use crate::course::drill::fsrs::Grade;

    fn deck() -> Deck {
        let topic = |topic: &str| {
            let question = |level: &str, number: usize| {
                format!(
                    "- {{name: {topic}-{level}-{number}, level: {level}, type: choice, ask: which, answer: a, source: S1,\n   \
                     options: [{{text: a, right: true}}, {{text: b, because: no}}, {{text: c, because: no}}],\n   \
                     proof: {{run: [sts-lab status], shows: x}}}}\n"
                )
            };
            let levels = ["junior", "mid", "senior"].into_iter();
            let questions: String =
                levels.flat_map(|level| (0..8).map(move |number| question(level, number))).collect();
            let text = format!("format: 1\nkind: Questions\ntopic: {topic}\ntitle: T\nquestions:\n{questions}");
            Source::new(format!("{topic}.yaml"), text)
        };
        Deck::read(&Library { sources: ["dns", "order", "storage"].map(topic).into() }).unwrap()
    }

    fn at(day: u64) -> Time {
        Time::LAB_START + std::time::Duration::from_secs(day * 86_400)
    }

    fn names(asked: &[Asked]) -> Vec<String> {
        asked.iter().map(|(_, question)| question.name.clone()).collect()
    }

    #[test]
    fn due_ones_come_first_and_new_ones_in_between() {
        let (deck, mut cards, all) = (deck(), Cards::default(), Filter::default());
        for name in ["dns-mid-0", "order-mid-0", "storage-mid-0", "dns-senior-0"] {
            cards.answer(name, Grade::Good, at(0));
        }
        cards.answer("dns-senior-1", Grade::Easy, at(0));
        cards.answer("order-mid-0", Grade::Again, at(1));
        let session = names(&sort(&deck, &cards, &all, at(3)).session(8, 5, false));
        let expect = [
            "order-mid-0",
            "dns-mid-0",
            "dns-junior-0",
            "dns-senior-0",
            "storage-mid-0",
            "order-junior-0",
            "storage-junior-0",
            "dns-junior-1",
        ];
        assert_eq!(session, expect, "what is least likely known first; new ones easy first, topic by turns");
        let without_new = names(&sort(&deck, &cards, &all, at(3)).session(8, 0, true));
        assert_eq!(without_new[4..], ["dns-senior-1"], "ahead of its time");
        assert_eq!(sort(&deck, &cards, &all, at(3)).session(8, 0, false).len(), 4);
    }

    #[test]
    fn a_mistake_that_is_made_again_is_due_again() {
        let mistake = |day: u64| crate::course::mistakes::Mistake {
            lesson: "first-set".into(),
            step: 2,
            at: at(day).rfc3339(),
            question: "?".into(),
            answered: "?".into(),
            right: "!".into(),
            because: String::new(),
            sources: Vec::new(),
        };
        let (mut cards, all) = (Cards::default(), Filter::default());
        let once = deck().with_mistakes(&[mistake(0)]);
        assert_eq!(names(&sort(&once, &cards, &all, at(0)).new)[0], "first-set-step-2", "before all other new ones");
        cards.answer("first-set-step-2", Grade::Easy, at(1));
        assert_eq!(sort(&once, &cards, &all, at(2)).due.len(), 0);
        assert_eq!(sort(&deck().with_mistakes(&[mistake(2)]), &cards, &all, at(2)).due.len(), 1);
    }

    #[test]
    fn an_interview_is_as_long_as_wanted_and_of_all_topics() {
        let (deck, all) = (deck(), Filter::default());
        let asked = interview(&deck, &all, Level::Mid, 20 * 60, 7);
        assert_eq!(asked.len(), 20, "a choice takes a minute");
        let count = |level: Level| asked.iter().filter(|(_, question)| question.level == level).count();
        assert_eq!(Level::ALL.map(count), [5, 10, 5]);
        for topic in &deck.topics {
            let times = asked.iter().filter(|(other, _)| other.name == topic.name).count();
            assert!((6..=7).contains(&times), "{} {times}", topic.name);
        }
        assert_eq!(
            names(&asked),
            names(&interview(&deck, &all, Level::Mid, 20 * 60, 7)),
            "the same number, the same questions"
        );
        assert_ne!(names(&asked), names(&interview(&deck, &all, Level::Mid, 20 * 60, 8)));
        assert_eq!(interview(&deck, &all, Level::Senior, 60 * 60 * 24, 1).len(), 72, "no more than there are");
        assert!(asked.is_sorted_by_key(|(_, question)| question.level));
    }
}
