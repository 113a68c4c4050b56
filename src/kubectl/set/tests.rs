//! Whole commands of `kubectl set` against a cluster that only stores objects.

use serde_json::json;

use super::super::testing::{Bench, Fake};
use crate::apiserver::{PatchType, Status, Verb};
use crate::resource::Kind;

const SET: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, labels: {app: x}}
spec:
  template:
    spec:
      initContainers:
      - {name: init, image: busybox}
      containers:
      - name: nginx
        image: nginx:1
        env: [{name: A, value: '1'}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
      - {name: side, image: 'side:1', resources: {limits: {cpu: '1'}}}
";

fn bench() -> Bench {
    Bench::new(Fake::with(&[
        SET,
        "{apiVersion: v1, kind: Pod, metadata: {name: web-0}, spec: {containers: [{name: nginx, image: a}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast, LOG: '1', 'a.b': x}}",
    ]))
    .file("web.yaml", SET)
}

#[track_caller]
fn fails(line: &str, why: &str) {
    bench().check(line, (1, "", &format!("{why}\n")));
}

#[test]
fn wrong_command_lines_of_image() {
    fails("set image sts/web", "error: at least one image update is required");
    fails("set image nginx a=b", "error: the server doesn't have a resource type \"nginx\"");
    fails("set image sts/web a=b nope", "error: all resources must be specified before image changes: nope");
    fails("set image sts/web a-", "error: invalid image format: a-");
    fails("set image sts/nope a=b", "Error from server (NotFound): statefulsets.apps \"nope\" not found");
    fails(
        "set image sts/web *=a nginx=b",
        "error: all containers are already specified by *, but saw more than one container_name=container_image pairs",
    );
    fails("set image sts/web nope=a", "error: unable to find container named \"nope\"");
    fails(
        "set image sts/web nope=a nope2=a",
        "error: unable to find container named \"nope\"\nerror: unable to find container named \"nope2\"",
    );
    fails(
        "set image cm/settings a=b",
        "error: configmaps/settings the object is not a pod or does not have a pod template: *v1.ConfigMap",
    );
    fails(
        "set image --local sts/web a=b",
        "error: you must specify resources by --filename when --local is set.\nExample resource specifications \
         include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
    );
    fails("set subject rolebinding/a --user=b", "error: this lab does not model \"kubectl set subject\" yet");
}

#[test]
fn images() {
    let mut bench = bench();
    let done = "statefulset.apps/web image updated\n";
    bench.check("set image sts/web nginx=nginx:2", (0, done, ""));
    let request = bench.api.requests.last().unwrap();
    assert_eq!(request.verb, Verb::Patch(PatchType::Strategic));
    assert_eq!(request.options.field_manager.as_deref(), Some("kubectl-set"));
    assert_eq!(
        request.body,
        json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "nginx"}, {"name": "side"}],
            "containers": [{"name": "nginx", "image": "nginx:2"}]
        }}}})
    );
    bench.check("set image sts/web nginx=nginx:2", (0, "", ""));
    bench.check("set image sts web *=all", (0, done, ""));
    let images: Vec<String> = bench.api.objects[&(Kind::StatefulSet, "default".into(), "web".into())]
        .pointer("/spec/template/spec")
        .map(|spec| {
            ["/initContainers/0", "/containers/0", "/containers/1"]
                .map(|p| spec.pointer(p).unwrap()["image"].to_string())
        })
        .unwrap()
        .to_vec();
    assert_eq!(images, ["\"all\""; 3]);
    let missing = "error: unable to find container named \"nope\"\n";
    bench.check("set image sts/web init=i nope=a", (1, done, missing));
    bench.check("set image pod/web-0 nginx=b", (0, "pod/web-0 image updated\n", ""));
    bench.check("set image sts,pods --all nginx=c", (0, &format!("{done}pod/web-0 image updated\n"), ""));
    bench.check(
        "set image sts -l app=x nginx=d --dry-run=client",
        (0, "statefulset.apps/web image updated (dry run)\n", ""),
    );
    bench.check("set image --local -f web.yaml nginx=d -o name", (0, "statefulset.apps/web\n", ""));
    bench.api.refusals.insert(("patch".into(), "web".into()), Status::forbidden(Kind::StatefulSet, "web", "no"));
    let refused = "error: failed to patch image update to pod template: statefulsets.apps \"web\" is forbidden: no\n";
    bench.check("set image sts/web nginx=z", (1, "", refused));
}

