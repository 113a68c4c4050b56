//! Patches of every type against what the server makes of them.

#![expect(clippy::needless_pass_by_value, reason = "json!() reads best as an argument")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn with_spec(spec: Value) -> Value {
    json!({"spec": {"template": {"spec": spec}}})
}

/// The template spec that a patch of the template spec makes.
fn patched(original: Value, patch: Value) -> Value {
    strategic(Kind::StatefulSet, &with_spec(original), &with_spec(patch)).unwrap()["spec"]["template"]["spec"].clone()
}

fn error(kind: Kind, original: Value, patch: Value) -> Status {
    apply(kind, PatchType::Strategic, &original, &patch, FieldValidation::Strict).unwrap_err()
}

fn named(names: &[&str]) -> Value {
    json!({"containers": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()})
}

#[test]
fn rule_1_maps() {
    let labels = json!({"metadata": {"labels": {"a": "1", "b": "2"}}});
    let check = |patch: Value, expect: Value| {
        let got = strategic(Kind::ConfigMap, &labels, &json!({"metadata": {"labels": patch}})).unwrap();
        assert_eq!(got, json!({"metadata": {"labels": expect}}));
    };
    check(json!({"a": null, "c": "3", "d": null}), json!({"b": "2", "c": "3"}));
    check(json!({"$patch": "delete"}), json!({}));
    check(json!({"$patch": "replace", "x": "y"}), json!({"x": "y"}));
}

#[test]
fn rule_2_lists_merge_by_key() {
    let live = json!({"containers": [{"name": "a", "image": "x", "args": ["1", "2"]}, {"name": "b", "image": "y"}]});
    assert_eq!(
        patched(live, json!({"containers": [{"name": "a", "image": "z", "args": ["3"]}]})),
        json!({"containers": [{"name": "a", "image": "z", "args": ["3"]}, {"name": "b", "image": "y"}]})
    );
    let status =
        error(Kind::StatefulSet, with_spec(named(&["a"])), with_spec(json!({"containers": [{"image": "zz"}]})));
    assert_eq!((status.code, status.reason), (500, ""));
    assert_eq!(status.message, "map: map[image:zz] does not contain declared merge key: name");
}

#[test]
fn rule_3_directives_in_lists() {
    let delete = json!({"containers": [{"name": "b", "$patch": "delete"}]});
    assert_eq!(patched(named(&["a", "b", "c"]), delete), named(&["a", "c"]));
    let replace = json!({"containers": [{"$patch": "replace"}, {"name": "z"}]});
    assert_eq!(patched(named(&["a", "b"]), replace), named(&["z"]));
    let status = error(
        Kind::StatefulSet,
        with_spec(named(&["a"])),
        with_spec(json!({"containers": [{"name": "a", "$patch": "bogus"}]})),
    );
    assert_eq!(status.message, "unknown patch type: bogus in map: map[$patch:bogus name:a]");
}

#[test]
fn rule_4_other_lists_are_replaced() {
    let claims = |names: &[&str]| json!({"spec": {"volumeClaimTemplates": names.iter().map(|n| json!({"metadata": {"name": n}})).collect::<Vec<_>>()}});
    assert_eq!(strategic(Kind::StatefulSet, &claims(&["a", "b"]), &claims(&["c"])).unwrap(), claims(&["c"]));
    let gone = json!({"spec": {"volumeClaimTemplates": null}});
    assert_eq!(strategic(Kind::StatefulSet, &claims(&["a"]), &gone).unwrap(), json!({"spec": {}}));
}

#[test]
fn rule_5_primitive_lists() {
    let finalizers = |list: Value| json!({"metadata": {"finalizers": list}});
    let live = finalizers(json!(["a/1", "b/2"]));
    let merged = strategic(Kind::Pod, &live, &finalizers(json!(["c/3", "a/1"]))).unwrap();
    assert_eq!(merged, finalizers(json!(["c/3", "a/1", "b/2"])));
    let deletion = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/1"]}});
    assert_eq!(strategic(Kind::Pod, &live, &deletion).unwrap(), finalizers(json!(["b/2"])));
}

