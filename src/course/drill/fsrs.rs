//! When a card comes up again: FSRS-6, the Free Spaced Repetition Scheduler, as its authors publish the formulas
//! (open-spaced-repetition, wiki "The Algorithm"). Pure arithmetic: no clock, no state, no randomness.
//!
//! It stands here because the crates do not fit: `rs-fsrs` stopped at FSRS-5 in 2024 and brings a calendar, `fsrs` is well
//! kept but is an optimizer with thread pool, matrices and random numbers around the same twenty lines. The tests hold this
//! file to numbers that the reference implementation (py-fsrs 6.3.2, default parameters) gives.

use serde::{Deserialize, Serialize};

/// How well somebody remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Not.
    Again,
    /// With trouble.
    Hard,
    /// As one should.
    Good,
    /// Without thinking.
    Easy,
}

impl Grade {
    /// All, the worst first.
    pub const ALL: [Grade; 4] = [Grade::Again, Grade::Hard, Grade::Good, Grade::Easy];

    /// FSRS's own number for it, 1 to 4.
    fn number(self) -> f64 {
        f64::from(self as u8) + 1.0
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        ["again", "hard", "good", "easy"][self as usize]
    }

    /// What somebody typed: the word, its first letter, or its number.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Grade> {
        let typed = typed.trim().to_lowercase();
        let is = |grade: &Grade| {
            let word = grade.word();
            typed == word || typed == word[..1] || typed == (*grade as u8 + 1).to_string()
        };
        Grade::ALL.into_iter().find(is)
    }
}

/// What is known of somebody's memory of a card.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// After how many days the chance to recall it has fallen to nine in ten.
    pub stability: f64,
    /// How hard it is, 1 to 10.
    pub difficulty: f64,
}

/// The weights that fit most people; FSRS-6's defaults.
const WEIGHTS: [f64; 21] = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629,
    1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];
/// The least stability there is, in days.
const LEAST: f64 = 0.001;
/// A hundred years.
const LONGEST_DAYS: f64 = 36_500.0;

/// The scheduler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fsrs {
    w: [f64; 21],
    retention: f64,
}

impl Default for Fsrs {
    /// A card comes up when nine of ten people would still know it.
    fn default() -> Fsrs {
        Fsrs { w: WEIGHTS, retention: 0.9 }
    }
}

impl Fsrs {
    /// The chance that somebody knows a card so many days after they last saw it.
    #[must_use]
    pub fn recall(&self, memory: Memory, days: u32) -> f64 {
        (1.0 + self.factor() * f64::from(days) / memory.stability).powf(-self.w[20])
    }

    /// The memory after a review, `days` after the one before it.
    #[must_use]
    pub fn review(&self, before: Option<Memory>, days: u32, grade: Grade) -> Memory {
        let Some(before) = before else {
            let difficulty = self.first_difficulty(grade).clamp(1.0, 10.0);
            return rounded(Memory { stability: self.w[grade as usize].max(LEAST), difficulty });
        };
        let stability = match grade {
            _ if days == 0 => self.same_day(before, grade),
            Grade::Again => self.forgotten(before, days),
            _ => self.recalled(before, days, grade),
        };
        rounded(Memory { stability: stability.max(LEAST), difficulty: self.difficulty(before.difficulty, grade) })
    }

    /// In how many days a card should come up again: at least one.
    #[must_use]
    pub fn interval(&self, memory: Memory) -> u32 {
        let days = memory.stability / self.factor() * (self.retention.powf(-1.0 / self.w[20]) - 1.0);
        days.round().clamp(1.0, LONGEST_DAYS) as u32
    }

    /// What makes the chance nine in ten when as many days have passed as the stability says.
    fn factor(&self) -> f64 {
        0.9_f64.powf(-1.0 / self.w[20]) - 1.0
    }

    fn first_difficulty(&self, grade: Grade) -> f64 {
        self.w[4] - (self.w[5] * (grade.number() - 1.0)).exp() + 1.0
    }

    /// The harder a card is already, the less harder it gets; and all cards drift towards the easy ones a little.
    fn difficulty(&self, before: f64, grade: Grade) -> f64 {
        let step = -self.w[6] * (grade.number() - 3.0) * (10.0 - before) / 9.0;
        let drift = self.w[7];
        (drift * self.first_difficulty(Grade::Easy) + (1.0 - drift) * (before + step)).clamp(1.0, 10.0)
    }

    fn same_day(&self, before: Memory, grade: Grade) -> f64 {
        let gain = (self.w[17] * (grade.number() - 3.0 + self.w[18])).exp() * before.stability.powf(-self.w[19]);
        before.stability * if grade == Grade::Again { gain } else { gain.max(1.0) }
    }

    fn forgotten(&self, before: Memory, days: u32) -> f64 {
        let w = &self.w;
        let recall = self.recall(before, days);
        let left = w[11]
            * before.difficulty.powf(-w[12])
            * ((before.stability + 1.0).powf(w[13]) - 1.0)
            * (w[14] * (1.0 - recall)).exp();
        left.min(before.stability / (w[17] * w[18]).exp())
    }

    fn recalled(&self, before: Memory, days: u32, grade: Grade) -> f64 {
        let w = &self.w;
        let recall = self.recall(before, days);
        let by_grade = match grade {
            Grade::Hard => w[15],
            Grade::Easy => w[16],
            _ => 1.0,
        };
        let gain = w[8].exp()
            * (11.0 - before.difficulty)
            * before.stability.powf(-w[9])
            * ((w[10] * (1.0 - recall)).exp() - 1.0)
            * by_grade;
        before.stability * (1.0 + gain)
    }
}

