//! The files that are taught from: those that come with the program, or those that somebody names. They are read only
//! when they are asked for; what a file holds is known from its `kind:` line.

use std::borrow::Cow;

use super::{ContentError, Document, Kind, parse};

include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

/// A file of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path, as a person knows it; for a shipped one, seen from the project.
    pub file: Cow<'static, str>,
    /// Its text.
    pub text: Cow<'static, str>,
}

impl Source {
    /// A file of this path and text.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Source {
        Source { file: Cow::Owned(file.into()), text: Cow::Owned(text.into()) }
    }

    /// What the file says it holds; none if it does not say it, or says something unknown.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        let word = self.text.lines().find_map(|line| line.strip_prefix("kind:"))?;
        let word = word.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        Kind::ALL.into_iter().find(|kind| kind.to_string() == word)
    }

    /// The file's name without its ending.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The name of the folder it lies in; empty if that is not known.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.file.rsplit(['/', '\\']).nth(1).unwrap_or_default()
    }
}

/// A number of files.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The files, in the order of their paths.
    pub sources: Vec<Source>,
}

impl Library {
    /// What comes with the program.
    #[must_use]
    pub fn shipped() -> Library {
        let source = |(file, text): &(&'static str, &'static str)| Source {
            file: Cow::Borrowed(*file),
            text: Cow::Borrowed(*text),
        };
        Library { sources: EMBEDDED.iter().map(source).collect() }
    }

    /// The files of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(move |source| source.kind() == Some(kind))
    }

    /// Reads every file of a kind; each with its source, or what is wrong with it.
    #[must_use]
    pub fn read<T: Document>(&self) -> Vec<(&Source, Result<T, Vec<ContentError>>)> {
        self.of(T::KIND).map(|source| (source, parse(source))).collect()
    }
}
