//! Plays the steps of a case on a new cluster, as a person would type them, and writes down what a recording has.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ::regex::Captures;
use serde_json::{Map, Value};

use super::case::{Case, RECORDING, Recorded, STEPS, Step};
use super::normalize::Names;
use super::regex::{GENERATED, regex};
use crate::cluster::{Cluster, ClusterConfig, Fault, QUIET};
use crate::container::words;
use crate::kubectl::{self, Io};
use crate::lab::Session;

regex! {
    VARIABLE = r"\$\{(\w+):([^}]+)\}";
}

/// The kinds that are compared.
const KINDS: &str = "statefulsets,pods,persistentvolumeclaims,persistentvolumes,controllerrevisions,services,\
                     endpointslices,deployments,replicasets,daemonsets,poddisruptionbudgets,nodes,events";

/// Plays a case. The files it names are laid out in a folder of their own for as long as it lasts.
pub fn play(case: &Case) -> std::io::Result<(Vec<Recorded>, Names)> {
    let folder = tempfile::tempdir()?;
    copy_manifests(&case.dir, folder.path())?;
    let mut player = Player {
        cluster: Cluster::new(&ClusterConfig::default()),
        commands: 0,
        dir: folder.path(),
        names: Names::default(),
        learned: 0,
        reported: 0,
        variables: BTreeMap::new(),
    };
    let played = case.steps.iter().map(|step| player.step(step).unwrap_or_else(failed)).collect();
    Ok((played, player.names))
}

fn failed(error: String) -> Recorded {
    Recorded { error: Some(error), ..Recorded::default() }
}

/// The manifests of a case, written for the namespace of the lab.
fn copy_manifests(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let manifest = path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml" || kind == "json");
        let Some(name) = path.file_name().filter(|name| manifest && *name != STEPS && *name != RECORDING) else {
            continue;
        };
        let bytes = std::fs::read(&path)?;
        let written = match String::from_utf8(bytes) {
            Ok(text) => text.replace("${ns}", "default").into_bytes(),
            Err(error) => error.into_bytes(),
        };
        std::fs::write(to.join(name), written)?;
    }
    Ok(())
}

struct Player<'a> {
    cluster: Cluster,
    commands: u32,
    dir: &'a Path,
    names: Names,
    /// How many lines of the trace the names were learned from.
    learned: usize,
    /// How many were reported.
    reported: usize,
    variables: BTreeMap<String, String>,
}

impl Player<'_> {
    fn step(&mut self, step: &Step) -> Result<Recorded, String> {
        if let Some(command) = step.kubectl() {
            let words = words(&self.substitute(command))?;
            let (exit, stdout, stderr) = self.kubectl(&words, step.stdin());
            return Ok(Recorded {
                exit: Some(i64::from(exit)),
                stdout: Some(stdout),
                stderr: Some(stderr),
                ..Recorded::default()
            });
        }
        if let Some(words) = step.fault() {
            let words = words.iter().map(|(key, value)| match value {
                Value::String(text) => (key.clone(), Value::String(self.substitute(text))),
                value => (key.clone(), value.clone()),
            });
            for fault in faults(&words.collect())? {
                self.commands += 1;
                self.cluster.fault(&fault, self.commands);
            }
        } else if let Some(seconds) = step.sleep() {
            self.cluster.run_until(self.cluster.now + Duration::from_secs_f64(seconds));
        } else {
            return self.settle(step.quiet());
        }
        Ok(Recorded::default())
    }

    fn settle(&mut self, quiet: Option<f64>) -> Result<Recorded, String> {
        self.cluster.settle(quiet.map_or(QUIET, Duration::from_secs_f64));
        let trace = self.learn().split_off(self.reported);
        self.reported += trace.len();
        let mut list = self.get(&[KINDS]).ok_or("get -o json gives no List")?;
        let Value::Array(mut objects) = list["items"].take() else { return Err("get -o json gives no List".into()) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let age = |object: &Value| {
            let version = text(&object["metadata"]["resourceVersion"]);
            (text(&object["metadata"]["creationTimestamp"]), format!("{version:>12}"))
        };
        objects.sort_by_cached_key(age);
        for object in &objects {
            self.names.object(object);
        }
        Ok(Recorded { objects: Some(objects), trace: Some(trace), ..Recorded::default() })
    }

    /// The whole trace, and the names in it learned.
    fn learn(&mut self) -> Vec<Value> {
        let trace: Vec<Value> = self.cluster.api.store.history.trace_lines().collect();
        for line in &trace[self.learned..] {
            self.names.milestone(line);
        }
        self.learned = trace.len();
        trace
    }

    fn kubectl(&mut self, words: &[String], stdin: &str) -> (i32, String, String) {
        let (mut stdin, mut stdout, mut stderr) = (stdin.as_bytes(), Vec::new(), Vec::new());
        let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, self.dir.to_path_buf());
        self.commands += 1;
        let mut session = Session::new(&mut self.cluster, self.commands, words.to_vec());
        if kubectl::verbs::writes(words) {
            session.start_up();
        }
        let exit = kubectl::run(words, &mut session, &mut io);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (exit, text(stdout), text(stderr))
    }

    fn get(&mut self, what: &[&str]) -> Option<Value> {
        let words = ["get"].iter().chain(what).chain(&["-o", "json"]);
        let (exit, stdout, _) = self.kubectl(&words.map(ToString::to_string).collect::<Vec<_>>(), "");
        if exit == 0 { serde_json::from_str(&stdout).ok() } else { None }
    }

    /// Puts what they stand for in the place of `${node:POD}`, `${pv:CLAIM}` and `${pod:PREFIX:N}`; it stays for later
    /// steps.
    fn substitute(&mut self, text: &str) -> String {
        let value = |found: &Captures<'_>| {
            if let Some(known) = self.variables.get(&found[0]) {
                return known.clone();
            }
            let value = self.variable(&found[1], &found[2]).unwrap_or_else(|| "none".into());
            self.variables.insert(found[0].to_string(), value.clone());
            value
        };
        VARIABLE.replace_all(text, value).into_owned()
    }

    fn variable(&mut self, kind: &str, of: &str) -> Option<String> {
        match kind {
            "node" => Some(self.get(&["pod", of])?["spec"]["nodeName"].as_str()?.to_string()),
            "pv" => Some(self.get(&["pvc", of])?["spec"]["volumeName"].as_str()?.to_string()),
            "pod" => {
                let (prefix, number) = of.rsplit_once(':')?;
                let list = self.get(&["pods"])?;
                self.learn();
                let alive = list["items"].as_array()?.iter().filter_map(|pod| pod["metadata"]["name"].as_str());
                let stands_for = |name: &str| match self.names.stands_for(name) {
                    Some(other) => Some(other.to_string()),
                    None => GENERATED.is_match(name).then(|| name.to_string()),
                };
                let of_it = alive.filter(|name| name.starts_with(prefix));
                let mut pods: Vec<(String, &str)> = of_it.filter_map(|name| Some((stands_for(name)?, name))).collect();
                pods.sort_unstable();
                Some(pods.get(number.parse::<usize>().ok()?.checked_sub(1)?)?.1.to_string())
            }
            _ => None,
        }
    }
}

