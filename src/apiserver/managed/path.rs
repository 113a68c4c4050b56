//! The fields of an object as server-side apply tells them apart: each with a path through structs, maps, lists with
//! keys and sets. What `OpenAPI` calls atomic is one field (`sigs.k8s.io/structured-merge-diff/fieldpath`).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::resource::Kind;
use crate::resource::meta::Text;
use crate::resource::schema::{Field, Shape, Struct, Type};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Element {
    /// A field of a struct, or a key of a map.
    Field(String),
    /// The item of a list that has these values, as JSON, under these keys.
    Key(Vec<(Text, String)>),
    /// The item of a set with this value, as JSON.
    Value(String),
}

/// A path from the object to one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Path(pub Vec<Element>);

impl Path {
    fn to(&self, element: Element) -> Path {
        let mut path = self.clone();
        path.0.push(element);
        path
    }

    /// Whether `other` is this field or lies within it.
    #[must_use]
    pub fn holds(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for element in &self.0 {
            match element {
                Element::Field(name) => write!(f, ".{name}")?,
                Element::Value(value) => write!(f, "[={value}]")?,
                Element::Key(keys) => {
                    let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    write!(f, "[{}]", keys.join(","))?;
                }
            }
        }
        Ok(())
    }
}

/// How the elements of a list are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// Not at all: the list is one field.
    Atomic,
    /// By their value.
    Set,
    /// By what they have under these keys.
    Map(&'static [&'static str]),
}

/// Structs that are one field.
const ATOMIC: &[&str] = &[
    "core.ConfigMapKeySelector",
    "core.FileKeySelector",
    "core.LocalObjectReference",
    "core.NodeSelector",
    "core.NodeSelectorTerm",
    "core.ObjectFieldSelector",
    "core.ObjectReference",
    "core.ResourceFieldSelector",
    "core.ScopeSelector",
    "core.SecretKeySelector",
    "core.SecretReference",
    "core.TopologySelectorTerm",
    "core.TypedLocalObjectReference",
    "meta.LabelSelector",
];

/// What the list in a field is, from the rules of strategic merge patch; `OpenAPI` has more keys for some.
pub(super) fn list_type(field: &Field) -> ListType {
    match (field.patch.strategy, field.patch.key) {
        ("merge", "") => ListType::Set,
        ("merge", "containerPort") => ListType::Map(&["containerPort", "protocol"]),
        ("merge", "port") => ListType::Map(&["port", "protocol"]),
        ("merge", "topologyKey") => ListType::Map(&["topologyKey", "whenUnsatisfiable"]),
        ("merge", "name") => ListType::Map(&["name"]),
        ("merge", "mountPath") => ListType::Map(&["mountPath"]),
        ("merge", "devicePath") => ListType::Map(&["devicePath"]),
        ("merge", "ip") => ListType::Map(&["ip"]),
        ("merge", "type") => ListType::Map(&["type"]),
        ("merge", "uid") => ListType::Map(&["uid"]),
        _ => ListType::Atomic,
    }
}

/// The element of an item of a list with keys. A protocol that is left out is TCP.
pub(super) fn key_of(keys: &'static [&'static str], item: &Value) -> Element {
    let value = |key: &str| match (&item[key], key) {
        (Value::Null, "protocol") => "\"TCP\"".to_string(),
        (value, _) => value.to_string(),
    };
    Element::Key(keys.iter().map(|key| (Text::from(*key), value(key))).collect())
}

/// Whether a field is one whole, whatever is in it.
pub(super) fn is_atomic(of: &Struct, field: &Field) -> bool {
    let by_name = matches!((of.id(), field.name), ("core.PodSpec", "nodeSelector") | ("core.ServiceSpec", "selector"));
    let by_type = |ty: &Type| match ty.shape {
        Shape::Struct(reference) => ATOMIC.contains(&reference.get().id()),
        _ => false,
    };
    by_name || by_type(&field.ty)
}

/// The fields of an object, with their values; items of lists with keys are fields too, without a value. Unknown ones
/// are given to `unknown`. What names the object, and its status, is left out.
pub fn fields(kind: Kind, object: &Value, unknown: &mut Vec<Path>) -> BTreeMap<Path, Value> {
    let mut found = BTreeMap::new();
    if let Value::Object(map) = object {
        Walk { found: &mut found, unknown }.object(Struct::of(kind), map, &Path::default());
    }
    let own = |name: &str| Element::Field(name.to_string());
    for name in ["apiVersion", "kind", "status"] {
        found.retain(|path, _| path.0.first() != Some(&own(name)));
    }
    let names = ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields"];
    for name in names.iter().chain(&["resourceVersion", "generateName"]) {
        found.remove(&Path(vec![own("metadata"), own(name)]));
    }
    found
}

struct Walk<'w> {
    found: &'w mut BTreeMap<Path, Value>,
    unknown: &'w mut Vec<Path>,
}

impl Walk<'_> {
    fn object(&mut self, of: &'static Struct, map: &Map<String, Value>, at: &Path) {
        for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let path = at.to(Element::Field(name.clone()));
            match of.field(name) {
                None => self.unknown.push(path),
                Some(field) if is_atomic(of, field) => {
                    self.found.insert(path, value.clone());
                }
                Some(field) => self.value(&field.ty, list_type(field), value, path),
            }
        }
    }

    fn value(&mut self, ty: &Type, list: ListType, value: &Value, path: Path) {
        match (ty.shape, value) {
            (Shape::Struct(reference), Value::Object(map)) if !map.is_empty() => {
                self.object(reference.get(), map, &path);
            }
            (Shape::Map(element), Value::Object(map)) if !map.is_empty() => {
                for (key, value) in map {
                    self.value(element, ListType::Atomic, value, path.to(Element::Field(key.clone())));
                }
            }
            (Shape::List(element), Value::Array(items)) if list != ListType::Atomic && !items.is_empty() => {
                for item in items {
                    match list {
                        ListType::Map(keys) => {
                            let path = path.to(key_of(keys, item));
                            self.value(element, ListType::Atomic, item, path.clone());
                            self.found.insert(path, Value::Null);
                        }
                        _ => {
                            self.found.insert(path.to(Element::Value(item.to_string())), Value::Null);
                        }
                    }
                }
            }
            _ => {
                self.found.insert(path, value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_a_set() {
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", "labels": {"a": "b"}, "finalizers": ["x"]},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "nginx"}}, "nope": 1, "template": {"spec": {
                "containers": [{"name": "nginx", "image": "i", "ports": [{"containerPort": 80}], "args": ["a", "b"]}],
            }}},
        });
        let mut unknown = Vec::new();
        let found: Vec<String> = fields(Kind::StatefulSet, &set, &mut unknown).keys().map(Path::to_string).collect();
        let container = ".spec.template.spec.containers[name=\"nginx\"]";
        let mut expect = vec![
            ".metadata.finalizers[=\"x\"]".to_string(),
            ".metadata.labels.a".into(),
            ".spec.replicas".into(),
            ".spec.selector".into(),
            container.into(),
            format!("{container}.args"),
            format!("{container}.image"),
            format!("{container}.name"),
            format!("{container}.ports[containerPort=80,protocol=\"TCP\"]"),
            format!("{container}.ports[containerPort=80,protocol=\"TCP\"].containerPort"),
        ];
        expect.sort();
        let mut found = found;
        found.sort();
        assert_eq!(found, expect);
        assert_eq!(unknown.iter().map(Path::to_string).collect::<Vec<_>>(), [".spec.nope"]);
    }
}
