//! `kubectl logs` (`k8s.io/kubectl/pkg/cmd/logs`, `pkg/polymorphichelpers/logsforobject.go`). With `--follow` the time of
//! the lab would have to run: what there is now is shown, and that is said.

use std::time::Duration;

use serde_json::Value;

use super::error::{CmdError, message, usage};
use super::flags::{Command, Flag, Parsed, SELECTOR};
use super::in_pod::{container, list, object, pods_of, word};
use super::io::Io;
use crate::apiserver::Api;
use crate::apiserver::api::{Container, LogOptions};
use crate::resource::Time;

static LOGS: Command = Command {
    path: "kubectl logs",
    usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [flags]",
    about: "Print the logs for a container in a pod or specified resource: what its command wrote, as far as \
            the lab's shell understands it.\n\n\
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

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required \
                     argument for the logs command";
/// Lines that are shown of each Pod of a selector.
const SELECTOR_TAIL: u64 = 10;

/// `kubectl logs`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = LOGS.parse(args, io)?;
    let selector = line.str("selector");
    let (resource, inline) = match line.args.as_slice() {
        [] if selector.is_empty() => return Err(usage(LOGS.path, USAGE)),
        [_] if !selector.is_empty() => {
            return Err(usage(LOGS.path, "only a selector (-l) or a POD name is allowed"));
        }
        [] => (None, ""),
        [resource] => (Some(resource), ""),
        [resource, container] => (Some(resource), container.as_str()),
        _ => return Err(usage(LOGS.path, USAGE)),
    };
    let options = options(&line, api.now())?;
    let namespace = line.namespace().to_string();
    let info = match resource {
        None => None,
        Some(resource) => Some(object(&line, Some(resource), api, io, "expected a resource").map_err(|error| {
            if error.is_not_found() {
                message(format!("error from server (NotFound): {error} in namespace {namespace:?}"))
            } else {
                error
            }
        })?),
    };
    let named = if inline.is_empty() { line.str("container") } else { inline };
    validate(&line, named, !inline.is_empty())?;
    let pods = match &info {
        None => {
            let pods = list(&namespace, selector, api, io)?;
            if pods.is_empty() {
                io.err(format_args!("No resources found in {namespace} namespace.\n"));
            }
            pods
        }
        Some(info) => {
            let mut pods = pods_of(info, "cannot get the logs from", &line, api, io)?;
            if pods.len() > 1 && !line.bool("all-pods") {
                let name = word(&pods[0]["metadata"]["name"]);
                io.err(format_args!("Found {} pods, using pod/{name}\n", pods.len()));
                pods.truncate(1);
            }
            pods
        }
    };
    show(&line, &pods, named, options, api, io)
}

