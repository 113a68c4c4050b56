//! `activeDeadlineSeconds`: a Pod that has been on its node for longer than that is stopped for good (upstream
//! `pkg/kubelet/active_deadline.go`; that it counts as failed is told when its containers have ended,
//! `pkg/kubelet/status/status_manager.go` `mergePodStatus`). Pods without a deadline have no timer.

use std::time::Duration;

use super::containers::{Said, end_all, event};
use super::vitals::Told;
use super::{Kubelet, Pace, STEP, status, stopping, task, write_status};
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Task, Worker};
use crate::resource::model::{ContainerState, Phase, Pod};
use crate::resource::{Object, Time};

const REASON: &str = "DeadlineExceeded";
const MESSAGE: &str = "Pod was active on the node longer than the specified deadline";

/// When the time of a Pod is over.
fn due(pod: &Pod) -> Option<Time> {
    Some(pod.status.start_time? + pod.template.deadline?)
}

/// Sees to it that a Pod with a deadline is looked at when that comes.
pub(super) fn watch(object: &Object, pod: &Pod, context: &mut Context<'_>) {
    if let Some(due) = due(pod).filter(|_| !pod.status.phase.is_terminal() && !object.meta.terminating()) {
        let task = Task { worker: Worker::ActiveDeadline, item: Item::Object(object.meta.id()) };
        context.queue.add(task, due.max(context.now), context.cause);
    }
}

impl Kubelet {
    /// Whether a Pod is being stopped because its time is over.
    pub(super) fn is_late(&self, object: &Object) -> bool {
        !self.vitals.is_empty() && self.vitals.get(&object.meta.uid).is_some_and(|vitals| vitals.late.is_some())
    }

    /// Stops a Pod whose time is over, and goes on with it until its containers have ended.
    pub fn expire(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Object(id) = item else { return };
        let Some(object) = context.api.store.by_id(*id).cloned() else { return };
        let Some(pod) = object.pod().filter(|pod| !pod.status.phase.is_terminal()) else { return };
        let away = pod.node.as_deref().is_none_or(|node| context.faults.nodes_down.contains(node));
        let Some(due) = due(pod) else { return };
        // A node that is back looks at its Pods again; one that was told to go is on its way.
        if away || object.meta.terminating() {
            return;
        }
        if context.now < due {
            return watch(&object, pod, context);
        }
        let told = match self.vitals.get(&id.uid).and_then(|vitals| vitals.late) {
            Some(told) => told,
            None => self.tell_late(&object, pod, context),
        };
        let mut ended = pod.status.clone();
        let next = match self.pace {
            Pace::Real => stopping::end(&object, pod, &mut ended, told, context),
            Pace::StandIn if context.now < told.at + STEP / 2 => Some(told.at + STEP / 2),
            Pace::StandIn => {
                end_all(&mut ended, context.now, 137, "Error");
                None
            }
        };
        if let Some(at) = next {
            if ended != pod.status {
                status::recompute(&mut ended, &object, pod, context.now);
                write_status(&object, ended, context);
            }
            return context.enqueue(Worker::ActiveDeadline, Item::Object(*id), at.since(context.now));
        }
        self.vitals.remove(&id.uid);
        ended.phase = Phase::Failed;
        (ended.reason, ended.message) = (Some(REASON.into()), Some(MESSAGE.into()));
        status::terminal(&mut ended, &object, context.now);
        write_status(&object, ended, context);
    }

    fn tell_late(&mut self, object: &Object, pod: &Pod, context: &mut Context<'_>) -> Told {
        Said::normal(REASON, MESSAGE).of(object, pod, None, context);
        let told = if self.pace == Pace::Real {
            stopping::tell(object, pod, context)
        } else {
            for own in pod.status.containers.iter().filter(|own| matches!(own.state, ContainerState::Running { .. })) {
                let message = format!("Stopping container {}", own.name);
                event(object, pod, "spec.containers", &own.name, false, "Killing", message, context);
            }
            Told { at: context.now, grace: Duration::ZERO }
        };
        self.vitals.entry(object.meta.uid).or_default().late = Some(told);
        context.queue.cancel(&task(object));
        told
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::cluster::kubelet::Pace;
    use crate::cluster::testing::World;
    use crate::cluster::{Cluster, ClusterConfig};
    use crate::resource::Kind;

    fn limited(pace: Pace) -> World {
        let mut world = World { cluster: Cluster::new(&ClusterConfig { kubelet: pace, ..ClusterConfig::default() }) };
        world.pod("a", &json!({}), json!({"activeDeadlineSeconds": 30}));
        world
    }

    fn status(world: &World) -> Value {
        world.get(Kind::Pod, "a")["status"].clone()
    }

    #[test]
    fn a_pod_is_stopped_for_good_when_its_time_is_over() {
        for pace in [Pace::StandIn, Pace::Real] {
            let mut world = limited(pace);
            world.run(29);
            assert_eq!(status(&world)["phase"], "Running", "{pace}");
            world.run(5);
            let status = status(&world);
            assert_eq!((&status["phase"], &status["reason"]), (&"Failed".into(), &"DeadlineExceeded".into()), "{pace}");
            assert_eq!(status["message"], "Pod was active on the node longer than the specified deadline");
            assert!(status["containerStatuses"][0]["state"]["terminated"].is_object());
            let said = world.said("Pod/a");
            let [.., late, killing] = said.as_slice() else { panic!("{said:?}") };
            assert!(late.contains("DeadlineExceeded") && killing.contains("Stopping container"), "{said:?}");
            world.run(600);
            assert_eq!(world.count("Pod/a", "DeadlineExceeded"), 1);
        }
    }

    #[test]
    fn a_deadline_may_come_later_and_a_pod_that_goes_is_past_caring() {
        let mut world = World::new();
        world.pod("a", &json!({}), json!({}));
        world.run(60);
        world.patch(Kind::Pod, "a", json!({"spec": {"activeDeadlineSeconds": 40}}));
        world.run(2);
        assert_eq!(status(&world)["reason"], "DeadlineExceeded");
        let mut world = limited(Pace::Real);
        world.run(29);
        world.delete(Kind::Pod, "a");
        world.run(40);
        assert!(world.object(Kind::Pod, "a").is_none());
    }
}
