//! Deployments, `ReplicaSet`s and `DaemonSet`s (rules R1–R14 of part G, V55 on shared claims).

use serde_json::Value;
use sts_lab::resource::Kind;

use crate::world::World;

/// A manifest of a kind of workload with these lines in its spec.
fn workload(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n\
         {spec}  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers: [{{name: c, image: \"nginx:1\"}}]\n"
    )
}

fn deployment(spec: &str) -> String {
    workload("Deployment", spec)
}

/// The hash of a template of a world with this image.
fn set_of(world: &World, image: &str) -> String {
    let sets = world.all(Kind::ReplicaSet);
    let found = sets.iter().find(|set| set["spec"]["template"]["spec"]["containers"][0]["image"] == image);
    found.and_then(|set| set["metadata"]["name"].as_str()).unwrap_or("none").to_string()
}

fn condition(world: &World, kind: &str) -> String {
    let conditions = world.get(Kind::Deployment, "web")["status"]["conditions"].clone();
    let found = conditions.as_array().into_iter().flatten().find(|c| c["type"] == kind).cloned().unwrap_or_default();
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_string();
    format!("{} {}: {}", text("status"), text("reason"), text("message"))
}

/// R1: names are the template's hash and five characters of an alphabet without vowels and without 0, 1 and 3.
#[test]
fn r1_names() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 3\n"));
    let set = world.names(Kind::ReplicaSet);
    let hash = world.all(Kind::ReplicaSet)[0]["metadata"]["labels"]["pod-template-hash"].clone();
    assert_eq!(Value::from(set.trim_start_matches("web-")), hash);
    for pod in world.all(Kind::Pod) {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_string();
        let (parent, suffix) = name.rsplit_once('-').unwrap_or_default();
        assert_eq!((parent, suffix.len()), (&*set, 5));
        assert!(suffix.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c)), "{name}");
        assert_eq!(pod["metadata"]["labels"]["pod-template-hash"], hash);
    }
    // The same template has the same hash in another lab, whatever the replicas.
    let mut other = World::new();
    other.apply(deployment("  replicas: 1\n"));
    assert_eq!(other.names(Kind::ReplicaSet), set);
}

/// R2, P24: a Pod that was asked to go has its substitute at once; a scale to 0 takes all at once.
#[test]
fn r2_substitutes_do_not_wait() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 1\n"));
    let pod = world.names(Kind::Pod);
    world.breaks(&format!("pod {pod} --hang=true")).run(&format!("delete pod {pod} --wait=false"));
    let (pods, status) = (world.all(Kind::Pod), world.get(Kind::Deployment, "web")["status"].clone());
    assert_eq!(pods.len(), 2);
    assert_eq!((&status["readyReplicas"], &status["terminatingReplicas"]), (&1.into(), &1.into()));
}

/// R3 and R4, R8: three replicas change one by one, and the Events say so.
#[test]
fn r4_r8_a_rolling_update_step_by_step() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 3\n")).run("set image deploy/web c=nginx:2");
    let (old, new) = (set_of(&world, "nginx:1"), set_of(&world, "nginx:2"));
    let scaled = |way: &str, set: &str, from: i64, to: i64| {
        format!("ScalingReplicaSet: Scaled {way} replica set {set} from {from} to {to}")
    };
    let expected = [
        scaled("up", &old, 0, 3),
        scaled("up", &new, 0, 1),
        scaled("down", &old, 3, 2),
        scaled("up", &new, 1, 2),
        scaled("down", &old, 2, 1),
        scaled("up", &new, 2, 3),
        scaled("down", &old, 1, 0),
    ];
    assert_eq!(world.events("web"), expected);
    let done = format!("True NewReplicaSetAvailable: ReplicaSet \"{new}\" has successfully progressed.");
    assert_eq!(condition(&world, "Progressing"), done);
    let available = "True MinimumReplicasAvailable: Deployment has minimum availability.";
    assert_eq!(condition(&world, "Available"), available);
}

/// R3: what the server refuses.
#[test]
fn r3_refusals() {
    let mut world = World::new();
    world.ask_with("apply -f -", "");
    let strategy = |strategy: &str| deployment(&format!("  strategy: {strategy}\n"));
    world.refuses(
        strategy("{rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}"),
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    );
    world.refuses(
        strategy("{type: Recreate, rollingUpdate: {maxSurge: 1}}"),
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    );
}

