//! Objects named by arguments and files, found as kubectl finds them.

use super::*;
use crate::kubectl::testing::{Bench, Fake};

fn cluster() -> Fake {
    let sts = |name: &str| {
        format!("{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: {name}, labels: {{app: {name}}}}}}}")
    };
    let node = "{apiVersion: v1, kind: Node, metadata: {name: node-0}}";
    Fake::with(&[&sts("web"), &sts("db"), "{apiVersion: v1, kind: Service, metadata: {name: web}}", node])
}

/// Visits what `fill` asks for: the objects' names, then what is reported.
#[track_caller]
fn check(bench: &mut Bench, fill: &dyn Fn(Builder, &mut Io<'_>) -> Builder, names: &[&str], report: &str) {
    let (found, error) = bench.with_io(|api, io| {
        let builder = fill(Builder::new("default").default_namespace(), io);
        let (infos, outcome) = builder.build().infos(api, io);
        let names: Vec<String> = infos.iter().map(Info::object_name).collect();
        (names, outcome.err().map_or(String::new(), |e| e.report().0))
    });
    assert_eq!((found.join(" "), error.as_str()), (names.join(" "), report));
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_string).collect()
}

#[track_caller]
fn check_args(line: &str, names: &[&str], report: &str) {
    let fill =
        |builder: Builder, _: &mut Io<'_>| builder.continue_on_error().type_or_name_args(true, &words(line)).flatten();
    check(&mut Bench::new(cluster()), &fill, names, report);
}

#[test]
fn arguments() {
    check_args("sts", &["statefulsets/db", "statefulsets/web"], "");
    check_args("sts web", &["statefulsets/web"], "");
    check_args("StatefulSet.apps/web svc/web", &["statefulsets/web", "services/web"], "");
    check_args("sts,svc web", &["statefulsets/web", "services/web"], "");
    check_args("statefulsets,sts,nodes", &["statefulsets/db", "statefulsets/web", "nodes/node-0"], "");
    check_args("all", &["services/web", "statefulsets/db", "statefulsets/web"], "");
    check_args("foo", &[], "error: the server doesn't have a resource type \"foo\"\n");
    check_args("foo.bar.baz/x", &[], "error: the server doesn't have a resource type \"foo\"\n");
    check_args(
        "sts web no",
        &["statefulsets/web"],
        "Error from server (NotFound): statefulsets.apps \"no\" not found\n",
    );
    check_args(
        "sts/a sts/b",
        &[],
        "Error from server (NotFound): statefulsets.apps \"a\" not found\n\
         Error from server (NotFound): statefulsets.apps \"b\" not found\n",
    );
    check_args(
        "sts sts/web",
        &[],
        "error: there is no need to specify a resource type as a separate argument when passing arguments in \
         resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
         resource/<resource_name>'\n",
    );
    check_args("sts/web/x", &[], "error: arguments in resource/name form may not have more than one slash\n");
    check_args("sts/", &[], "error: arguments in resource/name form must have a single resource and name\n");
    check_args("sts a%b", &[], "error: invalid resource name \"a%b\": [may not contain '%']\n");
}

#[test]
fn what_cannot_be_combined() {
    let mut bench = Bench::new(cluster());
    let none: &[&str] = &[];
    let fill = |b: Builder, _: &mut Io<'_>| b.type_or_name_args(false, &words("sts"));
    check(&mut bench, &fill, none, "error: resource(s) were provided, but no name was specified\n");
    let fill = |b: Builder, _: &mut Io<'_>| b.label_selector("a=b").type_or_name_args(true, &words("sts web"));
    check(&mut bench, &fill, none, "error: name cannot be provided when a selector is specified\n");
    let fill =
        |b: Builder, _: &mut Io<'_>| b.label_selector("a=b").select_all(true).type_or_name_args(true, &words("sts"));
    check(&mut bench, &fill, none, "error: setting 'all' parameter but found a non empty selector. \n");
    let fill = |b: Builder, _: &mut Io<'_>| b.all_namespaces(true).type_or_name_args(true, &words("sts web"));
    check(&mut bench, &fill, none, "error: a resource cannot be retrieved by name across all namespaces\n");
    let fill = |b: Builder, _: &mut Io<'_>| b.single_resource_type().type_or_name_args(true, &words("sts,svc"));
    check(&mut bench, &fill, none, "error: you may only specify a single resource type\n");
}

const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

#[track_caller]
fn check_files(bench: &mut Bench, files: &[&str], names: &[&str], report: &str) {
    let options = FilenameOptions { filenames: files.iter().map(ToString::to_string).collect(), ..Default::default() };
    let fill = |builder: Builder, io: &mut Io<'_>| {
        builder.schema(true).continue_on_error().filenames(true, &options, io).flatten()
    };
    check(bench, &fill, names, report);
}

