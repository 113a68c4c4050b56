//! The text of a selector as the selector an object has (`metav1.ParseToLabelSelector`).

use serde_json::{Map, Value, json};

use super::error::{CmdError, message};
use crate::resource::selector::{Operator, Selector};

/// The text of a selector as a `LabelSelector` (`metav1.ParseToLabelSelector`).
pub fn label_selector(text: &str) -> Result<Value, CmdError> {
    let fault = |why: String| message(format!("couldn't parse the selector string \"{text}\": {why}"));
    let selector = Selector::parse(text).map_err(|why| fault(why.to_string()))?;
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for requirement in selector.requirements() {
        let mut values = requirement.values.clone();
        let operator = match requirement.operator {
            Operator::Equals | Operator::DoubleEquals => {
                labels.insert(requirement.key.clone(), values.pop().unwrap_or_default().into());
                continue;
            }
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            Operator::GreaterThan => return Err(message("\"gt\" isn't supported in label selectors")),
            Operator::LessThan => return Err(message("\"lt\" isn't supported in label selectors")),
            Operator::NotEquals => return Err(message("\"!=\" is not a valid label selector operator")),
        };
        expressions.push(json!({"key": requirement.key, "operator": operator, "values": values}));
    }
    let mut selector = json!({});
    if !labels.is_empty() {
        selector["matchLabels"] = labels.into();
    }
    if !expressions.is_empty() {
        selector["matchExpressions"] = expressions.into();
    }
    Ok(selector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_and_sets() {
        let selector = label_selector("a=b,c in (d,e),!f,g").unwrap();
        let expressions = json!([
            {"key": "c", "operator": "In", "values": ["d", "e"]},
            {"key": "f", "operator": "DoesNotExist", "values": []},
            {"key": "g", "operator": "Exists", "values": []},
        ]);
        assert_eq!(selector, json!({"matchLabels": {"a": "b"}, "matchExpressions": expressions}));
        assert_eq!(label_selector("a>1").unwrap_err(), message("\"gt\" isn't supported in label selectors"));
    }
}
