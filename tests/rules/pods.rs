//! Pods at Kubernetes' own pace: probes, restarts, hooks, init containers and what they lack (rules P5 to P23, P32).

use std::time::Duration;

use serde_json::Value;
use sts_lab::cluster::faults::{About, Ailment, Finding};
use sts_lab::cluster::kubelet::Pace;
use sts_lab::cluster::{ClusterConfig, Fault};
use sts_lab::resource::{Kind, Time};

use crate::world::World;

fn world(pace: Pace) -> World {
    World::of(&ClusterConfig { kubelet: pace, ..ClusterConfig::default() })
}

/// A Pod `app` of which the container (or the spec) has more.
fn pod(container: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: app}}\nspec:\n  nodeName: node-0\n{spec}\n  containers:\n  - name: c\n    \
         image: nginx:1\n{container}\n"
    )
}

fn ails(world: &mut World, name: &str, ailment: Ailment) {
    world.cluster.fault(&Fault::Ailment { about: About::Pod(name.into()), ailment }, 0);
}

/// The Events about the Pod since the lab began, with their seconds: `11 BackOff`. What every start says is left out.
fn said(world: &World, of: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for change in world.cluster.api.store.history.changes() {
        for milestone in change.milestones {
            if let sts_lab::store::Milestone::Said(event) = milestone {
                if of.contains(&&*event.reason) {
                    out.push(format!("{} {}", change.time.since(Time::LAB_START).as_secs(), event.reason));
                }
            }
        }
    }
    out
}

fn container(world: &World) -> Value {
    world.get(Kind::Pod, "app")["status"]["containerStatuses"][0].clone()
}

fn ready(world: &World) -> bool {
    container(world)["ready"] == true
}

/// P8, P18: readiness is asked for when the container runs and at its period; three failures in a row count.
#[test]
fn p8_readiness_at_its_beat() {
    let mut w = world(Pace::Real);
    let probe = "    readinessProbe: {httpGet: {port: 80}, periodSeconds: 5, initialDelaySeconds: 3}";
    w.submit(pod(probe, "")).wait(2.0);
    assert!(!ready(&w), "the initial delay");
    w.wait(6.0);
    assert!(ready(&w));
    w.wait(100.0);
    ails(&mut w, "app", Ailment::HttpStatus(Some(503)));
    w.wait(10.0);
    assert!(ready(&w), "two failures are not three");
    w.wait(5.0);
    assert!(!ready(&w));
    w.event("app", "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503", true);
    let conditions = w.get(Kind::Pod, "app")["status"]["conditions"].clone();
    let unready = conditions.as_array().unwrap().iter().find(|c| c["type"] == "Ready").unwrap().clone();
    assert_eq!(unready["message"], "containers with unready status: [c]");
    ails(&mut w, "app", Ailment::HttpStatus(None));
    w.wait(5.0);
    assert!(ready(&w), "one success is enough");
    assert_eq!(container(&w)["restartCount"], 0, "a Pod that is not Ready is not restarted");
}

/// P9, P17: three failures of the liveness probe, and the container is restarted in place, with its grace period.
#[test]
fn p9_liveness_restarts_in_place() {
    let mut w = world(Pace::Real);
    w.submit(pod("    livenessProbe: {tcpSocket: {port: 80}}", "")).wait(5.0);
    let before = w.get(Kind::Pod, "app");
    ails(&mut w, "app", Ailment::Liveness(Some(Finding::Fail)));
    w.wait(24.0);
    assert_eq!(container(&w)["restartCount"], 0);
    w.wait(4.0);
    let after = w.get(Kind::Pod, "app");
    assert_eq!(container(&w)["restartCount"], 1);
    assert_eq!(container(&w)["lastState"]["terminated"]["exitCode"], 143);
    assert_eq!(
        (&after["metadata"]["uid"], &after["status"]["podIP"]),
        (&before["metadata"]["uid"], &before["status"]["podIP"])
    );
    w.event("app", "Killing: Container c failed liveness probe, will be restarted", true);
    w.event("app", "Unhealthy: Liveness probe failed: dial tcp 10.244.0.1:80: connect: connection refused", true);
    w.wait(600.0);
    w.event("app", "BackOff: Back-off restarting failed container c in pod app_default(", true);
}

