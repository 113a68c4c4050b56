//! `sts-lab lesson list` and `show`: which lessons there are, how far somebody is, and what a lesson is about.

use anyhow::bail;
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::open::Outcome;
use super::shelf::{Shelf, is_file, read_file};
use super::store::Store;
use crate::course::content::{Action, Lesson, Step, Track};
use crate::course::lesson::progress::{Book, Record};
use crate::course::lesson::{markdown, plain};
use crate::manifest::did_you_mean;
use crate::view::style::Tone;
use crate::view::table::{Cell, Table};

/// Lists them.
pub fn list(desk: &Desk<'_>, track: Option<&str>, output: &str) -> Outcome {
    let (shelf, book) = (Shelf::shipped()?, Store::new(desk).book()?);
    if let Some(track) = track.filter(|track| !shelf.tracks.iter().any(|(name, _)| name == track)) {
        let names = || shelf.tracks.iter().map(|(name, _)| name.as_str());
        match did_you_mean(track, names()) {
            Some(meant) => bail!("there is no track {track}: did you mean {meant}?"),
            None => bail!("there is no track {track}: {}", names().collect::<Vec<_>>().join(", ")),
        }
    }
    let wanted = |name: &str| track.is_none_or(|track| track == name);
    let tracks: Vec<_> = shelf.tracks.iter().filter(|(name, _)| wanted(name)).collect();
    match output {
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
        _ => {
            for (at, (name, track)) in tracks.iter().enumerate() {
                desk.out(if at == 0 { "" } else { "\n" });
                desk.out(&of_track(desk, name, track, &shelf, &book)?);
            }
            let open = book.current.as_ref().filter(|name| record(&book, name).is_open());
            let all = || shelf.names().find(|name| record(&book, name).finished == 0);
            desk.note(&match (open, all()) {
                (Some(name), _) => format!("\nsts-lab lesson next goes on with {name}\n"),
                (None, Some(name)) => format!("\nsts-lab lesson start {name}\n"),
                (None, None) => "\nAll lessons are done: sts-lab drill asks what you remember\n".to_string(),
            });
        }
    }
    Ok(0)
}

fn record(book: &Book, lesson: &str) -> Record {
    book.lessons.get(lesson).cloned().unwrap_or_default()
}

fn of_track(desk: &Desk<'_>, name: &str, track: &Track, shelf: &Shelf, book: &Book) -> anyhow::Result<String> {
    let look = desk.look();
    let mut table = Table::new(&["LESSON", "LEVEL", "#MIN", "PROGRESS", "~ABOUT"]);
    for lesson in &track.order {
        let lesson = shelf.read(lesson)?;
        let progress = progress(&record(book, &lesson.name));
        let level = lesson.level.to_string();
        table.row([
            lesson.name.into(),
            level.into(),
            lesson.minutes.to_string().into(),
            progress,
            lesson.summary.trim().into(),
        ]);
    }
    let about = look.wrap(&format!("{}: {}", track.title, plain(&track.about)), 0);
    Ok(format!("{} {about}\n{}", look.paint(&name.to_uppercase(), Tone::Strong), table.render(look)))
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
