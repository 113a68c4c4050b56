//! A plan says exactly what the command then does: which Pods come, go and restart in which order, which claims and
//! names come and go, what is refused. What is true is not read from the history, as the plan does, but seen by looking
//! at the objects after every task.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sts_lab::cluster::{Cluster, ClusterConfig, Fault, QUIET};
use sts_lab::dns::{Type, records};
use sts_lab::kubectl::{self, Io};
use sts_lab::lab::{Entry, Input, Session, digest, replay};
use sts_lab::plan::{ClaimFate, NameFate, ObjectAction, Plan, PodAction, Ran, Verdict, plan};
use sts_lab::resource::Kind;
use sts_lab::resource::meta::Uid;
use sts_lab::view::rest::settle_all;

use super::world::{self, Journal};

/// A command of kubectl: its words, and what it reads from standard input.
#[derive(Clone, Debug)]
struct Command {
    words: Vec<String>,
    stdin: String,
}

fn command(words: &str) -> Command {
    Command { words: words.split(' ').map(ToString::to_string).collect(), stdin: String::new() }
}

fn apply(manifest: &Value) -> Command {
    Command { stdin: manifest.to_string(), ..command("apply -f -") }
}

fn run(command: &Command, session: &mut Session<'_>) -> Ran {
    let (mut stdin, mut stdout, mut stderr) = (command.stdin.as_bytes(), Vec::new(), Vec::new());
    let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, std::env::temp_dir());
    let code = kubectl::run(&command.words, session, &mut io);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code, stdout: text(stdout), stderr: text(stderr) }
}

/// A step that was seen: what became of which Pods between two looks.
type Seen = (PodAction, String);

/// The Pods as they were at the last look, and what became of them so far.
struct Watch {
    pods: BTreeMap<String, (Uid, bool)>,
    looks: Vec<Vec<Seen>>,
    /// Pods that go, and the look and place at which that was seen.
    going: BTreeMap<String, (usize, usize)>,
}

impl Watch {
    fn begin(cluster: &Cluster) -> Watch {
        Watch { pods: pods(cluster), looks: Vec::new(), going: BTreeMap::new() }
    }

    fn look(&mut self, cluster: &Cluster) {
        let now = pods(cluster);
        let mut seen: Vec<Seen> = Vec::new();
        for (name, (uid, going)) in &self.pods {
            let is = now.get(name).filter(|(is, _)| is == uid);
            if !going && is.is_none_or(|(_, going)| *going) {
                self.going.insert(name.clone(), (self.looks.len(), seen.len()));
                seen.push((PodAction::Stop, name.clone()));
            }
        }
        for (name, (uid, _)) in &now {
            if self.pods.get(name).is_none_or(|(was, _)| was != uid) {
                match self.going.remove(name) {
                    Some((look, place)) if look == self.looks.len() => seen[place].0 = PodAction::Restart,
                    Some((look, place)) => self.looks[look][place].0 = PodAction::Restart,
                    None => seen.push((PodAction::Start, name.clone())),
                }
            }
        }
        self.pods = now;
        self.looks.push(seen);
    }
}

fn pods(cluster: &Cluster) -> BTreeMap<String, (Uid, bool)> {
    let pods = cluster.api.store.all(Kind::Pod);
    pods.map(|pod| (pod.meta.name.to_string(), (pod.meta.uid, pod.meta.terminating()))).collect()
}

fn claims(cluster: &Cluster) -> BTreeMap<String, Uid> {
    let claims = cluster.api.store.all(Kind::PersistentVolumeClaim);
    claims.map(|claim| (claim.meta.name.to_string(), claim.meta.uid)).collect()
}

fn names(cluster: &Cluster) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let answers = records(&cluster.api.store).into_iter().filter(|r| r.promised);
    for record in answers.filter(|r| matches!(r.kind, Type::A | Type::Aaaa | Type::Cname)) {
        out.entry(record.name).or_default().insert(record.data);
    }
    out
}

