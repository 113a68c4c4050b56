//! One sync: decide, act, write the status, drop old revisions (rule S25).

use std::sync::Arc;
use std::time::Duration;

use super::claims::Tenant;
use super::decide::{Action, Decision, DeleteReason, View, decide};
use super::revisions::{self, Revisions};
use super::template::{ClaimSource, PodSource};
use super::{Controller, Known, identity};
use crate::apiserver::field::FieldError;
use crate::apiserver::{DeleteOptions, Request, Status};
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::{Id, Text, Uid, joined};
use crate::resource::model::{StatefulSet, StatefulSetStatus, UpdateStrategy};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ACTOR: Actor = Actor::StatefulSetController;
/// The largest batch of a Parallel set's actions (`MaxBatchSize`).
const MAX_BATCH: i64 = 500;

impl Controller {
    /// Brings a set one step closer to its spec; a failed sync is tried again with a growing back-off (rule S23).
    pub fn sync(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Object(id) = item else { return };
        let Some(object) = context.api.store.by_id(*id).cloned() else { return };
        let result = self.sync_set(*id, &object, context);
        let Some(known) = self.known(*id) else { return };
        match result {
            Ok(()) => known.failures = 0,
            Err(_) => {
                let delay = Duration::from_millis(5) * 2_u32.saturating_pow(known.failures.min(18));
                known.failures += 1;
                context.enqueue(Worker::StatefulSetLater, item.clone(), delay.min(Duration::from_secs(1000)));
            }
        }
    }

    fn sync_set(&mut self, id: Id, object: &Arc<Object>, context: &mut Context<'_>) -> Result<(), String> {
        let Some(set) = object.stateful_set() else { return Ok(()) };
        let text = |status: Status| status.message;
        let resolved = self.revisions(id, object, set, context).map_err(text)?;
        self.claim_pods(object, context).map_err(text)?;
        let Some(known) = self.known(id) else { return Ok(()) };
        let spec = &set.spec;
        let min_ready = Duration::from_secs(spec.min_ready_seconds.unsigned_abs());
        known.replicas.prepare(spec.start..=spec.end(), min_ready, context.now);
        let mut status = status_of(object, &resolved, known);
        let result = if object.meta.terminating() {
            Ok(())
        } else {
            let view = View {
                spec,
                status: &set.status,
                current: &resolved.current.meta.name,
                update: &resolved.update.meta.name,
                replicas: &known.replicas,
            };
            let decision = decide(view);
            Hands { object, set, known, source: None }.act(&decision, &mut status, context)
        };
        let written = write_status(object, set, status.clone(), context);
        let write = context.write(ACTOR);
        revisions::truncate(context.api, set, &resolved, &known.replicas, write);
        result.and(written.map_err(text))?;
        if !min_ready.is_zero() && status.ready != status.available {
            let next = known.replicas.next_maturity().map_or(min_ready, |time| time.since(context.now));
            context.enqueue(Worker::StatefulSetLater, Item::Object(id), next);
        }
        Ok(())
    }

    /// The set's revisions; looked up again only if a revision, the template or the status that names one has changed.
    fn revisions(
        &mut self,
        id: Id,
        object: &Object,
        set: &StatefulSet,
        context: &mut Context<'_>,
    ) -> Result<Revisions, Status> {
        let writes = self.revision_writes;
        let Some(known) = self.known(id) else {
            return Err(Status::not_found(Kind::StatefulSet, &object.meta.name));
        };
        if let Some((seen, resolved)) = &known.revisions {
            let named = resolved.current.meta.name == set.status.current_revision;
            let same = !known.sources.is_empty() && known.sources.iter_mut().all(|source| source.adopt(&set.spec));
            if *seen == writes && named && same {
                return Ok(resolved.clone());
            }
        }
        let write = context.write(ACTOR);
        let mut history = revisions::list(context.api, object, set);
        if history.iter().any(|revision| revision.meta.controller().is_none()) {
            if object.meta.terminating() {
                return Err(Status::bad_request("can't adopt ControllerRevisions: the set is being deleted"));
            }
            revisions::adopt(context.api, object, &mut history, write)?;
        }
        let resolved = revisions::resolve(context.api, object, set, history, write)?;
        let sources = [&resolved.current, &resolved.update].map(|revision| {
            let same = |source: &&PodSource| source.is_under(&set.spec) && source.revision == revision.meta.name;
            let fitting = known.sources.iter().find(same);
            fitting.cloned().unwrap_or_else(|| PodSource::new(object, &set.spec, revision))
        });
        known.sources = sources.into();
        known.revisions = Some((writes, resolved.clone()));
        Ok(resolved)
    }
}

