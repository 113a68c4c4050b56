//! Small worlds, and what the views say of them.

use serde_json::json;

use super::section::Extent;
use super::style::Look;
use super::testing::{act, fault, lines, patch, world};
use super::why::{Subject, why};
use super::{answer, claims, gone, names, order, pods, screen, sequence, status, steps, waiting};
use crate::apiserver::{Options, Propagation, Request};
use crate::cluster::Cluster;
use crate::resource::Kind;

fn web() -> Vec<(String, String)> {
    vec![("default".into(), "web".into())]
}

fn told(section: &super::section::Section, columns: &[&str]) -> Vec<String> {
    lines(&section.to_json(), columns)
}

#[test]
fn order_of_an_ordered_set() {
    let (cluster, since) = world(&json!({"replicas": 2}));
    let section = order::order(&cluster, &since, false);
    let expect = [
        "Service nginx created | you asked for it",
        "StatefulSet web created | you asked for it",
        "Pod web-0 + PVC www-web-0 | first ordinal: waits for nobody",
        "Pod web-0 Ready | its container runs (no readiness probe)",
        "Pod web-1 + PVC www-web-1 | web-0 is Running and Ready",
        "Pod web-1 Ready | its container runs (no readiness probe)",
    ];
    assert_eq!(told(&section, &["what", "why"]), expect);
    assert!(section.about.starts_with("OrderedReady"));
}

#[test]
fn order_of_a_parallel_set() {
    let (cluster, since) = world(&json!({"replicas": 2, "podManagementPolicy": "Parallel"}));
    let section = order::order(&cluster, &since, false);
    let made = "Pod web-1 + PVC www-web-1 | Parallel: waits for nobody".to_string();
    assert!(told(&section, &["what", "why"]).contains(&made), "{section:?}");
    assert!(section.about.starts_with("Parallel"));
}

#[test]
fn order_of_an_update_is_from_the_top() {
    let (mut cluster, _) = world(&json!({}));
    let partition = json!({"rollingUpdate": {"partition": 1}});
    let change = json!({"spec": {"updateStrategy": partition, "template": {"metadata": {"annotations": {"a": "b"}}}}});
    let since = patch(&mut cluster, change);
    let section = order::order(&cluster, &since, false);
    let stopped: Vec<_> = told(&section, &["what", "why"]).into_iter().filter(|l| l.contains("terminating")).collect();
    let expect = [
        "Pod web-2 terminating | old revision; highest ordinal first",
        "Pod web-1 terminating | old revision; web-2 is Ready again",
    ];
    assert_eq!(stopped, expect);
    assert!(told(&section, &["what"])[0].starts_with("StatefulSet web: partition 0 → 1"), "{section:?}");
    let keeps = waiting::waiting(&cluster, &web()[0]);
    assert_eq!(keeps, ["web-0 keeps its old revision: partition is 1."]);
}

#[test]
fn min_ready_seconds_are_waited_for() {
    let (cluster, since) = world(&json!({"replicas": 2, "minReadySeconds": 1}));
    let made = "Pod web-1 + PVC www-web-1 | web-0 has been Ready for 1 s".to_string();
    assert!(told(&order::order(&cluster, &since, false), &["what", "why"]).contains(&made));
}

#[test]
fn scaling_down_takes_pods_and_leaves_claims() {
    let (mut cluster, _) = world(&json!({}));
    let since = patch(&mut cluster, json!({"spec": {"replicas": 1}}));
    let (went, stayed) = gone::gone(&cluster, &since).unwrap();
    let expect = [
        "Pod web-2 | replicas is 1: highest ordinal first",
        "Pod web-1 | web-2 is gone: next lower ordinal",
        "DNS web-1.nginx.default | Pod web-1 is gone",
        "DNS web-2.nginx.default | Pod web-2 is gone",
    ];
    assert_eq!(told(&went, &["what", "why"]), expect);
    let left = told(&stayed, &["what", "why"]);
    assert!(left.iter().any(|line| line.starts_with("PVC www-web-2 | whenScaled: Retain; data in pvc-")), "{left:?}");
}

#[test]
fn retention_policy_takes_claims_and_volumes() {
    let policy = json!({"whenScaled": "Delete", "whenDeleted": "Retain"});
    let (mut cluster, _) = world(&json!({"persistentVolumeClaimRetentionPolicy": policy}));
    let since = patch(&mut cluster, json!({"spec": {"replicas": 2}}));
    let (went, stayed) = gone::gone(&cluster, &since).unwrap();
    let lost = told(&went, &["what", "why"]);
    assert!(lost.contains(&"PVC www-web-2 | its Pod went in a scale-down (whenScaled: Delete)".into()), "{lost:?}");
    assert!(lost.iter().any(|line| line.contains("reclaim policy is Delete")), "{lost:?}");
    assert!(!told(&stayed, &["what"]).contains(&"PVC www-web-2".to_string()));
}

