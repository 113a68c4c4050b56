//! The language that these tests speak: a cluster, kubectl commands on it, faults, time, and what is expected of it all.
//! Every check says at which step it failed, and shows the world.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use sts_lab::apiserver::api::{Api, Container, ExecError, Log, LogOptions, Streams, Waited};
use sts_lab::apiserver::{Request, Response, Status};
use sts_lab::cluster::{Cluster, ClusterConfig, Fault, QUIET};
use sts_lab::kubectl::{self, Io};
use sts_lab::lab::Session;
use sts_lab::resource::{Kind, Time};

/// A cluster and what was done to it.
pub struct World {
    pub cluster: Cluster,
    pub steps: Vec<String>,
    reported: usize,
}

/// What a kubectl command printed.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Api for World {
    fn send(&mut self, request: Request) -> Result<Response, Status> {
        self.cluster.request(&request, self.steps.len() as u32)
    }

    fn now(&self) -> Time {
        self.cluster.now
    }

    fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited {
        self.cluster.wait_for_change(deadline)
    }

    fn exec(&mut self, of: Container<'_>, command: &[String], streams: &mut Streams<'_>) -> Result<i32, ExecError> {
        Session::new(&mut self.cluster, self.steps.len() as u32, Vec::new()).exec(of, command, streams)
    }

    fn log(&mut self, of: Container<'_>, options: LogOptions) -> Result<Log, Status> {
        Session::new(&mut self.cluster, self.steps.len() as u32, Vec::new()).log(of, options)
    }
}

impl World {
    pub fn new() -> World {
        World::of(&ClusterConfig::default())
    }

    /// A cluster that begins like this.
    pub fn of(config: &ClusterConfig) -> World {
        World { cluster: Cluster::new(config), steps: Vec::new(), reported: 0 }
    }

    /// Runs kubectl, and says what it printed.
    pub fn ask(&mut self, words: &str) -> Answer {
        self.ask_with(words, "")
    }

