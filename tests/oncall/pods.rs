//! Rows 11 to 15, 17, 28 and 34: Pods that crash, cannot be pulled, are not Ready, are killed, or are never made.

use crate::bench::Bench;

/// Row 11: OrderedReady stops at the Pod that crashes (rules P11, P12).
#[test]
fn a_crash_loop_stops_an_ordered_set() {
    let bench = Bench::row(11);
    bench.shows("Pod/web-0", "Warning BackOff Back-off restarting failed container nginx in pod web-0_default(");
    let set = bench.get("sts web");
    assert_eq!((&set["status"]["replicas"], set["status"].get("readyReplicas")), (&1.into(), None));
    bench.why(
        "pod/web-0",
        &[
            "CrashLoopBackOff",
            "web-1 is not made until web-0 is Running and Ready.",
            "It exited last with code 1 (Error), 1 restart so far",
            "sts-lab logs web-0 -c nginx --previous",
        ],
    );
}

/// Row 12: a better template does not replace the Pod that cannot start; deleting it does (rules P14, S82).
#[test]
fn a_bad_image_stops_a_rollout_for_good() {
    let bench = Bench::row(12);
    for event in [
        "Warning Failed Failed to pull image \"nginx:typo\": ",
        "Warning Failed Error: ErrImagePull",
        "Normal BackOff Back-off pulling image \"nginx:typo\"",
    ] {
        bench.shows("Pod/web-2", event);
    }
    bench.why("pod/web-2", &["ImagePullBackOff", "a better template does not replace", "sts-lab delete pod web-2"]);
    bench.ask("delete pod web-2");
    assert_eq!(bench.get("sts web")["status"]["readyReplicas"], 3);
}

/// Row 13: the container runs, its readiness probe fails (rules P4, P18).
#[test]
fn a_readiness_probe_that_fails_takes_a_pod_out() {
    let bench = Bench::row(13);
    let failed = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    bench.shows("Pod/db-0", &format!("Warning Unhealthy {failed}"));
    let pod = bench.get("pod db-0");
    let ready = pod["status"]["conditions"].as_array().unwrap().iter().find(|c| c["type"] == "Ready").unwrap().clone();
    assert_eq!(
        (&ready["reason"], &ready["message"]),
        (&"ContainersNotReady".into(), &"containers with unready status: [app]".into())
    );
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 0);
    bench.why("pod/db-0", &[failed, "it is not restarted for that", "sts-lab fault pod db-0 --http-status=null"]);
    bench.ask("fault pod db-0 --http-status=null");
    bench.ask("settle --for 30");
    assert_eq!(bench.get("sts db")["status"]["readyReplicas"], 2);
}

/// Row 14: killed for want of memory, again and again (rule P32).
#[test]
fn out_of_memory() {
    let bench = Bench::row(14);
    let own = bench.get("pod db-0")["status"]["containerStatuses"][0].clone();
    let end = &own["lastState"]["terminated"];
    assert_eq!((&end["reason"], &end["exitCode"]), (&"OOMKilled".into(), &137.into()));
    assert!(own["restartCount"].as_i64().unwrap() >= 3, "{own}");
    bench.why(
        "pod/db-0",
        &[
            "killed for want of memory (OOMKilled, exit 137): its limit is 128Mi",
            "Raise its memory limit",
            "sts-lab set resources sts/db -c app --limits=memory=SIZE",
        ],
    );
}

/// Row 15: the liveness probe kills what only starts slowly (rules P8, P9, P17).
#[test]
fn a_liveness_probe_kills_what_starts_slowly() {
    let bench = Bench::row(15);
    bench.shows("Pod/db-0", "Warning Unhealthy Liveness probe failed: Get \"http://");
    bench.shows("Pod/db-0", "Normal Killing Container app failed liveness probe, will be restarted");
    let restarts = bench.get("pod db-0")["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap();
    assert!(restarts >= 2, "{restarts}");
    bench.why("pod/db-0", &["its liveness probe failed", "a startupProbe gives it the time"]);
    let probe = r#"{"spec":{"template":{"spec":{"containers":[{"name":"app","startupProbe":{"httpGet":{"port":8080},"failureThreshold":30}}]}}}}"#;
    bench.ask(&format!("patch sts db -p '{probe}'"));
    bench.ask("delete pod db-0");
    bench.ask("settle --for 120");
    let own = bench.get("pod db-0")["status"]["containerStatuses"][0].clone();
    assert_eq!((&own["ready"], &own["restartCount"]), (&true.into(), &0.into()), "the fix");
}

/// Row 17: no names before Ready, not Ready before they have names (rules D23, P18).
#[test]
fn peers_that_wait_for_each_other() {
    let bench = Bench::row(17);
    for pod in ["peers-0", "peers-1", "peers-2"] {
        bench.shows(
            &format!("Pod/{pod}"),
            "Warning Unhealthy Readiness probe failed: cat: /run/found-my-peers: No such",
        );
    }
    let slices = bench.get("endpointslices -l kubernetes.io/service-name=peers");
    let endpoints = slices["items"][0]["endpoints"].as_array().unwrap().clone();
    assert!(endpoints.len() == 3 && endpoints.iter().all(|e| e["conditions"]["ready"] == false), "{endpoints:?}");
    bench.why("pod/peers-0", &["gives names to Ready Pods only", "publishNotReadyAddresses: true"]);
    bench.ask("patch svc peers -p '{\"spec\":{\"publishNotReadyAddresses\":true}}'");
    bench.prints("dns peers-1.peers", "10.244.0.");
}

/// Row 28: the quota refuses the third Pod; there is no object to look at, only the set's Events.
#[test]
fn a_quota_refuses_pods() {
    let bench = Bench::row(28);
    let refused = "pods \"web-2\" is forbidden: exceeded quota: rq, requested: pods=1, used: pods=2, limited: pods=2";
    bench.shows(
        "StatefulSet/web",
        &format!("Warning FailedCreate Create Pod web-2 in StatefulSet web failed error: {refused}"),
    );
    assert_eq!(bench.get("quota rq")["status"], serde_json::json!({"hard": {"pods": "2"}, "used": {"pods": "2"}}));
    bench.why("pod/web-2", &[refused, "quota rq", "sts-lab describe quota rq"]);
    bench.why("sts/web", &[refused, "sts-lab describe quota rq"]);
    bench.ask("patch quota rq -p '{\"spec\":{\"hard\":{\"pods\":\"3\"}}}'");
    bench.ask("settle --for 400");
    assert_eq!(bench.get("sts web")["status"]["readyReplicas"], 3);
}

/// Row 34: a volume made of what is not there (rule V54); it mends itself.
#[test]
fn a_missing_config_map() {
    let bench = Bench::row(34);
    let failed = "MountVolume.SetUp failed for volume \"cfg\" : configmap \"db-conf\" not found";
    bench.shows("Pod/db-0", &format!("Warning FailedMount {failed}"));
    bench.prints("get pod db-0", "0/1 ContainerCreating");
    bench.why("pod/db-0", &[failed, "sts-lab create configmap db-conf --from-literal=KEY=VALUE"]);
    bench.ask("create configmap db-conf --from-literal=a=b");
    bench.ask("settle --for 130");
    assert_eq!(bench.get("sts db")["status"]["readyReplicas"], 2);
}
