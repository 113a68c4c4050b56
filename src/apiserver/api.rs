//! What a client of the API server can do: send requests, read the clock, and wait as long as the world moves.

use std::io::{Read, Write};

use super::{Request, Response, Status};
use crate::resource::Time;

/// A container of a Pod, as its subresources `exec` and `log` name it.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// The Pod's namespace.
    pub namespace: &'a str,
    /// The Pod.
    pub pod: &'a str,
    /// The container.
    pub container: &'a str,
}

/// What a command in a container reads and writes.
pub struct Streams<'a> {
    /// Standard input, if it is passed on.
    pub stdin: Option<&'a mut dyn Read>,
    /// Standard output.
    pub stdout: &'a mut dyn Write,
    /// Standard error.
    pub stderr: &'a mut dyn Write,
    /// Whether somebody sits at a terminal.
    pub tty: bool,
}

/// Why a command was not run.
#[derive(Clone, Debug, PartialEq)]
pub enum ExecError {
    /// The API server says no.
    Status(Status),
    /// The kubelet does.
    Kubelet(String),
}

/// Which part of a log is wanted (`v1.PodLogOptions`).
#[derive(Clone, Copy, Debug, Default)]
pub struct LogOptions {
    /// Of the run before.
    pub previous: bool,
    /// With the time before each line.
    pub timestamps: bool,
    /// So many lines from the end.
    pub tail: Option<u64>,
    /// So many bytes from the beginning of that.
    pub limit_bytes: Option<u64>,
    /// Nothing older.
    pub since: Option<Time>,
}

/// A log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// What was written.
    pub text: String,
    /// What the lab has to say about it: why there may be more.
    pub remark: Option<String>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// At least one object was written.
    Changed,
    /// The deadline has come; the clock stands at it.
    Deadline,
    /// Nothing will ever happen again by itself, and there was no deadline; the clock has not moved.
    Never,
}

/// A client's way to a cluster.
pub trait Api {
    /// Sends one request.
    fn send(&mut self, request: Request) -> Result<Response, Status>;

    /// The virtual time now.
    fn now(&self) -> Time;

    /// Lets virtual time run until an object is written, or until `deadline`.
    fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited;

    /// Runs a command in a container, and returns its exit code.
    fn exec(&mut self, _: Container<'_>, _: &[String], _: &mut Streams<'_>) -> Result<i32, ExecError> {
        Err(ExecError::Kubelet("no kubelet is behind this API server".into()))
    }

    /// What a container has written.
    fn log(&mut self, _: Container<'_>, _: LogOptions) -> Result<Log, Status> {
        Err(Status::bad_request("no kubelet is behind this API server"))
    }
}
