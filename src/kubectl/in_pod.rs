//! `kubectl logs` and `kubectl exec` as far as they go without anything that runs in containers: which Pod and container
//! is meant, and every refusal before a kubelet would be asked (`k8s.io/kubectl/pkg/cmd/{logs,exec}`).

use serde_json::Value;

use super::error::{CmdError, message, usage};
use super::flags::{Command, FILENAME, Flag, Parsed, SELECTOR};
use super::io::Io;
use super::resource::{Builder, FilenameOptions, Info};
use crate::apiserver::{Api, Options, Request};
use crate::resource::Kind;
use crate::resource::selector::Selector;

static LOGS: Command = Command {
    path: "kubectl logs",
    usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [flags]",
    about: "Print the logs for a container in a pod or specified resource. The lab's containers write none.\n\n\
            Examples:\n  # Return snapshot logs from pod nginx with only one container\n  kubectl logs nginx\n\n  \
            # Return snapshot of previous terminated ruby container logs from pod web-1\n  kubectl logs -p -c ruby web-1",
    flags: &[
        SELECTOR,
        &[
            Flag::bool("all-pods", "Of all pods of the resource"),
            Flag::bool("all-containers", "Of all containers in the pod"),
            Flag::bool("follow", "Stream the logs").short('f'),
            Flag::bool("timestamps", "Include timestamps on each line"),
            Flag::int("limit-bytes", "Maximum bytes of logs to return"),
            Flag::bool("previous", "Of the previous instance of the container").short('p'),
            Flag::int("tail", "Lines of recent log to display").default("-1"),
            Flag::bool("ignore-errors", "Go on after errors when following"),
            Flag::string("since-time", "Only logs after this time (RFC3339)"),
            Flag::duration("since", "Only logs newer than this duration"),
            Flag::string("container", "The container").short('c'),
            Flag::bool("insecure-skip-tls-verify-backend", "Skip certificate checks (accepted)"),
            Flag::duration("pod-running-timeout", "How long to wait until one pod is running").default("20s"),
            Flag::int("max-log-requests", "Maximum number of logs to follow at once").default("5"),
            Flag::bool("prefix", "Prefix each line with its source"),
        ],
    ],
    required: &[],
};

static EXEC: Command = Command {
    path: "kubectl exec",
    usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    about: "Execute a command in a container. Nothing runs in the lab's containers.\n\n\
            Examples:\n  # Get output from running the 'date' command from pod mypod\n  kubectl exec mypod -- date",
    flags: &[
        FILENAME,
        &[
            Flag::string("container", "The container").short('c'),
            Flag::bool("stdin", "Pass stdin to the container").short('i'),
            Flag::bool("tty", "Stdin is a TTY").short('t'),
            Flag::bool("quiet", "Only print output from the remote session").short('q'),
            Flag::duration("pod-running-timeout", "How long to wait until one pod is running").default("1m0s"),
        ],
    ],
    required: &[],
};

const LOGS_USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required \
                          argument for the logs command";

