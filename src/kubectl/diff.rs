//! `kubectl diff`: what applying files would change, as `diff -u -N` shows it (`k8s.io/kubectl/pkg/cmd/diff/diff.go`).
//! The comparison is the lab's own: no program is run, so `KUBECTL_EXTERNAL_DIFF` has no effect.

mod mask;
mod unified;

use serde_json::Value;

use super::apply::server_side;
use super::error::{CmdError, message, usage};
use super::flags::{Command, FILENAME, Flag, Parsed, SELECTOR, field_manager};
use super::io::Io;
use super::last_applied;
use super::resource::{Builder, FilenameOptions, Info};
use crate::apiserver::patch::three_way_strategic;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::yaml::to_yaml;
use crate::resource::{Kind, Time};

static COMMAND: Command = Command {
    path: "kubectl diff",
    usage: "-f FILENAME [flags]",
    about: "Diff configurations specified by file name or stdin between the current online configuration, and the\n\
            configuration as it would be if applied. The output is always YAML.\n\n\
            Exit status: 0 no differences were found, 1 differences were found, >1 kubectl failed with an error.\n\n\
            Examples:\n  # Diff resources included in pod.json\n  kubectl diff -f pod.json\n\n  \
            # Diff file read from stdin\n  cat service.yaml | kubectl diff -f -",
    flags: &[
        FILENAME,
        SELECTOR,
        &[
            Flag::bool("server-side", "Diff against what the server would apply"),
            Flag::bool("force-conflicts", "With --server-side, win conflicts"),
            Flag::bool("prune", "Include what pruning would delete (not modelled by the lab)"),
            Flag::array("prune-allowlist", "With --prune, of this GROUP/VERSION/KIND only"),
            Flag::bool("show-managed-fields", "Include managed fields in the diff"),
            Flag::bool("show-secrets", "Do not mask the values of Secrets"),
            Flag::int("concurrency", "Number of objects to process in parallel (accepted)").default("1"),
            field_manager("kubectl-client-side-apply"),
        ],
    ],
    required: &[],
};

/// Runs the verb. An exit code of 1 means differences, so whatever fails exits with one more than elsewhere.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    match diff(args, api, io) {
        Ok(false) => Ok(()),
        Ok(true) => Err(CmdError::Exit(1)),
        Err(help @ CmdError::Help(_)) => Err(help),
        Err(error) => {
            let (text, code) = error.report();
            Err(CmdError::Verbatim(text, code + 1))
        }
    }
}

