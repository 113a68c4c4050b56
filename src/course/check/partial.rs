//! Partial objects: an object contains what an author wrote if each map in it has at least those members, and each list
//! has as many elements, each of which contains what is written for it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::brief;
use crate::cluster::Cluster;
use crate::resource::{Kind, Object};

/// How many differences are told of one object.
const TOLD: usize = 3;
/// How deep an author's object may be.
const DEPTH: usize = 64;

/// Part of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    kind: Kind,
    namespace: String,
    name: Option<String>,
    body: Map<String, Value>,
}

impl Partial {
    /// Reads a partial object; its kind must be one the lab knows.
    pub fn new(value: Value) -> Result<Partial, String> {
        let Value::Object(mut body) = value else { return Err("an object is written as a map".into()) };
        if depth(&body) > DEPTH {
            return Err(format!("an object more than {DEPTH} levels deep"));
        }
        let version = body.remove("apiVersion");
        let Some(Value::String(word)) = body.remove("kind") else { return Err("an object without kind".into()) };
        let kind = Kind::parse(&word).filter(|kind| kind.info().name == word);
        let kind = kind.ok_or_else(|| format!("the lab has no kind {word:?}"))?;
        if version.is_some_and(|version| version != kind.api_version()) {
            return Err(format!("{word} is of apiVersion {}", kind.api_version()));
        }
        let text =
            |key: &str| body.get("metadata").and_then(|m| m.get(key)).and_then(Value::as_str).map(str::to_string);
        let namespace = text("namespace").unwrap_or_else(|| "default".into());
        let namespace = if kind.info().namespaced { namespace } else { String::new() };
        Ok(Partial { kind, namespace, name: text("name"), body })
    }

    /// The kind of object it is about.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name it asks for, if it asks for one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it is about, in words.
    fn subject(&self) -> String {
        let of = match self.namespace.as_str() {
            "" | "default" => String::new(),
            namespace => format!(" in namespace {namespace}"),
        };
        self.name.as_ref().map_or_else(|| format!("{}{of}", self.kind), |name| format!("{} {name}{of}", self.kind))
    }

    fn objects<'c>(&'c self, cluster: &'c Cluster) -> Box<dyn Iterator<Item = &'c Arc<Object>> + 'c> {
        let store = &cluster.api.store;
        match &self.name {
            Some(name) => Box::new(store.get(self.kind, &self.namespace, name).into_iter()),
            None => Box::new(store.in_namespace(self.kind, &self.namespace)),
        }
    }

    fn differences(&self, object: &Object) -> Vec<String> {
        let mut out = Vec::new();
        let found = object.to_json();
        for (key, wanted) in &self.body {
            differ(key, wanted, found.get(key), &mut out);
        }
        out
    }

    fn holders<'c>(&'c self, cluster: &'c Cluster) -> impl Iterator<Item = &'c Arc<Object>> + 'c {
        self.objects(cluster).filter(|object| self.differences(object).is_empty())
    }

    /// Some object contains it; if none does, how the nearest one differs.
    pub(super) fn is_there(&self, cluster: &Cluster) -> Result<(), String> {
        let mut nearest: Option<(Vec<String>, &Object)> = None;
        for object in self.objects(cluster) {
            let differences = self.differences(object);
            if differences.is_empty() {
                return Ok(());
            }
            if nearest.as_ref().is_none_or(|(known, _)| differences.len() < known.len()) {
                nearest = Some((differences, object));
            }
        }
        let Some((mut differences, object)) = nearest else { return Err(format!("there is no {}", self.subject())) };
        let more = differences.len().saturating_sub(TOLD);
        differences.truncate(TOLD);
        if more > 0 {
            differences.push(format!("and {more} more"));
        }
        let told = differences.join("; ");
        Err(match &self.name {
            Some(_) => format!("{}: {told}", self.subject()),
            None => format!("no {} is as wanted; the nearest is {}: {told}", self.subject(), object.meta.name),
        })
    }

    /// No object contains it; if some do, which.
    pub(super) fn is_absent(&self, cluster: &Cluster) -> Result<(), String> {
        let names: Vec<&str> = self.holders(cluster).map(|object| &*object.meta.name).collect();
        match names.as_slice() {
            [] => Ok(()),
            [name] => Err(format!("{} {name} is there", self.kind)),
            names => Err(format!("{} are there: {}", self.kind.info().plural, listed(names))),
        }
    }

    /// So many objects contain it.
    pub(super) fn is_there_times(&self, cluster: &Cluster, at_least: usize, at_most: usize) -> Result<(), String> {
        let names: Vec<&str> = self.holders(cluster).map(|object| &*object.meta.name).collect();
        if (at_least..=at_most).contains(&names.len()) {
            return Ok(());
        }
        let wanted = match (at_least, at_most) {
            (least, most) if least == most => least.to_string(),
            (least, usize::MAX) => format!("at least {least}"),
            (0, most) => format!("at most {most}"),
            (least, most) => format!("{least} to {most}"),
        };
        let plural = self.kind.info().plural;
        let of = if names.is_empty() { String::new() } else { format!(" ({})", listed(&names)) };
        Err(format!("{} {plural} are as wanted{of}, wanted {wanted}", names.len()))
    }
}

/// Names, the first ones of many.
fn listed(names: &[&str]) -> String {
    let first = names.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 8 { format!("{first} and {} more", names.len() - 8) } else { first }
}

fn depth(body: &Map<String, Value>) -> usize {
    fn of(value: &Value, left: usize) -> usize {
        if left == 0 {
            return 0;
        }
        match value {
            Value::Object(map) => 1 + map.values().map(|value| of(value, left - 1)).max().unwrap_or(0),
            Value::Array(list) => 1 + list.iter().map(|value| of(value, left - 1)).max().unwrap_or(0),
            _ => 0,
        }
    }
    1 + body.values().map(|value| of(value, DEPTH + 1)).max().unwrap_or(0)
}

/// Tells how what is found differs from what is wanted.
fn differ(path: &str, wanted: &Value, found: Option<&Value>, out: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Null, None) => {}
        (Value::Object(wanted), Some(Value::Object(found))) => {
            for (key, wanted) in wanted {
                differ(&member(path, key), wanted, found.get(key), out);
            }
        }
        (Value::Array(wanted), Some(Value::Array(found))) => {
            if wanted.len() != found.len() {
                let count = found.len();
                out.push(format!(
                    "{path} has {count} element{}, wanted {}",
                    if count == 1 { "" } else { "s" },
                    wanted.len()
                ));
                return;
            }
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                differ(&format!("{path}[{index}]"), wanted, Some(found), out);
            }
        }
        (Value::Object(wanted), None) if !wanted.is_empty() => {
            for (key, wanted) in wanted {
                differ(&member(path, key), wanted, None, out);
            }
        }
        (wanted, Some(found)) if same(wanted, found) => {}
        (wanted, Some(found)) => out.push(format!("{path} is {}, wanted {}", brief(found), brief(wanted))),
        (wanted, None) => out.push(format!("{path} is not set, wanted {}", brief(wanted))),
    }
}

fn member(path: &str, key: &str) -> String {
    if key.contains(['.', '/']) { format!("{path}[{key}]") } else { format!("{path}.{key}") }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}
