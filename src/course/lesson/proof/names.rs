//! The spelling of names: a name in a lesson's `code` that looks like that of a member or a claim must belong to something
//! that was there, unless it is nothing like it.

use std::collections::BTreeSet;

use super::super::super::content::{Action, Choice, Fault, Lesson, Mistake, Question, Step};
use super::super::markdown;

/// Names of members and claims whose first part is a typing mistake away from one that was there.
pub fn misspelled(lesson: &Lesson, names: &BTreeSet<String>) -> Vec<Fault> {
    let stems: BTreeSet<&str> = names.iter().filter_map(|name| stem(name)).collect();
    let mut faults = Vec::new();
    let mut told = BTreeSet::new();
    for (index, step) in lesson.steps.iter().enumerate() {
        for (field, text) in texts(step) {
            for name in markdown::code(text) {
                let Some(unknown) = stem(&name).filter(|stem| !stems.contains(stem)) else { continue };
                let near = stems.iter().find(|known| is_typo(unknown, known));
                let Some(known) = near.filter(|_| told.insert(name.clone())) else { continue };
                let fault = Fault::new(format!("steps[{index}].{field}"), format!("nothing is ever called `{name}`"));
                faults.push(fault.help(format!("did you mean `{known}-{}`?", &name[unknown.len() + 1..])));
            }
        }
    }
    faults
}

/// What stands before the ordinal of a name that has one.
fn stem(name: &str) -> Option<&str> {
    let (stem, ordinal) = name.rsplit_once('-')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ordinal = (1..=3).contains(&ordinal.len()) && ordinal.bytes().all(|b| b.is_ascii_digit());
    (ordinal && stem.len() >= 3 && stem.chars().all(plain) && !stem.starts_with('-')).then_some(stem)
}

/// Whether one is the other with one letter added, lost or changed, or two swapped. A digit more or less is no mistake of
/// typing: `web1` beside `web2` is meant.
fn is_typo(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[same..].iter().rev().zip(b[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..a.len() - tail], &b[same..b.len() - tail]);
    let letters = a.iter().chain(b).all(|c| c.is_alphabetic());
    let swapped = a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0];
    letters && (swapped || (a.len() <= 1 && b.len() <= 1 && (a.len() + b.len()) > 0))
}

/// The texts of a step that a learner reads, with their fields.
fn texts(step: &Step) -> Vec<(String, &str)> {
    let mut texts: Vec<(String, &str)> = Vec::new();
    match &step.action {
        Action::Tell(text) => texts.push(("tell".into(), text)),
        Action::Show(show) => texts.extend(show.say.iter().map(|text| ("say".into(), text.as_str()))),
        Action::Predict(predict) => {
            texts.push(("predict.ask".into(), &predict.ask));
            texts.extend(because(&predict.wrong));
        }
        Action::Do(act) => {
            texts.push(("do.task".into(), &act.task));
            let otherwise = act.checks.iter().enumerate();
            texts.extend(otherwise.filter_map(|(index, check)| {
                Some((format!("do.checks[{index}].otherwise"), check.otherwise.as_deref()?))
            }));
        }
        Action::Ask(ask) => {
            texts.push(("ask.question".into(), &ask.question));
            match &ask.answer {
                Question::Choice(options) => texts.extend(reasons(options, "choice")),
                Question::Several(options) => texts.extend(reasons(options, "several")),
                Question::Text { wrong, .. } => texts.extend(because(wrong)),
                Question::Order { wrong, .. } => texts.extend(because(wrong)),
            }
        }
    }
    texts.extend(step.hints.iter().enumerate().map(|(index, hint)| (format!("hints[{index}]"), hint.as_str())));
    texts.extend(step.explain.iter().map(|text| ("explain".into(), text.as_str())));
    texts
}

fn because<T>(wrong: &[Mistake<T>]) -> impl Iterator<Item = (String, &str)> {
    wrong.iter().enumerate().map(|(index, wrong)| (format!("wrong[{index}].because"), wrong.because.as_str()))
}

fn reasons<'a>(options: &'a [Choice], field: &str) -> Vec<(String, &'a str)> {
    let reason = |(index, option): (usize, &'a Choice)| {
        Some((format!("ask.{field}[{index}].because"), option.because.as_deref()?))
    };
    options.iter().enumerate().filter_map(reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_and_other_names() {
        for (a, b) in [("wbe", "web"), ("we", "web"), ("weeb", "web"), ("wob", "web"), ("www-wbe", "www-web")] {
            assert!(is_typo(a, b) && is_typo(b, a), "{a} {b}");
        }
        for (a, b) in [("web", "web"), ("web1", "web2"), ("web", "db"), ("mysql", "web"), ("web-a", "web-b-c")] {
            assert!(!is_typo(a, b), "{a} {b}");
        }
    }

    #[test]
    fn names_of_members() {
        assert_eq!(stem("www-web-0"), Some("www-web"));
        assert_eq!(stem("web-12"), Some("web"));
        for name in ["web", "db-x", "1.2-3", "kubectl get pod web-0", "-o-1", "ab-1", "web-2026"] {
            assert_eq!(stem(name), None, "{name}");
        }
    }
}
