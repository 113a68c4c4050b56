//! Agreement with a real cluster: plays recorded cases on the lab and compares, item by item, what it did with what a
//! real Kubernetes control plane and the real kubectl did.
//!
//! A case is a folder: steps, manifests, and a recording, often of two runs, because a real cluster does not do the same
//! twice. [`Case`] reads it, [`play()`] runs its steps here, [`normalize`] takes out of both what is random (uids,
//! addresses, times, generated names), and [`compare()`] judges four counts: output, objects, order, events. An item is
//! right if it is what one of the two runs shows. Nothing here knows a rule of Kubernetes; and nothing that is judged
//! can see the recording.

pub mod case;
mod compare;
mod diff;
pub mod normalize;
mod play;
mod regex;
pub mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub use case::{Case, Recorded, Step};
pub use compare::{Count, Difference, compare};
pub use diff::{MISSING, python};
pub use normalize::{Names, Side, sides};
pub use play::play;

/// What came of one case.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The case's name.
    pub case: String,
    /// Its area.
    pub area: String,
    /// Where it disagrees; or why it could not be judged.
    pub result: Result<Vec<Difference>, String>,
}

impl Verdict {
    /// Whether the case agrees on a count.
    #[must_use]
    pub fn agrees_on(&self, count: Count) -> bool {
        self.result.as_ref().is_ok_and(|differences| differences.iter().all(|difference| difference.count != count))
    }

    /// Whether it agrees on all four.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.result.as_ref().is_ok_and(Vec::is_empty)
    }
}

/// The folders of cases below `dirs`: a folder with a `case.yaml` is one; of any other, its subfolders are.
pub fn find(dirs: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for dir in dirs {
        if dir.join(case::STEPS).is_file() {
            found.push(dir.clone());
            continue;
        }
        let mut below: Vec<PathBuf> = std::fs::read_dir(dir)?.flatten().map(|entry| entry.path()).collect();
        below.retain(|path| path.join(case::STEPS).is_file());
        below.sort();
        found.append(&mut below);
    }
    Ok(found)
}

/// Judges cases, several at once, and returns the verdicts in their order.
#[must_use]
pub fn judge_all(cases: &[Case]) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(cases.len());
    let work = || {
        while let Some((index, case)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, cases.get(n)?)))
        {
            verdicts.lock().unwrap_or_else(PoisonError::into_inner).insert(index, judge(case));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    verdicts.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// Plays one case and judges it.
#[must_use]
pub fn judge(case: &Case) -> Verdict {
    judge_played(case, || play(case))
}

/// Judges what `play` did of a case.
pub fn judge_played(case: &Case, play: impl FnOnce() -> std::io::Result<(Vec<Recorded>, Names)>) -> Verdict {
    let verdict = |result| Verdict { case: case.name.clone(), area: case.area.clone(), result };
    if let Some(problem) = &case.problem {
        return verdict(Err(problem.clone()));
    }
    let (played, names) = match catch_unwind(AssertUnwindSafe(play)) {
        Ok(Ok(played)) => played,
        Ok(Err(error)) => return verdict(Err(format!("the case could not be played: {error}"))),
        Err(_) => {
            let everywhere = Count::ALL.into_iter().map(|count| Difference {
                count,
                step: 0,
                place: "the program panicked".into(),
                want: "".into(),
                got: "".into(),
            });
            return verdict(Ok(everywhere.collect()));
        }
    };
    let runs: Vec<Vec<Side>> = case.runs.iter().map(|run| sides(case, run, None, None)).collect();
    let judge = |order| compare(case, &runs, &sides(case, &played, Some(&names), order));
    let mut best = judge(None);
    if case.serial && !best.is_empty() {
        // The scheduler chooses among equal nodes at random: some renaming of the three nodes must agree.
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let other = judge(Some(order));
            if other.len() < best.len() {
                best = other;
            }
            if best.is_empty() {
                break;
            }
        }
    }
    verdict(Ok(best))
}