#[test]
fn deleting_a_set_and_leaving_its_pods() {
    let (mut cluster, _) = world(&json!({}));
    let mut orphaned = cluster.clone();
    let delete = Request::delete(Kind::StatefulSet, "default", "web");
    let since = act(&mut cluster, &delete);
    let (went, stayed) = gone::gone(&cluster, &since).unwrap();
    assert!(went.about.contains("in no order"));
    assert_eq!(told(&went, &["what"])[..4], ["StatefulSet web", "Pod web-0", "Pod web-1", "Pod web-2"]);
    assert!(told(&stayed, &["what"]).contains(&"Service nginx".to_string()));
    let options = Options { propagation: Some(Propagation::Orphan), ..Options::default() };
    let since = act(&mut orphaned, &delete.with(options));
    let (went, stayed) = gone::gone(&orphaned, &since).unwrap();
    assert!(went.about.starts_with("Only the set went"));
    let left = told(&stayed, &["what", "why"]);
    assert_eq!(left[0], "Pod web-0 | runs on without an owner (--cascade=orphan)");
}

#[test]
fn a_deleted_pod_comes_back_with_its_claim() {
    let (mut cluster, _) = world(&json!({}));
    let since = act(&mut cluster, &Request::delete(Kind::Pod, "default", "web-1"));
    assert!(gone::gone(&cluster, &since).is_none());
    let steps = told(&order::order(&cluster, &since, false), &["what", "why"]);
    assert!(steps.contains(&"Pod web-1 created | again: same name and claims".into()), "{steps:?}");
    let section = names::names(&cluster.api.store, &web(), Some(&since));
    let notes = told(&section, &["name", "note"]);
    assert!(notes.iter().any(|l| l.starts_with("web-1.nginx.default.svc.cluster.local | was 10.244.")), "{notes:?}");
}

#[test]
fn pods_claims_and_names() {
    let (cluster, _) = world(&json!({}));
    let store = &cluster.api.store;
    let section = pods::pods(store, &web(), cluster.now);
    let first = told(&section, &["name", "ready", "status", "claims"]);
    assert_eq!(first[0], "web-0 | 1/1 | Running | www-web-0");
    assert!(section.about.starts_with("3 of 3 Ready."));
    let section = claims::claims(store, &web()).unwrap();
    assert_eq!(told(&section, &["name", "status", "owner", "used by"])[2], "www-web-2 | Bound | none | web-2");
    let section = names::names(store, &web(), None);
    assert_eq!(told(&section, &["name"]).len(), 4);
    assert!(section.about.starts_with("Headless Service nginx"));
}

#[test]
fn pods_are_sorted_by_ordinal() {
    let (cluster, _) = world(&json!({"replicas": 11}));
    let names: Vec<_> =
        pods::pods_of(&cluster.api.store, &web()[0]).iter().map(|pod| pod.meta.name.to_string()).collect();
    assert_eq!(names[1..3], ["web-1", "web-2"]);
    assert_eq!(names[10], "web-10");
}

#[test]
fn a_service_name_without_a_service() {
    let (cluster, _) = world(&json!({"serviceName": "other"}));
    let section = names::names(&cluster.api.store, &web(), None);
    assert!(section.about.contains("there is no such Service"), "{}", section.about);
}

#[test]
fn what_an_ordered_set_waits_for() {
    let (mut cluster, _) = world(&json!({}));
    fault(&mut cluster, "web-1", "ready", Some(false));
    patch(&mut cluster, json!({"spec": {"replicas": 5}}));
    assert_eq!(waiting::waiting(&cluster, &web()[0]), ["web-3 is not made until web-1 is Running and Ready."]);
    fault(&mut cluster, "web-1", "ready", None);
    assert!(waiting::waiting(&cluster, &web()[0]).is_empty());
}

#[test]
fn what_a_parallel_set_does_not_wait_for() {
    let (mut cluster, _) = world(&json!({"podManagementPolicy": "Parallel"}));
    fault(&mut cluster, "web-1", "ready", Some(false));
    let sentences = waiting::waiting(&cluster, &web()[0]);
    assert!(!sentences.is_empty() && sentences[0].contains("web-1"), "{sentences:?}");
}

