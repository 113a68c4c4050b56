//! `kubectl patch`: changes objects by a strategic merge, JSON merge, or JSON patch (`k8s.io/kubectl/pkg/cmd/patch`).

use serde_json::Value;

use super::error::{CmdError, message};
use super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SUBRESOURCE, field_manager};
use super::io::Io;
use super::printer::{DryRun, Printer};
use super::record;
use super::resource::{Builder, FilenameOptions, Info, kind_of_object, subresource};
use crate::apiserver::patch::strategic;
use crate::apiserver::{Api, Options, PatchType, Request, Subresource};
use crate::manifest::yaml_to_json;

static COMMAND: Command = Command {
    path: "kubectl patch",
    usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    about: "Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.",
    flags: &[
        RECORD,
        PRINT,
        &[
            Flag::string("patch", "The patch to be applied to the resource, JSON or YAML").short('p'),
            Flag::string("patch-file", "A file containing a patch to be applied to the resource"),
            Flag::string("type", "The type of the patch: json, merge or strategic").default("strategic"),
        ],
        DRY_RUN,
        FILENAME,
        &[Flag::bool("local", "Patch the content of the file, not the object on the server")],
        &[field_manager("kubectl-patch")],
        SUBRESOURCE,
    ],
    required: &[],
};

/// What to do with each object.
struct Job<'a> {
    line: &'a Parsed,
    dry_run: DryRun,
    patch_type: PatchType,
    patch: Value,
    subresource: Option<Subresource>,
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let patch_type = validate(&line, dry_run)?;
    let patch = read_patch(&line, io)?;
    let part = subresource(&line)?;
    let job = Job { line: &line, dry_run, patch_type, patch, subresource: part };
    let resources = Builder::for_line(&line)
        .continue_on_error()
        .local(line.bool("local"))
        .filenames(line.namespace_given(), &FilenameOptions::of(&line), io)
        .subresource(part)
        .type_or_name_args(false, &line.args)
        .flatten()
        .build();
    resources.check()?;
    let mut count = 0;
    resources.visit(api, io, &mut |info, api, io| {
        count += 1;
        job.patch_one(&info, api, io)
    })?;
    if count == 0 {
        return Err(message("no objects passed to patch"));
    }
    Ok(())
}

/// Checks the flags against each other, and says which type of patch they mean.
fn validate(line: &Parsed, dry_run: DryRun) -> Result<PatchType, CmdError> {
    let (text, file) = (line.str("patch"), line.str("patch-file"));
    if !text.is_empty() && !file.is_empty() {
        return Err(message("cannot specify --patch and --patch-file together"));
    }
    if text.is_empty() && file.is_empty() {
        return Err(message("must specify --patch or --patch-file containing the contents of the patch"));
    }
    if line.bool("local") && !line.args.is_empty() {
        return Err(message("cannot specify --local and server resources"));
    }
    if line.bool("local") && dry_run.is_server() {
        let why = "cannot specify --local and --dry-run=server - did you mean --dry-run=client?";
        return Err(message(why));
    }
    let word = line.str("type");
    match word.to_lowercase().as_str() {
        "strategic" | "" => Ok(PatchType::Strategic),
        "merge" => Ok(PatchType::Merge),
        "json" => Ok(PatchType::Json),
        _ => Err(message(format!("--type must be one of [json merge strategic], not {word:?}"))),
    }
}

fn read_patch(line: &Parsed, io: &Io<'_>) -> Result<Value, CmdError> {
    let (text, file) = (line.str("patch"), line.str("patch-file"));
    let read;
    let source = if file.is_empty() {
        text
    } else {
        let bytes = std::fs::read(io.path(file)).map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => format!("open {file}: no such file or directory"),
                std::io::ErrorKind::PermissionDenied => format!("open {file}: permission denied"),
                std::io::ErrorKind::IsADirectory => format!("read {file}: is a directory"),
                _ => format!("open {file}: {error}"),
            };
            message(format!("unable to read patch file: {why}"))
        })?;
        read = String::from_utf8_lossy(&bytes).into_owned();
        &read
    };
    yaml_to_json(source).map_err(|why| message(format!("unable to parse {}: {why}", super::print::go::quote(text))))
}

