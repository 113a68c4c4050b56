//! Putting an applied configuration into an object, and taking fields out of it
//! (`sigs.k8s.io/structured-merge-diff/typed`).

use serde_json::{Map, Value};

use super::path::{Element, ListType, Path, is_atomic, key_of, list_type};
use crate::resource::Kind;
use crate::resource::schema::{Shape, Struct, Type};

/// The object with all that the configuration says.
#[must_use]
pub fn merge(kind: Kind, live: &Value, config: &Value) -> Value {
    match (live, config) {
        (Value::Object(live), Value::Object(config)) => Value::Object(object(Struct::of(kind), live, config)),
        _ => config.clone(),
    }
}

fn object(of: &'static Struct, live: &Map<String, Value>, config: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = live.clone();
    for (name, new) in config {
        let value = match (of.field(name), live.get(name)) {
            (Some(field), Some(old)) if !is_atomic(of, field) => value(&field.ty, list_type(field), old, new),
            _ => new.clone(),
        };
        merged.insert(name.clone(), value);
    }
    merged
}

fn value(ty: &Type, list: ListType, live: &Value, config: &Value) -> Value {
    match (ty.shape, live, config) {
        (Shape::Struct(reference), Value::Object(live), Value::Object(config)) => {
            Value::Object(object(reference.get(), live, config))
        }
        (Shape::Map(element), Value::Object(live), Value::Object(config)) => {
            let mut merged = live.clone();
            for (key, new) in config {
                let old = live.get(key).unwrap_or(&Value::Null);
                merged.insert(key.clone(), value(element, ListType::Atomic, old, new));
            }
            merged.into()
        }
        (Shape::List(element), Value::Array(live), Value::Array(config)) if list != ListType::Atomic => {
            items(element, list, live, config).into()
        }
        _ => config.clone(),
    }
}

fn element_of(list: ListType, item: &Value) -> Element {
    match list {
        ListType::Map(keys) => key_of(keys, item),
        _ => Element::Value(item.to_string()),
    }
}

/// Items of the configuration in its order, those that only the object has where they were among them.
fn items(ty: &Type, list: ListType, live: &[Value], config: &[Value]) -> Vec<Value> {
    let theirs: Vec<Element> = config.iter().map(|item| element_of(list, item)).collect();
    let mut rest: Vec<(Element, &Value)> = live.iter().map(|item| (element_of(list, item), item)).collect();
    let mut merged = Vec::new();
    for (element, new) in theirs.iter().zip(config) {
        let Some(at) = rest.iter().position(|(own, _)| own == element) else {
            merged.push(new.clone());
            continue;
        };
        let only_live = |(own, _): &(Element, &Value)| !theirs.contains(own);
        merged.extend(rest[..at].iter().filter(|entry| only_live(entry)).map(|(_, item)| (*item).clone()));
        merged.push(value(ty, ListType::Atomic, rest[at].1, new));
        let before: Vec<_> = rest.drain(..=at).filter(|(own, _)| theirs.contains(own) && own != element).collect();
        rest.splice(0..0, before);
    }
    merged.extend(rest.into_iter().filter(|(own, _)| !theirs.contains(own)).map(|(_, item)| item.clone()));
    merged
}

/// Takes one field out of an object; what held it stays, even if it is empty then.
pub fn remove(object: &mut Value, path: &Path) {
    let Some((last, way)) = path.0.split_last() else { return };
    let mut at = object;
    for element in way {
        let next = match element {
            Element::Field(name) => at.get_mut(name),
            other => at.as_array_mut().and_then(|items| items.iter_mut().find(|item| is(other, item))),
        };
        let Some(next) = next else { return };
        at = next;
    }
    match (last, at) {
        (Element::Field(name), Value::Object(map)) => {
            map.remove(name);
        }
        (element, Value::Array(items)) => items.retain(|item| !is(element, item)),
        _ => {}
    }
}

/// Whether an element means this item.
fn is(element: &Element, item: &Value) -> bool {
    let same = |value: &Value, text: &str| serde_json::from_str::<Value>(text).is_ok_and(|other| other == *value);
    match element {
        Element::Key(keys) => keys.iter().all(|(key, value)| match &item[&**key] {
            Value::Null if *key == "protocol" => value == "\"TCP\"",
            own => same(own, value),
        }),
        Element::Value(value) => same(item, value),
        Element::Field(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_merged_by_key() {
        let live = json!({"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "x"}, {"name": "b"}]}});
        let config = json!({"spec": {"containers": [{"name": "b", "image": "2"}, {"name": "c"}, {"name": "a"}]}});
        let expect = json!([{"name": "x"}, {"name": "b", "image": "2"}, {"name": "c"}, {"name": "a", "image": "1"}]);
        let merged = merge(Kind::Pod, &live, &config);
        assert_eq!(merged["spec"]["containers"], expect);
    }

    #[test]
    fn fields_are_taken_out() {
        let mut pod = json!({"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b"}]}});
        let field = |name: &str| Element::Field(name.into());
        let item = Element::Key(vec![("name".into(), "\"a\"".into())]);
        let path = vec![field("spec"), field("containers"), item];
        remove(&mut pod, &Path([path.clone(), vec![field("image")]].concat()));
        assert_eq!(pod["spec"]["containers"][0], json!({"name": "a"}));
        remove(&mut pod, &Path(path));
        assert_eq!(pod["spec"]["containers"], json!([{"name": "b"}]));
    }
}
