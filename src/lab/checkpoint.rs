//! A stored state of the cluster beside the journal, so that a long journal need not be folded from its beginning each
//! time. The journal alone is the lab: a checkpoint that is missing, damaged, of another build of this program or of
//! another journal is as if it were not there, and the journal is folded in full.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Fold;
use crate::resource::hash::{hash_of, mix};
use crate::resource::stored;

/// The checkpoint's name in the folder of its lab.
pub const FILE: &str = "checkpoint";

/// What was written since the last checkpoint before another one is worth it.
const LEAST: usize = 2_000;
/// The same, as a part of all that a checkpoint holds: storing that many costs about as much as folding one.
const PART: usize = 16;
/// A state with more objects and changes is not stored: it would be larger than what people want in a folder.
const MOST: usize = 200_000;

/// What comes before the state.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// The source of the program: its state has the form that it has there.
    source: String,
    /// How many entries are folded.
    entries: usize,
    /// [`super::Journal::chain`] after them.
    chain: u64,
    /// The hash of the state's bytes.
    sum: u64,
}

/// A fold whose state was written some time ago.
#[derive(Debug)]
pub struct Loaded {
    /// The fold up to there.
    pub fold: Fold,
    /// How many changes it had.
    pub changes: usize,
}

/// Reads the checkpoint of a journal, if there is one that holds no more than its first `most` entries. `chain` tells
/// what the journal is after so many entries.
#[must_use]
pub fn read(dir: &Path, most: usize, chain: impl Fn(usize) -> u64) -> Option<Loaded> {
    let bytes = std::fs::read(dir.join(FILE)).ok()?;
    let (head, state) = postcard::take_from_bytes::<Head>(&bytes).ok()?;
    let known = head.source == env!("STS_LAB_SOURCE") && head.entries <= most && chain(head.entries) == head.chain;
    if !known || sum(state) != head.sum {
        return None;
    }
    let fold: Fold = stored::from_bytes(state).ok()?;
    (fold.times.len() == head.entries).then(|| Loaded { changes: fold.changes(), fold })
}

/// Stores a fold if enough has happened since the checkpoint that had `changes`. That it cannot be written (a folder that is
/// read only, a full disk) is no error.
pub fn write(dir: &Path, fold: &mut Fold, changes: usize, chain: u64) {
    let all = fold.changes();
    if all - changes.min(all) < LEAST.max(all / PART) || all > MOST {
        return;
    }
    fold.cluster.api.tidy();
    let Ok(state) = stored::to_bytes(fold) else { return };
    let source = env!("STS_LAB_SOURCE").to_string();
    let head = Head { source, entries: fold.times.len(), chain, sum: sum(&state) };
    let Ok(head) = postcard::to_allocvec(&head) else { return };
    let keep = || -> std::io::Result<()> {
        let mut new = tempfile::NamedTempFile::new_in(dir)?;
        new.write_all(&head)?;
        new.write_all(&state)?;
        new.persist(dir.join(FILE))?;
        Ok(())
    };
    let _ = keep();
}

fn sum(bytes: &[u8]) -> u64 {
    mix(hash_of(bytes) ^ bytes.len() as u64)
}