/// The hands of one sync.
struct Hands<'a> {
    object: &'a Object,
    set: &'a StatefulSet,
    known: &'a mut Known,
    source: Option<ClaimSource>,
}

impl Hands<'_> {
    /// Does what was decided. In an ordered set the first error ends the sync; in a Parallel set the batch in which it
    /// happened is finished first (rules S42, S45).
    fn act(
        &mut self,
        decision: &Decision,
        status: &mut StatefulSetStatus,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let mut failed: Option<(String, i64, i64)> = None;
        for action in &decision.actions {
            let ordinal = action.ordinal();
            if let Some((_, at, batch_end)) = &failed {
                if ordinal == *at {
                    continue;
                }
                if ordinal > *batch_end || !action.is_of_replica_pass() {
                    break;
                }
            }
            if let Err(error) = self.one(action, status, context) {
                let end = if self.set.spec.parallel { batch_end(ordinal - self.set.spec.start) } else { -1 };
                failed.get_or_insert((error, ordinal, self.set.spec.start + end));
            }
        }
        failed.map_or(Ok(()), |(error, ..)| Err(error))
    }

    fn one(
        &mut self,
        action: &Action,
        status: &mut StatefulSetStatus,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        match action {
            Action::Create(ordinal, revision) => self.create(*ordinal, revision, context),
            Action::CreateClaims(ordinal) => self.create_missing_claims(*ordinal, context),
            Action::Repair(ordinal) => self.repair(*ordinal, context),
            Action::FixClaims(ordinal) => {
                let tenant = self.tenant(*ordinal);
                if !tenant.owners_match(&[], context) {
                    tenant.update_owners(&[], context)?;
                }
                self.known.replicas.checked(*ordinal);
                Ok(())
            }
            Action::Delete(ordinal, reason) => {
                self.delete(*ordinal, context)?;
                if *reason == DeleteReason::Outdated {
                    status.current -= 1;
                }
                Ok(())
            }
        }
    }

    fn tenant(&self, ordinal: i64) -> Tenant<'_> {
        let pod = self.known.replicas.get(ordinal).map_or(Uid::default(), |replica| replica.uid);
        Tenant { set: self.object, spec: &self.set.spec, ordinal, pod }
    }

    /// What claims are made from, looked at once in a sync.
    fn claim_source(&mut self, context: &Context<'_>) -> ClaimSource {
        if let Some(source) = &self.source {
            return source.clone();
        }
        let fits = |source: &&ClaimSource| source.fits(&self.set.spec);
        let known = self.known.claims.as_ref().filter(fits).cloned();
        let source = known.unwrap_or_else(|| ClaimSource::new(self.object, &self.set.spec, context.api));
        self.known.claims = Some(source.clone());
        self.source = Some(source.clone());
        source
    }

    fn create(&mut self, ordinal: i64, revision: &Text, context: &mut Context<'_>) -> Result<(), String> {
        let name = identity::pod_name(&self.object.meta.name, ordinal);
        if self.tenant(ordinal).waits_for_stale_claim(context) {
            return Ok(());
        }
        let mut claims = Vec::new();
        if !self.set.spec.claim_templates.is_empty() {
            let source = self.claim_source(context);
            match self.tenant(ordinal).create(&source, &[], context) {
                Ok(volumes) => claims = volumes,
                Err(error) => {
                    self.say("Create", &name, Err(&error), context);
                    return Err(error);
                }
            }
        }
        let Some(source) = self.known.sources.iter().find(|source| source.revision == *revision) else {
            return Err(format!("revision {revision} is gone"));
        };
        let write = context.write(ACTOR);
        let made = match source.refusal(&name) {
            Some(refusal) => Err(refusal),
            None => context.api.create(source.pod(self.object, ordinal, claims.clone()), write),
        };
        if let Err(error) = &made {
            if error.reason == "AlreadyExists" {
                return Err(error.message.clone());
            }
        }
        let pod = made.as_ref().map_or(Uid::default(), |pod| pod.meta.uid);
        let tenant = Tenant { pod, ..self.tenant(ordinal) };
        if let Err(error) = tenant.update_owners(&claims, context) {
            self.say("Update", &name, Err(&error), context);
            return Err(error);
        }
        let made = made.map(|_| ()).map_err(|error| error.message);
        self.say("Create", &name, made.as_ref().copied().map_err(String::as_str), context);
        made
    }

    fn create_missing_claims(&mut self, ordinal: i64, context: &mut Context<'_>) -> Result<(), String> {
        if !self.set.spec.claim_templates.is_empty() {
            let source = self.claim_source(context);
            let pod = self.pod(ordinal, context);
            let mounts =
                pod.as_ref().and_then(|object| object.pod()).map(|pod| &*pod.claim_volumes).unwrap_or_default();
            let mounts = self.tenant(ordinal).create(&source, mounts, context)?;
            if let Err(error) = self.tenant(ordinal).update_owners(&mounts, context) {
                let name = identity::pod_name(&self.object.meta.name, ordinal);
                self.say("Update", &name, Err(&error), context);
                return Err(error);
            }
        }
        if self.known.replicas.get(ordinal).is_some_and(|replica| replica.identity) {
            self.known.replicas.checked(ordinal);
        }
        Ok(())
    }

    /// Puts a Pod's identity, storage and claims right (rules S54–S57).
    fn repair(&mut self, ordinal: i64, context: &mut Context<'_>) -> Result<(), String> {
        let name = identity::pod_name(&self.object.meta.name, ordinal);
        let Some(object) = self.pod(ordinal, context) else { return Ok(()) };
        let Some(pod) = object.pod() else { return Ok(()) };
        let identity = object.meta.labels.get(identity::POD_NAME) == Some(&*name);
        let storage = self.tenant(ordinal).mounts_all(pod);
        let owners = self.tenant(ordinal).owners_match(&pod.claim_volumes, context);
        if identity && storage && owners {
            self.known.replicas.checked(ordinal);
            return Ok(());
        }
        let result = self.update_pod(&object, ordinal, storage, owners, context);
        self.say("Update", &name, result.as_ref().copied().map_err(String::as_str), context);
        if result.is_ok() {
            self.known.replicas.checked(ordinal);
        }
        result
    }

    fn update_pod(
        &mut self,
        object: &Object,
        ordinal: i64,
        storage: bool,
        owners: bool,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let mut new = object.clone();
        new.meta.resource_version = 0;
        let index = Text::from(ordinal.to_string());
        let own = [(identity::POD_NAME, object.meta.name.clone()), (identity::POD_INDEX, index)];
        new.meta.labels = new.meta.labels.with(own.map(|(key, value)| (Text::from(key), value)));
        let mut volumes = None;
        if !storage {
            let source = self.claim_source(context);
            volumes = Some(self.tenant(ordinal).create(&source, &[], context)?);
        }
        if !owners {
            self.tenant(ordinal).update_owners(&[], context)?;
        }
        let write = context.write(ACTOR);
        let Some(volumes) = volumes else {
            return context.api.update(new, write).map(|_| ()).map_err(|error| error.message);
        };
        if let Body::Pod(pod) = &mut new.body {
            pod.claim_volumes = volumes.into();
        }
        // A Pod's volumes cannot be changed; the server's own words say so (rule S55).
        let (namespace, name) = (&object.meta.namespace, &object.meta.name);
        let request = Request::update(Kind::Pod, namespace, name, new.to_json());
        context.api.handle(&request, write).map(|_| ()).map_err(|error| error.message)
    }

    /// The Pod of an ordinal as it is now.
    fn pod(&self, ordinal: i64, context: &Context<'_>) -> Option<Arc<Object>> {
        let replica = self.known.replicas.get(ordinal)?;
        context.api.store.by_uid_near(replica.uid, replica.hint).cloned()
    }

    fn delete(&mut self, ordinal: i64, context: &mut Context<'_>) -> Result<(), String> {
        let name = identity::pod_name(&self.object.meta.name, ordinal);
        let write = context.write(ACTOR);
        let namespace = &self.object.meta.namespace;
        let deleted = context.api.delete(Kind::Pod, namespace, &name, DeleteOptions::default(), write);
        let result = match deleted {
            Err(error) if !error.is_not_found() => Err(error.message),
            _ => Ok(()),
        };
        self.say("Delete", &name, result.as_ref().copied().map_err(String::as_str), context);
        result
    }

    fn say(&self, verb: &str, pod: &str, result: Result<(), &str>, context: &mut Context<'_>) {
        let set = &self.object.meta.name;
        match result {
            Ok(()) => {
                let message = joined([verb, " Pod ", pod, " in StatefulSet ", set, " successful"]);
                context.event(ACTOR, self.object, false, joined(["Successful", verb]), message);
            }
            Err(error) => {
                let message = format!("{verb} Pod {pod} in StatefulSet {set} failed error: {error}");
                context.event(ACTOR, self.object, true, joined(["Failed", verb]), message);
            }
        }
    }
}

