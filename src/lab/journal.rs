//! The journal file: JSON lines, appended to and synced. A last line without its end was cut off by a crash and is
//! dropped; a damaged line before it is an error that says where.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::entry::{Entry, FORMAT, Header};

/// The journal's name in the folder of its lab.
pub const FILE: &str = "journal.jsonl";

/// Why a lab cannot be opened or kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("cannot {what} {path}: {source}")]
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
    torn: Option<Torn>,
    exists: bool,
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
        let journal = Journal { path: path.into(), header: header.clone(), whole: whole as u64, torn, exists };
        Ok((journal, header, entries))
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

    /// The last line, if it was cut off.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    fn io(&self, what: &'static str) -> impl Fn(std::io::Error) -> JournalError {
        let path = self.path.clone();
        move |source| JournalError::Io { what, path: path.clone(), source }
    }

    /// Appends an entry, durably. The first one brings the header with it.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
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
        self.whole += text.len() as u64;
        (self.exists, self.torn) = (true, None);
        Ok(())
    }

    /// Puts another journal with these entries in the place of this one, which is kept under a new name.
    pub fn replace(&mut self, entries: &[Entry]) -> Result<PathBuf, JournalError> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let saved = (1..).map(|n| dir.join(format!("rewound-{n}.jsonl"))).find(|path| !path.exists());
        let saved = saved.unwrap_or_else(|| dir.join("rewound.jsonl"));
        std::fs::copy(&self.path, &saved).map_err(self.io("copy"))?;
        let mut text = line(&self.header);
        for entry in entries {
            text.push_str(&line(entry));
        }
        let mut new = tempfile::NamedTempFile::new_in(dir).map_err(self.io("write"))?;
        new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(self.io("write"))?;
        new.persist(&self.path).map_err(|error| self.io("replace")(error.error))?;
        (self.whole, self.torn, self.exists) = (text.len() as u64, None, true);
        Ok(saved)
    }
}

fn write_all(mut file: File, bytes: &[u8]) -> std::io::Result<()> {
    file.write_all(bytes)?;
    file.sync_data()
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