/// Plans a command, does it, and holds one to the other. The plan is returned.
fn hold(cluster: &Cluster, command: &Command) -> Plan {
    let before = cluster.clone();
    let told = plan(cluster, 7, |session| Ok(run(command, session))).unwrap();
    assert_eq!(digest(cluster), digest(&before), "a plan changed the lab");

    let mut cluster = cluster.clone();
    let mut watch = Watch::begin(&cluster);
    let ran = run(command, &mut Session::new(&mut cluster, 7, Vec::new()));
    watch.look(&cluster);
    // No time passes after a command that changes nothing.
    while told.until > before.now && cluster.next_due().is_some_and(|due| due <= told.until) {
        cluster.step();
        watch.look(&cluster);
    }
    assert_eq!(told.verdict == Verdict::Refused, ran.code != 0, "{told:#?}");
    if ran.code != 0 {
        let said: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with("Warning: ")).collect();
        assert_eq!(told.refused, said, "what is refused");
    }
    let mut steps = told.pods.iter().map(|step| (step.action, step.pod.clone()));
    for look in watch.looks {
        let planned: BTreeSet<Seen> = steps.by_ref().take(look.len()).collect();
        assert_eq!(planned, look.into_iter().collect(), "the Pods, in order: {:#?}", told.pods);
    }
    assert_eq!(steps.next(), None, "more steps than there were");
    let (old, new) = (claims(&before), claims(&cluster));
    let fate = |wanted: ClaimFate| {
        let fitting = told.claims.iter().filter(move |claim| claim.fate == wanted);
        fitting.map(|claim| claim.claim.clone()).collect::<BTreeSet<String>>()
    };
    let differ = |one: &BTreeMap<String, Uid>, other: &BTreeMap<String, Uid>| {
        one.iter().filter(|(name, uid)| other.get(*name) != Some(uid)).map(|(name, _)| name.clone()).collect()
    };
    assert_eq!((fate(ClaimFate::Made), fate(ClaimFate::Lost)), (differ(&new, &old), differ(&old, &new)), "the claims");
    let (old, new) = (names(&before), names(&cluster));
    for name in old.keys().chain(new.keys()) {
        let expected = match (old.get(name), new.get(name)) {
            (None, Some(_)) => Some(NameFate::Appears),
            (Some(_), None) => Some(NameFate::Vanishes),
            (old, new) => (old != new).then_some(NameFate::Moves),
        };
        let told = told.names.iter().find(|told| told.name == *name).map(|told| told.fate);
        assert_eq!(told, expected, "the name {name}");
    }
    told
}

fn service(headless: bool) -> Value {
    let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx"},
        "spec": {"selector": {"app": "nginx"}, "ports": [{"port": 80, "name": "web"}]}});
    if headless {
        service["spec"]["clusterIP"] = "None".into();
    }
    service
}

/// A set `web` of three Pods with a claim each; members of `spec` win over its own.
fn set(spec: &Value) -> Value {
    let mut set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
        "spec": {"serviceName": "nginx", "replicas": 3, "selector": {"matchLabels": {"app": "nginx"}},
        "template": template("nginx:1.21"), "volumeClaimTemplates": [claim("1Gi")]}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        set["spec"][key] = value.clone();
    }
    set
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "nginx"}}, "spec": {"containers": [{"name": "nginx", "image": image}]}})
}

fn claim(size: &str) -> Value {
    json!({"metadata": {"name": "www"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}}}})
}

fn world_of(commands: &[Command]) -> Cluster {
    let mut cluster = Cluster::new(&ClusterConfig::default());
    for command in commands {
        let ran = run(command, &mut Session::new(&mut cluster, 0, Vec::new()));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        settle_all(&mut cluster, |cluster| cluster.settle(QUIET), |cluster| cluster);
    }
    cluster
}

/// The set as `before` is there; the plan of a command, held to what it does, comes to these lines.
fn check(before: &Value, command: &Command, expect: &[&str]) -> Plan {
    check_in(&world_of(&[apply(&service(true)), apply(&set(before))]), command, expect)
}

