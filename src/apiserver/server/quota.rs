//! Quotas at the door: what is more than a namespace may have is refused, what is let in is charged at once.
//!
//! Upstream: `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go` (`CheckRequest`).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::ApiServer;
use super::usage::{Amounts, amounts, covers, in_scope, unnamed, usage};
use crate::apiserver::Status;
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::{Actor, Write};

impl ApiServer {
    /// Whether quotas let an object in; `old` is what it replaces. Nothing is charged.
    pub(super) fn check_quotas(&self, object: &Object, old: Option<&Value>, write: Write) -> Result<(), Status> {
        self.charges(object, old, write).map(|_| ())
    }

    /// Charges the quotas of its namespace for an object, or refuses it.
    pub(super) fn charge_quotas(&mut self, object: &Object, old: Option<&Value>, write: Write) -> Result<(), Status> {
        for (quota, used) in self.charges(object, old, write)? {
            let mut new = (*quota).clone();
            set_used(&mut new, &used);
            self.update_status(new, Write { actor: Actor::ApiServer, ..write })?;
        }
        Ok(())
    }

    /// The quotas that an object counts in, with what is used once it is there.
    fn charges(
        &self,
        object: &Object,
        old: Option<&Value>,
        write: Write,
    ) -> Result<Vec<(Arc<Object>, Amounts)>, Status> {
        let kind = object.kind();
        let mut out = Vec::new();
        if kind == Kind::Event || self.store.has_none(Kind::ResourceQuota) {
            return Ok(out);
        }
        let mut asked = None;
        for quota in self.store.in_namespace(Kind::ResourceQuota, &object.meta.namespace) {
            let (new, wanted) = asked.get_or_insert_with(|| {
                let new = object.to_json();
                let wanted = usage(kind, &new, write.now);
                (new, wanted)
            });
            let forbidden = |why: &str| Status::forbidden(kind, &object.meta.name, why);
            let body = quota.to_json();
            let hard = amounts(&body["status"]["hard"]);
            let counted: Vec<&str> = hard.keys().map(String::as_str).filter(|name| covers(kind, name)).collect();
            if counted.is_empty() || !in_scope(&body, kind, new) {
                continue;
            }
            let name = &quota.meta.name;
            if let Some(why) = (kind == Kind::Pod).then(|| unnamed(&new["spec"], &counted)).flatten() {
                return Err(forbidden(&format!("failed quota: {name}: {why}")));
            }
            let mut used = amounts(&body["status"]["used"]);
            if counted.iter().any(|counted| !used.contains_key(*counted)) {
                let why = format!("status unknown for quota: {name}, resources: {}", counted.join(","));
                return Err(forbidden(&why));
            }
            let before = old.map(|old| usage(kind, old, write.now)).unwrap_or_default();
            let more = more(wanted, &before, &counted);
            if more.is_empty() {
                continue;
            }
            let exceeds = |(resource, amount): &(&String, &crate::resource::quantity::Quantity)| {
                used.get(*resource).is_some_and(|used| used.plus(**amount) > hard[*resource])
            };
            let exceeded: Vec<&String> = more.iter().filter(exceeds).map(|(resource, _)| resource).collect();
            if !exceeded.is_empty() {
                let [asks, has, may] = [&more, &used, &hard].map(|list| printed(list, &exceeded));
                return Err(forbidden(&format!(
                    "exceeded quota: {name}, requested: {asks}, used: {has}, limited: {may}"
                )));
            }
            for (resource, amount) in more {
                used.entry(resource).and_modify(|used| *used = used.plus(amount));
            }
            out.push((Arc::clone(quota), used));
        }
        Ok(out)
    }
}

/// What is wanted beyond what there was, of what is counted.
fn more(wanted: &Amounts, before: &Amounts, counted: &[&str]) -> Amounts {
    let counted = wanted.iter().filter(|(name, _)| counted.contains(&name.as_str()));
    let beyond = counted.map(|(name, amount)| {
        let less = before.get(name);
        (name.clone(), less.map_or(*amount, |less| amount.minus(*less)))
    });
    beyond.filter(|(_, amount)| amount.sign() > 0).collect()
}

/// `pods=1,requests.cpu=100m`
fn printed(amounts: &Amounts, names: &[&String]) -> String {
    let own = amounts.iter().filter(|(name, _)| names.contains(name));
    own.map(|(name, amount)| format!("{name}={amount}")).collect::<Vec<_>>().join(",")
}

/// Writes `status.used` of a quota.
fn set_used(quota: &mut Object, used: &Amounts) {
    let Body::Plain(_, body) = &mut quota.body else { return };
    let used: Map<String, Value> =
        used.iter().map(|(name, amount)| (name.clone(), amount.to_string().into())).collect();
    let status = Arc::make_mut(body).entry("status").or_insert_with(|| Value::Object(Map::new()));
    status["used"] = used.into();
}
