//! The lessons there are: those that come with the program, in their tracks, and files of one's own.

use std::path::Path;

use anyhow::bail;

use super::super::desk::Desk;
use super::super::library::{library, refused};
use crate::course::content::{Kind, Lesson, Library, Source, Track, parse};
use crate::manifest::did_you_mean;

/// The order of the tracks; others come behind, by name.
const TRACKS: [&str; 7] = ["basics", "updates", "storage", "network", "oncall", "systems", "tutorials"];

/// All lessons that come with the program, in order.
pub struct Shelf {
    /// The tracks with their folder's name.
    pub tracks: Vec<(String, Track)>,
    library: Library,
}

impl Shelf {
    /// What comes with the program.
    pub fn shipped() -> anyhow::Result<Shelf> {
        let library = Library::shipped();
        let mut tracks = Vec::new();
        for source in library.of(Kind::Track) {
            tracks.push((source.folder().to_string(), parse::<Track>(source).map_err(refused)?));
        }
        let place = |name: &str| TRACKS.iter().position(|track| *track == name).unwrap_or(TRACKS.len());
        tracks.sort_by_key(|(name, _)| (place(name), name.clone()));
        Ok(Shelf { tracks, library })
    }

    /// The names of all lessons, in the order in which they are best taken.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tracks.iter().flat_map(|(_, track)| track.order.iter().map(String::as_str))
    }

    /// The name of a lesson as typed: its own, the first unfinished of a track, or one nearly like it.
    pub fn read(&self, name: &str) -> anyhow::Result<Lesson> {
        match self.source(name) {
            Some(source) => parse(source).map_err(refused),
            None => {
                let known = self.names().chain(self.tracks.iter().map(|(name, _)| name.as_str()));
                match did_you_mean(name, known) {
                    Some(meant) => bail!("there is no lesson {name}: did you mean {meant}?"),
                    None => bail!("there is no lesson {name}: `sts-lab lesson list --all` shows them all"),
                }
            }
        }
    }

    fn source(&self, name: &str) -> Option<&Source> {
        self.library.of(Kind::Lesson).find(|source| source.stem() == name)
    }

    /// The lesson that comes after one.
    pub fn after(&self, name: &str) -> Option<&str> {
        self.names().skip_while(|other| *other != name).nth(1)
    }
}

/// Whether what was typed is a file rather than a name.
pub fn is_file(name: &str) -> bool {
    name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|ending| ending == "yaml")
}

/// A lesson in a file of one's own.
pub fn read_file(desk: &Desk<'_>, file: &str) -> anyhow::Result<Lesson> {
    let library = library(desk, &[file.to_string()])?;
    match library.sources.as_slice() {
        [source] => parse(source).map_err(refused),
        many => bail!("{file} holds {} files: name the one to take", many.len()),
    }
}
