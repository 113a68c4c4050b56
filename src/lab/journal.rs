//! The journal file: JSON lines, appended to and synced. A last line without its end was cut off by a crash and is
//! dropped; a damaged line before it is an error that says where.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::entry::{Entry, FORMAT, Header};
use crate::resource::hash::{hash_of, mix};

/// The journal's name in the folder of its lab.
pub const FILE: &str = "journal.jsonl";

/// What the names of journals that were replaced begin with.
pub const KEPT: &str = "rewound-";

/// Why a lab cannot be opened or kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("cannot {what} {path}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line that is not the last one cannot be read.
    #[error("{path}:{line}: this line of the journal is damaged ({why}); the lines before it are intact: `head -n {} {path} > whole.jsonl` keeps them", line - 1)]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// There is a lab already where one was to be made.
    #[error("there is a lab in {path} already")]
    Exists {
        /// Its folder.
        path: PathBuf,
    },
    /// The file is no journal.
    #[error("{path} is not a journal of sts-lab: {why}")]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The journal was written by a newer program.
    #[error("{path} has format {found}, this sts-lab reads up to {FORMAT}: a newer sts-lab made it")]
    TooNew {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

impl JournalError {
    /// The same of a file as the person named it.
    #[must_use]
    pub fn named(mut self, shown: &Path) -> JournalError {
        match &mut self {
            JournalError::Io { path, .. }
            | JournalError::Damaged { path, .. }
            | JournalError::Exists { path }
            | JournalError::NotAJournal { path, .. }
            | JournalError::TooNew { path, .. } => *path = shown.into(),
        }
        self
    }
}

/// A last line that was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Its number, from 1.
    pub line: usize,
    /// How many bytes of it there were.
    pub bytes: usize,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    header: Header,
    /// The length of what is whole; what is beyond was cut off.
    whole: u64,
    /// For each whole line a number that depends on it and on all before it.
    chain: Vec<u64>,
    torn: Option<Torn>,
    exists: bool,
    /// Whether there is no file: the journal is in memory only.
    held: bool,
}