/// P6, P8: until the startup probe has succeeded nothing else is asked; it takes as long as it is allowed.
#[test]
fn p8_startup_holds_the_others_back() {
    let mut w = world(Pace::Real);
    let probes = "    startupProbe: {httpGet: {port: 80}, periodSeconds: 5, failureThreshold: 10}\n    \
                  livenessProbe: {httpGet: {port: 80}, periodSeconds: 1, failureThreshold: 1}\n    \
                  readinessProbe: {httpGet: {port: 80}}";
    ails(&mut w, "app", Ailment::BootMs(Some(30_000)));
    w.submit(pod(probes, "")).wait(25.0);
    assert_eq!((&container(&w)["started"], &container(&w)["ready"]), (&false.into(), &false.into()));
    w.wait(15.0);
    assert_eq!((&container(&w)["started"], &container(&w)["restartCount"]), (&true.into(), &0.into()));
    assert!(ready(&w), "readiness is asked for as soon as it has started");
    w.event("app", "Unhealthy: Startup probe failed: Get \"http://10.244.0.1:80/\": dial tcp 10.244.0.1:80: connect: connection refused", true);
    w.event("app", "Liveness probe failed", false);
}

/// P8: without a startup probe the liveness probe kills what boots too slowly, again and again.
#[test]
fn p9_liveness_kills_what_boots_slowly() {
    let mut w = world(Pace::Real);
    ails(&mut w, "app", Ailment::BootMs(Some(60_000)));
    w.submit(pod("    livenessProbe: {httpGet: {port: 80}}", "")).wait(300.0);
    let restarts = container(&w)["restartCount"].as_i64().unwrap();
    assert!((4..=10).contains(&restarts), "{restarts}");
}

/// P11, P12: the first crash is restarted at once, then after 10 s, 20 s, 40 s; the delay counts from the end.
#[test]
fn p11_restarts_back_off() {
    let mut w = world(Pace::Real);
    w.breaks("pod app --crash=true").submit(pod("", "")).wait(400.0);
    let starts: Vec<i64> = said(&w, &["Started"]).iter().filter_map(|s| s.split(' ').next()?.parse().ok()).collect();
    let gaps: Vec<i64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[1..], [11, 21, 41, 81, 161], "each runs for a second: {starts:?}");
    assert!(gaps[0] <= 2, "{starts:?}");
    let own = container(&w);
    assert_eq!((&own["restartCount"], &own["lastState"]["terminated"]["exitCode"]), (&6.into(), &1.into()));
    assert_eq!(own["state"]["waiting"]["reason"], "CrashLoopBackOff");
    let message = own["state"]["waiting"]["message"].as_str().unwrap();
    assert!(message.starts_with("back-off 5m0s restarting failed container=c pod=app_default("), "{message}");
    w.breaks("pod app --crash=null").wait(400.0);
    assert!(ready(&w), "it is started again when its time has come");
}

/// P32: killed for want of memory, restarted in place.
#[test]
fn p32_out_of_memory() {
    for pace in [Pace::StandIn, Pace::Real] {
        let mut w = world(pace);
        ails(&mut w, "app", Ailment::Oom(Some(true)));
        w.submit(pod("", "")).wait(60.0);
        let last = container(&w)["lastState"]["terminated"].clone();
        assert_eq!((&last["reason"], &last["exitCode"]), (&"OOMKilled".into(), &137.into()));
        assert_eq!(container(&w)["restartCount"], 3, "at once, after 10 s, after 20 s");
    }
}

