//! The files of a stage: a folder on disk. For lines that run in a lab of their own it is a folder of theirs, whose root
//! is `/` to them; for a person's own lines it is the file system as it is.

use std::path::{Path, PathBuf};

use crate::cluster::disk::Content;
use crate::container::{Entry, Errno, Files};
use crate::resource::Time;

/// More of a file than this is not read.
const LONGEST: u64 = 64 << 20;

/// A folder as the root of a file system.
pub struct Folder {
    root: PathBuf,
    /// Nothing is written outside of this, if there is such a place.
    base: Option<PathBuf>,
    /// Removes the folder in the end, if it is the stage's own.
    own: Option<tempfile::TempDir>,
}

impl Folder {
    /// The file system as it is; only what is below a folder can be written.
    pub fn system(base: PathBuf) -> Folder {
        Folder { root: PathBuf::from("/"), base: Some(base), own: None }
    }

    /// A folder of its own.
    pub fn own() -> std::io::Result<Folder> {
        let own = tempfile::Builder::new().prefix("sts-lab-").tempdir()?;
        let root = own.path().to_path_buf();
        Ok(Folder { base: Some(root.clone()), root, own: Some(own) })
    }

    /// A copy, if it is the stage's own; the file system is the same for all, and a copy writes nothing there.
    pub fn copy(&self) -> std::io::Result<Folder> {
        if self.own.is_none() {
            return Ok(Folder { root: self.root.clone(), base: None, own: None });
        }
        let copy = Folder::own()?;
        copy_files(&self.root, &copy.root)?;
        Ok(copy)
    }

    /// Where a path of the stage is.
    pub fn place(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Where a path that is to be written is.
    fn writable(&self, path: &str) -> Result<PathBuf, Errno> {
        let place = self.place(path);
        let below = self.base.as_ref().is_some_and(|base| place.starts_with(base) && place != *base);
        if below { Ok(place) } else { Err(Errno::NotPermitted) }
    }
}

/// Copies a folder of files.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            std::fs::create_dir(&target)?;
            copy_files(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn errno(error: &std::io::Error) -> Errno {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::NotFound => Errno::Missing,
        Kind::NotADirectory => Errno::NotDirectory,
        Kind::IsADirectory => Errno::IsDirectory,
        Kind::AlreadyExists => Errno::Exists,
        Kind::ReadOnlyFilesystem => Errno::ReadOnly,
        Kind::StorageFull => Errno::NoSpace,
        Kind::DirectoryNotEmpty => Errno::NotEmpty,
        _ => Errno::NotPermitted,
    }
}

fn modified(path: &Path) -> Time {
    let time = std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let time = time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    time.map_or(Time::LAB_START, |time| Time(time.as_micros() as i64))
}

fn entry(path: &Path) -> Result<Entry, Errno> {
    let data = std::fs::metadata(path).map_err(|error| errno(&error))?;
    let modified = modified(path);
    if data.is_dir() {
        return Ok(Entry { content: Content::Directory, modified });
    }
    // A device or a pipe has no end, or none yet.
    if !data.is_file() || data.len() > LONGEST {
        return Err(Errno::NotPermitted);
    }
    let bytes = std::fs::read(path).map_err(|error| errno(&error))?;
    Ok(Entry { content: Content::Text(String::from_utf8_lossy(&bytes).into_owned()), modified })
}

impl Files for Folder {
    fn get(&self, path: &str) -> Result<Entry, Errno> {
        entry(&self.place(path))
    }

    fn list(&self, path: &str) -> Result<Vec<(String, Entry)>, Errno> {
        let place = self.place(path);
        let names = std::fs::read_dir(&place).map_err(|error| errno(&error))?;
        let mut found: Vec<(String, Entry)> = Vec::new();
        for name in names.flatten().filter_map(|name| name.file_name().into_string().ok()) {
            let path = place.join(&name);
            // What is in a file is read when somebody asks for it; what cannot be read is there all the same.
            let size = std::fs::metadata(&path).map(|data| (data.is_dir(), data.len())).unwrap_or_default();
            let content = if size.0 { Content::Directory } else { Content::Zeros(size.1) };
            found.push((name, Entry { content, modified: modified(&path) }));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    fn put(&mut self, path: &str, content: Content) -> Result<(), Errno> {
        let place = self.writable(path)?;
        match content {
            Content::Directory => std::fs::create_dir(&place),
            Content::Text(text) => std::fs::write(&place, text),
            Content::Zeros(_) => return Err(Errno::NotPermitted),
        }
        .map_err(|error| errno(&error))
    }

    fn remove(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.writable(path)?;
        let gone = if place.is_dir() { std::fs::remove_dir_all(&place) } else { std::fs::remove_file(&place) };
        gone.map_err(|error| errno(&error))
    }
}
