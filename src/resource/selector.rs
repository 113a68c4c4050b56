//! Label selectors: `metav1.LabelSelector` objects and the text of `-l`, matched against any store of labels
//! (`k8s.io/apimachinery/pkg/labels`). Field selectors are in [`field`]. Errors are the API server's own words.

pub mod field;
mod parse;
pub mod syntax;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use field::FieldSelector;

/// Why a selector is refused; Display is the API server's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(pub(super) String);

/// How a requirement relates its key to its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `key=value`
    Equals,
    /// `key==value`
    DoubleEquals,
    /// `key!=value`; an absent key matches.
    NotEquals,
    /// `key in (a,b)`
    In,
    /// `key notin (a,b)`; an absent key matches.
    NotIn,
    /// `key`
    Exists,
    /// `!key`
    DoesNotExist,
    /// `key>1`, as integers
    GreaterThan,
    /// `key<1`, as integers
    LessThan,
}

/// One condition on one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// The relation.
    pub operator: Operator,
    /// What the label's value is compared with.
    pub values: Vec<String>,
}

/// A label selector: all its requirements must hold. The default selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

impl Requirement {
    /// A requirement that is checked as `labels.NewRequirement` does.
    pub fn new(key: &str, operator: Operator, values: Vec<String>) -> Result<Requirement, SelectorError> {
        let mut problems = Vec::new();
        syntax::push_invalid(&mut problems, "key", key, &syntax::key_problems(key));
        let list = if values.is_empty() { "null".to_string() } else { Value::from(values.clone()).to_string() };
        let mut refuse = |detail: &str| problems.push(format!("values: Invalid value: {list}: {detail}"));
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                refuse("for 'in', 'notin' operators, values set can't be empty");
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                refuse("values set must be empty for exists and does not exist");
            }
            Operator::GreaterThan | Operator::LessThan if values.len() != 1 => {
                refuse("for 'Gt', 'Lt' operators, exactly one value is required");
            }
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if values.len() != 1 => {
                refuse("exact-match compatibility requires one single value");
            }
            _ => {}
        }
        for (index, value) in values.iter().enumerate() {
            if matches!(operator, Operator::GreaterThan | Operator::LessThan) && value.parse::<i64>().is_err() {
                let detail = ["for 'Gt', 'Lt' operators, the value must be an integer".to_string()];
                syntax::push_invalid(&mut problems, &format!("values[{index}]"), value, &detail);
            }
        }
        for (index, value) in values.iter().enumerate() {
            syntax::push_invalid(
                &mut problems,
                &format!("values[{index}][{key}]"),
                value,
                &syntax::value_problems(value),
            );
        }
        match problems.as_slice() {
            [] => Ok(Requirement { key: key.to_string(), operator, values }),
            [one] => Err(SelectorError(one.clone())),
            several => Err(SelectorError(format!("[{}]", several.join(", ")))),
        }
    }

    /// Whether a label with this value (`None` if there is no such label) satisfies the requirement.
    #[must_use]
    pub fn accepts(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|v| v == value);
        let compare = |value: &str| Some((value.parse::<i64>().ok()?, self.values.first()?.parse::<i64>().ok()?));
        match self.operator {
            Operator::Equals | Operator::DoubleEquals | Operator::In => value.is_some_and(listed),
            Operator::NotEquals | Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => value.and_then(compare).is_some_and(|(is, limit)| is > limit),
            Operator::LessThan => value.and_then(compare).is_some_and(|(is, limit)| is < limit),
        }
    }
}

impl Selector {
    /// The selector that matches every object.
    #[must_use]
    pub fn everything() -> Selector {
        Selector::default()
    }

    /// The selector that matches no object.
    #[must_use]
    pub fn nothing() -> Selector {
        Selector { nothing: true, ..Selector::default() }
    }

    /// Reads the text of `-l` and of the query parameter `labelSelector`: `a=b,c!=d,e in (x,y),!f,g>1`.
    pub fn parse(text: &str) -> Result<Selector, SelectorError> {
        parse::parse(text).map(Selector::of).map_err(SelectorError)
    }

