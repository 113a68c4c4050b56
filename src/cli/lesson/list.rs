//! `sts-lab lesson list` and `show`: which lessons there are, how far somebody is, and what a lesson is about.

use anyhow::bail;
use serde_json::{Value, json};

use super::super::args::format::ListFormat;
use super::super::desk::Desk;
use super::super::open::Outcome;
use super::shelf::{Shelf, is_file, read_file};
use super::store::Store;
use crate::course::content::{Action, Lesson, Step, Track};
use crate::course::lesson::progress::{Book, Record};
use crate::course::lesson::{markdown, plain};
use crate::manifest::did_you_mean;
use crate::view::style::Tone;
use crate::view::table::{Cell, Table, WIDE};
use crate::view::words::cut;

/// What is listed.
#[derive(clap::Args, Debug)]
pub struct List {
    /// The lessons of this track
    pub track: Option<String>,
    /// The lessons of all tracks
    #[arg(long, conflicts_with = "track")]
    pub all: bool,
    #[command(flatten)]
    pub output: ListFormat,
}

/// Lists tracks, or lessons.
pub fn list(desk: &Desk<'_>, args: &List) -> Outcome {
    let (shelf, book) = (Shelf::shipped()?, Store::new(desk).book()?);
    let track = args.track.as_deref();
    if let Some(track) = track.filter(|track| !shelf.tracks.iter().any(|(name, _)| name == track)) {
        let names = || shelf.tracks.iter().map(|(name, _)| name.as_str());
        match did_you_mean(track, names()) {
            Some(meant) => bail!("there is no track {track}: did you mean {meant}?"),
            None => bail!("there is no track {track}: {}", names().collect::<Vec<_>>().join(", ")),
        }
    }
    let wanted = |name: &str| track.is_none_or(|track| track == name);
    let tracks: Vec<_> = shelf.tracks.iter().filter(|(name, _)| wanted(name)).collect();
    match args.output.word() {
        "json" => {
            let mut all = Vec::new();
            for (name, track) in &tracks {
                for lesson in &track.order {
                    all.push(as_json(name, &shelf.read(lesson)?, &record(&book, lesson)));
                }
            }
            desk.out(&format!("{:#}\n", Value::from(all)));
        }
        "name" => {
            let names = tracks.iter().flat_map(|(_, track)| &track.order);
            desk.out(&names.map(|name| format!("{name}\n")).collect::<String>());
        }
        _ if track.is_none() && !args.all => {
            desk.out(&overview(desk, &shelf, &book)?);
            desk.note(&format!("\n{}sts-lab lesson list TRACK   its lessons; --all lists all\n", next(&shelf, &book)));
        }
        _ => {
            for (at, (name, track)) in tracks.iter().enumerate() {
                desk.out(if at == 0 { "" } else { "\n" });
                desk.out(&of_track(desk, name, track, &shelf, &book)?);
            }
            desk.note(&format!("\n{}", next(&shelf, &book)));
        }
    }
    Ok(0)
}

/// What comes next.
fn next(shelf: &Shelf, book: &Book) -> String {
    let open = book.current.as_ref().filter(|name| record(book, name).is_open());
    let new = || shelf.names().find(|name| record(book, name).finished == 0);
    match (open, new()) {
        (Some(name), _) => format!("sts-lab lesson next goes on with {name}\n"),
        (None, Some(name)) => format!("sts-lab lesson start {name}\n"),
        (None, None) => "All lessons are done: sts-lab drill asks what you remember\n".to_string(),
    }
}

/// The tracks, and how far each of them is.
fn overview(desk: &Desk<'_>, shelf: &Shelf, book: &Book) -> anyhow::Result<String> {
    let mut table = Table::new(&["TRACK", "#LESSONS", "DONE", "#MIN", "NEXT", "~ABOUT"]);
    for (name, track) in &shelf.tracks {
        let mut minutes = 0;
        for lesson in &track.order {
            minutes += shelf.read(lesson)?.minutes;
        }
        let done = track.order.iter().filter(|lesson| record(book, lesson).finished > 0).count();
        let done = match done {
            0 => Cell::default(),
            some if some == track.order.len() => Cell::new("✓ all", Tone::Good),
            some => Cell::new(format!("✓ {some}"), Tone::Good),
        };
        let open = track.order.iter().find(|lesson| record(book, lesson).is_open());
        let new = || track.order.iter().find(|lesson| record(book, lesson).finished == 0);
        let next = match open {
            Some(lesson) => Cell::new(lesson, Tone::Waiting),
            None => new().map_or_else(Cell::default, |lesson| lesson.as_str().into()),
        };
        table.row([
            name.as_str().into(),
            track.order.len().to_string().into(),
            done,
            minutes.to_string().into(),
            next,
            track.title.as_str().into(),
        ]);
    }
    Ok(table.without_empty_columns().render(desk.look()))
}

fn record(book: &Book, lesson: &str) -> Record {
    book.lessons.get(lesson).cloned().unwrap_or_default()
}