/// R5: Recreate, with a Pod that hangs: nothing new comes before it is gone.
#[test]
fn r5_recreate_waits_for_the_last_old_pod() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 2\n  strategy: {type: Recreate}\n"));
    let first = world.names(Kind::Pod).split_whitespace().next().unwrap_or_default().to_string();
    world.breaks(&format!("pod {first} --hang=true")).run("set image deploy/web c=nginx:2");
    world.pods(&first).says(
        "rollout status deploy/web --timeout=1s",
        "Waiting for deployment \"web\" rollout to finish: 0 out of 2 new replicas have been updated...\n\
         error: timed out waiting for the condition",
    );
    world.fault(&format!("pod {first} --hang=null")).images("2 2");
}

/// R6: a rollout beyond its deadline says so; it is not rolled back.
#[test]
fn r6_the_progress_deadline() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 2\n  progressDeadlineSeconds: 30\n  minReadySeconds: 5\n"));
    world.wait(10.0).breaks("image nginx:2 --ready=false").begin("set image deploy/web c=nginx:2");
    let answer = world.ask("rollout status deploy/web");
    assert_eq!((answer.exit, &*answer.stderr), (1, "error: deployment \"web\" exceeded its progress deadline\n"));
    let new = set_of(&world, "nginx:2");
    let late = format!("False ProgressDeadlineExceeded: ReplicaSet \"{new}\" has timed out progressing.");
    assert_eq!(condition(&world, "Progressing"), late);
    assert_eq!(world.get(Kind::Deployment, "web")["status"]["availableReplicas"], 2);
}

/// R7: a pause, and changes in it that come together afterwards.
#[test]
fn r7_a_pause() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 2\n"));
    world.says("rollout pause deploy/web", "deployment.apps/web paused").settle();
    assert_eq!(condition(&world, "Progressing"), "Unknown DeploymentPaused: Deployment is paused");
    world.says("rollout pause deploy/web", "error: deployments.apps \"web\" is already paused");
    world.run("set image deploy/web c=nginx:2").run("set env deploy/web A=b").images("1 1");
    world.says("rollout resume deploy/web", "deployment.apps/web resumed").settle().images("2 2");
    assert_eq!(world.all(Kind::ReplicaSet).len(), 2);
    world.says("rollout resume deploy/web", "error: deployments.apps \"web\" is not paused");
    world.run("rollout pause deploy/web");
    let said = world.ask("rollout undo deploy/web").stderr;
    let refusal =
        "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again\n";
    assert!(said.ends_with(refusal), "{said}");
}

/// R7, R8: Pods that the server refuses: the first error is the condition, each try has a name of its own.
#[test]
fn r7_r8_pods_that_cannot_be_made() {
    let mut world = World::new();
    let manifest = deployment("  replicas: 3\n");
    world.apply(manifest + "      nodeName: node-0\n      schedulingGates: [{name: example.com/wait}]\n").pods("");
    let set = world.names(Kind::ReplicaSet);
    let events = world.events(&set);
    let refusal = "is invalid: spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared";
    let first = events[0].strip_prefix("FailedCreate: Error creating: ").unwrap_or_default().to_string();
    assert!(first.starts_with(&format!("Pod \"{set}-")) && first.ends_with(refusal), "{first}");
    assert!(events[1].ends_with(refusal) && events[1] != events[0]);
    assert!(events.iter().any(|event| event.starts_with("FailedCreate: (combined from similar events): ")));
    assert_eq!(condition(&world, "ReplicaFailure"), format!("True FailedCreate: {first}"));
    let unavailable = "False MinimumReplicasUnavailable: Deployment does not have minimum availability.";
    assert_eq!(condition(&world, "Available"), unavailable);
    let created = format!("True NewReplicaSetCreated: Created new replica set \"{set}\"");
    assert_eq!(condition(&world, "Progressing"), created);
    // A better template gets its own set, and the trouble is over.
    world.apply(deployment("  replicas: 3\n"));
    assert_eq!(condition(&world, "ReplicaFailure"), " : ");
    assert_eq!(world.get(Kind::Deployment, "web")["status"]["readyReplicas"], 3);
}

/// R9: Pods that are not Ready go before those that are.
#[test]
fn r9_who_goes_first() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 4\n"));
    let pods: Vec<String> = world.names(Kind::Pod).split_whitespace().map(str::to_string).collect();
    world.fault(&format!("pod {} --ready=false", pods[2])).run("scale deploy/web --replicas=3");
    assert!(!world.names(Kind::Pod).contains(&pods[2]));
    world.run(&format!("annotate pod {} controller.kubernetes.io/pod-deletion-cost=-1", pods[3]));
    world.run("scale deploy/web --replicas=2");
    assert!(!world.names(Kind::Pod).contains(&pods[3]));
}

