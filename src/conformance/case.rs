//! A case on disk: its steps (`case.yaml`) and what a real cluster did (`recorded.json`, perhaps compressed). The second
//! of its two runs is kept as what was different from the first, and is put together again here.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::regex::GENERATED;
use crate::manifest::yaml_to_json;

/// The file with the steps.
pub const STEPS: &str = "case.yaml";
/// The file with the recording; it may have `.gz` after it.
pub const RECORDING: &str = "recorded.json";

/// One step of a case, as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step(pub Value);

impl Step {
    /// The kubectl command of the step.
    #[must_use]
    pub fn kubectl(&self) -> Option<&str> {
        self.0.get("kubectl")?.as_str()
    }

    /// What the kubectl command reads.
    #[must_use]
    pub fn stdin(&self) -> &str {
        self.0["stdin"].as_str().unwrap_or_default()
    }

    /// What the step breaks or heals.
    #[must_use]
    pub fn fault(&self) -> Option<&Map<String, Value>> {
        self.0.get("fault")?.as_object()
    }

    /// The seconds that the step lets pass.
    #[must_use]
    pub fn sleep(&self) -> Option<f64> {
        self.0.get("sleep")?.as_f64()
    }

    /// Whether the step waits until all is quiet.
    #[must_use]
    pub fn settles(&self) -> bool {
        self.0.get("settle").is_some()
    }

    /// The seconds that count as quiet.
    #[must_use]
    pub fn quiet(&self) -> Option<f64> {
        self.0["settle"]["quiet"].as_f64()
    }
}

/// What one step did, in a recording or here.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The exit code of a kubectl command.
    pub exit: Option<i64>,
    /// What it printed.
    pub stdout: Option<String>,
    /// What it complained.
    pub stderr: Option<String>,
    /// Whether a limit was hit.
    pub timed_out: bool,
    /// All objects after a settle.
    pub objects: Option<Vec<Value>>,
    /// What happened since the settle before.
    pub trace: Option<Vec<Value>>,
    /// Why the step failed altogether.
    pub error: Option<String>,
}

/// A case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its folder.
    pub dir: PathBuf,
    /// Its folder's name.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The group it belongs to.
    pub area: String,
    /// Whether it had the recorded cluster to itself: then Nodes and unclaimed volumes are compared too.
    pub serial: bool,
    /// What became of node names in the recording.
    pub nodes: NodeNames,
    /// The steps.
    pub steps: Vec<Step>,
    /// The recorded runs: one or two.
    pub runs: Vec<Vec<Recorded>>,
    /// Whether two controllers may have written the same claim at once.
    pub conflicts: bool,
    /// Why the case cannot be judged.
    pub problem: Option<String>,
}

/// What becomes of node names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeNames {
    /// All are `<node>`.
    #[default]
    Hide,
    /// They are numbered in the order Pods came to them.
    Permute,
    /// They stay.
    Keep,
}

impl Case {
    /// Reads the case in a folder. What is wrong with it is kept as its problem.
    #[must_use]
    pub fn load(dir: &Path) -> Case {
        let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut case = Case { dir: dir.into(), name, area: "?".into(), ..Case::default() };
        case.problem = case.read().err();
        case
    }

    fn read(&mut self) -> Result<(), String> {
        let text = std::fs::read_to_string(self.dir.join(STEPS)).map_err(|error| format!("{STEPS}: {error}"))?;
        let value = yaml_to_json(&text).map_err(|error| format!("{STEPS}: {error}"))?;
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_string();
        (self.title, self.serial) = (text("title"), value["serial"].as_bool().unwrap_or(false));
        self.area = value["area"].as_str().unwrap_or("?").to_string();
        self.nodes = match (value["nodes"].as_str(), self.serial) {
            (Some("keep"), _) => NodeNames::Keep,
            (Some("permute"), _) | (None, true) => NodeNames::Permute,
            _ => NodeNames::Hide,
        };
        let steps = value["steps"].as_array().ok_or(format!("{STEPS}: no steps"))?;
        self.steps = steps.iter().cloned().map(Step).collect();
        let recording = read_recording(&self.dir)?;
        self.check(&recording)?;
        self.conflicts = races(&recording["steps"]);
        self.runs = vec![steps_of(&recording["steps"])];
        self.runs.extend(second(&recording).as_ref().map(steps_of));
        Ok(())
    }

    /// Whether the recording is one of these steps.
    fn check(&self, recording: &Value) -> Result<(), String> {
        let recorded = recording["steps"].as_array().filter(|steps| steps.len() == self.steps.len());
        let recorded = recorded.ok_or("the recording has other steps than case.yaml")?;
        for (recorded, step) in recorded.iter().zip(&self.steps) {
            if recorded["step"] != step.0 {
                return Err("the recording is of an older case.yaml".into());
            }
            let whole = |keys: &[&str]| keys.iter().all(|key| recorded.get(key).is_some());
            if step.settles() && !whole(&["objects", "trace"]) || step.kubectl().is_some() && !whole(&["exit"]) {
                return Err("the recording is incomplete".into());
            }
        }
        Ok(())
    }
}

