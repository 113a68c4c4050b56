//! The journal against crashes, damage and other versions; and replay against what was lived through.

use serde_json::{Value, json};

use super::*;
use crate::apiserver::{Api, PatchType, Request};
use crate::cluster::{Fault, QUIET};
use crate::resource::Kind;

fn open(dir: &Path) -> Lab {
    Lab::open(dir, || {}).expect("it opens")
}

fn config_map(name: &str) -> Request {
    Request::create(
        Kind::ConfigMap,
        "default",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}),
    )
}

fn set() -> Request {
    let labels = json!({"app": "web"});
    let body = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": 2, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "www"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}]}});
    Request::create(Kind::StatefulSet, "default", body)
}

/// Does something in one command.
fn act(lab: &mut Lab, words: &str, work: impl FnOnce(&mut Session<'_>)) {
    let words: Vec<String> = words.split(' ').map(str::to_string).collect();
    let mut session = lab.session(&words);
    work(&mut session);
    let (words, inputs) = session.finish();
    lab.commit(words, inputs).expect("it is kept");
}

fn small(dir: &Path) -> Vec<u8> {
    let mut lab = open(dir);
    for name in ["a", "b", "c"] {
        act(&mut lab, name, |session| _ = session.send(config_map(name)));
    }
    drop(lab);
    std::fs::read(dir.join(FILE)).expect("a journal")
}

fn config_maps(lab: &Lab) -> Vec<String> {
    let store = &lab.cluster.api.store;
    let names = store.in_namespace(Kind::ConfigMap, "default").map(|object| object.meta.name.to_string());
    names.filter(|name| name.len() == 1).collect()
}

#[test]
fn every_prefix_of_a_journal_opens_without_its_torn_line() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = small(&home.path().join("whole"));
    let ends: Vec<usize> = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let path = home.path().join("journal");
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).expect("written");
        let (journal, _, entries) = Journal::open(&path, &Header::default()).expect("a prefix opens");
        let lines = ends.iter().filter(|end| **end <= length).count();
        assert_eq!(entries.len(), lines.saturating_sub(1), "of {length} bytes");
        let cut = length - ends[..lines].last().unwrap_or(&0);
        let torn = (cut > 0).then_some(Torn { line: lines + 1, bytes: cut });
        assert_eq!(journal.torn(), torn.as_ref(), "of {length} bytes");
    }
}

#[test]
fn work_goes_on_after_a_torn_line() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = small(&home.path().join("whole"));
    for cut in [1, 2, 40, whole.len() - 3] {
        let dir = home.path().join(format!("cut-{cut}"));
        std::fs::create_dir(&dir).expect("a folder");
        std::fs::write(dir.join(FILE), &whole[..whole.len() - cut]).expect("written");
        let mut lab = open(&dir);
        assert!(lab.torn().is_some() && lab.diverged_at.is_none());
        let mut names = config_maps(&lab);
        act(&mut lab, "d", |session| _ = session.send(config_map("d")));
        drop(lab);
        let lab = open(&dir);
        names.push("d".into());
        assert_eq!(config_maps(&lab), names);
        assert!(lab.torn().is_none() && lab.diverged_at.is_none());
    }
}

#[test]
fn a_damaged_line_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let mut bytes = small(home.path());
    let second = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 5;
    bytes[second] = b'\x01';
    std::fs::write(home.path().join(FILE), &bytes).expect("written");
    let error = Lab::open(home.path(), || {}).expect_err("damaged").to_string();
    assert!(error.contains("journal.jsonl:2: this line of the journal is damaged"), "{error}");
    assert!(error.contains("head -n 1 "), "{error}");
}

#[test]
fn what_is_no_journal_or_too_new_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let check = |text: &str, expect: &str| {
        std::fs::write(home.path().join(FILE), text).expect("written");
        let error = Lab::open(home.path(), || {}).expect_err(expect).to_string();
        assert!(error.contains(expect), "{error}");
    };
    check("hello\n", "is not a journal of sts-lab: line 1");
    check("{}\n", "is not a journal of sts-lab: line 1");
    let header = line_with_format(entry::FORMAT + 1);
    check(&header, "has format 4, this sts-lab reads up to 3: a newer sts-lab made it");
    std::fs::write(home.path().join(FILE), line_with_format(entry::FORMAT)).expect("written");
    assert!(open(home.path()).entries().is_empty());
}

