//! Files of content that are right, and what is said about those that are not.

use super::*;

const LESSON: &str = r#"format: 1
kind: Lesson
name: small
title: Small
level: beginner
minutes: 3
summary: As little as it takes.
sources: [S21]
lab: {nodes: 4}
files:
  web.yaml: {manifest: web}
  note.txt: |
    hello
setup: [kubectl apply -f web.yaml, "! kubectl get pod web-9"]
steps:
  - tell: |
      Hello.
  - show: [kubectl get pods]
    say: Look.
    checks:
      - name: a Pod is there
        object: {kind: Pod, metadata: {name: web-0}}
  - predict:
      ask: Which Pods, which claims?
      run: [kubectl scale sts web --replicas=1]
      columns: [Pod, Number]
      truth: kubectl get pods
      answer: [[web-0, 1]]
    wrong:
      - answer: [[web-0, 2], [web-1, true]]
        because: No.
    hints: [a, b]
  - predict:
      ask: In which order?
      columns: [Pod]
      truth: {order: created}
      answer: [web-0, web-1]
  - do:
      task: Scale.
      checks:
        - name: two
          count: {of: {kind: Pod}, is: 2}
          otherwise: Not two.
      solution: [kubectl scale sts web --replicas=2]
    wrong:
      - run: [kubectl get pods]
        says: Not two
  - ask:
      question: Which?
      choice:
        - text: this
          right: true
        - text: that
          because: No.
  - ask:
      question: What name?
      text: {accept: ["web-0(\\.nginx)?"], answer: web-0.nginx}
    wrong: [{answer: web, because: No ordinal.}]
  - ask:
      question: Sort.
      order: [a, b, c]
    wrong: [{answer: [c, b, a], because: The other way.}]
    explain: Done.
"#;

fn read(text: &str) -> Result<Lesson, String> {
    let errors = |errors: Vec<ContentError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    parse(&Source::new("x/small.yaml", text)).map_err(errors)
}

#[test]
fn a_whole_lesson_is_read() {
    let lesson = read(LESSON).expect("it is right");
    assert_eq!(lesson.steps.len(), 8);
    assert_eq!(lesson.files["web.yaml"].text(), Some(include_str!("../../../manifests/web.yaml")));
    assert_eq!(lesson.files["note.txt"].text(), Some("hello\n"));
    assert!(lesson.setup[1].must_fail() && !lesson.setup[0].must_fail());
    assert_eq!(lesson.setup[1].words(), "kubectl get pod web-9");
    let Action::Predict(predict) = &lesson.steps[2].action else { panic!("a prediction") };
    assert_eq!(predict.answer.0, [["web-0", "1"]]);
    assert_eq!(predict.wrong[0].answer.0, [["web-0", "2"], ["web-1", "true"]]);
    assert_eq!(lesson.steps[2].hints, ["a", "b"]);
    let Action::Predict(predict) = &lesson.steps[3].action else { panic!("a prediction") };
    assert!(predict.ordered);
    assert_eq!(predict.answer.0, [["web-0"], ["web-1"]]);
    assert_eq!(predict.truth, Truth::Order { event: "created".into(), kind: "Pod".into() });
    let Action::Do(act) = &lesson.steps[4].action else { panic!("a task") };
    assert_eq!((act.checks[0].points, act.wrong[0].says.as_str()), (1, "Not two"));
    let Action::Ask(Ask { answer: Question::Order { right, wrong }, .. }) = &lesson.steps[7].action else {
        panic!("a question of order")
    };
    assert_eq!((right.len(), wrong[0].answer[0].as_str()), (3, "c"));
}

/// What is changed in the lesson, and into what.
const BROKEN: &[(&str, &str)] = &[
    ("format: 1", "format: 2"),
    ("format: 1\n", ""),
    ("kind: Lesson", "kind: Lessn"),
    ("kind: Lesson", "kind: Myth"),
    ("minutes: 3", "minuts: 3"),
    ("minutes: 3", "minutes: soon"),
    ("level: beginner", "level: begginer"),
    ("      answer: [[web-0, 1]]", "      anser: [[web-0, 1]]"),
    ("      answer: [[web-0, 1]]", "      answer: [[web-0, 1, 2]]"),
    ("        object: {kind", "        objct: {kind"),
    ("        object: {kind: Pod, metadata: {name: web-0}}", "        absent: {metadata: {}}"),
    ("        - text: this\n          right: true", "        - text: this"),
    ("manifest: web}", "manifest: wbe}"),
    ("manifest: web}", "manifst: web}"),
    ("{nodes: 4}", "{profile: azuer}"),
    ("truth: {order: created}", "truth: {order: creatd}"),
    ("  - tell: |\n      Hello.", "  - tell: |\n      Hello.\n    show: [ls]"),
    ("wrong: [{answer: web, because", "wrong: [{answer: WEB-0, because"),
    ("says: Not two", "because: Not two"),
    ("web-0(\\\\.nginx)?", "web-0("),
    ("  - tell: |", "  - tell: ["),
];

/// `refused.txt` holds what is said; `STS_LAB_BLESS=1` writes it again.
#[test]
fn mistakes_are_told_with_place_and_help() {
    let mut told = String::new();
    for (from, to) in BROKEN {
        assert!(LESSON.contains(from), "{from}");
        let error = read(&LESSON.replacen(from, to, 1)).expect_err(to);
        told.push_str(&format!("# {to:?} in place of {from:?}\n{error}\n\n"));
    }
    if std::env::var_os("STS_LAB_BLESS").is_some() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/course/content/refused.txt");
        std::fs::write(file, &told).expect("written");
        return;
    }
    assert_eq!(told, include_str!("refused.txt"));
}