fn options(line: &Parsed, now: Time) -> Result<LogOptions, CmdError> {
    let since_time = line.str("since-time");
    let since = line.duration("since");
    if !since_time.is_empty() && !since.is_zero() {
        return Err(message("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    if since.is_negative() {
        return Err(message("--since must be greater than 0"));
    }
    let since = match since_time {
        "" if since.is_zero() => None,
        "" => Some(now - Duration::from_secs(since.as_secs().unsigned_abs())),
        text => Some(Time::parse(text).ok_or_else(|| {
            message(format!(
                "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
            ))
        })?),
    };
    let tail = u64::try_from(line.int("tail")).ok();
    let by_selector = !line.str("selector").is_empty() && !line.changed("tail");
    Ok(LogOptions {
        previous: line.bool("previous"),
        timestamps: line.bool("timestamps"),
        tail: if by_selector { Some(SELECTOR_TAIL) } else { tail },
        limit_bytes: u64::try_from(line.int("limit-bytes")).ok().filter(|limit| *limit > 0),
        since,
    })
}

fn validate(line: &Parsed, named: &str, inline: bool) -> Result<(), CmdError> {
    if line.bool("all-containers") && !named.is_empty() {
        let text = format!("--all-containers=true should not be specified with container name {named}");
        return Err(message(text));
    }
    if line.changed("container") && inline {
        return Err(message("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    if line.int("limit-bytes") < 0 {
        return Err(message("--limit-bytes must be greater than 0"));
    }
    if line.int("tail") < -1 {
        return Err(message("--tail must be greater than or equal to -1"));
    }
    Ok(())
}

/// The containers of a Pod that are asked for.
fn wanted(line: &Parsed, pod: &Value, named: &str, io: &mut Io<'_>) -> Result<Vec<String>, CmdError> {
    if !line.bool("all-containers") {
        return Ok(vec![container(pod, named, line.bool("all-pods"), io)?]);
    }
    let names = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    let names = names.flat_map(|list| pod["spec"][list].as_array().into_iter().flatten());
    Ok(names.map(|container| word(&container["name"]).to_string()).collect())
}

fn show(
    line: &Parsed,
    pods: &[Value],
    named: &str,
    options: LogOptions,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let mut sources = Vec::new();
    for pod in pods {
        let names = wanted(line, pod, named, io)?;
        sources.extend(names.into_iter().map(|name| (pod, name)));
    }
    let (count, limit) = (sources.len() as i64, line.int("max-log-requests"));
    if line.bool("follow") && count > 1 && count > limit {
        return Err(message(format!(
            "you are attempting to follow {count} log streams, but maximum allowed concurrency is {limit}, use \
             --max-log-requests to increase the limit"
        )));
    }
    for (pod, container) in sources {
        let (namespace, name) = (word(&pod["metadata"]["namespace"]), word(&pod["metadata"]["name"]));
        let log = match api.log(Container { namespace, pod: name, container: &container }, options) {
            Ok(log) => log,
            Err(status) if line.bool("ignore-errors") => {
                io.out(format_args!("error: {}\n", status.message));
                continue;
            }
            Err(status) => return Err(status.into()),
        };
        let prefix = line.bool("prefix") || line.bool("all-pods");
        let prefix = if prefix { format!("[pod/{name}/{container}] ") } else { String::new() };
        for text in log.text.split_inclusive('\n') {
            io.out(format_args!("{prefix}{text}"));
        }
        if let Some(remark) = log.remark {
            io.err(format_args!("sts-lab: container {container} of Pod {name}: {remark}\n"));
        }
    }
    if line.bool("follow") {
        io.err("sts-lab: that is all until now; `sts-lab settle --for 60` lets a minute pass\n");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, Fake};

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  initContainers:\n  - name: i\n  \
                       containers:\n  - name: c\n";
    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n";

    #[test]
    fn what_is_refused_before_a_container_is_asked() {
        let mut bench = Bench::new(Fake::with(&[POD, MAP]));
        let mut refused = |line: &str, why: &str| bench.check(line, (1, "", &format!("{why}\n")));
        refused("logs x", "error: error from server (NotFound): pods \"x\" not found in namespace \"default\"");
        let set = "error: error from server (NotFound): statefulsets.apps \"x\" not found in namespace \"default\"";
        refused("logs sts/x", set);
        refused("logs a -c x", "error: container x is not valid for pod a out of: c, i (init)");
        refused(
            "logs cm/m",
            "error: cannot get the logs from *v1.ConfigMap: selector for *v1.ConfigMap not implemented",
        );
        refused("logs a c -c c", "error: only one of -c or an inline [CONTAINER] arg is allowed");
        refused("logs a --tail=-2", "error: --tail must be greater than or equal to -1");
        refused(
            "logs a --since=1s --since-time=2026-01-01T00:00:00Z",
            "error: at most one of `sinceTime` or `sinceSeconds` may be specified",
        );
        refused(
            "logs a --all-containers -f --max-log-requests=1",
            "error: you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use \
             --max-log-requests to increase the limit",
        );
    }
}