/// Something done to a lab.
type Work = Box<dyn FnOnce(&mut Session<'_>)>;

#[test]
fn what_older_programs_would_misread_raises_the_format() {
    let place = |name: &str| crate::cluster::faults::place(Some("other"), name);
    let crash = |name: String| Fault::Pod { name, attribute: "crash".into(), value: Some(true) };
    let disk = crate::cluster::disk::DiskId::host_path("node-0", "/data");
    let change = crate::cluster::disk::Change::Remove { path: "f".into() };
    let evict = Fault::Evict { name: "web-0".into(), resource: "memory".into() };
    let cases: [(Work, u64); 5] = [
        (Box::new(|session| _ = session.send(config_map("a"))), 1),
        (Box::new(move |session| session.fault(crash("web-0".into()))), 1),
        (Box::new(move |session| session.fault(crash(place("web-0")))), 3),
        (Box::new(move |session| session.fault(evict)), 3),
        (Box::new(move |session| session.write(disk, change)), 3),
    ];
    for (index, (work, format)) in cases.into_iter().enumerate() {
        let home = tempfile::tempdir().expect("a folder");
        small(home.path());
        let mut lab = open(home.path());
        act(&mut lab, "later", work);
        drop(lab);
        let text = std::fs::read_to_string(home.path().join(FILE)).expect("a journal");
        let header: Value = serde_json::from_str(text.lines().next().unwrap_or_default()).expect("a header");
        assert_eq!(header["stsLabJournal"], format, "case {index}");
        assert_eq!(open(home.path()).entries().len(), 4);
    }
}

fn line_with_format(format: u32) -> String {
    let mut header = serde_json::to_value(Header::default()).expect("JSON");
    header["stsLabJournal"] = format.into();
    format!("{header}\n")
}

#[test]
fn a_lab_that_comes_out_otherwise_still_opens_and_says_since_when() {
    let home = tempfile::tempdir().expect("a folder");
    let text = String::from_utf8(small(home.path())).expect("UTF-8");
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let mut entry: Value = serde_json::from_str(&lines[2]).expect("an entry");
    entry["digest"] = "of another version".into();
    lines[2] = entry.to_string();
    std::fs::write(home.path().join(FILE), lines.join("\n") + "\n").expect("written");
    let lab = open(home.path());
    assert_eq!((lab.diverged_at, config_maps(&lab).len()), (Some(1), 3));
}

/// A lab in which every sort of input was given.
fn eventful(lab: &mut Lab) {
    act(lab, "apply", |session| {
        session.start_up();
        _ = session.send(set());
        session.settle(QUIET);
    });
    act(lab, "fault pod web-1 --ready=false", |session| {
        let (name, attribute) = ("web-1".into(), "ready".into());
        session.fault(Fault::Pod { name, attribute, value: Some(false) });
        session.run_for(Duration::from_millis(700));
    });
    act(lab, "delete pod web-0", |session| {
        _ = session.send(Request::delete(Kind::Pod, "default", "web-0"));
        let deadline = session.now() + Duration::from_secs(1);
        while session.wait_for_change(Some(deadline)) == crate::apiserver::api::Waited::Changed {}
        for _ in 0..3 {
            session.step();
        }
    });
    act(lab, "create again", |session| _ = session.send(set()));
    act(lab, "settle", |session| session.settle(QUIET));
}

fn world(cluster: &Cluster) -> String {
    let trace: Vec<String> = cluster.api.store.history.trace_lines().map(|line| line.to_string()).collect();
    let kinds = crate::resource::kind::ALL.iter();
    let objects = kinds.flat_map(|info| cluster.api.store.all(info.kind)).map(|object| object.to_json().to_string());
    [trace, objects.collect()].concat().join("\n")
}

#[test]
fn replay_equals_what_was_lived_through() {
    let home = tempfile::tempdir().expect("a folder");
    let mut live = open(home.path());
    eventful(&mut live);
    let (world_then, digest_then, times) = (world(&live.cluster), digest(&live.cluster), live.times().to_vec());
    drop(live);
    let again = open(home.path());
    assert_eq!(again.diverged_at, None);
    assert_eq!(digest(&again.cluster), digest_then);
    assert_eq!(again.times(), times);
    assert_eq!(world(&again.cluster), world_then);
    assert_eq!(world(&replay(&Header::default().config(), again.entries())), world_then);
}

/// A lab whose journal is long enough for a checkpoint, and what the world is after it.
fn long(dir: &Path) -> String {
    let mut lab = open(dir);
    eventful(&mut lab);
    act(&mut lab, "fault clear", |session| session.fault(Fault::Clear));
    for replicas in (1..=3).cycle().take(200) {
        act(&mut lab, "scale", |session| {
            let body = json!({"spec": {"replicas": replicas}});
            _ = session.send(Request::patch(Kind::StatefulSet, "default", "web", PatchType::Merge, body));
            session.settle(QUIET);
        });
    }
    world(&lab.cluster)
}

#[test]
fn a_checkpoint_stands_for_the_journal_before_it() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join(checkpoint::FILE);
    let after = long(home.path());
    assert!(!file.exists());
    assert_eq!(world(&open(home.path()).cluster), after);
    let stored = std::fs::read(&file).expect("a long journal has one");
    // The state is read, not folded: what the first entries say is not looked at any more.
    let mut lab = open(home.path());
    assert_eq!((world(&lab.cluster), lab.diverged_at, lab.times().len()), (after.clone(), None, lab.entries().len()));
    eventful(&mut lab);
    let later = world(&lab.cluster);
    assert_eq!(world(&replay(&Header::default().config(), lab.entries())), later);
    drop(lab);
    assert_eq!(world(&open(home.path()).cluster), later);
    let lab = open(home.path());
    let read = |bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("written");
        checkpoint::read(home.path(), lab.entries.len(), |entries| lab.journal.chain(entries))
    };
    assert!(read(&stored).is_some());
    let short = [&stored[..stored.len() - 1], &[], &[0; 5000]];
    assert!(short.into_iter().all(|damaged| read(damaged).is_none()));
    for at in (0..stored.len()).step_by(stored.len() / 400) {
        let mut damaged = stored.clone();
        damaged[at] ^= 0x20;
        assert!(read(&damaged).is_none(), "byte {at}");
    }
}

