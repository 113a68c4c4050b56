//! What `kubectl run -i` does after it has made its Pod: it waits until that runs, and joins the person to its container
//! (`k8s.io/kubectl/pkg/cmd/run/run.go` `handleAttachPod`, `pkg/cmd/attach/attach.go`). No program of an image runs here:
//! what the person meets is the lab's own shell, or the words that the container was given.

use std::io::Read;

use serde_json::Value;

use super::error::{CmdError, message};
use super::flags::Parsed;
use super::in_pod::word;
use super::io::Io;
use super::until::{change, deadline};
use crate::apiserver::api::{Container, ExecError, Streams};
use crate::apiserver::{Api, Request};
use crate::resource::Kind;

/// Joins the person to the Pod that a `kubectl run` has made, and with `--rm` deletes it when they leave.
pub fn after_run(line: &Parsed, pod: &Value, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let (namespace, name) = (word(&pod["metadata"]["namespace"]), word(&pod["metadata"]["name"]));
    let joined = join(line, namespace, name, api, io);
    if line.bool("rm") {
        let words = ["pod", name, "-n", namespace].map(str::to_string);
        super::delete::run(&words, api, io)?;
    }
    match joined? {
        0 => Ok(()),
        code => Err(CmdError::Verbatim(format!("pod {namespace}/{name} terminated (Error)\n"), code)),
    }
}

/// Returns the exit code of what ran.
fn join(line: &Parsed, namespace: &str, name: &str, api: &mut dyn Api, io: &mut Io<'_>) -> Result<i32, CmdError> {
    let limit = deadline(api, line.duration("pod-running-timeout"));
    loop {
        let pod = api.send(Request::get(Kind::Pod, namespace, name))?.object;
        match word(&pod["status"]["phase"]) {
            "Running" => break,
            "Succeeded" | "Failed" => return Ok(0),
            _ => change(api, limit, || message("timed out waiting for the condition"))?,
        }
    }
    let tty = line.bool("tty") && io.terminal;
    if line.bool("tty") && !tty && !line.bool("quiet") {
        io.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    }
    if !line.bool("quiet") {
        io.err(
            "All commands and output from this session will be recorded in container logs, including credentials and \
             sensitive information passed through the command prompt.\n\
             If you don't see a command prompt, try pressing enter.\n",
        );
    }
    let words: &[String] = line.args.get(1..).unwrap_or_default();
    let shell = ["sh".to_string()];
    let command = if words.is_empty() { &shell } else { words };
    let Io { stdin: input, stdout, stderr, .. } = io;
    let stdin: Option<&mut dyn Read> = if line.bool("stdin") { Some(input) } else { None };
    let mut streams = Streams { stdin, stdout, stderr, tty };
    match api.exec(Container { namespace, pod: name, container: name }, command, &mut streams) {
        Ok(code) => Ok(code),
        Err(ExecError::Status(status)) => Err(status.into()),
        Err(ExecError::Kubelet(why)) => Err(message(format!("unable to upgrade connection: {why}"))),
    }
}
