//! `kubectl apply` on a server that answers from memory: what it prints and what it sends.

use super::super::last_applied;
use super::super::testing::{Bench, Fake};
use crate::apiserver::field::FieldError;
use crate::apiserver::{PatchType, Status, Verb};
use crate::resource::Kind;

const WEB: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  \
                   minReadySeconds: 5\n";
const TEXT: &str = "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"metadata\":{\"annotations\":{},\"name\":\"web\",\
                    \"namespace\":\"default\"},\"spec\":{\"minReadySeconds\":5,\"replicas\":1}}\n";

fn bench(files: &[(&str, &str)]) -> Bench {
    files.iter().fold(Bench::default(), |bench, (name, text)| bench.file(name, text))
}

#[test]
fn created_unchanged_configured() {
    let more = WEB.replace("replicas: 1\n  minReadySeconds: 5", "replicas: 2");
    let mut bench = bench(&[("web.yaml", WEB), ("more.yaml", &more)]);
    bench.check("apply -f web.yaml", (0, "statefulset.apps/web created\n", ""));
    let created = bench.api.requests.pop().unwrap();
    assert_eq!(last_applied::of(&created.body), Some(TEXT));
    assert_eq!(created.options.field_manager.as_deref(), Some("kubectl-client-side-apply"));
    bench.check("apply -f web.yaml", (0, "statefulset.apps/web unchanged\n", ""));
    bench.check("apply -f more.yaml", (0, "statefulset.apps/web configured\n", ""));
    let patch = bench.api.requests.pop().unwrap();
    assert_eq!(patch.verb, Verb::Patch(PatchType::Strategic));
    assert_eq!(patch.body["spec"], serde_json::json!({"minReadySeconds": null, "replicas": 2}));
    let object = bench.api.objects.values().next().unwrap();
    assert_eq!(object["spec"], serde_json::json!({"replicas": 2}));
}

#[test]
fn objects_made_without_apply() {
    let mut bench = bench(&[("web.yaml", WEB)]);
    bench.check("create -f web.yaml", (0, "statefulset.apps/web created\n", ""));
    let warning = "Warning: resource statefulsets/web is missing the kubectl.kubernetes.io/last-applied-configuration \
                   annotation which is required by kubectl apply. kubectl apply should only be used on resources created \
                   declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be \
                   patched automatically.\n";
    bench.check("apply -f web.yaml", (0, "statefulset.apps/web configured\n", warning));
    bench.check("apply -f web.yaml", (0, "statefulset.apps/web unchanged\n", ""));
}

#[test]
fn dry_runs() {
    let mut bench = bench(&[("web.yaml", WEB)]);
    bench.check("apply -f web.yaml --dry-run=client", (0, "statefulset.apps/web created (dry run)\n", ""));
    bench.check("apply -f web.yaml --dry-run=server", (0, "statefulset.apps/web created (server dry run)\n", ""));
    let old = "W0101 00:00:00.000000       1 helpers.go:719] --dry-run is deprecated and can be replaced with \
               --dry-run=client.\n";
    bench.check("apply -f web.yaml --dry-run", (0, "statefulset.apps/web created (dry run)\n", old));
    let yaml = format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  annotations:\n    \
         kubectl.kubernetes.io/last-applied-configuration: |\n      {TEXT}  name: web\n  namespace: default\nspec:\n  \
         minReadySeconds: 5\n  replicas: 1\n"
    );
    bench.check("apply -f web.yaml --dry-run=client -o yaml", (0, &yaml, ""));
    assert!(bench.api.objects.is_empty());
    bench.check("apply -f web.yaml -o name", (0, "statefulset.apps/web\n", ""));
    bench.check("apply -f web.yaml --dry-run=client", (0, "statefulset.apps/web unchanged (dry run)\n", ""));
    let wrong = "error: Invalid dry-run value (x). Must be \"none\", \"server\", or \"client\".\n";
    bench.check("apply -f web.yaml --dry-run=x", (1, "", wrong));
}