impl Action {
    fn ordinal(&self) -> i64 {
        match self {
            Action::Create(ordinal, _)
            | Action::CreateClaims(ordinal)
            | Action::Repair(ordinal)
            | Action::FixClaims(ordinal)
            | Action::Delete(ordinal, _) => *ordinal,
        }
    }

    fn is_of_replica_pass(&self) -> bool {
        !matches!(self, Action::FixClaims(_) | Action::Delete(_, DeleteReason::Condemned | DeleteReason::Outdated))
    }
}

/// The last index of the batch that an index is in: batches of 1, 2, 4 … 500.
fn batch_end(index: i64) -> i64 {
    let (mut end, mut size) = (0, 1);
    while end < index {
        size = (size * 2).min(MAX_BATCH);
        end += size;
    }
    end
}

/// The status at the start of a sync (rule S86), with a finished update noted (rule S87).
fn status_of(object: &Object, revisions: &Revisions, known: &Known) -> StatefulSetStatus {
    let counts = known.replicas.counts();
    let of = |name: &Text| counts.by_revision.get(name).copied().unwrap_or(0);
    StatefulSetStatus {
        observed_generation: object.meta.generation,
        replicas: counts.replicas,
        ready: counts.ready,
        current: of(&revisions.current.meta.name),
        updated: of(&revisions.update.meta.name),
        available: counts.available,
        current_revision: revisions.current.meta.name.clone(),
        update_revision: revisions.update.meta.name.clone(),
        collision_count: Some(revisions.collisions),
    }
}

