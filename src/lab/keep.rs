//! Files of the labs' home that are no journals: what somebody has learned. Each is read whole and replaced whole, under a
//! lock of its own, so that a crash leaves the old one or the new one, and two commands at once lose nothing.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::journal::JournalError;
use super::lock::Lock;

/// A file that this command alone may change, as long as this lives.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    _lock: Lock,
}

impl Kept {
    /// Takes the lock of a folder, which is made if need be, for a file in it. `waiting` is called once if another
    /// command holds it.
    pub fn open(dir: &Path, file: &str, waiting: impl FnOnce()) -> Result<Kept, JournalError> {
        let lock = Lock::acquire(dir, waiting)?;
        Ok(Kept { path: dir.join(file), _lock: lock })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; nothing if it was never written.
    pub fn read(&self) -> Result<Option<String>, JournalError> {
        read(&self.path)
    }

    /// Puts a text in the place of what is in it, durably.
    pub fn replace(&self, text: &str) -> Result<(), JournalError> {
        let io = |what| move |source| JournalError::Io { what, path: self.path.clone(), source };
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::NamedTempFile::new_in(dir).map_err(io("write"))?;
        new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(io("write"))?;
        new.persist(&self.path).map_err(|error| io("replace")(error.error))?;
        // A folder can be opened and synced on Unix; elsewhere the file itself has to do.
        if cfg!(unix) {
            File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("write"))?;
        }
        Ok(())
    }

    /// Adds a line to it, durably. A last line that a crash cut off is ended first, so that it spoils no other.
    pub fn append(&self, line: &str) -> Result<(), JournalError> {
        let io = |what| move |source| JournalError::Io { what, path: self.path.clone(), source };
        let torn = self.read()?.is_some_and(|text| !text.is_empty() && !text.ends_with('\n'));
        let text = format!("{}{}\n", if torn { "\n" } else { "" }, line.trim_end_matches('\n'));
        let mut file = File::options().create(true).append(true).open(&self.path).map_err(io("open"))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(io("write"))
    }
}

/// What is in a file, without its lock; nothing if it was never written.
pub fn read(path: &Path) -> Result<Option<String>, JournalError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(JournalError::Io { what: "read", path: path.into(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_whole_and_replaced_whole() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("drill");
        let kept = Kept::open(&dir, "cards.json", || panic!("nobody else is here")).unwrap();
        assert_eq!(kept.read().unwrap(), None);
        kept.replace("one").unwrap();
        kept.replace("two").unwrap();
        assert_eq!(kept.read().unwrap().as_deref(), Some("two"));
        let files = std::fs::read_dir(&dir).unwrap().flatten().map(|entry| entry.file_name()).collect::<Vec<_>>();
        assert_eq!(files.len(), 2, "the file and its lock, nothing half written: {files:?}");
    }

    #[test]
    fn a_line_that_was_cut_off_spoils_no_other() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::open(home.path(), "lines", || ()).unwrap();
        kept.append("one\n").unwrap();
        kept.append("two").unwrap();
        assert_eq!(kept.read().unwrap().as_deref(), Some("one\ntwo\n"));
        kept.replace("one\ntw").unwrap();
        kept.append("three").unwrap();
        assert_eq!(kept.read().unwrap().as_deref(), Some("one\ntw\nthree\n"));
    }

    #[test]
    fn two_at_once_lose_nothing() {
        let home = tempfile::tempdir().unwrap();
        let add = || {
            for _ in 0..50 {
                let kept = Kept::open(home.path(), "count", || ()).unwrap();
                let count: u32 = kept.read().unwrap().map_or(0, |text| text.parse().unwrap());
                kept.replace(&(count + 1).to_string()).unwrap();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(add);
            scope.spawn(add);
        });
        assert_eq!(read(&home.path().join("count")).unwrap().as_deref(), Some("100"));
    }
}
