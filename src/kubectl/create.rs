//! `kubectl create -f` (`k8s.io/kubectl/pkg/cmd/create/create.go`), and below it the words that make an object from
//! flags (`create configmap ...`), one file each.

mod configmap;
mod deployment;
mod generators;
mod ingress;
mod policy;
mod secret;
mod service;
mod simple;
mod sources;

use serde_json::Value;

use super::error::{CmdError, message, usage};
use super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, RECORD, SAVE_CONFIG, SELECTOR, VALIDATE, field_manager};
use super::io::Io;
use super::last_applied;
use super::printer::{DryRun, Printer, field_validation};
use super::record::record;
use super::resource::{Builder, FilenameOptions, Info};
use crate::apiserver::defaults::base64;
use crate::apiserver::{Api, FieldValidation, Options, Request};

static COMMAND: Command = Command {
    path: "kubectl create",
    usage: "-f FILENAME [flags]",
    about: "Create a resource from a file or from stdin.\n\nExamples:\n  \
            # Create a pod using the data in pod.yaml\n  kubectl create -f ./pod.yaml\n\n  \
            # Create a pod based on the YAML passed into stdin\n  cat pod.yaml | kubectl create -f -\n\n\
            Available Commands:\n  configmap, deployment, ingress, namespace, poddisruptionbudget, priorityclass, quota, secret,\n  \
            service, serviceaccount: see kubectl create COMMAND --help",
    flags: &[
        FILENAME,
        VALIDATE,
        SAVE_CONFIG,
        DRY_RUN,
        SELECTOR,
        PRINT,
        RECORD,
        &[
            Flag::bool("edit", "Edit the resource before creating it (not modelled by the lab)"),
            Flag::bool("windows-line-endings", "Only with --edit"),
            Flag::string("raw", "URI to POST to (not modelled by the lab)"),
            field_manager("kubectl-create"),
        ],
    ],
    required: &[],
};

/// What a verb that writes tells the server with each write.
#[derive(Clone, Debug)]
pub struct Writing {
    /// How far the write goes.
    pub dry_run: DryRun,
    /// The manager of the fields.
    pub field_manager: String,
    /// What becomes of unknown fields.
    pub field_validation: FieldValidation,
}

impl Writing {
    /// The options of a request.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            dry_run: self.dry_run.is_server(),
            field_manager: Some(self.field_manager.clone()),
            field_validation: Some(self.field_validation),
            ..Options::default()
        }
    }

    /// Creates an object, without the resource version it may carry.
    pub fn create(&self, info: &Info, object: &Value, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
        let mut body = object.clone();
        if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
        }
        let request = Request::create(info.kind()?, &info.namespace, body).with(self.options());
        Ok(io.send(api, request)?.object)
    }
}

