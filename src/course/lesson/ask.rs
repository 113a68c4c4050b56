//! A step with a question: one option, several, words, or an order. It is asked until it is answered rightly or skipped;
//! the first answer counts.

use super::super::content::{Ask, Choice, Question, Step, accepts};
use super::markdown::{one_line, render};
use super::play::{Flow, Player};
use crate::course::learner::{Heard, Menu, Pick};
use crate::resource::hash::mix;
use crate::view::style::Look;

/// What an answer comes to.
enum Answer {
    /// It is right; what is told of it.
    Right(String),
    /// It is wrong; what was answered, and what is told of it.
    Wrong(String, String),
    /// It is no answer to this question; how one is given.
    None(String),
}

impl Player<'_> {
    pub(super) fn ask(&mut self, step: &Step, ask: &Ask) -> Result<Flow, String> {
        self.text(&ask.question);
        self.gap();
        let mut menu = menu(&ask.answer, self.learner.look());
        let mut first = true;
        loop {
            let Heard::Line(line) = self.learner.choose(&mut menu) else { return Ok(Flow::Leave) };
            match line.trim().to_lowercase().as_str() {
                "" => {}
                "hint" => self.hint(step)?,
                "quit" | "exit" | "q" => return Ok(Flow::Leave),
                "help" | "?" => self.text(&format!(
                    "{} `hint` helps, `skip` shows the answer, `quit` leaves; `sts-lab lesson next` comes back to here.",
                    how(&ask.answer)
                )),
                "skip" => {
                    let (right, why) = solution(&ask.answer);
                    self.text(&format!("The answer:\n\n{right}\n{why}"));
                    if first {
                        self.scored(0, 1);
                        self.mistaken(&ask.question, "", &right, &why)?;
                    }
                    return Ok(Flow::Next);
                }
                _ => match judge(&ask.answer, line.trim()) {
                    Answer::Right(told) => {
                        self.verdict(true, "Right.");
                        self.text(&told);
                        if first {
                            self.scored(1, 1);
                        }
                        return Ok(Flow::Next);
                    }
                    Answer::Wrong(said, told) => {
                        self.verdict(false, "No.");
                        self.text(&told);
                        self.learner.say("Try again, or `hint`, or `skip` to see the answer.\n");
                        if std::mem::take(&mut first) {
                            self.scored(0, 1);
                            self.mistaken(&ask.question, &said, &solution(&ask.answer).0, &told)?;
                        }
                    }
                    Answer::None(how) => self.text(&how),
                },
            }
        }
    }
}

/// What can be chosen from, and how.
fn menu(question: &Question, look: Look) -> Menu {
    let texts = |options: &[Choice]| options.iter().map(|option| option.text.clone()).collect::<Vec<_>>();
    let (pick, texts) = match question {
        Question::Choice(options) => (Pick::One, texts(options)),
        Question::Several(options) => (Pick::Many, texts(options)),
        Question::Text { .. } => (Pick::One, Vec::new()),
        Question::Order { right, .. } => (Pick::Order, shuffled(right)),
    };
    let list: String = texts.iter().enumerate().map(|(at, text)| item(at, text)).collect();
    let gap = if list.is_empty() { "" } else { "\n" };
    let how = format!("{gap}{}", render(&format!("{} (`hint`, `skip`, `help`)", how(question)), look));
    let items = texts.iter().map(|text| one_line(text)).collect();
    Menu { pick, items, words: &[], prompt: "> ", other: "hint, skip, quit", list: render(&list, look), how }
}

fn item(at: usize, text: &str) -> String {
    format!("{}. {}\n", at + 1, text.trim().replace('\n', "\n   "))
}

fn how(question: &Question) -> &'static str {
    match question {
        Question::Choice(_) => "Type the number of the right one.",
        Question::Several(_) => "Type the numbers of all that are right: `1 3`.",
        Question::Text { .. } => "Type your answer.",
        Question::Order { .. } => "Type the numbers in the right order: `2 1 3`.",
    }
}

