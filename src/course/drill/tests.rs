//! Sessions and interviews, with a learner whose answers are known beforehand.

use std::time::Duration;

use super::cards::Cards;
use super::deck::{Deck, Filter};
use super::fsrs::Grade;
use super::question::Question;
use super::{mock, pick, session};
use crate::course::content::{Lesson, Library, Source, parse};
use crate::course::learner::Script;
use crate::resource::Time;
use crate::view::style::Look;

const QUESTIONS: &str = r#"
format: 1
kind: Questions
topic: order
title: Order
questions:
  - name: down
    level: junior
    type: short
    covers: [002 Scale Down]
    ask: Which Pod goes first when web is scaled down?
    accept: [web-2, reverse|highest]
    answer: web-2, the highest ordinal.
    wrong: [{says: web-0 goes first, because: "Down is the other way round."}]
    source: S67; a file
    proof: {run: [sts-lab apply web], shows: web-2}
  - name: pick
    level: mid
    type: choice
    ask: Which one?
    options:
      - {text: this, right: true, because: Yes.}
      - {text: that, because: Nobody does that.}
      - {text: neither, because: One of them must be.}
    answer: This.
    source: S42
    proof: {run: [sts-lab apply web], shows: web-2}
  - name: rescue
    level: senior
    type: scenario
    ask: web-1 hangs. What do you do?
    answer: |
      1. Look at its events.
      2. Delete it.
    wrong: [{says: delete the set, because: It hangs all the same.}]
    source: S80
    proof: {run: [sts-lab apply web], shows: web-2}
"#;

fn deck() -> Deck {
    Deck::read(&Library { sources: vec![Source::new("order.yaml", QUESTIONS)] }).unwrap()
}

/// A session over all questions with these answers; what was shown, what was noted, and what came of it.
fn play(learner: Script) -> (String, Cards, session::Summary) {
    let (deck, all, mut cards, mut learner) = (deck(), Filter::default(), Cards::default(), learner);
    let asked = pick::sort(&deck, &cards, &all, Time::LAB_START).session(9, 9, false);
    let mut note = |name: &str, grade, now| Ok(cards.answer(name, grade, now));
    let summary = session::run(&asked, &mut learner, &mut note).unwrap();
    (learner.said, cards, summary)
}

