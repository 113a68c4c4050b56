//! A strategic merge patch merged into an object, or into another patch (spec/api.md part 12, rules 1 to 8).

use serde_json::{Map, Value};

use super::list::{self, Elements, as_list, as_map, go_type, key_of};
use super::lookup::Schema;
use super::{DELETE, DELETE_PRIMITIVES, DIRECTIVE, ELEMENT_ORDER, MERGE, PatchError, REPLACE, RETAIN_KEYS, Result};
use crate::apiserver::decode;

/// How to merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergeOptions {
    /// Carry directives out, as the server does; otherwise they are kept, as kubectl does with two patches.
    pub merge_lists: bool,
    /// Drop nulls that match nothing.
    pub drop_unmatched_nulls: bool,
}

fn unknown_directive(directive: &Value, map: &Map<String, Value>) -> PatchError {
    let map = decode::go_text(&Value::Object(map.clone()));
    PatchError::other(format!("unknown patch type: {} in map: {map}", decode::go_text(directive)))
}

/// The text after `PREFIX/`.
fn field_of<'a>(key: &'a str, prefix: &str) -> Result<&'a str> {
    let what = if prefix == ELEMENT_ORDER { "setElementOrder list" } else { "primitive list" };
    key.split_once('/')
        .filter(|(head, _)| *head == prefix)
        .map(|(_, field)| field)
        .ok_or_else(|| PatchError::Malformed(format!("invalid patch format of {what}")))
}

/// Takes elements and fields with a directive out of a value; false if the value itself has one.
fn remove_directives(value: &mut Value) -> bool {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => return false,
        Value::Object(map) => map.retain(|_, value| remove_directives(value)),
        Value::Array(list) => list.retain_mut(remove_directives),
        _ => {}
    }
    true
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => map.retain(|_, value| {
            discard_nulls(value);
            !value.is_null()
        }),
        Value::Array(list) => list.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// Merges `patch` into `original`; what it takes out of the patch is gone from it afterwards.
pub(super) fn maps(
    mut original: Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &Schema,
    options: MergeOptions,
) -> Result<Map<String, Value>> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        if directive == REPLACE {
            patch.remove(DIRECTIVE);
            return Ok(patch.clone());
        }
        return if directive == DELETE { Ok(Map::new()) } else { Err(unknown_directive(directive, patch)) };
    }
    retain_keys(&mut original, patch, options)?;
    ordered_lists(&mut original, patch, schema, options)?;
    let keys: Vec<String> = patch.keys().cloned().collect();
    for key in keys {
        let is_deletion = key.starts_with(DELETE_PRIMITIVES);
        let Some(value) = patch.get_mut(&key) else { continue };
        if is_deletion && !options.merge_lists {
            original.insert(key, value.clone());
            continue;
        }
        let name = if is_deletion { field_of(&key, DELETE_PRIMITIVES)? } else { key.as_str() };
        if value.is_null() {
            original.remove(name);
            if options.drop_unmatched_nulls {
                continue;
            }
        }
        match original.remove(name) {
            Some(live) if go_type(&live) == go_type(value) => {
                if let Some(merged) = values(name, live, value, schema, is_deletion, options)? {
                    original.insert(name.to_string(), merged);
                }
            }
            Some(live) if is_deletion => {
                original.insert(name.to_string(), live);
            }
            None if is_deletion => {}
            _ => {
                if options.drop_unmatched_nulls {
                    discard_nulls(value);
                }
                if remove_directives(value) {
                    original.insert(name.to_string(), value.clone());
                }
            }
        }
    }
    Ok(original)
}

/// Merges two values of one type; `None` if nothing is left.
fn values(
    key: &str,
    live: Value,
    patch: &mut Value,
    schema: &Schema,
    is_deletion: bool,
    options: MergeOptions,
) -> Result<Option<Value>> {
    match (live, patch) {
        (Value::Object(live), Value::Object(patch)) => {
            let (inner, rule) = schema.map(key)?;
            let merged = if rule.strategy == REPLACE { patch.clone() } else { maps(live, patch, &inner, options)? };
            Ok(Some(Value::Object(merged)))
        }
        (Value::Array(live), Value::Array(patch)) => {
            let (inner, rule) = schema.list(key)?;
            let merged = if rule.strategy == MERGE || is_deletion {
                lists(live, patch, &inner, rule.key, is_deletion, options)?
            } else {
                patch.clone()
            };
            Ok(Some(Value::Array(merged)))
        }
        (_, patch) => Ok(remove_directives(patch).then(|| patch.clone())),
    }
}

/// `$retainKeys`: drops the keys of `original` that it does not list (rule 7).
fn retain_keys(original: &mut Map<String, Value>, patch: &mut Map<String, Value>, options: MergeOptions) -> Result<()> {
    let Some(retained) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    if !options.merge_lists {
        match original.get(RETAIN_KEYS) {
            Some(other) if *other != retained => {
                let (other, retained) = (decode::go_text(other), decode::go_text(&retained));
                return Err(PatchError::other(format!(
                    "{other} and {retained} are not deep equal: this may happen when calculating the 3-way diff patch"
                )));
            }
            Some(_) => {}
            None => {
                original.insert(RETAIN_KEYS.to_string(), retained);
            }
        }
        return Ok(());
    }
    let malformed = || PatchError::Malformed("invalid patch format of retainKeys".into());
    let Value::Array(retained) = retained else { return Err(malformed()) };
    let listed = |key: &str| retained.iter().any(|name| name == key);
    for (key, value) in patch.iter() {
        let directive = key.starts_with(DELETE_PRIMITIVES) || key.starts_with(ELEMENT_ORDER);
        if !value.is_null() && !directive && !listed(key) {
            return Err(malformed());
        }
    }
    original.retain(|key, _| listed(key));
    Ok(())
}

