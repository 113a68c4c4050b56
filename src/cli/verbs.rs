//! kubectl's verbs with the lab's tables: kubectl's own lines first, then what the world made of them.

use std::io::{Cursor, Read};
use std::time::Instant;

use super::args::{Cli, VERBS};
use super::desk::{Desk, Room};
use super::files::{Files, piped};
use super::open::{Outcome, with_session};
use crate::apiserver::api::{Container, ExecError, Log, LogOptions, Streams, Waited};
use crate::apiserver::{Api, Request, Response, Status};
use crate::cluster::QUIET;
use crate::kubectl::Io;
use crate::lab::Session;
use crate::resource::Time;
use crate::view::blame::blame;
use crate::view::rest::settle_all;
use crate::view::screen::after;
use crate::view::since::Since;

/// Words that make a verb that changes objects one that looks at them.
const LOOKS_ON: &[&str] = &["status", "history", "view-last-applied", "--list", "-h", "--help"];

/// What is said when all is as it was.
const NOTHING: &str = "\nNothing of note changed. `sts-lab status` shows what is there.\n";

/// Runs one verb. `changes` tells the verbs that change objects from those that look at them.
pub fn run(desk: &Desk<'_>, verb: &str, changes: bool, args: &[String], words: &[String]) -> Outcome {
    let started = Instant::now();
    let look = desk.look();
    let dir = desk.dir();
    let mut files = Files::of(verb, args, &dir, &mut desk.stdin())?;
    if files.stdin.is_none() {
        files.stdin = piped(desk, args)?;
    }
    with_session(desk, words, |session| {
        let since = Since::now(session.cluster());
        let mut line: Vec<String> = Vec::new();
        if let Some(namespace) = &desk.cli.namespace {
            line.extend(["-n".into(), namespace.clone()]);
        }
        line.push(verb.to_string());
        line.extend(files.args.iter().cloned());
        let mut watched = Watched { session, failures: Vec::new() };
        let code = kubectl(desk.room, &line, files.stdin.as_deref(), &mut watched);
        let failures = watched.failures;
        if code != 0 || changes {
            let documents = files.read(&dir);
            for text in blame(&session.cluster().api.store, &documents, &failures, desk.err_color()) {
                desk.note(&format!("\n{text}\n"));
            }
        }
        let code = u8::try_from(code).unwrap_or(1);
        let looks_on = args.iter().find(|arg| LOOKS_ON.contains(&arg.as_str()) || arg.starts_with("--dry-run"));
        let changed = session.cluster().api.store.history.len() as u32 > since.change;
        if changes && !changed && code == 0 && !is_for_machines(args) && looks_on.is_none() {
            desk.out(NOTHING);
        }
        if !changes || !changed {
            return Ok(code);
        }
        if !desk.cli.no_settle && !desk.cli.step {
            settle_all(session, |session| session.settle(QUIET), |session| session.cluster());
        }
        if is_for_machines(args) {
            return Ok(code);
        }
        if desk.cli.step {
            desk.out(&format!("\n{}", crate::view::steps::pending(session.cluster()).render(look)));
        } else if !desk.cli.no_settle {
            let screen = after(session.cluster(), &since, desk.cli.verbose);
            if screen.sections.is_empty() {
                desk.out(NOTHING);
                return Ok(code);
            }
            desk.out(&screen.render(look));
            if desk.room.terminals()[1] {
                desk.note(&format!("({:.1} ms here)\n", started.elapsed().as_secs_f64() * 1000.0));
            }
        }
        Ok(code)
    })
}

fn kubectl(room: &Room, line: &[String], stdin: Option<&[u8]>, api: &mut dyn Api) -> i32 {
    let (mut given, mut stdout, mut stderr) = (room.stdin(), room.stdout(), room.stderr());
    let mut kept = Cursor::new(stdin.unwrap_or_default());
    let stdin: &mut dyn Read = if stdin.is_some() { &mut kept } else { &mut *given };
    let mut io = Io::new(stdin, &mut *stdout, &mut *stderr, room.dir.clone());
    let [stdin, stdout, _] = room.terminals();
    io.terminal = stdin && stdout;
    io.env = room.env();
    crate::kubectl::run(line, api, &mut io)
}

/// Whether kubectl was asked for a form that programs read: then nothing is added to it.
fn is_for_machines(args: &[String]) -> bool {
    let output = |arg: &&String| arg.starts_with("-o") || *arg == "--output" || arg.starts_with("--output=");
    args.iter().take_while(|arg| *arg != "--").any(|arg| output(&arg))
}

/// The help of a verb: the lab's, then kubectl's.
pub fn help(room: &Room, words: &[String]) {
    use clap::CommandFactory as _;
    let mut command = Cli::command();
    command.build();
    if let Some(verb) = words.first().and_then(|verb| command.find_subcommand_mut(verb)) {
        let verb = verb.clone().disable_help_flag(true).override_usage(format!("sts-lab {} …", words[0]));
        room.write(false, format!("{}\n", verb.clone().render_help()).as_bytes());
    }
    let line: Vec<String> = words.iter().cloned().chain(["--help".to_string()]).collect();
    if !words.first().is_some_and(|verb| VERBS.contains(&verb.as_str())) {
        return;
    }
    room.write(false, b"kubectl's own arguments:\n");
    kubectl(room, &line, Some(&[]), &mut Nobody);
}

/// A session, and the requests that were refused.
pub(super) struct Watched<'s, 'c> {
    /// The session.
    pub session: &'s mut Session<'c>,
    /// What was refused, and how.
    pub failures: Vec<(Request, Status)>,
}

impl Api for Watched<'_, '_> {
    fn send(&mut self, request: Request) -> Result<Response, Status> {
        let kept = request.clone();
        self.session.send(request).inspect_err(|status| self.failures.push((kept, status.clone())))
    }

    fn now(&self) -> Time {
        self.session.now()
    }

    fn wait_for_change(&mut self, deadline: Option<Time>) -> Waited {
        self.session.wait_for_change(deadline)
    }

    fn exec(&mut self, of: Container<'_>, command: &[String], streams: &mut Streams<'_>) -> Result<i32, ExecError> {
        self.session.exec(of, command, streams)
    }

    fn log(&mut self, of: Container<'_>, options: LogOptions) -> Result<Log, Status> {
        self.session.log(of, options)
    }
}

/// No cluster: enough for help.
struct Nobody;

impl Api for Nobody {
    fn send(&mut self, _: Request) -> Result<Response, Status> {
        Err(Status::bad_request("no cluster was asked for"))
    }

    fn now(&self) -> Time {
        Time::LAB_START
    }

    fn wait_for_change(&mut self, _: Option<Time>) -> Waited {
        Waited::Never
    }
}
