//! Random worlds: what people may do to a lab, as inputs of its journal. Names come from a small fixed set, so that most
//! inputs meet an object that is there.

use std::fmt;

use proptest::prelude::*;
use serde_json::{Value, json};
use sts_lab::apiserver::request::{Options, Propagation};
use sts_lab::apiserver::{PatchType, Request, Subresource};
use sts_lab::cluster::Fault;
use sts_lab::lab::Input;
use sts_lab::resource::Kind;

/// The names of the sets, and of their Services.
pub const SETS: [&str; 2] = ["web", "db"];
/// The namespace of everything.
pub const NAMESPACE: &str = "default";

fn request(request: Request) -> Input {
    Input::Request(Box::new(request))
}

fn set_name() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(SETS[0]), 1 => Just(SETS[1])]
}

fn pod_name() -> impl Strategy<Value = String> {
    (set_name(), 0..6).prop_map(|(set, ordinal)| format!("{set}-{ordinal}"))
}

fn claim_name() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!["data", "logs"]), pod_name()).prop_map(|(template, pod)| format!("{template}-{pod}"))
}

fn image() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["app:1", "app:2", "app:3"])
}

fn update_strategy() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(json!({"type": "OnDelete", "rollingUpdate": null})),
        1 => Just(json!({"type": "RollingUpdate"})),
        4 => (0..4).prop_map(|partition| json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}})),
    ]
}

fn retention() -> impl Strategy<Value = Value> {
    let action = || prop::sample::select(vec!["Retain", "Delete"]);
    (action(), action()).prop_map(|(deleted, scaled)| json!({"whenDeleted": deleted, "whenScaled": scaled}))
}

fn claim_template(name: &str, class: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class,
        "resources": {"requests": {"storage": "1Gi"}}}})
}

/// A manifest of a set.
fn manifest() -> impl Strategy<Value = Value> {
    let classes = prop::collection::vec(prop::sample::select(vec!["standard", "wait", "expandable"]), 0..=2);
    let shape = (
        0..=4,
        prop_oneof![3 => Just(0), 1 => 1..3],
        any::<bool>(),
        update_strategy(),
        prop::sample::select(vec![0, 0, 1, 5]),
    );
    let detail = (retention(), classes, image(), any::<bool>(), prop::option::of(0..=2_i64));
    (set_name(), shape, detail).prop_map(|(name, (replicas, start, parallel, strategy, ready), detail)| {
        let (retention, classes, image, probe, limit) = detail;
        let templates: Vec<Value> =
            ["data", "logs"].iter().zip(&classes).map(|(name, class)| claim_template(name, class)).collect();
        let mut container = json!({"name": "app", "image": image, "ports": [{"containerPort": 80, "name": "http"}],
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}});
        if probe {
            container["readinessProbe"] = json!({"httpGet": {"port": "http"}});
        }
        let mut set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
            "spec": {
                "replicas": replicas, "serviceName": name, "selector": {"matchLabels": {"app": name}},
                "podManagementPolicy": if parallel { "Parallel" } else { "OrderedReady" },
                "minReadySeconds": ready, "persistentVolumeClaimRetentionPolicy": retention,
                "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
                "volumeClaimTemplates": templates,
            },
        });
        if start > 0 {
            set["spec"]["ordinals"] = json!({"start": start});
        }
        if let Some(limit) = limit {
            set["spec"]["revisionHistoryLimit"] = limit.into();
        }
        if strategy["rollingUpdate"] != Value::Null {
            set["spec"]["updateStrategy"] = strategy;
        } else if strategy["type"] == "OnDelete" {
            set["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
        }
        set
    })
}

/// A merge patch of a set's spec.
fn spec_patch() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (0..=5).prop_map(|replicas| json!({"replicas": replicas})),
        4 => image().prop_map(|image| {
            json!({"template": {"spec": {"containers": [{"name": "app", "image": image}]}}})
        }),
        1 => (0..3_i32).prop_map(|value| json!({"template": {"metadata": {"labels": {"v": value.to_string()}}}})),
        2 => update_strategy().prop_map(|strategy| json!({"updateStrategy": strategy})),
        2 => retention().prop_map(|retention| json!({"persistentVolumeClaimRetentionPolicy": retention})),
        1 => (0..3).prop_map(|start| json!({"ordinals": {"start": start}})),
        1 => Just(json!({"ordinals": null})),
        1 => prop::sample::select(vec![0, 1, 5]).prop_map(|seconds| json!({"minReadySeconds": seconds})),
        1 => (0..3).prop_map(|limit| json!({"revisionHistoryLimit": limit})),
    ]
}

