//! Objects: every field of every object after a settle; missing objects, and extra ones.
//!
//! Where the two recorded runs differ in a field, either value will do; if they differ in a node, any node.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::diff::{MISSING, paths, python};
use super::super::normalize::Side;
use super::super::regex::{NODE, PLACE};
use super::{Count, Report};

type Key = (String, String);

pub(super) fn compare(report: &mut Report, recorded: &[&Side], played: &Side) {
    let keys: BTreeSet<&Key> = recorded
        .iter()
        .copied()
        .chain([played])
        .filter_map(|side| side.objects.as_ref())
        .flat_map(BTreeMap::keys)
        .collect();
    for key in keys {
        let runs: Vec<&[Value]> = recorded.iter().map(|side| of(side, key)).collect();
        let got = of(played, key);
        if !runs.contains(&got) {
            compare_siblings(report, key, &runs, got);
        }
    }
}

fn of<'a>(side: &'a Side, key: &Key) -> &'a [Value] {
    side.objects.as_ref().and_then(|objects| objects.get(key)).map(Vec::as_slice).unwrap_or_default()
}

/// Compares the objects of one kind and name: more than one only if their names are generated.
fn compare_siblings(report: &mut Report, key: &Key, runs: &[&[Value]], got: &[Value]) {
    let name = format!("{}/{}", key.0, key.1);
    let Some(want) = runs.iter().find(|run| run.len() == got.len()) else {
        let number = |siblings: &[Value]| match siblings.len() {
            0 => MISSING.to_string(),
            count => format!("{count} of it"),
        };
        report.add(Count::Objects, name, number(runs[0]), number(got));
        return;
    };
    let (mut unlike, mut left) = (want.to_vec(), got.to_vec());
    if want.len() > 1 {
        for object in *want {
            let place = |siblings: &[Value]| siblings.iter().position(|other| other == object);
            if let (Some(here), Some(there)) = (place(&unlike), place(&left)) {
                unlike.remove(here);
                left.remove(there);
            }
        }
    }
    for (index, (want_one, got_one)) in unlike.iter().zip(&left).enumerate() {
        let at = if want.len() > 1 { index } else { 0 };
        let mut also: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for other in runs[1..].iter().filter(|run| run.len() == want.len()) {
            for (path, _, value) in paths(want_one, &other[at]) {
                also.entry(path).or_default().push(value);
            }
        }
        for (path, want, got) in paths(want_one, got_one) {
            let may = |values: &Vec<Value>| values.contains(&got) || same_but_for_places(&want, &got);
            if !also.get(&path).is_some_and(may) {
                report.add(Count::Objects, format!("{name} {path}"), want, got);
            }
        }
    }
}

/// Whether two values are the same, or each a place, nodes and zones aside.
fn same_but_for_places(a: &Value, b: &Value) -> bool {
    let whole = |regex: &::regex::Regex, text: &str| regex.find(text).is_some_and(|found| found.len() == text.len());
    let place = |value: &Value| value.as_str().is_some_and(|text| whole(&PLACE, text) || whole(&NODE, text));
    let without = |value: &Value| NODE.replace_all(&PLACE.replace_all(&python(value), ""), "").into_owned();
    place(a) && place(b) || without(a) == without(b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn side(objects: &[Value]) -> Side {
        let mut map: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
        for object in objects {
            map.entry(("Pod".into(), object["name"].as_str().unwrap_or_default().into()))
                .or_default()
                .push(object.clone());
        }
        Side { objects: Some(map), ..Side::default() }
    }

    fn check(recorded: &[&[Value]], played: &[Value], expect: &[&str]) {
        let recorded: Vec<Side> = recorded.iter().map(|objects| side(objects)).collect();
        let mut report = Report { step: 0, differences: Vec::new() };
        compare(&mut report, &recorded.iter().collect::<Vec<_>>(), &side(played));
        assert_eq!(report.differences.iter().map(|d| d.place.as_str()).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn either_run_will_do_field_by_field() {
        let (a, b) = ([json!({"name": "a", "x": 1, "y": 1})], [json!({"name": "a", "x": 2, "y": 2})]);
        check(&[&a, &b], &b, &[]);
        check(&[&a, &b], &[json!({"name": "a", "x": 1, "y": 2})], &[]);
        check(&[&a, &b], &[json!({"name": "a", "x": 3, "y": 2})], &["Pod/a .x"]);
        check(&[&a], &[], &["Pod/a"]);
        check(&[&[]], &a, &["Pod/a"]);
    }

    #[test]
    fn nodes_may_differ_where_the_runs_do() {
        let on = |node: &str| json!({"name": "a", "node": node, "text": format!("on {node}")});
        check(&[&[on("<node1>")], &[on("<node2>")]], &[on("<node3>")], &[]);
        check(&[&[on("<node1>")]], &[on("<node3>")], &["Pod/a .node", "Pod/a .text"]);
    }

    #[test]
    fn siblings_are_a_set() {
        let one = |x: u32| json!({"name": "d-<nnn>", "x": x});
        check(&[&[one(1), one(2)]], &[one(1), one(3)], &["Pod/d-<nnn> .x"]);
        check(&[&[one(1), one(1)]], &[one(1)], &["Pod/d-<nnn>"]);
    }
}
