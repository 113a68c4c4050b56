//! A command in a running container: its words, its streams, its exit code. A shell without a script reads one line
//! after another, with a prompt if somebody sits there.

use std::io::Write;

use super::inside::Inside;
use super::shell::{Halt, Shell, World, prompt_of};
use super::streams::{Input, Output};
use crate::apiserver::api::Streams;

/// Shells that read their script from standard input.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash"];

/// Runs a command, and returns its exit code.
pub fn exec(world: &mut dyn World, inside: Inside, command: &[String], streams: &mut Streams<'_>) -> i32 {
    let Streams { stdin, stdout, stderr, tty } = streams;
    let mut shell = Shell::new(world, inside);
    let mut input = match stdin {
        Some(reader) => Input::from(&mut **reader),
        None => Input::default(),
    };
    let interactive = command.len() == 1 && command[0].rsplit('/').next().is_some_and(|name| SHELLS.contains(&name));
    if interactive {
        return converse(&mut shell, &mut input, &mut **stdout, &mut **stderr, *tty);
    }
    let mut out = Output::default();
    let code = shell.exec(command, &mut input, &mut out);
    remark(&shell, &mut out);
    show(&mut out, &mut **stdout, &mut **stderr);
    code
}

/// Why a command was stopped, if it was.
fn remark(shell: &Shell<'_>, out: &mut Output) {
    if shell.halt != Some(Halt::Killed) {
        return;
    }
    let why = if shell.is_tired() {
        "it ran so many commands that nobody waits for its end"
    } else if shell.inside().still_runs(shell.world.around().store) {
        "a day has passed, and nobody waits longer"
    } else {
        "its container ended meanwhile"
    };
    out.error(format!("sts-lab: the command was stopped: {why}\n"));
}

/// Line by line, until the input ends or `exit`.
fn converse(
    shell: &mut Shell<'_>,
    input: &mut Input<'_>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    tty: bool,
) -> i32 {
    let mut pending = String::new();
    let mut code = 0;
    loop {
        if tty {
            let prompt = if pending.is_empty() { format!("{} # ", shell.directory) } else { "> ".into() };
            let _ = write!(stdout, "{prompt}").and_then(|()| stdout.flush());
        }
        let line = input.line();
        let ended = line.is_none();
        pending.push_str(&line.unwrap_or_default());
        if !ended && prompt_of(&pending) {
            continue;
        }
        let mut out = Output::default();
        if !pending.trim().is_empty() {
            code = shell.script(&std::mem::take(&mut pending), input, &mut out);
            remark(shell, &mut out);
        }
        pending.clear();
        show(&mut out, stdout, stderr);
        if ended && tty {
            let _ = writeln!(stdout);
        }
        if ended || shell.halt.is_some() {
            return code;
        }
    }
}

/// Writes what was written. Nobody reading any more is no failure.
fn show(out: &mut Output, stdout: &mut dyn Write, stderr: &mut dyn Write) {
    for chunk in out.chunks.drain(..) {
        let _ =
            if chunk.error { stderr.write_all(chunk.text.as_bytes()) } else { stdout.write_all(chunk.text.as_bytes()) };
    }
    let _ = stdout.flush();
}
