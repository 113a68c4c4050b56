//! What authors of exercises do: write a new one, take one that ships, and try whether it keeps what it promises.

use std::path::Path;

use anyhow::{Context as _, ensure};

use super::find::{find, shipped};
use crate::cli::desk::Desk;
use crate::cli::open::Outcome;
use crate::cli::stage::InProcess;
use crate::course::content::{Kind, Library, is_name};
use crate::course::exercise::{lint, skeleton};
use crate::view::words::count;

/// Writes a new exercise to begin from.
pub fn new(desk: &Desk<'_>, name: &str) -> Outcome {
    ensure!(is_name(name), "{name:?} is no name of an exercise: lower case letters, digits and -, as in scale-down");
    let dir = desk.dir().join(name);
    ensure!(!dir.exists(), "{name} is there already: choose another name");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {name}"))?;
    std::fs::write(dir.join("exercise.yaml"), skeleton::exercise(name))?;
    std::fs::write(dir.join("hidden.yaml"), skeleton::hidden())?;
    desk.out(&format!("{name}/exercise.yaml and {name}/hidden.yaml written\n"));
    desk.note(&format!(
        "`sts-lab exercise lint {name}` tries it, `sts-lab exercise start ./{name} --student you` shows it as students see it\n"
    ));
    Ok(0)
}

/// Writes one that ships, to be changed.
pub fn export(desk: &Desk<'_>, name: &str, dir: Option<&Path>) -> Outcome {
    let loaded = shipped(name)?;
    let shown = dir.unwrap_or(Path::new(name)).join("exercise.yaml");
    let file = desk.dir().join(&shown);
    ensure!(!file.exists(), "{} is there already: choose another folder", shown.display());
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    std::fs::write(&file, loaded.source.text.as_bytes())
        .with_context(|| format!("cannot write {}", shown.display()))?;
    desk.out(&format!("{} written\n", shown.display()));
    Ok(0)
}

/// Tries some, or all that ship; exit code 1 if something is wrong.
pub fn lint_all(desk: &Desk<'_>, names: &[String]) -> u8 {
    let library = Library::shipped();
    let all: Vec<String> = library.of(Kind::Exercise).map(|source| source.folder().to_string()).collect();
    let names = if names.is_empty() { &all } else { names };
    let mut wrong = 0;
    for name in names {
        let report = match find(desk, name) {
            Ok(loaded) => lint::lint(&loaded, &InProcess),
            Err(error) => {
                wrong += 1;
                desk.out(&format!("{name}: {error:#}\n"));
                continue;
            }
        };
        let variants = format!("{} of {} variants tried", report.variants, report.of);
        if report.problems.is_empty() {
            desk.out(&format!("{name}: good, {variants}\n"));
            continue;
        }
        wrong += 1;
        desk.out(&format!("{name}: {}, {variants}\n", count(report.problems.len(), "problem")));
        for problem in &report.problems {
            let of = match problem.variants.as_slice() {
                [] => String::new(),
                variants if variants.len() == report.variants => String::new(),
                [one] => format!(" (variant {one})"),
                many => format!(" ({} variants, such as {})", many.len(), many[0]),
            };
            desk.out(&format!("  {}\n", desk.look().wrap(&format!("- {}{of}", problem.what), 4)));
        }
    }
    u8::from(wrong > 0)
}
