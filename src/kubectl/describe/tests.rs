//! Whole descriptions: recorded outputs of kubectl 1.36.2 in `tests/fixtures/describe`, cases of upstream's
//! `describe_test.go`, and descriptions of objects that are wrong in every way.

use serde_json::{Value, json};

use super::describe;
use super::json::Json;
use crate::apiserver::api::Waited;
use crate::apiserver::{Api, Request, Response, Status, Verb};
use crate::resource::selector::{FieldSelector, Selector, SelectorError};
use crate::resource::{Kind, Time};

/// A cluster that never changes.
#[derive(Default)]
struct World {
    objects: Vec<Value>,
}

impl World {
    fn new(objects: &[Value]) -> World {
        World { objects: objects.to_vec() }
    }

    fn of_kind(&self, request: &Request) -> impl Iterator<Item = &Value> {
        let (kind, namespace) = (request.kind, request.namespace.clone());
        self.objects.iter().filter(move |o| {
            Kind::of(o.text("apiVersion"), o.text("kind")) == Some(kind)
                && namespace.as_ref().is_none_or(|n| o.text("metadata.namespace") == n)
        })
    }
}

/// Whether the selectors of a request choose an object.
fn selected(object: &Value, request: &Request) -> Result<bool, SelectorError> {
    let labels = Selector::parse(request.options.label_selector.as_deref().unwrap_or_default())?;
    let fields = FieldSelector::parse(request.kind, request.options.field_selector.as_deref().unwrap_or_default())?;
    Ok(labels.matches_json(object.at("metadata.labels")) && fields.matches(object))
}

impl Api for World {
    fn send(&mut self, request: Request) -> Result<Response, Status> {
        let object = match (request.verb, &request.name) {
            (Verb::List, _) => {
                let mut items = Vec::new();
                for object in self.of_kind(&request) {
                    if selected(object, &request).map_err(|e| Status::bad_request(e.to_string()))? {
                        items.push(object);
                    }
                }
                json!({"items": items})
            }
            (_, Some(name)) => {
                let found = self.of_kind(&request).find(|o| o.text("metadata.name") == name).cloned();
                found.ok_or_else(|| Status::not_found(request.kind, name))?
            }
            (_, None) => Value::Null,
        };
        Ok(Response { object, warnings: Vec::new() })
    }

    fn now(&self) -> Time {
        Time::LAB_START
    }

    fn wait_for_change(&mut self, _: Option<Time>) -> Waited {
        Waited::Never
    }
}

/// A fixture's objects, the first of which is described, and what kubectl printed. Its `T` is a moment 9m59s ago, and
/// `<age>` is as wide as that.
macro_rules! fixture {
    ($name:literal) => {
        (
            include_str!(concat!("../../../tests/fixtures/describe/", $name, ".json")),
            include_str!(concat!("../../../tests/fixtures/describe/", $name, ".txt")),
        )
    };
}

fn objects(text: &str) -> Vec<Value> {
    serde_json::from_str(&text.replace("\"T\"", "\"2025-12-31T23:50:01Z\"")).unwrap()
}

const FIXTURES: &[(Kind, &str, (&str, &str))] = &[
    (Kind::StatefulSet, "web", fixture!("statefulset")),
    (Kind::Pod, "web-0", fixture!("pod")),
    (Kind::Pod, "web-0", fixture!("pod-init-containers")),
    (Kind::Pod, "web-1", fixture!("pod-crash-loop")),
    (Kind::Pod, "web-0", fixture!("pod-pending")),
    (Kind::PersistentVolumeClaim, "www-web-0", fixture!("claim")),
    (Kind::PersistentVolumeClaim, "data", fixture!("claim-terminating")),
    (Kind::Service, "nginx", fixture!("service")),
    (Kind::EndpointSlice, "nginx-<001>", fixture!("endpointslice")),
    (Kind::PodDisruptionBudget, "web-pdb", fixture!("disruption-budget")),
];

fn is(object: &Value, kind: Kind, name: &str) -> bool {
    Kind::of(object.text("apiVersion"), object.text("kind")) == Some(kind) && object.text("metadata.name") == name
}

/// S135–S140 as recorded from kubectl 1.36.2.
#[test]
fn recorded_descriptions() {
    for (kind, name, (input, expect)) in FIXTURES {
        let mut world = World::new(&objects(input));
        let object = world.objects.iter().find(|o| is(o, *kind, name)).unwrap().clone();
        let text = describe(&mut world, *kind, &object, true).unwrap();
        let text = text.replace("Wed, 31 Dec 2025 23:50:01 +0000", "T").replace("2025-12-31T23:50:01Z", "T");
        assert_eq!(text.replace("9m59s", "<age>"), *expect, "{kind} {name}");
    }
}

