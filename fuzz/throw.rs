//! What is done with a hostile manifest. It must end, without a panic, and a replay must give the same world.

use std::sync::Arc;

use sts_lab::apiserver::{Api, Request};
use sts_lab::cluster::{Cluster, ClusterConfig, QUIET};
use sts_lab::kubectl::{self, Io};
use sts_lab::lab::{Entry, Session, digest, replay};
use sts_lab::manifest::{Source, parse};
use sts_lab::resource::Kind;

/// Sets larger than this are left out: they take long because they are large.
const MOST_REPLICAS: i64 = 400;

/// Reads a text, applies it twice, lets time run, breaks nothing, deletes it, and replays it all.
pub fn throw(text: &str) {
    let (documents, problem) = parse(Arc::new(Source::new("fuzz.yaml", text)));
    if let Some(problem) = problem {
        let _ = (problem.render(false), problem.line_column());
    }
    for document in &documents {
        let _ = (document.duplicates(), document.locate("spec.template.spec.containers[0].image"), document.children());
        let replicas = document.value.pointer("/spec/replicas");
        if replicas.is_some_and(|replicas| replicas.as_i64().is_some_and(|count| count > MOST_REPLICAS)) {
            return;
        }
    }
    let config = ClusterConfig::default();
    let mut cluster = Cluster::new(&config);
    let mut session = Session::new(&mut cluster, 0, vec!["fuzz".into()]);
    for line in ["apply -f -", "apply -f -", "get all,pvc,pdb -o wide", "describe -f -", "delete -f - --wait=false"] {
        run(line, text, &mut session);
        if line.starts_with("apply") && too_many(&mut session) {
            return;
        }
        session.settle(QUIET);
    }
    let (words, inputs) = session.finish();
    let entry = Entry { words, inputs, digest: String::new() };
    assert_eq!(digest(&replay(&config, &[entry])), digest(&cluster), "a replay comes out otherwise");
}

/// `List`s and other forms hide their replicas from the first look.
fn too_many(session: &mut Session<'_>) -> bool {
    let list = session.send(Request::list(Kind::StatefulSet, None));
    let sets = list.map(|list| list.object["items"].as_array().cloned().unwrap_or_default()).unwrap_or_default();
    sets.iter().any(|set| set["spec"]["replicas"].as_i64().is_some_and(|n| n > MOST_REPLICAS))
}

fn run(line: &str, text: &str, session: &mut Session<'_>) {
    let words: Vec<String> = line.split(' ').map(str::to_string).collect();
    let (mut stdin, mut stdout, mut stderr) = (text.as_bytes(), Vec::new(), Vec::new());
    let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, std::path::PathBuf::from("."));
    kubectl::run(&words, session, &mut io);
}
