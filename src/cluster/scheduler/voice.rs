//! What the scheduler writes: a Pod's node, or why it has none, and the Events to it (rules K6, K8). Its words are made
//! once and shared by all Pods.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::nodes::{REGION, ZONE};
use crate::cluster::context::Context;
use crate::cluster::recorder::Occurrence;
use crate::resource::meta::{Text, joined};
use crate::resource::model::{Condition, ConditionStatus, ConditionType, EventSource, ObjectReference};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

/// The scheduler's words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Voice {
    component: Text,
    instance: Text,
    scheduled: Text,
    binding: Text,
    failed: Text,
    scheduling: Text,
    unschedulable: Text,
    /// The last message of a Pod without a node; many Pods in a row have the same.
    last: Text,
}

impl Default for Voice {
    fn default() -> Voice {
        let component = Actor::Scheduler.name();
        Voice {
            component: component.into(),
            instance: format!("{component}-sts-lab").into(),
            scheduled: "Scheduled".into(),
            binding: "Binding".into(),
            failed: "FailedScheduling".into(),
            scheduling: "Scheduling".into(),
            unschedulable: "Unschedulable".into(),
            last: Text::default(),
        }
    }
}

impl Voice {
    /// Gives a Pod its node, and the node's zone and region as labels. The answer is the Pod as it then is.
    pub fn bind(&self, object: &Object, node: &Object, context: &mut Context) -> Option<Arc<Object>> {
        let mut new = object.clone();
        let Body::Pod(pod) = &mut new.body else { return None };
        pod.node = Some(node.meta.name.clone());
        pod.status.set_condition(condition(object, None, None, context));
        let topology = node.meta.labels.pairs().iter().filter(|(key, _)| **key == *ZONE || **key == *REGION);
        new.meta.labels = new.meta.labels.with(topology.cloned());
        let write = context.write(Actor::Scheduler);
        let bound = context.api.update(new, write).ok()?;
        let (namespace, name) = (&object.meta.namespace, &object.meta.name);
        let message = joined(["Successfully assigned ", namespace, "/", name, " to ", &node.meta.name]);
        self.say(object, false, (&self.scheduled, &self.binding), message, context);
        Some(bound)
    }

    /// Says on a Pod and in an Event why it has no node.
    pub fn refuse(&mut self, object: &Object, why: String, context: &mut Context) {
        if *self.last != *why {
            self.last = why.into();
        }
        self.say(object, true, (&self.failed, &self.scheduling), self.last.clone(), context);
        set_unscheduled(object, self.unschedulable.clone(), self.last.clone(), context);
    }

    /// Says on a Pod that its gates hold it; there is no Event of it.
    pub fn gate(object: &Object, context: &mut Context) {
        let message = "Scheduling is blocked due to non-empty scheduling gates";
        set_unscheduled(object, "SchedulingGated".into(), message.into(), context);
    }

    fn say(&self, object: &Object, warning: bool, words: (&Text, &Text), message: Text, context: &mut Context) {
        let (reason, action) = words;
        let source = EventSource::New {
            component: self.component.clone(),
            instance: self.instance.clone(),
            action: action.clone(),
        };
        let about = ObjectReference::new(Kind::Pod, &object.meta);
        let occurrence = Occurrence { about, warning, reason: reason.clone(), message, source };
        context.occurrence(Actor::Scheduler, occurrence);
    }
}

/// `PodScheduled`: True without a reason, False with one.
fn condition(object: &Object, reason: Option<Text>, message: Option<Text>, context: &Context) -> Condition {
    Condition {
        kind: ConditionType::PodScheduled,
        status: if reason.is_some() { ConditionStatus::False } else { ConditionStatus::True },
        reason,
        message,
        last_transition: context.now,
        observed_generation: object.meta.generation,
    }
}

fn set_unscheduled(object: &Object, reason: Text, message: Text, context: &mut Context) {
    let mut new = object.clone();
    let Body::Pod(pod) = &mut new.body else { return };
    pod.status.set_condition(condition(object, Some(reason), Some(message), context));
    let write = context.write(Actor::Scheduler);
    // A Pod that is gone needs no condition.
    let _ = context.api.update(new, write);
}