fn judge(question: &Question, line: &str) -> Answer {
    match question {
        Question::Choice(options) => choice(options, line, how(question)),
        Question::Several(options) => several(options, line, how(question)),
        Question::Text { accept, wrong, .. } => {
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            if accepts(accept, line) {
                return Answer::Right(String::new());
            }
            let known = wrong.iter().find(|wrong| squeezed(&wrong.answer) == squeezed(line));
            let told = known.map_or_else(|| "That is not it.".to_string(), |wrong| wrong.because.clone());
            Answer::Wrong(line.to_string(), told)
        }
        Question::Order { right, wrong } => {
            let shown = shuffled(right);
            let Some(numbers) = numbers(line, shown.len()).filter(|numbers| is_all(numbers, shown.len())) else {
                return Answer::None(how(question).to_string());
            };
            let said: Vec<String> = numbers.iter().map(|number| shown[number - 1].clone()).collect();
            if said == *right {
                return Answer::Right(String::new());
            }
            let known = wrong.iter().find(|wrong| wrong.answer == said).map(|wrong| wrong.because.clone());
            let good = said.iter().zip(right).take_while(|(said, right)| said == right).count();
            let told = known.unwrap_or_else(|| match good {
                0 => "Already the first one is another.".to_string(),
                1 => "The first one is right, the second is not.".to_string(),
                many => format!("The first {many} are right, then it is another."),
            });
            Answer::Wrong(said.join(", "), told)
        }
    }
}

fn choice(options: &[Choice], line: &str, how: &str) -> Answer {
    let by_text = || options.iter().position(|option| option.text.trim().eq_ignore_ascii_case(line));
    let number = numbers(line, options.len()).filter(|numbers| numbers.len() == 1).map(|numbers| numbers[0] - 1);
    let Some(option) = number.or_else(by_text).and_then(|at| options.get(at)) else {
        return Answer::None(how.to_string());
    };
    let because = option.because.clone().unwrap_or_default();
    if option.right { Answer::Right(because) } else { Answer::Wrong(option.text.clone(), because) }
}

fn several(options: &[Choice], line: &str, how: &str) -> Answer {
    let none = || line.eq_ignore_ascii_case("none").then(Vec::new);
    let Some(mut chosen) = numbers(line, options.len()).or_else(none) else { return Answer::None(how.to_string()) };
    chosen.sort_unstable();
    chosen.dedup();
    let taken = |at: usize| chosen.contains(&(at + 1));
    let reason = |(at, option): (usize, &Choice)| {
        let because = option.because.as_deref().unwrap_or_default().trim().replace('\n', "\n  ");
        format!("- {}: {because}\n", at + 1)
    };
    let wrong: Vec<(usize, &Choice)> =
        options.iter().enumerate().filter(|(at, option)| taken(*at) && !option.right).collect();
    let missed = options.iter().enumerate().filter(|(at, option)| !taken(*at) && option.right).count();
    if wrong.is_empty() && missed == 0 {
        let right = options.iter().enumerate().filter(|(_, option)| option.right && option.because.is_some());
        return Answer::Right(right.map(reason).collect());
    }
    let mut told = String::new();
    if !wrong.is_empty() {
        told = format!("Not right:\n\n{}\n", wrong.into_iter().map(reason).collect::<String>());
    }
    if missed > 0 {
        told.push_str(&format!("{missed} more would be right.\n"));
    }
    let said: Vec<&str> = options.iter().enumerate().filter(|(at, _)| taken(*at)).map(|(_, o)| o.text.trim()).collect();
    Answer::Wrong(if said.is_empty() { "none".into() } else { said.join("; ") }, told)
}

/// Numbers from 1 to `most`, parted by blanks or commas.
fn numbers(line: &str, most: usize) -> Option<Vec<usize>> {
    let words = line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let number = |word: &str| {
        let number: usize = word.trim_end_matches(['.', ')']).parse().ok()?;
        (1..=most).contains(&number).then_some(number)
    };
    words.map(number).collect::<Option<Vec<_>>>().filter(|numbers| !numbers.is_empty())
}

fn is_all(numbers: &[usize], most: usize) -> bool {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() == most && numbers.len() == most
}

