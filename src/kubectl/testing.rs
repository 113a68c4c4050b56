//! For the tests of the verbs: a cluster that only stores objects, and a check of a whole command against its exit
//! code, standard output and standard error. It defaults and validates nothing; what the real API server decides is
//! tested elsewhere.
#![allow(clippy::missing_panics_doc)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::Io;
use crate::apiserver::api::Waited;
use crate::apiserver::patch::strategic;
use crate::apiserver::{Api, PatchType, Request, Response, Status, Verb};
use crate::resource::selector::FieldSelector;
use crate::resource::{Kind, Time};

/// The cluster of a test.
#[derive(Default)]
pub struct Fake {
    /// The objects by kind, namespace and name.
    pub objects: BTreeMap<(Kind, String, String), Value>,
    /// The requests received, in order.
    pub requests: Vec<Request>,
    /// Answers given instead of the fake's own, by verb and name of the object.
    pub refusals: BTreeMap<(String, String), Status>,
    /// Warnings added to the answer of every write.
    pub warnings: Vec<String>,
    /// Whether deleted objects stay until time passes.
    pub lingering: bool,
    /// Whether lingering objects stay for ever.
    pub hanging: bool,
    /// Objects written later, one a second as time passes.
    pub later: Vec<Value>,
    /// The virtual time.
    pub clock: Duration,
    leaving: Vec<(Kind, String, String)>,
    version: u64,
}

impl Fake {
    /// A cluster of these objects, written as manifests (YAML).
    #[must_use]
    pub fn with(objects: &[&str]) -> Fake {
        let mut fake = Fake::default();
        for text in objects {
            fake.add(serde_yaml::from_str(text).expect("YAML of a test"));
        }
        fake
    }

    fn add(&mut self, object: Value) -> Value {
        let kind = Kind::of(text(&object, "/apiVersion"), text(&object, "/kind")).expect("a kind of the lab");
        let namespace = match text(&object, "/metadata/namespace") {
            _ if !kind.info().namespaced => "",
            "" => "default",
            given => given,
        };
        self.store(kind, namespace.to_string(), object)
    }

    fn store(&mut self, kind: Kind, namespace: String, mut object: Value) -> Value {
        self.version += 1;
        let name = text(&object, "/metadata/name").to_string();
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = namespace.as_str().into();
        }
        if text(&object, "/metadata/uid").is_empty() {
            object["metadata"]["uid"] = format!("uid-{}", self.version).into();
        }
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.objects.insert((kind, namespace, name), object.clone());
        object
    }

    fn list(&self, request: &Request) -> Value {
        let wanted = |(kind, namespace, _): &&(Kind, String, String)| {
            *kind == request.kind && request.namespace.as_ref().is_none_or(|n| n == namespace)
        };
        let labels: Vec<(&str, &str)> = request
            .options
            .label_selector
            .iter()
            .flat_map(|s| s.split(','))
            .filter_map(|s| s.split_once('='))
            .collect();
        let fields = request.options.field_selector.as_deref();
        let fields = fields.and_then(|text| FieldSelector::parse(request.kind, text).ok());
        let chosen = |o: &&Value| {
            labels.iter().all(|(key, value)| o["metadata"]["labels"][*key] == **value)
                && fields.as_ref().is_none_or(|fields| fields.matches(o))
        };
        let items: Vec<&Value> =
            self.objects.iter().filter(|(key, _)| wanted(key)).map(|(_, o)| o).filter(chosen).collect();
        json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})
    }

    fn answer(&mut self, request: Request) -> Result<Value, Status> {
        let body_name = text(&request.body, "/metadata/name").to_string();
        let name = request.name.clone().unwrap_or(body_name);
        let word = format!("{:?}", request.verb).split('(').next().unwrap_or_default().to_lowercase();
        if let Some(status) = self.refusals.get(&(word, name.clone())) {
            return Err(status.clone());
        }
        let key = (request.kind, request.namespace.clone().unwrap_or_default(), name.clone());
        let present = self.objects.get(&key).cloned();
        let missing = || Status::not_found(request.kind, &name);
        let dry = request.options.dry_run;
        match request.verb {
            Verb::List => Ok(self.list(&request)),
            Verb::Get => present.ok_or_else(missing),
            Verb::Create if present.is_some() => Err(Status::already_exists(request.kind, &name)),
            Verb::Create if dry => Ok(request.body),
            Verb::Create => Ok(self.store(key.0, key.1, request.body)),
            Verb::Update => {
                let mut body = request.body;
                body["metadata"]["uid"] = present.ok_or_else(missing)?["metadata"]["uid"].clone();
                Ok(if dry { body } else { self.store(key.0, key.1, body) })
            }
            Verb::Patch(patch_type) => {
                let mut object = present.ok_or_else(missing)?;
                let before = object.clone();
                match patch_type {
                    PatchType::Strategic => {
                        object = strategic(request.kind, &before, &request.body)
                            .map_err(|why| Status::bad_request(why.to_string()))?;
                    }
                    PatchType::Merge | PatchType::Apply => json_patch::merge(&mut object, &request.body),
                    PatchType::Json => {
                        let operations: json_patch::Patch =
                            serde_json::from_value(request.body).expect("a JSON patch of a test");
                        json_patch::patch(&mut object, &operations).expect("a patch that applies");
                    }
                }
                Ok(if dry || object == before { object } else { self.store(key.0, key.1, object) })
            }
            Verb::Delete => {
                let object = present.ok_or_else(missing)?;
                if !dry && self.lingering {
                    self.leaving.push(key);
                } else if !dry {
                    self.objects.remove(&key);
                }
                Ok(object)
            }
        }
    }
}

