//! Strategic merge patches computed from two objects, and whether two patches conflict
//! (`k8s.io/apimachinery/pkg/util/strategicpatch/patch.go`).

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::list::{self, Elements, as_map, go_type, key_of};
use super::lookup::Schema;
use super::{DELETE, DELETE_PRIMITIVES, DIRECTIVE, ELEMENT_ORDER, MERGE, PatchError, REPLACE, RETAIN_KEYS, Result};
use crate::apiserver::decode::go_text;
use crate::resource::schema::PatchRule;

/// What a difference says.
#[expect(clippy::struct_excessive_bools, reason = "four independent switches, named as upstream names them")]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DiffOptions {
    /// Say the order of changed lists with `$setElementOrder`.
    pub element_order: bool,
    /// Leave out what was changed or added.
    pub ignore_changes: bool,
    /// Leave out what was deleted.
    pub ignore_deletions: bool,
    /// Say the keys to keep with `$retainKeys`.
    pub retain_keys: bool,
}

/// The patch that makes `modified` of `original`, whose scalar merge lists get sorted, as upstream does.
pub(super) fn maps(
    original: &mut Map<String, Value>,
    modified: &Map<String, Value>,
    schema: &Schema,
    options: DiffOptions,
) -> Result<Map<String, Value>> {
    let mut patch = Map::new();
    for (key, new) in modified {
        match original.get_mut(key) {
            Some(old) if key == DIRECTIVE => {
                if !old.is_string() || !new.is_string() {
                    return Err(PatchError::other(format!("invalid value for special key: {DIRECTIVE}")));
                }
                if old != new {
                    patch.insert(key.clone(), new.clone());
                }
            }
            Some(old) if go_type(old) == go_type(new) => value(key, old, new, &mut patch, schema, options)?,
            _ if options.ignore_changes => {}
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    let gone: Vec<&String> = original.keys().filter(|key| !modified.contains_key(*key)).collect();
    if !options.ignore_deletions {
        patch.extend(gone.iter().map(|key| ((*key).clone(), Value::Null)));
    }
    if options.retain_keys {
        let retained: Vec<&String> = modified.iter().filter(|(_, v)| !v.is_null()).map(|(key, _)| key).collect();
        let cleared = gone.iter().any(|key| !original[*key].is_null());
        if !retained.is_empty() && (!patch.is_empty() || cleared) {
            patch.insert(RETAIN_KEYS.to_string(), json!(retained));
        }
    }
    Ok(patch)
}

/// Compares two values of one type.
fn value(
    key: &str,
    old: &mut Value,
    new: &Value,
    patch: &mut Map<String, Value>,
    schema: &Schema,
    options: DiffOptions,
) -> Result<()> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let (inner, rule) = match schema.map(key) {
                Ok(found) => found,
                Err(_) if old == new => return Ok(()),
                Err(error) => return Err(error),
            };
            if rule.strategy == REPLACE {
                if !options.ignore_changes {
                    patch.insert(key.to_string(), Value::Object(new.clone()));
                }
                return Ok(());
            }
            let difference = maps(old, new, &inner, DiffOptions { retain_keys: rule.retain_keys, ..options })?;
            if !difference.is_empty() {
                patch.insert(key.to_string(), Value::Object(difference));
            }
        }
        (Value::Array(old), Value::Array(new)) => match schema.list(key) {
            Ok((inner, rule)) if rule.strategy == MERGE => lists(key, old, new, patch, (&inner, rule), options)?,
            Err(error) if old != new => return Err(error),
            Ok(_) if old != new && !options.ignore_changes => {
                patch.insert(key.to_string(), Value::Array(new.clone()));
            }
            _ => {}
        },
        (old, new) => {
            if old != new && !options.ignore_changes {
                patch.insert(key.to_string(), new.clone());
            }
        }
    }
    Ok(())
}

/// Compares two lists that merge: changes, deletions and order.
fn lists(
    key: &str,
    old: &mut [Value],
    new: &[Value],
    patch: &mut Map<String, Value>,
    (schema, rule): (&Schema, PatchRule),
    options: DiffOptions,
) -> Result<()> {
    if old.is_empty() {
        if !new.is_empty() && !options.ignore_changes {
            patch.insert(key.to_string(), Value::from(new.to_vec()));
        }
        return Ok(());
    }
    let options = DiffOptions { retain_keys: rule.retain_keys, ..options };
    let (changes, deletions, order);
    if list::elements(&[old, new])? == Elements::Maps {
        let (changed, deleted) = lists_of_maps(old, new, schema, rule.key, options)?;
        let mut all = list::sort_by_order(changed, new, rule.key, Elements::Maps)?;
        let same_order = same_order(old, new, rule.key)?;
        all.extend(deleted);
        order = (!options.ignore_changes && (!all.is_empty() || !same_order))
            || (!options.ignore_deletions && !all.is_empty());
        (changes, deletions) = (all, Vec::new());
    } else {
        let (added, deleted) = lists_of_scalars(old, new, options);
        changes = list::sort_by_order(added, new, rule.key, Elements::Scalars)?;
        order = (!options.ignore_deletions && !deleted.is_empty()) || (!options.ignore_changes && *old != *new);
        deletions = deleted;
    }
    if !changes.is_empty() {
        patch.insert(key.to_string(), Value::from(changes));
    }
    if !deletions.is_empty() {
        patch.insert(format!("{DELETE_PRIMITIVES}/{key}"), Value::from(deletions));
    }
    if options.element_order && order && !new.is_empty() {
        let key_only = |element: &Value| if rule.key.is_empty() { element.clone() } else { only(element, rule.key) };
        let order: Vec<Value> = new.iter().map(key_only).collect();
        patch.insert(format!("{ELEMENT_ORDER}/{key}"), Value::from(order));
    }
    Ok(())
}

