//! What a Pod's claims say about where it may run (rules K5, V18, V41, V43, V44), and the scheduler's part in binding
//! claims that wait for their first Pod.
//!
//! Upstream: `plugins/{volumebinding,volumerestrictions,volumezone}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::filter::{Hope, Rejection};
use super::nodes::{REGION, ZONE};
use crate::cluster::context::Context;
use crate::cluster::volume::index::{FreeVolumes, claim_reference, mounted, reachable, size, volume_of};
use crate::cluster::volume::names::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, NO_PROVISIONER, SELECTED_NODE, class_of, delays_binding,
};
use crate::resource::meta::Text;
use crate::resource::model::{ClaimPhase, PersistentVolumeClaim, Pod};
use crate::resource::object::Body;
use crate::resource::siblings::Siblings;
use crate::resource::{Kind, Object};
use crate::store::{Actor, Store};

/// The access mode of claims that one Pod alone may use.
pub const EXCLUSIVE: &str = "ReadWriteOncePod";

/// A Pod's claims, looked up.
#[derive(Debug, Default)]
pub struct Volumes {
    /// Bound volumes that not every node can reach.
    tied: Vec<Arc<Object>>,
    /// A claim is bound to a volume that is gone.
    lost: bool,
    /// Another Pod has a claim for itself alone.
    taken: bool,
    /// Nodes that have no room for more volumes of a driver.
    full: Vec<Text>,
    /// Claims that are bound once the Pod has a node.
    delayed: Vec<Arc<Object>>,
    /// What the nodes that can offer them something offer.
    offers: BTreeMap<Text, Plan>,
}

/// How each delayed claim gets its volume: an existing one, or a new one.
pub type Plan = Vec<(Arc<Object>, Option<Arc<Object>>)>;

impl Volumes {
    /// Looks a Pod's claims up; the error is the message for a claim that no node can help.
    pub fn look_up(namespace: &Text, pod: &Pod, store: &Store) -> Result<Volumes, String> {
        let mut volumes = Volumes::default();
        let mut unbound = false;
        for volume in pod.claims() {
            let name = &volume.claim;
            let claim = mounted(volume, namespace, store);
            let found = claim.and_then(|c| Some((c, c.claim()?)));
            let Some((object, claim)) = found else {
                return Err(format!("persistentvolumeclaim \"{name}\" not found"));
            };
            if claim.status.phase == ClaimPhase::Lost {
                let volume = claim.volume.as_deref().unwrap_or_default();
                return Err(format!(
                    "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
                ));
            }
            if object.meta.terminating() {
                return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
            }
            match &claim.volume {
                Some(_) if object.meta.annotations.get(BIND_COMPLETED).is_some() => volumes.bound(claim, store),
                None if delays_binding(store, &class_of(object)) => volumes.delayed.push(Arc::clone(object)),
                _ => unbound = true,
            }
        }
        if unbound {
            return Err("pod has unbound immediate PersistentVolumeClaims".into());
        }
        volumes.delayed.sort_by_key(|c| c.claim().map_or(0, |c| size(&c.spec.storage)));
        Ok(volumes)
    }

    fn bound(&mut self, claim: &PersistentVolumeClaim, store: &Store) {
        let Some(volume) = volume_of(claim, store) else {
            self.lost = true;
            return;
        };
        let tied = volume.volume().is_some_and(|v| v.spec.json.contains_key("nodeAffinity"));
        if tied || !volume.meta.labels.is_empty() {
            self.tied.push(Arc::clone(volume));
        }
    }

    /// Notes that another Pod has one of the claims for itself alone.
    pub fn set_taken(&mut self) {
        self.taken = true;
    }

    /// Notes the nodes that have no room for the Pod's volumes (rule V46).
    pub fn set_full(&mut self, nodes: Vec<Text>) {
        self.full = nodes;
    }

