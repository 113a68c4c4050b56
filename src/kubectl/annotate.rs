//! `kubectl annotate`: adds, changes, removes and lists annotations (`k8s.io/kubectl/pkg/cmd/annotate`). It differs
//! from `label` in more than words: it always patches, and prints what the server answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::{
    ALL_NAMESPACES, Command, DRY_RUN, FIELD_SELECTOR, FILENAME, Flag, PRINT, Parsed, RECORD, SELECTOR, field_manager,
};
use super::io::Io;
use super::pairs::{self, Marks};
use super::print::value::members;
use super::printer::{DryRun, Printer};
use super::record;
use super::record::CHANGE_CAUSE;
use super::resource::{FilenameOptions, Info};
use crate::apiserver::patch::two_way_json;
use crate::apiserver::{Api, Options, PatchType, Request};

static COMMAND: Command = Command {
    path: "kubectl annotate",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    about: "Update the annotations on a resource.",
    flags: &[
        PRINT,
        RECORD,
        DRY_RUN,
        FILENAME,
        &[field_manager("kubectl-annotate")],
        SELECTOR,
        &[
            Flag::bool("overwrite", "Allow annotations to be overwritten"),
            Flag::bool("list", "Display the annotations of the resources"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
            Flag::bool("all", "Select all resources in the namespace of the specified types"),
            Flag::string("resource-version", "Update only if this is the resource version of the single object"),
        ],
        FIELD_SELECTOR,
        ALL_NAMESPACES,
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let mut printer = Printer::of(&line, io)?.dry_run(dry_run);
    let (objects, words) = pairs::split(&line.args, "annotation")?;
    let (set, remove) = pairs::parse(&words, "annotation", true)?;
    validate(&line, &objects, dry_run, set.is_empty() && remove.is_empty())?;
    let both: Vec<&str> = remove.iter().filter(|key| set.contains_key(*key)).map(String::as_str).collect();
    if !both.is_empty() {
        let keys = both.join(", ");
        return Err(message(format!(
            "can not both modify and remove the following annotation(s) in the same command: {keys}"
        )));
    }
    let resources = pairs::resources(&line, &objects, io);
    resources.check()?;
    let one = resources.single_item_implied;
    if !one && !line.str("resource-version").is_empty() {
        return Err(message("--resource-version may only be used with a single resource"));
    }
    resources.visit(api, io, &mut |info, api, io| {
        let object = if dry_run == DryRun::Client || line.bool("local") || line.bool("list") {
            let mut object = info.object.clone();
            change(&line, &set, &remove, &mut object)?;
            object
        } else {
            let mut before = info.object.clone();
            pairs::forget_version(&mut before, line.str("resource-version"));
            let mut after = before.clone();
            record::record(&line, &mut after);
            change(&line, &set, &remove, &mut after)?;
            send(&line, &info, dry_run, two_way_json(&before, &after), api, io)?
        };
        if line.bool("list") {
            Marks { of: "annotations", one }.list(&info, &object, io);
            return Ok(());
        }
        printer.print(&object, "annotated", io)
    })
}

fn send(
    line: &Parsed,
    info: &Info,
    dry_run: DryRun,
    patch: Value,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Value, CmdError> {
    let options = Options {
        dry_run: dry_run.is_server(),
        field_manager: Some(line.str("field-manager").to_string()),
        ..Options::default()
    };
    let request = Request::patch(info.kind()?, &info.namespace, &info.name, PatchType::Merge, patch).with(options);
    Ok(io.send(api, request)?.object)
}

/// Changes the annotations; the cause of a change may always be overwritten.
fn change(
    line: &Parsed,
    set: &BTreeMap<String, String>,
    remove: &[String],
    object: &mut Value,
) -> Result<(), CmdError> {
    let mut annotations: BTreeMap<String, String> =
        members(object, "/metadata/annotations").map(|(k, v)| (k.to_string(), v.to_string())).collect();
    if !line.bool("overwrite") {
        let conflict = |(key, value): (&String, &String)| {
            let current = annotations.get(key).filter(|current| *current != value && key != CHANGE_CAUSE)?;
            Some(format!("'{key}' already has a value ({current})"))
        };
        let conflicts: Vec<String> = set.iter().filter_map(conflict).collect();
        if !conflicts.is_empty() {
            return Err(message(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                conflicts.join("; ")
            )));
        }
    }
    annotations.extend(set.clone());
    annotations.retain(|key, _| !remove.contains(key));
    object["metadata"]["annotations"] = json!(annotations);
    if !line.str("resource-version").is_empty() {
        object["metadata"]["resourceVersion"] = line.str("resource-version").into();
    }
    Ok(())
}

fn validate(line: &Parsed, objects: &[String], dry_run: DryRun, nothing: bool) -> Result<(), CmdError> {
    let files = FilenameOptions::of(line);
    let wrong = if line.bool("list") && !line.str("output").is_empty() {
        "--list and --output may not be specified together"
    } else if line.bool("all") && !line.str("selector").is_empty() {
        "cannot set --all and --selector at the same time"
    } else if line.bool("all") && !line.str("field-selector").is_empty() {
        "cannot set --all and --field-selector at the same time"
    } else if !line.bool("local") && objects.is_empty() && files.is_empty() {
        "one or more resources must be specified as <resource> <name> or <resource>/<name>"
    } else if line.bool("local") && dry_run.is_server() {
        "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"
    } else if line.bool("local") && !objects.is_empty() {
        "can only use local files by -f rsrc.yaml or --filename=rsrc.json when --local=true is set"
    } else if line.bool("local") && files.is_empty() {
        "one or more files must be specified as -f rsrc.yaml or --filename=rsrc.json"
    } else if nothing && !line.bool("list") {
        "at least one annotation update is required"
    } else {
        return Ok(());
    };
    Err(message(wrong))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, Fake};
    use super::*;

    fn bench() -> Bench {
        Bench::new(Fake::with(&[
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, annotations: {a: '1', b: '2'}}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: web-0}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: web-1}}",
        ]))
    }

    #[test]
    fn wrong_command_lines() {
        let check = |line: &str, why: &str| bench().check(line, (1, "", &format!("error: {why}\n")));
        check("annotate sts web", "at least one annotation update is required");
        check("annotate a=b", "one or more resources must be specified as <resource> <name> or <resource>/<name>");
        check("annotate sts web a=b c", "all resources must be specified before annotation changes: c");
        check(
            "annotate sts web n=1 n- m=1 m-",
            "can not both modify and remove the following annotation(s) in the same command: n, m",
        );
        check("annotate sts --all -l a=b n=1", "cannot set --all and --selector at the same time");
        check("annotate sts web --list -o name", "--list and --output may not be specified together");
        check(
            "annotate pods --all n=1 --resource-version=1",
            "--resource-version may only be used with a single resource",
        );
        check(
            "annotate sts web a=5 b=6 b-",
            "can not both modify and remove the following annotation(s) in the same command: b",
        );
        check(
            "annotate sts web a=5 b=6",
            "--overwrite is false but found the following declared annotation(s): 'a' already has a value (1); \
             'b' already has a value (2)",
        );
    }

    #[test]
    fn patches_even_if_nothing_changes() {
        let mut bench = bench();
        let done = "statefulset.apps/web annotated\n";
        bench.check("annotate sts web a=1", (0, done, ""));
        assert_eq!(bench.api.requests.last().unwrap().body, json!({}));
        bench.check("annotate sts web a=5 b- c=x=y --overwrite", (0, done, ""));
        let request = bench.api.requests.last().unwrap();
        assert_eq!(request.body, json!({"metadata": {"annotations": {"a": "5", "b": null, "c": "x=y"}}}));
        assert_eq!(request.options.field_manager.as_deref(), Some("kubectl-annotate"));
        bench.check("annotate sts web kubernetes.io/change-cause=one", (0, done, ""));
        bench.check("annotate sts web kubernetes.io/change-cause=two", (0, done, ""));
        bench.check("annotate sts web z=1 --dry-run=client", (0, &done.replace("ed\n", "ed (dry run)\n"), ""));
        bench.check("annotate pods --all n=1", (0, "pod/web-0 annotated\npod/web-1 annotated\n", ""));
        let missing = "Error from server (NotFound): pods \"nope\" not found\n";
        bench.check("annotate pods nope web-0 m=1", (1, "pod/web-0 annotated\n", missing));
    }

    #[test]
    fn lists() {
        let mut bench = bench();
        bench.check("annotate sts web --list", (0, "a=1\nb=2\n", ""));
        bench.check(
            "annotate sts,pods --all --list x=y",
            (
                0,
                "Listing annotations for StatefulSet.apps/web:\n a=1\n b=2\n x=y\n\
                 Listing annotations for Pod./web-0:\n x=y\nListing annotations for Pod./web-1:\n x=y\n",
                "",
            ),
        );
        assert!(bench.api.requests.iter().all(|r| !r.writes()));
    }

    #[test]
    fn a_resource_version_is_always_sent() {
        let mut bench = bench();
        bench.check("annotate sts web c=1 --resource-version=1", (0, "statefulset.apps/web annotated\n", ""));
        let body = json!({"metadata": {"annotations": {"c": "1"}, "resourceVersion": "1"}});
        assert_eq!(bench.api.requests.last().unwrap().body, body);
    }

    #[test]
    fn local_files() {
        let file = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n";
        let mut bench = bench().file("x.yaml", file);
        let yaml = "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: b\n  name: x\n";
        bench.check("annotate --local -f x.yaml a=b -o yaml", (0, yaml, ""));
        let why = "error: one or more files must be specified as -f rsrc.yaml or --filename=rsrc.json\n";
        bench.check("annotate --local a=b", (1, "", why));
        assert!(bench.api.requests.is_empty());
    }
}