/// `$setElementOrder/LIST`: merges the lists that have an order and orders them by it (rule 6).
fn ordered_lists(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &Schema,
    options: MergeOptions,
) -> Result<()> {
    let keys: Vec<String> = patch.keys().filter(|key| key.starts_with(ELEMENT_ORDER)).cloned().collect();
    for key in keys {
        let Some(order) = patch.remove(&key) else { continue };
        if !options.merge_lists {
            match original.get(&key) {
                Some(other) if *other != order => {
                    return Err(PatchError::Malformed("invalid patch format of setElementOrder list".into()));
                }
                Some(_) => {}
                None => {
                    original.insert(key.clone(), order.clone());
                }
            }
        }
        let order = as_list(&order)?;
        let name = field_of(&key, ELEMENT_ORDER)?;
        let live = original.get(name).map(as_list).transpose()?.cloned();
        let changes = patch.get(name).map(as_list).transpose()?.cloned();
        let (inner, rule) = schema.list(name)?;
        check_order(changes.as_deref().unwrap_or_default(), order, rule.key)?;
        let merged = match (live.clone(), changes.clone()) {
            (None, None) => continue,
            (Some(live), None) => live,
            (None, Some(changes)) => {
                let mut added = Value::Array(changes);
                remove_directives(&mut added);
                added.as_array().cloned().unwrap_or_default()
            }
            (Some(live), Some(mut changes)) if rule.strategy == MERGE => {
                lists(live, &mut changes, &inner, rule.key, false, options)?
            }
            (Some(_), Some(changes)) => changes,
        };
        let (live, changes) = (live.unwrap_or_default(), changes.unwrap_or_default());
        let (ours, theirs) = list::partition(merged, order, rule.key)?;
        let kind = list::elements(&[&live, &changes])?;
        let all = list::interleave((ours, order), (theirs, &live), rule.key, kind)?;
        original.insert(name.to_string(), Value::Array(all));
        patch.remove(name);
    }
    Ok(())
}

/// The elements of a patch list must all be in its order, in that order.
fn check_order(changes: &[Value], order: &[Value], key: &str) -> Result<()> {
    if order.is_empty() || changes.is_empty() {
        return Ok(());
    }
    let kept = if key.is_empty() { changes.to_vec() } else { list::split_deletions(changes.to_vec())?.0 };
    let (mut at, mut place) = (0, 0);
    while at < kept.len() && place < order.len() {
        if kept[at].get(DIRECTIVE).is_some() {
            at += 1;
            continue;
        }
        let equal = if key.is_empty() {
            kept[at] == order[place]
        } else {
            key_of(&kept[at], key)? == key_of(&order[place], key)?
        };
        at += usize::from(equal);
        place += 1;
    }
    if at < kept.len() && place >= order.len() {
        let text = |list: &[Value]| decode::go_text(&Value::from(list.to_vec()));
        return Err(PatchError::other(format!(
            "The order in patch list:\n{}\n doesn't match {ELEMENT_ORDER} list:\n{}\n",
            text(changes),
            text(order)
        )));
    }
    Ok(())
}

/// Merges two lists element by element (rules 2, 3 and 5).
fn lists(
    live: Vec<Value>,
    patch: &mut [Value],
    schema: &Schema,
    key: &str,
    is_deletion: bool,
    options: MergeOptions,
) -> Result<Vec<Value>> {
    if live.is_empty() && patch.is_empty() {
        return Ok(live);
    }
    let kind = list::elements(&[&live, patch])?;
    let (live, patch, merged) = if kind == Elements::Scalars {
        if options.merge_lists && is_deletion {
            return Ok(live.into_iter().filter(|value| !patch.contains(value)).collect());
        }
        let mut both = live.clone();
        both.extend(patch.iter().cloned());
        list::deduplicate(&mut both);
        (live, patch.to_vec(), both)
    } else {
        if key.is_empty() {
            return Err(PatchError::other(format!("cannot merge lists without merge key for {}", schema.name())));
        }
        let (live, mut patch) = special_elements(live, patch, key)?;
        let merged = elements(live.clone(), &mut patch, key, schema, options)?;
        (live, patch, merged)
    };
    let (ours, theirs) = list::partition(merged, &patch, key)?;
    list::interleave((ours, &patch), (theirs, &live), key, kind)
}

/// Carries out elements with `$patch`; the live list and the patch without them (rule 3).
fn special_elements(mut live: Vec<Value>, patch: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    let (mut plain, mut replace) = (Vec::new(), false);
    for element in patch {
        let map = as_map(element)?;
        match map.get(DIRECTIVE) {
            None => plain.push(element.clone()),
            Some(directive) if directive == DELETE => {
                let value = key_of(element, key)?;
                while let Some(index) = list::find(&live, key, value)? {
                    live.remove(index);
                }
            }
            Some(directive) if directive == REPLACE => replace = true,
            Some(directive) if directive == MERGE => {
                return Err(PatchError::other("merging lists cannot yet be specified in the patch"));
            }
            Some(directive) => return Err(unknown_directive(directive, map)),
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (live, plain) })
}

/// Merges elements of the same merge key, and adds the others (rule 2).
fn elements(
    mut live: Vec<Value>,
    patch: &mut [Value],
    key: &str,
    schema: &Schema,
    options: MergeOptions,
) -> Result<Vec<Value>> {
    for element in patch {
        let value = key_of(element, key)?;
        match (list::find(&live, key, value)?, element) {
            (Some(index), Value::Object(map)) => {
                let current = live[index].as_object().cloned().unwrap_or_default();
                live[index] = Value::Object(maps(current, map, schema, options)?);
            }
            (_, element) => live.push(element.clone()),
        }
    }
    Ok(live)
}
