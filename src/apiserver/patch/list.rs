//! Lists in patches: finding elements, and the order of merged lists (spec/api.md part 12, rule 8).

use serde_json::{Map, Value};

use super::{DELETE, DIRECTIVE, PatchError, Result};
use crate::apiserver::decode;

/// What the elements of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elements {
    Maps,
    Scalars,
}

/// Go's type of a decoded JSON value.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

pub(super) fn as_map(value: &Value) -> Result<&Map<String, Value>> {
    value.as_object().ok_or_else(|| PatchError::bad_type("map[string]interface {}", value))
}

pub(super) fn as_list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().ok_or_else(|| PatchError::bad_type("[]interface {}", value))
}

/// What all elements of these lists are; they must be of one type.
pub(super) fn elements(lists: &[&[Value]]) -> Result<Elements> {
    let mut kind = None;
    for value in lists.iter().flat_map(|list| list.iter()) {
        match kind {
            None if value.is_array() => {
                return Err(PatchError::Inapplicable("lists of lists are not supported".into()));
            }
            None => kind = Some(go_type(value)),
            Some(kind) if kind != go_type(value) => {
                let all = Value::Array(lists.iter().map(|list| Value::from(list.to_vec())).collect());
                return Err(PatchError::other(format!(
                    "list element types are not identical: {}",
                    decode::go_text(&all)
                )));
            }
            Some(_) => {}
        }
    }
    match kind {
        None => Err(PatchError::other("no elements in any of the given slices")),
        Some("map[string]interface {}") => Ok(Elements::Maps),
        Some(_) => Ok(Elements::Scalars),
    }
}

/// The element's value of the merge key.
pub(super) fn key_of<'a>(element: &'a Value, key: &str) -> Result<&'a Value> {
    let map = as_map(element)?;
    map.get(key).ok_or_else(|| PatchError::no_merge_key(map, key))
}

/// Where the element of this merge key value is.
pub(super) fn find(list: &[Value], key: &str, value: &Value) -> Result<Option<usize>> {
    for (index, element) in list.iter().enumerate() {
        let Value::Object(map) = element else {
            return Err(PatchError::other(format!("value for key {index} is not a map")));
        };
        if map.get(key) == Some(value) {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Where an element is in an order, by its merge key or by itself.
fn index(order: &[Value], element: &Value, key: &str, kind: Elements) -> Option<usize> {
    match kind {
        Elements::Maps => order.iter().position(|other| other.get(key) == element.get(key)),
        Elements::Scalars => order.iter().position(|other| other == element),
    }
}

/// Go's insertion sort: where `less` is no strict order, the algorithm decides.
pub(super) fn insertion_sort(list: &mut [Value], less: impl Fn(&Value, &Value) -> bool) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && less(&list[at], &list[at - 1]) {
            list.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Sorts scalars by their text.
pub(super) fn sort_scalars(list: &mut [Value]) {
    list.sort_by_cached_key(decode::go_text);
}

/// Removes repeated scalars; the last element takes the place of one that goes, as upstream has it.
pub(super) fn deduplicate(list: &mut Vec<Value>) {
    let mut first = 0;
    while first + 1 < list.len() {
        let mut other = first + 1;
        while other < list.len() {
            if list[first] == list[other] {
                list.swap_remove(other);
            } else {
                other += 1;
            }
        }
        first += 1;
    }
}

/// Elements that carry `$patch: delete`, apart from the others.
pub(super) fn split_deletions(list: Vec<Value>) -> Result<(Vec<Value>, Vec<Value>)> {
    for element in &list {
        as_map(element)?;
    }
    Ok(list.into_iter().partition(|element| element[DIRECTIVE] != DELETE))
}

/// Orders `list` as `order` has it; deletions go last.
pub(super) fn sort_by_order(mut list: Vec<Value>, order: &[Value], key: &str, kind: Elements) -> Result<Vec<Value>> {
    let mut deletions = Vec::new();
    if kind == Elements::Maps {
        for element in list.iter().chain(order) {
            key_of(element, key)?;
        }
        (list, deletions) = split_deletions(list)?;
    }
    insertion_sort(&mut list, |a, b| match (index(order, a, key, kind), index(order, b, key, kind)) {
        (Some(a), Some(b)) => a < b,
        _ => true,
    });
    list.append(&mut deletions);
    Ok(list)
}

/// The list of the elements of a patch and of those only the server has, each in its own order, put together so that a
/// server's element stands before a patch's only if it does so in the live list.
pub(super) fn interleave(
    (patch, patch_order): (Vec<Value>, &[Value]),
    (server, live): (Vec<Value>, &[Value]),
    key: &str,
    kind: Elements,
) -> Result<Vec<Value>> {
    let mut patch = sort_by_order(patch, patch_order, key, kind)?.into_iter().peekable();
    let mut server = sort_by_order(server, live, key, kind)?.into_iter().peekable();
    let mut all = Vec::new();
    while let (Some(ours), Some(theirs)) = (patch.peek(), server.peek()) {
        let places = (index(live, theirs, key, kind), index(live, ours, key, kind));
        let server_first = matches!(places, (Some(theirs), Some(ours)) if theirs < ours);
        all.extend(if server_first { server.next() } else { patch.next() });
    }
    all.extend(patch);
    all.extend(server);
    Ok(all)
}

/// The elements that are also in `by`, apart from the others.
pub(super) fn partition(list: Vec<Value>, by: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for element in list {
        let found =
            if key.is_empty() { by.contains(&element) } else { find(by, key, key_of(&element, key)?)?.is_some() };
        if found { &mut inside } else { &mut outside }.push(element);
    }
    Ok((inside, outside))
}
