//! What a client of the API server can do: send requests, read the clock, and wait as long as the world moves.

use super::{Request, Response, Status};
use crate::resource::Time;

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
}
