//! Whether the world rests, and whether it gets anywhere: a settle gives up after a while on what never rests, and to
//! it a long rollout looks the same as a container that crashes for ever.

use crate::cluster::{Cluster, QUIET};
use crate::resource::Kind;

/// Settles in a row at most: enough for thousands of Pods, one after another.
const MOST: usize = 400;

/// Whether nothing was written for the pause that counts as rest.
#[must_use]
pub fn rests(cluster: &Cluster) -> bool {
    let last = cluster.api.store.history.changes().next_back();
    last.is_none_or(|change| change.time + QUIET <= cluster.now)
}

/// How far all sets are on their way: Pods that are Ready, updated, and as many as wanted.
#[must_use]
pub fn progress(cluster: &Cluster) -> i64 {
    let sets = cluster.api.store.all(Kind::StatefulSet).filter_map(|set| set.stateful_set());
    sets.map(|set| set.status.ready + set.status.updated - (set.status.replicas - set.spec.replicas).abs()).sum()
}

/// Calls `settle` until `world` rests, or until it gets no further.
pub fn settle_all<W>(world: &mut W, settle: impl Fn(&mut W), cluster: impl Fn(&W) -> &Cluster) {
    let mut best = i64::MIN;
    for _ in 0..MOST {
        settle(world);
        let now = progress(cluster(world));
        if rests(cluster(world)) || now <= best {
            return;
        }
        best = now;
    }
}