/// The right answer, and why.
fn solution(question: &Question) -> (String, String) {
    match question {
        Question::Choice(options) | Question::Several(options) => {
            let right = || options.iter().filter(|option| option.right);
            let reasons: Vec<&str> = right().filter_map(|option| option.because.as_deref()).map(str::trim).collect();
            let list: String =
                right().map(|option| format!("- {}\n", option.text.trim().replace('\n', "\n  "))).collect();
            (if list.is_empty() { "- none of them\n".into() } else { list }, reasons.join("\n\n"))
        }
        Question::Text { answer, .. } => (format!("- {}\n", answer.trim()), String::new()),
        Question::Order { right, .. } => {
            (right.iter().enumerate().map(|(at, text)| item(at, text)).collect(), String::new())
        }
    }
}

/// Things in another order than the right one, always the same.
#[must_use]
pub fn shuffled(right: &[String]) -> Vec<String> {
    let mut shown = right.to_vec();
    shown
        .sort_by_cached_key(|text| (text.bytes().fold(0, |hash: u64, byte| mix(hash ^ u64::from(byte))), text.clone()));
    if shown == right {
        shown.rotate_left(1);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::content::Mistake;

    fn told(question: &Question, line: &str) -> String {
        match judge(question, line) {
            Answer::Right(told) => format!("right: {told}"),
            Answer::Wrong(said, told) => format!("wrong: {said}: {told}"),
            Answer::None(how) => format!("none: {how}"),
        }
    }

    fn choices(rights: &[bool]) -> Vec<Choice> {
        let choice = |(at, right): (usize, &bool)| Choice {
            text: format!("option {at}"),
            right: *right,
            because: Some(format!("reason {at}")),
        };
        rights.iter().enumerate().map(choice).collect()
    }

    #[test]
    fn one_option() {
        let question = Question::Choice(choices(&[false, true]));
        assert_eq!(told(&question, "2"), "right: reason 1");
        assert_eq!(told(&question, "2."), "right: reason 1");
        assert_eq!(told(&question, "Option 1"), "right: reason 1");
        assert_eq!(told(&question, "1"), "wrong: option 0: reason 0");
        for line in ["3", "0", "1 2", "both"] {
            assert!(told(&question, line).starts_with("none: Type the number"), "{line}");
        }
    }

    #[test]
    fn several_options() {
        let question = Question::Several(choices(&[true, false, true]));
        assert_eq!(told(&question, "3, 1"), "right: - 1: reason 0\n- 3: reason 2\n");
        assert_eq!(told(&question, "1"), "wrong: option 0: 1 more would be right.\n");
        let both = "wrong: option 0; option 1: Not right:\n\n- 2: reason 1\n\n1 more would be right.\n";
        assert_eq!(told(&question, "1 2"), both);
        assert_eq!(told(&question, "none"), "wrong: none: 2 more would be right.\n");
        assert!(told(&question, "x").starts_with("none: "));
    }

    #[test]
    fn words_and_orders() {
        let wrong = vec![Mistake { answer: "web".to_string(), because: "No ordinal.".into() }];
        let question = Question::Text { accept: vec!["web-0(\\.nginx)?".into()], answer: "web-0".into(), wrong };
        assert_eq!(told(&question, "WEB-0"), "right: ");
        assert_eq!(told(&question, " Web "), "wrong:  Web : No ordinal.");
        assert_eq!(told(&question, "x"), "wrong: x: That is not it.");
        let right: Vec<String> = ["a", "b", "c"].map(ToString::to_string).into();
        let shown = shuffled(&right);
        assert_ne!(shown, right);
        let question = Question::Order { right: right.clone(), wrong: Vec::new() };
        let numbers = |order: &[&str]| {
            let place = |item: &&str| shown.iter().position(|shown| shown == item).map(|at| (at + 1).to_string());
            order.iter().filter_map(place).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(&question, &numbers(&["a", "b", "c"])), "right: ");
        assert_eq!(
            told(&question, &numbers(&["a", "c", "b"])),
            "wrong: a, c, b: The first one is right, the second is not."
        );
        assert!(told(&question, "1 1 2").starts_with("none: "));
    }
}