fn typing(lines: &[&str]) -> Script {
    Script::lines(Look::PLAIN, lines.iter().copied()).taking(Duration::from_secs(60))
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[test]
fn what_is_known_comes_later_and_what_is_not_comes_again() {
    let (told, cards, summary) = play(typing(&["the highest, web-2", "2", "I look and delete it", "good", "1"]));
    has(
        &told,
        &[
            "1 of 3  order · junior · short",
            "RIGHT",
            "AGAIN   in 2 days.",
            "  2) that",
            "WRONG\nNobody does that.",
            "later in this session, and in ten minutes",
            "  [ ] Look at its events.\n  [ ] Delete it.",
            "4       order · mid · choice · again",
            "PROOF   sts-lab drill prove rescue",
        ],
    );
    assert_eq!(summary, session::Summary { answered: 3, right: 2, stopped: false });
    assert_eq!(cards.cards["pick"].reviews, 2);
    assert_eq!(cards.cards["rescue"].last, Grade::Good);
}

#[test]
fn a_usual_mistake_is_named_and_what_is_missing_too() {
    let (told, ..) = play(typing(&["web-0 goes first", "quit"]));
    has(
        &told,
        &["Missing: web-2; reverse or highest.", "COMMON  Many say \"web-0 goes first\". Down is the other way round."],
    );
    let (told, ..) = play(typing(&["web-2", "quit"]));
    has(&told, &["PARTLY  1 of 2. Missing: reverse or highest."]);
}

#[test]
fn who_stops_keeps_what_was_answered() {
    let (_, cards, summary) = play(typing(&["web-2 is the highest", "quit"]));
    assert_eq!((cards.cards.len(), summary.answered, summary.stopped), (1, 1, true));
    let (_, cards, summary) = play(typing(&[]));
    assert_eq!((cards.cards.len(), summary.stopped), (0, true), "the input ended");
}

#[test]
fn who_sits_there_may_object_and_must_choose_an_option() {
    let (told, cards, _) = play(typing(&["the last one", "maybe", "h", "7", "", "quit"]).present());
    has(&told, &["Was it right all the same?", "One of: again, hard, good, easy", "A number from 1 to 3"]);
    assert_eq!(cards.cards["down"].last, Grade::Hard);
    assert_eq!(cards.cards["pick"].last, Grade::Again);
}

#[test]
fn an_answer_that_cannot_be_noted_ends_the_session() {
    let (deck, all) = (deck(), Filter::default());
    let asked = pick::sort(&deck, &Cards::default(), &all, Time::LAB_START).session(9, 9, false);
    let mut note = |_: &str, _, _| Err("the disk is full".to_string());
    let error = session::run(&asked, &mut typing(&["web-2"]), &mut note).unwrap_err();
    assert_eq!(error, "the disk is full");
}

fn lesson() -> Lesson {
    let text = "format: 1\nkind: Lesson\nname: scaling\ntitle: Up and down\nlevel: beginner\nminutes: 8\nsummary: s\n\
                covers: [002 Scale Down]\nsources: [S67]\nsteps: [{tell: x}]\n";
    parse(&Source::new("scaling.yaml", text)).unwrap()
}

#[test]
fn an_interview_says_nothing_until_the_end() {
    let deck = deck();
    let asked: Vec<_> = deck.all().collect();
    let mut learner = typing(&["web-0", "1", "I delete the set", "hard"]);
    let interview = mock::run(&asked, 600, &mut learner);
    let before = learner.said.split("The time is over").next().unwrap();
    assert!(!before.contains("RIGHT") && !before.contains("highest ordinal"), "{before}");
    has(before, &["10 min left", "9 min left", "8 min left"]);
    has(&learner.said, &["Some answers only you can judge", "YOU     I delete the set"]);
    let report = interview.report(&[lesson()]);
    assert_eq!((&report["score"], &report["of"], &report["percent"]), (&1.5.into(), &3.into(), &50.into()));
    assert_eq!(report["byLevel"][0], serde_json::json!({"level": "junior", "score": 0, "of": 1, "percent": 0}));
    let missed: Vec<&str> = report["missed"].as_array().unwrap().iter().filter_map(|q| q["name"].as_str()).collect();
    assert_eq!(missed, ["down", "rescue"]);
    assert_eq!(report["missed"][0]["prove"], "sts-lab drill prove down");
    assert_eq!(report["missed"][1]["because"], "It hangs all the same.");
    assert_eq!(report["next"][0]["lesson"], "scaling");
    assert_eq!(interview.grades(), [("down", Grade::Again), ("pick", Grade::Good), ("rescue", Grade::Again)]);
    has(
        &mock::screen(&report, Look::PLAIN),
        &["1.5 of 3 points, 50 %, in 3 min.", "LEARN   sts-lab lesson start scaling"],
    );
}

#[test]
fn an_interview_ends_with_its_time() {
    let deck = deck();
    let asked: Vec<_> = deck.all().collect();
    let mut learner = typing(&["web-2, the highest", "1", "", ""]).taking(Duration::from_secs(100));
    let interview = mock::run(&asked, 150, &mut learner);
    assert_eq!((interview.given.len(), interview.left, interview.seconds), (1, 2, 150));
    has(&learner.said, &["The time was over before this answer: it does not count."]);
    let mut nobody = typing(&[]);
    let report = mock::run(&asked, 150, &mut nobody).report(&[]);
    assert_eq!((&report["of"], &report["noTimeFor"], &report["percent"]), (&0.into(), &3.into(), &0.into()));
}

#[test]
fn lessons_are_found_by_heading_and_by_rule() {
    let deck = deck();
    let missed: Vec<&Question> = deck.all().map(|(_, question)| question).collect();
    let lessons =
        [lesson(), Lesson { name: "other".into(), covers: Vec::new(), sources: vec!["S80, S81".into()], ..lesson() }];
    let next: Vec<(&str, Vec<String>)> =
        mock::next(&missed, &lessons).into_iter().map(|(l, about)| (l.name.as_str(), about)).collect();
    assert_eq!(next, [("scaling", vec!["down".to_string()]), ("other", vec!["rescue".to_string()])]);
}
