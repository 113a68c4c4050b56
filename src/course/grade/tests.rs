//! Submissions from their bytes to a report: replay, limits, likeness.

use super::report::Class;
use super::*;
use crate::cli::InProcess;
use crate::course::content::Source;
use crate::course::exercise::{Loaded, Submission, SubmissionHead, skeleton};
use crate::course::stage::Stages as _;
use crate::lab::{Entry, Input};

const STUDENT: &str = "ada";

fn loaded() -> Loaded {
    let source = Source::new("demo/exercise.yaml", skeleton::exercise("demo"));
    Loaded::new(source, Some(Source::new("demo/hidden.yaml", skeleton::hidden()))).unwrap()
}

fn ground() -> Ground {
    let loaded = loaded();
    let variant = loaded.variants.of_student("demo", STUDENT);
    Ground::new(&loaded, &variant, &InProcess).unwrap()
}

/// What comes of lines typed by the student.
fn done(ground: &Ground, lines: &[&str]) -> Submission {
    let mut stage = InProcess.fresh(&ground.exercise.start()).unwrap();
    for line in lines {
        stage.run(&ground.variant.put_in(line));
    }
    let head = SubmissionHead::new("demo", &ground.version, STUDENT, &ground.variant);
    Submission { head, header: stage.lab().header().clone(), entries: stage.lab().entries().to_vec(), torn: false }
}

fn graded(ground: &Ground, submission: &Submission) -> Grade {
    let read = Submission::read(submission.text().as_bytes()).unwrap();
    let grade = grade("x.submission", &read, ground, &InProcess);
    assert_eq!(super::grade("x.submission", &read, ground, &InProcess), grade);
    grade
}

const SOLUTION: &str = "kubectl scale sts ${set} --replicas=${count}";

fn remarks(grade: &Grade) -> String {
    grade.remarks.iter().map(Remark::words).collect::<Vec<_>>().join("\n")
}

fn added(mut submission: Submission, words: &[&str], inputs: Vec<Input>) -> Submission {
    let words = words.iter().map(ToString::to_string).collect();
    submission.entries.push(Entry { words, inputs, digest: String::new() });
    submission
}

/// The inputs that some lines come to.
fn inputs(ground: &Ground, line: &str) -> Vec<Input> {
    done(ground, &[line]).entries.pop().unwrap().inputs
}

#[test]
fn an_honest_submission_gets_its_points() {
    let ground = ground();
    let full = graded(&ground, &done(&ground, &[SOLUTION]));
    assert_eq!((full.standing, full.points, full.of, full.commands), (Standing::Graded, 6, 6, 1));
    assert_eq!(remarks(&full), "");
    let nothing = graded(&ground, &done(&ground, &[]));
    assert_eq!(nothing.points, 0);
    assert!(remarks(&nothing).contains("Nothing of the task is done yet"));
    // Files, faults, time and flags of the lab are explained by the words as well.
    let lines = [
        "kubectl apply -f set.yaml",
        "sts-lab --plain scale sts ${set} --replicas=2 --no-settle",
        "sts-lab settle --for 20",
        "sts-lab fault pod ${set}-0 --ready=false",
        "sts-lab tick 5",
        "sts-lab fault clear",
        "kubectl exec ${set}-0 -- sh -c 'echo x > /tmp/x'",
        SOLUTION,
        "kubectl rollout status sts/${set}",
        "kubectl label pod ${set}-0 a=b",
    ];
    let busy = graded(&ground, &done(&ground, &lines));
    assert_eq!(remarks(&busy), "");
    assert_eq!((busy.standing, busy.points), (Standing::Graded, 4));
}

