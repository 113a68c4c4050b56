//! Waiting for the world, with kubectl's deadlines; what a command does when nothing will ever change again.

use jiff::SignedDuration;

use super::error::CmdError;
use crate::apiserver::Api;
use crate::apiserver::api::Waited;
use crate::resource::Time;

/// What a command says when it would wait for ever: nothing moves in this lab any more, and it has no deadline.
pub const FOR_EVER: &str =
    "notice: nothing in this lab will change by itself any more: kubectl would wait here for ever\n";

/// When a wait of this length is over; `None` if it is zero or negative: never.
pub fn deadline(api: &dyn Api, timeout: SignedDuration) -> Option<Time> {
    timeout.is_positive().then(|| api.now() + timeout.unsigned_abs())
}

/// Lets time run until something changed. At the deadline it fails with what `late` says; if nothing will ever change
/// and there is no deadline, with a notice and the exit code of `timeout(1)`, 124.
pub fn change(api: &mut dyn Api, deadline: Option<Time>, late: impl FnOnce() -> CmdError) -> Result<(), CmdError> {
    match api.wait_for_change(deadline) {
        Waited::Changed => Ok(()),
        Waited::Deadline => Err(late()),
        Waited::Never => Err(CmdError::Verbatim(FOR_EVER.to_string(), 124)),
    }
}

/// Lets time run until then, whatever happens meanwhile.
pub fn pass(api: &mut dyn Api, then: Time) {
    while api.now() < then && api.wait_for_change(Some(then)) == Waited::Changed {}
}