fn check_in(cluster: &Cluster, command: &Command, expect: &[&str]) -> Plan {
    let told = hold(cluster, command);
    let mut lines = vec![format!("{:?}", told.verdict)];
    lines.extend(told.refused.iter().cloned());
    for object in told.objects.iter().filter(|object| object.action != ObjectAction::Unchanged) {
        let fields: Vec<&str> = object.fields.iter().map(|field| field.path.as_str()).collect();
        lines.push(format!("{:?} {} {}", object.action, object.name, fields.join(" ")).trim().to_string());
    }
    lines.extend(told.pods.iter().map(|step| format!("{:?} {}", step.action, step.pod)));
    lines.extend(told.kept.iter().map(|kept| format!("keeps {} {}", kept.why, kept.pod)));
    lines.extend(told.claims.iter().map(|claim| match claim.volume_fate {
        Some(volume) => format!("{:?} {} {volume:?}", claim.fate, claim.claim),
        None => format!("{:?} {}", claim.fate, claim.claim),
    }));
    lines.extend(told.names.iter().map(|name| format!("{:?} {}", name.fate, name.short())));
    let quorum = |q: &sts_lab::plan::Quorum| {
        format!("fewest {} of {}{}", q.fewest_ready, q.members, if q.lost { " LOST" } else { "" })
    };
    lines.extend(told.quorums.iter().map(quorum));
    lines.extend(told.stuck.iter().map(|stuck| format!("stuck {} {}", stuck.kind, stuck.name)));
    assert_eq!(lines, expect, "{told:#?}");
    told
}

const FORBIDDEN: &str = "The StatefulSet \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other \
    than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
    'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

const IMAGE: &str = "Update web spec.template.spec.containers[nginx].image";

#[test]
fn nothing_to_do() {
    check(&json!({}), &apply(&set(&json!({}))), &["Unchanged"]);
}

#[test]
fn forbidden_changes_are_refused_in_the_servers_words() {
    check(&json!({}), &apply(&set(&json!({"serviceName": "other"}))), &["Refused", FORBIDDEN]);
    check(&json!({}), &apply(&set(&json!({"volumeClaimTemplates": [claim("2Gi")]}))), &["Refused", FORBIDDEN]);
    let selector = json!({"selector": {"matchLabels": {"app": "nginx", "tier": "db"}}});
    let told = hold(&world_of(&[apply(&set(&json!({})))]), &apply(&set(&selector)));
    assert_eq!(told.verdict, Verdict::Refused);
    assert!(told.refused[1].contains("`selector` does not match template `labels`"), "{:?}", told.refused);
}

#[test]
fn a_new_image_restarts_from_the_highest_ordinal_down() {
    let told = check(
        &json!({}),
        &apply(&set(&json!({"template": template("nginx:1.22")}))),
        &[
            "Changes",
            IMAGE,
            "Restart web-2",
            "Restart web-1",
            "Restart web-0",
            "Moves nginx.default",
            "Moves web-0.nginx.default",
            "Moves web-1.nginx.default",
            "Moves web-2.nginx.default",
            "fewest 2 of 3",
        ],
    );
    assert_ne!(told.pods[0].old_revision, told.pods[0].new_revision);
    assert!(told.pods.iter().all(|pod| pod.ready_at > Some(pod.at)));
}

#[test]
fn a_partition_keeps_what_is_below_it() {
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    let new = set(&json!({"template": template("nginx:1.22"), "updateStrategy": strategy}));
    check(
        &json!({}),
        &apply(&new),
        &[
            "Changes",
            "Update web spec.template.spec.containers[nginx].image spec.updateStrategy.rollingUpdate.partition",
            "Restart web-2",
            "keeps partition web-0",
            "keeps partition web-1",
            "Moves nginx.default",
            "Moves web-2.nginx.default",
            "fewest 2 of 3",
        ],
    );
}

#[test]
fn on_delete_restarts_nobody() {
    let before = json!({"updateStrategy": {"type": "OnDelete"}});
    let mut new = before.clone();
    new["template"] = template("nginx:1.22");
    check(
        &before,
        &apply(&set(&new)),
        &["Changes", IMAGE, "keeps OnDelete web-0", "keeps OnDelete web-1", "keeps OnDelete web-2"],
    );
}

#[test]
fn scaling_up_makes_pods_claims_and_names() {
    check(
        &json!({}),
        &apply(&set(&json!({"replicas": 5}))),
        &[
            "Changes",
            "Update web spec.replicas",
            "Start web-3",
            "Start web-4",
            "Made www-web-3",
            "Made www-web-4",
            "Moves nginx.default",
            "Appears web-3.nginx.default",
            "Appears web-4.nginx.default",
        ],
    );
}