    /// The same with standard input.
    pub fn ask_with(&mut self, words: &str, stdin: &str) -> Answer {
        self.steps.push(words.to_string());
        let words = split(words);
        if kubectl::verbs::writes(&words) {
            let soon = self.cluster.now + Duration::from_millis(20);
            self.cluster.run_until(soon);
        }
        let (mut stdin, mut stdout, mut stderr) = (stdin.as_bytes(), Vec::new(), Vec::new());
        let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, std::env::temp_dir());
        let exit = kubectl::run(&words, self, &mut io);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Answer { exit, stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs a kubectl command that must succeed, and lets the cluster come to rest.
    pub fn run(&mut self, words: &str) -> &mut World {
        self.begin(words).settle()
    }

    /// Runs a kubectl command that must succeed.
    pub fn begin(&mut self, words: &str) -> &mut World {
        let answer = self.ask(words);
        assert_eq!(answer.exit, 0, "{words}: {}\n{self}", answer.stderr);
        self
    }

    /// Runs a kubectl command, which prints this (both streams, without the last newline).
    pub fn says(&mut self, words: &str, expected: &str) -> &mut World {
        let answer = self.ask(words);
        let said = answer.stdout + &answer.stderr;
        assert_eq!(said.trim_end_matches('\n'), expected, "{words}\n{self}");
        self
    }

    /// `kubectl apply -f -`, then rest.
    pub fn apply(&mut self, manifest: impl ToString) -> &mut World {
        self.submit(manifest).settle()
    }

    /// `kubectl apply -f -`; no time passes.
    pub fn submit(&mut self, manifest: impl ToString) -> &mut World {
        let answer = self.ask_with("apply -f -", &manifest.to_string());
        assert_eq!(answer.exit, 0, "{}\n{}", answer.stderr, manifest.to_string());
        self
    }

    /// `kubectl apply -f -` is refused with this after `is invalid: `.
    pub fn refuses(&mut self, manifest: impl ToString, expected: &str) -> &mut World {
        let manifest = manifest.to_string();
        let answer = self.ask_with("apply -f -", &manifest);
        let (_, said) = answer.stderr.split_once("is invalid: ").unwrap_or(("", &answer.stderr));
        assert_eq!(said.trim_end_matches('\n'), expected, "{manifest}");
        self
    }

    /// A merge patch of a set, then rest.
    pub fn patch(&mut self, set: &str, patch: &str) -> &mut World {
        self.run(&format!("patch sts {set} --type=merge -p '{patch}'"))
    }

    /// `fault pod web-0 --ready=false`, without the word `fault`, then rest.
    pub fn fault(&mut self, words: &str) -> &mut World {
        self.breaks(words).settle()
    }

    /// The same; no time passes.
    pub fn breaks(&mut self, words: &str) -> &mut World {
        self.steps.push(format!("fault {words}"));
        for fault in faults(words) {
            self.cluster.fault(&fault, self.steps.len() as u32);
        }
        self
    }

    /// Lets the cluster come to rest.
    pub fn settle(&mut self) -> &mut World {
        self.settle_for(QUIET)
    }

    /// Lets the cluster come to a rest of at least so long.
    pub fn settle_for(&mut self, quiet: Duration) -> &mut World {
        self.cluster.settle(quiet);
        self
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: f64) -> &mut World {
        let until = self.cluster.now + Duration::from_secs_f64(seconds);
        self.cluster.run_until(until);
        self
    }

    /// One object as JSON; null if there is none.
    pub fn get(&self, kind: Kind, name: &str) -> Value {
        let namespace = if kind.info().namespaced { "default" } else { "" };
        self.cluster.api.store.get(kind, namespace, name).map_or(Value::Null, |object| object.to_json())
    }

    /// All objects of a kind as JSON.
    pub fn all(&self, kind: Kind) -> Vec<Value> {
        self.cluster.api.store.all(kind).map(|object| object.to_json()).collect()
    }

    /// The names of all objects of a kind, joined by blanks.
    pub fn names(&self, kind: Kind) -> String {
        let names: Vec<String> = self.cluster.api.store.all(kind).map(|o| o.meta.name.to_string()).collect();
        names.join(" ")
    }

    /// The node of a Pod.
    pub fn node_of(&self, pod: &str) -> String {
        let node = self.get(Kind::Pod, pod)["spec"]["nodeName"].as_str().map(str::to_string);
        node.unwrap_or_else(|| panic!("{pod} has no node\n{self}"))
    }

    /// These Pods are there, and no others.
    pub fn pods(&mut self, expected: &str) -> &mut World {
        let mut names: Vec<String> = self.names(Kind::Pod).split_whitespace().map(str::to_string).collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        assert_eq!(names.join(" "), expected, "\n{self}");
        self
    }

    /// These claims are there, and no others.
    pub fn claims(&mut self, expected: &str) -> &mut World {
        assert_eq!(self.names(Kind::PersistentVolumeClaim), expected, "\n{self}");
        self
    }

    /// The images of the Pods' first containers, in the order of names, without the name before the colon.
    pub fn images(&mut self, expected: &str) -> &mut World {
        let tag = |pod: Value| {
            let image = pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_string();
            image.rsplit(':').next().unwrap_or_default().to_string()
        };
        let tags: Vec<String> = self.all(Kind::Pod).into_iter().map(tag).collect();
        assert_eq!(tags.join(" "), expected, "\n{self}");
        self
    }

    /// A set's counts: `replicas/ready/current/updated/available`.
    pub fn counts(&mut self, set: &str, expected: &str) -> &mut World {
        let status = &self.get(Kind::StatefulSet, set)["status"];
        let count = |key: &str| status[key].as_i64().unwrap_or(0).to_string();
        let keys = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
        assert_eq!(keys.map(count).join("/"), expected, "\n{self}");
        self
    }

    /// Whether a set's current revision is the one it updates to.
    pub fn updated(&mut self, set: &str, expected: bool) -> &mut World {
        let status = &self.get(Kind::StatefulSet, set)["status"];
        assert_eq!(status["currentRevision"] == status["updateRevision"], expected, "\n{self}");
        self
    }

    /// The numbers of all revisions, in order.
    pub fn revisions(&mut self, expected: &[i64]) -> &mut World {
        let list = self.all(Kind::ControllerRevision);
        let mut numbers: Vec<i64> = list.iter().filter_map(|revision| revision["revision"].as_i64()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, expected, "\n{self}");
        self
    }

    /// The owners of a claim: `StatefulSet/web*`, `*` for the controller.
    pub fn owners(&mut self, claim: &str, expected: &str) -> &mut World {
        let claim = self.get(Kind::PersistentVolumeClaim, claim);
        let text = |owner: &Value| {
            let mark = if owner["controller"] == true { "*" } else { "" };
            format!("{}/{}{mark}", owner["kind"].as_str().unwrap_or("?"), owner["name"].as_str().unwrap_or("?"))
        };
        let owners: Vec<String> =
            claim["metadata"]["ownerReferences"].as_array().into_iter().flatten().map(text).collect();
        assert_eq!(owners.join(","), expected, "\n{self}");
        self
    }

    /// What happened since the last call, of these kinds, as `Pod/web-0 created`; without statuses and Events.
    pub fn news(&mut self, kinds: &[&str]) -> Vec<String> {
        let lines: Vec<Value> = self.cluster.api.store.history.trace_lines().collect();
        let new = lines[self.reported..].iter();
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_string();
        let told = new
            .filter(|line| kinds.contains(&text(line, "kind").as_str()) && line["event"] != "status")
            .map(|line| format!("{} {}", text(line, "name"), text(line, "event")))
            .collect();
        self.reported = lines.len();
        told
    }

    /// Pods were made, became ready, were told to go, and went since the last look, in this order:
    /// `+web-0 web-0! -web-0 xweb-0`.
    pub fn course(&mut self, expected: &str) -> &mut World {
        let mark = |line: String| {
            let (name, event) = line.split_once(' ').unwrap_or_default();
            match event {
                "created" => Some(format!("+{name}")),
                "ready" => Some(format!("{name}!")),
                "terminating" => Some(format!("-{name}")),
                "deleted" => Some(format!("x{name}")),
                _ => None,
            }
        };
        let course: Vec<String> = self.news(&["Pod"]).into_iter().filter_map(mark).collect();
        assert_eq!(course.join(" "), expected, "\n{self}");
        self
    }

    /// Forgets what happened so far, for [`World::course`] and [`World::news`].
    pub fn forget(&mut self) -> &mut World {
        self.news(&[]);
        self
    }

    /// The Events about an object: `reason: message (xN)`, in the order in which they were first recorded.
    pub fn events(&self, about: &str) -> Vec<String> {
        let mut events = self.all(Kind::Event);
        events.sort_by_key(|event| event["metadata"]["resourceVersion"].as_str().and_then(|v| v.parse::<u64>().ok()));
        events.sort_by_key(|event| event["firstTimestamp"].as_str().map(str::to_string));
        let text = |event: &Value| {
            let of = |key: &str| event[key].as_str().unwrap_or_default().to_string();
            match event["count"].as_i64() {
                Some(count) if count > 1 => format!("{}: {} (x{count})", of("reason"), of("message")),
                _ => format!("{}: {}", of("reason"), of("message")),
            }
        };
        events.iter().filter(|event| event["involvedObject"]["name"] == about).map(text).collect()
    }

    /// An Event about an object with this text is there, or not.
    pub fn event(&mut self, about: &str, text: &str, there: bool) -> &mut World {
        let events = self.events(about);
        assert_eq!(events.iter().any(|event| event.contains(text)), there, "{text}\n{events:#?}\n{self}");
        self
    }
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = format!("after: {}\n", self.steps.join("; "));
        for set in self.all(Kind::StatefulSet) {
            let _ = writeln!(out, "sts {} {}", set["metadata"]["name"], set["status"]);
        }
        for pod in self.all(Kind::Pod) {
            let ready = pod["status"]["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == "Ready");
            let meta = &pod["metadata"];
            let going = if meta["deletionTimestamp"].is_null() { "" } else { " terminating" };
            let state = (&pod["status"]["phase"], ready.map(|c| &c["status"]));
            let _ =
                writeln!(out, "pod {} {state:?}{going} {}", meta["name"], meta["labels"]["controller-revision-hash"]);
        }
        for claim in self.all(Kind::PersistentVolumeClaim) {
            let (meta, phase) = (&claim["metadata"], &claim["status"]["phase"]);
            let owners: Vec<&Value> =
                meta["ownerReferences"].as_array().into_iter().flatten().map(|o| &o["name"]).collect();
            let _ = writeln!(out, "pvc {} {phase} {} {owners:?}", meta["name"], meta["deletionTimestamp"]);
        }
        f.write_str(&out)
    }
}

/// Words as a shell splits them; single and double quotes only.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn faults(words: &str) -> Vec<Fault> {
    let mut parts = words.split_whitespace();
    let (what, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_string());
    let pairs: Vec<(&str, &str)> = parts.filter_map(|part| part.trim_start_matches("--").split_once('=')).collect();
    let text = |key: &str| pairs.iter().find(|(k, _)| *k == key).map(|(_, value)| (*value).to_string());
    if what == "node" {
        return vec![Fault::Node { name, up: words.contains("--up") }];
    }
    if let Some(phase) = text("phase") {
        return vec![Fault::PodPhase { name, phase, reason: text("reason"), message: text("message") }];
    }
    let one = |(attribute, value): &(&str, &str)| {
        let value = value.parse().ok();
        let attribute = (*attribute).to_string();
        match what {
            "pod" => Fault::Pod { name: name.clone(), attribute, value },
            _ => Fault::Image { image: name.clone(), attribute, value },
        }
    };
    pairs.iter().map(one).collect()
}