/// Whether a word below `create` means a generator, not a file.
#[must_use]
pub fn is_generator(word: &str) -> bool {
    generators::find(word).is_some()
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    if let Some((at, word)) = super::verbs::first_word(args, &COMMAND)
        && let Some(generator) = generators::find(word)
    {
        return generator?(&[&args[..at], &args[at + 1..]].concat(), api, io);
    }
    let line = COMMAND.parse(args, io)?;
    if !line.args.is_empty() {
        return Err(usage(COMMAND.path, &format!("Unexpected args: [{}]", line.args.join(" "))));
    }
    let writing = Writing {
        dry_run: DryRun::of(&line, api, io)?,
        field_manager: line.str("field-manager").to_string(),
        field_validation: field_validation(&line)?,
    };
    let mut printer = Printer::of(&line, io)?.dry_run(writing.dry_run);
    let files = FilenameOptions::of(&line);
    files.require()?;
    if !line.str("raw").is_empty() || line.bool("edit") {
        let flag = if line.bool("edit") { "edit" } else { "raw" };
        return Err(message(format!("this lab does not model --{flag} yet")));
    }
    let resources = Builder::for_line(&line)
        .schema(writing.field_validation != FieldValidation::Ignore)
        .continue_on_error()
        .filenames(line.namespace_given(), &files, io)
        .label_selector(line.str("selector"))
        .flatten()
        .build();
    let mut count = 0;
    resources.visit(api, io, &mut |mut info, api, io| {
        last_applied::create_or_update(line.bool("save-config"), &mut info.object);
        record(&line, &mut info.object);
        if writing.dry_run != DryRun::Client {
            let created = writing.create(&info, &info.object, api, io);
            info.refresh(created.map_err(|e| e.with_source("creating", &info.source))?);
        }
        count += 1;
        printer.print(&info.object, "created", io)
    })?;
    if count == 0 { Err(message("no objects passed to create")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\napiVersion: apps/v1\n\
                       kind: StatefulSet\nmetadata:\n  name: web\n  resourceVersion: '7'\n";

    #[test]
    fn creating_and_creating_again() {
        let mut bench = Bench::default().file("web.yaml", WEB);
        bench.check("create -f web.yaml", (0, "service/web created\nstatefulset.apps/web created\n", ""));
        assert!(bench.api.requests[1].body["metadata"]["resourceVersion"].is_null());
        let exists = "Error from server (AlreadyExists): error when creating \"web.yaml\": services \"web\" already exists\n\
                      Error from server (AlreadyExists): error when creating \"web.yaml\": statefulsets.apps \"web\" \
                      already exists\n";
        bench.check("create -f web.yaml", (1, "", exists));
    }

    #[test]
    fn ways_of_creating() {
        let mut bench = Bench::default().file("web.yaml", WEB).file("none.yaml", "# nothing\n");
        bench.check("create -f none.yaml", (1, "", "error: no objects passed to create\n"));
        bench.check("create", (1, "", "error: must specify one of -f and -k\n"));
        bench.check("create -f nope.yaml", (1, "", "error: the path \"nope.yaml\" does not exist\n"));
        bench.check("create -f web.yaml -o name --dry-run=server", (0, "service/web\nstatefulset.apps/web\n", ""));
        assert!(bench.api.requests.iter().all(|r| r.options.dry_run), "{:?}", bench.api.requests);
        bench.api.requests.clear();
        let dry = "service/web created (dry run)\nstatefulset.apps/web created (dry run)\n";
        bench.check("create -f web.yaml --dry-run=client", (0, dry, ""));
        assert!(bench.api.requests.is_empty());
        let unexpected = "error: Unexpected args: [pod x]\nSee 'kubectl create -h' for help and examples\n";
        bench.check("create pod x", (1, "", unexpected));
        let flag = "error: unknown flag: --image\nSee 'kubectl create --help' for usage.\n";
        bench.check("create statefulset s --image=nginx", (1, "", flag));
        let later = "error: this lab does not model \"kubectl create job\"; \"kubectl run NAME --image=IMAGE --restart=Never\" \
                     runs a container once\n";
        bench.check("create job j --image=x", (1, "", later));
        let roles = "error: this lab does not model \"kubectl create role\"; its one user may do everything, and nobody asks \
                     for roles: \"kubectl auth can-i --list\"\n";
        bench.check("create role r --verb=get --resource=pods", (1, "", roles));
    }

    #[test]
    fn forms_of_output() {
        let mut bench = Bench::default().file("web.yaml", WEB);
        bench.check("create -f web.yaml --dry-run=client -o jsonpath={.kind},", (0, "Service,StatefulSet,", ""));
        let nope = "error: unable to match a printer suitable for the output format \"nope\", allowed formats are: \
                    go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
                    templatefile,yaml\n";
        bench.check("create -f web.yaml -o nope", (1, "", nope));
        bench.api.warnings.push("careful".into());
        let lines = "service/web created\nstatefulset.apps/web created\n";
        let errors = "Warning: careful\nerror: 1 warning received\n";
        bench.check("create -f web.yaml --warnings-as-errors", (1, lines, errors));
    }

    #[test]
    fn the_configuration_is_saved_on_demand() {
        let mut bench = Bench::default().file("web.yaml", WEB);
        bench.api.warnings.push("careful".into());
        let lines = "service/web created\nstatefulset.apps/web created\n";
        bench.check("create -f web.yaml --save-config", (0, lines, "Warning: careful\n"));
        let saved = "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"annotations\":{},\"name\":\"web\",\
                     \"namespace\":\"default\"}}\n";
        let body = &bench.api.requests[0].body;
        assert_eq!(body["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"], saved);
    }
}