/// Probes, back-offs, quotas and faults go on where they were.
#[test]
fn what_kubelets_have_in_mind_is_stored_with_the_rest() {
    use crate::cluster::faults::{About, Ailment, Finding};
    use crate::cluster::{ClusterConfig, kubelet::Pace};
    use crate::resource::stored;
    let mut cluster = Cluster::new(&ClusterConfig { kubelet: Pace::Real, ..ClusterConfig::default() });
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "5"}}});
    let probe = json!({"httpGet": {"port": 80}, "periodSeconds": 7});
    let pod = |name: &str| {
        let container = json!({"name": "c", "image": "nginx", "livenessProbe": probe, "readinessProbe": probe});
        let body = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "containers": [container], "volumes": [{"name": "v", "configMap": {"name": "kube-root-ca.crt"}}]}});
        Request::create(Kind::Pod, "default", body)
    };
    cluster.request(&Request::create(Kind::ResourceQuota, "default", quota), 0).expect("made");
    for name in ["a", "b"] {
        cluster.request(&pod(name), 0).expect("made");
    }
    let ails = |name: &str, ailment| Fault::Ailment { about: About::Pod(name.into()), ailment };
    cluster.fault(&ails("a", Ailment::Liveness(Some(Finding::Fail))), 0);
    cluster.fault(&ails("b/c", Ailment::ExitCode(Some(3))), 0);
    let seconds = |cluster: &mut Cluster, seconds| {
        let until = cluster.now + std::time::Duration::from_secs(seconds);
        cluster.run_until(until);
    };
    seconds(&mut cluster, 100);
    cluster.api.tidy();
    let bytes = stored::to_bytes(&cluster).expect("written");
    let mut again: Cluster = stored::from_bytes(&bytes).expect("read");
    for cluster in [&mut cluster, &mut again] {
        seconds(cluster, 400);
        cluster.fault(&Fault::Clear, 0);
        seconds(cluster, 400);
    }
    assert_eq!(world(&again), world(&cluster));
    let ready = cluster.api.store.all(Kind::Pod).filter(|pod| pod.pod().is_some_and(|pod| pod.status.is_ready()));
    assert_eq!(ready.count(), 2);
}

#[test]
fn a_checkpoint_of_what_is_no_longer_the_journal_is_not_used() {
    let home = tempfile::tempdir().expect("a folder");
    let after = long(home.path());
    let mut lab = open(home.path());
    let before = world(&replay(&Header::default().config(), &lab.entries()[..4]));
    lab.rewind(4).expect("rewound");
    assert_eq!(world(&lab.cluster), before);
    drop(lab);
    let mut lab = open(home.path());
    assert_eq!(world(&lab.cluster), before);
    lab.undo_rewind().expect("undone").expect("there was one");
    assert_eq!(world(&lab.cluster), after);
}

