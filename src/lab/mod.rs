//! A lab on disk: a journal of inputs, and nothing else. Opening a lab folds the journal into a [`Cluster`]; a command
//! appends what it did as one entry, durably. One command at a time works on a lab; the next one waits.

mod checkpoint;
mod entry;
mod inside;
mod journal;
pub mod keep;
mod lock;
pub mod place;
mod session;
#[cfg(test)]
mod tests;
mod transfer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use entry::{Entry, Header, Input};
pub use journal::{FILE, Journal, JournalError, Torn, text};
pub use session::Session;
pub use transfer::{Contents, make, read, remove};

use crate::cluster::{Cluster, ClusterConfig};
use crate::resource::Time;

/// An open lab.
#[derive(Debug)]
pub struct Lab {
    journal: Journal,
    entries: Vec<Entry>,
    /// The cluster's time after each entry.
    times: Vec<Time>,
    /// The cluster as the journal made it.
    pub cluster: Cluster,
    /// The first entry after which the world is not what it was when the entry was written: another version of the
    /// program decided something differently.
    pub diverged_at: Option<usize>,
    /// The journals that were rewound, of a lab in memory.
    rewound: Vec<Vec<Entry>>,
    lock: Option<lock::Lock>,
}

/// What becomes of a cluster as entries are folded into it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Fold {
    /// The cluster after them.
    cluster: Cluster,
    /// The cluster's time after each.
    times: Vec<Time>,
    diverged_at: Option<usize>,
}

impl Fold {
    fn new(config: &ClusterConfig) -> Fold {
        Fold { cluster: Cluster::new(config), times: Vec::new(), diverged_at: None }
    }

    /// Folds those of a journal's entries that are not folded yet.
    fn advance(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate().skip(self.times.len()) {
            apply(&mut self.cluster, entry, index as u32);
            self.times.push(self.cluster.now);
            if self.diverged_at.is_none() && entry.digest != digest(&self.cluster) {
                self.diverged_at = Some(index);
            }
        }
    }

    /// How much has happened.
    fn changes(&self) -> usize {
        self.cluster.api.store.history.len()
    }
}

impl Lab {
    /// Opens the lab in a folder, or begins one there. `waiting` is called once if another command holds the lab.
    pub fn open(dir: &Path, waiting: impl FnOnce()) -> Result<Lab, JournalError> {
        let held = lock::Lock::acquire(dir, waiting)?;
        let (journal, _, entries) = Journal::open(&dir.join(journal::FILE), &Header::default())?;
        let Fold { cluster, times, diverged_at } = fold(&journal, &entries);
        Ok(Lab { journal, entries, times, cluster, diverged_at, rewound: Vec::new(), lock: Some(held) })
    }

    /// A lab in memory, of which nothing is kept.
    #[must_use]
    pub fn held(header: &Header, entries: Vec<Entry>) -> Lab {
        let journal = Journal::held(header);
        let Fold { cluster, times, diverged_at } = fold(&journal, &entries);
        Lab { journal, entries, times, cluster, diverged_at, rewound: Vec::new(), lock: None }
    }

    /// A copy in memory as it is now: what is done there changes nothing here.
    #[must_use]
    pub fn copy(&self) -> Lab {
        let journal = Journal::held(self.journal.header());
        let (entries, times, cluster) = (self.entries.clone(), self.times.clone(), self.cluster.clone());
        Lab { journal, entries, times, cluster, diverged_at: self.diverged_at, rewound: Vec::new(), lock: None }
    }

