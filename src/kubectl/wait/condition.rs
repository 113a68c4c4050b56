//! What `kubectl wait --for` can wait for: reading it, and looking at an object (`condition.go`, `json.go`).

use serde_json::Value;

use super::super::print::go;
use super::super::print::jsonpath::{JsonPath, relaxed};
use super::super::print::value::{items, text};

/// What is waited for.
pub enum Condition {
    /// That it is there.
    Created,
    /// That it is gone.
    Deleted,
    /// That a condition of its status has a value.
    Status { name: String, value: String },
    /// That a path finds a value, or anything.
    Path { path: Box<JsonPath>, value: Option<String> },
}

/// The conditions of all `--for`.
pub fn parse(words: &[String]) -> Result<Vec<Condition>, String> {
    if words.is_empty() {
        return Err("unrecognized condition: []".to_string());
    }
    words.iter().map(|word| parse_one(word)).collect()
}

fn parse_one(word: &str) -> Result<Condition, String> {
    match word.to_lowercase().as_str() {
        "delete" => return Ok(Condition::Deleted),
        "create" => return Ok(Condition::Created),
        _ => {}
    }
    if let Some(condition) = word.strip_prefix("condition=") {
        let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(Condition::Status { name: name.to_string(), value: value.to_string() });
    }
    let Some(input) = word.strip_prefix("jsonpath=") else {
        return Err(format!("unrecognized condition: {}", go::quote(word)));
    };
    let (expression, value) = split_path(input)?;
    if expression.is_empty() {
        return Err("jsonpath expression cannot be empty".to_string());
    }
    let path = JsonPath::parse(&expression)?.allow_missing_keys(true);
    Ok(Condition::Path { path: Box::new(path), value })
}

/// The expression, and the value behind a single `=`.
fn split_path(input: &str) -> Result<(String, Option<String>), String> {
    let parts = split_single_equals(input);
    let (expression, value) = match parts.as_slice() {
        [expression] => (expression, None),
        [expression, value] => (expression, Some(value.trim_matches(['\'', '"']))),
        _ => {
            return Err("jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                        --for=jsonpath='{.status.readyReplicas}'"
                .to_string());
        }
    };
    let expression = relaxed(expression)?;
    if value == Some("") {
        return Err(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"
                .to_string(),
        );
    }
    Ok((expression, value.map(str::to_string)))
}

/// Splits at `=`, but not at `==`.
fn split_single_equals(input: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = input;
    while let Some(at) = rest.find('=') {
        let last = parts.len() - 1;
        parts[last].push_str(&rest[..at]);
        if rest[at + 1..].starts_with('=') {
            parts[last].push_str("==");
            rest = &rest[at + 2..];
        } else {
            parts.push(String::new());
            rest = &rest[at + 1..];
        }
    }
    let last = parts.len() - 1;
    parts[last].push_str(rest);
    parts
}

impl Condition {
    /// Whether an object that is there is as wanted.
    pub fn holds(&self, object: &Value) -> Result<bool, String> {
        match self {
            Condition::Created => Ok(true),
            Condition::Deleted => Ok(false),
            Condition::Status { name, value } => Ok(has_status(object, name, value)),
            Condition::Path { path, value } => finds(&mut path.as_ref().clone(), object, value.as_deref()),
        }
    }
}

/// Whether the condition has the value, and was observed for the present generation.
fn has_status(object: &Value, name: &str, value: &str) -> bool {
    let fold = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let wanted = |c: &&Value| fold(text(c, "/type"), name) && c["status"].is_string();
    let Some(condition) = items(object, "/status/conditions").iter().find(wanted) else { return false };
    let generation = object.pointer("/metadata/generation").and_then(Value::as_i64);
    let observed = condition["observedGeneration"]
        .as_i64()
        .or_else(|| object.pointer("/status/observedGeneration").and_then(Value::as_i64));
    if generation.zip(observed).is_some_and(|(generation, observed)| observed < generation) {
        return false;
    }
    fold(text(condition, "/status"), value)
}

fn finds(path: &mut JsonPath, object: &Value, wanted: Option<&str>) -> Result<bool, String> {
    let results = path.find(object)?;
    let Some(found) = results.first().and_then(|first| first.first()) else { return Ok(false) };
    if results.len() > 1 {
        return Err("given jsonpath expression matches more than one list".to_string());
    }
    if results[0].len() > 1 {
        return Err("given jsonpath expression matches more than one value".to_string());
    }
    let Some(wanted) = wanted else { return Ok(true) };
    if found.is_object() || found.is_array() {
        return Err("jsonpath leads to a nested object or list which is not supported".to_string());
    }
    Ok(go::display(found).trim() == wanted.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(word: &str, object: &Value, expect: Result<bool, &str>) {
        let got = parse_one(word).and_then(|condition| condition.holds(object));
        assert_eq!(got, expect.map_err(str::to_string), "{word}");
    }

    #[test]
    fn conditions_of_the_status() {
        let object = |generation: i64, observed: i64| {
            json!({
                "metadata": {"generation": generation},
                "status": {"observedGeneration": observed, "conditions": [{"type": "Available", "status": "False"}]}
            })
        };
        check("condition=Available", &object(1, 1), Ok(false));
        check("condition=available=FALSE", &object(1, 1), Ok(true));
        check("condition=available=False", &object(2, 1), Ok(false));
        check("condition=Ready=False", &object(1, 1), Ok(false));
        check("Condition=Ready", &object(1, 1), Err("unrecognized condition: \"Condition=Ready\""));
    }

    #[test]
    fn paths() {
        let object = json!({"status": {"n": 3, "phase": "Up", "list": [{"t": "a", "s": "b"}, {"t": "c", "s": "d"}]}});
        check("jsonpath={.status.n}=3", &object, Ok(true));
        check("jsonpath=.status.phase='Up'", &object, Ok(true));
        check("jsonpath={.status.phase}=Down", &object, Ok(false));
        check("jsonpath={.status.none}", &object, Ok(false));
        check("jsonpath={.status.list[?(@.t==\"a\")].s}=b", &object, Ok(true));
        check("jsonpath={.status.list[*].s}=b", &object, Err("given jsonpath expression matches more than one value"));
        check(
            "jsonpath={.status.n}=",
            &object,
            Err("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"),
        );
        check(
            "jsonpath={.a}=1=2",
            &object,
            Err("jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                 --for=jsonpath='{.status.readyReplicas}'"),
        );
    }

    #[test]
    fn double_equals_do_not_split() {
        assert_eq!(split_single_equals("a.b.c====d.e.f===g.h.i==="), ["a.b.c====d.e.f==", "g.h.i==", ""]);
    }
}