/// P1, P22: with `restartPolicy: Never` a Pod ends with its containers; a failed init container ends it too.
#[test]
fn p1_pods_that_end() {
    for (policy, code, phase) in [("Never", 0, "Succeeded"), ("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded")] {
        let mut w = world(Pace::StandIn);
        ails(&mut w, "app", Ailment::ExitCode(Some(code)));
        w.apply(pod("", &format!("  restartPolicy: {policy}")));
        assert_eq!(w.get(Kind::Pod, "app")["status"]["phase"], phase, "{policy} {code}");
    }
    let mut w = world(Pace::StandIn);
    ails(&mut w, "app/init", Ailment::ExitCode(Some(1)));
    w.apply(pod("", "  restartPolicy: Never\n  initContainers: [{name: init, image: busybox}]"));
    w.says("get pod app --no-headers -o custom-columns=P:.status.phase", "Failed");
    let shown = w.ask("get pod app --no-headers").stdout;
    assert!(shown.contains("Init:Error"), "{shown}");
}

/// P22: init containers one by one; one that fails is tried again, and the others wait.
#[test]
fn p22_init_containers_fail_and_are_tried_again() {
    for pace in [Pace::StandIn, Pace::Real] {
        let mut w = world(pace);
        ails(&mut w, "app/b", Ailment::ExitCode(Some(1)));
        let inits = "  initContainers:\n  - {name: a, image: busybox}\n  - {name: b, image: busybox}";
        w.submit(pod("", inits)).wait(8.0);
        let shown = w.ask("get pod app --no-headers").stdout;
        assert!(shown.contains("0/1") && shown.contains("Init:CrashLoopBackOff"), "{shown}");
        let status = w.get(Kind::Pod, "app")["status"].clone();
        assert_eq!(
            (&status["phase"], &status["initContainerStatuses"][1]["restartCount"]),
            (&"Pending".into(), &1.into())
        );
        ails(&mut w, "app/b", Ailment::ExitCode(None));
        w.wait(15.0);
        assert!(ready(&w), "{pace}: {w}");
    }
}

/// P1, P22: at Kubernetes' pace a command that only waits, prints and exits does so.
#[test]
fn commands_that_end() {
    let mut w = world(Pace::Real);
    let inits = "  initContainers:\n  - {name: a, image: busybox, command: [sh, -c, echo hello; sleep 20]}";
    w.submit(pod("    command: [sh, -c, sleep 30; exit 2]", inits)).wait(20.0);
    assert!(w.ask("get pod app --no-headers").stdout.contains("Init:0/1"));
    w.wait(5.0);
    assert!(ready(&w), "{w}");
    w.wait(31.0);
    assert_eq!(container(&w)["restartCount"], 1);
    assert_eq!(container(&w)["lastState"]["terminated"]["exitCode"], 2);
    let mut w = world(Pace::Real);
    w.submit(pod("    command: [sleep, \"5\"]", "  restartPolicy: Never")).wait(10.0);
    assert_eq!(w.get(Kind::Pod, "app")["status"]["phase"], "Succeeded");
    let mut w = world(Pace::StandIn);
    w.submit(pod("    command: [sleep, \"5\"]", "")).wait(60.0);
    assert_eq!(container(&w)["restartCount"], 0, "the stand-in runs no commands");
}

/// P22: a sidecar starts before the containers, counts for Ready, and is stopped after them, in the reverse order.
#[test]
fn p22_sidecars() {
    let mut w = world(Pace::Real);
    let inits = "  initContainers:\n  - {name: proxy, image: envoy, restartPolicy: Always, \
                 readinessProbe: {httpGet: {port: 1}}}\n  - {name: log, image: fluent, restartPolicy: Always}";
    w.submit(pod("    lifecycle: {preStop: {sleep: {seconds: 5}}}", inits)).wait(10.0);
    assert!(w.ask("get pod app --no-headers").stdout.contains("3/3"));
    ails(&mut w, "app/proxy", Ailment::Readiness(Some(Finding::Fail)));
    w.wait(40.0);
    assert!(w.ask("get pod app --no-headers").stdout.contains("2/3"));
    w.begin("delete pod app --wait=false");
    let state = |w: &World, name: &str| {
        let status = w.get(Kind::Pod, "app")["status"].clone();
        let all = ["containerStatuses", "initContainerStatuses"]
            .map(|key| status[key].as_array().cloned().unwrap_or_default());
        all.concat().iter().find(|own| own["name"] == name).map(|own| own["state"].get("running").is_some())
    };
    for (after, runs) in [(4.0, [true, true, true]), (3.0, [false, true, true]), (0.9, [false, false, true])] {
        w.wait(after);
        assert_eq!(["c", "log", "proxy"].map(|name| state(&w, name).unwrap_or(false)), runs, "{after}");
    }
    w.wait(1.2).pods("");
}

