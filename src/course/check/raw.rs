//! Checks as authors write them: a map with the words of the format. What serde cannot say by itself is said here: exactly
//! one condition, known kinds, patterns and expressions that can be read.

use serde::Deserialize;
use serde_json::Value;

use super::{Check, Condition, Count, Happening, Output, Partial, Pattern, Program, Typed, Wanted};

/// A check as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawCheck {
    name: String,
    otherwise: Option<String>,
    points: Option<u32>,
    object: Option<Value>,
    absent: Option<Value>,
    count: Option<RawCount>,
    cel: Option<String>,
    order: Option<Vec<String>>,
    never: Option<Vec<String>>,
    output: Option<RawOutput>,
    typed: Option<RawTyped>,
}

/// A condition alone as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawCondition {
    object: Option<Value>,
    absent: Option<Value>,
    count: Option<RawCount>,
    cel: Option<String>,
    order: Option<Vec<String>>,
    never: Option<Vec<String>>,
    output: Option<RawOutput>,
    typed: Option<RawTyped>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawCount {
    of: Value,
    is: Option<usize>,
    at_least: Option<usize>,
    at_most: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutput {
    of: String,
    contains: Option<String>,
    lacks: Option<String>,
    equals: Option<String>,
    matches: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTyped {
    matches: Option<String>,
    lacks: Option<String>,
}

impl TryFrom<RawCheck> for Check {
    type Error = String;

    fn try_from(raw: RawCheck) -> Result<Check, String> {
        let RawCheck { name, otherwise, points, object, absent, count, cel, order, never, output, typed } = raw;
        if name.trim().is_empty() {
            return Err("a check has no name".into());
        }
        let condition = RawCondition { object, absent, count, cel, order, never, output, typed };
        let condition = condition.try_into().map_err(|why: String| format!("check {name:?}: {why}"))?;
        Ok(Check { name, condition, otherwise, points: points.unwrap_or(1) })
    }
}

impl TryFrom<RawCondition> for Condition {
    type Error = String;

    fn try_from(raw: RawCondition) -> Result<Condition, String> {
        let RawCondition { object, absent, count, cel, order, never, output, typed } = raw;
        let found = [
            object.map(|object| Partial::new(object).map(Condition::Object)),
            absent.map(|object| Partial::new(object).map(Condition::Absent)),
            count.map(|count| counted(count).map(Condition::Count)),
            cel.map(|source| Program::new(&source).map(Condition::Cel)),
            order.map(|words| happenings(&words, "order").map(Condition::Order)),
            never.map(|words| happenings(&words, "never").map(Condition::Never)),
            output.map(|output| printed(output).map(Condition::Output)),
            typed.map(|typed| written(typed).map(Condition::Typed)),
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(condition), None) => condition,
            (None, _) => Err("no condition: one of object, absent, count, cel, order, never, output, typed".into()),
            _ => Err("more than one condition: write one check for each".into()),
        }
    }
}

fn counted(raw: RawCount) -> Result<Count, String> {
    let of = Partial::new(raw.of)?;
    let (at_least, at_most) = match (raw.is, raw.at_least, raw.at_most) {
        (Some(is), None, None) => (is, is),
        (None, None, None) => return Err("count: one of is, atLeast, atMost is missing".into()),
        (None, at_least, at_most) => (at_least.unwrap_or(0), at_most.unwrap_or(usize::MAX)),
        _ => return Err("count: `is` goes with neither atLeast nor atMost".into()),
    };
    if at_least > at_most {
        return Err(format!("count: at least {at_least} and at most {at_most} cannot be"));
    }
    Ok(Count { of, at_least, at_most })
}

fn happenings(words: &[String], field: &str) -> Result<Vec<Happening>, String> {
    if words.is_empty() {
        return Err(format!("{field}: the list is empty"));
    }
    words.iter().map(|word| word.parse().map_err(|why| format!("{field}: {why}"))).collect()
}

fn printed(raw: RawOutput) -> Result<Output, String> {
    let matches = raw.matches.map(|text| Pattern::new(&text)).transpose()?;
    let wants = [
        raw.contains.map(Wanted::Contains),
        raw.lacks.map(Wanted::Lacks),
        raw.equals.map(Wanted::Equals),
        matches.map(Wanted::Matches),
    ];
    let wants: Vec<Wanted> = wants.into_iter().flatten().collect();
    if wants.is_empty() {
        return Err("output: one of contains, lacks, equals, matches is missing".into());
    }
    Ok(Output { of: raw.of, wants })
}

fn written(raw: RawTyped) -> Result<Typed, String> {
    match (raw.matches, raw.lacks) {
        (Some(text), None) => Pattern::new(&text).map(Typed::Matches),
        (None, Some(text)) => Pattern::new(&text).map(Typed::Lacks),
        _ => Err("typed: one of matches, lacks".into()),
    }
}