#[test]
fn scaling_down_keeps_or_loses_claims_as_the_policy_says() {
    let down = [
        "Update web spec.replicas",
        "Stop web-2",
        "Stop web-1",
        "Kept www-web-1",
        "Kept www-web-2",
        "Moves nginx.default",
        "Vanishes web-1.nginx.default",
        "Vanishes web-2.nginx.default",
        "fewest 1 of 1",
    ];
    let expect: Vec<&str> = ["Changes"].into_iter().chain(down).collect();
    check(&json!({}), &command("scale sts/web --replicas=1"), &expect);
    let delete = json!({"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Retain"}});
    let mut expect: Vec<&str> = ["Risk"].into_iter().chain(down).collect();
    (expect[4], expect[5]) = ("Lost www-web-1 Deleted", "Lost www-web-2 Deleted");
    check(&delete, &command("scale sts/web --replicas=1"), &expect);
    let retained = json!({"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"},
        "volumeClaimTemplates": [{"metadata": {"name": "www"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "storageClassName": "retain", "resources": {"requests": {"storage": "1Gi"}}}}]});
    expect[0] = "Changes";
    (expect[4], expect[5]) = ("Lost www-web-1 Released", "Lost www-web-2 Released");
    check(&retained, &command("scale sts/web --replicas=1"), &expect);
}

#[test]
fn deletion_with_and_without_the_pods() {
    check(
        &json!({}),
        &command("delete sts web --wait=false --cascade=orphan"),
        &["Changes", "Delete web", "keeps orphaned web-0", "keeps orphaned web-1", "keeps orphaned web-2"],
    );
    check(
        &json!({"replicas": 1}),
        &command("delete sts web --wait=false"),
        &[
            "Changes",
            "Delete web",
            "Stop web-0",
            "Kept www-web-0",
            "Vanishes nginx.default",
            "Vanishes web-0.nginx.default",
        ],
    );
}

#[test]
fn a_policy_change_only_changes_owners() {
    let policy = json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"}});
    check(
        &json!({"replicas": 1}),
        &apply(&set(&json!({"replicas": 1, "persistentVolumeClaimRetentionPolicy":
        policy["persistentVolumeClaimRetentionPolicy"]}))),
        &["Changes", "Update web spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Owner www-web-0"],
    );
}

#[test]
fn a_service_is_turned_or_leads_elsewhere() {
    let cluster = world_of(&[apply(&service(true)), apply(&set(&json!({"replicas": 1})))]);
    let told = hold(&cluster, &apply(&service(false)));
    assert!(!told.is_bad() && told.pods.is_empty(), "an apply without clusterIP keeps it: {told:#?}");
    let mut turned = service(true);
    turned["spec"]["clusterIP"] = "10.96.7.7".into();
    let told = hold(&cluster, &apply(&turned));
    assert_eq!(told.verdict, Verdict::Refused);
    assert!(told.refused[0].contains("spec.clusterIPs[0]: Invalid value"), "{:?}", told.refused);
    let mut elsewhere = service(true);
    elsewhere["spec"]["selector"]["app"] = "other".into();
    check_in(
        &cluster,
        &apply(&elsewhere),
        &["Changes", "Update nginx spec.selector.app", "Vanishes nginx.default", "Vanishes web-0.nginx.default"],
    );
}