#[test]
fn rewind_gives_the_world_as_it_was_and_undo_the_one_after() {
    let home = tempfile::tempdir().expect("a folder");
    let mut lab = open(home.path());
    eventful(&mut lab);
    let (journal, after) = (std::fs::read(home.path().join(FILE)).expect("a journal"), world(&lab.cluster));
    let before = world(&replay(&Header::default().config(), &lab.entries()[..2]));
    let kept = lab.rewind(2).expect("rewound").expect("on disk");
    assert_eq!(std::fs::read(kept).expect("kept"), journal);
    assert_eq!((world(&lab.cluster), lab.times().len()), (before, 2));
    act(&mut lab, "something else", |session| _ = session.send(config_map("x")));
    let kept = lab.undo_rewind().expect("undone").expect("there was one").expect("on disk");
    assert_eq!(world(&lab.cluster), after);
    assert_eq!(std::fs::read(home.path().join(FILE)).expect("a journal"), journal);
    assert_eq!(read(&kept).expect("kept").entries.len(), 3);
    // What undoing replaced can be had back in turn.
    lab.undo_rewind().expect("undone").expect("there was one");
    assert_eq!(lab.entries().len(), 3);
    drop(lab);
    assert_eq!(config_maps(&open(home.path())), ["x"]);
}

#[test]
fn labs_are_made_read_and_removed_as_a_whole() {
    let home = tempfile::tempdir().expect("a folder");
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    small(&one);
    let contents = read(&one.join(FILE)).expect("a journal");
    let header = Header { seed: 7, nodes: 5, ..contents.header };
    make(&two, &header, &contents.entries[..2]).expect("made");
    assert!(matches!(make(&two, &header, &[]), Err(JournalError::Exists { .. })));
    let mut lab = open(&two);
    assert_eq!((lab.header(), config_maps(&lab).len()), (&header, 2));
    assert_eq!(lab.cluster.api.store.count(Kind::Node), 5);
    lab.rewind(0).expect("rewound");
    drop(lab);
    std::fs::write(two.join("notes.txt"), "mine").expect("written");
    remove(&two, || {}).expect("removed");
    let left: Vec<_> = std::fs::read_dir(&two).expect("it stays").flatten().map(|file| file.file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    remove(&one, || {}).expect("removed");
    assert!(!one.exists());
}

/// What was written in containers is an input: it comes back, goes with a rewind, and an undone rewind brings it back.
#[test]
fn files_are_part_of_the_journal() {
    use crate::apiserver::api::{Container, Streams};
    let home = tempfile::tempdir().expect("a folder");
    let run = |session: &mut Session<'_>, script: &str| -> String {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let words: Vec<String> = ["sh", "-c", script].map(str::to_string).to_vec();
        let of = Container { namespace: "default", pod: "web-0", container: "c" };
        let mut streams = Streams { stdin: None, stdout: &mut stdout, stderr: &mut stderr, tty: false };
        assert_eq!(session.exec(of, &words, &mut streams), Ok(0));
        String::from_utf8(stdout).expect("UTF-8")
    };
    let mut lab = open(home.path());
    act(&mut lab, "apply", |session| {
        let mut set = set();
        set.body["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] =
            json!([{"name": "www", "mountPath": "/data"}]);
        session.send(set).expect("it is valid");
        session.settle(QUIET);
    });
    act(&mut lab, "exec", |session| _ = run(session, "echo one > /data/f; sleep 3; date >> /data/f"));
    act(&mut lab, "look", |session| _ = run(session, "cat /data/f"));
    assert_eq!(lab.entries().len(), 2, "looking leaves no entry");
    drop(lab);
    let mut lab = open(home.path());
    assert_eq!(lab.diverged_at, None);
    let look = |lab: &mut Lab| run(&mut lab.session(&[]), "cat /data/f 2> /dev/null || true");
    let kept = look(&mut lab);
    assert!(kept.starts_with("one\nThu Jan  1 00:00:0"), "{kept}");
    lab.rewind(1).expect("it goes back");
    assert_eq!(look(&mut lab), "");
    lab.undo_rewind().expect("it is undone");
    assert_eq!(look(&mut lab), kept);
}