/// A manifest of a set, and of what else it needs.
#[derive(Clone, Debug)]
pub struct Set {
    name: String,
    replicas: Option<i64>,
    image: String,
    spec: Vec<String>,
    template: Vec<String>,
    claims: Vec<String>,
}

/// The set `web` of three Pods, one container, image `nginx:1`.
pub fn web() -> Set {
    Set {
        name: "web".into(),
        replicas: Some(3),
        image: "nginx:1".into(),
        spec: Vec::new(),
        template: Vec::new(),
        claims: Vec::new(),
    }
}

impl Set {
    pub fn name(mut self, name: &str) -> Set {
        self.name = name.into();
        self
    }

    pub fn replicas(mut self, replicas: i64) -> Set {
        self.replicas = Some(replicas);
        self
    }

    pub fn image(mut self, image: &str) -> Set {
        self.image = image.into();
        self
    }

    pub fn parallel(self) -> Set {
        self.spec("podManagementPolicy: Parallel")
    }

    pub fn on_delete(self) -> Set {
        self.spec("updateStrategy: {type: OnDelete}")
    }

    pub fn partition(self, partition: i64) -> Set {
        self.spec(&format!("updateStrategy: {{type: RollingUpdate, rollingUpdate: {{partition: {partition}}}}}"))
    }