/// Kinds that no recording describes. Their text was compared with what kubectl itself printed for the same objects.
#[test]
fn descriptions_of_other_kinds() {
    let objects: Vec<Value> =
        serde_yaml::from_str(include_str!("../../../tests/fixtures/describe/kinds.yaml")).unwrap();
    let mut world = World::new(&objects);
    let mut text = String::new();
    for object in &objects {
        let kind = Kind::of(object.text("apiVersion"), object.text("kind")).unwrap();
        text.extend(["# ", kind.info().name, " ", object.text("metadata.name"), "\n"]);
        text += &describe(&mut world, kind, object, true).unwrap();
    }
    assert_eq!(text, include_str!("../../../tests/fixtures/describe/kinds.txt"));
}

/// Names of fields that describers look at, for objects made at random.
const FIELDS: &[&str] = &[
    "metadata",
    "spec",
    "status",
    "template",
    "name",
    "labels",
    "annotations",
    "ownerReferences",
    "controller",
    "uid",
    "containers",
    "containerStatuses",
    "state",
    "terminated",
    "ports",
    "env",
    "valueFrom",
    "resourceFieldRef",
    "divisor",
    "resource",
    "resources",
    "limits",
    "requests",
    "cpu",
    "memory",
    "volumes",
    "csi",
    "emptyDir",
    "projected",
    "ephemeral",
    "sources",
    "items",
    "selector",
    "matchExpressions",
    "replicas",
    "tolerations",
    "endpoints",
    "addresses",
    "subsets",
    "rules",
    "http",
    "paths",
    "backend",
    "service",
    "hard",
    "used",
    "capacity",
    "allocatable",
    "conditions",
    "data",
    "volumeClaimTemplates",
    "creationTimestamp",
    "deletionTimestamp",
    "series",
    "count",
    "readinessProbe",
    "httpGet",
];

mod malformed {
    use proptest::prelude::*;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            Just("1Gi".to_string()),
            Just("-5".to_string()),
            Just("2025-12-31T00:00:00Z".to_string()),
            Just("limits.cpu".to_string()),
            Just("ä\t\n\u{c}\u{1b}".repeat(60)),
            any::<String>(),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 5, |inner| {
            let field = prop::sample::select(FIELDS).prop_map(ToString::to_string);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(field, inner, 0..6).prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    fn known_objects() -> Vec<Value> {
        let fixtures = FIXTURES.iter().flat_map(|(.., (input, _))| objects(input));
        let kinds: Vec<Value> =
            serde_yaml::from_str(include_str!("../../../tests/fixtures/describe/kinds.yaml")).unwrap();
        fixtures.chain(kinds).collect()
    }

    /// Puts `value` somewhere into `object`: `path` chooses a child at each step.
    fn spoil(object: &mut Value, path: &[usize], value: Value) {
        let child = match (path.first(), &mut *object) {
            (Some(n), Value::Object(fields)) if !fields.is_empty() => fields.values_mut().nth(n % 7),
            (Some(n), Value::Array(items)) if !items.is_empty() => {
                let length = items.len();
                items.get_mut(n % length)
            }
            _ => None,
        };
        match child {
            Some(child) => spoil(child, &path[1..], value),
            None => *object = value,
        }
    }

    fn describe_as_every_kind(object: &Value, related: &[Value]) {
        let mut world = World::new(related);
        for info in crate::resource::kind::ALL {
            // What cannot even be asked for (a selector that is none) fails; everything else is described.
            match describe(&mut world, info.kind, object, true) {
                Ok(text) => assert!(!text.contains('\u{1b}'), "{text}"),
                Err(error) => assert!(error.status().is_some_and(|s| s.reason == "BadRequest"), "{error}"),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_object_can_be_described(object in any_json()) {
            describe_as_every_kind(&object, &[]);
        }

        #[test]
        fn spoilt_objects_can_be_described(
            which in any::<usize>(), path in prop::collection::vec(any::<usize>(), 1..9), value in any_json(),
        ) {
            let mut objects = known_objects();
            let index = which % objects.len();
            spoil(&mut objects[index], &path, value);
            describe_as_every_kind(&objects[index].clone(), &objects);
        }
    }
}
