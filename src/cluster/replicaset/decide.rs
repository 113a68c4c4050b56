//! How many Pods come or go in one sync: a pure function (upstream `manageReplicas`, `slowStartBatch`).

use serde::{Deserialize, Serialize};

/// The most Pods that one sync makes or deletes (`BurstReplicas`).
pub const BURST: i64 = 500;

/// What a sync does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// As many Pods as wanted.
    Nothing,
    /// Make so many.
    Create(i64),
    /// Delete so many.
    Delete(i64),
}

/// What to do with `active` Pods of `wanted`.
#[must_use]
pub fn decide(active: i64, wanted: i64) -> Decision {
    match active - wanted {
        0 => Decision::Nothing,
        missing if missing < 0 => Decision::Create((-missing).min(BURST)),
        surplus => Decision::Delete(surplus.min(BURST)),
    }
}

/// The batches in which Pods are made: 1, 2, 4 … so that what fails for all fails for few (rule R2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlowStart {
    left: i64,
    size: i64,
}

/// The batches of so many Pods.
#[must_use]
pub fn slow_start(count: i64) -> SlowStart {
    SlowStart { left: count, size: 1 }
}

impl SlowStart {
    /// Whether nothing is left to be made.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.left <= 0
    }
}

impl Iterator for SlowStart {
    type Item = i64;
    fn next(&mut self) -> Option<i64> {
        let batch = self.size.min(self.left);
        self.left -= batch;
        self.size *= 2;
        (batch > 0).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_all_at_once_but_no_more_than_a_burst() {
        assert_eq!(decide(3, 3), Decision::Nothing);
        assert_eq!(decide(0, 3), Decision::Create(3));
        assert_eq!(decide(5, 2), Decision::Delete(3));
        assert_eq!(decide(0, 2000), Decision::Create(BURST));
        assert_eq!(decide(2000, 0), Decision::Delete(BURST));
        assert_eq!(slow_start(11).collect::<Vec<_>>(), [1, 2, 4, 4]);
        assert_eq!(slow_start(0).count(), 0);
    }
}
