//! `kubectl label`: adds, changes, removes and lists labels (`k8s.io/kubectl/pkg/cmd/label`).

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
use super::resource::{FilenameOptions, Info};
use crate::apiserver::patch::two_way_json;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::selector::syntax::value_problems;

static COMMAND: Command = Command {
    path: "kubectl label",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    about: "Update the labels on a resource.",
    flags: &[
        RECORD,
        PRINT,
        &[
            Flag::bool("overwrite", "Allow labels to be overwritten"),
            Flag::bool("list", "Display the labels of the resources"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
            Flag::bool("all", "Select all resources in the namespace of the specified types"),
            Flag::string("resource-version", "Update only if this is the resource version of the single object"),
        ],
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        FILENAME,
        DRY_RUN,
        &[field_manager("kubectl-label")],
        SELECTOR,
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let (objects, words) = pairs::split(&line.args, "label")?;
    let (set, remove) = parse(&words)?;
    if line.bool("list") && !line.str("output").is_empty() {
        return Err(message("--list and --output may not be specified together"));
    }
    validate(&line, &objects, dry_run, set.is_empty() && remove.is_empty())?;
    let resources = pairs::resources(&line, &objects, io);
    resources.check()?;
    let one = resources.single_item_implied;
    if !one && !line.str("resource-version").is_empty() {
        return Err(message("--resource-version may only be used with a single resource"));
    }
    let job = Job { line: &line, set: &set, remove: &remove, dry_run, one };
    resources.visit(api, io, &mut |info, api, io| job.label(&info, api, io))
}

/// What to do with each object.
struct Job<'a> {
    line: &'a Parsed,
    set: &'a BTreeMap<String, String>,
    remove: &'a [String],
    dry_run: DryRun,
    one: bool,
}

impl Job<'_> {
    fn label(&self, info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let version = self.line.str("resource-version");
        let list = self.line.bool("list");
        let mut object = info.object.clone();
        pairs::forget_version(&mut object, version);
        let before = object.clone();
        let asks_server = self.dry_run != DryRun::Client && !self.line.bool("local") && !list;
        if asks_server {
            for key in self.remove.iter().filter(|key| before["metadata"]["labels"][key.as_str()].is_null()) {
                io.out(format_args!("label {key:?} not found.\n"));
            }
        }
        let said = self.change(&mut object)?;
        if !version.is_empty() {
            object["metadata"]["resourceVersion"] = version.into();
        }
        if asks_server {
            record::record(self.line, &mut object);
            if said != "not labeled" {
                self.send(info, &before, &object, api, io)?;
            }
        }
        if list {
            Marks { of: "labels", one: self.one }.list(info, &object, io);
            return Ok(());
        }
        Printer::of(self.line, io)?.dry_run(self.dry_run).print(&object, said, io)
    }

    /// Changes the labels, and says what that was.
    fn change(&self, object: &mut Value) -> Result<&'static str, CmdError> {
        let present: BTreeMap<String, String> =
            members(object, "/metadata/labels").map(|(k, v)| (k.to_string(), v.to_string())).collect();
        if !self.line.bool("overwrite") {
            let conflict = |(key, value): (&String, &String)| {
                let current = present.get(key).filter(|current| *current != value)?;
                Some(message(format!("'{key}' already has a value ({current}), and --overwrite is false")))
            };
            CmdError::aggregate(self.set.iter().filter_map(conflict).collect())?;
        }
        let added = self.set.iter().any(|(key, value)| present.get(key) != Some(value));
        let removed = self.remove.iter().any(|key| present.contains_key(key) || self.set.contains_key(key));
        let mut labels = present;
        labels.extend(self.set.clone());
        labels.retain(|key, _| !self.remove.contains(key));
        object["metadata"]["labels"] = json!(labels);
        Ok(match (added, removed) {
            (true, true) => "modified",
            (true, false) => "labeled",
            (false, true) => "unlabeled",
            (false, false) => "not labeled",
        })
    }

    fn send(
        &self,
        info: &Info,
        before: &Value,
        after: &Value,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        let patch = two_way_json(before, after);
        let options = Options {
            dry_run: self.dry_run.is_server(),
            field_manager: Some(self.line.str("field-manager").to_string()),
            ..Options::default()
        };
        let request = Request::patch(info.kind()?, &info.namespace, &info.name, PatchType::Merge, patch);
        io.send(api, request.with(options))?;
        Ok(())
    }
}