#[test]
fn several_objects_are_printed_as_a_list() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
    let mut bench = bench(&[("a.yaml", service), ("b.yaml", &service.replace("name: a", "name: b"))]);
    let item = |name: &str| {
        format!(
            "        {{\n            \"apiVersion\": \"v1\",\n            \"kind\": \"Service\",\n            \
             \"metadata\": {{\n                \"annotations\": {{\n                    \
             \"kubectl.kubernetes.io/last-applied-configuration\": \"{{\\\"apiVersion\\\":\\\"v1\\\",\\\"kind\\\":\
             \\\"Service\\\",\\\"metadata\\\":{{\\\"annotations\\\":{{}},\\\"name\\\":\\\"{name}\\\",\\\"namespace\\\":\
             \\\"default\\\"}}}}\\n\"\n                }},\n                \"name\": \"{name}\",\n                \
             \"namespace\": \"default\"\n            }}\n        }}"
        )
    };
    let list = format!(
        "{{\n    \"kind\": \"List\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {{}},\n    \"items\": [\n{},\n{}\n    ]\n}}\n",
        item("a"),
        item("b")
    );
    bench.check("apply -f . --dry-run=client -o json", (0, &list, ""));
}

#[test]
fn nothing_to_apply_and_wrong_flags() {
    let mut bench = bench(&[("none.yaml", "# nothing\n")]);
    for (line, text) in [
        ("apply", "must specify one of -f and -k\n"),
        ("apply x", "Unexpected args: [x]\nSee 'kubectl apply -h' for help and examples\n"),
        ("apply -f", "flag needs an argument: 'f' in -f\nSee 'kubectl apply --help' for usage.\n"),
        ("apply -f none.yaml", "no objects passed to apply\n"),
        ("apply -f -", "no objects passed to apply\n"),
        ("apply -f none.yaml --all -l a=b", "cannot set --all and --selector at the same time\n"),
        ("apply -f none.yaml --force-conflicts", "--force-conflicts only works with --server-side\n"),
        (
            "apply -f none.yaml --validate=x",
            "invalid - validate option \"x\"; must be one of: strict (or true), warn, ignore (or false)\n",
        ),
    ] {
        bench.check(line, (1, "", &format!("error: {text}")));
    }
}

#[test]
fn failures_name_the_file_and_do_not_stop_the_rest() {
    let nameless = "apiVersion: apps/v1\nkind: StatefulSet\nspec: {}\n---\n";
    let typo = "apiVersion: apps/v1\nkind: Statefulset\nmetadata: {name: x}\n---\n";
    let mut bench = bench(&[("web.yaml", &format!("{nameless}{WEB}")), ("typo.yaml", &format!("{typo}{WEB}"))]);
    let unnamed = "error: error when retrieving current configuration of:\nResource: \"apps/v1, Resource=statefulsets\", \
                   GroupVersionKind: \"apps/v1, Kind=StatefulSet\"\nName: \"\", Namespace: \"default\"\nfrom server for: \
                   \"web.yaml\": resource name may not be empty\n";
    bench.check("apply -f web.yaml", (1, "statefulset.apps/web created\n", unnamed));
    let unmapped = "error: resource mapping not found for name: \"x\" namespace: \"\" from \"typo.yaml\": no matches for \
                    kind \"Statefulset\" in version \"apps/v1\"\nensure CRDs are installed first\n";
    bench.check("apply -f typo.yaml", (1, "statefulset.apps/web unchanged\n", unmapped));
    let generated = WEB.replace("name: web", "generateName: web-");
    let mut bench = self::bench(&[("web.yaml", &generated)]);
    bench.check("apply -f web.yaml", (1, "", "error: from web-: cannot use generate name with apply\n"));
}

/// A bench whose cluster holds WEB, and a file that asks for two replicas.
fn changing() -> Bench {
    let more = WEB.replace("replicas: 1", "replicas: 2");
    let mut bench = bench(&[("web.yaml", WEB), ("more.yaml", &more)]);
    bench.check("apply -f web.yaml", (0, "statefulset.apps/web created\n", ""));
    bench.api.requests.clear();
    bench
}

fn refuse(bench: &mut Bench, status: Status) {
    bench.api.refusals.insert(("patch".into(), "web".into()), status);
}