    /// Whether it is in memory only.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.journal.is_held()
    }

    /// Lets other commands work on the lab, which stays open.
    pub fn unlock(&mut self) {
        self.lock = None;
    }

    /// Takes the lock again. `false` if another command has changed the journal meanwhile: then this is not the lab any
    /// more, and must be opened again.
    pub fn lock_again(&mut self, waiting: impl FnOnce()) -> Result<bool, JournalError> {
        if !self.is_held() {
            self.lock = Some(lock::Lock::acquire(&self.dir(), waiting)?);
        }
        self.is_current()
    }

    /// Whether the journal is as this lab knows it.
    pub fn is_current(&self) -> Result<bool, JournalError> {
        Ok(self.is_held() || self.journal.is_unchanged()?)
    }

    /// The folder of the lab.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.journal.path().parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// What was done, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The cluster's time when each of them was done.
    #[must_use]
    pub fn times(&self) -> &[Time] {
        &self.times
    }

    /// How the lab began.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.journal.header()
    }

    /// Whether the last line of the journal was cut off, and dropped.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.journal.torn()
    }

    /// Begins a command; `words` are what the person typed.
    pub fn session(&mut self, words: &[String]) -> Session<'_> {
        let input = self.entries.len() as u32;
        Session::new(&mut self.cluster, input, words.to_vec())
    }

    /// Keeps what a command did. A command that did nothing leaves no entry.
    pub fn commit(&mut self, words: Vec<String>, inputs: Vec<Input>) -> Result<(), JournalError> {
        if inputs.is_empty() {
            return Ok(());
        }
        let format = inputs.iter().map(Input::format).max().unwrap_or_default();
        self.journal.require(format, &self.entries)?;
        let entry = Entry { words, inputs, digest: digest(&self.cluster) };
        self.journal.append(&entry)?;
        self.entries.push(entry);
        self.times.push(self.cluster.now);
        Ok(())
    }

    /// Goes back to the state after the first `keep` entries. The journal as it was is kept beside the new one; its path
    /// is returned, unless the lab is in memory.
    pub fn rewind(&mut self, keep: usize) -> Result<Option<PathBuf>, JournalError> {
        let keep = keep.min(self.entries.len());
        let saved = if self.is_held() {
            self.rewound.push(self.entries.clone());
            None
        } else {
            Some(self.journal.replace(&self.entries[..keep])?)
        };
        self.entries.truncate(keep);
        self.fold_again();
        Ok(saved)
    }

    /// Takes the last rewind back. What was done since is kept beside the journal; its path is returned, unless the lab
    /// is in memory. None if there was no rewind.
    pub fn undo_rewind(&mut self) -> Result<Option<Option<PathBuf>>, JournalError> {
        if self.is_held() {
            let Some(entries) = self.rewound.pop() else { return Ok(None) };
            self.rewound.push(std::mem::replace(&mut self.entries, entries));
            self.fold_again();
            return Ok(Some(None));
        }
        let Some((entries, saved)) = self.journal.restore()? else { return Ok(None) };
        self.entries = entries;
        self.fold_again();
        Ok(Some(Some(saved)))
    }

    fn fold_again(&mut self) {
        let Fold { cluster, times, diverged_at } = fold(&self.journal, &self.entries);
        (self.cluster, self.times, self.diverged_at) = (cluster, times, diverged_at);
    }
}

/// Folds a journal, from the last checkpoint that there is of it.
fn fold(journal: &Journal, entries: &[Entry]) -> Fold {
    if journal.is_held() {
        let mut fold = Fold::new(&journal.header().config());
        fold.advance(entries);
        return fold;
    }
    let dir = journal.path().parent().unwrap_or(Path::new("."));
    let stored = checkpoint::read(dir, entries.len(), |entries| journal.chain(entries));
    let changes = stored.as_ref().map_or(0, |stored| stored.changes);
    let mut fold = stored.map_or_else(|| Fold::new(&journal.header().config()), |stored| stored.fold);
    fold.advance(entries);
    checkpoint::write(dir, &mut fold, changes, journal.chain(entries.len()));
    fold
}

/// The cluster that a journal makes.
#[must_use]
pub fn replay(config: &ClusterConfig, entries: &[Entry]) -> Cluster {
    let mut fold = Fold::new(config);
    fold.advance(entries);
    fold.cluster
}

/// Does again what an entry says was done.
fn apply(cluster: &mut Cluster, entry: &Entry, index: u32) {
    for input in &entry.inputs {
        match input {
            Input::Request(request) => {
                // A request that failed when it was made fails again, and changes as little.
                let _ = cluster.request(request, index);
            }
            Input::Fault(fault) => cluster.fault(fault, index),
            Input::Import(state) => cluster.import(state, index),
            Input::Settle { quiet_us } => cluster.settle(Duration::from_micros(*quiet_us)),
            Input::Run { us } => {
                let until = cluster.now + Duration::from_micros(*us);
                cluster.run_until(until);
            }
            Input::Wait { until, times } => {
                for _ in 0..*times {
                    cluster.wait_for_change(*until);
                }
            }
            Input::Step { times } => {
                for _ in 0..*times {
                    cluster.step();
                }
            }
            Input::Write { disk, change } => cluster.disks.write(disk, change, cluster.now),
        }
    }
}

/// A number that two worlds share only if the same things happened in them.
#[must_use]
pub fn digest(cluster: &Cluster) -> String {
    format!("{:016x}", cluster.api.store.history.digest() ^ cluster.now.0 as u64 ^ cluster.disks.digest())
}