#[test]
fn orders_are_seen_on_a_copy() {
    let (cluster, _) = world(&json!({}));
    let before = cluster.api.store.history.digest();
    let sections = sequence::orders(&cluster, &web()[0], Extent::Folded);
    let pods: Vec<(&str, Vec<String>)> = sections.iter().map(|s| (s.title, told(s, &["pod"]))).collect();
    let names = |list: [&str; 3]| list.map(ToString::to_string).to_vec();
    assert_eq!(pods[0], ("START", names(["web-0", "web-1", "web-2"])));
    assert_eq!(pods[1], ("DOWN", names(["web-2", "web-1", "web-0"])));
    assert_eq!(pods[2], ("UPDATE", names(["web-2", "web-1", "web-0"])));
    assert_eq!(pods[3].1.len(), 3);
    assert_eq!(cluster.api.store.history.digest(), before);
}

#[test]
fn on_delete_updates_nothing_by_itself() {
    let (cluster, _) = world(&json!({"updateStrategy": {"type": "OnDelete"}}));
    let sections = sequence::orders(&cluster, &web()[0], Extent::Folded);
    assert!(sections[2].table.is_empty() && sections[2].notes[0].starts_with("Not replaced: web-0, web-1 and web-2"));
}

fn subject(kind: Kind, name: &str) -> Subject {
    Subject { kind, namespace: "default".into(), name: name.into() }
}

fn because(cluster: &Cluster, kind: Kind, name: &str) -> (String, Vec<String>, Vec<String>) {
    let typed = ["sts-lab apply".to_string(), "sts-lab fault".to_string()];
    let found = why(cluster, &subject(kind, name), &typed).unwrap();
    let causes = found.causes.map(|section| told(&section, &["who", "what"])).unwrap_or_default();
    (found.now.join(" "), causes, found.help)
}

#[test]
fn why_a_pod_is_ready() {
    let (cluster, _) = world(&json!({"replicas": 2}));
    let (now, causes, _) = because(&cluster, Kind::Pod, "web-1");
    assert!(now.starts_with("Pod web-1 is 1/1 Running."), "{now}");
    assert_eq!(causes[0], "you typed | sts-lab apply");
    assert!(causes.contains(&"kubelet | Pod web-0 Ready".into()), "{causes:?}");
    assert_eq!(causes.last().unwrap(), "kubelet | Pod web-1 Ready");
}

#[test]
fn why_a_pod_is_not_there() {
    let (mut cluster, _) = world(&json!({}));
    fault(&mut cluster, "web-1", "ready", Some(false));
    patch(&mut cluster, json!({"spec": {"replicas": 4}}));
    let (now, causes, help) = because(&cluster, Kind::Pod, "web-3");
    assert!(now.contains("web-3 is not made until web-1 is Running and Ready"), "{now}");
    assert_eq!((causes[0].as_str(), help[0].as_str()), ("you typed | sts-lab fault", "sts-lab why pod/web-1"));
    let (now, _, help) = because(&cluster, Kind::Pod, "web-1");
    assert!(now.contains("A fault is in force"), "{now}");
    assert_eq!(help[0], "sts-lab fault pod web-1 --ready=null");
    let (now, _, help) = because(&cluster, Kind::Pod, "web-9");
    assert!(now.contains("has the ordinals 0 to 3") && help[0].ends_with("--replicas=10"), "{now} {help:?}");
    assert!(why(&cluster, &subject(Kind::Pod, "nobody"), &[]).is_none());
}

#[test]
fn why_a_claim_stays_or_hangs() {
    let (mut cluster, _) = world(&json!({"replicas": 1}));
    let (now, ..) = because(&cluster, Kind::PersistentVolumeClaim, "www-web-0");
    assert!(now.contains("It has no owner. Claims of web stay when Pods go"), "{now}");
    act(&mut cluster, &Request::delete(Kind::PersistentVolumeClaim, "default", "www-web-0"));
    let (now, _, help) = because(&cluster, Kind::PersistentVolumeClaim, "www-web-0");
    assert!(now.contains("kubernetes.io/pvc-protection"), "{now}");
    assert_eq!(help[0], "sts-lab delete pod web-0");
}

#[test]
fn why_a_claim_has_no_volume() {
    let claim = json!({"metadata": {"name": "www"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "storageClassName": "nope", "resources": {"requests": {"storage": "1Gi"}}}});
    let (cluster, _) = world(&json!({"volumeClaimTemplates": [claim]}));
    let (now, ..) = because(&cluster, Kind::PersistentVolumeClaim, "www-web-0");
    assert!(now.contains("Pending") && now.contains("There is no StorageClass nope"), "{now}");
    let (now, _, help) = because(&cluster, Kind::Pod, "web-0");
    assert!(now.contains("The scheduler says") && help[0] == "sts-lab why pvc/www-web-0", "{now} {help:?}");
}

