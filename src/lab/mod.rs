//! A lab on disk: a journal of inputs, and nothing else. Opening a lab folds the journal into a [`Cluster`]; a command
//! appends what it did as one entry, durably. One command at a time works on a lab; the next one waits.

mod entry;
mod journal;
mod lock;
pub mod place;
mod session;
#[cfg(test)]
mod tests;
mod transfer;

use std::path::{Path, PathBuf};
use std::time::Duration;

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
    _lock: lock::Lock,
}

impl Lab {
    /// Opens the lab in a folder, or begins one there. `waiting` is called once if another command holds the lab.
    pub fn open(dir: &Path, waiting: impl FnOnce()) -> Result<Lab, JournalError> {
        let held = lock::Lock::acquire(dir, waiting)?;
        let (journal, header, entries) = Journal::open(&dir.join(journal::FILE), &Header::default())?;
        let mut cluster = Cluster::new(&header.config());
        let (mut diverged_at, mut times) = (None, Vec::with_capacity(entries.len()));
        for (index, entry) in entries.iter().enumerate() {
            apply(&mut cluster, entry, index as u32);
            times.push(cluster.now);
            if diverged_at.is_none() && entry.digest != digest(&cluster) {
                diverged_at = Some(index);
            }
        }
        Ok(Lab { journal, entries, times, cluster, diverged_at, _lock: held })
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
        let entry = Entry { words, inputs, digest: digest(&self.cluster) };
        self.journal.append(&entry)?;
        self.entries.push(entry);
        self.times.push(self.cluster.now);
        Ok(())
    }

    /// Goes back to the state after the first `keep` entries. The journal as it was is kept beside the new one; its path
    /// is returned.
    pub fn rewind(&mut self, keep: usize) -> Result<PathBuf, JournalError> {
        let saved = self.journal.replace(&self.entries[..keep.min(self.entries.len())])?;
        self.entries.truncate(keep);
        self.times.truncate(keep);
        self.cluster = replay(&self.journal.header().config(), &self.entries);
        Ok(saved)
    }

    /// Takes the last rewind back. What was done since is kept beside the journal; its path is returned. None if there
    /// was no rewind.
    pub fn undo_rewind(&mut self) -> Result<Option<PathBuf>, JournalError> {
        let Some((entries, saved)) = self.journal.restore()? else { return Ok(None) };
        let mut cluster = Cluster::new(&self.journal.header().config());
        self.times.clear();
        for (index, entry) in entries.iter().enumerate() {
            apply(&mut cluster, entry, index as u32);
            self.times.push(cluster.now);
        }
        (self.entries, self.cluster) = (entries, cluster);
        Ok(Some(saved))
    }
}

/// The cluster that a journal makes.
#[must_use]
pub fn replay(config: &ClusterConfig, entries: &[Entry]) -> Cluster {
    let mut cluster = Cluster::new(config);
    for (index, entry) in entries.iter().enumerate() {
        apply(&mut cluster, entry, index as u32);
    }
    cluster
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
        }
    }
}

/// A number that two worlds share only if the same things happened in them.
#[must_use]
pub fn digest(cluster: &Cluster) -> String {
    format!("{:016x}", cluster.api.store.history.digest() ^ cluster.now.0 as u64)
}
