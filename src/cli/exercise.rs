//! `sts-lab exercise …`: exercises are started, looked at, handed in, and written.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::args::format::{Format, ListFormat};
use super::desk::Desk;
use super::open::{Outcome, home};
use super::stage::InProcess;
use crate::course::content::{Kind, Library, Source, is_name};
use crate::course::exercise::{Exercise, Loaded, Submission, SubmissionHead, Variant, lint, skeleton};
use crate::course::grade::{Grade, Ground, grade, report};
use crate::course::lesson::markdown::render;
use crate::lab::{Contents, make, read, remove};
use crate::manifest::did_you_mean;
use crate::view::style::Tone;
use crate::view::table::Table;

pub const EXAMPLES: &str = "Examples:\n  sts-lab exercise list\n  sts-lab exercise start first-set --student ada@example.org\n  \
    sts-lab exercise check            # points and feedback for what is there now\n  sts-lab exercise submit -o ada.submission\n  \
    sts-lab exercise new my-exercise  # the beginning of your own\n  sts-lab exercise lint my-exercise\n\nThe student works \
    with kubectl's and the lab's verbs in the lab `exercise-NAME`, which `start` puts to use.";

/// What is kept beside the lab of an exercise.
const KEPT: &str = "exercise.json";

/// Arguments of `exercise`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with exercises.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The exercises that come with sts-lab
    List {
        #[command(flatten)]
        output: ListFormat,
    },
    /// Begin an exercise: makes its lab and its files, and tells the task
    Start {
        /// Its name, or the folder or file of one
        exercise: String,
        /// Who you are: your name in class, or your e-mail address; it decides which variant you get
        #[arg(long, value_name = "ID", env = "STS_LAB_STUDENT")]
        student: String,
        /// Where its files go; without it, a new folder of the exercise's name
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Begin again: what was done so far in this exercise is gone
        #[arg(long)]
        again: bool,
    },
    /// The task again
    Task {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
    },
    /// The next hint
    Hint {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
    },
    /// What holds already: each check with its points and feedback
    Check {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
        #[command(flatten)]
        output: Format,
    },
    /// Write what is handed in: the journal of the lab, with who did it
    Submit {
        /// The exercise; without it, that of the lab in use
        exercise: Option<String>,
        /// The file; - is standard output
        #[arg(short = 'o', long = "output", value_name = "FILE")]
        file: Option<PathBuf>,
        /// Write over a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Write a new exercise to begin from
    New {
        /// Its name
        name: String,
    },
    /// Write an exercise that comes with sts-lab to a folder, to change it
    Export {
        /// Its name
        name: String,
        /// The folder; without it, one of its name
        dir: Option<PathBuf>,
    },
    /// For authors: whether exercises keep what they promise, in every variant
    Lint {
        /// Names, folders or files; without one, all that come with sts-lab
        exercises: Vec<String>,
    },
}

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

/// Runs `exercise`.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    ensure!(!desk.room.is_alone(), "exercises have labs of their own, which are not within reach of these lines");
    match &args.what {
        What::List { output } => list(desk, output.word()),
        What::Start { exercise, student, dir, again } => start(desk, exercise, student, dir.as_deref(), *again),
        What::Task { exercise } => {
            let begun = Begun::find(desk, exercise.as_deref())?;
            begun.tell(desk);
            Ok(0)
        }
        What::Hint { exercise } => hint(desk, exercise.as_deref()),
        What::Check { exercise, output } => match exercise.as_deref().filter(|name| is_path(desk, name)) {
            Some(path) => Ok(lint_all(desk, &[path.to_string()])),
            None => check(desk, exercise.as_deref(), output.is_json()),
        },
        What::Submit { exercise, file, force } => submit(desk, exercise.as_deref(), file.as_deref(), *force),
        What::New { name } => new(desk, name),
        What::Export { name, dir } => export(desk, name, dir.as_deref()),
        What::Lint { exercises } => Ok(lint_all(desk, exercises)),
    }
}

fn is_path(desk: &Desk<'_>, name: &str) -> bool {
    name.contains(['/', '\\', '.']) || !is_name(name) || desk.dir().join(name).join("exercise.yaml").is_file()
}

/// An exercise by its name, its folder or its file.
pub fn find(desk: &Desk<'_>, name: &str) -> anyhow::Result<Loaded> {
    if !is_path(desk, name) {
        return shipped(name);
    }
    let path = desk.dir().join(name);
    let file = if path.is_dir() { path.join("exercise.yaml") } else { path };
    let shown = if Path::new(name).join("exercise.yaml") == Path::new(name) || !desk.dir().join(name).is_dir() {
        PathBuf::from(name)
    } else {
        Path::new(name).join("exercise.yaml")
    };
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", shown.display()))?;
    let hidden = file.with_file_name("hidden.yaml");
    let hidden = match std::fs::read_to_string(&hidden) {
        Ok(text) => Some(Source::new(shown.with_file_name("hidden.yaml").to_string_lossy(), text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(anyhow!(error).context(format!("cannot read {}", hidden.display()))),
    };
    loaded(Source::new(shown.to_string_lossy(), text), hidden)
}

fn shipped(name: &str) -> anyhow::Result<Loaded> {
    let library = Library::shipped();
    let sources: Vec<&Source> = library.of(Kind::Exercise).collect();
    let Some(source) = sources.iter().find(|source| source.folder() == name) else {
        let names = sources.iter().map(|source| source.folder());
        match did_you_mean(name, names) {
            Some(meant) => bail!("there is no exercise {name}: did you mean {meant}?"),
            None => bail!("there is no exercise {name}; `sts-lab exercise list` shows what there is"),
        }
    };
    loaded((*source).clone(), None)
}

fn loaded(source: Source, hidden: Option<Source>) -> anyhow::Result<Loaded> {
    Loaded::new(source, hidden).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("{}", told.join("\n"))
    })
}