/// P23: the hook's time counts against the grace period; what does not stop in it is killed.
#[test]
fn p23_hooks_and_grace() {
    let gone = |container: &str, spec: &str, ailment: Option<Ailment>| {
        let mut w = world(Pace::Real);
        w.submit(pod(container, spec)).wait(5.0);
        if let Some(ailment) = ailment {
            ails(&mut w, "app", ailment);
        }
        w.begin("delete pod app --wait=false");
        let start = w.cluster.now;
        while w.get(Kind::Pod, "app") != Value::Null {
            w.wait(0.1);
            assert!(w.cluster.now.since(start) < Duration::from_secs(300), "{w}");
        }
        (w.cluster.now.since(start).as_secs_f64().round() as u64, said(&w, &["FailedPreStopHook"]).len())
    };
    let hook = "    lifecycle: {preStop: {exec: {command: [sh, -c, sleep 15]}}}";
    assert_eq!(gone("", "", None), (1, 0), "it obeys");
    assert_eq!(gone(hook, "", None), (16, 0));
    assert_eq!(gone(hook, "  terminationGracePeriodSeconds: 5", None), (6, 0), "the hook is cut short");
    assert_eq!(gone("", "", Some(Ailment::StopMs(Some(120_000)))), (30, 0), "and then killed");
    assert_eq!(gone(hook, "", Some(Ailment::StopMs(Some(120_000)))), (30, 0));
    assert_eq!(
        gone(hook, "  terminationGracePeriodSeconds: 5", Some(Ailment::StopMs(Some(9000)))),
        (7, 0),
        "never less than 2 s"
    );
    assert_eq!(gone(hook, "", Some(Ailment::PreStop(Some(false)))), (1, 1));
}

/// P14: a failed pull is tried again after 10 s, 20 s, 40 s…
#[test]
fn p14_images_back_off() {
    let mut w = world(Pace::Real);
    w.breaks("image nginx:1 --pull=false").submit(pod("", "")).wait(100.0);
    let pulls: Vec<i64> = said(&w, &["Pulling"]).iter().filter_map(|s| s.split(' ').next()?.parse().ok()).collect();
    assert_eq!(pulls.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>(), [10, 20, 40]);
    assert_eq!(container(&w)["state"]["waiting"]["reason"], "ImagePullBackOff");
    w.breaks("image nginx:1 --pull=null").wait(80.0);
    assert!(ready(&w));
}

/// P14: a name that is none, and an image that must be there and is not.
#[test]
fn p14_images_that_are_not_even_asked_for() {
    let mut w = world(Pace::Real);
    w.submit(pod("", "").replace("nginx:1", "Nginx:1")).wait(5.0);
    assert!(w.ask("get pod app --no-headers").stdout.contains("InvalidImageName"));
    let why = "couldn't parse image name \"Nginx:1\": invalid reference format: repository name (library/Nginx) must be lowercase";
    w.event("app", &format!("InspectFailed: Failed to apply default image tag \"Nginx:1\": {why}"), true);
    w.event("app", "Failed: Error: InvalidImageName", true);
    w.begin("set image pod/app c=nginx:1").wait(15.0);
    assert!(ready(&w), "{w}");
    let mut w = world(Pace::Real);
    w.breaks("image nginx:1 --pull=false").submit(pod("    imagePullPolicy: Never", "")).wait(5.0);
    w.event("app", "ErrImageNeverPull: Container image \"nginx:1\" is not present with pull policy of Never", true);
    w.event("app", "Failed: Error: ErrImageNeverPull", true);
    assert!(w.ask("get pod app --no-headers").stdout.contains("ErrImageNeverPull"));
}

