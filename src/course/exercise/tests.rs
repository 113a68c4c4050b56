//! Exercises from their files to a verdict: variants, forbidden ways, limits, points.

use super::*;
use crate::course::content::Source;

fn variants() -> Variants {
    Variants::of("name: x\nvariants: {set: [web, shop], count: [3, 4, 5]}\ntask: ${set} {x}\n").unwrap()
}

#[test]
fn a_student_has_the_same_variant_everywhere() {
    let variants = variants();
    assert_eq!(variants.count(), 6);
    let of = |student: &str| variants.of_student("first-set", student).words();
    assert_eq!(of("ada"), of(" ada "));
    // These are handed in by people: they must never change.
    assert_eq!([of("ada"), of("bob"), of("eve")], ["count 5, set web", "count 5, set web", "count 3, set shop"]);
    assert_eq!(variants.spread(10).len(), 6);
    let few = variants.spread(3);
    assert!(few.len() >= 3 && few.iter().any(|v| v.words() == "count 5, set web" || v.words() == "count 5, set shop"));
}

#[test]
fn values_go_in_and_come_out_as_words() {
    let variant = variants().spread(10).into_iter().find(|v| v.words() == "count 4, set web").unwrap();
    assert_eq!(
        variant.put_in("kubectl scale sts ${set} --replicas=${count} # ${HOSTNAME##*-}"),
        "kubectl scale sts web --replicas=4 # ${HOSTNAME##*-}"
    );
    assert_eq!(
        variant.take_out("get pod web-0 webserver 4 44 data-web-4"),
        "get pod ${set}-0 webserver ${count} 44 data-${set}-${count}"
    );
}

#[test]
fn variants_that_cannot_be_are_refused() {
    let refused = |text: &str, why: &str| {
        let error = Variants::of(text).unwrap_err();
        assert!(error.contains(why), "{error}");
    };
    refused("variants: {set: []}\n", "set has 0 values");
    refused("variants: {set: [[a]]}\n", "texts and numbers only");
    refused("variants: {'a b': [a]}\n", "no name of a variable");
    refused("variants: [a]\n", "variants: ");
    assert_eq!(Variants::of("name: x\n").unwrap().count(), 1);
    let block = "variants:\n  set:\n  - web\n\n  - shop\ntask: x\n";
    assert_eq!(Variants::of(block).unwrap().count(), 2);
}

#[test]
fn a_new_exercise_can_be_read_and_its_faults_are_named() {
    let text = skeleton::exercise("scale-up");
    let source = |text: &str| Source::new("scale-up/exercise.yaml", text.to_string());
    let hidden = Source::new("scale-up/hidden.yaml", skeleton::hidden());
    let loaded = Loaded::new(source(&text), Some(hidden)).unwrap();
    let exercise = loaded.exercise(&loaded.variants.of_student("scale-up", "ada")).unwrap();
    assert_eq!((exercise.name.as_str(), exercise.checks.len(), exercise.hidden), ("scale-up", 2, 1));
    let refused = |from: &str, to: &str, why: &str| {
        assert!(text.contains(from), "{from}");
        let errors = Loaded::new(source(&text.replacen(from, to, 1)), None).unwrap_err();
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(told.join("\n").contains(why), "{told:?}");
    };
    refused("limits: {commands: 20}", "limit: {commands: 20}", "unknown field `limit`");
    refused("name: scale-up", "name: Scale Up", "is no name");
    refused("fails: [the Pods that ran still run]", "fails: [x]", "no check is called \"x\"");
    refused("name: the Pods that ran still run", "name: ${count} Pods are Ready", "two checks are called");
    refused("matches: 'delete", "matches: '(delete", "no regular expression");
}

#[test]
fn what_is_no_submission_says_so() {
    let head = SubmissionHead::new("x", "1", "ada", &Variant::default());
    let whole = Submission { head, header: crate::lab::Header::default(), entries: Vec::new(), torn: false };
    let text = whole.text();
    assert_eq!(Submission::read(text.as_bytes()), Ok(whole));
    let refused = |bytes: &[u8], why: &str| {
        let error = Submission::read(bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(&[0xff, 0xfe, 0, 1], "it is no text");
    refused(b"", "it is empty");
    refused(b"hello\n", "its first line is no JSON");
    refused(b"{}\n", "its first line does not say so");
    refused(b"{\"stsLabSubmission\":9}\n", "a newer sts-lab made it");
    refused(b"{\"stsLabJournal\":1}\n", "it is a lab's journal");
    refused(text.lines().next().unwrap().as_bytes(), "it has no journal");
    refused(format!("{text}{}\n", "[".repeat(100_000)).as_bytes(), "line 3 cannot be read");
    let entry = "{\"words\":[],\"inputs\":[],\"digest\":\"\"}\n";
    refused(format!("{text}{}", entry.repeat(5_001)).as_bytes(), "more than 5000 commands");
    refused(&vec![b' '; MOST_BYTES + 1], "more than 4 MiB");
    assert!(Submission::read(format!("{text}{{\"wor").as_bytes()).unwrap().torn);
    let nameless = text.replacen("ada", "", 1);
    refused(nameless.as_bytes(), "the student's id");
}
