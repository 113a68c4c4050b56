//! Which Pod and container a command means that works in one: `exec`, `logs` (`k8s.io/kubectl/pkg/polymorphichelpers`,
//! `pkg/cmd/util/podcmd`).

use serde_json::Value;

use super::error::{CmdError, message};
use super::flags::Parsed;
use super::io::Io;
use super::resource::{Builder, FilenameOptions, Info};
use super::until::deadline;
use crate::apiserver::api::Waited;
use crate::apiserver::{Api, Options, Request};
use crate::resource::selector::Selector;
use crate::resource::{Kind, Time};

/// The container that is meant if none is named.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

pub(super) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The one object that is meant.
pub(super) fn object(
    line: &Parsed,
    resource: Option<&String>,
    api: &mut dyn Api,
    io: &mut Io<'_>,
    many: &str,
) -> Result<Info, CmdError> {
    let words: Vec<String> = resource.cloned().into_iter().collect();
    let builder = Builder::for_line(line)
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .resource_names("pods", &words);
    let (infos, outcome) = builder.build().infos(api, io);
    outcome?;
    match <[Info; 1]>::try_from(infos) {
        Ok([one]) => Ok(one),
        Err(_) => Err(message(many)),
    }
}

/// The Pods of an object, best first: itself, or those it selects. If there are none yet, it is waited for one.
pub(super) fn pods_of(
    info: &Info,
    doing: &str,
    line: &Parsed,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Vec<Value>, CmdError> {
    let (kind, object) = (info.kind()?, &info.object);
    let fault = |why: String| message(format!("{doing} *v1.{kind}: {why}"));
    let selector = match kind {
        Kind::Pod => return Ok(vec![object.clone()]),
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
    let until = deadline(api, line.duration("pod-running-timeout"));
    loop {
        let mut pods = list(&info.namespace, &selector.to_string(), api, io)?;
        pods.sort_by_key(rank);
        if !pods.is_empty() {
            return Ok(pods);
        }
        if api.wait_for_change(until) != Waited::Changed {
            return Err(message("timed out waiting for the condition"));
        }
    }
}

/// The Pods with some labels.
pub(super) fn list(
    namespace: &str,
    selector: &str,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Vec<Value>, CmdError> {
    let options = Options { label_selector: Some(selector.to_string()), ..Options::default() };
    let list = io.send(api, Request::list(Kind::Pod, Some(namespace)).with(options))?.object;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

/// Of several Pods the one that has a node, runs, is ready, and has been so for longest (`podutils`).
fn rank(pod: &Value) -> (bool, u8, bool, Option<Time>, Option<Time>) {
    let phase = match word(&pod["status"]["phase"]) {
        "Running" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().find(|c| c["type"] == "Ready" && c["status"] == "True");
    let time = |value: &Value| value.as_str().and_then(Time::parse);
    let since = ready.and_then(|condition| time(&condition["lastTransitionTime"]));
    let unassigned = word(&pod["spec"]["nodeName"]).is_empty();
    (unassigned, phase, ready.is_none(), since, time(&pod["metadata"]["creationTimestamp"]))
}

/// The container that is meant; none named is the one the Pod's annotation names, or the first, which is said.
pub(super) fn container(pod: &Value, named: &str, quiet: bool, io: &mut Io<'_>) -> Result<String, CmdError> {
    let all = containers(pod);
    let name = if named.is_empty() { word(&pod["metadata"]["annotations"][DEFAULT_CONTAINER]) } else { named };
    let names: Vec<String> = all.iter().map(|(own, note)| format!("{own}{note}")).collect();
    let names = names.join(", ");
    if name.is_empty() {
        let first = all.first().map(|(own, _)| (*own).to_string()).unwrap_or_default();
        if all.len() > 1 && !quiet {
            io.err(format_args!("Defaulted container {first:?} out of: {names}\n"));
        }
        return Ok(first);
    }
    if all.iter().any(|(own, _)| *own == name) {
        return Ok(name.to_string());
    }
    let pod = word(&pod["metadata"]["name"]);
    Err(message(format!("container {name} is not valid for pod {pod} out of: {names}")))
}

/// All containers with what is written behind their names.
fn containers(pod: &Value) -> Vec<(&str, &'static str)> {
    let lists = [("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)")];
    let of = |(list, note): (&str, &'static str)| {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.map(move |container| (word(&container["name"]), note)).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(of).collect()
}