/// R10 and R11: back and forth, numbers, causes, the limit of the history.
#[test]
fn r10_r11_history_and_undo() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 1\n  revisionHistoryLimit: 1\n"));
    let said = world.ask("rollout undo deploy/web").stderr;
    assert!(said.ends_with("error: no rollout history found for deployment \"web\"\n"), "{said}");
    world.run("annotate deploy/web kubernetes.io/change-cause=first").run("set image deploy/web c=nginx:2");
    world.run("annotate deploy/web kubernetes.io/change-cause=second --overwrite");
    world.says(
        "rollout history deploy/web",
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         first\n2         second",
    );
    let said = world.ask("rollout undo deploy/web --to-revision=2").stdout;
    assert_eq!(said, "deployment.apps/web skipped rollback (current template already matches revision 2)\n");
    let said = world.ask("rollout undo deploy/web --to-revision=9").stderr;
    assert!(said.ends_with("error: unable to find specified revision 9 in history\n"), "{said}");
    let answer = world.ask("rollout undo deploy/web");
    assert_eq!(answer.stdout, "deployment.apps/web rolled back\n");
    world.settle().images("1").says(
        "rollout history deploy/web",
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         second\n3         first",
    );
    let set = world.get(Kind::ReplicaSet, &set_of(&world, "nginx:1"));
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"], "1");
    world.run("set image deploy/web c=nginx:3");
    assert_eq!(set_of(&world, "nginx:2"), "none");
}

/// R12: a rollout that is watched to its end.
#[test]
fn r12_status_lines() {
    let mut world = World::new();
    world
        .apply(deployment("  replicas: 2\n"))
        .says("rollout status deploy/web", "deployment \"web\" successfully rolled out");
    world.begin("rollout restart deploy/web");
    let said = world.ask("rollout status deploy/web").stdout;
    let head = "Waiting for deployment \"web\" rollout to finish:";
    for line in [
        "Waiting for deployment spec update to be observed...".to_string(),
        format!("{head} 1 out of 2 new replicas have been updated..."),
        format!("{head} 1 old replicas are pending termination..."),
        "deployment \"web\" successfully rolled out".to_string(),
    ] {
        assert!(said.contains(&line), "{line}\n{said}");
    }
}

/// R13, N5: one Pod on each node; a node that is closed keeps its Pod, one with an alien taint gets none.
#[test]
fn r13_daemons() {
    let mut world = World::new();
    world.run("taint node node-2 dedicated=db:NoSchedule").apply(workload("DaemonSet", ""));
    let nodes = |world: &World| {
        let mut nodes: Vec<String> = world
            .all(Kind::Pod)
            .iter()
            .map(|pod| pod["spec"]["nodeName"].as_str().unwrap_or("?").to_string())
            .collect();
        nodes.sort();
        nodes.join(" ")
    };
    assert_eq!(nodes(&world), "node-0 node-1");
    world.run("cordon node-0").run("taint node node-2 dedicated-");
    assert_eq!(nodes(&world), "node-0 node-1 node-2");
    world.begin("set image ds/web c=nginx:2");
    let said = world.ask("rollout status ds/web").stdout;
    assert!(said.ends_with("daemon set \"web\" successfully rolled out\n"), "{said}");
    world.images("2 2 2").says(
        "rollout history ds/web",
        "daemonset.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>",
    );
}

/// R14, V55: all replicas of a Deployment share the claim that its template names.
#[test]
fn r14_a_shared_claim() {
    let mut world = World::new();
    world.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         resources: {requests: {storage: 1Gi}}\n",
    );
    let manifest = deployment("  replicas: 3\n");
    let volumes = "      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n";
    world.apply(manifest + volumes);
    assert_eq!(world.get(Kind::Deployment, "web")["status"]["readyReplicas"], 3);
    world.claims("data");
    world.run("delete deploy web").pods("").claims("data");
}

/// G2 to G4: what becomes of the sets and Pods of a Deployment that is deleted.
#[test]
fn g2_g3_g4_deletion() {
    let mut world = World::new();
    world.apply(deployment("  replicas: 2\n")).run("delete deploy web").pods("");
    assert!(world.names(Kind::ReplicaSet).is_empty());
    world.apply(deployment("  replicas: 2\n")).run("delete deploy web --cascade=orphan");
    let set = world.all(Kind::ReplicaSet).remove(0);
    assert!(set["metadata"]["ownerReferences"].is_null() && world.all(Kind::Pod).len() == 2);
    // A Deployment of that template takes the set over, with its Pods.
    let pods = world.names(Kind::Pod);
    world.apply(deployment("  replicas: 2\n"));
    assert_eq!(world.names(Kind::Pod), pods);
    assert_eq!(world.all(Kind::ReplicaSet)[0]["metadata"]["ownerReferences"][0]["name"], "web");
    world.run("delete deploy web --cascade=foreground").pods("");
    assert!(world.names(Kind::ReplicaSet).is_empty());
}