#[test]
fn files() {
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: kube-system}\n";
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {{{}}}\n- {{kind: X, apiVersion: v1}}\n",
        "kind: Pod, apiVersion: v1"
    );
    let mut bench = Bench::default()
        .file("a.yaml", &format!("# nothing\n---\n{WEB}---\n{set}"))
        .file("dir/z.yml", WEB)
        .file("dir/b.json", "{\"kind\": \"Node\", \"apiVersion\": \"v1\"}")
        .file("dir/readme.md", "no")
        .file("dir/deep/c.yaml", WEB)
        .file("list.yaml", &list)
        .file("empty/readme.md", "no");
    bench.stdin = WEB.to_string();
    let mismatch = "error: the namespace from the provided object \"kube-system\" does not match the namespace \
                    \"default\". You must pass '--namespace=kube-system' to perform this operation.\n";
    check_files(&mut bench, &["a.yaml"], &["services/web"], mismatch);
    check_files(&mut bench, &["dir"], &["nodes/", "services/web"], "");
    check_files(&mut bench, &["d*/*.y?l", "-"], &["services/web", "services/web"], "");
    check_files(&mut bench, &["nope.yaml", "dir"], &[], "error: the path \"nope.yaml\" does not exist\n");
    check_files(&mut bench, &["no[abc]e"], &[], "error: the path \"no[abc]e\" does not exist\n");
    check_files(
        &mut bench,
        &["empty"],
        &[],
        "error: error reading [empty]: recognized file extensions are [.json .yaml .yml]\n",
    );
    check_files(
        &mut bench,
        &["list.yaml"],
        &["pods/"],
        "unable to recognize no matches for kind \"X\" in version \"v1\"\n",
    );
    check_files(&mut bench, &["-", "-"], &[], "error: standard input cannot be used for multiple arguments\n");
}

#[test]
fn documents_that_are_no_objects() {
    let mut bench = Bench::default()
        .file("typo.yaml", "apiVersion: apps/v1\nkind: Statefulset\nmetadata: {name: web}\n")
        .file("none.yaml", "metadata: {name: web}\n")
        .file("version.yaml", "kind: Pod\n");
    let unmapped = "resource mapping not found for name: \"web\" namespace: \"\" from \"typo.yaml\": no matches for \
                    kind \"Statefulset\" in version \"apps/v1\"\nensure CRDs are installed first\n";
    check_files(&mut bench, &["typo.yaml"], &[], &format!("error: {unmapped}"));
    let invalid = |file: &str, why: &str| {
        format!(
            "error validating \"{file}\": error validating data: {why}; if you choose to ignore these errors, turn \
             validation off with --validate=false\n"
        )
    };
    let both = "[apiVersion not set, kind not set]";
    check_files(&mut bench, &["none.yaml"], &[], &format!("error: {}", invalid("none.yaml", both)));
    check_files(
        &mut bench,
        &["version.yaml"],
        &[],
        &format!("error: {}", invalid("version.yaml", "apiVersion not set")),
    );
    check_files(&mut bench, &["typo.yaml", "none.yaml"], &[], &(unmapped.to_string() + &invalid("none.yaml", both)));
    let options = FilenameOptions { filenames: vec!["none.yaml".into()], ..Default::default() };
    let fill = |b: Builder, io: &mut Io<'_>| b.filenames(false, &options, io);
    let missing =
        "error: unable to decode \"none.yaml\": Object 'Kind' is missing in '{\"metadata\":{\"name\":\"web\"}}'\n";
    check(&mut bench, &fill, &[], missing);
}

#[test]
fn metadata_of_wrong_types() {
    let pod = |metadata: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {metadata}\n");
    let mut bench = Bench::default()
        .file("label.yaml", &pod("{labels: {app: 1}}"))
        .file("name.yaml", &pod("{name: 5}"))
        .file("text.yaml", &pod("text"));
    for (file, why) in [
        ("label.yaml", "number into Go struct field ObjectMeta.metadata.labels of type string"),
        ("name.yaml", "number into Go struct field ObjectMeta.metadata.name of type string"),
        ("text.yaml", "string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"),
    ] {
        let text = format!("error: unable to decode {file:?}: json: cannot unmarshal {why}\n");
        check_files(&mut bench, &[file], &[], &text);
    }
}

#[test]
fn files_by_label() {
    let labelled = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: web}}\n---\n";
    let mut bench = Bench::default().file("a.yaml", &format!("{labelled}{WEB}"));
    let options = FilenameOptions { filenames: vec!["a.yaml".into()], ..Default::default() };
    for (selector, names) in [("app=web", &["pods/a"][..]), ("app!=web", &["services/web"]), ("app=x", &[])] {
        let fill = |b: Builder, io: &mut Io<'_>| b.filenames(false, &options, io).label_selector(selector);
        check(&mut bench, &fill, names, "");
    }
}