#[test]
fn what_the_words_do_not_explain_is_left_out_and_told() {
    let ground = ground();
    let by_hand = added(done(&ground, &[]), &["kubectl", "get", "pods"], inputs(&ground, SOLUTION));
    let grade = graded(&ground, &by_hand);
    assert_eq!((grade.standing, grade.points), (Standing::Suspicious, 0));
    assert!(remarks(&grade).contains("Command 1, `kubectl get pods`: the words do not explain a request"));
    // Behind words that do something else.
    let mut two = done(&ground, &["kubectl label pod ${set}-0 a=b"]);
    two.entries.last_mut().unwrap().inputs.extend(inputs(&ground, SOLUTION));
    assert_eq!(graded(&ground, &two).standing, Standing::Suspicious);
    // A file explains what a file can do, and no more.
    let apply = |line: &str| added(done(&ground, &[]), &["apply", "-f", "x.yaml"], inputs(&ground, line));
    assert_eq!(graded(&ground, &apply("kubectl annotate sts ${set} a=b")).standing, Standing::Graded);
    assert_eq!(graded(&ground, &apply("kubectl delete pod ${set}-0")).standing, Standing::Suspicious);
    // What else an own version of the exercise's file has is told, and counts.
    let more = inputs(&ground, "kubectl create configmap more");
    let more = graded(&ground, &added(done(&ground, &[]), &["apply", "-f", "set.yaml"], more));
    assert_eq!(more.standing, Standing::Graded);
    assert!(remarks(&more).contains("set.yaml as the exercise has it has no ConfigMap more"), "{}", remarks(&more));
    let edit = added(done(&ground, &[]), &["edit", "sts", "x"], inputs(&ground, "kubectl delete pod ${set}-0"));
    assert!(remarks(&graded(&ground, &edit)).contains("do not explain a request (delete of Pod"));
    let import = added(done(&ground, &[]), &["import", "dump.yaml"], vec![Input::Import(Box::default())]);
    assert!(remarks(&graded(&ground, &import)).contains("a whole cluster"));
}

#[test]
fn a_changed_start_is_rejected_and_so_is_somebody_else_s_lab() {
    let ground = ground();
    let mut start = done(&ground, &[SOLUTION]);
    start.entries.remove(0);
    let grade = graded(&ground, &start);
    assert_eq!((grade.standing, grade.points), (Standing::Rejected, 0));
    assert!(remarks(&grade).contains("does not begin as the exercise does"));
    let mut seed = done(&ground, &[SOLUTION]);
    seed.header.seed += 1;
    assert_eq!(graded(&ground, &seed).standing, Standing::Rejected);
    let mut variant = done(&ground, &[SOLUTION]);
    variant.head.variant.0.insert("set".into(), "other".into());
    assert!(remarks(&graded(&ground, &variant)).contains("Perhaps it is somebody else's"));
    let mut other = done(&ground, &[SOLUTION]);
    other.head.exercise = "canary".into();
    assert!(remarks(&graded(&ground, &other)).contains("of the exercise canary, not of demo"));
}

#[test]
fn too_much_stops_in_time() {
    let ground = ground();
    let set = &ground.variant.0["set"];
    let stopped = |words: &[&str], inputs: Vec<Input>, why: &str| {
        let grade = graded(&ground, &added(done(&ground, &[]), words, inputs));
        assert_eq!((grade.standing, grade.points), (Standing::Rejected, 0), "{words:?}");
        assert!(remarks(&grade).contains(why), "{}", remarks(&grade));
    };
    stopped(&["scale", "sts", set, "--replicas=100000000"], Vec::new(), "it asks for 100000000 replicas");
    stopped(&["settle"], vec![Input::Run { us: u64::MAX }], "more than 30 days");
    stopped(&["kubectl", "wait", "--for=delete", &format!("pod/{set}-0"), "--timeout=99999h"], Vec::new(), "30 days");
    let wait = Input::Wait { until: None, times: u32::MAX };
    let endless = added(done(&ground, &[]), &["apply", "-f", "x"], vec![wait]);
    assert_eq!(graded(&ground, &endless).standing, Standing::Graded);
    let steps = added(done(&ground, &[]), &["tick"], vec![Input::Step { times: u32::MAX }]);
    assert_eq!(graded(&ground, &steps).points, 0);
}

#[test]
fn limits_and_forbidden_lines_cost() {
    let mut ground = ground();
    let forbidden = graded(&ground, &done(&ground, &["kubectl delete sts ${set}", SOLUTION]));
    assert_eq!(forbidden.points, 0);
    assert!(remarks(&forbidden).contains("is forbidden and costs all points"), "{}", remarks(&forbidden));
    ground.exercise.limits.commands = Some(1);
    let over = graded(&ground, &done(&ground, &["kubectl label pod ${set}-0 a=b", SOLUTION]));
    assert_eq!((over.points, over.commands), (0, 1));
    assert!(remarks(&over).contains("the limit is 1 commands: the last 1 do not count"));
    ground.exercise.limits.commands = None;
    ground.exercise.limits.minutes = Some(1);
    let late = graded(&ground, &done(&ground, &["sts-lab settle --for 90", SOLUTION]));
    assert!(late.points == 0 && remarks(&late).contains("the limit is 1 minutes of the cluster's time"));
}

fn typed(student: &str, lines: &[String]) -> Grade {
    Grade {
        student: student.into(),
        standing: Standing::Graded,
        typed: lines.to_vec(),
        remarks: Vec::new(),
        ..unreadable(&format!("{student}.submission"), "", 6)
    }
}

