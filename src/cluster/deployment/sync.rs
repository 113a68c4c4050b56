//! One sync of a Deployment: claim `ReplicaSet`s, bring revisions up to date, do what was decided, write the status
//! (upstream `syncDeployment`, `getNewReplicaSet`).

use std::sync::Arc;

use serde_json::json;

use super::decide::{Decision, Mode, Scale, Sized, View, decide};
use super::status::{self, note_pause, note_progress};
use super::{Controller, NOTICE, revision, selects};
use crate::apiserver::{DeleteOptions, Status};
use crate::cluster::context::Context;
use crate::cluster::pod_control::{self, Name};
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::{Details, Labels, Meta, OwnerReference, Text};
use crate::resource::model::{
    Deployment, DeploymentStatus, DeploymentStrategy, ReplicaSet, ReplicaSetSpec, ReplicaSetStatus,
};
use crate::resource::object::Body;
use crate::resource::template_hash::template_hash;
use crate::resource::{Kind, Object};
use crate::store::{Actor, Store};

const ACTOR: Actor = Actor::DeploymentController;
/// How often in a row a failed sync is tried again.
const MAX_RETRIES: u32 = 15;

impl Controller {
    /// Brings a Deployment one step closer to its spec; a failed sync is tried again with a growing back-off.
    pub fn sync(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Name(namespace, name) = item else { return };
        let Some(object) = context.api.store.get(Kind::Deployment, namespace, name).cloned() else { return };
        let Some(deployment) = object.deployment() else { return };
        let mut hands = Hands { object: (*object).clone(), deployment: deployment.clone(), item };
        let result = hands.sync(context);
        let key: Name = (namespace.clone(), name.clone());
        let Some(failures) = self.failures.get_mut(&key) else { return };
        *failures = if result.is_err() { *failures + 1 } else { 0 };
        if *failures > MAX_RETRIES {
            *failures = 0;
        } else if *failures > 0 {
            let delay = pod_control::back_off(*failures - 1);
            context.enqueue(Worker::Deployment, item.clone(), delay.max(NOTICE));
        }
    }
}

/// The `ReplicaSet`s of a Deployment.
struct Sets {
    new: Option<Arc<Object>>,
    old: Vec<Arc<Object>>,
}

/// The hands of one sync: the Deployment as it was last written.
struct Hands<'a> {
    object: Object,
    deployment: Deployment,
    item: &'a Item,
}

