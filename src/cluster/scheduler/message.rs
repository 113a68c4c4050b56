//! Why a Pod found no node, in the words of `FailedScheduling` (rules K3 to K5).
//!
//! Upstream: `pkg/scheduler/framework/types.go` (`FitError`), `framework/preemption`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::filter::{Hope, Rejection};

/// What stood in the way.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    nodes: usize,
    preempts: bool,
    /// How many nodes each reason holds for.
    reasons: BTreeMap<Cow<'static, str>, usize>,
    /// How many nodes would do if others left, and how many would not.
    resolvable: usize,
    unresolvable: usize,
    hope: Hope,
    /// A message that stands for all nodes: before any was looked at (`true`), or instead of everything (`false`).
    whole: Option<(String, bool)>,
}

impl Diagnosis {
    /// Nothing found yet, in a cluster of so many nodes.
    #[must_use]
    pub fn new(nodes: usize, preempts: bool) -> Diagnosis {
        let (reasons, hope) = (BTreeMap::new(), Hope::default());
        Diagnosis { nodes, preempts, reasons, resolvable: 0, unresolvable: 0, hope, whole: None }
    }

    /// The Pod cannot run on any node, whatever the nodes are.
    #[must_use]
    pub fn all_nodes(nodes: usize, why: String) -> Diagnosis {
        Diagnosis { whole: Some((why, true)), hope: Hope::CLAIM, ..Diagnosis::new(nodes, true) }
    }

    /// There are no nodes.
    #[must_use]
    pub fn no_nodes() -> Diagnosis {
        Diagnosis::message("no nodes available to schedule pods".into(), Hope::NODE)
    }

    /// Something else went wrong.
    #[must_use]
    pub fn message(message: String, hope: Hope) -> Diagnosis {
        Diagnosis { whole: Some((message, false)), hope, ..Diagnosis::new(0, true) }
    }

    /// Notes why one node will not do.
    pub fn add(&mut self, rejection: Rejection) {
        self.hope = self.hope.or(rejection.hope);
        if rejection.resolvable {
            self.resolvable += 1;
        } else {
            self.unresolvable += 1;
        }
        for reason in rejection.reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    /// What may help.
    #[must_use]
    pub fn hope(&self) -> Hope {
        self.hope
    }
}

/// `COUNT REASON` for each, sorted as texts.
fn list(counts: impl Iterator<Item = (usize, String)>) -> String {
    let mut parts: Vec<String> =
        counts.filter(|(count, _)| *count > 0).map(|(count, reason)| format!("{count} {reason}")).collect();
    parts.sort();
    parts.join(", ")
}

impl Diagnosis {
    /// The message, as Events and the Pod's condition have it.
    #[must_use]
    pub fn text(&self) -> String {
        let nodes = self.nodes;
        match &self.whole {
            Some((message, false)) => return message.clone(),
            Some((why, true)) => {
                let mut number = itoa::Buffer::new();
                return ["0/", number.format(nodes), " nodes are available: ", why, ". not found"].concat();
            }
            None => {}
        }
        let reasons = list(self.reasons.iter().map(|(reason, count)| (*count, reason.to_string())));
        let mut out = format!("0/{nodes} nodes are available: {reasons}. no new claims to deallocate, preemption: ");
        if self.preempts {
            let preemption = [
                (self.resolvable, "No preemption victims found for incoming pod".to_string()),
                (self.unresolvable, "Preemption is not helpful for scheduling".to_string()),
            ];
            let preemption = list(preemption.into_iter());
            out.push_str(&format!("0/{nodes} nodes are available: {preemption}."));
        } else {
            out.push_str("not eligible due to preemptionPolicy=Never.");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(diagnosis: &mut Diagnosis, nodes: usize, reasons: &[&'static str], resolvable: bool) {
        for _ in 0..nodes {
            let reasons = reasons.iter().map(|r| Cow::Borrowed(*r)).collect();
            diagnosis.add(Rejection { reasons, resolvable, hope: Hope::NODE });
        }
    }

    #[test]
    fn k4_reasons_are_counted_and_sorted_as_texts() {
        let mut diagnosis = Diagnosis::new(4, true);
        add(&mut diagnosis, 3, &["Insufficient memory", "Insufficient cpu"], false);
        add(&mut diagnosis, 1, &["node(s) had untolerated taint(s)"], false);
        assert_eq!(
            diagnosis.text(),
            "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu, 3 Insufficient memory. no \
             new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
        );
    }

    #[test]
    fn k12_nodes_that_preemption_could_free() {
        let mut diagnosis = Diagnosis::new(3, true);
        add(&mut diagnosis, 1, &["node(s) were unschedulable"], false);
        add(&mut diagnosis, 2, &["node(s) didn't match pod anti-affinity rules"], true);
        assert_eq!(
            diagnosis.text(),
            "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match pod anti-affinity rules. no new \
             claims to deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No \
             preemption victims found for incoming pod."
        );
    }

    #[test]
    fn k5_messages_for_the_whole_cluster() {
        let why = "pod has unbound immediate PersistentVolumeClaims";
        let expect = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
        assert_eq!(Diagnosis::all_nodes(3, why.into()).text(), expect);
        assert_eq!(Diagnosis::no_nodes().text(), "no nodes available to schedule pods");
    }
}