#[test]
fn the_cause_is_recorded_with_the_image() {
    let mut bench = bench();
    let warning = "Flag --record has been deprecated, --record will be removed in the future\n";
    bench.check("set image pod/web-0 nginx=b --record", (0, "pod/web-0 image updated\n", warning));
    let pod = &bench.api.objects[&(Kind::Pod, "default".into(), "web-0".into())];
    let cause = "kubectl set image pod/web-0 nginx=b --record=true";
    assert_eq!(pod["metadata"]["annotations"]["kubernetes.io/change-cause"], cause);
}

#[test]
fn env_changes() {
    let mut bench = bench();
    let done = "statefulset.apps/web env updated\n";
    bench.check("set env sts/web MODE=a -c nginx", (0, done, ""));
    bench.check("set env sts/web MODE=a -c nginx", (0, "", ""));
    bench.check("set env sts/web A- -c nginx", (0, done, ""));
    let body = &bench.api.requests.last().unwrap().body["spec"]["template"]["spec"];
    assert_eq!(body["containers"][0]["env"], json!([{"$patch": "delete", "name": "A"}]));
    bench.check(
        "set env sts/web --list",
        (
            0,
            "# StatefulSet web, container nginx\n# B from field path metadata.name\nMODE=a\n\
             # StatefulSet web, container side\n# StatefulSet web, container init\n",
            "",
        ),
    );
    let conflict = "error: statefulsets/web 'MODE' already has a value (a), and --overwrite is false\n";
    bench.check("set env sts/web MODE=b --overwrite=false", (1, "", conflict));
    let unmatched = "Warning: StatefulSet/web does not have any containers matching \"z\"\n";
    bench.check("set env sts/web MODE=b -c z", (0, "", unmatched));
    let forgotten = "error: at least one environment variable must be provided\n";
    bench.check("set env sts/web -e MODE-", (1, "", forgotten));
    bench.stdin = "X=1\n".into();
    bench.check("set env sts/web -", (0, done, ""));
}

#[test]
fn env_from_a_config_map() {
    let mut bench = bench();
    let warnings = "Warning: key a.b transferred to A_B\nWarning: key mode transferred to MODE\n";
    bench.check("set env pod/web-0 --from=cm/settings --prefix=P_", (0, "pod/web-0 env updated\n", warnings));
    let env = "# Pod web-0, container nginx\n# P_LOG from configmap settings, key LOG\n\
               # P_A_B from configmap settings, key a.b\n# P_MODE from configmap settings, key mode\n";
    bench.check("set env pod/web-0 --list", (0, env, ""));
    let done = (0, "pod/web-0 env updated\n", "");
    bench.check("set env pod/web-0 --from=cm/settings --keys=LOG", done);
    fails("set env pod/web-0 --from=pod/web-0", "error: unsupported resource specified in --from");
    fails(
        "set env pod/web-0 --keys=a",
        "error: when specifying --keys, a configmap or secret must be provided with --from",
    );
}

#[test]
fn resource_amounts() {
    let mut bench = bench();
    let done = "statefulset.apps/web resource requirements updated\n";
    bench.check("set resources sts web -c side --limits=cpu=0.5,memory=1024Mi --requests=cpu=100m", (0, done, ""));
    let body = &bench.api.requests.last().unwrap().body["spec"]["template"]["spec"]["containers"][0];
    let wanted = json!({"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "100m"}});
    assert_eq!(body, &json!({"name": "side", "resources": wanted}));
    fails(
        "set resources sts web",
        "error: you must specify an update to requests or limits (in the form of --requests/--limits)",
    );
    fails("set resources sts web --limits=cpu", "error: Invalid argument syntax cpu, expected <resource>=<value>");
    fails("set resources sts web --limits=cpu=1 -c z", "error: unable to find container named z");
    fails(
        "set resources sts web --limits=cpu=x",
        "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
}

#[test]
fn service_accounts() {
    let mut bench = bench();
    let done = "statefulset.apps/web serviceaccount updated\n";
    bench.check("set sa sts web robot", (0, done, ""));
    bench.check("set serviceaccount sts web robot", (0, done, ""));
    assert_eq!(bench.api.requests.last().unwrap().body, json!({}));
    fails("set sa", "error: serviceaccount is required");
}
