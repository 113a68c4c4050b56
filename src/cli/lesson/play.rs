//! `sts-lab lesson start`, `next`, `hint`, `verify`, `reset`: a lesson taken in a lab of its own, which stays between
//! commands, so that one can go on at any time.

use anyhow::{Context as _, anyhow, bail};
use serde_json::json;

use super::super::desk::Desk;
use super::super::open::Outcome;
use super::super::person::Person;
use super::super::stage::InProcess;
use super::shelf::{Shelf, is_file, read_file};
use super::store::{OfLesson, Store};
use crate::course::content::{Action, Lesson};
use crate::course::learner::Learner as _;
use crate::course::lesson::progress::Record;
use crate::course::lesson::{End, Keeper, Player, findings, markdown, next_hint, told};
use crate::course::stage::Stages;

/// How a lesson is taken.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct How {
    /// Play the model answers
    #[arg(short, long, conflicts_with = "answers")]
    pub yes: bool,
    /// Play the answers in this file, one a line; - is standard input
    #[arg(long, value_name = "FILE")]
    pub answers: Option<String>,
    /// From the beginning, whatever was done
    #[arg(long)]
    pub again: bool,
}

/// Takes a lesson.
pub fn start(desk: &Desk<'_>, name: &str, how: &How) -> Outcome {
    let lesson = if is_file(name) { read_file(desk, name)? } else { lesson_or_track(desk, name)? };
    let file = is_file(name).then(|| desk.dir().join(name).to_string_lossy().into_owned());
    take(desk, &lesson, file, how)
}

/// A lesson by its name, or the first open one of a track.
fn lesson_or_track(desk: &Desk<'_>, name: &str) -> anyhow::Result<Lesson> {
    let shelf = Shelf::shipped()?;
    let Some((_, track)) = shelf.tracks.iter().find(|(track, _)| track == name) else { return shelf.read(name) };
    let book = Store::new(desk).book()?;
    let open = |lesson: &&String| book.lessons.get(*lesson).is_none_or(|record| record.finished == 0);
    let lesson = track.order.iter().find(open).or(track.order.first());
    shelf.read(lesson.ok_or_else(|| anyhow!("the track {name} has no lessons"))?)
}

/// Goes on.
pub fn next(desk: &Desk<'_>, how: &How) -> Outcome {
    let (shelf, book) = (Shelf::shipped()?, Store::new(desk).book()?);
    if let Some(name) = &book.current
        && let Some(record) = book.lessons.get(name).filter(|record| record.is_open() || record.finished == 0)
    {
        return take(desk, &known(desk, name, record)?, record.file.clone(), how);
    }
    let open = |name: &&str| book.lessons.get(*name).is_none_or(|record| record.finished == 0);
    let after = book.current.as_deref().and_then(|name| shelf.after(name)).filter(|name| open(name));
    let Some(name) = after.or_else(|| shelf.names().find(open)) else {
        desk.out("All lessons are done. `sts-lab drill` asks what you remember.\n");
        return Ok(0);
    };
    take(desk, &shelf.read(name)?, None, how)
}

/// A lesson that has begun, wherever it is.
fn known(desk: &Desk<'_>, name: &str, record: &Record) -> anyhow::Result<Lesson> {
    match &record.file {
        Some(file) => read_file(desk, file).with_context(|| format!("the lesson {name} cannot be gone on with")),
        None => Shelf::shipped()?.read(name),
    }
}

fn take(desk: &Desk<'_>, lesson: &Lesson, file: Option<String>, how: &How) -> Outcome {
    let store = Store::new(desk);
    let mut record = store.book()?.lessons.get(&lesson.name).cloned().unwrap_or_default();
    let changed = record.is_open() && record.steps != lesson.steps.len();
    if changed {
        desk.note("notice: this lesson has other steps than when you began: it begins anew\n");
    }
    let anew = how.again || changed || !record.is_open();
    let (lab, files) = (Store::lab(&lesson.name), store.files(&lesson.name));
    let begin = lesson.start();
    if anew {
        record = Record { finished: record.finished, file, ..Record::default() };
        if files.exists() {
            std::fs::remove_dir_all(&files).with_context(|| format!("cannot remove {}", files.display()))?;
        }
    }
    let mut keeper = OfLesson { store: store.clone(), name: lesson.name.clone() };
    if anew {
        // Whatever happens while the lab is made, it is made again next time.
        keeper.keep(&record).map_err(|why| anyhow!("{why}"))?;
    }
    let stage = InProcess.kept(&lab, &files, anew.then_some(&begin)).map_err(|why| anyhow!("{why}"))?;
    let mut learner = match &how.answers {
        Some(file) => Person::given(desk, answers(desk, file)?),
        None if how.yes => Person::model(desk),
        None => Person::new(desk),
    };
    if anew {
        let head =
            format!("**{}** ({}, about {} minutes)\n\n{}", lesson.title, lesson.level, lesson.minutes, lesson.summary);
        learner.say(&markdown::render(&head, learner.look()));
    }
    let elsewhere = if desk.is_terminal() && !how.yes {
        format!("In another terminal: `sts-lab --lab {lab} …`; the files are in `{}`.", files.display())
    } else {
        String::new()
    };
    let mut player = Player { lesson, stage, learner: &mut learner, keeper: &mut keeper, record, elsewhere };
    let end = player.play().map_err(|why| anyhow!("{why}"))?;
    let record = player.record.clone();
    Ok(ended(desk, lesson, &record, end))
}

