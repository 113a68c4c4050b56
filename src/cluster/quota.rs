//! The resource quota controller: it writes down what a quota limits and what is used of it, and counts again when
//! something goes that was counted. What comes is charged at the door ([`crate::apiserver`]).
//!
//! Upstream: `pkg/controller/resourcequota`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::Context;
use super::queue::{Item, Worker};
use crate::apiserver::server::usage::{Amounts, amounts, covers, in_scope, usage};
use crate::resource::kind::ALL;
use crate::resource::meta::Text;
use crate::resource::object::Body;
use crate::resource::quantity::{Format, Quantity};
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};

const ACTOR: Actor = Actor::ResourceQuotaController;
/// How long after a write the controller looks at it.
const REACTION: Duration = Duration::from_millis(2);

/// The quotas, by namespace and name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    quotas: BTreeSet<(Text, Text)>,
}

impl Controller {
    /// Takes note of quotas, and of what goes or changes while there are some.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let object = event.object();
        if event.kind() == Kind::ResourceQuota {
            self.observe_quota(event, context);
        }
        if self.quotas.is_empty() || !(event.new.is_none() || was_freed(event)) {
            return;
        }
        let namespace = &object.meta.namespace;
        for (_, name) in self.quotas.iter().filter(|(own, _)| own == namespace) {
            context.enqueue(Worker::ResourceQuota, Item::Name(namespace.clone(), name.clone()), REACTION);
        }
    }

    fn observe_quota(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let meta = &event.object().meta;
        let name = (meta.namespace.clone(), meta.name.clone());
        let Some(new) = &event.new else {
            self.quotas.remove(&name);
            return;
        };
        let hard = |object: &Object| object.plain().and_then(|body| body.get("spec").cloned());
        if event.old.as_ref().is_none_or(|old| hard(old) != hard(new)) {
            self.quotas.insert(name.clone());
            context.enqueue(Worker::ResourceQuota, Item::Name(name.0, name.1), REACTION);
        }
    }

    /// Counts one quota again.
    pub fn sync(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Name(namespace, name) = item else { return };
        let Some(quota) = context.api.store.get(Kind::ResourceQuota, namespace, name).cloned() else { return };
        let body = quota.to_json();
        let hard = amounts(&body["spec"]["hard"]);
        let used = used(&body, &hard, namespace, context);
        let list = |amounts: &Amounts| -> Value {
            amounts.iter().map(|(name, amount)| (name.clone(), Value::from(amount.to_string()))).collect()
        };
        let status = serde_json::json!({"hard": list(&hard), "used": list(&used)});
        if body["status"] != status {
            // What was written meanwhile is counted in its turn.
            let _ = context.update_status(ACTOR, &quota, |body| {
                if let Body::Plain(_, body) = body {
                    Arc::make_mut(body).insert("status".into(), status);
                }
            });
        }
    }
}

/// Whether something counts for less than before though it is still there: a Pod that has ended, a Service or a claim that
/// is another.
fn was_freed(event: &WatchEvent) -> bool {
    let (Some(old), Some(new)) = (&event.old, &event.new) else { return false };
    match (&old.body, &new.body) {
        (Body::Pod(old), Body::Pod(new)) => new.status.phase.is_terminal() && !old.status.phase.is_terminal(),
        (Body::Plain(Kind::Service, old), Body::Plain(_, new)) => old.get("spec") != new.get("spec"),
        _ => false,
    }
}

/// What is used of all that a quota limits.
fn used(quota: &Value, hard: &Amounts, namespace: &str, context: &Context<'_>) -> Amounts {
    let zero = Quantity::new(0, Format::DecimalSi);
    let mut out = Amounts::new();
    for info in ALL.iter().filter(|info| info.namespaced && info.kind != Kind::Event) {
        let counted: Vec<&String> = hard.keys().filter(|name| covers(info.kind, name)).collect();
        if counted.is_empty() {
            continue;
        }
        out.extend(counted.iter().map(|name| ((*name).clone(), zero)));
        for object in context.api.store.in_namespace(info.kind, namespace) {
            let object = object.to_json();
            if !in_scope(quota, info.kind, &object) {
                continue;
            }
            let own = usage(info.kind, &object, context.now);
            for name in &counted {
                if let (Some(sum), Some(more)) = (out.get_mut(*name), own.get(*name)) {
                    *sum = sum.plus(*more);
                }
            }
        }
    }
    out
}