/// `kubectl logs`.
pub fn logs(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = LOGS.parse(args, io)?;
    let selector = line.str("selector");
    let (resource, inline) = match line.args.as_slice() {
        [] if selector.is_empty() => return Err(usage(LOGS.path, LOGS_USAGE)),
        [_] if !selector.is_empty() => {
            return Err(usage(LOGS.path, "only a selector (-l) or a POD name is allowed"));
        }
        [] => (None, None),
        [resource] => (Some(resource), None),
        [resource, container] => (Some(resource), Some(container.as_str())),
        _ => return Err(usage(LOGS.path, LOGS_USAGE)),
    };
    let namespace = line.namespace();
    let Some(resource) = resource else {
        let options = Options { label_selector: Some(selector.to_string()), ..Options::default() };
        let pods = io.send(api, Request::list(Kind::Pod, Some(namespace)).with(options))?.object;
        if pods["items"].as_array().is_none_or(Vec::is_empty) {
            io.err(format_args!("No resources found in {namespace} namespace.\n"));
            return Ok(());
        }
        return Err(no_logs());
    };
    let info = object(&line, Some(resource), api, io).map_err(|error| {
        if error.is_not_found() {
            message(format!("error from server (NotFound): {error} in namespace {namespace:?}"))
        } else {
            error
        }
    })?;
    if line.changed("container") && inline.is_some() {
        return Err(message("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    let container = inline.unwrap_or(line.str("container"));
    if line.bool("all-containers") && !container.is_empty() {
        let text = format!("--all-containers=true should not be specified with container name {container}");
        return Err(message(text));
    }
    if line.int("limit-bytes") < 0 {
        return Err(message("--limit-bytes must be greater than 0"));
    }
    if line.int("tail") < -1 {
        return Err(message("--tail must be greater than or equal to -1"));
    }
    let pod = pod_of(&info, "cannot get the logs from", api, io)?;
    check_container(&pod, container)?;
    Err(no_logs())
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn no_logs() -> CmdError {
    message("this lab does not model what containers write (\"kubectl logs\") yet")
}

/// `kubectl exec`.
pub fn exec(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = EXEC.parse(args, io)?;
    let files = FilenameOptions::of(&line);
    let resource = line.args.first().filter(|_| line.before_dash != Some(0));
    let command = match line.before_dash {
        Some(at) => &line.args[at..],
        None if line.args.len() > 1 || (!line.args.is_empty() && !files.is_empty()) => {
            let text = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";
            return Err(usage(EXEC.path, text));
        }
        None => &[],
    };
    if resource.is_none() && files.is_empty() {
        return Err(message("pod, type/name or --filename must be specified"));
    }
    if command.is_empty() {
        return Err(message("you must specify at least one command for the container"));
    }
    let info = object(&line, resource, api, io)?;
    let pod = pod_of(&info, "cannot attach to", api, io)?;
    let phase = word(&pod["status"]["phase"]);
    if matches!(phase, "Succeeded" | "Failed") {
        let text = format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(message(text));
    }
    check_container(&pod, line.str("container"))?;
    Err(message("this lab does not model running commands in containers (\"kubectl exec\") yet"))
}

/// The one object that is meant.
fn object(line: &Parsed, resource: Option<&String>, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Info, CmdError> {
    let words: Vec<String> = resource.cloned().into_iter().collect();
    let builder = Builder::for_line(line)
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .resource_names("pods", &words);
    let (infos, outcome) = builder.build().infos(api, io);
    outcome?;
    match <[Info; 1]>::try_from(infos) {
        Ok([one]) => Ok(one),
        Err(_) => Err(message("expected a resource")),
    }
}

/// The Pod of an object: itself, or the first one it selects.
fn pod_of(info: &Info, doing: &str, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
    let (kind, object) = (info.kind()?, &info.object);
    let fault = |why: String| message(format!("{doing} *v1.{kind}: {why}"));
    let selector = match kind {
        Kind::Pod => return Ok(object.clone()),
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
            Selector::from_label_selector(&object["spec"]["selector"])
                .map_err(|why| fault(format!("invalid label selector: {why}")))?
        }
        Kind::Service => match object["spec"]["selector"].as_object().filter(|labels| !labels.is_empty()) {
            Some(labels) => Selector::from_set(labels),
            None => {
                let name = &info.name;
                return Err(fault(format!("invalid service '{name}': Service is defined without a selector")));
            }
        },
        _ => return Err(fault(format!("selector for *v1.{kind} not implemented"))),
    };
    let options = Options { label_selector: Some(selector.to_string()), ..Options::default() };
    let list = io.send(api, Request::list(Kind::Pod, Some(&info.namespace)).with(options))?.object;
    let first = list["items"].as_array().and_then(|pods| pods.first()).cloned();
    first.ok_or_else(|| message("timed out waiting for the condition"))
}

/// Refuses a container that the Pod has not; none given is the first.
fn check_container(pod: &Value, name: &str) -> Result<(), CmdError> {
    let of = |list: &'static str, note: &'static str| {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.map(move |container| (word(&container["name"]), note))
    };
    let all: Vec<(&str, &str)> = of("containers", "")
        .chain(of("initContainers", " (init)"))
        .chain(of("ephemeralContainers", " (ephem)"))
        .collect();
    if name.is_empty() || all.iter().any(|(own, _)| *own == name) {
        return Ok(());
    }
    let names: Vec<String> = all.iter().map(|(own, note)| format!("{own}{note}")).collect();
    let pod = word(&pod["metadata"]["name"]);
    Err(message(format!("container {name} is not valid for pod {pod} out of: {}", names.join(", "))))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, Fake};

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  initContainers:\n  - name: i\n  \
                       containers:\n  - name: c\n";
    const DONE: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: d\nstatus:\n  phase: Succeeded\n";
    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n";

    #[test]
    fn what_is_refused_before_a_container_is_asked() {
        let mut bench = Bench::new(Fake::with(&[POD, DONE, MAP]));
        let mut refused = |line: &str, why: &str| bench.check(line, (1, "", &format!("{why}\n")));
        refused("logs x", "error: error from server (NotFound): pods \"x\" not found in namespace \"default\"");
        let set = "error: error from server (NotFound): statefulsets.apps \"x\" not found in namespace \"default\"";
        refused("logs sts/x", set);
        refused("exec x -- hostname", "Error from server (NotFound): pods \"x\" not found");
        refused("logs a -c x", "error: container x is not valid for pod a out of: c, i (init)");
        refused("logs a", "error: this lab does not model what containers write (\"kubectl logs\") yet");
        refused(
            "logs cm/m",
            "error: cannot get the logs from *v1.ConfigMap: selector for *v1.ConfigMap not implemented",
        );
        refused("exec cm/m -- x", "error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented");
        let completed = "error: cannot exec into a container in a completed pod; current phase is Succeeded";
        refused("exec d -- x", completed);
        refused("exec a --", "error: you must specify at least one command for the container");
        refused("exec", "error: pod, type/name or --filename must be specified");
        let old = "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n\
                   See 'kubectl exec -h' for help and examples";
        refused("exec a ls", old);
    }
}
