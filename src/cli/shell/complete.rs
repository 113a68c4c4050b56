//! Completion in the shell: from what stands before the cursor to the words that may follow. Verbs, kinds, names of
//! objects, flags, files, manifests that ship. Nothing is run and nothing is read here: that is in [`Known`].

use std::collections::BTreeMap;

use crate::manifest::shipped;
use crate::resource::Kind;
use crate::resource::kind::ALL;

/// Verbs whose first word is a kind, or `kind/name`.
const OF_KINDS: &[&str] =
    &["get", "describe", "delete", "scale", "edit", "patch", "label", "annotate", "expose", "wait", "why", "explain"];
/// Verbs whose words are names of one kind.
const OF_ONE: &[(&str, Kind)] = &[
    ("exec", Kind::Pod),
    ("logs", Kind::Pod),
    ("order", Kind::StatefulSet),
    ("cordon", Kind::Node),
    ("uncordon", Kind::Node),
    ("drain", Kind::Node),
];
/// Verbs whose words are files.
const OF_FILES: &[&str] = &["apply", "create", "replace", "diff", "lint", "import", "plan", "run"];
/// Words of verbs that have verbs of their own.
const BELOW: &[(&str, &[&str])] = &[
    ("rollout", &["history", "pause", "restart", "resume", "status", "undo"]),
    ("set", &["env", "image", "resources", "selector", "serviceaccount", "subject"]),
    ("fault", &["clear", "image", "node", "pod", "pvc", "storage", "zone"]),
    ("lab", &["delete", "export", "fork", "import", "list", "new", "profiles", "use"]),
];
/// What `fault` breaks that has a name in the lab.
const BROKEN: &[(&str, Kind)] = &[("pod", Kind::Pod), ("node", Kind::Node), ("pvc", Kind::PersistentVolumeClaim)];

/// What there is to complete with.
#[derive(Debug, Default)]
pub struct Known {
    /// Words that may begin a line.
    pub first: Vec<String>,
    /// The lab's verbs, and kubectl's.
    pub verbs: Vec<String>,
    /// Names of objects: kind, namespace, name.
    pub objects: BTreeMap<Kind, Vec<(String, String)>>,
    /// The named labs.
    pub labs: Vec<String>,
}

/// What only somebody with a disk and the verbs' help can say.
pub trait Ask {
    /// The files and folders whose path begins so; folders end with `/`.
    fn files(&self, prefix: &str) -> Vec<String>;
    /// The long flags of a verb, kubectl's if it is asked for.
    fn flags(&self, kubectl: bool, verb: &str) -> Vec<String>;
}

/// Where the word before the cursor begins, and what may stand there.
pub fn complete(before: &str, known: &Known, ask: &dyn Ask) -> (usize, Vec<String>) {
    let begin = before.rfind(['|', ';', '&', '(', '\n']).map_or(0, |at| at + 1);
    let start = before.rfind([' ', '|', ';', '&', '(', '\n', '\t']).map_or(0, |at| at + 1);
    let partial = &before[start..];
    let mut words: Vec<&str> = before[begin..start].split_whitespace().collect();
    while words.first().is_some_and(|word| matches!(*word, "!" | "do" | "then" | "else" | "if" | "while")) {
        words.remove(0);
    }
    let mut found = candidates(&words, partial, known, ask);
    found.retain(|word| word.starts_with(partial));
    found.sort();
    found.dedup();
    if let [only] = found.as_mut_slice()
        && !only.ends_with(['/', '='])
    {
        only.push(' ');
    }
    (start, found)
}

fn candidates(words: &[&str], partial: &str, known: &Known, ask: &dyn Ask) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let Some((first, rest)) = words.split_first() else { return known.first.clone() };
    let (kubectl, words) = match *first {
        "kubectl" => (true, rest),
        "sts-lab" => (false, rest),
        _ => (false, words),
    };
    let words: Vec<&str> = match words {
        ["plan", rest @ ..] if !rest.is_empty() => rest.to_vec(),
        words => words.to_vec(),
    };
    let namespace = value_of(&words, &["-n", "--namespace"]).unwrap_or("default");
    match words.last() {
        Some(&"-n" | &"--namespace") => return names(known, Kind::Namespace, ""),
        Some(&"--lab") => return known.labs.clone(),
        Some(&"-f" | &"--filename") => return ask.files(partial),
        Some(&"-o" | &"--output") => return owned(&["json", "jsonpath=", "name", "wide", "yaml"]),
        _ => {}
    }
    let positional: Vec<&str> = positional(&words);
    let Some(verb) = positional.first() else { return known.verbs.clone() };
    if !known.verbs.iter().any(|known| known == verb) {
        return ask.files(partial);
    }
    if partial.starts_with('-') {
        return ask.flags(kubectl, verb);
    }
    if let Some((_, below)) = BELOW.iter().find(|(own, _)| own == verb) {
        return match positional.as_slice() {
            [_] => owned(below),
            [_, what] if *verb == "fault" => BROKEN
                .iter()
                .find(|(own, _)| own == what)
                .map_or(Vec::new(), |(_, kind)| names(known, *kind, namespace)),
            [_, "use" | "delete"] if *verb == "lab" => known.labs.clone(),
            [_, _, rest @ ..] if *verb != "lab" && *verb != "fault" => object(rest, partial, known, namespace),
            _ => ask.files(partial),
        };
    }
    if OF_FILES.contains(verb) {
        let ships = shipped::ALL.iter().map(|shipped| shipped.name.to_string()).filter(|_| !kubectl);
        return ships.chain(ask.files(partial)).collect();
    }
    if let Some((_, kind)) = OF_ONE.iter().find(|(own, _)| own == verb) {
        return names(known, *kind, namespace);
    }
    if OF_KINDS.contains(verb) {
        return object(&positional[1..], partial, known, namespace);
    }
    ask.files(partial)
}

