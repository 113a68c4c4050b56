//! Tables that claim something, derived from runs: which controller fits which storage, what survives a deletion, when
//! an old disk is used again, how many claims a workload has. Each row says what was claimed (in a widely read note) and
//! where a run shows something else.

mod deletion;
mod reuse;
mod storage;
mod workload;

use super::Proof;
use crate::course::stage::Stages;
use crate::view::style::Tone;
use crate::view::table::Cell;

/// A table.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// One word in capitals.
    pub title: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
    /// How many of them say which row it is.
    pub keys: usize,
    /// Its rows.
    pub rows: Vec<MatrixRow>,
}

/// A row.
#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// A cell for each column; the last one is what was claimed.
    pub cells: Vec<Cell>,
    /// Where the run shows something else than was claimed.
    pub difference: Option<String>,
    /// How the row is seen in a lab.
    pub proof: Proof,
}

/// The tables there are.
pub const NAMES: [&str; 4] = ["storage", "deletion", "reuse", "workload"];

/// The table of this name.
pub fn matrix(name: &str, stages: &dyn Stages) -> Result<Matrix, String> {
    match name {
        "storage" => storage::table(stages),
        "deletion" => deletion::table(stages),
        "reuse" => reuse::table(stages),
        "workload" => workload::table(stages),
        _ => Err(format!("there is no table {name}; there are {}", NAMES.join(", "))),
    }
}

fn yes_no(yes: bool) -> Cell {
    if yes { Cell::new("yes", Tone::Good) } else { Cell::new("no", Tone::Bad) }
}
