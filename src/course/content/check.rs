//! A check: one condition, and the words about it. What a condition means is for whoever evaluates it.

use serde::Deserialize;
use serde_json::Value;

/// A condition with its words.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "Fields")]
pub struct Check {
    /// What a person reads.
    pub name: String,
    /// What must hold.
    pub condition: Condition,
    /// What is told if it does not.
    pub otherwise: Option<String>,
    /// What it is worth in an exercise.
    pub points: u32,
}

/// What must hold.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "Fields")]
pub enum Condition {
    /// Some object contains this.
    Object(Value),
    /// No object contains this.
    Absent(Value),
    /// So many objects contain this.
    Count(Count),
    /// A CEL expression that is true.
    Cel(String),
    /// These happened, in this order: `web-2 deleted`.
    Order(Vec<String>),
    /// None of these happened.
    Never(Vec<String>),
    /// What a line prints.
    Output(Output),
    /// What was typed.
    Typed(Typed),
}

/// How many objects contain something.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Count {
    /// The partial object.
    pub of: Value,
    /// Exactly so many.
    pub is: Option<usize>,
    /// No fewer.
    pub at_least: Option<usize>,
    /// No more.
    pub at_most: Option<usize>,
}

/// What the output of a line must be like; all that is said must hold.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The line.
    pub of: String,
    /// It has this text somewhere.
    pub contains: Option<String>,
    /// It is this text, white space around both not counted.
    pub equals: Option<String>,
    /// It matches this regular expression somewhere.
    pub matches: Option<String>,
    /// It has this text nowhere.
    pub lacks: Option<String>,
}

/// What the lines that were typed must be like.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// Some line matches this regular expression.
    pub matches: Option<String>,
    /// No line matches this one.
    pub lacks: Option<String>,
}

/// A check as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: Option<String>,
    object: Option<Value>,
    absent: Option<Value>,
    count: Option<Count>,
    cel: Option<String>,
    order: Option<Vec<String>>,
    never: Option<Vec<String>>,
    output: Option<Output>,
    typed: Option<Typed>,
    otherwise: Option<String>,
    points: Option<u32>,
}

const KINDS: &str = "object, absent, count, cel, order, never, output or typed";

impl Fields {
    fn condition(self) -> Result<Condition, String> {
        let conditions = [
            self.object.map(Condition::Object),
            self.absent.map(Condition::Absent),
            self.count.map(Condition::Count),
            self.cel.map(Condition::Cel),
            self.order.map(Condition::Order),
            self.never.map(Condition::Never),
            self.output.map(Condition::Output),
            self.typed.map(Condition::Typed),
        ];
        let mut conditions = conditions.into_iter().flatten();
        match (conditions.next(), conditions.next()) {
            (Some(one), None) => one.faultless(),
            (None, _) => Err(format!("a check needs a condition: {KINDS}")),
            _ => Err(format!("a check has exactly one condition ({KINDS}), and this one has several")),
        }
    }
}

impl Condition {
    /// Itself, if it says something that can be asked.
    fn faultless(self) -> Result<Condition, String> {
        let regex = |text: &Option<String>| match text {
            Some(text) => regex::Regex::new(text).map(|_| ()).map_err(|error| format!("`{text}`: {error}")),
            None => Ok(()),
        };
        match &self {
            Condition::Object(object) | Condition::Absent(object) => kind_of(object)?,
            Condition::Count(Count { of, is, at_least, at_most }) => {
                kind_of(of)?;
                if is.is_none() && at_least.is_none() && at_most.is_none() {
                    return Err("count: it needs `is`, `atLeast` or `atMost`".into());
                }
            }
            Condition::Output(Output { contains, equals, matches, lacks, .. }) => {
                if contains.is_none() && equals.is_none() && matches.is_none() && lacks.is_none() {
                    return Err("output: it needs `contains`, `equals`, `matches` or `lacks`".into());
                }
                regex(matches)?;
            }
            Condition::Typed(Typed { matches, lacks }) => {
                if matches.is_none() && lacks.is_none() {
                    return Err("typed: it needs `matches` or `lacks`".into());
                }
                regex(matches)?;
                regex(lacks)?;
            }
            Condition::Order(events) | Condition::Never(events) if events.is_empty() => {
                return Err("it names no event, such as `web-0 ready`".into());
            }
            Condition::Order(_) | Condition::Never(_) | Condition::Cel(_) => {}
        }
        Ok(self)
    }
}

fn kind_of(object: &Value) -> Result<(), String> {
    match object.get("kind") {
        Some(Value::String(_)) => Ok(()),
        _ => Err("a partial object needs a `kind`".into()),
    }
}

impl TryFrom<Fields> for Check {
    type Error = String;

    fn try_from(mut fields: Fields) -> Result<Check, String> {
        let name = fields.name.take().ok_or("a check needs a `name`, which a person reads")?;
        let (otherwise, points) = (fields.otherwise.take(), fields.points.unwrap_or(1));
        Ok(Check { name, condition: fields.condition()?, otherwise, points })
    }
}

impl TryFrom<Fields> for Condition {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Condition, String> {
        if fields.name.is_some() || fields.otherwise.is_some() || fields.points.is_some() {
            return Err("here stands a condition alone: no `name`, `otherwise` or `points`".into());
        }
        fields.condition()
    }
}
