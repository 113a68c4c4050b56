//! What must hold in a step beyond its types.

use super::{Action, Ask, Choice, Do, Fault, Mistake, Predict, Question, Step};

impl Step {
    /// What is wrong with it; `at` is its path.
    pub(super) fn faults(&self, at: &str) -> Vec<Fault> {
        match &self.action {
            Action::Tell(text) if text.trim().is_empty() => vec![Fault::new(format!("{at}.tell"), "it tells nothing")],
            Action::Show(show) if show.lines.is_empty() => vec![Fault::new(format!("{at}.show"), "it shows no line")],
            Action::Predict(predict) => predict.faults(at),
            Action::Do(Do { checks, .. }) if checks.is_empty() => {
                vec![Fault::new(format!("{at}.do.checks"), "without a check nobody knows when it is done")]
            }
            Action::Ask(ask) => ask.faults(at),
            Action::Tell(_) | Action::Show(_) | Action::Do(_) => Vec::new(),
        }
    }
}

impl Predict {
    fn faults(&self, at: &str) -> Vec<Fault> {
        let width = self.columns.len();
        if width == 0 {
            return vec![Fault::new(format!("{at}.predict.columns"), "a row needs at least one column")];
        }
        let wide = |row: &Vec<String>| row.is_empty() || row.len() > width;
        let mut faults = Vec::new();
        if let Some(row) = self.answer.0.iter().position(wide) {
            let fault = Fault::new(format!("{at}.predict.answer[{row}]"), "the row has not as many cells as columns");
            faults.push(fault.help(format!("cells: {}", self.columns.join(", "))));
        }
        for (index, wrong) in self.wrong.iter().enumerate() {
            if wrong.answer == self.answer {
                faults.push(Fault::new(format!("{at}.wrong[{index}].answer"), "this wrong answer is the right one"));
            }
            if wrong.answer.0.iter().any(wide) {
                let fault = Fault::new(format!("{at}.wrong[{index}].answer"), "a row has not as many cells as columns");
                faults.push(fault.help(format!("cells: {}", self.columns.join(", "))));
            }
        }
        faults
    }
}

impl Ask {
    fn faults(&self, at: &str) -> Vec<Fault> {
        let right = |options: &[Choice]| options.iter().filter(|option| option.right).count();
        match &self.answer {
            Question::Choice(options) if right(options) != 1 => {
                let message = format!("one option is right in a choice, and here are {}", right(options));
                vec![Fault::new(format!("{at}.ask.choice"), message).help("`right: true` on it; `several:` for more")]
            }
            Question::Choice(options) | Question::Several(options) if options.len() < 2 => {
                vec![Fault::new(format!("{at}.ask"), "a question with fewer than two options is none")]
            }
            Question::Text { accept, answer, wrong } => text_faults(accept, answer, wrong, at),
            Question::Order { right, .. } if right.len() < 2 => {
                vec![Fault::new(format!("{at}.ask.order"), "fewer than two things have no order")]
            }
            Question::Order { right, wrong } => {
                let mut sorted = right.clone();
                sorted.sort();
                let same = |answer: &Vec<String>| {
                    let mut answer = answer.clone();
                    answer.sort();
                    answer == sorted
                };
                let odd = wrong.iter().position(|wrong| wrong.answer == *right || !same(&wrong.answer));
                let message = "a wrong order has the same things in another order";
                odd.map(|index| Fault::new(format!("{at}.wrong[{index}].answer"), message)).into_iter().collect()
            }
            Question::Choice(_) | Question::Several(_) => Vec::new(),
        }
    }
}

fn text_faults(accept: &[String], answer: &str, wrong: &[Mistake<String>], at: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, pattern) in accept.iter().enumerate() {
        if let Err(error) = anchored(pattern) {
            faults
                .push(Fault::new(format!("{at}.ask.text.accept[{index}]"), format!("no regular expression: {error}")));
        }
    }
    if faults.is_empty() && !accepts(accept, answer) {
        let fault = Fault::new(format!("{at}.ask.text.answer"), "the model answer matches none of `accept`");
        faults.push(fault.help("they must match the whole answer; case does not count"));
    }
    for (index, wrong) in wrong.iter().enumerate().filter(|(_, wrong)| accepts(accept, &wrong.answer)) {
        let message = format!("`{}` is accepted as right", wrong.answer);
        faults.push(Fault::new(format!("{at}.wrong[{index}].answer"), message));
    }
    faults
}

/// Whether an answer in words is one of those that count as right.
#[must_use]
pub fn accepts(accept: &[String], answer: &str) -> bool {
    let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
    accept.iter().filter_map(|pattern| anchored(pattern).ok()).any(|regex| regex.is_match(&answer))
}

fn anchored(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(&format!("^(?:{pattern})$")).case_insensitive(true).build()
}