impl Job<'_> {
    fn patch_one(&self, info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let patched = if self.line.bool("local") || self.dry_run == DryRun::Client {
            self.patched_here(&info.object)?
        } else {
            self.patched_there(info, api, io)?
        };
        let operation = if patched == info.object { "patched (no change)" } else { "patched" };
        let patched = self.recorded(info, patched, api, io)?;
        // Upstream sets the operation after the dry run's suffix was put behind it, so that the suffix is lost.
        Printer::of(self.line, io)?.print(&patched, operation, io)
    }

    fn request(&self, info: &Info, patch_type: PatchType, patch: Value) -> Result<Request, CmdError> {
        let options = Options {
            dry_run: self.dry_run.is_server(),
            field_manager: Some(self.line.str("field-manager").to_string()),
            ..Options::default()
        };
        let request = Request::patch(info.kind()?, &info.namespace, &info.name, patch_type, patch).with(options);
        Ok(match self.subresource {
            Some(part) => request.subresource(part),
            None => request,
        })
    }

    fn patched_there(&self, info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
        let request = self.request(info, self.patch_type, self.patch.clone())?;
        Ok(io.send(api, request)?.object)
    }

    fn recorded(&self, info: &Info, patched: Value, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
        if self.line.bool("local") || self.dry_run == DryRun::Client {
            return Ok(patched);
        }
        let Some(patch) = record::merge_patch(self.line, &patched) else { return Ok(patched) };
        let request = self.request(info, PatchType::Merge, patch)?;
        Ok(io.send(api, request).map_or(patched, |response| response.object))
    }

    /// `--dry-run=client` and `--local`: the patch applied without the server.
    fn patched_here(&self, object: &Value) -> Result<Value, CmdError> {
        match self.patch_type {
            PatchType::Strategic => {
                let kind = kind_of_object(object)?;
                strategic(kind, object, &self.patch).map_err(|why| message(why.to_string()))
            }
            PatchType::Merge => {
                if !self.patch.is_object() {
                    return Err(message("Invalid JSON Patch"));
                }
                let mut patched = object.clone();
                json_patch::merge(&mut patched, &self.patch);
                Ok(patched)
            }
            PatchType::Json => {
                let operations: json_patch::Patch =
                    serde_json::from_value(self.patch.clone()).map_err(|why| message(why.to_string()))?;
                let mut patched = object.clone();
                json_patch::patch(&mut patched, &operations).map_err(|why| message(why.to_string()))?;
                Ok(patched)
            }
            PatchType::Apply => Err(message("the server alone can apply")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Bench, Fake};
    use super::*;
    use crate::apiserver::Verb;

    fn bench() -> Bench {
        Bench::new(Fake::with(&[
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {replicas: 3}}",
        ]))
        .file("patch.yaml", "spec:\n  replicas: 4\n")
        .file("web.yaml", "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\n")
    }

    #[test]
    fn wrong_command_lines() {
        let check = |line: &str, why: &str| bench().check(line, (1, "", &format!("{why}\n")));
        check("patch sts web", "error: must specify --patch or --patch-file containing the contents of the patch");
        check("patch sts web -p {} --patch-file=patch.yaml", "error: cannot specify --patch and --patch-file together");
        check("patch sts web -p {} --type=x", "error: --type must be one of [json merge strategic], not \"x\"");
        check(
            "patch sts web -p {\"a\":",
            "error: unable to parse \"{\\\"a\\\":\": yaml: line 1: did not find expected node content",
        );
        let file = "error: unable to read patch file: open no.yaml: no such file or directory";
        check("patch sts web --patch-file=no.yaml", file);
        check("patch --local sts web -p {}", "error: cannot specify --local and server resources");
        check("patch sts nope -p {}", "Error from server (NotFound): statefulsets.apps \"nope\" not found");
        let part = "error: this lab does not model the subresource \"nope\" yet";
        check("patch sts web -p {} --subresource=nope", part);
    }

    #[test]
    fn sends_the_patch_as_it_is() {
        let mut bench = bench();
        let changed = "statefulset.apps/web patched\n";
        bench.check("patch sts web -p {\"spec\":{\"replicas\":1}}", (0, changed, ""));
        let request = bench.api.requests.last().unwrap();
        assert_eq!(request.verb, Verb::Patch(PatchType::Strategic));
        assert_eq!(request.body, json!({"spec": {"replicas": 1}}));
        assert_eq!(request.options.field_manager.as_deref(), Some("kubectl-patch"));
        let same = "statefulset.apps/web patched (no change)\n";
        bench.check("patch sts web --type=merge -p {\"spec\":{\"replicas\":1}}", (0, same, ""));
        bench.check("patch sts web --patch-file=patch.yaml", (0, changed, ""));
        let replace = "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":7}]";
        bench.check(&format!("patch sts web --type=json -p={replace}"), (0, changed, ""));
        assert_eq!(bench.api.requests.last().unwrap().verb, Verb::Patch(PatchType::Json));
        bench.check("patch sts web --subresource=scale --type=merge -p {\"spec\":{\"replicas\":2}}", (0, changed, ""));
        assert_eq!(bench.api.requests.last().unwrap().subresource, Some(Subresource::Scale));
    }

    #[test]
    fn dry_runs_do_not_say_so() {
        let mut bench = bench();
        let changed = "statefulset.apps/web patched\n";
        bench.check("patch sts web -p {\"spec\":{\"replicas\":1}} --dry-run=server", (0, changed, ""));
        bench.check("patch sts web -p {\"spec\":{\"replicas\":1}} --dry-run=client", (0, changed, ""));
        assert!(bench.api.requests.iter().all(|r| !r.writes()));
        let yaml = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  replicas: 1\n";
        bench.check("patch --local -f web.yaml -p {\"spec\":{\"replicas\":1}} -o yaml", (0, yaml, ""));
    }

    #[test]
    fn a_file_names_the_object_and_counts_as_its_state() {
        let mut bench = bench();
        bench.check("patch -f web.yaml -p {\"spec\":{\"replicas\":3}}", (0, "statefulset.apps/web patched\n", ""));
    }
}
