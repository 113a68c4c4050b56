//! A track: lessons in the order in which they are best taken.

use serde::Deserialize;

use super::{Document, Kind};

/// A track.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// The version of the format.
    pub format: u32,
    /// `Track`.
    pub kind: Kind,
    /// The heading.
    pub title: String,
    /// What it is about, in a sentence or two.
    pub about: String,
    /// The names of its lessons, in order.
    pub order: Vec<String>,
}

impl Document for Track {
    const KIND: Kind = Kind::Track;
}
