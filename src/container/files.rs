//! The file system of a container: mounts over a root that holds little more than what a kubelet writes. What a write
//! would be is worked out here; doing it is for the caller.

use std::collections::BTreeMap;

use super::inside::{Around, Inside};
use super::mounts::{Mount, Source};
use super::resolver::{hosts_file, resolv_conf};
use crate::cluster::disk::{Change, Content, Disk, DiskId};
use crate::resource::Time;

/// Why a file cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errno {
    /// There is none.
    Missing,
    /// There is none in the lab, but the image would have it, or not.
    OfImage,
    /// A directory is meant, and this is none.
    NotDirectory,
    /// A file is meant, and this is a directory.
    IsDirectory,
    /// Nobody can write there.
    ReadOnly,
    /// The volume is full.
    NoSpace,
    /// A directory that is not empty.
    NotEmpty,
    /// It is there already.
    Exists,
    /// A mount cannot be removed.
    Busy,
    /// Not for this user, or not within reach.
    NotPermitted,
}

impl Errno {
    /// The words of the C library.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Errno::Missing => "No such file or directory",
            Errno::OfImage => "No such file or directory (the lab knows no files of images)",
            Errno::NotDirectory => "Not a directory",
            Errno::IsDirectory => "Is a directory",
            Errno::ReadOnly => "Read-only file system",
            Errno::NoSpace => "No space left on device",
            Errno::NotEmpty => "Directory not empty",
            Errno::Exists => "File exists",
            Errno::Busy => "Device or resource busy",
            Errno::NotPermitted => "Operation not permitted",
        }
    }
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub content: Content,
    /// When it was last written.
    pub modified: Time,
}

impl Entry {
    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.content == Content::Directory
    }
}

/// Files outside of containers, by absolute path.
pub trait Files {
    /// A file or directory.
    fn get(&self, path: &str) -> Result<Entry, Errno>;
    /// What is in a directory, by name.
    fn list(&self, path: &str) -> Result<Vec<(String, Entry)>, Errno>;
    /// Puts a file or directory somewhere.
    fn put(&mut self, path: &str, content: Content) -> Result<(), Errno>;
    /// Removes a file, or a directory with all that is in it.
    fn remove(&mut self, path: &str) -> Result<(), Errno>;
}

