//! `sts-lab shell`: a prompt in which kubectl, the lab's verbs and a small POSIX shell work on the lab.

mod complete;
mod history;
mod line;

use anyhow::ensure;
use rustyline::error::ReadlineError;

use super::desk::Desk;
use super::open::{Outcome, home};
use super::run::Run;
use super::stage::{Typist, on_disk};
use crate::course::stage::{Program as _, Scene, Stage as _};
use complete::Known;
use line::Editor;

pub const EXAMPLES: &str = "Examples:\n  sts-lab shell\n  sts-lab --lab prod shell\n\n\
    In it: `kubectl get pods`, the lab's verbs without `sts-lab` (`status`, `order`, `why web-1`), pipes, loops, files,\n\
    $(…), and `sleep 60` to let the lab's time pass. Tab completes verbs, kinds, names, flags and files; arrow up finds\n\
    earlier lines, Ctrl-R searches them; Ctrl-C drops a line, Ctrl-D or `exit` leaves. On a pipe it is `sts-lab run -`.";

/// Verbs that make no sense at the prompt.
const NOT_HERE: &[&str] = &["shell", "run", "kubectl"];
/// More objects of a kind than these nobody completes.
const MOST: usize = 500;

/// Runs it.
pub fn run(desk: &Desk<'_>) -> Outcome {
    ensure!(desk.room.is_process(), "there is a prompt already");
    if !desk.is_terminal() {
        return super::run::run(desk, &Run::of_stdin());
    }
    let mut scene = on_disk(desk.cli.lab.as_deref()).map_err(anyhow::Error::msg)?;
    let verbs = verbs();
    scene.also(verbs.clone());
    let mut editor = Editor::new(history::open(home(desk.room).dir()), desk.look().color)?;
    desk.out(&greeting(&scene));
    let mut code = 0;
    while !scene.is_left() {
        scene.refresh().map_err(anyhow::Error::msg)?;
        editor.know(known(desk, &scene, &verbs), &scene.state().directory);
        match editor.read(&format!("{} $ ", lab_name(&scene))) {
            Ok(text) => code = line(desk, &mut scene, &verbs, text.trim()),
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(anyhow::anyhow!("the terminal cannot be read: {error}")),
        }
    }
    Ok(u8::try_from(code).unwrap_or(1))
}

/// The verbs that need no `sts-lab` before them.
fn verbs() -> Vec<String> {
    let command = super::help::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    names.filter(|name| !NOT_HERE.contains(name)).map(str::to_string).collect()
}

fn lab_name(scene: &Scene<Typist>) -> String {
    scene.lab().dir().file_name().map_or_else(|| "lab".into(), |name| name.to_string_lossy().into_owned())
}

fn greeting(scene: &Scene<Typist>) -> String {
    format!(
        "Lab {}. Type kubectl commands, or the lab's own verbs: status, order, why, dns, fault, tick.\n\
         Pipes, loops and files work; Tab completes, `help` lists, Ctrl-D leaves.\n",
        lab_name(scene)
    )
}

/// Carries out a line. A call of kubectl or a verb has the terminal to itself; what needs a shell is shown when it is done.
fn line(desk: &Desk<'_>, scene: &mut Scene<Typist>, verbs: &[String], text: &str) -> i32 {
    if text.is_empty() {
        return scene.state().status;
    }
    if matches!(text, "help" | "?") {
        desk.out(&format!("{}\n{HELP}", super::help::command().render_help()));
        return 0;
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    let full = if verbs.iter().any(|verb| verb == first) { format!("sts-lab {text}") } else { text.to_string() };
    if let Some(words) = Scene::<Typist>::call_of(&full) {
        let code = scene.call(&words, |typist, call| typist.carry_out(call, "", true).0.into());
        if let Err(why) = scene.program().refresh() {
            desk.note(&format!("error: {why}\n"));
        }
        scene.note(&full);
        return code;
    }
    let ran = scene.run(&full);
    desk.out(&ran.stdout);
    desk.note(&ran.stderr);
    ran.code
}

const HELP: &str = "\nAt this prompt, `sts-lab` may be left out. Pipes, loops, redirections, $(…) and small programs work\n\
    (cat, grep, sed, awk, sort, head, wc, ls, …); `sleep 60` lets a minute of the lab's time pass. Ctrl-D leaves.\n";

fn known(desk: &Desk<'_>, scene: &Scene<Typist>, verbs: &[String]) -> Known {
    let store = &scene.cluster().api.store;
    let objects = crate::resource::kind::ALL.iter().map(|info| {
        let all = store.all(info.kind).take(MOST);
        (info.kind, all.map(|object| (object.meta.namespace.to_string(), object.meta.name.to_string())).collect())
    });
    let shell =
        ["kubectl", "sts-lab", "help", "exit", "cat", "echo", "for", "grep", "ls", "sed", "sleep", "sort", "wc"];
    Known {
        first: verbs.iter().cloned().chain(shell.map(str::to_string)).collect(),
        verbs: verbs.iter().cloned().chain(["run".to_string()]).collect(),
        objects: objects.collect(),
        labs: home(desk.room).names(),
    }
}