impl Api for Fake {
    fn send(&mut self, request: Request) -> Result<Response, Status> {
        self.requests.push(request.clone());
        let warnings = if request.writes() { self.warnings.clone() } else { Vec::new() };
        Ok(Response { object: self.answer(request)?, warnings })
    }

    fn now(&self) -> Time {
        Time::LAB_START + self.clock
    }

    fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited {
        let soon = self.now() + Duration::from_secs(1);
        if !self.later.is_empty() && deadline.is_none_or(|d| soon <= d) {
            self.clock += Duration::from_secs(1);
            let object = self.later.remove(0);
            self.add(object);
            return Waited::Changed;
        }
        if let Some(key) = self.leaving.pop().filter(|_| !self.hanging) {
            self.clock += Duration::from_secs(1);
            self.objects.remove(&key);
            return Waited::Changed;
        }
        let Some(deadline) = deadline else { return Waited::Never };
        self.clock += deadline.since(self.now());
        Waited::Deadline
    }
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The outcome of a command: exit code, standard output, standard error.
pub type Outcome<'a> = (i32, &'a str, &'a str);

/// A place to run commands in: a cluster, files, and standard input.
#[derive(Default)]
pub struct Bench {
    /// The cluster.
    pub api: Fake,
    /// Standard input of the next commands.
    pub stdin: String,
    dir: Option<tempfile::TempDir>,
}

impl Bench {
    /// A bench with this cluster.
    #[must_use]
    pub fn new(api: Fake) -> Bench {
        Bench { api, ..Bench::default() }
    }

    /// Writes a file, its folders too, into the folder the commands run in.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Bench {
        let dir = self.dir.get_or_insert_with(|| tempfile::tempdir().expect("a folder for the test"));
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// Runs the words of `line` (separated by spaces, no quoting) and checks everything it says.
    #[track_caller]
    pub fn check(&mut self, line: &str, expect: Outcome<'_>) {
        let words: Vec<String> = line.split(' ').map(str::to_string).collect();
        self.check_words(&words, expect);
    }

    /// As [`Bench::check`], with the words as they are.
    #[track_caller]
    pub fn check_words(&mut self, words: &[String], expect: Outcome<'_>) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = self.run(words, &mut out, &mut err);
        let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
        assert_eq!((code, out.as_ref(), err.as_ref()), expect, "kubectl {}", words.join(" "));
    }

    /// Runs the words as they are; returns the exit code.
    pub fn run(&mut self, words: &[String], out: &mut Vec<u8>, err: &mut Vec<u8>) -> i32 {
        self.with_streams(out, err, |api, io| super::run(words, api, io))
    }

    /// Does something with the cluster and the folder of this bench; what it writes is dropped.
    pub fn with_io<T>(&mut self, act: impl FnOnce(&mut dyn Api, &mut Io<'_>) -> T) -> T {
        self.with_streams(&mut Vec::new(), &mut Vec::new(), act)
    }

    fn with_streams<T>(
        &mut self,
        out: &mut Vec<u8>,
        err: &mut Vec<u8>,
        act: impl FnOnce(&mut dyn Api, &mut Io<'_>) -> T,
    ) -> T {
        let mut input = self.stdin.as_bytes();
        let dir = self.dir.as_ref().map_or(PathBuf::from("/nonexistent"), |d| d.path().to_path_buf());
        act(&mut self.api, &mut Io::new(&mut input, out, err, dir))
    }
}

/// Runs a command against an empty cluster.
#[track_caller]
pub fn check(line: &str, expect: Outcome<'_>) {
    Bench::default().check(line, expect);
}