/// Four decimals: what the last bits of a logarithm are differs between machines, what is stored must not.
fn rounded(memory: Memory) -> Memory {
    let round = |number: f64| (number * 1e4).round() / 1e4;
    Memory { stability: round(memory.stability).max(LEAST), difficulty: round(memory.difficulty) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reviews as (days since the one before, grade), and what they come to: stability, difficulty, the next interval.
    fn check(reviews: &[(u32, u8)], expect: &[(f64, f64, u32)]) {
        let fsrs = Fsrs::default();
        let mut memory = None;
        for (index, ((days, grade), (stability, difficulty, interval))) in reviews.iter().zip(expect).enumerate() {
            let after = fsrs.review(memory, *days, Grade::ALL[usize::from(*grade) - 1]);
            let near = |a: f64, b: f64| (a - b).abs() <= b * 2e-3 + 1e-4;
            assert!(near(after.stability, *stability), "{reviews:?} review {index}: {after:?}, not {stability}");
            assert!(near(after.difficulty, *difficulty), "{reviews:?} review {index}: {after:?}, not {difficulty}");
            assert_eq!(fsrs.interval(after), *interval, "{reviews:?} review {index}: {after:?}");
            memory = Some(after);
        }
        assert_eq!(reviews.len(), expect.len());
    }

    #[test]
    fn agrees_with_the_reference_when_cards_are_reviewed_on_time() {
        check(
            &[(0, 3), (2, 3), (11, 3), (46, 3), (163, 3), (497, 3)],
            &[
                (2.3065, 2.1181, 2),
                (10.9643, 2.1112, 11),
                (46.2802, 2.1043, 46),
                (162.8622, 2.0975, 163),
                (497.4472, 2.0906, 497),
                (1345.5288, 2.0837, 1346),
            ],
        );
        check(
            &[(0, 3), (2, 3), (11, 3), (46, 1), (3, 3), (8, 3), (19, 3)],
            &[
                (2.3065, 2.1181, 2),
                (10.9643, 2.1112, 11),
                (46.2802, 2.1043, 46),
                (2.9326, 7.39, 3),
                (7.7782, 7.3778, 8),
                (18.7816, 7.3657, 19),
                (41.5293, 7.3535, 42),
            ],
        );
        check(
            &[(0, 1), (1, 2), (1, 1), (1, 3), (1, 1), (1, 4)],
            &[
                (0.212, 6.4133, 1),
                (1.2192, 7.6042, 1),
                (0.3524, 9.1977, 1),
                (1.1341, 9.1838, 1),
                (0.332, 9.7169, 1),
                (1.3556, 9.6076, 1),
            ],
        );
        check(
            &[(0, 4), (8, 4), (66, 4), (397, 4)],
            &[(8.2956, 1.0, 8), (65.6242, 1.0, 66), (396.775, 1.0, 397), (1874.917, 1.0, 1875)],
        );
        check(
            &[(0, 2), (1, 2), (3, 2), (7, 2), (12, 2), (18, 2)],
            &[
                (1.2931, 5.1122, 1),
                (3.2494, 6.7405, 3),
                (6.7283, 7.8214, 7),
                (11.9164, 8.539, 12),
                (18.2363, 9.0153, 18),
                (25.3987, 9.3316, 25),
            ],
        );
        check(
            &[(0, 1), (1, 1), (1, 1), (1, 1)],
            &[(0.212, 6.4133, 1), (0.1009, 8.8063, 1), (0.055, 9.5929, 1), (0.0334, 9.8514, 1)],
        );
    }

    #[test]
    fn agrees_with_the_reference_on_the_same_day_early_and_late() {
        check(
            &[(0, 3), (0, 3), (3, 3), (5, 1), (0, 3), (10, 3), (200, 4), (30, 2)],
            &[
                (2.3065, 2.1181, 2),
                (2.3065, 2.1112, 2),
                (13.8358, 2.1043, 14),
                (1.5771, 7.39, 2),
                (1.6082, 7.3778, 2),
                (9.6816, 7.3657, 10),
                (112.0516, 6.4706, 112),
                (137.8205, 7.6423, 138),
            ],
        );
        check(
            &[(0, 1), (0, 1), (0, 2), (0, 3), (0, 4), (1, 3), (1, 3), (400, 1)],
            &[
                (0.212, 6.4133, 1),
                (0.0834, 8.8063, 1),
                (0.0834, 9.1928, 1),
                (0.1031, 9.1788, 1),
                (0.2165, 8.8897, 1),
                (0.9932, 8.876, 1),
                (2.1366, 8.8624, 2),
                (1.1312, 9.6113, 1),
            ],
        );
        check(
            &[(0, 4), (1, 2), (1, 2), (50, 2)],
            &[(8.2956, 1.0, 8), (11.4165, 4.0106, 11), (13.5169, 6.0092, 14), (44.6825, 7.3359, 45)],
        );
    }

    #[test]
    fn the_chance_to_recall_agrees_with_the_reference() {
        let fsrs = Fsrs::default();
        for (stability, days, chance) in
            [(2.3065, 7, 0.8083), (13.8358, 7, 0.9398), (112.0516, 7, 0.9909), (0.212, 7, 0.5822)]
        {
            let memory = Memory { stability, difficulty: 5.0 };
            assert!((fsrs.recall(memory, days) - chance).abs() < 1e-4, "{stability}: {}", fsrs.recall(memory, days));
            assert!((fsrs.recall(memory, 0) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn grades_as_people_type_them() {
        for (typed, grade) in [("again", Grade::Again), (" H ", Grade::Hard), ("3", Grade::Good), ("Easy", Grade::Easy)]
        {
            assert_eq!(Grade::parse(typed), Some(grade));
        }
        assert_eq!(Grade::parse("perfect"), None);
        assert_eq!(Grade::parse(""), None);
    }
}
