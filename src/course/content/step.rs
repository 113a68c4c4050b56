//! A step of a lesson: one thing that happens, and the words around it.

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::error::placed;
use super::{Check, Line, Rows};

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What happens.
    pub action: Action,
    /// Hints, from the first nudge to almost the answer.
    pub hints: Vec<String>,
    /// What is said afterwards.
    pub explain: Option<String>,
}

/// What happens in a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Something is told.
    Tell(String),
    /// Lines run, and their output is seen.
    Show(Show),
    /// The learner says what will come out before it does.
    Predict(Predict),
    /// The learner acts until the checks hold.
    Do(Do),
    /// The learner answers a question.
    Ask(Ask),
}

/// Lines run, and their output is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Show {
    /// The lines.
    pub lines: Vec<Line>,
    /// What is said before.
    pub say: Option<String>,
    /// What the text says of this output; not seen, but checked.
    pub checks: Vec<Check>,
}

/// The learner says what will come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Predict {
    /// The question.
    pub ask: String,
    /// What runs after the answer.
    pub run: Vec<Line>,
    /// What a row consists of.
    pub columns: Vec<String>,
    /// Where the true rows come from.
    pub truth: Truth,
    /// Whether the order of rows counts.
    pub ordered: bool,
    /// The right answer.
    pub answer: Rows,
    /// Wrong answers that people give.
    pub wrong: Vec<Mistake<Rows>>,
}

/// Where the true rows come from.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "TruthFields")]
pub enum Truth {
    /// The lines of a line's output.
    Line(String),
    /// The names of objects in the order in which something happened to them.
    Order {
        /// What happened: `created`, `ready`, `deleted`, `gone`.
        event: String,
        /// To objects of which kind.
        kind: String,
    },
}

/// The learner acts until the checks hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Do {
    /// What is to be brought about.
    pub task: String,
    /// What must hold then.
    pub checks: Vec<Check>,
    /// One way.
    pub solution: Vec<Line>,
    /// Wrong ways.
    pub wrong: Vec<Attempt>,
}

/// The learner answers a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The question.
    pub question: String,
    /// How it is answered.
    pub answer: Question,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// One option is right.
    Choice(Vec<Choice>),
    /// Any number of options is right.
    Several(Vec<Choice>),
    /// Words.
    Text {
        /// Regular expressions, one of which a right answer matches as a whole.
        accept: Vec<String>,
        /// The model answer.
        answer: String,
        /// Wrong answers that people give.
        wrong: Vec<Mistake<String>>,
    },
    /// Things put into order.
    Order {
        /// As they should be.
        right: Vec<String>,
        /// Wrong orders that people give.
        wrong: Vec<Mistake<Vec<String>>>,
    },
}

/// An option.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// Whether it is right.
    #[serde(default)]
    pub right: bool,
    /// Why it is so.
    pub because: Option<String>,
}

/// A wrong answer that people give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake<T> {
    /// The answer.
    pub answer: T,
    /// What is told.
    pub because: String,
}

/// A wrong way that people go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The lines.
    pub run: Vec<Line>,
    /// Words that are told then.
    pub says: String,
}

