//! The object: defaults, what is refused, what may be changed (rules S1–S22, rows 63 and 131–135).

use sts_lab::resource::Kind;

use crate::world::{Set, World, web};

/// S1, S8, S11, S12: what the server adds.
#[test]
fn s1_defaults() {
    let mut world = World::new();
    world.submit(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, \
                  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}}",
    );
    let spec = &world.get(Kind::StatefulSet, "web")["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(spec["podManagementPolicy"], "OrderedReady");
    assert_eq!(spec["revisionHistoryLimit"], 10);
    assert_eq!(spec["updateStrategy"].to_string(), r#"{"rollingUpdate":{"partition":0},"type":"RollingUpdate"}"#);
    let retention = r#"{"whenDeleted":"Retain","whenScaled":"Retain"}"#;
    assert_eq!(spec["persistentVolumeClaimRetentionPolicy"].to_string(), retention);
    assert!(spec["minReadySeconds"].is_null() && spec["ordinals"].is_null());
    let pod = &spec["template"]["spec"];
    assert_eq!((&pod["dnsPolicy"], &pod["restartPolicy"]), (&"ClusterFirst".into(), &"Always".into()));
    assert_eq!(pod["terminationGracePeriodSeconds"], 30);
    assert_eq!(pod["containers"][0]["imagePullPolicy"], "Always");
    assert!(pod["enableServiceLinks"].is_null(), "S15: Pods get this, templates do not");
}

/// S8: a type without its parameters stays without them.
#[test]
fn s8_rolling_update_without_parameters() {
    let mut world = World::new();
    world.submit(web().spec("updateStrategy: {type: RollingUpdate}"));
    assert_eq!(
        world.get(Kind::StatefulSet, "web")["spec"]["updateStrategy"].to_string(),
        r#"{"type":"RollingUpdate"}"#
    );
}

/// S14: quantities as the server writes them.
#[test]
fn s14_quantities() {
    for (given, stored) in
        [("1024Mi", "1Gi"), ("1000Mi", "1000Mi"), ("1.5Gi", "1536Mi"), ("1000m", "1"), ("0.5", "500m")]
    {
        let mut world = World::new();
        let container =
            format!("containers: [{{name: c, image: x:1, resources: {{requests: {{memory: \"{given}\"}}}}}}]");
        world.submit(web().replicas(0).template(&container));
        let set = world.get(Kind::StatefulSet, "web");
        assert_eq!(set["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"], *stored);
    }
}

/// S15a: claim templates as they are stored.
#[test]
fn s15a_claim_templates() {
    let mut world = World::new();
    world.submit(web().replicas(0).claim("data"));
    let template = &world.get(Kind::StatefulSet, "web")["spec"]["volumeClaimTemplates"][0];
    assert_eq!((&template["apiVersion"], &template["kind"]), (&"v1".into(), &"PersistentVolumeClaim".into()));
    assert_eq!(template["spec"]["volumeMode"], "Filesystem");
    assert_eq!(template["status"].to_string(), r#"{"phase":"Pending"}"#);
}

/// S16, S17: what is refused at creation, and in which words.
#[test]
fn s16_refused_at_creation() {
    let label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
                 end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    let least = "must be greater than or equal to 0";
    let selector = "`selector` does not match template `labels`";
    let table: Vec<(Set, String)> = vec![
        (web().replicas(-1), format!("spec.replicas: Invalid value: -1: {least}")),
        (web().min_ready(-1), format!("spec.minReadySeconds: Invalid value: -1: {least}")),
        (web().start(-1), format!("spec.ordinals.start: Invalid value: -1: {least}")),
        (web().partition(-1), format!("spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: {least}")),
        (web().spec("serviceName: Foo.bar"), format!("spec.serviceName: Invalid value: \"Foo.bar\": {label}")),
        (web().spec("selector: {}"), "spec.selector: Invalid value: {}: empty selector is invalid for statefulset".into()),
        (
            web().spec("selector: {matchLabels: {app: other}}"),
            format!("spec.template.metadata.labels: Invalid value: {{\"app\":\"web\"}}: {selector}"),
        ),
        (
            web().spec("podManagementPolicy: Foo"),
            "spec.podManagementPolicy: Invalid value: \"Foo\": must be 'OrderedReady' or 'Parallel'".into(),
        ),
        (
            web().spec("updateStrategy: {type: Foo}"),
            "spec.updateStrategy: Invalid value: {\"Type\":\"Foo\",\"RollingUpdate\":null}: must be 'RollingUpdate' or \
             'OnDelete'"
                .into(),
        ),
        (
            web().spec("updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}"),
            "spec.updateStrategy.rollingUpdate: Invalid value: {\"Partition\":1,\"MaxUnavailable\":null}: only allowed for \
             updateStrategy 'RollingUpdate'"
                .into(),
        ),
        (
            web().retention("Foo", "Retain"),
            "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: \"Foo\": supported values: \
             \"Retain\", \"Delete\""
                .into(),
        ),
        (
            web().template("restartPolicy: Never"),
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"".into(),
        ),
        (
            web().template("activeDeadlineSeconds: 5"),
            "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported"
                .into(),
        ),
        (web().template("containers: []"), "spec.template.spec.containers: Required value".into()),
        (
            web().template("containers: [{name: c}]"),
            "spec.template.spec.containers[0].image: Required value".into(),
        ),
        (
            web().template("containers: [{name: c, image: x:1}, {name: c, image: x:1}]"),
            "spec.template.spec.containers[1].name: Duplicate value: \"c\"".into(),
        ),
        (
            web().template("containers: [{name: c, image: x:1, volumeMounts: [{name: zz, mountPath: /a}]}]"),
            "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"zz\"".into(),
        ),
        (
            web().spec("volumeClaimTemplates: [{metadata: {name: d}, spec: {resources: {requests: {storage: 1Gi}}}}]"),
            "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required".into(),
        ),
        (
            web().spec("volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]"),
            "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value".into(),
        ),
    ];
    for (set, expected) in table {
        World::new().refuses(set, &expected);
    }
    World::new().refuses(
        web().name("a.b").spec("selector: {matchLabels: {app: a.b}}"),
        "metadata.name: Invalid value: \"a.b\": must not contain dots",
    );
}

/// S16: all violations are said together, in the order of the checks.
#[test]
fn s16_several_violations() {
    let set = web().replicas(-1).spec("podManagementPolicy: Foo").template("restartPolicy: Never");
    let answer = World::new().ask_with("apply -f -", &set.to_string());
    let fields: Vec<&str> =
        answer.stderr.lines().filter_map(|line| line.strip_prefix("* ")?.split(':').next()).collect();
    assert_eq!(fields, ["spec.podManagementPolicy", "spec.replicas", "spec.template.spec.restartPolicy"]);
}

/// S16a, row 63, row 134: accepted although often thought wrong.
#[test]
fn s16a_accepted() {
    for line in [
        "serviceName: \"\"",
        "revisionHistoryLimit: -1",
        "updateStrategy: {rollingUpdate: {maxUnavailable: 0}}",
        "updateStrategy: {rollingUpdate: {maxUnavailable: foo}}",
    ] {
        World::new().submit(web().replicas(0).spec(line));
    }
    World::new().submit(web().replicas(0).template("hostname: Not_A_Name").template("subdomain: Not_A_Name"));
    let mut world = World::new();
    world.submit(web().replicas(0).spec("updateStrategy: {rollingUpdate: {maxUnavailable: 2}}"));
    let strategy = &world.get(Kind::StatefulSet, "web")["spec"]["updateStrategy"];
    assert_eq!(strategy.to_string(), r#"{"rollingUpdate":{"partition":0},"type":"RollingUpdate"}"#);
}

/// S17, row 137: a name that is fine for a set and too long for its Pods.
#[test]
fn s17_a_name_too_long_for_pods() {
    let name = "b".repeat(60);
    let mut world = World::new();
    world.apply(web().name(&name)).pods("");
    assert_eq!(world.all(Kind::ControllerRevision).len(), 1);
    world.event(&name, "metadata.labels: Invalid value: ", true).event(&name, "must be no more than 63 bytes", true);
}

/// S18, rows 132 and 133: what may be changed, and the words for what may not.
#[test]
fn s18_forbidden_changes() {
    let forbidden = "The StatefulSet \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than \
                     'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
                     'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    let mut world = World::new();
    world.apply(web().replicas(1).claim("data"));
    for patch in [
        r#"{"spec":{"serviceName":"other"}}"#,
        r#"{"spec":{"podManagementPolicy":"Parallel"}}"#,
        r#"{"spec":{"volumeClaimTemplates":null}}"#,
    ] {
        world.says(&format!("patch sts web --type=merge -p '{patch}'"), forbidden);
    }
    for patch in [
        r#"{"spec":{"replicas":0}}"#,
        r#"{"spec":{"ordinals":{"start":3}}}"#,
        r#"{"spec":{"revisionHistoryLimit":3}}"#,
        r#"{"spec":{"minReadySeconds":1}}"#,
        r#"{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}}"#,
        r#"{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}"#,
    ] {
        world.says(&format!("patch sts web --type=merge -p '{patch}'"), "statefulset.apps/web patched");
    }
}

/// S9: the parameters of the other strategy have to be taken away.
#[test]
fn s9_switch_to_on_delete() {
    let mut world = World::new();
    world.submit(web().partition(1));
    let answer = world.ask(r#"patch sts web --type=merge -p '{"spec":{"updateStrategy":{"type":"OnDelete"}}}'"#);
    assert!(answer.stderr.contains("only allowed for updateStrategy 'RollingUpdate'"), "{}", answer.stderr);
}

/// S4, S5, row 111: generations count changes of the spec, and the status says which one was seen.
#[test]
fn s4_generations() {
    let mut world = World::new();
    let generation = |world: &World| {
        let set = world.get(Kind::StatefulSet, "web");
        (set["metadata"]["generation"].as_i64(), set["status"]["observedGeneration"].as_i64())
    };
    world.submit(web().replicas(0));
    assert_eq!(generation(&world), (Some(1), None));
    world.settle();
    assert_eq!(generation(&world), (Some(1), Some(1)));
    world.run("annotate sts web note=1").run("label sts web a=b");
    assert_eq!(generation(&world), (Some(1), Some(1)), "metadata does not count");
    world.begin("scale sts web --replicas=1");
    assert_eq!(generation(&world), (Some(2), Some(1)));
    world.settle();
    assert_eq!(generation(&world), (Some(2), Some(2)));
    world.run("scale sts web --replicas=1");
    assert_eq!(generation(&world), (Some(2), Some(2)), "nothing changed");
}

/// S4, S92: a deletion that is held counts as well.
#[test]
fn s4_a_held_deletion_counts() {
    let mut world = World::new();
    world.apply(web().replicas(1)).breaks("pod web-0 --hang=true");
    world.run("delete sts web --cascade=foreground --wait=false");
    assert_eq!(world.get(Kind::StatefulSet, "web")["metadata"]["generation"], 2);
}

/// S7: the Service of a set need not exist.
#[test]
fn s7_the_service_need_not_exist() {
    World::new().apply(web().spec("serviceName: nowhere")).pods("web-0 web-1 web-2").event("web", "Service", false);
}
