//! The `sts-lab` binary: hands the words typed to [`sts_lab::cli`] and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    sts_lab::cli::main(std::env::args_os())
}
