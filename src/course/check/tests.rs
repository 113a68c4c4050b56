//! Each condition against small clusters, and what is said when it fails.

use std::path::PathBuf;

use super::*;
use crate::cluster::{Cluster, ClusterConfig, QUIET};
use crate::kubectl::{self, Io};
use crate::lab::Session;
use crate::manifest::shipped;

/// A cluster with three Pods, `web-0` to `web-2`, and what was typed to make it.
struct World {
    cluster: Cluster,
    typed: Vec<String>,
    since: ChangeId,
}

impl World {
    fn new() -> World {
        World { cluster: Cluster::new(&ClusterConfig::default()), typed: Vec::new(), since: 0 }
    }

    fn running() -> World {
        let mut world = World::new();
        let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  replicas: 3\n  \
                    serviceName: web\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: \
                    {app: web}}\n    spec: {containers: [{name: nginx, image: nginx, volumeMounts: [{name: www, \
                    mountPath: /data}]}]}\n  volumeClaimTemplates:\n  - metadata: {name: www}\n    spec: {accessModes: \
                    [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
        world.typed.push("kubectl apply -f -".into());
        run(&mut world.cluster, "apply -f -", text);
        world.cluster.settle(QUIET);
        world
    }

    fn kubectl(&mut self, line: &str) {
        self.typed.push(format!("kubectl {line}"));
        run(&mut self.cluster, line, "");
        self.cluster.settle(QUIET);
    }

    fn judge(&self, check: &str) -> Finding {
        let check: Check = serde_yaml::from_str(check).unwrap();
        let mut copy = self.cluster.clone();
        let mut run = |line: &str| run(&mut copy, line.strip_prefix("kubectl ").unwrap_or(line), "");
        let evidence = Evidence { cluster: &self.cluster, since: self.since, typed: &self.typed, run: &mut run };
        check.judge(&mut { evidence })
    }

    #[track_caller]
    fn holds(&self, condition: &str) {
        assert_eq!(self.judge(&format!("name: x\n{condition}")).reason, "");
    }

    #[track_caller]
    fn fails(&self, condition: &str, reason: &str) {
        assert_eq!(self.judge(&format!("name: x\n{condition}")).reason, reason);
    }
}

fn run(cluster: &mut Cluster, line: &str, stdin: &str) -> String {
    let (mut stdin, mut stdout, mut stderr) = (stdin.as_bytes(), Vec::new(), Vec::new());
    let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, PathBuf::new());
    let words: Vec<String> = line.split(' ').map(String::from).collect();
    let mut session = Session::new(cluster, 1, words.clone());
    kubectl::run(&words, &mut session, &mut io);
    String::from_utf8([stdout, stderr].concat()).unwrap()
}

#[test]
fn partial_objects_say_how_the_nearest_one_differs() {
    let mut world = World::running();
    world.holds("object: {kind: StatefulSet, metadata: {name: web}, status: {readyReplicas: 3}}");
    world.holds("object: {kind: Pod, metadata: {labels: {app: web}}, spec: {containers: [{name: nginx}]}}");
    world.kubectl("scale sts web --replicas=2");
    world.fails(
        "object: {kind: StatefulSet, metadata: {name: web}, status: {readyReplicas: 3}}",
        "StatefulSet web: status.readyReplicas is 2, wanted 3",
    );
    world.fails("object: {kind: Pod, metadata: {name: web-2}}", "there is no Pod web-2");
    world.fails(
        "object: {kind: Pod, spec: {containers: [{image: httpd}]}}",
        "no Pod is as wanted; the nearest is web-0: spec.containers[0].image is nginx, wanted httpd",
    );
    world.fails(
        "object: {kind: Pod, metadata: {name: web-0}, spec: {containers: [{name: nginx}, {name: side}]}}",
        "Pod web-0: spec.containers has 1 element, wanted 2",
    );
    world.fails(
        "object: {kind: StatefulSet, metadata: {name: web}, spec: {minReadySeconds: 10}}",
        "StatefulSet web: spec.minReadySeconds is not set, wanted 10",
    );
}

#[test]
fn absence_and_numbers_tell_names() {
    let mut world = World::running();
    world.kubectl("scale sts web --replicas=2");
    world.holds("absent: {kind: Pod, metadata: {name: web-2}}");
    world.holds("count: {of: {kind: PersistentVolumeClaim, status: {phase: Bound}}, is: 3}");
    world.holds("count: {of: {kind: PersistentVolume}, atLeast: 1, atMost: 3}");
    world.fails(
        "absent: {kind: PersistentVolumeClaim, metadata: {name: www-web-2}}",
        "PersistentVolumeClaim www-web-2 is there",
    );
    world.fails("absent: {kind: Pod}", "pods are there: web-0, web-1");
    world.fails("count: {of: {kind: Pod}, is: 3}", "2 pods are as wanted (web-0, web-1), wanted 3");
    world.fails(
        "count: {of: {kind: Service, metadata: {name: web}}, atLeast: 1}",
        "0 services are as wanted, wanted at least 1",
    );
}