/// V54: a volume of a ConfigMap that is not there; it is tried again by itself.
#[test]
fn v54_volumes_wait_for_what_they_are_made_of() {
    for pace in [Pace::StandIn, Pace::Real] {
        let mut w = world(pace);
        let volumes = "  volumes:\n  - {name: cfg, configMap: {name: db-conf, items: [{key: k, path: k}]}}";
        w.submit(pod("", volumes)).wait(20.0);
        assert!(w.ask("get pod app --no-headers").stdout.contains("ContainerCreating"));
        let failed = "FailedMount: MountVolume.SetUp failed for volume \"cfg\" : ";
        w.event("app", &format!("{failed}configmap \"db-conf\" not found"), true);
        w.run("create configmap db-conf --from-literal=other=1").wait(20.0);
        w.event("app", &format!("{failed}configmap references non-existent config key: k"), true);
        w.run("delete configmap db-conf").run("create configmap db-conf --from-literal=k=1").wait(130.0);
        assert!(ready(&w), "{pace}: {w}");
    }
}

/// P5: an environment from a Secret that is not there.
#[test]
fn p5_create_container_config_error() {
    let mut w = world(Pace::StandIn);
    w.submit(pod("    env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]", "")).wait(5.0);
    let waiting = container(&w)["state"]["waiting"].clone();
    assert_eq!(
        (&waiting["reason"], &waiting["message"]),
        (&"CreateContainerConfigError".into(), &"secret \"db\" not found".into())
    );
    w.event("app", "Failed: Error: secret \"db\" not found", true);
    w.run("create secret generic db --from-literal=user=x").wait(10.0);
    w.event("app", "Failed: Error: couldn't find key password in Secret default/db", true);
    w.run("delete secret db").run("create secret generic db --from-literal=password=x").wait(20.0);
    assert!(ready(&w), "{w}");
}

/// P32: evicted by the kubelet, the Pod has failed, and its set makes another.
#[test]
fn p32_evicted() {
    let mut w = world(Pace::StandIn);
    w.apply(pod("    resources: {requests: {memory: 128Mi}}", ""));
    w.cluster.fault(&Fault::Evict { name: "app".into(), resource: "memory".into() }, 0);
    w.settle();
    let status = w.get(Kind::Pod, "app")["status"].clone();
    assert_eq!((&status["phase"], &status["reason"]), (&"Failed".into(), &"Evicted".into()));
    let message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 92Mi. Container c was using \
                   196608Ki, request is 128Mi, has larger consumption of memory. ";
    assert_eq!(status["message"], message);
    w.event("app", &format!("Evicted: {}", message.trim_end()), true);
    let conditions = status["conditions"].as_array().unwrap().clone();
    assert!(conditions.iter().any(|c| c["type"] == "DisruptionTarget" && c["reason"] == "TerminationByKubelet"));
}

/// P17: another image is another container, in the same Pod.
#[test]
fn p17_a_new_definition_restarts_the_container() {
    let mut w = world(Pace::Real);
    w.submit(pod("", "")).wait(5.0);
    w.begin("set image pod/app c=nginx:2").wait(5.0);
    w.event("app", "Killing: Container c definition changed, will be restarted", true);
    assert_eq!(
        (&container(&w)["restartCount"], &container(&w)["image"]),
        (&1.into(), &"docker.io/library/nginx:2".into())
    );
}

/// A Pod that asks for nothing costs nothing: at rest nothing is queued for it, probed or not, as long as it is well.
#[test]
fn a_healthy_pod_makes_no_work() {
    for probe in ["", "    readinessProbe: {httpGet: {port: 80}}\n    livenessProbe: {httpGet: {port: 80}}"] {
        let mut w = world(Pace::Real);
        w.submit(pod(probe, "")).wait(30.0);
        assert!(ready(&w));
        let queued = w
            .cluster
            .pending()
            .iter()
            .filter(|(_, task)| task.worker == sts_lab::cluster::queue::Worker::Kubelet)
            .count();
        assert_eq!(queued, 0, "{probe}");
    }
}