/// A step as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    tell: Option<String>,
    show: Option<Vec<Line>>,
    predict: Option<PredictFields>,
    #[serde(rename = "do")]
    act: Option<DoFields>,
    ask: Option<AskFields>,
    say: Option<String>,
    checks: Option<Vec<Check>>,
    #[serde(default)]
    wrong: Vec<WrongFields>,
    #[serde(default)]
    hints: Vec<String>,
    explain: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PredictFields {
    ask: String,
    #[serde(default)]
    run: Vec<Line>,
    columns: Vec<String>,
    truth: Truth,
    #[serde(default)]
    ordered: bool,
    answer: Rows,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DoFields {
    task: String,
    checks: Vec<Check>,
    solution: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskFields {
    question: String,
    choice: Option<Vec<Choice>>,
    several: Option<Vec<Choice>>,
    text: Option<TextFields>,
    order: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFields {
    accept: Vec<String>,
    answer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongFields {
    answer: Option<serde_yaml::Value>,
    because: Option<String>,
    run: Option<Vec<Line>>,
    says: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderFields {
    order: String,
    #[serde(default = "pod")]
    kind: String,
}

fn pod() -> String {
    "Pod".into()
}

/// A truth as it is written: a line, or a map.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`truth` is a line, or a map such as {order: created}")]
enum TruthFields {
    Line(String),
    Order(OrderFields),
}

impl TryFrom<TruthFields> for Truth {
    type Error = String;

    fn try_from(fields: TruthFields) -> Result<Truth, String> {
        match fields {
            TruthFields::Line(line) => Ok(Truth::Line(line)),
            TruthFields::Order(OrderFields { order, kind }) => {
                const EVENTS: [&str; 6] = ["created", "ready", "deleted", "gone", "bound", "updated"];
                if EVENTS.contains(&order.as_str()) {
                    return Ok(Truth::Order { event: order, kind });
                }
                Err(format!("truth: nothing is `{order}`: one of {}", EVENTS.join(", ")))
            }
        }
    }
}

/// Reads steps; what is wrong with one is told with its number.
pub(super) fn all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Step>, D::Error> {
    let fields: Vec<Fields> = Vec::deserialize(deserializer)?;
    let step = |(index, fields): (usize, Fields)| {
        Step::try_from(fields).map_err(|why| de::Error::custom(placed(&format!("steps[{index}]"), &why)))
    };
    fields.into_iter().enumerate().map(step).collect()
}

impl TryFrom<Fields> for Step {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Step, String> {
        const KINDS: &str = "tell, show, predict, do, ask";
        let Fields { tell, show, predict, act, ask, say, checks, wrong, hints, explain } = fields;
        if show.is_none() && (say.is_some() || checks.is_some()) {
            return Err("`say` and `checks` beside it belong to a `show` step".into());
        }
        let has_wrong = !wrong.is_empty();
        let action = match (tell, show, predict, act, ask) {
            (Some(text), None, None, None, None) => Action::Tell(text),
            (None, Some(lines), None, None, None) => {
                Action::Show(Show { lines, say, checks: checks.unwrap_or_default() })
            }
            (None, None, Some(predict), None, None) => return predict.step(wrong, hints, explain),
            (None, None, None, Some(act), None) => {
                let wrong = wrong.into_iter().map(WrongFields::attempt).collect::<Result<_, _>>()?;
                let DoFields { task, checks, solution } = act;
                return Ok(Step { action: Action::Do(Do { task, checks, solution, wrong }), hints, explain });
            }
            (None, None, None, None, Some(ask)) => {
                return Ok(Step { action: Action::Ask(ask.ask(wrong)?), hints, explain });
            }
            (None, None, None, None, None) => return Err(format!("a step needs one of: {KINDS}")),
            _ => return Err(format!("a step has exactly one of: {KINDS}; begin another step for the other")),
        };
        if has_wrong {
            return Err("`wrong` belongs to a step with predict, do or ask".into());
        }
        Ok(Step { action, hints, explain })
    }
}

impl PredictFields {
    fn step(self, wrong: Vec<WrongFields>, hints: Vec<String>, explain: Option<String>) -> Result<Step, String> {
        let rows = |value| serde_yaml::from_value(value).map_err(|error: serde_yaml::Error| format!("wrong: {error}"));
        let wrong = wrong.into_iter().map(|wrong| wrong.mistake(rows)).collect::<Result<_, _>>()?;
        let PredictFields { ask, run, columns, truth, ordered, answer } = self;
        let ordered = ordered || matches!(truth, Truth::Order { .. });
        Ok(Step {
            action: Action::Predict(Predict { ask, run, columns, truth, ordered, answer, wrong }),
            hints,
            explain,
        })
    }
}

impl AskFields {
    fn ask(self, wrong: Vec<WrongFields>) -> Result<Ask, String> {
        const WAYS: &str = "choice, several, text, order";
        let own = || Err("the options of a question carry their own `because`; `wrong` is for text and order".into());
        let answer = match (self.choice, self.several, self.text, self.order) {
            (Some(_), None, None, None) | (None, Some(_), None, None) if !wrong.is_empty() => return own(),
            (Some(options), None, None, None) => Question::Choice(options),
            (None, Some(options), None, None) => Question::Several(options),
            (None, None, Some(TextFields { accept, answer }), None) => {
                let text = |value| Ok(scalar(&value).ok_or("wrong: the answer to a question of words is text")?);
                let wrong = wrong.into_iter().map(|wrong| wrong.mistake(text)).collect::<Result<_, _>>()?;
                Question::Text { accept, answer, wrong }
            }
            (None, None, None, Some(right)) => {
                let list =
                    |value| serde_yaml::from_value(value).map_err(|error: serde_yaml::Error| format!("wrong: {error}"));
                let wrong = wrong.into_iter().map(|wrong| wrong.mistake(list)).collect::<Result<_, _>>()?;
                Question::Order { right, wrong }
            }
            (None, None, None, None) => return Err(format!("ask needs one of: {WAYS}")),
            _ => return Err(format!("ask has exactly one of: {WAYS}")),
        };
        Ok(Ask { question: self.question, answer })
    }
}

impl WrongFields {
    fn mistake<T>(self, read: impl Fn(serde_yaml::Value) -> Result<T, String>) -> Result<Mistake<T>, String> {
        match (self.answer, self.because, self.run.is_none() && self.says.is_none()) {
            (Some(answer), Some(because), true) => Ok(Mistake { answer: read(answer)?, because }),
            _ => Err("a wrong answer is {answer: …, because: …}".into()),
        }
    }

    fn attempt(self) -> Result<Attempt, String> {
        match (self.run, self.says, self.answer.is_none() && self.because.is_none()) {
            (Some(run), Some(says), true) => Ok(Attempt { run, says }),
            _ => Err("a wrong attempt is {run: [lines], says: words of the feedback}".into()),
        }
    }
}

fn scalar(value: &serde_yaml::Value) -> Option<String> {
    match value {
        serde_yaml::Value::String(text) => Some(text.clone()),
        serde_yaml::Value::Number(number) => Some(number.to_string()),
        serde_yaml::Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