/// A kind, `kind/name`, or a name after a kind.
fn object(before: &[&str], partial: &str, known: &Known, namespace: &str) -> Vec<String> {
    if let Some((kind, _)) = partial.split_once('/') {
        let Some(parsed) = Kind::parse(kind) else { return Vec::new() };
        return names(known, parsed, namespace).into_iter().map(|name| format!("{kind}/{name}")).collect();
    }
    match before.first().filter(|word| !word.contains('/')) {
        Some(kind) => Kind::parse(kind).map_or(Vec::new(), |kind| names(known, kind, namespace)),
        None => {
            let words = |info: &'static crate::resource::kind::KindInfo| {
                [info.plural, info.singular].into_iter().chain(info.short.iter().copied())
            };
            ALL.iter().flat_map(words).map(str::to_string).collect()
        }
    }
}

fn names(known: &Known, kind: Kind, namespace: &str) -> Vec<String> {
    let within = |own: &str| own.is_empty() || own == namespace;
    let all = known.objects.get(&kind).into_iter().flatten();
    all.filter(|(own, _)| within(own)).map(|(_, name)| name.clone()).collect()
}

fn value_of<'w>(words: &[&'w str], flags: &[&str]) -> Option<&'w str> {
    words.windows(2).find(|pair| flags.contains(&pair[0])).map(|pair| pair[1])
}

/// The words that are no flags, nor the values of the usual ones.
fn positional<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let (mut out, mut skip) = (Vec::new(), false);
    for word in words {
        let value = matches!(*word, "-n" | "--namespace" | "-o" | "--output" | "-l" | "--selector" | "-c" | "--lab");
        if !skip && !word.starts_with('-') {
            out.push(*word);
        }
        skip = value;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Disk;

    impl Ask for Disk {
        fn files(&self, _: &str) -> Vec<String> {
            vec!["web.yaml".into(), "more/".into()]
        }
        fn flags(&self, kubectl: bool, verb: &str) -> Vec<String> {
            vec![format!("--{verb}"), if kubectl { "--watch".into() } else { "--plain".into() }]
        }
    }

    #[track_caller]
    fn check(before: &str, expect: &[&str]) {
        let named = |names: &[&str]| names.iter().map(|name| ("default".to_string(), (*name).to_string())).collect();
        let objects = [
            (Kind::Pod, named(&["web-0", "web-1"])),
            (Kind::StatefulSet, named(&["web"])),
            (Kind::Node, vec![(String::new(), "node-0".to_string())]),
            (Kind::Namespace, vec![(String::new(), "shop".to_string())]),
        ];
        let verbs =
            ["get", "apply", "exec", "rollout", "fault", "order", "lab", "why", "plan"].map(String::from).to_vec();
        let first = [verbs.clone(), vec!["kubectl".into(), "grep".into()]].concat();
        let known = Known { first, verbs, objects: objects.into(), labs: vec!["prod".into()] };
        let (start, found) = complete(before, &known, &Disk);
        let whole: Vec<String> = found.iter().map(|word| format!("{}{word}", &before[..start])).collect();
        assert_eq!(whole, expect, "{before}");
    }

    #[test]
    fn words_that_may_follow() {
        check("ku", &["kubectl "]);
        check("kubectl ge", &["kubectl get "]);
        check("get stateful", &["get statefulset", "get statefulsets"]);
        check("kubectl get pods ", &["kubectl get pods web-0", "kubectl get pods web-1"]);
        check("kubectl get pod/web-1", &["kubectl get pod/web-1 "]);
        check("kubectl get -n shop pods ", &[]);
        check("kubectl -n s", &["kubectl -n shop "]);
        check("kubectl get --", &["kubectl get --get", "kubectl get --watch"]);
        check("rollout st", &["rollout status "]);
        check("rollout status sts/", &["rollout status sts/web "]);
        check("fault node ", &["fault node node-0 "]);
        check("order ", &["order web "]);
        check("exec web-0", &["exec web-0 "]);
        check("apply we", &["apply web", "apply web.yaml"]);
        check("kubectl apply -f mo", &["kubectl apply -f more/"]);
        check("get pods | gr", &["get pods | grep "]);
        check("grep a w", &["grep a web.yaml "]);
        check("lab use ", &["lab use prod "]);
        check("plan rollout re", &["plan rollout restart", "plan rollout resume"]);
        check(
            "for i in 1; do get no",
            &["for i in 1; do get no", "for i in 1; do get node", "for i in 1; do get nodes"],
        );
    }
}