/// A map with the merge key alone.
fn only(element: &Value, key: &str) -> Value {
    Value::Object(Map::from_iter([(key.to_string(), element[key].clone())]))
}

fn same_order(old: &[Value], new: &[Value], key: &str) -> Result<bool> {
    if old.len() != new.len() {
        return Ok(false);
    }
    for (old, new) in old.iter().zip(new) {
        if key_of(old, key)? != key_of(new, key)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn lists_of_scalars(old: &mut [Value], new: &[Value], options: DiffOptions) -> (Vec<Value>, Vec<Value>) {
    list::sort_scalars(old);
    let mut sorted = new.to_vec();
    list::sort_scalars(&mut sorted);
    let (mut added, mut deleted) = (Vec::new(), Vec::new());
    walk_sorted(old, &sorted, go_text, |pair| match pair {
        (Some(_), Some(_)) => {}
        (old, new) => {
            deleted.extend(old.filter(|_| !options.ignore_deletions).cloned());
            added.extend(new.filter(|_| !options.ignore_changes).cloned());
        }
    });
    list::deduplicate(&mut deleted);
    (added, deleted)
}

/// Goes through two sorted lists side by side: elements of equal text together, others alone.
fn walk_sorted<'a>(
    old: &'a [Value],
    new: &'a [Value],
    text: impl Fn(&Value) -> String,
    mut visit: impl FnMut((Option<&'a Value>, Option<&'a Value>)),
) {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => text(old).cmp(&text(new)),
        };
        visit(match order {
            Ordering::Less => (old.next(), None),
            Ordering::Equal => (old.next(), new.next()),
            Ordering::Greater => (None, new.next()),
        });
    }
}

fn lists_of_maps(
    old: &[Value],
    new: &[Value],
    schema: &Schema,
    key: &str,
    options: DiffOptions,
) -> Result<(Vec<Value>, Vec<Value>)> {
    for element in old.iter().chain(new) {
        key_of(element, key)?;
    }
    let sorted = |list: &[Value]| {
        let mut list = list.to_vec();
        list::insertion_sort(&mut list, |a, b| go_text(&a[key]) <= go_text(&b[key]));
        list
    };
    let (old, new) = (sorted(old), sorted(new));
    let (mut changed, mut deleted, mut failed) = (Vec::new(), Vec::new(), None);
    walk_sorted(
        &old,
        &new,
        |value| go_text(&value[key]),
        |pair| match pair {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                match maps(&mut old.clone(), new, schema, options) {
                    Ok(mut patch) if !patch.is_empty() => {
                        patch.insert(key.to_string(), new[key].clone());
                        changed.push(Value::Object(patch));
                    }
                    Ok(_) => {}
                    Err(error) => failed = failed.take().or(Some(error)),
                }
            }
            (None, Some(new)) if !options.ignore_changes => changed.push(new.clone()),
            (Some(old), None) if !options.ignore_deletions => {
                let mut deletion = only(old, key);
                deletion[DIRECTIVE] = DELETE.into();
                deleted.push(deletion);
            }
            _ => {}
        },
    );
    failed.map_or(Ok((changed, deleted)), Err)
}

/// Whether two patches set the same key differently (`MergingMapsHaveConflicts`).
pub(super) fn maps_conflict(left: &Map<String, Value>, right: &Map<String, Value>, schema: &Schema) -> Result<bool> {
    if left.get(DIRECTIVE) != right.get(DIRECTIVE) {
        return Ok(true);
    }
    for (key, ours) in left.iter().filter(|(key, _)| *key != DIRECTIVE && *key != RETAIN_KEYS) {
        let Some(theirs) = right.get(key) else { continue };
        let found = match ours {
            Value::Array(_) => Some(schema.list(key)?),
            Value::Object(_) => Some(schema.map(key)?),
            _ => None,
        };
        if values_conflict(ours, theirs, found)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn values_conflict(left: &Value, right: &Value, found: Option<(Schema, PatchRule)>) -> Result<bool> {
    let (schema, rule) = found.unwrap_or((Schema::Other("invalid"), PatchRule::default()));
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            if rule.strategy == REPLACE && left.get(DIRECTIVE) == right.get(DIRECTIVE) {
                return Ok(false);
            }
            maps_conflict(left, right, &schema)
        }
        (Value::Array(left), Value::Array(right)) => {
            let kind = list::elements(&[left, right])?;
            if rule.strategy == MERGE {
                return if kind == Elements::Maps {
                    merge_lists_conflict(left, right, rule.key, &schema)
                } else {
                    Ok(false)
                };
            }
            if left.len() != right.len() {
                return Ok(true);
            }
            let (mut left, mut right) = (left.clone(), right.clone());
            if kind == Elements::Scalars {
                for list in [&mut left, &mut right] {
                    list::deduplicate(list);
                    list::sort_scalars(list);
                }
            }
            for (left, right) in left.iter().zip(&right) {
                if values_conflict(left, right, Some((schema, PatchRule::default())))? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(left != right),
    }
}

fn merge_lists_conflict(left: &[Value], right: &[Value], key: &str, schema: &Schema) -> Result<bool> {
    for ours in left {
        let map = as_map(ours)?;
        for theirs in right.iter().filter(|theirs| theirs.get(key) == map.get(key)) {
            if maps_conflict(map, as_map(theirs)?, schema)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
