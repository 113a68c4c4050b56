//! A session's way into containers: what a kubelet answers to `exec` and `log`, and what commands write as inputs of the
//! journal.

use std::sync::Arc;
use std::time::Duration;

use super::session::Session;
use crate::apiserver::Status;
use crate::apiserver::api::{Container, ExecError, Log, LogOptions, Streams};
use crate::cluster::disk::{Change, DiskId, Disks};
use crate::container::{self, Around, Inside, World, status_of};
use crate::resource::model::{ContainerState, ContainerStatus, Pod};
use crate::resource::{Kind, Object, Time};

/// How many commands a person's command may run.
const PATIENCE: u32 = 20_000;
/// How long a person waits for a command: `sleep infinity` ends after a day.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A session as a process in a container sees it.
struct Process<'s, 'c> {
    session: &'s mut Session<'c>,
    inside: Inside,
    left: Duration,
    /// The disks with what the commands of containers have left there, if any have.
    lived: Option<Disks>,
}

impl World for Process<'_, '_> {
    fn around(&self) -> Around<'_> {
        let around = Around::of(self.session.cluster());
        Around { disks: self.lived.as_ref().unwrap_or(around.disks), ..around }
    }

    fn write(&mut self, id: DiskId, change: Change) {
        if let Some(lived) = &mut self.lived {
            lived.put(&id, &change, self.session.cluster().now);
        }
        self.session.write(id, change);
    }

    fn pass(&mut self, time: Duration) -> bool {
        let lived = time.min(self.left);
        self.left -= lived;
        self.session.run_for(lived);
        self.lived = container::lived(Around::of(self.session.cluster()), &self.inside);
        lived == time && self.inside.still_runs(&self.session.cluster().api.store)
    }

    fn patience(&self) -> u32 {
        PATIENCE
    }
}

/// Runs a command in a container (`pkg/registry/core/pod/rest/subresources.go`, `pkg/kubelet/server`).
pub(super) fn exec(
    session: &mut Session<'_>,
    of: Container<'_>,
    command: &[String],
    streams: &mut Streams<'_>,
) -> Result<i32, ExecError> {
    let pod = pod(session, of).map_err(ExecError::Status)?;
    let address = kubelet(session, &pod).map_err(ExecError::Status)?;
    if let Some(address) = address {
        let why = format!("error dialing backend: dial tcp {address}:10250: i/o timeout");
        return Err(ExecError::Status(Status::new(500, "", &why)));
    }
    let around = Around::of(session.cluster());
    let Some(inside) = Inside::running(around, of.namespace, of.pod, of.container) else {
        return Err(ExecError::Kubelet(format!("container not found ({:?})", of.container)));
    };
    let lived = container::lived(around, &inside);
    let mut process = Process { inside: inside.clone(), session, left: LONGEST, lived };
    Ok(container::exec(&mut process, inside, command, streams))
}

fn pod(session: &Session<'_>, of: Container<'_>) -> Result<Arc<Object>, Status> {
    let found = session.cluster().api.store.get(Kind::Pod, of.namespace, of.pod);
    found.cloned().ok_or_else(|| Status::not_found(Kind::Pod, of.pod))
}

/// The address of the Pod's kubelet if it does not answer; an error if the Pod has no node.
fn kubelet(session: &Session<'_>, object: &Object) -> Result<Option<String>, Status> {
    let cluster = session.cluster();
    let Some(node) = object.pod().and_then(|pod| pod.node.as_deref()) else {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", object.meta.name)));
    };
    let Some(object) = cluster.api.store.get(Kind::Node, "", node) else {
        return Err(Status::not_found(Kind::Node, node));
    };
    let addresses = object.plain().and_then(|body| body["status"]["addresses"].as_array());
    let own = addresses.into_iter().flatten().find(|address| address["type"] == "InternalIP");
    let own = own.and_then(|address| address["address"].as_str()).unwrap_or_default().to_string();
    Ok(cluster.faults.nodes_down.contains(node).then_some(own))
}

/// What a container has written (`pkg/registry/core/pod/strategy.go` `LogLocation`, `pkg/kubelet/kubelet_pods.go`
/// `validateContainerLogStatus`).
pub(super) fn log(session: &Session<'_>, of: Container<'_>, options: LogOptions) -> Result<Log, Status> {
    let object = pod(session, of)?;
    let Some(pod) = object.pod() else { return Err(Status::not_found(Kind::Pod, of.pod)) };
    if pod.node.is_none() {
        return Ok(Log::default());
    }
    if let Some(address) = kubelet(session, &object)? {
        let Container { namespace, pod, container } = of;
        let url = format!("https://{address}:10250/containerLogs/{namespace}/{pod}/{container}");
        let why = format!("Get {url:?}: dial tcp {address}:10250: i/o timeout");
        return Err(Status::new(500, "", &why));
    }
    let (run, started, until) = run_of(pod, of, options.previous, session.cluster().now)?;
    let around = Around::of(session.cluster());
    let Some(inside) = Inside::of(around, &object, of.container, run, started) else {
        return Err(Status::bad_request(format!("container {} is not valid for pod {}", of.container, of.pod)));
    };
    let written = container::written(around, &inside, until);
    Ok(Log { text: text_of(written.lines, options), remark: written.unknown })
}

/// Which run of a container is asked for: its number, its start, and its end or now.
fn run_of(pod: &Pod, of: Container<'_>, previous: bool, now: Time) -> Result<(i64, Time, Time), Status> {
    let name = of.container;
    let Some(status) = status_of(pod, name) else {
        return Err(Status::bad_request(format!("container {name:?} in pod {:?} is not available", of.pod)));
    };
    let ContainerStatus { state, last_state, restart_count, .. } = status;
    if previous {
        return match last_state {
            ContainerState::Terminated(end) => Ok((restart_count - 1, end.started, end.finished)),
            _ => {
                let why = format!("previous terminated container {name:?} in pod {:?} not found", of.pod);
                Err(Status::bad_request(why))
            }
        };
    }
    match (state, last_state) {
        (ContainerState::Running { started }, _) => Ok((*restart_count, *started, now)),
        (ContainerState::Terminated(end), _) => Ok((*restart_count, end.started, end.finished)),
        // Between two runs it is the last one that is shown.
        (_, ContainerState::Terminated(end)) => Ok((restart_count - 1, end.started, end.finished)),
        (ContainerState::Waiting { reason, .. }, _) => {
            let reason = match reason.as_deref().unwrap_or_default() {
                "ErrImagePull" => "image can't be pulled",
                "ImagePullBackOff" => "trying and failing to pull image",
                reason => reason,
            };
            Err(Status::bad_request(format!("container {name:?} in pod {:?} is waiting to start: {reason}", of.pod)))
        }
        (ContainerState::None, _) => {
            Err(Status::bad_request(format!("container {name:?} in pod {:?} is not available", of.pod)))
        }
    }
}

/// The part of a log that was asked for.
fn text_of(mut lines: Vec<container::LogLine>, options: LogOptions) -> String {
    lines.retain(|line| options.since.is_none_or(|since| line.at >= since));
    if let Some(tail) = options.tail {
        lines.drain(..lines.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX)));
    }
    let line = |line: &container::LogLine| {
        let time = if options.timestamps { line.at.rfc3339_micro().replace('Z', "000Z ") } else { String::new() };
        time + &line.text
    };
    let mut text: String = lines.iter().map(line).collect();
    if let Some(limit) = options.limit_bytes {
        let mut end = usize::try_from(limit).unwrap_or(usize::MAX).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}