#[test]
fn copies_are_pointed_out_and_short_or_usual_ones_are_not() {
    let variant = |set: &str| crate::course::exercise::Variant([("set".to_string(), set.to_string())].into());
    let lines = |set: &str, salt: &str| -> Vec<String> {
        (0..12).map(|n| format!("kubectl annotate sts {set} step-{n}={salt}")).collect()
    };
    let own = |who: usize| lines("web", &format!("own{who}"));
    let mut grades: Vec<Grade> = (0..8).map(|who| typed(&format!("s{who}"), &own(who))).collect();
    let mut variants = vec![variant("web"); 8];
    let pairs = |grades: &[Grade], variants: &[_], solution: &[String]| alike::alike(grades, variants, solution);
    assert_eq!(pairs(&grades, &variants, &[]), []);
    // The same, with the values of another variant, other spaces and one line more.
    let mut copied = lines("shop", "own3");
    copied[5] = copied[5].replace(' ', "  ");
    copied.insert(9, "kubectl label sts shop mine=1".into());
    grades.push(typed("eve", &copied));
    variants.push(variant("shop"));
    let found = pairs(&grades, &variants, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].students.clone(), found[0].percent() >= 70), (["s3".into(), "eve".into()], true));
    assert!(found[0].words().contains("such as: kubectl annotate sts ${set}"), "{}", found[0].words());
    // What the solution says, nobody copied.
    let solution = lines("${set}", "own3");
    assert_eq!(pairs(&grades, &variants, &solution), []);
    // A short solution has too few runs.
    let short: Vec<Grade> = ["a", "b"].iter().map(|who| typed(who, &lines("web", "x")[..6])).collect();
    assert_eq!(pairs(&short, &variants[..2], &[]), []);
    // What everybody does is no sign.
    let all: Vec<Grade> = (0..8).map(|who| typed(&format!("s{who}"), &lines("web", "same"))).collect();
    assert_eq!(pairs(&all, &variants[..8], &[]), []);
}

#[test]
fn reports_hold_whatever_people_write() {
    let ground = ground();
    let mut wrong = graded(&ground, &done(&ground, &["kubectl scale sts ${set} --replicas=2"]));
    wrong.student = "=cmd|'<b>&\", \u{1}".into();
    let junk = unreadable("junk;<x>.bin", "it is no text", 6);
    let mut grades = vec![wrong.clone(), wrong, junk];
    note_repeats(&mut grades);
    let class = Class {
        exercise: "demo".into(),
        title: "One <more>".into(),
        version: "1".into(),
        program: "sts-lab".into(),
        of: 6,
        submissions: grades,
        alike: Vec::new(),
    };
    assert_eq!(
        class.summary(),
        "3 submissions: 0 with all points, 1 rejected, 0 to be looked at; the median is 0 of 6."
    );
    let csv = report::csv(&class);
    assert!(csv.starts_with("student,points,of,standing,variant,"), "{csv}");
    assert!(csv.contains("\"'=cmd|'<b>&\"\", \u{1}\",") && csv.contains("\"junk;<x>.bin\""), "{csv}");
    let junit = report::junit(&class);
    assert!(junit.contains("<testsuites name=\"demo\" tests=\"7\" failures=\"4\" errors=\"1\">"), "{junit}");
    assert!(junit.contains("name=\"=cmd|'&lt;b&gt;&amp;&quot;, \"") && !junit.contains('\u{1}'));
    let html = report::html(&class);
    assert!(html.contains("One &lt;more&gt;") && !html.contains("<b>") && !html.contains("<script"));
    assert!(html.contains("<html lang=\"en\">") && html.contains("scope=\"row\""));
    let json: serde_json::Value = serde_json::from_str(&report::json(&class)).unwrap();
    assert_eq!(json["submissions"][2]["standing"], "rejected");
    let table = report::table(&class, crate::view::style::Look::PLAIN);
    assert!(table.contains("junk;<x>.bin") && table.contains("There are 2"), "{table}");
}

#[test]
fn lines_are_shown_with_their_program() {
    let line = |words: &[&str]| line_of(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(line(&["--lab", "x", "scale", "sts", "web", "--replicas=3"]), "kubectl scale sts web --replicas=3");
    assert_eq!(line(&["kubectl", "delete", "pod", "a b"]), "kubectl delete pod 'a b'");
    assert_eq!(line(&["settle", "--for", "5", "--plain"]), "sts-lab settle --for 5");
}