fn pod_patch() -> impl Strategy<Value = Value> {
    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    prop_oneof![
        2 => set_name().prop_map(|app| json!({"metadata": {"labels": {"app": app}}})),
        1 => Just(json!({"metadata": {"labels": {"app": "other"}}})),
        1 => Just(json!({"metadata": {"labels": {"statefulset.kubernetes.io/pod-name": null}}})),
        1 => Just(json!({"metadata": {"ownerReferences": null}})),
        1 => Just(json!({"metadata": {"annotations": {"note": "x"}}})),
        1 => Just(hold),
        1 => Just(json!({"metadata": {"finalizers": null}})),
    ]
}

fn propagation() -> impl Strategy<Value = Option<Propagation>> {
    prop::option::of(prop::sample::select(vec![Propagation::Background, Propagation::Foreground, Propagation::Orphan]))
}

fn deletion(kind: Kind, name: &str, propagation: Option<Propagation>, grace: Option<i64>) -> Input {
    let options = Options { propagation, grace_period_seconds: grace, ..Options::default() };
    request(Request::delete(kind, NAMESPACE, name).with(options))
}

fn patch(kind: Kind, name: &str, how: PatchType, body: Value) -> Input {
    request(Request::patch(kind, NAMESPACE, name, how, body))
}

/// A Service whose Pods are a set's.
pub fn service(name: &str, not_ready: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"clusterIP": "None",
        "selector": {"app": name}, "publishNotReadyAddresses": not_ready, "ports": [{"port": 80, "name": "http"}]}})
}

fn bare_pod(name: &str, app: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]}})
}

fn write() -> impl Strategy<Value = Input> {
    let create = |kind, body| request(Request::create(kind, NAMESPACE, body));
    prop_oneof![
        6 => manifest().prop_map(move |body| create(Kind::StatefulSet, body)),
        14 => (set_name(), spec_patch()).prop_map(|(name, spec)| {
            patch(Kind::StatefulSet, name, PatchType::Strategic, json!({"spec": spec}))
        }),
        3 => (set_name(), 0..5).prop_map(|(name, replicas)| {
            let body = json!({"spec": {"replicas": replicas}});
            let scale = Request::patch(Kind::StatefulSet, NAMESPACE, name, PatchType::Merge, body);
            request(scale.subresource(Subresource::Scale))
        }),
        3 => (set_name(), propagation()).prop_map(|(name, how)| deletion(Kind::StatefulSet, name, how, None)),
        5 => (pod_name(), propagation(), prop::option::of(0..2_i64))
            .prop_map(|(name, how, grace)| deletion(Kind::Pod, &name, how, grace)),
        2 => claim_name().prop_map(|name| deletion(Kind::PersistentVolumeClaim, &name, None, None)),
        1 => set_name().prop_map(|name| deletion(Kind::Service, name, None, None)),
        1 => (set_name(), any::<bool>()).prop_map(move |(name, all)| create(Kind::Service, service(name, all))),
        4 => (pod_name(), pod_patch()).prop_map(|(name, body)| patch(Kind::Pod, &name, PatchType::Merge, body)),
        1 => (pod_name(), set_name()).prop_map(move |(name, app)| create(Kind::Pod, bare_pod(&name, app))),
        1 => claim_name().prop_map(move |name| {
            let mut claim = claim_template(&name, "standard");
            claim["apiVersion"] = "v1".into();
            claim["kind"] = "PersistentVolumeClaim".into();
            create(Kind::PersistentVolumeClaim, claim)
        }),
        3 => (0..3, node_change()).prop_map(|(node, change)| {
            let name = format!("node-{node}");
            match change {
                Some(spec) => patch(Kind::Node, &name, PatchType::Merge, json!({"spec": spec})),
                None => deletion(Kind::Node, &name, None, None),
            }
        }),
        1 => (0..3).prop_map(|node| new_node(&format!("node-{node}"))),
        2 => pod_name().prop_map(|name| {
            let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
            let create = Request::create(Kind::Pod, NAMESPACE, body).subresource(Subresource::Eviction);
            request(Request { name: Some(name), ..create })
        }),
        1 => (set_name(), 0..3).prop_map(move |(app, most)| create(Kind::PodDisruptionBudget, json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": app},
            "spec": {"maxUnavailable": most, "selector": {"matchLabels": {"app": app}}}}))),
    ]
}

