//! `docs/notes-coverage.md`: which lessons, questions, myths and commands cover each heading and table of the study notes. The
//! page is made from the `covers` fields of what ships, by the list in `tests/data/notes.txt`; a heading that nothing covers
//! fails. `STS_LAB_BLESS=1 cargo test --test coverage` writes the page again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sts_lab::course::content::{Lesson, Library};
use sts_lab::course::drill::deck::Deck;
use sts_lab::course::myth;

/// So many of each are named; that there are more is shown.
const NAMED: usize = 4;

/// Something that covers: its name and its `covers`.
type Covering = (String, Vec<String>);

struct Content {
    lessons: Vec<Covering>,
    questions: Vec<Covering>,
    myths: Vec<Covering>,
}

fn content() -> Content {
    let library = Library::shipped();
    let lessons = library.read::<Lesson>().into_iter().map(|(_, lesson)| lesson.expect("lessons are read"));
    let deck = Deck::read(&library).expect("questions are read");
    let myths = myth::read(&library).expect("myths are read");
    Content {
        lessons: lessons.map(|lesson| (lesson.name, lesson.covers)).collect(),
        questions: deck.all().map(|(_, question)| (question.name.clone(), question.covers.clone())).collect(),
        myths: myths
            .into_iter()
            .map(|myth| (format!("{} {}", myth.number, myth.myth.name), myth.myth.covers))
            .collect(),
    }
}

/// A heading or table.
struct Part {
    note: String,
    table: bool,
    title: String,
    words: Vec<String>,
    commands: Vec<String>,
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn parts() -> Vec<Part> {
    let text = std::fs::read_to_string(path("tests/data/notes.txt")).unwrap();
    let list =
        |text: &str| text.split(';').map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).collect();
    let part = |line: &str| {
        let (line, commands) = line.split_once(" > ").unwrap_or((line, ""));
        let (head, words) = line.split_once(" = ").unwrap_or_else(|| panic!("no words: {line}"));
        let title = head[5..].trim().to_string();
        let commands = list(commands);
        Part { note: head[..3].into(), table: &head[4..5] == "|", title, words: list(&words.to_lowercase()), commands }
    };
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(part).collect()
}

/// The names of those that cover a part.
fn covering<'c>(part: &Part, all: &'c [Covering]) -> Vec<&'c str> {
    let covers = |cover: &String| {
        let cover = cover.to_lowercase();
        cover.starts_with(&part.note) && part.words.iter().any(|word| cover.contains(word))
    };
    all.iter().filter(|(_, own)| own.iter().any(covers)).map(|(name, _)| name.as_str()).collect()
}

fn cell(names: &[&str]) -> String {
    let mut text = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        text += " …";
    }
    text
}

/// The page, and what nothing covers.
fn page() -> (String, Vec<String>) {
    let (content, mut gaps) = (content(), Vec::new());
    let mut out = String::from(
        "# Where the study notes are taught\n\nEvery heading and every table of the five notes, and what covers it: lessons \
         (`sts-lab lesson start NAME`), questions\n(`sts-lab drill show NAME`), myths (`sts-lab myth run N`) and commands. Made \
         from the `covers` fields by `tests/coverage.rs`, which\nfails where something is covered by nothing.\n",
    );
    let mut note = String::new();
    for part in parts() {
        if part.note != note {
            note.clone_from(&part.note);
            write!(out, "\n## Note {note}\n\n| part | lessons | questions | myths | commands |\n| --- | --- | --- | --- | --- |\n").unwrap();
        }
        let (lessons, questions) = (covering(&part, &content.lessons), covering(&part, &content.questions));
        let myths = covering(&part, &content.myths);
        let title = if part.table { format!("table: {}", part.title) } else { part.title.clone() };
        if lessons.is_empty() && questions.is_empty() && myths.is_empty() {
            gaps.push(format!("{} {title}", part.note));
        }
        let commands: Vec<String> = part.commands.iter().map(|command| format!("`{command}`")).collect();
        writeln!(
            out,
            "| {title} | {} | {} | {} | {} |",
            cell(&lessons),
            cell(&questions),
            cell(&myths),
            commands.join(", ")
        )
        .unwrap();
    }
    (out, gaps)
}

#[test]
fn every_heading_and_table_of_the_notes_is_covered() {
    let (_, gaps) = page();
    assert!(gaps.is_empty(), "nothing covers:\n{}", gaps.join("\n"));
}

#[test]
fn every_part_is_listed_for_each_note() {
    let count =
        |note: &str, table: bool| parts().iter().filter(|part| part.note == note && part.table == table).count();
    assert_eq!(["000", "001", "002", "003", "004"].map(|note| count(note, true)), [1, 1, 9, 0, 0], "tables");
    assert_eq!(["000", "001", "002", "003", "004"].map(|note| count(note, false)), [14, 5, 15, 18, 10], "headings");
}

#[test]
fn the_commands_are_there() {
    for command in parts().iter().flat_map(|part| &part.commands) {
        let words: Vec<&str> = command.split_whitespace().filter(|word| *word != "sts-lab").collect();
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_sts-lab"));
        let output = run
            .args(&words[..words.len().min(if words[0] == "kubectl" { 2 } else { 1 })])
            .arg("--help")
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What is new need not be on the page at once, but what is there must hold.
#[test]
fn the_page_is_true() {
    let file = path("docs/notes-coverage.md");
    if std::env::var_os("STS_LAB_BLESS").is_some() {
        std::fs::write(&file, page().0).unwrap();
    }
    let (written, content) = (std::fs::read_to_string(&file).unwrap(), content());
    let (mut note, mut rows) = (String::new(), Vec::new());
    for line in written.lines() {
        if let Some(number) = line.strip_prefix("## Note ") {
            note = number.to_string();
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if line.starts_with("| ") && cells.len() == 5 && cells[0] != "part" && cells[0] != "---" {
            rows.push((note.clone(), cells));
        }
    }
    let advice = "STS_LAB_BLESS=1 cargo test --test coverage writes the page again";
    for part in parts() {
        let title = if part.table { format!("table: {}", part.title) } else { part.title.clone() };
        let row = rows.iter().find(|(note, cells)| *note == part.note && cells[0] == title);
        let (_, cells) = row.unwrap_or_else(|| panic!("note {}: no row for {title}; {advice}", part.note));
        let all = [&content.lessons, &content.questions, &content.myths];
        assert!(cells[1..4].iter().any(|cell| !cell.is_empty()), "nothing covers {title}; {advice}");
        for (names, all) in cells[1..4].iter().zip(all) {
            let covering = covering(&part, all);
            for name in names.trim_end_matches(" …").split(", ").filter(|name| !name.is_empty()) {
                assert!(covering.contains(&name), "{name} does not cover {title} of note {}; {advice}", part.note);
            }
        }
    }
    assert_eq!(rows.len(), parts().len(), "{advice}");
}