#[test]
fn rule_6_the_order_of_elements() {
    let mut patch = named(&["d", "c"]);
    patch["$setElementOrder/containers"] = json!([{"name": "d"}, {"name": "c"}]);
    assert_eq!(patched(named(&["c", "x", "d"]), patch), named(&["x", "d", "c"]));
    let mut patch = named(&["a", "b"]);
    patch["$setElementOrder/containers"] = json!([{"name": "b"}, {"name": "a"}]);
    let status = error(Kind::StatefulSet, with_spec(named(&["a"])), with_spec(patch));
    assert_eq!(
        status.message,
        "The order in patch list:\n[map[name:a] map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:b] \
         map[name:a]]\n"
    );
}

#[test]
fn rule_7_retained_keys() {
    let live = json!({"volumes": [{"name": "v", "emptyDir": {}}]});
    let patch = json!({"volumes": [{"name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "c"}}]});
    assert_eq!(patched(live.clone(), patch), json!({"volumes": [{"name": "v", "configMap": {"name": "c"}}]}));
    let patch = json!({"volumes": [{"name": "v", "$retainKeys": ["name"], "configMap": {"name": "c"}}]});
    let status = error(Kind::StatefulSet, with_spec(live), with_spec(patch));
    assert_eq!((status.code, status.message.as_str()), (400, "invalid patch format of retainKeys"));
    let strategy = |value: Value| json!({"spec": {"strategy": value}});
    let got = strategic(
        Kind::Deployment,
        &strategy(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})),
        &strategy(json!({"$retainKeys": ["type"], "type": "Recreate"})),
    );
    assert_eq!(got.unwrap(), strategy(json!({"type": "Recreate"})));
}

#[test]
fn rule_8_new_elements_go_first() {
    assert_eq!(patched(named(&["c", "d"]), named(&["n"])), named(&["n", "c", "d"]));
    let env = |names: &[&str]| json!({"containers": [{"name": "x", "env": named(names)["containers"]}]});
    assert_eq!(patched(env(&["A", "B"]), env(&["B", "Z"])), env(&["A", "B", "Z"]));
}

#[test]
fn rule_9_unknown_fields() {
    let live = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"replicas": 1}});
    let patch = json!({"spec": {"replica": 3, "x": {"y": [1]}}});
    assert_eq!(
        error(Kind::StatefulSet, live.clone(), patch.clone()).message,
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[replica:3 x:map[y:[1]]]]\": strict decoding error: \
         unknown field \"spec.replica\", unknown field \"spec.x\""
    );
    let warned = apply(Kind::StatefulSet, PatchType::Strategic, &live, &patch, FieldValidation::Warn).unwrap();
    assert_eq!(warned.warnings.len(), 2);
    assert_eq!(warned.value["spec"]["replicas"], 1);
}

#[test]
fn the_patch_in_an_error_is_what_merging_left_of_it() {
    let mut patch = named(&["a"]);
    patch["$setElementOrder/containers"] = json!([{"name": "a"}]);
    patch["bogus"] = json!(1);
    assert!(
        error(Kind::StatefulSet, with_spec(named(&["a"])), with_spec(patch))
            .message
            .contains("\"map[spec:map[template:map[spec:map[bogus:1]]]]\"")
    );
}

#[test]
fn merge_patches_and_json_patches_part_12() {
    let live = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}});
    let patch = json!({"data": {"x": null, "y": "2"}, "metadata": {"labels": {"l": "m", "n": null}}});
    let got = apply(Kind::ConfigMap, PatchType::Merge, &live, &patch, FieldValidation::Strict).unwrap().value;
    assert_eq!((&got["data"], &got["metadata"]["labels"]), (&json!({"y": "2"}), &json!({"l": "m"})));
    let operations = json!([
        {"op": "test", "path": "/data/x", "value": "1"},
        {"op": "add", "path": "/data/a~1b", "value": "c"},
        {"op": "move", "from": "/data/x", "path": "/data/z"},
    ]);
    let got = apply(Kind::ConfigMap, PatchType::Json, &live, &operations, FieldValidation::Strict).unwrap().value;
    assert_eq!(got["data"], json!({"a/b": "c", "z": "1"}));
    let check = |patch: Value, code: u16, message: &str| {
        let status = apply(Kind::ConfigMap, PatchType::Json, &live, &patch, FieldValidation::Strict).unwrap_err();
        assert_eq!((status.code, status.message.as_str()), (code, message), "{patch}");
    };
    let refused = "the server rejected our request due to an error in our request";
    check(json!([{"op": "test", "path": "/data/x", "value": "2"}]), 422, refused);
    check(json!([{"op": "remove", "path": "/data/none"}]), 422, refused);
    check(json!([{"op": "add", "path": "/no/where", "value": "2"}]), 422, refused);
    check(json!([{"op": "bogus", "path": "/data/x"}]), 422, refused);
    let unmarshal = "error decoding patch: json: cannot unmarshal object into Go value of type";
    check(json!({}), 400, &format!("{unmarshal} []handlers.jsonPatchOp"));
    let status = apply(Kind::ConfigMap, PatchType::Merge, &live, &json!({"data": {"x": 1}}), FieldValidation::Strict);
    assert!(
        status
            .unwrap_err()
            .message
            .ends_with("json: cannot unmarshal number into Go struct field ConfigMap.data of type string")
    );
}

