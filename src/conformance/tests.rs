//! The comparison itself: right answers agree, and each kind of wrong answer is caught on its count and on no other.

use std::path::Path;

use serde_json::{Value, json};

use super::*;

fn case(name: &str) -> Case {
    let case = Case::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name));
    assert_eq!(case.problem, None, "{name}");
    case
}

/// Judges the recording of a case, changed, in the place of what was played.
fn judged(name: &str, change: impl FnOnce(&mut Vec<Recorded>)) -> Vec<Count> {
    let case = case(name);
    let mut run = case.runs[0].clone();
    change(&mut run);
    let verdict = judge_played(&case, || Ok((run, Names::default())));
    Count::ALL.into_iter().filter(|count| !verdict.agrees_on(*count)).collect()
}

fn settled(run: &mut [Recorded]) -> &mut Recorded {
    run.iter_mut().find(|step| step.objects.is_some()).expect("a settle")
}

fn objects(run: &mut [Recorded]) -> &mut Vec<Value> {
    settled(run).objects.as_mut().expect("objects")
}

fn trace(run: &mut [Recorded]) -> &mut Vec<Value> {
    settled(run).trace.as_mut().expect("a trace")
}

fn find_line(trace: &[Value], kind: &str, key: &str, value: &str, number: usize) -> usize {
    let mut found = (0..trace.len()).filter(|at| trace[*at]["kind"] == kind && trace[*at][key] == value);
    found.nth(number).expect("such a line")
}

#[test]
fn right_answers_agree() {
    for name in
        ["create-ordered-three", "create-two-claims", "scaling-from-file", "invalid-several-errors", "rollout-restart"]
    {
        assert_eq!(judged(name, |_| ()), [], "{name}");
    }
}

#[test]
fn a_second_run_of_a_real_cluster_agrees_with_the_first() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let (mut cases, mut unlike) = (0, Vec::new());
    for dir in find(&[dir]).expect("the recordings are there") {
        let mut case = Case::load(&dir);
        let Some(second) = case.runs.pop().filter(|_| !case.runs.is_empty()) else { continue };
        let first = sides(&case, &case.runs[0], None, None);
        cases += 1;
        if !compare(&case, &[first], &sides(&case, &second, None, None)).is_empty() {
            unlike.push(case.name);
        }
    }
    assert!(cases > 100 && unlike.len() * 50 <= cases, "{cases} cases, of which differ: {unlike:?}");
}

#[test]
fn wrong_events_are_caught() {
    let name = "create-ordered-three";
    let message = |run: &mut Vec<Recorded>| {
        let at = find_line(trace(run), "Event", "reason", "Started", 0);
        trace(run)[at]["message"] = "Started something".into();
    };
    assert_eq!(judged(name, message), [Count::Events]);
    let missing = |run: &mut Vec<Recorded>| {
        let at = find_line(trace(run), "Event", "reason", "SuccessfulCreate", 0);
        trace(run).remove(at);
    };
    assert_eq!(judged(name, missing), [Count::Events]);
}

#[test]
fn wrong_order_is_caught() {
    for name in ["create-ordered-three", "create-two-claims"] {
        let swapped = |run: &mut Vec<Recorded>| {
            let [a, b] = [0, 1].map(|number| {
                let pods = trace(run);
                let mut made =
                    (0..pods.len()).filter(|at| pods[*at]["kind"] == "Pod" && pods[*at]["event"] == "created");
                made.nth(number).expect("two Pods")
            });
            trace(run).swap(a, b);
        };
        assert_eq!(judged(name, swapped), [Count::Order], "{name}");
    }
    let status = |run: &mut Vec<Recorded>| {
        let at = trace(run).iter().rposition(|line| line["kind"] == "StatefulSet" && line["event"] == "status");
        trace(run)[at.expect("a status")]["updated"] = 99.into();
    };
    assert_eq!(judged("create-ordered-three", status), [Count::Order]);
}

#[test]
fn wrong_objects_are_caught() {
    let is = |kind: &'static str| move |object: &Value| object["kind"] == kind;
    let field = |run: &mut Vec<Recorded>| {
        let set = objects(run).iter_mut().find(|object| is("StatefulSet")(object)).expect("a set");
        set["spec"].as_object_mut().expect("a spec").remove("serviceName");
    };
    let lost = |run: &mut Vec<Recorded>| {
        let at = objects(run).iter().position(is("Pod")).expect("a Pod");
        objects(run).remove(at);
    };
    let extra = |run: &mut Vec<Recorded>| {
        let metadata = json!({"name": "stray-web-9", "namespace": "default"});
        objects(run).push(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}));
    };
    assert_eq!(judged("create-ordered-three", field), [Count::Objects]);
    assert_eq!(judged("create-ordered-three", lost), [Count::Objects]);
    assert_eq!(judged("scaling-from-file", extra), [Count::Objects]);
}

#[test]
fn wrong_output_is_caught() {
    let exit = |run: &mut Vec<Recorded>| run[0].exit = run[0].exit.map(|code| i64::from(code == 0));
    let word =
        |run: &mut Vec<Recorded>| run[0].stdout = run[0].stdout.as_ref().map(|text| text.replace("created", "made"));
    for name in ["create-ordered-three", "invalid-several-errors"] {
        assert_eq!(judged(name, exit), [Count::Output], "{name}");
    }
    assert_eq!(judged("create-ordered-three", word), [Count::Output]);
}

#[test]
fn failing_altogether_is_caught() {
    let case = case("create-ordered-three");
    let verdict = judge_played(&case, || std::panic::resume_unwind(Box::new("on purpose")));
    assert!(Count::ALL.into_iter().all(|count| !verdict.agrees_on(count)));
    let short = |run: &mut Vec<Recorded>| run.truncate(1);
    assert_eq!(judged("create-ordered-three", short), Count::ALL);
    let failed = |run: &mut Vec<Recorded>| *settled(run) = Recorded { error: Some("no".into()), ..Recorded::default() };
    assert_eq!(judged("create-ordered-three", failed), [Count::Objects, Count::Order, Count::Events]);
    let blind = |run: &mut Vec<Recorded>| settled(run).trace = None;
    assert_eq!(judged("create-ordered-three", blind), [Count::Order, Count::Events]);
}

#[test]
fn missing_and_broken_recordings_are_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let check = |problem: &str| {
        let case = Case::load(folder.path());
        assert_eq!(case.problem.as_deref().map(|text| text.starts_with(problem)), Some(true), "{:?}", case.problem);
        assert_eq!(judge(&case).result.expect_err("not judged"), case.problem.unwrap_or_default());
    };
    check("case.yaml: ");
    write("case.yaml", "area: x\nsteps:\n- settle: {}\n");
    check("not recorded");
    write("recorded.json", "{");
    check("recorded.json: ");
    write("recorded.json", r#"{"steps": []}"#);
    check("the recording has other steps than case.yaml");
    write("recorded.json", r#"{"steps": [{"step": {"settle": {"quiet": 3}}}]}"#);
    check("the recording is of an older case.yaml");
    write("recorded.json", r#"{"steps": [{"step": {"settle": {}}}]}"#);
    check("the recording is incomplete");
}
