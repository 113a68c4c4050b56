//! What a command would do: it is carried out on a copy of the cluster, which runs until it rests, and what came of it
//! is told as data. The lab itself is never touched; [`screen`] turns a plan into text, and a plan is its own JSON.

mod claims;
mod fields;
mod names;
mod objects;
mod pods;
mod quorum;
pub mod screen;
mod stuck;

use std::time::Duration;

use serde::Serialize;

pub use claims::{ClaimChange, ClaimFate, VolumeFate};
pub use fields::{FieldChange, changes as field_changes};
pub use names::{NameChange, NameFate};
pub use objects::{ObjectAction, ObjectChange};
pub use pods::{KeptPod, PodAction, PodStep};
pub use quorum::{Budget, Quorum};
pub use stuck::Stuck;

use crate::cluster::{Cluster, QUIET};
use crate::lab::Session;
use crate::resource::Time;
use crate::view::rest::settle_all;
use crate::view::since::Since;

/// How far a plan looks ahead where a set only waits for time to pass.
const HORIZON: Duration = Duration::from_secs(24 * 3600);

/// What kubectl made of the command.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error: refusals and warnings.
    pub stderr: String,
}

/// The plan in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// All is as the command wants it already.
    Unchanged,
    /// It would be done, and nothing stands in its way.
    Changes,
    /// It would be done, but takes away a majority or data.
    Risk,
    /// It would begin, and not come to its end.
    Stuck,
    /// The API server, or kubectl, would refuse some of it.
    Refused,
}

/// What a command would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The plan in one word.
    pub verdict: Verdict,
    /// What would be refused, in the words of the API server; one line each.
    pub refused: Vec<String>,
    /// What the API server would warn of.
    pub warnings: Vec<String>,
    /// The objects that the command names.
    pub objects: Vec<ObjectChange>,
    /// The Pods that come, go and restart, in this order.
    pub pods: Vec<PodStep>,
    /// The Pods that keep an old revision.
    pub kept: Vec<KeptPod>,
    /// The claims that come, go, are kept without a Pod, or get another owner.
    pub claims: Vec<ClaimChange>,
    /// The DNS names that come, go or get another address.
    pub names: Vec<NameChange>,
    /// How many Pods of each set stay Ready.
    pub quorums: Vec<Quorum>,
    /// What does not come to its end, and why.
    pub stuck: Vec<Stuck>,
    /// How long it takes, in seconds of cluster time.
    pub took: f64,
    /// Rules that are at work, one sentence each.
    #[serde(skip)]
    pub rules: Vec<String>,
    /// The time of the cluster at the end of the plan.
    #[serde(skip)]
    pub until: Time,
}

impl Plan {
    /// Whether somebody should look before this is done: a reason for a pipeline to stop.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Risk | Verdict::Stuck | Verdict::Refused)
    }
}

/// Carries a command out on a copy of a cluster and tells what came of it; `input` is the place in the journal that the
/// command would get.
pub fn plan(
    cluster: &Cluster,
    input: u32,
    run: impl FnOnce(&mut Session<'_>) -> anyhow::Result<Ran>,
) -> anyhow::Result<Plan> {
    let since = Since::now(cluster);
    let mut copy = cluster.clone();
    let mut session = Session::new(&mut copy, input, Vec::new());
    let ran = run(&mut session)?;
    let asked = copy.clone();
    let changed = copy.api.store.history.len() as u32 > since.change;
    if changed {
        settle_all(&mut copy, |copy| copy.settle(QUIET), |copy| copy);
        stuck::wait_out(&mut copy, &since, HORIZON);
    }
    Ok(tell(&Worlds { before: cluster, asked: &asked, after: &copy, since: &since }, &ran))
}

/// The world before the command, right after it, and at the end.
struct Worlds<'a> {
    before: &'a Cluster,
    asked: &'a Cluster,
    after: &'a Cluster,
    since: &'a Since,
}

fn tell(worlds: &Worlds<'_>, ran: &Ran) -> Plan {
    let lines = ran.stderr.lines().filter(|line| !line.trim().is_empty()).map(String::from);
    let (warnings, mut refused): (Vec<String>, Vec<String>) = lines.partition(|line| line.starts_with("Warning: "));
    if ran.code == 0 {
        refused.clear();
    }
    let last = worlds.since.changes(worlds.after).next_back().map_or(worlds.since.time, |change| change.time);
    let mut plan = Plan {
        verdict: Verdict::Unchanged,
        refused,
        warnings,
        objects: objects::objects(worlds, &ran.stdout),
        pods: pods::steps(worlds),
        kept: pods::kept(worlds),
        claims: claims::claims(worlds),
        names: names::names(worlds),
        quorums: quorum::quorums(worlds),
        stuck: stuck::stuck(worlds),
        took: seconds(last.since(worlds.since.time)),
        rules: pods::rules(worlds),
        until: worlds.after.now,
    };
    plan.verdict = verdict(&plan, ran.code);
    plan
}

fn verdict(plan: &Plan, code: i32) -> Verdict {
    let changes = plan.objects.iter().any(|object| object.action != ObjectAction::Unchanged)
        || !plan.pods.is_empty()
        || !plan.claims.is_empty();
    let lost = plan.claims.iter().any(|claim| claim.volume_fate == Some(VolumeFate::Deleted));
    if code != 0 {
        Verdict::Refused
    } else if !changes {
        Verdict::Unchanged
    } else if !plan.stuck.is_empty() {
        Verdict::Stuck
    } else if lost || plan.quorums.iter().any(|quorum| quorum.lost) {
        Verdict::Risk
    } else {
        Verdict::Changes
    }
}

/// Seconds with three digits after the point.
fn seconds(time: Duration) -> f64 {
    time.as_millis() as f64 / 1000.0
}