    pub fn start(self, start: i64) -> Set {
        self.spec(&format!("ordinals: {{start: {start}}}"))
    }

    pub fn min_ready(self, seconds: i64) -> Set {
        self.spec(&format!("minReadySeconds: {seconds}"))
    }

    pub fn history(self, limit: i64) -> Set {
        self.spec(&format!("revisionHistoryLimit: {limit}"))
    }

    /// `whenDeleted` and `whenScaled`.
    pub fn retention(self, deleted: &str, scaled: &str) -> Set {
        self.spec(&format!("persistentVolumeClaimRetentionPolicy: {{whenDeleted: {deleted}, whenScaled: {scaled}}}"))
    }

    /// A line of the spec.
    pub fn spec(mut self, line: &str) -> Set {
        self.spec.push(line.into());
        self
    }

    /// A line of the Pod template's spec.
    pub fn template(mut self, line: &str) -> Set {
        self.template.push(line.into());
        self
    }

    /// A claim template of the class `standard`.
    pub fn claim(self, name: &str) -> Set {
        self.claim_of(name, "standard")
    }

    /// A claim template of a class.
    pub fn claim_of(mut self, name: &str, class: &str) -> Set {
        self.claims.push(format!(
            "{{metadata: {{name: {name}}}, spec: {{accessModes: [ReadWriteOnce], storageClassName: {class}, \
             resources: {{requests: {{storage: 1Gi}}}}}}}}"
        ));
        self
    }
}

impl std::fmt::Display for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = &self.name;
        writeln!(f, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:")?;
        if let Some(replicas) = self.replicas {
            writeln!(f, "  replicas: {replicas}")?;
        }
        for line in &self.spec {
            writeln!(f, "  {line}")?;
        }
        if !self.spec.iter().any(|line| line.starts_with("selector")) {
            writeln!(f, "  selector: {{matchLabels: {{app: {name}}}}}")?;
        }
        writeln!(f, "  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:")?;
        for line in &self.template {
            writeln!(f, "      {line}")?;
        }
        if !self.template.iter().any(|line| line.starts_with("containers")) {
            writeln!(f, "      containers: [{{name: c, image: \"{}\"}}]", self.image)?;
        }
        if !self.claims.is_empty() {
            writeln!(f, "  volumeClaimTemplates: [{}]", self.claims.join(", "))?;
        }
        Ok(())
    }
}
