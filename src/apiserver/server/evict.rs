//! The `eviction` subresource of Pods: a deletion that asks the Pod's disruption budget first (rules N18, N19).
//!
//! Upstream: `pkg/registry/core/pod/storage/eviction.go`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{ApiServer, DeleteOptions, respond};
use crate::apiserver::{Request, Response, Status, decode};
use crate::resource::model::{Condition, ConditionStatus, ConditionType, Phase};
use crate::resource::object::Body;
use crate::resource::schema::Struct;
use crate::resource::selector::Selector;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Write};

const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
const TWO_BUDGETS: &str =
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
/// The type of the cause of a refusal.
const CAUSE: &str = "DisruptionBudget";
/// Evictions that the disruption controller has not yet seen.
const MAX_DISRUPTED_PODS: usize = 2000;

/// The condition `DisruptionAllowed` of a budget's status for this many allowed disruptions. `before` are the
/// conditions it had: the transition time moves only with the status.
#[must_use]
pub fn disruption_condition(before: &Value, allowed: i64, observed_generation: i64, now: Time) -> Value {
    let (status, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let before = &before[0];
    let since = if before["status"] == status { before["lastTransitionTime"].clone() } else { now.rfc3339().into() };
    json!({"type": "DisruptionAllowed", "status": status, "reason": reason, "message": "",
        "lastTransitionTime": since, "observedGeneration": observed_generation})
}

impl ApiServer {
    /// Answers a request to evict a Pod.
    pub(super) fn evict(&mut self, request: &Request, write: Write) -> Result<Response, Status> {
        let eviction = Struct::by_id("policy.Eviction").ok_or_else(|| Status::bad_request("no schema of Eviction"))?;
        let level = request.options.field_validation.unwrap_or_default();
        let body = decode::decode_as(eviction, "policy/v1", request.body.clone(), level)?;
        let namespace = request.namespace.as_deref().unwrap_or_default();
        let name = request.name.as_deref().unwrap_or_default();
        self.check_namespace_exists(Kind::Pod, namespace, name)?;
        if body.value["metadata"]["name"] != name {
            return Err(Status::bad_request("name in URL does not match name in Eviction object"));
        }
        let options = &body.value["deleteOptions"];
        let dry_run = request.options.dry_run || options["dryRun"].as_array().is_some_and(|d| !d.is_empty());
        let object = self.find_by(Kind::Pod, namespace, name)?;
        check_preconditions(&object, &options["preconditions"])?;
        if !needs_no_budget(&object) {
            self.ask_budget(&object, dry_run, write)?;
        }
        if !dry_run {
            self.evict_now(&object, options["gracePeriodSeconds"].as_i64(), write)?;
        }
        let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
        Ok(respond(success, body.warnings))
    }

    /// Marks the Pod as the target of a disruption and deletes it.
    fn evict_now(&mut self, object: &Object, grace_seconds: Option<i64>, write: Write) -> Result<(), Status> {
        let mut marked = object.clone();
        if let Body::Pod(pod) = &mut marked.body {
            pod.status.set_condition(Condition {
                kind: ConditionType::DisruptionTarget,
                status: ConditionStatus::True,
                reason: Some("EvictionByEvictionAPI".into()),
                message: Some("Eviction API: evicting".into()),
                last_transition: write.now,
                observed_generation: 0,
            });
        }
        self.update(marked, write)?;
        let options = DeleteOptions { grace_seconds, ..DeleteOptions::default() };
        self.delete(Kind::Pod, &object.meta.namespace, &object.meta.name, options, write)?;
        Ok(())
    }

    /// Takes one disruption off the Pod's budget, or refuses.
    fn ask_budget(&mut self, object: &Object, dry_run: bool, write: Write) -> Result<(), Status> {
        let budgets = self.budgets_of(object);
        let budget = match budgets.as_slice() {
            [] => return Ok(()),
            [budget] => budget,
            _ => return Err(Status::new(500, "", TWO_BUDGETS)),
        };
        let Some(body) = budget.plain() else { return Ok(()) };
        if unhealthy_may_go(object, body) {
            return Ok(());
        }
        let status = body.get("status").cloned().unwrap_or_else(|| json!({}));
        let name = &*budget.meta.name;
        if status["observedGeneration"].as_i64().unwrap_or(0) < budget.meta.generation {
            let message = format!("The disruption budget {name} is still being processed by the server.");
            return Err(Status { retry_after_seconds: 10, ..refused(message) });
        }
        let allowed = status["disruptionsAllowed"].as_i64().unwrap_or(0);
        let forbidden = |why: &str| Err(Status::forbidden(Kind::PodDisruptionBudget, name, why));
        if allowed < 0 {
            return forbidden("pdb disruptions allowed is negative");
        }
        if status["disruptedPods"].as_object().is_some_and(|pods| pods.len() > MAX_DISRUPTED_PODS) {
            return forbidden("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        }
        if allowed == 0 {
            return Err(refused(why_none(name, &status)));
        }
        if !dry_run {
            self.take_disruption(budget, body, &object.meta.name, write)?;
        }
        Ok(())
    }

    fn budgets_of(&self, object: &Object) -> Vec<Arc<Object>> {
        let covers = |budget: &&Arc<Object>| {
            let spec = budget.plain().and_then(|p| p.get("spec"));
            // A budget without a selector covers nothing.
            let selector = spec.map(|s| &s["selector"]).filter(|s| !s.is_null());
            let selector = selector.and_then(|s| Selector::from_label_selector(s).ok());
            selector.is_some_and(|s| s.matches(|key| object.meta.labels.get(key)))
        };
        let budgets = self.store.in_namespace(Kind::PodDisruptionBudget, &object.meta.namespace);
        budgets.filter(covers).cloned().collect()
    }

    /// Writes the Pod down in the budget's status, so that the next eviction counts with it before the disruption
    /// controller has looked.
    fn take_disruption(
        &mut self,
        budget: &Object,
        body: &Map<String, Value>,
        pod: &str,
        write: Write,
    ) -> Result<(), Status> {
        let mut body = body.clone();
        let status = body.entry("status").or_insert_with(|| json!({}));
        let left = status["disruptionsAllowed"].as_i64().unwrap_or(0) - 1;
        status["disruptionsAllowed"] = left.into();
        if left == 0 {
            let observed = status["observedGeneration"].as_i64().unwrap_or(0);
            status["conditions"] = json!([disruption_condition(&status["conditions"], left, observed, write.now)]);
        }
        status["disruptedPods"][pod] = write.now.rfc3339().into();
        let new = Object { meta: budget.meta.clone(), body: Body::Plain(Kind::PodDisruptionBudget, Arc::new(body)) };
        self.update(new, Write { actor: Actor::ApiServer, ..write })?;
        Ok(())
    }
}

/// Pods that do no work, or are on their way out, may always go.
fn needs_no_budget(object: &Object) -> bool {
    let Some(pod) = object.pod() else { return true };
    object.meta.terminating() || pod.status.phase == Phase::Pending || pod.status.phase.is_terminal()
}

/// Whether a Pod that is not Ready may go without a disruption being counted.
fn unhealthy_may_go(object: &Object, budget: &Map<String, Value>) -> bool {
    if object.pod().is_some_and(|pod| pod.status.is_ready()) {
        return false;
    }
    let part = |key: &str| budget.get(key).unwrap_or(&Value::Null);
    if part("spec")["unhealthyPodEvictionPolicy"] == "AlwaysAllow" {
        return true;
    }
    let count = |key: &str| part("status")[key].as_i64().unwrap_or(0);
    count("currentHealthy") >= count("desiredHealthy") && count("desiredHealthy") > 0
}

fn refused(cause: String) -> Status {
    Status::new(429, "TooManyRequests", REFUSED).with_cause(CAUSE, cause)
}

/// Why a budget allows no disruption now.
fn why_none(name: &str, status: &Value) -> String {
    let condition = &status["conditions"][0];
    let (reason, message) = (condition["reason"].as_str(), condition["message"].as_str().unwrap_or_default());
    let told = condition["status"] == "False" && !message.is_empty();
    let (current, desired) = (&status["currentHealthy"], &status["desiredHealthy"]);
    let refuses = format!("The disruption budget {name} does not allow evicting pods currently");
    if told && reason == Some("SyncFailed") {
        format!("{refuses} because it failed sync: {message}")
    } else if current.as_i64() <= desired.as_i64() {
        format!("The disruption budget {name} needs {desired} healthy pods and has {current} currently")
    } else if told {
        format!("{refuses} ({}): {message}", reason.unwrap_or_default())
    } else {
        refuses
    }
}

/// `deleteOptions.preconditions`.
fn check_preconditions(object: &Object, preconditions: &Value) -> Result<(), Status> {
    let uid = object.meta.uid.to_string();
    let version = object.meta.resource_version.to_string();
    let checks = [
        ("uid", "UID", uid, "deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", version, "modified"),
    ];
    for (key, word, actual, happened) in checks {
        let wanted = preconditions[key].as_str().filter(|wanted| !wanted.is_empty() && *wanted != actual);
        if let Some(wanted) = wanted {
            return Err(Status::conflict(
                Kind::Pod,
                &object.meta.name,
                &format!(
                    "the {word} in the precondition ({wanted}) does not match the {word} in record ({actual}). The \
                     object might have been {happened}"
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