    /// Works out what each node offers to the delayed claims.
    pub fn plan<'a>(&mut self, nodes: impl Iterator<Item = &'a Arc<Object>>, free: &FreeVolumes, store: &Store) {
        if self.delayed.is_empty() {
            return;
        }
        let offers = nodes.filter_map(|node| Some((node.meta.name.clone(), self.plan_on(node, free, store)?)));
        self.offers = offers.collect();
    }

    fn plan_on(&self, node: &Arc<Object>, free: &FreeVolumes, store: &Store) -> Option<Plan> {
        let mut plan = Plan::new();
        let mut chosen: Vec<Text> = Vec::new();
        for claim in &self.delayed {
            let selected = claim.meta.annotations.get(SELECTED_NODE);
            if selected.is_some_and(|s| *s != *node.meta.name) {
                return None;
            }
            let volume = if selected.is_none() { free.on_node(store, claim, node, &chosen) } else { None };
            match volume {
                Some(volume) => {
                    chosen.push(volume.meta.name.clone());
                    plan.push((Arc::clone(claim), Some(volume)));
                }
                None if provisionable(claim, node, store) => plan.push((Arc::clone(claim), None)),
                None => return None,
            }
        }
        Some(plan)
    }

    /// Why a node will not do for the volumes.
    #[must_use]
    pub fn reject(&self, node: &Object) -> Option<Rejection> {
        if self.taken {
            let reason = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use \
                          by another pod";
            let hope = Hope::CLAIM.or(Hope::ABSENCE);
            return Some(Rejection { reasons: vec![reason.into()], resolvable: true, hope });
        }
        if self.full.contains(&node.meta.name) {
            let hope = Hope::NODE.or(Hope::ABSENCE);
            return Some(Rejection { reasons: vec!["node(s) exceed max volume count".into()], resolvable: true, hope });
        }
        let mut reasons: Vec<std::borrow::Cow<'static, str>> = Vec::new();
        if self.tied.iter().any(|volume| !reachable(volume, node)) {
            reasons.push("node(s) didn't match PersistentVolume's node affinity".into());
        }
        if !self.delayed.is_empty() && !self.offers.contains_key(&node.meta.name) {
            reasons.push("node(s) didn't find available persistent volumes to bind".into());
        }
        if self.lost {
            reasons.push("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)".into());
        }
        if reasons.is_empty() && self.tied.iter().any(|volume| !same_zone(volume, node)) {
            reasons.push("node(s) had no available volume zone".into());
        }
        let hope = Hope::NODE.or(Hope::VOLUME).or(Hope::CLAIM);
        (!reasons.is_empty()).then_some(Rejection { reasons, resolvable: false, hope })
    }

    /// What a node offers to the delayed claims.
    #[must_use]
    pub fn plan_for(&self, node: &str) -> Plan {
        self.offers.get(node).cloned().unwrap_or_default()
    }
}

/// Whether a volume's zone and region labels agree with a node's (`__` separates several zones).
fn same_zone(volume: &Object, node: &Object) -> bool {
    [ZONE, REGION].iter().all(|key| match volume.meta.labels.get(key) {
        Some(zones) => node.meta.labels.get(key).is_some_and(|zone| zones.split("__").any(|z| z == zone)),
        None => true,
    })
}

/// Whether a new volume can be made for a claim on a node.
fn provisionable(claim: &Object, node: &Object, store: &Store) -> bool {
    let class = store.get(Kind::StorageClass, "", &class_of(claim)).and_then(|c| c.plain());
    let Some(class) = class else { return false };
    let provisioner = class.get("provisioner").and_then(Value::as_str).unwrap_or_default();
    let topologies = class.get("allowedTopologies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let allowed = |term: &Value| {
        super::requirements::list(term, "matchLabelExpressions").iter().all(|e| {
            let value = node.meta.labels.get(e["key"].as_str().unwrap_or_default());
            value.is_some_and(|value| super::requirements::list(e, "values").iter().any(|v| v == value))
        })
    };
    !provisioner.is_empty()
        && provisioner != NO_PROVISIONER
        && (topologies.is_empty() || topologies.iter().any(allowed))
}

/// The scheduler's writes for delayed claims: it ties existing volumes to their claims, and tells the provisioner the
/// node for the others (rule V18).
pub fn bind(plan: &Plan, node: &Text, siblings: &mut Siblings, context: &mut Context) {
    let write = context.write(Actor::Scheduler);
    for (claim, volume) in plan {
        let changed = match volume {
            Some(volume) => tied(volume, claim),
            None => selected(claim, node, siblings),
        };
        // A volume or claim that changed meanwhile is found out when the Pod looks whether its claims are bound.
        let _ = context.api.update(changed, write);
    }
}

/// A claim as it is once its node is chosen.
fn selected(claim: &Object, node: &Text, siblings: &mut Siblings) -> Object {
    let mut new = claim.clone();
    siblings.annotate(&mut new.meta, &[(SELECTED_NODE, node)]);
    new
}

/// A volume as it is once it names a claim.
fn tied(volume: &Object, claim: &Object) -> Object {
    let mut new = volume.clone();
    if let Body::PersistentVolume(body) = &mut new.body {
        if body.claim.is_none() {
            new.meta.annotations = new.meta.annotations.with([(Text::from(BOUND_BY_CONTROLLER), Text::from("yes"))]);
        }
        body.claim = Some(claim_reference(claim));
    }
    new
}

/// How far the delayed claims of a Pod are.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// All are bound.
    Bound,
    /// Some are not yet.
    Waiting,
    /// One will not be; the Pod must look for a node again.
    Failed(String),
}

/// How far the claims of a Pod that is to run on `node` are.
#[must_use]
pub fn progress(namespace: &Text, pod: &Pod, node: &str, store: &Store) -> Progress {
    let mut waiting = false;
    for volume in pod.claims() {
        let name = &volume.claim;
        let Some(claim) = mounted(volume, namespace, store) else {
            return Progress::Failed(format!("persistentvolumeclaim \"{name}\" not found"));
        };
        let bound = claim.meta.annotations.get(BIND_COMPLETED).is_some();
        let selected = claim.meta.annotations.get(SELECTED_NODE);
        if !bound && selected.is_some_and(|s| *s != *node) {
            return Progress::Failed(format!("provisioning failed for PVC \"{name}\""));
        }
        waiting |= !bound;
    }
    if waiting { Progress::Waiting } else { Progress::Bound }
}
