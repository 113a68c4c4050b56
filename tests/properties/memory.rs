//! When cards come up again: whatever somebody has answered so far, better answers push a card further away, and time does
//! to it what time does to memory.

use proptest::prelude::*;
use sts_lab::course::drill::cards::{Cards, days_until};
use sts_lab::course::drill::fsrs::{Fsrs, Grade, Memory};
use sts_lab::resource::Time;

fn grade() -> impl Strategy<Value = Grade> {
    (0..4_usize).prop_map(|at| Grade::ALL[at])
}

/// Days since the answer before, and the answer.
fn answers() -> impl Strategy<Value = Vec<(u32, Grade)>> {
    prop::collection::vec((prop_oneof![Just(0_u32), 1..30_u32, 30..4000_u32], grade()), 1..12)
}

fn memory(answers: &[(u32, Grade)]) -> Memory {
    let fsrs = Fsrs::default();
    let next = |before: Option<Memory>, (days, grade): &(u32, Grade)| Some(fsrs.review(before, *days, *grade));
    answers.iter().fold(None, next).expect("there is an answer")
}

proptest! {
    #![proptest_config(super::config(400))]

    #[test]
    fn a_better_answer_never_brings_a_card_back_sooner(answers in answers(), days in 0..500_u32) {
        let fsrs = Fsrs::default();
        let before = memory(&answers);
        let after = Grade::ALL.map(|grade| fsrs.review(Some(before), days, grade));
        for (worse, better) in after.iter().zip(&after[1..]) {
            prop_assert!(worse.stability <= better.stability, "{before:?} after {days} days: {after:?}");
            prop_assert!(fsrs.interval(*worse) <= fsrs.interval(*better));
            prop_assert!(worse.difficulty >= better.difficulty, "{before:?}: {after:?}");
        }
        prop_assert!(after[0].stability <= before.stability, "what was forgotten is not known better");
        prop_assert!(after[1..].iter().all(|after| after.stability >= before.stability), "what was known is not known worse");
    }

    #[test]
    fn a_card_that_was_known_after_a_longer_time_is_known_better(answers in answers(), days in 1..300_u32, more in 1..300_u32) {
        let fsrs = Fsrs::default();
        let before = memory(&answers);
        prop_assert!(fsrs.recall(before, days + more) < fsrs.recall(before, days));
        for grade in [Grade::Hard, Grade::Good, Grade::Easy] {
            let (soon, late) = (fsrs.review(Some(before), days, grade), fsrs.review(Some(before), days + more, grade));
            prop_assert!(soon.stability <= late.stability, "{before:?} {grade:?}: {soon:?}, then {late:?}");
        }
    }

    #[test]
    fn a_hard_card_grows_slower(stability in 0.01..500.0_f64, easy in 1.0..10.0_f64, harder in 0.0..9.0_f64, days in 1..500_u32) {
        let fsrs = Fsrs::default();
        let hard = (easy + harder).min(10.0);
        let after = |difficulty: f64| fsrs.review(Some(Memory { stability, difficulty }), days, Grade::Good).stability;
        prop_assert!(after(hard) <= after(easy));
    }

    #[test]
    fn numbers_stay_in_their_ranges_and_are_stored_as_they_are(answers in answers()) {
        let mut cards = Cards::default();
        let mut now = Time::LAB_START;
        for (days, grade) in &answers {
            now = now + std::time::Duration::from_secs(u64::from(*days) * 86_400);
            let card = cards.answer("a", *grade, now);
            let Memory { stability, difficulty } = card.memory;
            prop_assert!(stability >= 0.001 && stability.is_finite() && (1.0..=10.0).contains(&difficulty));
            prop_assert!(card.due > now && days_until(card.due, now) <= 36_500);
            prop_assert_eq!(*grade == Grade::Again, card.due <= now + std::time::Duration::from_secs(600));
            let read = Cards::read(Some(&cards.write()));
            prop_assert_eq!(read.as_ref(), Ok(&cards), "a crash between two answers changes nothing");
        }
        prop_assert_eq!(cards.cards["a"].reviews as usize, answers.len());
    }
}
