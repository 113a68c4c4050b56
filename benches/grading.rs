//! `cargo bench --bench grading`: a class of 1,000 submissions of 20 commands each, made, read and graded on two threads.
//! It must take less than 10 seconds, and come out the same twice.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use sts_lab::cli::InProcess;
use sts_lab::course::content::Source;
use sts_lab::course::exercise::{Loaded, Submission, SubmissionHead, skeleton};
use sts_lab::course::grade::alike::alike;
use sts_lab::course::grade::{Grade, Ground, grade};
use sts_lab::course::stage::Stages as _;

const CLASS: usize = 1_000;
const THREADS: usize = 2;

/// What a student types: the same task in ways of their own.
fn lines(student: usize) -> Vec<String> {
    let mut lines: Vec<String> = (0..17)
        .map(|step| match (student + step) % 6 {
            0 => format!("kubectl annotate sts ${{set}} step-{step}=s{student} --overwrite"),
            1 => "kubectl scale sts ${set} --replicas=3".to_string(),
            2 => format!("sts-lab settle --for {}", 5 + student % 7),
            3 => format!("kubectl label pod ${{set}}-{} by=s{student}-{step} --overwrite", step % 3),
            4 => "kubectl scale sts ${set} --replicas=5".to_string(),
            _ => "kubectl rollout restart sts/${set}".to_string(),
        })
        .collect();
    lines.push("kubectl rollout status sts/${set}".into());
    lines.push("sts-lab settle".into());
    lines.push("kubectl scale sts ${set} --replicas=${count}".into());
    lines
}

fn submission(loaded: &Loaded, student: usize) -> Vec<u8> {
    let id = format!("student-{student:04}");
    let variant = loaded.variants.of_student("demo", &id);
    let exercise = loaded.exercise(&variant).expect("it can be read");
    let mut stage = InProcess.fresh(&exercise.start()).expect("it begins");
    for line in lines(student) {
        stage.run(&variant.put_in(&line));
    }
    let head = SubmissionHead::new("demo", &loaded.version(), &id, &variant);
    let (header, entries) = (stage.lab().header().clone(), stage.lab().entries().to_vec());
    Submission { head, header, entries, torn: false }.text().into_bytes()
}

/// Grades all of them, on two threads.
fn graded(loaded: &Loaded, class: &[Vec<u8>]) -> Vec<Grade> {
    let read: Vec<Submission> = class.iter().map(|bytes| Submission::read(bytes).expect("it can be read")).collect();
    let mut grounds = std::collections::BTreeMap::new();
    for submission in &read {
        let variant = submission.head.variant.clone();
        grounds.entry(variant.clone()).or_insert_with(|| Ground::new(loaded, &variant, &InProcess).expect("it begins"));
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(submission) = read.get(index) else { return };
                    let ground = &grounds[&submission.head.variant];
                    let grade = grade(&format!("{index:04}"), submission, ground, &InProcess);
                    done.lock().expect("nobody panics").push(grade);
                }
            });
        }
    });
    let mut grades = done.into_inner().expect("nobody panics");
    grades.sort_by(|a, b| a.file.cmp(&b.file));
    let variants: Vec<_> = read.iter().map(|submission| submission.head.variant.clone()).collect();
    println!("{} pairs are alike", alike(&grades, &variants, &[]).len());
    grades
}

fn main() {
    let hidden = Source::new("demo/hidden.yaml", skeleton::hidden());
    let loaded = Loaded::new(Source::new("demo/exercise.yaml", skeleton::exercise("demo")), Some(hidden));
    let loaded = loaded.expect("it can be read");
    let started = Instant::now();
    let class: Vec<Vec<u8>> = (0..CLASS).map(|student| submission(&loaded, student)).collect();
    println!("{CLASS} submissions made in {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    let grades = graded(&loaded, &class);
    let seconds = started.elapsed().as_secs_f64();
    let commands: usize = grades.iter().map(|grade| grade.commands).sum();
    println!("{CLASS} submissions, {commands} commands, graded on {THREADS} threads in {seconds:.2} s");
    assert_eq!(grades, graded(&loaded, &class), "the same class comes out the same");
    assert!(grades.iter().all(|grade| grade.remarks.is_empty()), "every command is explained by its words");
}