/// Directories that every image has.
const SKELETON: &[&str] =
    &["bin", "dev", "etc", "home", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"];
/// Directories whose files belong to the image.
const OF_IMAGE: &[&str] = &["/bin", "/etc", "/lib", "/opt", "/proc", "/sbin", "/srv", "/sys", "/usr", "/var"];

/// The root of an image's web server, and the page it shows there.
const WEB_ROOTS: &[(&str, &str, &str)] = &[
    ("nginx", "usr/share/nginx/html", NGINX_PAGE),
    ("nginx-slim", "usr/share/nginx/html", NGINX_PAGE),
    ("httpd", "usr/local/apache2/htdocs", "<html><body><h1>It works!</h1></body></html>\n"),
];

const NGINX_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n\
                          <h1>Welcome to nginx!</h1>\n</body>\n</html>\n";

/// Where the web server of an image finds its pages, if it is one the lab knows.
#[must_use]
pub fn web_root(program: &str) -> Option<String> {
    WEB_ROOTS.iter().find(|(image, ..)| *image == program).map(|(_, path, _)| format!("/{path}"))
}

/// A path without `.`, `..` and double slashes.
#[must_use]
pub fn absolute(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { directory };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The files of a container now.
#[derive(Clone, Copy)]
pub struct View<'v> {
    pub(super) inside: &'v Inside,
    pub(super) around: Around<'v>,
}

/// Where a path leads.
enum Place<'v> {
    /// Into a mount: what is left of the path.
    Mounted(&'v Mount, String),
    /// Into the container's own root.
    Root(String),
}

impl<'v> View<'v> {
    fn place(&self, path: &str) -> Place<'v> {
        for mount in &self.inside.mounts {
            if path == mount.path || mount.path == "/" {
                return Place::Mounted(mount, path[mount.path.len().min(path.len())..].trim_matches('/').into());
            }
            if let Some(rest) = path.strip_prefix(&mount.path).and_then(|rest| rest.strip_prefix('/')) {
                return Place::Mounted(mount, rest.into());
            }
        }
        Place::Root(path.trim_matches('/').into())
    }

    fn disk(&self, id: &DiskId) -> Option<&'v Disk> {
        self.around.disks.get(id)
    }

    /// The mount that a path leads into.
    #[must_use]
    pub fn mount(&self, path: &str) -> Option<&'v Mount> {
        if let Place::Mounted(mount, _) = self.place(path) { Some(mount) } else { None }
    }

    /// How much of a mount is used: bytes.
    #[must_use]
    pub fn used(&self, mount: &Mount) -> u64 {
        match &mount.source {
            Source::Disk(id) => {
                let used = self.disk(id).map_or(0, Disk::used);
                mount.capacity.filter(|_| mount.full).map_or(used, |all| all.max(used))
            }
            Source::Files(files) => files.values().map(|text| text.len() as u64).sum(),
        }
    }

    fn directory(&self) -> Entry {
        Entry { content: Content::Directory, modified: self.inside.started }
    }

    fn text(&self, text: &str) -> Entry {
        Entry { content: Content::Text(text.to_string()), modified: self.inside.started }
    }

    /// A file or directory, by its absolute path.
    pub fn get(&self, path: &str) -> Result<Entry, Errno> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !parent.is_empty() && !self.get(parent)?.is_directory() {
            return Err(Errno::NotDirectory);
        }
        let found = match self.place(path) {
            Place::Mounted(mount, rest) => self.in_mount(mount, &rest),
            Place::Root(rest) => self.in_root(&rest),
        };
        let of_image = || OF_IMAGE.iter().any(|of| path.strip_prefix(of).is_some_and(|rest| rest.starts_with('/')));
        found.ok_or_else(|| if self.mount(path).is_none() && of_image() { Errno::OfImage } else { Errno::Missing })
    }

    fn in_mount(&self, mount: &Mount, rest: &str) -> Option<Entry> {
        match &mount.source {
            Source::Disk(id) => {
                let path = join(&mount.part, rest);
                let found = self.disk(id).and_then(|disk| disk.get(&path));
                let found = found.map(|file| Entry { content: file.content.clone(), modified: file.modified });
                found.or_else(|| rest.is_empty().then(|| self.directory()))
            }
            Source::Files(files) => match files.get(rest) {
                Some(text) => Some(self.text(text)),
                None if rest.is_empty() => Some(self.directory()),
                None => files.keys().any(|name| is_below(name, rest)).then(|| self.directory()),
            },
        }
    }

    fn in_root(&self, rest: &str) -> Option<Entry> {
        if let Some(file) = self.disk(&self.inside.root).and_then(|disk| disk.get(rest)) {
            return Some(Entry { content: file.content.clone(), modified: file.modified });
        }
        let given = self.given();
        if let Some(text) = given.get(rest) {
            return Some(self.text(text));
        }
        let leads_to = |name: &str| rest.is_empty() || name == rest || is_below(name, rest);
        let mounted = self.inside.mounts.iter().any(|mount| leads_to(mount.path.trim_matches('/')));
        let known = SKELETON.contains(&rest) || rest.is_empty() || given.keys().any(|name| leads_to(name));
        (mounted || known).then(|| self.directory())
    }

    /// The files of the root that the lab knows: those of the kubelet, and the page of a web server.
    fn given(&self) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        out.insert("etc/hosts".to_string(), hosts_file(self.inside));
        out.insert("etc/hostname".to_string(), format!("{}\n", self.inside.hostname()));
        out.insert("etc/resolv.conf".to_string(), resolv_conf(self.inside));
        for (image, path, page) in WEB_ROOTS {
            if *image == self.inside.program() {
                out.insert(format!("{path}/index.html"), (*page).to_string());
            }
        }
        out
    }

    /// What is in a directory, by name.
    pub fn list(&self, path: &str) -> Result<Vec<(String, Entry)>, Errno> {
        if !self.get(path)?.is_directory() {
            return Err(Errno::NotDirectory);
        }
        let mut names: Vec<String> = Vec::new();
        match self.place(path) {
            Place::Mounted(mount, rest) => match &mount.source {
                Source::Disk(id) => {
                    let part = join(&mount.part, &rest);
                    names.extend(self.disk(id).into_iter().flat_map(|d| d.list(&part)).map(|(name, _)| name.into()));
                }
                Source::Files(files) => names.extend(files.keys().filter_map(|name| child(name, &rest))),
            },
            Place::Root(rest) => {
                let disk = self.disk(&self.inside.root);
                names.extend(disk.into_iter().flat_map(|disk| disk.list(&rest)).map(|(name, _)| name.into()));
                names.extend(self.given().keys().filter_map(|name| child(name, &rest)));
                if rest.is_empty() {
                    names.extend(SKELETON.iter().map(|name| (*name).to_string()));
                }
            }
        }
        let below = path.trim_matches('/');
        names.extend(self.inside.mounts.iter().filter_map(|mount| child(mount.path.trim_matches('/'), below)));
        names.sort();
        names.dedup();
        let entry = |name: String| {
            let entry = self.get(&absolute(path, &name)).ok()?;
            Some((name, entry))
        };
        Ok(names.into_iter().filter_map(entry).collect())
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Result<String, Errno> {
        match self.get(path)?.content {
            Content::Text(text) => Ok(text),
            Content::Zeros(size) => Ok("\0".repeat(usize::try_from(size).unwrap_or(0).min(1 << 20))),
            Content::Directory => Err(Errno::IsDirectory),
        }
    }

    /// Where a write to a path goes, and the path there.
    fn writable(&self, path: &str) -> Result<(DiskId, String, Option<&'v Mount>), Errno> {
        let parent = absolute(path, "..");
        if !self.get(&parent)?.is_directory() {
            return Err(Errno::NotDirectory);
        }
        match self.place(path) {
            Place::Mounted(mount, _) if mount.read_only => Err(Errno::ReadOnly),
            Place::Mounted(mount, rest) => match &mount.source {
                Source::Disk(id) => Ok((id.clone(), join(&mount.part, &rest), Some(mount))),
                Source::Files(_) => Err(Errno::ReadOnly),
            },
            Place::Root(_) if self.inside.spec["securityContext"]["readOnlyRootFilesystem"] == true => {
                Err(Errno::ReadOnly)
            }
            Place::Root(rest) => Ok((self.inside.root.clone(), rest, None)),
        }
    }

    /// The write that puts a file or directory there.
    pub fn put(&self, path: &str, content: Content) -> Result<(DiskId, Change), Errno> {
        let before = self.get(path).ok();
        let (id, path, mount) = self.writable(path)?;
        if before.as_ref().is_some_and(Entry::is_directory) {
            return Err(if content == Content::Directory { Errno::Exists } else { Errno::IsDirectory });
        }
        if before.is_some() && content == Content::Directory {
            return Err(Errno::Exists);
        }
        let freed = before.map_or(0, |entry| entry.content.size());
        self.check_space(mount, content.size(), freed)?;
        Ok((id, Change::Put { path, content }))
    }

    /// The write that adds to the end of a file.
    pub fn append(&self, path: &str, text: &str) -> Result<(DiskId, Change), Errno> {
        let before = self.get(path).ok();
        let (id, at, mount) = self.writable(path)?;
        self.check_space(mount, text.len() as u64, 0)?;
        match before.map(|entry| entry.content) {
            Some(Content::Directory) => Err(Errno::IsDirectory),
            // A file of the root that nobody has written yet is no file of its disk.
            Some(Content::Text(own)) if self.disk(&id).is_none_or(|disk| disk.get(&at).is_none()) => {
                Ok((id, Change::Put { path: at, content: Content::Text(own + text) }))
            }
            _ => Ok((id, Change::Append { path: at, text: text.to_string() })),
        }
    }

    fn check_space(&self, mount: Option<&Mount>, more: u64, freed: u64) -> Result<(), Errno> {
        let Some((mount, capacity)) = mount.and_then(|mount| Some((mount, mount.capacity?))) else { return Ok(()) };
        let after = (self.used(mount) + more).saturating_sub(freed);
        if more > freed && after > capacity { Err(Errno::NoSpace) } else { Ok(()) }
    }

    /// The write that removes a file or a directory.
    pub fn remove(&self, path: &str) -> Result<(DiskId, Change), Errno> {
        self.get(path)?;
        if self.inside.mounts.iter().any(|mount| mount.path == path || is_below(&mount.path, path)) {
            return Err(Errno::Busy);
        }
        let (id, path, _) = self.writable(path)?;
        match self.disk(&id).and_then(|disk| disk.get(&path)) {
            Some(_) => Ok((id, Change::Remove { path })),
            // What the image brings along stays.
            None => Err(Errno::ReadOnly),
        }
    }

    /// How many bytes are free where a path leads, if there is a limit.
    #[must_use]
    pub fn free(&self, path: &str) -> Option<u64> {
        let mount = self.mount(path)?;
        Some(mount.capacity?.saturating_sub(self.used(mount)))
    }
}

fn join(part: &str, rest: &str) -> String {
    [part, rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn is_below(name: &str, directory: &str) -> bool {
    name.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// The name in a directory through which a path leads.
fn child(path: &str, directory: &str) -> Option<String> {
    let rest = if directory.is_empty() { path } else { path.strip_prefix(directory)?.strip_prefix('/')? };
    rest.split('/').next().filter(|name| !name.is_empty()).map(ToString::to_string)
}