fn read_recording(dir: &Path) -> Result<Value, String> {
    let plain = dir.join(RECORDING);
    let packed = dir.join(format!("{RECORDING}.gz"));
    let mut bytes = Vec::new();
    let read = if plain.is_file() {
        std::fs::File::open(plain).and_then(|mut file| file.read_to_end(&mut bytes))
    } else if packed.is_file() {
        std::fs::File::open(packed).and_then(|file| flate2::read::GzDecoder::new(file).read_to_end(&mut bytes))
    } else {
        return Err("not recorded".into());
    };
    read.map_err(|error| format!("{RECORDING}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{RECORDING}: {error}"))
}

/// The `StatefulSet` controller and the volume controller may write the same claim where a retention policy deletes.
fn races(steps: &Value) -> bool {
    match steps {
        Value::Object(map) => map.iter().any(|(key, value)| {
            matches!(key.as_str(), "whenDeleted" | "whenScaled") && value == "Delete" || races(value)
        }),
        Value::Array(list) => list.iter().any(races),
        Value::String(text) => text.contains("the object has been modified"),
        _ => false,
    }
}

fn steps_of(steps: &Value) -> Vec<Recorded> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_string);
    let step = |step: &Value| Recorded {
        exit: step["exit"].as_i64(),
        stdout: text(step.get("stdout")),
        stderr: text(step.get("stderr")),
        timed_out: step["timedOut"].as_bool().unwrap_or(false),
        objects: list(step.get("objects")),
        trace: list(step.get("trace")),
        error: None,
    };
    steps.as_array().map(|steps| steps.iter().map(step).collect()).unwrap_or_default()
}

/// The steps of the second run.
fn second(recording: &Value) -> Option<Value> {
    let differences = recording.get("racy")?.as_array()?;
    let mut steps = recording["steps"].clone();
    for difference in differences {
        let Some(step) = steps.get_mut(difference["step"].as_u64()? as usize) else { continue };
        for key in ["exit", "stdout", "stderr", "timedOut"] {
            if let Some(values) = difference.get(key) {
                step[key] = values[1].clone();
            }
        }
        if let Some(trace) = difference.get("trace2") {
            step["trace"] = trace.clone();
        }
        let changes = difference["objects"].as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(objects) = step.get_mut("objects").and_then(Value::as_array_mut) {
            for change in changes {
                change_object(objects, change, changes);
            }
        }
    }
    Some(steps)
}

/// Makes one object of the first run what it was in the second.
fn change_object(objects: &mut Vec<Value>, change: &Value, changes: &[Value]) {
    let Some((kind, name)) = change["object"].as_str().and_then(|object| object.split_once('/')) else { return };
    if kind == "Event" {
        return; // Events are compared through the trace.
    }
    let is_it = |object: &Value| object["kind"] == kind && object["metadata"]["name"] == name;
    if let Some(only) = change.get("only") {
        let plain =
            |change: &Value| GENERATED.replace_all(change["object"].as_str().unwrap_or_default(), "").into_owned();
        let replaced = || changes.iter().any(|other| other["only"] == "second" && plain(other) == plain(change));
        if only == "first" && !replaced() {
            objects.retain(|object| !is_it(object));
        }
    } else if let Some(path) = change["path"].as_str() {
        for object in objects.iter_mut().filter(|object| is_it(object)) {
            set_path(object, path, &change["second"]);
        }
    }
}

/// Writes a value at a path such as `.spec.a[0].b`; keys may contain dots.
fn set_path(mut at: &mut Value, mut path: &str, value: &Value) {
    loop {
        if let Value::Array(list) = at {
            let Some((index, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) else { return };
            let Some(item) = index.parse().ok().and_then(|index: usize| list.get_mut(index)) else { return };
            if rest.is_empty() {
                *item = value.clone();
                return;
            }
            (at, path) = (item, rest);
            continue;
        }
        let Value::Object(map) = at else { return };
        path = path.get(1..).unwrap_or_default();
        let leads = |key: &&String| {
            path.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let Some(key) = map.keys().filter(leads).max_by_key(|key| key.len()).cloned() else {
            map.insert(path.to_string(), value.clone()); // A key that the first run lacks.
            return;
        };
        path = &path[key.len()..];
        if path.is_empty() {
            if value.is_null() {
                map.remove(&key);
            } else {
                map.insert(key, value.clone());
            }
            return;
        }
        let Some(next) = map.get_mut(&key) else { return };
        at = next;
    }
}