/// Reads `KEY=VALUE` and `KEY-`.
fn parse(words: &[String]) -> Result<pairs::Changes, CmdError> {
    let (mut set, mut remove) = (BTreeMap::new(), Vec::new());
    for word in words {
        match word.split('=').collect::<Vec<_>>()[..] {
            [_] => remove.push(word[..word.len() - 1].to_string()),
            [key, value] => {
                let problems = value_problems(value);
                if !problems.is_empty() {
                    return Err(message(format!("invalid label value: {word:?}: {}", problems.join(";"))));
                }
                set.insert(key.to_string(), value.to_string());
            }
            _ => return Err(message(format!("invalid label spec: {word}"))),
        }
    }
    if remove.iter().any(|key| set.contains_key(key)) {
        return Err(message("can not both modify and remove a label in the same command"));
    }
    Ok((set, remove))
}

fn validate(line: &Parsed, objects: &[String], dry_run: DryRun, nothing: bool) -> Result<(), CmdError> {
    let files = FilenameOptions::of(line);
    let wrong = if line.bool("all") && !line.str("selector").is_empty() {
        "cannot set --all and --selector at the same time"
    } else if line.bool("all") && !line.str("field-selector").is_empty() {
        "cannot set --all and --field-selector at the same time"
    } else if line.bool("local") && dry_run.is_server() {
        "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"
    } else if line.bool("local") && !objects.is_empty() {
        "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set"
    } else if line.bool("local") && files.is_empty() {
        "one or more files must be specified as -f pod.yaml or --filename=pod.json"
    } else if !line.bool("local") && objects.is_empty() && files.is_empty() {
        "one or more resources must be specified as <resource> <name> or <resource>/<name>"
    } else if nothing && !line.bool("list") {
        "at least one label update is required"
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
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, labels: {role: primary, tier: db}}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: web-0, labels: {app: x}}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: web-1}}",
        ]))
    }

    #[test]
    fn wrong_command_lines() {
        let check = |line: &str, why: &str| bench().check(line, (1, "", &format!("{why}\n")));
        check("label sts web", "error: at least one label update is required");
        check("label sts web a=b c", "error: all resources must be specified before label changes: c");
        check("label sts web a=b=c", "error: invalid label spec: a=b=c");
        check(
            "label sts web a=-",
            "error: invalid label value: \"a=-\": a valid label must be an empty string or consist of alphanumeric \
             characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
             'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        );
        check("label sts web a=b a-", "error: can not both modify and remove a label in the same command");
        check("label a=b", "error: one or more resources must be specified as <resource> <name> or <resource>/<name>");
        check("label sts --all -l a=b c=d", "error: cannot set --all and --selector at the same time");
        check(
            "label pods --all a=b --resource-version=1",
            "error: --resource-version may only be used with a single resource",
        );
        check("label sts web role=replica", "error: 'role' already has a value (primary), and --overwrite is false");
        check(
            "label sts web role=replica tier=x",
            "'role' already has a value (primary), and --overwrite is false\n\
             'tier' already has a value (db), and --overwrite is false",
        );
        check("label pod nope a=b", "Error from server (NotFound): pods \"nope\" not found");
        let local = "error: can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set";
        check("label --local sts web a=b", local);
    }

    #[test]
    fn what_was_done() {
        let mut bench = bench();
        let said = |what: &str| format!("statefulset.apps/web {what}\n");
        bench.check("label sts web team=db", (0, &said("labeled"), ""));
        let request = bench.api.requests.last().unwrap();
        assert_eq!(request.body, json!({"metadata": {"labels": {"team": "db"}}}));
        assert_eq!(request.options.field_manager.as_deref(), Some("kubectl-label"));
        bench.check("label sts web team=db", (0, &said("not labeled"), ""));
        bench.check("label sts web team=web --overwrite", (0, &said("labeled"), ""));
        bench.check("label sts web new=1 team-", (0, &said("modified"), ""));
        bench.check("label sts web new-", (0, &said("unlabeled"), ""));
        bench.check("label sts web new-", (0, &format!("label \"new\" not found.\n{}", said("not labeled")), ""));
        bench.check("label sts web x=1 --dry-run=client", (0, &said("labeled (dry run)"), ""));
        bench.check("label sts web x=1 --dry-run=server", (0, &said("labeled (server dry run)"), ""));
        bench.check("label sts web x=1 -o name", (0, "statefulset.apps/web\n", ""));
        bench.check("label pods -l app=x env=prod", (0, "pod/web-0 labeled\n", ""));
        bench.check("label pods --all tier=web", (0, "pod/web-0 labeled\npod/web-1 labeled\n", ""));
    }

    #[test]
    fn lists() {
        let mut bench = bench();
        bench.check("label sts web --list", (0, "role=primary\ntier=db\n", ""));
        let all = "Listing labels for Pod./web-0:\n app=x\nListing labels for Pod./web-1:\n";
        bench.check("label pods --all --list", (0, all, ""));
        bench.check(
            "label sts --all --list",
            (0, "Listing labels for StatefulSet.apps/web:\n role=primary\n tier=db\n", ""),
        );
        assert!(bench.api.requests.iter().all(|r| !r.writes()));
    }
}
