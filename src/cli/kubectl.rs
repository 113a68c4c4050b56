//! `sts-lab kubectl …`: exactly kubectl.

use super::args::Cli;
use super::open::{Outcome, with_session};
use crate::kubectl::Io;

/// Runs one kubectl command.
pub fn run(cli: &Cli, args: &[String], words: &[String]) -> Outcome {
    with_session(cli, words, |session| {
        let (mut stdin, mut stdout, mut stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        let dir = std::env::current_dir()?;
        let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr, dir);
        io.terminal = super::look::is_terminal();
        io.env = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let writes = crate::kubectl::verbs::writes(args);
        if writes {
            session.start_up();
        }
        let code = crate::kubectl::run(args, session, &mut io);
        if writes && code == 0 && !cli.no_settle {
            session.settle(crate::cluster::QUIET);
        }
        Ok(u8::try_from(code).unwrap_or(1))
    })
}