/// Writes the status if it says anything new (rule S88).
fn write_status(
    object: &Object,
    set: &StatefulSet,
    mut status: StatefulSetStatus,
    context: &mut Context<'_>,
) -> Result<(), Status> {
    let rolling = matches!(set.spec.update, UpdateStrategy::RollingUpdate(_));
    let all = set.spec.replicas;
    if rolling && status.updated == all && status.ready == all && status.replicas == all {
        status.current = status.updated;
        status.current_revision = status.update_revision.clone();
    }
    let old = &set.status;
    let same = StatefulSetStatus { collision_count: old.collision_count, ..status.clone() };
    if same == *old || status.observed_generation < old.observed_generation {
        return Ok(());
    }
    if status.current < 0 {
        // Upstream's own slip (rule S85): the write is refused, the next sync counts right.
        let detail = "must be greater than or equal to 0";
        let error = FieldError::invalid("status.currentReplicas", status.current, detail);
        return Err(Status::invalid(Kind::StatefulSet, &object.meta.name, vec![error]));
    }
    let Some(stored) = context.api.store.current(object) else { return Ok(()) };
    let mut new = (**stored).clone();
    if let Body::StatefulSet(stored) = &mut new.body {
        stored.status = status;
    }
    let write = context.write(ACTOR);
    context.api.update(new, write).map(|_| ())
}
