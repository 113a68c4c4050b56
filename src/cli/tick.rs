//! `sts-lab tick`: the world, one step at a time.

use std::time::Duration;

use super::args::{Tick, Ticks};
use super::desk::Desk;
use super::open::{Outcome, with_session};
use crate::lab::Session;
use crate::resource::Time;
use crate::view::steps::{Did, did, pending, story, words_of};

/// Runs some steps, or those of a while, and tells what each did.
pub fn run(desk: &Desk<'_>, args: &Tick, words: &[String]) -> Outcome {
    let look = desk.look();
    with_session(desk, words, |session| {
        let start = session.cluster().now;
        let mut steps: Vec<Did> = Vec::new();
        match args.for_seconds.map_or(args.ticks.unwrap_or(Ticks::Steps(1)), Ticks::Seconds) {
            Ticks::Steps(count) => {
                while steps.len() < count as usize {
                    let Some(step) = step(session, None) else { break };
                    steps.push(step);
                }
            }
            Ticks::Seconds(seconds) => {
                let end = start + Duration::from_secs_f64(seconds);
                while let Some(step) = step(session, Some(end)) {
                    steps.push(step);
                }
                let rest = end.since(session.cluster().now);
                session.run_for(rest);
            }
        }
        let mut out = String::new();
        if !steps.is_empty() {
            out.push_str(&story(&steps, start).render(look));
            out.push('\n');
        }
        out.push_str(&pending(session.cluster()).render(look));
        desk.out(&out);
        Ok(0)
    })
}

/// The next step, if it is due by `end`.
fn step(session: &mut Session<'_>, end: Option<Time>) -> Option<Did> {
    let cluster = session.cluster();
    let next = cluster
        .pending()
        .first()
        .filter(|(due, _)| end.is_none_or(|end| *due <= end))
        .map(|(_, task)| words_of(cluster, task))?;
    let from = cluster.api.store.history.len() as u32;
    session.step().then(|| did(next, from, session.cluster()))
}