/// The last words.
fn ended(desk: &Desk<'_>, lesson: &Lesson, record: &Record, end: End) -> u8 {
    match end {
        End::Done => {
            let score = match record.asked {
                0 => String::new(),
                asked => format!(" {} of {asked} right at the first try.", record.right),
            };
            desk.out(&format!("\n✓ {} is done.{score}\n", lesson.title));
            let next = Shelf::shipped().ok().and_then(|shelf| shelf.after(&lesson.name).map(ToString::to_string));
            let more =
                next.map_or_else(String::new, |name| format!("sts-lab lesson next       the next one: {name}\n"));
            let drill = "sts-lab drill             what you remember, and what you got wrong here\n";
            desk.note(&format!("\n{more}{drill}sts-lab lesson list       the tracks\n"));
            0
        }
        End::Left => {
            let step = (record.step + 1).min(record.steps.max(1));
            desk.note(&format!(
                "\nYou are at step {step} of {}. `sts-lab lesson next` goes on from here.\n",
                record.steps
            ));
            0
        }
        End::Waiting => {
            desk.note(&format!(
                "\nThis step is for you: act with `sts-lab --lab {}`, see `sts-lab lesson verify`, and go on with \
                 `sts-lab lesson next`.\n",
                Store::lab(&lesson.name)
            ));
            1
        }
    }
}

fn answers(desk: &Desk<'_>, file: &str) -> anyhow::Result<Vec<String>> {
    let text = if file == "-" {
        std::io::read_to_string(desk.stdin()).context("standard input cannot be read")?
    } else {
        std::fs::read_to_string(desk.dir().join(file)).with_context(|| format!("cannot read {file}"))?
    };
    Ok(text.lines().map(ToString::to_string).collect())
}

/// The lesson of this name, or the last one, with how far it is.
fn begun(desk: &Desk<'_>, name: Option<&str>) -> anyhow::Result<(Lesson, Record)> {
    let book = Store::new(desk).book()?;
    let Some(name) = name.or(book.current.as_deref()) else {
        bail!("no lesson has begun: `sts-lab lesson list` shows what there is");
    };
    match book.lessons.get(name).filter(|record| record.is_open()) {
        Some(record) => Ok((known(desk, name, record)?, record.clone())),
        None => {
            Shelf::shipped()?.read(name)?;
            bail!("the lesson {name} is not open: `sts-lab lesson start {name}` begins it")
        }
    }
}

/// Tells the next hint.
pub fn hint(desk: &Desk<'_>, name: Option<&str>) -> Outcome {
    let (lesson, record) = begun(desk, name)?;
    let Some(step) = lesson.steps.get(record.step) else { bail!("the lesson has changed: start it again") };
    let (text, seen) = next_hint(step, record.hints);
    Store::new(desk).change(|book| {
        if let Some(record) = book.lessons.get_mut(&lesson.name) {
            record.hints = seen;
        }
    })?;
    desk.out(&markdown::render(&text, desk.look()));
    Ok(0)
}

/// Tells which conditions of the present task hold.
pub fn verify(desk: &Desk<'_>, name: Option<&str>, json: bool) -> Outcome {
    let (lesson, record) = begun(desk, name)?;
    let Some(step) = lesson.steps.get(record.step) else { bail!("the lesson has changed: start it again") };
    let Action::Do(act) = &step.action else {
        bail!("step {} of {} asks for no action: go on with `sts-lab lesson next`", record.step + 1, lesson.name);
    };
    let files = Store::new(desk).files(&lesson.name);
    let stage = InProcess.kept(&Store::lab(&lesson.name), &files, None).map_err(|why| anyhow!("{why}"))?;
    let found = findings(&*stage, record.begun.as_ref(), act);
    let done = found.iter().all(|found| found.holds);
    if json {
        let all = json!({"lesson": lesson.name, "step": record.step + 1, "done": done, "checks": found});
        desk.out(&format!("{all:#}\n"));
    } else {
        desk.out(&told(&found, desk.look()));
        desk.note(if done { "\nsts-lab lesson next goes on\n" } else { "\nsts-lab lesson hint helps\n" });
    }
    Ok(u8::from(!done))
}

/// Forgets a lesson.
pub fn reset(desk: &Desk<'_>, name: Option<&str>, yes: bool) -> Outcome {
    let store = Store::new(desk);
    let book = store.book()?;
    let Some(name) = name.map(ToString::to_string).or(book.current) else {
        bail!("no lesson has begun: `sts-lab lesson list` shows what there is");
    };
    if !book.lessons.contains_key(&name) {
        Shelf::shipped()?.read(&name)?;
        desk.out(&format!("{name} has not begun.\n"));
        return Ok(0);
    }
    if !yes {
        if !desk.is_terminal() {
            bail!("nobody is there to ask: `--yes` resets {name} without asking");
        }
        let question = format!("Forget how far you are in {name}, and its lab?");
        if !dialoguer::Confirm::new().with_prompt(question).default(false).interact().unwrap_or(false) {
            return Ok(1);
        }
    }
    store.forget(&name)?;
    desk.out(&format!("{name} begins anew: sts-lab lesson start {name}\n"));
    Ok(0)
}