impl Journal {
    /// Reads a journal. A file that is not there, or holds no whole line, is a journal with `header` and no entries; it
    /// is written with the first entry.
    pub fn open(path: &Path, header: &Header) -> Result<(Journal, Header, Vec<Entry>), JournalError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(JournalError::Io { what: "read", path: path.into(), source }),
        };
        let (found, entries, whole, torn) = parse(path, &bytes)?;
        let exists = found.is_some();
        let header = found.unwrap_or_else(|| header.clone());
        let journal = Journal {
            path: path.into(),
            header: header.clone(),
            whole: whole as u64,
            chain: chain(None, &bytes[..whole]),
            torn,
            exists,
            held: false,
        };
        Ok((journal, header, entries))
    }

    /// A journal without a file.
    #[must_use]
    pub fn held(header: &Header) -> Journal {
        let (path, header) = (PathBuf::new(), header.clone());
        Journal { path, header, whole: 0, chain: Vec::new(), torn: None, exists: false, held: true }
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Whether the file is as it was read and written.
    pub fn is_unchanged(&self) -> Result<bool, JournalError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(!self.exists),
            Err(source) => return Err(JournalError::Io { what: "read", path: self.path.clone(), source }),
        };
        Ok(bytes.len() as u64 == self.whole && chain(None, &bytes).last() == self.chain.last())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// A number that journals share only if they agree up to this many entries.
    #[must_use]
    pub fn chain(&self, entries: usize) -> u64 {
        self.chain.get(entries).copied().unwrap_or_default()
    }

    /// Whether the file has a header.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.exists
    }

    /// The last line, if it was cut off.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Sees to it that programs that cannot read a format do not read this journal; `entries` are what is in it.
    pub fn require(&mut self, format: u32, entries: &[Entry]) -> Result<(), JournalError> {
        if self.header.sts_lab_journal >= format {
            return Ok(());
        }
        self.header.sts_lab_journal = format;
        if self.exists { self.put(entries) } else { Ok(()) }
    }

    fn io(&self, what: &'static str) -> impl Fn(std::io::Error) -> JournalError {
        let path = self.path.clone();
        move |source| JournalError::Io { what, path: path.clone(), source }
    }

    /// Appends an entry, durably. The first one brings the header with it.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        if self.held {
            return Ok(());
        }
        let mut text = String::new();
        if !self.exists {
            text.push_str(&line(&self.header));
        }
        text.push_str(&line(entry));
        let file = OpenOptions::new().create(true).append(true).open(&self.path).map_err(self.io("open"))?;
        if file.metadata().map_err(self.io("read"))?.len() > self.whole {
            file.set_len(self.whole).map_err(self.io("repair"))?;
        }
        write_all(file, text.as_bytes()).map_err(self.io("write"))?;
        if !self.exists {
            self.sync_dir()?;
        }
        self.whole += text.len() as u64;
        self.chain.extend(chain(self.chain.last().copied(), text.as_bytes()));
        (self.exists, self.torn) = (true, None);
        Ok(())
    }

    /// Writes a journal where there is none, durably.
    pub fn create(path: &Path, header: &Header, entries: &[Entry]) -> Result<(), JournalError> {
        let (mut journal, ..) = Journal::open(path, header)?;
        if journal.exists {
            return Err(JournalError::Exists { path: path.parent().unwrap_or(path).into() });
        }
        journal.put(entries)
    }

    /// Puts another journal with these entries in the place of this one, which is kept under a new name.
    pub fn replace(&mut self, entries: &[Entry]) -> Result<PathBuf, JournalError> {
        let saved = self.keep()?;
        self.put(entries)?;
        Ok(saved)
    }

    /// Puts the journal that was last replaced back in the place of this one, which is kept under a new name; the
    /// entries of the one that is back. None if none was replaced.
    pub fn restore(&mut self) -> Result<Option<(Vec<Entry>, PathBuf)>, JournalError> {
        let Some(number) = self.kept().last().copied() else { return Ok(None) };
        let last = self.kept_path(number);
        let (_, _, entries) = Journal::open(&last, &self.header)?;
        let saved = self.keep()?;
        self.put(&entries)?;
        std::fs::remove_file(&last).map_err(self.io("remove"))?;
        Ok(Some((entries, saved)))
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn kept_path(&self, number: u32) -> PathBuf {
        self.dir().join(format!("{KEPT}{number}.jsonl"))
    }

    /// The numbers of the journals that were kept, in order.
    fn kept(&self) -> Vec<u32> {
        let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix(KEPT)?.strip_suffix(".jsonl")?.parse().ok();
        let files = std::fs::read_dir(self.dir()).into_iter().flatten().flatten();
        let mut numbers: Vec<u32> = files.filter_map(|file| number(file.file_name())).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Copies this journal to a new name.
    fn keep(&self) -> Result<PathBuf, JournalError> {
        let saved = self.kept_path(self.kept().last().map_or(1, |number| number + 1));
        std::fs::copy(&self.path, &saved).map_err(self.io("copy"))?;
        File::open(&saved).and_then(|file| file.sync_all()).map_err(self.io("copy"))?;
        Ok(saved)
    }

    fn sync_dir(&self) -> Result<(), JournalError> {
        // A folder can be opened and synced on Unix; elsewhere the file itself has to do.
        if cfg!(unix) {
            File::open(self.dir()).and_then(|dir| dir.sync_all()).map_err(self.io("write"))?;
        }
        Ok(())
    }

    /// Writes a whole journal in the place of this one: readers and crashes see the old one or the new one.
    fn put(&mut self, entries: &[Entry]) -> Result<(), JournalError> {
        let dir = self.dir().to_path_buf();
        let text = text(&self.header, entries);
        let mut new = tempfile::NamedTempFile::new_in(&dir).map_err(self.io("write"))?;
        new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(self.io("write"))?;
        new.persist(&self.path).map_err(|error| self.io("replace")(error.error))?;
        self.sync_dir()?;
        (self.whole, self.torn, self.exists) = (text.len() as u64, None, true);
        self.chain = chain(None, text.as_bytes());
        Ok(())
    }
}

fn write_all(mut file: File, bytes: &[u8]) -> std::io::Result<()> {
    file.write_all(bytes)?;
    file.sync_data()
}

/// The numbers of lines that follow on a line with the number `last`.
fn chain(last: Option<u64>, lines: &[u8]) -> Vec<u64> {
    let next = |last: &mut u64, line: &[u8]| {
        *last = mix(*last ^ hash_of(line));
        Some(*last)
    };
    lines.split_inclusive(|byte| *byte == b'\n').scan(last.unwrap_or_default(), next).collect()
}

/// The text of a journal.
#[must_use]
pub fn text(header: &Header, entries: &[Entry]) -> String {
    entries.iter().fold(line(header), |text, entry| text + &line(entry))
}

fn line<T: serde::Serialize>(value: &T) -> String {
    // Maps with text keys, numbers and texts: nothing that JSON lacks.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

type Parsed = (Option<Header>, Vec<Entry>, usize, Option<Torn>);

/// Reads the bytes of a journal: header, entries, the length of what is whole, and the torn line.
fn parse(path: &Path, bytes: &[u8]) -> Result<Parsed, JournalError> {
    let (mut header, mut entries, mut whole) = (None, Vec::new(), 0);
    let count = bytes.split_inclusive(|byte| *byte == b'\n').count();
    for (index, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let (number, last) = (index + 1, index + 1 == count);
        let torn = Some(Torn { line: number, bytes: raw.len() });
        if !raw.ends_with(b"\n") {
            return Ok((header, entries, whole, torn));
        }
        if header.is_none() {
            header = Some(parse_header(path, raw)?);
        } else {
            match serde_json::from_slice(raw) {
                Ok(entry) => entries.push(entry),
                Err(_) if last => return Ok((header, entries, whole, torn)),
                Err(error) => {
                    return Err(JournalError::Damaged { path: path.into(), line: number, why: error.to_string() });
                }
            }
        }
        whole += raw.len();
    }
    Ok((header, entries, whole, None))
}

fn parse_header(path: &Path, raw: &[u8]) -> Result<Header, JournalError> {
    let value: serde_json::Value = serde_json::from_slice(raw)
        .map_err(|error| JournalError::NotAJournal { path: path.into(), why: format!("line 1: {error}") })?;
    let format = value["stsLabJournal"].as_u64();
    if let Some(found) = format.filter(|found| *found > u64::from(FORMAT)) {
        return Err(JournalError::TooNew { path: path.into(), found: found as u32 });
    }
    serde_json::from_value(value)
        .map_err(|error| JournalError::NotAJournal { path: path.into(), why: format!("line 1: {error}") })
}