#[test]
fn cel_reads_objects_of_the_kinds_it_names() {
    let world = World::running();
    world.holds("cel: objects('Pod').all(p, p.metadata.name.startsWith('web-'))");
    world.holds("cel: object(\"StatefulSet\", 'web').spec.replicas + 1 == 4");
    world.holds("cel: object('Pod', 'web-9') == null");
    world.holds("cel: objects('Pod').map(p, p.spec.nodeName).size() == 3 && object('Node', 'node-1') != null || true");
    world.holds("cel: objects('Pod').exists_one(p, has(p.metadata.labels.app) && p.metadata.name.matches('-0$'))");
    world.fails(
        "cel: object('StatefulSet', 'web').status.replicas == 5",
        "`object('StatefulSet', 'web').status.replicas == 5` is false",
    );
    world.fails(
        "cel: object('Pod', 'web-0').spec.nothing == 1",
        "`object('Pod', 'web-0').spec.nothing == 1` cannot be answered: there is no field nothing",
    );
    world.fails("cel: pods.size() == 1", "`pods.size() == 1` cannot be answered: nothing is called pods");
    world.fails("cel: \"'text'\"", "`'text'` is neither true nor false");
}

#[test]
fn order_is_told_as_it_was() {
    let mut world = World::running();
    world.holds("order: [web-0 created, web-0 ready, web-1 created, web-1 ready, web-2 created]");
    world.holds("order: [pvc/www-web-0 created, pvc/www-web-0 bound]");
    world.since = world.cluster.api.store.history.len() as ChangeId;
    world.kubectl("scale sts web --replicas=1");
    world.holds("order: [web-2 deleted, web-2 gone, web-1 deleted, web-1 gone]");
    world.holds("never: [web-0 deleted, pvc/* deleted, web-* created]");
    world.holds("order: [sts/web updated, 'web-* gone']");
    world.fails(
        "order: [web-1 gone, web-2 gone]",
        "wanted `web-2 gone` after `web-1 gone`, it came before it; what happened: web-2 gone, web-1 gone",
    );
    world.fails(
        "order: [web-2 gone, web-0 gone]",
        "`web-0 gone` did not happen (wanted after `web-2 gone`); what happened: web-2 gone",
    );
    world.fails("order: [web-0 ready]", "`web-0 ready` did not happen; none of the wanted steps happened");
    world.fails("never: ['web-* deleted']", "`web-2 deleted` happened, 0 s in");
}

#[test]
fn what_is_removed_at_once_was_deleted_too() {
    let mut world = World::running();
    world.since = world.cluster.api.store.history.len() as ChangeId;
    world.kubectl("delete sts web --cascade=orphan");
    world.holds("order: [sts/web deleted, sts/web gone]");
    world.holds("never: [web-0 deleted]");
}

#[test]
fn output_and_typed_lines() {
    let world = World::running();
    world
        .holds("output: {of: kubectl get pods -o name, contains: pod/web-0, lacks: web-3, matches: '(?m)^pod/web-2$'}");
    world.holds("output: {of: 'kubectl get sts web -o jsonpath={.spec.replicas}', equals: '3'}");
    world.holds("typed: {matches: apply}");
    world.fails(
        "output: {of: kubectl get pods -o name, contains: pod/web-7}",
        "`kubectl get pods -o name` should print \"pod/web-7\"; it prints \"pod/web-0\\npod/web-1\\npod/web-2\"",
    );
    world.fails("typed: {matches: scale}", "no line that was typed matches `scale`");
    world.fails("typed: {lacks: '^kubectl apply'}", "`kubectl apply -f -` was typed");
}

#[test]
fn judging_changes_nothing_and_points_are_counted() {
    let world = World::running();
    let before = crate::lab::digest(&world.cluster);
    let finding =
        world.judge("name: gone\noutput: {of: kubectl delete sts web, contains: kept}\npoints: 3\notherwise: It went.");
    assert_eq!(crate::lab::digest(&world.cluster), before);
    assert_eq!((finding.holds, finding.points, finding.earned()), (false, 3, 0));
    assert!(finding.feedback().starts_with("It went.\n(`kubectl delete sts web` should print \"kept\""));
}

#[test]
fn a_wrong_check_says_what_is_wrong() {
    let refused = |text: &str, why: &str| {
        let error = serde_yaml::from_str::<Check>(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    };
    refused("name: x", "no condition");
    refused("object: {kind: Pod}", "missing field `name`");
    refused("name: x\nobject: {kind: Pod}\ncel: 'true'", "more than one condition");
    refused("name: x\nobject: {kind: Pods}", "the lab has no kind \"Pods\"");
    refused("name: x\nobject: {kind: Pod, apiVersion: apps/v1}", "Pod is of apiVersion v1");
    refused("name: x\nobject: {metadata: {}}", "an object without kind");
    refused("name: x\ncount: {of: {kind: Pod}}", "one of is, atLeast, atMost");
    refused("name: x\norder: [web-0 vanished]", "\"vanished\" in \"web-0 vanished\" is none of");
    refused("name: x\nnever: [thing/web-0 gone]", "the lab has no kind \"thing\"");
    refused("name: x\ncel: 'objects(\"Pod\"'", "cel:");
    refused("name: x\ncel: objects(kind).size() == 1", "cel:");
    refused("name: x\noutput: {of: ls}", "one of contains, lacks, equals, matches");
    refused("name: x\ntyped: {matches: '('}", "no regular expression");
    refused("name: x\ntyped: {matches: a}\npoint: 2", "unknown field `point`");
}

#[test]
fn a_condition_stands_alone_too() {
    let condition: Condition = serde_yaml::from_str("{order: [mysql-3 created, mysql-2 created]}").unwrap();
    let mut nothing = |_: &str| String::new();
    let cluster = Cluster::new(&ClusterConfig::default());
    let mut evidence = Evidence { cluster: &cluster, since: 0, typed: &[], run: &mut nothing };
    assert!(condition.judge(&mut evidence).unwrap_err().contains("`mysql-3 created` did not happen"));
    assert!(shipped::find("mysql").is_some());
}