impl Hands<'_> {
    fn sync(&mut self, context: &mut Context<'_>) -> Result<(), Status> {
        let sets = self.claim(context)?;
        let (new, old) = revision::new_and_old(&self.deployment.spec, sets);
        let mut sets = Sets { new, old };
        let mut status = self.status();
        if !self.object.meta.terminating() && note_pause(&self.deployment.spec, &mut status, context.now) {
            self.write(self.object.meta.annotations.clone(), status, context)?;
        }
        // A set that got new annotations is looked at again when they have come back.
        if let Some(new) = sets.new.clone() {
            if self.renew(&new, &sets.old, context)? {
                return Ok(());
            }
        }
        if self.object.meta.terminating() {
            return self.report(Mode::Scaling, &sets, context);
        }
        let decision = self.decide(&sets, context);
        if let Some(replicas) = decision.create {
            sets.new = Some(self.create(replicas, &sets.old, context)?);
        }
        self.act(&decision, &sets, context)?;
        self.report(decision.mode, &sets, context)
    }

    fn status(&self) -> DeploymentStatus {
        self.deployment.status.clone()
    }

    fn decide(&self, sets: &Sets, context: &Context<'_>) -> Decision {
        let new = sets.new.as_deref().and_then(sized);
        let old: Vec<Sized> = sets.old.iter().filter_map(|set| sized(set)).collect();
        let spec = &self.deployment.spec;
        let old_pods = spec.strategy == DeploymentStrategy::Recreate
            && sets.old.iter().any(|set| has_running_pods(set, &context.api.store));
        decide(View {
            spec,
            status: &self.deployment.status,
            generation: self.object.meta.generation,
            new: new.as_ref(),
            old: &old,
            old_pods,
        })
    }

    /// The sets that the Deployment controls; those that it should not are released, those that nobody does adopted.
    fn claim(&self, context: &mut Context<'_>) -> Result<Vec<Arc<Object>>, Status> {
        let all: Vec<Arc<Object>> =
            context.api.store.in_namespace(Kind::ReplicaSet, &self.object.meta.namespace).cloned().collect();
        let mut own = Vec::new();
        for set in all {
            let selected = selects(&self.object, &set);
            match set.meta.controller() {
                Some(owner) if owner.uid == self.object.meta.uid => {
                    if selected {
                        own.push(set);
                    } else if !self.object.meta.terminating() {
                        pod_control::release(&self.object, &set, ACTOR, context)?;
                    }
                }
                None if selected && !self.object.meta.terminating() && !set.meta.terminating() => {
                    own.push(pod_control::adopt(&self.object, &set, ACTOR, context)?);
                }
                _ => {}
            }
        }
        Ok(own)
    }

    /// Brings annotations and `minReadySeconds` of the new set up to date, `true` if that was needed; else takes its
    /// revision over and notes that it is there.
    fn renew(&mut self, new: &Arc<Object>, old: &[Arc<Object>], context: &mut Context<'_>) -> Result<bool, Status> {
        let own = &self.object.meta.annotations;
        let annotations = revision::annotations_of_new(own, &new.meta.annotations, revision::highest(old) + 1);
        let min_ready = self.deployment.spec.min_ready_seconds;
        let same_spec = new.replica_set().is_none_or(|set| set.spec.min_ready_seconds == min_ready);
        if annotations != new.meta.annotations || !same_spec {
            let mut changed = (**new).clone();
            changed.meta.annotations = annotations;
            if let Body::ReplicaSet(set) = &mut changed.body {
                if !same_spec {
                    set.spec = with_min_ready(&set.spec, min_ready);
                }
            }
            let write = context.write(ACTOR);
            context.api.update(changed, write)?;
            return Ok(true);
        }
        let annotations = self.numbered(new.meta.annotations.get(revision::REVISION).unwrap_or_default());
        let mut status = self.status();
        if status::says_nothing_of_progress(&self.deployment.spec, &status) {
            let message = format!("Found new replica set \"{}\"", new.meta.name);
            note_progress(&mut status, "FoundNewReplicaSet", message, context.now);
        }
        self.write(annotations, status, context)?;
        Ok(false)
    }

    /// The Deployment's annotations with this revision.
    fn numbered(&self, number: &str) -> Labels {
        self.object.meta.annotations.with([(Text::from(revision::REVISION), Text::from(number))])
    }

    /// Makes the set with the present template (rule R1).
    fn create(&mut self, replicas: i64, old: &[Arc<Object>], context: &mut Context<'_>) -> Result<Arc<Object>, Status> {
        let set = self.new_set(replicas, revision::highest(old) + 1);
        let (name, number) = (set.meta.name.clone(), set.meta.annotations.get_text(revision::REVISION).cloned());
        let write = context.write(ACTOR);
        let made = match context.api.create(set, write) {
            Ok(made) => made,
            Err(error) if error.reason == "AlreadyExists" => return Err(self.collide(error, context)),
            Err(error) => return Err(self.failed(&name, error, context)),
        };
        if replicas > 0 {
            self.say(format!("Scaled up replica set {name} from 0 to {replicas}"), context);
        }
        let mut status = self.status();
        if self.deployment.spec.progress_deadline_seconds.is_some() {
            let message = format!("Created new replica set \"{name}\"");
            note_progress(&mut status, "NewReplicaSetCreated", message, context.now);
        }
        self.write(self.numbered(&number.unwrap_or_default()), status, context)?;
        Ok(made)
    }

    fn new_set(&self, replicas: i64, number: i64) -> Object {
        let (spec, meta) = (&self.deployment.spec, &self.object.meta);
        let hash = template_hash(spec.template(), self.deployment.status.collision_count);
        let mut template = spec.template().clone();
        template["metadata"]["labels"][revision::TEMPLATE_HASH] = hash.as_str().into();
        let mut selector = spec.json["selector"].clone();
        selector["matchLabels"][revision::TEMPLATE_HASH] = hash.as_str().into();
        let labels = Labels::from_json(template["metadata"].get("labels"));
        let mut json = json!({"replicas": replicas, "selector": selector, "template": template});
        if spec.min_ready_seconds > 0 {
            json["minReadySeconds"] = spec.min_ready_seconds.into();
        }
        let annotations = revision::annotations_of_new(&meta.annotations, &Labels::default(), number);
        // The name of a set is at most 253 bytes long.
        let mut base = &*meta.name;
        while base.len() + 1 + hash.len() > 253 {
            base = &base[..base.len() - 1];
        }
        let details = Details {
            labels,
            annotations: revision::with_sizes(&annotations, spec),
            owners: vec![OwnerReference::controller(Kind::Deployment, meta.name.clone(), meta.uid)].into(),
            ..Details::default()
        };
        let meta = Meta::new(meta.namespace.clone(), format!("{base}-{hash}").into(), details);
        let set = ReplicaSet { spec: ReplicaSetSpec::new(json), status: ReplicaSetStatus::default() };
        Object { meta, body: Body::ReplicaSet(Box::new(set)) }
    }

    /// The name is another template's: the next try has another.
    fn collide(&mut self, error: Status, context: &mut Context<'_>) -> Status {
        let mut status = self.status();
        status.collision_count = Some(status.collision_count.unwrap_or(0) + 1);
        self.write(self.object.meta.annotations.clone(), status, context).err().unwrap_or(error)
    }

    fn failed(&mut self, set: &str, error: Status, context: &mut Context<'_>) -> Status {
        const REASON: &str = "ReplicaSetCreateError";
        let message = format!("Failed to create new replica set \"{set}\": {error}");
        if self.deployment.spec.progress_deadline_seconds.is_some() {
            let mut status = self.status();
            note_progress(&mut status, REASON, message.clone(), context.now);
            // What could not be said now is said with the next try.
            let _ = self.write(self.object.meta.annotations.clone(), status, context);
        }
        context.event(ACTOR, &self.object, true, REASON, message);
        error
    }

    fn act(&self, decision: &Decision, sets: &Sets, context: &mut Context<'_>) -> Result<(), Status> {
        let find = |name: &Text| sets.old.iter().chain(&sets.new).find(|set| set.meta.name == *name);
        for scale in &decision.scale {
            if let Some(set) = find(&scale.name) {
                self.scale(set, scale, context)?;
            }
        }
        for name in &decision.delete {
            let write = context.write(ACTOR);
            let namespace = &self.object.meta.namespace;
            match context.api.delete(Kind::ReplicaSet, namespace, name, DeleteOptions::default(), write) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Sets the size of a set, and the annotations that remember the Deployment's.
    fn scale(&self, set: &Arc<Object>, scale: &Scale, context: &mut Context<'_>) -> Result<(), Status> {
        let Some(stored) = context.api.store.by_uid(set.meta.uid).cloned() else { return Ok(()) };
        let mut changed = (*stored).clone();
        changed.meta.annotations = revision::with_sizes(&stored.meta.annotations, &self.deployment.spec);
        let Body::ReplicaSet(body) = &mut changed.body else { return Ok(()) };
        let from = body.spec.replicas;
        if from != scale.to {
            body.spec = body.spec.scaled(scale.to);
        } else if !scale.always {
            return Ok(());
        }
        let write = context.write(ACTOR);
        context.api.update(changed, write)?;
        if from != scale.to {
            let way = if from < scale.to { "up" } else { "down" };
            self.say(format!("Scaled {way} replica set {} from {from} to {}", set.meta.name, scale.to), context);
        }
        Ok(())
    }

    fn say(&self, message: String, context: &mut Context<'_>) {
        context.event(ACTOR, &self.object, false, "ScalingReplicaSet", message);
    }

    /// Writes the status, or if it says nothing new sees to it that a rollout without progress is looked at in time.
    fn report(&mut self, mode: Mode, sets: &Sets, context: &mut Context<'_>) -> Result<(), Status> {
        let old: Vec<&ReplicaSet> = sets.old.iter().filter_map(|set| set.replica_set()).collect();
        let new = sets.new.as_deref().and_then(|set| Some((&set.meta.name, set.replica_set()?)));
        let view = status::View {
            name: &self.object.meta.name,
            generation: self.object.meta.generation,
            spec: &self.deployment.spec,
            status: &self.deployment.status,
            new,
            old: &old,
            now: context.now,
        };
        if mode != Mode::Rollout {
            let status = status::calculate(view);
            return self.write(self.object.meta.annotations.clone(), status, context);
        }
        let status = status::of_rollout(view);
        if status == self.deployment.status {
            if let Some(delay) = status::next_check(view, &status) {
                context.enqueue(Worker::Deployment, self.item.clone(), delay);
            }
            return Ok(());
        }
        self.write(self.object.meta.annotations.clone(), status, context)
    }

    /// Writes annotations and status, if they say anything new.
    fn write(
        &mut self,
        annotations: Labels,
        status: DeploymentStatus,
        context: &mut Context<'_>,
    ) -> Result<(), Status> {
        if annotations == self.object.meta.annotations && status == self.deployment.status {
            return Ok(());
        }
        let mut new = self.object.clone();
        new.meta.annotations = annotations;
        if let Body::Deployment(deployment) = &mut new.body {
            deployment.status = status;
        }
        let write = context.write(ACTOR);
        let written = context.api.update_status(new, write)?;
        if let Some(deployment) = written.deployment() {
            self.deployment = deployment.clone();
        }
        self.object = (*written).clone();
        Ok(())
    }
}

fn sized(object: &Object) -> Option<Sized> {
    let set = object.replica_set()?;
    let annotations = &object.meta.annotations;
    Some(Sized {
        name: object.meta.name.clone(),
        created: object.meta.created,
        wanted: set.spec.replicas,
        actual: set.status.replicas,
        available: set.status.available,
        desired: revision::size(annotations, revision::DESIRED_REPLICAS),
        max: revision::size(annotations, revision::MAX_REPLICAS),
        revision: revision::number(annotations),
        busy: object.meta.terminating() || object.meta.generation > set.status.observed_generation,
    })
}

fn with_min_ready(spec: &ReplicaSetSpec, seconds: i64) -> Arc<ReplicaSetSpec> {
    let mut json = spec.json.clone();
    if let Some(members) = json.as_object_mut() {
        members.remove("minReadySeconds");
        if seconds > 0 {
            members.insert("minReadySeconds".into(), seconds.into());
        }
    }
    ReplicaSetSpec::new(json)
}

/// Whether a Pod that a set controls is there and has not ended.
fn has_running_pods(set: &Object, store: &Store) -> bool {
    let pods = store.dependents(set.meta.uid).into_iter().filter(|key| key.kind == Kind::Pod);
    pods.filter_map(|key| store.get(key.kind, &key.namespace, &key.name))
        .filter(|pod| pod.meta.controller().is_some_and(|owner| owner.uid == set.meta.uid))
        .any(|pod| pod.pod().is_some_and(|body| !body.status.phase.is_terminal()))
}