/// Shows the differences; whether there were any.
fn diff(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<bool, CmdError> {
    let line = COMMAND.parse(args, io).map_err(|error| match error {
        CmdError::Message(text) => {
            usage(COMMAND.path, text.strip_suffix("\nSee 'kubectl diff --help' for usage.").unwrap_or(&text))
        }
        other => other,
    })?;
    if !line.args.is_empty() {
        return Err(usage(COMMAND.path, &format!("Unexpected args: [{}]", line.args.join(" "))));
    }
    let files = FilenameOptions::of(&line);
    files.require()?;
    if line.bool("force-conflicts") && !line.bool("server-side") {
        return Err(message("--force-conflicts only works with --server-side"));
    }
    if line.bool("prune") {
        return Err(message("this lab does not model \"kubectl diff --prune\" yet"));
    }
    let resources = Builder::for_line(&line)
        .filenames(line.namespace_given(), &files, io)
        .label_selector(line.str("selector"))
        .flatten()
        .build();
    let mut found: Vec<(String, String, String)> = Vec::new();
    let outcome = resources.visit(api, io, &mut |mut info, api, io| {
        let local = info.object.clone();
        let live = match info.get(api, io) {
            Ok(()) => Some(info.object.clone()),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let merged = merged(&line, &info, &local, live.as_ref(), api, io)?;
        if live.as_ref().is_some_and(|live| live["metadata"]["deletionTimestamp"].is_string()) {
            let name = &info.name;
            io.err(format_args!("Warning: Detected changes to resource {name} which is currently being deleted.\n"));
        }
        let (mut from, mut to) = (live.unwrap_or(Value::Null), merged);
        if info.kind()? == Kind::Secret && !line.bool("show-secrets") {
            mask::secrets(&mut from, &mut to);
        }
        found.push((file_name(&info)?, text(from), text(to)));
        Ok(())
    });
    outcome?;
    found.sort();
    let mut differs = false;
    for (name, from, to) in found {
        let hunks = unified::hunks(&from, &to);
        if !hunks.is_empty() {
            io.out(header(&name, api.now()) + &hunks);
            differs = true;
        }
    }
    Ok(differs)
}

/// An object as diff compares it; nothing for one that is not there.
fn text(mut object: Value) -> String {
    if object.is_null() {
        return String::new();
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    to_yaml(&object)
}

/// The object as it would be after applying.
fn merged(
    line: &Parsed,
    info: &Info,
    local: &Value,
    live: Option<&Value>,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Value, CmdError> {
    let kind = info.kind()?;
    let options =
        Options { dry_run: true, field_manager: Some(server_side::field_manager(line)), ..Options::default() };
    if line.bool("server-side") {
        let applied = Info { object: local.clone(), ..info.clone() };
        return Ok(io.send(api, server_side::request(line, &applied, options)?)?.object);
    }
    let Some(live) = live else {
        return Ok(io.send(api, Request::create(kind, &info.namespace, local.clone()).with(options))?.object);
    };
    let modified = serde_json::from_str(&last_applied::text(local)).map_err(|why| message(why.to_string()))?;
    let original = last_applied::of(live).and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let patch = three_way_strategic(kind, &original, &modified, live, true).map_err(|why| message(why.to_string()))?;
    let request = Request::patch(kind, &info.namespace, &info.name, PatchType::Strategic, patch);
    let patched = io.send(api, request.with(options));
    Ok(patched.map_err(|status| CmdError::from(status).with_source("patching", &info.source))?.object)
}

/// `apps.v1.StatefulSet.default.web`.
fn file_name(info: &Info) -> Result<String, CmdError> {
    let kind = info.kind()?.info();
    let dot = if kind.group.is_empty() { "" } else { "." };
    Ok(format!("{}{dot}{}.{}.{}.{}", kind.group, kind.version, kind.name, info.namespace, info.name))
}

/// The lines above the hunks of one file. Upstream's temporary folders have random numbers.
fn header(name: &str, now: Time) -> String {
    let stamp = now.rfc3339_micro();
    let stamp = format!("{} {}000 +0000", &stamp[..10], &stamp[11..26]);
    let (live, merged) = (format!("/tmp/LIVE-1000000000/{name}"), format!("/tmp/MERGED-2000000000/{name}"));
    format!("diff -u -N {live} {merged}\n--- {live}\t{stamp}\n+++ {merged}\t{stamp}\n")
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, Fake};

    const MAP: &str =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations: {x: z}\n  name: c\ndata:\n  a: b\n  c: d\n";
    const HEAD: &str = "diff -u -N /tmp/LIVE-1000000000/v1.ConfigMap.default.c /tmp/MERGED-2000000000/v1.ConfigMap.default.c\n\
                        --- /tmp/LIVE-1000000000/v1.ConfigMap.default.c\t2026-01-01 00:00:00.000000000 +0000\n\
                        +++ /tmp/MERGED-2000000000/v1.ConfigMap.default.c\t2026-01-01 00:00:00.000000000 +0000\n";

    fn bench() -> Bench {
        let changed = MAP.replace("a: b", "a: x");
        Bench::new(Fake::with(&[MAP]))
            .file("same.yaml", MAP)
            .file("changed.yaml", &changed)
            .file("new.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n")
    }

    #[test]
    fn differences_are_exit_code_1() {
        let mut bench = bench();
        bench.check("diff -f same.yaml", (0, "", ""));
        let hunk =
            "@@ -1,6 +1,6 @@\n apiVersion: v1\n data:\n-  a: b\n+  a: x\n   c: d\n kind: ConfigMap\n metadata:\n";
        bench.check("diff -f changed.yaml", (1, &format!("{HEAD}{hunk}"), ""));
        assert!(bench.api.requests.iter().all(|request| !request.writes()));
        let head = HEAD.replace("default.c", "default.new");
        let hunk =
            "@@ -0,0 +1,5 @@\n+apiVersion: v1\n+kind: ConfigMap\n+metadata:\n+  name: new\n+  namespace: default\n";
        bench.check("diff -f new.yaml", (1, &format!("{head}{hunk}"), ""));
    }

    #[test]
    fn failures_are_exit_code_2() {
        let mut bench = bench();
        bench.check("diff", (2, "", "error: must specify one of -f and -k\n"));
        let flag = "error: unknown flag: --nope\nSee 'kubectl diff -h' for help and examples\n";
        bench.check("diff --nope", (2, "", flag));
        bench.check("diff -f gone.yaml", (2, "", "error: the path \"gone.yaml\" does not exist\n"));
        let conflicts = "error: --force-conflicts only works with --server-side\n";
        bench.check("diff -f same.yaml --force-conflicts", (2, "", conflicts));
    }
}
