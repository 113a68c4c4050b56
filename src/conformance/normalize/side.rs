//! One step of one run, canonical: what is compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::case::{Case, NodeNames, Recorded, Step};
use super::super::diff::python;
use super::super::regex::regex;
use super::names::Names;
use super::objects::canonical;
use super::strings::Norm;
use super::text::text;

regex! {
    MUTATES = r"^(?:apply|create|delete|scale|set|patch|replace|rollout (?:undo|restart|pause|resume)|drain|taint|expose|run)\b";
}

/// Members that a line of the trace has for naming only.
const HELPERS: [&str; 11] =
    ["uid", "ip", "ips", "clusterIPs", "nodePorts", "generateName", "ownerKind", "time", "at", "rv", "resourceVersion"];

/// Whether a kubectl command changes something.
pub(in super::super) fn mutates(command: &str) -> bool {
    MUTATES.is_match(command)
}

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// On standard output.
    pub stdout: String,
    /// On standard error.
    pub stderr: String,
}

/// A line of the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestone {
    /// `kind`.
    pub kind: String,
    /// `event`, empty for an Event.
    pub event: String,
    /// The object, siblings with generated names apart.
    pub id: String,
    /// Its members, without those that serve naming only.
    pub members: Map<String, Value>,
}

impl Milestone {
    /// A member that is a text, or nothing.
    pub fn text(&self, member: &str) -> &str {
        self.members.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// What it says beside whom it is of.
    pub fn item(&self) -> Value {
        let node = |key: &str| key == "node" && self.event == "scheduled";
        let kept = self.members.iter().filter(|(key, _)| !matches!(key.as_str(), "name" | "kind") && !node(key));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
    }
}

/// The objects of one kind and name.
pub type Objects = BTreeMap<(String, String), Vec<Value>>;
/// The Event objects, by involved object, type, reason and message.
pub type Events = BTreeMap<(String, String, String, String), Value>;

/// One step of one run.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The exit code.
    pub exit: Option<i64>,
    /// Whether a limit was hit.
    pub timed_out: bool,
    /// Why the step failed altogether.
    pub error: Option<String>,
    /// What a kubectl command printed.
    pub printed: Option<Printed>,
    /// The same, without names of nodes.
    pub hidden: Option<Printed>,
    /// Whether it was run after a change that was not waited for.
    pub dirty: bool,
    /// The objects after a settle.
    pub objects: Option<Objects>,
    /// The Events among them.
    pub events: Events,
    /// What happened since the settle before.
    pub trace: Option<Vec<Milestone>>,
}

/// A run, step by step. `names` for one that was played here; `order` renames the nodes.
#[must_use]
pub fn sides(case: &Case, run: &[Recorded], names: Option<&Names>, order: Option<[usize; 3]>) -> Vec<Side> {
    let nodes = if names.is_some() { case.nodes } else { NodeNames::Keep };
    let norm = |hide| Norm::new(names, nodes, hide, order).with_conflicts(case.conflicts);
    let (shown, hidden) = (norm(false), norm(true));
    let mut dirty = false;
    let mut out = Vec::with_capacity(run.len());
    for (recorded, step) in run.iter().zip(&case.steps) {
        out.push(side(case, recorded, step, [&shown, &hidden], dirty));
        let changes = |command: &str| mutates(command) && !command.contains("dry-run");
        dirty = !step.settles() && (dirty || step.fault().is_some() || step.kubectl().is_some_and(changes));
    }
    out
}

fn side(case: &Case, recorded: &Recorded, step: &Step, [shown, hidden]: [&Norm; 2], dirty: bool) -> Side {
    let command = step.kubectl().unwrap_or_default();
    let unsettled = dirty && !command.is_empty() && !mutates(command);
    let printed = |norm: &Norm| {
        recorded.stdout.as_ref().map(|stdout| Printed {
            stdout: text(norm, stdout, command, unsettled),
            stderr: text(norm, recorded.stderr.as_deref().unwrap_or_default(), command, unsettled),
        })
    };
    let mut side = Side {
        exit: recorded.exit,
        timed_out: recorded.timed_out,
        error: recorded.error.clone(),
        printed: printed(shown),
        hidden: printed(hidden),
        dirty,
        ..Side::default()
    };
    if let Some(objects) = &recorded.objects {
        side.keep(objects, shown, case.serial);
    }
    let events =
        |lines: &Vec<Value>| lines.iter().filter(|line| line["kind"] != "Step").map(|m| milestone(m, shown)).collect();
    side.trace = recorded.trace.as_ref().map(events);
    side
}

impl Side {
    fn keep(&mut self, objects: &[Value], norm: &Norm, serial: bool) {
        let mut kept = Objects::new();
        for object in objects {
            let object = norm.value(object);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
            let kind = text(&object["kind"]);
            let unclaimed = || object["spec"]["claimRef"].is_null();
            if kind == "Event" {
                let involved = &object["involvedObject"];
                let whom = format!("{}/{}", text(&involved["kind"]), text(&involved["name"]));
                let key = (whom, text(&object["type"]), text(&object["reason"]), text(&object["message"]));
                self.events.entry(key).or_insert(object);
            } else if serial || kind != "Node" && !(kind == "PersistentVolume" && unclaimed()) {
                let name = text(&object["metadata"]["name"]);
                kept.entry((kind, name)).or_default().push(canonical(object));
            }
        }
        for siblings in kept.values_mut() {
            siblings.sort_by_cached_key(python);
        }
        self.objects = Some(kept);
    }
}

fn milestone(line: &Value, norm: &Norm) -> Milestone {
    let members: Map<String, Value> = line.as_object().cloned().unwrap_or_default();
    let raw = ["name", "object"].iter().find_map(|key| members.get(*key)?.as_str().filter(|name| !name.is_empty()));
    let id = norm.base(raw.unwrap_or_default());
    let kept = members.into_iter().filter(|(key, _)| !HELPERS.contains(&key.as_str()));
    let value = norm.value(&kept.collect::<Map<_, _>>().into());
    let mut members = value.as_object().cloned().unwrap_or_default();
    let event = members.entry("event").or_insert("".into()).as_str().unwrap_or_default().to_string();
    let kind = members.get("kind").and_then(Value::as_str).unwrap_or_default().to_string();
    Milestone { kind, event, id, members }
}
