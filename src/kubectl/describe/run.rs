//! The command line of `kubectl describe`, and which objects it describes (`kubectl/pkg/cmd/describe/describe.go`).

use super::{describe, lookup};
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{ALL_NAMESPACES, CHUNK_SIZE, Command, FILENAME, Flag, Parsed, SELECTOR};
use crate::kubectl::io::Io;
use crate::kubectl::resource::{Builder, FilenameOptions, Info};

static COMMAND: Command = Command {
    path: "kubectl describe",
    usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    about: "Show details of a specific resource or group of resources.",
    flags: &[FILENAME, SELECTOR, ALL_NAMESPACES, SHOW_EVENTS, CHUNK_SIZE],
    required: &[],
};

static SHOW_EVENTS: &[Flag] = &[Flag::bool("show-events", "Show the Events of a single object").default("true")];

/// `kubectl describe`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let files = FilenameOptions::of(&line);
    if line.args.is_empty() && files.is_empty() {
        return Err(message(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n",
        ));
    }
    let all_namespaces = line.bool("all-namespaces");
    let resources = Builder::for_line(&line)
        .continue_on_error()
        .all_namespaces(all_namespaces)
        .filenames(line.namespace_given() && !all_namespaces, &files, io)
        .label_selector(line.str("selector"))
        .type_or_name_args(true, &line.args)
        .flatten()
        .build();
    resources.check()?;
    let (infos, outcome) = resources.infos(api, io);
    let one = outcome.is_ok() && infos.len() <= 1;
    let show_events = line.bool("show-events") && (one || line.changed("show-events"));
    let mut errors = Vec::new();
    if let Err(error) = outcome {
        if let (true, [resource, prefix]) = (error.is_not_found(), line.args.as_slice()) {
            return by_prefix(&line, (resource, prefix), error, show_events, api, io);
        }
        errors.push(error);
    }
    if infos.is_empty() && errors.is_empty() {
        let place = if all_namespaces { String::new() } else { format!(" in {} namespace.", line.namespace()) };
        io.err(format_args!("No resources found{place}\n"));
    }
    errors.extend(each(&infos, show_events, api, io));
    CmdError::aggregate(errors)
}

/// Describes the objects with two empty lines between them; returns what failed, each text once.
fn each(infos: &[Info], show_events: bool, api: &mut dyn Api, io: &mut Io<'_>) -> Vec<CmdError> {
    let mut errors: Vec<CmdError> = Vec::new();
    let mut first = true;
    for info in infos {
        match one(info, show_events, api) {
            Ok(text) => {
                io.out(if first { "" } else { "\n\n" });
                io.out(text);
                first = false;
            }
            Err(error) if errors.iter().any(|e| e.to_string() == error.to_string()) => {}
            Err(error) => errors.push(error),
        }
    }
    errors
}

/// Describes an object as it is on the server, even if it came from a file.
fn one(info: &Info, show_events: bool, api: &mut dyn Api) -> Result<String, CmdError> {
    let kind = info.kind()?;
    let object = lookup::get(api, kind, &info.namespace, &info.name)?;
    describe(api, kind, &object, show_events)
}

/// Describes the objects whose names begin with `prefix`, none having this very name; `missing` if there are none.
fn by_prefix(
    line: &Parsed,
    (resource, prefix): (&String, &str),
    missing: CmdError,
    show_events: bool,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let resources = Builder::for_line(line)
        .type_or_name_args(true, std::slice::from_ref(resource))
        .single_resource_type()
        .flatten()
        .build();
    let (infos, outcome) = resources.infos(api, io);
    outcome?;
    let mut found = false;
    for info in infos.iter().filter(|info| info.name.starts_with(prefix)) {
        found = true;
        let text = one(info, show_events, api)?;
        io.out(text + "\n");
    }
    if found { Ok(()) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, Fake, Outcome};

    const ONE: &str = "Name:         one
Namespace:    default
Labels:       app=x
Annotations:  <none>

Type:  Opaque

Data
====
";

    fn bench() -> Bench {
        let secret = |name: &str, label: &str| {
            format!(
                "{{apiVersion: v1, kind: Secret, metadata: {{name: {name}, labels: {{app: {label}}}}}, type: Opaque}}"
            )
        };
        let account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: default}}";
        let bench = Bench::new(Fake::with(&[&secret("one", "x"), &secret("only", "y"), account]));
        bench
            .file("one.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: one}}")
            .file("gone.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: gone}}")
    }

    #[track_caller]
    fn check(line: &str, expect: Outcome<'_>) {
        bench().check(line, expect);
    }

    fn only() -> String {
        ONE.replace(" one\n", " only\n").replace("app=x", "app=y")
    }

    const GONE: &str = "Error from server (NotFound): secrets \"gone\" not found\n";

    #[test]
    fn objects_by_name_label_and_file() {
        let both = format!("{ONE}\n\n{}", only());
        check("describe secret one", (0, ONE, ""));
        check("describe secrets/one secrets/only", (0, &both, ""));
        check("describe secrets", (0, &both, ""));
        check("describe secrets -l app=y", (0, &only(), ""));
        check("describe -f one.yaml", (0, ONE, ""));
        check("describe -f gone.yaml", (1, "", GONE));
    }

    #[test]
    fn a_name_that_is_not_there_is_a_prefix() {
        check("describe secret on", (0, &format!("{ONE}\n{}\n", only()), ""));
        check("describe secret onl", (0, &(only() + "\n"), ""));
        check("describe secret gone", (1, "", GONE));
        check("describe secret/on", (1, "", &GONE.replace("gone", "on")));
        check("describe secret one gone", (1, ONE, GONE));
        check("describe secret/one secret/gone", (1, "", GONE));
    }

    #[test]
    fn events_of_a_single_object_only() {
        let robot = "Name:                robot\nNamespace:           default\nLabels:              <none>\n\
                     Annotations:         <none>\nImage pull secrets:  <none>\n";
        let events = "Events:              <none>\n";
        check("describe sa robot", (0, &format!("{robot}{events}"), ""));
        check("describe sa robot --show-events=false", (0, robot, ""));
        check("describe sa rob", (0, &format!("{robot}\n"), ""));
        check("describe sa rob --show-events", (0, &format!("{robot}{events}\n"), ""));
        check("describe sa/robot secret/one", (0, &format!("{robot}\n\n{ONE}"), ""));
    }

    #[test]
    fn nothing_to_describe() {
        check("describe pods", (0, "", "No resources found in default namespace.\n"));
        check("describe nodes -n other", (0, "", "No resources found in other namespace.\n"));
        check("describe pods,svc -A", (0, "", "No resources found\n"));
        check("describe foo", (1, "", "error: the server doesn't have a resource type \"foo\"\n"));
        check(
            "describe",
            (
                1,
                "",
                "error: You must specify the type of resource to describe. Use \"kubectl api-resources\" for a \
                 complete list of supported resources.\n",
            ),
        );
    }
}
