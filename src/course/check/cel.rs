//! CEL over the cluster's objects: `objects('Pod')` are all of a kind, `object('Pod', 'web-0')` is one of the namespace
//! `default` (null if it is not there). Kinds are written as texts, so that only what an expression asks for is read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cel::objects::{Key, Map};
use cel::{Context, Env, ExecutionError, Value};
use regex::Regex;

use crate::cluster::Cluster;
use crate::resource::Kind;

/// An expression that was read.
#[derive(Clone)]
pub struct Program {
    source: String,
    kinds: Vec<Kind>,
    compiled: Arc<cel::Program>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.source).finish()
    }
}

impl PartialEq for Program {
    fn eq(&self, other: &Program) -> bool {
        self.source == other.source
    }
}

impl Program {
    /// Reads an expression.
    pub fn new(source: &str) -> Result<Program, String> {
        let program = cel::Program::compile(source).map_err(|errors| format!("cel: {}", brief(&errors.to_string())))?;
        let kinds = kinds(source)?;
        Ok(Program { source: source.to_string(), kinds, compiled: Arc::new(program) })
    }

    /// Whether the expression is true.
    pub(super) fn holds(&self, cluster: &Cluster) -> Result<(), String> {
        let lists = self.kinds.iter().map(|kind| (kind.info().name.to_string(), list(cluster, *kind)));
        let lists: Arc<BTreeMap<String, Arc<Vec<Value>>>> = Arc::new(lists.collect());
        let mut context = Context::with_env(Arc::new(Env::stdlib()));
        let known = Arc::clone(&lists);
        let objects = move |kind: Arc<String>| -> Result<Value, ExecutionError> {
            Ok(Value::List(of_kind(&known, &kind, "objects")?))
        };
        let object = move |kind: Arc<String>, name: Arc<String>| -> Result<Value, ExecutionError> {
            let list = of_kind(&lists, &kind, "object")?;
            Ok(list.iter().find(|object| is_named(object, &name)).cloned().unwrap_or(Value::Null))
        };
        let added = context.add_function("objects", objects).and_then(|()| context.add_function("object", object));
        added.map_err(|error| error.to_string())?;
        match self.compiled.execute(&context) {
            Ok(Value::Bool(true)) => Ok(()),
            Ok(Value::Bool(false)) => Err(format!("`{}` is false", self.brief())),
            Ok(_) => Err(format!("`{}` is neither true nor false", self.brief())),
            Err(error) => Err(format!("`{}` cannot be answered: {}", self.brief(), told(&error))),
        }
    }

    fn brief(&self) -> String {
        brief(&self.source)
    }
}

fn brief(text: &str) -> String {
    crate::view::words::cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), 200)
}

/// The kinds that an expression asks for.
fn kinds(source: &str) -> Result<Vec<Kind>, String> {
    let calls = Regex::new(r#"\bobjects?\s*\(\s*(?:'([^']*)'|"([^"]*)")?"#).map_err(|error| error.to_string())?;
    let mut kinds = Vec::new();
    for call in calls.captures_iter(source) {
        let Some(word) = call.get(1).or_else(|| call.get(2)).map(|word| word.as_str()) else {
            return Err("cel: the kind is written as a text, as in objects('Pod')".into());
        };
        let kind = Kind::parse(word).filter(|kind| kind.info().name == word);
        kinds.push(kind.ok_or_else(|| format!("cel: the lab has no kind {word:?}"))?);
    }
    Ok(kinds)
}

fn list(cluster: &Cluster, kind: Kind) -> Arc<Vec<Value>> {
    Arc::new(cluster.api.store.all(kind).map(|object| value(&object.to_json())).collect())
}

fn of_kind(
    lists: &BTreeMap<String, Arc<Vec<Value>>>,
    kind: &str,
    function: &str,
) -> Result<Arc<Vec<Value>>, ExecutionError> {
    lists.get(kind).cloned().ok_or_else(|| ExecutionError::function_error(function, format!("no kind {kind}")))
}

/// Whether an object of the namespace `default`, or of none, has this name.
fn is_named(object: &Value, name: &str) -> bool {
    let text = |key: &str| match object {
        Value::Map(map) => match map.get(&Key::from("metadata")) {
            Some(Value::Map(meta)) => match meta.get(&Key::from(key)) {
                Some(Value::String(text)) => Some(Arc::clone(text)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    text("name").is_some_and(|found| *found == *name)
        && text("namespace").is_none_or(|namespace| *namespace == *"default")
}

/// JSON as CEL has it: whole numbers are integers.
fn value(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(list) => Value::List(Arc::new(list.iter().map(value).collect())),
        Json::Object(map) => {
            let members = map.iter().map(|(key, member)| (Key::from(key.as_str()), value(member)));
            Value::Map(Map { map: Arc::new(members.collect()) })
        }
    }
}

/// An error without the values in it, whose order is not the same in every run.
fn told(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no field {key}"),
        ExecutionError::UndeclaredReference(name) => format!("nothing is called {name}"),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::InvalidArgumentCount { .. } => "a function has too many or too few arguments".into(),
        _ => "it compares or combines things of different types, or one that is null".into(),
    }
}
