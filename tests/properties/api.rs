//! The API server by itself: writes that change nothing, patches of all types, dry runs, deletions.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sts_lab::apiserver::{Options, PatchType, Request};
use sts_lab::cluster::Cluster;
use sts_lab::resource::Kind;
use sts_lab::resource::kind::ALL;

use super::config;
use super::run::Run;
use super::world::{Journal, journal};

/// Everything in the store, as JSON.
fn everything(cluster: &Cluster) -> Vec<Value> {
    ALL.iter().flat_map(|info| cluster.api.store.all(info.kind).map(|object| object.to_json())).collect()
}

/// The kinds that people write.
fn writable(kind: Kind) -> bool {
    !matches!(kind, Kind::Endpoints | Kind::Event)
}

fn objects(cluster: &Cluster) -> Vec<(Kind, Value)> {
    let kinds = ALL.iter().map(|info| info.kind).filter(|kind| writable(*kind));
    kinds.flat_map(|kind| cluster.api.store.all(kind).map(move |object| (kind, object.to_json()))).collect()
}

fn name_of(value: &Value) -> (&str, &str) {
    let text = |key: &str| value["metadata"][key].as_str().unwrap_or_default();
    (text("namespace"), text("name"))
}

/// Writing an object as it is changes nothing: no version, no generation, no entry of the history. Only who owns the
/// fields of a set may have to be put together first, after somebody scaled it to the size it had.
fn update_without_change(cluster: &mut Cluster) {
    for (kind, value) in objects(cluster).into_iter().filter(|(kind, _)| *kind == Kind::StatefulSet) {
        let (namespace, name) = name_of(&value);
        let answer = cluster.request(&Request::patch(kind, namespace, name, PatchType::Merge, json!({})), 0);
        assert_eq!(answer.map(|answer| unversioned(answer.object)), Ok(unversioned(value)));
    }
    let changes = cluster.api.store.history.len();
    for (kind, value) in objects(cluster) {
        let (namespace, name) = name_of(&value);
        let answer = cluster.request(&Request::update(kind, namespace, name, value.clone()), 0);
        assert_eq!(answer.map(|answer| answer.object), Ok(value.clone()));
        for how in [PatchType::Merge, PatchType::Strategic, PatchType::Json] {
            let body = if how == PatchType::Json { json!([]) } else { json!({}) };
            let answer = cluster.request(&Request::patch(kind, namespace, name, how, body), 0);
            assert_eq!(answer.map(|answer| answer.object), Ok(value.clone()), "{how:?}");
        }
    }
    assert_eq!(cluster.api.store.history.len(), changes);
}

/// A simple edit: texts of labels and annotations, and the number of replicas of what has one.
#[derive(Clone, Debug)]
struct Edit {
    labels: Vec<(String, Option<String>)>,
    annotations: Vec<(String, Option<String>)>,
    replicas: i64,
}

fn edit() -> impl Strategy<Value = Edit> {
    let key = prop::sample::select(vec!["app", "note", "example.com/a", "v", "a~b"]).prop_map(str::to_string);
    let value = prop::option::of("[a-z]{1,3}");
    let pairs = || prop::collection::vec((key.clone(), value.clone()), 0..3);
    (pairs(), pairs(), 0..4_i64).prop_map(|(labels, annotations, replicas)| {
        let labels = labels.into_iter().filter(|(key, _)| key != "a~b").collect();
        Edit { labels, annotations, replicas }
    })
}

impl Edit {
    /// The edit as a merge patch, which is a strategic one as well.
    fn merge(&self, kind: Kind) -> Value {
        let map = |pairs: &[(String, Option<String>)]| -> Map<String, Value> {
            pairs.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
        };
        let mut patch = json!({"metadata": {"labels": map(&self.labels), "annotations": map(&self.annotations)}});
        if kind == Kind::StatefulSet {
            patch["spec"]["replicas"] = self.replicas.into();
        }
        patch
    }

