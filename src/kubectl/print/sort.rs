//! `--sort-by`: orders objects by a `JSONPath` field (upstream `k8s.io/kubectl/pkg/cmd/get/sorter.go`).

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use super::go;
use super::jsonpath::{JsonPath, relaxed};
use crate::resource::quantity::Quantity;

/// Why objects cannot be sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortError {
    /// The field is no `JSONPath` expression, or no object has it.
    Field(String),
    /// The field has no order; upstream gives up on the spot.
    Unsortable(String),
}

impl From<String> for SortError {
    fn from(why: String) -> SortError {
        SortError::Field(why)
    }
}

impl fmt::Display for SortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (SortError::Field(why) | SortError::Unsortable(why)) = self;
        f.write_str(why)
    }
}

/// Where each object of `objects` goes: the indices in sorted order. `field` may lack the dot and the braces.
pub fn order<'a>(objects: impl IntoIterator<Item = &'a Value>, field: &str) -> Result<Vec<usize>, SortError> {
    let field = relaxed(field)?;
    let mut path = JsonPath::parse(&field)?.allow_missing_keys(true);
    let mut keys = Vec::new();
    for object in objects {
        let found = path.find(object)?;
        keys.push(found.into_iter().next().and_then(|first| first.into_iter().next()));
    }
    if !keys.iter().any(Option::is_some) {
        let quoted = go::quote(&field);
        return Err(format!("couldn't find any field with path {quoted} in the list of objects").into());
    }
    for pair in keys.windows(2) {
        if let [Some(left), Some(right)] = pair {
            less(left, right).map_err(|why| SortError::Unsortable(format!("field {field} cannot be sorted: {why}")))?;
        }
    }
    let is_less = |a: usize, b: usize| match (&keys[a], &keys[b]) {
        (None, _) => true,
        (_, None) => false,
        (Some(left), Some(right)) => less(left, right).unwrap_or(false),
    };
    Ok(sorted(keys.len(), is_less))
}

/// The order Go's `sort.Sort` gives for `is_less`: insertion up to twelve elements; beyond that elements that are
/// equal stay in order here.
pub fn sorted(length: usize, is_less: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    const INSERTION: usize = 12;
    let mut order: Vec<usize> = (0..length).collect();
    if length <= INSERTION {
        for end in 1..length {
            let mut at = end;
            while at > 0 && is_less(order[at], order[at - 1]) {
                order.swap(at, at - 1);
                at -= 1;
            }
        }
        return order;
    }
    merge_sort(&order, &is_less)
}

fn merge_sort(order: &[usize], is_less: &impl Fn(usize, usize) -> bool) -> Vec<usize> {
    if order.len() < 2 {
        return order.to_vec();
    }
    let (left, right) = order.split_at(order.len() / 2);
    let (left, right) = (merge_sort(left, is_less), merge_sort(right, is_less));
    let mut merged = Vec::with_capacity(order.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        let next = if is_less(*r, *l) { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

fn less(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (_, Value::Null) => Ok(false),
        (Value::Null, _) => Ok(true),
        (Value::String(left), Value::String(right)) => {
            let ordering = match (Quantity::parse(left), Quantity::parse(right)) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.cmp(right),
            };
            Ok(ordering == Ordering::Less)
        }
        (Value::Number(left), Value::Number(right)) if left.is_f64() == right.is_f64() => {
            Ok(match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => left < right,
                _ => left.as_f64() < right.as_f64(),
            })
        }
        (Value::String(_) | Value::Number(_), _) => Err("unsortable interface: interface".to_string()),
        (Value::Bool(_), _) => Err("unsortable type: bool".to_string()),
        (Value::Array(_), _) => Err("unsortable type: []interface {}".to_string()),
        (Value::Object(_), _) => Err("unsortable type: map[string]interface {}".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(values: &Value, field: &str, expect: &[usize]) {
        let objects: Vec<Value> = values.as_array().into_iter().flatten().map(|v| json!({"k": v})).collect();
        assert_eq!(order(&objects, field).as_deref(), Ok(expect), "{values}");
    }

    #[test]
    fn fields_of_every_type() {
        check(&json!(["b", "a", "c"]), ".k", &[1, 0, 2]);
        check(&json!([10, 9, -1]), "{.k}", &[2, 1, 0]);
        check(&json!(["10Gi", "9Gi", "100Mi"]), "k", &[2, 1, 0]);
        check(&json!([1.5, 0.5]), "k", &[1, 0]);
        check(&json!(["web-10", "web-9"]), "k", &[0, 1]);
        check(&json!([2, null, 1]), "k", &[1, 2, 0]);
    }

    #[test]
    fn objects_without_the_field_come_first() {
        let objects = [json!({"k": 2}), json!({}), json!({"k": 1})];
        assert_eq!(order(&objects, "k").as_deref(), Ok([1, 2, 0].as_slice()));
        let why = "couldn't find any field with path \"{.x}\" in the list of objects";
        assert_eq!(order(&objects, ".x"), Err(SortError::Field(why.to_string())));
    }

    #[test]
    fn long_lists_keep_equals_in_order() {
        let keys: Vec<usize> = (0..40).map(|n| (n * 7) % 5).collect();
        let order = sorted(keys.len(), |a, b| keys[a] < keys[b]);
        for pair in order.windows(2) {
            assert!((keys[pair[0]], pair[0]) < (keys[pair[1]], pair[1]));
        }
    }

    #[test]
    fn unsortable() {
        let objects = [json!({"k": {}}), json!({"k": {}})];
        let why = "field {.k} cannot be sorted: unsortable type: map[string]interface {}";
        assert_eq!(order(&objects, "k"), Err(SortError::Unsortable(why.to_string())));
    }
}