/// The faults of one step.
fn faults(words: &Map<String, Value>) -> Result<Vec<Fault>, String> {
    let text = |key: &str| words.get(key).and_then(Value::as_str).map(str::to_string);
    if let Some(name) = text("node") {
        return Ok(vec![Fault::Node { name, up: words.get("up").is_none_or(|up| up == true) }]);
    }
    if let Some(works) = words.get("resizer") {
        return Ok(vec![Fault::Resizer { works: works == true }]);
    }
    let (pod, image) = (text("pod"), text("image"));
    let mut out = Vec::new();
    for (attribute, value) in words {
        let (attribute, value) = match (attribute.as_str(), value) {
            ("pod" | "image" | "reason" | "message", _) => continue,
            ("phase", Value::String(phase)) => {
                let name = pod.clone().ok_or("a fault with a phase and no pod")?;
                let (reason, message) = (text("reason"), text("message"));
                out.push(Fault::PodPhase { name, phase: phase.clone(), reason, message });
                continue;
            }
            (attribute, Value::Null) => (attribute.to_string(), None),
            (attribute, Value::Bool(value)) => (attribute.to_string(), Some(*value)),
            (attribute, value) => return Err(format!("a fault nobody knows: {attribute}: {value}")),
        };
        match (&pod, &image) {
            (Some(name), _) => out.push(Fault::Pod { name: name.clone(), attribute, value }),
            (_, Some(image)) => out.push(Fault::Image { image: image.clone(), attribute, value }),
            _ => return Err(format!("a fault nobody knows: {attribute}")),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_words_of_faults() {
        let check = |words: Value, expect: &[Fault]| {
            assert_eq!(faults(words.as_object().expect("a map")).expect("known"), expect, "{words}");
        };
        let (name, attribute) = ("web-0".to_string(), "ready".to_string());
        check(json!({"pod": "web-0", "ready": null}), &[Fault::Pod { name: name.clone(), attribute, value: None }]);
        check(json!({"node": "n", "up": false}), &[Fault::Node { name: "n".into(), up: false }]);
        check(json!({"resizer": false}), &[Fault::Resizer { works: false }]);
        let reason = Some("Evicted".to_string());
        let ended = Fault::PodPhase { name, phase: "Failed".into(), reason, message: None };
        check(json!({"pod": "web-0", "phase": "Failed", "reason": "Evicted"}), &[ended]);
        assert!(faults(json!({"moon": "full"}).as_object().expect("a map")).is_err());
    }
}