/// The exercise of a variant; [`Loaded::new`] has read one already.
fn exercise_of(loaded: &Loaded, variant: &Variant) -> anyhow::Result<Exercise> {
    loaded.exercise(variant).map_err(|errors| anyhow!("{}", errors[0]))
}

fn list(desk: &Desk<'_>, output: &str) -> Outcome {
    let library = Library::shipped();
    let mut exercises: Vec<(Exercise, usize)> = Vec::new();
    for source in library.of(Kind::Exercise) {
        let loaded = loaded(source.clone(), None)?;
        let first = loaded.variants.spread(1).into_iter().next().unwrap_or_default();
        exercises.push((exercise_of(&loaded, &first)?, loaded.variants.count()));
    }
    exercises.sort_by(|(a, _), (b, _)| (a.level, &a.name).cmp(&(b.level, &b.name)));
    let points = |e: &Exercise| e.checks.iter().map(|check| check.points).sum::<u32>();
    match output {
        "json" => {
            let value: Value = exercises
                .iter()
                .map(|(e, variants)| {
                    json!({
                        "name": e.name, "level": e.level.to_string(), "minutes": e.minutes, "points": points(e),
                        "hidden": e.hidden, "variants": variants, "summary": e.summary,
                    })
                })
                .collect();
            desk.out(&format!("{value:#}\n"));
        }
        "name" => exercises.iter().for_each(|(e, _)| desk.out(&format!("{}\n", e.name))),
        _ => {
            let mut table = Table::new(&["NAME", "LEVEL", "#MIN", "#POINTS", "~WHAT"]);
            for (e, _) in &exercises {
                table.row([
                    e.name.as_str().into(),
                    e.level.to_string().into(),
                    e.minutes.to_string().into(),
                    points(e).to_string().into(),
                    e.summary.as_str().into(),
                ]);
            }
            desk.out(&table.render(desk.look()));
            desk.out("\n`sts-lab exercise start NAME --student ID` begins one.\n");
        }
    }
    Ok(0)
}

fn start(desk: &Desk<'_>, name: &str, student: &str, dir: Option<&Path>, again: bool) -> Outcome {
    let student = student.trim();
    ensure!(
        !student.is_empty() && student.len() <= 200 && !student.chars().any(char::is_control),
        "--student is the id that your instructor knows you by: 1 to 200 plain characters"
    );
    let loaded = find(desk, name)?;
    // The name is the same in all variants.
    let first = loaded.variants.spread(1).into_iter().next().unwrap_or_default();
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

/// An exercise that was begun.
struct Begun {
    lab: String,
    lab_dir: PathBuf,
    kept: Kept,
    loaded: Loaded,
    exercise: Exercise,
}

impl Begun {
    /// The exercise of this name, or that of the lab in use, or the only one that was begun.
    fn find(desk: &Desk<'_>, name: Option<&str>) -> anyhow::Result<Begun> {
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

    fn tell(&self, desk: &Desk<'_>) {
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

fn hint(desk: &Desk<'_>, name: Option<&str>) -> Outcome {
    let mut begun = Begun::find(desk, name)?;
    let hints = &begun.exercise.hints;
    let shown = (begun.kept.hints + 1).min(hints.len());
    ensure!(shown > 0, "this exercise has no hints");
    desk.out(&format!("{}\n", desk.look().wrap(&format!("Hint {shown} of {}: {}", hints.len(), hints[shown - 1]), 2)));
    begun.kept.hints = shown;
    keep(&begun.lab_dir, &begun.kept)?;
    Ok(0)
}

fn check(desk: &Desk<'_>, name: Option<&str>, json: bool) -> Outcome {
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

fn submit(desk: &Desk<'_>, name: Option<&str>, file: Option<&Path>, force: bool) -> Outcome {
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

fn new(desk: &Desk<'_>, name: &str) -> Outcome {
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

fn export(desk: &Desk<'_>, name: &str, dir: Option<&Path>) -> Outcome {
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

fn lint_all(desk: &Desk<'_>, names: &[String]) -> u8 {
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
        desk.out(&format!("{name}: {}, {variants}\n", problems(report.problems.len())));
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

fn problems(count: usize) -> String {
    if count == 1 { "1 problem".into() } else { format!("{count} problems") }
}
