//! Exercises that were begun: their labs, what is kept beside them, and the verbs of a student.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};

use super::find::{exercise_of, find, loaded};
use crate::cli::desk::Desk;
use crate::cli::open::{Outcome, home};
use crate::cli::stage::InProcess;
use crate::course::content::Source;
use crate::course::exercise::{Exercise, Loaded, Submission, SubmissionHead, Variant};
use crate::course::grade::{Grade, Ground, grade, report};
use crate::course::lesson::markdown::render;
use crate::lab::{Contents, make, read, remove};
use crate::view::style::Tone;

/// What is kept beside the lab of an exercise.
const KEPT: &str = "exercise.json";

/// What is known of a started exercise.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    student: String,
    variant: Variant,
    file: String,
    text: String,
    folder: PathBuf,
    hints: usize,
}

/// An exercise that was begun.
pub struct Begun {
    lab: String,
    lab_dir: PathBuf,
    kept: Kept,
    loaded: Loaded,
    exercise: Exercise,
}

impl Begun {
    /// The exercise of this name, or that of the lab in use, or the only one that was begun.
    pub fn find(desk: &Desk<'_>, name: Option<&str>) -> anyhow::Result<Begun> {
        let home = home(desk.room);
        let begun: Vec<String> = home.names().into_iter().filter(|lab| home.named(lab).join(KEPT).is_file()).collect();
        let chosen = desk.cli.lab.clone().unwrap_or_else(|| home.current());
        let lab = match name {
            Some(name) => format!("exercise-{name}"),
            None if begun.contains(&chosen) => chosen,
            None => match begun.as_slice() {
                [one] => one.clone(),
                [] => bail!("no exercise was begun: `sts-lab exercise list` shows what there is, `start` begins one"),
                many => bail!("which exercise? {} were begun; say its name", many.join(", ").replace("exercise-", "")),
            },
        };
        let lab_dir = home.named(&lab);
        let Ok(text) = std::fs::read(lab_dir.join(KEPT)) else {
            let name = lab.trim_start_matches("exercise-");
            bail!("exercise {name} was not begun: `sts-lab exercise start {name} --student ID` begins it");
        };
        let kept: Kept = serde_json::from_slice(&text).context("what was kept of this exercise cannot be read")?;
        let loaded = loaded(Source::new(kept.file.clone(), kept.text.clone()), None)?;
        let exercise = exercise_of(&loaded, &kept.variant)?;
        Ok(Begun { lab, lab_dir, kept, loaded, exercise })
    }

    /// Tells the task.
    pub fn tell(&self, desk: &Desk<'_>) {
        let (look, exercise) = (desk.look(), &self.exercise);
        desk.out(&format!("{}\n\n", look.paint(&exercise.title, Tone::Strong)));
        desk.out(&format!("{}\n", render(&exercise.task, look)));
        let points: u32 = exercise.checks.iter().map(|check| check.points).sum();
        let hidden = match exercise.hidden {
            0 => String::new(),
            1 => ", and 1 check that you cannot see".into(),
            count => format!(", and {count} checks that you cannot see"),
        };
        let mut facts = vec![format!("Points: {points} in {} checks{hidden}.", exercise.checks.len())];
        if let Some(most) = exercise.limits.commands {
            facts.push(format!("At most {most} commands that change something or let time pass; looking is free."));
        }
        if let Some(most) = exercise.limits.minutes {
            facts.push(format!("At most {most} minutes of the cluster's time."));
        }
        facts.push(format!("Files: {}.", self.kept.folder.display()));
        facts.push(format!("Lab: {}, in use now.", self.lab));
        for fact in facts {
            desk.out(&format!("{}\n", look.wrap(&fact, 2)));
        }
        desk.out("\nNext: `sts-lab status`; `sts-lab exercise check`, `hint`, `submit`\n");
    }

    /// What would be handed in now.
    fn submission(&self) -> anyhow::Result<Submission> {
        let Contents { header, entries, torn } = read(&self.lab_dir.join(crate::lab::FILE))?;
        let Kept { student, variant, .. } = &self.kept;
        let head = SubmissionHead::new(&self.exercise.name, &self.loaded.version(), student, variant);
        Ok(Submission { head, header, entries, torn: torn.is_some() })
    }

    fn grade(&self) -> anyhow::Result<Grade> {
        let ground = Ground::new(&self.loaded, &self.kept.variant, &InProcess).map_err(|why| anyhow!(why))?;
        Ok(grade(&self.lab, &self.submission()?, &ground, &InProcess))
    }
}