/// The lessons of a track, each in one line: the title gives way where it is too long.
fn of_track(desk: &Desk<'_>, name: &str, track: &Track, shelf: &Shelf, book: &Book) -> anyhow::Result<String> {
    let look = desk.look();
    let lessons = track.order.iter().map(|lesson| shelf.read(lesson)).collect::<anyhow::Result<Vec<Lesson>>>()?;
    let mut table = Table::new(&["LESSON", "#MIN", "PROGRESS", "TITLE", "+LEVEL"]);
    let names = lessons.iter().map(|lesson| lesson.name.len()).max().unwrap_or_default();
    let progresses: Vec<Cell> = lessons.iter().map(|lesson| progress(&record(book, &lesson.name))).collect();
    let progress = progresses.iter().map(|cell| cell.text.chars().count()).max().filter(|width| *width > 0);
    let progress = progress.map_or(0, |width| width.max("PROGRESS".len()) + 2);
    let level = if look.width >= WIDE { "intermediate".len() + 2 } else { 0 };
    let room = look.width.saturating_sub(names + 2 + "MIN".len() + 2 + progress + level);
    let common = common_start(&lessons);
    for (lesson, progress) in lessons.iter().zip(progresses) {
        table.row([
            lesson.name.as_str().into(),
            lesson.minutes.to_string().into(),
            progress,
            cut(&lesson.title[common..], room).into(),
            lesson.level.to_string().into(),
        ]);
    }
    let about = format!("{}: {}", track.title, plain(&track.about));
    let table = table.without_empty_columns().render(look);
    Ok(format!("{}\n{table}", look.beside(&name.to_uppercase(), Tone::Strong, &about)))
}

/// How many bytes all titles begin with, if that is a word and a colon.
fn common_start(lessons: &[Lesson]) -> usize {
    let start = |lesson: &Lesson| lesson.title.find(": ").map(|at| lesson.title[..at + 2].to_string());
    match lessons.first().and_then(start) {
        Some(first) if lessons.iter().all(|lesson| lesson.title.starts_with(&first)) => first.len(),
        _ => 0,
    }
}

fn progress(record: &Record) -> Cell {
    match record {
        record if record.is_done() => Cell::new(format!("✓ {}/{} right", record.right, record.asked), Tone::Good),
        record if record.is_open() => Cell::new(format!("step {}/{}", record.step + 1, record.steps), Tone::Waiting),
        record if record.finished > 0 => Cell::new("✓ done before", Tone::Good),
        _ => "".into(),
    }
}

fn as_json(track: &str, lesson: &Lesson, record: &Record) -> Value {
    json!({"name": lesson.name, "track": track, "title": lesson.title, "level": lesson.level.to_string(),
        "minutes": lesson.minutes, "summary": lesson.summary.trim(), "requires": lesson.requires,
        "steps": lesson.steps.len(), "step": record.step, "done": record.is_done() || record.finished > 0,
        "right": record.right, "asked": record.asked})
}

/// What a lesson is about.
pub fn show(desk: &Desk<'_>, name: &str) -> Outcome {
    let lesson = if is_file(name) { read_file(desk, name)? } else { Shelf::shipped()?.read(name)? };
    let look = desk.look();
    let mut out = format!("{}\n{}\n\n", look.paint(&lesson.title, Tone::Strong), look.wrap(lesson.summary.trim(), 0));
    out.push_str(&format!("{}, about {} minutes, {} steps\n", lesson.level, lesson.minutes, lesson.steps.len()));
    for (what, words) in [("First", &lesson.requires), ("Covers", &lesson.covers), ("Sources", &lesson.sources)] {
        if !words.is_empty() {
            out.push_str(&format!("{}\n", look.wrap(&format!("{what}: {}", words.join(", ")), 2)));
        }
    }
    out.push('\n');
    for (index, step) in lesson.steps.iter().enumerate() {
        let (what, text) = told(step);
        let text = look.wrap(&markdown::one_line(&text), 13);
        out.push_str(&format!("{:>3}. {what:<8}{text}\n", index + 1));
    }
    desk.out(&out);
    desk.note(&format!("\nsts-lab lesson start {name}\n"));
    Ok(0)
}

/// What a step is, without its answer.
fn told(step: &Step) -> (&'static str, String) {
    match &step.action {
        Action::Tell(text) => ("tell", first_sentence(text)),
        Action::Show(show) => {
            ("show", show.lines.iter().map(crate::course::content::Line::words).collect::<Vec<_>>().join("; "))
        }
        Action::Predict(predict) => ("predict", predict.ask.clone()),
        Action::Do(act) => ("do", first_sentence(&act.task)),
        Action::Ask(ask) => ("ask", ask.question.clone()),
    }
}

fn first_sentence(text: &str) -> String {
    let line = markdown::one_line(text);
    line.split_inclusive(['.', '?']).next().unwrap_or_default().to_string()
}