#[test]
fn a_better_template_does_not_replace_a_stuck_pod() {
    let (mut cluster, _) = world(&json!({}));
    fault(&mut cluster, "web-2", "ready", Some(false));
    patch(&mut cluster, json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}));
    let (now, _, help) = because(&cluster, Kind::Pod, "web-2");
    assert!(now.contains("old revision") && help[0].contains("web-2"), "{now} {help:?}");
}

#[test]
fn status_has_everything_on_one_screen() {
    let (mut cluster, _) = world(&json!({}));
    fault(&mut cluster, "web-2", "ready", Some(false));
    let screen = status::status(&cluster, "test", None, Extent::Folded);
    let titles: Vec<&str> = screen.sections.iter().map(|section| section.title).collect();
    assert_eq!(titles, ["SETS", "PODS", "PVCS", "PVS", "SVCS", "NODES", "FAULTS"]);
    assert_eq!(told(&screen.sections[0], &["name", "ready"]), ["web | 2/3"]);
    assert_eq!(told(&screen.sections[4], &["name", "address", "pods ready"]), ["nginx | headless | 2/3"]);
    assert!(status::status(&cluster, "test", Some("other"), Extent::Folded).sections.len() < titles.len());
}

#[test]
fn dns_of_a_set() {
    let (cluster, _) = world(&json!({"replicas": 2}));
    let section = answer::list(&cluster.api.store, None, false);
    let rows = told(&section, &["name", "type", "answer"]);
    assert_eq!(rows[2], "web-0.nginx.default | A | 10.244.0.1");
    assert_eq!(rows[4], "_web._tcp.nginx.default | SRV | 0 50 80 web-0.nginx.default");
    let query = crate::dns::Query { name: "web-0.nginx", kind: None, namespace: "default", from: Some("web-1") };
    let found = crate::dns::resolve(&cluster.api.store, &query);
    let sections = answer::answer(&query, &found);
    assert_eq!(sections[1].about, "The address of one Pod.");
    assert_eq!(answer::answer_json(&found)["records"][0]["data"], "10.244.0.1");
}

#[test]
fn steps_say_who_did_what() {
    let (mut cluster, _) = world(&json!({"replicas": 1}));
    let start = cluster.now;
    let request = Request::delete(Kind::Pod, "default", "web-0");
    cluster.request(&request, 0).unwrap();
    let mut done = Vec::new();
    for _ in 0..40 {
        let Some(next) = cluster.pending().first().map(|(_, task)| steps::words_of(&cluster, task)) else { break };
        let from = cluster.api.store.history.len() as u32;
        cluster.step();
        done.push(steps::did(next, from, &cluster));
    }
    let rows = told(&steps::story(&done, start), &["who", "on", "did"]);
    assert!(rows.iter().any(|row| row.starts_with("statefulset | StatefulSet web | Pod web-0 created")), "{rows:?}");
    assert!(steps::pending(&cluster).title == "NEXT");
}

#[test]
fn pods_of_a_replica_set_wait_for_nobody() {
    let mut cluster = Cluster::new(&crate::cluster::ClusterConfig::default());
    let deployment = json!({"metadata": {"name": "web"}, "spec": {"replicas": 1,
        "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}}});
    let since = act(&mut cluster, &Request::create(Kind::Deployment, "default", deployment));
    let pod = cluster.api.store.all(Kind::Pod).next().unwrap().meta.name.to_string();
    let rows = told(&order::order(&cluster, &since, false), &["what", "why"]);
    let made = format!("Pod {pod} created | its ReplicaSet wants more; it waits for nobody");
    assert!(rows.contains(&made), "{rows:?}");
    let since = act(&mut cluster, &Request::delete(Kind::Pod, "default", &pod));
    let rows = told(&order::order(&cluster, &since, false), &["what", "why"]);
    let substitute = format!("created | in place of {pod}, which need not be gone");
    assert!(rows.iter().any(|row| row.ends_with(&substitute)), "{rows:?}");
}

#[test]
fn large_sets_are_summarised_and_fit() {
    let (cluster, since) = world(&json!({"replicas": 200, "podManagementPolicy": "Parallel"}));
    let text = screen::after(&cluster, &since, false).render(Look::PLAIN);
    assert!(text.lines().count() < 120, "{}", text.lines().count());
    assert!(text.contains("… 182 more: sts-lab get pods -o wide"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let all = status::status(&cluster, "test", None, Extent::Whole);
    assert_eq!(told(&all.sections[1], &["name"]).len(), 200);
}