/// What becomes of a node's spec; `None`: the node goes.
fn node_change() -> impl Strategy<Value = Option<Value>> {
    let taint = |key: &str, effect: &str| Some(json!({"taints": [{"key": key, "effect": effect}]}));
    prop_oneof![
        4 => any::<bool>().prop_map(|off| Some(json!({"unschedulable": off}))),
        1 => Just(taint("a", "NoSchedule")),
        2 => Just(taint("a", "NoExecute")),
        1 => Just(taint("node.kubernetes.io/unreachable", "NoExecute")),
        1 => Just(taint("node.kubernetes.io/out-of-service", "NoExecute")),
        2 => Just(Some(json!({"taints": null}))),
        1 => Just(None),
    ]
}

fn new_node(name: &str) -> Input {
    request(Request::create(Kind::Node, "", json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})))
}

fn fault() -> impl Strategy<Value = Fault> {
    let value = || prop::sample::select(vec![Some(true), Some(false), None]);
    let word = |words: &[&'static str]| prop::sample::select(words.to_vec()).prop_map(str::to_string);
    prop_oneof![
        4 => (pod_name(), word(&["ready", "crash", "hang"]), value())
            .prop_map(|(name, attribute, value)| Fault::Pod { name, attribute, value }),
        2 => (pod_name(), word(&["Failed", "Succeeded"]))
            .prop_map(|(name, phase)| Fault::PodPhase { name, phase, reason: None, message: None }),
        3 => (image(), word(&["ready", "crash", "pull"]), value())
            .prop_map(|(image, attribute, value)| Fault::Image { image: image.into(), attribute, value }),
        1 => (0..3, any::<bool>()).prop_map(|(node, up)| Fault::Node { name: format!("node-{node}"), up }),
        2 => Just(Fault::Clear),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        8 => write(),
        2 => fault().prop_map(Input::Fault),
        2 => Just(Input::Settle { quiet_us: 2_000_000 }),
        2 => prop::sample::select(vec![1_000, 20_000, 300_000, 2_000_000, 7_000_000, 100_000_000]).prop_map(|us| Input::Run { us }),
        1 => (1..30_u32).prop_map(|times| Input::Step { times }),
    ]
}

/// What happened, one input a line.
#[derive(Clone)]
pub struct Journal(pub Vec<Input>);

impl Journal {
    /// Reads a journal from its lines.
    pub fn read(lines: &str) -> Journal {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        Journal(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(read).collect())
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.0.iter().map(|input| serde_json::to_string(input).unwrap_or_default());
        lines.try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// A Service and a set, then anything.
pub fn journal(length: usize) -> impl Strategy<Value = Journal> {
    (manifest(), any::<bool>(), prop::collection::vec(input(), 1..length)).prop_map(|(set, not_ready, rest)| {
        let name = set["metadata"]["name"].as_str().unwrap_or_default().to_string();
        let first = [
            request(Request::create(Kind::Service, NAMESPACE, service(&name, not_ready))),
            request(Request::create(Kind::StatefulSet, NAMESPACE, set)),
        ];
        Journal(first.into_iter().chain(rest).collect())
    })
}

/// An annotation on a set, which only makes its controller look at it.
pub fn note(set: &str, text: &str) -> Input {
    patch(Kind::StatefulSet, set, PatchType::Merge, json!({"metadata": {"annotations": {"note": text}}}))
}

/// What heals a world: no faults, nodes there and open, nothing held by a finalizer of a person.
pub fn healing(pods: impl Iterator<Item = String>) -> Vec<Input> {
    let nodes = (0..3).flat_map(|node| {
        let name = format!("node-{node}");
        let open = json!({"spec": {"unschedulable": false, "taints": null}});
        [new_node(&name), patch(Kind::Node, &name, PatchType::Merge, open)]
    });
    let free = pods.map(|pod| patch(Kind::Pod, &pod, PatchType::Merge, json!({"metadata": {"finalizers": null}})));
    [Input::Fault(Fault::Clear)].into_iter().chain(nodes).chain(free).collect()
}