#[test]
fn apply_prunes_what_was_last_applied_and_keeps_what_others_set() {
    let set = |spec: Value| json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": spec});
    let last = set(json!({"replicas": 2, "minReadySeconds": 5}));
    let next = set(json!({"replicas": 3}));
    let live = set(json!({"replicas": 2, "minReadySeconds": 5, "podManagementPolicy": "OrderedReady"}));
    let patch = three_way_strategic(Kind::StatefulSet, &last, &next, &live, true).unwrap();
    assert_eq!(patch, json!({"spec": {"minReadySeconds": null, "replicas": 3}}));
    let same = three_way_strategic(Kind::StatefulSet, &last, &last, &live, true).unwrap();
    assert_eq!(same, json!({}));
}

#[test]
fn apply_orders_changed_containers_and_deletes_gone_ones() {
    let set = |containers: Value| with_spec(json!({"containers": containers}));
    let last = set(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]));
    let next = set(json!([{"name": "a", "image": "2"}]));
    let live = set(json!([{"name": "a", "image": "1", "imagePullPolicy": "Always"}, {"name": "b", "image": "1"}]));
    assert_eq!(
        three_way_strategic(Kind::StatefulSet, &last, &next, &live, true).unwrap(),
        with_spec(json!({
            "$setElementOrder/containers": [{"name": "a"}],
            "containers": [{"name": "a", "image": "2"}, {"name": "b", "$patch": "delete"}],
        }))
    );
}

#[test]
fn apply_sends_claim_templates_whole_part_18() {
    let claims = json!([{"metadata": {"name": "www"}}]);
    let set = |claims: &Value| json!({"spec": {"volumeClaimTemplates": claims}});
    let mut live = claims.clone();
    live[0]["status"] = json!({"phase": "Pending"});
    let patch = three_way_strategic(Kind::StatefulSet, &set(&claims), &set(&claims), &set(&live), true).unwrap();
    assert_eq!(patch, set(&claims));
}

#[test]
fn set_image_is_a_two_way_patch() {
    let set = |image: &str| with_spec(json!({"containers": [{"name": "a", "image": image}, {"name": "b"}]}));
    assert_eq!(
        two_way_strategic(Kind::StatefulSet, &set("1"), &set("2")).unwrap(),
        with_spec(json!({
            "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
            "containers": [{"name": "a", "image": "2"}],
        }))
    );
}

#[test]
fn changed_volume_sources_are_retained_keys() {
    let set = |source: Value| {
        let mut volume = json!({"name": "v"});
        volume.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
        with_spec(json!({"volumes": [volume]}))
    };
    let patch = two_way_strategic(Kind::StatefulSet, &set(json!({"emptyDir": {}})), &set(json!({"secret": {}})));
    assert_eq!(
        patch.unwrap(),
        with_spec(json!({
            "$setElementOrder/volumes": [{"name": "v"}],
            "volumes": [{"name": "v", "secret": {}, "emptyDir": null, "$retainKeys": ["name", "secret"]}],
        }))
    );
}

#[test]
fn changes_of_others_conflict_unless_overwritten() {
    let set = |replicas: i64| json!({"spec": {"replicas": replicas}});
    let conflict = three_way_strategic(Kind::StatefulSet, &set(1), &set(2), &set(3), false).unwrap_err();
    assert_eq!(
        conflict.to_string(),
        "patch:\nspec:\n  replicas: 2\n\nconflicts with changes made from original to current:\nspec:\n  replicas: \
         3\n\n"
    );
    assert_eq!(three_way_strategic(Kind::StatefulSet, &set(1), &set(2), &set(3), true).unwrap(), set(2));
}

