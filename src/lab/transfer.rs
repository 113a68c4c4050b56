//! Labs as a whole: made, read, removed, without folding them. What is copied from one lab to another, or to a file, is
//! the journal: there is nothing else.

use std::path::Path;

use super::checkpoint;
use super::entry::{Entry, Header};
use super::journal::{FILE, Journal, JournalError, KEPT, Torn};
use super::lock::Lock;

/// What a journal file holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// How the lab began.
    pub header: Header,
    /// What was done.
    pub entries: Vec<Entry>,
    /// The last line, if it was cut off.
    pub torn: Option<Torn>,
}

/// Reads a journal file. Nothing is locked: a journal is only appended to, or replaced as a whole.
pub fn read(path: &Path) -> Result<Contents, JournalError> {
    std::fs::metadata(path).map_err(|source| JournalError::Io { what: "read", path: path.into(), source })?;
    let (journal, header, entries) = Journal::open(path, &Header::default())?;
    if !journal.is_begun() {
        return Err(JournalError::NotAJournal { path: path.into(), why: "it has no whole line".into() });
    }
    Ok(Contents { header, entries, torn: journal.torn().cloned() })
}

/// Makes a lab in a folder that has none.
pub fn make(dir: &Path, header: &Header, entries: &[Entry]) -> Result<(), JournalError> {
    let _held = Lock::acquire(dir, || {})?;
    Journal::create(&dir.join(FILE), header, entries)
}

/// Removes the lab in a folder once nobody works on it, and the folder if nothing else is in it. Its journal goes first:
/// without it there is no lab.
pub fn remove(dir: &Path, waiting: impl FnOnce()) -> Result<(), JournalError> {
    let held = Lock::acquire(dir, waiting)?;
    let gone = |path: &Path| {
        std::fs::remove_file(path).map_err(|source| JournalError::Io { what: "remove", path: path.into(), source })
    };
    let journal = dir.join(FILE);
    if journal.exists() {
        gone(&journal)?;
    }
    let files = std::fs::read_dir(dir).map_err(|source| JournalError::Io { what: "read", path: dir.into(), source })?;
    for file in files.flatten() {
        if file.file_name().to_str().is_some_and(|name| name.starts_with(KEPT) || name == checkpoint::FILE) {
            gone(&file.path())?;
        }
    }
    gone(&dir.join(super::lock::FILE))?;
    drop(held);
    // A folder with other things in it stays.
    let _ = std::fs::remove_dir(dir);
    Ok(())
}
