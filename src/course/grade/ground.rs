//! What submissions of one variant are graded on: the exercise with its values, the hidden checks, and the lab as it
//! begins. It is made once and used for all of them.

use super::Shipped;
use crate::cluster::Cluster;
use crate::course::check::Check;
use crate::course::exercise::{Exercise, Loaded, Variant};
use crate::course::stage::Stages;
use crate::lab::{Entry, Header};

/// The beginning of one variant of an exercise.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The exercise.
    pub exercise: Exercise,
    /// The checks that students do not have.
    pub hidden: Vec<Check>,
    /// Which text of the exercise it is.
    pub version: String,
    /// The values.
    pub variant: Variant,
    /// The objects of its files.
    pub files: Shipped,
    /// How the lab begins.
    pub header: Header,
    /// What its setup did.
    pub entries: Vec<Entry>,
    /// The cluster after that.
    pub cluster: Cluster,
    /// Which checks, the hidden ones last, hold already then.
    pub at_start: Vec<bool>,
}

impl Ground {
    /// Makes the beginning of a variant.
    pub fn new(loaded: &Loaded, variant: &Variant, stages: &dyn Stages) -> Result<Ground, String> {
        let told = |errors: Vec<crate::course::content::ContentError>| {
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let exercise = loaded.exercise(variant).map_err(told)?;
        let hidden = loaded.hidden_checks(variant).map_err(told)?;
        let stage = stages.fresh(&exercise.start())?;
        let lab = stage.lab();
        let (header, entries) = (lab.header().clone(), lab.entries().to_vec());
        let mut ground = Ground {
            hidden,
            version: loaded.version(),
            variant: variant.clone(),
            files: Shipped::of(&exercise.files),
            header,
            entries,
            cluster: lab.cluster.clone(),
            exercise,
            at_start: Vec::new(),
        };
        ground.at_start = super::one::at_start(&ground, stages);
        Ok(ground)
    }

    /// The points there are.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.exercise.checks.iter().chain(&self.hidden).map(|check| check.points).sum()
    }

    /// Whether a journal begins as this lab does.
    pub(super) fn begins(&self, header: &Header, entries: &[Entry]) -> bool {
        let world = |header: &Header| Header { program: String::new(), sts_lab_journal: 0, ..header.clone() };
        let same = |(own, theirs): (&Entry, &Entry)| own.inputs == theirs.inputs && own.words == theirs.words;
        world(header) == world(&self.header)
            && entries.len() >= self.entries.len()
            && self.entries.iter().zip(entries).all(same)
    }
}
