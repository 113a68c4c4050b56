//! `sts-lab grade …`: a class's submissions are read and graded, on all cores; the report is the same whatever their
//! number.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, anyhow, ensure};

use super::desk::Desk;
use super::exercise::find;
use super::open::Outcome;
use super::stage::InProcess;
use crate::course::exercise::{Loaded, MOST_BYTES, Submission, Variant};
use crate::course::grade::alike::alike;
use crate::course::grade::report::{self, Class};
use crate::course::grade::{Grade, Ground, grade, note_repeats, unreadable};

pub const EXAMPLES: &str = "Examples:\n  sts-lab grade submissions/ --exercise exercises/scale-down\n  \
    sts-lab grade ada.submission --exercise first-set    # exit code 0 if it has all points\n  \
    sts-lab grade submissions/ --exercise first-set -o csv --out grades.csv\n  \
    sts-lab grade submissions/ --exercise first-set -o html --out grades.html\n\nIn a folder, every file counts as a \
    submission; in the folders in it, those that end in .submission. Checks that students do not have are read from \
    hidden.yaml beside the exercise, if it is given as a folder or file.";

/// A thread's stack: what people hand in may be nested deeply.
const STACK: usize = 32 << 20;
/// Folders within folders that are looked into.
const DEEP: usize = 6;

/// Arguments of `grade`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Submissions, or folders of them
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// The exercise: its name, or the folder or file of one
    #[arg(short, long, value_name = "NAME|DIR|FILE")]
    exercise: String,
    /// The form
    #[arg(short, long, value_parser = ["table", "json", "csv", "junit", "html"], default_value = "table")]
    output: String,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Of one submission: the points from which on the exit code is 0; without it, all
    #[arg(long, value_name = "POINTS")]
    pass: Option<u32>,
    /// How many are graded at a time; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

/// Runs `grade`.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    let loaded = find(desk, &args.exercise)?;
    let first = loaded.variants.first();
    let exercise = loaded.exercise(&first).map_err(|errors| anyhow!("{}", errors[0]))?;
    if exercise.hidden > 0 && loaded.hidden.is_none() {
        desk.note(&format!(
            "notice: the hidden checks of {} are not here: give the exercise as the folder that has hidden.yaml\n",
            exercise.name
        ));
    }
    let files = files(desk, &args.paths)?;
    ensure!(!files.is_empty(), "there is no submission in {}", shown(&args.paths));
    let work = Work::new(&loaded, &exercise.name, files, args.jobs.map(usize::from))?;
    let (mut grades, variants) = work.grade(desk);
    note_repeats(&mut grades);
    let ground = Ground::new(&loaded, &first, &InProcess).map_err(|why| anyhow!(why))?;
    let solution: Vec<String> =
        exercise.solution.iter().map(|line| first.take_out(&line.words().to_lowercase())).collect();
    let class = Class {
        exercise: exercise.name.clone(),
        title: exercise.title.clone(),
        version: loaded.version(),
        program: format!("sts-lab {}", env!("CARGO_PKG_VERSION")),
        of: ground.most(),
        alike: alike(&grades, &variants, &solution),
        submissions: grades,
    };
    print(desk, args, &class)?;
    Ok(match class.submissions.as_slice() {
        [one] => u8::from(match args.pass {
            Some(points) => one.points < points || one.standing == crate::course::grade::Standing::Rejected,
            None => !one.is_full(),
        }),
        _ => 0,
    })
}

fn print(desk: &Desk<'_>, args: &Args, class: &Class) -> anyhow::Result<()> {
    let text = match (args.output.as_str(), class.submissions.as_slice()) {
        ("json", _) => report::json(class),
        ("csv", _) => report::csv(class),
        ("junit", _) => report::junit(class),
        ("html", _) => report::html(class),
        (_, [one]) => format!("{}\n{}", one.student, report::one(one, 0, desk.look())),
        _ => report::table(class, desk.look()),
    };
    let Some(out) = &args.out else {
        desk.out(&text);
        return Ok(());
    };
    std::fs::write(desk.dir().join(out), &text).with_context(|| format!("cannot write {}", out.display()))?;
    desk.note(&format!("{} written. {}\n", out.display(), class.summary()));
    Ok(())
}

fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The submissions that were named, sorted, each once: the path as a person reads it, and the file.
fn files(desk: &Desk<'_>, paths: &[PathBuf]) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut files = BTreeSet::new();
    for path in paths {
        let real = desk.dir().join(path);
        let about = std::fs::metadata(&real).with_context(|| format!("cannot read {}", path.display()))?;
        if about.is_dir() {
            in_folder(path, &real, 0, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
        } else {
            files.insert((path.to_string_lossy().into_owned(), real));
        }
    }
    Ok(files.into_iter().collect())
}

fn in_folder(path: &Path, real: &Path, depth: usize, files: &mut BTreeSet<(String, PathBuf)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(real)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let text = name.to_string_lossy();
        if text.starts_with('.') {
            continue;
        }
        let (path, real) = (path.join(&name), real.join(&name));
        if kind.is_dir() && depth < DEEP {
            in_folder(&path, &real, depth + 1, files)?;
        } else if kind.is_file() && (depth == 0 || text.ends_with(".submission")) {
            files.insert((path.to_string_lossy().into_owned(), real));
        }
    }
    Ok(())
}

/// A submission that was read, or why it cannot be.
type Received = Result<Submission, String>;

/// What is to be graded.
struct Work {
    files: Vec<(String, PathBuf)>,
    submissions: Vec<Received>,
    variants: Vec<Variant>,
    grounds: BTreeMap<Variant, Result<Ground, String>>,
    most: u32,
    threads: usize,
}

impl Work {
    fn new(
        loaded: &Loaded,
        exercise: &str,
        files: Vec<(String, PathBuf)>,
        jobs: Option<usize>,
    ) -> anyhow::Result<Work> {
        let submissions: Vec<Received> = files.iter().map(|(_, file)| read(file)).collect();
        let mut grounds = BTreeMap::new();
        let mut variants = Vec::new();
        let mut most = 0;
        for submission in &submissions {
            let Ok(submission) = submission else {
                variants.push(Variant::default());
                continue;
            };
            let variant = loaded.variants.of_student(exercise, &submission.head.student);
            let ground = grounds.entry(variant.clone()).or_insert_with(|| Ground::new(loaded, &variant, &InProcess));
            most = ground.as_ref().map_or(most, Ground::most);
            variants.push(variant);
        }
        if most == 0 {
            let first = loaded.variants.first();
            most = Ground::new(loaded, &first, &InProcess).map_err(|why| anyhow!(why))?.most();
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = jobs.unwrap_or(cores).clamp(1, files.len().max(1));
        Ok(Work { files, submissions, variants, grounds, most, threads })
    }

    /// The grades, in the order of the files, and the variants that were claimed.
    fn grade(&self, desk: &Desk<'_>) -> (Vec<Grade>, Vec<Variant>) {
        let next = AtomicUsize::new(0);
        let done: Mutex<BTreeMap<usize, Grade>> = Mutex::new(BTreeMap::new());
        let count = self.files.len();
        let progress = desk.room.terminals()[2] && count > 1;
        std::thread::scope(|scope| {
            let worker = || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let grade = self.one(index);
                    let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    done.insert(index, grade);
                    if progress && done.len().is_multiple_of(16) {
                        eprint!("\r{} of {count} graded", done.len());
                    }
                }
            };
            for _ in 0..self.threads {
                // Without a thread of its own the work is done here.
                if std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker).is_err() {
                    worker();
                }
            }
        });
        if progress {
            eprint!("\r{count} of {count} graded\n");
        }
        let grades = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values().collect();
        let claimed = |(submission, own): (&Received, &Variant)| {
            submission.as_ref().map_or_else(|_| own.clone(), |submission| submission.head.variant.clone())
        };
        (grades, self.submissions.iter().zip(&self.variants).map(claimed).collect())
    }

    fn one(&self, index: usize) -> Grade {
        let (file, _) = &self.files[index];
        match (&self.submissions[index], self.grounds.get(&self.variants[index])) {
            (Err(why), _) => unreadable(file, why, self.most),
            (Ok(submission), Some(Ok(ground))) => grade(file, submission, ground, &InProcess),
            (Ok(_), Some(Err(why))) => unreadable(file, &format!("the exercise does not begin: {why}"), self.most),
            (Ok(_), None) => unreadable(file, "its variant is unknown", self.most),
        }
    }
}

/// Reads a submission, but no more of a file than one may have.
fn read(file: &Path) -> Received {
    let mut bytes = Vec::new();
    let open = std::fs::File::open(file).map_err(|error| error.to_string())?;
    open.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Submission::read(&bytes).map_err(|why| why.to_string())
}