#[test]
fn a_refused_patch_is_shown() {
    let mut bench = changing();
    refuse(&mut bench, Status::bad_request("no"));
    let patch = "{\"metadata\":{\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"apiVersion\\\":\
                 \\\"apps/v1\\\",\\\"kind\\\":\\\"StatefulSet\\\",\\\"metadata\\\":{\\\"annotations\\\":{},\\\"name\\\":\
                 \\\"web\\\",\\\"namespace\\\":\\\"default\\\"},\\\"spec\\\":{\\\"minReadySeconds\\\":5,\\\"replicas\\\":2}}\
                 \\n\"}},\"spec\":{\"replicas\":2}}";
    let text = format!(
        "Error from server (BadRequest): error when applying patch:\n{patch}\nto:\nResource: \"apps/v1, \
         Resource=statefulsets\", GroupVersionKind: \"apps/v1, Kind=StatefulSet\"\nName: \"web\", Namespace: \"default\"\n\
         for: \"more.yaml\": error when patching \"more.yaml\": no\n"
    );
    bench.check("apply -f more.yaml", (1, "", &text));
}

#[test]
fn conflicts_are_tried_again() {
    let mut bench = changing();
    refuse(&mut bench, Status::conflict(Kind::StatefulSet, "web", "try again"));
    let words: Vec<String> = ["apply", "-f", "more.yaml"].map(String::from).to_vec();
    let code = bench.with_io(|api, io| crate::kubectl::run(&words, api, io));
    let patches = bench.api.requests.iter().filter(|r| matches!(r.verb, Verb::Patch(_))).count();
    assert_eq!((code, patches, bench.api.clock.as_secs()), (1, 6, 4));
}

#[test]
fn force_makes_it_anew() {
    let mut bench = changing();
    let causes = vec![FieldError::forbidden("spec", "no")];
    refuse(&mut bench, Status::invalid(Kind::StatefulSet, "web", causes));
    bench.check("apply -f more.yaml", (1, "", "The StatefulSet \"web\" is invalid: spec: Forbidden: no\n"));
    bench.check("apply -f more.yaml --force", (0, "statefulset.apps/web configured\n", ""));
    let object = bench.api.objects.values().next().unwrap();
    assert_eq!(object["spec"]["replicas"], 2);
}

#[test]
fn objects_on_their_way_out() {
    let mut bench = changing();
    let key = bench.api.objects.keys().next().unwrap().clone();
    bench.api.objects.get_mut(&key).unwrap()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    let warning = "Warning: Detected changes to resource web which is currently being deleted.\n";
    bench.check("apply -f more.yaml", (0, "statefulset.apps/web configured\n", warning));
}

#[test]
fn pruning() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: old, labels: {app: web}}\n";
    let other = "{apiVersion: v1, kind: Service, metadata: {name: foreign, labels: {app: web}}}";
    let labelled = WEB.replace("name: web", "name: web\n  labels: {app: web}");
    let mut bench = Bench::new(Fake::with(&[other])).file("old.yaml", service).file("web.yaml", &labelled);
    bench.check("apply -f old.yaml", (0, "service/old created\n", ""));
    let line = "apply -f web.yaml --prune -l app=web --prune-allowlist=core/v1/Service";
    bench.check(line, (0, "statefulset.apps/web created\nservice/old pruned\n", ""));
    assert_eq!(bench.api.objects.len(), 2);
    let all = "error: all resources selected for prune without explicitly passing --all. To prune all resources, pass the \
               --all flag. If you did not mean to prune all resources, specify a label selector\n";
    bench.check("apply -f web.yaml --prune", (1, "", all));
}

#[test]
fn viewing_and_setting_what_was_applied() {
    let mut bench = changing();
    let yaml = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  annotations: {}\n  name: web\n  namespace: default\n\
                spec:\n  minReadySeconds: 5\n  replicas: 1\n";
    bench.check("apply view-last-applied sts web", (0, yaml, ""));
    bench.check("apply view-last-applied -f more.yaml", (0, yaml, ""));
    bench.check("apply set-last-applied -f more.yaml", (0, "statefulset.apps/web configured\n", ""));
    bench.check("apply set-last-applied -f more.yaml", (0, "set-last-applied web: no changes required.\n", ""));
    let object = bench.api.objects.values().next().unwrap();
    assert_eq!(object["spec"]["replicas"], 1);
    assert!(last_applied::of(object).unwrap().ends_with("\"replicas\":2}}"));
}
