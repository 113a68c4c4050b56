//! Marking what somebody typed: which parts of a right answer are in it, and which of the usual wrong answers it is like.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use super::question::{Form, Question, Wrong};

/// What share of a wrong answer's words makes another answer like it.
const ALIKE: f64 = 0.6;
/// What share of somebody's own words these must be, so that a long answer is not like every short one.
const OWN: f64 = 0.3;
/// Words that say nothing by themselves.
const SMALL_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "been", "by", "do", "does", "for", "from", "has", "have", "he", "i",
    "if", "in", "is", "it", "its", "of", "on", "or", "so", "that", "the", "their", "then", "there", "they", "this",
    "to", "was", "what", "when", "which", "will", "with", "would", "you",
];
/// Words that turn a sentence into its opposite.
const DENIALS: &[&str] =
    &["no", "not", "never", "none", "nothing", "cannot", "dont", "doesnt", "isnt", "arent", "wont", "without"];

/// What a typed answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// How many parts of a right answer are in it.
    pub found: usize,
    /// How many there are.
    pub of: usize,
    /// What is missing, in words.
    pub missing: Vec<String>,
    /// What no right answer has, in words.
    pub extra: Vec<String>,
}

impl Marked {
    /// Whether nothing is missing, and nothing too much.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.found == self.of && self.extra.is_empty()
    }

    /// The share that is right.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.found as f64 / (self.of + self.extra.len()) as f64 }
    }

    /// What is missing and what is too much, as sentences; empty if nothing is.
    #[must_use]
    pub fn told(&self) -> String {
        let told = [("Missing", &self.missing), ("Not so", &self.extra)];
        let told = told.iter().filter(|(_, words)| !words.is_empty());
        told.map(|(title, words)| format!("{title}: {}.", words.join("; "))).collect::<Vec<_>>().join(" ")
    }
}

/// A pattern of `accept`: case does not count, and a dot is any character.
pub fn pattern(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).case_insensitive(true).dot_matches_new_line(true).size_limit(1 << 20).build()
}

/// The indexes of the patterns that are not found in a text. White space is one blank, and Markdown's marks do not count.
#[must_use]
pub fn missing(accept: &[String], text: &str) -> Vec<usize> {
    places(accept, text, false)
}

/// The indexes of the patterns that are found in a text, and should not be.
#[must_use]
pub fn extra(lacks: &[String], text: &str) -> Vec<usize> {
    places(lacks, text, true)
}

fn places(patterns: &[String], text: &str, found: bool) -> Vec<usize> {
    let text = plain(text);
    let is = |at: &usize| pattern(&patterns[*at]).is_ok_and(|pattern| pattern.is_match(&text) == found);
    (0..patterns.len()).filter(is).collect()
}

/// A text in one line, without backticks and stars.
fn plain(text: &str) -> String {
    text.replace(['`', '*'], "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Marks an answer; none if people have to judge it themselves.
#[must_use]
pub fn mark(question: &Question, typed: &str) -> Option<Marked> {
    if question.form == Form::Choice {
        let right = chosen(question, typed).is_some_and(|index| question.options[index].right);
        return Some(Marked { found: usize::from(right), of: 1, missing: Vec::new(), extra: Vec::new() });
    }
    if question.accept.is_empty() {
        return None;
    }
    let missing = missing(&question.accept, typed);
    let in_words = |patterns: &[String], places: Vec<usize>| places.iter().map(|at| in_words(&patterns[*at])).collect();
    let (of, found) = (question.accept.len(), question.accept.len() - missing.len());
    let extra = extra(&question.lacks, typed);
    let (missing, extra) = (in_words(&question.accept, missing), in_words(&question.lacks, extra));
    Some(Marked { found, of, missing, extra })
}

/// Which option somebody means: by its number from 1, its letter, or its text.
#[must_use]
pub fn chosen(question: &Question, typed: &str) -> Option<usize> {
    let typed = plain(typed).to_lowercase();
    let bare = typed.trim_end_matches([')', '.']);
    let number = bare.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let letter = match bare.as_bytes() {
        [letter @ b'a'..=b'z'] => Some(usize::from(letter - b'a')),
        _ => None,
    };
    let text = || question.options.iter().position(|option| plain(&option.text).to_lowercase() == typed);
    number.or(letter).filter(|index| *index < question.options.len()).or_else(text)
}

/// The wrong answer that an answer is like.
#[must_use]
pub fn like<'q>(wrong: &'q [Wrong], typed: &str) -> Option<&'q Wrong> {
    let own = words(typed);
    let alike = |wrong: &&'q Wrong| {
        let theirs = words(&wrong.says);
        let shared = own.intersection(&theirs).count() as f64;
        let denies = |words: &BTreeSet<String>| DENIALS.iter().any(|denial| words.contains(*denial));
        let enough = shared >= ALIKE * theirs.len() as f64 && shared >= OWN * own.len() as f64;
        (enough && shared > 0.0 && denies(&own) == denies(&theirs)).then_some(shared / theirs.len() as f64)
    };
    let scored = wrong.iter().filter_map(|wrong| Some((alike(&wrong)?, wrong)));
    // The first of those that are alike in the same measure.
    scored
        .fold(None, |best: Option<(f64, &Wrong)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, wrong)| wrong)
}

fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase().replace(['\'', '’'], "");
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
    let words = words.map(|word| word.trim_matches('-')).filter(|word| !word.is_empty() && !SMALL_WORDS.contains(word));
    words.map(|word| if word.len() > 3 { word.trim_end_matches('s') } else { word }.to_string()).collect()
}

/// A pattern as a person reads it: `web-2`, `reverse or highest`. Where it says more than that, it stands as it is.
#[must_use]
pub fn in_words(pattern: &str) -> String {
    let mut text = pattern.to_string();
    for (from, to) in
        [("(?:", "("), ("\\b", ""), ("\\s+", " "), ("\\s*", " "), (".*", " … "), ("\\.", "."), ("\\-", "-")]
    {
        text = text.replace(from, to);
    }
    let text = text.trim_start_matches('^').trim_end_matches('$').replace('|', " or ").replace(['(', ')'], "");
    let odd = |c: char| "\\[]{}+*^$?".contains(c);
    if text.contains(odd) { format!("/{pattern}/") } else { text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

/// What a model answer says, point by point: its list if it has one, else its sentences.
#[must_use]
pub fn points(answer: &str) -> Vec<String> {
    let item = |line: &str| {
        let line = line.trim_start();
        let number = line.split_once(". ").filter(|(number, _)| number.parse::<u32>().is_ok());
        number
            .map(|(_, rest)| rest)
            .or_else(|| line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")))
            .map(str::to_string)
    };
    let mut points: Vec<String> = Vec::new();
    let mut listed = false;
    for line in answer.lines() {
        match item(line) {
            Some(point) => {
                listed = true;
                points.push(point);
            }
            None if line.trim().is_empty() || !line.starts_with(' ') => listed = false,
            None if listed => {
                if let Some(point) = points.last_mut() {
                    *point += &format!(" {}", line.trim());
                }
            }
            None => {}
        }
    }
    if points.len() > 1 { points } else { sentences(answer) }
}

fn sentences(text: &str) -> Vec<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(". ").filter(|at| at + 2 < rest.len()) {
        out.push(rest[..=at].to_string());
        rest = &rest[at + 2..];
    }
    if !rest.is_empty() {
        out.push(rest.to_string());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(says: &[&str]) -> Vec<Wrong> {
        says.iter().map(|says| Wrong { says: (*says).into(), because: "no".into() }).collect()
    }

    #[test]
    fn all_parts_count_and_what_is_missing_is_named() {
        let accept = ["web-2".to_string(), "reverse|highest( one)? first".to_string(), "waits?.*gone".to_string()];
        let missing = |typed: &str| missing(&accept, typed);
        assert_eq!(missing("Web-2 first,\n in REVERSE order; each waits until it is\n`gone`"), [] as [usize; 0]);
        assert_eq!(missing("web-2, highest one   first"), [2]);
        assert_eq!(missing(""), [0, 1, 2]);
    }

    #[test]
    fn what_no_right_answer_has_makes_it_wrong() {
        let lacks = ["web-[01]".to_string(), "all".to_string()];
        assert_eq!(extra(&lacks, "web-2"), [] as [usize; 0]);
        assert_eq!(extra(&lacks, "web-2 and Web-1"), [0]);
        let marked = Marked { found: 1, of: 1, missing: Vec::new(), extra: vec!["web-1".into()] };
        assert!(!marked.is_right() && (marked.share() - 0.5).abs() < 0.01);
        assert_eq!(marked.told(), "Not so: web-1.");
    }

    #[test]
    fn patterns_in_words() {
        let check = |pattern: &str, words: &str| assert_eq!(in_words(pattern), words);
        check("web-2", "web-2");
        check("reverse|highest", "reverse or highest");
        check("(?:claim|pvc)", "claim or pvc");
        check(r"\bip\b", "ip");
        check("persistentVolumeClaimRetentionPolicy", "persistentVolumeClaimRetentionPolicy");
        check(r"web-0\.nginx", "web-0.nginx");
        check("delete.*recreate", "delete … recreate");
        check("waits?", "/waits?/");
    }

    #[test]
    fn an_answer_is_like_the_wrong_one_it_says() {
        let usual = wrong(&["the claims are deleted with the Pods", "all Pods restart", "it is not possible"]);
        let like = |typed: &str| like(&usual, typed).map(|wrong| wrong.says.as_str());
        assert_eq!(
            like("I think the claims get deleted with their pods"),
            Some("the claims are deleted with the Pods")
        );
        assert_eq!(like("claims are not deleted with the pods"), None, "that is the opposite");
        assert_eq!(like("All pods will restart"), Some("all Pods restart"));
        assert_eq!(like("it's not possible"), Some("it is not possible"));
        assert_eq!(like("the volume stays"), None);
        assert_eq!(like(""), None);
        let long = "first the controller looks at all replicas, then it decides which ordinal is next, then it may restart one";
        assert_eq!(like(long), None);
    }

    #[test]
    fn what_a_model_answer_says_point_by_point() {
        let listed = "Look at the events first.\n\n1. `kubectl describe` the\n   Pod.\n2. Then the claim.\n\nDone.";
        assert_eq!(points(listed), ["`kubectl describe` the Pod.", "Then the claim."]);
        assert_eq!(points("Scale down first. Then\ndelete the set."), ["Scale down first.", "Then delete the set."]);
        assert_eq!(points("Only `web-0.nginx`"), ["Only `web-0.nginx`"]);
        assert_eq!(points(""), [] as [&str; 0]);
    }
}
