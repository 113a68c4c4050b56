//! `kubectl exec` (`k8s.io/kubectl/pkg/cmd/exec`).

use std::io::Read;

use super::error::{CmdError, message, usage};
use super::flags::{Command, FILENAME, Flag};
use super::in_pod::{container, object, pods_of, word};
use super::io::Io;
use super::resource::FilenameOptions;
use crate::apiserver::Api;
use crate::apiserver::api::{Container, ExecError, Streams};

static EXEC: Command = Command {
    path: "kubectl exec",
    usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    about: "Execute a command in a container: the lab's own shell and commands, on the container's files.\n\n\
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

/// `kubectl exec`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
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
    let info = object(&line, resource, api, io, "cannot exec into multiple objects at a time")?;
    let pod = pods_of(&info, "cannot attach to", &line, api, io)?.swap_remove(0);
    let phase = word(&pod["status"]["phase"]);
    if matches!(phase, "Succeeded" | "Failed") {
        let text = format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(message(text));
    }
    let quiet = line.bool("quiet");
    let container = container(&pod, line.str("container"), quiet, io)?;
    let stdin = line.bool("stdin");
    let tty = stdin && line.bool("tty") && io.terminal;
    if stdin && line.bool("tty") && !tty && !quiet {
        io.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    }
    let (namespace, pod) = (word(&pod["metadata"]["namespace"]), word(&pod["metadata"]["name"]));
    let of = Container { namespace, pod, container: &container };
    let Io { stdin: input, stdout, stderr, .. } = io;
    let stdin: Option<&mut dyn Read> = if stdin { Some(input) } else { None };
    let mut streams = Streams { stdin, stdout, stderr, tty };
    match api.exec(of, command, &mut streams) {
        Ok(0) => Ok(()),
        Ok(code) => Err(CmdError::Verbatim(format!("command terminated with exit code {code}"), code)),
        Err(ExecError::Status(status)) => Err(status.into()),
        Err(ExecError::Kubelet(why)) => Err(message(format!("unable to upgrade connection: {why}"))),
    }
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
        refused("exec x -- hostname", "Error from server (NotFound): pods \"x\" not found");
        refused("exec a -c x -- y", "error: container x is not valid for pod a out of: c, i (init)");
        refused("exec cm/m -- x", "error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented");
        let completed = "error: cannot exec into a container in a completed pod; current phase is Succeeded";
        refused("exec d -- x", completed);
        refused("exec a --", "error: you must specify at least one command for the container");
        refused("exec", "error: pod, type/name or --filename must be specified");
        let old = "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n\
                   See 'kubectl exec -h' for help and examples";
        refused("exec a ls", old);
        let kubelet = "Defaulted container \"c\" out of: c, i (init)\nerror: unable to upgrade connection: no kubelet is \
                       behind this API server";
        refused("exec a -- ls", kubelet);
    }
}
