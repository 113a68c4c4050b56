//! The files of a shell: those of its container, or of the place outside of containers in which it stands.

use super::super::files::{Entry, Errno, View, absolute};
use super::super::streams::Input;
use super::Shell;
use crate::cluster::disk::Content;

impl Shell<'_> {
    /// The files of its container.
    pub(in crate::container) fn view(&self) -> View<'_> {
        View { inside: self.inside(), around: self.world.around() }
    }

    /// An absolute path.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        absolute(&self.directory, path)
    }

    /// A file or directory, by its absolute path.
    pub fn entry(&self, path: &str) -> Result<Entry, Errno> {
        if let Some(files) = self.world.files() {
            return files.get(path);
        }
        self.view().get(path)
    }

    /// What is in a directory, by its absolute path.
    pub fn list(&self, path: &str) -> Result<Vec<(String, Entry)>, Errno> {
        if let Some(files) = self.world.files() {
            return files.list(path);
        }
        self.view().list(path)
    }

    /// Puts a file or directory somewhere.
    pub fn put(&mut self, path: &str, content: Content) -> Result<(), Errno> {
        let path = self.path(path);
        if let Some(files) = self.world.files_mut() {
            return files.put(&path, content);
        }
        let (id, change) = self.view().put(&path, content)?;
        self.world.write(id, change);
        Ok(())
    }

    /// Adds to the end of a file.
    pub fn append(&mut self, path: &str, text: &str) -> Result<(), Errno> {
        let path = self.path(path);
        if let Some(files) = self.world.files_mut() {
            let before = match files.get(&path).map(|entry| entry.content) {
                Ok(Content::Text(before)) => before,
                Ok(Content::Directory) => return Err(Errno::IsDirectory),
                Ok(Content::Zeros(_)) | Err(_) => String::new(),
            };
            return files.put(&path, Content::Text(before + text));
        }
        let (id, change) = self.view().append(&path, text)?;
        self.world.write(id, change);
        Ok(())
    }

    /// Whether text could be added to a file.
    pub(super) fn check_append(&self, path: &str) -> Result<(), Errno> {
        let path = self.path(path);
        if self.is_inside() { self.view().append(&path, "").map(|_| ()) } else { Ok(()) }
    }

    /// Whether a file, by its absolute path, can be written.
    pub(super) fn is_writable(&self, path: &str) -> bool {
        !self.is_inside() || self.view().mount(path).is_none_or(|mount| !mount.read_only)
    }

    /// Whether what an absolute path names could be removed.
    pub(in crate::container) fn check_remove(&self, path: &str) -> Result<(), Errno> {
        if self.is_inside() { self.view().remove(path).map(|_| ()) } else { self.entry(path).map(|_| ()) }
    }

    /// Removes a file or directory.
    pub fn remove(&mut self, path: &str) -> Result<(), Errno> {
        let path = self.path(path);
        if let Some(files) = self.world.files_mut() {
            return files.remove(&path);
        }
        let (id, change) = self.view().remove(&path)?;
        self.world.write(id, change);
        Ok(())
    }

    /// The text of a file, or of standard input for `-`.
    pub fn read(&self, path: &str, input: &mut Input<'_>) -> Result<String, Errno> {
        if path == "-" || path == "/dev/stdin" {
            return Ok(input.all());
        }
        if path == "/dev/null" {
            return Ok(String::new());
        }
        let path = self.path(path);
        if self.is_inside() {
            return self.view().read(&path);
        }
        match self.entry(&path)?.content {
            Content::Text(text) => Ok(text),
            Content::Zeros(size) => Ok("\0".repeat(usize::try_from(size).unwrap_or(0).min(1 << 20))),
            Content::Directory => Err(Errno::IsDirectory),
        }
    }
}