#[test]
fn what_gets_stuck_is_told_with_its_reason() {
    let mut cluster = world_of(&[apply(&service(true)), apply(&set(&json!({})))]);
    cluster.fault(&Fault::Image { image: "nginx:1.22".into(), attribute: "pull".into(), value: Some(false) }, 1);
    let told = check_in(
        &cluster,
        &apply(&set(&json!({"template": template("nginx:1.22")}))),
        &[
            "Stuck",
            IMAGE,
            "Restart web-2",
            "keeps stuck web-0",
            "keeps stuck web-1",
            "Moves nginx.default",
            "Vanishes web-2.nginx.default",
            "fewest 2 of 3",
            "stuck StatefulSet web",
        ],
    );
    assert!(told.stuck[0].why.iter().any(|why| why.contains("ImagePullBackOff")), "{:?}", told.stuck);
    let mut huge = template("nginx:1.21");
    huge["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "99"}});
    let told = hold(&cluster, &apply(&set(&json!({"template": huge}))));
    assert_eq!(told.verdict, Verdict::Stuck);
    assert!(told.stuck[0].why.join(" ").contains("Insufficient cpu"), "{:?}", told.stuck);
    let mut nowhere = set(&json!({}));
    nowhere["metadata"]["name"] = "new".into();
    nowhere["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = "gp3".into();
    let told = hold(&cluster, &apply(&nowhere));
    assert!(told.stuck.iter().any(|stuck| stuck.name == "www-new-0"), "{:?}", told.stuck);
    assert!(told.claims[0].why.contains("it gets no volume"), "{:?}", told.claims);
}

#[test]
fn a_quorum_and_a_budget_are_watched() {
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "nginx"}}}});
    let parallel = json!({"podManagementPolicy": "Parallel"});
    let mut cluster = world_of(&[apply(&service(true)), apply(&set(&parallel)), apply(&budget)]);
    let new = json!({"podManagementPolicy": "Parallel", "template": template("nginx:1.22")});
    let told = hold(&cluster, &apply(&set(&new)));
    let broken = &told.quorums[0].budgets[0];
    assert_eq!((told.verdict, broken.desired, broken.fewest), (Verdict::Changes, 3, 2), "a rollout asks no budget");
    let told = hold(&cluster, &command("delete pod web-0 web-1 --wait=false"));
    assert_eq!((told.verdict, told.quorums[0].lost, told.quorums[0].fewest_ready), (Verdict::Risk, true, 1));
    cluster.fault(&Fault::Pod { name: "web-0".into(), attribute: "ready".into(), value: Some(false) }, 1);
    settle_all(&mut cluster, |cluster| cluster.settle(QUIET), |cluster| cluster);
    let told = hold(&cluster, &apply(&set(&new)));
    assert_eq!((told.quorums[0].ready_before, told.quorums[0].fewest_ready, told.quorums[0].lost), (2, 1, true));
}

#[test]
fn what_only_takes_time_is_waited_out() {
    let patient = json!({"minReadySeconds": 300});
    let new = json!({"minReadySeconds": 300, "template": template("nginx:1.22")});
    let mut cluster = world_of(&[apply(&service(true)), apply(&set(&patient))]);
    cluster.run_until(cluster.now + Duration::from_secs(1000));
    let told = hold(&cluster, &apply(&set(&new)));
    assert_eq!(told.verdict, Verdict::Changes, "{:#?}", told.stuck);
    assert!(told.took > 600.0 && told.pods.iter().filter(|pod| pod.action == PodAction::Restart).count() == 3);
}

/// Something that a person may type next.
fn next() -> impl Strategy<Value = Command> {
    let set = || prop::sample::select(world::SETS.to_vec());
    let how = || prop::sample::select(vec!["", " --cascade=orphan", " --cascade=foreground", " --grace-period=1"]);
    let image = prop::sample::select(vec!["app:1", "app:2", "app:3", "app 4"]);
    prop_oneof![
        6 => world::journal(2).prop_map(|journal| apply(&manifest(&journal))),
        3 => (set(), 0..6).prop_map(|(set, n)| command(&format!("scale sts/{set} --replicas={n}"))),
        3 => (set(), image).prop_map(|(set, image)| Command {
            words: ["set", "image", &format!("sts/{set}"), &format!("app={image}")].map(String::from).to_vec(),
            stdin: String::new(),
        }),
        1 => set().prop_map(|set| command(&format!("rollout restart sts/{set}"))),
        2 => (set(), how()).prop_map(|(set, how)| command(&format!("delete sts {set} --wait=false{how}"))),
        2 => (set(), 0..4).prop_map(|(set, n)| command(&format!("delete pod {set}-{n} --wait=false"))),
        1 => (set(), 0..4).prop_map(|(set, n)| command(&format!("delete pvc data-{set}-{n} --wait=false"))),
        1 => set().prop_map(|set| command(&format!("delete svc {set} --wait=false"))),
        1 => (0..3).prop_map(|n| command(&format!("cordon node-{n}"))),
    ]
}

fn manifest(journal: &Journal) -> Value {
    match &journal.0[1] {
        Input::Request(request) => request.body.clone(),
        _ => Value::Null,
    }
}

#[test]
fn a_plan_says_what_the_command_does() {
    let mut runner = TestRunner::new(super::config(80));
    let worlds = (world::journal(12), next());
    let outcome = runner.run(&worlds, |(journal, command)| {
        let entry = Entry { words: Vec::new(), inputs: journal.0.clone(), digest: String::new() };
        hold(&replay(&ClusterConfig::default(), &[entry]), &command);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