    /// The selector of a `metav1.LabelSelector`: null selects nothing, an empty one everything.
    pub fn from_label_selector(selector: &Value) -> Result<Selector, SelectorError> {
        if selector.is_null() {
            return Ok(Selector::nothing());
        }
        let mut requirements = Vec::new();
        for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
            requirements.push(Requirement::new(key, Operator::Equals, vec![text(value)])?);
        }
        for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
            let operator = match text(&expression["operator"]).as_str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(SelectorError(format!("{other:?} is not a valid label selector operator"))),
            };
            let values = expression["values"].as_array().into_iter().flatten().map(text).collect();
            requirements.push(Requirement::new(&text(&expression["key"]), operator, values)?);
        }
        Ok(Selector::of(requirements))
    }

    /// The selector of a plain map (`spec.selector` of a Service): all these labels; an empty map selects everything.
    #[must_use]
    pub fn from_set(labels: &Map<String, Value>) -> Selector {
        let requirement = |(key, value): (&String, &Value)| Requirement {
            key: key.clone(),
            operator: Operator::Equals,
            values: vec![text(value)],
        };
        Selector::of(labels.iter().map(requirement).collect())
    }

    fn of(mut requirements: Vec<Requirement>) -> Selector {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Selector { requirements, nothing: false }
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }

    /// Its requirements, ordered by key.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether it selects labels that `get` answers for.
    pub fn matches<'a>(&self, get: impl Fn(&str) -> Option<&'a str>) -> bool {
        !self.nothing && self.requirements.iter().all(|r| r.accepts(get(&r.key)))
    }

    /// Whether it selects these labels.
    #[must_use]
    pub fn matches_map(&self, labels: &BTreeMap<String, String>) -> bool {
        self.matches(|key| labels.get(key).map(String::as_str))
    }

    /// Whether it selects these labels as JSON (`metadata.labels`; null is none).
    #[must_use]
    pub fn matches_json(&self, labels: &Value) -> bool {
        self.matches(|key| labels.get(key).and_then(Value::as_str))
    }

    /// The only value that a label can have, if the selector says so.
    #[must_use]
    pub fn exact_value(&self, key: &str) -> Option<&str> {
        let requirement = self.requirements.iter().find(|r| r.key == key)?;
        match (requirement.operator, requirement.values.as_slice()) {
            (Operator::Equals | Operator::DoubleEquals | Operator::In, [value]) => Some(value),
            _ => None,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<&str> = self.values.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let (key, values) = (&self.key, sorted.join(","));
        match self.operator {
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::DoubleEquals => write!(f, "{key}=={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
        }
    }
}

impl fmt::Display for Selector {
    /// As `kubectl describe` prints it (`app=nginx,tier in (a,b)`), but empty where describe says `<none>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            write!(f, "{}{requirement}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(selector: &str, labels: &Value) -> bool {
        Selector::parse(selector).unwrap().matches_json(labels)
    }

    #[test]
    fn requirements_match_as_in_part_11() {
        let labels = json!({"app": "web", "tier": "a", "n": "5"});
        for (selector, expect) in [
            ("", true),
            ("app", true),
            ("!app", false),
            ("!x", true),
            ("app=web,tier==a", true),
            ("app=web,tier=b", false),
            ("app!=db,x!=y", true),
            ("tier in (a,b)", true),
            ("tier notin (a,b)", false),
            ("x notin (a)", true),
            ("x in (a)", false),
            ("n>4,n<6", true),
            ("n>5", false),
            ("app>1", false),
        ] {
            assert_eq!(selects(selector, &labels), expect, "{selector}");
        }
    }

    #[test]
    fn nil_selects_nothing_and_empty_everything() {
        let labels = json!({"app": "web"});
        assert!(!Selector::from_label_selector(&Value::Null).unwrap().matches_json(&labels));
        assert!(Selector::from_label_selector(&json!({})).unwrap().matches_json(&Value::Null));
    }

    #[test]
    fn label_selector_objects_print_as_describe_does() {
        let selector = Selector::from_label_selector(&json!({
            "matchLabels": {"tier": "x"},
            "matchExpressions": [
                {"key": "app", "operator": "In", "values": ["b", "a"]},
                {"key": "z", "operator": "DoesNotExist"},
            ],
        }))
        .unwrap();
        assert_eq!(selector.to_string(), "app in (a,b),tier=x,!z");
        assert!(selector.matches_map(&BTreeMap::from([("tier".into(), "x".into()), ("app".into(), "a".into())])));
        assert_eq!(selector.exact_value("tier"), Some("x"));
        assert_eq!(Selector::from_set(json!({"app": "web"}).as_object().unwrap()).to_string(), "app=web");
    }

    #[test]
    fn bad_label_selector_objects() {
        let check = |expression: Value, expect: &str| {
            let error = Selector::from_label_selector(&json!({"matchExpressions": [expression]})).unwrap_err();
            assert_eq!(error.to_string(), expect);
        };
        check(json!({"key": "a", "operator": "Is"}), "\"Is\" is not a valid label selector operator");
        check(
            json!({"key": "a", "operator": "In"}),
            "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
        );
        check(
            json!({"key": "a", "operator": "Exists", "values": ["b"]}),
            "values: Invalid value: [\"b\"]: values set must be empty for exists and does not exist",
        );
    }
}
