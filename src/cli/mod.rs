//! The words typed by a person.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line and returns the exit code: 0 done, 1 the world says no, 2 the command line is wrong.
pub fn main(_args: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(2)
}
