//! Objects and their JSON: what a manifest of any shape says is still there after the model types have read it. The
//! manifests are drawn from the schema, so that every field of every kind comes up.

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::{Map, Value, json};
use sts_lab::apiserver::{FieldValidation, decode, defaults};
use sts_lab::resource::kind::ALL;
use sts_lab::resource::schema::{Shape, Struct, Type};
use sts_lab::resource::{Kind, Object};

use super::config;

/// Kinds whose models hold what components write, and no more; [`super::run`] looks at those.
const ONLY_MADE_BY_COMPONENTS: [Kind; 3] = [Kind::Endpoints, Kind::EndpointSlice, Kind::Event];

/// Deeper than this, only what is required is drawn.
const DEPTH: u32 = 7;

/// A value of a type; `None` leaves the field out.
fn value(ty: &Type, depth: u32, rng: &mut TestRng) -> Value {
    match ty.shape {
        Shape::String => json!(["a", "b-1", "x.y", ""][below(4, rng)]),
        Shape::Bool => json!(below(2, rng) == 1),
        Shape::Int32 | Shape::Int64 => json!(below(3, rng)),
        Shape::Float64 => json!(0.5),
        Shape::Bytes => json!("YQ=="),
        Shape::Quantity => json!(["1", "500m", "1Gi"][below(3, rng)]),
        Shape::IntOrString => [json!(80), json!("http")][below(2, rng)].clone(),
        Shape::Time => json!("2026-01-01T00:00:00Z"),
        Shape::MicroTime => json!("2026-01-01T00:00:00.000001Z"),
        Shape::Raw => json!({"spec": {"template": {"$patch": "replace"}}}),
        Shape::Struct(reference) => object(reference.get(), depth + 1, rng),
        Shape::List(element) => (0..below(3, rng)).map(|_| value(element, depth + 1, rng)).collect(),
        Shape::Map(element) => {
            let keys = ["cpu", "memory", "example.com/x"];
            let count = below(3, rng);
            keys[..count]
                .iter()
                .map(|key| (key.to_string(), value(element, depth + 1, rng)))
                .collect::<Map<_, _>>()
                .into()
        }
    }
}

fn below(limit: usize, rng: &mut TestRng) -> usize {
    rng.next_u32() as usize % limit
}

fn object(of: &'static Struct, depth: u32, rng: &mut TestRng) -> Value {
    let chosen = of.fields().iter().filter(|field| depth <= 2 || field.required || depth < DEPTH && below(4, rng) == 0);
    let chosen: Vec<_> = chosen.collect();
    let fields = chosen.into_iter().map(|field| (field.name.to_string(), value(&field.ty, depth, rng)));
    fields.collect::<Map<_, _>>().into()
}

/// A manifest as somebody may write it: anything but what only the system sets.
fn manifest(kind: Kind, rng: &mut TestRng) -> Value {
    let mut manifest = object(Struct::of(kind), 0, rng);
    manifest["apiVersion"] = kind.api_version().into();
    manifest["kind"] = kind.info().name.into();
    manifest["metadata"] = json!({"name": "a", "labels": {"app": "a"}, "annotations": {"note": ""},
        "finalizers": ["example.com/hold"]});
    if let Some(members) = manifest.as_object_mut() {
        members.remove("status");
    }
    if kind == Kind::PersistentVolume && manifest["spec"].get("claimRef").is_some() {
        let kind = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "default", "name": "a"});
        manifest["spec"]["claimRef"] = [kind, json!({"namespace": "default", "name": "a"})][below(2, rng)].clone();
    }
    manifest
}

/// As the server has it before it is stored.
fn decoded(kind: Kind, manifest: Value) -> Option<Value> {
    let mut value = decode::decode(kind, manifest, FieldValidation::Ignore).ok()?.value;
    defaults::apply(kind, &mut value);
    Some(value)
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn manifests_survive_the_model_types(seed in any::<Seeds>()) {
        let mut rng = seed.0;
        for info in ALL.iter().filter(|info| !ONLY_MADE_BY_COMPONENTS.contains(&info.kind)) {
            let manifest = manifest(info.kind, &mut rng);
            let Some(value) = decoded(info.kind, manifest.clone()) else { panic!("not decoded: {manifest}") };
            let again = Object::from_json(info.kind, &value).to_json();
            assert_eq!(differences("", &value, &again), Vec::<String>::new(), "{value}");
        }
    }
}

/// A generator of its own for each case.
#[derive(Clone, Debug)]
struct Seeds(TestRng);

impl Arbitrary for Seeds {
    type Parameters = ();
    type Strategy = BoxedStrategy<Seeds>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Seeds> {
        Just(()).prop_perturb(|(), rng| Seeds(rng)).boxed()
    }
}

/// Where two values differ.
fn differences(path: &str, one: &Value, other: &Value) -> Vec<String> {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let null = Value::Null;
            let get = |map: &'_ Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or(null.clone());
            keys.into_iter().flat_map(|key| differences(&format!("{path}.{key}"), &get(a, key), &get(b, key))).collect()
        }
        _ if one == other => Vec::new(),
        _ => vec![format!("{path}: {one} became {other}")],
    }
}

/// A Pod that is held by scheduling gates has a condition that never changed yet: Go writes null, and so must the model.
#[test]
fn a_condition_that_never_changed_says_null() {
    let manifest = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {
        "containers": [{"name": "app", "image": "app:1"}], "schedulingGates": [{"name": "example.com/wait"}]}});
    let value = decoded(Kind::Pod, manifest).expect("it is a Pod");
    let again = Object::from_json(Kind::Pod, &value).to_json();
    assert_eq!(again["status"]["conditions"][0].get("lastTransitionTime"), Some(&Value::Null));
    assert_eq!(again, value);
}
