//! Verdicts and files of myths.

use super::{Verdict, find, read};
use crate::cli::InProcess;
use crate::course::content::{Library, Source};
use crate::view::style::Look;

const MYTH: &str = "format: 1\nkind: Myth\nname: up\nclaim: \"`web-2` is made first.\"\nfrom: note 002, Scaling\n\
    verdict: \"depends\"\nfiles: {web.yaml: {manifest: web}}\ncases:\n\
    - when: at once\n  run: [kubectl apply -f web.yaml]\n  \
      holds: {order: [web-2 created]}\n  look: kubectl get pods -o name\n\
    - run: [kubectl apply -f web.yaml]\n  holds: {order: [web-2 created, web-1 created]}\n  look: kubectl get pods -o name\n\
    because: No.\nsources: [S42]\n";

fn library(files: &[(&str, &str)]) -> Library {
    Library { sources: files.iter().map(|(file, text)| Source::new(*file, *text)).collect() }
}

#[track_caller]
fn refused(file: &str, text: &str, expect: &str) {
    let errors = read(&library(&[(file, text)])).unwrap_err();
    let told = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(told.contains(expect), "{told}");
}

#[test]
fn a_verdict_is_what_the_cases_come_to() {
    assert_eq!(Verdict::of([true, true]), Verdict::True);
    assert_eq!(Verdict::of([false]), Verdict::False);
    assert_eq!(Verdict::of([false, true]), Verdict::Depends);
}

#[test]
fn a_myth_is_read_and_found() {
    let myths = read(&library(&[("myths/07-up.yaml", MYTH)])).unwrap();
    for word in ["7", "07", "up", "07-up"] {
        assert_eq!(find(&myths, word).unwrap().number, 7);
    }
    assert!(find(&myths, "upp").unwrap_err().contains("did you mean up?"));
    assert!(find(&myths, "8").unwrap_err().contains("myth list"));
    for (written, verdict) in [("true", Verdict::True), ("false", Verdict::False), ("depends", Verdict::Depends)] {
        let text = MYTH.replace("\"depends\"", written);
        assert_eq!(read(&library(&[("07-up.yaml", &text)])).unwrap()[0].myth.verdict, verdict);
    }
}

#[test]
fn files_with_faults_are_refused() {
    refused("up.yaml", MYTH, "does not begin with a number");
    refused("07-down.yaml", MYTH, "the file is called down, the myth up");
    refused("07-up.yaml", &MYTH.replace("\"depends\"", "maybe"), "`maybe` is none of true, false, depends");
    refused("07-up.yaml", &MYTH.replace("sources: [S42]", "sources: []"), "comes from nowhere");
    refused("07-up.yaml", &MYTH.replace("{manifest: web}", "{manifest: wbe}"), "did you mean `web`?");
    refused("07-up.yaml", &MYTH.replace("web-1 created]", "web-1 burnt]"), "burnt");
    let twice = read(&library(&[("07-up.yaml", MYTH), ("07-up.yaml", MYTH)])).unwrap_err();
    assert!(twice[0].to_string().contains("the same number or name"));
}

#[test]
fn experiments_decide_whatever_the_file_says() {
    let text = MYTH.replace("[web-2 created]}", "[web-0 created]}");
    let myths = read(&library(&[("07-up.yaml", &text.replace("\"depends\"", "\"true\""))])).unwrap();
    let outcome = super::run(&InProcess, &myths[0].myth).unwrap();
    assert_eq!(outcome.verdict, Verdict::Depends);
    let told = super::screen::outcome(&myths[0].myth, &outcome, Some(Verdict::True), Look::PLAIN);
    for part in [
        "CASE 1  at once",
        "Here the claim holds.",
        "It depends: it holds in 1 of 2 cases. You said true.",
        "$ kubectl get pods -o name\npod/web-0",
    ] {
        assert!(told.contains(part), "no {part:?} in:\n{told}");
    }
    let json = super::screen::json(&myths[0], Some(&outcome), false);
    assert_eq!(
        (&json["stated"], &json["verdict"], &json["cases"][1]["holds"]),
        (&"true".into(), &"depends".into(), &false.into())
    );
}

#[test]
fn a_line_that_fails_is_no_experiment() {
    let text = MYTH.replace("- run: [kubectl apply -f web.yaml]", "- run: [kubectl get pod nobody]");
    let myths = read(&library(&[("07-up.yaml", &text)])).unwrap();
    let error = super::run(&InProcess, &myths[0].myth).unwrap_err();
    assert!(error.contains("case 2: `kubectl get pod nobody` fails") && error.contains("NotFound"), "{error}");
}