#[test]
fn unknown_maps_and_lists_have_no_patch() {
    let set = |value: i64| json!({"spec": {"bogus": {"a": value}}});
    let error = two_way_strategic(Kind::StatefulSet, &set(1), &set(2)).unwrap_err();
    assert_eq!(error.to_string(), "unable to find api field in struct StatefulSetSpec for the json field \"bogus\"");
    assert_eq!(two_way_strategic(Kind::StatefulSet, &set(1), &set(1)).unwrap(), json!({}));
}

#[test]
fn json_merge_patches_are_computed_too() {
    let (old, new) = (json!({"a": {"b": 1, "c": 2}, "l": [1]}), json!({"a": {"b": 1}, "l": [2]}));
    assert_eq!(two_way_json(&old, &new), json!({"a": {"c": null}, "l": [2]}));
    let live = json!({"a": {"b": 5, "c": 2, "d": 3}, "l": [1]});
    assert_eq!(three_way_json(&old, &new, &live).unwrap(), json!({"a": {"b": 1, "c": null}, "l": [2]}));
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!("1")), Just(json!("2")), Just(json!("3"))]
}

/// A shuffled list of maps with different values of `key`.
fn keyed(key: &'static str, fields: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let names = Just(vec!["a", "b", "c", "d"]).prop_shuffle();
    (names, prop::collection::vec(fields, 0..5)).prop_map(move |(names, fields)| {
        let elements = names.into_iter().zip(fields).map(|(name, mut element)| {
            element[key] = name.into();
            element
        });
        Value::from(elements.collect::<Vec<_>>())
    })
}

fn some_of(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| prop::option::of(value).prop_map(move |value| (name, value)).boxed())
        .collect();
    fields.prop_map(|fields| {
        Value::Object(fields.into_iter().filter_map(|(name, v)| v.map(|v| (name.to_string(), v))).collect())
    })
}

fn object() -> impl Strategy<Value = Value> {
    let env = keyed("name", some_of(vec![("value", text().boxed())]));
    let args = prop::collection::vec(text(), 0..3).prop_map(Value::from);
    let container = some_of(vec![("image", text().boxed()), ("env", env.boxed()), ("args", args.boxed())]);
    let volume = prop_oneof![Just(json!({"emptyDir": {}})), Just(json!({"secret": {"secretName": "s"}}))];
    let spec = some_of(vec![
        ("containers", keyed("name", container).boxed()),
        ("volumes", keyed("name", volume).boxed()),
        ("nodeSelector", some_of(vec![("x", text().boxed()), ("y", text().boxed())]).boxed()),
    ]);
    // In order: upstream sorts scalars while comparing them, and so overlooks a new order of old ones.
    let finalizers = prop::sample::subsequence(vec!["f/a", "f/b", "f/c"], 0..=3).prop_map(|list| json!(list));
    (spec, prop::option::of(finalizers), prop::option::of(0_i64..3)).prop_map(|(spec, finalizers, replicas)| {
        let mut object = with_spec(spec);
        object["metadata"] = json!({"name": "web"});
        if let Some(finalizers) = finalizers {
            object["metadata"]["finalizers"] = finalizers;
        }
        if let Some(replicas) = replicas {
            object["spec"]["replicas"] = replicas.into();
        }
        object
    })
}

proptest! {
    #[test]
    fn a_two_way_patch_makes_the_modified_object(original in object(), modified in object()) {
        let patch = two_way_strategic(Kind::StatefulSet, &original, &modified).unwrap();
        let got = strategic(Kind::StatefulSet, &original, &patch).unwrap();
        prop_assert_eq!(got, modified, "{}", patch);
    }

    #[test]
    fn nothing_changed_means_an_empty_patch(object in object()) {
        prop_assert_eq!(two_way_strategic(Kind::StatefulSet, &object, &object).unwrap(), json!({}));
    }

    #[test]
    fn without_changes_of_others_a_three_way_patch_does_the_same(original in object(), modified in object()) {
        let patch = three_way_strategic(Kind::StatefulSet, &original, &modified, &original, true).unwrap();
        let got = strategic(Kind::StatefulSet, &original, &patch).unwrap();
        prop_assert_eq!(got, modified, "{}", patch);
    }

    #[test]
    fn a_merge_patch_makes_the_modified_object(original in object(), modified in object()) {
        let patch = two_way_json(&original, &modified);
        prop_assert_eq!(json::merge(&original, &patch), modified);
    }
}
