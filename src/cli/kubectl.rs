//! `sts-lab kubectl …`: exactly kubectl.

use std::io::{Cursor, Read};

use super::desk::Desk;
use super::files::piped;
use super::open::{Outcome, with_session};
use crate::kubectl::Io;

/// Runs one kubectl command.
pub fn run(desk: &Desk<'_>, args: &[String], words: &[String]) -> Outcome {
    let piped = piped(desk, args)?;
    with_session(desk, words, |session| {
        let (mut own, mut stdout, mut stderr) = (desk.stdin(), desk.room.stdout(), desk.room.stderr());
        let read = piped.is_some();
        let mut kept = Cursor::new(piped.unwrap_or_default());
        let stdin: &mut dyn Read = if read { &mut kept } else { &mut *own };
        let mut io = Io::new(stdin, &mut *stdout, &mut *stderr, desk.dir());
        io.terminal = desk.is_terminal();
        io.env = desk.room.env();
        let writes = crate::kubectl::verbs::writes(args);
        if writes {
            session.start_up();
        }
        let code = crate::kubectl::run(args, session, &mut io);
        if writes && code == 0 && !desk.cli.no_settle {
            session.settle(crate::cluster::QUIET);
        }
        Ok(u8::try_from(code).unwrap_or(1))
    })
}
