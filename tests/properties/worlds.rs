//! Random worlds from end to end.

use proptest::prelude::*;

use super::config;
use super::run::Run;
use super::world::{Journal, journal};

proptest! {
    #![proptest_config(config(60))]

    /// Whatever happens, every write is one that was allowed; the journal makes the same world again; and when nothing is
    /// broken any more, every set becomes what its spec says.
    #[test]
    fn worlds_hold(journal in journal(14)) {
        hold(&journal);
    }
}

fn hold(journal: &Journal) {
    let mut run = Run::of(&journal.0);
    run.check_healing();
    run.check_replay();
}

/// An Event of the newer sort that was said again forgot when: in JSON the time is in `series`.
#[test]
fn a_series_of_events_keeps_its_last_time() {
    hold(&Journal::read(include_str!("regressions/a_series_of_events_keeps_its_last_time.jsonl")));
}