/// Begins an exercise.
pub fn start(desk: &Desk<'_>, name: &str, student: &str, dir: Option<&Path>, again: bool) -> Outcome {
    let student = student.trim();
    ensure!(
        !student.is_empty() && student.len() <= 200 && !student.chars().any(char::is_control),
        "--student is the id that your instructor knows you by: 1 to 200 plain characters"
    );
    let loaded = find(desk, name)?;
    // The name is the same in all variants.
    let first = loaded.variants.first();
    let own = exercise_of(&loaded, &first)?.name;
    let variant = loaded.variants.of_student(&own, student);
    let exercise = exercise_of(&loaded, &variant)?;
    let lab = format!("exercise-{own}");
    let home = home(desk.room);
    let lab_dir = home.named(&lab);
    if lab_dir.join(crate::lab::FILE).exists() {
        ensure!(
            again,
            "exercise {own} was begun already: `sts-lab lab use {lab}` goes on with it, `--again` begins anew (what was \
             done so far is gone)"
        );
        remove(&lab_dir, || desk.note("waiting for another sts-lab command on this lab to end…\n"))?;
    }
    let ground = Ground::new(&loaded, &variant, &InProcess).map_err(|why| anyhow!(why))?;
    let folder = desk.dir().join(dir.unwrap_or(Path::new(&own)));
    write_files(&exercise, &folder, again)?;
    make(&lab_dir, &ground.header, &ground.entries)?;
    let kept = Kept {
        student: student.to_string(),
        variant,
        file: loaded.source.file.to_string(),
        text: loaded.source.text.to_string(),
        folder,
        hints: 0,
    };
    keep(&lab_dir, &kept)?;
    home.choose(&lab).context("the lab is made, but cannot be put to use")?;
    Begun { lab, lab_dir, kept, loaded, exercise }.tell(desk);
    if std::env::var_os("STS_LAB").is_some_and(|lab| !lab.is_empty()) {
        desk.note("note: STS_LAB is set, and wins over the lab in use\n");
    }
    Ok(0)
}

/// Writes the files of an exercise, and its task. A file that is there stays, unless it is to begin again.
fn write_files(exercise: &Exercise, folder: &Path, again: bool) -> anyhow::Result<()> {
    let task = format!("# {}\n\n{}", exercise.title, exercise.task);
    let files = exercise.files.iter().filter_map(|(name, file)| Some((name.as_str(), file.text()?)));
    for (name, text) in files.chain([("TASK.md", task.as_str())]) {
        let path = folder.join(name);
        let there = std::fs::read_to_string(&path).ok();
        ensure!(
            again || there.as_deref().is_none_or(|there| there == text),
            "{} is there already, with something else in it: choose another folder with --dir, or say --again",
            path.display()
        );
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn keep(lab_dir: &Path, kept: &Kept) -> anyhow::Result<()> {
    let path = lab_dir.join(KEPT);
    std::fs::write(&path, serde_json::to_vec(kept)?).with_context(|| format!("cannot write {}", path.display()))
}

/// Tells the next hint.
pub fn hint(desk: &Desk<'_>, name: Option<&str>) -> Outcome {
    let mut begun = Begun::find(desk, name)?;
    let hints = &begun.exercise.hints;
    let shown = (begun.kept.hints + 1).min(hints.len());
    ensure!(shown > 0, "this exercise has no hints");
    desk.out(&format!("{}\n", desk.look().wrap(&format!("Hint {shown} of {}: {}", hints.len(), hints[shown - 1]), 2)));
    begun.kept.hints = shown;
    keep(&begun.lab_dir, &begun.kept)?;
    Ok(0)
}

/// Tells what holds already.
pub fn check(desk: &Desk<'_>, name: Option<&str>, json: bool) -> Outcome {
    let begun = Begun::find(desk, name)?;
    let grade = begun.grade()?;
    if json {
        desk.out(&format!("{:#}\n", serde_json::to_value(&grade)?));
    } else {
        desk.out(&report::one(&grade, begun.exercise.hidden, desk.look()));
        if grade.is_full() {
            desk.out("`sts-lab exercise submit` writes what you hand in.\n");
        } else {
            desk.out("`sts-lab exercise hint` helps; `sts-lab rewind` takes the last command back.\n");
        }
    }
    Ok(u8::from(!grade.is_full()))
}

/// Writes what is handed in.
pub fn submit(desk: &Desk<'_>, name: Option<&str>, file: Option<&Path>, force: bool) -> Outcome {
    let begun = Begun::find(desk, name)?;
    let submission = begun.submission()?;
    let text = submission.text();
    if file == Some(Path::new("-")) {
        desk.out(&text);
        return Ok(0);
    }
    let id: String =
        begun.kept.student.chars().map(|c| if c.is_alphanumeric() || "-_.@".contains(c) { c } else { '_' }).collect();
    let usual = PathBuf::from(format!("{}.{}.submission", begun.exercise.name, id.trim_start_matches('.')));
    let file = file.unwrap_or(&usual);
    let path = desk.dir().join(file);
    ensure!(force || !path.exists(), "{} is there already: say --force to write over it", file.display());
    std::fs::write(&path, &text).with_context(|| format!("cannot write {}", file.display()))?;
    let grade = begun.grade()?;
    desk.out(&format!(
        "{} written, as {}: {} of {} points\n",
        file.display(),
        begun.kept.student,
        grade.points,
        grade.of
    ));
    if begun.exercise.hidden > 0 {
        desk.note("the checks that you cannot see come to that when it is graded\n");
    }
    Ok(0)
}