    /// The same as a JSON patch of `object`.
    fn json(&self, kind: Kind, object: &Value) -> Value {
        let mut out = Vec::new();
        for (field, pairs) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            let mut map = object["metadata"][field].as_object().cloned().unwrap_or_default();
            for (key, value) in pairs {
                match value {
                    Some(value) => map.insert(key.clone(), value.as_str().into()),
                    None => map.remove(key),
                };
            }
            out.push(json!({"op": "add", "path": format!("/metadata/{field}"), "value": map}));
        }
        if kind == Kind::StatefulSet {
            out.push(json!({"op": "replace", "path": "/spec/replicas", "value": self.replicas}));
        }
        out.into()
    }

    /// The object as somebody would write it with the edit done.
    fn whole(&self, kind: Kind, object: &Value) -> Value {
        let mut new = object.clone();
        json_patch::merge(&mut new, &self.merge(kind));
        new
    }
}

/// The same edit comes out the same by every sort of write, on clones of one world; a dry run says so beforehand and
/// changes nothing.
fn writes_agree(cluster: &Cluster, edit: &Edit) {
    let before = everything(cluster);
    for (kind, value) in objects(cluster) {
        let (namespace, name) = name_of(&value);
        let patch = |how, body| Request::patch(kind, namespace, name, how, body);
        let ways = [
            patch(PatchType::Merge, edit.merge(kind)),
            patch(PatchType::Strategic, edit.merge(kind)),
            patch(PatchType::Json, edit.json(kind, &value)),
            Request::update(kind, namespace, name, edit.whole(kind, &value)),
        ];
        let mut answers = Vec::new();
        for way in ways {
            let dry = way.clone().with(Options { dry_run: true, ..Options::default() });
            let mut other = cluster.clone();
            let said = other.request(&dry, 0).map(|answer| unversioned(answer.object));
            assert_eq!(everything(&other), before, "a dry run wrote: {dry:?}");
            assert_eq!(other.api.store.revision(), cluster.api.store.revision());
            let answer = other.request(&way, 0).map(|answer| unversioned(answer.object));
            assert_eq!(said, answer, "{way:?}");
            answers.push((way.verb, answer));
        }
        let (_, first) = &answers[0];
        for (verb, answer) in &answers {
            assert_eq!(answer, first, "{verb:?} of {edit:?} on {value}");
        }
    }
}

fn unversioned(mut object: Value) -> Value {
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("resourceVersion");
    }
    object
}

/// What is gone is not found; what is going stays as it is when it is deleted again. A dry run deletes nothing.
fn deletion_is_idempotent(cluster: &Cluster) {
    let before = everything(cluster);
    for (kind, value) in objects(cluster).into_iter().filter(|(kind, _)| *kind != Kind::Namespace) {
        let (namespace, name) = name_of(&value);
        let delete = Request::delete(kind, namespace, name);
        let mut other = cluster.clone();
        let dry = delete.clone().with(Options { dry_run: true, ..Options::default() });
        assert!(other.request(&dry, 0).is_ok());
        assert_eq!(everything(&other), before, "a dry run deleted");
        assert!(other.request(&delete, 0).is_ok());
        let (there, changes) = (everything(&other), other.api.store.history.len());
        let again = other.request(&delete, 0);
        match other.api.store.get(kind, namespace, name) {
            None => assert!(again.is_err_and(|error| error.is_not_found())),
            Some(object) => {
                assert!(object.meta.terminating());
                assert_eq!(again.map(|answer| answer.object), Ok(object.to_json()));
            }
        }
        assert_eq!((everything(&other), other.api.store.history.len()), (there, changes));
    }
}

/// What a read of each object and a list of its kind say is the same.
fn reads_agree(cluster: &mut Cluster) {
    for info in ALL.iter().filter(|info| writable(info.kind)) {
        let list = cluster.request(&Request::list(info.kind, None), 0).expect("lists are answered");
        for item in list.object["items"].as_array().into_iter().flatten() {
            let (namespace, name) = name_of(item);
            let one = cluster.request(&Request::get(info.kind, namespace, name), 0);
            assert_eq!(one.map(|answer| answer.object).as_ref(), Ok(item));
        }
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_server_keeps_its_word(journal in journal(8), edit in edit()) {
        keeps_its_word(&journal, &edit);
    }
}

fn keeps_its_word(journal: &Journal, edit: &Edit) {
    let mut run = Run::of(&journal.0);
    reads_agree(&mut run.cluster);
    update_without_change(&mut run.cluster);
    writes_agree(&run.cluster, edit);
    deletion_is_idempotent(&run.cluster);
}
